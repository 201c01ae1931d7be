"""Where the embedded tables live, and how files are read and replaced whole.

The tables travel with the package: beside it in a clone, inside it in a wheel.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from highneeds.errors import OutputError, SourceError

_PACKAGE = Path(__file__).parent


def data_dir() -> Path:
    """Folder of the embedded tables and assumptions."""
    return _home("data", "_data")


def tables_dir() -> Path:
    """Folder of the tables compiled from published files."""
    return data_dir() / "tables"


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


def table_bytes(table: pd.DataFrame, *, compress: bool) -> bytes:
    """The bytes of a table as CSV; the same table always gives the same bytes."""
    text = table.to_csv(index=False, lineterminator="\n").encode("utf-8")
    if not compress:
        return text
    packed = io.BytesIO()
    # No file name and no clock in the header, or two builds would differ.
    with gzip.GzipFile(filename="", mode="wb", fileobj=packed, mtime=0) as stream:
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

    Raises
    ------
    OutputError
        The folder cannot be written.
    """
    staged = folder.with_name(f".{folder.name}.new")
    previous = folder.with_name(f".{folder.name}.old")
    try:
        recover_folder(folder)
        shutil.rmtree(staged, ignore_errors=True)
        staged.mkdir(parents=True)
        for name, content in files.items():
            replace_file(staged / name, content)
        if folder.exists():
            folder.rename(previous)
        staged.rename(folder)
        shutil.rmtree(previous, ignore_errors=True)
    except OSError as error:
        recover_folder(folder)
        shutil.rmtree(staged, ignore_errors=True)
        raise OutputError(_cannot_write(folder, error)) from None


def recover_folder(folder: Path) -> None:
    """Undo a replacement that was killed between its two renames."""
    previous = folder.with_name(f".{folder.name}.old")
    if previous.exists() and not folder.exists():
        previous.rename(folder)
    shutil.rmtree(previous, ignore_errors=True)


def sha256(path: Path) -> str:
    """SHA-256 of a file, as hexadecimal text."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _cannot_write(path: Path, error: OSError) -> str:
    reason = error.strerror or str(error)
    return (
        f"Cannot write {path.name} in {path.parent}: {reason}. Nothing was left half-written. "
        "Choose a folder you may write to with --out, or close the file if it is open."
    )
