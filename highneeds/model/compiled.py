"""The years of `model.carry` compiled by numba, for large runs; an optional extra.

Only the plans are carried here: every number that moves them is drawn outside, from the
same streams. Importing this module needs numba.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit

from highneeds.model.capacity import ELSEWHERE, INDEPENDENT, MAINSTREAM, STATE_SPECIAL
from highneeds.model.plans import AGES, BANDS, MODEL_PLACEMENTS, SIXTEEN

if TYPE_CHECKING:
    from highneeds.model.carry import Carried, Yearly
    from highneeds.model.record import AreaRecord

# Futures side by side: their plans and what is worked out from them fit a core's own cache.
_LANES = 64
_AGES = len(AGES)
_PLACEMENTS = len(MODEL_PLACEMENTS)
_compile = njit(cache=True, error_model="numpy", nogil=True)


def carry_compiled(
    record: AreaRecord, yearly: Yearly, found: Carried, *, limited: bool
) -> None:
    """Carry plans as `carry` does, writing to the arrays of `found`."""
    _carry(
        (yearly.opening, record.exit_rate, record.joining_mix, record.rates.moves),
        (yearly.new, yearly.balancing, yearly.profile),
        (yearly.exit_factor, yearly.exits_16_plus, yearly.further_exits),
        (yearly.moves_to_independent, yearly.to_mainstream),
        (yearly.place_growth, yearly.added_places),
        (yearly.overflow_to_independent, yearly.overflow_to_mainstream),
        limited,
        (found.placements, found.bands, found.ended, found.shortfall),
    )


@_compile
def _carry(record, joining, exits, moving, room, overflow, limited, found):  # type: ignore[no-untyped-def]
    opening, base_exits, mix, moves = record
    new, balancing, profile = joining
    to_independent, to_mainstream = moving
    growth, added = room
    placements, bands, ended, shortfall = found
    steps, draws = new.shape
    stock = np.empty((_AGES, _PLACEMENTS, _LANES))
    keeping = np.empty((2, _AGES, _LANES))
    exit_rate = np.empty((_AGES, _LANES))
    older = np.empty((_PLACEMENTS, _LANES))
    joined, places = np.empty(_LANES), np.empty(_LANES)
    for first in range(0, draws, _LANES):
        lanes = min(_LANES, draws - first)
        here = slice(first, first + lanes)
        for age in range(_AGES):
            for placement in range(_PLACEMENTS):
                stock[age, placement, :lanes] = opening[age, placement, here]
        _count(stock, placements[0, :, here], bands[0, :, :, here])
        places[:lanes] = placements[0, STATE_SPECIAL, here]
        for step in range(steps):
            _set_exits(exit_rate, base_exits, exits, step, here)
            # The balancing item may be negative in one year; with new plans it cannot.
            for lane in range(lanes):
                total = 0.0
                for placement in range(_PLACEMENTS):
                    total += placements[step, placement, first + lane]
                change = new[step, first + lane] + balancing[step, first + lane] * total
                joined[lane] = max(change, 0.0)
            ended[step, here] = 0.0
            _end(stock, exit_rate, ended[step, here])
            _grow_older(stock, keeping, older, exit_rate, moves, to_independent[here])
            for age in range(_AGES):
                for placement in range(_PLACEMENTS):
                    share = mix[age, placement]
                    for lane in range(lanes):
                        starting = profile[step, age, first + lane] * joined[lane]
                        stock[age, placement, lane] += share * starting
            _keep_in_mainstream(stock, keeping, to_mainstream[step, here])
            for lane in range(lanes):
                places[lane] *= 1.0 + growth[first + lane]
            _turn_away(
                stock,
                keeping[0],
                places[:lanes] + added[step, here],
                (overflow[0][here], overflow[1][here]),
                limited,
                shortfall[step, here],
            )
            _count(stock, placements[step + 1, :, here], bands[step + 1, :, :, here])


@_compile
def _count(stock, placements, bands):  # type: ignore[no-untyped-def]
    lanes = placements.shape[1]
    placements[:] = 0.0
    for band, (low, high) in enumerate(BANDS):
        for placement in range(_PLACEMENTS):
            count = bands[band, placement]
            count[:] = 0.0
            for age in range(low, high + 1):
                for lane in range(lanes):
                    count[lane] += stock[age, placement, lane]
            for lane in range(lanes):
                placements[placement, lane] += count[lane]


@_compile
def _set_exits(exit_rate, base, exits, step, here):  # type: ignore[no-untyped-def]
    factor, from_16, further = (
        exits[0][step, here],
        exits[1][step, here],
        exits[2][step, here],
    )
    lanes = factor.size
    for age in range(_AGES):
        for lane in range(lanes):
            rate = base[age] * factor[lane]
            if age >= SIXTEEN:
                rate *= from_16[lane]
            rate = min(rate, 1.0)
            exit_rate[age, lane] = rate + (1.0 - rate) * further[lane]
    exit_rate[-1] = 1.0


@_compile
def _end(stock, exit_rate, ended):  # type: ignore[no-untyped-def]
    for age in range(_AGES):
        for placement in range(_PLACEMENTS):
            for lane in range(ended.size):
                ended[lane] += stock[age, placement, lane] * exit_rate[age, lane]


@_compile
def _grow_older(stock, keeping, older, exit_rate, moves, factor):  # type: ignore[no-untyped-def]
    """Oldest first, so that each age is read before it is written over."""
    lanes = factor.size
    for age in range(_AGES - 1, 0, -1):
        for placement in range(_PLACEMENTS):
            for lane in range(lanes):
                stay = 1.0 - exit_rate[age - 1, lane]
                older[placement, lane] = stock[age - 1, placement, lane] * stay
        for target in range(_PLACEMENTS):
            row = stock[age, target]
            row[:] = 0.0
            for origin in range(_PLACEMENTS):
                share = moves[age, origin, target]
                # Most of the record's moves are none.
                if share != 0.0:
                    for lane in range(lanes):
                        row[lane] += share * older[origin, lane]
        for column, placement in enumerate((STATE_SPECIAL, INDEPENDENT)):
            share = moves[age, placement, placement]
            for lane in range(lanes):
                keeping[column, age, lane] = share * older[placement, lane]
        for origin in range(_PLACEMENTS):
            base = moves[age, origin, INDEPENDENT]
            if origin == INDEPENDENT or base == 0.0:
                continue
            most = moves[age, origin, origin]
            for lane in range(lanes):
                extra = min(max(base * (factor[lane] - 1.0), -base), most)
                more = older[origin, lane] * extra
                stock[age, origin, lane] -= more
                stock[age, INDEPENDENT, lane] += more
                if origin == STATE_SPECIAL:
                    keeping[0, age, lane] -= more
    stock[0] = 0.0
    keeping[:, 0] = 0.0


@_compile
def _keep_in_mainstream(stock, keeping, share):  # type: ignore[no-untyped-def]
    if not share.any():
        return
    for column, placement in enumerate((STATE_SPECIAL, INDEPENDENT)):
        for age in range(_AGES):
            for lane in range(share.size):
                arriving = stock[age, placement, lane] - keeping[column, age, lane]
                moved = max(arriving, 0.0) * share[lane]
                stock[age, placement, lane] -= moved
                stock[age, MAINSTREAM, lane] += moved


@_compile
def _turn_away(stock, incumbents, places, overflow, limited, shortfall):  # type: ignore[no-untyped-def]
    to_independent, to_mainstream = overflow
    for lane in range(shortfall.size):
        wanted, kept = 0.0, 0.0
        for age in range(_AGES):
            wanted += max(stock[age, STATE_SPECIAL, lane] - incumbents[age, lane], 0.0)
            kept += incumbents[age, lane]
        room = max(places[lane] - kept, 0.0)
        away = 1.0 - min(room, wanted) / wanted if wanted > 0.0 else 0.0
        shortfall[lane] = wanted * away
        if not limited or away == 0.0:
            continue
        for age in range(_AGES):
            arriving = max(stock[age, STATE_SPECIAL, lane] - incumbents[age, lane], 0.0)
            moved = arriving * away
            rest = 1.0 - to_independent[lane] - to_mainstream[lane]
            stock[age, STATE_SPECIAL, lane] -= moved
            stock[age, INDEPENDENT, lane] += moved * to_independent[lane]
            stock[age, MAINSTREAM, lane] += moved * to_mainstream[lane]
            stock[age, ELSEWHERE, lane] += moved * rest
