"""Tiles: one square an authority, and how a measure's values are put in classes.

data/tiles.csv is this project's own arrangement: every authority has the same area, and
neighbours are next to each other as far as a square grid allows.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from highneeds import embedded
from highneeds.report.amounts import MINUS, count, millions, percent

CLASSES = 5
_MILLION = 1_000_000


@dataclass(frozen=True)
class Tile:
    """Where an authority's square stands, counted from the top left, and its short name."""

    la_code: str
    column: int
    row: int
    label: str


@dataclass(frozen=True)
class Measure:
    """Something the map can show: a figure of a report's headline.

    ``on_tile`` is the value in few characters. ``classes``, where it is given, are words
    for classes that stand apart from the values of others; else classes hold a fifth each.
    """

    name: str
    title: str
    value: Callable[[Mapping[str, Any]], float | None]
    shown: Callable[[float], str]
    on_tile: Callable[[float], str]
    # Whether the lowest values are the darkest: a deficit is negative.
    low_is_dark: bool = False
    classes: Mapping[int, str] | None = None


@cache
def tiles() -> tuple[Tile, ...]:
    """The arrangement, by code."""
    table = embedded.read_table(embedded.data_dir() / "tiles.csv")
    return tuple(
        Tile(str(row.la_code), int(str(row.column)), int(str(row.row)), str(row.label))
        for row in table.itertuples(index=False)
    )


def balance(headline: Mapping[str, Any], quantile: str = "p50") -> float | None:
    """Closing balance (£); None where only its change is known, or no block is."""
    found = headline["balance"]
    return float(found[quantile]) if found and headline["level"] else None


def balance_per_child(headline: Mapping[str, Any]) -> float | None:
    """Closing balance (£) for each child under 18."""
    found, children = balance(headline), headline["children"]
    return found / children if found is not None and children else None


def plan_growth(headline: Mapping[str, Any]) -> float | None:
    """Growth of plans from the last published January to the last projected one."""
    first, last = headline["plans"]
    return last / first - 1 if first else None


def gap_share(headline: Mapping[str, Any]) -> float | None:
    """Block less spending in the last year, as a share of the block."""
    gap, block = headline["gap"], headline["block"]
    return gap / block if gap is not None and block else None


def chance_class(headline: Mapping[str, Any]) -> float | None:
    """Class of the chance of a deficit: 1, 2, 4 or 5 (see `CHANCES`)."""
    if balance(headline) is None:
        return None
    # How many of the three published quantiles of the balance are below zero.
    below = sum(headline["balance"][name] < 0 for name in ("p10", "p50", "p90"))
    return float((1, 2, 4, 5)[below])


CHANCES = {
    1: "less than 10%",
    2: "10% to 50%",
    4: "50% to 90%",
    5: "more than 90%",
}
_CHANCES_ON_TILE = {1: "<10%", 2: "10–50%", 4: "50–90%", 5: ">90%"}


def measures(until: str, januaries: Sequence[str], closes: str) -> tuple[Measure, ...]:
    """What the map can show, for reports to one year."""
    first, last = januaries
    return (
        Measure(
            "per_child",
            f"Balance at {closes} for each child under 18",
            balance_per_child,
            _pounds,
            count,
            low_is_dark=True,
        ),
        Measure(
            "chance",
            f"Chance of a deficit at {closes}",
            chance_class,
            lambda value: CHANCES[int(value)],
            lambda value: _CHANCES_ON_TILE[int(value)],
            classes=CHANCES,
        ),
        Measure(
            "balance",
            f"Balance at {closes}",
            balance,
            millions,
            lambda value: f"{count(value / _MILLION)}m",
            low_is_dark=True,
        ),
        Measure(
            "gap",
            f"Block less spending in {until}, as a share of the block",
            gap_share,
            percent,
            percent,
            low_is_dark=True,
        ),
        Measure(
            "growth",
            f"Growth of plans from January {first} to January {last}",
            plan_growth,
            percent,
            percent,
        ),
    )


@dataclass(frozen=True)
class Classed:
    """A measure's values in classes 1 (palest) to 5 (darkest), and the words for each."""

    by_key: Mapping[str, int]
    words: Mapping[int, str]


def classed(measure: Measure, values: Mapping[str, float]) -> Classed:
    """Put values in classes; equal values are never parted."""
    if measure.classes:
        by_key = {key: int(value) for key, value in values.items()}
        return Classed(by_key, measure.classes)
    ordered = sorted(set(values.values()), reverse=measure.low_is_dark)
    size = math.ceil(len(ordered) / CLASSES) or 1
    place = {value: 1 + rank // size for rank, value in enumerate(ordered)}
    by_key = {key: place[value] for key, value in values.items()}
    words = {}
    for number in sorted(set(place.values())):
        held = [value for value in ordered if place[value] == number]
        ends = list(dict.fromkeys((measure.shown(held[0]), measure.shown(held[-1]))))
        words[number] = " to ".join(ends)
    return Classed(by_key, words)


def _pounds(value: float) -> str:
    text = count(value)
    return f"{MINUS}£{text[1:]}" if text.startswith(MINUS) else f"£{text}"
