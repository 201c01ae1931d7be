"""Inputs: what a run was made from, as hashes that tell two runs apart."""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Iterable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pandas as pd

from highneeds import __version__, embedded, errors
from highneeds.model.scenario import Scenario

_SHORT = 12
_CODE = ("*.css", "*.j2", "*.js", "*.py", "*.toml")
# Packages whose version may move a figure or a byte of a report.
_PACKAGES = ("matplotlib", "nbconvert", "numpy", "pandas", "scipy", "seaborn", "xlsxwriter")


def edition() -> str:
    """The edition of the tables in use, as reports print it."""
    return embedded.edition_of(embedded.tables_dir())[:_SHORT]


def run_inputs(scenarios: Iterable[Scenario], notebooks: Iterable[Path]) -> dict[str, Any]:
    """Hashes of everything a run reads and of the code it runs, by kind."""
    data = embedded.data_dir()
    tables = sorted(p for p in embedded.tables_dir().iterdir() if p.is_file())
    files = {path for scenario in scenarios for path in scenario.files}
    package = Path(errors.__file__).parent
    code = sorted(path for kind in _CODE for path in package.rglob(kind))
    listed = {path.relative_to(package).as_posix(): embedded.sha256(path) for path in code}
    listed |= {f"notebooks/{path.name}": embedded.sha256(path) for path in notebooks}
    return {
        "data": {path.name: embedded.sha256(path) for path in tables},
        "assumptions": {
            path.name: embedded.sha256(path)
            for path in sorted((data / "assumptions").glob("*.toml"))
        },
        "scenario": {path.name: embedded.sha256(path) for path in sorted(files)},
        "code": {"version": __version__, "sha256": digest(listed)},
        "packages": {
            "python": platform.python_version(),
            **{name: version(name) for name in _PACKAGES},
        },
    }


def digest(record: Any) -> str:
    """SHA-256 of anything that JSON can hold, whatever the order of its keys."""
    text = json.dumps(record, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def data_digests() -> dict[str, dict[str, str]]:
    """What `compare` needs to tell a revised figure from a new one.

    Returns
    -------
    dict
        ``sources``: hash of each published file, by source. ``years``: hash of each
        table's rows for a year, by ``table year``. ``areas``: hash of an authority's own
        rows in every table, by code.
    """
    sources = embedded.read_table(embedded.tables_dir() / "sources.csv")
    years: dict[str, str] = {}
    areas: dict[str, Any] = {}
    for path in sorted(embedded.tables_dir().glob("*.csv.gz")):
        table, name = embedded.read_table(path), path.name.removesuffix(".csv.gz")
        for year, rows in table.groupby("year"):
            years[f"{name} {year}"] = _rows_digest(rows)
        for la_code, rows in table.groupby("la_code"):
            areas.setdefault(str(la_code), {})[name] = _rows_digest(rows)
    return {
        "sources": dict(zip(sources["source_id"], sources["sha256"], strict=True)),
        "years": years,
        "areas": {code: digest(found)[:_SHORT] for code, found in sorted(areas.items())},
    }


def _rows_digest(rows: pd.DataFrame) -> str:
    text = embedded.table_bytes(rows, compress=False)
    return hashlib.sha256(text).hexdigest()[:_SHORT]
