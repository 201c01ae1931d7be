"""Cluster: the same reports and sums, made by the workers of a Dask cluster that runs.

A worker shares nothing with this machine but the package and its tables, and those must be
the same. What only this machine has goes with each report; the report's files come back
and are put in place here.
"""

from __future__ import annotations

import json
import logging
import socket
import threading
import time
import uuid
import warnings
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import CancelledError
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from highneeds import home
from highneeds.batch.cluster_worker import (
    Parcel,
    Versions,
    dismiss,
    make_report,
    require_same,
    versions,
)
from highneeds.batch.worker import Answer, Request
from highneeds.errors import ClusterError, some

if TYPE_CHECKING:
    from distributed import Client, Future

    from highneeds.batch.plan import Job

_ANSWER_SECONDS = 10
# Between two looks at whether anybody is left to wait for; and how long nobody may be.
_LOOK_SECONDS, _PATIENCE_SECONDS = 5.0, 60.0
_MANIFEST = "manifest.json"


@contextmanager
def connected(address: str) -> Iterator[Cluster]:
    """A cluster that can be used; what it still does for us is stopped at the end.

    Raises
    ------
    ClusterError
        The extra is not installed, there is no scheduler or no worker, or the workers have
        other code, data or packages than this machine.
    """
    try:
        from distributed import Client
    except ModuleNotFoundError as error:
        msg = (
            f"--scheduler needs the package {error.name}, which is not installed. Install "
            "`highneeds[cluster]`, here and where the workers are."
        )
        raise ClusterError(msg) from None
    _require_scheduler(address)
    # What Dask would say of a connection that is lost, or of other versions, we say.
    logging.getLogger("distributed.client").setLevel(logging.CRITICAL)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Mismatched versions", UserWarning)
        try:
            client = Client(address, timeout=_ANSWER_SECONDS, set_as_default=False)
        except OSError:
            raise _no_scheduler(address) from None
    with client:
        found = client.run(versions, on_error="return")
        if not found:
            msg = (
                f"The scheduler at {address} has no workers. Start some with `dask worker "
                f"{address}` where the same highneeds is installed."
            )
            raise ClusterError(msg)
        ours = versions()
        require_same(found, ours)
        cluster = Cluster(client, address, ours)
        try:
            yield cluster
        finally:
            with suppress(Exception):  # a cluster that is gone has nothing to stop
                client.run(dismiss, cluster.run, on_error="ignore")


def _require_scheduler(address: str) -> None:
    """Ask before Dask does: where nobody answers, it may wait for ever."""
    try:
        parts = urlsplit(address)
        if parts.scheme not in ("tcp", "tls") or not parts.hostname or not parts.port:
            raise ValueError
    except ValueError:
        msg = f"{address!r} is no scheduler's address. Expected tcp://HOST:PORT."
        raise ClusterError(msg) from None
    try:
        place = (parts.hostname, parts.port)
        with socket.create_connection(place, _ANSWER_SECONDS) as connection:
            # A scheduler greets whoever calls; over TLS the caller speaks first.
            greeted = parts.scheme == "tls" or bool(connection.recv(1))
    except OSError:
        greeted = False
    if not greeted:
        raise _no_scheduler(address)


def _no_scheduler(address: str) -> ClusterError:
    return ClusterError(
        f"No Dask scheduler answers at {address}. Start one with `dask scheduler`, or give "
        "the address that it prints."
    )


class Cluster:
    """A connection to a cluster whose workers were found to be like this machine."""

    def __init__(self, client: Client, address: str, found: Versions) -> None:
        self.client, self.address, self.versions = client, address, found
        # Tells our work apart, should others use the cluster too.
        self.run = uuid.uuid4().hex
        threads = client.nthreads()
        self.threads = sum(threads.values())
        self.words = f"{address}: {len(threads)} workers, {self.threads} tasks at a time"
        self._seen = time.monotonic()

    def makers(self, jobs: Sequence[Job], seconds: float) -> list[Remote]:
        """As many as make reports at the same time, for `run_batch`.

        Raises
        ------
        ClusterError
            Reports rest on own figures, or a scenario's files are in several folders.
        """
        if any(getattr(job.parameters, "inputs", "") for job in jobs):
            msg = (
                "Own figures stay on this machine: a cluster takes none. Leave out "
                "--scheduler, or --inputs."
            )
            raise ClusterError(msg)
        by_notebook = {job.notebook.path: job for job in jobs}
        loads = {path: _load(job) for path, job in by_notebook.items()}
        return [Remote(self, loads, seconds) for _ in jobs[: self.threads]]

    def result(self, future: Future, wake: threading.Event | None = None) -> Any:
        """What a task gives; None if `wake` is set before it ends.

        Raises
        ------
        ClusterError
            The scheduler is gone, or every worker for a minute.
        """
        wake = wake or threading.Event()
        future.add_done_callback(lambda _: wake.set())
        while not wake.wait(_LOOK_SECONDS):
            self._require_workers()
        if not future.done():
            return None
        try:
            return future.result()
        except CancelledError:
            msg = f"The connection to the scheduler at {self.address} was lost."
            raise ClusterError(msg) from None

    def others(self, address: str) -> list[str]:
        """The workers but one; none where that one is not known, or is alone."""
        with suppress(OSError):
            if address:
                return [one for one in self.client.nthreads() if one != address]
        return []

    def _require_workers(self) -> None:
        with suppress(OSError):  # a lost scheduler cancels what it was asked for
            if self.client.nthreads():
                self._seen = time.monotonic()
            elif time.monotonic() - self._seen > _PATIENCE_SECONDS:
                msg = f"The scheduler at {self.address} has had no worker for a minute."
                raise ClusterError(msg)


