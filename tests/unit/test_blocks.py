"""The numbers do not depend on how the work is cut up, and quantiles are exact."""

import numpy as np
import pytest

import highneeds as hn
from highneeds.errors import ModelError
from highneeds.model import carry
from highneeds.model.quantiles import quantiles_of
from highneeds.model.simulate import simulate, simulate_blocks
from highneeds.periods import FinancialYear
from highneeds.record.opening import area_record
from highneeds.record.spread import spreads
from highneeds.scenario.streams import BLOCK_DRAWS, NATIONAL, normals

DRAWS = BLOCK_DRAWS + 300


@pytest.fixture(scope="module")
def given():
    panel = hn.load_panel()
    record = area_record(panel, panel.area("Somerset"))
    return (record, hn.Scenario.load(), spreads(panel)), {
        "until": FinancialYear(2028),
        "draws": DRAWS,
        "seed": 8,
    }


@pytest.mark.parametrize("together", [64, 1000])
def test_how_many_futures_are_taken_together_changes_no_bit(given, monkeypatch, together):
    what, how = given
    usual = simulate(*what, **how)
    monkeypatch.setattr(carry, "TOGETHER", together)
    again = simulate(*what, **how)
    np.testing.assert_array_equal(again.stock, usual.stock)
    np.testing.assert_array_equal(again.balance, usual.balance)


def test_a_run_broken_off_goes_on_with_the_same_numbers(given):
    what, how = given
    whole = simulate(*what, **how)
    (rest,) = simulate_blocks(*what, **how, first=BLOCK_DRAWS)
    np.testing.assert_array_equal(rest.balance, whole.balance[:, BLOCK_DRAWS:])


def test_a_start_inside_a_block_is_refused(given):
    what, how = given
    with pytest.raises(ModelError, match="first 300 is inside a block"):
        list(simulate_blocks(*what, **how, first=300))


def test_a_kept_national_stream_cannot_be_spoilt_by_whoever_reads_it():
    mine = normals("price.national", NATIONAL, seed=1, rows=2, draws=10)
    expected = mine.copy()
    mine[:] = 0.0
    again = normals("price.national", NATIONAL, seed=1, rows=2, draws=10)
    np.testing.assert_array_equal(again, expected)


def test_quantiles_lie_on_straight_lines_between_futures():
    # Ordered: 10, 20, 30, 40. A half lies at 1.5 steps, a tenth at 0.3 of the first.
    values = np.array([30.0, 10.0, 40.0, 20.0])
    assert quantiles_of(values, [0.0, 0.1, 0.5, 1.0]) == pytest.approx([10, 13, 25, 40])
    assert quantiles_of(np.array([7.0]), [0.1, 0.9]) == [7.0, 7.0]


def test_quantiles_agree_with_numpy():
    values = np.random.default_rng(2).normal(size=1001)
    shares = [0.05, 0.1, 0.5, 0.9, 0.95]
    assert quantiles_of(values, shares) == pytest.approx(np.quantile(values, shares))


def test_a_quantile_of_a_missing_figure_is_missing():
    assert np.isnan(quantiles_of(np.array([1.0, np.nan]), [0.1, 0.9])).all()
