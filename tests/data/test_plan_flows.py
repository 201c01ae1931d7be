"""Requests and new plans by year: as published, as in results.csv, and they add up."""

import pytest

import highneeds as hn
from highneeds.answers.plan_flows import flows_sentence, plan_flows
from highneeds.own.figures import OwnFigure, OwnFigures
from highneeds.report.plan_flows import plan_flows_table


@pytest.fixture(scope="module")
def panel():
    return hn.load_panel()


@pytest.fixture(scope="module")
def somerset(panel):
    return hn.project(panel, "Somerset", draws=100)


def test_years_held_are_as_published_and_years_ahead_as_in_the_results(somerset):
    found = plan_flows(somerset).set_index("year")
    # Education, health and care plans, reporting year 2026: Somerset in 2025.
    assert tuple(found.loc["2025", ["requests", "new"]]) == (1437, 704)
    results = somerset.results()
    for name, measure in (
        ("requests", "ehc_assessment_requests"),
        ("new", "new_ehc_plans"),
    ):
        ahead = results[results["measure"] == measure].set_index("year")
        assert list(found.index[5:]) == list(ahead.index)
        for end, column in (("", "central"), ("_p10", "p10"), ("_p90", "p90")):
            assert list(found[f"{name}{end}"][5:]) == list(ahead[column].round())
    assert set(found["new_status"][:5]) == {"observed"}
    assert set(found["new_status"][5:]) == {"projected"}


def test_new_plans_and_other_changes_are_the_change_in_plans(somerset):
    found = plan_flows(somerset)
    # January 2025 and January 2026: 5,725 and 6,350 plans; 704 new, so 79 fewer otherwise.
    assert found.set_index("year").loc["2025", "other"] == 6350 - 5725 - 704 == -79
    change = found["plans_after"].diff()[1:]
    assert list(found["new"][1:] + found["other"][1:]) == list(change)


def table_of(result):
    return plan_flows_table(result, plan_flows(result))


def test_what_is_not_published_keeps_its_status_and_is_no_nought(panel):
    leicester = table_of(hn.project(panel, "Leicester", draws=1))
    rows = {row[0]: row[1:] for row in leicester.cells()}
    assert rows["2023"][:3] == ["[x]", "[x]", "[x]"]
    assert rows["2023"][-1] == "not available"
    hackney = table_of(hn.project(panel, "Hackney", draws=1))
    rows = {row[0]: row[1:] for row in hackney.cells()}
    assert rows["2023"][0] == "[x]" != rows["2023"][1]
    assert rows["2023"][-1] == "requests not available; new plans published"


def test_a_count_that_the_authority_states_is_its_own_and_has_no_range(panel):
    area = panel.area("Somerset")
    stated = (OwnFigure("new_ehc_plans", "2026", 1010.0),)
    own = OwnFigures(area, stated, "ours.csv", "0" * 64)
    result = hn.project(panel, area, draws=20, own=own)
    row = plan_flows(result).set_index("year").loc["2026"]
    assert (row["new"], row["new_status"]) == (1010, "own")
    said = table_of(result).frame.set_index("year").loc["2026"]
    assert said["new_said"] == "1,010"
    assert said["basis"] == "requests projected; new plans the authority's own figure"


def test_the_sentence_says_the_last_year_held_and_the_ends_of_those_ahead(somerset):
    said = flows_sentence(somerset, plan_flows(somerset))
    assert said.startswith(
        "Somerset had 1,437 requests for an assessment and 704 new EHC plans in 2025. In "
        "the central case it has "
    )
    last = plan_flows(somerset).iloc[-1]
    assert f"and {last['new']:,.0f} new EHC plans in 2029 (new plans in 8 in 10" in said
