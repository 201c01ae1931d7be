"""How time and memory grow, and that numbers do not depend on how the work is cut up."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from benchmarks.inputs import AREA, SEED, UNTIL, Setting, answers
from benchmarks.measure import (
    CPU,
    PEAK_MEMORY,
    WALL,
    Result,
    child,
    cpu_of,
    exponent,
    in_turn,
    ratio,
    seconds,
    skipped,
)
from highneeds.model import carry
from highneeds.model.nation import Totals, project_nation
from highneeds.model.simulate import simulate, simulate_blocks
from highneeds.periods import FinancialYear
from highneeds.record.opening import area_record
from highneeds.scenario.streams import BLOCK_DRAWS

ENGLAND = "E92000001"


def bit_identical(given: Setting, *, quick: bool) -> list[Result]:
    """Target 8: the same numbers, bit for bit, however the work is cut up."""
    count = 2 * BLOCK_DRAWS + 500
    whole = answers(given.run(count), count)

    def same(found: dict[str, np.ndarray], futures: slice = slice(None)) -> bool:
        return all(np.array_equal(found[key], whole[key][..., futures]) for key in whole)

    checks: dict[str, Callable[[], bool]] = {
        "fewer futures": lambda: same(answers(given.run(300), 300), slice(300)),
        "futures taken 64, 1,000 at a time": lambda: all(
            same(_together(given, size, count)) for size in (64, 1000)
        ),
        "resumed after the first block": lambda: same(
            _resumed(given, count), slice(BLOCK_DRAWS, None)
        ),
        "authorities in another order": lambda: _other_order(given, whole, count),
        "two workers": lambda: _workers_agree(given, 20 if quick else 1100),
    }
    held = {name: check() for name, check in checks.items()}
    broken = [name for name, one in held.items() if not one]
    return [
        Result(
            "bit-identical however the work is cut up",
            float(100 * sum(held.values()) / len(held)),
            "%",
            100,
            note=f"broken: {', '.join(broken)}" if broken else "; ".join(held),
        )
    ]


def _together(given: Setting, size: int, count: int) -> dict[str, np.ndarray]:
    usual = carry.TOGETHER
    carry.TOGETHER = size
    try:
        return answers(given.run(count), count)
    finally:
        carry.TOGETHER = usual


def _resumed(given: Setting, count: int) -> dict[str, np.ndarray]:
    blocks = simulate_blocks(
        given.record,
        given.scenario,
        given.spread,
        until=UNTIL,
        draws=count,
        seed=SEED,
        first=BLOCK_DRAWS,
    )
    parts = [answers(block, BLOCK_DRAWS) for block in blocks]
    return {key: np.concatenate([part[key] for part in parts], -1) for key in parts[0]}


def _other_order(given: Setting, whole: dict[str, np.ndarray], count: int) -> bool:
    for name in ("Camden", AREA):
        record = area_record(given.panel, given.panel.area(name))
        found = answers(replace(given, record=record).run(count), count)
    return all(np.array_equal(found[key], whole[key]) for key in whole)


def _workers_agree(given: Setting, draws: int) -> bool:
    one, two = (_england(given, draws, workers) for workers in (1, 2))
    same = (np.array_equal(two.series[name], one.series[name]) for name in one.series)
    return all(same) and np.array_equal(two.placements, one.placements)


def _england(given: Setting, draws: int, workers: int) -> Totals:
    found = project_nation(
        given.panel, given.scenario, until=UNTIL.label, draws=draws, workers=workers
    )
    return found[ENGLAND]


def workers(given: Setting, repeats: int) -> list[Result]:
    """Target 7: what a second worker brings, of a run long enough to share out."""
    name = "one worker / two workers, England"
    cores = os.cpu_count() or 1
    if cores < 2:  # noqa: PLR2004
        return [skipped(name, "this machine has one core")]
    sides = {
        "one": lambda: _england(given, 2000, 1),
        "two": lambda: _england(given, 2000, 2),
        "one busy": lambda: _keep_busy(1),
        "two busy": lambda: _keep_busy(2),
    }
    taken = in_turn(sides, repeats, WALL)
    alone = cpu_of(sides["one"])[0]
    parent, shared = cpu_of(sides["two"])
    # Where other work fills the cores, the wall clock says little about ours.
    busy = 2 * statistics.median(taken["one busy"]) / statistics.median(taken["two busy"])
    note = (
        f"2,000 futures, wall clock; in the same minutes two processes that only count "
        f"gained {busy:.2f}; by CPU time {alone / (parent + shared / 2):.2f}"
    )
    return [ratio(name, taken["one"], taken["two"], target=1.7, note=note)]


def _keep_busy(number: int) -> None:
    """So many processes that do nothing but count, to their end."""
    command = [sys.executable, "-c", "for _ in range(60_000_000): pass"]
    started = [subprocess.Popen(command) for _ in range(number)]
    for one in started:
        one.wait()


def england(given: Setting, repeats: int, *, quick: bool) -> list[Result]:
    """Target 11: England, in a process that has all it needs and in one that has not."""
    name = "England, 153 authorities, 6 years, 1,000 futures, 2 workers"
    taken = in_turn({"warm": lambda: _england(given, 1000, 2)}, repeats, WALL)
    own, shared = cpu_of(lambda: _england(given, 1000, 2))
    note = f"wall clock; {own + shared:.1f} s of CPU time"
    found = [seconds(name, taken["warm"], target=3, note=note)]
    if not quick:
        cold = [json.loads(child(_COLD)) for _ in range(repeats)]
        spent = statistics.median(one["cpu"] for one in cold)
        found.append(
            seconds(
                f"{name}, first time in a process",
                [one["wall"] for one in cold],
                target=3,
                note=f"wall clock; {spent:.1f} s of CPU time, the record's rates among it",
            )
        )
    return found


_COLD = """
import json
from benchmarks.measure import WALL, cpu_of
from highneeds.model.nation import project_nation
from highneeds.panel.panel import load_panel
began = WALL()
cpu = sum(cpu_of(lambda: project_nation(load_panel(), draws=1000, workers=2)))
print(json.dumps({"wall": WALL() - began, "cpu": cpu}))
"""


def memory() -> list[Result]:
    """Target 10: peak memory of a national run of which only quantiles are kept."""
    name = "peak memory, 10,000 futures / 1,000 futures"
    low, high = (float(child(PEAK_MEMORY + _NATION, draws)) for draws in (1000, 10_000))
    if not low:
        return [skipped(name, "this system does not tell a process its peak memory")]
    note = f"{low / 1e6:,.0f} MB and {high / 1e6:,.0f} MB"
    return [Result(name, high / low, "×", 1.5, at_most=True, note=note)]


_NATION = """
import sys
from highneeds.model.nation import project_nation
from highneeds.panel.panel import load_panel
totals = project_nation(load_panel(), draws=int(sys.argv[1]))
tables = [total.table() for total in totals.values()]
print(peak_memory())
"""


def growth(given: Setting, repeats: int, *, quick: bool) -> list[Result]:
    """Target 11: the power of authorities, years and futures that time grows with."""
    areas = given.panel.geography.authorities(2025)
    records = [area_record(given.panel, area) for area in areas]

    def run(number: int, until: int, draws: int) -> Callable[[], None]:
        def side() -> None:
            for record in records[:number]:
                simulate(
                    record,
                    given.scenario,
                    given.spread,
                    until=FinancialYear(until),
                    draws=draws,
                    seed=SEED,
                )

        return side

    block = BLOCK_DRAWS
    most, last = (40, 4) if quick else (80, 16)
    cases = {
        "authorities": {n: run(n, 2030, block) for n in (10, 20, 40, 80) if n <= most},
        "futures": {
            n * block: run(1, 2030, n * block) for n in (1, 2, 4, 8, 16) if n <= last
        },
        "years": {n: run(4, 2024 + n, block) for n in (4, 6, 8, 12, 16)},
    }
    found = []
    for name, sides in cases.items():
        taken = in_turn({str(size): side for size, side in sides.items()}, repeats, CPU)
        power = exponent(list(sides), [float(np.median(one)) for one in taken.values()])
        sizes = f"{min(sides):,} to {max(sides):,} {name}"
        # Two-sided: what counts is the distance from 1.
        found.append(
            Result(
                f"time exponent in {name}: distance from 1",
                abs(power - 1),
                "",
                0.05,
                at_most=True,
                repeats=repeats,
                note=f"exponent {power:.3f}, {sizes}",
            )
        )
    return found
