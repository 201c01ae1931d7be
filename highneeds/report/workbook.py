"""Workbook: the tables of a report as an accessible spreadsheet.

Cover, contents and notes first, then one marked-up table a sheet. No merged cells, no
hidden rows, no formulas, and nothing said by colour alone.
"""

from __future__ import annotations

import io
import re
import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from highneeds.atomic import CREATED, WORKBOOK
from highneeds.report.tables import Column, Table
from highneeds.words import missing

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.worksheet import Worksheet

_WIDEST, _NARROWEST, _PROSE = 60, 11, 100
# Letters in one line of a lying page, beyond which a note makes the whole sheet small; and
# in a line of one that wraps.
_PAGE, _NOTE = 120, 40
_MOST_SHEET_NAME = 31
_A4 = 9
# Where the table's own name says nothing to a finance officer.
_SHEETS = {
    "dsg7": "DSG plan placements",
    "lsrp14": "SEND reform plan placements",
}
_LINE = 15.0  # points
# dsg7 is a cell in column DSG, and r1c1 one in the other notation. A spreadsheet takes a
# name of that form for damage and offers to repair the file.
_CELL = re.compile(r"[a-z]{1,3}[0-9]+|(?=.)(r[0-9]*)?(c[0-9]*)?", re.IGNORECASE)


def workbook_bytes(
    title: str,
    about: Sequence[tuple[str, str]],
    notes: Sequence[str],
    tables: Sequence[Table],
) -> bytes:
    """A workbook of `tables`; the same tables always give the same bytes.

    Parameters
    ----------
    title : str
        Of the workbook, shown on the cover.
    about : sequence of (str, str)
        Lines of the cover: what it is about, and what.
    notes : sequence of str
        Sentences for the notes sheet.
    tables : sequence of Table
        One sheet each, named after the table. Money stands in whole pounds.
    """
    import xlsxwriter

    held = io.BytesIO()
    with xlsxwriter.Workbook(held, WORKBOOK) as book:
        book.set_properties({"title": title, "author": "highneeds", "created": CREATED})
        forms = _Forms(book)
        cover = book.add_worksheet("Cover")
        _prose(cover, forms, title, [f"{what}: {value}" for what, value in about])
        _contents(book.add_worksheet("Contents"), forms, tables)
        _prose(book.add_worksheet("Notes"), forms, "Notes", notes)
        for table in tables:
            _table_sheet(book.add_worksheet(sheet_name(table)), forms, table)
        for sheet in book.worksheets():
            on_paper(sheet)
        cover.activate()
    return held.getvalue()


def on_paper(sheet: Worksheet) -> None:
    """Lay a sheet out for paper: A4, lying, one page wide."""
    sheet.set_paper(_A4)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)


def sheet_name(table: Table) -> str:
    """The name of a table's sheet."""
    if table.name in _SHEETS:
        return _SHEETS[table.name]
    return table.name.replace("_", " ").capitalize()[:_MOST_SHEET_NAME]


def table_name(name: str) -> str:
    """What a spreadsheet is to call a table: never a name that is also a cell."""
    plain = re.sub(r"\W", "_", name, flags=re.ASCII)
    named = _CELL.fullmatch(plain) is None and not plain[:1].isdigit()
    return plain if named else f"table_{plain}"


class _Forms:
    """Cell formats of one workbook, made once each."""

    def __init__(self, book: Workbook) -> None:
        self._book = book
        self._numbers: dict[str, Any] = {}
        self.title = book.add_format({"bold": True, "font_size": 15})
        self.text = book.add_format(
            {"text_wrap": True, "valign": "top", "align": "left", "indent": 1}
        )
        self.prose = book.add_format({"text_wrap": True, "valign": "top"})
        self.link = book.add_format({"underline": True, "font_color": "#1D4F7C"})
        self.left = book.add_format(
            {"bold": True, "text_wrap": True, "bottom": 1, "align": "left", "indent": 1}
        )
        self.right = book.add_format(
            {"bold": True, "text_wrap": True, "bottom": 1, "align": "right"}
        )
        self.absent = book.add_format({"align": "right", "valign": "top"})

    def number(self, pattern: str) -> Any:
        if pattern not in self._numbers:
            self._numbers[pattern] = self._book.add_format(
                {"num_format": pattern, "valign": "top"}
            )
        return self._numbers[pattern]


def _prose(sheet: Worksheet, forms: _Forms, title: str, lines: Sequence[str]) -> None:
    sheet.set_column(0, 0, _PROSE)
    sheet.write_string(0, 0, title, forms.title)
    for row, line in enumerate(lines, start=1):
        sheet.write_string(row, 0, line, forms.prose)
        sheet.set_row(row, _height([line], [_PROSE]))


