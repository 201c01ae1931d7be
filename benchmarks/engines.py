"""The engine against a pandas loop, a spreadsheet, PySD, and what the machine can do."""

from __future__ import annotations

import importlib.util
import statistics
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from benchmarks import pandas_loop, spreadsheet, system_dynamics
from benchmarks.inputs import CELLS, STEPS, YEARS, Setting, answers
from benchmarks.libreoffice import libreoffice
from benchmarks.measure import Result, in_turn, ratio, require_equal, seconds, skipped
from benchmarks.reduced import reduced
from highneeds.scenario import streams
from highneeds.scenario.streams import BLOCK_DRAWS

# Ten blocks: enough that starting a run does not count.
DRAWS = 10 * BLOCK_DRAWS
PYSD_FUTURES = 152
NANO = 1e9


def against_pandas(given: Setting, repeats: int, *, quick: bool) -> list[Result]:
    """Target 5, first part: the engine against the pandas loop, one core."""
    count = 3 if quick else 8
    tables = pandas_loop.tables(given, count)
    equal = require_equal(
        "pandas loop", pandas_loop.run(tables), answers(given.run(count), count)
    )
    taken = in_turn(
        {"pandas": lambda: pandas_loop.run(tables), "ours": lambda: given.run(DRAWS)},
        repeats,
    )
    cost = statistics.median(taken["ours"]) * NANO / (DRAWS * YEARS)
    loop = statistics.median(taken["pandas"]) * NANO / (count * YEARS)
    return [
        ratio(
            "pandas loop / ours",
            taken["pandas"],
            taken["ours"],
            scale=DRAWS / count,
            target=500,
            note=f"{equal}; loop {loop / 1000:,.0f} µs an authority-year-future, "
            f"{loop / CELLS:,.0f} ns a cell",
        ),
        Result(
            "ours, an authority-year-future",
            cost,
            "ns",
            repeats=repeats,
            note=f"{cost / CELLS:.1f} ns a cell of {CELLS}",
        ),
        *_floor(given, cost, repeats),
    ]


def _floor(given: Setting, cost: float, repeats: int) -> list[Result]:
    """The machine's own limits, and how much of the engine's `cost` they account for."""
    rng = np.random.Generator(np.random.Philox(1))
    source = np.ones(16_000_000)
    copy = np.empty_like(source)
    limits = in_turn(
        {
            "normals": lambda: rng.standard_normal(1_000_000),
            "copy": lambda: np.copyto(copy, source),
        },
        repeats,
    )
    normal = statistics.median(limits["normals"]) / 1_000_000
    # Each byte is read and written.
    bandwidth = 2 * source.nbytes / statistics.median(limits["copy"])
    drawn = _numbers_drawn(given) * normal / YEARS
    # Every plan count is read and written once a year, in 8 bytes.
    moved = 2 * CELLS * 8 * STEPS / YEARS / bandwidth
    floor = (drawn + moved) * NANO
    return [
        Result("random numbers, one core", 1e-6 / normal, "million normals/s"),
        Result("memory copy, one core", bandwidth / 1e9, "GB/s"),
        Result(
            "floor / ours",
            100 * floor / cost,
            "%",
            note=f"floor {floor:.0f} ns: {drawn * NANO:.0f} drawing random "
            f"numbers, {moved * NANO:.0f} reading and writing plans once",
        ),
    ]


def _numbers_drawn(given: Setting) -> float:
    """Normal numbers an authority draws for one future; national ones are drawn once."""
    drawn = 0
    block = streams._block

    def counted(key: str, rows: int) -> np.ndarray:
        nonlocal drawn
        drawn += rows
        return block(key, rows)

    streams._block = counted
    try:
        given.run(BLOCK_DRAWS)
    finally:
        streams._block = block
    return drawn


