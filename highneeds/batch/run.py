"""Run: a plan's reports, by several workers, resumable at any moment."""

from __future__ import annotations

import queue
import shutil
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from highneeds.batch import inputs, warm
from highneeds.batch.index import index_page
from highneeds.batch.index_table import index_table
from highneeds.batch.journal import FAILED, WORK, Journal, Record
from highneeds.batch.lock import run_lock
from highneeds.batch.plan import LOG, Job, Plan
from highneeds.batch.worker import FORK, Request
from highneeds.batch.workers import DEADLINE_SECONDS, Worker, environment
from highneeds.errors import ClusterError, OutputError
from highneeds.notebook.execute import Progress
from highneeds.notebook.run import require_room
from highneeds.report.tables import csv_bytes
from highneeds.stopping import stoppable

if TYPE_CHECKING:
    from highneeds.batch.cluster import Cluster, Remote

FAILURES, INDEX, TABLE = "failed.csv", "index.html", "index.csv"
_FORMAT = 1
_MINUTE = 60
# From here on the fraction of a second that each report saves repays a whole one.
_MANY_REPORTS = 20


@dataclass(frozen=True)
class Outcome:
    """Where a run's reports are, and how many failed."""

    folder: Path
    made: int
    failed: int


def run_batch(
    plan: Plan,
    *,
    out: str | Path = "reports",
    workers: int = 1,
    resume: bool = False,
    deadline: float = DEADLINE_SECONDS,
    cluster: Cluster | None = None,
    progress: Progress = lambda _: None,
) -> Outcome:
    """Make every report of a plan in a folder in `out`; one that fails stops no other.

    The folder is that of `Plan.folder_in`, of today, or with `resume` of the last such run.

    Parameters
    ----------
    workers : int
        Processes; the reports do not depend on it.
    resume : bool
        Keep reports that are done and unchanged; make those that failed or are missing.
    deadline : float
        Seconds after which a report is stopped, and tried once more.
    cluster : Cluster, optional
        Has the reports made instead of processes here; see `cluster.connected`.
    progress : callable
        Told one line a report; the same lines go to run.log, with the time.

    Raises
    ------
    OutputError
        The folder cannot be written, or another batch is writing there. Reports in place
        stay as they are.
    ClusterError
        The cluster was lost; what is done is kept for `resume`.
    """
    today = datetime.now(UTC).date()
    folder = plan.folder_in(Path(out).resolve(), day=today, resume=resume)
    require_room(folder.parent, len(plan.jobs))
    if folder.is_symlink():
        msg = f"{folder} is a link. Delete it, or choose another folder with --out."
        raise OutputError(msg)
    folder.mkdir(exist_ok=True)
    with run_lock(folder) as stale, stoppable():
        journal = Journal(folder)
        journal.start(resume=resume)
        run = _Run(plan, folder, journal, deadline, progress)
        try:
            if stale:
                run.say(f"took over from {stale}, which ended half-way")
            run.make(workers, cluster)
            run.finish()
        except (KeyboardInterrupt, ClusterError):
            left = len(plan.jobs) - sum(map(journal.done, run.folders))
            run.say(f"interrupted with {left} left; the same command and --resume go on")
            raise
        finally:
            shutil.rmtree(folder / WORK, ignore_errors=True)
        return run.outcome


