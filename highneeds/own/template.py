"""The template: published figures in locked cells, an empty own cell beside each."""

from __future__ import annotations

import io
import textwrap
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from highneeds.atomic import CREATED, WORKBOOK, write_files
from highneeds.errors import UsageError
from highneeds.geography import Area
from highneeds.own.breakdowns import KINDS, TOTAL
from highneeds.own.checks import area_of
from highneeds.own.entries import Fault
from highneeds.own.layout import (
    AT,
    AUTHORITY,
    BREAKDOWN,
    COVERS,
    DATE,
    DAY,
    FIGURE,
    GUIDE,
    LISTS,
    MEASURE,
    MORE,
    NOTES,
    OWN,
    OWNER,
    PERIOD,
    PUBLISHED,
    SOURCE,
    START,
    Item,
    Page,
    pages,
)
from highneeds.own.measures import BY_NAME, MEASURES, OwnMeasure
from highneeds.own.published import published_beside
from highneeds.panel.panel import Panel
from highneeds.panel.vintage import Vintage, vintage

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.worksheet import Worksheet

_WIDTHS = {
    FIGURE: 66,
    PERIOD: 15,
    PUBLISHED: 17,
    OWN: 17,
    COVERS: 21,
    SOURCE: 30,
    DATE: 13,
    OWNER: 22,
    MEASURE: 34,
    AT: 10,
    BREAKDOWN: 34,
}
_MORE = (MEASURE, AT, BREAKDOWN, OWN, COVERS, SOURCE, DATE, OWNER)
_MORE_ROWS, _PROSE, _LINE, _A4 = 50, 100, 15.0, 9
_MOST_GBP, _MOST_COUNT = 10**11, 10**7
_EARLIEST, _LATEST = date(2000, 1, 1), date(2099, 12, 31)


class _Forms:
    """Cell formats of one workbook."""

    def __init__(self, book: Workbook) -> None:
        wrap = {"text_wrap": True, "valign": "top"}
        grey = {"bg_color": "#E3E3E3", "border": 1, "border_color": "#BFBFBF"}
        own = {"locked": False, "border": 1, "border_color": "#1D4F7C", "valign": "top"}
        number = "#,##0;-#,##0"
        self.title = book.add_format({"bold": True, "font_size": 15})
        self.heading = book.add_format({"bold": True, "bottom": 1, "indent": 1, **wrap})
        self.right = book.add_format({"bold": True, "bottom": 1, "align": "right"})
        self.bold = book.add_format({"bold": True})
        self.block = book.add_format(
            {"bold": True, "font_color": "#1D4F7C", "valign": "bottom"}
        )
        self.prose = book.add_format(wrap)
        self.text = book.add_format(wrap)
        self.key = book.add_format({"font_color": "#595959", "font_size": 8})
        self.published = book.add_format({**grey, "num_format": number, "valign": "top"})
        self.none = book.add_format(
            {**grey, "align": "right", "font_color": "#595959", "valign": "top"}
        )
        self.own = book.add_format({**own, "num_format": number})
        self.own_text = book.add_format({**own, "text_wrap": True})
        self.own_day = book.add_format({**own, "num_format": "yyyy-mm-dd"})


def write_template(
    panel: Panel, area: str, out: Path | None = None, *, replace: bool = False
) -> Path:
    """Write the template of an authority; one that somebody may have filled is kept.

    Parameters
    ----------
    out : Path, optional
        ``own-figures-CODE.xlsx`` in this folder when left out.

    Raises
    ------
    UsageError
        No authority in being is called so.
    KeptError
        There is another file of that name, and `replace` is not set.
    OutputError
        The folder cannot be written.
    """
    faults: list[Fault] = []
    found = area_of(area, "AREA", panel.geography, faults)
    if found is None:
        msg = f"{faults[0].what}."
        raise UsageError(msg)
    path = out or Path(f"own-figures-{found.la_code}.xlsx")
    write_files({path: template_bytes(panel, found)}, replace=replace)
    return path


def template_bytes(panel: Panel, area: Area) -> bytes:
    """The template of one authority; the same record always gives the same bytes.

    Parameters
    ----------
    panel : Panel
        Whose figures stand in the grey column.
    """
    import xlsxwriter

    now, held = vintage(panel), io.BytesIO()
    with xlsxwriter.Workbook(held, WORKBOOK) as book:
        book.set_properties(
            {"title": f"Own figures of {area.name}", "author": "", "created": CREATED}
        )
        forms = _Forms(book)
        asked = pages(now)
        _start(book.add_worksheet(START), forms, area, asked)
        for page in asked:
            _page(book.add_worksheet(page.name), forms, page, panel, area, now)
        _more(book.add_worksheet(MORE), forms)
        _prose(book.add_worksheet(NOTES), forms, NOTES, GUIDE)
        _lists(book.add_worksheet(LISTS), forms)
        for sheet in book.worksheets():
            sheet.set_paper(_A4)
            sheet.set_landscape()
            sheet.fit_to_pages(1, 0)
            sheet.hide_gridlines(2)
            sheet.protect("", {"format_columns": True, "format_rows": True})
    return held.getvalue()


