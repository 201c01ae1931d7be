"""Measures of plans, assessments, and population."""

from __future__ import annotations

from highneeds.panel.measure import Measure

# Where these series change: the last January that counts statements with plans, the year
# whose return was the first to list children instead of totals, and the Januaries from
# which placements have other names.
STATEMENTS_TO, CHILD_BY_CHILD_FROM = 2018, 2023
PLACEMENTS_RENAMED = (2019, 2023)

MEASURES = (
    Measure(
        "ehc_plans",
        f"Education, health and care plans (and statements to {STATEMENTS_TO}) in January",
        "plans",
        "january",
        "plans",
        (
            "total",
            "document",
            "age",
            "age_year",
            "placement",
            "placement_group",
            "placement_detail",
            "age_year_by_placement",
            "need",
            "need_by_placement",
        ),
        note=(
            "Plans maintained by the authority for its residents aged 0 to 25. Further "
            "education is told apart from 2015; persons, not totals, from "
            f"{CHILD_BY_CHILD_FROM}."
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
        part_of="ehc_plans",
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
        part_of="ehc_assessment_requests",
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
        "statements_moved_to_plans",
        "Statements of special educational needs moved to plans in the year",
        "statements",
        "calendar",
        "assessments",
        note="Statements could be moved from September 2014 and ended on 31 March 2018.",
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
        part_of="ehc_plans_issued",
    ),
    Measure(
        "ehc_plans_issued_within_20_weeks_pct",
        "Plans issued within 20 weeks of the request, exceptions left out",
        "%",
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
        "%",
        "calendar",
        "assessments",
    ),
    Measure(
        "population_0_17",
        "Children aged 0 to 17",
        "people",
        "mid_year",
        "population",
        note="ONS mid-year estimates republished by DfE; later vintage than single years.",
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
)
