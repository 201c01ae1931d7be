"""The workbook: accessible, safe to open, and the same every time."""

import io
import itertools
import re
import zipfile

import openpyxl
import pandas as pd
import pytest

import highneeds as hn
from highneeds.report import contents, record_tables
from highneeds.report.answers import Report
from highneeds.report.assumptions import NOT_VERIFIED, assumptions_table
from highneeds.report.outputs import output_files
from highneeds.report.tables import Column, Table
from highneeds.report.workbook import table_name, workbook_bytes
from tests.handmade import HandMade, handmade_growth

HOSTILE = '=HYPERLINK("http://example.org","Open me")'


def tables(result):
    return [
        contents.balance_table(result),
        contents.money_table(result),
        contents.bridge_table(result),
        assumptions_table(result),
        record_tables.closure_table(result),
        record_tables.growth_table(handmade_growth()),
    ]


def made(result=None, notes=("A note.",)):
    return workbook_bytes(
        "A title", [("Area", HOSTILE)], notes, tables(result or HandMade())
    )


def opened(content):
    return openpyxl.load_workbook(io.BytesIO(content))


def test_the_workbook_starts_with_cover_contents_and_notes():
    book = opened(made())
    assert book.sheetnames[:4] == ["Cover", "Contents", "Notes", "Balance"]
    assert book.active.title == "Cover"
    assert book.properties.title == "A title"
    listed = {row[0].value for row in book["Contents"].iter_rows(min_row=5)}
    assert set(book.sheetnames) - listed == {"Contents"}


def test_every_sheet_can_be_read_aloud():
    for sheet in opened(made()):
        assert sheet["A1"].value
        assert not sheet.merged_cells.ranges
        assert sheet.freeze_panes is None
        assert sheet.sheet_state == "visible"
        assert not any(row.hidden for row in sheet.row_dimensions.values())
        assert len(sheet.tables) == (sheet.title not in ("Cover", "Notes"))
        for table in sheet.tables.values():
            rows = [[cell.value for cell in row] for row in sheet[table.ref]]
            assert all(value not in (None, "") for value in rows[0])
            # What is not known is said, never left blank: only free notes may be empty.
            named = [at for at, head in enumerate(rows[0]) if head not in MAY_BE_EMPTY]
            assert all(row[at] is not None for row in rows[1:] for at in named)


MAY_BE_EMPTY = {"Note", "What it is", "Owner", "Source", "Date"}


def test_no_note_makes_a_sheet_wider_than_its_table_or_a_page():
    """On paper a sheet is as small as its widest line: one of 674 letters made specks."""
    table = Table(
        "headline",
        "Headline figures",
        (Column("what", "What"), Column("said", "How sure")),
        pd.DataFrame({"what": ["a"], "said": ["b"]}),
        ("One sentence of eight words, many times over. " * 15, "A short one."),
    )
    sheet = opened(workbook_bytes("T", [("a", "b")], [], [table]))["Headline"]
    wide, high = sheet.column_dimensions["A"].width, sheet.row_dimensions[2].height
    assert sheet["A2"].alignment.wrap_text
    # Room for every letter, a line being 15 points high.
    assert high / 15 * wide >= len(sheet["A2"].value)
    assert not sheet["A3"].alignment.wrap_text
    assert sum(sheet.column_dimensions[name].width for name in "AB") < 120


def test_no_cell_is_a_formula():
    table = Table(
        "t",
        HOSTILE,
        (Column("a", HOSTILE), Column("b", "B")),
        pd.DataFrame(
            {"a": [HOSTILE, "+1", "@x"], "b": ["-1", "=1", "https://example.org"]}
        ),
        (HOSTILE,),
    )
    book = opened(workbook_bytes(HOSTILE, [(HOSTILE, HOSTILE)], [HOSTILE], [table]))
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert [cell.coordinate for cell in cells if cell.data_type == "f"] == []
    # The contents sheet links to sheets of the workbook, and to nothing else.
    links = [cell.hyperlink for cell in cells if cell.hyperlink]
    assert links
    assert all(link.location and not link.target for link in links)


