"""What a regional report leaves beside its page says what the page says."""

import csv
import io

import numpy as np
import pytest
from python_calamine import CalamineWorkbook

import highneeds as hn
from highneeds.answers.nation import project_nation
from highneeds.batch.headline import headline
from highneeds.geography import Geography
from highneeds.panel.panel import load_panel
from highneeds.report import regional, totals_last_year
from highneeds.report.regional_outputs import totals_files, write_totals
from highneeds.report.totals import totals_headline
from highneeds.report.workbook import table_name
from highneeds.scenario.scenario import Scenario
from tests.unit.test_workbook import names_in

# Authorities of the North East (SOURCES.md: authorities of 2025).
MEMBERS = 12
# Set side by side, as the changelog says.
MEASURES = 10
NORTH_EAST, NORTH_WEST = "E12000001", "E12000002"


@pytest.fixture(scope="module")
def region():
    panel = load_panel()
    members = Geography.load().members(NORTH_EAST, 2025)
    scenarios = [Scenario.load(name) for name in ("trend", "grant_plus_2")]
    runs = [
        (one, project_nation(panel, one, areas=members, draws=100)[NORTH_EAST])
        for one in scenarios
    ]
    return runs, regional.compare_each(panel, members)


@pytest.fixture(scope="module")
def totals(region):
    return region[0][0][1]


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
        "authorities.csv",
        "workbook.xlsx",
        "headline.json",
        *(
            f"figures/{name}"
            for chart in ("totals", "gaps", "compare_plan_growth")
            for name in (f"{chart}.svg", f"{chart}.png", f"narrow/{chart}.svg")
        ),
    }


def test_every_authority_stands_in_every_comparison_with_its_published_figure(files):
    rows = rows_of(files["comparison.csv"])
    assert len(rows) == MEMBERS * MEASURES
    panel = load_panel()
    plans, children = (
        panel.figure(name, "Hartlepool", year).value
        for name, year in (("ehc_plans", "2026"), ("population_0_17", "2024"))
    )
    (mine,) = (
        row
        for row in rows
        if row["measure"] == "plans_per_1000" and row["la_name"] == "Hartlepool"
    )
    assert float(mine["value"]) == pytest.approx(1000 * plans / children)


def test_the_workbook_holds_the_numbers_of_the_results(files):
    results = {
        row["year"]: float(row["central"])
        for row in rows_of(files["results.csv"])
        if row["measure"] == "plans"
    }
    book = CalamineWorkbook.from_filelike(io.BytesIO(files["workbook.xlsx"]))
    sheet = book.get_sheet_by_name("Totals").to_python()
    shown = {row[1]: row[2] for row in sheet if row[0] == "Plans in January"}
    assert shown == {year: pytest.approx(value) for year, value in results.items()}
    names = book.sheet_names
    assert {"Headline", "Authorities", "Scenarios", "Inspections"} <= set(names)
    assert {"Plan growth", "Block per child", "Sources"} <= set(names)
    assert "Forecasts" not in names  # of England only


def test_nothing_is_written_where_no_folder_is_asked_for(region, files, tmp_path):
    assert "no files were written" in repr(write_totals(*region, ""))
    said = write_totals(*region, tmp_path)
    assert repr(said) == (
        "Wrote results.csv, headline.json, comparison.csv, authorities.csv, workbook.xlsx "
        "and 9 pictures of figures."
    )
    written = {p.relative_to(tmp_path).as_posix() for p in tmp_path.rglob("*.*")}
    assert written == set(files)


