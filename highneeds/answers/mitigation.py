"""What it costs to start a scenario's measures later."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import pandas as pd

from highneeds.model.run import Run
from highneeds.model.simulate import central_case
from highneeds.periods import FinancialYear
from highneeds.scenario.levers import Measure


def delay_costs(result: Run, years: int = 1) -> pd.DataFrame:
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


def _closing(result: Run, measures: Iterable[Measure]) -> float:
    scenario = replace(result.scenario, measures=tuple(measures))
    central = central_case(result.record, scenario, result.spread, until=result.until)
    return float(central.balance[-1, 0])


def _later(measure: Measure, years: int) -> Measure:
    moved = {
        name: FinancialYear.parse(getattr(measure, name)).shift(years).label
        for name in ("starts", "full")
    }
    return measure.model_copy(update=moved)
