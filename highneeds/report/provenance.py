"""Where a report comes from: the published files, and how to repeat the run."""

from __future__ import annotations

import platform
from collections.abc import Collection
from importlib.metadata import version
from typing import TYPE_CHECKING

import pandas as pd

from highneeds import __version__, atomic, home
from highneeds.report.sources_line import source_anchor
from highneeds.report.tables import Column, Table, Words
from highneeds.words import count

if TYPE_CHECKING:
    from highneeds.answers.projection import Projection


_SHORT = 12


def sources_table(read: Collection[str] | None = None, *, linked: bool = False) -> Table:
    """The published files the figures were read from, with hashes: all, or those read.

    Rows are named where lines under figures are `linked` to them.
    """
    found = home.read_table(home.tables_dir() / "sources.csv")
    if read is not None:
        found = found[found["source_id"].isin(read)]
    return Table(
        "sources",
        "Published files the figures were read from",
        (
            Column("publication", "Publication"),
            Column("publisher", "Publisher"),
            Column("edition", "Edition"),
            Column("file", "File", "words"),
            Column("licence", "Licence"),
            Column("sha256", "SHA-256", "hash"),
        ),
        found,
        (
            "Contains public sector information licensed under the Open Government "
            "Licence v3.0.",
        ),
        anchors=tuple(map(source_anchor, found["source_id"])) if linked else (),
    )


def own_file(result: Projection) -> list[tuple[str, str]]:
    """The file of the authority's own figures, where there is one, for lists of a run."""
    own = result.own
    if own is None:
        return []
    return [
        (
            "Own figures",
            f"{count(len(own.figures))} from {own.file_name}, SHA-256 {own.sha256}; the "
            "file itself is not part of the report",
        )
    ]


def cite_words(result: Projection) -> Words:
    """How to cite the report: version, edition, scenario, draws and seed."""
    scenario = result.scenario
    draft = "" if scenario.approved_by else ", draft"
    edition = home.edition_of(home.tables_dir())[:_SHORT]
    return Words(
        (
            f"Cite this as: highneeds {__version__}, {result.area.name}: high needs "
            f"outlook, scenario “{scenario.title}”{draft}, {count(result.draws)} futures, "
            f"seed {result.seed}, published figures of edition {edition}. Name a figure by "
            "its number on the page, and its file in figures/.",
        )
    )


def run_details(result: Projection) -> Table:
    """What a reader needs to repeat the run; no clock, so that it can be compared."""
    scenario = result.scenario
    data = atomic.sha256(home.tables_dir() / "sources.csv")
    rows = [
        ("Area", str(result.area)),
        ("Scenario", f"{scenario.title} ({scenario.name}), {scenario.date}"),
        ("Written by", scenario.author or "not stated"),
        ("Approved by", scenario.approved_by or "nobody yet: a draft for discussion"),
        ("Years", f"{result.base_year} to {result.until}"),
        ("Simulated futures", count(result.draws)),
        ("Seed", str(result.seed)),
        ("Published figures", f"edition {data[:12]} (SHA-256 of the list of sources)"),
        *own_file(result),
        ("highneeds", __version__),
        ("Python", platform.python_version()),
        ("NumPy, pandas", f"{version('numpy')}, {version('pandas')}"),
    ]
    return Table(
        "run",
        "How to repeat this run",
        (Column("what", "What"), Column("value", "Value")),
        pd.DataFrame(rows, columns=["what", "value"]),
        ("Times and the hash of every file are in manifest.json.",),
    )
