"""What inputs are tried on that reads a published file: those added, those of the build.

A table that users add is taken as a new edition: the record it is held beside ends before
its period, so that no figure of it is known. A file of the build is of one edition, whose
hash the build names where it is another: there a figure that changed is always named.
"""

from __future__ import annotations

import io
import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache, partial
from importlib import import_module
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pandas as pd

from benchmarks.edits import BOOK_EDITS, BYTE_EDITS, TABLE_EDITS, Edit
from benchmarks.measure import ROOT
from benchmarks.tried import Figures, NamedError, Target
from benchmarks.tried_targets import through_file
from highneeds import home
from highneeds.geography import ENGLAND_CODE, Geography
from highneeds.panel import leaps
from highneeds.panel.build import issue_table, to_stored, validate
from highneeds.panel.complete import completed
from highneeds.panel.schema import MEASURES
from highneeds.refresh.one_file import stored_table
from highneeds.refresh.recognition import recognise
from highneeds.sources import parquet_child, registry, workbook_child
from highneeds.sources.contract import KEY, Reading, SourceFile
from highneeds.sources.files import RawFiles
from highneeds.sources.releases import layouts

_RAW = "HIGHNEEDS_RAW_DIR"
# Authorities of two regions, of tables with too many rows to read often.
_FEW = {"E12000001": ("840", "390", "391"), "E12000006": ("881", "926", "935")}
_LARGE = {"caseload", "needs", "new_plans", "ceased_plans"}
_OTHERS = {
    "tribunals": "education/dfe-ehcp-2025/send_tribunals_and_appeal_rate_2014-2024.csv",
    "s251_net": "finance/s251_outturn_net_groups_json/s251_lookup_2024.json",
}
# Modules that the build alone reads, and which of their files is altered.
_OF_BUILD = {
    "inspections": ("FULL", "MANAGEMENT"),
    "inspections_2016": ("ABOLISHED",),
    "programmes": ("MEMBERSHIP",),
    "framework_facts": ("FACTS",),
    "reported_blocks": ("REPORTED",),
    "section251_extracts": ("SELECTED", "TOP_UPS", "WEEKLY"),
    "areas": ("CODES", "CHANGES"),
    "population": ("SINGLE_YEARS",),
    "exclusions_national": ("BY_CHARACTERISTIC",),
    "exclusions_termly": ("TERMLY",),
    "exclusions_derived": ("DERIVED",),
}
_READ_BY = {"inspections_2016": "inspections", "framework_facts": "programmes"}
# Tables whose reading takes long, and how many inputs they get beside the others.
_SLOW = {"exclusions_national": 0.2, "exclusions_termly": 0.1, "exclusions_derived": 0.1}


def raw_folder() -> Path | None:
    """The folder of published files, where there is one."""
    given = os.environ.get(_RAW)
    folder = Path(given) if given else ROOT.parent / "shared" / "data" / "raw"
    return folder if folder.is_dir() else None


def targets() -> Iterator[Target]:
    """Readers of published files: without them, of a table made from those held."""
    raw = raw_folder()
    if raw is None:
        yield _added("timeliness", Geography.load(), _made)
        return
    for key, layout in layouts().items():
        path = raw / registry.known_files()[layout.source_id].path
        if not path.is_file():
            continue
        few = key in _LARGE
        geography = _few() if few else Geography.load()
        yield _added(key, geography, partial(_last_of, path, key, few=few))
    for key, name in _OTHERS.items():
        yield _added(key, Geography.load(), (raw / name).read_bytes)
    for module, names in _OF_BUILD.items():
        for name in names:
            yield _of_build(raw, module, name)
    yield from _in_children(raw)


def _made() -> bytes:
    """A table made from those held, where the published files are not at hand."""
    from tests.refresh.published import as_csv, in_2026, timeliness

    return as_csv(in_2026(timeliness(2025)))


def _last_of(path: Path, key: str, *, few: bool) -> bytes:
    """The last period of a published table, of the topics that are read."""
    layout = layouts()[key]
    table = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    if layout.topics:
        topics = {name for role in layout.topics for name in layout.topic_names(role)}
        table = table[table["breakdown_topic"].isin(topics)]
    table = table[table["time_period"] == table["time_period"].max()]
    return (_of_few(table) if few else table).to_csv(index=False).encode()


def _of_few(table: pd.DataFrame) -> pd.DataFrame:
    """The rows of a few authorities, their regions and England adding up to them."""
    local = table[table["old_la_code"].isin([one for few in _FEW.values() for one in few])]
    before = [
        one for one in map(str, table) if one.startswith(("time_", "breakdown", "country_"))
    ]
    more = [*before, *(name for name in ("phase_type_grouping",) if name in table)]
    labels = {*more, "geographic_level", "region_code", "region_name"}
    labels |= {"new_la_code", "old_la_code", "la_name"}
    figures = [name for name in table if name not in labels]
    wide = []
    for level, by in (
        ("Regional", [*more, "region_code", "region_name"]),
        ("National", more),
    ):
        summed = local.groupby(by, sort=False, as_index=False)[figures].agg(_total)
        wide.append(summed.assign(geographic_level=level))
    whole = pd.concat([*wide[::-1], local], ignore_index=True).fillna("")
    return whole[list(table.columns)]


