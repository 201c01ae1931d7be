"""Scratch: temporary folders, gone at their run's end or, after a kill, with the next run.

A folder's owner holds a lock in it for as long as it lives. A folder of this form whose
lock is free was left by a run that was killed; nothing else in the system's folder of
temporary files is touched.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from highneeds.atomic import try_lock
from highneeds.errors import OutputError

_PREFIX, _MARK, _WORK = "highneeds-", ".owner", "work"
_FORM = re.compile(rf"{_PREFIX}[a-z0-9_]{{8}}")


@contextmanager
def scratch_folder() -> Iterator[Path]:
    """An empty folder for the temporary files of one run, and none of a killed one's.

    Raises
    ------
    OutputError
        There is no folder for temporary files, or it cannot be written.
    """
    handle = -1
    try:
        place = Path(tempfile.gettempdir())
        clear_killed(place)
        folder, handle = _made(place)
        work = folder / _WORK
        work.mkdir()
    except OSError as error:
        if handle >= 0:
            os.close(handle)
        msg = (
            f"Cannot make a folder for temporary files: {error.strerror or error}. Name "
            "one you may write to in the variable TMPDIR (on Windows, TEMP). Nothing was "
            "run."
        )
        raise OutputError(msg) from None
    try:
        yield work
    finally:
        os.close(handle)
        shutil.rmtree(folder, ignore_errors=True)


def clear_killed(place: Path) -> None:
    """Delete the scratch folders in `place` whose owners are gone."""
    for entry in os.scandir(place):
        if _FORM.fullmatch(entry.name) and entry.is_dir(follow_symlinks=False):
            with suppress(OSError):  # another's, or gone meanwhile
                _clear(Path(entry.path))


def _clear(folder: Path) -> None:
    if not any(folder.iterdir()):
        folder.rmdir()  # killed before it was marked
        return
    # Without our mark it is somebody else's, whatever its name.
    handle = os.open(folder / _MARK, os.O_RDWR | getattr(os, "O_NOFOLLOW", 0))
    try:
        dead = try_lock(handle)
    finally:
        os.close(handle)
    if dead:
        shutil.rmtree(folder, ignore_errors=True)


def _made(place: Path) -> tuple[Path, int]:
    while True:
        folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=place))
        # Another run may have taken it, still empty, for one left behind.
        with suppress(FileNotFoundError):
            handle = os.open(folder / _MARK, os.O_RDWR | os.O_CREAT, 0o600)
            if try_lock(handle) and (folder / _MARK).exists():
                return folder, handle
            os.close(handle)
