"""How large a sheet becomes when opened, told before it is.

A spreadsheet of a few hundred bytes may say that a row stands a million times, or put one
cell in the last corner of its sheet. The reader of spreadsheets then asks for more memory
than there is, and the process dies without a message.
"""

from __future__ import annotations

import re
import zipfile
from pathlib import Path
from typing import IO
from xml.parsers import expat

from highneeds.errors import SourceError

# The largest sheet read has some 20,000 cells.
MOST_CELLS = 2_000_000
_ODS_CONTENT = "content.xml"
_XLSX_SHEET = re.compile(r"xl/worksheets/[^/]+\.xml")
_XLSX_CELL = re.compile(r"([A-Z]{1,3})(\d+)")
_TABLE = "urn:oasis:names:tc:opendocument:xmlns:table:1.0 "
_OFFICE = "urn:oasis:names:tc:opendocument:xmlns:office:1.0 "
_TEXT = "urn:oasis:names:tc:opendocument:xmlns:text:1.0 "
_SHEET, _ROW = f"{_TABLE}table", f"{_TABLE}table-row"
_CELLS = frozenset({f"{_TABLE}table-cell", f"{_TABLE}covered-table-cell"})
_ROWS_REPEATED = f"{_TABLE}number-rows-repeated"
_COLUMNS_REPEATED = f"{_TABLE}number-columns-repeated"
_VALUE_TYPE, _PARAGRAPH = f"{_OFFICE}value-type", f"{_TEXT}p"


class _TooLargeError(Exception):
    """A sheet is past `MOST_CELLS`: no need to read on."""


class _Sheet:
    """The rows and columns of a sheet up to its last cell that holds a value."""

    def __init__(self) -> None:
        self.rows = self.columns = 0

    def holds(self, row: int, column: int) -> None:
        # Called for every cell of a workbook: most are no further than one before.
        if row <= self.rows and column <= self.columns:
            return
        self.rows, self.columns = max(self.rows, row), max(self.columns, column)
        if self.rows * self.columns > MOST_CELLS:
            raise _TooLargeError


class _Ods:
    """Walks ``content.xml``, counting repeated rows and cells without making them."""

    def __init__(self) -> None:
        self.sheet, self.row, self.column = _Sheet(), 0, 0
        self.in_cell = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name in _CELLS:
            self.column += int(attributes.get(_COLUMNS_REPEATED, "1"))
            self.in_cell = True
            if _VALUE_TYPE in attributes:
                self.sheet.holds(self.row, self.column)
        elif name == _PARAGRAPH and self.in_cell:
            self.sheet.holds(self.row, self.column)
        elif name == _ROW:
            self.column = 0
            self.row += int(attributes.get(_ROWS_REPEATED, "1"))
        elif name == _SHEET:
            self.sheet, self.row = _Sheet(), 0

    def end(self, name: str) -> None:
        if name in _CELLS:
            self.in_cell = False


class _Xlsx:
    """Walks one worksheet, whose cells say where they stand."""

    def __init__(self) -> None:
        self.sheet = _Sheet()

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if not name.endswith(" c"):
            return
        if found := _XLSX_CELL.fullmatch(attributes.get("r", "")):
            column = 0
            for letter in found[1]:
                column = 26 * column + ord(letter) - ord("A") + 1
            self.sheet.holds(int(found[2]), column)

    def end(self, name: str) -> None:
        pass


def require_modest_sheets(archive: zipfile.ZipFile, path: Path) -> None:
    """Refuse a workbook with a sheet of more than `MOST_CELLS` cells.

    Counted is the rectangle from the first cell to the last row and column that hold a
    value, repeats included: what a reader makes room for.

    Parameters
    ----------
    archive : ZipFile
        The opened .ods or .xlsx; only its sheets are looked at, one piece at a time.

    Raises
    ------
    SourceError
        A sheet is too large, or is not the XML such a file holds.
    """
    names = [
        name
        for name in archive.namelist()
        if name == _ODS_CONTENT or _XLSX_SHEET.fullmatch(name)
    ]
    for name in names:
        try:
            with archive.open(name) as stream:
                _walk(stream, _Ods() if name == _ODS_CONTENT else _Xlsx())
        except _TooLargeError:
            msg = (
                f"{path.name} has a sheet of more than {MOST_CELLS:,} cells once its "
                "repeated rows and columns are written out; no official workbook has. Not "
                "opened. Download it again from the publisher."
            )
            raise SourceError(msg) from None
        except (expat.ExpatError, ValueError) as error:
            msg = f"{path.name} is not a readable spreadsheet: {error}. Download it again."
            raise SourceError(msg) from None


def _walk(stream: IO[bytes], walker: _Ods | _Xlsx) -> None:
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler = walker.start
    parser.EndElementHandler = walker.end
    parser.ParseFile(stream)
