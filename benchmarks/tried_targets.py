"""What inputs are tried on: readers of published files, parsers, settings, own figures."""

from __future__ import annotations

import atexit
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from decimal import Decimal, InvalidOperation
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd

from benchmarks.edits import BYTE_EDITS, TABLE_EDITS, TEXT_EDITS, by_hand
from benchmarks.measure import ROOT
from benchmarks.tried import Figures, NamedError, Target, nothing
from highneeds import home
from highneeds.batch.plan import Plan
from highneeds.errors import SourceError, UsageError
from highneeds.files import content_of, records_of
from highneeds.geography import Geography
from highneeds.own.read import check_own
from highneeds.panel import leaps
from highneeds.panel.build import issue_table, to_stored, validate
from highneeds.panel.panel import load_panel
from highneeds.panel.reorganisation import Reorganisation
from highneeds.panel.schema import MEASURES
from highneeds.periods import PERIOD_TYPES, Period
from highneeds.refresh.one_file import read_file, stored_table
from highneeds.refresh.recognition import recognise
from highneeds.scenario.scenario import Scenario
from highneeds.sources import registry
from highneeds.sources.contract import KEY, split_symbols
from highneeds.sources.csv_table import table_of
from highneeds.sources.releases import layouts
from highneeds.sources.workbook_child import sheets_of

_RAW = "HIGHNEEDS_RAW_DIR"
# One period of a table of many rows is enough to try a reader on, and tries more of it.
_RELEASES = {
    **dict.fromkeys(("timeliness", "requests", "assessments", "residential"), 2),
    **dict.fromkeys(("annual_reviews", "needs"), 1),
}
_TRIBUNALS = "education/dfe-ehcp-2025/send_tribunals_and_appeal_rate_2014-2024.csv"
_WHOLE = {
    "tribunals": _TRIBUNALS,
    "s251_net": "finance/s251_outturn_net_groups_json/s251_lookup_2024.json",
}
_BY_HAND = "timeliness"
_OWN = """area,measure,at,value,source
Kent,high_needs_spending_gbp,2024-25,"350,000,000",forum
Kent,dsg_balance_gbp,2024-25,-94000000,statement
Kent,ehc_plans,2025-01-16,21000,SEN2
"""
_OWN_TOML = """area = "Kent"
[[figures]]
measure = "high_needs_spending_gbp"
at = "2024-25"
value = 350_000_000
[[figures]]
measure = "ehc_plans"
at = 2025-01-16
value = 21000
source = "SEN2"
"""
_BATCH = """areas = ["Kent", "886", "Rutland"]
notebooks = ["01"]
scenario = "trend"
until = "2028-29"
draws = 1000
seed = 1
"""
_REORGANISATION = """name = "Two councils"
effective = "2027-04-01"
[[areas]]
name = "Low and High"
made_of = ["Rutland", "Leicester"]
"""


def targets() -> Iterator[Target]:
    """Every target, the quick ones before those that open whole tables."""
    yield from _parsers()
    yield from _settings()
    yield from _readers()
    yield from _workbooks()


def raw_folder() -> Path | None:
    """The folder of published files, where there is one."""
    given = os.environ.get(_RAW)
    folder = Path(given) if given else ROOT.parent / "shared" / "data" / "raw"
    return folder if folder.is_dir() else None


def _through_file(take: Callable[[Path], Figures], name: str) -> Callable[[bytes], Figures]:
    """Takes bytes by a file of that name, written where files are in memory."""
    memory = Path("/dev/shm")
    kept = tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None)
    atexit.register(kept.cleanup)
    path = Path(kept.name) / name

    def through(data: bytes) -> Figures:
        path.write_bytes(data)
        return take(path)

    return through


