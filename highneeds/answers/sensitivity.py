"""What the answer hangs on: one assumption at a time, and shares of the uncertainty."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from highneeds.answers.projection import Projection
from highneeds.model.costs import EARLIER_PRICES
from highneeds.model.funding import CARRIED, carried_years
from highneeds.model.simulate import Futures, central_case, redrawn, simulate
from highneeds.model.unknown_placements import STREAM as UNKNOWN_PLACEMENTS
from highneeds.record.marked import ENGLAND, SHARE
from highneeds.scenario.assumptions import Estimate
from highneeds.scenario.scenario import Scenario

# Streams that are not assumptions: errors of the path, yearly shocks, the opening plans.
SHOCKS = {
    ENGLAND: "England's path of plans",
    SHARE: "This authority's share of England's plans",
    "price.national": "Yearly swings of prices, all of England",
    "price.local": "Yearly swings of prices, this authority",
    "block.local": "This authority's block against England's",
    "unexplained.local": "Movements of balances the record does not explain",
    UNKNOWN_PLACEMENTS: "Where plans of unknown placement are",
}
_CARRIED = {CARRIED: "What carrying an older balance missed"}
_EARLIER = {EARLIER_PRICES: "Prices between the last outturn and the base year"}
_TENTH = 0.1
_MOVES = ("minus_tenth_gbp", "plus_tenth_gbp", "low_gbp", "high_gbp")
# Any other seed would do; this one is used for nothing else.
_OTHER_SEED = 715_517


def run_again(
    result: Projection,
    changes: Mapping[str, Mapping[str, Any]] | None = None,
    seeds: Mapping[str, int] | None = None,
    seed: int | None = None,
) -> Futures:
    """The same run and futures with some assumptions or streams changed."""
    return simulate(
        result.record,
        _changed(result, changes or {}),
        result.spread,
        until=result.until,
        draws=result.draws,
        seed=result.seed if seed is None else seed,
        seeds=seeds,
    )


def central_with(result: Projection, values: Mapping[str, float]) -> Futures:
    """The central case of the same run with some assumptions at other values."""
    fixed = {
        name: dict.fromkeys(("low", "central", "high"), v) for name, v in values.items()
    }
    return central_case(
        result.record, _changed(result, fixed), result.spread, until=result.until
    )


def _changed(result: Projection, changes: Mapping[str, Mapping[str, Any]]) -> Scenario:
    assumptions = result.scenario.assumptions.replaced(changes, "a sensitivity run")
    return replace(result.scenario, assumptions=assumptions)


def tornado(result: Projection) -> pd.DataFrame:
    """Move one assumption at a time, by a tenth and over its own range.

    Returns
    -------
    DataFrame
        name, title, then the change in the central case's closing balance, £, when the
        assumption is not at its central value but at that value a tenth lower and higher
        (``minus_tenth_gbp``, ``plus_tenth_gbp``) and at its low and high (``low_gbp``,
        ``high_gbp``); ``swing_gbp`` is the larger of the two ranges' widths. Sorted by it.
        A value beyond its allowed range is left at that limit.
    """
    estimates = {
        name: estimate
        for name, estimate in result.scenario.assumptions.items()
        if not estimate.low == estimate.high == 0.0
    }
    cases = [
        (name, float(np.clip(target, estimate.minimum, estimate.maximum)))
        for name, estimate in estimates.items()
        for target in _targets(estimate)
    ]
    # The first is not moved at all; all are one run, so what changes nothing is exactly 0.
    still = next(iter(estimates.items()))
    closing = central_case(
        result.record,
        result.scenario,
        result.spread,
        until=result.until,
        moved=[(still[0], still[1].central), *cases],
    ).balance[-1]
    changes = (closing[1:] - closing[0]).reshape(len(estimates), len(_MOVES))
    table = pd.DataFrame(changes, columns=list(_MOVES))
    table.insert(0, "name", list(estimates))
    table.insert(1, "title", [estimate.title for estimate in estimates.values()])
    tenth = (table["plus_tenth_gbp"] - table["minus_tenth_gbp"]).abs()
    table["swing_gbp"] = np.maximum(tenth, (table["high_gbp"] - table["low_gbp"]).abs())
    table = table.sort_values("swing_gbp", ascending=False, kind="stable")
    return table.reset_index(drop=True)


def _targets(estimate: Estimate) -> tuple[float, ...]:
    """Where an assumption is moved to, in the order of `_MOVES`."""
    tenth = estimate.central * _TENTH
    return (
        estimate.central - tenth,
        estimate.central + tenth,
        estimate.low,
        estimate.high,
    )


def variance_shares(result: Projection) -> pd.DataFrame:
    """Which stream the uncertainty of the closing balance comes from.

    Each stream in turn is drawn anew while all others keep their numbers; half the mean
    squared difference, over the variance, is the share of the variance that would remain
    if everything else were known (Jansen's total effect). Shares of streams that act
    together are counted in each, so they may add up to more than 1.

    Returns
    -------
    DataFrame
        name, title, share, standard_error; largest first. Every assumption, shock, measure
        and dated path has a row.
    """
    closing = result.futures.balance[-1]
    variance = float(closing.var())
    titles, assumptions = _streams(result), result.scenario.assumptions
    fixed = {name for name, one in assumptions.items() if one.low == one.high}
    others = redrawn(
        result.record,
        result.scenario,
        result.spread,
        until=result.until,
        draws=result.draws,
        seed=result.seed,
        streams=[name for name in titles if name not in fixed],
        other_seed=_OTHER_SEED,
    )
    rows = []
    for name, title in titles.items():
        other = others.get(name, closing)
        halves = 0.5 * (closing - other) ** 2 / variance
        error = float(halves.std() / np.sqrt(halves.size))
        rows.append((name, title, float(halves.mean()), error))
    table = pd.DataFrame(rows, columns=["name", "title", "share", "standard_error"])
    return table.sort_values("share", ascending=False, kind="stable").reset_index(drop=True)


def _streams(result: Projection) -> dict[str, str]:
    """Every random stream of a run by name, with a title."""
    scenario = result.scenario
    return {
        **{name: estimate.title for name, estimate in scenario.assumptions.items()},
        **SHOCKS,
        **(_CARRIED if carried_years(result.record) else {}),
        **(_EARLIER if result.record.money.outturn_year < result.base_year else {}),
        **{m.stream: f"Whether “{m.name}” is delivered" for m in scenario.measures},
        **{p.stream: f"Dated path “{p.name}”" for p in scenario.paths},
    }
