"""A form as sheets of rows by year, with totals as live formulas that hold their value."""

from __future__ import annotations

import io
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from highneeds.atomic import CREATED, WORKBOOK
from highneeds.report.workbook import on_paper

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.worksheet import Worksheet

Kind = Literal["plans", "average", "gbp"]
NOT_AVAILABLE = "not available"
_FORMATS: Mapping[Kind, str] = {
    "plans": "#,##0",
    "average": "#,##0.0",
    "gbp": "£#,##0.00;-£#,##0.00",
}
_LABEL, _FIGURE, _BASIS, _NOTE = 48, 17, 36, 52
_LINE = 15.0  # points
_PLACES = 2


@dataclass(frozen=True)
class Line:
    """One row: a figure for each year, or None where there is none and ``note`` says why.

    A total names the keys of the lines it adds, or takes away (``-key``); its figures are
    worked out from theirs, and stand in the sheet as formulas. With ``needs_all`` there is
    none where one of them is not available.
    """

    label: str
    values: tuple[float | None, ...] = ()
    kind: Kind = "plans"
    key: str = ""
    adds: tuple[str, ...] = ()
    needs_all: bool = False
    basis: str = ""
    note: str = ""


@dataclass(frozen=True)
class Part:
    """One table of a sheet: a heading, the years, the lines."""

    heading: str
    years: tuple[str, ...]
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Sheet:
    """One sheet of a form."""

    name: str
    title: str
    parts: tuple[Part, ...]
    notes: tuple[str, ...] = ()


def figures(part: Part) -> dict[str, tuple[float | None, ...]]:
    """The figures of every line with a key, those of totals worked out, in their order.

    What is not available adds nothing, but to a total that needs all of its lines.
    """
    found: dict[str, tuple[float | None, ...]] = {}
    for line in part.lines:
        values = line.values
        if line.adds:
            values = tuple(_total(line, found, step) for step in range(len(part.years)))
        found[line.key or line.label] = values
    return found


def _total(
    line: Line, found: Mapping[str, tuple[float | None, ...]], step: int
) -> float | None:
    terms = [
        (-value if key.startswith("-") else value)
        for key in line.adds
        if (value := found[key.removeprefix("-")][step]) is not None
    ]
    enough = len(terms) == len(line.adds) if line.needs_all else bool(terms)
    return round(sum(terms), _PLACES) if enough else None


def form_bytes(
    title: str, about: Sequence[tuple[str, str]], sheets: Sequence[Sheet]
) -> bytes:
    """A form as an Excel workbook; the same sheets always give the same bytes."""
    import xlsxwriter

    held = io.BytesIO()
    with xlsxwriter.Workbook(held, WORKBOOK) as book:
        book.set_properties({"title": title, "author": "highneeds", "created": CREATED})
        forms = _Forms(book)
        _cover(book.add_worksheet("Cover"), forms, title, about, sheets)
        for sheet in sheets:
            _sheet(book.add_worksheet(sheet.name), forms, sheet)
        for made in book.worksheets():
            on_paper(made)
    return held.getvalue()


class _Forms:
    """Cell formats of one form."""

    def __init__(self, book: Workbook) -> None:
        self.title = book.add_format({"bold": True, "font_size": 15})
        self.heading = book.add_format({"bold": True, "font_size": 12, "bottom": 1})
        self.text = book.add_format(
            {"text_wrap": True, "valign": "vcenter", "align": "left", "indent": 1}
        )
        self.link = book.add_format({"underline": True, "font_color": "#1D4F7C"})
        self.head = {
            side: book.add_format(
                {"bold": True, "bottom": 1, "align": side, "indent": int(side == "left")}
            )
            for side in ("left", "right")
        }
        self.label = {
            bold: book.add_format({"bold": bold, "text_wrap": True, "valign": "vcenter"})
            for bold in (False, True)
        }
        self.absent = book.add_format(
            {"align": "right", "valign": "vcenter", "italic": True}
        )
        self.number = {
            (kind, bold): book.add_format(
                {"num_format": pattern, "bold": bold, "valign": "vcenter", "top": int(bold)}
            )
            for kind, pattern in _FORMATS.items()
            for bold in (False, True)
        }