class Remote:
    """Makes one report at a time on the cluster, as `workers.Worker` does here."""

    def __init__(self, cluster: Cluster, loads: Mapping[Path, _Load], seconds: float):
        self._cluster, self._loads, self._seconds = cluster, loads, seconds
        self._wake = threading.Event()
        self._failed_on = ""
        self.stopped = False

    def make(self, request: Request) -> Answer:
        """Have one report made by whichever worker is free; its failure is an answer too.

        Raises
        ------
        ClusterError
            The cluster is gone.
        """
        load = self._loads[request.notebook]
        parcel = Parcel(
            run=self._cluster.run,
            notebook=request.notebook.name,
            files=load.files,
            scenarios=load.scenarios,
            parameters=request.parameters,
            engine=request.engine,
            seconds=self._seconds,
            versions=self._cluster.versions,
        )
        others = self._cluster.others(self._failed_on)
        self._wake.clear()
        if self.stopped:
            return Answer()
        future = self._cluster.client.submit(
            make_report,
            parcel,
            pure=False,
            workers=others or None,
            allow_other_workers=bool(others),
        )
        self._failed_on = ""
        try:
            found = self._cluster.result(future, self._wake)
        except ClusterError:
            raise
        except Exception as error:
            # Dask gave up on it, or the worker could not do its part.
            return Answer(error=f"{type(error).__name__}: {error}", again=True)
        if found is None:
            return Answer()
        place, answer = found
        if answer.again:
            self._failed_on = place
        return replace(answer, files=load.as_asked(answer.files, request.parameters))

    def restart(self) -> None:
        """Nothing here needs it: a second try has a new process on another worker."""

    def stop(self) -> None:
        """Wait no longer for what is being made; nothing else is."""
        self.stopped = True
        self._wake.set()


@dataclass(frozen=True)
class _Load:
    """What reports of one notebook need of this machine's files; see `Parcel`."""

    files: Mapping[str, bytes]
    scenarios: Mapping[str, Sequence[str]]

    def as_asked(
        self, files: Mapping[str, bytes], given: Mapping[str, Any]
    ) -> Mapping[str, bytes]:
        """A report's files, whose record names scenarios as the user did."""
        if _MANIFEST not in files:
            return files
        record = json.loads(files[_MANIFEST])
        record["parameters"] |= {name: given[name] for name in self.scenarios}
        text = json.dumps(record, indent=2, ensure_ascii=False) + "\n"
        return {**files, _MANIFEST: text.encode("utf-8")}


def _load(job: Job) -> _Load:
    """The notebook and the scenario files that are the user's own."""
    path, given = job.notebook.path, job.parameters.model_dump()
    chosen = job.parameters.chosen_scenarios()
    shipped = (home.data_dir() / "scenarios").resolve()
    own: set[Path] = set()
    scenarios = {}
    for name in {"scenario", "scenarios"} & set(given):
        texts = given[name].split(",") if chosen[1:] else [given[name]]
        names = []
        for scenario, text in zip(chosen, texts, strict=True):
            files = [one.resolve() for one in scenario.files]
            mine = [one for one in files if one.parent != shipped]
            own.update(mine)
            names.append(files[-1].name if mine else text.strip())
        scenarios[name] = tuple(names)
    if len({one.parent for one in own}) > 1:
        msg = (
            f"The scenario's files are in several folders: {some(sorted(own))}. A cluster "
            "takes them from one. Put them together."
        )
        raise ClusterError(msg)
    return _Load({one.name: one.read_bytes() for one in (path, *own)}, scenarios)
