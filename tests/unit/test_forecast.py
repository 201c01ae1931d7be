"""Parts of the forecast on figures made by hand, with the sums shown."""

import itertools

import numpy as np
import pytest

from highneeds.errors import ModelError
from highneeds.forecast import baselines, england
from highneeds.forecast.bands import Bands, earlier_errors, national_change
from highneeds.forecast.covariates import MORE
from highneeds.forecast.record import Record, Series
from highneeds.forecast.scores import crps, quantiles, rank
from highneeds.forecast.shares import HORIZONS, Regression, foretold_shares, least_absolute
from highneeds.geography import Area

YEARS = 12


def made_record(areas=6, years=YEARS, seed=0):
    """Areas whose plans grow at random from 2010 on; every flow known from the start."""
    rng = np.random.default_rng(seed)

    def series(first, low, high, count=years):
        values = rng.uniform(low, high, (areas, count)).cumprod(axis=1) * 1000
        return Series(first, values, values.sum(axis=0))

    names = tuple(Area(f"{n:03d}", f"Area {n}", "la", "E12000001") for n in range(areas))
    asked = series(2009, 0.9, 1.2)
    asked.england[:7] = np.nan  # first asked for in 2016
    return Record(
        names,
        np.ones(areas, dtype=bool),
        np.ones(areas, dtype=bool),
        plans=series(2010, 1.0, 1.2),
        new=series(2009, 0.9, 1.2),
        requests=asked,
        refused=series(2009, 0.9, 1.2),
        issued=series(2009, 0.9, 1.2),
        in_time=series(2009, 0.9, 1.2),
        children=series(2012, 0.99, 1.02),
        pupils=series(2007, 0.99, 1.02),
    )


def test_the_median_regression_is_the_best_of_every_line_through_two_points():
    # With two coefficients a best fit goes exactly through two of the points.
    rng = np.random.default_rng(1)
    x, y = rng.normal(size=(25, 2)), rng.standard_t(2, size=25)
    losses = []
    for pair in itertools.combinations(range(25), 2):
        through = np.linalg.solve(x[list(pair)], y[list(pair)])
        losses.append((np.abs(y - x @ through).sum(), tuple(through)))
    best, expected = min(losses)
    found = least_absolute(x, y)
    assert np.abs(y - x @ found).sum() == pytest.approx(best, rel=1e-12)
    np.testing.assert_allclose(found, expected, rtol=1e-9)


def test_a_median_regression_on_one_column_of_ones_is_the_median():
    assert least_absolute(np.ones((5, 1)), np.array([9.0, 1, 5, 2, 700])) == [5.0]
    assert least_absolute(np.ones((5, 0)), np.ones(5)).shape == (0,)


def test_a_regression_refuses_what_is_missing():
    with pytest.raises(ModelError, match="missing"):
        least_absolute(np.ones((2, 1)), np.array([1.0, np.nan]))


def test_crps_is_the_mean_distance_less_half_that_between_two_draws():
    draws, came = np.array([[1.0, 4.0], [3.0, 4.0], [8.0, 4.0]]), np.array([4.0, 6.0])
    # First: distances 3, 1, 4; between two draws 0, 2, 7, 2, 0, 5, 7, 5, 0.
    first = 8 / 3 - 0.5 * 28 / 9
    # Draws that are all alike are a point: its absolute error.
    np.testing.assert_allclose(crps(draws, came), [first, 2.0])


def test_crps_of_a_normal_is_its_formula():
    draws = np.random.default_rng(3).standard_normal((200_000, 1))
    # Gneiting and Raftery (2007): 2φ(0) − 1/√π at the mean.
    expected = 2 / np.sqrt(2 * np.pi) - 1 / np.sqrt(np.pi)
    assert crps(draws, np.zeros(1))[0] == pytest.approx(expected, abs=0.002)


def test_bands_and_ranks_of_a_hundred_and_one_draws():
    draws = np.arange(101.0)[:, None]
    found = {name: float(values[0]) for name, values in quantiles(draws).items()}
    assert found == {
        **{"middle": 50, "low50": 25, "high50": 75, "low80": 10, "high80": 90},
        **{"low95": 2.5, "high95": 97.5},
    }
    # 30 below, 1 equal of which half counts.
    assert rank(draws, np.array([30.0]))[0] == pytest.approx(30.5 / 101)


