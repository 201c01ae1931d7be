"""What a regional report leaves beside its page says what the page says."""

import csv
import io

import pytest
from python_calamine import CalamineWorkbook

from highneeds.analysis.comparison import COMPARISONS
from highneeds.geography import Geography
from highneeds.model.nation import project_nation
from highneeds.model.scenario import Scenario
from highneeds.panel.panel import load_panel
from highneeds.report import regional
from highneeds.report.regional_outputs import totals_files, write_totals

# Authorities of the North East (SOURCES.md: authorities of 2025).
MEMBERS = 12


@pytest.fixture(scope="module")
def region():
    panel, code = load_panel(), "E12000001"
    members = Geography.load().members(code, 2025)
    scenario = Scenario.load()
    totals = project_nation(panel, scenario, areas=members, draws=100)[code]
    return totals, scenario, regional.compare_each(panel, members)


@pytest.fixture(scope="module")
def files(region):
    return totals_files(*region)


def rows_of(content):
    return list(csv.DictReader(io.StringIO(content.decode("utf-8"), newline="")))


def test_the_same_totals_give_the_same_bytes(region, files):
    assert totals_files(*region) == files
    assert set(files) == {
        "results.csv",
        "comparison.csv",
        "workbook.xlsx",
        "figures/totals.svg",
        "figures/totals.png",
        "figures/compare_plan_growth.svg",
        "figures/compare_plan_growth.png",
    }


def test_every_authority_stands_in_every_comparison_with_its_published_figure(files):
    rows = rows_of(files["comparison.csv"])
    assert len(rows) == MEMBERS * len(COMPARISONS)
    panel = load_panel()
    plans, children = (
        panel.figure(name, "Hartlepool", year).value
        for name, year in (("ehc_plans", "2025"), ("population_0_17", "2024"))
    )
    (mine,) = (
        row
        for row in rows
        if row["measure"] == "plans_per_1000" and row["la_name"] == "Hartlepool"
    )
    assert float(mine["value"]) == pytest.approx(1000 * plans / children)


def test_the_workbook_holds_the_numbers_of_the_results(files):
    results = {
        row["year"]: float(row["p50"])
        for row in rows_of(files["results.csv"])
        if row["measure"] == "plans"
    }
    book = CalamineWorkbook.from_filelike(io.BytesIO(files["workbook.xlsx"]))
    sheet = book.get_sheet_by_name("Totals").to_python()
    shown = {row[1]: row[2] for row in sheet if row[0] == "Plans in January"}
    assert shown == {year: pytest.approx(value) for year, value in results.items()}
    names = book.sheet_names
    assert {"Plan growth", "Inspections", "Sources"} <= set(names)
    assert "Forecasts" not in names  # of England only


def test_nothing_is_written_where_no_folder_is_asked_for(region, files, tmp_path):
    assert "no files were written" in repr(write_totals(*region, ""))
    said = write_totals(*region, tmp_path)
    assert repr(said) == (
        "Wrote results.csv, comparison.csv, workbook.xlsx and 4 pictures of figures."
    )
    written = {p.relative_to(tmp_path).as_posix() for p in tmp_path.rglob("*.*")}
    assert written == set(files)
