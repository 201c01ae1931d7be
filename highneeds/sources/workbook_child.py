"""Opens one workbook in a process of its own, which may die of it and nothing else does.

Run as ``python -m highneeds.sources.workbook_child NAME``: the workbook comes in by
standard input, its sheets go out as JSON (`highneeds.sources.child`).
"""

from __future__ import annotations

import io
import json
import re
import sys
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any
from xml.etree import ElementTree

from highneeds.errors import SourceError
from highneeds.file_forms import DAMAGE
from highneeds.sources.child import FOUND, REFUSED, answer_of, limit
from highneeds.sources.sheet_size import require_modest_sheets

Sheets = dict[str, list[list[object]]]
# The largest real content.xml is 2.4 MB; a small file that unpacks to more is not ours.
_MOST_UNPACKED_BYTES = 64 * 1024 * 1024
_ODS_MIMETYPE = b"application/vnd.oasis.opendocument.spreadsheet"
# What stands in a cell whose formula no program has worked out.
UNWORKED = "\x00formula"
_DAY, _MOMENT, _MARKED = "day", "moment", "marked"
_PLACE = re.compile(r"([A-Za-z]{1,3})([1-9][0-9]{0,6})")


def sheets_of(data: bytes, name: str, remedy: str, *, marked: bool = False) -> Sheets:
    """Every sheet of a workbook as rows of cells, opened in a child process.

    Parameters
    ----------
    data : bytes
        An .xlsx, .xlsm or .ods; nothing in it is ever run.
    name : str
        What to call the file in messages.
    remedy : str
        A sentence on what to do where it cannot be opened.
    marked : bool
        Whether a cell of an .xlsx that looks empty to its reader says why: `UNWORKED`
        where a formula has no value, the error where it has one, as ``#DIV/0!``.

    Returns
    -------
    dict of str to list
        By sheet, rows of text, numbers, bool, None, date and datetime. Rows and columns
        begin at A1.

    Raises
    ------
    SourceError
        It is damaged, too large, or took more memory or time than any workbook needs.
    """
    answer = answer_of(__name__, [name, *([_MARKED] if marked else [])], data)
    if FOUND in answer:
        return {
            sheet: [[_cell(cell) for cell in row] for row in rows]
            for sheet, rows in answer[FOUND].items()
        }
    why = answer.get(
        REFUSED,
        f"{name} is not a readable spreadsheet: opening it took more memory or time than "
        "any workbook of figures needs, or stopped the program that reads it",
    )
    msg = f"{why}. Not opened. {remedy}"
    raise SourceError(msg)


def _cell(cell: object) -> object:
    if not isinstance(cell, dict):
        return cell
    if _DAY in cell:
        return date.fromisoformat(str(cell[_DAY]))
    return datetime.fromisoformat(str(cell[_MOMENT]))


def opened(data: bytes, name: str, *, marked: bool = False) -> Sheets:
    """The same in this process, for the child alone.

    Raises
    ------
    SourceError
        It is damaged or too large.
    """
    from python_calamine import CalamineWorkbook

    with _reading(name):
        book = CalamineWorkbook.from_filelike(_openable(data, name))
        sheets: Sheets = {
            sheet: [
                list(row)
                for row in book.get_sheet_by_name(sheet).to_python(skip_empty_area=False)
            ]
            for sheet in book.sheet_names
        }
        for sheet, row, column, mark in _marks(data) if marked else ():
            rows = sheets.get(sheet, [])
            while len(rows) <= row:
                rows.append([])
            rows[row] += [""] * (column + 1 - len(rows[row]))
            rows[row][column] = mark
    return sheets


@contextmanager
def _reading(where: str) -> Iterator[None]:
    """Say in words what reading a damaged or a strange workbook raises."""
    from python_calamine import CalamineError

    try:
        yield
    except SourceError:
        raise
    except BaseException as error:
        # What the reader of workbooks never expected; it is no `Exception`.
        panic = type(error).__name__ == "PanicException"
        faults = (CalamineError, MemoryError, ElementTree.ParseError, *DAMAGE)
        if not (panic or isinstance(error, faults)):
            raise
        why = "a cell is not as such a file has it" if panic else str(error).rstrip(".")
        msg = f"{where} is not a readable spreadsheet: {why or 'too large'}"
        raise SourceError(msg) from None


