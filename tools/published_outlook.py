"""Solve the two values of data/scenarios/published_outlook.toml for England's central case.

Requests grow so that England has the plans that the register's first forecast of plans has;
the block grows from its first unannounced year so that the balance at the end of the
override is the one published for that day. Prints both, and with ``--write`` puts them into
the file, with the range that `RANGES` gives::

    python tools/published_outlook.py --write
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import highneeds as hn
from highneeds.answers.forecasts import published_forecasts
from highneeds.model.simulate import central_case
from highneeds.panel.vintage import vintage
from highneeds.periods import Census, FinancialYear
from highneeds.policy import policy
from highneeds.record.area import AreaRecord
from highneeds.record.opening import area_record
from highneeds.record.spread import spreads

FILE = (
    Path(__file__).resolve().parent.parent / "data" / "scenarios" / "published_outlook.toml"
)
REQUESTS, BLOCK = "request_growth", "block_growth.later"
# How far from the solved value low and high are put: an assumption.
RANGES = {REQUESTS: 0.03, BLOCK: 0.02}
_STEPS = 30
_CLOSE = 1e-4


def targets() -> dict[str, tuple[str, float]]:
    """Year and figure of England's plans, and of its balance at the end of the override."""
    override = FinancialYear.of(policy("override_ends").day).label
    plans = next(one for one in published_forecasts() if one.measure == "plans")
    balance = next(
        one
        for one in published_forecasts()
        if one.measure == "balance" and one.year == override
    )
    return {one.measure: (one.year, one.value) for one in (plans, balance)}


def england(
    scenario: hn.Scenario, records: Sequence[AreaRecord] | None = None
) -> dict[str, float]:
    """England's plans and balance of `targets` in the central case."""
    panel = hn.load_panel()
    now, spread = vintage(panel), spreads(panel)
    wanted = targets()
    january, override = Census.parse(wanted["plans"][0]), wanted["balance"][0]
    closing = FinancialYear.parse(override)
    until = max(FinancialYear(january.end), closing)
    found = {"plans": 0.0, "balance": 0.0}
    for record in records or england_records():
        central = central_case(record, scenario, spread, until=until)
        found["plans"] += float(central.stock[january.end - now.census.end].sum())
        if record.money.has_block:
            found["balance"] += float(central.balance[closing.end - now.year.end, 0])
    return found


def england_records() -> list[AreaRecord]:
    """Every authority's opening position."""
    panel = hn.load_panel()
    areas = panel.geography.authorities(vintage(panel).census.end)
    return [area_record(panel, area) for area in areas]


def held(scenario: hn.Scenario, **values: float) -> hn.Scenario:
    """A scenario with named assumptions at other values."""
    fixed = {name: {"low": v, "central": v, "high": v} for name, v in values.items()}
    return replace(scenario, assumptions=scenario.assumptions.replaced(fixed, "a search"))


def solved(records: Sequence[AreaRecord]) -> dict[str, float]:
    """The two values; the nearer end of its range where no value meets a target."""
    base = hn.Scenario.load()
    found: dict[str, float] = {}
    # Plans do not hang on the block, so one is solved after the other.
    for name, measure in ((REQUESTS, "plans"), (BLOCK, "balance")):
        estimate, (_, target) = base.assumptions[name], targets()[measure]

        def off(
            value: float, name: str = name, measure: str = measure, target: float = target
        ) -> float:
            tried = held(base, **{**found, name: value})
            return england(tried, records)[measure] - target

        found[name] = _root(off, estimate.minimum, estimate.maximum, abs(target) * _CLOSE)
    return found


def _root(off: Callable[[float], float], low: float, high: float, close: float) -> float:
    """Bisect a rising function; an end of the range where it does not cross nought."""
    if off(low) >= 0:
        return low
    if off(high) <= 0:
        return high
    middle = 0.5 * (low + high)
    for _ in range(_STEPS):
        middle = 0.5 * (low + high)
        gap = off(middle)
        if abs(gap) < close:
            break
        low, high = (middle, high) if gap < 0 else (low, middle)
    return middle


def written(text: str, values: dict[str, float]) -> str:
    """The scenario's file with other values in it."""
    limits = hn.Scenario.load().assumptions
    for name, value in values.items():
        estimate, far = limits[name], RANGES[name]
        three = {
            "low": max(value - far, estimate.minimum),
            "central": value,
            "high": min(value + far, estimate.maximum),
        }
        key = f'"{name}"' if "." in name else name
        start = text.index(f"[assumptions.{key}]")
        end = text.find("\n[", start + 1)
        part = text[start:] if end < 0 else text[start:end]
        for word, number in three.items():
            part = re.sub(rf"^{word} = .*$", f"{word} = {number:.4f}", part, flags=re.M)
        text = text[:start] + part + ("" if end < 0 else text[end:])
    return text


if __name__ == "__main__":
    given = england_records()
    values = solved(given)
    print(values, england(held(hn.Scenario.load(), **values), given), targets())
    if "--write" in sys.argv:
        FILE.write_text(written(FILE.read_text("utf-8"), values), "utf-8", newline="\n")
