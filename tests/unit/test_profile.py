"""The area profile: figures worked out here again from the published ones."""

import re
from math import sqrt

import numpy as np
import pandas as pd
import pytest

from highneeds.errors import UsageError
from highneeds.notebook.profile import ProfileParameters
from highneeds.panel.panel import load_panel
from highneeds.profile import display
from highneeds.profile.files import profile_files
from highneeds.profile.indicators import QUESTIONS, profile_file
from highneeds.profile.profile import area_profile
from highneeds.report.chart import Chart
from highneeds.report.tables import Table, Words
from tests.test_packaging import ROOT


@pytest.fixture(scope="module")
def panel():
    return load_panel()


@pytest.fixture(scope="module")
def somerset(panel):
    return area_profile(panel, "Somerset")


def row(found, name):
    return found.table.set_index("indicator").loc[name]


def figure(panel, measure, area, period, breakdown="total/total"):
    return panel.figure(measure, area, period, breakdown).value


def test_a_share_of_plans_is_its_parts_over_the_whole(panel, somerset):
    parts = [
        figure(panel, "ehc_plans", "Somerset", 2026, f"age/{age}")
        for age in ("16-19", "20-25")
    ]
    whole = figure(panel, "ehc_plans", "Somerset", 2026)
    found = row(somerset, "plans_16_to_25")
    share = sum(parts) / whole
    assert found["value"] == pytest.approx(100 * share)
    # Wilson (1927), as in any textbook.
    z = 1.959963984540054
    middle = (share + z**2 / (2 * whole)) / (1 + z**2 / whole)
    half = z / (1 + z**2 / whole)
    half *= sqrt(share * (1 - share) / whole + z**2 / (4 * whole**2))
    assert found[["low", "high"]].tolist() == pytest.approx(
        [100 * (middle - half), 100 * (middle + half)]
    )


def test_a_rate_says_by_which_year_it_is_divided(panel, somerset):
    found = row(somerset, "plans_per_1000")
    plans = figure(panel, "ehc_plans", "Somerset", 2026)
    children = figure(panel, "population_0_17", "Somerset", 2024)
    assert found["value"] == pytest.approx(1000 * plans / children)
    assert found["period"] == "January 2026, by mid-2024"


def test_what_is_beside_is_of_the_same_period(panel, somerset):
    found = row(somerset, "within_20_weeks")
    neighbours = [
        100
        * figure(panel, "ehc_plans_issued_within_20_weeks", peer, 2024, _IN_TIME)
        / figure(panel, "ehc_plans_issued", peer, 2024, _IN_TIME)
        for peer in somerset.neighbours
        if figure(panel, "ehc_plans_issued", peer, 2024, _IN_TIME)
        and figure(panel, "ehc_plans_issued_within_20_weeks", peer, 2024, _IN_TIME)
    ]
    assert found["neighbours"] == pytest.approx(float(np.median(neighbours)))
    assert found["neighbours_low"] == pytest.approx(min(neighbours))
    assert found["neighbours_known"] == len(neighbours)
    assert found["england"] == pytest.approx(
        100
        * figure(panel, "ehc_plans_issued_within_20_weeks", "England", 2024, _IN_TIME)
        / figure(panel, "ehc_plans_issued", "England", 2024, _IN_TIME)
    )


_IN_TIME = "basis/excluding_exceptions"


def test_the_trend_reaches_back_five_years(panel, somerset):
    found = row(somerset, "placed_independent")
    before = figure(
        panel, "ehc_plans", "Somerset", 2021, "placement/independent_special"
    ) / figure(panel, "ehc_plans", "Somerset", 2021)
    assert found["before_period"] == "January 2021"
    assert found["before"] == pytest.approx(100 * before)


def test_a_place_is_the_share_of_authorities_below(panel, somerset):
    found = row(somerset, "suspensions_with_plan")
    every = panel.matrix("suspensions_per_100", "sen_provision/ehc_plan")["2023/24"]
    codes = [area.la_code for area in panel.geography.authorities(2024)]
    known = every.reindex(codes).dropna()
    assert found["place"] == pytest.approx(
        ((known < found["value"]).sum() + 0.5 * (known == found["value"]).sum())
        / len(known)
    )


def test_apart_is_beyond_every_neighbour(somerset):
    apart = somerset.apart()
    assert len(apart)
    for one in apart.to_dict("records"):
        inside = one["neighbours_low"] <= one["value"] <= one["neighbours_high"]
        assert not inside
        assert one["neighbours_known"] == 10


def test_how_many_would_stand_apart_by_chance_is_said(somerset):
    # Of eleven alike, each is the highest once and the lowest once in eleven.
    known = somerset.table.dropna(subset=["value", "neighbours_low"])
    expected = sum(2 / (many + 1) for many in known["neighbours_known"])
    assert f"put it there on about {expected:.0f}." in display.headline(somerset).sentence


def test_each_that_stands_apart_is_a_row_of_the_headline(panel, somerset):
    first = display.headline(somerset)
    assert [card.label.rsplit(", ", 1)[0] for card in first.cards] == list(
        somerset.apart()["title"]
    )
    assert len(first.table().cells("sheet")) == len(somerset.apart())
    assert "<caption>Beyond every neighbour</caption>" in first.html()
    assert ">Beside it</th>" in first.html()


