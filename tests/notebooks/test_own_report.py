"""Own figures from a council's file to its report: in a folder, and in a table of many."""

import csv
import hashlib
import html
import io
import json
import os
import re

import nbformat
import openpyxl
import pytest

from highneeds.answers.projection import project
from highneeds.batch.compare import compare_runs
from highneeds.batch.plan import Plan
from highneeds.batch.run import run_batch
from highneeds.errors import ClusterError, HighNeedsError, UsageError
from highneeds.notebook import run
from highneeds.notebook.run import run_report
from highneeds.own.read import check_own, read_own
from highneeds.own.template import template_bytes
from highneeds.panel.panel import load_panel
from highneeds.report.tables import csv_bytes
from tests.batches import batch

# One with a Safety Valve agreement, one without a published block, one created in 2023.
KINDS = ("Kent", "City of London", "Cumberland")
FOLDERS = {"Kent": "886-kent", "City of London": "201-city-of-london"} | {
    "Cumberland": "942-cumberland"
}
# What a spreadsheet, a browser or a notebook might run.
PLANTED = '=HYPERLINK("http://example.org","x")<script>alert(1)</script>'
BALANCES = {"Kent": -87_654_321, "City of London": -123_456, "Cumberland": -43_210_987}
HEADER = ("area", "measure", "at", "value", "source", "date", "owner")


def table_of(*figures):
    """A CSV of own figures; every text in it would like to run."""
    held = io.StringIO()
    writer = csv.writer(held, lineterminator="\n")
    writer.writerows(
        [HEADER, *((*figure, PLANTED, "2026-06-12", PLANTED) for figure in figures)]
    )
    return held.getvalue()


def balance(area, value=None):
    return area, "dsg_balance_gbp", "2025-26", BALANCES[area] if value is None else value


def filled(panel, area, path):
    """The template of an authority with a balance, a block and words that would run."""
    book = openpyxl.load_workbook(io.BytesIO(template_bytes(panel, panel.area(area))))
    figures = {"dsg_balance_gbp": BALANCES[area]}
    if area == "City of London":
        figures["high_needs_block_before_deductions_gbp"] = 1_100_000
    wanted = {(measure, "2025-26") for measure in figures}
    for sheet in book:
        head = None
        for row in sheet.iter_rows():
            texts = [cell.value for cell in row]
            if head is None and "Own figure" in texts:
                head = texts.index
            elif head and (texts[head("Measure")], texts[head("At")]) in wanted:
                row[head("Own figure")].value = figures[texts[head("Measure")]]
                for words in ("Source", "Owner"):
                    row[head(words)].value = PLANTED
                    row[head(words)].data_type = "s"  # typed as text
    book.save(path)


@pytest.fixture(scope="module")
def panel():
    return load_panel()


@pytest.fixture(scope="module")
def own_folder(panel, tmp_path_factory):
    folder = tmp_path_factory.mktemp("own")
    for area in KINDS:
        name = "=1+1 '{{7*7}}' & kent.xlsx" if area == "Kent" else f"{area}.xlsx"
        filled(panel, area, folder / name)
        assert check_own(folder / name, panel).faults == ()
    return folder


@pytest.fixture(scope="module")
def made(own_folder, tmp_path_factory):
    plan = Plan.make(inputs=str(own_folder), draws=100, until="2027-28")
    outcome = run_batch(plan, out=tmp_path_factory.mktemp("reports"))
    assert (outcome.made, outcome.failed) == (3, 0)
    return outcome.folder


