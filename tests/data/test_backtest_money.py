"""Spending and balances marked on the embedded record, and what they do not look at.

Expected values are recomputed here from published tables, or were measured by code
independent of ours from a description of the method (origins from 2020 on).
"""

import functools
import itertools
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import highneeds as hn
from highneeds import home
from highneeds.answers import backtest as module
from highneeds.answers.backtest_marks import (
    ENDS,
    ENGINE,
    ORACLE,
    scores,
)
from highneeds.answers.backtest_money import (
    BALANCE,
    BLOCK,
    HELD,
    LATER,
    OUTTURN,
    SPENDING,
    BalanceRun,
    PricedRun,
    SpendingRun,
    Sums,
    last_held,
    looked_ahead,
    money_origins,
    with_agreement,
)
from highneeds.answers.backtest_pairs import GROUPS
from highneeds.answers.backtest_run import run
from highneeds.cli import main
from highneeds.errors import UsageError
from highneeds.forecast.authorities import Authorities
from highneeds.forecast.baselines import RULES
from highneeds.forecast.method import METHODS, SEED, forecast
from highneeds.forecast.money import spending_errors, yearly_spread
from highneeds.forecast.record import Series, record_of, series_of
from highneeds.forecast.shares import regression_of
from highneeds.panel.unbroken import unbroken_areas
from highneeds.periods import FinancialYear
from highneeds.report.backtest_money import (
    looked_ahead_lines,
    past_balances_table,
    past_spending_table,
)
from tests.data.test_backtest import EARLY, LATE, chosen_at
from tests.data.test_origin import scrambled

UNTIL, ORIGINS = 2025, range(2018, 2025)
SUM = "838+839"
# Independent of this code (shared design, section 4 of forecasts): authorities' error had
# the balance not changed, per cent of the block, and England's start and end, £bn.
PAIRS = {
    (2020, 2022): (16.8, -0.48, -1.15),
    (2020, 2024): (33.8, -0.48, -1.73),
    (2021, 2022): (8.4, -0.80, -1.15),
    (2021, 2024): (25.2, -0.79, -1.73),
    (2022, 2024): (18.4, -1.14, -1.73),
}
# Likewise: plans by A, 3% a plan dearer each year; origins from 2020 on.
PRICED_A = (5.3, 8.7, 11.1, 13.1, 15.0)
SEPTEMBER, DEARER = 7 / 12, 1.03
PAGE = Path(__file__).resolve().parents[2] / "docs" / "backtest.md"


@pytest.fixture(scope="module")
def panel():
    return hn.load_panel()


@pytest.fixture(scope="module")
def priced(panel):
    found = [
        PricedRun(name, origin, UNTIL, chosen_at("a", origin)).done(panel)
        for name in ("a", "d")
        for origin in ORIGINS
    ]
    table = pd.concat(found, ignore_index=True)
    return table[(table["level"] != "authority") | table["scored"]]


def own(found, method):
    return found[(found["level"] == "authority") & (found["method"] == method)]


def test_the_record_says_where_money_can_be_foretold_from(panel):
    assert money_origins(panel, SPENDING) == tuple(ORIGINS)
    assert money_origins(panel, BALANCE) == (2020, 2021, 2022)
    assert (last_held(panel, SPENDING), last_held(panel, BALANCE)) == (2025, 2024)


def test_no_change_is_recomputed_from_the_published_balances(panel):
    matrix = unbroken_areas(panel).panel.matrix
    balance, block = matrix(HELD), matrix(BLOCK)
    for (origin, to), (error, start, end) in PAIRS.items():
        sums = Sums.of(panel, BALANCE, origin, to)
        same = np.repeat(sums.base[None], 5, axis=0)
        found = pd.concat(sums.marks(same)).assign(method="naive", selected="")
        found = found[found["horizon"] == to - origin]
        one = scores(found[found["level"] == "authority"]).iloc[0]
        assert one["mape"] == pytest.approx(error, abs=0.06)
        then, later = (FinancialYear(year).label for year in (origin, to))
        by_hand = (balance[then] - balance[later]) / block[then]
        by_hand = by_hand[[area.la_code for area in unbroken_areas(panel).areas]].dropna()
        assert one["n"] == len(by_hand)
        assert one["mape"] == pytest.approx(100 * by_hand.abs().mean())
        england = found[found["level"] == "england"].iloc[0]
        assert england["point"] / 1e9 == pytest.approx(start, abs=0.006)
        assert england["came"] / 1e9 == pytest.approx(end, abs=0.006)
        apart = found[found["level"].str.startswith("england_with")]
        assert len(apart) == 2
        assert apart["came"].sum() == pytest.approx(england["came"])


