"""Whole runs: other parameters than the notebook's own, in a folder of their own."""

import csv
import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from datetime import date, datetime
from pathlib import Path

import nbformat
import nbformat.v4 as v4
import pytest

import highneeds as hn
from highneeds import home
from highneeds.errors import AssumptionError, ModelError, NotebookError
from highneeds.notebook import report_files
from highneeds.notebook.execute import execute, notebook_text
from highneeds.notebook.run import run_report
from highneeds.words import day_words

ROOT = Path(__file__).resolve().parents[2]
COLUMNS = (
    "scenario year measure age_band placement central p10 p50 p90 mean unit status"
).split()
# A telephone's width, and the smallest letter in a figure on it, in pixels.
PHONE, SMALLEST = 390, 9.0
FIGURES = (
    *("balance", "bridge", "growth", "in_year", "mix", "plans"),
    *("scenarios", "tornado"),
)


def environment(**more):
    return {**os.environ, "PYTHONPATH": str(ROOT), **more}


@pytest.fixture
def homeless(tmp_path, monkeypatch):
    """A home where no package can keep anything, as in a container or for a service."""
    home = tmp_path / "home-that-is-a-file"
    home.touch()
    for name in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(name, str(home))
    for name in ("MPLCONFIGDIR", "XDG_CACHE_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A report of another authority, to another year, with other draws and seed."""
    out = tmp_path_factory.mktemp("reports")
    lines = []
    page = run_report(
        "Camden", until="2026-27", draws=200, seed=7, out=out, progress=lines.append
    )
    return page.parent, lines


def test_a_run_leaves_everything_in_one_folder(made):
    folder, lines = made
    assert folder.name == "202-camden"
    assert {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()} == {
        "notebook.ipynb",
        "report.html",
        "workbook.xlsx",
        "results.csv",
        "headline.json",
        "manifest.json",
        *(f"figures/{name}.{kind}" for name in FIGURES for kind in ("svg", "png")),
    }
    assert [p.name for p in folder.parent.iterdir()] == [folder.name]
    assert lines[-1] == f"Report: {folder / 'report.html'}"
    assert [line[:5] for line in lines if line.startswith("[")] == [
        "[1/4]",
        "[2/4]",
        "[3/4]",
        "[4/4]",
    ]


def test_results_have_exactly_the_agreed_columns(made):
    with (made[0] / "results.csv").open(newline="", encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    assert list(rows[0]) == COLUMNS
    assert {row["scenario"] for row in rows} == {"trend"}
    assert {row["unit"] for row in rows} <= {"plans", "£"}
    for row in rows:
        assert float(row["p10"]) <= float(row["p50"]) <= float(row["p90"])
    years = {row["year"] for row in rows if row["measure"] == "dsg_balance_gbp"}
    assert max(years) == "2026-27"


def test_the_manifest_names_every_file_and_its_hash(made):
    folder = made[0]
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    for name, digest in manifest["outputs"].items():
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest, name
    written = {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}
    assert set(manifest["outputs"]) == written - {"manifest.json"}
    for name, digest in manifest["inputs"].items():
        if name.startswith("data/"):
            path = home.data_dir() / name.removeprefix("data/")
            assert hashlib.sha256(path.read_bytes()).hexdigest() == digest, name
    for expected in (
        "data/tables/plans.csv.gz",
        "data/assumptions/costs.toml",
        "data/england.csv",
        "data/measures.toml",
        "data/policy.toml",
        "data/published_forecasts.toml",
        "scenario/trend.toml",
        "notebooks/01_overspend_scenario.ipynb",
    ):
        assert expected in manifest["inputs"]
    assert manifest["parameters"] == {
        "authority": "Camden",
        "scenario": "trend",
        "until": "2026-27",
        "draws": 200,
        "seed": 7,
        "reorganisation": "",
        "inputs": "",
        "risks": "",
        "sections": "usual",
        "peers": "",
        "for_publication": False,
    }
    assert manifest["seconds"] > 0
    assert manifest["versions"]["python"]


def test_the_page_is_about_the_area_asked_for(made):
    html = (made[0] / "report.html").read_text("utf-8")
    assert "<h1>Camden: high needs outlook to 31 March 2027 <" in html
    assert html.count("<figure ") == len(FIGURES)
    # A wide drawing and a narrow one, as text that can be searched.
    assert html.count("<svg") == 2 * len(FIGURES)
    for narrow in re.findall(r'<svg[^>]*class="hn-svg narrow".*?</svg>', html, re.DOTALL):
        wide = float(re.search(r'viewBox="0 0 ([\d.]+) ', narrow)[1])
        letters = map(float, re.findall(r"font(?:-size)?: (?:\w+ )?([\d.]+)px", narrow))
        # Across a telephone's 390 pixels, less its margins.
        assert min(letters) * (PHONE - 32) / wide >= SMALLEST
    assert "Somerset" not in html.split("<details")[0]
    assert "No description has been provided" not in html


def test_no_folder_of_this_machine_is_in_the_report(made):
    for name in ("report.html", "notebook.ipynb", "results.csv"):
        text = (made[0] / name).read_text("utf-8")
        for place in (
            str(ROOT),
            str(made[0].parent),
            str(Path(tempfile.gettempdir()) / "highneeds"),
            str(Path.home()) + "/",
        ):
            assert place not in text


class Later(datetime):
    """A clock that stands still in another year, of another length."""

    @classmethod
    def now(cls, tz=None):
        return cls(2032, 2, 29, 23, 59, 59, tzinfo=tz)


@pytest.mark.usefixtures("homeless")
def test_only_the_manifest_and_the_pages_day_tell_the_time(made, tmp_path, monkeypatch):
    monkeypatch.setattr(report_files, "datetime", Later)
    out = tmp_path / "again"
    again = run_report("Camden", until="2026-27", draws=200, seed=7, out=out).parent
    began = json.loads((made[0] / "manifest.json").read_text("utf-8"))["began"]
    day = f"Made on {day_words(date.fromisoformat(began[:10]))}.".encode()
    for path in sorted(made[0].rglob("*")):
        if path.is_file() and path.name != "manifest.json":
            other = (again / path.relative_to(made[0])).read_bytes()
            if path.name == "report.html":
                assert other.count(b"Made on 29 February 2032.") == 1
                other = other.replace(b"Made on 29 February 2032.", day)
            assert path.read_bytes() == other, path.name


def test_nothing_else_reads_the_clock():
    """What a run began at, its folder's and page's day, its log, and a sign-off's time."""
    read = re.compile(
        r"\b(datetime|date|Timestamp)\.(now|today|utcnow)\(|\btime\.(time|localtime|gmtime)\("
    )
    found = {
        path.relative_to(ROOT / "highneeds").as_posix()
        for path in (ROOT / "highneeds").rglob("*.py")
        if read.search(path.read_text("utf-8"))
    }
    assert found == {
        "batch/run.py",
        "cli/batch.py",
        "notebook/evidence.py",
        "notebook/report_files.py",
        "signoff/record.py",
    }


@pytest.mark.usefixtures("homeless")
def test_bare_papermill_gives_the_same_figures(made, tmp_path):
    # It makes a number of the code.
    words = "-p authority 202 -p until 2026-27 -p draws 200 -p seed 7 -p out ."
    notebook = home.notebooks_dir() / "01_overspend_scenario.ipynb"
    command = [sys.executable, "-m", "papermill", str(notebook), "done.ipynb"]
    done = subprocess.run(
        [*command, *words.split(), "--no-progress-bar"],
        cwd=tmp_path,
        env=environment(),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    for name in ("results.csv", "workbook.xlsx", "figures/balance.svg"):
        assert (tmp_path / name).read_bytes() == (made[0] / name).read_bytes()
    # The same outputs, cell for cell, as the run that makes the report.
    ours = nbformat.read(made[0] / "notebook.ipynb", as_version=4)
    # Papermill's own file keeps what documents are made of, too.
    theirs = nbformat.read(tmp_path / "done.ipynb", as_version=4)
    theirs = nbformat.reads(notebook_text(theirs), as_version=4)
    assert [c.get("outputs") for c in ours.cells] == [
        c.get("outputs") for c in theirs.cells
    ]


def test_bare_papermill_refuses_a_wrong_value(tmp_path):
    notebook = home.notebooks_dir() / "01_overspend_scenario.ipynb"
    command = [sys.executable, "-m", "papermill", str(notebook), "done.ipynb"]
    done = subprocess.run(
        [*command, "-p", "draws", "5", "--no-progress-bar"],
        cwd=tmp_path,
        env=environment(),
        capture_output=True,
        text=True,
    )
    assert done.returncode != 0
    assert "UsageError: Parameters: draws" in done.stderr


def test_a_scenario_file_travels_with_the_report(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("mine.toml").write_text(
        'name = "mine"\ntitle = "Mine & <b>yours</b>"\nextends = "trend"\n', "utf-8"
    )
    folder = run_report("Camden", scenario="mine.toml", draws=100, out="out").parent
    assert (folder / "scenario" / "mine.toml").read_text() == Path("mine.toml").read_text()
    assert "Mine &amp; &lt;b&gt;yours" in (folder / "report.html").read_text("utf-8")
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    assert {"scenario/mine.toml", "scenario/trend.toml"} <= set(manifest["inputs"])


PROPOSED = """\
name = "One council for two"
effective = "2027-04-01"
[[areas]]
name = "Somerset and Devon"
made_of = ["Somerset", "Devon"]
"""


def test_a_proposed_area_has_a_report(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("west.toml").write_text(PROPOSED, "utf-8")
    given = {"reorganisation": "west.toml", "draws": 100, "out": "out"}
    folder = run_report("Somerset and Devon", **given).parent
    assert (folder / "reorganisation" / "west.toml").read_text() == PROPOSED
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    sha = hashlib.sha256(PROPOSED.encode()).hexdigest()
    assert manifest["inputs"]["reorganisation/west.toml"] == sha
    panel = hn.load_panel()
    parts = [panel.figure("ehc_plans", name, "2026").value for name in ("933", "878")]
    page = (folder / "report.html").read_text("utf-8")
    assert f"{sum(parts):,.0f} plans in January 2026" in page
    assert "those of Devon, Somerset added together" in page


def test_a_failed_run_leaves_the_old_report_as_it_was(made, tmp_path, monkeypatch):
    folder = tmp_path / made[0].name
    shutil.copytree(made[0], folder)
    before = {p: p.read_bytes() for p in folder.rglob("*") if p.is_file()}

    def stops(*_, **__):
        msg = "stopped"
        raise ModelError(msg)

    monkeypatch.setattr(report_files, "page", stops)
    with pytest.raises(ModelError):
        run_report("Camden", draws=100, out=tmp_path)
    assert {p: p.read_bytes() for p in folder.rglob("*") if p.is_file()} == before
    assert [p.name for p in tmp_path.iterdir()] == [folder.name]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGINT for another process")
@pytest.mark.skipif(os.name == "nt", reason="Windows has no such signals")
@pytest.mark.parametrize(
    "kind",
    [
        *("SIGINT", pytest.param("SIGTERM", marks=pytest.mark.slow)),
        pytest.param("SIGHUP", marks=pytest.mark.slow),
    ],
)
def test_an_interrupted_run_leaves_no_folder_and_no_kernel(tmp_path, kind):
    (tmp_path / "scratch").mkdir()
    command = [sys.executable, "-m", "highneeds", "report", "Camden", "--out", "out"]
    running = subprocess.Popen(
        command,
        cwd=tmp_path,
        env=environment(TMPDIR=str(tmp_path / "scratch")),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    for line in running.stdout:
        if "The cumulative balance" in line:  # the notebook has begun
            break
    began = time.monotonic()
    running.send_signal(getattr(signal, kind))
    _, said = running.communicate(timeout=30)
    assert time.monotonic() - began < 10
    assert running.returncode == 130, said
    assert "interrupted" in said
    assert "Traceback" not in said
    assert list((tmp_path / "out").iterdir()) == []
    assert list((tmp_path / "scratch").iterdir()) == []


def one_cell(source):
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return v4.new_notebook(
        cells=[v4.new_code_cell(source)], metadata={"kernelspec": kernel}
    )


def test_an_error_of_the_package_comes_out_as_itself(tmp_path):
    source = (
        "from highneeds.errors import AssumptionError\nraise AssumptionError('too low')"
    )
    with pytest.raises(AssumptionError, match=r"^too low$"):
        execute(one_cell(source), "a notebook", {}, folder=tmp_path)


def test_any_other_error_says_where_it_stopped(tmp_path):
    with pytest.raises(NotebookError, match="stopped in cell 1 on ZeroDivisionError"):
        execute(one_cell("1 / 0"), "a notebook", {}, folder=tmp_path)


def test_a_kernel_that_dies_is_an_error_not_a_wait(tmp_path):
    with pytest.raises(NotebookError, match="kernel"):
        execute(one_cell("import os; os._exit(1)"), "a notebook", {}, folder=tmp_path)


def test_the_kernel_is_this_python_whatever_is_installed(tmp_path, monkeypatch):
    # A kernel of that name from another Python, as found on many laptops.
    spec = tmp_path / "jupyter" / "kernels" / "python3"
    spec.mkdir(parents=True)
    (spec / "kernel.json").write_text(
        json.dumps(
            {"argv": ["no-such-python", "-f", "{connection_file}"], "language": "python"}
        )
    )
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "jupyter"))
    done = execute(one_cell("import sys; sys.executable"), "n", {}, folder=tmp_path)
    assert done.cells[0].outputs[0].data["text/plain"] == repr(sys.executable)


def test_the_users_own_startup_files_are_left_out(tmp_path, monkeypatch):
    startup = tmp_path / "ipython" / "profile_default" / "startup"
    startup.mkdir(parents=True)
    (startup / "mine.py").write_text("surprise = 1")
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    done = execute(one_cell("'surprise' in globals()"), "n", {}, folder=tmp_path)
    assert done.cells[0].outputs[0].data["text/plain"] == "False"
