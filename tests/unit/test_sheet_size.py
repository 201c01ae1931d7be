"""Spreadsheets of a few hundred bytes that would fill the memory are not opened."""

import zipfile

import pytest

from highneeds.errors import SourceError
from highneeds.sources.contract import SourceFile
from highneeds.sources.files import RawFiles
from highneeds.sources.sheet_size import MOST_CELLS

SOURCE = "urn:oasis:names:tc:opendocument:xmlns:"
MANIFEST = f'<manifest:manifest xmlns:manifest="{SOURCE}manifest:1.0"/>'
CELL = '<table:table-cell office:value-type="float" office:value="1"{}/>'


def ods(path, rows):
    spaces = " ".join(
        f'xmlns:{name}="{SOURCE}{name}:1.0"' for name in ("office", "table", "text")
    )
    content = (
        f"<office:document-content {spaces}><office:body><office:spreadsheet>"
        f'<table:table table:name="One">{rows}</table:table>'
        "</office:spreadsheet></office:body></office:document-content>"
    )
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("META-INF/manifest.xml", MANIFEST)
        archive.writestr("content.xml", content)
    return path


def opened(path):
    source = SourceFile("made", path.name, "Made here", "nobody", "2025")
    return RawFiles(path.parent).read_sheet(source, "One")


def row(cells, repeated=1):
    return (
        f'<table:table-row table:number-rows-repeated="{repeated}">{cells}'
        "</table:table-row>"
    )


def columns(repeated):
    return f' table:number-columns-repeated="{repeated}"'


EMPTY = "<table:table-cell{}/>"
BOMBS = {
    # 16,384 columns a million times over: 17 thousand million cells.
    "rows by columns": row(CELL.format(columns(16_384)), 1_048_576),
    "one cell too many": row(CELL.format(columns(2)), MOST_CELLS // 2 + 1),
    "a value in the far corner": row(
        EMPTY.format(columns(16_383)) + CELL.format(""), 1_000
    ),
    "text without a type": row(
        f"<table:table-cell{columns(16_384)}><text:p>a</text:p></table:table-cell>", 1_000
    ),
}


@pytest.mark.parametrize("rows", BOMBS.values(), ids=BOMBS)
def test_a_sheet_that_would_fill_the_memory_is_refused(tmp_path, rows):
    path = ods(tmp_path / "bomb.ods", rows)
    assert path.stat().st_size < 2_000
    with pytest.raises(SourceError, match=r"bomb\.ods has a sheet of more than 2,000,000"):
        opened(path)


def test_repeats_that_a_sheet_may_have_are_read(tmp_path):
    # Two rows of three values, then the million empty rows that writers end a sheet with.
    rows = row(CELL.format(columns(3)), 2) + row(EMPTY.format(columns(16_384)), 1_048_574)
    assert opened(ods(tmp_path / "small.ods", rows)) == [[1.0] * 3] * 2


def test_a_worksheet_with_a_cell_in_its_last_corner_is_refused(tmp_path):
    path = tmp_path / "corner.xlsx"
    space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(
            "xl/worksheets/sheet1.xml",
            f'<worksheet xmlns="{space}"><sheetData><row r="1048576">'
            '<c r="XFD1048576"><v>1</v></c></row></sheetData></worksheet>',
        )
    with pytest.raises(SourceError, match=r"corner\.xlsx has a sheet of more than"):
        opened(path)


@pytest.mark.parametrize("content", ["<a><b></a>", row(CELL.format(columns("many")))])
def test_a_sheet_that_is_not_well_formed_is_refused(tmp_path, content):
    path = ods(tmp_path / "broken.ods", content)
    with pytest.raises(SourceError, match=r"broken\.ods is not a readable spreadsheet"):
        opened(path)
