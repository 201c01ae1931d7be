"""The publications we follow: how each table is known, and how its columns change by year.

Readers know one layout of each table. What a later (or earlier) release names otherwise is
brought back to that layout here; what nobody has given a meaning is refused, not dropped.
The layouts and the changes by release are in ``releases.toml``.
"""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import pandas as pd

from highneeds.errors import SourceError, some
from highneeds.periods import PERIOD_TYPES, AcademicYear, Period

AREA_COLUMNS = """time_period time_identifier geographic_level country_code country_name
region_code region_name new_la_code old_la_code la_name""".split()
NEVER = "(?!)"


@dataclass(frozen=True)
class Change:
    """What a release calls otherwise than the layout its reader knows.

    `renamed` maps its names to ours; `summed` maps our name to the columns it was split
    into; `added` are columns known to be new, read only where a reader asks for them.
    """

    release: int
    renamed: Mapping[str, str] = field(default_factory=dict)
    summed: Mapping[str, list[str]] = field(default_factory=dict)
    added: tuple[str, ...] = ()


@dataclass(frozen=True)
class Layout:
    """One published table, as the reader of ``source_id`` knows it (``releases.toml``).

    A ``yearly`` one has a file of its own for each year, so that a year held may be given
    again without the years after it.
    """

    key: str
    source_id: str
    publication: str
    marks: list[str]
    columns: frozenset[str]
    identifier: str
    measure: str
    period_type: str
    breakdown_type: str = "total"
    title: str = NEVER
    unless: str = NEVER
    file_id: str = ""
    changes: tuple[Change, ...] = ()
    over: bool = False
    yearly: bool = False

    def period(self, text: str) -> Period:
        """A period as the table writes it, in the calendar of its measure."""
        if self.period_type == "january" and self.identifier == "Academic year":
            return AcademicYear.parse(text).census()
        return PERIOD_TYPES[self.period_type].parse(text)

    def release(self, last: Period) -> int:
        """The reporting year of a release that goes to this period."""
        return last.end + (self.period_type == "calendar")

    @property
    def known_columns(self) -> set[str]:
        """Every column that some release of this table is known to have."""
        known = {*AREA_COLUMNS, *self.columns}
        for change in self.changes:
            known |= {*change.renamed, *change.added}
            known |= {part for parts in change.summed.values() for part in parts}
        return known


@dataclass(frozen=True)
class LandingPage:
    """A page of the publisher that carries the newest file of one year.

    `address` takes ``{start}`` and ``{end}``, the calendar years a year begins and ends in;
    a page is looked for from `first` on, until a year has none.
    """

    key: str
    publication: str
    address: str
    first: int
    words: str
    suffixes: tuple[str, ...]


# The forms of these addresses are those of pages up to 2024-25. They are to be confirmed by
# the first run with a network: the place this was written in has none.
LANDING_PAGES = (
    LandingPage(
        "dsg",
        "Dedicated schools grant (DSG): allocations",
        "/government/publications/dedicated-schools-grant-dsg-{start}-to-{end}",
        2024,
        r"allocation|dedicated.schools.grant|dsg",
        (".ods", ".xlsx"),
    ),
    LandingPage(
        "ofsted",
        "Area SEND inspections and outcomes in England",
        "/government/statistics/area-send-inspections-and-outcomes-in-england-as-at-"
        "31-december-{start}",
        2024,
        r"data|area.send",
        (".ods", ".xlsx", ".csv"),
    ),
)


@cache
def layouts() -> dict[str, Layout]:
    """Every table we follow, by the word people call it."""
    text = Path(__file__).with_name("releases.toml").read_text(encoding="utf-8")
    found = {}
    for key, entry in tomllib.loads(text).items():
        changes = tuple(Change(**change) for change in entry.pop("changes", ()))
        columns = frozenset(entry.pop("columns").split())
        found[key] = Layout(key=key, columns=columns, changes=changes, **entry)
    return found


@cache
def _by_source() -> dict[str, Layout]:
    return {layout.source_id: layout for layout in layouts().values()}


def to_known_columns(table: pd.DataFrame, source_id: str) -> pd.DataFrame:
    """A published table with the column names the reader of `source_id` knows.

    Names that differ only in case are the same; a renamed column gets its known name; a
    column since split is put together again beside its parts.

    Parameters
    ----------
    table : DataFrame of text
        As published. A table that is not followed is given back as it is.
    """
    layout = _by_source().get(source_id)
    if layout is None:
        return table
    known = {name.lower(): name for name in sorted(layout.known_columns)}
    renamed = {new: old for change in layout.changes for new, old in change.renamed.items()}
    names = [known.get(str(name).lower(), str(name)) for name in table.columns]
    table = table.set_axis([renamed.get(name, name) for name in names], axis=1)
    for change in layout.changes:
        for name, parts in change.summed.items():
            if name not in table.columns and set(parts) <= set(table.columns):
                table = table.assign(**{name: _summed(table[parts])})
    return table


def _summed(parts: pd.DataFrame) -> pd.Series:
    """Columns of published text added up; where one is a symbol, the first symbol."""
    plain = parts.apply(lambda column: column.str.strip().str.replace(",", "", regex=False))
    numbers = plain.apply(lambda column: pd.to_numeric(column, errors="coerce"))
    symbol = plain.where(numbers.isna()).bfill(axis=1).iloc[:, 0]
    total = numbers.sum(axis=1).map("{:.15g}".format)
    return total.where(symbol.isna(), symbol)


def require_known_columns(table: pd.DataFrame, source_id: str, where: str) -> None:
    """Refuse a column that no release of this table is known to have.

    Raises
    ------
    SourceError
        Names each unknown column with the nearest known one.
    """
    layout = _by_source().get(source_id)
    if layout is None:
        return
    known = layout.known_columns
    strangers = [str(name) for name in table.columns if name not in known]
    if strangers:
        newest = max([2025, *(change.release for change in layout.changes)])
        msg = (
            f"{where} has {len(strangers)} column(s) this package does not know: "
            f"{some(_with_nearest(strangers, known))}. Expected those of the releases to "
            f"{newest}. Compare the release's data guidance: a renamed column belongs in "
            "sources/releases.toml; a new one may be left out with --without COLUMN."
        )
        raise SourceError(msg)


def _with_nearest(names: Iterable[str], known: Iterable[str]) -> list[str]:
    found = []
    for name in names:
        near = difflib.get_close_matches(name, sorted(known), n=1, cutoff=0.4)
        found.append(f"{name} (nearest known: {near[0]})" if near else name)
    return found
