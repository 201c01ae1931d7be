"""Files and folders replaced whole, by one writer at a time; their bytes and hashes."""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import re
import shutil
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from pandas.api.types import is_numeric_dtype

from highneeds.bounds import FORMULA_STARTS
from highneeds.errors import KeptError, OutputError, some

# A clock would make two workbooks of the same differ; a manifest has the real date.
CREATED = datetime(2000, 1, 1, tzinfo=UTC).replace(tzinfo=None)
# Text in a workbook is never read as a formula or an address, whatever it starts with.
WORKBOOK = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}
_LONGEST_WAIT = 30.0
_WINDOWS = sys.platform == "win32"
# What is on its way in or out ends so, and nothing else does: only that is ever cleared.
_PART, _NEW, _OLD = ".highneeds-part", ".highneeds-new", ".highneeds-old"
_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
# What tables print where there is no figure.
_SIGNS = ("-", "--")


def table_text(table: pd.DataFrame, float_format: str | None = None) -> str:
    """A table as CSV, with no text that a spreadsheet would run; numbers are untouched.

    A text that starts like a formula, and is no number, gets an apostrophe before it: a
    heading as well as a cell.
    """
    safe = table.rename(columns=_not_run)
    for place, (_, column) in enumerate(table.items()):
        if not is_numeric_dtype(column):
            plain = [_not_run(one) for one in column]
            safe.isetitem(place, np.array([*plain, None], dtype=object)[:-1])
    return safe.to_csv(index=False, lineterminator="\n", float_format=float_format)


def _not_run(cell: Any) -> Any:
    if not isinstance(cell, str):
        return cell
    safe = not cell.startswith(FORMULA_STARTS) or cell in _SIGNS or _NUMBER.fullmatch(cell)
    # By itself it would end the line in some programs: the CSV has it unquoted.
    text = cell.replace("\r\n", "\n").replace("\r", "\n") if "\r" in cell else cell
    return text if safe else f"'{text}"


def table_bytes(table: pd.DataFrame, *, compress: bool = False, level: int = 9) -> bytes:
    """The bytes of a table as CSV; the same table always gives the same bytes."""
    text = table_text(table).encode("utf-8")
    if not compress:
        return text
    packed = io.BytesIO()
    # No file name and no clock in the header, or two builds would differ.
    with gzip.GzipFile("", "wb", level, fileobj=packed, mtime=0) as stream:
        stream.write(text)
    return packed.getvalue()


def replace_file(path: Path, content: bytes) -> None:
    """Write `content` to `path` in one step: the old file or the new one, never half.

    Raises
    ------
    OutputError
        The folder cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _clear_parts(path.parent, f".{path.name}.")
        handle, temporary = _begun(path)
    except OSError as error:
        raise OutputError(_cannot_write(path, error)) from None
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
            temporary.chmod(_FILE_MODE)
            if not _WINDOWS:  # still locked, so that nobody takes it for left behind
                temporary.replace(path)
        if _WINDOWS:
            temporary.replace(path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise OutputError(_cannot_write(path, error)) from None
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def write_files(files: Mapping[Path, bytes], *, replace: bool = False) -> None:
    """Write files that a user names or fills in: none takes another's place unasked.

    One that has these very bytes already may be written again.

    Raises
    ------
    KeptError
        Another file stands in the place of one, and `replace` is not set; none is written.
    OutputError
        A folder cannot be written.
    """
    if not replace:
        require_free(path for path, content in files.items() if not _holds(path, content))
    for path, content in files.items():
        replace_file(path, content)


def require_free(paths: Iterable[Path]) -> None:
    """Refuse places where something stands that somebody may have worked in.

    Raises
    ------
    KeptError
        Names the first five.
    """
    if theirs := [path for path in paths if path.exists()]:
        msg = (
            f"{some(theirs)}: there already, not as it would be written, and perhaps "
            "somebody's work. Choose another place, move it away, or add "
            "--replace. Nothing was written."
        )
        raise KeptError(msg)


def _holds(path: Path, content: bytes) -> bool:
    try:
        return path.read_bytes() == content
    except OSError:
        return False


def _begun(path: Path) -> tuple[int, Path]:
    """A new file beside `path`, open, and locked while its writer lives."""
    while True:
        handle, name = tempfile.mkstemp(_PART, f".{path.name}.", path.parent)
        if try_lock(handle) and os.fstat(handle).st_nlink:
            return handle, Path(name)
        os.close(handle)


def clear_left_over(folder: Path) -> None:
    """Clear what killed writers left in a folder; nothing that they did not make.

    A folder that was moved aside and not replaced is put back. What a live process is
    writing stays.
    """
    _clear_parts(folder, ".")
    for left in [path for end in (_NEW, _OLD) for path in folder.glob(f".*{end}")]:
        recover_folder(left.with_name(left.stem[1:]))


def _clear_parts(folder: Path, beginning: str) -> None:
    for left in os.scandir(folder):
        if not (left.name.startswith(beginning) and left.name.endswith(_PART)):
            continue
        with suppress(OSError):  # not ours to open, or gone meanwhile
            handle = os.open(left.path, os.O_RDWR | getattr(os, "O_NOFOLLOW", 0))
            try:
                free = try_lock(handle)
            finally:
                if _WINDOWS:
                    os.close(handle)
            if free:
                Path(left.path).unlink(missing_ok=True)
            if not _WINDOWS:
                os.close(handle)


def replace_folder(folder: Path, files: Mapping[str, bytes]) -> None:
    """Replace a whole folder of files in one step, so that readers never see a mixture.

    A process killed on the way leaves the old folder or the new one, whole; what else it
    left is cleared by the next reader or writer.

    Raises
    ------
    OutputError
        The folder cannot be written, another process is writing it, or a file has its
        name.
    """
    staged, previous = staged_for(folder), aside_of(folder)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with one_writer(folder.parent):
            for one in (folder, staged, previous):
                require_folder(one)
            try:
                _recover(folder)
                staged.mkdir()
                for name, content in files.items():
                    replace_file(staged / name, content)
                _flush(staged)
                if folder.exists():
                    folder.rename(previous)
                staged.rename(folder)
                _flush(folder.parent)
            finally:
                _recover(folder)
    except OSError as error:
        raise OutputError(_cannot_write(folder, error)) from None


def recover_folder(folder: Path) -> None:
    """Undo a replacement of `folder` that was killed on the way; wait for a live one."""
    if folder.parent.is_dir():
        with one_writer(folder.parent):
            _recover(folder)


def require_folder(path: Path) -> None:
    """Refuse a file where a folder is to be put in place; it would be lost from sight.

    Raises
    ------
    OutputError
        Names the file.
    """
    if path.exists() and not path.is_dir():
        msg = (
            f"{path} is a file. Expected a folder, or a name that is not in use. Move the "
            "file, or choose another folder with --out. Nothing was changed."
        )
        raise OutputError(msg)


def staged_for(folder: Path) -> Path:
    """Where a folder is written before it takes its place."""
    return folder.with_name(f".{folder.name}{_NEW}")


def aside_of(folder: Path) -> Path:
    """Where a folder is while another takes its place."""
    return folder.with_name(f".{folder.name}{_OLD}")


def _recover(folder: Path) -> None:
    previous = aside_of(folder)
    # A file of that name is somebody else's, and no folder to put back.
    if previous.is_dir() and not folder.exists():
        previous.rename(folder)
    for left in (previous, staged_for(folder)):
        shutil.rmtree(left, ignore_errors=True)


def _usual_mode() -> int:
    """What the user's umask lets a new file be, which its writer can read at the least."""
    mask = os.umask(0)
    os.umask(mask)
    return (0o666 & ~mask) | 0o600


