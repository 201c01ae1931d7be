"""Opening published files: text tables, spreadsheets, and what they are hashed to.

What a file is comes from its bytes (`highneeds.files`), not from its name. Everything is
read as text so that a symbol is never mistaken for a missing value.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

import pandas as pd

from highneeds import atomic
from highneeds.errors import SourceError
from highneeds.file_forms import WORKBOOK
from highneeds.files import Content, Text, content_of, text_of
from highneeds.sources.contract import SourceFile
from highneeds.sources.csv_table import table_of
from highneeds.sources.workbook_child import Sheets, sheets_of
from highneeds.words import plural

_AGAIN = "Download it again from the publisher."


@dataclass
class RawFiles:
    """The folder of published files; remembers the hash of each file it opened."""

    root: Path
    hashes: dict[str, str] = field(default_factory=dict)
    # How files were read that do not say it themselves, in order and once each.
    notes: dict[str, None] = field(default_factory=dict)
    # Whether these are figures copied from a release, which hold only some of its rows.
    copied: bool = False
    # The file and the spreadsheet opened last: a reader asks for one sheet after another.
    _read: tuple[Path, Content] | None = field(default=None, repr=False)
    _opened: tuple[Path, Sheets] | None = field(default=None, repr=False)

    def path(self, source: SourceFile) -> Path:
        """Full path of a published file, recording its SHA-256.

        Raises
        ------
        SourceError
            The file is not there.
        """
        full = self.root / source.path
        if not full.is_file():
            msg = (
                f"{source.path} is not in {self.root}. Expected the file of "
                f"{source.publication} ({source.edition}, {source.publisher}). "
                "Download that release and put the file there, or give another --raw "
                "folder."
            )
            raise SourceError(msg)
        if source.source_id not in self.hashes:
            self.hashes[source.source_id] = atomic.sha256(full)
        return full

    def years(self, source: SourceFile, built: range) -> range:
        """The years a file covers: those its reader was written for."""
        return built

    def content(self, source: SourceFile) -> Content:
        """What a file holds, unpacked.

        Raises
        ------
        SourceError
            The file is missing, too large, or an archive of no table or of several.
        """
        path = self.path(source)
        if self._read is None or self._read[0] != path:
            self._read = path, replace(content_of(path), name=source.path)
        return self._read[1]

    def text(self, source: SourceFile) -> Text:
        """A text file: see `highneeds.files.text_of`.

        Raises
        ------
        SourceError
            The file is missing or no text.
        """
        found = text_of(self.content(source), "a table (CSV, .ods or .xlsx)", SourceError)
        self.notes.update(dict.fromkeys(found.notes))
        return found

    def read_csv(self, source: SourceFile, *, header: bool = True) -> pd.DataFrame:
        """Read a published CSV as text: see `csv_table.table_of`.

        Raises
        ------
        SourceError
            The file is missing or no text, or not one table with its header first.
        """
        return table_of(self.text(source).text, source.path, header=header)

    def read_sheet(
        self, source: SourceFile, sheet: str, least: tuple[int, int] = (1, 1)
    ) -> list[list[object]]:
        """Read one sheet of a spreadsheet as rows of cell values.

        Parameters
        ----------
        least : (int, int)
            Rows and columns that its reader counts on.

        Raises
        ------
        SourceError
            The file is missing or damaged, the sheet is not in it, or is smaller.
        """
        sheets = self._workbook(source)
        if sheet not in sheets:
            msg = (
                f"{source.path} has no sheet {sheet!r}; it has {', '.join(sheets)}. "
                "Check that this is the expected edition."
            )
            raise SourceError(msg)
        rows = [list(row) for row in sheets[sheet]]
        width = max(map(len, rows), default=0)
        if len(rows) < least[0] or width < least[1]:
            msg = (
                f"{source.path}, sheet {sheet} has {plural(len(rows), 'row')} of "
                f"{plural(width, 'column')}. Expected a table of at least {least[0]} and "
                f"{least[1]}. Check the edition, or download it again."
            )
            raise SourceError(msg)
        return rows

    def sheet_names(self, source: SourceFile) -> list[str]:
        """Names of the sheets of a spreadsheet.

        Raises
        ------
        SourceError
            The file is missing or damaged.
        """
        return list(self._workbook(source))

    def _workbook(self, source: SourceFile) -> Sheets:
        path = self.path(source)
        if self._opened is not None and self._opened[0] == path:
            return self._opened[1]
        content = self.content(source)
        if content.form is not WORKBOOK:
            msg = (
                f"{source.path} is {content.form.what}. Expected a workbook (.ods or "
                f".xlsx). {content.form.remedy}"
            )
            raise SourceError(msg)
        sheets = sheets_of(content.data, content.name, _AGAIN)
        if not sheets:
            msg = f"{source.path} is a workbook without a sheet. Not opened. {_AGAIN}"
            raise SourceError(msg)
        self._opened = (path, sheets)
        return sheets


class StandIn(RawFiles):
    """One table of another edition, standing where the build has the edition it follows."""

    def __init__(
        self,
        file: Path,
        source: SourceFile,
        years: range,
        table: pd.DataFrame | None,
        *,
        copied: bool = False,
    ) -> None:
        super().__init__(file.parent)
        self._file, self._source, self._years, self._table = file, source, years, table
        self.copied = copied

    def path(self, source: SourceFile) -> Path:
        """The file, for the one source it stands for."""
        if source.source_id != self._source.source_id:
            msg = f"{self._file.name} was taken for {self._source.source_id} only."
            raise SourceError(msg)
        return self._file

    def read_csv(self, source: SourceFile, *, header: bool = True) -> pd.DataFrame:
        """The table, read once when it was recognised."""
        self.path(source)
        assert self._table is not None
        return self._table

    def years(self, source: SourceFile, built: range) -> range:
        """The years this edition covers, whatever the build's does."""
        return self._years
