"""Reports that fail, die or hang, and batches that are interrupted or killed."""

import csv
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime

import pytest

from benchmarks import kills
from benchmarks.small import AREAS, RESULTS, small_notebook
from highneeds.batch.plan import Plan
from highneeds.batch.run import run_batch
from highneeds.batch.worker import Request
from tests.batches import batch, environment, run_small

LINUX = pytest.mark.skipif(sys.platform != "linux", reason="forks are for Linux")

FAULTS = """\
from pathlib import Path
import os, time
what = {faults!r}.get(params.area.la_code, "")
if what == "fails": raise KeyError("no such figure")
if what == "refused": raise __import__("highneeds").HighNeedsError("too few plans")
if what == "dies": os._exit(3)
if what == "once" and not Path({flag!r}).exists():
    Path({flag!r}).touch(); os._exit(3)
print("noise"); os.write(1, b"noise"); os.write(2, b"noise")
"""


def test_a_report_that_fails_or_dies_stops_no_other(tmp_path):
    faults = {"202": "fails", "886": "dies", "201": "once", "203": "refused"}
    source = FAULTS.format(faults=faults, flag=str(tmp_path / "flag"))
    notebook = small_notebook(tmp_path, source, RESULTS)
    areas = ["City of London", "Greenwich", *AREAS]
    plan = Plan.make(areas=areas, notebooks=[str(notebook)])
    outcome = run_batch(plan, out=tmp_path, workers=2)
    with (outcome.folder / "failed.csv").open(encoding="utf-8", newline="") as stream:
        failed = {
            row["area"]: (row["cell"], row["error"]) for row in csv.DictReader(stream)
        }
    assert list(failed) == ["Camden", "Greenwich", "Kent"]
    assert {cell for cell, _ in failed.values()} == {"5"}
    assert failed["Camden"][1].startswith("small stopped in cell 5 on KeyError")
    assert failed["Greenwich"][1].startswith("too few plans")
    assert "stopped" in failed["Kent"][1]
    assert (outcome.made, outcome.failed) == (3, 3)
    html = (outcome.folder / "index.html").read_text("utf-8")
    assert "3 that failed" in html
    assert not (outcome.folder / "886-kent").exists()


# What Kent's report does: as the file says.
TOLD = """\
from pathlib import Path
import time
told = Path({told!r}).read_text() if params.area.la_code == "886" else ""
if told == "fail": raise ValueError(told)
if told == "hang": time.sleep(3600)
"""


def test_resume_makes_again_only_what_failed_and_stops_what_hangs(tmp_path):
    told = tmp_path / "told"
    told.write_text("fail")
    notebook = small_notebook(tmp_path, TOLD.format(told=str(told)), RESULTS)
    outcome, _ = run_small(tmp_path, notebook, workers=2)
    assert (outcome.made, outcome.failed) == (3, 1)
    kept = outcome.folder / "202-camden" / "manifest.json"
    before = kept.stat().st_mtime_ns

    # Only the report that hangs is made, so no deadline is too short for another.
    told.write_text("hang")
    outcome, said = run_small(tmp_path, notebook, resume=True, deadline=2)
    assert said[0].endswith("1 to make, 3 done before")
    assert (outcome.made, outcome.failed) == (3, 1)
    failed = (outcome.folder / "failed.csv").read_text().splitlines()
    assert failed[1:] == ["886,Kent,small,,It took more than 2 seconds and was stopped."]
    assert kills.outliving(outcome.folder) == []

    told.write_text("work")
    outcome, said = run_small(tmp_path, notebook, resume=True)
    assert said[0].endswith("1 to make, 3 done before")
    assert (outcome.made, outcome.failed) == (4, 0)
    assert kept.stat().st_mtime_ns == before
    assert (outcome.folder / "failed.csv").read_text().count("\n") == 1


@LINUX
@pytest.mark.slow
def test_a_worker_goes_on_after_a_report_that_hangs(worker, tmp_path):
    told = tmp_path / "told"
    notebook = small_notebook(tmp_path, TOLD.format(told=str(told)))
    one = worker()
    for area in ("Camden", "Kent", "Camden"):
        told.write_text("hang")
        # Nothing but the report that hangs is in a hurry.
        one.seconds = 5 if area == "Kent" else 300
        answer = one.make(Request(notebook, {"authority": area, "out": "."}))
        late = "It took more than 5 seconds and was stopped." if area == "Kent" else ""
        assert (answer.error, answer.again) == (late, bool(late))


def test_a_second_batch_of_the_same_run_is_refused(tmp_path):
    notebook = small_notebook(tmp_path, waits_for(tmp_path / "never"))
    with started(tmp_path, notebook) as running:
        try:
            wait_for(tmp_path / "never-202", running)
            words = ["--areas", *AREAS, "--notebook", str(notebook), "--out", "."]
            done = batch(tmp_path, *words)
        finally:
            running.kill()
    assert done.returncode == 3
    assert f"process {running.pid}" in done.stderr


def waits_for(flag):
    """A cell that says that it was reached and waits until a file is there."""
    return (
        "from pathlib import Path\nimport time\n"
        f"Path({str(flag)!r} + '-' + params.area.la_code).touch()\n"
        f"while not Path({str(flag)!r}).exists(): time.sleep(0.05)"
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


def wait_for(path, running):
    """Wait for a file that a process is to make; pytest's own time-out is the limit."""
    while not path.exists():
        assert running.poll() is None, running.communicate()
        time.sleep(0.02)


@pytest.fixture
def interruptible():
    """What a shell starts in the background ignores Ctrl-C, and all that it starts too."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@LINUX
@pytest.mark.usefixtures("interruptible")
@pytest.mark.parametrize(
    "kind", [signal.SIGINT, pytest.param(signal.SIGTERM, marks=pytest.mark.slow)]
)
def test_an_interrupted_batch_leaves_no_process_and_can_go_on(tmp_path, kind):
    flag = tmp_path / "flag"
    notebook = small_notebook(tmp_path, waits_for(flag), RESULTS)
    plan = Plan.make(areas=list(AREAS), notebooks=[str(notebook)])
    folder = plan.folder_in(tmp_path, day=datetime.now(UTC).date())
    with started(tmp_path, notebook, "--workers", "2") as running:
        wait_for(tmp_path / "flag-202", running)
        running.send_signal(kind)
        # Its reports would go on for ever: it ends only if it stops them.
        said = running.communicate()
    assert running.returncode == 130
    assert "Traceback" not in said[1]
    assert "--resume go on" in said[0]
    assert kills.outliving(folder) == []
    assert {p.name for p in folder.iterdir() if p.name.startswith(".")} == set()
    flag.touch()
    outcome, _ = run_small(tmp_path, notebook, resume=True)
    assert (outcome.made, outcome.failed) == (4, 0)


@LINUX
@pytest.mark.slow
@pytest.mark.timeout(900)
def test_six_kills_lose_and_change_nothing(made, small, tmp_path):
    found = kills.survive(6, notebook=small, out=tmp_path, areas=AREAS, seed=5)
    assert found.kills == 6
    assert found.faults == []
    assert kills.contents(found.folder) == kills.contents(made[0].folder)
