"""Words for the codes that tables hold: statuses, placements, measures."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from highneeds.panel.schema import NEED_NAMES as NEED_NAMES
from highneeds.panel.schema import PLACEMENT_NAMES as PLACEMENT_NAMES

STATUS_WORDS: Mapping[str, str] = {
    "observed": "published",
    "derived": "derived from published figures",
    "repaired": "published, with a known fault put right",
    "reported": "reported by the council or the department",
    "own": "the authority's own figure",
    "estimated": "estimated",
    "projected": "projected",
    "suppressed": "suppressed by the publisher",
    "unavailable": "not available",
    "not_applicable": "not applicable",
    "rounds_to_zero": "rounds to zero",
    "low_reliability": "low reliability",
    "withdrawn": "withdrawn by the publisher",
    "set_aside": "published, and not used",
}
_ON_CHARTS: Mapping[str, str] = dict.fromkeys(
    ("observed", "derived", "repaired", "reported"), "published"
)

# What stands over years of a chart that are known, but were not published as they stand.
_OVER_YEARS: Mapping[str, str] = {
    "derived": "worked out from published figures",
    "reported": "by the council or the department",
}

# Of a known figure, by its `basis`: it has no range.
HELD = frozenset({"published", "own"})


def basis(status: str) -> str:
    """What a status means on a chart: published, own, estimated or projected."""
    return _ON_CHARTS.get(status, status)


def over_years(status: str) -> str:
    """What a chart calls years of a status: as `basis`, but derived is not published."""
    return status if status in _OVER_YEARS else basis(status)


def over_years_words(statuses: Iterable[str]) -> str:
    """What the names over the years of a chart mean, where they do not say it."""
    found = {*statuses}
    return "".join(
        f" {name.capitalize()}: {means}."
        for name, means in _OVER_YEARS.items()
        if name in found
    )
