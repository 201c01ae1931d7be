"""Kernel: run a notebook's cells in this very process, as ipykernel would show them.

The shell, its display hook and its messages are ipykernel's and nbclient's own; only the
sockets between them are left out. Outputs are therefore the same to the byte, which
tests/notebooks/test_batch_same.py checks against papermill's usual kernel.
"""

from __future__ import annotations

import io
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ipykernel.compiler import XCachingCompiler
from ipykernel.ipkernel import IPythonKernel
from ipykernel.zmqshell import ZMQInteractiveShell
from jupyter_client.session import Session
from nbclient import NotebookClient
from nbformat import NotebookNode
from traitlets.config import Config

LANGUAGE = IPythonKernel.language_info
# What pandas chooses when it is imported in a kernel; a plain process gets another number.
_PANDAS_COLUMNS = 20


class _Messages(Session):
    """A session that keeps what would be sent."""

    def __init__(self, **traits: Any) -> None:
        super().__init__(**traits)
        self.kept: list[dict[str, Any]] = []

    def send(  # type: ignore[override]
        self,
        stream: Any,
        msg_or_type: dict[str, Any] | str,
        content: dict[str, Any] | None = None,
        parent: dict[str, Any] | None = None,
        **_: Any,
    ) -> dict[str, Any]:
        message = (
            self.msg(msg_or_type, content=content, parent=parent)
            if isinstance(msg_or_type, str)
            else msg_or_type
        )
        # To JSON and back, as on the way to another process.
        message["content"] = self.unpack(self.pack(message["content"]))
        self.kept.append(message)
        return message


class _Stream(io.TextIOBase):
    """What a cell prints, sent as one message when flushed."""

    encoding = "UTF-8"

    def __init__(self, name: str, messages: _Messages) -> None:
        self._name, self._messages = name, messages
        self._written: list[str] = []

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        self._written.append(text)
        return len(text)

    def flush(self) -> None:
        text, self._written = "".join(self._written), []
        if text:
            self._messages.send(None, "stream", {"name": self._name, "text": text})


def run_cells(
    notebook: NotebookNode,
    scratch: Path,
    done: Callable[[int, bool], None],
) -> None:
    """Run every code cell until one fails.

    For a process that ends afterwards: a shell leaves its traces all over it.

    Parameters
    ----------
    notebook : NotebookNode
        Its cells are filled with their outputs.
    scratch : Path
        For what IPython writes; the user's own start-up files and history are left out.
    done : callable
        Told the index and whether it failed, after each cell that ran.
    """
    messages = _Messages()
    shell = _shell(messages, scratch)
    sys.stdout, sys.stderr = _Stream("stdout", messages), _Stream("stderr", messages)
    client = NotebookClient(notebook)
    client.reset_execution_trackers()
    for index, cell in enumerate(notebook.cells):
        if not runs(cell):
            continue
        cell.outputs, client.clear_before_next_output = [], False
        outcome = shell.run_cell(  # type: ignore[no-untyped-call]
            cell.source, store_history=True
        )
        failed = not outcome.success or shell._last_traceback_during_displayhook
        sys.stdout.flush()
        sys.stderr.flush()
        for message in messages.kept:
            client.process_message(message, cell, index)
        messages.kept.clear()
        cell.execution_count = shell.execution_count - 1
        allowed = "raises-exception" in cell.metadata.get("tags", [])
        done(index, failed and not allowed)
        if failed and not allowed:
            return


def runs(cell: NotebookNode) -> bool:
    """Whether a cell holds anything to run."""
    return bool(cell.cell_type == "code" and cell.source.strip())


def _shell(messages: _Messages, scratch: Path) -> ZMQInteractiveShell:
    # A warning is shown once a place; what the parent saw must not be hidden from here.
    with warnings.catch_warnings():
        pass
    if "pandas" in sys.modules:
        import pandas as pd

        pd.set_option("display.max_columns", _PANDAS_COLUMNS)
    settings = Config()
    settings.HistoryManager.enabled = False
    shell = ZMQInteractiveShell.instance(
        config=settings,
        ipython_dir=str(scratch),
        user_ns={},
        compiler_class=XCachingCompiler,
    )
    ends: tuple[Any, ...] = (shell.displayhook, shell.display_pub)
    for end in ends:
        end.session, end.topic = messages, b""
    return shell
