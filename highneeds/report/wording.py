"""Words for the codes that tables hold: statuses, placements, measures."""

from __future__ import annotations

from collections.abc import Mapping

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
NEED_NAMES: Mapping[str, str] = {
    "asd": "Autistic spectrum disorder",
    "semh": "Social, emotional and mental health",
    "slcn": "Speech, language and communication",
    "mld": "Moderate learning difficulty",
    "sld": "Severe learning difficulty",
    "spld": "Specific learning difficulty",
    "pd": "Physical disability",
    "pmld": "Profound and multiple learning difficulty",
    "hi": "Hearing impairment",
    "vi": "Visual impairment",
    "msi": "Multi-sensory impairment",
    "oth": "Other difficulty or disability",
    "unknown": "Need not recorded",
    "all": "All plans",
}
_ON_CHARTS: Mapping[str, str] = dict.fromkeys(
    ("observed", "derived", "repaired", "reported"), "published"
)

# Of a known figure, by its `basis`: it has no range.
HELD = frozenset({"published", "own"})


def basis(status: str) -> str:
    """What a status means on a chart: published, own, estimated or projected."""
    return _ON_CHARTS.get(status, status)
