"""Tornado, shares of variance, goal-seek, attribution, and England."""

import dataclasses

import numpy as np
import pytest

import highneeds as hn
from highneeds.answers.attribution import attribute
from highneeds.answers.decomposition import plan_growth, spending_growth
from highneeds.answers.goal_seek import goal_seek
from highneeds.answers.nation import project_nation
from highneeds.answers.sensitivity import (
    _OTHER_SEED,
    central_with,
    run_again,
    tornado,
    variance_shares,
)
from highneeds.errors import JoinError, ModelError
from highneeds.scenario import assumptions, draws, streams
from highneeds.scenario.levers import DatedPath, Measure


@pytest.fixture(scope="module")
def panel():
    return hn.load_panel()


@pytest.fixture(scope="module")
def camden(panel):
    return hn.project(panel, "Camden", draws=400, seed=3)


def measure(name, kind, most, **more):
    return Measure(
        name=name,
        kind=kind,
        most=most,
        starts="2026-27",
        full="2027-28",
        delivery_chance=0.8,
        **more,
    )


def test_tornado_moves_the_way_each_assumption_pushes(camden):
    table = tornado(camden).set_index("name")
    assert (
        table.loc["request_growth", "low_gbp"] > 0 > table.loc["request_growth", "high_gbp"]
    )
    assert table.loc["price_growth_other", "plus_tenth_gbp"] < 0
    assert table.loc["block_growth.2025-26", "plus_tenth_gbp"] > 0
    assert table["swing_gbp"].is_monotonic_decreasing


@pytest.fixture(scope="module")
def unsure(panel):
    """Measures with a chance, and a dated path: whatever a run may draw."""
    scenario = dataclasses.replace(
        hn.Scenario.load("mitigated_example"), paths=hn.Scenario.load("reform_path").paths
    )
    return hn.project(panel, "Stockport", scenario, draws=40, seed=3)


@pytest.mark.parametrize(
    "name",
    [
        *("request_growth", "issue_ratio", "late_share", "births_change"),
        *("price_growth_other", "unit_cost_elsewhere_gbp", "block_growth.later"),
        *("moves_to_independent", "appeal_growth", "interest_rate"),
    ],
)
def test_assumptions_moved_in_one_run_are_as_moved_one_at_a_time(unsure, camden, name):
    for result in (unsure, camden):
        row = tornado(result).set_index("name").loc[name]
        estimate = result.scenario.assumptions[name]
        for column, value in (
            ("plus_tenth_gbp", 1.1 * estimate.central),
            ("low_gbp", estimate.low),
        ):
            value = min(max(value, estimate.minimum), estimate.maximum)
            alone = central_with(result, {name: value}).balance[-1, 0]
            change = alone - result.central.balance[-1, 0]
            assert row[column] == pytest.approx(change, abs=0.001)


def test_a_stream_drawn_anew_gives_the_run_that_is_whole_anew(unsure):
    closing = unsure.futures.balance[-1]
    shares = variance_shares(unsure).set_index("name")["share"]
    several = [f"measure.{unsure.scenario.measures[0].name}", "plans.share", "price.local"]
    for name in (*several, "moves_to_independent", "block.local"):
        other = run_again(unsure, seeds={name: _OTHER_SEED}).balance[-1]
        # Jansen's total effect: half the mean squared difference over the variance.
        share = np.mean((closing - other) ** 2) / 2 / closing.var()
        assert shares[name] == pytest.approx(share, rel=1e-12), name
        assert share > 0


def test_shares_of_variance_are_shares(camden):
    table = variance_shares(camden).set_index("name")
    assert (table["share"] >= 0).all()
    # Nearly additive, so the total effects add up to a little over one; five standard
    # errors of the sum allow for 400 futures.
    total, error = table["share"].sum(), np.sqrt((table["standard_error"] ** 2).sum())
    assert 0.9 - 5 * error < total < 1.3 + 5 * error
    # A stream that reaches nothing has no share at all.
    assert table.loc["interest_rate", "share"] == 0.0


