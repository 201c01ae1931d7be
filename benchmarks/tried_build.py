"""What inputs are tried on of files that the build alone reads, each of one edition.

The build names the hash where it is another, so that a figure that changed is always named;
what is looked for is what brings a reader down, and what it refuses without a word.
"""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, partial
from importlib import import_module
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pandas as pd

from benchmarks import tried_cut as cut
from benchmarks.edits import BOOK_EDITS, TABLE_EDITS, as_ever
from benchmarks.measure import ROOT
from benchmarks.tried import Figures, NamedError, Target
from benchmarks.tried_children import quick
from benchmarks.tried_targets import through_file
from highneeds import home
from highneeds.geography import Geography
from highneeds.periods import FinancialYear
from highneeds.refresh.one_file import stored_table
from highneeds.sources import (
    adding_up,
    areas,
    assessments,
    balances,
    block,
    block_detail,
    ceased_plans,
    copies,
    exclusions_derived,
    exclusions_national,
    exclusions_termly,
    lait,
    outcomes,
    plan_flows,
    plans,
    population,
    section251_extracts,
    section251_lines,
    tribunal_table,
    tribunals,
    workbook_child,
)
from highneeds.sources.contract import OBSERVATION_COLUMNS, Reading, SourceFile
from highneeds.sources.csv_table import table_of
from highneeds.sources.files import RawFiles
from tests.raw.finance_copies import write_ods, write_xlsx

Read = Callable[[RawFiles, Geography], Any]
# England, and the regions of the few, as the interactive tool numbers them.
_WIDE = ("970", "980", "985")
_EDITION = block_detail.EDITIONS["2023-24"]
_TOOL_YEARS = ("2022", "2023", "2024", "2021/22", "2022/23", "2023/24")


@dataclass(frozen=True)
class Of:
    """A file of the build: what reads it, of which England, and what is left of files.

    `cuts` are of the file and of those read with it, by ``source_id``.
    """

    source: SourceFile
    read: Read
    few: bool = False
    cuts: Mapping[str, cut.Cut] = field(default_factory=dict)
    # What is left of a workbook.
    book: Callable[[workbook_child.Sheets], workbook_child.Sheets] | None = None
    # The other editions that the same function reads.
    also: tuple[str, ...] = ()

    @property
    def sources(self) -> tuple[str, ...]:
        """Ids of the files whose reader this is."""
        return (self.source.source_id, *self.also)


def raw_folder() -> Path | None:
    """The folder of published files, where there is one."""
    given = os.environ.get("HIGHNEEDS_RAW_DIR")
    folder = Path(given) if given else ROOT.parent / "shared" / "data" / "raw"
    return folder if folder.is_dir() else None


def _module(name: str) -> Read:
    module = import_module(f"highneeds.sources.{name}")
    return lambda raw, geography: module.read(raw, geography)


def _areas(raw: RawFiles, geography: Geography) -> Any:
    return areas.read(raw)


def _neighbours(raw: RawFiles, geography: Geography) -> Any:
    return areas._neighbours(raw, {one.la_code for one in geography.areas.values()})


def _summaries(raw: RawFiles, geography: Geography) -> Any:
    return [
        block.read_summary(
            *(raw, block.SUMMARIES, sheet, geography, FinancialYear.parse(year), unit)
        )
        for year, (sheet, unit) in block._SHEETS.items()
        if sheet in _SUMMARIES
    ]


def _detail(raw: RawFiles, geography: Geography) -> Any:
    year, source = _EDITION.year, _EDITION.source
    summary = block.read_summary(
        *(raw, source, "Allocations_summary", geography, year, "£")
    )
    return block_detail.read_edition(
        raw,
        _EDITION,
        geography,
        before=summary[block.HIGH_NEEDS],
        after=summary[block.HIGH_NEEDS_AFTER],
    )


def _ages(raw: RawFiles, geography: Geography) -> Any:
    found = population._by_age(raw, geography)
    return adding_up.checked(found, geography, population.SINGLE_YEARS.path)


def _caseload(raw: RawFiles, geography: Geography) -> Any:
    return copies.reading(
        *(raw, copies.CASELOAD, plans.CASELOAD_2025, copies.caseload(raw)),
        lambda one: plans.read_caseload(one, geography),
    )


