"""Stopping: a request to end, as a scheduler or a closed window sends it, is a Ctrl-C.

So that what a long command has begun is tidied away, whoever ends it.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

# SIGHUP: the window was closed; Windows has no such signal.
_KINDS = ("SIGTERM", "SIGHUP")


@contextmanager
def stoppable() -> Iterator[None]:
    """Within it the first request to end raises `KeyboardInterrupt`; later ones wait.

    What a caller has arranged stays so: `nohup` has a closed window ignored.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    kinds = [getattr(signal, name) for name in _KINDS if hasattr(signal, name)]
    ours = [kind for kind in kinds if signal.getsignal(kind) is signal.SIG_DFL]

    def end(_signal: int, _frame: FrameType | None) -> None:
        for kind in ours:
            signal.signal(kind, signal.SIG_IGN)
        raise KeyboardInterrupt

    for kind in ours:
        signal.signal(kind, end)
    try:
        yield
    finally:
        for kind in ours:
            signal.signal(kind, signal.SIG_DFL)
