"""A part is never above its whole: the check, on hand-made rows."""

import pandas as pd
import pytest

from highneeds.errors import SourceError
from highneeds.panel.build import issue_table
from highneeds.panel.parts import require_parts_within
from highneeds.panel.schema import MEASURES
from highneeds.sources.contract import Issue
from tests.made_panel import figure

DECISIONS = "tribunal_appealable_decisions"
NEW = "tribunal_appealable_decisions_in_development"


def checked(*figures, issues=()):
    require_parts_within(pd.DataFrame(list(figures)), issue_table(issues))


def issue(measure, breakdown_type, breakdown, status="observed"):
    return Issue(
        *("x", measure, "933", "2024", "3", "3", "why", status, "made_up"),
        breakdown_type,
        breakdown,
    )


def test_parts_up_to_their_whole_pass_and_a_missing_whole_is_no_whole():
    checked(
        figure(DECISIONS, "933", "2024", 10.0),
        figure(NEW, "933", "2024", 10.0),
        figure(NEW, "886", "2024", 99.0),
        figure("ehc_plans", "933", "2024", 5.0),
        figure("ehc_plans", "933", "2024", 5.0, breakdown="age/5-10"),
        figure("tribunal_appeal_rate_pct", "933", "2024", 100.0),
        # A line may be negative, so another may be above the total.
        figure("high_needs_block_build_up_gbp", "933", "2021-22", 5.0),
        figure("high_needs_block_build_up_gbp", "933", "2021-22", 9.0, breakdown="c/a"),
    )


@pytest.mark.parametrize(
    ("figures", "said"),
    [
        (
            (figure(DECISIONS, "933", "2024", 10), figure(NEW, "933", "2024", 11)),
            f"{NEW} total/total of 933 in 2024, 11 of 10",
        ),
        (
            (
                figure("ehc_plans", "933", "2024", 5),
                figure("ehc_plans", "933", "2024", 6, breakdown="age/5-10"),
            ),
            "ehc_plans age/5-10 of 933 in 2024, 6 of 5",
        ),
        (
            (figure("tribunal_appeal_rate_pct", "933", "2024", 100.1),),
            "tribunal_appeal_rate_pct total/total of 933 in 2024, 100.1 of 100",
        ),
        (
            # Compared breakdown by breakdown: more plans in time than were issued.
            (
                figure("ehc_plans_issued", "933", "2024", 9),
                figure("ehc_plans_issued", "933", "2024", 4, breakdown="basis/e"),
                figure(
                    "ehc_plans_issued_within_20_weeks",
                    "933",
                    "2024",
                    5,
                    breakdown="basis/e",
                ),
            ),
            "ehc_plans_issued_within_20_weeks basis/e of 933 in 2024, 5 of 4",
        ),
    ],
)
def test_a_part_above_its_whole_is_refused_with_both_figures(figures, said):
    with pytest.raises(SourceError) as refused:
        checked(*figures)
    assert said in str(refused.value)


@pytest.mark.parametrize("named", ["maintain", "all"])
def test_a_part_the_record_of_faults_names_is_passed_over(named):
    figures = (
        figure("annual_reviews_held", "933", "2024", 2),
        figure("annual_reviews_held", "933", "2024", 3, breakdown="outcome/maintain"),
    )
    with pytest.raises(SourceError):
        checked(*figures, issues=[issue("annual_reviews_held", "outcome", "cease")])
    # A figure that we put there ourselves is held to the rule.
    ours = issue("annual_reviews_held", "outcome", named, "repaired")
    with pytest.raises(SourceError):
        checked(*figures, issues=[ours])
    checked(*figures, issues=[issue("annual_reviews_held", "outcome", named)])


def test_every_whole_that_a_measure_names_is_a_measure_of_its_calendar_and_unit():
    for measure in MEASURES.values():
        if measure.part_of:
            whole = MEASURES[measure.part_of]
            assert whole.period_type == measure.period_type
            assert whole.additive == measure.additive
