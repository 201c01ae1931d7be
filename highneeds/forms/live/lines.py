"""Lines: a sheet of rows by year, written one after another."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from highneeds.forms.live.cells import Cell, Part
from highneeds.forms.live.sheets import Page


class Lines:
    """A sheet whose years stand in columns.

    Parameters
    ----------
    heads : sequence of str
        Headings of the years.
    """

    def __init__(self, page: Page, row: int, heads: Sequence[str], first: int = 2) -> None:
        self.page, self.first, self.count = page, first, len(heads)
        page.head(row, 0, ["", "Unit"])
        page.head(row, first, heads)
        page.sheet.freeze_panes(row + 1, 1)
        self.row = row + 1

    def line(
        self,
        label: str,
        unit: str,
        cells: Sequence[Part | None],
        form: str,
        *,
        bold: bool = False,
    ) -> list[Cell]:
        """A row of formulas; numbers among them are figures of the record."""
        style: dict[str, Any] = {"bold": True, "top": 1} if bold else {}
        self.page.put(self.row, 0, label, text_wrap=True, **style)
        self.page.put(self.row, 1, unit)
        found = []
        for column, one in enumerate(cells, start=self.first):
            if one is None:
                continue
            if isinstance(one, Cell):
                found.append(self.page.put(self.row, column, one, form, **style))
            else:
                found.append(self.page.given(self.row, column, one, form))
        self.row += 1
        return found

    def single(self, label: str, unit: str, what: Part, form: str, name: str = "") -> Cell:
        """One figure, in the column of the first year."""
        (found,) = self.line(label, unit, [what], form)
        return self.page.book.name(name, found) if name else found

    def heading(self, text: str) -> None:
        """A heading over the rows that follow."""
        self.page.heading(self.row, text)
        self.row += 1