def _total(cells: pd.Series) -> str:
    """The sum of counts; of percentages, and where one is a symbol, the first of them."""
    numbers = pd.to_numeric(cells, errors="coerce")
    if numbers.isna().any() or not (numbers % 1 == 0).all():
        return str(cells.iloc[0])
    return str(int(numbers.sum()))


@cache
def _few() -> Geography:
    """England as if it were of a few authorities."""
    tables = home.shipped_tables_dir()
    codes = {ENGLAND_CODE, *_FEW, *(one for few in _FEW.values() for one in few)}
    frames = {
        name: home.read_table(tables / f"{name}.csv")
        for name in ("authorities", "aliases", "code_changes", "neighbours")
    }
    kept = []
    for frame in frames.values():
        named = [one for one in map(str, frame) if one.endswith("la_code")]
        kept.append(frame[frame[named].isin(codes).all(axis=1)])
    return Geography(*kept)


def _added(key: str, geography: Geography, valid: Callable[[], bytes]) -> Target:
    """A table that users add: read, checked and looked at as `data add` does."""
    first: dict[str, Any] = {}

    def take(path: Path) -> Figures:
        found = recognise(path)
        if found.layout.key != key:
            # Another table is another reader's.
            raise NamedError(found.layout.key)
        series, labels = registry.every_series()[key], [str(one) for one in found.periods]
        held = _before(MEASURES[found.layout.measure].table, tuple(labels), geography)
        reading = series.read(found.as_raw(path, series.source), geography, held)
        if first and _same(reading, first["read"]):
            return first["figures"]
        whole = completed(reading, geography)
        rows = to_stored(whole.observations, geography)
        validate(rows, geography, issue_table(whole.issues))
        doubts = _doubts(whole, rows, held, geography)
        given = rows[rows["value"].notna()]
        keys = given[KEY].itertuples(index=False, name=None)
        figures: Figures = dict(zip(keys, given["value"], strict=True))
        if not first:  # the valid file is taken first
            first.update(read=reading, figures=figures, doubts=doubts)
        elif more := [one for one in doubts if one not in first["doubts"]]:
            raise NamedError(more[0])
        elif found.layout.over:
            msg = "it is never added, and `data diff` lists every figure that differs"
            raise NamedError(msg)
        return figures

    json_file = _OTHERS.get(key, "").endswith(".json")
    edits: Sequence[Edit] = (*BYTE_EDITS, an_entry) if json_file else TABLE_EDITS
    name = f"{key}.json" if json_file else f"{key}.csv"
    return Target(f"reader: {key}", through_file(take, name), lambda: [valid()], edits)


def _same(reading: Reading, other: Reading) -> bool:
    """Whether two readings are the same, so that all that follows is the same, too."""
    return reading.observations.equals(other.observations) and list(reading.issues) == list(
        other.issues
    )


@cache
def _before(table: str, labels: tuple[str, ...], geography: Geography) -> pd.DataFrame:
    """The rows held of a table, without those of these periods and after."""
    held = stored_table(home.shipped_tables_dir() / f"{table}.csv.gz")
    return held[(held["year"] < min(labels)) & held["la_code"].isin(list(geography.areas))]


def _doubts(
    reading: Reading, rows: pd.DataFrame, held: pd.DataFrame, geography: Geography
) -> list[str]:
    order = list(reading.observations["la_code"].unique())
    return [
        *leaps.left_out(reading.issues, issue_table([]), geography),
        *leaps.without_whole(rows, held, geography),
        *leaps.doubtful(rows, held, order, geography),
    ]


def an_entry(rng: Any, data: bytes) -> Any:
    """One figure of a JSON file of entries in another unit, left out, or exchanged."""
    from benchmarks.edits import Made

    found = json.loads(data)
    one, other = rng.sample(list(found), 2)
    how = rng.choice(("left out", "exchanged", "x1000", "/1000", "text", "nothing"))
    value = next(
        (name for name, cell in found[one].items() if isinstance(cell, int | float)), None
    )
    if how == "left out":
        del found[one]
    elif how == "exchanged":
        found[one], found[other] = found[other], found[one]
    elif value is not None:
        factor = {"x1000": 1000, "/1000": 1e-3}.get(how)
        cell = found[one][value]
        found[one][value] = cell * factor if factor else {"text": "x"}.get(how)
    return Made(json.dumps(found).encode(), f"{one}: {how}")