def _start(sheet: Worksheet, forms: _Forms, area: Area, asked: Sequence[Page]) -> None:
    sheet.set_column(0, 0, 22)
    sheet.set_column(1, 1, 78)
    sheet.write_string(0, 0, f"Own figures of {area.name}", forms.title)
    lines = [
        (AUTHORITY, str(area), forms.published),
        (SOURCE, "", forms.own_text),
        (DATE, "", forms.own_day),
        (OWNER, "", forms.own_text),
    ]
    for row, (label, value, form) in enumerate(lines, start=2):
        sheet.write_string(row, 0, label, forms.text)
        if value:
            sheet.write_string(row, 1, value, form)
        else:
            sheet.write_blank(row, 1, None, form)
    _days(sheet, 4, 1, 4)
    said = (
        "Source, date stated and owner stand for every figure in this file that has none "
        "of its own. Fill what you have, leave the rest empty, save, and check it with:  "
        "highneeds inputs check FILE"
    )
    sheet.write_string(7, 0, "How", forms.text)
    sheet.write_string(7, 1, said, forms.prose)
    sheet.set_row(7, 3 * _LINE)
    listed = [
        *((page.name, page.about) for page in asked),
        (MORE, "Any other figure, one a row."),
        (NOTES, "What is read, what is refused, how to write amounts and days."),
        (LISTS, "The names of measures and of breakdowns."),
    ]
    for row, (name, about) in enumerate(listed, start=9):
        sheet.write_url(row, 0, f"internal:'{name}'!A1", forms.text, name)
        sheet.write_string(row, 1, about, forms.prose)
        sheet.set_row(row, _LINE * max(1, len(textwrap.wrap(about, 76))))


def _page(
    sheet: Worksheet, forms: _Forms, page: Page, panel: Panel, area: Area, now: Vintage
) -> None:
    columns = [FIGURE, PERIOD, PUBLISHED, OWN, *([COVERS] if page.covers else [])]
    columns += [SOURCE, DATE, OWNER, MEASURE, AT, BREAKDOWN]
    at = {name: place for place, name in enumerate(columns)}
    for name, place in at.items():
        sheet.set_column(place, place, _WIDTHS[name])
    sheet.write_string(0, 0, f"{page.name}: {area.name}", forms.title)
    sheet.write_string(1, 0, page.about)
    row = 2
    if page.has_day:
        sheet.write_string(row, 0, DAY, forms.bold)
        sheet.write_blank(row, at[OWN], None, forms.own_day)
        _days(sheet, row, at[OWN], row)
        row += 1
    row += 1
    for name, place in at.items():
        form = forms.right if name in (PUBLISHED, OWN) else forms.heading
        sheet.write_string(row, place, name, form)
    sheet.freeze_panes(row + 1, 1)
    sheet.repeat_rows(row)
    for block in page.blocks:
        row += 1
        sheet.write_string(row, 0, block.title, forms.block)
        sheet.set_row(row, _LINE * 1.4)
        for item in block.items:
            row += 1
            _row(sheet, forms, row, at, item, panel, area, now)
    # What tells the reader which figure a row is, is not for paper.
    sheet.print_area(0, 0, row, at[OWNER])


def _row(
    sheet: Worksheet,
    forms: _Forms,
    row: int,
    at: dict[str, int],
    item: Item,
    panel: Panel,
    area: Area,
    now: Vintage,
) -> None:
    measure = BY_NAME[item.measure]
    day = item.at or f"{now.census}-12-31"
    beside = published_beside(panel, area, item.measure, day, item.breakdown)
    sheet.write_string(row, at[FIGURE], item.label, forms.text)
    # Of a day, the January published is each breakdown's own last one.
    january = f"January {beside.period}" if beside.period else ""
    sheet.write_string(row, at[PERIOD], item.shown if item.at else january, forms.text)
    if beside.value is None:
        sheet.write_string(row, at[PUBLISHED], beside.why, forms.none)
    else:
        sheet.write_number(row, at[PUBLISHED], beside.value, forms.published)
    _own_cells(sheet, forms, row, row, at)
    _amounts(sheet, row, at[OWN], measure)
    sheet.write_string(row, at[MEASURE], item.measure, forms.key)
    sheet.write_string(row, at[AT], item.at, forms.key)
    sheet.write_string(row, at[BREAKDOWN], item.breakdown, forms.key)
    if COVERS in at and measure.coverages:
        _choices(sheet, row, at[COVERS], row, list(measure.coverages))
    # Not every program makes room for what wraps when it opens a file.
    lines = len(textwrap.wrap(item.label, _WIDTHS[FIGURE] + 25))
    sheet.set_row(row, _LINE * max(1, lines))


