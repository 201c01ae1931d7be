"""Each measure's name, unit, calendar and table: the data dictionary in one place.

A measure added here is loaded, checked, shown and documented with no other change.
"""

from __future__ import annotations

from highneeds.panel import measures_money, measures_plans, measures_schools
from highneeds.panel.measure import Measure

TABLES = (
    "plans",
    "plan_flows",
    "assessments",
    "population",
    "block",
    "spending",
    "balances",
    "exclusions",
    "exclusion_rates",
    "pupils",
    "tribunals",
)
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

MEASURES: dict[str, Measure] = {
    measure.name: measure
    for part in (measures_plans, measures_money, measures_schools)
    for measure in part.MEASURES
}
