"""The path of plans: requests, new plans, exits, moves, and places, census by census."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from highneeds.model.capacity import (
    INDEPENDENT,
    STATE_SPECIAL,
    keep_in_mainstream,
    place_overflow,
)
from highneeds.model.draws import Draws
from highneeds.model.levers import Effects
from highneeds.model.national import BASE
from highneeds.model.plans import extra_moves, step_plans, to_bands
from highneeds.model.record import AreaRecord
from highneeds.model.spread import Spreads

_POPULATION_YEAR = 2023
_SURGE = range(2026, 2030)
_SIXTEEN = 16


@dataclass(frozen=True)
class PlanPaths:
    """Plans and flows, futures last.

    ``placements`` (censuses, 7, draws) and ``bands`` (censuses, 5, 7, draws) from the base
    census; ``requests``, ``new``, ``ended``, ``shortfall`` (years, draws) from the year
    after it. ``shortfall`` is pupils without a state special place.
    """

    placements: np.ndarray
    bands: np.ndarray
    requests: np.ndarray
    new: np.ndarray
    ended: np.ndarray
    shortfall: np.ndarray


def plan_paths(
    record: AreaRecord,
    spread: Spreads,
    draws: Draws,
    effects: Effects,
    steps: int,
    *,
    limited: bool,
) -> PlanPaths:
    """Carry an authority's plans `steps` censuses on.

    Parameters
    ----------
    effects : Effects
        Levers by year; year 0 is the base year and year k the k-th after it. Plans of the
        calendar year follow the lever of the financial year that opens in it.
    limited : bool
        Whether pupils are turned away when state special places run out; if not, the
        shortfall is only counted.
    """
    requests, new = _new_plans(record, spread, draws, effects, steps)
    profile = _joining_profile(record, draws, steps)[1]
    exit_shock = draws.shock("exits.local", steps, spread.exits_local)
    balancing = record.balancing_share + draws.shock(
        "balancing_item.local", steps, spread.balancing_local
    )
    moves = record.rates.moves
    extra = extra_moves(moves, INDEPENDENT, draws.assumed("moves_to_independent"))
    state = np.repeat(record.stock[:, :, None], draws.count, axis=2)
    places = state[:, STATE_SPECIAL].sum(axis=0)
    growth = draws.assumed("special_place_growth")
    shares = (
        draws.assumed("overflow_to_independent"),
        draws.assumed("overflow_to_mainstream"),
    )
    placements, bands = [state.sum(axis=0)], [to_bands(state)]
    ended, shortfall = [], []
    for step in range(steps):
        lever = step + 1
        exit_rate = record.exit_rate[:, None] * np.exp(exit_shock[step])
        exit_rate[_SIXTEEN:] *= effects.exits_16_plus[lever]
        exit_rate = np.minimum(exit_rate, 1.0)
        exit_rate += (1.0 - exit_rate) * effects.further_exits[lever]
        exit_rate[-1] = 1.0
        # The balancing item may be negative in one year; together with new plans it cannot.
        joined = np.maximum(new[step] + balancing[step] * state.sum(axis=(0, 1)), 0.0)
        joining = record.joining_mix[:, :, None] * (profile[step] * joined)[:, None, :]
        keeping = _incumbents(state, exit_rate, moves, extra)
        state, left = step_plans(
            state,
            exit_rate=exit_rate,
            moves=moves,
            joining=joining,
            toward=(INDEPENDENT, extra),
        )
        if effects.to_mainstream[lever].any():
            state = keep_in_mainstream(state, keeping, effects.to_mainstream[lever])
        places = places * (1.0 + growth)
        placed, away = place_overflow(
            state,
            keeping[:, 0],
            places=places + effects.places[lever],
            to_independent=shares[0],
            to_mainstream=shares[1],
        )
        state = placed if limited else state
        placements.append(state.sum(axis=0))
        bands.append(to_bands(state))
        ended.append(left)
        shortfall.append(away)
    return PlanPaths(
        np.stack(placements),
        np.stack(bands),
        requests,
        new,
        np.stack(ended),
        np.stack(shortfall),
    )


def _new_plans(
    record: AreaRecord, spread: Spreads, draws: Draws, effects: Effects, steps: int
) -> tuple[np.ndarray, np.ndarray]:
    """Requests and new plans by year, (steps, draws).

    New plans follow requests at the authority's own ratio of 2024; a share of each year's
    requests lead to a plan only in the next year.
    """
    growth = _request_growth(spread, draws, steps)
    people = _joining_profile(record, draws, steps)[0]
    requests = record.requests * people * np.exp(growth) * effects.requests[1:]
    surge = draws.assumed("request_surge")
    for step in range(steps):
        if BASE.end + step in _SURGE:
            requests[step] = requests[step] * (1.0 + surge)
    late = draws.assumed("late_share")
    earlier = np.full((1, draws.count), record.requests)
    before = np.concatenate([earlier, requests[:-1]])
    ratio = record.new_plans / (
        record.requests * (1.0 - late) + record.requests_before * late
    )
    new = ratio * draws.assumed("issue_ratio") * ((1.0 - late) * requests + late * before)
    return requests, new


def _request_growth(spread: Spreads, draws: Draws, steps: int) -> np.ndarray:
    """Cumulative log growth of requests beyond population, (steps, draws)."""
    start = np.log1p(draws.assumed("request_growth"))
    years = draws.assumed("request_growth_years")
    passed = np.arange(steps)[:, None]
    path = start * np.clip(1.0 - passed / years, 0.0, None)
    shocks = draws.shock(
        "new_plans.national", steps, spread.new_plans_national, national=True
    ) + draws.shock("new_plans.local", steps, spread.new_plans_local)
    return np.cumsum(path + shocks, axis=0)


def _joining_profile(
    record: AreaRecord, draws: Draws, steps: int
) -> tuple[np.ndarray, np.ndarray]:
    """How population moves new plans: a ratio (steps, draws) and an age profile.

    Children already born grow older; those not yet born follow `births_change`.
    """
    births = draws.assumed("births_change")
    people = np.repeat(record.population[:, None], draws.count, axis=1)
    wanted = []
    for year in range(_POPULATION_YEAR, BASE.end + steps):
        if year >= BASE.end - 1:
            wanted.append(record.rates.joining_per_person[:, None] * people)
        people = np.concatenate([people[:1] * (1.0 + births), people[:-1]])
    expected = np.stack(wanted)
    totals = expected.sum(axis=1)
    return totals[1:] / totals[0], expected[1:] / totals[1:, None, :]


def _incumbents(
    stock: np.ndarray, exit_rate: np.ndarray, moves: np.ndarray, leaving: np.ndarray
) -> np.ndarray:
    """Those in a state or independent special place who stay in it, by age reached."""
    kept = np.zeros((stock.shape[0], 2, stock.shape[2]))
    for column, placement in enumerate((STATE_SPECIAL, INDEPENDENT)):
        staying = stock[:-1, placement] * (1.0 - exit_rate[:-1])
        still = moves[1:, placement, placement][:, None] - leaving[1:, placement]
        kept[1:, column] = staying * still
    return kept
