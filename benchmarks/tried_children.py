"""Opens what is tried of workbooks and Parquet in forks of a small process kept ready.

The package starts Python for each (`highneeds.sources.child`), which takes longer than the
opening; a fork of this large process does, too. Run as ``python -m
benchmarks.tried_children MODULE``: takes requests on its input, and answers each out of a
fork that has the limits of the package, and may die of the file alone.
"""

from __future__ import annotations

import gc
import io
import json
import os
import struct
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import cache
from importlib import import_module
from typing import IO, Any
from unittest.mock import patch

from benchmarks.measure import ROOT

# What opens a file, and what it loads for that.
_MODULES = {
    "highneeds.sources.workbook_child": "python_calamine",
    "highneeds.sources.parquet_child": "fastparquet",
}


@contextmanager
def quick() -> Iterator[None]:
    """Have the package open files so while this lasts."""
    book, table = (patch(f"{module}.answer_of", answer_of) for module in _MODULES)
    with book, table:
        yield


def answer_of(module: str, words: Sequence[str], data: bytes) -> Mapping[str, Any]:
    """As `highneeds.sources.child.answer_of`."""
    keeper = _keeper(module)
    assert keeper.stdin is not None
    assert keeper.stdout is not None
    _send(keeper.stdin, json.dumps(words).encode())
    _send(keeper.stdin, data)
    try:
        answer = json.loads(_taken(keeper.stdout))
    except ValueError:
        answer = {}
    return answer if isinstance(answer, dict) else {}


@cache
def _keeper(module: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", __name__, module],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )


def _send(stream: IO[bytes], data: bytes) -> None:
    stream.write(struct.pack(">Q", len(data)) + data)
    stream.flush()


def _taken(stream: IO[bytes]) -> bytes:
    (size,) = struct.unpack(">Q", stream.read(8))
    return stream.read(size)


def _serve(module: str) -> None:
    """Answer requests until there are no more."""
    import_module(module)
    import_module(_MODULES[module])
    gc.freeze()  # so that a fork writes to no page of what is loaded
    requests, answers = sys.stdin.buffer, sys.stdout.buffer
    with suppress(struct.error):  # the end of the requests
        while True:
            words = json.loads(_taken(requests))
            _send(answers, _forked(module, words, _taken(requests)))


def _forked(module: str, words: Sequence[str], data: bytes) -> bytes:
    """What the main function of a module writes, run in a copy of this process."""
    read_end, write_end = os.pipe()
    process = os.fork()
    if not process:
        said = io.StringIO()
        sys.stdin, sys.stdout = io.TextIOWrapper(io.BytesIO(data)), said
        sys.stderr, sys.argv = io.StringIO(), [module, *words]
        try:
            import_module(module)._main()
            with os.fdopen(write_end, "wb") as out:
                out.write(said.getvalue().encode())
        finally:
            os._exit(0)
    os.close(write_end)
    with os.fdopen(read_end, "rb") as told:
        text = told.read()
    os.waitpid(process, 0)
    return text


if __name__ == "__main__":
    _serve(sys.argv[1])
