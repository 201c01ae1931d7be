"""What is missing or stands in for another in the record of an authority, in words."""

from __future__ import annotations

from dataclasses import dataclass

# The files read, not the authority, may be what lacks a figure: nobody is blamed for it.
EXTRACT = "The published extract used here"


@dataclass(frozen=True)
class Gap:
    """A published figure that is missing, and what was done instead.

    ``base`` says it in one short sentence where it is a count of plans that the base
    year is priced on: all that is projected starts from it.
    """

    what: str
    done: str
    base: str = ""
