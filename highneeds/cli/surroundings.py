"""Surroundings: what a shell hands down that no command should depend on."""

from __future__ import annotations

import os

from highneeds.errors import MachineError

# Of anyone's own files: to read, to write, to enter.
_OWNER = 0o700
# A kernel, its channels and a batch's workers together; macOS hands down 256.
_HANDLES = 1024
# With fewer, what is imported half-way through a report fails in words nobody can use.
_FEWEST_HANDLES = 24


def settle() -> None:
    """Let us use the files we make, and open as many as a report needs.

    A umask that forbids others stays in force.

    Raises
    ------
    MachineError
        The system allows too few open files for a report.
    """
    mask = os.umask(_OWNER)
    os.umask(mask & ~_OWNER)
    try:
        import resource
    except ImportError:  # Windows has no such limit
        return
    now, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    if 0 <= most < _FEWEST_HANDLES:
        msg = (
            f"A process may have {most} files open here. Expected {_FEWEST_HANDLES} or "
            "more: start anew where the limit is higher (`ulimit -n 1024`). Nothing was "
            "done."
        )
        raise MachineError(msg)
    wanted = _HANDLES if most == resource.RLIM_INFINITY else min(_HANDLES, most)
    if 0 <= now < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, most))
