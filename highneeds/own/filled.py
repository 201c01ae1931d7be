"""The filled template read back: each own cell that holds anything, and nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from highneeds.errors import OwnFiguresError, some
from highneeds.own.entries import Entry, Fault, Given
from highneeds.own.layout import (
    AUTHORITY,
    DATE,
    DAY,
    HEADINGS,
    LISTS,
    MEASURE,
    NOTES,
    OWN,
    OWNER,
    SOURCE,
    START,
)
from highneeds.sources.workbook_child import UNWORKED, Sheets

_Rows = Sequence[Sequence[object]]
_WITHOUT = (START, NOTES, LISTS)
_DEFAULTS = {SOURCE: "source", DATE: "date", OWNER: "owner"}
_ERRORS = ("#REF!", "#DIV/0!", "#N/A", "#NAME?", "#NULL!", "#NUM!", "#VALUE!")
_LETTERS = 26


def from_workbook(sheets: Sheets, name: str) -> Given:
    """Entries of the filled template, found by its headings wherever they have moved.

    Raises
    ------
    OwnFiguresError
        No sheet has the headings of the template.
    """
    found = {sheet: _header(rows) for sheet, rows in sheets.items()}
    read = [sheet for sheet, at in found.items() if at is not None]
    if not read:
        msg = (
            f"{name} is a workbook of another layout: no sheet has the headings "
            f"{MEASURE!r} and {OWN!r} in one row; it has "
            f"{some([repr(one) for one in sheets])}. Expected the template that "
            "`highneeds inputs template AREA` writes."
        )
        raise OwnFiguresError(msg)
    start = sheets.get(START, [])
    area, area_at = _beside(start, START, AUTHORITY)
    defaults = {
        key: _beside(start, START, label)
        for label, key in _DEFAULTS.items()
        if not _blank(_beside(start, START, label)[0])
    }
    entries: list[Entry] = []
    faults: list[Fault] = []
    notes: list[str] = []
    for sheet in read:
        header = found[sheet]
        assert header is not None
        for one in _entries(sheets[sheet], sheet, header, notes):
            wrong = _uncalculated(one)
            faults += wrong
            if not wrong:
                entries.append(_with(one, defaults))
    others = [sheet for sheet in sheets if sheet not in (*read, *_WITHOUT)]
    if others:
        notes.append(
            f"{some([repr(one) for one in others])}: not of the template, not read."
        )
    text = "" if _blank(area) else str(area).strip()
    return Given(text, tuple(entries), tuple(faults), tuple(notes), area_at)


def cell_name(sheet: str, row: int, column: int) -> str:
    """The name of a cell as a spreadsheet shows it, ``Balances!D7``; counted from 0."""
    letters, left = "", column + 1
    while left:
        left, one = divmod(left - 1, _LETTERS)
        letters = chr(ord("A") + one) + letters
    # As spreadsheets write it; a name of other signs might begin like a formula.
    plain = re.fullmatch(r"[\w ]+", sheet)
    return f"{sheet if plain else repr(sheet)}!{letters}{row + 1}"


def _header(rows: _Rows) -> tuple[int, Mapping[str, int]] | None:
    """The row with the headings, and the column of each field."""
    known = {heading.casefold(): field for heading, field in HEADINGS.items()}
    for number, row in enumerate(rows):
        texts = [str(cell).strip().casefold() for cell in row]
        if OWN.casefold() in texts and MEASURE.casefold() in texts:
            at: dict[str, int] = {}
            for column, text in enumerate(texts):
                if text in known:
                    at.setdefault(known[text], column)
            return number, at
    return None


def _entries(
    rows: _Rows, sheet: str, header: tuple[int, Mapping[str, int]], notes: list[str]
) -> Iterator[Entry]:
    first, at = header
    day, day_at = _beside(rows[:first], sheet, DAY, at["value"])
    for number, row in enumerate(rows[first + 1 :], start=first + 1):
        cells = {
            field: row[column] if column < len(row) else "" for field, column in at.items()
        }
        places = {field: cell_name(sheet, number, column) for field, column in at.items()}
        if _blank(cells["value"]):
            told = [name for name in _DEFAULTS.values() if not _blank(cells.get(name))]
            if told:
                notes.append(
                    f"{places[told[0]]}: the row has a {told[0]} and no figure; not read."
                )
            continue
        # Where a sheet has a day of its own, it is that of every row without one.
        if _blank(cells.get("at")) and day_at:
            cells["at"], places["at"] = day, day_at
        yield Entry(places["value"], cells, places)


def _uncalculated(entry: Entry) -> list[Fault]:
    faults = []
    for name, cell in entry.given.items():
        if cell == UNWORKED:
            what = (
                "holds a formula that no program has worked out. Open the file in a "
                "spreadsheet and save it, or type the value"
            )
            faults.append(Fault(entry.place(name), what))
        elif isinstance(cell, str) and cell.strip() in _ERRORS:
            what = f"holds the error {cell.strip()}. Type the value, or leave it empty"
            faults.append(Fault(entry.place(name), what))
    return faults


def _with(entry: Entry, defaults: Mapping[str, tuple[object, str]]) -> Entry:
    """An entry with what the first sheet says of all figures, where it says nothing."""
    given, places = dict(entry.given), dict(entry.places)
    for field, (value, place) in defaults.items():
        if _blank(given.get(field)):
            given[field], places[field] = value, place
    return Entry(entry.where, given, places)


def _beside(
    rows: _Rows, sheet: str, label: str, column: int | None = None
) -> tuple[object, str]:
    """What stands to the right of a label, and where; where it should stand if nothing."""
    for number, row in enumerate(rows):
        if row and str(row[0]).strip().casefold() == label.casefold():
            for place, cell in enumerate(row[1:], start=1):
                if not _blank(cell):
                    return cell, cell_name(sheet, number, place)
            return "", cell_name(sheet, number, column or 1)
    return "", ""


def _blank(cell: object) -> bool:
    return cell is None or (isinstance(cell, str) and not cell.strip())
