"""Surroundings: what a shell hands down that no command should depend on."""

from __future__ import annotations

import os

# Of anyone's own files: to read, to write, to enter.
_OWNER = 0o700
# A kernel, its channels and a batch's workers together; macOS hands down 256.
_HANDLES = 1024


def settle() -> None:
    """Let us use the files we make, and open as many as a report needs.

    A umask that forbids others stays in force. Where the system allows no more open files,
    what then fails is said by name.
    """
    mask = os.umask(_OWNER)
    os.umask(mask & ~_OWNER)
    try:
        import resource
    except ImportError:  # Windows has no such limit
        return
    now, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _HANDLES if most == resource.RLIM_INFINITY else min(_HANDLES, most)
    if 0 <= now < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, most))