_FILE_MODE = _usual_mode()


@contextmanager
def one_writer(folder: Path, wait: float = _LONGEST_WAIT) -> Iterator[None]:
    """Be the only process that writes in `folder`; a killed one gives way at once.

    Raises
    ------
    OutputError
        Another process has been writing there for longer than `wait` seconds.
    """
    handle = os.open(*_lock_target(folder))
    try:
        given_up = time.monotonic() + wait
        while not try_lock(handle):
            if time.monotonic() > given_up:
                msg = (
                    f"Another process has been writing in {folder} for {wait:.0f} s. "
                    "Nothing was changed. Wait for it to end, or stop it, and run again."
                )
                raise OutputError(msg)
            time.sleep(0.02)
        yield
    finally:
        os.close(handle)


@contextmanager
def one_at_a_time(path: Path) -> Iterator[None]:
    """Hold a lock file, however long another does; nobody waits where none can be made."""
    from filelock import FileLock

    with ExitStack() as held:
        with suppress(OSError):
            path.parent.mkdir(parents=True, exist_ok=True)
            held.enter_context(FileLock(path))
        yield


def try_lock(handle: int) -> bool:
    """Take the lock of an open file, if it is free; the system lets go at its end."""
    from filelock import lock_descriptor

    try:
        return lock_descriptor(handle, blocking=False)
    except OSError:
        # A file system without locks; one writer at a time is then up to the user.
        return True


if sys.platform == "win32":

    def _lock_target(folder: Path) -> tuple[Path, int]:
        return folder / ".lock", os.O_RDWR | os.O_CREAT

    def _flush(folder: Path) -> None:
        """A folder cannot be flushed to disk here."""

else:

    def _lock_target(folder: Path) -> tuple[Path, int]:
        # The folder itself, so that no lock file is left lying about.
        return folder, os.O_RDONLY

    def _flush(folder: Path) -> None:
        """Have the names in a folder on disk, or a power cut could undo a rename."""
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def sha256(content: Path | bytes) -> str:
    """SHA-256 of a file, or of bytes, as hexadecimal text."""
    if isinstance(content, bytes):
        return hashlib.sha256(content).hexdigest()
    with content.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _cannot_write(path: Path, error: OSError) -> str:
    reason = error.strerror or str(error)
    return (
        f"Cannot write {path.name} in {path.parent}: {reason}. Nothing was left "
        "half-written. Choose a folder you may write to with --out, or close the file if "
        "it is open."
    )
