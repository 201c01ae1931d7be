"""Spreadsheets of a few hundred bytes that would fill the memory are not opened."""

import zipfile

import pytest

from highneeds.errors import SourceError
from highneeds.sources import workbook_child
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


SPACE = ' xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
TYPES = """<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">
<Default Extension="rels" ContentType=
"application/vnd.openxmlformats-package.relationships+xml"/>
<Override PartName="/xl/workbook.xml" ContentType=
"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/></Types>"""
LINKS = """<Relationships
xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{}</Relationships>"""
KIND = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
BOOK = f"""<workbook{SPACE} xmlns:r="{KIND}"><sheets>
<sheet name="One" sheetId="1" r:id="rId1"/></sheets></workbook>"""
FIRST, LAST = '<row r="1"><c r="A1"><v>1</v></c></row>', '<c r="{}"><v>1</v></c>'


def xlsx(path, rows, *, space=SPACE, before="", place="worksheets/sheet1.xml", **more):
    link = f'<Relationship Id="rId1" Type="{KIND}/worksheet" Target="{place}"/>'
    office = (
        f'<Relationship Id="rId1" Type="{KIND}/officeDocument" Target="xl/workbook.xml"/>'
    )
    parts = {
        "[Content_Types].xml": TYPES,
        "_rels/.rels": LINKS.format(office),
        "xl/workbook.xml": BOOK,
        "xl/_rels/workbook.xml.rels": LINKS.format(link),
        f"xl/{place}": f"<?xml version='1.0'?>{before}<worksheet{space}><sheetData>{rows}"
        "</sheetData></worksheet>",
        **more,
    }
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return path


CORNERS = {
    "in the last corner": {"rows": f'<row r="1048576">{LAST.format("XFD1048576")}</row>'},
    "in small letters": {"rows": f'<row r="1048576">{LAST.format("xfd1048576")}</row>'},
    "of no namespace": {"rows": f"<row>{LAST.format('XFD1048576')}</row>", "space": ""},
    "of another namespace": {
        "rows": f"<row>{LAST.format('XFD1048576')}</row>",
        "space": ' xmlns="urn:another"',
    },
    "without a reference": {"rows": f'<row r="1048576">{"<c><v>1</v></c>" * 99}</row>'},
    "in another folder": {
        "rows": f"<row>{LAST.format('XFD1048576')}</row>",
        "place": "worksheets/more/one.xml",
    },
}


@pytest.mark.parametrize("corner", CORNERS.values(), ids=CORNERS)
def test_a_worksheet_with_a_cell_far_away_is_refused(tmp_path, corner):
    rows = FIRST + corner["rows"]
    path = xlsx(tmp_path / "corner.xlsx", **{**corner, "rows": rows})
    assert path.stat().st_size < 3_000
    with pytest.raises(SourceError, match=r"corner\.xlsx has a sheet of more than"):
        opened(path)


def test_an_ordinary_worksheet_is_read_however_it_names_its_cells(tmp_path):
    further = "<row><c><v>2</v></c><c><v>3</v></c></row>"
    rows = f'{FIRST}{further}<row r="4">{LAST.format("c4")}</row>'
    found = opened(xlsx(tmp_path / "small.xlsx", rows))
    assert found[0][0] == 1.0
    assert found[-1][-1] == 1.0
    assert (len(found), len(found[0])) == (4, 3)


def test_other_parts_may_name_cells_anywhere(tmp_path):
    # The order in which cells are worked out: of two sheets, one long and one wide.
    chain = f'<calcChain{SPACE}><c r="A900000" i="1"/><c r="XFD1" i="2"/></calcChain>'
    path = xlsx(tmp_path / "small.xlsx", FIRST, **{"xl/calcChain.xml": chain})
    assert opened(path) == [[1.0]]


STRANGE = {
    "a row of number 0": {"rows": '<row r="1"><c r="A0"><v>1</v></c></row>'},
    "a reference that is none": {"rows": '<row r="1"><c r="$A$1:B2"><v>1</v></c></row>'},
    "a row that is no number": {"rows": '<row r="x"><c><v>1</v></c></row>'},
    "a text that is not there": {
        "rows": '<row r="1"><c r="A1" t="s"><v>99999999</v></c></row>'
    },
    "a document type": {
        "rows": '<row r="1"><c r="A1" t="inlineStr"><is><t>&e;</t></is></c></row>',
        "before": '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>',
    },
    "entities in one another": {
        "rows": '<row r="1"><c r="A1" t="inlineStr"><is><t>&b;</t></is></c></row>',
        "before": '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>',
    },
}


@pytest.mark.parametrize("strange", STRANGE.values(), ids=STRANGE)
def test_a_strange_worksheet_is_refused_in_words(tmp_path, strange):
    path = xlsx(tmp_path / "strange.xlsx", **strange)
    with pytest.raises(SourceError, match=r"strange\.xlsx is not a readable spreadsheet"):
        opened(path)


def test_a_fault_that_the_reader_never_expected_is_said_in_words(tmp_path, monkeypatch):
    import python_calamine

    class PanicException(BaseException):
        """As Rust's, which is no `Exception`."""

    def panics(_):
        raise PanicException

    monkeypatch.setattr(python_calamine.CalamineWorkbook, "from_filelike", panics)
    with pytest.raises(
        SourceError, match="is not a readable spreadsheet: a cell is not as"
    ):
        workbook_child.opened(xlsx(tmp_path / "small.xlsx", FIRST).read_bytes(), "a")


@pytest.mark.parametrize("content", ["<a><b></a>", row(CELL.format(columns("many")))])
def test_a_sheet_that_is_not_well_formed_is_refused(tmp_path, content):
    path = ods(tmp_path / "broken.ods", content)
    with pytest.raises(SourceError, match=r"broken\.ods is not a readable spreadsheet"):
        opened(path)
