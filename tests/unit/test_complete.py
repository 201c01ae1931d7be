"""One row for every authority in being, on hand-made rows."""

import pandas as pd

from highneeds.geography import Geography
from highneeds.panel.complete import completed, in_being
from highneeds.sources.contract import OBSERVATION_COLUMNS, Reading, require_unique
from tests.made_panel import figure

ENGLAND, EAST_MIDLANDS, SOUTH_EAST = "E92000001", "E12000004", "E12000008"
LEICESTER, ISLE_OF_WIGHT = "856", "921"


def reading(figures):
    return Reading(pd.DataFrame(figures, columns=list(OBSERVATION_COLUMNS)))


def new_plans(without=(), breakdowns=("total/total", "age/5-10"), england=None):
    """Ten plans everywhere in 2023, and regions and England as the sums of them."""
    geography = Geography.load()
    there = [
        area
        for area in in_being("new_ehc_plans", "2023", geography)
        if area.la_code not in without
    ]
    rows = [
        figure("new_ehc_plans", area.la_code, "2023", 10.0, breakdown=breakdown)
        for area in there
        for breakdown in breakdowns
    ]
    sums = {ENGLAND: england or 10.0 * len(there)}
    for area in there:
        sums[area.region_code] = sums.get(area.region_code, 0.0) + 10
    rows += [figure("new_ehc_plans", code, "2023", value) for code, value in sums.items()]
    return completed(reading(rows), geography), geography


def test_an_authority_left_out_gets_every_row_without_a_value():
    found, _ = new_plans(without=(LEICESTER, ISLE_OF_WIGHT))
    require_unique(found.observations, "the test")
    mine = found.observations[found.observations["la_code"] == LEICESTER]
    assert sorted(mine["breakdown"]) == ["5-10", "total"]
    assert mine["value"].isna().all()
    assert set(mine["status"]) == {"unavailable"}
    assert set(mine["source_id"]) == {"made_up"}
    named = {issue.la_code: issue for issue in found.issues if "no-row" in issue.issue_id}
    assert set(named) == {LEICESTER, ISLE_OF_WIGHT}
    assert named[LEICESTER].why == "The release has no row for Leicester."


def test_sums_that_lack_an_authority_say_so_and_others_do_not():
    found, _ = new_plans(without=(LEICESTER, ISLE_OF_WIGHT))
    short = {
        issue.la_code: issue.why for issue in found.issues if "left-out" in issue.issue_id
    }
    assert set(short) == {ENGLAND, EAST_MIDLANDS, SOUTH_EAST}
    assert short[EAST_MIDLANDS].endswith("nothing in it for Leicester.")
    assert short[ENGLAND].endswith("nothing in it for Leicester and Isle of Wight.")


def test_a_national_figure_above_the_sum_of_the_rest_holds_the_missing_authority():
    found, _ = new_plans(without=(LEICESTER,), england=1_540.0)
    assert {issue.la_code for issue in found.issues if "left-out" in issue.issue_id} == {
        EAST_MIDLANDS
    }


def test_a_whole_release_is_left_as_it_is():
    found, geography = new_plans()
    assert list(found.issues) == []
    assert (
        len(found.observations)
        == 2 * len(in_being("new_ehc_plans", "2023", geography)) + 10
    )


def test_a_category_no_row_is_printed_for_stays_absent():
    geography = Geography.load()
    rows = [
        figure("new_ehc_plans", area.la_code, "2023", 10.0)
        for area in in_being("new_ehc_plans", "2023", geography)
    ]
    rows.append(figure("new_ehc_plans", "933", "2023", 1.0, breakdown="age/5-10"))
    found = completed(reading(rows), geography)
    assert len(found.observations) == len(rows)


def test_an_authority_given_under_its_successors_is_told_where():
    geography = Geography.load()
    ages = [
        figure("population_by_age", area.la_code, "2022", 5.0, breakdown="age_year/3")
        for area in in_being("population_by_age", "2023", geography)
    ]
    found = completed(reading(ages), geography)
    [named] = found.issues
    assert named.issue_id == "under-other-code-made_up-2022-909"
    assert "Cumberland (942) and Westmorland and Furness (943)" in named.why
    assert (named.breakdown_type, named.breakdown) == ("age_year", "all")
