"""Where the embedded tables live, and how files are read and replaced whole.

The tables travel with the package: beside it in a clone, inside it in a wheel. Editions a
user has added live apart in a folder of their own, so that those shipped are never changed.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import shutil
import sys
import tempfile
import time
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pandas as pd

from highneeds.errors import HighNeedsWarning, OutputError, SourceError

# Where a user's own editions are kept, when not in the usual place.
USER_DIR_VARIABLE = "HIGHNEEDS_DATA_DIR"
# In a user's folder of tables: what they were compiled from.
EDITIONS_FILE = "editions.json"
# What runs of the model that are kept have said: England under the default, and what the
# method would have foretold from earlier Januaries. Each names the record it was made from.
ENGLAND_FILE, PAST_FILE = "england.csv", "past_forecasts.csv.gz"
_PACKAGE = Path(__file__).parent
_LONGEST_WAIT = 30.0


def data_dir() -> Path:
    """Folder of the embedded tables and assumptions."""
    return _home("data", "_data")


def tables_dir() -> Path:
    """Folder of the tables in use: with the user's added editions, where there are any."""
    own = user_dir() / "tables"
    shipped = shipped_tables_dir()
    if not _present(own):
        return shipped
    if built_on(own) == edition_of(shipped):
        return own
    warnings.warn(
        f"The editions added in {own.parent} were compiled with other embedded tables than "
        "these, and are left out. Run `highneeds data update` to compile them again.",
        HighNeedsWarning,
        stacklevel=2,
    )
    return shipped


def stated_files() -> list[Path]:
    """Files of what is assumed, set by policy, forecast or kept; no table has them."""
    data = data_dir()
    kinds = ("*.toml", "assumptions/*.toml", ENGLAND_FILE, PAST_FILE)
    return sorted(path for kind in kinds for path in data.glob(kind))


def shipped_tables_dir() -> Path:
    """Folder of the tables that came with the package, without any added edition."""
    folder = data_dir() / "tables"
    _present(folder)
    return folder


def user_dir() -> Path:
    """Folder of what the user downloads and adds: ``HIGHNEEDS_DATA_DIR``, or the usual one.

    In a clone that is ``data/user``, which is not committed; for an installed package, the
    system's folder for a program's own data.
    """
    given = os.environ.get(USER_DIR_VARIABLE)
    if given:
        return Path(given).expanduser()
    if not (_PACKAGE / "_data").is_dir():
        return _PACKAGE.parent / "data" / "user"
    if sys.platform == "win32":
        home = os.environ.get("LOCALAPPDATA") or _own_home() / "AppData/Local"
    elif sys.platform == "darwin":
        home = _own_home() / "Library/Application Support"
    else:
        home = os.environ.get("XDG_DATA_HOME") or _own_home() / ".local/share"
    return Path(home) / "highneeds"


def _own_home() -> Path:
    try:
        return Path.home()
    except RuntimeError:  # a user without a home, as in some containers
        return Path(tempfile.gettempdir())


def edition_of(tables: Path) -> str:
    """What tells one build of the tables from another: the hash of its list of sources."""
    sources = tables / "sources.csv"
    return sha256(sources) if sources.is_file() else ""


def built_on(tables: Path) -> str:
    """The edition of the shipped tables that a user's tables were compiled with."""
    try:
        record = json.loads((tables / EDITIONS_FILE).read_text(encoding="utf-8"))
        return str(record["built_on"])
    except (OSError, ValueError, KeyError, TypeError):
        return ""


def notebooks_dir() -> Path:
    """Folder of the parameterised notebooks."""
    return _home("notebooks", "_notebooks")


def _home(in_clone: str, in_wheel: str) -> Path:
    bundled = _PACKAGE / in_wheel
    return bundled if bundled.is_dir() else _PACKAGE.parent / in_clone


def read_table(path: Path) -> pd.DataFrame:
    """Read one embedded table as text, blanks kept as empty text."""
    try:
        return pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8")
    except FileNotFoundError:
        msg = (
            f"The embedded table {path.name} is missing from {path.parent}. It should come "
            "with the package: install it again, or run `highneeds data build --raw DIR`."
        )
        raise SourceError(msg) from None


def table_bytes(table: pd.DataFrame, *, compress: bool, level: int = 9) -> bytes:
    """The bytes of a table as CSV; the same table always gives the same bytes."""
    text = table.to_csv(index=False, lineterminator="\n").encode("utf-8")
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
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    except OSError as error:
        raise OutputError(_cannot_write(path, error)) from None
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
    except OSError as error:
        Path(temporary).unlink(missing_ok=True)
        raise OutputError(_cannot_write(path, error)) from None
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


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
    staged = folder.with_name(f".{folder.name}.new")
    previous = folder.with_name(f".{folder.name}.old")
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


def _recover(folder: Path) -> None:
    previous = folder.with_name(f".{folder.name}.old")
    # A file of that name is somebody else's, and no folder to put back.
    if previous.is_dir() and not folder.exists():
        previous.rename(folder)
    for left in (previous, folder.with_name(f".{folder.name}.new")):
        shutil.rmtree(left, ignore_errors=True)


def _present(folder: Path) -> bool:
    """Whether a folder is there, put back first where a killed process left it aside."""
    if not folder.is_dir() and folder.with_name(f".{folder.name}.old").is_dir():
        recover_folder(folder)
    return folder.is_dir()


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


if sys.platform == "win32":
    import msvcrt

    def _lock_target(folder: Path) -> tuple[Path, int]:
        return folder / ".lock", os.O_RDWR | os.O_CREAT

    def try_lock(handle: int) -> bool:
        """Take the lock of an open file, if it is free; the system lets go at its end."""
        try:
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

    def _flush(folder: Path) -> None:
        """A folder cannot be flushed to disk here."""

else:
    import fcntl

    def _lock_target(folder: Path) -> tuple[Path, int]:
        # The folder itself, so that no lock file is left lying about.
        return folder, os.O_RDONLY

    def try_lock(handle: int) -> bool:
        """Take the lock of an open file, if it is free; the system lets go at its end."""
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError:
            # A file system without locks; one writer at a time is then up to the user.
            return True
        return True

    def _flush(folder: Path) -> None:
        """Have the names in a folder on disk, or a power cut could undo a rename."""
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def sha256(path: Path) -> str:
    """SHA-256 of a file, as hexadecimal text."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _cannot_write(path: Path, error: OSError) -> str:
    reason = error.strerror or str(error)
    return (
        f"Cannot write {path.name} in {path.parent}: {reason}. Nothing was left "
        "half-written. Choose a folder you may write to with --out, or close the file if "
        "it is open."
    )