def test_an_authority_has_the_figures_of_its_own_report(totals, files):
    own = hn.project(load_panel(), "Gateshead", draws=100)
    (mine,) = (
        row for row in rows_of(files["authorities.csv"]) if row["la_name"] == "Gateshead"
    )
    closing = own.balance().set_index("year").loc[own.deficit_until.label]
    gap = own.futures.in_year[-1]
    for quantile in ("central", "p10", "p50", "p90", "mean"):
        assert float(mine[f"balance_{quantile}"]) == pytest.approx(closing[quantile])
    share = np.median(gap / own.futures.block[-1])
    assert float(mine["gap_share_p50"]) == pytest.approx(share)
    share = own.central.in_year[-1, 0] / own.central.block[-1, 0]
    assert float(mine["gap_share_central"]) == pytest.approx(share)
    assert mine["level"] == "True"
    # Means add up, of any figures, and so does the central case.
    for name in ("balance_mean", "balance_central", "in_year_central", "plans_central"):
        total = totals.authorities[name].sum()
        assert total == pytest.approx(totals.last_year()[name], abs=0.005)


def test_a_scenario_is_apart_from_the_first_by_the_difference_of_central_cases(region):
    runs, _ = region
    table = totals_last_year.totals_scenarios_table(runs).frame.set_index("title")
    first, other = table["balance_central"]
    assert table["difference_gbp"].tolist() == [0.0, pytest.approx(other - first)]
    # The block grows by 2% a year and not by 3%; in the lowest futures by more than it.
    assert table["difference_gbp"].iloc[1] < 0


def test_every_shipped_scenario_stands_beside_the_one_asked_for(region, totals):
    (trend, _), _ = region[0]
    member = [load_panel().geography["390"]]
    runs = totals_last_year.shipped_totals(load_panel(), trend, totals, member)
    assert next(scenario.name for scenario, _ in runs) == "trend"
    real = [name for name in Scenario.shipped() if not Scenario.load(name).example]
    assert sorted(scenario.name for scenario, _ in runs) == real


def test_a_balance_that_is_only_a_change_is_named_and_marked():
    members = Geography.load().members(NORTH_WEST, 2025)
    names = ("Cumberland", "Westmorland and Furness")
    chosen = [area for area in members if area.name in (*names, "Bolton")]
    totals = project_nation(load_panel(), areas=chosen, draws=100)[NORTH_WEST]
    assert totals.change_only == names
    assert totals_headline(totals).sentence.endswith(
        "Where no balance is published, only its change from the start of 2024-25 is "
        "added, and no interest: Cumberland; Westmorland and Furness."
    )
    bolton = hn.project(load_panel(), "Bolton", draws=100)
    np.testing.assert_allclose(totals.series["interest"], bolton.futures.interest)
    table = totals_last_year.authorities_table(totals).frame.set_index("la_name")
    for name in names:
        assert table.loc[name, "balance_words"].startswith("change ")
        assert table.loc[name, "known"] == "change only"
    assert table.loc["Bolton", "known"] == "balance"


def test_an_authority_without_a_block_has_no_money_in_its_row():
    city = [load_panel().geography["201"]]
    totals = project_nation(load_panel(), areas=city, draws=100)["E12000007"]
    assert "no money is added up" in totals_headline(totals).sentence
    (row,) = totals.authorities.to_dict("records")
    assert np.isnan(row["balance_central"])
    assert np.isnan(row["gap_share_central"])
    assert row["plans_central"] > 0


def test_the_index_takes_a_regions_headline_from_its_record(files, totals):
    found = headline(files)
    # The last balance that is called the authorities' own.
    closing = totals.ends("balance", "2027-28")
    assert found["balance_year"] == "2027-28"
    assert {name: found["balance"][name] for name in closing} == closing
    assert found["level"] is True
    assert found["plans"][0] == load_panel().figure("ehc_plans", NORTH_EAST, "2026").value
    children = load_panel().figure("population_0_17", NORTH_EAST, "2024").value
    assert (found["children"], found["children_year"]) == (children, "2024")


def test_no_name_in_the_workbook_is_a_cell(files):
    names = names_in(files["workbook.xlsx"])
    assert len(names) > 5
    assert [name for name in names if table_name(name) != name] == []
