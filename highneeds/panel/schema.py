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
PLACEMENTS = (
    "mainstream",
    "state_special",
    "independent_special",
    "alternative_provision",
    "further_education",
    "early_years",
    "elsewhere",
    "unknown",
)

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
