"""The publications we follow: how each table is known, and how its columns change by year.

Readers know one layout of each table. What a later (or earlier) release names otherwise is
brought back to that layout here; what nobody has given a meaning is refused, not dropped.
The layouts and the changes by release are in ``releases.toml``.
"""

from __future__ import annotations

import difflib
import gzip
import re
import tomllib
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import pandas as pd

from highneeds.errors import SourceError, UsageError, some
from highneeds.periods import PERIOD_TYPES, AcademicYear, FinancialYear, Period
from highneeds.sources.contract import SourceFile, require_columns
from highneeds.sources.files import RawFiles

_AREA_COLUMNS = """time_period time_identifier geographic_level country_code country_name
region_code region_name new_la_code old_la_code la_name""".split()
_WHOLE_YEARS = {"Calendar year", "Academic year", "Financial year", "Reporting year"}
_NEVER = "(?!)"
# The largest table followed is 10 MB.
_MOST_BYTES, _CHUNK = 128 * 1024 * 1024, 1024 * 1024
_INFORMATION_SHEET = re.compile(r"Information_(\d{4})_to_(\d{4})")


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
    """One published table, as the reader of ``source_id`` knows it (``releases.toml``)."""

    key: str
    source_id: str
    publication: str
    marks: list[str]
    columns: frozenset[str]
    identifier: str
    measure: str
    period_type: str
    breakdown_type: str = "total"
    title: str = _NEVER
    unless: str = _NEVER
    file_id: str = ""
    changes: tuple[Change, ...] = ()
    over: bool = False

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
        known = {*_AREA_COLUMNS, *self.columns}
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


class AddedFile(RawFiles):
    """One file of another edition, standing where the build has the edition it follows."""

    def __init__(
        self, file: Path, source: SourceFile, years: range, table: pd.DataFrame | None
    ) -> None:
        super().__init__(file.parent)
        self._file, self._source, self._years, self._table = file, source, years, table

    def path(self, source: SourceFile) -> Path:
        """The added file, for the one source it stands for."""
        if source.source_id != self._source.source_id:
            msg = f"{self._file.name} was taken for {self._source.source_id} only."
            raise SourceError(msg)
        return self._file

    def read_csv(self, source: SourceFile, **options: object) -> pd.DataFrame:
        """The table, read once when it was recognised."""
        self.path(source)
        assert self._table is not None
        return self._table

    def years(self, source: SourceFile, built: range) -> range:
        """The years this edition covers, whatever the build's does."""
        return self._years


@dataclass(frozen=True)
class Recognised:
    """What a file turned out to be."""

    layout: Layout
    periods: tuple[Period, ...]
    table: pd.DataFrame | None = field(repr=False)
    notes: tuple[str, ...] = ()

    @property
    def release(self) -> int:
        """The reporting year of the release."""
        return self.layout.release(self.periods[-1])

    def as_raw(self, file: Path, source: SourceFile) -> AddedFile:
        """The file as its reader wants it."""
        years = range(self.periods[0].end, self.periods[-1].end + 1)
        return AddedFile(file, source, years, self.table)


DSG = Layout(
    "dsg",
    "dsg_summaries",
    "Dedicated schools grant (DSG): allocations",
    [],
    frozenset(),
    "Financial year",
    "high_needs_block_before_deductions_gbp",
    "financial",
)


def recognise(file: Path, without: Iterable[str] = ()) -> Recognised:
    """Tell which publication and release a file is, by its columns and periods.

    Parameters
    ----------
    without : iterable of str
        Columns the user wants left out although nobody has given them a meaning.

    Raises
    ------
    SourceError
        The file is none of the tables we follow, or covers part of a year.
    """
    if not file.is_file():
        msg = f"There is no file {file}. Give the path of a file you downloaded."
        raise UsageError(msg)
    _require_modest(file)
    if file.suffix.lower() in {".ods", ".xlsx"}:
        return _workbook(file)
    source = SourceFile("", file.name, "the publication", "its publisher", "new edition")
    table = RawFiles(file.parent).read_csv(source).drop(columns=[*without], errors="ignore")
    layout = _layout_of(table, file.name)
    columns = set(table.columns)
    table = to_known_columns(table, layout.source_id)
    require_columns(table, ["time_period", "time_identifier"], file.name)
    notes = [
        f"{' + '.join(parts)} read as {name} ({change.release} release)"
        for change in layout.changes
        for name, parts in change.summed.items()
        if name in table.columns and name not in columns
    ]
    return Recognised(layout, _periods(table, layout, file.name), table, tuple(notes))


