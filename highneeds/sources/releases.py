"""The publications we follow: how each table is known, and what each release changes.

Readers know one layout of each table. Columns and topics that a later (or earlier) release
names otherwise are brought back to that layout here; what nobody has given a meaning is
refused, not left out. The layouts and the changes by release are in ``releases.toml``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path

import pandas as pd

from highneeds.errors import SourceError, some
from highneeds.files import read_shipped
from highneeds.periods import PERIOD_TYPES, AcademicYear, Period
from highneeds.sources.contract import numbers_in
from highneeds.words import hint, plural

AREA_COLUMNS = """time_period time_identifier geographic_level country_code country_name
region_code region_name new_la_code old_la_code la_name""".split()
NEVER = "(?!)"
_NO_FIGURE = frozenset({"x", "z"})
_ARTICLES = re.compile(r"\b(?:an?|the)\b")


@dataclass(frozen=True)
class Change:
    """What a release calls otherwise than the layout its reader knows.

    `renamed` maps its names to ours; `summed` maps our name to the columns it was split
    into; `added` are columns known to be new, read only where a reader asks for them;
    `dropped` maps our name of a column it no longer has to the breakdown that came from it
    (``type/name``, or nothing where the reader derives it); `topics` are its names for the
    topics of ``breakdown_topic``, by what they are to the reader.
    """

    release: int
    renamed: Mapping[str, str] = field(default_factory=dict)
    summed: Mapping[str, list[str]] = field(default_factory=dict)
    added: tuple[str, ...] = ()
    dropped: Mapping[str, str] = field(default_factory=dict)
    topics: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Layout:
    """One published table, as the reader of ``source_id`` knows it (``releases.toml``).

    A ``yearly`` one has a file of its own for each year, so that a year held may be given
    again without the years after it. `sums` maps a column to those that add up to it in
    every row; `percentages` one to the column it is the percentage of and, summed, the
    columns of the whole (`beside`).
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
    topics: Mapping[str, str] = field(default_factory=dict)
    changes: tuple[Change, ...] = ()
    over: bool = False
    yearly: bool = False
    sums: Mapping[str, list[str]] = field(default_factory=dict)
    percentages: Mapping[str, list[str]] = field(default_factory=dict)

    def period(self, text: str) -> Period:
        """A period as the table writes it, in the calendar of its measure."""
        if self.period_type == "january" and self.identifier == "Academic year":
            return AcademicYear.parse(text).census()
        return PERIOD_TYPES[self.period_type].parse(text)

    def release(self, last: Period) -> int:
        """The reporting year of a release that goes to this period."""
        return last.end + (self.period_type == "calendar")

    @cached_property
    def known_columns(self) -> frozenset[str]:
        """Every column that some release of this table is known to have."""
        known = {*AREA_COLUMNS, *self.columns}
        for change in self.changes:
            known |= {name for name in change.renamed if "{" not in name}
            known |= {*change.added, *(name for _, name in _parts(change))}
        return frozenset(known)

    @cached_property
    def _by_lower(self) -> dict[str, str]:
        return {one.lower(): one for one in sorted(self.known_columns)}

    @cached_property
    def _renamed(self) -> list[tuple[re.Pattern[str], str]]:
        """What each release calls otherwise, as patterns, and our name of it."""
        return [
            (
                re.compile(
                    re.escape(theirs).replace(r"\{year\}", r"20\d\d"), re.IGNORECASE
                ),
                our,
            )
            for change in self.changes
            for theirs, our in change.renamed.items()
        ]

    @property
    def dropped(self) -> dict[str, str]:
        """Columns that some release no longer has, and the breakdown each gave."""
        return {name: kind for one in self.changes for name, kind in one.dropped.items()}

    def topic_names(self, role: str) -> list[str]:
        """Every name some release has for a topic, that of the layout first."""
        later = (change.topics.get(role, "") for change in self.changes)
        return [self.topics[role], *filter(None, later)]

    def ours(self, name: str) -> str:
        """Our name of a column some release calls `name`; itself where nobody renamed it.

        Names that differ only in case are the same.
        """
        name = self._by_lower.get(name.lower(), name)
        found = (our for pattern, our in self._renamed if pattern.fullmatch(name))
        return next(found, name)

    def names_of(self, columns: Iterable[object]) -> set[str]:
        """Our names of columns, among them those that are put together again of parts."""
        names = {self.ours(str(name)) for name in columns}
        for change in self.changes:
            for name, parts in change.summed.items():
                names |= {name} if set(parts) <= names else set()
        return names


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
    file = Path(__file__).with_name("releases.toml")
    found = {}
    for key, entry in read_shipped(file).items():
        changes = tuple(Change(**change) for change in entry.pop("changes", ()))
        columns = frozenset(entry.pop("columns").split())
        found[key] = Layout(key=key, columns=columns, changes=changes, **entry)
    return found


