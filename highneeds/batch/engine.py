"""Engine: a papermill engine that forks this process instead of starting a kernel.

A kernel spends seconds on imports before its first cell. Where this process has made them
already, a fork starts with all of them and still shares nothing with the next report.
Named ``highneeds`` for papermill's ``--engine``. Only papermill imports this module: it
does so half-way through its own import.
"""

from __future__ import annotations

import json
import os
import select
import signal
import sys
import time
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NoReturn

from papermill.engines import NBClientEngine

from highneeds.forks import die_with_parent, fork_is_safe
from highneeds.scratch import scratch_folder

_LENGTH_BYTES = 8


class ForkEngine(NBClientEngine):  # type: ignore[misc]
    """Papermill's usual engine, with a fork for a kernel where a fork is safe."""

    @classmethod
    def execute_managed_notebook(
        cls,
        nb_man: Any,
        kernel_name: str,
        log_output: bool = False,
        execution_timeout: float | None = None,
        on_cell_start: Callable[..., None] | None = None,
        **others: Any,
    ) -> None:
        """Run the cells of `nb_man`; see `papermill.engines.Engine`.

        Raises
        ------
        DeadKernelError
            The fork ended before its last cell.
        CellTimeoutError
            A cell took longer than `execution_timeout` seconds; the fork was killed.
        """
        if not fork_is_safe():
            super().execute_managed_notebook(
                nb_man,
                kernel_name,
                log_output=log_output,
                execution_timeout=execution_timeout,
                on_cell_start=on_cell_start,
                **others,
            )
            return
        from highneeds.batch.kernel import LANGUAGE, runs

        with scratch_folder() as scratch:
            fork = _Fork(nb_man.nb, scratch)
            try:
                for index, cell in enumerate(nb_man.nb.cells):
                    nb_man.cell_start(cell, index)
                    if on_cell_start:
                        on_cell_start(cell=cell, cell_index=index)
                    failed = runs(cell) and fork.failed(cell, index, execution_timeout)
                    if failed:
                        nb_man.cell_exception(cell, cell_index=index)
                    nb_man.cell_complete(cell, cell_index=index)
                    if failed:
                        break
                fork.give_outputs(nb_man.nb.cells)
            finally:
                fork.end()
        nb_man.nb.metadata["language_info"] = dict(LANGUAGE)


class _Fork:
    """The forked process that runs the cells, as its parent sees it."""

    def __init__(self, notebook: Any, scratch: Path) -> None:
        self._pipe, written = os.pipe()
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        self._child = os.fork()
        if self._child == 0:
            os.close(self._pipe)
            _run(notebook, scratch, written)
        os.close(written)

    def failed(self, cell: Any, index: int, seconds: float | None) -> bool:
        """Wait until a cell has run; whether it failed, which ends the run."""
        from nbclient.exceptions import CellTimeoutError, DeadKernelError

        try:
            reached, failed = self._read(seconds)
        except EOFError:
            msg = f"the process that ran the notebook ended in cell {index + 1}"
            raise DeadKernelError(msg) from None
        except TimeoutError:
            msg = "Cell execution timed out"
            raise CellTimeoutError.error_from_timeout_and_cell(
                msg, int(seconds or 0), cell
            ) from None
        assert reached == index
        return bool(failed)

    def give_outputs(self, cells: Sequence[Any]) -> None:
        """Fill the cells, all at the end: a cell may change what an earlier one showed."""
        from nbformat import from_dict

        for cell, (outputs, count) in zip(cells, self._read(None), strict=True):
            if cell.cell_type == "code":
                cell.outputs, cell.execution_count = from_dict(outputs), count

    def end(self) -> None:
        """Kill the process if it still runs, and let go of it."""
        os.close(self._pipe)
        os.kill(self._child, signal.SIGKILL)
        os.waitpid(self._child, 0)

    def _read(self, seconds: float | None) -> Any:
        until = None if seconds is None else time.monotonic() + seconds
        length = int.from_bytes(self._bytes(_LENGTH_BYTES, until), "big")
        return json.loads(self._bytes(length, until))

    def _bytes(self, length: int, until: float | None) -> bytes:
        found = bytearray()
        while len(found) < length:
            left = None if until is None else max(until - time.monotonic(), 0)
            if not select.select([self._pipe], [], [], left)[0]:
                raise TimeoutError
            more = os.read(self._pipe, length - len(found))
            if not more:
                raise EOFError
            found += more
        return bytes(found)


def _run(notebook: Any, scratch: Path, pipe: int) -> NoReturn:
    """Run the cells in the forked process, which ends here whatever happens."""
    try:
        # Nothing may outlive a parent that was killed.
        die_with_parent()
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        from highneeds.batch.kernel import run_cells

        def send(said: Any) -> None:
            frame = json.dumps(said).encode("utf-8")
            frame = len(frame).to_bytes(_LENGTH_BYTES, "big") + frame
            while frame:
                frame = frame[os.write(pipe, frame) :]

        run_cells(notebook, scratch, lambda index, failed: send((index, failed)))
        send(
            [(cell.get("outputs"), cell.get("execution_count")) for cell in notebook.cells]
        )
        os._exit(0)
    except BaseException:
        traceback.print_exc(file=sys.__stderr__)
        if sys.__stderr__:
            sys.__stderr__.flush()
    finally:
        os._exit(1)
