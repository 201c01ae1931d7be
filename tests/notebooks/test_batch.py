"""What a whole batch leaves, and what the command line says."""

import csv
import json
import re
import time

import pytest

from benchmarks import kills
from benchmarks.small import AREAS, small_notebook
from highneeds import atomic
from highneeds.batch.plan import Plan
from highneeds.batch.run import run_batch
from highneeds.notebook.run import run_report
from tests.batches import batch, run_small


def test_a_batch_leaves_reports_an_index_and_a_manifest(made):
    outcome, said = made
    assert (outcome.made, outcome.failed) == (4, 0)
    assert {path.name for path in outcome.folder.iterdir()} == {
        "202-camden",
        "805-hartlepool",
        "886-kent",
        "933-somerset",
        "failed.csv",
        "index.csv",
        "index.html",
        "manifest.json",
        "run.log",
    }
    assert (
        outcome.folder / "failed.csv"
    ).read_text() == "la_code,area,notebook,cell,error\n"
    assert said[0] == f"run {outcome.folder.name}: 4 to make, 0 done before"
    assert "a minute, about" in said[1]
    assert said[-1] == f"Index: {outcome.folder / 'index.html'}"


def test_the_manifest_names_every_file_and_its_hash(made):
    folder = made[0].folder
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    assert [one["area"] for one in manifest["reports"]] == list(AREAS)
    for one in manifest["reports"]:
        held = folder / one["folder"]
        files = {
            p.relative_to(held).as_posix(): atomic.sha256(p)
            for p in held.rglob("*")
            if p.is_file() and p.name != "manifest.json"
        }
        assert one["outputs"] == files
        mean = one["headline"]["balance"]["central"]
        results = (held / "results.csv").read_text().splitlines()
        row = next(r for r in results if ",2026-27,dsg_balance_gbp," in r)
        assert f"{mean!r}" in row.split(",")


def test_only_the_log_and_the_reports_own_manifests_tell_the_time(made):
    now = time.strftime("%Y-%m-%d", time.gmtime())
    for path in made[0].folder.rglob("*.*"):
        if path.is_file() and path.name not in ("run.log", "manifest.json"):
            assert now.encode() not in path.read_bytes(), path
    assert now not in (made[0].folder / "manifest.json").read_text("utf-8")


def test_no_folder_of_this_machine_is_in_the_run(made):
    for path in made[0].folder.rglob("*"):
        if path.is_file():
            assert str(made[0].folder.parent).encode() not in path.read_bytes(), path


def test_resuming_a_finished_run_makes_nothing_again(made, small):
    before = kills.contents(made[0].folder)
    outcome, said = run_small(made[0].folder.parent, small, resume=True)
    assert said[0].endswith("0 to make, 4 done before")
    assert kills.contents(outcome.folder) == before


def test_a_batch_makes_what_the_report_command_makes(tmp_path):
    plan = Plan.make(areas=["Camden"], draws=100)
    outcome = run_batch(plan, out=tmp_path / "batch")
    page = run_report("Camden", draws=100, out=tmp_path / "report")
    assert kills.contents(outcome.folder / "202-camden") == kills.contents(page.parent)


@pytest.mark.slow
def test_a_region_and_england_leave_what_an_analyst_reads(tmp_path):
    regions = {"areas": ["London"], "notebooks": ["09"]}
    england = {"areas": ["all"], "notebooks": ["10"]}
    for asked, name, members in (
        (regions, "e12000007-london", 33),
        (england, "e92000001-england", 153),
    ):
        outcome = run_batch(Plan.make(**asked, draws=100), out=tmp_path)
        assert (outcome.made, outcome.failed) == (1, 0)
        held = outcome.folder / name
        assert {path.name for path in held.iterdir()} == {
            "authorities.csv",
            "comparison.csv",
            "figures",
            "headline.json",
            "manifest.json",
            "notebook.ipynb",
            "report.html",
            "results.csv",
            "workbook.xlsx",
        }
        index = (outcome.folder / "index.html").read_text("utf-8")
        assert f'href="{name}/report.html"' in index
        with (held / "comparison.csv").open(encoding="utf-8", newline="") as stream:
            rows = [r for r in csv.DictReader(stream) if r["measure"] == "plan_growth"]
        assert len(rows) == members
        assert (held / "authorities.csv").read_text("utf-8").count("\n") == members + 1
        # The one in the page is the one in the file.
        drawn = (held / "figures" / "totals.svg").read_text("utf-8")
        said = re.findall(r"<text[^>]*>([^<]+)</text>", drawn)
        page = (held / "report.html").read_text("utf-8")
        assert said
        assert all(text in page for text in said)


def test_the_command_line_says_what_failed(tmp_path):
    notebook = small_notebook(tmp_path, "1 / 0")
    done = batch(tmp_path, "--areas", "Camden", "--notebook", str(notebook))
    assert done.returncode == 1
    assert "1 of 1 reports failed" in done.stderr
    assert "FAILED in cell 5" in done.stdout
    assert "Traceback" not in done.stderr


def test_a_dry_run_lists_and_writes_nothing(tmp_path):
    done = batch(tmp_path, "--areas", "South East", "--dry-run")
    assert done.returncode == 0
    assert "886-kent: Kent (886), 01_overspend_scenario" in done.stdout
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["--areas", "Camdn"], 2, "Nearest: Camden"),
        (["--workers", "0"], 2, "workers 0 is out of range"),
        (["--areas", "Kent", "--out", "/dev/null/x"], 3, "Cannot write"),
    ],
)
def test_the_command_line_refuses_before_it_starts(tmp_path, words, code, message):
    done = batch(tmp_path, *words)
    assert done.returncode == code
    assert message in done.stderr
    assert "Traceback" not in done.stderr