def only_levers(camden, **levers):
    """Camden with the yearly swings and assumptions still, and some levers not."""
    certain = {
        name: {"low": e.central, "high": e.central}
        for name, e in camden.scenario.assumptions.items()
    }
    scenario = dataclasses.replace(
        camden.scenario,
        assumptions=camden.scenario.assumptions.replaced(certain, "a test"),
        **levers,
    )
    quiet = dataclasses.replace(camden, scenario=scenario, spread=camden.spread.still())
    return dataclasses.replace(quiet, futures=run_again(quiet))


def test_measures_and_dated_paths_have_their_share_of_the_variance(camden):
    unsure = DatedPath(
        name="reform",
        kind="requests",
        unit="ratio",
        low={"2026": 0.8},
        central={"2026": 0.9},
        high={"2026": 1.0},
    )
    sure = unsure.model_copy(
        update={"name": "law", "low": unsure.central, "high": unsure.central}
    )
    transfer = measure("transfer", "block_transfer", 0.005)
    certain = measure("bands", "independent_prices", 0.1).model_copy(
        update={"delivery_chance": 1.0}
    )
    both = only_levers(camden, measures=(transfer, certain), paths=(unsure, sure))
    found = variance_shares(both).set_index("name")
    # Transfers are pounds and requests plans: they add, so their shares come to one.
    shares = found["share"][["measure.transfer", "path.reform"]]
    assert (shares > 0).all()
    errors = found["standard_error"][["measure.transfer", "path.reform"]]
    assert shares.sum() == pytest.approx(1, abs=5 * np.hypot(*errors))
    assert (found["share"].drop(shares.index) == 0).all()
    assert {"measure.bands", "path.law"} <= set(found.index)
    # A transfer delivered with a chance of 0.8 has a variance of 0.8 × 0.2 × its size².
    size = 0.005 * camden.record.money.schools_block_gbp * (0.5 + 1 + 1 + 1)
    variance = both.futures.balance[-1].var()
    assert found["share"]["measure.transfer"] * variance == pytest.approx(
        0.8 * 0.2 * size**2, rel=0.25
    )


def test_every_stream_of_a_run_has_a_share(camden, monkeypatch):
    drawn = set()
    real = streams.normals

    def noted(name, *where, **how):
        drawn.add(name)
        return real(name, *where, **how)

    for module in (assumptions, draws):
        monkeypatch.setattr(module, "normals", noted)
    scenario = hn.Scenario.load("mitigated_example")
    path = hn.Scenario.load("reform_path").paths
    result = hn.project(
        hn.load_panel(),
        "Stockport",
        dataclasses.replace(scenario, paths=path),
        draws=20,
        until="2026-27",
    )
    used = set(drawn)
    assert {"path." + path[0].name, "unknown_placements.local"} <= used
    assert used <= set(variance_shares(result)["name"])


def test_a_new_seed_for_one_stream_leaves_the_others(camden):
    other = run_again(camden, seeds={"price.local": 99})
    np.testing.assert_array_equal(other.stock, camden.futures.stock)
    np.testing.assert_array_equal(other.block, camden.futures.block)
    assert not np.array_equal(other.spending[1], camden.futures.spending[1])


def test_goal_seek_finds_a_balance_and_says_when_there_is_none(camden):
    found = goal_seek(camden, "block_growth.later", "2028-29")
    assert found.value is not None
    fixed = dict.fromkeys(("low", "central", "high"), found.value)
    step = camden.years.index(hn.FinancialYear.parse("2028-29"))
    assumed = camden.scenario.assumptions.replaced({"block_growth.later": fixed}, "a test")
    scenario = dataclasses.replace(camden.scenario, assumptions=assumed)
    again = dataclasses.replace(camden, scenario=scenario).central
    assert abs(again.in_year[step, 0]) < 1e-4 * again.spending[step, 0] * 1.01
    none = goal_seek(camden, "births_change", "2028-29")
    assert none.value is None
    assert "no value in the allowed range" in none.sentence