def test_agreements_are_those_of_the_record_a_sum_having_its_parts(panel):
    has = with_agreement(panel)
    table = panel.companion("programmes")
    members = set(table.loc[table["programme"] == "Safety Valve", "la_code"])
    assert len(members) == 38
    # Dorset's agreement is in the sum that Dorset is followed in.
    assert has == members - {"838"} | {SUM}


def test_rules_are_recomputed_from_the_published_outturns(panel):
    sums = Sums.of(panel, SPENDING, 2020, UNTIL)
    history = series_of(panel, OUTTURN).until(2020).areas
    spent = unbroken_areas(panel).panel.matrix(OUTTURN).loc["933"]
    somerset = sums.codes.index("933")
    grown = RULES["own_last"](history, history.sum(axis=0))[:, somerset]
    growth = spent["2019-20"] / spent["2018-19"]
    assert grown == pytest.approx([spent["2019-20"] * growth**h for h in range(1, 6)])
    assert sums.came[2, somerset] == spent["2022-23"]


@pytest.mark.parametrize("origin", [2018, 2022])
def test_plans_are_priced_as_the_text_says(panel, priced, origin):
    """Outturn × plans paid for, against the origin's, × 3% a year."""
    record = record_of(panel)
    areas = unbroken_areas(panel)
    made = forecast(
        METHODS["d"],
        regression_of(panel),
        every_area(record, origin),
        origin,
        chosen_at("a", origin),
        draws=2,
    )
    place = [area.la_code for area in areas.areas].index("933")
    plans = [
        *record.plans.areas[place, origin - 1 - record.plans.first :][:2],
        *made.points[:, place],
    ]
    paid = [
        (1 - SEPTEMBER) * before + SEPTEMBER * inside
        for before, inside in itertools.pairwise(plans)
    ]
    base = areas.panel.matrix(OUTTURN).loc["933", FinancialYear(origin).label]
    mine = own(priced, "plans_d")
    mine = mine[(mine["origin"] == origin) & (mine["la_code"] == "933")]
    assert mine["point"].to_numpy() == pytest.approx(
        [base * paid[h] / paid[0] * DEARER**h for h in mine["horizon"]]
    )


def every_area(record, origin):
    count = len(record.areas)
    plans = record.plans.of(origin)
    return Authorities(record.areas, np.arange(count), np.ones(count), plans, record.scored)


def test_priced_plans_err_as_an_independent_replay_did(priced):
    since = own(priced, "plans_a")
    found = scores(since[since["origin"] >= 2020])
    np.testing.assert_allclose(found["mape"], PRICED_A, atol=0.25)
    assert list(found["n"]) == [725, 580, 435, 290, 145]


def test_spreads_of_price_seen_at_earlier_origins_hold_eight_in_ten(priced):
    """At every horizon, by what had been seen at each origin; at the first, nothing had."""
    mine = own(priced, "plans_d")
    assert mine.loc[mine["origin"] == 2018, "rank"].isna().all()
    assert mine.loc[mine["origin"] > 2018, "rank"].notna().all()
    cover = scores(mine)["cover80"]
    assert ((cover > 0.73) & (cover < 0.88)).all(), cover


def test_the_spread_of_price_is_the_one_put_in(panel):
    """Spending made of the record's plans, prices walking at a known spread."""
    record, rng = record_of(panel), np.random.default_rng(4)
    years = range(2018, 2026)
    paid = np.stack(
        [
            (1 - SEPTEMBER) * record.plans.of(end - 1) + SEPTEMBER * record.plans.of(end)
            for end in years
        ],
        axis=1,
    )
    walk = np.cumsum(rng.normal(0.0, 0.05, paid.shape), axis=1)
    level = DEARER ** np.arange(len(years))
    for made, local, within in (
        (paid * level, 0.0, 1e-6),
        # A tenth for chance, and for plans whose errors have longer tails than a normal's.
        (paid * level * np.exp(walk), 0.05, 0.01),
    ):
        errors = spending_errors(
            regression_of(panel),
            Series(2018, made, made.sum(axis=0)),
            2025,
            LATE,
            price_growth=DEARER - 1,
            september_share=SEPTEMBER,
        )
        assert sorted(errors.spending) == [1, 2, 3, 4, 5]
        assert len(errors.england) == 7
        assert errors.price_local == pytest.approx(local, abs=within)
    # England's spending per plan grew by the rule but for the mean of the walks.
    assert errors.price_national < 0.02


