"""Sheets: what is written where, with names for cells, formats and what is checked."""

from __future__ import annotations

import io
import math
import re
import textwrap
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import xlsxwriter

from highneeds.atomic import CREATED, WORKBOOK
from highneeds.forms.live.cells import Cell, Content, Part, Range, cell, formula
from highneeds.forms.live.cells import place as address
from highneeds.forms.live.cells import places as block
from highneeds.report.workbook import on_paper, table_name

PLANS, PEOPLE, POUNDS, MILLIONS, SHARE, RATE, YEARS, WHOLE = (
    "#,##0.0",
    "#,##0",
    "£#,##0;-£#,##0",
    '£#,##0.0,,"m";-£#,##0.0,,"m"',
    "0.0%",
    "0.0000",
    "0.0",
    "0",
)
# The size of a measure: a share, or places or pounds.
SIZE = "[>=1000]#,##0;[<=-1000]-#,##0;0.0000"
# What an input is told apart by: its fill, its frame, and the word on the sheet.
_INPUT, _GIVEN, _LINE_COLOUR, _INK = "#FFF2CC", "#EDEDED", "#7F6000", "#1D4F7C"
_LINE = 15.0  # points
_MOST_TITLE, _MOST_MESSAGE = 32, 255


@dataclass(frozen=True)
class Allowed:
    """What may be typed into a cell: numbers between two, or one of a list."""

    low: Part | None = None
    high: Part | None = None
    names: Range | None = None
    hint: str = ""


class Book:
    """The workbook being written.

    Parameters
    ----------
    planted : float, optional
        What every formula is said to have come to, in place of its value: a program that
        does not work it out then shows this.
    """

    def __init__(self, title: str, planted: float | None = None) -> None:
        self._held = io.BytesIO()
        self.planted = planted
        self.book = xlsxwriter.Workbook(self._held, WORKBOOK)
        self.book.set_properties(
            {"title": title, "author": "highneeds", "created": CREATED}
        )
        self.book.set_calc_mode("auto")
        self._formats: dict[tuple[tuple[str, Any], ...], Any] = {}
        self.pages: dict[str, Page] = {}
        self.names: dict[str, Cell] = {}

    def page(self, name: str, *, tab: str = "") -> Page:
        """Add a sheet."""
        self.pages[name] = Page(self, name, tab)
        return self.pages[name]

    def style(self, **what: Any) -> Any:
        """A cell format, made once."""
        key = tuple(sorted(what.items()))
        if key not in self._formats:
            self._formats[key] = self.book.add_format({"valign": "top", **what})
        return self._formats[key]

    def name(self, name: str, of: Cell) -> Cell:
        """Give a cell a name, by which formulas call it from then on.

        Raises
        ------
        ValueError
            The name is also the address of a cell, or given twice.
        """
        plain = self._named(name, of.text)
        self.names[plain] = Cell(plain, of.value)
        return self.names[plain]

    def name_block(self, name: str, of: Range) -> None:
        """Give a block of cells a name."""
        plain = self._named(name, of.text)
        self.names[plain] = Cell(plain, None)

    def _named(self, name: str, where: str) -> str:
        plain = re.sub(r"\W", "_", name, flags=re.ASCII)
        if table_name(plain) != plain or plain in self.names:
            msg = f"{plain} cannot be the name of a cell here."
            raise ValueError(msg)
        self.book.define_name(plain, formula(Cell(where, None), ""))
        return plain

    def bytes(self) -> bytes:
        """The finished workbook; the same cells always give the same bytes."""
        for page in self.pages.values():
            on_paper(page.sheet)
            page.sheet.hide_gridlines(2)
            page.sheet.protect("", _FREE)
            page.sheet.set_footer("&L&A&RPage &P of &N")
        next(iter(self.pages.values())).sheet.activate()
        self.book.close()
        return self._held.getvalue()


# A reader may widen columns and format, and click on any cell to see its formula.
_FREE = {"format_columns": True, "format_rows": True, "format_cells": True}