def _require_modest(file: Path) -> None:
    """Refuse a file larger than any table followed, also one that unpacks to more."""
    size = file.stat().st_size
    if file.suffix.lower() == ".gz" and size <= _MOST_BYTES:
        try:
            with gzip.open(file) as stream:
                size = 0
                while size <= _MOST_BYTES and (chunk := stream.read(_CHUNK)):
                    size += len(chunk)
        except (OSError, EOFError, zlib.error):
            return  # the reader says what is wrong with it
    if size > _MOST_BYTES:
        msg = (
            f"{file.name} has {size / 1e6:,.0f} MB or more; at most "
            f"{_MOST_BYTES / 1e6:,.0f} MB are read, and no table followed has so many. "
            "Give the data file of one table."
        )
        raise SourceError(msg)


def _layout_of(table: pd.DataFrame, where: str) -> Layout:
    found, best = [], (0.0, "", {""})
    for layout in layouts().values():
        named = set(to_known_columns(table.head(1), layout.source_id).columns)
        if set(layout.marks) <= named:
            found.append(layout)
        known = layout.known_columns - set(_AREA_COLUMNS)
        shared = len(named & known) / len((named | known) - set(_AREA_COLUMNS))
        best = max(
            best, (shared, layout.key, set(layout.marks) - named), key=lambda b: b[0]
        )
    if len(found) == 1:
        return found[0]
    share, nearest, lacking = best
    near = (
        f"Nearest is {nearest}, but there is no {some(sorted(lacking))}. " if share else ""
    )
    msg = (
        f"{where} is not a table this package follows: no publication has its columns "
        f"({some(table.columns)}). {near}Known: {', '.join(layouts())}, and DSG workbooks. "
        "Check that this is the data file, not its metadata, unpacked from its ZIP."
    )
    raise SourceError(msg)


def _periods(table: pd.DataFrame, layout: Layout, where: str) -> tuple[Period, ...]:
    identifiers = sorted(set(table["time_identifier"]))
    if identifiers != [layout.identifier]:
        part = [name for name in identifiers if name not in _WHOLE_YEARS]
        found = (
            f"covers part of a year ({some(part)}), which is never set beside whole years. "
            "Wait for the release of the whole year"
            if part
            else "is another table with the same columns. It is not followed"
        )
        msg = (
            f"{where} {found}: its time_identifier is {some(map(repr, identifiers))} where "
            f"{layout.key} has {layout.identifier!r}."
        )
        raise SourceError(msg)
    try:
        periods = {layout.period(text) for text in table["time_period"].unique()}
    except UsageError as error:
        msg = f"Unreadable time_period in {where}: {error}"
        raise SourceError(msg) from None
    return tuple(sorted(periods))


def _workbook(file: Path) -> Recognised:
    source = SourceFile("", file.name, DSG.publication, "its publisher", "new edition")
    sheets = RawFiles(file.parent).sheet_names(source)
    years = [found for name in sheets if (found := _INFORMATION_SHEET.fullmatch(name))]
    if len(years) != 1 or "Allocations_summary" not in sheets:
        msg = (
            f"{file.name} is not a workbook this package follows: its sheets are "
            f"{some(sheets)}. Expected a dedicated schools grant workbook, with a sheet "
            "Information_YYYY_to_YYYY and one Allocations_summary."
        )
        raise SourceError(msg)
    year = FinancialYear.parse(f"{years[0][1]}-{years[0][2][2:]}")
    return Recognised(DSG, (year,), None)