def test_yearly_spreads_add_up_as_variances_do():
    assert yearly_spread({1: 0.03, 4: 0.06}) == pytest.approx(0.03)
    assert yearly_spread({2: 0.05}) == pytest.approx(0.05 / 2**0.5)
    assert yearly_spread({}) == 0.0


@pytest.mark.parametrize("january", [2019, 2022, 2025])
def test_the_page_says_the_spreads_that_were_seen(panel, january):
    chosen = EARLY if january < 2019 else LATE
    errors = spending_errors(
        regression_of(panel),
        series_of(panel, OUTTURN),
        january,
        chosen,
        price_growth=0.03,
        september_share=SEPTEMBER,
    )
    by_years = [errors.price_by_years.get(years) for years in range(1, 6)]
    said = [*by_years, errors.price_local, errors.price_national]
    cells = ["" if each is None else f"{each:.3f}".lstrip("0") for each in said]
    row = f"| {january} | {' | '.join(cells)} |"
    assert row in PAGE.read_text("utf-8")


def test_nothing_is_seen_before_two_outturns(panel):
    spent = series_of(panel, OUTTURN)
    kept = {"price_growth": 0.03, "september_share": SEPTEMBER}
    errors = spending_errors(regression_of(panel), spent, 2018, EARLY, **kept)
    assert (errors.price_local, errors.price_national) == (0.0, 0.0)
    assert list(
        spending_errors(regression_of(panel), spent, 2020, LATE, **kept).spending
    ) == [
        1,
        2,
    ]


# What is not looked at -----------------------------------------------------------------


def foretold(task, panel):
    """What a task foretold: everything but what came, and what knew it."""
    found = task.done(panel)
    found = found[~found["method"].isin([ORACLE, f"{ENGINE}_england_true"])]
    kept = ["level", "method", "origin", "horizon", "la_code", "selected"]
    return found[[*kept, "point", "middle", *ENDS]].reset_index(drop=True)


TASKS = (
    PricedRun("d", 2021, UNTIL, LATE),
    # Of the engine, area by area, tests/data/test_origin.py.
    pytest.param(BalanceRun(2021, 2024), marks=pytest.mark.slow),
    pytest.param(SpendingRun(2018, UNTIL), marks=pytest.mark.slow),
)


@pytest.mark.parametrize("task", TASKS, ids=str)
def test_no_later_figure_is_seen_but_those_named(panel, task):
    as_held = foretold(task, panel)
    named = {one.name for one in looked_ahead(panel, task.origin)}
    if isinstance(task, PricedRun):
        named = {"assumptions"}
    engine = as_held.loc[as_held["method"] != "naive", "selected"].iloc[0]
    assert engine.partition(LATER)[2].split(" + ") == [
        one.name for one in looked_ahead(panel, task.origin) if one.name in named
    ]
    hidden = scrambled(panel, task.origin, but=named - {"assumptions", "lines"})
    pd.testing.assert_frame_equal(foretold(task, hidden), as_held, check_exact=True)


@pytest.mark.slow
def test_a_figure_that_is_named_is_seen(panel):
    # So that the test above can fail: two years' growth of the block.
    task = BalanceRun(2021, 2024)
    named = {one.name for one in looked_ahead(panel, 2021)} - {"assumptions", "lines"}
    hidden = scrambled(panel, 2021, but=named - {"block_growth"})
    assert not foretold(task, hidden)["point"].equals(foretold(task, panel)["point"])


