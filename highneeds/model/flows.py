"""The path of plans: requests, new plans, exits, moves, and places, census by census."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from highneeds.model.carry import Yearly, carry
from highneeds.record.area import AreaRecord
from highneeds.record.counted import through
from highneeds.record.entrants import (
    Entrants,
    entrants,
    exit_rates,
    joining_profile,
)
from highneeds.record.marked import ENGLAND, SHARE
from highneeds.record.spread import Spreads
from highneeds.scenario.draws import Draws
from highneeds.scenario.levers import Effects, neutral

# What the flows of a scenario hang on, besides its levers.
_ASSUMED = (
    "births_change",
    "issue_ratio",
    "late_share",
    "request_growth",
    "request_growth_years",
    "request_surge",
)


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

    With the defaults they are as the marked path foretells, and as many start as that
    takes. Of a scenario as many more start, or fewer, as its requests are above or below
    those of the defaults in the same future.

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
    flows = flows_of(record, draws, effects, ahead.start)
    default = _by_default(record, draws, effects, ahead.start, flows)
    published = _published(record, "plans", 1, np.full((steps, draws.count), np.nan))
    totals = _foretold(record, spread, draws, published)
    ages = opening.sum(axis=1)
    solved = _entrants(record, ages, default, totals)
    factor = np.divide(
        solved.new, default.new, out=np.zeros_like(totals), where=default.new > 0
    )
    new, kept = flows.new * factor, solved.kept
    if np.isfinite(published).any():
        again = _entrants(record, ages, flows, published, new)
        new, kept = again.new, np.where(np.isfinite(published), again.kept, kept)
    yearly = Yearly(
        opening=opening,
        new=new,
        kept=kept,
        balancing=np.full(draws.count, record.balancing_share),
        exit_rate=flows.exit_rate,
        to_mainstream=effects.to_mainstream[ahead],
        added_places=effects.places[ahead],
        profile=flows.profile,
        moves_to_independent=draws.assumed("moves_to_independent"),
        place_growth=draws.assumed("special_place_growth"),
        overflow_to_independent=draws.assumed("overflow_to_independent"),
        overflow_to_mainstream=draws.assumed("overflow_to_mainstream"),
    )
    carried = carry(record, yearly, limited=limited)
    return PlanPaths(
        carried.placements,
        carried.bands,
        _published(record, "requests", 0, flows.requests * factor),
        _published(record, "new", 0, new),
        _published(record, "ended", 0, carried.ended),
        carried.shortfall,
    )


@dataclass(frozen=True)
class Flows:
    """What a scenario says of requests, plans that start and that end, before it is solved.

    ``requests`` and ``new`` (years, draws) are against one another what they will be;
    ``exit_rate`` and ``profile``, the ages of those joining, are (years, 26, draws).
    """

    requests: np.ndarray
    new: np.ndarray
    exit_rate: np.ndarray
    profile: np.ndarray


def flows_of(record: AreaRecord, draws: Draws, effects: Effects, first: int) -> Flows:
    """Flows of the years from row `first` of the levers on."""
    avoided = effects.requests[first:]
    people, profile = joining_profile(
        record.population,
        record.rates.joining_per_person,
        draws.assumed("births_change"),
        aged=record.vintage.flows.end - record.vintage.population.end,
        years=len(avoided),
    )
    requests = record.requests * people * np.exp(_request_growth(draws, len(people)))
    requests *= avoided
    surge = draws.assumptions["request_surge"]
    for step in range(len(people)):
        if surge.holds_in(record.vintage.census.end + step):
            requests[step] = requests[step] * (1.0 + draws.assumed("request_surge"))
    exits = exit_rates(
        record.exit_rate, effects.exits_16_plus[first:], effects.further_exits[first:]
    )
    return Flows(requests, _new_plans(record, draws, requests), exits, profile)


def _by_default(
    record: AreaRecord, draws: Draws, effects: Effects, first: int, flows: Flows
) -> Flows:
    """The flows of the defaults in the same futures: `flows` where nothing is changed."""
    usual, none = draws.by_default(), neutral(len(flows.new), draws.count)
    levers = ("requests", "exits_16_plus", "further_exits")
    if draws.are_default(_ASSUMED) and all(
        np.array_equal(getattr(effects, name)[first:], getattr(none, name))
        for name in levers
    ):
        return flows
    return flows_of(record, usual, none, 0)


def _new_plans(record: AreaRecord, draws: Draws, requests: np.ndarray) -> np.ndarray:
    """New plans by year, at the authority's own ratio to requests of the last years.

    A share of each year's requests lead to a plan only in the next year.
    """
    late = draws.assumed("late_share")
    earlier = np.full((1, draws.count), record.requests)
    before = np.concatenate([earlier, requests[:-1]])
    ratio = record.new_plans / (
        record.requests * (1.0 - late) + record.requests_before * late
    )
    return ratio * draws.assumed("issue_ratio") * ((1.0 - late) * requests + late * before)


def _foretold(
    record: AreaRecord, spread: Spreads, draws: Draws, published: np.ndarray
) -> np.ndarray:
    """Plans of each January in each future, with the defaults: (years, draws).

    Later Januaries grow on from a total that is published, or that the authority counted
    between two Januaries, as they would have.
    """
    steps = len(published)
    errors = spread.path.of_england(draws.shock(ENGLAND, 1, 1.0, national=True), steps)
    errors = errors + spread.path.of_share(
        draws.shock(SHARE, steps, 1.0), float(record.stock.sum())
    )
    totals = record.path[:steps, None] * np.exp(errors)
    for step in np.flatnonzero(np.isfinite(published).all(axis=1)):
        totals[step:] *= published[step] / totals[step]
    if not record.own.counts:
        return totals
    opening = np.full(draws.count, record.stock.sum())
    known = int(np.isfinite(published).all(axis=1).sum())
    return through(totals, opening, record.vintage.census, record.own.counts, known)


def _entrants(
    record: AreaRecord,
    ages: np.ndarray,
    flows: Flows,
    totals: np.ndarray,
    new: np.ndarray | None = None,
) -> Entrants:
    return entrants(
        ages, flows.exit_rate, flows.profile, record.balancing_share, totals, new
    )


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


def _request_growth(draws: Draws, steps: int) -> np.ndarray:
    """Cumulative log growth of requests beyond population, (steps, draws)."""
    start = np.log1p(draws.assumed("request_growth"))
    years = draws.assumed("request_growth_years")
    passed = np.arange(steps)[:, None]
    return np.cumsum(start * np.clip(1.0 - passed / years, 0.0, None), axis=0)
