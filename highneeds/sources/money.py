"""Amounts of money as published: cells to pounds, and the unit a column is really in."""

from __future__ import annotations

import math

import pandas as pd

from highneeds.errors import SourceError, some

UNITS = {"£": 1.0, "£ thousand": 1e3, "£ million": 1e6}
# No authority's high needs money has ever moved tenfold in a year; a unit slip is larger.
_LARGEST_STEP = 100.0


def require_unit(
    published: pd.Series,
    declared: str,
    typical: tuple[float, float],
    where: str,
) -> None:
    """Refuse a column whose middle figure belongs to another unit than the one declared.

    Parameters
    ----------
    published : Series
        Figures by authority, as printed.
    declared : str
        One of `UNITS`.
    typical : (low, high)
        Pounds between which the middle authority must lie; high is under 1,000 x low, so
        that one unit fits at most.
    where : str
        File, sheet and column, for the message.

    Raises
    ------
    SourceError
        Says which unit the column looks like.
    """
    low, high = typical
    middle = float(published.abs().median())
    if low <= middle * UNITS[declared] <= high:
        return
    fits = [unit for unit, factor in UNITS.items() if low <= middle * factor <= high]
    looks = f"looks like {fits[0]}" if fits else "fits none of " + ", ".join(UNITS)
    scale = UNITS[declared]
    msg = (
        f"{where} is declared in {declared}, but its middle figure, {middle:,.2f}, "
        f"{looks}. Expected {low / scale:,.2f} to {high / scale:,.2f} {declared}. Check "
        "the unit in the heading and the release notes; the column has not been read."
    )
    raise SourceError(msg)


def require_no_leap(before: pd.Series, after: pd.Series, where: str) -> None:
    """Refuse a single figure that is 100 times, or a hundredth of, last year's.

    Raises
    ------
    SourceError
        Names the first areas at fault.
    """
    pairs = pd.DataFrame({"before": before, "after": after}).dropna()
    ratio = pairs["after"].abs() / pairs["before"].abs()
    wrong = pairs[(ratio > _LARGEST_STEP) | (ratio < 1 / _LARGEST_STEP)]
    if len(wrong):
        found = [
            f"{code}: {row.before:,.0f} to {row.after:,.0f}"
            for code, row in wrong.iterrows()
        ]
        msg = (
            f"{where} leaps a hundredfold for {some(found)}. Expected every authority in "
            "one unit. One row looks like £ thousand or £ million: check it against the "
            "release."
        )
        raise SourceError(msg)


def is_number(cell: object) -> bool:
    """Whether a cell of a workbook is a number, which is finite: 1e400 is read as none."""
    if isinstance(cell, bool) or not isinstance(cell, int | float):
        return False
    return math.isfinite(cell)


def numbers(cells: pd.DataFrame, where: str) -> pd.DataFrame:
    """Spreadsheet cells as numbers; a blank, a text or a symbol is refused.

    Raises
    ------
    SourceError
        Names the first cells at fault by row and column (counted from 1).
    """
    wrong = [
        f"{cell!r} at row {row}, column {column + 1}"
        for column in map(int, cells.columns)
        for row, cell in cells[column].items()
        if not is_number(cell)
    ]
    if wrong:
        msg = (
            f"Not a number in {where}: {some(wrong)}. Expected a figure in every cell of "
            "an area's row. Check the edition; a blank is never read as 0."
        )
        raise SourceError(msg)
    return cells.astype(float)
