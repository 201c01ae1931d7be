"""Words for the codes that tables hold: statuses, placements, measures."""

from __future__ import annotations

from collections.abc import Mapping

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

# Of a known figure, by its `basis`: it has no range.
HELD = frozenset({"published", "own"})


def basis(status: str) -> str:
    """What a status means on a chart: published, own, estimated or projected."""
    return _ON_CHARTS.get(status, status)