@dataclass
class Page:
    """One sheet."""

    book: Book
    name: str
    tab: str = ""
    values: dict[tuple[int, int], Content] = field(default_factory=dict)
    formulas: int = 0
    # Headings of columns of text, which stand to the left.
    left_heads: tuple[str, ...] = ("Unit",)

    def __post_init__(self) -> None:
        self.sheet = self.book.book.add_worksheet(self.name)
        if self.tab:
            self.sheet.set_tab_color(self.tab)

    def put(
        self,
        row: int,
        column: int,
        what: Part | None,
        number: str = "",
        name: str = "",
        array: bool = False,
        **style: Any,
    ) -> Cell:
        """Write a formula, a number or a text, and give its cell."""
        how = self.book.style(**({"num_format": number} if number else {}), **style)
        value: Content
        if isinstance(what, Cell):
            value = what.value
            shown = "" if _nothing(value) else value
            if self.book.planted is not None:
                shown = self.book.planted
            text = formula(what, self.name)
            if array:
                self.sheet.write_array_formula(row, column, row, column, text, how, shown)
            else:
                self.sheet.write_formula(row, column, text, how, shown)
            self.formulas += 1
        elif what is None:
            value = None
            self.sheet.write_blank(row, column, None, how)
        elif isinstance(what, str):
            value = what
            self.sheet.write_string(row, column, what, how)
        else:
            value = float(what)
            self.sheet.write_number(row, column, value, how)
        self.values[row, column] = value
        found = Cell(address(self.name, row, column), value)
        return self.book.name(name, found) if name else found

    def given(self, row: int, column: int, what: Part, number: str = "") -> Cell:
        """A figure of the record or of a scenario file, not to be changed here."""
        return self.put(row, column, what, number, bg_color=_GIVEN)

    def ask(
        self,
        row: int,
        column: int,
        title: str,
        allowed: Allowed,
        number: str = "",
        what: Part | None = None,
        name: str = "",
    ) -> Cell:
        """An empty cell for a reader to fill, with what may stand in it."""
        found = self.put(
            *(row, column, what, number, name),
            bg_color=_INPUT,
            border=1,
            border_color=_LINE_COLOUR,
            font_color=_INK,
            locked=False,
            text_wrap=not number,
        )
        rule: dict[str, Any] = {
            "ignore_blank": True,
            "input_title": title[:_MOST_TITLE],
            "input_message": allowed.hint[:_MOST_MESSAGE],
            "error_title": "Not taken",
            "error_message": f"{allowed.hint} Clear the cell to go back."[:_MOST_MESSAGE],
        }
        if allowed.names is not None:
            source = formula(Cell(allowed.names.text, None), self.name)
            rule |= {"validate": "list", "source": source}
        elif allowed.low is not None and allowed.high is not None:
            rule |= {
                "validate": "decimal",
                "criteria": "between",
                "minimum": _limit(allowed.low, self.name),
                "maximum": _limit(allowed.high, self.name),
            }
        else:
            rule |= {"validate": "any"}
        self.sheet.data_validation(row, column, row, column, rule)
        return found

    def range(self, top: int, left: int, bottom: int, right: int) -> Range:
        """A block of cells already written."""
        values = tuple(
            self.values.get((row, column))
            for row in range(top, bottom + 1)
            for column in range(left, right + 1)
        )
        return Range(block(self.name, top, left, bottom, right), values)

    def at(self, row: int, column: int) -> Cell:
        """A cell already written."""
        return Cell(address(self.name, row, column), self.values[row, column])

    def title(self, text: str, *lines: str) -> int:
        """The sheet's title and what is to know of it; gives the next free row."""
        self.put(0, 0, text, bold=True, font_size=15)
        self.sheet.set_row(0, 22)
        for row, line in enumerate(lines, start=1):
            self.put(row, 0, line)
        return len(lines) + 2

    def head(self, row: int, left: int, labels: Iterable[Part], number: str = "") -> None:
        """A row of headings."""
        for column, label in enumerate(labels, start=left):
            side = "left" if column == 0 or label in self.left_heads else "right"
            wrap: dict[str, Any] = {"text_wrap": True, "bold": True, "bottom": 1}
            wrap["align"] = side
            if side == "left" and column:
                wrap["indent"] = 1
            self.put(row, column, label, number, **wrap)

    def heading(self, row: int, text: str) -> None:
        """A heading over a part of the sheet."""
        self.put(row, 0, text, bold=True, font_size=12, font_color=_INK)

    def widths(self, *of: float) -> None:
        """Widths of the columns from the first on; the last stands for all the rest."""
        for column, width in enumerate(of):
            self.sheet.set_column(column, column, width)
        self.sheet.set_column(len(of), 80, of[-1])

    def wrap(self, row: int, *texts: tuple[str, float]) -> None:
        """Make a row as high as its wrapped texts, (text, width), need."""
        lines = [len(textwrap.wrap(text, max(int(width) - 1, 1))) for text, width in texts]
        self.sheet.set_row(row, _LINE * max(1, *lines, 1))


def _limit(part: Part, sheet: str) -> str | float:
    return formula(cell(part), sheet) if isinstance(part, Cell) else float(part)


def _nothing(value: Content) -> bool:
    return value is None or (isinstance(value, float) and not math.isfinite(value))
