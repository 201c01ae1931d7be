"""What inputs are tried on that reads a published file which users add.

It is taken as a new edition: the record it is held beside ends before its period, so that
no figure of it is known. What is published of that period alone stands there as if of the
period before: an edition that a user adds always follows one. Files that the build alone
reads are in ``tried_build``.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from functools import cache, partial
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pandas as pd

from benchmarks import tried_cut as cut
from benchmarks.edits import BOOK_EDITS, BYTE_EDITS, TABLE_EDITS, Edit, as_ever
from benchmarks.tried import Figures, NamedError, Target
from benchmarks.tried_build import Tool, raw_folder
from benchmarks.tried_children import quick
from benchmarks.tried_targets import through_file
from highneeds import home
from highneeds.geography import Geography
from highneeds.panel import leaps
from highneeds.panel.build import issue_table, to_stored, validate
from highneeds.panel.complete import completed
from highneeds.panel.schema import MEASURES
from highneeds.refresh import recognition
from highneeds.refresh.one_file import stored_table
from highneeds.sources import parquet_child, registry, section251, workbook_child
from highneeds.sources.contract import KEY, Reading
from highneeds.sources.pupils import _SHARES
from highneeds.sources.releases import layouts

# Tables whose rows are of a few authorities, because they have many of each.
_OF_FEW = {
    *("caseload", "needs", "new_plans", "ceased_plans", "headcount", "balances"),
    "exclusions",
    *("age_caseload_2022", "age_new_plans_2022", "age_caseload_2023"),
    *("establishment_caseload_2022", "establishment_new_plans_2022"),
}
_JSON, _BOOK, _TOOL = "s251_net", "dsg", "lait"
# In another form than the tables of the statistics service.
_OTHERS = {
    "tribunals": "education/dfe-ehcp-2025/send_tribunals_and_appeal_rate_2014-2024.csv",
    _JSON: "finance/s251_outturn_net_groups_json/s251_lookup_2024.json",
}
# The first year that is left of its table.
_FROM = "2021"
_SERIES = ["measure", "breakdown_type", "breakdown"]
_BESIDES = {_BOOK, _TOOL, "balances"}


def tried_alone() -> dict[str, tuple[str, ...]]:
    """Every table that users add and is tried, with the files its reader reads."""
    keys = {*layouts(), *_OTHERS, *_BESIDES}
    every = registry.every_series()
    files = {key: (every[key].source.source_id,) for key in keys}
    net = (one.source_id for one in section251.NET_FILES.values())
    return files | {_JSON: tuple(net)}


def targets() -> Iterator[Target]:
    """Readers of published files: without them, of a table made from those held."""
    from benchmarks import tried_build

    raw = raw_folder()
    if raw is None:
        yield _added("timeliness", _made)
        return
    for key, layout in layouts().items():
        path = raw / registry.known_files()[layout.source_id].path
        if path.is_file():
            yield _added(key, partial(_last_of, path, key))
    yield _added("tribunals", partial(_appeals, raw / _OTHERS["tribunals"]))
    yield _added(_JSON, (raw / _OTHERS[_JSON]).read_bytes)
    yield _added("balances", _lines)
    yield _added(_BOOK, partial(_workbook, raw))
    tool = Tool(raw, _shares)
    yield _added(_TOOL, lambda: tool.published().to_csv(index=False).encode(), tool)
    yield from tried_build.targets(raw)
    yield from _in_children(raw)


def _made() -> bytes:
    """A table made from those held, where the published files are not at hand."""
    from tests.refresh.published import as_csv, in_2026, timeliness

    return as_csv(in_2026(timeliness(2025)))


def _shares(table: pd.DataFrame) -> pd.DataFrame:
    """What is added of the interactive tool, of the last two years."""
    years = sorted(set(table.loc[table["Short Desc"] == next(iter(_SHARES)), "Years"]))
    return table[table["Short Desc"].isin(list(_SHARES)) & table["Years"].isin(years[-2:])]


def _last_of(path: Path, key: str) -> bytes:
    """The last period of a published table, of the topics that are read."""
    layout = layouts()[key]
    table = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    if layout.topics:
        topics = {name for role in layout.topics for name in layout.topic_names(role)}
        table = table[table["breakdown_topic"].isin(topics)]
    table = table[table["time_period"] == table["time_period"].max()]
    return (cut.of_few(table) if key in _OF_FEW else table).to_csv(index=False).encode()


def _appeals(path: Path) -> bytes:
    """The table of appeals without its earlier years."""
    rows = list(csv.reader(io.StringIO(path.read_text("utf-8-sig"), newline="")))
    heads = next(row for row in rows if _FROM in row)
    at = heads.index(_FROM)
    held = io.StringIO(newline="")
    csv.writer(held).writerows(row[:2] + row[at:] for row in rows)
    return held.getvalue().encode()


def _lines() -> bytes:
    """Section 251 outturn by line, made from the balances held and a year more."""
    from tests.refresh.published import outturn_lines

    table = outturn_lines("2024-25", 2.0)
    table = table[table["time_period"] >= "202324"]
    return cut.of_few(table).to_csv(index=False).encode()


def _workbook(raw: Path) -> bytes:
    """Allocations of the grant of the year after the last, of the few."""
    from tests.raw.finance_copies import write_ods
    from tests.refresh.published import next_workbook

    held, wanted = io.BytesIO(), ("Information_2024_to_2025", "Allocations_summary")
    write_ods(held, cut.allocations(next_workbook(raw), wanted))
    return as_ever(held.getvalue())


def _added(key: str, valid: Callable[[], bytes], tool: Tool | None = None) -> Target:
    """A table that users add: read, checked and looked at as `data add` does."""
    first: dict[str, Any] = {}
    small = key in _OF_FEW or key == _BOOK
    geography = cut.few() if small else Geography.load()
    told = recognition.recognise if tool is None else recognition._tool

    def taken(path: Path) -> Figures:
        with quick(), _read_once(), tool.read_as(path) if tool else nullcontext():
            return take(path)

    def take(path: Path) -> Figures:
        found = told(path)
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

    edits: Sequence[Edit] = {
        _JSON: (*BYTE_EDITS, an_entry),
        _BOOK: BOOK_EDITS,
    }.get(key, TABLE_EDITS)
    name = f"{key}.json" if key == _JSON else f"{key}.csv"
    return Target(f"reader: {key}", through_file(taken, name), lambda: [valid()], edits)


def _read_once() -> Any:
    """Have tables that are held beside a file read once."""
    return patch.object(home, "read_table", _READ)


_READ = cache(home.read_table)


def _same(reading: Reading, other: Reading) -> bool:
    """Whether two readings are the same, so that all that follows is the same, too."""
    return reading.observations.equals(other.observations) and list(reading.issues) == list(
        other.issues
    )


@cache
def _before(table: str, labels: tuple[str, ...], geography: Geography) -> pd.DataFrame:
    """The rows held of a table, without those of these periods and after.

    Of a series without one before, those of the first period are put into the one before.
    """
    held = stored_table(home.shipped_tables_dir() / f"{table}.csv.gz")
    held = held[held["la_code"].isin(list(geography.areas))]
    first = min(labels)
    before, of_first = held[held["year"] < first], held[held["year"] == first]
    there = pd.MultiIndex.from_frame(before[_SERIES]).unique()
    alone = of_first[~pd.MultiIndex.from_frame(of_first[_SERIES]).isin(there)]
    years = {one: leaps._before(one, first) for one in alone["measure"].unique()}
    return pd.concat([before, alone.assign(year=alone["measure"].map(years))])


def _doubts(
    reading: Reading, rows: pd.DataFrame, held: pd.DataFrame, geography: Geography
) -> list[str]:
    order = list(reading.observations["la_code"].unique())
    return [
        *leaps.left_out(reading.issues, issue_table([]), geography),
        *leaps.codes_not_known(reading.issues, issue_table([])),
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


def _in_children(raw: Path) -> Iterator[Target]:
    """Workbooks and Parquet, opened in processes of their own."""
    book = raw / "education/dfe-lait/la_code_list.xlsx"
    sheet = raw / "finance/dsg_deficit_derived.xlsx"

    def sheets(data: bytes) -> Figures:
        with quick():
            found = workbook_child.sheets_of(data, "a.xlsx", "Give another.")
        return {
            (name, at, place): str(cell)
            for name, rows in found.items()
            for at, row in enumerate(rows)
            for place, cell in enumerate(row)
        }

    def table(data: bytes) -> Figures:
        with quick():
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
