"""Copies of the finance folder with one file changed, to show that readers refuse it."""

import functools
import json
import zipfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

import xlsxwriter

from highneeds.files import content_of
from highneeds.geography import Geography
from highneeds.sources import areas
from highneeds.sources.files import RawFiles
from highneeds.sources.workbook_child import Sheets, opened

_CONTENT = """<?xml version="1.0" encoding="UTF-8"?>
<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"
 xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"
 xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" office:version="1.2">
<office:body><office:spreadsheet>{tables}</office:spreadsheet></office:body>
</office:document-content>"""


_MANIFEST = """<?xml version="1.0" encoding="UTF-8"?>
<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">
<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/>
</manifest:manifest>"""


@functools.cache
def geography(raw_dir: Path) -> Geography:
    return Geography(*areas.read(RawFiles(raw_dir)).values())


def read_workbook(path: Path) -> Sheets:
    return opened(content_of(path).data, path.name)


def changed(
    raw_dir: Path, tmp_path: Path, name: str, edit: Callable[[object], object]
) -> RawFiles:
    """The finance folder with file `name` rewritten by `edit`; the others are links.

    `edit` is given, and gives back or changes in place, the sheets of a workbook, the
    parsed JSON, or the text of a CSV.
    """
    for source in (raw_dir / "finance").rglob("*"):
        target = tmp_path / source.relative_to(raw_dir)
        if source.is_dir() or source.name == Path(name).name:
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        target.symlink_to(source)
    original, copy = raw_dir / "finance" / name, tmp_path / "finance" / name
    if original.suffix in {".ods", ".xlsx"}:
        sheets = read_workbook(original)
        write = write_ods if original.suffix == ".ods" else write_xlsx
        write(copy, edit(sheets) or sheets)
    elif original.suffix == ".json":
        entries = json.loads(original.read_text(encoding="utf-8"))
        copy.write_text(json.dumps(edit(entries) or entries), encoding="utf-8")
    else:
        copy.write_text(edit(original.read_text(encoding="utf-8")), encoding="utf-8")
    return RawFiles(tmp_path)


def row_of(rows: list[list[object]], label: str) -> list[object]:
    """The first row whose first cell is `label`, as code or as text."""
    return next(row for row in rows if str(row[0]).strip().removesuffix(".0") == label)


def scale(rows: list[list[object]], factor: float) -> None:
    """Multiply every figure of an allocations sheet, codes apart."""
    for row in rows:
        row[2:] = [cell * factor if isinstance(cell, float) else cell for cell in row[2:]]


def write_ods(path: Path | BytesIO, sheets: Sheets) -> None:
    tables = "".join(
        f"<table:table table:name={quoteattr(name)}>{''.join(map(_ods_row, rows))}"
        "</table:table>"
        for name, rows in sheets.items()
    )
    # Without its mimetype member, as the published workbooks are.
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("content.xml", _CONTENT.format(tables=tables))
        archive.writestr("META-INF/manifest.xml", _MANIFEST)


def _ods_row(row: list[object]) -> str:
    return f"<table:table-row>{''.join(map(_ods_cell, row))}</table:table-row>"


def _ods_cell(cell: object) -> str:
    if cell == "":
        return "<table:table-cell/>"
    if isinstance(cell, str):
        spaced = escape(cell).replace("\n", "</text:p><text:p>")
        text = spaced if cell.strip() else "<text:s/>"
        return (
            '<table:table-cell office:value-type="string">'
            f"<text:p>{text}</text:p></table:table-cell>"
        )
    return f'<table:table-cell office:value-type="float" office:value="{cell!r}"/>'


def write_xlsx(path: Path | BytesIO, sheets: Sheets) -> None:
    with xlsxwriter.Workbook(path) as book:
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for number, row in enumerate(rows):
                for column, cell in enumerate(row):
                    if cell != "":
                        sheet.write(number, column, cell)