def test_what_is_seen_is_said_in_words():
    found = pd.DataFrame(
        {
            "method": [ENGINE],
            "horizon": [1],
            "selected_set": [f"2018–2019: {LATER}lines + ages; 2020: {LATER}lines"],
        }
    )
    assert list(looked_ahead_lines(found)) == [
        "Taken from after the January (2018–2020): place funding and the share of "
        "services, of the one year of lines.",
        "Taken from after the January (2018–2019): England's plans by age and placement.",
    ]


# What is refused, and what is kept -----------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"measure": "spendings"}, "the nearest is spending"),
        ({"measure": "balance", "until": 2020}, "a year from 2021 to"),
        ({"measure": "spending", "until": 2018}, "a year from 2019 to"),
        ({"measure": "spending", "until": 2099}, "up to 2099"),
        ({"level": "england_with_agreement"}, "No level is called"),
    ],
)
def test_what_cannot_be_answered_is_refused(panel, asked, words):
    with pytest.raises(UsageError, match=words):
        hn.backtest(panel, **asked)


def test_before_a_second_balance_there_is_no_pair(panel):
    pairs = hn.balance_pairs(panel, until=2020)
    assert pairs.empty
    assert "no balance can be marked" in str(past_balances_table(pairs))
    spent = hn.spending_scores(panel, until=2018)
    assert spent.empty
    assert "no spending can be marked" in str(past_spending_table(spent))


def test_up_to_a_january_later_than_the_last_balance_is_up_to_that(panel):
    assert module.last_marked(panel, 2025, "balance") == 2024
    assert module.last_marked(panel, 2025) == 2025


def test_marks_are_made_again_when_a_file_that_the_engine_reads_changes(
    panel, tmp_path, monkeypatch
):
    before = module._inputs(panel)
    data = tmp_path / "data"
    shutil.copytree(home.data_dir(), data)
    monkeypatch.setattr(home, "data_dir", lambda: data)
    assert module._inputs(panel) == before
    for name in ("origins.toml", "scenarios/trend.toml", "assumptions/costs.toml"):
        with (data / name).open("a", encoding="utf-8") as file:
            file.write("\n")
        after = module._inputs(panel)
        assert after != before, name
        before = after


# From here on the engine at every origin, which takes a minute and not seconds.


@pytest.fixture(scope="module")
def spending(panel):
    return hn.past_forecasts(panel, measure="spending", until=UNTIL, workers=2)


@pytest.fixture(scope="module")
def balances(panel):
    return hn.past_forecasts(panel, measure="balance", until=2024, workers=2)


@pytest.mark.slow
@pytest.mark.parametrize(("area", "origin"), [("Somerset", 2022), ("Kent", 2018)])
def test_the_engine_is_the_one_that_projects(panel, spending, balances, area, origin):
    """Through the public way in, area by area."""
    result = hn.project(panel, area, origin=origin, draws=1000, seed=SEED)
    spent, central = result.futures.spending, result.central.spending[:, 0]
    code = panel.area(area).la_code
    base = panel.figure(OUTTURN, area, FinancialYear(origin)).value
    mine = own(spending, ENGINE)
    mine = mine[(mine["origin"] == origin) & (mine["la_code"] == code)]
    for row in mine.itertuples():
        draws = base * spent[row.horizon] / spent[0]
        assert row.point == pytest.approx(base * central[row.horizon] / central[0])
        assert (row.low80, row.high80) == pytest.approx(
            tuple(np.quantile(draws, [0.1, 0.9]))
        )
        published = panel.figure(OUTTURN, area, FinancialYear(origin + row.horizon)).value
        assert row.came == published
    mine = own(balances, ENGINE)
    mine = mine[(mine["origin"] == origin) & (mine["la_code"] == code)]
    for row in mine.itertuples():
        assert row.point == pytest.approx(result.central.balance[row.horizon, 0])


