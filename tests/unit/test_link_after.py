"""The event study on figures where the change is known."""

import numpy as np
import pytest

from highneeds.inspections.after import _Around, _both_effects, _same_year

YEARS = np.arange(-3, 5)
BASE = 2


def around(effect: float) -> _Around:
    """Twelve areas of three inspection years; half told to write a statement."""
    generator = np.random.default_rng(6)
    cohort = np.repeat([2017, 2018, 2019], 4)
    required = np.tile([True, True, False, False], 3)
    calendar = cohort[:, None] + YEARS
    levels = generator.normal(size=(12, 1)) + 0.3 * calendar
    levels = levels + np.where(required[:, None] & (YEARS >= 0), effect * (YEARS + 1), 0.0)
    changes = levels - levels[:, [BASE]]
    return _Around(BASE, changes, required, cohort, levels, calendar)


@pytest.mark.parametrize("estimate", [_same_year, _both_effects])
def test_no_change_is_none(estimate):
    found = estimate(around(0.0), np.ones((1, 12)))[0]
    np.testing.assert_allclose(found, 0.0, atol=1e-5)


@pytest.mark.parametrize("estimate", [_same_year, _both_effects])
def test_a_change_that_grows_is_found_year_by_year(estimate):
    found = estimate(around(0.5), np.ones((1, 12)))[0]
    expected = np.where(YEARS >= 0, 0.5 * (YEARS + 1), 0.0)
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_the_mean_is_weighted_by_the_areas_told_to_write_one():
    # Changes at year 0: required 4 and 2 in 2017, 8 in 2018; not required 1 and 2.
    changes = np.zeros((5, 8))
    changes[:, 3] = [4.0, 2.0, 1.0, 8.0, 2.0]
    required = np.array([True, True, False, True, False])
    cohort = np.array([2017, 2017, 2017, 2018, 2018])
    study = _Around(BASE, changes, required, cohort, changes, cohort[:, None] + YEARS)
    # (2 × (3 − 1) + 1 × (8 − 2)) / 3.
    assert _same_year(study, np.ones((1, 5)))[0, 3] == pytest.approx(10 / 3)


def test_a_year_without_anyone_to_compare_with_is_left_out():
    changes = np.ones((3, 8))
    study = _Around(
        BASE,
        changes,
        np.array([True, True, False]),
        np.array([2017, 2018, 2018]),
        changes,
        np.zeros((3, 8), int),
    )
    # Only the area of 2018 has one beside it: 1 − 1.
    assert _same_year(study, np.ones((1, 3)))[0, 3] == 0