def test_goal_seek_refuses_a_year_outside_the_run(camden):
    with pytest.raises(ModelError, match="2035-36 is not a projected year"):
        goal_seek(camden, "request_growth", "2035-36")


def test_shares_of_overlapping_measures_add_up_to_the_penny(panel, camden):
    scenario = dataclasses.replace(
        camden.scenario,
        measures=(
            measure("early help", "early_support", 0.1, cost_to_achieve_gbp=200_000.0),
            measure("price bands", "independent_prices", 0.05),
            measure("pathways", "post_16_pathways", 0.1),
        ),
    )
    with_measures = hn.project(panel, "Camden", scenario, draws=400, seed=3)
    together = with_measures.central.balance[-1, 0] - camden.central.balance[-1, 0]
    table = attribute(with_measures)
    assert table["effect_gbp"].sum() == pytest.approx(together, abs=0.005)
    assert (table["effect_gbp"] > 0).all()
    steps = with_measures.bridge()
    parts = steps.loc[steps["kind"] != "end", "value_gbp"].sum()
    assert parts == pytest.approx(steps["value_gbp"].iloc[-1], abs=0.01)


def test_england_is_its_authorities_draw_by_draw(panel):
    totals = project_nation(panel, draws=30, seed=8)
    areas = panel.geography.authorities(2025)
    results = [hn.project(panel, area, draws=30, seed=8) for area in areas]
    plans = sum(result.futures.stock.sum(axis=(1, 2)) for result in results)
    np.testing.assert_allclose(totals["E92000001"].series["plans"], plans)
    balance = sum(result.futures.balance for result in results if result.has_money)
    np.testing.assert_allclose(totals["E92000001"].series["balance"], balance)
    regions = sum(
        total.series["plans"] for code, total in totals.items() if code != "E92000001"
    )
    np.testing.assert_allclose(regions, plans)
    assert totals["E92000001"].without_money == ("City of London", "Isles of Scilly")


def test_two_workers_give_the_same_england(panel):
    one = project_nation(panel, until="2026-27", draws=20, seed=8)
    two = project_nation(panel, until="2026-27", draws=20, seed=8, workers=2)
    for name, values in one["E92000001"].series.items():
        np.testing.assert_array_equal(values, two["E92000001"].series[name])


def test_englands_band_lies_between_independence_and_lockstep(panel):
    totals = project_nation(panel, draws=200, seed=8)["E92000001"]
    spread = totals.series["balance"][-1].std()
    results = [
        hn.project(panel, area, draws=200, seed=8)
        for area in panel.geography.authorities(2025)[::4]
    ]
    local = [result.futures.balance[-1].std() for result in results if result.has_money]
    # Every fourth authority stands for four.
    lockstep = 4 * sum(local)
    alone = 2 * np.sqrt(sum(value**2 for value in local))
    assert alone < spread < lockstep


def test_past_growth_parts_add_up(panel):
    for area in ("Somerset", "England"):
        table = plan_growth(panel, area)
        after = panel.figure("ehc_plans", area, "2025").value
        before = panel.figure("ehc_plans", area, "2015").value
        assert table["change"].sum() == pytest.approx(after - before)
    # England, as published: 240,183 plans in 2015 and 638,745 in 2025.
    assert plan_growth(panel, "England")["change"].sum() == pytest.approx(638_745 - 240_183)
    assumptions = hn.load_assumptions()
    money = spending_growth(panel, "Somerset", assumptions)
    change = (
        panel.figure("s251_high_needs_net_gbp", "Somerset", "2024-25").value
        - panel.figure("s251_high_needs_net_gbp", "Somerset", "2017-18").value
    )
    assert money["change"].sum() == pytest.approx(change)


def test_past_growth_is_refused_across_a_reorganisation(panel):
    with pytest.raises(JoinError, match=r"It came from Cumbria \(909\)"):
        plan_growth(panel, "Cumberland")