def test_money_stands_in_whole_pounds_and_adds_up():
    sheet = opened(made())["Bridge"]
    rows = [
        [cell.value for cell in row] for row in sheet[next(iter(sheet.tables.values())).ref]
    ]
    assert rows[0][:2] == ["Step", "Amount (£)"]
    amounts = [row[1] for row in rows[1:]]
    assert amounts[0] == -20_000_000
    assert sum(amounts[:-1]) == amounts[-1] == -70_000_000


def test_a_missing_figure_is_said_and_explained():
    sheet = opened(made())["Closure"]
    values = [cell.value for row in sheet.iter_rows() for cell in row]
    assert "[x]" in values
    assert 0 not in values
    assert any("[x] = not available" in str(value) for value in values)


def test_estimated_years_are_marked_in_words():
    sheet = opened(made())["Balance"]
    said = {row[1].value for row in sheet.iter_rows(min_row=2)}
    assert {"published", "estimated", "projected"} <= said


def test_an_empty_table_says_so():
    book = opened(made(HandMade(with_money=False)))
    assert not book["Bridge"].tables
    said = [row[0].value for row in book["Bridge"].iter_rows()]
    assert "There are no rows: see the sheet Notes." in said


def test_an_assumption_without_a_source_is_marked_on_its_sheet():
    sheet = opened(made())["Assumptions"]
    said = [str(cell.value) for row in sheet.iter_rows() for cell in row]
    assert said.count(NOT_VERIFIED) == 2


@pytest.mark.parametrize("result", [HandMade(), HandMade(with_money=False)])
def test_the_same_tables_give_the_same_bytes(result):
    assert made(result) == made(result)


def columns_of_a_sheet():
    """A, B … Z, AA … XFD: the names of the 16,384 columns there are."""
    letters = [chr(ord("A") + place) for place in range(26)]
    names = [
        "".join(parts)
        for most in (1, 2, 3)
        for parts in itertools.product(letters, repeat=most)
    ]
    return names[: names.index("XFD") + 1]


def names_in(content):
    """Every name of a table or a range that a workbook's own files give."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        text = "".join(
            archive.read(name).decode("utf-8")
            for name in archive.namelist()
            if name.startswith("xl/tables/") or name == "xl/workbook.xml"
        )
    tables = re.findall(r'<table [^>]*?\bname="([^"]*)"', text)
    shown = re.findall(r'<table [^>]*?\bdisplayName="([^"]*)"', text)
    assert tables == shown
    return [*tables, *re.findall(r'<definedName name="([^"]*)"', text)]


def test_no_column_of_a_sheet_with_a_row_is_the_name_of_a_table():
    columns = columns_of_a_sheet()
    assert len(columns) == 16_384
    for column in columns:
        assert table_name(f"{column}7") == f"table_{column}7"
        assert table_name(f"{column.lower()}1048576") != f"{column.lower()}1048576"


@pytest.mark.parametrize(
    "name", ["r", "C", "rc", "R1C1", "r7", "c12", "r5c", "RC3", "2024"]
)
def test_neither_is_a_cell_in_the_other_notation(name):
    assert table_name(name) == f"table_{name}"


@pytest.mark.parametrize("name", ["balance", "lsrp14", "dsg_7", "plans", "r_2", "car"])
def test_other_names_stay_as_they_are(name):
    assert table_name(name) == name


def test_no_name_in_a_report_s_workbook_is_a_cell():
    result = hn.project(hn.load_panel(), "Rutland", until="2026-27", draws=100)
    names = names_in(output_files(Report(result))["workbook.xlsx"])
    # The department's own table 7, which has the name of a column.
    assert "table_dsg7" in names
    assert len({name.casefold() for name in names}) == len(names) > 10
    assert [name for name in names if table_name(name) != name] == []
