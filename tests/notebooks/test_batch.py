"""Whole batches: the same bytes as papermill's own kernel, whatever happens on the way."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from nbformat import read

from benchmarks import kills
from highneeds import embedded
from highneeds.batch.plan import Plan
from highneeds.batch.run import run_batch
from highneeds.batch.worker import FORK, Request
from highneeds.batch.workers import Worker
from highneeds.notebook.run import run_report
from tests.batches import AREAS, RESULTS, small_notebook

ROOT = Path(__file__).resolve().parents[2]
BATCH = [sys.executable, "-m", "highneeds", "batch"]
# Whole batches with killed workers depend on how busy the machine is: run by hand until
# each has been seen to pass many times over (issue E is open for this).
pytestmark = pytest.mark.skipif(
    not os.environ.get("HIGHNEEDS_BATCH_TESTS"),
    reason="whole batches: set HIGHNEEDS_BATCH_TESTS=1 to run them",
)
LINUX = pytest.mark.skipif(sys.platform != "linux", reason="forks are for Linux")

# What an in-process kernel has been known to lose: figures of pyplot, the order of what is
# printed and shown, later changes to earlier outputs, warnings, widths of tables.
TRAPS = (
    "import matplotlib.pyplot as plt, numpy as np, pandas as pd, seaborn as sns, warnings\n"
    "from IPython.display import HTML, clear_output, display",
    "_ = plt.plot([1, 2, 3])",
    "fig, ax = plt.subplots()\nsns.lineplot(x=[1, 2, 3], y=[1, 4, 9], ax=ax)\n"
    "ax.set_title('squares');",
    "pd.DataFrame(np.arange(60).reshape(2, 30))",
    "print('one')\ndisplay(HTML('<b>two</b>'))\nprint('three')\n'four'",
    "import sys\nprint('out')\nprint('err', file=sys.stderr)\n_ = sys.stdout.write('out')",
    "shown = display('first', display_id='k')",
    "shown.update('second')",
    "display('gone')\nclear_output()\n'kept'",
    "warnings.warn_explicit('careful', UserWarning, 'a place', 1)",
    "plt.get_backend(), plt.isinteractive(), pd.get_option('display.max_columns')",
    "import matplotlib as mpl\nsorted(k for k in mpl.rcParams "
    "if mpl.rcParams[k] != mpl.rcParamsDefault[k])",
    "__name__, len(Out), In[1][:6], _8",
    "import asyncio\nawait asyncio.sleep(0)\n5",
    "!echo from a shell",
    "class Both:\n    _repr_html_ = lambda _: '<i>b</i>'\n"
    "    __repr__ = lambda _: 'b'\nBoth()",
    "float('nan'), {1, 2}, b'x', None",
)


@pytest.fixture
def worker(tmp_path):
    made = []

    def start(**more):
        made.append(Worker(tmp_path, f"worker-{len(made)}", **more))
        return made[-1]

    yield start
    for one in made:
        one.restart()


def both_ways(worker, notebook, area, **more):
    """A report's files by a fork of a warm process, and by papermill's own kernel."""
    plan = Plan.make(areas=[area], notebooks=[str(notebook)], **more)
    given = plan.jobs[0].parameters.model_dump()
    answers = [
        worker().make(Request(plan.jobs[0].notebook.path, given, engine))
        for engine in (FORK, None)
    ]
    for answer in answers:
        assert answer.error == ""
    return [dict(answer.files) for answer in answers]


def assert_same(ours, theirs):
    for cell, other in zip(
        json.loads(ours["notebook.ipynb"])["cells"],
        json.loads(theirs["notebook.ipynb"])["cells"],
        strict=True,
    ):
        assert cell == other
    assert set(ours) == set(theirs)
    differing = [name for name in ours if ours[name] != theirs[name]]
    assert differing in ([], ["manifest.json"])  # which alone tells the time


@LINUX
def test_a_fork_shows_all_that_a_kernel_shows(worker, tmp_path):
    ours, theirs = both_ways(worker, small_notebook(tmp_path, *TRAPS), "Camden")
    assert_same(ours, theirs)
    # The check itself must not be empty: the figures are there, as PNG.
    cells = json.loads(ours["notebook.ipynb"])["cells"]
    outputs = [output for cell in cells for output in cell.get("outputs", ())]
    assert sum("image/png" in output.get("data", {}) for output in outputs) == 2


@LINUX
@pytest.mark.slow
@pytest.mark.parametrize(
    "area", ["Camden", "City of London", "Cumberland", "Northumberland"]
)
def test_a_report_is_the_same_by_fork_and_by_kernel(worker, area):
    ours, theirs = both_ways(worker, "01", area, draws=100)
    assert_same(ours, theirs)
    assert [name for name in ours if name.endswith((".png", ".svg"))]


@LINUX
@pytest.mark.slow
@pytest.mark.parametrize("number", ["03", "04"])
def test_every_notebook_is_the_same_by_fork_and_by_kernel(worker, number):
    assert_same(*both_ways(worker, number, "Kent", draws=100))


@LINUX
def test_papermill_finds_the_engine_by_its_name(tmp_path):
    notebook = small_notebook(tmp_path)
    command = [sys.executable, "-m", "papermill", str(notebook), "done.ipynb"]
    done = subprocess.run(
        [*command, "--engine", "highneeds", "-p", "out", ".", "--no-progress-bar"],
        cwd=tmp_path,
        env=environment(),
        capture_output=True,
        text=True,
    )
    if "No engine named" in done.stderr:
        pytest.skip("the package was installed before it had this engine: install it again")
    assert done.returncode == 0, done.stderr
    cells = read(tmp_path / "done.ipynb", as_version=4).cells
    assert "Balance of Somerset" in str(cells[-1].outputs)


def environment(**more):
    return {**os.environ, "PYTHONPATH": str(ROOT), **more}


def run_small(folder, notebook, **more):
    """A batch of small reports in this process; its outcome and what it said."""
    said = []
    plan = Plan.make(areas=list(AREAS), notebooks=[str(notebook)])
    outcome = run_batch(plan, out=folder, progress=said.append, **more)
    return outcome, said


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    return small_notebook(tmp_path_factory.mktemp("notebook"))


@pytest.fixture(scope="module")
def made(small, tmp_path_factory):
    return run_small(tmp_path_factory.mktemp("reports"), small, workers=2)


def test_a_batch_leaves_reports_an_index_and_a_manifest(made):
    outcome, said = made
    assert (outcome.made, outcome.failed) == (4, 0)
    assert {path.name for path in outcome.folder.iterdir()} == {
        "202-camden",
        "805-hartlepool",
        "886-kent",
        "933-somerset",
        "failed.csv",
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
            p.relative_to(held).as_posix(): embedded.sha256(p)
            for p in held.rglob("*")
            if p.is_file() and p.name != "manifest.json"
        }
        assert one["outputs"] == files
        mean = one["headline"]["balance"]["mean"]
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


FAULTS = """\
from pathlib import Path
import os, sys, time
what = {faults!r}.get(params.area.la_code, "")
if what == "fails": raise KeyError("no such figure")
if what == "refused": raise __import__("highneeds").HighNeedsError("too few plans")
if what == "dies": os._exit(3)
if what == "hangs": time.sleep(600)
if what == "reads": input("?")
if what == "once" and not Path({flag!r}).exists():
    Path({flag!r}).touch(); os._exit(3)