class _Run:
    """One call of `run_batch`."""

    def __init__(
        self,
        plan: Plan,
        folder: Path,
        journal: Journal,
        deadline: float,
        progress: Progress,
    ) -> None:
        self._plan, self._folder, self._journal = plan, folder, journal
        self._deadline, self._progress = deadline, progress
        self._saying = threading.Lock()
        self._began, self._made, self._asked = time.monotonic(), 0, 0

    @property
    def folders(self) -> list[str]:
        return [job.folder for job in self._plan.jobs]

    @property
    def outcome(self) -> Outcome:
        records = [self._journal.records[name] for name in self.folders]
        failed = sum(record.state == FAILED for record in records)
        return Outcome(self._folder, len(records) - failed, failed)

    def make(self, workers: int, cluster: Cluster | None) -> None:
        """Make what is not done, in as many processes as were asked for, or elsewhere."""
        jobs = [job for job in self._plan.jobs if not self._journal.done(job.folder)]
        kept, self._asked = len(self._plan.jobs) - len(jobs), len(jobs)
        self.say(f"run {self._folder.name}: {len(jobs)} to make, {kept} done before")
        (self._folder / WORK).mkdir()
        scratch, several = self._folder / WORK, min(workers, len(jobs))
        # Of one alone there is nothing to share; a cluster has its own.
        shared = several > 1 and not cluster and warm.may_be_used()
        many = len(jobs) >= _MANY_REPORTS
        warmed = warm.Warm(scratch, environment(scratch), many) if shared else None
        staff: Sequence[Worker | Remote] = (
            cluster.makers(jobs, self._deadline)
            if cluster
            else [
                Worker(scratch, f"worker-{number}", self._deadline, warmed)
                for number in range(several)
            ]
        )
        idle: queue.SimpleQueue[Worker | Remote] = queue.SimpleQueue()
        for worker in staff:
            idle.put(worker)
        try:
            if warmed:
                warmed.start()
            with ThreadPoolExecutor(max(len(staff), 1)) as threads:
                futures = [threads.submit(self._one, job, idle) for job in jobs]
                try:
                    for future in as_completed(futures):
                        future.result()
                except BaseException:
                    if warmed:
                        warmed.stop()  # a worker may be waiting for it
                    raise
                finally:
                    threads.shutdown(wait=False, cancel_futures=True)
                    for worker in staff:
                        worker.stop()
        finally:
            for worker in staff:
                worker.restart()
            if warmed:
                warmed.end()

    def finish(self) -> None:
        """Write the index, the list of failures and the manifest."""
        records = {name: self._journal.records[name] for name in self.folders}
        manifest = run_manifest(self._plan, records)
        failures = _failures(self._plan, records)
        self._journal.finish(
            manifest,
            {
                FAILURES: csv_bytes(failures),
                TABLE: csv_bytes(index_table(manifest)),
                INDEX: index_page(manifest).encode("utf-8"),
            },
        )
        found = self.outcome
        self.say(f"{found.made} made, {found.failed} failed")
        self._progress(f"Index: {self._folder / INDEX}")

    def say(self, line: str) -> None:
        """Tell the caller and the run's log, which alone says when."""
        with self._saying:
            self._progress(line)
            now = datetime.now(UTC).isoformat(timespec="seconds")
            with (self._folder / LOG).open("a", encoding="utf-8") as log:
                log.write(f"{now} {line}\n")

    def _one(self, job: Job, idle: queue.SimpleQueue[Worker | Remote]) -> None:
        """Make one report and put it in place; runs in a thread of its own."""
        worker, began = idle.get(), time.monotonic()
        given = job.parameters.model_dump()
        try:
            answer = worker.make(Request(job.notebook.path, given, FORK))
            if answer.again:
                # Once more: papermill's own kernel, a process that runs nothing else.
                worker.restart()
                answer = worker.make(Request(job.notebook.path, given, None))
                worker.restart()
        finally:
            idle.put(worker)
        if worker.stopped:
            return
        seconds = time.monotonic() - began
        if answer.error:
            self._journal.fail(job.folder, answer.cell, answer.error)
            where = f" in cell {answer.cell}" if answer.cell else ""
            said = f"{job}: FAILED{where}: {answer.error}"
        else:
            kept = self._journal.publish(job.folder, answer.files, answer.headline)
            said = f"{job}: {seconds:.1f} s"
            if kept:
                said += f"; what a reader had changed there is kept in {kept}"
        with self._saying:
            self._made += 1
            line = f"[{self._made}/{self._asked}] {said}{self._pace()}"
        self.say(line)

    def _pace(self) -> str:
        passed = time.monotonic() - self._began
        left = passed / self._made * (self._asked - self._made)
        rate = self._made / passed * _MINUTE
        when = f"{left / _MINUTE:.0f} min" if left > _MINUTE else f"{left:.0f} s"
        return f" ({rate:.1f} a minute, about {when} left)"


def run_manifest(plan: Plan, records: dict[str, Record]) -> dict[str, Any]:
    """What a run was made from and what became of each report; no clock in it."""
    # Of the first report: in a mixed batch one on an authority, by its folder's name.
    first = plan.jobs[0].parameters
    settings = first.model_dump(exclude={first.area_parameter, "inputs", "out"})
    return {
        "format": _FORMAT,
        "run": plan.run_id,
        "edition": inputs.edition(),
        "settings": settings,
        "scenarios": [
            {
                "name": one.name,
                "title": one.title,
                "approved_by": one.approved_by,
                "files": [path.name for path in one.files],
                "notebooks": [
                    name
                    for name, chosen in plan.scenarios_of.items()
                    if one.name in {each.name for each in chosen}
                ],
            }
            for one in plan.scenarios
        ],
        "inputs": {**plan.inputs, **inputs.data_digests()},
        "reports": [
            {
                "la_code": job.area.la_code,
                "area": job.area.name,
                "level": job.area.level,
                "region": job.area.region_name,
                "notebook": job.notebook.name,
                **vars(records[job.folder]),
            }
            for job in plan.jobs
        ],
    }


def _failures(plan: Plan, records: dict[str, Record]) -> pd.DataFrame:
    rows = [
        (job.area.la_code, job.area.name, job.notebook.name, record.cell, record.error)
        for job in plan.jobs
        if (record := records[job.folder]).state == FAILED
    ]
    return pd.DataFrame(
        rows, columns=["la_code", "area", "notebook", "cell", "error"], dtype=object
    )
