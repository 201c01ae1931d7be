"""What is missing or stands in for another in the record of an authority, in words."""

from __future__ import annotations

from dataclasses import dataclass

# The files read, not the authority, may be what lacks a figure: nobody is blamed for it.
EXTRACT = "The published extract used here"


@dataclass(frozen=True)
class Gap:
    """A published figure that is missing, and what was done instead."""

    what: str
    done: str