def test_rules_by_hand():
    own = np.array([[100.0, 110, 120, 160]])
    whole = np.array([1000.0, 1000, 1100, 1331])
    cube = 1.6 ** (1 / 3)
    expected = {
        "naive": (160, 160),
        "drift": (180, 200),  # (160 − 100) / 3 = 20 a year
        "own_three_year": (160 * cube, 160 * cube**2),
        "own_last": (160 * 4 / 3, 160 * 16 / 9),
        "england_three_year": (160 * 1.1, 160 * 1.21),  # 1.331 = 1.1³
        "england_last": (160 * 1.21, 160 * 1.21**2),
        "half_and_half": (
            160 * (1 + 0.5 * (cube - 1 + 0.1)),
            160 * (1 + (cube - 1 + 0.1)),
        ),
    }
    assert set(expected) == set(baselines.RULES) - {"damped_ets"}
    for name, (one, two) in expected.items():
        found = baselines.RULES[name](own, whole)
        assert found.shape == (HORIZONS, 1)
        np.testing.assert_allclose(found[:2, 0], [one, two], err_msg=name)


def test_a_damped_trend_goes_on_rising_by_less():
    own = np.exp(np.array([np.linspace(5, 6, 10)]))
    steps = np.diff(np.log(baselines.damped_ets(own, own[0])[:, 0]))
    assert (steps > 0).all()
    assert (np.diff(steps) < 0).all()


def test_englands_paths_by_hand():
    # 1,000 plans each January to 2013, then 1,100 and 1,210; 150 new plans a year.
    record = made_record()
    plans = record.plans.england
    plans[:4], plans[4], plans[5] = 1000.0, 1100.0, 1210.0
    record.new.england[:] = 150.0
    path = {name: each(record, 2015) for name, each in england.PATHS.items()}
    # Lost: 150, 50 and 40 of 1,000, 1,000 and 1,100.
    keeping = 1 - (0.15 + 0.05 + 40 / 1100) / 3
    one = 1210 * keeping + 150
    two = one * keeping + 150
    expected = {
        "naive": (1210, 1210),
        "drift": (1280, 1350),
        "three_year": (1210 * 1.21 ** (1 / 3), 1210 * 1.21 ** (2 / 3)),
        "last": (1331, 1464.1),
        "stock_flow": (one, two),
        "half": ((1331 + one) / 2, (1464.1 + two) / 2),
        "damped_0.9": (1210 * 1.1**0.9, 1210 * 1.1 ** (0.9 + 0.81)),
        "easing": (1210 * 1.1**0.9, 1210 * 1.1**1.7),  # nine tenths, then eight
    }
    for name, first_two in expected.items():
        np.testing.assert_allclose(path[name][:2], first_two, err_msg=name)


def test_the_path_chosen_is_the_best_at_origins_whose_outcome_is_held():
    record = made_record()
    # Growth that never changes: last year's is right at every origin, nothing else is.
    record.plans.england[:] = 1000 * 1.07 ** np.arange(YEARS)
    losses = england.path_losses(record, 2018)
    assert losses["last"] == pytest.approx(0, abs=1e-12)
    assert england.chosen_path(record, 2018) in ("last", "three_year")
    # And what came after 2018 does not count.
    record.plans.england[-3:] = 1.0
    assert england.path_losses(record, 2018) == losses


def test_a_change_of_growth_stays_in_every_year_after_it():
    path = made_record().plans.england
    path[:] = np.exp(np.cumsum(np.r_[0.0, np.cumsum(np.full(YEARS - 1, 0.01))]))
    record = made_record()
    record.plans.england[:] = path
    # Growth rises by 0.01 a year: the median change is 0.01.
    spread = national_change(record, 2020)
    assert spread == pytest.approx(0.014826)
    bands = Bands((), spread)
    # √1, √(1 + 4), √(1 + 4 + 9) …
    expected = spread * np.sqrt([1, 5, 14, 30, 55])
    np.testing.assert_allclose(bands.national_spread, expected)


