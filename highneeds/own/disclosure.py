"""Disclosure: which counts to withhold, that no small one can be worked back from others.

A small count is withheld first. Whoever knows the rest of a table finds it by subtraction,
along a row, a column or the years; so others are withheld with it until what is shown
leaves each small count as uncertain as its being small does.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from highneeds.linear import cheapest
from highneeds.own.breakdowns import KINDS, TOTAL, required
from highneeds.own.figures import OwnFigure
from highneeds.own.measures import BY_NAME
from highneeds.periods import Census

# Counts of children so small that one of them could be known: 0 tells of nobody.
SMALLEST, LARGEST = 1, 5
# Of these a small number tells nothing of a child.
_NOT_PEOPLE = frozenset({"£", "places"})
_JOINT = "age_band_by_placement"
_Key = tuple[str, str, str]


@dataclass
class _Sum:
    """Figures that add up to `known`, each with its sign; `rest` where some may be missing.

    Of `known` nothing can be withheld: it is published, or follows from what is given.
    """

    signs: dict[_Key, int] = field(default_factory=dict)
    known: float = 0.0
    rest: bool = False


def withheld_of(figures: Sequence[OwnFigure]) -> tuple[set[OwnFigure], set[OwnFigure]]:
    """Small counts among figures of one authority, and others to withhold with them."""
    held = {(one.measure, one.at, one.breakdown): one for one in figures if _people(one)}
    small = {key for key, one in held.items() if _small(one.value)}
    hidden = set(small)
    sums = [*_sums(held)]
    while sums and (told := _first_told(small, hidden, held, sums)):
        more = _next(told, hidden, held, sums)
        if more is None:
            small.discard(told)  # nothing that is shown has to do with it
        else:
            hidden.add(more)
    first = {one for one in figures if _people(one) and _small(one.value)}
    return first, {held[key] for key in hidden} - first


def _people(one: OwnFigure) -> bool:
    return BY_NAME[one.measure].unit not in _NOT_PEOPLE


def _small(value: float) -> bool:
    # 5.4 would be printed as 5.
    return SMALLEST <= round(abs(value)) <= LARGEST


def _sums(held: Mapping[_Key, OwnFigure]) -> Iterator[_Sum]:
    """Every sum that a reader knows to hold among the figures."""
    groups: defaultdict[tuple[str, str, str], list[_Key]] = defaultdict(list)
    for key in held:
        if key[2] != TOTAL:
            groups[(*key[:2], key[2].partition("/")[0])].append(key)
    for (measure, at, kind), parts in groups.items():
        yield from _of_parts(held, parts, (measure, at, TOTAL), required(kind))
        if kind == _JOINT:
            yield from _margins(held, parts)
    yield from _over_a_year(held)


def _of_parts(
    held: Mapping[_Key, OwnFigure],
    parts: Sequence[_Key],
    total: _Key,
    every: frozenset[str],
) -> Iterator[_Sum]:
    whole = every <= {key[2].partition("/")[2] for key in parts}
    if total in held:
        yield _Sum(dict.fromkeys(parts, 1) | {total: -1}, 0.0, not whole)
    elif whole:
        # The total is published, or was said elsewhere.
        yield _Sum(dict.fromkeys(parts, 1), sum(held[key].value for key in parts))


def _margins(held: Mapping[_Key, OwnFigure], parts: Sequence[_Key]) -> Iterator[_Sum]:
    """Plans by age and placement, along each age and along each placement."""
    measure, at, _ = parts[0]
    for place, kind in enumerate(("age_band", "placement")):
        other = ("placement", "age_band")[place]
        for value in KINDS[kind]:
            mine = {
                key: key[2].partition("/")[2].split("|")[1 - place]
                for key in parts
                if key[2].partition("/")[2].split("|")[place] == value
            }
            every = required(other)
            named = [(measure, at, f"{other}/{part}") for part in mine.values()]
            codes = frozenset(one[2].partition("/")[2] for one in named)
            if mine:
                total = (measure, at, f"{kind}/{value}")
                whole = every <= codes
                if total in held:
                    signs = dict.fromkeys(mine, 1) | {total: -1}
                    yield _Sum(signs, 0.0, not whole)
                elif whole:
                    yield _Sum(dict.fromkeys(mine, 1), sum(held[key].value for key in mine))


def _over_a_year(held: Mapping[_Key, OwnFigure]) -> Iterator[_Sum]:
    """Plans of a January, and those new and ended until the next, make the next's."""
    for _, at, breakdown in [key for key in held if key[0] == "new_ehc_plans"]:
        first, last = (Census(int(at) + more).day.isoformat() for more in (0, 1))
        signs = {
            ("ehc_plans", first, TOTAL): 1,
            ("new_ehc_plans", at, breakdown): 1,
            ("ceased_ehc_plans", at, TOTAL): -1,
            ("ehc_plans", last, TOTAL): -1,
        }
        if signs.keys() <= held.keys():
            # As returned they meet only nearly, and whoever adds them up finds by how much.
            yield _Sum(signs, sum(held[key].value * sign for key, sign in signs.items()))


def _first_told(
    small: set[_Key],
    hidden: set[_Key],
    held: Mapping[_Key, OwnFigure],
    sums: Sequence[_Sum],
) -> _Key | None:
    """A small count that what is shown tells too nearly; None where there is none."""
    for key in sorted(small):
        least, most = possible(key, hidden, held, sums)
        if most - least < LARGEST - SMALLEST:
            return key
    return None


def possible(
    key: _Key,
    hidden: set[_Key],
    held: Mapping[_Key, OwnFigure],
    sums: Sequence[_Sum],
) -> tuple[float, float]:
    """The least and the most a withheld count can be, for who knows all that is shown."""
    names = sorted(hidden)
    place = {name: number for number, name in enumerate(names)}
    slacks = [number for number, one in enumerate(sums) if one.rest]
    table = np.zeros((len(sums), len(names) + len(slacks)))
    right = np.zeros(len(sums))
    for row, one in enumerate(sums):
        right[row] = one.known
        for name, sign in one.signs.items():
            if name in place:
                table[row, place[name]] = sign
            else:
                right[row] -= sign * held[name].value
        if one.rest:
            table[row, len(names) + slacks.index(row)] = 1
    fewest = min(held[name].value for name in names)
    lowest = np.zeros(table.shape[1])
    lowest[: len(names)] = min(SMALLEST, fewest)
    wanted = np.zeros(table.shape[1])
    wanted[place[key]] = 1
    ends = []
    for sign in (1, -1):
        found = cheapest(sign * wanted, table, (right, right), (lowest, np.inf))
        ends.append(sign * (-np.inf if found is None else found.cost))
    return float(ends[0]), float(ends[1])


def _next(
    told: _Key, hidden: set[_Key], held: Mapping[_Key, OwnFigure], sums: Sequence[_Sum]
) -> _Key | None:
    """The least count shown in a sum with `told`, or in one that is joined to it."""
    reached, near = {told}, {told}
    while near:
        joined = [one.signs.keys() for one in sums if reached & one.signs.keys()]
        near = set().union(*joined) - reached
        shown = near - hidden
        if shown:
            return min(shown, key=lambda key: (not held[key].value, held[key].value, key))
        reached |= near
    return None
