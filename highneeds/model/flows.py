"""The path of plans: requests, new plans, exits, moves, and places, census by census."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from highneeds.model.carry import Yearly, carry
from highneeds.model.draws import Draws
from highneeds.model.levers import Effects
from highneeds.model.record import AreaRecord
from highneeds.model.spread import Spreads


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
    opening: np.ndarray,
    limited: bool,
) -> PlanPaths:
    """Carry an authority's plans `steps` censuses on.

    Parameters
    ----------
    effects : Effects
        Levers by year, from the base year of money. Plans of a calendar year follow the
        lever of the financial year that opens in it.
    opening : ndarray, shape (26, placements, draws)
        Plans of the base census.
    limited : bool
        Whether pupils are turned away when state special places run out; if not, the
        shortfall is only counted.
    """
    # The calendar year of the base census opens the financial year after the counted ones.
    ahead = slice(record.vintage.counted_years + 1, None)
    people, profile = _joining_profile(record, draws, steps)
    requests, new = _new_plans(record, spread, draws, effects.requests[ahead], people)
    balancing = record.balancing_share + draws.shock(
        "balancing_item.local", steps, spread.balancing_local
    )
    yearly = Yearly(
        opening=opening,
        new=new,
        balancing=balancing,
        exit_factor=np.exp(draws.shock("exits.local", steps, spread.exits_local)),
        exits_16_plus=effects.exits_16_plus[ahead],
        further_exits=effects.further_exits[ahead],
        to_mainstream=effects.to_mainstream[ahead],
        added_places=effects.places[ahead],
        totals=_published(record, "plans", 1, np.full((steps, draws.count), np.nan)),
        profile=profile,
        moves_to_independent=draws.assumed("moves_to_independent"),
        place_growth=draws.assumed("special_place_growth"),
        overflow_to_independent=draws.assumed("overflow_to_independent"),
        overflow_to_mainstream=draws.assumed("overflow_to_mainstream"),
    )
    carried = carry(record, yearly, limited=limited)
    return PlanPaths(
        carried.placements,
        carried.bands,
        requests,
        new,
        _published(record, "ended", 0, carried.ended),
        carried.shortfall,
    )


def _new_plans(
    record: AreaRecord,
    spread: Spreads,
    draws: Draws,
    avoided: np.ndarray,
    people: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """Requests and new plans by year, (steps, draws), as population grows by `people`.

    New plans follow requests at the authority's own ratio of the last year of flows; a
    share of each year's requests lead to a plan only in the next year. ``avoided`` is the
    factor of levers on requests.
    """
    steps = len(people)
    growth = _request_growth(spread, draws, steps)
    requests = record.requests * people * np.exp(growth) * avoided
    surge = draws.assumptions["request_surge"]
    for step in range(steps):
        if surge.holds_in(record.vintage.census.end + step):
            requests[step] = requests[step] * (1.0 + draws.assumed("request_surge"))
    requests = _published(record, "requests", 0, requests)
    late = draws.assumed("late_share")
    earlier = np.full((1, draws.count), record.requests)
    before = np.concatenate([earlier, requests[:-1]])
    ratio = record.new_plans / (
        record.requests * (1.0 - late) + record.requests_before * late
    )
    new = ratio * draws.assumed("issue_ratio") * ((1.0 - late) * requests + late * before)
    return requests, _published(record, "new", 0, new)


def _published(
    record: AreaRecord, quantity: str, after: int, projected: np.ndarray
) -> np.ndarray:
    """What is published beyond the base census in place of what was projected.

    ``after`` is how many years after the base census the first row stands.
    """
    first = record.vintage.census.end + after
    for year, value in record.newer.get(quantity, {}).items():
        if 0 <= year - first < len(projected):
            projected[year - first] = value
    return projected


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
    now = record.vintage
    for year in range(now.population.end, now.census.end + steps):
        if year >= now.flows.end:
            wanted.append(record.rates.joining_per_person[:, None] * people)
        people = np.concatenate([people[:1] * (1.0 + births), people[:-1]])
    expected = np.stack(wanted)
    totals = expected.sum(axis=1)
    return totals[1:] / totals[0], expected[1:] / totals[1:, None, :]
