"""What a worker of a Dask cluster does for a batch, and how it is told from this machine.

Each report is made in a process of its own that stays warm, as in a batch on one machine: a
kernel that dies or hangs is then an answer, and not a Dask worker lost.
"""

from __future__ import annotations

import itertools
import platform
import queue
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from highneeds import atomic, home
from highneeds.batch import inputs
from highneeds.batch.worker import Answer, Request
from highneeds.batch.workers import Worker
from highneeds.errors import ClusterError, some

if TYPE_CHECKING:
    from distributed import Worker as DaskWorker

_SHORT = 8
# A Dask worker makes as many reports at once as it has threads.
_idle: queue.SimpleQueue[Worker] = queue.SimpleQueue()
_busy: dict[int, tuple[str, Worker]] = {}
_numbers = itertools.count()

# What this process has imported, whatever is installed over it later.
_CODE_AT_START = inputs.run_inputs((), ())["code"]

Versions = Mapping[str, str]


@dataclass(frozen=True)
class Parcel:
    """A report to make elsewhere, with all that it needs from here.

    ``files`` are the notebook and the user's own scenario files, by name. ``scenarios``
    gives, for each parameter that names scenarios, their names or files. ``run`` tells
    whose work it is. No path is in it: it may be read on another system.
    """

    run: str
    notebook: str
    files: Mapping[str, bytes]
    scenarios: Mapping[str, Sequence[str]]
    parameters: Mapping[str, Any]
    engine: str | None
    seconds: float
    versions: Versions


def make_report(parcel: Parcel) -> tuple[str, Answer]:
    """Make a report on this worker; gives the worker's address too.

    Raises
    ------
    ClusterError
        This worker came later, with another version than the client's.
    """
    here = require_same_here(parcel.versions)
    scratch = Path(here.local_directory)
    scratch.mkdir(parents=True, exist_ok=True)  # some systems clear what is old
    with (
        tempfile.TemporaryDirectory(dir=scratch, prefix="report-") as folder,
        _lent(parcel, scratch) as worker,
    ):
        for name, content in parcel.files.items():
            Path(folder, name).write_bytes(content)
        given = dict(parcel.parameters)
        for name, found in parcel.scenarios.items():
            paths = [
                str(Path(folder, one)) if one in parcel.files else one for one in found
            ]
            given[name] = ", ".join(paths)
        request = Request(Path(folder, parcel.notebook), given, parcel.engine)
        return here.address, worker.make(request)


@contextmanager
def _lent(parcel: Parcel, scratch: Path) -> Iterator[Worker]:
    try:
        worker = _idle.get_nowait()
    except queue.Empty:
        worker = Worker(scratch, f"highneeds-{next(_numbers)}")
    worker.seconds = parcel.seconds
    alone = parcel.engine is None  # a second try, in a process that runs nothing else
    _busy[id(worker)] = parcel.run, worker
    try:
        if alone:
            worker.restart()
        yield worker
    finally:
        del _busy[id(worker)]
        if alone or worker.stopped:
            worker.restart()
        if not worker.stopped:
            _idle.put(worker)


def dismiss(run: str) -> None:
    """End the processes that work for a run, and those that wait for another."""
    for name, worker in list(_busy.values()):
        if name == run:
            worker.stop()
    with suppress(queue.Empty):
        while True:
            _idle.get_nowait().restart()


def versions() -> dict[str, str]:
    """What must be the same on both sides, read anew."""
    _versions.cache_clear()
    return _versions()


@cache
def _versions() -> dict[str, str]:
    found = inputs.run_inputs((), ())
    scenarios = (home.data_dir() / "scenarios").glob("*.toml")
    tables = {
        "data": found["data"],
        "assumptions": found["assumptions"],
        "scenarios": {path.name: atomic.sha256(path) for path in scenarios},
    }
    code, packages = found["code"], found["packages"]
    changed = "" if code == _CODE_AT_START else ", changed since it was started"
    python = ".".join(platform.python_version_tuple()[:2])
    return {
        "highneeds": f"{code['version']} (code {code['sha256'][:_SHORT]}){changed}",
        "data": f"{inputs.edition()} (tables {inputs.digest(tables)[:_SHORT]})",
        **{**packages, "python": python},
        "distributed": version("distributed"),
    }


def require_same_here(ours: Versions) -> DaskWorker:
    """Refuse even a worker that joined since the client looked; see `require_same`."""
    from distributed import get_worker

    here = get_worker()
    require_same({here.address: _versions()}, ours)
    return here


def require_same(found: Mapping[str, Versions | Exception], ours: Versions) -> None:
    """Refuse workers whose code, data or packages are not ours.

    Parameters
    ----------
    found : mapping
        `versions` by worker's address, or why a worker cannot tell them.

    Raises
    ------
    ClusterError
        In one line: what differs, where, and what to do.
    """
    for what, here in ours.items():
        theirs = {
            place: f"not known ({one})" if isinstance(one, Exception) else one[what]
            for place, one in found.items()
        }
        wrong = {place: one for place, one in theirs.items() if one != here}
        if wrong:
            msg = (
                f"{what} is {here} here but {some(sorted(set(wrong.values())))} on "
                f"{some(sorted(wrong), 2)}. Install the same on both, or use workers that "
                "have it. No report was made there."
            )
            raise ClusterError(msg)
