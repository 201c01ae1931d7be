"""What reports say of authorities whose record has gaps, and of the smallest one."""

import dataclasses
import re
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

import highneeds as hn
from highneeds.answers.claim import closing_step
from highneeds.answers.comparison import overlap_warning
from highneeds.report.drivers import plan_growth_table
from highneeds.report.headline import headline
from highneeds.report.outputs import report_title
from highneeds.report.plan_returns import plan_return_table
from highneeds.report.totals_claim import counted_words
from highneeds.scenario.scenario import Scenario
from highneeds.words import millions

# How plans of January 2026 in Tower Hamlets are published: independent special schools and
# non-maintained ones 124 and 11, mainstream independent schools 53.
INDEPENDENT_SPECIAL, MAINSTREAM_INDEPENDENT = 124 + 11, 53
_EVERY = ("Tower Hamlets", "Buckinghamshire", "Cumberland", "Isles of Scilly")


@pytest.fixture(scope="module")
def results():
    panel = hn.load_panel()
    return {name: hn.project(panel, name, draws=64, seed=5) for name in _EVERY}


def missing(result):
    return " ".join(hn.report.missing_figures(result).sentences)


@pytest.mark.parametrize("name", _EVERY)
def test_no_report_claims_that_nothing_is_missing(results, name):
    words = missing(results[name])
    assert "that this report needs is missing" not in words
    assert "holds no" in words


def test_an_old_opening_balance_and_an_estimated_block_are_listed(results):
    words = missing(results["Buckinghamshire"])
    assert "no DSG balance of Buckinghamshire after 31 March 2022" in words
    assert "2022-23 and 2023-24 were worked out" in words
    assert "no high needs block by authority after 2023-24" in words
    assert "That of 2024-25 was estimated" in words


def test_a_year_left_out_of_the_balances_is_listed(results):
    words = missing(results["Tower Hamlets"])
    assert "no DSG balance of Tower Hamlets at 31 March 2023" in words
    assert "after 31 March" not in words


# Net high needs outturn as section 251 prints it, £: the year before the base year, and it.
OUTTURN = {
    "Calderdale": (35_921_315, 27_364_786, "24% below"),  # 27.36 / 35.92 = 0.762
    "Tower Hamlets": None,
    "Isles of Scilly": (351_076, 773_983, "120% above"),  # 773,983 / 351,076 = 2.205
}


def test_a_base_year_unlike_the_one_before_is_named(results):
    calderdale = hn.project(hn.load_panel(), "Calderdale", draws=64, seed=5)
    for name, known in OUTTURN.items():
        result = calderdale if name == "Calderdale" else results[name]
        said = [one for one in result.cautions if "later year starts from it" in one]
        assert len(said) == bool(known), name
        if known:
            spent = result.record.money.spending
            assert [spent[year] for year in ("2023-24", "2024-25")] == list(known[:2])
            assert f"of 2024-25 is {known[2]} that of 2023-24" in said[0]


def test_the_first_screen_says_where_the_base_january_looks_wrong(results):
    """As published: 8,837 in Suffolk, 11,598 the year after; 2,115 in Nottingham."""
    panel = hn.load_panel()
    said = {
        name: headline(hn.project(panel, name, draws=64, seed=5)).status
        for name in ("Suffolk", "Nottingham")
    }
    assert said["Suffolk"].endswith(
        "Plans of Suffolk in January 2025, 8,837, look wrong and are used as published."
    )
    assert re.search(
        "Plans of Nottingham in January 2024, published as 2,115, were estimated: 1,[67]",
        said["Nottingham"],
    )
    assert "Plans of" not in headline(results["Cumberland"]).status


@pytest.mark.parametrize("name", ["Cumberland", "Isles of Scilly"])
def test_the_extract_is_said_to_lack_a_figure_and_no_council_blamed(results, name):
    result = results[name]
    said = " ".join([result.sentence(), missing(result), result.balance_basis])
    assert f"{name} publishes no" not in said
    assert "is published for" not in said
    assert f"The published extract used here holds no DSG balance for {name}" in said or (
        f"The published extract used here holds no high needs block for {name}" in said
    )


def test_a_bridge_of_a_change_has_no_opening_row_and_adds_up(results):
    steps = results["Cumberland"].bridge()
    assert "start" not in set(steps["kind"])
    end = steps.iloc[-1]
    assert end["label"] == (
        "Change from 31 March 2024 to 31 March 2030, whoever carries it"
    )
    parts = steps.loc[steps["kind"] == "change", "value_gbp"].sum()
    assert parts == pytest.approx(end["value_gbp"], abs=0.01)
    known = results["Tower Hamlets"].bridge().iloc[0]
    assert (known["kind"], known["label"]) == ("start", "At 31 March 2024")


def test_titles_do_not_call_a_change_a_deficit(results):
    cost = ", and its yearly cost to 2029-30"
    titles = {name: report_title(result) for name, result in results.items()}
    assert titles == {
        "Tower Hamlets": "High needs deficit of Tower Hamlets to 31 March 2028" + cost,
        "Buckinghamshire": "High needs deficit of Buckinghamshire to 31 March 2028" + cost,
        "Cumberland": "Change in the high needs balance of Cumberland to 31 March 2028"
        + cost,
        "Isles of Scilly": "Plans of Isles of Scilly to January 2030",
    }


