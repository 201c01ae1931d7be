"""A published CSV as a table of text, its rows numbered by the lines of the file.

Spreadsheets leave commas and blank rows behind, people put titles above and notes below.
What holds nothing is dropped; what holds anything and is no row of the table is named.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

import pandas as pd

from highneeds.errors import SourceError, some
from highneeds.files import records_of, separated_by
from highneeds.words import plural

# The index of a table: where each row stands in its file, counted from 1 with the header.
LINE = "line"
_SHOWN = 60
# A title reaches over less than half of a table, a note below fills less than a quarter.
_HALF, _FEW = 2, 4
# Lines beyond these say no more about what most lines look like.
_LOOKED_AT = 1000

Record = tuple[int, list[str]]


def table_of(text: str, where: str, *, header: bool = True) -> pd.DataFrame:
    """Read a CSV as text, a blank as an empty text.

    Parameters
    ----------
    header : bool
        Whether the first line names the columns; they are numbered without.

    Returns
    -------
    DataFrame
        Its index, called "line", is the line of the file in which a row begins.

    Raises
    ------
    SourceError
        It is not separated by commas, has a title above its header, a column without a
        name, a line that is too short or too long, or a row that is not of the table.
        Names the lines, as a text editor counts them.
    """
    records = records_of(text, where, SourceError, "Download the file again.")
    if len(records) <= header:
        what = "a header and no row under it" if records else "no line with anything in it"
        msg = f"{where} has {what}. Expected a table. Download the file again."
        raise SourceError(msg)
    if not header:
        width = len(records[0][1])
        _require_equal(records, width, width, where)
        return _frame(records, [*range(width)], [*range(width)])
    (_, names), *rows = records
    _require_commas(names, where)
    _require_header_first(records, where)
    _require_figures(rows, where)
    width = _extent(names)
    _require_equal(rows, width, len(names), where)
    places = [place for place in range(width) if names[place].strip()]
    nameless = sorted({*range(len(names))} - {*places})
    _require_names([one for one in nameless if not _numbered(rows, one)], rows, where)
    named = [names[place] for place in places]
    twice = [name for name, times in Counter(named).items() if times > 1]
    if twice:
        msg = f"{where} has a repeated column: {some(twice)}. Expected each name once."
        raise SourceError(msg)
    return _frame(rows, places, named)


def _frame(rows: list[Record], places: list[int], names: list[Any]) -> pd.DataFrame:
    whole = places == list(range(len(places)))
    cells = [
        fields[: len(places)] if whole else [fields[place] for place in places]
        for _, fields in rows
    ]
    index = pd.Index([line for line, _ in rows], name=LINE)
    return pd.DataFrame(cells, index=index, columns=names, dtype=str)


def _extent(fields: list[str]) -> int:
    """Fields up to the last that holds anything."""
    width = len(fields)
    while width and not fields[width - 1].strip():
        width -= 1
    return width


def _require_commas(names: list[str], where: str) -> None:
    """Refuse a table that a spreadsheet saved with other separators than commas."""
    if other := separated_by(names):
        msg = (
            f"{where} is separated by {other}. Expected commas, as published. A "
            "spreadsheet may have saved it so: save it there as CSV UTF-8 (comma "
            "delimited), or download it again and add it without opening it."
        )
        raise SourceError(msg)


def _require_header_first(records: list[Record], where: str) -> None:
    """Refuse a table with a title above the names of its columns."""
    (first, title), *rest = records
    extents = Counter(_extent(fields) for _, fields in rest[:_LOOKED_AT])
    (usual, times), *_ = extents.most_common()
    if usual < _HALF * _extent(title) or times * _HALF <= extents.total():
        return
    header = next(line for line, fields in rest if _extent(fields) >= usual)
    msg = (
        f"{where} has {_shown(title)} in line {first}, above its table, whose header seems "
        f"to be line {header}. Expected the names of the columns first. Delete the lines "
        "above them and save it again, or download it again."
    )
    raise SourceError(msg)


def _require_figures(rows: list[Record], where: str) -> None:
    """Refuse a row that fills next to nothing of the table, as a note below it does."""
    filled = [len(fields) - fields.count("") for _, fields in rows]
    usual = Counter(filled[:_LOOKED_AT]).most_common(1)[0][0]
    notes = [
        f"{_shown(fields)} (line {line})"
        for (line, fields), held in zip(rows, filled, strict=True)
        if held * _FEW <= usual
    ]
    if notes:
        msg = (
            f"{where} has "
            f"{plural(len(notes), 'line')} beside the rows of its table: "
            f"{some(notes)}. Expected rows of figures only under the header. Delete these "
            "lines and save it again, or download it again."
        )
        raise SourceError(msg)


def _require_equal(rows: list[Record], width: int, longest: int, where: str) -> None:
    """Refuse lines of other lengths; empty fields at the end of a line are no matter."""
    wrong = [
        f"{len(fields)} in line {line}"
        for line, fields in rows
        if len(fields) < width or (len(fields) > longest and _extent(fields) > longest)
    ]
    if wrong:
        msg = (
            f"{where} has {plural(len(wrong), 'line')} of another length than its "
            f"first, of "
            f"{width} fields: {some(wrong)}. Expected as many on every line; a comma in a "
            "text needs quotation marks around it. Download the file again."
        )
        raise SourceError(msg)


def _require_names(nameless: list[int], rows: list[Record], where: str) -> None:
    """Refuse a column that holds anything and has no name."""
    for place in nameless:
        for line, fields in rows:
            if place < len(fields) and fields[place].strip():
                msg = (
                    f"{where} has a column without a name, the {place + 1}th, which holds "
                    f"{fields[place]!r} in line {line}. Expected every column to be named "
                    "in the header. Delete the column, or download the file again."
                )
                raise SourceError(msg)


def _numbered(rows: list[Record], place: int) -> bool:
    """Whether a column is the row numbers that a program put in front, from 0 or 1."""
    if place:
        return False
    starts = [fields[0] for _, fields in rows]
    return any(
        starts == [str(number) for number in range(first, first + len(rows))]
        for first in (0, 1)
    )


def _shown(fields: list[str]) -> str:
    text = ", ".join(field.strip() for field in fields if field.strip())
    return repr(text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…")
