"""The measures of ``data/measures.toml``, the tables they stand in and their columns.

A measure added there is loaded, checked, shown and documented with no other change.
"""

from __future__ import annotations

from highneeds import home
from highneeds.panel.measure import Measure, read_measures

LONG_COLUMNS = (
    "la_code",
    "la_name",
    "geography_level",
    "year",
    "period_type",
    "measure",
    "breakdown_type",
    "breakdown",
    "value",
    "unit",
    "status",
    "source_id",
)
# What a table in data/ holds: names are looked up, everything else stands on the row.
STORED_COLUMNS = tuple(name for name in LONG_COLUMNS if name != "la_name")
GEOGRAPHY_LEVELS = ("england", "region", "la")

AGE_BANDS = ("0-4", "5-10", "11-15", "16-19", "20-25")
# Placements and needs by their codes, as people read them.
PLACEMENT_NAMES = {
    "mainstream": "Mainstream schools",
    "state_special": "Maintained special schools and academies",
    "independent_special": "Independent and non-maintained special schools",
    "alternative_provision": "Alternative provision",
    "further_education": "Further education",
    "early_years": "Early years settings",
    "elsewhere": "Educated elsewhere",
    "unknown": "Not known",
}
NEED_NAMES = {
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
PLACEMENTS = tuple(PLACEMENT_NAMES)

MEASURES: dict[str, Measure] = read_measures(home.data_dir() / "measures.toml")
TABLES = tuple(dict.fromkeys(measure.table for measure in MEASURES.values()))

# Where series change: the last January that counts statements with plans, the year whose
# return was the first to list children instead of totals, the Januaries from which
# placements have other names, and the last year whose balances are published as
# percentages of the grant.
_OF_PLANS = MEASURES["ehc_plans"].changes
STATEMENTS_TO: int = _OF_PLANS["statements_to"]
CHILD_BY_CHILD_FROM: int = _OF_PLANS["child_by_child_from"]
PLACEMENTS_RENAMED: list[int] = _OF_PLANS["placements_renamed"]
BALANCES_AS_SHARES_TO: str = MEASURES["dsg_balance_gbp"].changes["shares_to"]
