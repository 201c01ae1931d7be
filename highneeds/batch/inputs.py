"""Inputs: what a run was made from, as hashes that tell two runs apart."""

from __future__ import annotations

import csv
import gzip
import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Any

from highneeds import __version__, atomic, home
from highneeds.notebook.manifest import code_sha256, versions
from highneeds.scenario.scenario import Scenario

_SHORT = 12


def edition() -> str:
    """The edition of the tables in use, as reports print it."""
    return home.edition_of(home.tables_dir())[:_SHORT]


def run_inputs(scenarios: Iterable[Scenario], notebooks: Iterable[Path]) -> dict[str, Any]:
    """Hashes of everything a run reads and of the code it runs, by kind."""
    tables = sorted(p for p in home.tables_dir().iterdir() if p.is_file())
    files = {path for scenario in scenarios for path in scenario.files}
    return {
        "data": {path.name: atomic.sha256(path) for path in tables},
        "assumptions": {path.name: atomic.sha256(path) for path in home.stated_files()},
        "scenario": {path.name: atomic.sha256(path) for path in sorted(files)},
        "code": {"version": __version__, "sha256": code_sha256()},
        # Apart: another choice of notebooks is no other package.
        "notebooks": {path.name: atomic.sha256(path) for path in sorted(notebooks)},
        "packages": {name: one for name, one in versions().items() if name != "highneeds"},
    }


def digest(record: Any) -> str:
    """SHA-256 of anything that JSON can hold, whatever the order of its keys."""
    text = json.dumps(record, sort_keys=True, ensure_ascii=False)
    return atomic.sha256(text.encode("utf-8"))


def data_digests() -> dict[str, dict[str, str]]:
    """What `compare` needs to tell a revised figure from a new one.

    Returns
    -------
    dict
        ``sources``: hash of each published file, by source. ``years``: hash of each
        table's rows for a year, by ``table year``. ``areas``: hash of an authority's own
        rows in every table, by code.
    """
    tables = home.tables_dir()
    found = [(path.name, path.stat()) for path in sorted(tables.iterdir())]
    files = tuple((name, one.st_size, one.st_mtime_ns) for name, one in found)
    return _data_digests(tables, files)


@lru_cache(maxsize=2)
def _data_digests(tables: Path, _files: tuple[object, ...]) -> dict[str, dict[str, str]]:
    sources = home.read_table(tables / "sources.csv")
    years: dict[str, str] = {}
    areas: dict[str, Any] = defaultdict(dict)
    for path in sorted(tables.glob("*.csv.gz")):
        name = path.name.removesuffix(".csv.gz")
        by_year, by_area = _row_digests(path, "year", "la_code")
        years |= {f"{name} {year}": found for year, found in by_year.items()}
        for la_code, found in by_area.items():
            areas[la_code][name] = found
    return {
        "sources": dict(zip(sources["source_id"], sources["sha256"], strict=True)),
        "years": years,
        "areas": {code: digest(found)[:_SHORT] for code, found in sorted(areas.items())},
    }


def _row_digests(path: Path, *columns: str) -> list[dict[str, str]]:
    """For each column, the hash of the rows that hold each of its values."""
    with gzip.open(path, "rt", encoding="utf-8", newline="") as stream:
        rows = csv.reader(stream)
        header = next(rows)
        places = [header.index(column) for column in columns]
        begun = hashlib.sha256(_row_bytes(header))
        held: list[defaultdict[str, Any]] = [defaultdict(begun.copy) for _ in columns]
        for row in rows:
            content = _row_bytes(row)
            for place, found in zip(places, held, strict=True):
                found[row[place]].update(content)
    return [
        {value: one.hexdigest()[:_SHORT] for value, one in sorted(found.items())}
        for found in held
    ]


def _row_bytes(row: list[str]) -> bytes:
    # Separators that no published text holds, so that no two rows read alike.
    return ("\x1f".join(row) + "\x1e").encode("utf-8")