def rows_of(folder):
    with (folder / "results.csv").open(newline="", encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


def card(page, label):
    """What a card of a page says: figure, detail."""
    rows = re.findall(r"<tr>(.*?)</tr>", page.read_text("utf-8"))
    cells = [
        [re.sub(r"<[^>]*>", "", one) for one in re.split("</t[hd]>", row)] for row in rows
    ]
    (found,) = [one for one in cells if one[0] == label]
    return found[1:3]


def test_without_areas_a_batch_is_of_those_with_figures(made):
    manifest = json.loads((made / "manifest.json").read_text("utf-8"))
    assert {one["area"] for one in manifest["reports"]} == set(KINDS)
    assert "inputs" not in manifest["settings"]
    assert len(manifest["inputs"]["own"]) == 3


@pytest.mark.parametrize("area", KINDS)
def test_the_cards_have_the_councils_own_figure(made, area):
    label = "Last DSG balance held, 31 March 2026"
    figure, detail = card(made / FOLDERS[area] / "report.html", label)
    assert figure == f"\N{MINUS SIGN}£{-BALANCES[area] / 1e6:.1f}m"
    assert html.unescape(detail) == "The authority's own figure"


@pytest.mark.parametrize("area", KINDS)
def test_results_say_whose_the_opening_balance_is(made, area):
    rows = [
        row
        for row in rows_of(made / FOLDERS[area])
        if (row["measure"], row["year"]) == ("dsg_balance_gbp", "2025-26")
    ]
    assert len(rows) == 1
    assert rows[0]["status"] == "own"
    assert float(rows[0]["central"]) == float(rows[0]["p10"]) == BALANCES[area]


@pytest.mark.parametrize("area", KINDS)
def test_the_page_says_which_balance_it_starts_from_and_sets_figures_apart(made, area):
    page = html.unescape((made / FOLDERS[area] / "report.html").read_text("utf-8"))
    assert "Your own figures beside the published ones" in page
    assert "nobody else has checked them" in page
    assert "on 31 March 2026, as the authority states it" in page


@pytest.mark.parametrize("area", KINDS)
def test_nothing_that_was_planted_runs(made, area):
    folder = made / FOLDERS[area]
    page = (folder / "report.html").read_text("utf-8")
    assert "<script" not in page
    assert html.escape(PLANTED, quote=False) in page
    book = openpyxl.load_workbook(folder / "workbook.xlsx")
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert not [cell for cell in cells if cell.data_type == "f"]
    planted = [cell.value for cell in cells].count(PLANTED)
    assert planted == (4 if area == "City of London" else 2)  # source and owner of each
    notebook = nbformat.read(folder / "notebook.ipynb", as_version=4)
    for cell in notebook.cells:
        assert cell.cell_type == "code" or "7*7" not in cell.source
        for output in cell.get("outputs", ()):
            assert "<script" not in output.get("data", {}).get("text/html", "")
    assert PLANTED[:10] not in (folder / "results.csv").read_text("utf-8")
    index = (made / "index.html").read_text("utf-8")
    assert "own figures</span>" in index
    assert "{{7*7}}" in index
    assert "alert(1)" not in index


@pytest.mark.parametrize("area", KINDS)
def test_the_manifest_has_name_and_hash_and_no_copy_is_kept(made, own_folder, area):
    folder = made / FOLDERS[area]
    (given,) = (one for one in own_folder.iterdir() if area.lower() in one.name.lower())
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    digest = hashlib.sha256(given.read_bytes()).hexdigest()
    assert manifest["inputs"][f"inputs/{given.name}"] == digest
    assert manifest["parameters"]["inputs"] == given.name
    assert not (folder / "inputs").exists()
    for path in folder.rglob("*"):
        if path.is_file():
            assert given.read_bytes() not in path.read_bytes()
            assert os.fsencode(own_folder) not in path.read_bytes(), path.name


@pytest.mark.parametrize("area", KINDS)
def test_a_template_returned_unfilled_gives_the_published_run(panel, tmp_path, area):
    path = tmp_path / "unfilled.xlsx"
    path.write_bytes(template_bytes(panel, panel.area(area)))
    own = read_own(path, panel, area)
    assert own.figures == ()
    results = [
        csv_bytes(project(panel, area, draws=100, own=given).results())
        for given in (None, own)
    ]
    assert results[0] == results[1]


@pytest.mark.slow
def test_a_table_of_many_gives_each_its_own_and_is_told_from_another(small, tmp_path):
    given = tmp_path / "all.csv"
    given.write_text(table_of(balance("Kent"), balance("Cumberland")), "utf-8")
    notebooks = [str(small)]
    plan = Plan.make(inputs=str(given), notebooks=notebooks)
    assert Plan.make(inputs=str(given), notebooks=notebooks).run_id == plan.run_id
    published = Plan.make(areas=["Kent", "Cumberland"], notebooks=notebooks)
    assert published.run_id != plan.run_id
    outcome = run_batch(plan, out=tmp_path / "reports")
    assert (outcome.made, outcome.failed) == (2, 0)
    for area in ("Kent", "Cumberland"):
        (opening,) = (
            row
            for row in rows_of(outcome.folder / FOLDERS[area])
            if (row["measure"], row["year"]) == ("dsg_balance_gbp", "2025-26")
        )
        assert float(opening["central"]) == BALANCES[area]
    kent = (outcome.folder / FOLDERS["Kent"] / "notebook.ipynb").read_text("utf-8")
    assert "\N{MINUS SIGN}£87.7m" in kent
    assert "\N{MINUS SIGN}£43.2m" not in kent  # Cumberland's

    given.write_text(table_of(balance("Kent", -90e6), balance("Cumberland")), "utf-8")
    again = Plan.make(inputs=str(given), notebooks=notebooks)
    assert again.run_id != plan.run_id
    after = run_batch(again, out=tmp_path / "reports")
    found = compare_runs(outcome.folder, after.folder)
    assert set(found.causes) == {"own figures"}
    moved = found.table.set_index("area")["change_gbp"]
    assert moved["Cumberland"] == 0
    assert moved["Kent"] == pytest.approx(-90e6 - BALANCES["Kent"])


def test_figures_that_no_report_takes_are_told(own_folder):
    notes = Plan.make(inputs=str(own_folder), areas=["Kent"]).notes
    assert any("Cumberland" in one and "no report" in one for one in notes)
    with pytest.raises(UsageError, match="09_regional_report has no such parameter"):
        Plan.make(inputs=str(own_folder), areas=["London"], notebooks=["09"])


def test_own_figures_stay_on_this_machine(own_folder):
    from highneeds.batch.cluster import Cluster

    plan = Plan.make(inputs=str(own_folder))
    with pytest.raises(ClusterError, match="Own figures stay on this machine"):
        Cluster.makers(object.__new__(Cluster), plan.jobs, 1.0)


def test_a_report_with_own_figures_has_a_folder_of_its_own(
    own_folder, tmp_path, monkeypatch
):
    monkeypatch.setattr(run, "report_files", lambda *_, **__: {"report.html": b"page"})
    given = {"inputs": own_folder / "Cumberland.xlsx", "out": tmp_path, "draws": 100}
    page = run_report("Cumberland", **given)
    assert page.parent.name == "942-cumberland-own-figures"
    with pytest.raises(HighNeedsError, match="Cumberland"):
        run_report("Kent", **given)


def test_the_command_refuses_a_file_that_is_not_there(tmp_path):
    done = batch(tmp_path, "--inputs", "nowhere.csv", "--dry-run")
    assert done.returncode == 14
    assert "nowhere.csv" in done.stderr
    assert "Traceback" not in done.stderr