def test_interest_is_shown_as_a_yearly_cost_outside_the_balance():
    """With one rate in every future, interest is that rate of the deficit."""
    trend = Scenario.load()
    rate = trend.assumptions["interest_rate"].model_copy(
        update={"low": 0.05, "central": 0.05, "high": 0.05}
    )
    scenario = dataclasses.replace(
        trend, assumptions={**trend.assumptions, "interest_rate": rate}
    )
    result = hn.project(hn.load_panel(), "Tower Hamlets", scenario, draws=64, seed=5)
    # On the last deficit that is called the authority's own.
    last = result.balance().set_index("year").loc["2027-28"]
    # Every future ends in deficit, so the middle deficit is the middle balance.
    assert last["chance_of_deficit"] == 1.0
    words = result.sentences()["policy"]
    assert f"could be {millions(-0.05 * last['central'])} a year" in words
    assert (
        f"8 in 10 futures: {millions(-0.05 * last['p90'])} to "
        f"{millions(-0.05 * last['p10'])}" in words
    )
    assert "general fund, outside the DSG balance" in words


def test_no_interest_is_given_where_no_balance_is_known(results):
    words = results["Cumberland"].sentences()["policy"]
    assert "general fund" in words
    assert "None is given" in words
    assert "policy" not in results["Isles of Scilly"].sentences()


def test_a_year_is_called_in_the_sentence_what_it_is_in_the_table(results):
    result = results["Tower Hamlets"]
    status = str(result.balance().set_index("year")["status"]["2025-26"])
    # Priced on plans published for it.
    assert status == "estimated"
    assert f"the whole DSG balance, {status}, " in result.sentences()["policy"]


def test_how_steady_a_range_is_stands_in_pounds_and_not_in_deviations(results):
    result = results["Tower Hamlets"]
    said = " ".join(result.cautions)
    # 0.07 of a standard deviation with 1,000 futures, and more as the root of fewer.
    pounds = 0.07 * np.sqrt(1000 / 64) * result.futures.balance[closing_step(result)].std()
    assert f"could lie about {millions(pounds)} higher or lower" in said
    assert "standard deviation" not in said
    assert "approved_by is empty" not in said


def test_no_growth_in_per_cent_is_said_of_fifteen_plans(results):
    result = results["Isles of Scilly"]
    assert re.search(r"against 15 in January 2026\.$", result.sentences()["plans"])
    assert "%" not in result.sentences()["plans"]
    assert "% on January 2026" in results["Cumberland"].sentences()["plans"]
    stands = [row[2] for row in hn.report.similar_areas_table(result).cells()]
    assert any("too few plans" in text for text in stands)


@pytest.mark.parametrize("name", ["dsg7", "lsrp14"])
def test_plans_of_a_return_are_whole_and_add_up(results, name):
    table = plan_return_table(results["Isles of Scilly"], name)
    for _, rows in table.frame.groupby("year"):
        whole = rows["placement"] == "Total"
        plans = rows["plans"]
        assert (plans.dropna() == plans.dropna().round()).all()
        assert plans[~whole].sum() == plans[whole].iloc[0]


def test_why_a_return_counts_more_in_independent_schools_is_said(results):
    table = plan_return_table(results["Tower Hamlets"], "dsg7")
    rows = {(year, placement): plans for year, placement, plans, *_ in table.cells()}
    both = INDEPENDENT_SPECIAL + MAINSTREAM_INDEPENDENT
    assert rows["2026", "NMSS or independent"] == str(both)
    notes = " ".join(table.notes)
    assert f"({MAINSTREAM_INDEPENDENT} of its plans in January 2026)" in notes
    assert "DSG management plan template" in notes
    assert "central case" in notes
    mix = hn.report.mix_table(results["Tower Hamlets"])
    assert any("NMSS or independent" in note for note in mix.notes)


def test_what_would_balance_a_year_is_given_in_per_cent(results):
    rows = {row[0]: row for row in hn.report.goals_table(results["Tower Hamlets"]).cells()}
    name = next(title for title in rows if title.startswith("Growth of requests"))
    # The growth of 2025, as the assumption says.
    assert rows[name][2] == "5.3%"


def test_scenarios_of_a_change_are_not_drawn_as_balances(results):
    result = results["Cumberland"]
    chart = hn.report.plot_scenarios([result, result])
    assert "Cumberland: a change of −£" in chart.title
    assert "Line chart of the change in the balance" in chart.alt


def test_past_growth_says_why_it_ends_before_the_last_january(results):
    """Children are counted at each mid-year; that of 2025 comes after January 2026."""
    table = plan_growth_table(results["Tower Hamlets"])
    now = results["Tower Hamlets"].vintage.census
    ends = int(re.search(r"to January (\d{4})", table.caption)[1])
    assert bool(table.notes) == (ends < now.end)
    if table.notes:
        assert (
            f"January {now} would need the children of mid-{now.end - 1}" in table.notes[0]
        )


def test_the_status_of_england_says_of_how_many_its_money_is():
    """No block is published of the City of London and of the Isles of Scilly."""
    policies = SimpleNamespace(stability_grant=SimpleNamespace(switched_on=True))
    totals = SimpleNamespace(policies=policies, members=153, without_money=("one", "two"))
    assert counted_words(totals).startswith("153 authorities (money of 151), ")
    totals.without_money = ()
    assert counted_words(totals).startswith("153 authorities, ")


def test_the_open_ranks_are_those_of_the_middle_authority():
    """Isles of Scilly alone might stand on any of 149 places."""
    low, high = [1, 2, 3, 4, 1], [9, 10, 11, 12, 149]
    table = pd.DataFrame({"rank_low": low, "rank_high": high})
    table = table.assign(value=range(5), low=range(5), high=range(5))
    assert "span 8 places for the middle authority" in overlap_warning(table)
