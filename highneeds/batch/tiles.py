"""Tiles: one square an authority, and how a measure's values are put in classes.

data/tiles.csv is this project's own arrangement: every authority has the same area, and
neighbours are next to each other as far as a square grid allows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from highneeds import home, words
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
    class_of: Callable[[float], int] | None = None


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


def chance(headline: Mapping[str, Any]) -> float | None:
    """Chance of a deficit, as a share of futures; None where there is no balance."""
    found = headline.get("chance")
    return None if balance(headline) is None or found is None else float(found)


def chance_words(headline: Mapping[str, Any]) -> str:
    """That chance as a report says it, which claims no more than its futures show."""
    return words.chance(chance(headline), headline.get("draws", _FEWEST_DRAWS))


# The ends of classes of the chance, by the colour of each.
_CHANCE_CLASSES = ((0.1, 1), (0.5, 2), (0.9, 4), (float("inf"), 5))
CHANCES = {
    1: "less than 10%",
    2: "10% to 50%",
    4: "50% to 90%",
    5: "90% and more",
}
_FEWEST_DRAWS = 100


def _chance_class(value: float) -> int:
    return next(number for below, number in _CHANCE_CLASSES if value < below)


def measures(
    until: str, januaries: Sequence[str], closes: str, draws: int = _FEWEST_DRAWS
) -> tuple[Measure, ...]:
    """What the map can show, for reports to one year and of so many futures."""
    first, last = januaries

    def said(value: float) -> str:
        return words.chance(value, draws)

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
            chance,
            said,
            lambda value: said(value).replace("more than ", ">").replace("less than ", "<"),
            classes=CHANCES,
            class_of=_chance_class,
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
    if measure.classes and measure.class_of:
        by_key = {key: measure.class_of(value) for key, value in values.items()}
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