def _own_cells(
    sheet: Worksheet, forms: _Forms, first: int, last: int, at: dict[str, int]
) -> None:
    """Empty unlocked cells for a figure and what is said of it."""
    kinds = {OWN: forms.own, DATE: forms.own_day}
    for row in range(first, last + 1):
        for name in (OWN, COVERS, SOURCE, DATE, OWNER):
            if name in at:
                sheet.write_blank(row, at[name], None, kinds.get(name, forms.own_text))
    _days(sheet, first, at[DATE], last)


def _more(sheet: Worksheet, forms: _Forms) -> None:
    at = {name: place for place, name in enumerate(_MORE)}
    for name, place in at.items():
        sheet.set_column(place, place, _WIDTHS[name])
    sheet.write_string(0, 0, MORE, forms.title)
    sheet.write_string(
        1, 0, "One figure a row; the sheet Lists has every measure and breakdown."
    )
    for name, place in at.items():
        form = forms.right if name == OWN else forms.heading
        sheet.write_string(3, place, name, form)
    sheet.freeze_panes(4, 0)
    sheet.repeat_rows(3)
    first, last = 4, 3 + _MORE_ROWS
    _own_cells(sheet, forms, first, last, at)
    for row in range(first, last + 1):
        for name in (MEASURE, AT, BREAKDOWN):
            sheet.write_blank(row, at[name], None, forms.own_text)
    titles, breakdowns = len(MEASURES), len(_breakdowns())
    for name, source in (
        (MEASURE, f"={LISTS}!$A$4:$A${3 + titles}"),
        (BREAKDOWN, f"={LISTS}!$E$4:$E${3 + breakdowns}"),
    ):
        _choices(sheet, first, at[name], last, source)
    every = sorted({one for measure in MEASURES for one in measure.coverages})
    _choices(sheet, first, at[COVERS], last, every)


def _lists(sheet: Worksheet, forms: _Forms) -> None:
    sheet.write_string(0, 0, LISTS, forms.title)
    headings = (MEASURE, "What it is", "Unit", "Its period", BREAKDOWN, "What it is")
    for place, (heading, width) in enumerate(
        zip(headings, (40, 62, 9, 34, 44, 62), strict=True)
    ):
        sheet.set_column(place, place, width)
        sheet.write_string(2, place, heading, forms.heading)
    periods = {
        "closing": "31 March that closes a financial year",
        "financial": "financial year",
        "calendar": "calendar year",
        "day": "any day",
        "month": "month",
        "as_at": "day it was stated",
    }
    for row, one in enumerate(MEASURES, start=3):
        for place, text in enumerate(
            (one.name, one.title, one.unit, periods[one.calendar])
        ):
            sheet.write_string(row, place, text, forms.text)
    for row, (code, text) in enumerate(_breakdowns(), start=3):
        sheet.write_string(row, 4, code, forms.text)
        sheet.write_string(row, 5, text, forms.text)


def _breakdowns() -> list[tuple[str, str]]:
    parts = [
        (f"{kind}/{code}", text)
        for kind, known in KINDS.items()
        for code, text in known.items()
    ]
    return [(TOTAL, "The whole"), *parts]


def _prose(sheet: Worksheet, forms: _Forms, title: str, lines: Sequence[str]) -> None:
    sheet.set_column(0, 0, _PROSE)
    sheet.write_string(0, 0, title, forms.title)
    for row, line in enumerate(lines, start=2):
        sheet.write_string(row, 0, line, forms.prose)
        sheet.set_row(row, _LINE * len(textwrap.wrap(line, _PROSE - 4)))


def _amounts(sheet: Worksheet, row: int, column: int, measure: OwnMeasure) -> None:
    pounds = measure.unit == "£"
    most = _MOST_GBP if pounds else _MOST_COUNT
    what = "pounds in full, as 116000000" if pounds else f"a whole number of {measure.unit}"
    sign = "; a deficit is negative" if measure.may_be_negative else ", 0 or more"
    rule = {
        "validate": "decimal" if pounds else "integer",
        "criteria": "between",
        "minimum": -most if measure.may_be_negative else 0,
        "maximum": most,
    }
    _validate(sheet, row, column, row, rule, f"Expected {what}{sign}.")


def _days(sheet: Worksheet, first: int, column: int, last: int) -> None:
    rule = {
        "validate": "date",
        "criteria": "between",
        "minimum": _EARLIEST,
        "maximum": _LATEST,
    }
    _validate(sheet, first, column, last, rule, "Expected a day: year-month-day.")


def _choices(
    sheet: Worksheet, first: int, column: int, last: int, source: str | list[str]
) -> None:
    rule = {"validate": "list", "source": source}
    _validate(sheet, first, column, last, rule, "Expected one of the list.")


def _validate(
    sheet: Worksheet, first: int, column: int, last: int, rule: dict[str, Any], said: str
) -> None:
    told = {"error_title": "Not taken", "error_message": said}
    sheet.data_validation(first, column, last, column, {**rule, **told})