print("noise"); os.write(1, b"noise"); os.write(2, b"noise")
"""


def test_a_report_that_fails_dies_or_hangs_stops_no_other(tmp_path):
    faults = {
        "202": "fails",
        "805": "hangs",
        "886": "dies",
        "201": "once",
        "203": "refused",
    }
    source = FAULTS.format(faults=faults, flag=str(tmp_path / "flag"))
    notebook = small_notebook(tmp_path, source, RESULTS)
    areas = ["City of London", "Greenwich", *AREAS]
    plan = Plan.make(areas=areas, notebooks=[str(notebook)])
    outcome = run_batch(plan, out=tmp_path, workers=2)
    assert (outcome.made, outcome.failed) == (2, 4)
    failed = (outcome.folder / "failed.csv").read_text().splitlines()
    assert len(failed) == 1 + 4
    assert failed[1].startswith("202,Camden,small,5,small stopped in cell 5 on KeyError")
    assert failed[2].startswith("203,Greenwich,small,5,too few plans")
    assert failed[3].startswith("805,Hartlepool,small,5,")
    assert failed[4].startswith("886,Kent,small,5,")
    assert "stopped" in failed[4]
    html = (outcome.folder / "index.html").read_text("utf-8")
    assert "4 that failed" in html
    assert not (outcome.folder / "805-hartlepool").exists()


def test_a_report_that_hangs_is_stopped_and_the_worker_goes_on(worker, tmp_path):
    notebook = small_notebook(tmp_path, FAULTS.format(faults={"202": "hangs"}, flag=""))
    given = {"authority": "Kent", "out": "."}
    one = worker()
    assert one.make(Request(notebook, given)).error == ""  # started, and warm
    one.seconds = 3
    answer = one.make(Request(notebook, {**given, "authority": "Camden"}))
    assert answer.error == "It took more than 3 seconds and was stopped."
    assert answer.again
    assert kills.left_over(tmp_path.parent) == []
    one.seconds = 120
    assert one.make(Request(notebook, given)).error == ""


def test_resume_makes_again_only_what_failed(tmp_path):
    flag = tmp_path / "mended"
    source = (
        f"import os\nassert params.area.la_code != '886' or os.path.exists({str(flag)!r})"
    )
    notebook = small_notebook(tmp_path, source, RESULTS)
    outcome, _ = run_small(tmp_path, notebook, workers=2)
    assert (outcome.made, outcome.failed) == (3, 1)
    kept = outcome.folder / "202-camden" / "manifest.json"
    before = kept.stat().st_mtime_ns
    flag.touch()
    outcome, said = run_small(tmp_path, notebook, resume=True)
    assert said[0].endswith("1 to make, 3 done before")
    assert (outcome.made, outcome.failed) == (4, 0)
    assert kept.stat().st_mtime_ns == before
    assert (outcome.folder / "failed.csv").read_text().count("\n") == 1


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
        (["--workers", "0"], 2, "no number of processes"),
        (["--areas", "Kent", "--out", "/dev/null/x"], 3, "Cannot write"),
    ],
)
def test_the_command_line_refuses_before_it_starts(tmp_path, words, code, message):
    done = batch(tmp_path, *words)
    assert done.returncode == code
    assert message in done.stderr
    assert "Traceback" not in done.stderr


def test_a_second_batch_of_the_same_run_is_refused(tmp_path, small):
    plan = Plan.make(areas=list(AREAS), notebooks=[str(small)])
    with started(tmp_path, small) as running:
        wait_for(tmp_path / plan.run_id / ".batch-lock")
        done = batch(tmp_path, "--areas", *AREAS, "--notebook", str(small), "--out", ".")
        assert done.returncode == 3
        assert f"process {running.pid}" in done.stderr
        running.kill()


def batch(folder, *words):
    return subprocess.run(
        [*BATCH, *words],
        cwd=folder,
        env=environment(),
        capture_output=True,
        text=True,
    )


def started(folder, notebook, *words):
    command = [
        "batch",
        "--areas",
        *AREAS,
        "--notebook",
        str(notebook),
        "--out",
        str(folder),
    ]
    return subprocess.Popen(
        [sys.executable, "-m", "highneeds", *command, *words],
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def wait_for(path, seconds=60):
    given_up = time.monotonic() + seconds
    while not path.exists():
        assert time.monotonic() < given_up, f"{path} never came"
        time.sleep(0.02)


@LINUX
@pytest.mark.parametrize("kind", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_batch_leaves_no_process_and_can_go_on(tmp_path, kind):
    marks = tmp_path / "marks"
    marks.mkdir()
    slow = f"import time\n_ = open(r'{marks}/' + params.area.la_code, 'w')\ntime.sleep(1)"
    notebook = small_notebook(tmp_path, slow, RESULTS)
    plan = Plan.make(areas=list(AREAS), notebooks=[str(notebook)])
    folder = tmp_path / plan.run_id
    with started(tmp_path, notebook, "--workers", "2") as running:
        wait_for(marks / "202")
        began = time.monotonic()
        running.send_signal(kind)
        said = running.communicate(timeout=30)
    assert time.monotonic() - began < 5
    assert running.returncode == 130
    assert "Traceback" not in said[1]
    assert "--resume go on" in said[0]
    assert kills.left_over(folder) == []
    assert {p.name for p in folder.iterdir() if p.name.startswith(".")} == set()
    outcome, _ = run_small(tmp_path, notebook, resume=True)
    assert (outcome.made, outcome.failed) == (4, 0)


@LINUX
@pytest.mark.slow
@pytest.mark.timeout(900)
def test_twelve_kills_lose_and_change_nothing(made, small, tmp_path):
    found = kills.survive(12, notebook=small, out=tmp_path, areas=AREAS, seed=5)
    assert found.kills == 12
    assert found.faults == []
    assert kills.contents(found.folder) == kills.contents(made[0].folder)


@LINUX
@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize(
    ("variables", "workers"),
    [
        ({"TZ": "Pacific/Auckland", "PYTHONHASHSEED": "0"}, "1"),
        ({"TZ": "America/St_Johns", "PYTHONHASHSEED": "1"}, "2"),
        ({"LC_ALL": "C", "PYTHONUTF8": "0"}, "2"),
        ({"LC_ALL": "tr_TR.UTF-8", "LANG": "tr_TR.UTF-8"}, "1"),
    ],
)
def test_reports_do_not_depend_on_where_and_how_they_are_made(
    tmp_path_factory, tmp_path, variables, workers
):
    asked = ["--draws", "100", "--until", "2026-27"]
    plain = usual(tmp_path_factory, asked)
    areas = random.Random(workers).sample(AREAS, len(AREAS))
    done = subprocess.run(
        [*BATCH, "--areas", *areas, *asked, "--workers", workers, "--out", str(tmp_path)],
        env=environment(**variables),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert kills.contents(next(tmp_path.iterdir())) == plain


def usual(tmp_path_factory, asked, made={}):  # noqa: B006
    """What the same command makes in the usual surroundings; made once."""
    if not made:
        folder = tmp_path_factory.mktemp("usual")
        done = batch(folder, "--areas", *AREAS, *asked, "--out", str(folder))
        assert done.returncode == 0, done.stderr
        made.update(kills.contents(next(folder.iterdir())))
    return made
