"""Forks: copies of this process, where they are safe, that end with the one they are of."""

from __future__ import annotations

import ctypes
import json
import os
import signal
import sys
from collections.abc import Callable
from contextvars import ContextVar
from pathlib import Path
from typing import NoReturn

_PARENT_DEATH = 1  # PR_SET_PDEATHSIG of <sys/prctl.h>
_BYTES = "latin-1"

Files = dict[str, bytes]
_alone = ContextVar("_alone", default=True)


def die_with_parent() -> None:
    """Have the system kill this process when the one that started it ends (Linux)."""
    ctypes.CDLL(None).prctl(_PARENT_DEATH, signal.SIGKILL)


def fork_is_safe() -> bool:
    """Whether this process may be forked: on Linux, and with no second thread.

    A lock that another thread holds at the moment of a fork is never released in the
    child; and macOS's own libraries refuse to work in one.
    """
    return sys.platform == "linux" and len(list(Path("/proc/self/task").iterdir())) == 1


def keep_to_one() -> None:
    """Fork no more from here on: the other workers of a batch have the cores."""
    _alone.set(False)


def abreast(here: Callable[[], Files], there: Callable[[], Files]) -> Files:
    """The files that two functions make, in order; the second's in a fork, where it may be.

    Where there is none, or it did not come to its end, they are made here: an error is
    then raised where it is understood.
    """
    if not (_alone.get() and fork_is_safe()):
        return here() | there()
    try:
        read, written = os.pipe()
    except OSError:
        return here() | there()
    with os.fdopen(read, "rb") as answer:
        try:
            child = os.fork()
        except OSError:
            os.close(written)
            return here() | there()
        if not child:
            _answer(there, written)
        os.close(written)
        try:
            made, sent = here(), answer.read()
        except BaseException:
            os.kill(child, signal.SIGKILL)
            raise
        finally:
            _, status = os.waitpid(child, 0)
    if status:
        return made | there()
    return made | {name: one.encode(_BYTES) for name, one in json.loads(sent).items()}


def _answer(there: Callable[[], Files], pipe: int) -> NoReturn:
    try:
        die_with_parent()
        said = {name: content.decode(_BYTES) for name, content in there().items()}
        with os.fdopen(pipe, "wb") as answer:
            answer.write(json.dumps(said).encode("utf-8"))
        os._exit(0)
    except BaseException:
        os._exit(1)
