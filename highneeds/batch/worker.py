"""Worker: a process that makes one report after another, for a parent that can kill it.

``python -m highneeds.batch.worker`` reads requests and writes answers on its standard
streams. It imports everything once and forks for each notebook (see `engine`).
"""

from __future__ import annotations

import atexit
import gc
import os
import pickle
import queue
import sys
import threading
import traceback
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from highneeds.errors import HighNeedsError, KernelError, of_the_machine
from highneeds.forks import die_with_parent, fork_is_safe, keep_to_one
from highneeds.notebook.environment import INLINE, ONE_THREAD

FORK = "highneeds"
_LENGTH_BYTES = 8
_SELDOM = (50_000, 20, 50)


@dataclass(frozen=True)
class Request:
    """A report to make. ``engine`` is papermill's name of one; its own when None."""

    notebook: Path
    parameters: Mapping[str, Any]
    engine: str | None = FORK


@dataclass(frozen=True)
class Answer:
    """The report's files, or the cell and the message it failed with.

    ``again`` says that the process died or ran out of time, so another try may work.
    """

    files: Mapping[str, bytes] = field(default_factory=dict)
    headline: Mapping[str, Any] | None = None
    cell: int | None = None
    error: str = ""
    again: bool = False


def send(stream: IO[bytes], said: Any) -> None:
    """Write one object, its length first."""
    content = pickle.dumps(said, protocol=pickle.HIGHEST_PROTOCOL)
    stream.write(len(content).to_bytes(_LENGTH_BYTES, "big") + content)
    stream.flush()


def receive(stream: IO[bytes]) -> Any:
    """Read one object.

    Raises
    ------
    EOFError
        The other side is gone.
    """
    length = int.from_bytes(_exactly(stream, _LENGTH_BYTES), "big")
    return pickle.loads(_exactly(stream, length))


def _exactly(stream: IO[bytes], length: int) -> bytes:
    found = stream.read(length)
    if len(found) < length:
        raise EOFError
    return found


def make_report(request: Request) -> Answer:
    """Make one report; whatever goes wrong is an answer too."""
    from highneeds.batch.headline import headline
    from highneeds.batch.plan import Notebook
    from highneeds.notebook.report_files import report_files

    try:
        notebook = Notebook.read(request.notebook)
        parameters = notebook.model(**request.parameters)
        files = report_files(notebook.path, parameters, engine=request.engine)
        return Answer(files, headline(files))
    except HighNeedsError as error:
        return Answer(
            cell=error.cell, error=str(error), again=isinstance(error, KernelError)
        )
    except Exception as error:
        # A fault of ours in one report must not cost the other 152.
        traceback.print_exc()
        known = of_the_machine(error)
        return Answer(error=str(known or f"{type(error).__name__}: {error}"))


def fork_here() -> str | None:
    """Make ready to run one notebook in a fork of this process; the engine that does so.

    None where that is not safe, or where this process has loaded already what a notebook
    would then share with it: papermill's own kernel is as good, and seconds slower.
    """
    if sys.platform != "linux" or "numpy" in sys.modules:
        return None
    os.environ.update({**INLINE, **os.environ, **ONE_THREAD})  # before NumPy is loaded
    # A short run keeps most of what it makes: to look for what it does not costs time.
    gc.set_threshold(*_SELDOM)
    # Nor at the end, when the system takes all of it back.
    atexit.register(gc.freeze)
    _use_forks()
    return FORK if fork_is_safe() else None


def _use_forks() -> None:
    """Load papermill, lightly, and name our engine to it."""
    # A grammar that nbformat's schema check compiles in every process, for 1.5 s, to check
    # addresses that notebooks do not hold. Only here: it is another program's module.
    sys.modules["rfc3987_syntax"] = None  # type: ignore[assignment]
    import papermill.engines

    from highneeds.batch.engine import ForkEngine

    # An installed package registers it by entry point; one run from its folder does not.
    papermill.engines.papermill_engines.register(FORK, ForkEngine)


def warm_up(*, whole: bool = False) -> None:
    """Pay for imports, fonts and estimates once, before the first fork.

    With `whole`, for all that a report needs; else for what most of them take longest over.
    """
    _use_forks()
    from nbformat import v4

    from highneeds.answers.projection import project
    from highneeds.panel.panel import load_panel
    from highneeds.report.answers import Report
    from highneeds.report.chart import Chart
    from highneeds.report.html import page
    from highneeds.report.outputs import output_files, picture_files

    try:
        result = project(load_panel(), "Somerset", draws=100)
        report = Report(result)
        if whole:
            output_files(report)
        else:
            picture_files(part for part in report.balance if isinstance(part, Chart))
    except HighNeedsError:
        traceback.print_exc()  # each report will say it to its reader
    page(v4.new_notebook(cells=[v4.new_markdown_cell("# A")]), title="", pictures={})
    # What is here now is shared with every fork; its collector need not look at it again.
    gc.collect()
    gc.freeze()


def main() -> None:
    """Serve the parent until it closes its side or dies."""
    serve(*_own_streams())


def serve(requests: IO[bytes], answers: IO[bytes], *, warm: bool = False) -> None:
    """Answer each request; `warm` says that `warm_up` was done before a fork."""
    keep_to_one()
    for request in _until_orphaned(requests):
        if request.engine == FORK and not warm:
            warm_up()
            warm = True
        send(answers, make_report(request))


def _own_streams() -> tuple[IO[bytes], IO[bytes]]:
    """Keep the parent's pipes to ourselves: a notebook may read and print as it likes."""
    requests = os.fdopen(os.dup(0), "rb")
    answers = os.fdopen(os.dup(1), "wb")
    read_nothing()
    os.dup2(2, 1)
    return requests, answers


def read_nothing() -> None:
    """Let standard input end at once, whoever reads it."""
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)


def _until_orphaned(requests: IO[bytes]) -> Iterator[Request]:
    """Requests as they come; this process does not outlive its parent."""
    if sys.platform == "linux":
        # No thread here: with one, no fork would be safe.
        die_with_parent()
        yield from _received(requests)
        return
    waiting: queue.SimpleQueue[Request] = queue.SimpleQueue()

    def listen() -> None:
        for request in _received(requests):
            waiting.put(request)
        os._exit(1)

    threading.Thread(target=listen, daemon=True).start()
    while True:
        yield waiting.get()


def _received(requests: IO[bytes]) -> Iterator[Request]:
    while True:
        try:
            yield receive(requests)
        except EOFError:
            return


if __name__ == "__main__":
    # So that what is pickled here is known by the same name on the other side.
    from highneeds.batch.worker import main as begin

    begin()
