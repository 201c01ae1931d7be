"""One year of pounds, with the sums shown."""

import numpy as np
import pytest

from highneeds.errors import ModelError
from highneeds.model.finance import (
    grant_on_deficit,
    set_cost_basis,
    step_balance,
    step_spending,
    year_plans,
)
from highneeds.model.nation import last_year


def column(*values):
    return np.array(values, dtype=float)[:, None]


def test_a_financial_year_pays_five_months_of_the_old_school_year():
    paid = year_plans(column(120), column(240), np.array([7 / 12]))
    np.testing.assert_allclose(paid, column(120 * 5 / 12 + 240 * 7 / 12))
    np.testing.assert_allclose(paid, column(190))


def test_the_base_year_meets_what_was_spent():
    # 10 plans at £10,000 and 2 at £60,000 come to £220,000; £275,000 was spent, £55,000 of
    # it on services, so every unit cost stands at 220/220 = 1 times its value.
    basis = set_cost_basis(
        column(10, 2),
        column(10_000, 60_000),
        spending=np.array([275_000.0]),
        services=np.array([55_000.0]),
    )
    np.testing.assert_allclose(basis.level, 1.0)
    spent = step_spending(basis, column(10, 2), column(1, 1), np.array([1.0]))
    np.testing.assert_allclose(spent.total, 275_000)


def test_change_in_spending_is_volume_mix_price_and_services():
    basis = set_cost_basis(
        column(10, 2),
        column(10_000, 60_000),
        spending=np.array([275_000.0]),
        services=np.array([55_000.0]),
    )
    # 12 mainstream and 3 independent plans, prices up 10% and 20%, services up 5%.
    spent = step_spending(basis, column(12, 3), column(1.1, 1.2), np.array([1.05]))
    average = 220_000 / 12
    at_base = 12 * 10_000 + 3 * 60_000
    at_prices = 12 * 11_000 + 3 * 72_000
    np.testing.assert_allclose(spent.volume, average * (15 - 12))
    np.testing.assert_allclose(spent.mix, at_base - average * 15)
    np.testing.assert_allclose(spent.price, at_prices - at_base)
    np.testing.assert_allclose(spent.services, 55_000 * 0.05)
    parts = spent.volume + spent.mix + spent.price + spent.services
    np.testing.assert_allclose(275_000 + parts, spent.total)
    np.testing.assert_allclose(spent.total, at_prices + 55_000 * 1.05)


def test_closing_balance_is_opening_and_block_less_spending():
    closing = step_balance(
        np.array([-30.0]),
        block=np.array([100.0]),
        spending=np.array([120.0]),
        unexplained=np.array([1.0]),
        grants=np.array([27.0]),
    )
    np.testing.assert_allclose(closing, -30 + 100 - 120 + 1 + 27)


def test_a_grant_pays_part_of_a_deficit_and_nothing_on_a_surplus():
    np.testing.assert_allclose(grant_on_deficit(np.array([-50.0, 20.0]), 0.9), [45.0, 0.0])


def test_services_above_spending_are_refused():
    with pytest.raises(ModelError, match="services to £300, spending to £200"):
        set_cost_basis(
            column(1), column(10), spending=np.array([200.0]), services=np.array([300.0])
        )


def test_services_may_be_all_that_is_spent_and_a_plan_must_cost_something():
    spending = np.array([200.0])
    all_of_it = set_cost_basis(column(1), column(0.5), spending=spending, services=spending)
    np.testing.assert_array_equal(all_of_it.level, 0.0)
    with pytest.raises(ModelError, match="unit costs come to £0"):
        set_cost_basis(column(1), column(0), spending=spending, services=np.array([0.0]))


def test_what_is_spent_on_each_placement_is_its_plans_at_their_prices():
    basis = set_cost_basis(
        column(10, 2), column(10, 50), spending=np.array([450.0]), services=np.array([50.0])
    )
    # £400 of spending for £200 at unit costs: twice their level.
    spent = step_spending(basis, column(12, 3), column(1.1, 1.2), np.array([1.0]))
    np.testing.assert_allclose(spent.placed, column(2 * 12 * 11, 2 * 3 * 60))


def test_the_gap_of_the_last_year_is_a_share_of_that_years_block():
    # Two futures: 6 of 100 and 20 of 200 short in the last year, and 9 of 150 in between.
    found = last_year(
        {
            "in_year": np.array([[-1.0, -2.0], [-6.0, -20.0]]),
            "block": np.array([[50.0, 50.0], [100.0, 200.0]]),
        },
        {"in_year": np.array([-1.5, -9.0]), "block": np.array([50.0, 150.0])},
        closing=-1,
    )
    assert found["gap_share_mean"] == pytest.approx((-6 / 100 - 20 / 200) / 2)
    assert found["gap_share_central"] == pytest.approx(-9 / 150)
