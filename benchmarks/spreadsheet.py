"""The reduced model as a spreadsheet of live formulas, recalculated by LibreOffice.

Every formula is written with a wrong cached value, because a program that only echoes what
a workbook holds would otherwise pass for one that recalculates it.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import xlsxwriter
from python_calamine import CalamineWorkbook
from xlsxwriter.utility import xl_range, xl_range_abs, xl_rowcol_to_cell

from benchmarks.inputs import YEARS
from benchmarks.reduced import Given

WRONG = 999
AGES, PLACEMENTS = 26, 7
# Columns of a future's sheet: exits, joining, plans a year older, plans at the census.
EXIT, JOIN, OLDER, CLOSING, END = 0, 1, 2, 9, 16
# Rows of one census: its ages, their total, what the year pays for, prices, one of money.
TOTAL, PAID, PRICE, MONEY, ROWS = 26, 27, 28, 29, 31
# Columns of a money row.
SPENDING, BALANCE, APPEALS = 0, 1, 2
# Columns of the sheet that all futures share.
SHARED_EXIT, SHARED_STOCK, SHARED_MIX, SHARED_MOVES, SHARED_PROFILE = 0, 1, 8, 15, 64


def write_book(given: Given, path: Path) -> int:
    """Write the workbook, a sheet for each future; gives the number of formulas."""
    with xlsxwriter.Workbook(str(path)) as book:
        _shared_sheet(book.add_worksheet("given"), given)
        return sum(
            _future_sheet(book.add_worksheet(f"f{number}"), given, number)
            for number in range(given.opening.size)
        )


def _shared_sheet(sheet: xlsxwriter.worksheet.Worksheet, given: Given) -> None:
    for age in range(AGES):
        rate = given.exit_rate[age]
        sheet.write_row(
            age,
            0,
            [
                rate,
                *given.stock[age],
                *given.mix[age],
                *given.moves[age].ravel(),
                *given.profile[:, age],
            ],
        )
    sheet.write_row(AGES, 0, given.unit_cost)
    sheet.write_row(AGES + 1, 0, given.before)


def _shared(row: int, column: int) -> str:
    return "given!" + xl_rowcol_to_cell(row, column, row_abs=True, col_abs=True)


def _future_sheet(sheet: xlsxwriter.worksheet.Worksheet, given: Given, number: int) -> int:
    written = 0

    def formula(row: int, column: int, text: str) -> None:
        nonlocal written
        sheet.write_formula(row, column, f"={text}", None, WRONG)
        written += 1

    for year in range(YEARS):
        top = year * ROWS
        if year == 0:
            for age in range(AGES):
                for column in range(PLACEMENTS):
                    formula(age, CLOSING + column, _shared(age, SHARED_STOCK + column))
        else:
            _carry(sheet, formula, given, number, year)
        for column in range(CLOSING, END):
            formula(
                top + TOTAL, column, f"SUM({xl_range(top, column, top + AGES - 1, column)})"
            )
        _cost(sheet, formula, given, number, year)
    return written


def _carry(sheet, formula, given: Given, number: int, year: int) -> None:  # type: ignore[no-untyped-def]
    """Plans from one census to the next, on the rows of the later one."""
    top, before, step = year * ROWS, (year - 1) * ROWS, year - 1
    money = top + MONEY
    sheet.write_row(
        money,
        CLOSING,
        [
            given.joining[step, number],
            given.balancing[step, number],
            given.exit_factor[step, number],
        ],
    )
    new, balancing, factor = (
        xl_rowcol_to_cell(money, CLOSING + place, row_abs=True) for place in range(3)
    )
    plans = xl_range(before, CLOSING, before + AGES - 1, END - 1)
    formula(money, END, f"MAX(0,{new}+{balancing}*SUM({plans}))")
    joined = xl_rowcol_to_cell(money, END, row_abs=True)
    for age in range(AGES):
        row = top + age
        oldest = age == AGES - 1
        rate = f"MIN(1,{_shared(age, SHARED_EXIT)}*{factor})"
        formula(row, EXIT, "1" if oldest else rate)
        formula(row, JOIN, f"{_shared(age, SHARED_PROFILE + step)}*{joined}")
        for place in range(PLACEMENTS):
            if age:
                last = xl_rowcol_to_cell(before + age - 1, CLOSING + place)
                ended = xl_rowcol_to_cell(row - 1, EXIT)
                formula(row, OLDER + place, f"{last}*(1-{ended})")
            moved = [
                f"{xl_rowcol_to_cell(row, OLDER + origin)}"
                f"*{_shared(age, SHARED_MOVES + origin * PLACEMENTS + place)}"
                for origin in range(PLACEMENTS)
                if age and given.moves[age, origin, place]
            ]
            mix = f"{_shared(age, SHARED_MIX + place)}*{xl_rowcol_to_cell(row, JOIN)}"
            formula(row, CLOSING + place, "+".join([*moved, mix]))


def _cost(sheet, formula, given: Given, number: int, year: int) -> None:  # type: ignore[no-untyped-def]
    """What a year's plans cost and what is carried forward."""
    top = year * ROWS
    row = top + MONEY
    paid = xl_range(top + PAID, 0, top + PAID, 6)
    price = xl_range(top + PRICE, 0, top + PRICE, 6)
    unit = f"given!{xl_range_abs(AGES, 0, AGES, 6)}"
    sheet.write_row(top + PRICE, 0, given.price[year, :, number])
    for place in range(PLACEMENTS):
        inside = xl_rowcol_to_cell(top + TOTAL, CLOSING + place)
        before = (
            xl_rowcol_to_cell(top - ROWS + TOTAL, CLOSING + place)
            if year
            else _shared(AGES + 1, place)
        )
        share = f"{given.september_share!r}"
        formula(top + PAID, place, f"{before}*(1-{share})+{inside}*{share}")
    level = "$H$30"
    if year == 0:
        fixed = f"{given.spent!r}-{given.services!r}"
        formula(row, 7, f"({fixed})/SUMPRODUCT({paid},{unit})")
        formula(row, APPEALS, "0")
    else:
        price_of = [xl_rowcol_to_cell(top + PRICE, place) for place in (2, 1)]
        dearer = f"{price_of[0]}*{_shared(AGES, 2)}-{price_of[1]}*{_shared(AGES, 1)}"
        new = xl_rowcol_to_cell(row, CLOSING)
        last = xl_rowcol_to_cell(row - ROWS, APPEALS)
        share = float(given.appeals[year - 1])
        formula(row, APPEALS, f"{last}+{level}*{new}*{share!r}*MAX(0,{dearer})")
    services = float(given.services * given.services_price[year])
    appeals = xl_rowcol_to_cell(row, APPEALS)
    formula(
        row, SPENDING, f"{level}*SUMPRODUCT({paid},{unit},{price})+{services!r}+{appeals}"
    )
    sheet.write_row(row, 3, [given.block[year, number], given.loose[year, number]])
    if year == 0:
        sheet.write(row, 5, given.opening[number])
    opening = xl_rowcol_to_cell(row - ROWS, BALANCE) if year else xl_rowcol_to_cell(row, 5)
    block, loose = (xl_rowcol_to_cell(row, column) for column in (3, 4))
    formula(row, BALANCE, f"{opening}+{block}-{xl_rowcol_to_cell(row, SPENDING)}+{loose}")