def _parsers() -> Iterator[Target]:
    geography = Geography.load()

    def number(data: bytes) -> Figures:
        """The number of a text, held to what plain decimal arithmetic makes of it."""
        text = data.decode("utf-8", "replace")
        value = split_symbols(pd.Series([text]), "a cell")["value"].iloc[0]
        told = _number_of(text)
        if pd.notna(value) and (told is None or float(told) != value):
            return {"number": f"{value} for {text!r}"}
        return {}

    def table(data: bytes) -> Figures:
        found = table_of(data.decode("utf-8", "replace"), "a table")
        return {} if len(found) == len(_rows_of(data)) else {"rows": len(found)}

    def period(data: bytes) -> Figures:
        text = data.decode("utf-8", "replace")[:40]
        taken: dict[object, Period] = {}
        for kind in PERIOD_TYPES.values():
            with suppress(UsageError):
                taken[kind] = kind.asked(text)
        # Whatever is taken says its own year back.
        return (
            {}
            if all(type(one).parse(one.label) == one for one in taken.values())
            else taken
        )

    def area(data: bytes) -> Figures:
        geography.find(data.decode("utf-8", "replace")[:200])
        return {}

    def form(data: bytes) -> Figures:
        content_of_bytes(data)
        return {}

    content_of_bytes = _through_file(
        lambda path: {"form": content_of(path).form.what}, "a.csv"
    )
    numbers = [cell.encode() for cell in ("12", "1,234", "12.5", "-3", "1,234,567.8", "x")]
    yield Target("numbers", number, lambda: numbers, BYTE_EDITS, 12)
    yield Target("tables of text", table, lambda: [_OWN.encode()], TABLE_EDITS, 8)
    years = [b"2024", b"2024-25", b"2024/25", b"202425", b"21/22"]
    yield Target("periods", period, lambda: years, BYTE_EDITS, 8)
    names = [b"Kent", b"City of London", b"E10000016", b"Kent County Council", b"886.0"]
    yield Target("names of areas", area, lambda: names, BYTE_EDITS, 6)
    yield Target(
        "forms of files", form, lambda: [_OWN.encode()], (*TABLE_EDITS, *BYTE_EDITS), 8
    )


def _rows_of(data: bytes) -> list[Any]:
    return records_of(data.decode("utf-8", "replace"), "a table", SourceError)[1:]


def _number_of(text: str) -> Decimal | None:
    """A published number by another way than the package's."""
    plain = text.strip().replace("\u2212", "-").removesuffix("%")
    whole, point, part = plain.removeprefix("-").partition(".")
    groups = whole.split(",")
    three = len("123")
    threes = len(groups[0]) <= three and all(len(one) == three for one in groups[1:])
    if not plain.isascii() or (len(groups) > 1 and not (threes and groups[0])):
        return None
    if not all(one.isdigit() for one in (*groups, *([part] if point else []))):
        return None if whole or not part.isdigit() else Decimal(plain)
    try:
        return Decimal(plain.replace(",", ""))
    except InvalidOperation:
        return None


def _settings() -> Iterator[Target]:
    def scenario(path: Path) -> Figures:
        Scenario.load(path)
        return {}

    def batch(path: Path) -> Figures:
        return {} if Plan.make(file=path).jobs else {"jobs": 0}

    def reorganisation(path: Path) -> Figures:
        Reorganisation.load(path)
        return {}

    def own(path: Path) -> Figures:
        checked = check_own(path, load_panel())
        if checked.faults:
            raise NamedError(str(checked.faults[0]))
        return {
            (own.area.la_code, one.measure, one.at, one.breakdown): one.value
            for own in checked.owns
            for one in own.figures
        }

    more = (*TEXT_EDITS, *BYTE_EDITS)
    yield Target("scenario files", _through_file(scenario, "own.toml"), _scenarios, more, 8)
    yield Target(
        "batch files", _through_file(batch, "b.toml"), lambda: [_BATCH.encode()], more, 6
    )
    yield Target(
        "reorganisations",
        _through_file(reorganisation, "r.toml"),
        lambda: [_REORGANISATION.encode()],
        more,
        6,
    )
    yield Target(
        "own figures, CSV",
        _through_file(own, "own.csv"),
        lambda: [_OWN.encode()],
        TABLE_EDITS,
        8,
    )
    yield Target(
        "own figures, TOML",
        _through_file(own, "own.toml"),
        lambda: [_OWN_TOML.encode()],
        more,
        8,
    )


