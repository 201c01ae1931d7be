"""Opening published files: text tables, spreadsheets, and what they are hashed to.

Everything is read as text so that a symbol is never mistaken for a missing value.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from highneeds import embedded
from highneeds.errors import SourceError
from highneeds.sources.contract import SourceFile
from highneeds.sources.sheet_size import require_modest_sheets

if TYPE_CHECKING:
    from python_calamine import CalamineWorkbook

# The largest real content.xml is 2.4 MB; a small file that unpacks to more is not ours.
_MOST_UNPACKED_BYTES = 64 * 1024 * 1024
_ODS_MIMETYPE = b"application/vnd.oasis.opendocument.spreadsheet"
_UNREADABLE = (
    UnicodeDecodeError,
    pd.errors.ParserError,
    pd.errors.EmptyDataError,
    EOFError,
    OSError,
    zlib.error,
)


@dataclass
class RawFiles:
    """The folder of published files; remembers the hash of each file it opened."""

    root: Path
    hashes: dict[str, str] = field(default_factory=dict)
    # The spreadsheet opened last: a reader asks for one sheet of it after another.
    _opened: tuple[Path, CalamineWorkbook] | None = field(default=None, repr=False)

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
            self.hashes[source.source_id] = embedded.sha256(full)
        return full

    def years(self, source: SourceFile, built: range) -> range:
        """The years a file covers: those its reader was written for."""
        return built

    def read_csv(self, source: SourceFile, **options: object) -> pd.DataFrame:
        """Read a published CSV (plain or gzip) as text, byte-order mark removed.

        Raises
        ------
        SourceError
            The file is missing, is not UTF-8, or has rows of unequal length.
        """
        path = self.path(source)
        try:
            table = pd.read_csv(
                path,
                dtype=str,
                keep_default_na=False,
                index_col=False,
                encoding="utf-8-sig",
                on_bad_lines="error",
                **options,  # type: ignore[call-overload]
            )
        except _UNREADABLE as error:
            msg = (
                f"{source.path} cannot be read as a table: {error}. Expected UTF-8 text "
                "with "
                "the same number of fields on every line. Download the file again."
            )
            raise SourceError(msg) from None
        if table.isna().to_numpy().any():
            row = int(table.isna().any(axis=1).idxmax())
            msg = (
                f"{source.path} has a short line at data row {row + 1}. Expected "
                f"{table.shape[1]} fields on every line. Download the file again."
            )
            raise SourceError(msg)
        return table

    def read_sheet(self, source: SourceFile, sheet: str) -> list[list[object]]:
        """Read one sheet of a spreadsheet as rows of cell values.

        Raises
        ------
        SourceError
            The file is missing or damaged, or the sheet is not in it.
        """
        book = self._workbook(source)
        if sheet not in book.sheet_names:
            msg = (
                f"{source.path} has no sheet {sheet!r}; it has "
                f"{', '.join(book.sheet_names)}. "
                "Check that this is the expected edition."
            )
            raise SourceError(msg)
        rows = book.get_sheet_by_name(sheet).to_python(skip_empty_area=False)
        return [list(row) for row in rows]

    def sheet_names(self, source: SourceFile) -> list[str]:
        """Names of the sheets of a spreadsheet.

        Raises
        ------
        SourceError
            The file is missing or damaged.
        """
        return list(self._workbook(source).sheet_names)

    def _workbook(self, source: SourceFile) -> CalamineWorkbook:
        from python_calamine import CalamineError, CalamineWorkbook

        path = self.path(source)
        if self._opened is not None and self._opened[0] == path:
            return self._opened[1]
        try:
            book = CalamineWorkbook.from_filelike(_openable(path))
        except (CalamineError, zipfile.BadZipFile, OSError) as error:
            msg = (
                f"{source.path} is not a readable spreadsheet: {error}. Download it again."
            )
            raise SourceError(msg) from None
        self._opened = (path, book)
        return book


def _openable(path: Path) -> io.BytesIO:
    """The file's bytes, repacked where the writer left out the ODS ``mimetype`` member.

    The DSG workbooks lack it and no reader but LibreOffice then knows them for what they
    are.
    """
    with zipfile.ZipFile(path) as archive:
        unpacked = sum(member.file_size for member in archive.infolist())
        if unpacked > _MOST_UNPACKED_BYTES:
            msg = (
                f"{path.name} unpacks to {unpacked / 1e6:.0f} MB, more than the "
                f"{_MOST_UNPACKED_BYTES / 1e6:.0f} MB any official workbook needs. Not "
                "opened."
            )
            raise SourceError(msg)
        require_modest_sheets(archive, path)
        if path.suffix.lower() != ".ods" or "mimetype" in archive.namelist():
            return io.BytesIO(path.read_bytes())
        repacked = io.BytesIO()
        with zipfile.ZipFile(repacked, "w") as mended:
            mended.writestr("mimetype", _ODS_MIMETYPE, zipfile.ZIP_STORED)
            for member in archive.infolist():
                mended.writestr(member, archive.read(member), zipfile.ZIP_STORED)
    repacked.seek(0)
    return repacked
