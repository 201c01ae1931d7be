"""The live workbook: LibreOffice works it out anew and agrees with the library."""

import io
import itertools
import re
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import openpyxl
import pytest

import highneeds as hn
from benchmarks.libreoffice import libreoffice
from benchmarks.workbooks import furthest
from highneeds.cli import main
from highneeds.errors import AssumptionError, ModelError
from highneeds.forms.live.book import build
from highneeds.forms.live.cells import Cell, Range, cell, either, nth, products, total
from highneeds.forms.live.given import collect
from highneeds.forms.live.scenario_file import SCENARIO_FILE, read_scenario
from highneeds.forms.live.sheets import Book
from highneeds.forms.live.stages import library
from highneeds.own.figures import OwnFigure, OwnFigures
from highneeds.report.workbook import table_name

# With a deficit agreement; no block at all; created in 2023, with no balance held; a
# balance carried over two years; the smallest; and one of no mark.
SIX = (
    "Kent",
    "City of London",
    "Cumberland",
    "Buckinghamshire",
    "Rutland",
    "Somerset",
)
PLANTED = 999.0
A4 = 9
# What a screen shows of a sheet; sheets of words alone have nothing to keep in view.
ACROSS, DOWN = 12, 40
ONE_COLUMN = ("Notes",)
NEAR = 1e-5


@pytest.fixture(scope="module")
def panel():
    return hn.load_panel()


@pytest.fixture(scope="module")
def somerset(panel):
    return collect(panel, "Somerset")


@pytest.fixture(scope="module")
def finished(somerset):
    return build(somerset)


@pytest.fixture(scope="module")
def sheets(finished):
    return openpyxl.load_workbook(io.BytesIO(finished.content))


def stage_rows(finished):
    """The stages as the workbook was written with, in the rows of their sheet."""
    return [
        [key, "", "", *(one.value for one in stage.cells)]
        for key, stage in finished.stages.items()
    ]


def agree(panel, areas, tmp_path):
    """Every stage of every scenario, worked out by LibreOffice, beside the library's."""
    given = [collect(panel, area) for area in areas]
    books = []
    for number, one in enumerate(given):
        books.append(tmp_path / f"{number}.xlsx")
        books[-1].write_bytes(build(one, planted=PLANTED).content)
    titles = [one.title for one in given[0].scenarios]
    with libreoffice() as office:
        if office is None:
            pytest.skip("needs LibreOffice (soffice on the path)")
        found = list(office.chosen(books, "scenario", titles, "stages"))
    for one, turns in zip(given, found, strict=True):
        for (name, result), rows in zip(one.results.items(), turns, strict=True):
            worst, where = furthest(rows, library(result))
            assert worst < NEAR, (one.area.name, name, where)
            assert rows[0][3] != PLANTED


def test_libreoffice_works_out_every_stage_as_the_library_does(panel, tmp_path):
    """Of six unlike authorities, in every scenario; `bench --workbooks` takes them all."""
    agree(panel, SIX, tmp_path)


def test_the_values_written_are_the_library_s(somerset):
    for name in ("mitigated_example", "reform_path"):
        rows = stage_rows(build(replace(somerset, chosen=name)))
        assert furthest(rows, library(somerset.results[name]))[0] < 1e-9


def test_own_figures_of_every_kind_stand_in_it_as_in_the_library(panel):
    """Of a year held, ahead, and on days between Januaries, each in its own equation."""
    figures = [
        OwnFigure("dsg_balance_gbp", "2024-25", -60e6),
        OwnFigure("high_needs_balance_gbp", "2024-25", -70e6),
        OwnFigure("high_needs_block_before_deductions_gbp", "2025-26", 95e6),
        OwnFigure("high_needs_spending_gbp", "2025-26", 140e6, coverage="all_places"),
        OwnFigure("high_needs_forecast_outturn_gbp", "2026-27", 158e6),
        OwnFigure("grants_rolled_in_gbp", "2026-27", 4e6),
        OwnFigure("schools_block_transfer_gbp", "2026-27", 1.5e6),
        OwnFigure("safety_valve_payment_gbp", "2026-27", 3e6),
        OwnFigure("council_contribution_gbp", "2027-28", 2e6),
        OwnFigure("ehc_plans", "2026-11-14", 6_700.0),
        OwnFigure("ehc_plans", "2027-01-21", 7_100.0),
        OwnFigure("special_school_places", "2025-26", 1_000.0),
        OwnFigure("special_school_places", "2027-28", 1_100.0),
        OwnFigure("new_ehc_plans", "2026", 1_010.0),
        OwnFigure("ceased_ehc_plans", "2026", 300.0),
        OwnFigure("unit_cost_gbp", "2025-26", 64_000.0, "placement/independent_special"),
    ]
    own = OwnFigures(panel.area("Somerset"), tuple(figures), "ours.csv", "0" * 64)
    given = collect(panel, "Somerset", chosen="mitigated_example", own=own)
    rows = stage_rows(build(given))
    expected = library(given.results["mitigated_example"])
    assert furthest(rows, expected)[0] < 1e-7
    assert expected["payments"].sum() == 3e6