def against_spreadsheet(given: Setting, repeats: int, *, quick: bool) -> list[Result]:
    """Target 5: a workbook of live formulas recalculated by LibreOffice."""
    name = "spreadsheet recalculated / ours"
    futures = 5 if quick else 20
    setting, ours, tables = reduced(given, futures)
    with libreoffice() as office:
        if office is None:
            return [skipped(name, "LibreOffice (soffice) is not installed")]
        book = office.folder / "book.xlsx"
        formulas = spreadsheet.write_book(tables, book)
        _, saved = office.recalculate(book, 1)
        expected = answers(ours, futures)
        found = spreadsheet.read_book(saved, futures)
        equal = require_equal("spreadsheet", found, {key: expected[key] for key in found})
        sheet, here = [], []
        for _ in range(2 if quick else repeats):
            sheet.append(statistics.median(office.recalculate(book, 5)[0]))
            began = time.perf_counter()
            setting.run(DRAWS)
            here.append(time.perf_counter() - began)
    return [
        ratio(
            name,
            sheet,
            here,
            scale=DRAWS / futures,
            target=2000,
            note=f"reduced model, {formulas // futures // YEARS} formulas a year; {equal}",
        )
    ]


def against_system_dynamics(given: Setting, repeats: int, *, quick: bool) -> list[Result]:
    """Target 5: PySD, a future a run, as it is used, and with futures as a subscript."""
    name = "PySD / ours"
    if not importlib.util.find_spec("pysd"):
        return [skipped(name, "PySD is not installed (highneeds[bench])")]
    counts = (1,) if quick else (1, PYSD_FUTURES)
    return [_one_pysd(given, name, futures, repeats) for futures in counts]


def _one_pysd(given: Setting, name: str, futures: int, repeats: int) -> Result:
    setting, ours, tables = reduced(given, futures)
    with TemporaryDirectory() as folder:
        model = Path(folder) / "reduced.mdl"
        system_dynamics.write_model(tables, model)
        run = system_dynamics.load_model(model)
        expected = {"placements": answers(ours, futures)["placements"]}
        equal = require_equal("PySD", {"placements": run()}, expected)
        taken = in_turn(
            {"pysd": run, "ours": lambda: setting.run(DRAWS)},
            repeats,
        )
    each = "a future a run" if futures == 1 else f"{futures} futures a run"
    return ratio(
        f"{name}, {each}",
        taken["pysd"],
        taken["ours"],
        scale=DRAWS / futures,
        target=5000,
        note=f"reduced model, plans only; {equal}",
    )


def quantiles(given: Setting, repeats: int) -> list[Result]:
    """Target 9: five quantiles of three series against simulating them."""
    from highneeds.model.quantiles import quantiles_of

    futures = given.run(DRAWS)
    series = (futures.stock.sum(axis=(1, 2)), futures.spending, futures.balance)
    shares = (0.05, 0.1, 0.5, 0.9, 0.95)

    def summarise() -> None:
        for values in series:
            for year in values:
                quantiles_of(year, shares)

    taken = in_turn({"quantiles": summarise, "simulate": lambda: given.run(DRAWS)}, repeats)
    share = statistics.median(taken["quantiles"]) / statistics.median(taken["simulate"])
    equal = max(
        float(
            np.abs(np.subtract(quantiles_of(year, shares), np.quantile(year, shares))).max()
        )
        / float(np.abs(year).max())
        for values in series
        for year in values
    )
    return [
        Result(
            "five quantiles of three series / simulation",
            100 * share,
            "%",
            30,
            at_most=True,
            repeats=repeats,
            note=f"equal to numpy.quantile to {equal:.0e}",
        )
    ]


def one_authority(given: Setting, repeats: int) -> list[Result]:
    """Target 11, first part: CPU time, which is the time taken where nothing else runs."""
    taken = in_turn({"ours": lambda: given.run(10_000)}, repeats)
    name = "one authority, 6 years, 10,000 futures"
    return [seconds(name, taken["ours"], target=0.5, note="CPU time, one core")]
