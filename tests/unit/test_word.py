"""The layout of a Word document, as any program that opens it finds it."""

import io
import re
import zipfile
from types import SimpleNamespace

import pytest

from highneeds.report.blocks import Grid, Heading, Paragraph
from highneeds.report.document import mark_of
from highneeds.report.word import document_bytes

docx = pytest.importorskip("docx")

LONG = "balance of the dedicated schools grant, over all areas with a figure " * 4
GRID = Grid(
    "T1. Made here",
    (
        ("Framework", "School year", "As of", "Share", "Block", "Why"),
        ("2016", "2019/20", "2019-05-10", "25.0%", "[x]", LONG),
        ("2023", "2020/21", "2020-05-27", "−4.8", "£8,279.1m", "short"),
    ),
    ("A note.", "Made by cell: one."),
)


def opened(*blocks):
    return docx.Document(io.BytesIO(document_bytes("A title", "made", blocks)))


@pytest.fixture(scope="module")
def table():
    (found,) = opened(Heading("A title", 1), GRID).tables
    return found


def test_columns_and_cells_agree_on_widths_that_fill_the_page(table):
    columns = [column.width for column in table.columns]
    for row in table.rows:
        assert [cell.width for cell in row.cells] == columns
    # A4, 21 cm, less two margins of 2 cm.
    assert sum(column.cm for column in columns) == pytest.approx(21 - 2 * 2, abs=0.01)
    by_name = dict(zip(GRID.rows[0], columns, strict=True))
    assert by_name["Why"] == max(columns)
    # Eleven letters of 8.5 points are under 2 cm; a date must not break in two.
    assert by_name["As of"].cm > 2


def test_figures_stand_right_and_words_years_and_days_left(table):
    right = [cell.paragraphs[0].alignment == 2 for cell in table.rows[1].cells]
    assert dict(zip(GRID.rows[0], right, strict=True)) == {
        "Framework": False,
        "School year": False,
        "As of": False,
        "Share": True,
        # Its first cell has no figure.
        "Block": True,
        "Why": False,
    }


def test_a_short_table_stays_with_its_caption_and_notes():
    document = opened(GRID, Paragraph("after"))
    (table,) = document.tables
    cells = [cell for row in table.rows for cell in row.cells]
    assert all(cell.paragraphs[0].paragraph_format.keep_with_next for cell in cells)
    notes = [one for one in document.paragraphs if one.style.name == "Note Text"]
    assert [one.paragraph_format.keep_with_next for one in notes] == [True, False]


def test_a_long_table_may_break_but_not_within_a_row_or_after_its_headings():
    rows = tuple((str(number), "a") for number in range(60))
    (table,) = opened(Grid("T2. Long", (("Number", "Letter"), *rows))).tables
    kept = [
        row.cells[0].paragraphs[0].paragraph_format.keep_with_next for row in table.rows
    ]
    assert kept == [True] + [False] * 60
    assert table._tbl.xml.count("<w:tblHeader") == 1
    assert table._tbl.xml.count("<w:cantSplit") == 61


def test_every_page_has_the_title_and_its_number():
    with zipfile.ZipFile(io.BytesIO(document_bytes("A title", "made", [GRID]))) as parts:
        footers = [
            parts.read(name).decode() for name in parts.namelist() if "footer" in name
        ]
    (footer,) = footers
    assert "A title · page " in footer
    assert re.findall(r"<w:instrText[^>]*>(\w+)<", footer) == ["PAGE"]


def test_every_page_of_a_draft_is_marked():
    made = document_bytes("A title", "made", [GRID], "Draft for discussion")
    with zipfile.ZipFile(io.BytesIO(made)) as parts:
        (header,) = (
            parts.read(name).decode() for name in parts.namelist() if "header" in name
        )
        pages = parts.read("word/document.xml").decode()
    assert re.findall(r"<w:t>(.*?)</w:t>", header) == ["Draft for discussion"]
    # One for all pages: none of the first alone, of left or of right ones.
    assert pages.count("w:headerReference") == pages.count(
        'headerReference w:type="default"'
    )
    document = docx.Document(io.BytesIO(made))
    assert "A title · Draft for discussion · page " in (
        document.sections[-1].footer.paragraphs[0].text
    )
    none = opened(GRID).sections[0].header
    assert not "".join(one.text for one in none.paragraphs)


def test_pages_stand_and_lie_only_for_a_table_that_is_too_wide():
    wide = Grid("T4. Wide", (tuple("Wordsoftwentyletters" for _ in range(6)), ("1",) * 6))
    document = opened(Paragraph("a"), Heading("Of it", 2), wide, Paragraph("b"), GRID)
    lying = [section.page_width > section.page_height for section in document.sections]
    assert lying == [False, True, False]
    widths = [sum(column.width.cm for column in one.columns) for one in document.tables]
    assert widths == pytest.approx([29.7 - 4, 21 - 4], abs=0.01)
    body = list(document.iter_inner_content())
    # The heading of the wide table is on its page, marked as every other.
    assert [getattr(one, "text", "table") for one in body[:3]] == ["a", "", "Of it"]
    assert all(section.header.is_linked_to_previous for section in document.sections)


def test_a_table_without_rows_or_words_is_still_a_table():
    (table,) = opened(Grid("T3. Empty", (("One", ""),))).tables
    assert [cell.text for cell in table.rows[0].cells] == ["One", ""]


def test_the_mark_of_a_document_is_that_of_the_answers_in_its_notebook():
    said = SimpleNamespace(cells=[{"cell_type": "markdown"}, {"outputs": [{}]}])
    assert not mark_of(said)
    marked = {"metadata": {"highneeds": {"role": "headline", "mark": "Draft"}}}
    said.cells.append({"outputs": [marked]})
    assert mark_of(said) == "Draft"