def test_a_wrong_figure_is_seen(somerset):
    expected = library(somerset.results["trend"])
    rows = stage_rows(build(somerset, planted=PLANTED))
    assert furthest(rows, expected)[0] < NEAR
    rows[-1][3] *= 1 + 2 * NEAR
    assert furthest(rows, expected)[0] > NEAR
    assert furthest(rows[1:], expected)[0] == np.inf
    rows[-1][3] = "Err:522"
    assert furthest(rows, expected)[0] == np.inf


def test_no_formula_holds_a_number_of_its_own(sheets):
    """But 0 and 1, which say nothing that an authority could change."""
    found = set()
    for sheet in sheets:
        for row in sheet.iter_rows():
            for one in row:
                text = getattr(one.value, "text", one.value)
                if one.data_type != "f" or sheet.title == SCENARIO_FILE:
                    continue
                plain = re.sub(r'"[^"]*"|\'[^\']*\'!|\$[A-Z]+\$\d+|[A-Za-z_]\w*', "", text)
                found |= set(re.findall(r"\d+(?:\.\d+)?", plain))
    assert found <= {"0", "1"}


def test_a_number_in_a_formula_is_refused():
    with pytest.raises(ValueError, match=r"0.4 stands in a formula"):
        cell(1) + 0.4


def test_inputs_are_on_one_sheet_and_each_says_what_it_takes(sheets):
    for sheet in sheets:
        open_cells = [
            one.coordinate
            for row in sheet.iter_rows()
            for one in row
            if not one.protection.locked
        ]
        assert bool(open_cells) == (sheet.title == "Inputs"), sheet.title
        assert sheet.sheet_state == "visible"
        assert sheet.protection.sheet
        assert sheet.protection.password is None
        assert not sheet.merged_cells.ranges
        # Hidden rows and columns are easily forgotten.
        sizes = [*sheet.row_dimensions.values(), *sheet.column_dimensions.values()]
        assert not any(one.hidden for one in sizes)
        for where in open_cells:
            rules = [
                rule
                for rule in sheet.data_validations.dataValidation
                if where in rule.sqref
            ]
            assert len(rules) == 1
            assert rules[0].prompt
            assert rules[0].error


def test_every_sheet_prints_on_pages_a_reader_can_put_in_order(sheets):
    """A4 across, one page wide, the sheet's name and the page's number at the foot."""
    for sheet in sheets:
        page = sheet.page_setup
        assert (page.paperSize, page.orientation) == (A4, "landscape")
        assert sheet.sheet_properties.pageSetUpPr.fitToPage
        # One page wide is what a file says by saying nothing.
        assert page.fitToWidth in (None, 1)
        assert page.fitToHeight == 0
        assert "&A" in sheet.oddFooter.left.text
        assert "&P" in sheet.oddFooter.right.text


def test_a_sheet_larger_than_a_screen_keeps_its_headings_in_view(sheets):
    for sheet in sheets:
        wide = sheet.max_column > ACROSS and sheet.title not in ONE_COLUMN
        if wide or (sheet.max_row > DOWN and sheet.title not in ONE_COLUMN):
            assert sheet.freeze_panes, sheet.title


def test_every_assumption_has_a_unit_a_range_and_a_source_or_says_it_has_none(sheets):
    rows = list(sheets["Inputs"].iter_rows(values_only=True))
    (head,) = [at for at, row in enumerate(rows) if row[0] == "Assumption"][:1]
    names = rows[head]
    wanted = ("Unit", "Lowest taken", "Highest taken", "Basis", "Source", "Date")
    places = [names.index(name) for name in wanted]
    count = 0
    for row in itertools.takewhile(lambda row: row[0], rows[head + 1 :]):
        assert all(row[at] not in (None, "") for at in places), row[0]
        count += 1
    assert count > 3


def test_every_chart_says_what_it_is_and_where_its_figures_are(finished):
    book = zipfile.ZipFile(io.BytesIO(finished.content))
    drawing = book.read("xl/drawings/drawing1.xml").decode("utf-8")
    said = re.findall(r'descr="([^"]*)"', drawing)
    assert len(set(said)) == 4
    assert all("figures on" in one and len(one) >= 40 for one in said)


def test_there_are_charts_and_no_macros_nor_links(finished):
    names = zipfile.ZipFile(io.BytesIO(finished.content)).namelist()
    assert sum(name.startswith("xl/charts/chart") for name in names) == 4
    assert not [name for name in names if "vba" in name.lower() or "external" in name]


def test_the_same_authority_gives_the_same_bytes(somerset, finished):
    assert build(somerset).content == finished.content