def _contents(sheet: Worksheet, forms: _Forms, tables: Sequence[Table]) -> None:
    sheet.set_column(0, 0, 24)
    sheet.set_column(1, 1, _PROSE)
    sheet.write_string(0, 0, "Contents", forms.title)
    sheet.write_string(1, 0, "One table a sheet; the sheet names below are links.")
    rows = [("Cover", "What this is about"), ("Notes", "Notes and shorthand")]
    rows += [(sheet_name(table), table.caption) for table in tables]
    first = 3
    _mark_up(sheet, forms, "contents", first, len(rows), ["Sheet", "What it holds"], [0, 0])
    for row, (name, caption) in enumerate(rows, start=first + 1):
        sheet.write_url(row, 0, f"internal:'{name}'!A1", forms.link, name)
        sheet.write_string(row, 1, caption, forms.text)
        sheet.set_row(row, _height([caption], [_PROSE]))


def _table_sheet(sheet: Worksheet, forms: _Forms, table: Table) -> None:
    sheet.write_string(0, 0, table.caption, forms.title)
    last = "There are no rows: see the sheet Notes." if table.frame.empty else ""
    lines = [*table.footnotes("sheet"), last or "This sheet holds one table."]
    if table.frame.empty:
        _notes(sheet, forms, lines, [_PROSE])
        return
    first = len(lines) + 2
    columns, cells = table.on("sheet"), table.cells("sheet")
    headings = [_heading(column) for column in columns]
    numeric = [column.form.side == "number" for column in columns]
    _mark_up(sheet, forms, table.name, first, len(table.frame), headings, numeric)
    widths = [
        min(max(*map(len, [*heading.split(), *found]), _NARROWEST) + 3, _WIDEST)
        for heading, found in zip(headings, zip(*cells, strict=True), strict=True)
    ]
    widths = _notes(sheet, forms, lines, widths)
    sheet.set_row(first, _height(headings, widths))
    for row, shown in enumerate(cells, start=first + 1):
        sheet.set_row(row, _height(shown, widths))
    for place, column in enumerate(columns):
        sheet.set_column(place, place, widths[place])
        each = zip(column.each(table.frame), table.frame[column.key], strict=True)
        for row, (own, value) in enumerate(each, start=first + 1):
            _cell(sheet, forms, row, place, own, value)


def _notes(
    sheet: Worksheet, forms: _Forms, lines: Sequence[str], widths: Sequence[int]
) -> list[int]:
    """Write the lines above a table; the widths of its columns as the notes need them.

    A line that is longer than table and page wraps in the first column: on paper a sheet
    is made as small as its longest line asks.
    """
    room = max(sum(widths), _PAGE)
    first = widths[0]
    if any(len(line) > room for line in lines):
        first = max(first, _NOTE)
    for row, line in enumerate(lines, start=1):
        wraps = len(line) > room
        sheet.write_string(row, 0, line, forms.prose if wraps else None)
        if wraps:
            sheet.set_row(row, _height([line], [first]))
    sheet.set_column(0, 0, first)
    return [first, *widths[1:]]


def _mark_up(
    sheet: Worksheet,
    forms: _Forms,
    name: str,
    first: int,
    rows: int,
    headings: Sequence[str],
    numeric: Sequence[bool | int],
) -> None:
    """Mark a range as a named table, which screen readers announce as one."""
    columns = [
        {"header": heading, "header_format": forms.right if right else forms.left}
        for heading, right in zip(headings, numeric, strict=True)
    ]
    sheet.add_table(
        first,
        0,
        first + rows,
        len(headings) - 1,
        {
            "name": table_name(name),
            "columns": columns,
            "autofilter": False,
            "style": None,
        },
    )


def _cell(
    sheet: Worksheet, forms: _Forms, row: int, place: int, column: Column, value: Any
) -> None:
    form = column.form
    if not form.sheet_format:
        sheet.write_string(row, place, column.shown(value), forms.text)
    elif isinstance(value, str) or missing(value):
        sheet.write_string(row, place, column.shown(value), forms.absent)
    else:
        exact = round(float(value), 2 if "£" in form.sheet_unit + form.sheet_format else 6)
        sheet.write_number(row, place, exact, forms.number(form.sheet_format))


def _height(texts: Sequence[str], widths: Sequence[int]) -> float:
    """Row height for texts that wrap; not every program works it out on opening."""
    lines = [
        len(textwrap.wrap(text, width - 1))
        for text, width in zip(texts, widths, strict=True)
    ]
    return _LINE * max(1, *lines, 1)


def _heading(column: Column) -> str:
    unit = column.form.sheet_unit
    return f"{column.heading} ({unit})" if unit else column.heading
