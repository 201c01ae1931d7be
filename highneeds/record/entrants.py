"""How many plans must start each year for plans to be as foretold: by age alone.

Placements move nobody in or out, so the plans of a January follow from ages, and what must
start is what is left to reach the total.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from highneeds.record.cells import SIXTEEN


@dataclass(frozen=True)
class Entrants:
    """Plans that start, plans at the close, what is kept of them: all (years, draws).

    ``kept`` is 1 but where fewer are foretold than would stay: of all of them that share
    is kept then.
    """

    new: np.ndarray
    plans: np.ndarray
    kept: np.ndarray


def entrants(
    ages: np.ndarray,
    exit_rate: np.ndarray,
    profile: np.ndarray,
    balancing: float,
    totals: np.ndarray,
    new: np.ndarray | None = None,
) -> Entrants:
    """Solve for the plans that start.

    Parameters
    ----------
    ages : ndarray, shape (26, draws)
        Plans of the opening census.
    exit_rate : ndarray, shape (years, 26, draws)
        Share of plans at each age that end.
    profile : ndarray, shape (years, 26, draws)
        Ages of those joining; each year sums to 1.
    balancing : float
        The balancing item, a share of opening plans, which joins too.
    totals : ndarray, shape (years, draws)
        Plans of each closing census; NaN where they are to follow from `new`.
    new : ndarray, shape (years, draws), optional
        Plans that start where there is no total.
    """
    starting, closed = np.empty_like(totals), np.empty_like(totals)
    kept = np.ones_like(totals)
    for step, total in enumerate(totals):
        plans = ages.sum(axis=0)
        closing = np.empty_like(ages)
        closing[0] = 0.0
        np.multiply(ages[:-1], 1.0 - exit_rate[step, :-1], out=closing[1:])
        known = np.isfinite(total)
        others = closing.sum(axis=0) + balancing * plans
        starting[step] = np.where(known, np.maximum(total - others, 0.0), 0.0)
        if new is not None:
            starting[step] = np.where(known, starting[step], new[step])
        joined = np.maximum(starting[step] + balancing * plans, 0.0)
        closing += profile[step] * joined
        fewer = known & (starting[step] == 0.0)
        if fewer.any():
            kept[step, fewer] = total[fewer] / closing[:, fewer].sum(axis=0)
            closing *= kept[step]
        ages, closed[step] = closing, closing.sum(axis=0)
    return Entrants(starting, closed, kept)


def exit_rates(
    rate: np.ndarray, exits_16_plus: np.ndarray, further_exits: np.ndarray
) -> np.ndarray:
    """Share of plans at each age that end, (years, 26, draws).

    Parameters
    ----------
    rate : ndarray, shape (26,)
        Rates of the record.
    exits_16_plus : ndarray, shape (years, draws)
        A factor on those from 16 on.
    further_exits : ndarray, shape (years, draws)
        Share of those who would stay.
    """
    years, draws = exits_16_plus.shape
    found = np.empty((years, rate.size, draws))
    found[:] = rate[:, None]
    if (exits_16_plus != 1.0).any():
        found[:, SIXTEEN:] *= exits_16_plus[:, None]
        np.minimum(found, 1.0, out=found)
    if further_exits.any():
        found += (1.0 - found) * further_exits[:, None]
    found[:, -1] = 1.0
    return found


def joining_profile(
    population: np.ndarray,
    per_person: np.ndarray,
    births: np.ndarray,
    *,
    aged: int,
    years: int,
) -> tuple[np.ndarray, np.ndarray]:
    """How people move plans that start: a ratio (years, draws), ages (years, 26, draws).

    Children already born grow older; those not yet born follow `births`.

    Parameters
    ----------
    population, per_person : ndarray, shape (26,)
        People at the last mid-year published, and the plans that start for each.
    births : ndarray, shape (draws,)
        Yearly change of the number of children aged 0.
    aged : int
        Years from that mid-year to the last one with flows, which the ratio is against.
    """
    people = np.repeat(population[:, None], births.size, axis=1)
    wanted = []
    for year in range(aged + 1 + years):
        if year >= aged:
            wanted.append(per_person[:, None] * people)
        people = np.concatenate([people[:1] * (1.0 + births), people[:-1]])
    expected = np.stack(wanted)
    totals = expected.sum(axis=1)
    return totals[1:] / totals[0], expected[1:] / totals[1:, None, :]


def long_path(
    ages: np.ndarray,
    rate: np.ndarray,
    balancing: float,
    joining: tuple[np.ndarray, np.ndarray],
    foretold: np.ndarray,
) -> np.ndarray:
    """Plans of every January ahead: those foretold, then as many starting for each person.

    Parameters
    ----------
    ages, rate : ndarray, shape (26,)
        Plans of the opening census and rates at which they end.
    joining : tuple of ndarray
        Of `joining_profile`, of one future.
    foretold : ndarray, shape (horizons,)

    Returns
    -------
    ndarray, shape (years,)
    """
    people, profile = joining
    years, held = len(people), min(len(foretold), len(people))
    totals = np.full((years, 1), np.nan)
    totals[:held, 0] = foretold[:held]
    still = np.ones((years, 1))
    how = (ages[:, None], exit_rates(rate, still, still - 1.0), profile, balancing)
    new = entrants(*how, totals).new
    new[held:] = new[held - 1] * people[held:] / people[held - 1]
    return entrants(*how, totals, new).plans[:, 0]
