"""Words and choices above the model where the record holds a later edition.

Editions are made of the last one's rows, so that what each page ought to say is known.
"""

from datetime import date

import numpy as np
import pytest

from highneeds.answers.beside_others import growth
from highneeds.answers.comparison import compare, comparisons
from highneeds.answers.decomposition import plan_growth, plan_span, spending_span
from highneeds.errors import UsageError
from highneeds.evidence import need as evidence_need
from highneeds.evidence.record import Question, earliest_day
from highneeds.notebook import parameters
from highneeds.notebook.parameters import NationalParameters, OverspendParameters
from highneeds.panel.panel import load_panel
from highneeds.panel.vintage import vintage
from highneeds.periods import FinancialYear
from highneeds.report.tables import Words
from tests.added import (
    BALANCE,
    OUTTURN,
    earlier,
    figures,
    following,
    next_census,
    with_rows,
)

# Plans of January 2026 are those of January 2025 and a tenth more.
MORE = 1.1


@pytest.fixture(scope="module")
def shipped():
    return earlier()


@pytest.fixture(scope="module")
def census():
    return with_rows("a census", next_census(MORE))


@pytest.fixture(scope="module")
def whole():
    """A census, the outturn of the year it falls in and the balance of the year before."""
    return with_rows(
        "a census, an outturn and a balance",
        next_census(MORE),
        following(OUTTURN, after="2024-25", year="2025-26"),
        following(BALANCE, after="2023-24", year="2024-25"),
    )


def titles(panel):
    return {one.name: one.title for one in comparisons(panel)}


def test_what_is_compared_is_of_the_last_january(shipped, census):
    assert titles(shipped)["plan_growth"].endswith("January 2020 to January 2025")
    said = titles(census)
    assert said["plan_growth"].endswith("January 2021 to January 2026")
    assert said["mainstream_share"].endswith("January 2026")
    # Spending, block and balances keep a clock of their own.
    assert said["spending_per_plan"] == titles(shipped)["spending_per_plan"]
    assert said["balance_share"] == titles(shipped)["balance_share"]


def test_children_of_an_older_mid_year_are_named(census):
    (rate,) = (one for one in comparisons(census) if one.name == "plans_per_1000")
    assert rate.title == (
        "Plans for every 1,000 children aged 0 to 17 in mid-2024, January 2026"
    )
    kent = census.geography.find("Kent")
    plans = load_panel().figure("ehc_plans", kent, "2025").value
    children = load_panel().figure("population_0_17", kent, "2024").value
    found = compare(census, rate, [kent])["value"].iloc[0]
    assert found == pytest.approx(1000 * MORE * plans / children)


def test_a_balance_without_its_grant_is_compared_where_both_are_held(shipped, whole):
    assert vintage(whole).balance == FinancialYear(2025)
    assert titles(whole)["balance_share"] == titles(shipped)["balance_share"]
    assert titles(whole)["spending_per_plan"].endswith("2025-26")


def test_every_comparison_has_a_figure(whole):
    areas = whole.geography.authorities(2026)
    for one in comparisons(whole):
        assert compare(whole, one, areas)["value"].notna().mean() > 0.5, one.name


def test_past_growth_ends_where_its_parts_are_held(shipped, census, whole):
    ends = [period.label for period in (*plan_span(shipped), *spending_span(shipped))]
    assert ends == ["2015", "2025", "2017-18", "2024-25"]
    # No children are counted at mid-2025, so January 2026 cannot be taken apart.
    assert [period.label for period in plan_span(census)] == ["2015", "2025"]
    assert [period.label for period in spending_span(whole)] == ["2017-18", "2025-26"]
    kent = census.geography.find("Kent")
    assert plan_growth(census, kent).equals(plan_growth(shipped, kent))
    people = following("population_0_17", after="2024", year="2025")
    later = with_rows("a census and children", next_census(MORE), people)
    assert plan_span(later)[1].label == "2026"
    assert "prevalence" in set(plan_growth(later, kent)["factor"])


def test_growth_is_drawn_to_the_last_january_that_england_has(shipped, census):
    kent = shipped.geography.find("Kent")
    assert growth(census, kent).latest["year"].unique().tolist() == [2026]
    plans = shipped.figure("ehc_plans", kent, "2025").value
    own = with_rows("Kent alone", figures("ehc_plans", "2026", {kent.la_code: plans}))
    assert growth(own, kent).table.equals(growth(shipped, kent).table)


def test_the_horizon_left_out_follows_the_base_year(monkeypatch, shipped, whole):
    given = {"authority": "Kent", "scenario": "trend"}
    assert OverspendParameters(**given).until == "2029-30"
    monkeypatch.setattr(parameters, "load_panel", lambda: whole)
    assert OverspendParameters(**given).until == "2030-31"
    assert OverspendParameters(**given, until="").until == "2030-31"
    assert NationalParameters().until == "2030-31"
    with pytest.raises(UsageError, match="from 2026-27 to 2040-41"):
        OverspendParameters(**given, until="2025-26")


def test_the_first_day_of_a_pack_is_when_its_last_series_begins(shipped):
    # Exclusions by SEN provision of 2019/20, which ended in August 2020: fifteen months.
    assert earliest_day(shipped) == date(2021, 11, 30)


def said_in(parts):
    return " ".join(
        text for one in parts if isinstance(one, Words) for text in one.sentences
    )


def test_a_pack_says_of_which_january_its_rate_is(shipped, census):
    day = date(2027, 6, 30)
    england = shipped.geography.england
    before = said_in(evidence_need.plans(Question(shipped, england, day), "plans"))
    assert "For every 1,000 children aged 0 to 17 that is" in before
    said = said_in(evidence_need.plans(Question(census, england, day), "plans"))
    assert said.startswith("In January 2026 there were")
    assert "aged 0 to 17 there were, in January 2025, " in said
    rate = before.partition("that is ")[2].partition(" against")[0]
    assert f"in January 2025, {rate} against" in said


def test_a_pack_says_of_which_year_appeals_and_timeliness_are(shipped, census):
    day = date(2027, 6, 30)
    england = shipped.geography.england
    said = said_in(evidence_need.assessments(Question(census, england, day), "assessments"))
    assert "were asked for in 2025, against" in said
    assert "Of plans issued in 2024, " in said
    assert "were registered in 2024, against" in said
    assert "[x]" not in said
    assert np.isfinite(float(said.split()[0].replace(",", "")))