@cache
def _by_source() -> dict[str, Layout]:
    return {layout.source_id: layout for layout in layouts().values()}


def layout_of(source_id: str) -> Layout | None:
    """The layout of the table that the reader of a source knows, if it is followed."""
    return _by_source().get(source_id)


def same_topic(text: str, name: str) -> bool:
    """Whether two names of a topic differ at most in case, articles and spaces."""
    return _plain(text) == _plain(name)


def _plain(text: str) -> str:
    return " ".join(_ARTICLES.sub(" ", text.lower()).split())


def to_known_columns(table: pd.DataFrame, source_id: str) -> pd.DataFrame:
    """A published table with the column names the reader of `source_id` knows.

    Names that differ only in case are the same; a renamed column gets its known name; a
    column since split is put together again beside its parts.

    Parameters
    ----------
    table : DataFrame of text
        As published. A table that is not followed is given back as it is.
    """
    layout = layout_of(source_id)
    if layout is None:
        return table
    table = table.set_axis([layout.ours(str(name)) for name in table.columns], axis=1)
    for change in layout.changes:
        for name, parts in change.summed.items():
            if name not in table.columns and set(parts) <= set(table.columns):
                table = table.assign(**{name: _summed(table, parts)})
    return table


def not_yet_split(table: pd.DataFrame, parts: list[str]) -> pd.DataFrame:
    """Where a part was not told apart yet: it has no figure in any row of the period.

    Such a part is inside the other, which then has the figure of both. Withheld, a figure
    is missing in some rows and not in all.

    Returns
    -------
    DataFrame of bool
        A column for each part, a row for each row of `table`.
    """
    period = table.get("time_period", pd.Series("", table.index))
    without = table[parts].apply(lambda cells: cells.str.strip().isin(_NO_FIGURE))
    unsplit = without.groupby(period).transform("all")
    # With no part left to hold the figure of all, none is published.
    return unsplit & ~unsplit.all(axis=1).to_numpy()[:, None]


def _parts(change: Change) -> list[tuple[str, str]]:
    return [(name, part) for name, parts in change.summed.items() for part in parts]


def _summed(table: pd.DataFrame, parts: list[str]) -> pd.Series:
    """Columns of published text added up; where one is a symbol, the first symbol."""
    counted = ~not_yet_split(table, parts)
    plain = table[parts].apply(lambda cells: cells.str.strip())
    numbers = plain.apply(numbers_in)
    symbols = plain.where(numbers.isna() & counted)
    symbol = symbols[parts[0]]
    for part in parts[1:]:
        symbol = symbol.where(symbol.notna(), symbols[part])
    total = numbers.where(counted).sum(axis=1).map("{:.15g}".format)
    return total.where(symbol.isna(), symbol)


def require_known_columns(table: pd.DataFrame, source_id: str, where: str) -> None:
    """Refuse a column that no release of this table is known to have.

    Raises
    ------
    SourceError
        Names each unknown column with the nearest known one.
    """
    layout = layout_of(source_id)
    if layout is None:
        return
    known = layout.known_columns
    strangers = [str(name) for name in table.columns if name not in known]
    if strangers:
        named = [f"{name}{hint(name, sorted(known))}" for name in strangers]
        newest = max([2025, *(change.release for change in layout.changes)])
        msg = (
            f"{where} has {plural(len(strangers), 'column')} this package does not know: "
            f"{some(named)}. Expected those of the releases to "
            f"{newest}. Compare the release's data guidance. A new column may be left out "
            "with --without COLUMN; one that was renamed needs a newer version of this "
            "package, whose releases.toml says what each release changed."
        )
        raise SourceError(msg)
