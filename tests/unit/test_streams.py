"""Named random streams: what is drawn beside a number never changes it."""

import numpy as np

from highneeds.scenario.assumptions import load_assumptions
from highneeds.scenario.streams import BLOCK_DRAWS, NATIONAL, normals


def test_fewer_draws_are_the_first_of_more():
    many = normals("growth", "933", seed=1, rows=3, draws=2500)
    few = normals("growth", "933", seed=1, rows=3, draws=700)
    np.testing.assert_array_equal(few, many[:, :700])


def test_blocks_can_be_drawn_apart():
    whole = normals("growth", "933", seed=1, rows=2, draws=2 * BLOCK_DRAWS + 5)
    parts = [
        normals("growth", "933", seed=1, rows=2, draws=count, first=first)
        for first, count in (
            (0, BLOCK_DRAWS),
            (BLOCK_DRAWS, BLOCK_DRAWS),
            (2 * BLOCK_DRAWS, 5),
        )
    ]
    np.testing.assert_array_equal(whole, np.concatenate(parts, axis=1))


def test_a_longer_run_keeps_the_earlier_years():
    short = normals("growth", "933", seed=1, rows=3, draws=100)
    long = normals("growth", "933", seed=1, rows=9, draws=100)
    np.testing.assert_array_equal(short, long[:3])


def test_streams_differ_by_name_area_and_seed():
    base = normals("growth", "933", seed=1, rows=1, draws=10)
    for name, area, seed in (
        ("price", "933", 1),
        ("growth", "202", 1),
        ("growth", "933", 2),
    ):
        assert not np.array_equal(base, normals(name, area, seed=seed, rows=1, draws=10))


def test_streams_are_standard_normal_and_unrelated():
    first = normals("growth", NATIONAL, seed=7, rows=1, draws=40_000)[0]
    second = normals("price", NATIONAL, seed=7, rows=1, draws=40_000)[0]
    # Standard errors with 40,000 numbers: mean 0.005, correlation 0.005; four of each.
    assert abs(first.mean()) < 0.02
    assert abs(first.std() - 1) < 0.02
    assert abs(np.corrcoef(first, second)[0, 1]) < 0.02


def test_low_central_and_high_are_the_tenth_half_and_nine_tenths():
    estimate = load_assumptions()["unit_cost_independent_special_gbp"]
    drawn = estimate.draw("unit_cost_independent_special_gbp", seed=3, draws=50_000)
    low, middle, high = np.quantile(drawn, [0.1, 0.5, 0.9])
    np.testing.assert_allclose(
        [low, middle, high], [estimate.low, estimate.central, estimate.high], rtol=0.005
    )
