"""What a file says, one entry a figure, before anything is read into it; and its faults."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from highneeds.errors import OwnFiguresError, some
from highneeds.files import Content, records_of, separated_by, text_of, toml_of
from highneeds.own.breakdowns import SIMPLE
from highneeds.own.persons import require_no_persons
from highneeds.words import nearest

FIELDS = (
    *("area", "measure", "at", "value", "breakdown", *SIMPLE),
    *("coverage", "source", "date", "owner"),
)
_NEEDED = ("measure", "at", "value")
_FIGURES = "figures"
# A line in which the TOML table of one figure begins.
_BEGINS = re.compile(r"\s*\[\[\s*[\"']?figures[\"']?\s*\]\]")
_TABLE = "a table of own figures (CSV, TOML or the filled template)"


@dataclass(frozen=True)
class Fault:
    """What is wrong with a file, and where; a sentence without its end."""

    where: str
    what: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what}."


@dataclass(frozen=True)
class Entry:
    """One figure as given: what stands under each of `FIELDS`, and where it stands."""

    where: str
    given: Mapping[str, object]
    # Where single fields stand, if that is known better.
    places: Mapping[str, str] = field(default_factory=dict)

    def text(self, name: str) -> str:
        """What stands in a field, as text; empty where nothing does."""
        found = self.given.get(name)
        return "" if found is None else str(found).strip()

    def place(self, name: str) -> str:
        """Where a field stands."""
        return self.places.get(name, self.where)


@dataclass(frozen=True)
class Given:
    """All that a file says: the area it is of, if it says so once, and its entries."""

    area: str
    entries: tuple[Entry, ...]
    faults: tuple[Fault, ...] = ()
    notes: tuple[str, ...] = ()
    area_at: str = "area"


def from_toml(content: Content) -> Given:
    """Entries of a TOML file: ``area`` and a ``[[figures]]`` table for each.

    Raises
    ------
    OwnFiguresError
        It is no text or not TOML.
    """
    found = toml_of(content, _TABLE, OwnFiguresError)
    faults = [
        Fault(f"key {key!r}", f"there is no such key; {_hint(key, ('area', _FIGURES))}")
        for key in found.tables
        if key not in ("area", _FIGURES)
    ]
    area = found.tables.get("area", "")
    if not isinstance(area, str | int) or isinstance(area, bool):
        faults.append(Fault("area", f"{area!r} is no name of an authority"))
        area = ""
    tables = found.tables.get(_FIGURES, [])
    if not isinstance(tables, list) or not all(isinstance(one, dict) for one in tables):
        faults.append(Fault(_FIGURES, "expected a [[figures]] table for each figure"))
        tables = []
    rows = [list(row) for table in tables for row in (table, table.values())]
    require_no_persons(content.name, [("its tables", rows)])
    text = content.data.decode("utf-8", "replace")
    lines = [at for at, line in enumerate(text.splitlines(), 1) if _BEGINS.match(line)]
    entries = []
    for number, table in enumerate(tables, 1):
        exact = len(lines) == len(tables)
        where = f"figure {number}" + (f" (line {lines[number - 1]})" if exact else "")
        entries.append(Entry(where, table, {name: f"{where}, {name}" for name in table}))
        faults += _of_table(where, table)
    return Given(str(area).strip(), tuple(entries), tuple(faults), found.notes)


def _of_table(where: str, table: Mapping[str, Any]) -> Iterator[Fault]:
    for key in table:
        if key not in FIELDS:
            yield Fault(where, f"there is no key {key!r}; {_hint(key, FIELDS)}")
        elif isinstance(table[key], dict | list):
            yield Fault(f"{where}, {key}", "expected one value, found several")
    for key in _NEEDED:
        if key not in table:
            yield Fault(where, f"{key} is missing")


def from_csv(content: Content) -> Given:
    """Entries of a CSV file: a header and a figure a row; blank rows are no matter.

    Raises
    ------
    OwnFiguresError
        It is no text, or no table with the columns needed.
    """
    found = text_of(content, _TABLE, OwnFiguresError)
    records = records_of(found.text, content.name, OwnFiguresError)
    if not records:
        msg = f"{content.name} has no line with anything in it. Expected {_TABLE}."
        raise OwnFiguresError(msg)
    require_no_persons(content.name, [("the table", [cells for _, cells in records])])
    (first, header), *rows = records
    names = [name.strip().casefold() for name in header]
    _require_columns(names, first, content.name)
    faults = [
        Fault(
            f"line {first}, column {place + 1}",
            f"there is no column {header[place].strip()!r}; {_hint(name, FIELDS)}",
        )
        for place, name in enumerate(names)
        if name and name not in FIELDS
    ]
    width = max(place for place, name in enumerate(names, 1) if name)
    entries = []
    for line, cells in rows:
        beyond = [cell for cell in cells[len(names) :] if cell.strip()]
        nameless = [
            cell
            for name, cell in zip(names, cells, strict=False)
            if not name and cell.strip()
        ]
        if beyond or nameless or len(cells) < width:
            why = (
                "every row has as many fields as the header, be they empty"
                if len(cells) < width
                else "a comma inside a number or a text needs quotation marks around it"
            )
            what = f"{len(cells)} fields for {len(names)} columns; {why}"
            faults.append(Fault(f"line {line}", what))
            continue
        given: dict[str, object] = dict(zip(names, cells, strict=False))
        places = {name: f"line {line}, column {name}" for name in names}
        entries.append(Entry(f"line {line}", given, places))
    return Given("", tuple(entries), tuple(faults), found.notes)


def _require_columns(names: Sequence[str], line: int, where: str) -> None:
    if other := separated_by(names):
        msg = (
            f"{where} is separated by {other}. Expected commas. Save it as CSV UTF-8 "
            "(comma delimited)."
        )
        raise OwnFiguresError(msg)
    twice = sorted({name for name in names if name and names.count(name) > 1})
    missing = [name for name in _NEEDED if name not in names]
    if missing or twice:
        what = f"has no column {some(missing)}" if missing else f"has {some(twice)} twice"
        msg = (
            f"{where}, line {line}: the header {what}. Expected a figure a row under "
            f"{', '.join(_NEEDED)}, and where they are needed {some(FIELDS, 20)}."
        )
        raise OwnFiguresError(msg)


def _hint(name: str, known: Sequence[str]) -> str:
    near = nearest(name.casefold(), known)
    return f"the nearest is {near[0]}" if near else f"expected {some(known, 20)}"