def _openable(data: bytes, name: str) -> io.BytesIO:
    """The workbook's bytes, repacked where the writer left out the ODS ``mimetype``.

    The DSG workbooks lack it and no reader but LibreOffice then knows them for what they
    are.
    """
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        unpacked = sum(member.file_size for member in archive.infolist())
        if unpacked > _MOST_UNPACKED_BYTES:
            msg = (
                f"{name} unpacks to {unpacked / 1e6:.0f} MB, more than the "
                f"{_MOST_UNPACKED_BYTES / 1e6:.0f} MB any official workbook needs"
            )
            raise SourceError(msg)
        require_modest_sheets(archive, name)
        names = archive.namelist()
        if "content.xml" not in names or "mimetype" in names:
            return io.BytesIO(data)
        repacked = io.BytesIO()
        with zipfile.ZipFile(repacked, "w") as mended:
            mended.writestr("mimetype", _ODS_MIMETYPE, zipfile.ZIP_STORED)
            for member in archive.infolist():
                mended.writestr(member, archive.read(member), zipfile.ZIP_STORED)
    repacked.seek(0)
    return repacked


def _marks(data: bytes) -> Iterator[tuple[str, int, int, str]]:
    """Cells with an error, or a formula and no value: sheet, row and column from 0, mark.

    Document types were refused before (`require_modest_sheets`), so no entity grows here,
    and no cell lies further away than a sheet may reach.
    """
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        if "xl/workbook.xml" not in archive.namelist():
            return
        for sheet, part in _parts(archive):
            if part not in archive.namelist():
                continue
            for cell in ElementTree.fromstring(archive.read(part)).iter():
                if not cell.tag.endswith("}c"):
                    continue
                held = {one.tag.rpartition("}")[2]: one.text for one in cell}
                place = _PLACE.fullmatch(cell.get("r", ""))
                value = held.get("v") or ""
                error = cell.get("t") == "e"
                # A formula may have worked out to an empty text.
                unworked = "f" in held and not value and cell.get("t") != "str"
                if place and (error or unworked):
                    yield sheet, *_at(place), value if error else UNWORKED


def _at(place: re.Match[str]) -> tuple[int, int]:
    """Row and column of a cell's name, from 0."""
    column = 0
    for letter in place[1].upper():
        column = 26 * column + ord(letter) - ord("A") + 1
    return int(place[2]) - 1, column - 1


def _parts(archive: zipfile.ZipFile) -> Iterator[tuple[str, str]]:
    """Each sheet of an .xlsx by name, with the part of the archive that holds it."""
    links = "xl/_rels/workbook.xml.rels"
    if links not in archive.namelist():
        return
    targets = {
        link.get("Id"): str(link.get("Target", ""))
        for link in ElementTree.fromstring(archive.read(links))
    }
    for one in ElementTree.fromstring(archive.read("xl/workbook.xml")).iter():
        if not one.tag.endswith("}sheet"):
            continue
        named = {key.rpartition("}")[2]: value for key, value in one.attrib.items()}
        target = targets.get(named.get("id"), "")
        part = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
        yield named.get("name", ""), part


def _written(cell: object) -> Any:
    if isinstance(cell, datetime):
        return {_MOMENT: cell.isoformat()}
    if isinstance(cell, date):
        return {_DAY: cell.isoformat()}
    return str(cell)


def _main() -> None:
    limit()
    try:
        data, marked = sys.stdin.buffer.read(), _MARKED in sys.argv[2:]
        answer: dict[str, Any] = {FOUND: opened(data, sys.argv[1], marked=marked)}
    except SourceError as error:
        answer = {REFUSED: str(error)}
    json.dump(answer, sys.stdout, default=_written)


if __name__ == "__main__":
    _main()
