"""The reduced model as a spreadsheet of live formulas.

Every formula is written with a wrong cached value, because a program that only echoes what
a workbook holds would otherwise pass for one that recalculates it.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import xlsxwriter
from python_calamine import CalamineWorkbook
from xlsxwriter.utility import xl_range, xl_range_abs, xl_rowcol_to_cell
from xlsxwriter.worksheet import Worksheet

from benchmarks.inputs import YEARS
from benchmarks.reduced import Given

WRONG = 999
AGES, PLACEMENTS = 26, 7
STATE_SPECIAL, INDEPENDENT = 1, 2
# A future's sheet has a block of rows for each census, its ages first.
TOTAL, PAID, PRICE, MONEY, ROWS = 26, 27, 28, 29, 31
# Columns of the ages: exits, joining, plans a year older, plans at the census.
EXIT, JOIN, OLDER, CLOSING = 0, 1, 2, 9
# Columns of the row of money; new plans and the like stand below the plans of the census.
SPENDING, BALANCE, APPEALS, BLOCK, LOOSE, OPENING, LEVEL = range(7)
NEW, BALANCING, FACTOR, JOINED = range(CLOSING, CLOSING + 4)
# Columns of the sheet that all futures share; costs and opening plans stand below the ages.
BASE_EXIT, STOCK, MIX, MOVES, PROFILE = 0, 1, 8, 15, 64


def write_book(given: Given, path: Path) -> int:
    """Write the workbook, a sheet for each future; gives the number of formulas."""
    with xlsxwriter.Workbook(str(path)) as book:
        _shared_sheet(book.add_worksheet("given"), given)
        futures = [
            _FutureSheet(book.add_worksheet(f"f{number}"), given, number)
            for number in range(given.opening.size)
        ]
        for future in futures:
            future.write()
    return sum(future.formulas for future in futures)


def _shared_sheet(sheet: Worksheet, given: Given) -> None:
    for age in range(AGES):
        sheet.write(age, BASE_EXIT, given.exit_rate[age])
        sheet.write_row(age, STOCK, given.stock[age])
        sheet.write_row(age, MIX, given.mix[age])
        sheet.write_row(age, MOVES, given.moves[age].ravel())
        sheet.write_row(age, PROFILE, given.profile[:, age])
    sheet.write_row(AGES, 0, given.unit_cost)
    sheet.write_row(AGES + 1, 0, given.before)


def _shared(row: int, column: int) -> str:
    return "given!" + xl_rowcol_to_cell(row, column, row_abs=True, col_abs=True)


class _FutureSheet:
    """One future, census under census."""

    def __init__(self, sheet: Worksheet, given: Given, number: int) -> None:
        self.sheet, self.given, self.number = sheet, given, number
        self.formulas = 0

    def write(self) -> None:
        for year in range(YEARS):
            if year == 0:
                self._open()
            else:
                self._carry(year)
            top = year * ROWS
            for column in range(CLOSING, CLOSING + PLACEMENTS):
                ages = xl_range(top, column, top + AGES - 1, column)
                self._formula(top + TOTAL, column, f"SUM({ages})")
            self._cost(year)

    def _formula(self, row: int, column: int, text: str) -> None:
        self.sheet.write_formula(row, column, f"={text}", None, WRONG)
        self.formulas += 1

    def _open(self) -> None:
        for age in range(AGES):
            for place in range(PLACEMENTS):
                self._formula(age, CLOSING + place, _shared(age, STOCK + place))

    def _carry(self, year: int) -> None:
        """Plans from one census to the next, on the rows of the later one."""
        top, before, step = year * ROWS, (year - 1) * ROWS, year - 1
        row, given = top + MONEY, self.given
        for column, values in (
            (NEW, given.joining),
            (BALANCING, given.balancing),
            (FACTOR, given.exit_factor),
        ):
            self.sheet.write(row, column, values[step, self.number])
        new, balancing, factor, joined = (
            xl_rowcol_to_cell(row, column, row_abs=True)
            for column in (NEW, BALANCING, FACTOR, JOINED)
        )
        plans = xl_range(before, CLOSING, before + AGES - 1, CLOSING + PLACEMENTS - 1)
        self._formula(row, JOINED, f"MAX(0,{new}+{balancing}*SUM({plans}))")
        for age in range(AGES):
            oldest = age == AGES - 1
            rate = "1" if oldest else f"MIN(1,{_shared(age, BASE_EXIT)}*{factor})"
            self._formula(top + age, EXIT, rate)
            self._formula(top + age, JOIN, f"{_shared(age, PROFILE + step)}*{joined}")
            for place in range(PLACEMENTS):
                if age:
                    last = xl_rowcol_to_cell(before + age - 1, CLOSING + place)
                    ended = xl_rowcol_to_cell(top + age - 1, EXIT)
                    self._formula(top + age, OLDER + place, f"{last}*(1-{ended})")
                self._formula(top + age, CLOSING + place, self._arriving(top, age, place))

    def _arriving(self, top: int, age: int, place: int) -> str:
        """Those who stay or move in, where the record has moves, and those who join."""
        starting = f"{_shared(age, MIX + place)}*{xl_rowcol_to_cell(top + age, JOIN)}"
        moved = [
            f"{xl_rowcol_to_cell(top + age, OLDER + origin)}"
            f"*{_shared(age, MOVES + origin * PLACEMENTS + place)}"
            for origin in range(PLACEMENTS)
            if age and self.given.moves[age, origin, place]
        ]
        return "+".join([*moved, starting])

    def _cost(self, year: int) -> None:
        """What a year's plans cost and what is carried forward."""
        top, given = year * ROWS, self.given
        row = top + MONEY
        september = repr(given.september_share)
        for place in range(PLACEMENTS):
            last = xl_rowcol_to_cell(top - ROWS + TOTAL, CLOSING + place) if year else ""
            before = last or _shared(AGES + 1, place)
            inside = xl_rowcol_to_cell(top + TOTAL, CLOSING + place)
            paid = f"{before}*(1-{september})+{inside}*{september}"
            self._formula(top + PAID, place, paid)
        self.sheet.write_row(top + PRICE, 0, given.price[year, :, self.number])
        self.sheet.write(row, BLOCK, given.block[year, self.number])
        self.sheet.write(row, LOOSE, given.loose[year, self.number])
        spending, appeals, block, loose = (
            xl_rowcol_to_cell(row, column) for column in (SPENDING, APPEALS, BLOCK, LOOSE)
        )
        paid, price = (
            xl_range(top + at, 0, top + at, PLACEMENTS - 1) for at in (PAID, PRICE)
        )
        unit = f"given!{xl_range_abs(AGES, 0, AGES, PLACEMENTS - 1)}"
        level = xl_rowcol_to_cell(MONEY, LEVEL, row_abs=True, col_abs=True)
        if year == 0:
            opening = xl_rowcol_to_cell(row, OPENING)
            self.sheet.write(row, OPENING, given.opening[self.number])
            placed = f"({given.spent!r}-{given.services!r})"
            self._formula(row, LEVEL, f"{placed}/SUMPRODUCT({paid},{unit})")
            self._formula(row, APPEALS, "0")
        else:
            opening = xl_rowcol_to_cell(row - ROWS, BALANCE)
            self._formula(row, APPEALS, self._appeals(year, level))
        services = float(given.services * given.services_price[year])
        placed = f"{level}*SUMPRODUCT({paid},{unit},{price})"
        self._formula(row, SPENDING, f"{placed}+{services!r}+{appeals}")
        self._formula(row, BALANCE, f"{opening}+{block}-{spending}+{loose}")

    def _appeals(self, year: int, level: str) -> str:
        """Upheld appeals turn state special places into independent ones for good."""
        row, prices = year * ROWS + MONEY, year * ROWS + PRICE
        dear, cheap = (
            f"{xl_rowcol_to_cell(prices, place)}*{_shared(AGES, place)}"
            for place in (INDEPENDENT, STATE_SPECIAL)
        )
        earlier, new = xl_rowcol_to_cell(row - ROWS, APPEALS), xl_rowcol_to_cell(row, NEW)
        share = float(self.given.appeals[year - 1])
        return f"{earlier}+{level}*{new}*{share!r}*MAX(0,{dear}-{cheap})"


def read_book(path: Path, futures: int) -> dict[str, np.ndarray]:
    """Placements, spending and balance of a workbook, as `inputs.answers` gives them."""
    book = CalamineWorkbook.from_path(path)
    found: dict[str, list[object]] = {"placements": [], "spending": [], "balance": []}
    for number in range(futures):
        rows = book.get_sheet_by_name(f"f{number}").to_python(skip_empty_area=False)
        tops = range(0, YEARS * ROWS, ROWS)
        found["placements"].append(
            [rows[top + TOTAL][CLOSING : CLOSING + PLACEMENTS] for top in tops]
        )
        found["spending"].append([rows[top + MONEY][SPENDING] for top in tops])
        found["balance"].append([rows[top + MONEY][BALANCE] for top in tops])
    return {
        name: np.moveaxis(np.array(values, dtype=float), 0, -1)
        for name, values in found.items()
    }
