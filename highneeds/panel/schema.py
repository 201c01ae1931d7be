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
# Placements and needs by their codes, as people read them.
PLACEMENT_NAMES = {
    "mainstream": "Mainstream schools",
    "state_special": "State special schools",
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

MEASURES: dict[str, Measure] = {
    measure.name: measure
    for part in (measures_plans, measures_money, measures_schools)
    for measure in part.MEASURES
}