def _new_plans(raw: RawFiles, geography: Geography) -> Any:
    held = pd.DataFrame(columns=list(OBSERVATION_COLUMNS))
    return copies.reading(
        *(raw, copies.NEW_PLANS, plan_flows.NEW_2025),
        copies.flows(raw, copies.NEW_PLANS),
        lambda one: plan_flows.read_new_plans(one, geography, held),
    )


def _ceased(raw: RawFiles, geography: Geography) -> Any:
    return copies.reading(
        *(raw, copies.CEASED_PLANS, ceased_plans.CEASED_2025),
        copies.flows(raw, copies.CEASED_PLANS),
        lambda one: ceased_plans.read_edition(one, geography),
    )


def _requests(raw: RawFiles, geography: Geography) -> Any:
    return copies.reading(
        *(raw, copies.REQUESTS, assessments.REQUESTS_2025),
        copies.flows(raw, copies.REQUESTS),
        lambda one: assessments.read_step(one, geography, assessments.REQUESTS_2025),
    )


def _decisions(raw: RawFiles, geography: Geography) -> Any:
    held, counted = _tribunals_held()
    return copies.reading(
        *(raw, copies.DECISIONS, tribunal_table.APPEALS),
        raw.read_csv(copies.DECISIONS.areas, header=False),
        lambda one: tribunals.read_appeals(one, geography, counted, held, after="2024"),
    )


