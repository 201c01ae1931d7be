"""Units and cells of money, on figures made by hand."""

import pandas as pd
import pytest

from highneeds.errors import SourceError
from highneeds.sources.money import numbers, require_no_leap, require_unit

TYPICAL = (5e6, 5e8)
IN_POUNDS = pd.Series({"201": 2e6, "202": 40e6, "886": 290e6})  # middle: £40m


@pytest.mark.parametrize(
    ("factor", "declared"), [(1, "£"), (1e-3, "£ thousand"), (1e-6, "£ million")]
)
def test_a_column_in_its_declared_unit_passes(factor, declared):
    require_unit(IN_POUNDS * factor, declared, TYPICAL, "sheet")


@pytest.mark.parametrize(
    ("factor", "declared", "looks"),
    [
        (1e-3, "£", "looks like £ thousand"),
        (1e-6, "£", "looks like £ million"),
        (1, "£ thousand", "looks like £."),
        (1, "£ million", "looks like £."),
        (1e-3, "£ million", "looks like £ thousand"),
        (100, "£", "fits none of £, £ thousand, £ million"),  # pence
    ],
)
def test_a_column_in_another_unit_is_refused_and_the_unit_named(factor, declared, looks):
    with pytest.raises(SourceError) as refused:
        require_unit(IN_POUNDS * factor, declared, TYPICAL, "the sheet")
    message = str(refused.value)
    assert looks in message
    assert message.startswith(f"the sheet is declared in {declared}")
    assert "Expected" in message
    assert "Check the unit" in message


def test_the_bounds_are_inside():
    for middle in TYPICAL:
        require_unit(pd.Series([middle]), "£", TYPICAL, "sheet")


def test_a_deficit_counts_by_its_size_not_its_sign():
    require_unit(-IN_POUNDS, "£", TYPICAL, "sheet")


def test_one_figure_in_thousands_among_pounds_leaps():
    after = IN_POUNDS * 1.1
    require_no_leap(IN_POUNDS, after, "file")
    after["886"] /= 1000
    with pytest.raises(SourceError, match="886: 290,000,000 to 319,000") as refused:
        require_no_leap(IN_POUNDS, after, "file")
    assert "202" not in str(refused.value)


def test_an_area_missing_on_one_side_cannot_leap():
    require_no_leap(IN_POUNDS, pd.Series({"202": float("nan"), "940": 1.0}), "file")


@pytest.mark.parametrize("cell", ["", " ", "x", "1,000", None, True])
def test_a_cell_that_is_no_number_is_refused_by_row_and_column(cell):
    cells = pd.DataFrame({2: [1.0, cell], 3: [2, 3]}, index=[5, 6], dtype=object)
    with pytest.raises(SourceError) as refused:
        numbers(cells, "the sheet")
    assert f"{cell!r} at row 6, column 3" in str(refused.value)


def test_whole_and_broken_numbers_are_read():
    cells = pd.DataFrame({2: [1, 2.5]}, dtype=object)
    assert numbers(cells, "sheet")[2].tolist() == [1.0, 2.5]
