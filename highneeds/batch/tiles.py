"""Tiles: one square an authority, and how a measure's values are put in classes.

data/tiles.csv is this project's own arrangement: every authority has the same area, and
neighbours are next to each other as far as a square grid allows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from highneeds import home
from highneeds.words import count, millions, percent, whole_pounds

# Colours of index.css: in orange from pale to dark, and in blue.
SHADES = (1, 2, 3, 4, 5)
SURPLUS = (6, 7)
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
    for classes that stand apart from the values of others; else classes hold equal shares.
    """

    name: str
    title: str
    value: Callable[[Mapping[str, Any]], float | None]
    shown: Callable[[float], str]
    on_tile: Callable[[float], str]
    # Whether a value below nought is a deficit: classes then part at nought.
    signed: bool = False
    classes: Mapping[int, str] | None = None


@cache
def tiles() -> tuple[Tile, ...]:
    """The arrangement, by code."""
    table = home.read_table(home.data_dir() / "tiles.csv")
    return tuple(
        Tile(str(row.la_code), int(str(row.column)), int(str(row.row)), str(row.label))
        for row in table.itertuples(index=False)
    )


def balance(headline: Mapping[str, Any]) -> float | None:
    """Central closing balance (£); None where only its change is known, or no block is."""
    found = headline["balance"]
    return float(found["central"]) if found and headline["level"] else None


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
            whole_pounds,
            count,
            signed=True,
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
            signed=True,
        ),
        Measure(
            "gap",
            f"Block less spending in {until}, as a share of the block",
            gap_share,
            percent,
            percent,
            signed=True,
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
    """A measure's values in classes, by colour; the words for each, lowest value first."""

    by_key: Mapping[str, int]
    words: Mapping[int, str]


def classed(measure: Measure, values: Mapping[str, float]) -> Classed:
    """Put values in classes; equal values are never parted."""
    if measure.classes:
        by_key = {key: int(value) for key, value in values.items()}
        return Classed(by_key, measure.classes)
    ordered = sorted(set(values.values()))
    if measure.signed:
        below = [value for value in ordered if value < 0]
        place = _shared(below, SHADES[::-1]) | _shared(ordered[len(below) :], SURPLUS)
    else:
        place = _shared(ordered, SHADES)
    words = {}
    for number in dict.fromkeys(place.values()):
        held = [value for value in ordered if place[value] == number]
        ends = list(dict.fromkeys((measure.shown(held[0]), measure.shown(held[-1]))))
        words[number] = " to ".join(ends)
    return Classed({key: place[value] for key, value in values.items()}, words)


def _shared(ordered: Sequence[float], numbers: Sequence[int]) -> dict[float, int]:
    """As many values to each class, as nearly as that can be."""
    shares = len(numbers)
    return {
        value: numbers[rank * shares // len(ordered)] for rank, value in enumerate(ordered)
    }