def _cover(
    sheet: Worksheet,
    forms: _Forms,
    title: str,
    about: Sequence[tuple[str, str]],
    sheets: Sequence[Sheet],
) -> None:
    sheet.set_column(0, 0, 34)
    sheet.set_column(1, 1, 90)
    sheet.write_string(0, 0, title, forms.title)
    row = 2
    for what, value in about:
        sheet.write_string(row, 0, what, forms.text)
        sheet.write_string(row, 1, value, forms.text)
        sheet.set_row(row, _height(value, 90))
        row += 1
    sheet.write_string(row + 1, 0, "Sheets", forms.heading)
    for place, one in enumerate(sheets, start=row + 2):
        sheet.write_url(place, 0, f"internal:'{one.name}'!A1", forms.link, one.name)
        sheet.write_string(place, 1, one.title, forms.text)
        sheet.set_row(place, _height(one.title, 90))


def _sheet(sheet: Worksheet, forms: _Forms, one: Sheet) -> None:
    wide = max(len(part.years) for part in one.parts)
    sheet.set_column(0, 0, _LABEL)
    sheet.set_column(1, wide, _FIGURE)
    sheet.set_column(wide + 1, wide + 1, _BASIS)
    sheet.set_column(wide + 2, wide + 2, _NOTE)
    sheet.write_string(0, 0, one.title, forms.title)
    row = 1
    for note in one.notes:
        sheet.write_string(row, 0, note)
        row += 1
    for part in one.parts:
        row = _part(sheet, forms, part, row + 1, wide) + 1
    sheet.freeze_panes(0, 1)


def _part(sheet: Worksheet, forms: _Forms, part: Part, row: int, wide: int) -> int:
    """Write one table from a row on; gives the row after it."""
    from xlsxwriter.utility import xl_rowcol_to_cell

    sheet.write_string(row, 0, part.heading, forms.heading)
    head = row + 1
    sheet.write_string(head, 0, "", forms.head["left"])
    for place, year in enumerate(part.years, start=1):
        sheet.write_string(head, place, year, forms.head["right"])
    sheet.write_string(head, wide + 1, "Basis", forms.head["left"])
    sheet.write_string(head, wide + 2, "Note", forms.head["left"])
    found, places = figures(part), {}
    for at, line in enumerate(part.lines, start=head + 1):
        key = line.key or line.label
        places[key] = at
        bold = bool(line.adds)
        sheet.write_string(at, 0, line.label, forms.label[bold])
        for place, value in enumerate(found[key], start=1):
            if value is None:
                sheet.write_string(at, place, NOT_AVAILABLE, forms.absent)
            elif line.adds:
                cells = {
                    name: xl_rowcol_to_cell(places[name.removeprefix("-")], place)
                    for name in line.adds
                }
                form = forms.number[line.kind, True]
                sheet.write_formula(at, place, _formula(line, cells), form, value)
            else:
                sheet.write_number(at, place, value, forms.number[line.kind, False])
        sheet.write_string(at, wide + 1, line.basis, forms.text)
        sheet.write_string(at, wide + 2, line.note, forms.text)
        texts = ((line.label, _LABEL), (line.basis, _BASIS), (line.note, _NOTE))
        sheet.set_row(at, max(_height(*each) for each in texts))
    return head + 1 + len(part.lines)


def _formula(line: Line, cells: Mapping[str, str]) -> str:
    """Sums, so that a text for a figure that is not available adds nothing."""
    plus = ",".join(cell for key, cell in cells.items() if not key.startswith("-"))
    minus = ",".join(cell for key, cell in cells.items() if key.startswith("-"))
    less = f"-SUM({minus})" if minus else ""
    return f"=ROUND(SUM({plus}){less},{_PLACES})"


def _height(text: str, width: int) -> float:
    return _LINE * max(1, len(textwrap.wrap(text, width - 1)))


def table_of(part: Part) -> list[list[Any]]:
    """The part as rows of label and figures, for a test or a reader's own use."""
    found = figures(part)
    return [[line.label, *found[line.key or line.label]] for line in part.lines]
