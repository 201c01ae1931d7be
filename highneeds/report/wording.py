"""Words for the codes that tables hold: statuses, placements, measures."""

from __future__ import annotations

from collections.abc import Mapping

STATUS_WORDS: Mapping[str, str] = {
    "observed": "published",
    "derived": "derived from published figures",
    "repaired": "published, with a known fault put right",
    "estimated": "estimated",
    "projected": "projected",
    "suppressed": "suppressed by the publisher",
    "unavailable": "not available",
    "not_applicable": "not applicable",
    "rounds_to_zero": "rounds to zero",
    "low_reliability": "low reliability",
    "withdrawn": "withdrawn by the publisher",
}
PLACEMENT_NAMES: Mapping[str, str] = {
    "mainstream": "Mainstream schools",
    "state_special": "State special schools",
    "independent_special": "Independent and non-maintained special schools",
    "alternative_provision": "Alternative provision",
    "further_education": "Further education",
    "early_years": "Early years settings",
    "elsewhere": "Educated elsewhere",
    "unknown": "Not known",
}
_ON_CHARTS: Mapping[str, str] = dict.fromkeys(
    ("observed", "derived", "repaired"), "published"
)


def basis(status: str) -> str:
    """What a status means on a chart: published, estimated or projected."""
    return _ON_CHARTS.get(status, status)
