"""A Dask cluster on this machine whose processes share nothing but what Dask carries."""

import os
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# Long enough for a busy machine; a cluster is up within two seconds on a quiet one.
SECONDS = 90


class DaskCluster:
    """A scheduler, and workers of one thread each in a folder of their own."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.processes: dict[str, subprocess.Popen] = {}
        log = self._start("scheduler", "dask_scheduler", "--port", "0", "--no-show")
        self.address = said(log, "Scheduler at:").split()[-1]

    def worker(self, name: str, package: Path = ROOT, **variables: str) -> None:
        """Start a worker that has the package of a folder; back when it is registered."""
        words = (self.address, "--no-nanny", "--nthreads", "1", "--name", name)
        log = self._start(name, "dask_worker", *words, package=package, **variables)
        said(log, "Registered to:")

    def kill(self, name: str) -> None:
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
        for name in list(self.processes):
            self.kill(name)

    def _start(self, name, program, *words, package=ROOT, **variables) -> Path:
        place = self.folder / name
        (place / "tmp").mkdir(parents=True)
        own = {**dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(place / "tmp"))}
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


def said(log: Path, words: str) -> str:
    """The line of a log that holds some words, once it is there."""
    until = time.monotonic() + SECONDS
    while time.monotonic() < until:
        for line in log.read_text("utf-8", "replace").splitlines():
            if words in line:
                return line
        time.sleep(0.05)
    raise AssertionError(f"{words!r} never came:\n{log.read_text('utf-8', 'replace')}")