@pytest.mark.parametrize("name", ["dsg7", "A1", "r1c1", "R", "xfd1048576"])
def test_a_name_that_is_a_cell_is_refused(name):
    book = Book("any")
    page = book.page("one")
    with pytest.raises(ValueError, match="cannot be the name"):
        page.put(0, 0, 1.0, name=name)


def test_no_name_in_it_is_a_cell(sheets):
    names = [name for name in sheets.defined_names if not name.startswith("_xlnm")]
    assert len(names) > 40
    assert [name for name in names if table_name(name) != name] == []


def test_tables_and_cells_are_named_in_two_places_that_refuse_cells():
    """So that what holds of a report's workbook, and of this one, holds of every one."""
    package = Path(hn.__file__).parent
    named = {
        path.relative_to(package).as_posix()
        for path in package.rglob("*.py")
        if re.search(r"\.(add_table|define_name)\(", path.read_text("utf-8"))
    }
    word = "report/word.py"  # a table of a document, which has no name
    assert named - {word} == {"forms/live/sheets.py", "report/workbook.py"}


def test_a_region_and_england_are_refused_in_words(panel):
    for area in ("England", "South West"):
        with pytest.raises(ModelError, match="is not one local authority"):
            collect(panel, area)


def test_a_scenario_typed_in_runs_and_gives_the_numbers_shown(
    panel, somerset, finished, tmp_path
):
    """Typed by a program into the yellow cells, worked out and saved by LibreOffice."""
    book = openpyxl.load_workbook(io.BytesIO(finished.content))
    sheet = book["Inputs"]
    rows = {sheet.cell(row, 1).value: row for row in range(1, sheet.max_row + 1)}
    ask = {
        "Yearly growth of the high needs block from 2027-28": 0.055,
        "Growth of requests for assessment in the first projected year, beyond "
        "population": -0.04,
        "Maintained special school or special academy": 27500,
        "Turn pupils away when state special places run out": "Yes",
        "Count the High Needs Stability Grant in the balance": "Yes",
    }
    for label, value in ask.items():
        sheet.cell(rows[label], 2).value = value
    typed = tmp_path / "typed.xlsx"
    book.save(typed)
    with libreoffice() as office:
        if office is None:
            pytest.skip("needs LibreOffice (soffice on the path)")
        _, saved = office.recalculate(typed, 1)
        book = tmp_path / "saved.xlsx"
        book.write_bytes(saved.read_bytes())
    shown = openpyxl.load_workbook(book, data_only=True)["Stages"]
    path = read_scenario(book)
    result = hn.project(panel, "Somerset", path, draws=1)
    rows = [row for row in shown.iter_rows(min_row=5, values_only=True) if row[0]]
    worst, where = furthest(rows, library(result))
    assert worst < NEAR, where
    assert result.scenario.assumptions["block_growth.later"].central == 0.055
    usual = library(somerset.results["trend"])["balance"]
    assert abs(library(result)["balance"][-1] - usual[-1]) > 1e6


def test_another_workbook_is_refused_in_words(tmp_path, capsys):
    book = openpyxl.Workbook()
    book.save(tmp_path / "other.xlsx")
    assert main(["workbook", "--read", str(tmp_path / "other.xlsx")]) == 12
    assert "no sheet “Scenario file”" in capsys.readouterr().err
    with pytest.raises(AssumptionError, match="No such file"):
        read_scenario(tmp_path / "none.xlsx")


def scenario_book(path, lines):
    """A workbook with the sheet that --read takes, and no more."""
    book = openpyxl.Workbook()
    book.active.title = "Scenario file"
    for line in lines:
        book.active.append([line])
    book.save(path)


def test_what_was_read_before_is_kept_until_what_is_read_now_is_whole(tmp_path, capsys):
    book, kept = tmp_path / "kent.xlsx", tmp_path / "kent.toml"
    kept.write_text("my own work", "utf-8")
    whole = ['name = "kent"', 'title = "Kent"', 'description = "Typed"']
    for lines, code, said in (
        (whole[:1], 12, "never worked out"),
        ([*whole, "colour = 3"], 12, "colour"),
        (whole, 5, "add --replace"),
    ):
        scenario_book(book, lines)
        assert main(["workbook", "--read", str(book)]) == code
        assert said in capsys.readouterr().err
        assert kept.read_text("utf-8") == "my own work"
    assert main(["workbook", "--read", str(book), "--replace"]) == 0
    assert kept.read_text("utf-8").splitlines() == whole


def test_cells_know_what_they_come_to():
    a, b = Cell("A1", 3.0), Cell("B1", 4.0)
    assert ((a + b) * (1 - a)).text == "(A1+B1)*(1-A1)"
    assert (a - (b - a)).text == "A1-(B1-A1)"
    assert (a / (b * a)).text == "A1/(B1*A1)"
    assert (a + b).value == 7.0
    both = Range("A1:B1", (3.0, 4.0))
    assert products(both, both).value == 25.0
    assert total(both, a).value == 10.0
    assert nth(both, cell(1)).value == 3.0
    assert either(a < b, "less", "more").value == "less"