@cache
def _tribunals_held() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Appeals to 2024, and the plans of each January."""
    held = stored_table(home.shipped_tables_dir() / "tribunals.csv.gz")
    stock = stored_table(home.shipped_tables_dir() / "plans.csv.gz")
    stock = stock[(stock["measure"] == "ehc_plans") & (stock["breakdown"] == "total")]
    january = stock.assign(january=stock["year"].astype(int))
    return held[held["year"] <= "2024"], january[["la_code", "january", "value"]]


def _named(table: pd.DataFrame) -> pd.DataFrame:
    """Rows of the few by name, of the last two years."""
    geography = Geography.load()
    names = {geography[code].name for code in cut.CODES} | {"Durham"}
    here = table["la_name"].isin(names)
    return table[here & table["year"].isin(sorted(set(table["year"]))[-2:])]


def _weekly(table: pd.DataFrame) -> pd.DataFrame:
    years = list(table["Years"].unique())[-3:]
    kept = table["LA Number"].isin([*cut.CODES, *_WIDE]) & table["Years"].isin(years)
    return table[kept]


def _groups(table: pd.DataFrame) -> pd.DataFrame:
    """Of what is read all years, and one group that is not read."""
    groups = [*exclusions_national._GROUPS, "Gender"]
    return table[table["characteristic_group"].isin(groups)]


def _measures(measures: Mapping[str, Any], wide: tuple[str, ...]) -> cut.Cut:
    def kept(table: pd.DataFrame) -> pd.DataFrame:
        found = cut.tool(table, list(measures), wide)
        return found[found["Years"].isin(_TOOL_YEARS)] if wide else found

    return kept


_SUMMARIES = ("Allocations_2324", "Allocations_1920")
_DERIVED: Mapping[str, cut.Cut] = {
    exclusions_derived.DERIVED.source_id: cut.rows_of("old_la_code", cut.CODES),
    "pupil_headcount_2022": cut.of_few,
    lait.LAIT.source_id: _measures(exclusions_derived._TOOL_MEASURES, ()),
}


def _copied_england(table: pd.DataFrame) -> pd.DataFrame:
    raw = raw_folder()
    assert raw is not None
    areas_of = cut.copied_areas(_read_once(raw, copies.CASELOAD.areas, header=True))
    return cut.copied_england(areas_of)(table)


_COPIED: Mapping[str, cut.Cut] = {
    copies.CASELOAD.areas.source_id: cut.copied_areas,
    copies.CASELOAD.england.source_id: _copied_england,
}
_EXTRACTS = (
    (
        *(section251_extracts.SELECTED, section251_extracts._read_selected),
        lambda table: table[table["la_code_ons"].isin(cut.ons_codes())],
    ),
    (section251_extracts.TOP_UPS, section251_extracts._read_top_ups, _named),
    (section251_extracts.WEEKLY, section251_extracts._read_weekly, _weekly),
)


def _grant(wanted: tuple[str, ...]) -> Callable[[Any], workbook_child.Sheets]:
    return partial(cut.allocations, wanted=wanted)


def files() -> Iterator[Of]:
    """Every file of the build that cannot be added by itself."""
    for module, names in (
        ("inspections", ("FULL", "MANAGEMENT")),
        ("inspections_2016", ("OUTCOMES", "ABOLISHED")),
        ("programmes", ("MEMBERSHIP",)),
        ("framework_facts", ("FACTS",)),
        ("reported_blocks", ("REPORTED",)),
    ):
        by = {"inspections_2016": "inspections", "framework_facts": "programmes"}
        read = _module(by.get(module, module))
        for name in names:
            yield Of(getattr(import_module(f"highneeds.sources.{module}"), name), read)
    yield Of(areas.CODES, _areas)
    yield Of(areas.CHANGES, _areas)
    yield Of(areas.KINDS, lambda raw, geography: areas._kinds(raw))
    yield Of(areas.NEIGHBOURS, _neighbours)
    for source, read, kept in _EXTRACTS:
        yield Of(source, read, few=True, cuts={source.source_id: kept})
    yield Of(
        section251_lines.BASE_SHEET,
        section251_lines.read,
        few=True,
        book=partial(cut.base_sheet, first=section251_lines._FIRST_ROW),
    )
    yield Of(balances.PERCENT, balances.read)
    yield Of(balances.GRANT, balances.read)
    yield Of(block.SUMMARIES, _summaries, few=True, book=_grant(_SUMMARIES))
    summary = (_EDITION.information_sheet, "Allocations_summary")
    more = ("High_needs_block", "High_needs_deductions")
    editions = [one.source.source_id for one in block_detail.EDITIONS.values()]
    book = _grant((*summary, *more))
    yield Of(_EDITION.source, _detail, True, {}, book, tuple(editions))
    ages = {population.SINGLE_YEARS.source_id: cut.single_years}
    yield Of(population.SINGLE_YEARS, _ages, few=True, cuts=ages)
    by_characteristic = exclusions_national.BY_CHARACTERISTIC
    groups = {by_characteristic.source_id: _groups}
    yield Of(by_characteristic, exclusions_national.read, cuts=groups)
    termly = {
        exclusions_termly.TERMLY.source_id: lambda table: table[
            table["new_la_code"].isin(cut.ons_codes())
        ]
    }
    yield Of(exclusions_termly.TERMLY, exclusions_termly.read, few=True, cuts=termly)
    yield Of(exclusions_derived.DERIVED, exclusions_derived.read, few=True, cuts=_DERIVED)
    tool = {lait.LAIT.source_id: _measures(outcomes._MEASURES, _WIDE)}
    yield Of(lait.LAIT, outcomes.read, few=True, cuts=tool)
    for source in copies.CASELOAD.files:
        yield Of(source, _caseload, few=True, cuts=_COPIED)
    for copy, read in (
        (copies.NEW_PLANS, _new_plans),
        (copies.CEASED_PLANS, _ceased),
        (copies.REQUESTS, _requests),
        (copies.DECISIONS, _decisions),
    ):
        for source in copy.files:
            yield Of(source, read)


def targets(raw: Path) -> Iterator[Target]:
    """Each of them, tried with the others as published."""
    for one in files():
        yield _target(raw, one)


class _Beside(RawFiles):
    """The folder of published files, one of them being the file that is tried."""

    def __init__(self, root: Path, of: Of, file: Path) -> None:
        super().__init__(root)
        self._of, self._file = of, file

    def path(self, source: SourceFile) -> Path:
        """The file that is tried, in place of the one it was made of."""
        return self._file if self._mine(source) else super().path(source)

    def read_csv(self, source: SourceFile, *, header: bool = True) -> pd.DataFrame:
        """As ever of the file that is tried; the others are read once."""
        if self._mine(source):
            return super().read_csv(source, header=header)
        found = _read_once(self.root, source, header)
        return _cut_once(self._of, source.source_id, found).copy()

    def _mine(self, source: SourceFile) -> bool:
        return source.source_id == self._of.source.source_id

    def _workbook(self, source: SourceFile) -> workbook_child.Sheets:
        mine = self._mine(source)
        return super()._workbook(source) if mine else _opened_once(self.root, source)


@cache
def _read_once(root: Path, source: SourceFile, header: bool) -> pd.DataFrame:
    return RawFiles(root).read_csv(source, header=header)


_CUT: dict[tuple[str, str], pd.DataFrame] = {}


def _cut_once(of: Of, source_id: str, table: pd.DataFrame) -> pd.DataFrame:
    key = of.source.source_id, source_id
    if key not in _CUT:
        _CUT[key] = of.cuts[source_id](table) if source_id in of.cuts else table
    return _CUT[key]


@cache
def _opened_once(root: Path, source: SourceFile) -> workbook_child.Sheets:
    raw = RawFiles(root)
    return {name: raw.read_sheet(source, name) for name in raw.sheet_names(source)}


def _target(raw: Path, of: Of) -> Target:
    first: list[Any] = []
    tool = Tool(raw, of.cuts.get(lait.LAIT.source_id))

    def take(path: Path) -> Figures:
        geography = cut.few() if of.few else Geography.load()
        with quick(), tool.read_as(path if of.source is lait.LAIT else None):
            found = of.read(_Beside(raw, of, path), geography)
        if not first:
            first.append(found)
        elif not _equal(found, first[0]):
            msg = "the build names the hash, which is another"
            raise NamedError(msg)
        return {}

    def valid() -> list[bytes]:
        return [_valid(raw, of, tool)]

    book = of.source.path.endswith((".ods", ".xlsx"))
    title = f"build: {of.source.source_id}"
    name = "book" if book else "table.csv"
    return Target(
        title, through_file(take, name), valid, BOOK_EDITS if book else TABLE_EDITS
    )


def _valid(raw: Path, of: Of, tool: Tool) -> bytes:
    source, files = of.source, RawFiles(raw)
    if source is lait.LAIT:
        return tool.published().to_csv(index=False).encode()
    if of.book is not None:
        held = io.BytesIO()
        sheets = {
            name: files.read_sheet(source, name) for name in files.sheet_names(source)
        }
        write = write_ods if source.path.endswith(".ods") else write_xlsx
        write(held, of.book(sheets))
        return as_ever(held.getvalue())
    if source.path.endswith((".ods", ".xlsx")):
        return (raw / source.path).read_bytes()
    text = files.text(source).text.encode()
    if source.source_id not in of.cuts:
        return text
    return of.cuts[source.source_id](cut.table_in(text)).to_csv(index=False).encode()


class Tool:
    """The interactive tool, of which a part is read, and tried as if it were text.

    Its Parquet is opened as bytes by the target of that name.
    """

    def __init__(self, raw: Path, kept: cut.Cut | None) -> None:
        self._path, self._kept = raw / lait.LAIT.path, kept
        self._part: pd.DataFrame | None = None

    def published(self) -> pd.DataFrame:
        """The part that is read."""
        if self._part is None:
            _, table = lait._opened_once(self._path, 0, 0)
            assert table is not None
            self._part = self._kept(table) if self._kept else table
        return self._part

    def read_as(self, tried: Path | None) -> Any:
        """Have the package take a text for the tool, or that part."""
        opened = lait._opened

        def instead(path: Path) -> tuple[list[str], pd.DataFrame | None]:
            if path != tried:
                return list(lait.COLUMNS), _numbered(self.published())
            data = path.read_bytes()
            if not data.startswith(",".join(lait.COLUMNS[:2]).encode()):
                return opened(path)
            table = table_of(data.decode("utf-8", "replace"), path.name)
            there = set(lait.COLUMNS) <= set(table)
            return list(map(str, table)), _numbered(table) if there else None

        return patch.object(lait, "_opened", instead)


def _numbered(table: pd.DataFrame) -> pd.DataFrame:
    """Its columns as opened: numbers of areas are numbers where they are."""
    number = lait.COLUMNS[2]
    numbers = pd.to_numeric(table[number], errors="coerce")
    codes = (
        numbers if numbers.notna().all() else table[number].mask(numbers.notna(), numbers)
    )
    return table[list(lait.COLUMNS)].assign(**{number: codes})


def _equal(one: Any, other: Any) -> bool:
    """Whether two readings, or whatever a reader gives, are the same."""
    if isinstance(one, pd.DataFrame | pd.Series):
        return bool(one.equals(other))
    if isinstance(one, Reading):
        return all(
            _equal(getattr(one, name), getattr(other, name))
            for name in ("observations", "issues", "companions")
        )
    if isinstance(one, Mapping):
        return one.keys() == other.keys() and all(
            _equal(one[key], other[key]) for key in one
        )
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(_equal, one, other))
    return bool(one == other)