def test_futures_add_up_to_england_and_small_areas_spread_more():
    rng = np.random.default_rng(0)
    scaled = tuple(rng.normal(0, 0.3, 500) for _ in range(HORIZONS))
    points = np.array([[100.0, 1000.0, 50_000.0]] * HORIZONS)
    made = Bands(scaled, 0.01).draw(points, points[0], 4000, rng)
    assert made.shape == (HORIZONS, 4000, 3)
    whole = np.log(made.sum(axis=2) / points.sum(axis=1)[:, None])
    np.testing.assert_allclose(
        whole.std(axis=1), 0.01 * np.sqrt([1, 5, 14, 30, 55]), rtol=0.05
    )
    # The same surprise for England at every horizon of one future.
    np.testing.assert_allclose(whole[1], whole[0] * np.sqrt(5))
    own = np.log(made[0]).std(axis=0)
    assert own[0] / own[1] == pytest.approx(10**0.2, rel=0.1)


def test_errors_of_a_horizon_not_yet_seen_grow_as_those_seen_did():
    record = made_record(areas=40)
    regression = Regression(record)
    found = earlier_errors(regression, 2017, ("rate",)).scaled
    # Origins from 2014: 3, 2 and 1 of them are seen one, two and three years on.
    assert [len(each) for each in found[:3]] == [3 * 40, 2 * 40, 40]
    middle = [np.median(np.abs(each)) for each in found[:3]]
    slope = np.polyfit(np.log([1, 2, 3]), np.log(middle), 1)[0]
    np.testing.assert_allclose(found[3], found[2] * (4 / 3) ** slope)
    np.testing.assert_allclose(found[4], found[2] * (5 / 3) ** slope)


def test_shares_add_up_and_follow_a_covariate_that_always_told():
    record = made_record(areas=40, seed=2)
    # Every area's share falls by a tenth of what its plans per child are above England's.
    children = record.children
    for year in range(2013, 2021):
        base = np.log(children.of(max(year - 2, 2012)))
        base = base - np.log(children.whole(max(year - 2, 2012)))
        now = record.plans.of(year) / record.plans.whole(year)
        rate = np.log(now) - base
        size = now * np.exp(-0.1 * np.clip(rate, *np.percentile(rate, [2, 98])))
        column = year + 1 - record.plans.first
        record.plans.areas[:, column] = size / size.sum() * record.plans.whole(year + 1)
    regression = Regression(record)
    assert regression.coefficients(2020, ("rate",), 1)[0] == pytest.approx(-0.1, abs=0.01)
    shares = foretold_shares(regression, 2020, ("rate",))
    np.testing.assert_allclose(shares.sum(axis=1), 1.0)
    assert "rate" in regression.chosen(2020)


def test_an_area_without_plans_at_the_origin_takes_nothing_from_the_others():
    record = made_record(areas=10)
    column = 2020 - record.plans.first
    part = record.plans.areas[0, column] / record.plans.england[column]
    record.plans.areas[0, column] = np.nan
    shares = foretold_shares(Regression(record), 2020, ("rate", "d1"))
    assert np.isnan(shares[:, 0]).all()
    np.testing.assert_allclose(np.nansum(shares, axis=1), 1.0 - part)


def test_a_covariate_not_published_for_a_january_is_not_used_there():
    record = made_record(areas=40)
    last = record.plans.last
    record.in_time.areas[:, last - 1 - record.in_time.first] = np.nan
    regression = Regression(record, MORE)
    assert "timely" in regression.held(last - 1)
    assert "timely" not in regression.held(last)
    assert "timely" not in regression.chosen(last)
    # Nor is it fitted to, once it is an earlier January like others.
    gap, chosen = 2018, ("rate", "timely")
    record = made_record(areas=40)
    record.in_time.areas[:, gap - 1 - record.in_time.first] = np.nan
    regression = Regression(record, MORE)

    def fitted_to(starts):
        at = [regression.covariates(start) for start in starts]
        x = np.stack(
            [
                np.concatenate([each["rate"] for each in at]),
                np.concatenate([each.get("timely", np.zeros(40)) for each in at]),
            ],
            1,
        )
        return least_absolute(
            x,
            np.concatenate(
                [record.share(start + 1) - record.share(start) for start in starts]
            ),
        )

    starts = range(record.first_fitted, last)
    found = regression.coefficients(last, chosen, 1)
    without = [start for start in starts if start != gap]
    np.testing.assert_array_equal(found, fitted_to(without))
    assert not np.array_equal(found, fitted_to(starts))