class _Beside(RawFiles):
    """The folder of published files, one of them being the file that is tried."""

    def __init__(self, root: Path, source: SourceFile, file: Path) -> None:
        super().__init__(root)
        self._source, self._file = source, file

    def path(self, source: SourceFile) -> Path:
        """The file that is tried, in place of the one it was made of."""
        mine = source.source_id == self._source.source_id
        return self._file if mine else super().path(source)

    def read_csv(self, source: SourceFile, *, header: bool = True) -> pd.DataFrame:
        """As ever of the file that is tried; the others are read once."""
        if source.source_id == self._source.source_id:
            return super().read_csv(source, header=header)
        return _read_once(self.root, source, header)

    def _workbook(self, source: SourceFile) -> workbook_child.Sheets:
        mine = source.source_id == self._source.source_id
        return super()._workbook(source) if mine else _opened_once(self.root, source)


@cache
def _read_once(root: Path, source: SourceFile, header: bool) -> pd.DataFrame:
    return RawFiles(root).read_csv(source, header=header)


@cache
def _opened_once(root: Path, source: SourceFile) -> workbook_child.Sheets:
    raw = RawFiles(root)
    return {name: raw.read_sheet(source, name) for name in raw.sheet_names(source)}


def _of_build(raw: Path, module: str, name: str) -> Target:
    """A file of one edition, that the build reads with others."""
    source: SourceFile = getattr(import_module(f"highneeds.sources.{module}"), name)
    reader = import_module(f"highneeds.sources.{_READ_BY.get(module, module)}")
    geography = Geography.load()
    first: list[Figures] = []

    def take(path: Path) -> Figures:
        given = _Beside(raw, source, path)
        found = reader.read(given) if module == "areas" else reader.read(given, geography)
        figures = _cells(found)
        if not first:
            first.append(figures)
        elif figures != first[0]:
            msg = "the build names the hash, which is another"
            raise NamedError(msg)
        return first[0]

    def valid() -> bytes:
        content = (raw / source.path).read_bytes()
        return (
            RawFiles(raw).text(source).text.encode()
            if content[:2] == b"\x1f\x8b"
            else content
        )

    edits, share = TABLE_EDITS, _SLOW.get(module, 1.0)
    title = f"build: {source.source_id}"[:30]
    return Target(title, through_file(take, "table.csv"), lambda: [valid()], edits, share)


def _cells(found: Any) -> Figures:
    """Every cell of what a reader made."""
    frames: Mapping[str, pd.DataFrame] = (
        {**found.companions, "observations": found.observations}
        if isinstance(found, Reading)
        else found
    )
    return {
        (name, row, column): str(cell)
        for name, frame in frames.items()
        for column in frame
        for row, cell in enumerate(frame[column])
    }


def _in_children(raw: Path) -> Iterator[Target]:
    """Workbooks and Parquet, opened in processes of their own, forked to be quick."""
    book = raw / "education/dfe-lait/la_code_list.xlsx"
    sheet = raw / "finance/dsg_deficit_derived.xlsx"

    def sheets(data: bytes) -> Figures:
        with patch.object(workbook_child, "answer_of", forked):
            found = workbook_child.sheets_of(data, "a.xlsx", "Give another.")
        return {
            (name, at, place): str(cell)
            for name, rows in found.items()
            for at, row in enumerate(rows)
            for place, cell in enumerate(row)
        }

    def table(data: bytes) -> Figures:
        with patch.object(parquet_child, "answer_of", forked):
            _, found = parquet_child.table_in(data, "a.parquet", ["code", "value"])
        return {} if found is None else dict(enumerate(map(str, found["value"])))

    books = [book.read_bytes(), sheet.read_bytes()]
    yield Target("workbooks", sheets, lambda: books, BOOK_EDITS)
    yield Target("Parquet tables", table, lambda: [_parquet()], BYTE_EDITS)


def _parquet() -> bytes:
    """A small table in Parquet."""
    held = io.BytesIO()
    held.close = lambda: None  # type: ignore[method-assign]
    frame = pd.DataFrame({"code": ["886", "887", "840"], "value": [1.5, 2.5, 3.0]})
    frame.to_parquet(held, engine="fastparquet", compression="gzip")
    return held.getvalue()


def forked(module: str, words: Sequence[str], data: bytes) -> Mapping[str, Any]:
    """As `child.answer_of`, by a copy of this process: without starting Python again."""
    child = import_module(module)
    read_end, write_end = os.pipe()
    process = os.fork()
    if not process:
        said = io.StringIO()
        sys.stdin, sys.stdout = io.TextIOWrapper(io.BytesIO(data)), said
        sys.stderr, sys.argv = io.StringIO(), [module, *words]
        try:
            child._main()
            with os.fdopen(write_end, "w", encoding="utf-8") as out:
                out.write(said.getvalue())
        finally:
            os._exit(0)
    os.close(write_end)
    with os.fdopen(read_end, encoding="utf-8") as answers:
        text = answers.read()
    os.waitpid(process, 0)
    try:
        answer = json.loads(text)
    except ValueError:
        return {}
    return answer if isinstance(answer, dict) else {}