def test_named_peers_are_not_called_statistical_neighbours(panel):
    found = area_profile(panel, "Kent", peers=["Surrey", "Essex"])
    said = repr(display.headline(found)) + repr(display.indicators_table(found, "meet"))
    assert "2 authorities named for it" in said
    assert "statistical" not in said


def test_only_files_that_the_profile_used_are_named(panel, somerset):
    named = set(display.sources(panel, somerset).table.frame["source_id"])
    # DfE's allocations of the block are in the record and in no indicator.
    assert "dsg_allocations_2023_24" not in named
    assert {"sen2_2025_timeliness", "statistical_neighbours_2025"} <= named
    assert "inspections_2016_framework" in named


def test_a_missing_figure_keeps_its_status_and_is_never_nought(panel):
    found = area_profile(panel, "City of London")
    missing = found.table[found.table["value"].isna()]
    assert len(missing)
    assert (missing["status"] != "published").all()
    assert found.apart().empty
    shown = display.indicators_table(found, "meet").frame.set_index("indicator")
    assert shown.loc["within_20_weeks", "own"] == ("unavailable")


def test_needs_add_up_to_all_plans(somerset):
    assert somerset.needs["value"].sum() == pytest.approx(1)
    assert somerset.needs["plans"].sum() > 0


def test_peers_of_ones_own_choice(panel):
    parameters = ProfileParameters(authority="Kent", peers="Surrey, Essex")
    found = area_profile(panel, "Kent", peers=parameters.chosen_peers())
    assert [peer.name for peer in found.neighbours] == ["Surrey", "Essex"]


@pytest.mark.parametrize("area", ["England", "South West", "Cumbria"])
def test_a_profile_is_of_an_authority_in_being(panel, area):
    with pytest.raises(UsageError, match="an authority"):
        area_profile(panel, area)


def test_every_line_of_enquiry_has_a_question_or_a_figure():
    held = profile_file()
    lines = {name for one in held.indicator for name in one.line}
    assert all(line.ask or line.name in lines for line in held.line)
    assert {one.question for one in held.indicator} == set(QUESTIONS)


@pytest.mark.parametrize(
    "area", ["Somerset", "Oxfordshire", "Isles of Scilly", "Cumberland"]
)
def test_each_kind_of_area_can_be_shown(panel, area):
    found = area_profile(panel, area)
    assert found.area.name in repr(display.headline(found))
    for question in QUESTIONS:
        table = display.indicators_table(found, question)
        assert len(table.frame) == (found.table["question"] == question).sum()
        assert isinstance(display.plot_indicators(found, question), Chart | Words)
    assert isinstance(display.inspections_table(panel, found), Table | Words)
    assert isinstance(display.weaknesses(found), Table | Words)


def test_weaknesses_named_of_somerset_are_the_nine_of_its_letter(somerset):
    # The letter of 27 May 2020 names nine; they are coded in data/coded.
    table = display.weaknesses(somerset)
    assert isinstance(table, Table)
    assert len(table.frame) == 9


def test_files_hold_every_indicator(panel, somerset):
    files = profile_files(panel, somerset)
    lines = files["profile.csv"].decode("utf-8-sig").splitlines()
    assert len(lines) == 1 + len(profile_file().indicator)
    assert {"workbook.xlsx", "figures/profile_meet.svg"} <= set(files)
    assert files == profile_files(panel, somerset)


def test_every_indicator_is_known_for_most_authorities(somerset):
    assert (somerset.table["authorities"] > 135).all()
    assert not pd.isna(somerset.table["middle"]).any()


LOOKED_AT = re.compile(r"^\| [^|]+ \| ([^|]+) \|$", re.MULTILINE)
TABLES = {"table needs", "table inspections", "table weaknesses"}


def named_on(page: str) -> set[str]:
    """What the page on lines of enquiry points to, but for commands."""
    names = {name for row in LOOKED_AT.findall(page) for name in re.findall("`(.*?)`", row)}
    return {name for name in names if not name.startswith("python3 start.py ")}


def test_every_line_of_enquiry_is_shown_or_said_not_to_be_published():
    page = (ROOT / "docs" / "lines-of-enquiry.md").read_text("utf-8")
    held = profile_file()
    shown = {one.name for one in held.indicator}
    asked = {f"ask {one.name}" for one in held.line if one.ask}
    elsewhere = {f"elsewhere {one.name}" for one in held.line if one.elsewhere}
    assert named_on(page) == shown | asked | elsewhere | TABLES
    assert named_on("| a | `made_up`; `python3 start.py report` |") == {"made_up"}


def test_no_trend_starts_from_a_year_that_is_not_to_be_compared(somerset):
    # Grades of 2019/20 and 2020/21 were given without examinations, and schools closed.
    found = row(somerset, "attainment_8_with_plan")
    assert (found["value"], found["before_period"]) == (16.0, "2021/22")
    for name in ("suspensions_with_plan", "exclusions_with_plan", "missed_special"):
        assert row(somerset, name)["before_period"] == "2021/22"
    # Of children looked after the year is like any other.
    assert row(somerset, "looked_after_with_plan")["before_period"] == "2019/20"


def test_a_weakness_names_the_public_account_it_is_from(somerset):
    named = display.weaknesses(somerset).frame["source"]
    assert named.str.contains("Somerset").all()
