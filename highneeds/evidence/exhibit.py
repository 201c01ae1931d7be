"""Exhibit: a numbered table or figure that says where it is from and how far it goes."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from typing import Any

import pandas as pd

from highneeds import home
from highneeds.report.chart import Chart
from highneeds.report.tables import Column, Table

LICENCE = "Open Government Licence v3.0"
# Editions of one series differ in the year alone: they are named once.
_OF_ONE_YEAR = re.compile(r", Reporting year \d{4}|(?<=outturn) \d{4}-\d{2}(?=:)")
FULL_COUNT = "none: a full count, not a sample"


@dataclass(frozen=True, eq=False)
class Exhibit:
    """One numbered table or figure of an evidence pack.

    ``number`` is T1, T2 … or F1, F2 …; ``cell`` the id of the notebook cell that made it;
    ``source_ids`` the files in ``sources.csv`` its figures were read from; ``n`` what was
    counted; ``interval`` what the interval is, or why there is none; ``cited`` names what
    it rests on that is no published file.
    """

    number: str
    cell: str
    item: Table | Chart
    source_ids: tuple[str, ...]
    n: str
    interval: str
    caveat: str
    cited: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """The caption of the table or the finding of the figure, without the number."""
        return self.item.caption if isinstance(self.item, Table) else self.item.title

    @property
    def heading(self) -> str:
        """The number and the title; a figure's ends like a sentence."""
        stop = "" if isinstance(self.item, Table) else "."
        return f"{self.number}. {self.title}{stop}"

    @property
    def sources(self) -> list[dict[str, str]]:
        """Publication, publisher, release and licence of each file, in written order."""
        return [source_of(one) for one in self.source_ids]

    def provenance(self) -> list[str]:
        """Sentences on source and release, n, interval, caveat and cell."""
        releases: dict[str, list[str]] = {}
        for source in self.sources:
            series = _OF_ONE_YEAR.sub("", source["title"])
            release = releases.setdefault(f"{source['publisher']}, {series}", [])
            if source["release"] not in release:
                release.append(source["release"])
        named = [
            f"{name} (release: {', '.join(found)})" for name, found in releases.items()
        ]
        said = "; ".join([*named, *self.cited])
        return [
            f"Source: {said}.",
            f"n: {self.n}. Interval: {self.interval}.",
            f"Caveat: {self.caveat}",
            f"Made by cell: {self.cell}.",
        ]

    def shown(self) -> Table | Chart:
        """The table or chart with its number and what it rests on."""
        if isinstance(self.item, Table):
            return replace(
                self.item,
                name=self.number,
                caption=self.heading,
                notes=(*self.item.notes, *self.provenance()),
            )
        said = " ".join([self.heading, self.item.caption, *self.provenance()])
        return replace(self.item, name=self.number, caption=said)

    def metadata(self) -> dict[str, Any]:
        """What stands beside the exhibit's file, ready for JSON."""
        record: dict[str, Any] = {
            "number": self.number,
            "title": self.title,
            "sources": self.sources,
            "cited": list(self.cited),
            "licence": LICENCE,
            "n": self.n,
            "interval": self.interval,
            "caveat": self.caveat,
            "cell": self.cell,
        }
        if isinstance(self.item, Chart):
            return record | {"caption": self.item.caption, "alt": self.item.alt}
        return record | {
            "notes": list(self.item.notes),
            "columns": [
                {"key": one.key, "heading": one.heading, "kind": one.kind}
                for one in self.item.columns
            ],
        }

    def __repr__(self) -> str:
        return repr(self.shown())

    def _repr_mimebundle_(
        self, include: object = None, exclude: object = None
    ) -> tuple[dict[str, str], dict[str, Any]]:
        shown, said = self.shown()._repr_mimebundle_()
        ours = said["highneeds"] | {
            "exhibit": self.number,
            "heading": self.heading,
            "cell": self.cell,
        }
        return shown, said | {"highneeds": ours}


def in_words(day: date) -> str:
    """A day as people write it: 26 June 2026."""
    # Not %-d, which Windows does not know.
    return f"{day.day} {day:%B %Y}"


def source_of(source_id: str) -> dict[str, str]:
    """Title, publisher, release, licence and file of one source."""
    found: Mapping[str, str] = _sources()[source_id]
    names = {
        "source_id": "source_id",
        "title": "publication",
        "publisher": "publisher",
        "release": "edition",
        "licence": "licence",
        "file": "file",
        "sha256": "sha256",
    }
    return {ours: str(found[theirs]) for ours, theirs in names.items()}


def used_sources_table(exhibits: Sequence[Exhibit]) -> Table:
    """Every file behind the exhibits, and which of them rest on it."""
    used: dict[str, list[str]] = {}
    for exhibit in exhibits:
        for source_id in exhibit.source_ids:
            used.setdefault(source_id, []).append(exhibit.number)
    rows = [{**source_of(one), "used": ", ".join(used[one])} for one in sorted(used)]
    return Table(
        "evidence_sources",
        "Published files behind the tables and figures",
        (
            Column("title", "Publication"),
            Column("publisher", "Publisher"),
            Column("release", "Release"),
            Column("file", "File", "words"),
            Column("used", "Used in"),
        ),
        pd.DataFrame(rows),
        (f"Contains public sector information licensed under the {LICENCE}.",),
    )


@cache
def _sources() -> dict[str, dict[str, str]]:
    table = home.read_table(home.tables_dir() / "sources.csv")
    return {str(row["source_id"]): row for row in table.to_dict("records")}  # type: ignore[misc]