@pytest.mark.slow
def test_places_are_counted_alike_at_both_ends(panel, spending):
    """Outcome: outturn, the deductions of the year, and maintained places held in cash."""
    mine = own(spending, f"{ENGINE}_all_places")
    row = mine[(mine["la_code"] == "933") & (mine["origin"] == 2022)].iloc[0]
    result = hn.project(panel, "Somerset", origin=2022, draws=1000, seed=SEED)
    after = "high_needs_block_after_deductions_gbp"

    def published(measure, year):
        return panel.figure(measure, "Somerset", year).value

    def direct(year):
        return published(BLOCK, year) - published(after, year)

    counted = result.central.spending[0, 0]
    maintained = counted - published(OUTTURN, "2021-22") - direct("2021-22")
    # The lines of 2021-22, drawn within 15% of what was published.
    lines = panel.figure(
        "s251_outturn_line_gbp", "Somerset", "2021-22", "line/place_funding_total"
    ).value
    assert maintained == pytest.approx(lines, rel=0.02)
    assert row["came"] == pytest.approx(
        published(OUTTURN, "2022-23") + maintained + direct("2022-23")
    )
    # Without deductions of a year nothing is marked: none are held for the last one.
    scored = mine[mine["scored"] & (mine["origin"] >= 2020)]
    assert (scored["origin"] + scored["horizon"]).max() < UNTIL


@pytest.mark.slow
def test_england_is_the_sum_of_what_is_known_at_both_ends(panel, spending):
    every = spending[(spending["level"] == "authority") & (spending["method"] == ENGINE)]
    england = spending[(spending["level"] == "england") & (spending["method"] == ENGINE)]
    sums = every.groupby(["origin", "horizon"])["came"].sum()
    assert england.set_index(["origin", "horizon"])["came"].to_numpy() == pytest.approx(
        sums.to_numpy()
    )
    assert SUM in set(every["la_code"])
    true = spending[spending["method"] == f"{ENGINE}_england_true"]
    sums = true[true["level"] == "authority"].groupby(["origin", "horizon"])
    assert sums["point"].sum().to_numpy() == pytest.approx(sums["came"].sum().to_numpy())


@pytest.mark.slow
def test_the_table_of_spending_has_every_level_and_column(panel):
    found = hn.backtest(panel, measure="spending", until=UNTIL)
    assert list(found.columns) == list(module.COLUMNS)
    assert list(found["level"].unique()) == list(module.LEVELS)
    assert not found["chosen"].any()
    assert set(found.loc[found["drives"], "method"]) == {ENGINE}
    mine = found[(found["level"] == "authority") & (found["method"] == ENGINE)]
    assert list(mine["n_origins"]) == [7, 6, 5, 4, 3]
    assert list(mine["n"]) == [145 * n for n in (7, 6, 5, 4, 3)]
    assert LATER in mine["selected_set"].iloc[0]
    apart = hn.backtest(panel, measure="spending", until=UNTIL, by_origin=True)
    mine = apart[(apart["level"] == "authority") & (apart["method"] == ENGINE)]
    together = found[(found["level"] == "authority") & (found["method"] == ENGINE)]
    for horizon, rows in mine.groupby("horizon"):
        weighted = np.average(rows["mape"], weights=rows["n"])
        expected = together.loc[together["horizon"] == horizon, "mape"].item()
        assert weighted == pytest.approx(expected)


@pytest.mark.slow
def test_pairs_are_every_two_marches_held_and_say_the_same(panel, balances):
    pairs = hn.balance_pairs(panel, until=2024)
    assert list(pairs["group"].unique()) == list(GROUPS)
    england = pairs[pairs["group"] == "england"]
    assert set(zip(england["origin"], england["to"], strict=True)) == {*PAIRS, (2020, 2021)}
    for column in ("n", "start_gbp", "came_gbp"):
        parts = pairs[pairs["group"] != "england"].groupby(["origin", "to"])[column].sum()
        whole = england.set_index(["origin", "to"])[column]
        assert parts.to_numpy() == pytest.approx(whole.to_numpy())
    assert (england["mae_pct"] > england["no_change_mae_pct"]).all()


@pytest.mark.slow
@pytest.mark.parametrize(("measure", "until"), [("spending", 2019), ("balance", 2021)])
def test_one_process_and_two_give_the_same(panel, measure, until):
    made = functools.partial(run, panel, until, bar=False, measure=measure)
    assert made(1).to_csv() == made(2).to_csv()


@pytest.mark.slow
def test_the_command_prints_what_was_looked_at(panel, capsys):
    assert main(["backtest", "--measure", "balance", "--until", "2024"]) == 0
    said = capsys.readouterr().out
    assert "calibrate nothing" in said
    assert "two years' growth of England's block" in said
    assert "england_without_agreement" in said
