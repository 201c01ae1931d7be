"""Status: whose a figure is, or why there is none; in every table and projection."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum


class Status(StrEnum):
    """Why a figure is what it is, or why there is none.

    A figure is published (``observed``, or ``repaired`` where a known fault was put right),
    ``derived`` from published ones by an exact rule, ``reported`` by a council or the
    department outside the national tables, ``estimated``, the user's ``own``, or
    ``projected``. The others have no value: a figure that is printed and not used is
    ``set_aside``, and the record of faults says why.
    """

    OBSERVED = "observed"
    DERIVED = "derived"
    REPAIRED = "repaired"
    REPORTED = "reported"
    OWN = "own"
    ESTIMATED = "estimated"
    PROJECTED = "projected"
    SUPPRESSED = "suppressed"
    UNAVAILABLE = "unavailable"
    NOT_APPLICABLE = "not_applicable"
    ROUNDS_TO_ZERO = "rounds_to_zero"
    LOW_RELIABILITY = "low_reliability"
    WITHDRAWN = "withdrawn"
    SET_ASIDE = "set_aside"


# Strongest first: a sum is as good as the weakest figure in it.
BY_STRENGTH = (
    Status.OBSERVED,
    Status.DERIVED,
    Status.REPAIRED,
    Status.REPORTED,
    Status.OWN,
    Status.ESTIMATED,
    Status.PROJECTED,
)
# A figure with one of these statuses has a value; with any other it has none.
WITH_VALUE = frozenset(BY_STRENGTH)


def of_sum(parts: Iterable[str]) -> Status:
    """The status of a sum: the weakest of its parts; a sum of published ones is derived."""
    weakest = max((Status(part) for part in parts), key=BY_STRENGTH.index)
    return max(weakest, Status.DERIVED, key=BY_STRENGTH.index)
