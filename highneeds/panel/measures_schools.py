"""Measures of exclusions, pupils with special educational needs, and appeals."""

from __future__ import annotations

from highneeds.panel.measure import Measure

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

MEASURES = (
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
        part_of="suspensions",
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
        note=f"{_EXCLUSION_RATES} Never summed over terms: a pupil may be in several. "
        "Above 100 where pupils came and went in a group small at the census.",
        part_of="suspensions_per_100",
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
        part_of="tribunal_appealable_decisions",
    ),
    Measure(
        "tribunal_appeal_rate_in_development_pct",
        "Appeals as a share of appealable decisions, by the method in development",
        "%",
        "calendar",
        "tribunals",
    ),
)
