"""How large a sheet becomes when opened, told before it is.

A spreadsheet of a few hundred bytes may say that a row stands a million times, or put one
cell in the last corner of its sheet. The reader of spreadsheets then asks for more memory
than there is, and the process dies without a message.
"""

from __future__ import annotations

import re
import zipfile
from typing import IO
from xml.parsers import expat

from highneeds.errors import SourceError
from highneeds.file_forms import DAMAGE

# The largest sheet read has some 20,000 cells.
MOST_CELLS = 2_000_000
_XML = (".xml", ".rels")
_REFERENCE = re.compile(r"([A-Za-z]{1,3})([0-9]{1,7})")
_CELLS = frozenset({"table-cell", "covered-table-cell"})
_STRANGE = "it has a document type, which no official workbook has"


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


class _Walker:
    """Walks a part of a workbook, counting its cells without making them.

    Names are taken as the reader of workbooks takes them: whatever their namespace, in any
    case, and a cell that does not say where it stands follows the one before.
    """

    def __init__(self) -> None:
        self.sheet, self.row, self.column = _Sheet(), 0, 0
        self.in_cell = self.in_rows = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        tag = _local(name)
        told = {_local(key): value for key, value in attributes.items()}
        # Other parts of a workbook name cells, too: which of them to work out first.
        if tag == "c" and self.in_rows:
            self._place(told.get("r", ""))
            self.sheet.holds(self.row, self.column)
        elif tag == "row":
            self.column = 0
            self.row = int(told["r"]) if "r" in told else self.row + 1
        elif tag in _CELLS:
            self.column += int(told.get("number-columns-repeated", "1"))
            self.in_cell = True
            if "value-type" in told:
                self.sheet.holds(self.row, self.column)
        elif tag == "p" and self.in_cell:
            self.sheet.holds(self.row, self.column)
        elif tag == "table-row":
            self.column = 0
            self.row += int(told.get("number-rows-repeated", "1"))
        elif tag in ("table", "sheetdata"):
            self.sheet, self.row = _Sheet(), 0
            self.in_rows = tag == "sheetdata"

    def end(self, name: str) -> None:
        tag = _local(name)
        self.in_cell = self.in_cell and tag not in _CELLS
        self.in_rows = self.in_rows and tag != "sheetdata"

    def refuse(self, *_: object) -> None:
        """A document type: it may name other files, or grow without end."""
        raise ValueError(_STRANGE)

    def _place(self, reference: str) -> None:
        if not reference:
            self.column += 1
            return
        found = _REFERENCE.fullmatch(reference)
        if not found or not int(found[2]):
            msg = f"{reference!r} is no cell"
            raise ValueError(msg)
        self.row, self.column = int(found[2]), 0
        for letter in found[1].upper():
            self.column = 26 * self.column + ord(letter) - ord("A") + 1


def _local(name: str) -> str:
    return name.rpartition(":")[2].lower()


def require_modest_sheets(archive: zipfile.ZipFile, where: str) -> None:
    """Refuse a workbook with a sheet of more than `MOST_CELLS` cells.

    Counted is the rectangle from the first cell to the last row and column that hold a
    value, repeats included: what a reader makes room for.

    Parameters
    ----------
    archive : ZipFile
        The opened .ods or .xlsx; every part in XML is looked at, one piece at a time.

    Raises
    ------
    SourceError
        A sheet is too large, or is not the XML such a file holds; without what to do.
    """
    for name in archive.namelist():
        if not name.lower().endswith(_XML):
            continue
        try:
            with archive.open(name) as stream:
                _walk(stream)
        except _TooLargeError:
            msg = (
                f"{where} has a sheet of more than {MOST_CELLS:,} cells once its repeated "
                "rows and columns are written out; no official workbook has"
            )
            raise SourceError(msg) from None
        except (expat.ExpatError, *DAMAGE) as error:
            msg = f"{where} is not a readable spreadsheet: {name}: {error}"
            raise SourceError(msg) from None


def _walk(stream: IO[bytes]) -> None:
    walker = _Walker()
    parser = expat.ParserCreate()
    parser.StartElementHandler = walker.start
    parser.EndElementHandler = walker.end
    parser.StartDoctypeDeclHandler = walker.refuse
    parser.ParseFile(stream)
