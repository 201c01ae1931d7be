"""Since: what changed from the last report on an area to the one that takes its place.

The record of the last report is kept beside the new one, as ``last/report.json``: it alone
decides what is said, so that a run made again says the same.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from highneeds.errors import some
from highneeds.files import kept_json
from highneeds.notebook.folder import MANIFEST
from highneeds.report.headline_record import HEADLINE_FILE
from highneeds.report.tables import Column, Table, Words
from highneeds.words import chance, count, day_words, millions, missing

if TYPE_CHECKING:
    from nbformat import NotebookNode

LAST_FILE = "last/report.json"
HEADING = "What changed since the last report"
# The section stands before the first of these that the notebook has.
_BEFORE = ("## What to do next", "## Run details")
_DATA, _TABLES = "data/", "data/tables/"


def last_report(folder: Path) -> dict[str, Any] | None:
    """The record of the report in a folder, with that of the one before; None of none."""
    try:
        manifest = kept_json(folder / MANIFEST)
        headline = kept_json(folder / HEADLINE_FILE)
        found = {
            "made": str(manifest["began"])[:10],
            **record_of(manifest, headline),
        }
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return found | {"before": kept_record(folder)}


def record_of(manifest: Mapping[str, Any], headline: Mapping[str, Any]) -> dict[str, Any]:
    """What two reports are compared by: what each was made from, and its headline."""
    return {
        "version": manifest["versions"]["highneeds"],
        **{name: manifest[name] for name in ("code", "inputs", "parameters")},
        "headline": headline,
    }


def record_bytes(record: Mapping[str, Any]) -> bytes:
    """The record as the file that is kept."""
    return (json.dumps(record, indent=1, ensure_ascii=False) + "\n").encode("utf-8")


def kept_record(folder: Path) -> dict[str, Any] | None:
    """The record of the last report that a report was made beside."""
    try:
        found = kept_json(folder / LAST_FILE)
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None


def beside_last(
    last: Mapping[str, Any] | None, now: Mapping[str, Any]
) -> Mapping[str, Any] | None:
    """The record to set a report beside: the last one, or where that is no other, its own.

    A report made again of the same, with the same figures, goes on saying what it said.
    """
    if last is None:
        return None
    if _causes(last, now) or _figures(last["headline"], now["headline"]):
        return {name: one for name, one in last.items() if name != "before"}
    before: Mapping[str, Any] | None = last.get("before")
    return before


def add_section(
    done: NotebookNode, last: Mapping[str, Any], now: Mapping[str, Any]
) -> None:
    """Put the section into an executed notebook, before what is to be done next."""
    from nbformat import v4

    found: list[Table | Words] = [Words(tuple(_sentences(last, now)))]
    rows = _figures(last["headline"], now["headline"])
    if rows:
        found.append(_table(rows))
    shown = [one._repr_mimebundle_() for one in found]
    outputs = [
        v4.new_output("display_data", data=data, metadata=said) for data, said in shown
    ]
    cells = [
        v4.new_markdown_cell(f"## {HEADING}", id="since-last-heading"),
        v4.new_code_cell(
            f"# Written by the run, from {LAST_FILE}.", id="since-last", outputs=outputs
        ),
    ]
    places = [
        place
        for begins in _BEFORE
        for place, cell in enumerate(done.cells)
        if cell.cell_type == "markdown" and cell.source.startswith(begins)
    ]
    at = places[0] if places else len(done.cells)
    done.cells[at:at] = cells


def _sentences(last: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[str]:
    made = day_words(date.fromisoformat(last["made"]))
    yield f"The last report in this folder was made on {made}."
    if not _figures(last["headline"], now["headline"]):
        yield "No headline figure changed."
    causes = _causes(last, now)
    if not causes:
        yield "It was made from the same figures, assumptions, settings and package."
        return
    for kind, what in causes.items():
        yield f"{kind}: {what}."
    if not _figures(last["headline"], now["headline"]):
        return
    if len(causes) == 1:
        yield "Nothing else differs, so that explains every change below."
    else:
        yield "More than one thing differs, and the changes below are theirs jointly."


def _causes(last: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, str]:
    """What differs between what two reports were made from, by kind."""
    old, new = last["inputs"], now["inputs"]
    names = [name for name in {**old, **new} if old.get(name) != new.get(name)]
    tables = [name.removeprefix(_TABLES) for name in names if name.startswith(_TABLES)]
    stated = [
        name.removeprefix(_DATA)
        for name in names
        if name.startswith(_DATA) and not name.startswith(_TABLES)
    ]
    others = [name for name in names if not name.startswith(_DATA)]
    settings = [
        f"{name} {_said(last['parameters'].get(name))} then {_said(value)}"
        for name, value in now["parameters"].items()
        if name in last["parameters"] and last["parameters"][name] != value
    ]
    package = ""
    if last["version"] != now["version"]:
        package = f"version {last['version']} then {now['version']}"
    elif last["code"] != now["code"]:
        package = f"changed within version {now['version']}"
    found = {
        "Published figures": some(tables),
        "Assumptions": some(stated),
        "Files and notebook": some(others),
        "Settings": some(settings),
        "The package": package,
    }
    return {kind: what for kind, what in found.items() if what}


def _said(value: Any) -> str:
    return "none" if value in ("", None) else str(value)


def _figures(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[tuple[str, ...]]:
    """The figures of the headline that differ: what, before, now, change."""
    rows: list[tuple[str, ...]] = []
    if old["balance_year"] == new["balance_year"] and old["level"] == new["level"]:
        ends = [(one["balance"] or {}).get("central") for one in (old, new)]
        rows.append(("Balance at the end of " + new["balance_year"], *_moved(*ends)))
        chances = [(one["chance"], one["draws"]) for one in (old, new)]
        if all(share is not None for share, _ in chances):
            rows.append(
                ("Chance of a deficit then", *(chance(*one) for one in chances), "")
            )
    if old["until"] == new["until"]:
        what = f"High needs block less spending in {new['until']}"
        rows.append((what, *_moved(old["gap"], new["gap"])))
    if old["plans_years"] == new["plans_years"]:
        before, now = old["plans"][-1], new["plans"][-1]
        moved = count(now - before, signed=True)
        what = f"EHC plans in January {new['plans_years'][-1]}"
        rows.append((what, count(before), count(now), moved))
    return [row for row in rows if row[1] != row[2]]


def _moved(old: float | None, new: float | None) -> tuple[str, str, str]:
    if old is None or new is None or missing(old) or missing(new):
        return millions(old), millions(new), ""
    return millions(old), millions(new), millions(new - old, signed=True)


def _table(rows: list[tuple[str, ...]]) -> Table:
    names = ("what", "before", "now", "change")
    return Table(
        "since_last_report",
        "Headline figures that changed",
        (
            Column("what", "Figure"),
            *(Column(name, name.capitalize(), "figure") for name in names[1:]),
        ),
        pd.DataFrame(rows, columns=list(names)),
        ("A negative balance is a deficit; a negative change is a larger one.",),
    )