def _scenarios() -> list[bytes]:
    folder = home.data_dir() / "scenarios"
    return [path.read_bytes() for path in sorted(folder.glob("*.toml"))]


def _readers() -> Iterator[Target]:
    """Readers of tables: of the real files where they are at hand."""
    raw = raw_folder()
    if raw is None:
        yield _reader("timeliness", _made, 5)
        return
    for key, periods in _RELEASES.items():
        yield _reader(key, partial(_last_of, raw, key, periods), 5)
    for key, name in _WHOLE.items():
        yield _reader(key, (raw / name).read_bytes, 4)


def _made() -> bytes:
    """A table made from those held, where the published files are not at hand."""
    from tests.refresh.published import as_csv, in_2026, timeliness

    return as_csv(in_2026(timeliness(2025)))


def _last_of(raw: Path, key: str, periods: int) -> bytes:
    """The last periods of a published table, of the topics that are read."""
    layout = layouts()[key]
    path = raw / registry.source_files()[layout.source_id].path
    table = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    table = table[table["breakdown_topic"].isin(set(layout.topics.values()))]
    last = sorted(table["time_period"].unique())[-periods:]
    return table[table["time_period"].isin(last)].to_csv(index=False).encode()


def _reader(key: str, valid: Callable[[], bytes], share: float) -> Target:
    """A reader; what it takes is held beside what it made of the valid file, as if held."""
    geography = Geography.load()
    json = _WHOLE.get(key, "").endswith(".json")
    before: dict[str, pd.DataFrame] = {}

    def take(path: Path) -> Figures:
        found = recognise(path)
        if found.layout.key != key:
            # Another table is another reader's.
            raise NamedError(found.layout.key)
        table = MEASURES[found.layout.measure].table
        if table not in held:
            held[table] = stored_table(home.shipped_tables_dir() / f"{table}.csv.gz")
        reading = read_file(found, path, geography, held[table])
        rows = to_stored(reading.observations, geography)
        validate(rows, geography, issue_table(reading.issues))
        if not before:  # the valid file is taken first
            before["rows"], before["issues"] = rows, issue_table(reading.issues)
        order = list(reading.observations["la_code"].unique())
        doubts = [
            *leaps.left_out(reading.issues, before["issues"], geography),
            *leaps.without_whole(rows, before["rows"], geography),
            *leaps.doubtful(rows, before["rows"], order, geography),
        ]
        if doubts:
            raise NamedError(doubts[0])
        given = rows[rows["value"].notna()]
        keys = given[KEY].itertuples(index=False, name=None)
        return dict(zip(keys, given["value"], strict=True))

    held: dict[str, pd.DataFrame] = {}
    edits = BYTE_EDITS if json else TABLE_EDITS
    name = f"{key}.json" if json else f"{key}.csv"
    hand = by_hand if key == _BY_HAND else nothing
    through = _through_file(take, name)
    return Target(f"reader: {key}", through, lambda: [valid()], edits, share, hand)


def _workbooks() -> Iterator[Target]:
    """Workbooks, each opened in a process of its own: few, for each takes half a second."""
    raw = raw_folder()
    if raw is None:
        return
    book = raw / "education/dfe-lait/la_code_list.xlsx"

    def take(data: bytes) -> Figures:
        return {
            (sheet, at, place): str(cell)
            for sheet, rows in sheets_of(data, "a.xlsx", "Give another.").items()
            for at, row in enumerate(rows)
            for place, cell in enumerate(row)
        }

    yield Target("workbooks", take, lambda: [book.read_bytes()], BYTE_EDITS, 0.2)
