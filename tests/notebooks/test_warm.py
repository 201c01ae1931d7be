"""Workers are forks of one warm process, and a batch does not depend on it."""

import os
import signal
import sys
from pathlib import Path

import pytest

from benchmarks import kills
from benchmarks.measure import CHILDREN
from benchmarks.small import AREAS, RESULTS, small_notebook
from highneeds.batch.warm import Warm, may_be_used
from highneeds.batch.worker import Request
from highneeds.batch.workers import environment
from tests.batches import run_small

pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or not may_be_used(), reason="forks are for Linux"
)

# The report's process is a fork of its worker, and the worker one of the warm process.
ABOVE = """\
import os, signal
from pathlib import Path
stat = Path(f"/proc/{os.getppid()}/stat").read_text()
above = int(stat.rsplit(")", 1)[1].split()[1])
"""


@pytest.fixture
def warm(tmp_path):
    (tmp_path / "scratch").mkdir()
    made = Warm(tmp_path / "scratch", environment(tmp_path / "scratch"))
    made.start()
    yield made
    made.end()


def asked(notebook, area):
    return Request(notebook, {"authority": area, "out": "."})


def test_workers_come_from_one_process_also_after_a_restart(worker, warm, tmp_path):
    told = ABOVE + f"Path({str(tmp_path)!r}, params.area.la_code).write_text(str(above))"
    notebook = small_notebook(tmp_path, told)
    first, second = worker(warm=warm), worker(warm=warm)
    for one, area in ((first, "Camden"), (second, "Kent"), (first, "Somerset")):
        assert one.make(asked(notebook, area)).error == ""
        if area == "Kent":
            first.restart()
    parents = {(tmp_path / code).read_text() for code in ("202", "886", "933")}
    assert parents == {str(warm._process.pid)}


@pytest.mark.slow
def test_a_batch_whose_warm_process_is_killed_makes_the_same_reports(tmp_path):
    flag = tmp_path / "flag"
    kill = (
        f"{ABOVE}if not Path({str(flag)!r}).exists():\n"
        f"    Path({str(flag)!r}).touch(); os.kill(above, signal.SIGKILL)"
    )
    notebook = small_notebook(tmp_path, kill, RESULTS)
    outcome, said = run_small(tmp_path, notebook, workers=2)
    assert flag.exists()
    assert (outcome.made, outcome.failed) == (len(AREAS), 0), said
    assert kills.outliving(outcome.folder) == []
    whole, _ = run_small(tmp_path / "again", notebook)
    assert kills.contents(outcome.folder) == kills.contents(whole.folder)


def test_a_process_that_never_gets_warm_costs_a_worker_its_time_and_no_more(
    worker, warm, tmp_path
):
    os.kill(warm._process.pid, signal.SIGSTOP)
    notebook = small_notebook(tmp_path)
    one = worker(warm=warm, seconds=1)
    answer = one.make(asked(notebook, "Kent"))
    assert answer.error == "It took more than 1 seconds and was stopped."
    assert answer.again
    one.seconds = 300
    assert one.make(asked(notebook, "Kent")).error == ""


def test_the_time_that_workers_took_can_be_told(tmp_path):
    """As a system reports it to whoever waits for a process, and for theirs in turn."""
    busy = "import time\nwhile time.process_time() < 2.5: pass"
    notebook = small_notebook(tmp_path, busy, RESULTS)
    before = CHILDREN()
    outcome, _ = run_small(tmp_path, notebook, workers=2)
    assert outcome.made == len(AREAS)
    # What it takes to get warm comes to it; that alone would be left if nobody waited.
    assert CHILDREN() - before > 2.5 * len(AREAS)


def test_where_nothing_can_be_forked_there_is_no_worker(warm):
    warm.end()
    assert warm.worker(Path(os.devnull)) is None
