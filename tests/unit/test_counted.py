"""Plans counted between Januaries: the arithmetic of the path."""

from datetime import date, timedelta

import numpy as np
import pytest

from highneeds.periods import Census
from highneeds.record.counted import on_day, through

BASE = Census(2026)
OPENING = np.array([1000.0, 1000.0])
# Two futures, three Januaries.
TOTALS = np.array([[1100.0, 1200.0], [1210.0, 1440.0], [1331.0, 1728.0]])
FIRST, SECOND = BASE.day, BASE.shift(1).day


@pytest.mark.parametrize(
    ("january", "day"),
    # School census days as the Department for Education gave them.
    [(2024, date(2024, 1, 18)), (2025, date(2025, 1, 16)), (2026, date(2026, 1, 15))],
)
def test_a_census_is_on_the_third_thursday_of_january(january, day):
    assert Census(january).day == day


def halfway(first, second):
    return first + (second - first) / 2


def test_every_future_passes_through_a_count_and_grows_on_from_it():
    day = halfway(FIRST, SECOND)
    part = (day - FIRST).days / (SECOND - FIRST).days
    here = OPENING + (TOTALS[0] - OPENING) * part
    found = through(TOTALS, OPENING, BASE, [(day, 1080.0)])
    np.testing.assert_allclose(found, TOTALS * (1080.0 / here))
    passed = on_day(found, OPENING, BASE, [(day, 1080.0)], day)
    np.testing.assert_array_equal(passed, [1080.0, 1080.0])
    # Between the count and the next January the path is straight again.
    later = halfway(day, SECOND)
    rest = (later - day).days / (SECOND - day).days
    np.testing.assert_allclose(
        on_day(found, OPENING, BASE, [(day, 1080.0)], later),
        1080.0 + (found[0] - 1080.0) * rest,
    )


def test_a_later_count_starts_from_the_one_before_it():
    first, second = FIRST + timedelta(100), FIRST + timedelta(200)
    counts = [(second, 1100.0), (first, 1050.0)]
    once = through(TOTALS, OPENING, BASE, counts[1:])
    passed = (SECOND - first).days
    here = 1050.0 + (once[0] - 1050.0) * (second - first).days / passed
    found = through(TOTALS, OPENING, BASE, counts)
    np.testing.assert_allclose(found, once * (1100.0 / here))


def test_a_january_before_a_count_moves_by_its_part_of_the_days():
    third = BASE.shift(2).day
    day = SECOND + timedelta(50)
    here = TOTALS[0] + (TOTALS[1] - TOTALS[0]) * 50 / (third - SECOND).days
    ratio = 1300.0 / here
    part = (SECOND - FIRST).days / (day - FIRST).days
    found = through(TOTALS, OPENING, BASE, [(day, 1300.0)])
    np.testing.assert_allclose(found[0], TOTALS[0] * ratio**part)
    np.testing.assert_allclose(found[1:], TOTALS[1:] * ratio)


def test_a_january_that_is_published_is_not_moved():
    day = SECOND + timedelta(50)
    found = through(TOTALS, OPENING, BASE, [(day, 1300.0)], known=1)
    np.testing.assert_array_equal(found[0], TOTALS[0])
    assert (found[1] != TOTALS[1]).all()


@pytest.mark.parametrize("day", [FIRST, SECOND, BASE.shift(3).day + timedelta(1)])
def test_a_count_up_to_what_is_known_or_after_the_end_changes_nothing(day):
    found = through(TOTALS, OPENING, BASE, [(day, 5000.0)], known=1)
    np.testing.assert_array_equal(found, TOTALS)
