"""What inputs are tried on that is no published file: parsers, settings, own figures."""

from __future__ import annotations

import atexit
import io
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from decimal import Decimal, InvalidOperation
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd

from benchmarks.edits import (
    BOOK_EDITS,
    BYTE_EDITS,
    JSON_EDITS,
    SAID_EDITS,
    TABLE_EDITS,
    TEXT_EDITS,
    as_ever,
)
from benchmarks.tried import Figures, NamedError, Target
from benchmarks.tried_children import quick
from highneeds import home
from highneeds.answers.risks import load_risks
from highneeds.batch.plan import Plan
from highneeds.errors import SourceError, UsageError
from highneeds.files import content_of, records_of
from highneeds.forms.live.scenario_file import SCENARIO_FILE, read_scenario
from highneeds.geography import Geography
from highneeds.notebook.folder import SIGN_OFF
from highneeds.own.layout import AT, OWN, PUBLISHED
from highneeds.own.read import check_own
from highneeds.own.template import template_bytes
from highneeds.panel.panel import load_panel
from highneeds.panel.reorganisation import Reorganisation
from highneeds.periods import PERIOD_TYPES, Period
from highneeds.scenario.scenario import Scenario
from highneeds.signoff.record import Entry, read_entries, record_bytes
from highneeds.sources.contract import split_symbols
from highneeds.sources.csv_table import table_of

_OWN = """area,measure,at,value,source
Kent,high_needs_spending_gbp,2024-25,"350,000,000",forum
Kent,dsg_balance_gbp,2024-25,-94000000,statement
Kent,ehc_plans,2026-10-01,21900,SEN2
"""
_OWN_TOML = """area = "Kent"
[[figures]]
measure = "high_needs_spending_gbp"
at = "2024-25"
value = 350_000_000
[[figures]]
measure = "ehc_plans"
at = 2026-10-01
value = 21900
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
_RISKS = """[[risks]]
name = "Appeals"
cause = "More appeals upheld"
likelihood = 0.4
effect_gbp = 2_500_000
worst_gbp = 4_000_000
year = "2026-27"
until = "2027-28"
owner = "Head of SEND"
review_date = 2027-01-31
"""
# Cells of the template that are filled in.
_FILLED = 6


def targets() -> Iterator[Target]:
    """Every target, the quick ones before those that open whole tables."""
    from benchmarks import tried_answers, tried_readers

    yield from _parsers()
    yield from _settings()
    yield from _own_figures()
    yield from tried_answers.targets()
    yield from tried_readers.targets()


def through_file(take: Callable[[Path], Figures], name: str) -> Callable[[bytes], Figures]:
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

    def form(path: Path) -> Figures:
        content_of(path)
        return {}

    numbers = [cell.encode() for cell in ("12", "1,234", "12.5", "-3", "1,234,567.8", "x")]
    yield Target("numbers", number, lambda: numbers, BYTE_EDITS)
    yield Target("tables of text", table, lambda: [_OWN.encode()], TABLE_EDITS)
    years = [b"2024", b"2024-25", b"2024/25", b"202425", b"21/22"]
    yield Target("periods", period, lambda: years, BYTE_EDITS)
    names = [b"Kent", b"City of London", b"E10000016", b"Kent County Council", b"886.0"]
    yield Target("names of areas", area, lambda: names, BYTE_EDITS)
    edits = (*TABLE_EDITS, *BYTE_EDITS)
    yield Target(
        "forms of files", through_file(form, "a.csv"), lambda: [_OWN.encode()], edits
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

    def workbook(path: Path) -> Figures:
        with quick():
            read_scenario(path, replace=True)
        return {}

    def batch(path: Path) -> Figures:
        return {} if Plan.make(file=path).jobs else {"jobs": 0}

    def reorganisation(path: Path) -> Figures:
        Reorganisation.load(path)
        return {}

    trend = Scenario.load()

    def risks(path: Path) -> Figures:
        load_risks(path, trend)
        return {}

    def signed(path: Path) -> Figures:
        if not all(entry.whole for entry in read_entries(path.parent)):
            msg = "an entry was changed since it was sealed"
            raise NamedError(msg)
        return {}

    more = (*TEXT_EDITS, *BYTE_EDITS)
    sealed = record_bytes([Entry("reviewed", "A", "s151", "", "", {}, "").sealed()])
    yield Target(
        *("records of a sign-off", through_file(signed, SIGN_OFF), lambda: [sealed]),
        (*JSON_EDITS, *BYTE_EDITS),
    )
    for name, take, file, valid in (
        ("scenario files", scenario, "own.toml", _scenarios),
        ("registers of risks", risks, "r.toml", lambda: [_RISKS.encode()]),
        ("batch files", batch, "b.toml", lambda: [_BATCH.encode()]),
        ("reorganisations", reorganisation, "r.toml", lambda: [_REORGANISATION.encode()]),
    ):
        yield Target(name, through_file(take, file), valid, more)
    yield Target(
        *("scenario workbooks", through_file(workbook, "s.xlsx"), _scenario_books),
        BOOK_EDITS,
    )


def _own_figures() -> Iterator[Target]:
    """An authority's own figures: what is taken stands beside what the file says.

    Whatever passes is that authority's to say, and is shown to it by `inputs check`.
    """

    @cache
    def panel() -> Any:
        return load_panel()

    def own(path: Path) -> Figures:
        with quick():
            checked = check_own(path, panel())
        if checked.faults:
            raise NamedError(str(checked.faults[0]))
        return {
            (own.area and own.area.la_code, one.measure, one.at, one.breakdown): one.value
            for own in checked.owns
            for one in own.figures
        }

    more = (*TEXT_EDITS, *BYTE_EDITS)
    for name, file, valid, edits in (
        ("own figures, CSV", "own.csv", lambda: [_OWN.encode()], SAID_EDITS),
        ("own figures, TOML", "own.toml", lambda: [_OWN_TOML.encode()], more),
        ("own figures, workbook", "own.xlsx", lambda: [_filled()], BOOK_EDITS),
    ):
        yield Target(name, through_file(own, file), valid, edits)


def _scenarios() -> list[bytes]:
    folder = home.data_dir() / "scenarios"
    return [path.read_bytes() for path in sorted(folder.glob("*.toml"))]


def _scenario_books() -> list[bytes]:
    """Each scenario as a saved workbook holds it."""
    from tests.raw.finance_copies import write_xlsx

    books = []
    for text in _scenarios():
        held = io.BytesIO()
        lines: list[list[object]] = [[one] for one in text.decode().splitlines()]
        write_xlsx(held, {"Inputs": [["Own", 1.0]], SCENARIO_FILE: lines})
        books.append(as_ever(held.getvalue()))
    return books


@cache
def _filled() -> bytes:
    """The template of one authority, with a few of its published figures in it."""
    from openpyxl import load_workbook  # type: ignore[import-untyped]

    panel, held = load_panel(), io.BytesIO()
    book = load_workbook(io.BytesIO(template_bytes(panel, panel.area("Kent"))))
    left = _FILLED
    for sheet in book.worksheets:
        rows = list(sheet.iter_rows())
        heads = next((row for row in rows if OWN in [cell.value for cell in row]), None)
        if heads is None:
            continue
        at = {cell.value: place for place, cell in enumerate(heads)}
        for row in rows[heads[0].row :]:
            beside = row[at[PUBLISHED]].value if PUBLISHED in at else None
            if left and isinstance(beside, int | float):
                row[at[OWN]].value, left = beside, left - 1
                row[at[AT]].value = row[at[AT]].value or "2026-10-01"
    book.save(held)
    return as_ever(held.getvalue())
