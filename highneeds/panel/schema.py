"""Each measure's name, unit, calendar and table: the data dictionary in one place.

A measure added here is loaded, checked, shown and documented with no other change.
"""

from __future__ import annotations

from dataclasses import dataclass

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
RATE_UNITS = ("%", "per cent", "per 100 pupils", "£ per pupil", "£ per week")


@dataclass(frozen=True)
class Measure:
    """One published quantity."""

    name: str
    title: str
    unit: str
    period_type: str
    table: str
    breakdown_types: tuple[str, ...] = ("total",)
    may_be_negative: bool = False
    note: str = ""

    @property
    def additive(self) -> bool:
        """Whether the figures of several areas may be summed: rates and prices may not."""
        return self.unit not in RATE_UNITS


_EXCLUSION_BREAKDOWNS = (
    *("total", "phase"),
    *("sen_provision", "sen_provision_by_phase", "need"),
)
_TERMLY_BREAKDOWNS = ("sen_provision_by_term", "sen_provision_by_phase_and_term")
_SCHOOLS_CLOSED = "Schools closed in 2019/20 and 2020/21: do not compare those years."
_EXCLUSION_COUNTS = (
    "By where the school is. National and regional counts are rounded to 5 to 2016/17; "
    f"authority counts are derived from 2017/18. {_SCHOOLS_CLOSED}"
)
_EXCLUSION_RATES = (
    "By where the school is; by SEN provision, per 100 pupils of that group. Annual rates "
    f"by SEN provision from 2019/20 are the sum of three terms. {_SCHOOLS_CLOSED}"
)

