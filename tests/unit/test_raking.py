"""Tables of plans made from their margins: by hand, and what must always hold."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from highneeds.record.raking import raked, within_bands


def test_a_band_is_spread_as_the_profile_is_inside_it():
    # 60 plans at ages 0 and 1, as 1 to 2; 10 at ages 2 to 4, as 1 to 1 to 3.
    found = within_bands(
        np.array([60.0, 10.0]), np.array([5.0, 10.0, 2.0, 2.0, 6.0]), ((0, 1), (2, 4))
    )
    assert found.tolist() == [20.0, 40.0, 2.0, 2.0, 6.0]


def test_two_by_two_has_the_odds_of_its_pattern():
    # Pattern odds 1 × 8 / (2 × 4) = 1, so the table is the product of its margins:
    # 30 of 40 at the first age, 10 of 40 in the first placement.
    pattern = np.array([[1.0, 2.0], [4.0, 8.0]])
    found = raked(pattern, np.array([30.0, 10.0]), np.array([10.0, 30.0]))
    assert found == pytest.approx(np.array([[7.5, 22.5], [2.5, 7.5]]))


def test_another_pattern_keeps_its_own_odds():
    pattern = np.array([[9.0, 1.0], [1.0, 1.0]])
    found = raked(pattern, np.array([30.0, 10.0]), np.array([10.0, 30.0]))
    odds = found[0, 0] * found[1, 1] / (found[0, 1] * found[1, 0])
    assert odds == pytest.approx(9.0)


def test_where_the_pattern_has_nobody_nobody_is_put():
    pattern = np.array([[1.0, 0.0], [1.0, 1.0]])
    found = raked(pattern, np.array([5.0, 5.0]), np.array([6.0, 4.0]))
    assert found == pytest.approx(np.array([[5.0, 0.0], [1.0, 4.0]]))


counts = st.lists(st.integers(0, 500), min_size=3, max_size=3)


@given(ages=counts, first=st.integers(0, 1500))
def test_sums_by_age_are_met_and_no_cell_is_negative(ages, first):
    by_age = np.array(ages, dtype=float)
    total = by_age.sum()
    placements = np.array([min(first, total), total - min(first, total)])
    pattern = np.array([[3.0, 1.0], [1.0, 1.0], [1.0, 5.0]])
    found = raked(pattern, by_age, placements)
    assert (found >= 0).all()
    if placements.all():
        assert found.sum(axis=1) == pytest.approx(by_age)
        assert found.sum(axis=0) == pytest.approx(placements, abs=0.01)
