"""Whole numbers that add up: in a row, by year, in pence, and in tables both ways."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as some

from highneeds.answers.whole import (
    pence_parts,
    whole_by_year,
    whole_parts,
    whole_tables,
)


@pytest.mark.parametrize(
    ("parts", "total", "whole"),
    [
        # Floors 0, 1, 2 make 3; one more to 4 goes to the part with most over, 0.413.
        ([0.413, 1.2, 2.387], 4, [1, 1, 2]),
        ([8.0, 3.0], 11, [8, 3]),
        ([0.5, 0.5, 0.5, 0.5], 2, [1, 1, 0, 0]),
        ([0.2, 0.2], 0, [0, 0]),
    ],
)
def test_whole_parts_add_up_to_their_total(parts, total, whole):
    assert whole_parts(np.array(parts), total).tolist() == whole


def test_each_year_is_rounded_for_itself():
    table = pd.DataFrame(
        {"year": ["a", "a", "b", "b"], "plans": [1.4, 1.4, 2.5, 2.6]}, index=[5, 6, 7, 8]
    )
    # 2.8 is 3 in all and 5.1 is 5: 1.4 and 1.4 are 2 and 1, 2.5 and 2.6 are 2 and 3.
    found = whole_by_year(table, "plans")
    assert found.to_dict() == {5: 2, 6: 1, 7: 2, 8: 3}


def test_pounds_add_up_to_the_penny():
    # A third each of £10.00: 3.34, 3.33 and 3.33.
    found = pence_parts(np.full(3, 10 / 3), 10.0)
    assert found.tolist() == [3.34, 3.33, 3.33]


def test_a_table_keeps_its_sums_both_ways_and_its_noughts():
    # 0.5s everywhere but one nought, in two rows and columns: sums 1, 1 and 1, 1.
    cells = np.array([[[0.5, 0.5], [0.5, 0.5]], [[1.0, 0.0], [0.0, 1.0]]])
    found = whole_tables(cells, np.ones((2, 2)), np.ones((2, 2)))
    assert found.sum(axis=1).tolist() == found.sum(axis=2).tolist() == [[1, 1], [1, 1]]
    assert found[1].tolist() == cells[1].tolist()


def test_sums_that_no_table_has_are_refused():
    with pytest.raises(ArithmeticError, match="No table"):
        whole_tables(np.zeros((1, 2, 2)), np.array([[9.0, 0.0]]), np.array([[0.0, 8.0]]))


@given(
    some.lists(
        some.lists(some.floats(0, 40), min_size=3, max_size=3), min_size=4, max_size=4
    )
)
def test_any_table_can_be_made_whole_within_one(cells):
    table = np.array(cells)[None]
    total = round(float(table.sum()))
    rows, columns = (whole_parts(table.sum(axis=axis)[0], total)[None] for axis in (2, 1))
    found = whole_tables(table, rows, columns)
    np.testing.assert_array_equal(found.sum(axis=2), rows)
    np.testing.assert_array_equal(found.sum(axis=1), columns)
    assert (found >= 0).all()
    assert np.abs(found - table).max() < 2.0
