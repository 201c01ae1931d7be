"""Lock: one batch at a time writes to a run's folder."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from highneeds.atomic import try_lock
from highneeds.errors import OutputError

LOCK_FILE = ".batch-lock"


@contextmanager
def run_lock(folder: Path) -> Iterator[str]:
    """Hold a folder until the end; gives what was taken over from, or nothing.

    The file names its holder, for whoever is refused. A holder that was killed gives way
    at once: the system lets go of its lock.

    Raises
    ------
    OutputError
        Another batch is writing there, or may be, from another machine.
    """
    path = folder / LOCK_FILE
    handle = _opened(path)
    try:
        before = _holder(handle)
        if before and before[1] != platform.node():
            # Whether locks reach from one machine to another depends on the file system.
            raise _taken(folder, before, f"If it is not running, delete {path}.")
        os.ftruncate(handle, 0)
        os.lseek(handle, 0, os.SEEK_SET)
        os.write(handle, f"\n{os.getpid()}\n{platform.node()}\n".encode())
        os.fsync(handle)
        try:
            yield f"process {before[0]}" if before else ""
        finally:
            with suppress(OSError):  # Windows keeps a file that is open
                path.unlink()
    finally:
        os.close(handle)


def _opened(path: Path) -> int:
    while True:
        try:
            handle = os.open(
                path, os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o644
            )
        except OSError as error:
            msg = f"Cannot write {path}: {error.strerror or error}."
            raise OutputError(msg) from None
        if not try_lock(handle):
            holder = _holder(handle)
            os.close(handle)
            raise _taken(path.parent, holder, "Wait for it to end, or stop it.")
        with suppress(FileNotFoundError):
            # Its last holder may have deleted it between our opening and our locking it.
            if os.path.samestat(path.stat(), os.fstat(handle)):
                return handle
        os.close(handle)


def _holder(handle: int) -> tuple[str, str] | None:
    os.lseek(handle, 1, os.SEEK_SET)  # Windows lets nobody read the byte that is locked
    said = os.read(handle, 1000).decode("utf-8", "replace").splitlines()
    return (said[0], said[1]) if len(said) > 1 else None


def _taken(folder: Path, holder: tuple[str, str] | None, advice: str) -> OutputError:
    who = f"process {holder[0]} on {holder[1]}" if holder else "another process"
    return OutputError(
        f"Another batch ({who}) is writing to {folder}. Nothing was changed. {advice}"
    )
