"""Where data lives: the tables that travel with the package, and a user's own beside them.

The tables travel with the package: beside it in a clone, inside it in a wheel. Editions a
user has added live apart in a folder of their own, so that those shipped are never changed.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import warnings
from pathlib import Path

import pandas as pd

from highneeds.atomic import aside_of, recover_folder, sha256
from highneeds.errors import HighNeedsWarning, SourceError

# Where a user's own editions are kept, when not in the usual place.
USER_DIR_VARIABLE = "HIGHNEEDS_DATA_DIR"
# In a user's folder of tables: what they were compiled from.
EDITIONS_FILE = "editions.json"
# What runs of the model that are kept have said: England under the default, and what the
# method would have foretold from earlier Januaries. Each names the record it was made from.
ENGLAND_FILE, PAST_FILE = "england.csv", "past_forecasts.csv.gz"
BALANCES_FILE = "past_balances.csv"
_PACKAGE = Path(__file__).parent


def data_dir() -> Path:
    """Folder of the embedded tables and assumptions."""
    return _home("data", "_data")


def tables_dir() -> Path:
    """Folder of the tables in use: with the user's added editions, where there are any."""
    own = user_dir() / "tables"
    shipped = shipped_tables_dir()
    if not is_there(own):
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
    """Files of what is measured, assumed, set by policy, forecast or kept; no tables."""
    data = data_dir()
    kinds = ("*.toml", "assumptions/*.toml", ENGLAND_FILE, PAST_FILE, BALANCES_FILE)
    return sorted(path for kind in kinds for path in data.glob(kind))


def shipped_tables_dir() -> Path:
    """Folder of the tables that came with the package, without any added edition."""
    folder = data_dir() / "tables"
    is_there(folder)
    return folder


def user_dir() -> Path:
    """Folder of what the user downloads and adds: ``HIGHNEEDS_DATA_DIR``, or the usual one.

    In a clone that is ``data/user``, which is not committed; for an installed package, the
    system's folder for a program's own data.
    """
    given = os.environ.get(USER_DIR_VARIABLE)
    if given:
        return Path(given).expanduser()
    if not is_installed():
        return _PACKAGE.parent / "data" / "user"
    if sys.platform == "win32":
        home = os.environ.get("LOCALAPPDATA") or _own_home() / "AppData/Local"
    elif sys.platform == "darwin":
        home = _own_home() / "Library/Application Support"
    else:
        home = os.environ.get("XDG_DATA_HOME") or _own_home() / ".local/share"
    return Path(home) / "highneeds"


def is_installed() -> bool:
    """Whether this package is an installed one, whose folder is nobody's to write in."""
    return (_PACKAGE / "_data").is_dir()


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
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
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


def is_there(folder: Path) -> bool:
    """Whether a folder is there, put back first where a killed process left it aside."""
    if not folder.is_dir() and aside_of(folder).is_dir():
        recover_folder(folder)
    return folder.is_dir()
