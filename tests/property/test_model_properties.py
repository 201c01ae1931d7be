"""What must hold whatever the numbers are."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import highneeds as hn
from highneeds.model.finance import set_cost_basis, step_spending
from highneeds.model.plans import step_plans
from highneeds.model.simulate import simulate
from highneeds.periods import FinancialYear
from highneeds.record.cells import AGES, MODEL_PLACEMENTS

SHAPE = (len(AGES), len(MODEL_PLACEMENTS), 3)
counts = hnp.arrays(float, SHAPE, elements=st.floats(0, 1e5))
shares = hnp.arrays(float, (len(AGES), 3), elements=st.floats(0, 1))


@settings(max_examples=40)
@given(counts, shares, hnp.arrays(float, SHAPE[:2], elements=st.floats(0, 50)), st.data())
def test_plans_are_conserved_and_never_negative(stock, rate, started, data):
    rate[-1] = 1.0
    weights = data.draw(
        hnp.arrays(float, (len(AGES), SHAPE[1], SHAPE[1]), elements=st.floats(0, 3))
    )
    moves = weights + np.eye(SHAPE[1])
    moves /= moves.sum(axis=2, keepdims=True)
    joining = np.repeat(started[:, :, None], 3, axis=2)
    closing, ended = step_plans(stock, exit_rate=rate, moves=moves, joining=joining)
    total = stock.sum(axis=(0, 1)) + joining.sum(axis=(0, 1))
    np.testing.assert_allclose(
        closing.sum(axis=(0, 1)) + ended, total, rtol=1e-9, atol=1e-6
    )
    assert (closing >= 0).all()


@settings(max_examples=40)
@given(counts, shares)
def test_replacing_exactly_those_who_leave_is_a_steady_state(stock, rate):
    rate[-1] = 1.0
    stay = np.tile(np.eye(SHAPE[1]), (len(AGES), 1, 1))
    older = np.zeros_like(stock)
    older[1:] = (stock * (1 - rate[:, None, :]))[:-1]
    # Only where nobody must be taken away to stand still.
    level = np.maximum(stock, older)
    older[1:] = (level * (1 - rate[:, None, :]))[:-1]
    joining = np.maximum(level - older, 0.0)
    closing, _ = step_plans(level, exit_rate=rate, moves=stay, joining=joining)
    np.testing.assert_allclose(closing, np.maximum(level, older), atol=1e-6)


positive = st.floats(1, 1e6)
vector = hnp.arrays(float, (7, 2), elements=positive)


@settings(max_examples=60)
@given(vector, vector, vector, hnp.arrays(float, (7, 2), elements=st.floats(0.5, 3)))
def test_steps_of_spending_add_up_and_no_change_costs_the_same(plans, costs, later, price):
    spent = (plans * costs).sum(axis=0) * 1.3
    services = spent * 0.1
    basis = set_cost_basis(plans, costs, spending=spent, services=services)
    same = step_spending(basis, plans, np.ones_like(plans), np.ones(2))
    np.testing.assert_allclose(same.total, spent, rtol=1e-9)
    for name in ("volume", "mix", "price", "services"):
        np.testing.assert_allclose(getattr(same, name), 0.0, atol=1e-6 * spent.max())
    moved = step_spending(basis, later, price, np.full(2, 1.04))
    steps = moved.volume + moved.mix + moved.price + moved.services
    np.testing.assert_allclose(spent + steps, moved.total, rtol=1e-8)


@pytest.fixture(scope="module")
def somerset():
    return hn.project(hn.load_panel(), "Somerset", draws=300, seed=11)


def test_bridge_steps_add_up_to_the_closing_balance(somerset):
    steps = somerset.bridge()
    parts = steps.loc[steps["kind"] != "end", "value_gbp"].sum()
    assert parts == pytest.approx(steps["value_gbp"].iloc[-1], abs=0.01)


def test_england_bands_come_from_the_same_futures_whatever_the_order(somerset):
    panel = hn.load_panel()
    hn.project(panel, "Camden", draws=300, seed=11)
    again = hn.project(panel, "Somerset", draws=300, seed=11)
    np.testing.assert_array_equal(again.futures.balance, somerset.futures.balance)


def test_the_number_of_draws_does_not_change_the_first_ones(somerset):
    more = hn.project(hn.load_panel(), "Somerset", draws=1500, seed=11)
    np.testing.assert_array_equal(more.futures.balance[:, :300], somerset.futures.balance)


def test_a_shorter_horizon_gives_the_same_earlier_years(somerset):
    short = hn.project(hn.load_panel(), "Somerset", until="2026-27", draws=300, seed=11)
    np.testing.assert_allclose(
        short.futures.balance, somerset.futures.balance[: len(short.years)], rtol=1e-12
    )


def test_changing_a_price_moves_no_plan(somerset):
    scenario = hn.Scenario.load()
    dearer = dataclasses.replace(
        scenario,
        assumptions=scenario.assumptions.replaced(
            {"price_growth_other": {"low": 0.04, "central": 0.05, "high": 0.074}}, "a test"
        ),
    )
    other = hn.project(hn.load_panel(), "Somerset", dearer, draws=300, seed=11)
    np.testing.assert_array_equal(other.futures.stock, somerset.futures.stock)
    np.testing.assert_array_equal(other.futures.block, somerset.futures.block)
    assert (other.futures.balance[-1] < somerset.futures.balance[-1]).all()


def test_without_ranges_and_swings_every_future_is_the_central_case(somerset):
    scenario = somerset.scenario
    certain = {
        name: {"low": e.central, "high": e.central}
        for name, e in scenario.assumptions.items()
    }
    fixed = dataclasses.replace(
        scenario, assumptions=scenario.assumptions.replaced(certain, "a test")
    )
    still = somerset.spread.still()
    futures = simulate(
        somerset.record, fixed, still, until=FinancialYear(2030), draws=50, seed=1
    )
    assert np.ptp(futures.balance, axis=1).max() == pytest.approx(0, abs=1e-3)
    # Two ways to it: no range and no spread, or every number drawn at its middle.
    for field in dataclasses.fields(futures):
        found = getattr(somerset.central, field.name)
        years = found.shape[0] if found.ndim > 1 else None
        alike = getattr(futures, field.name)[..., :1][:years]
        np.testing.assert_allclose(found, alike, rtol=1e-9, err_msg=field.name)


def test_a_grant_only_reduces_a_deficit(tmp_path, somerset):
    path = tmp_path / "grant.toml"
    path.write_text(
        'name = "grant"\ntitle = "Grant"\nextends = "trend"\n'
        "[policies.stability_grant]\nswitched_on = true\n",
        encoding="utf-8",
    )
    granted = hn.project(
        hn.load_panel(), "Somerset", hn.Scenario.load(path), draws=300, seed=11
    )
    counted = [year.label for year in granted.years].index("2025-26")
    expected = 0.9 * np.maximum(-somerset.futures.balance[counted], 0)
    np.testing.assert_allclose(granted.futures.grants[counted + 1], expected)
    np.testing.assert_allclose(
        granted.futures.balance[-1], somerset.futures.balance[-1] + expected
    )