_MEASURES = (
    Measure(
        "ehc_plans",
        "Education, health and care plans (and statements to 2018) in January",
        "plans",
        "january",
        "plans",
        (
            "total",
            "age",
            "age_year",
            "placement",
            "placement_detail",
            "age_year_by_placement",
            "need",
            "need_by_placement",
        ),
        note=(
            "Plans maintained by the authority for its residents aged 0 to 25. Further "
            "education is told apart from 2015; persons, not totals, from 2023."
        ),
    ),
    Measure(
        "new_ehc_plans",
        "New education, health and care plans started in the year",
        "plans",
        "calendar",
        "plan_flows",
        ("total", "age", "age_year", "placement", "age_year_by_placement"),
    ),
    Measure(
        "ceased_ehc_plans",
        "Education, health and care plans that ended in the year",
        "plans",
        "calendar",
        "plan_flows",
        ("total", "age_year", "placement", "reason"),
    ),
    Measure(
        "residential_placements",
        "Residential placements of children and young people with plans in January",
        "placements",
        "january",
        "plans",
        ("total", "duration"),
    ),
    Measure(
        "ehc_assessment_requests",
        "Initial requests for an education, health and care needs assessment",
        "requests",
        "calendar",
        "plan_flows",
        note="Not collected before 2016.",
    ),
    Measure(
        "ehc_assessment_requests_refused",
        "Initial requests for an assessment that were refused",
        "requests",
        "calendar",
        "assessments",
    ),
    Measure(
        "ehc_assessments",
        "Education, health and care needs assessments",
        "assessments",
        "calendar",
        "assessments",
        ("total", "outcome"),
        note="The total is not collected before 2022; assessments that led to a plan are.",
    ),
    Measure(
        "ehc_plans_issued",
        "Plans issued after assessment",
        "plans",
        "calendar",
        "assessments",
        ("total", "basis"),
        note="The total includes plans with a permitted exception to the 20-week limit.",
    ),
    Measure(
        "ehc_plans_issued_within_20_weeks",
        "Plans issued within 20 weeks of the request",
        "plans",
        "calendar",
        "assessments",
        ("total", "basis"),
        note="The total includes plans with a permitted exception to the 20-week limit.",
    ),
    Measure(
        "ehc_plans_issued_within_20_weeks_pct",
        "Plans issued within 20 weeks of the request, exceptions left out",
        "per cent",
        "calendar",
        "assessments",
        ("total", "basis"),
        note=(
            "The total leaves out permitted exceptions, as the publisher's headline does; "
            "`including_exceptions` counts every plan. Limits were relaxed in 2020."
        ),
    ),
    Measure(
        "annual_reviews_expected",
        "Plans for which an annual review was expected in the year",
        "plans",
        "calendar",
        "assessments",
    ),
    Measure(
        "annual_reviews_held",
        "Plans with an annual review meeting recorded",
        "plans",
        "calendar",
        "assessments",
        ("total", "outcome"),
    ),
    Measure(
        "annual_review_decisions_within_4_weeks_pct",
        "Annual review decisions made within four weeks of the meeting",
        "per cent",
        "calendar",
        "assessments",
    ),
    Measure(
        "population_0_17",
        "Children aged 0 to 17",
        "people",
        "mid_year",
        "population",
        note="ONS mid-year estimates as republished by DfE; later vintage than single years.",
    ),
    Measure(
        "population_by_age",
        "People by single year of age, 0 to 25",
        "people",
        "mid_year",
        "population",
        ("age_year",),
        note="Earlier vintage than population_0_17: do not mix the two in one rate series.",
    ),
    Measure(
        "high_needs_block_before_deductions_gbp",
        "High needs block of the dedicated schools grant before deductions",
        "£",
        "financial",
        "block",
        note="The latest update of each year. 2019-20 is published in £ million.",
    ),
    Measure(
        "high_needs_block_after_deductions_gbp",
        "High needs block after deductions for places funded directly",
        "£",
        "financial",
        "block",
    ),
    Measure(
        "high_needs_block_build_up_gbp",
        "How the high needs block before deductions is built",
        "£",
        "financial",
        "block",
        ("total", "component"),
        may_be_negative=True,
        note="Components make the total of their own publication, which for 2023-24 is July "
        "2023: £1.8m below the update. Import/export adjustments may be negative.",
    ),
    Measure(
        "basic_entitlement_unit_gbp",
        "High needs basic entitlement for a pupil, area cost adjusted",
        "£ per pupil",
        "financial",
        "block",
    ),
    Measure(
        "basic_entitlement_pupils",
        "Pupils in special schools and academies counted for the basic entitlement",
        "pupils",
        "financial",
        "block",
    ),
    Measure(
        "high_needs_places_deduction_gbp",
        "High needs places funded directly and deducted from the block",
        "£",
        "financial",
        "block",
        ("total", "provider"),
        note="By provider: added over pre-16, post-16 and alternative provision places.",
    ),
    Measure(
        "schools_block_before_deductions_gbp",
        "Schools block of the dedicated schools grant before recoupment",
        "£",
        "financial",
        "block",
    ),
    Measure(
        "dsg_before_deductions_gbp",
        "Total dedicated schools grant before recoupment and deductions",
        "£",
        "financial",
        "block",
    ),
    Measure(
        "s251_high_needs_net_gbp",
        "Section 251 outturn: net high needs spending, lines 1.2.1 to 1.2.13",
        "£",
        "financial",
        "spending",
        note="Excludes place funding and everything paid directly to academies.",
    ),
    Measure(
        "s251_outturn_line_gbp",
        "Section 251 outturn: high needs lines, net of income",
        "£",
        "financial",
        "spending",
        ("line",),
        may_be_negative=True,
        note="Place funding covers maintained providers only. Its printed total covers "
        "special schools and alternative provision only; place_funding_total adds every "
        "phase.",
    ),
    Measure(
        "s251_budget_line_gbp",
        "Section 251 budget: high needs lines, net of income",
        "£",
        "financial",
        "spending",
        ("line",),
        may_be_negative=True,
        note="Place funding includes academies, so it does not compare with outturn.",
    ),
    Measure(
        "s251_outturn_gross_line_gbp",
        "Section 251 outturn: selected lines, income not deducted",
        "£",
        "financial",
        "spending",
        ("line",),
        note="2023-24 only, 148 authorities. Transport is home to school, before age 16.",
    ),
    Measure(
        "special_and_ap_top_up_gross_gbp",
        "Top-up funding for special schools and alternative provision",
        "£",
        "financial",
        "spending",
        ("total", "provider"),
        note="Gross. No mainstream and post-school top-ups. A zero part is as returned.",
    ),
    Measure(
        "sen_weekly_unit_cost_gbp",
        "SEN support, transport and administration a week for each child with a plan",
        "£ per week",
        "financial",
        "spending",
        note="Published to £5. No place or top-up funding: a weak sign of cost.",
    ),
    Measure(
        "population_2_18",
        "People aged 2 to 18, as used by the high needs benchmarking tool",
        "people",
        "mid_year",
        "population",
        note="A projection, so not whole numbers. Another vintage than the estimates.",
    ),
    Measure(
        "dsg_balance_gbp",
        "Cumulative dedicated schools grant balance carried forward (negative is a "
        "deficit)",
        "£",
        "financial",
        "balances",
        may_be_negative=True,
        note="At 31 March. Section 251 line 1.9.3 with its sign reversed: published positive "
        "is a deficit. To 2021-22 derived from a percentage, out by up to 0.005% of the "
        "grant.",
    ),
    Measure(
        "suspensions",
        "Suspensions (fixed-period exclusions before 2020)",
        "suspensions",
        "academic",
        "exclusions",
        _EXCLUSION_BREAKDOWNS,
        note=_EXCLUSION_COUNTS,
    ),
    Measure(
        "permanent_exclusions",
        "Permanent exclusions",
        "exclusions",
        "academic",
        "exclusions",
        _EXCLUSION_BREAKDOWNS,
        note=_EXCLUSION_COUNTS,
    ),
    Measure(
        "pupils_with_one_or_more_suspension",
        "Pupil enrolments with one or more suspensions",
        "pupils",
        "academic",
        "exclusions",
        _EXCLUSION_BREAKDOWNS,
        note=_EXCLUSION_COUNTS,
    ),
    Measure(
        "pupils",
        "Pupils on the January census, the denominator of exclusion rates",
        "pupils",
        "academic",
        "exclusions",
        _EXCLUSION_BREAKDOWNS,
        note="State-funded primary, secondary and special schools and non-maintained "
        "special schools located in the authority.",
    ),
    Measure(
        "suspensions_per_100",
        "Suspensions per 100 pupils",
        "per 100 pupils",
        "academic",
        "exclusion_rates",
        (*_EXCLUSION_BREAKDOWNS, *_TERMLY_BREAKDOWNS),
        note=_EXCLUSION_RATES,
    ),
    Measure(
        "permanent_exclusions_per_100",
        "Permanent exclusions per 100 pupils",
        "per 100 pupils",
        "academic",
        "exclusion_rates",
        (*_EXCLUSION_BREAKDOWNS, *_TERMLY_BREAKDOWNS),
        note=_EXCLUSION_RATES,
    ),
    Measure(
        "pupils_suspended_per_100",
        "Pupil enrolments with one or more suspensions per 100 pupils",
        "per 100 pupils",
        "academic",
        "exclusion_rates",
        (*_EXCLUSION_BREAKDOWNS, *_TERMLY_BREAKDOWNS),
        note=f"{_EXCLUSION_RATES} Never summed over terms: a pupil may be in several. Above "
        "100 where pupils came and went in a group small at the census.",
    ),
    Measure(
        "pupils_with_ehc_plan_pct",
        "Pupils who have an education, health and care plan (or statement)",
        "%",
        "january",
        "pupils",
        ("total", "phase"),
        note="Pupils in schools located in the authority, wherever they live.",
    ),
    Measure(
        "pupils_on_sen_support_pct",
        "Pupils on SEN support, without a plan",
        "%",
        "january",
        "pupils",
        ("total", "phase"),
        note="Pupils in schools located in the authority, wherever they live.",
    ),
    Measure(
        "pupils_on_roll",
        "Pupils in state-funded and non-maintained special schools",
        "pupils",
        "january",
        "pupils",
        ("total", "school_type"),
        note="Independent schools are not included.",
    ),
    Measure(
        "tribunal_appeals",
        "Appeals to the SEND tribunal registered in the year",
        "appeals",
        "calendar",
        "tribunals",
    ),
    Measure(
        "tribunal_appealable_decisions",
        "Decisions that could be appealed: plans in being, refusals and plans ceased",
        "decisions",
        "calendar",
        "tribunals",
        note="A step in 2023 reflects the new SEN2 collection.",
    ),
    Measure(
        "tribunal_appeal_rate_pct",
        "Appeals as a share of appealable decisions",
        "%",
        "calendar",
        "tribunals",
    ),
    Measure(
        "tribunal_appealable_decisions_in_development",
        "Decisions that could be appealed, by the method in development",
        "decisions",
        "calendar",
        "tribunals",
        note="England leaves out the areas whose figure is suppressed.",
    ),
    Measure(
        "tribunal_appeal_rate_in_development_pct",
        "Appeals as a share of appealable decisions, by the method in development",
        "%",
        "calendar",
        "tribunals",
    ),
)

MEASURES: dict[str, Measure] = {measure.name: measure for measure in _MEASURES}
