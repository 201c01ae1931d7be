"""Own figures against one another: parts and totals, one figure inside another."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date
from itertools import pairwise

from highneeds.own.breakdowns import KINDS, TOTAL, required
from highneeds.own.entries import Fault
from highneeds.own.figures import OwnFigure
from highneeds.own.measures import BY_NAME
from highneeds.periods import FinancialYear
from highneeds.words import plural

# What is never more than another figure of the same year.
_WITHIN = {
    "high_needs_block_after_deductions_gbp": "high_needs_block_before_deductions_gbp",
    "high_needs_places_deduction_gbp": "high_needs_block_before_deductions_gbp",
    "grants_rolled_in_gbp": "high_needs_block_before_deductions_gbp",
}
_LEDGER = "ledger_gbp"
# A journal may take some of a month back, never half of the year so far.
_FALLEN = 0.5
_Key = tuple[str, str, str]


def at_odds(figures: Sequence[OwnFigure]) -> Iterator[Fault]:
    """Figures of one authority that cannot all be right.

    Parts of a total may be rounded, each to the unit. A total without its parts, and parts
    without a total, are taken for what they say.
    """
    held = {(one.measure, one.at, one.breakdown): one for one in figures}
    yield from _parts(held)
    for inner, outer in _WITHIN.items():
        for one in figures:
            whole = held.get((outer, one.at, TOTAL))
            if one.measure == inner and whole and one.value > whole.value:
                what = (
                    f"{inner} of {one.at}, {one.value:,.0f}, is more than {outer}, "
                    f"{whole.value:,.0f} at {whole.where}"
                )
                yield Fault(one.where, what)
    yield from _falling([one for one in figures if one.measure == _LEDGER])


def _parts(held: dict[_Key, OwnFigure]) -> Iterator[Fault]:
    groups: defaultdict[tuple[str, str, str], list[OwnFigure]] = defaultdict(list)
    for one in held.values():
        kind = one.breakdown.partition("/")[0]
        if one.breakdown != TOTAL:
            groups[one.measure, one.at, kind].append(one)
    for (measure, at, kind), parts in groups.items():
        if BY_NAME[measure].unit != "plans" and kind == "placement":
            continue  # prices of placements make no total
        total = held.get((measure, at, TOTAL))
        if total is not None:
            given = {one.breakdown.partition("/")[2] for one in parts}
            whole = required(kind) <= given
            yield from _sum(parts, total, kind, whole=whole)
        if kind == "age_band_by_placement":
            yield from _margins(held, measure, at, parts)


def _margins(
    held: dict[_Key, OwnFigure], measure: str, at: str, parts: Sequence[OwnFigure]
) -> Iterator[Fault]:
    """Plans by age and placement against those of an age band, and of a placement."""
    for place, kind in enumerate(("age_band", "placement")):
        other = ("placement", "age_band")[place]
        for value in KINDS[kind]:
            whole = held.get((measure, at, f"{kind}/{value}"))
            mine = {
                one.breakdown.partition("/")[2].split("|")[1 - place]: one
                for one in parts
                if one.breakdown.partition("/")[2].split("|")[place] == value
            }
            if whole is not None and mine:
                every = required(other) <= mine.keys()
                yield from _sum([*mine.values()], whole, f"{kind} {value}", whole=every)


def _sum(
    parts: Sequence[OwnFigure], total: OwnFigure, by: str, *, whole: bool
) -> Iterator[Fault]:
    made = sum(one.value for one in parts)
    rounding = len(parts) * (0.5 if BY_NAME[total.measure].unit == "£" else 0.0)
    apart = made - total.value
    if apart <= rounding and (not whole or apart >= -rounding):
        return
    which = "more than" if apart > 0 else "less than"
    given = "parts" if whole else f"{plural(len(parts), 'part')} given"
    what = (
        f"{total.measure} at {total.at} is {total.value:,.0f}, and its "
        f"{given} by {by} make {made:,.0f}, "
        f"{abs(apart):,.0f} {which} that ({parts[0].where} to {parts[-1].where})"
    )
    yield Fault(total.where, what)


def _falling(ledger: Sequence[OwnFigure]) -> Iterator[Fault]:
    """Months that seem to be of the month alone where the year to date is asked for."""
    rows: defaultdict[tuple[str, int], list[OwnFigure]] = defaultdict(list)
    for one in ledger:
        year = FinancialYear.of(date.fromisoformat(f"{one.at}-01"))
        rows[one.breakdown, year.end].append(one)
    for months in rows.values():
        ordered = sorted(months, key=lambda one: one.at)
        for before, after in pairwise(ordered):
            if after.value < before.value * _FALLEN:
                what = (
                    f"the year to {after.at}, {after.value:,.0f}, is less than half of the "
                    f"year to {before.at}, {before.value:,.0f}. Expected spending from "
                    "1 April to the end of the month, not of the month alone"
                )
                yield Fault(after.where, what)
