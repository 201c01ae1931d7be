"""A scenario beside itself without its measures, and what it costs to start them later."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

import pandas as pd

from highneeds.model.simulate import central_case, simulate
from highneeds.periods import FinancialYear
from highneeds.scenario.levers import Measure

if TYPE_CHECKING:
    from highneeds.answers.projection import Projection


def without_measures(result: Projection) -> Projection:
    """The unmitigated case: the same futures under the same scenario, without its measures.

    The projection itself where the scenario has none. One-off costs and policies stay.
    """
    if not result.scenario.measures:
        return result
    scenario = replace(result.scenario, measures=())
    futures = simulate(
        result.record,
        scenario,
        result.spread,
        until=result.until,
        draws=result.draws,
        seed=result.seed,
    )
    return replace(result, scenario=scenario, futures=futures)


def delay_costs(result: Projection, years: int = 1) -> pd.DataFrame:
    """What a later start of each measure takes from the closing balance, £, central case.

    Parameters
    ----------
    years : int
        By how many years starts and full effect move; the others stay as they are.

    Returns
    -------
    DataFrame
        measure, cost_gbp; positive where the balance is worse for the delay. The last row,
        "Together", delays all at once. Empty where the scenario has no measures.
    """
    measures = result.scenario.measures
    if not measures:
        return pd.DataFrame(columns=["measure", "cost_gbp"])
    on_time = float(result.central.balance[-1, 0])
    each = {one.name: frozenset({one.name}) for one in measures}
    rows = []
    for name, late in [*each.items(), ("Together", frozenset(each))]:
        moved = [_later(one, years) if one.name in late else one for one in measures]
        rows.append((name, on_time - _closing(result, moved)))
    return pd.DataFrame(rows, columns=["measure", "cost_gbp"])


def _closing(result: Projection, measures: Iterable[Measure]) -> float:
    scenario = replace(result.scenario, measures=tuple(measures))
    central = central_case(result.record, scenario, result.spread, until=result.until)
    return float(central.balance[-1, 0])


def _later(measure: Measure, years: int) -> Measure:
    moved = {
        name: FinancialYear.parse(getattr(measure, name)).shift(years).label
        for name in ("starts", "full")
    }
    return measure.model_copy(update=moved)
