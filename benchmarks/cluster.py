"""A batch on a Dask cluster of this machine, against the same batch without one."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import closing, suppress
from importlib.util import find_spec
from pathlib import Path

from benchmarks.kills import contents
from benchmarks.measure import ROOT, WALL, Result, ratio, skipped
from highneeds.batch.cluster import connected
from highneeds.batch.plan import Plan
from highneeds.batch.run import run_batch

WORKERS = 2
# As many as in `reports`: some half a minute a side.
_REPORTS = 20
_REPEATS = 3
# Reads every file of the package on both sides once, so that neither reads them first.
_WARMING = ("Camden", "Kent")
# Long enough for a busy machine; a cluster is up within two seconds on a quiet one.
_START_SECONDS = 90


def on_a_cluster() -> list[Result]:
    """Target 15: what a scheduler and its messages cost, of reports as long as they are."""
    name = f"{_REPORTS} reports, {WORKERS} workers: Dask cluster / processes here"
    if sys.platform != "linux":
        return [skipped(name, "reports are forked on Linux only")]
    if find_spec("distributed") is None:
        return [skipped(name, "distributed is not installed (highneeds[cluster])")]
    every = [job.area.la_code for job in Plan.make().jobs]
    plan = Plan.make(areas=every[:: len(every) // _REPORTS][:_REPORTS])
    taken: dict[str, list[float]] = {"cluster": [], "here": []}
    with (
        tempfile.TemporaryDirectory() as scratch,
        closing(DaskCluster(Path(scratch, "dask"))) as cluster,
    ):
        for number in range(WORKERS):
            cluster.worker(f"worker-{number}")
        sides: dict[str, Callable[[Plan, Path], Path]] = {
            "cluster": lambda plan, out: _by_cluster(cluster.address, plan, out),
            "here": _here,
        }
        for side in sides.values():
            with tempfile.TemporaryDirectory() as out:
                side(Plan.make(areas=list(_WARMING)), Path(out))
        for _ in range(_REPEATS):
            with tempfile.TemporaryDirectory() as out:
                made = {}
                for which, side in sides.items():
                    began = WALL()
                    made[which] = side(plan, Path(out, which))
                    taken[which].append(WALL() - began)
                compared = require_same(made["cluster"], made["here"])
    return [
        ratio(
            name,
            taken["cluster"],
            taken["here"],
            target=1.05,
            at_most=True,
            note="wall clock; both include starting the processes that make reports, the "
            "cluster's also connecting and comparing versions; its scheduler and workers "
            f"ran before; {compared} files equal to the byte",
        )
    ]


def _by_cluster(address: str, plan: Plan, out: Path) -> Path:
    """Connected for one batch, as the command is: its processes end with it."""
    out.mkdir(exist_ok=True)
    with connected(address) as cluster:
        outcome = run_batch(plan, out=out, cluster=cluster)
    if outcome.failed:
        sys.exit(f"{outcome.failed} reports failed on the cluster; nothing was timed.")
    return outcome.folder


def _here(plan: Plan, out: Path) -> Path:
    out.mkdir(exist_ok=True)
    outcome = run_batch(plan, out=out, workers=WORKERS)
    if outcome.failed:
        sys.exit(f"{outcome.failed} reports failed; nothing was timed.")
    return outcome.folder


def require_same(theirs: Path, ours: Path) -> int:
    """Refuse to go on where the files of two runs differ; how many are the same."""
    sides = contents(theirs), contents(ours)
    if sides[0] != sides[1] or not sides[0]:
        names = {*sides[0], *sides[1]}
        unlike = sorted(one for one in names if sides[0].get(one) != sides[1].get(one))
        sys.exit(f"cluster: {unlike[:5]} differ; nothing was timed.")
    return len(sides[0])


class DaskCluster:
    """A scheduler, and workers of one thread each in a folder of their own.

    Its processes share nothing but what Dask carries, as if on other machines.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        log = self._start("scheduler", "dask_scheduler", "--port", "0", "--no-show")
        self.address = self._said("scheduler", log, "Scheduler at:").split()[-1]

    def worker(self, name: str, package: Path = ROOT, **variables: str) -> None:
        """Start a worker that has the package of a folder; back when it is registered."""
        words = (self.address, "--no-nanny", "--nthreads", "1", "--name", name)
        log = self._start(name, "dask_worker", *words, package=package, **variables)
        self._said(name, log, "Registered to:")

    def kill(self, name: str) -> None:
        """Kill the scheduler or a worker, and wait for its end."""
        process = self.processes.pop(name)
        process.kill()
        process.wait()

    def children(self, name: str) -> list[int]:
        """Processes of ours that a worker has started and that still run (Linux)."""
        found = []
        for process in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                state, parent = (process / "stat").read_text().rsplit(")", 1)[1].split()[:2]
                if int(parent) == self.processes[name].pid and state != "Z":
                    found.append(int(process.name))
        return found

    def close(self) -> None:
        """Kill what is left of it."""
        for name in list(self.processes):
            self.kill(name)

    def _start(
        self,
        name: str,
        program: str,
        *words: str,
        package: Path = ROOT,
        **variables: str,
    ) -> Path:
        place = self.folder / name
        (place / "tmp").mkdir(parents=True)
        own = dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(place / "tmp"))
        kept = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
        command = [sys.executable, "-m", f"distributed.cli.{program}", *words]
        with (place / "log").open("wb") as log:
            self.processes[name] = subprocess.Popen(
                [*command, "--no-dashboard", "--host", "127.0.0.1"],
                cwd=place,
                env={**kept, **own, "PYTHONPATH": str(package), **variables},
                stdout=log,
                stderr=log,
            )
        return place / "log"

    def _said(self, name: str, log: Path, words: str) -> str:
        """The line of a log that holds some words, once it is there."""
        until = time.monotonic() + _START_SECONDS
        while time.monotonic() < until and self.processes[name].poll() is None:
            for line in log.read_text("utf-8", "replace").splitlines():
                if words in line:
                    return line
            time.sleep(0.05)
        said = log.read_text("utf-8", "replace")
        self.close()
        msg = f"{words!r} never came:\n{said}"
        raise AssertionError(msg)
