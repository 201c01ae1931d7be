"""A process that does not outlive the one that started it."""

import ctypes
import signal

_PARENT_DEATH = 1  # PR_SET_PDEATHSIG of <sys/prctl.h>


def die_with_parent() -> None:
    """Have the system kill this process when the one that started it ends (Linux)."""
    ctypes.CDLL(None).prctl(_PARENT_DEATH, signal.SIGKILL)