def read_book(path: Path, futures: int) -> dict[str, np.ndarray]:
    """Placements, spending and balance of a workbook, as `inputs.answers` gives them."""
    book = CalamineWorkbook.from_path(path)
    found: dict[str, list[object]] = {"placements": [], "spending": [], "balance": []}
    for number in range(futures):
        rows = book.get_sheet_by_name(f"f{number}").to_python(skip_empty_area=False)
        tops = range(0, YEARS * ROWS, ROWS)
        found["placements"].append([rows[top + TOTAL][CLOSING:END] for top in tops])
        found["spending"].append([rows[top + MONEY][SPENDING] for top in tops])
        found["balance"].append([rows[top + MONEY][BALANCE] for top in tops])
    return {
        name: np.moveaxis(np.array(values, dtype=float), 0, -1)
        for name, values in found.items()
    }


@contextmanager
def libreoffice() -> Iterator[LibreOffice | None]:
    """A LibreOffice with a profile of its own; None where it is not installed."""
    program = shutil.which("soffice") or shutil.which("libreoffice")
    if program is None:
        yield None
        return
    # It may still write to its profile while it goes.
    with TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        yield LibreOffice(program, Path(folder))


@dataclass(frozen=True)
class LibreOffice:
    """The program, and a folder for its profile, its macro and the workbooks."""

    program: str
    folder: Path

    def recalculate(self, book: Path, times: int) -> tuple[list[float], Path]:
        """Open a workbook, recalculate every cell some times, save it under another name.

        Returns
        -------
        seconds : list
            Of each recalculation alone, without opening and saving.
        saved : Path
        """
        standard = self.folder / "profile" / "user" / "basic" / "Standard"
        if not standard.is_dir():
            self._run("--terminate_after_init")
        saved, taken = self.folder / "saved.xlsx", self.folder / "seconds.txt"
        for old in (saved, taken):
            old.unlink(missing_ok=True)
        macro = _MACRO.format(
            book=book.as_uri(), saved=saved.as_uri(), taken=taken.as_uri(), times=times
        )
        (standard / "Module1.xba").write_text(macro, "utf-8")
        (standard / "script.xlb").write_text(_LIBRARY, "utf-8")
        self._run("macro:///Standard.Module1.Recalculate")
        return [float(line) / 1000 for line in taken.read_text().split()], saved

    def _run(self, *words: str) -> None:
        profile = f"-env:UserInstallation={(self.folder / 'profile').as_uri()}"
        command = [self.program, profile, "--headless", "--norestore", *words]
        subprocess.run(command, capture_output=True, timeout=300, check=True)


_LIBRARY = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE library:library PUBLIC "-//OpenOffice.org//DTD OfficeDocument 1.0//EN" "library.dtd">
<library:library xmlns:library="http://openoffice.org/2000/library" library:name="Standard"
 library:readonly="false" library:passwordprotected="false">
 <library:element library:name="Module1"/>
</library:library>
"""
_MACRO = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE script:module PUBLIC "-//OpenOffice.org//DTD OfficeDocument 1.0//EN" "module.dtd">
<script:module xmlns:script="http://openoffice.org/2000/script" script:name="Module1"
 script:language="StarBasic">
Sub Recalculate
  Dim hidden(0) As New com.sun.star.beans.PropertyValue
  hidden(0).Name = "Hidden"
  hidden(0).Value = True
  Dim kind(0) As New com.sun.star.beans.PropertyValue
  kind(0).Name = "FilterName"
  kind(0).Value = "Calc MS Excel 2007 XML"
  book = StarDesktop.loadComponentFromURL("{book}", "_blank", 0, hidden())
  number = FreeFile
  Open ConvertFromURL("{taken}") For Output As #number
  For turn = 1 To {times}
    began = GetSystemTicks()
    book.calculateAll()
    Print #number, GetSystemTicks() - began
  Next
  Close #number
  book.storeToURL("{saved}", kind())
  book.close(True)
  StarDesktop.terminate()
End Sub
</script:module>
"""
