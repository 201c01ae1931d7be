"""Published national forecasts beside this model's run, and what would reproduce each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import pandas as pd

from highneeds.geography import ENGLAND_CODE
from highneeds.model.nation import Totals, project_nation
from highneeds.model.scenario import Scenario
from highneeds.panel.panel import Panel

_SEARCH_DRAWS, _SEARCH_STEPS, _CLOSE = 64, 9, 0.01


@dataclass(frozen=True)
class Forecast:
    """A published figure for England, and the assumption searched to reproduce it."""

    source: str
    statement: str
    measure: str
    year: str
    value: float
    lever: str
    coverage: str = ""


FORECASTS = (
    Forecast(
        "Isos for County Councils Network, November 2025",
        "About 840,000 plans in 2029",
        "plans",
        "2029",
        840_000,
        "request_growth",
    ),
    Forecast(
        "DfE, February 2026",
        "7.7% of pupils in 2029-30 (×1.45 on 5.3%), about 928,000 "
        "plans if every age grows alike",
        "plans",
        "2030",
        928_000,
        "request_growth",
    ),
    Forecast(
        "Isos for County Councils Network, November 2025",
        "Spending of £16.8bn in 2028-29",
        "spending",
        "2028-29",
        16.8e9,
        "price_growth_other",
    ),
    Forecast(
        "Isos for County Councils Network, November 2025",
        "In-year gap of £4.4bn in 2028-29",
        "in_year",
        "2028-29",
        -4.4e9,
        "block_growth.later",
    ),
    Forecast(
        "Office for Budget Responsibility, November 2025",
        "Gap of £6.3bn in 2028-29",
        "in_year",
        "2028-29",
        -6.3e9,
        "block_growth.later",
        "Spending against the schools settlement, not against the block.",
    ),
    Forecast(
        "Office for Budget Responsibility, November 2025",
        "Cumulative deficits of £14bn by March 2028",
        "balance",
        "2027-28",
        -14e9,
        "request_growth",
        "Net of surpluses here; deficits alone there.",
    ),
    Forecast(
        "National Audit Office, October 2024",
        "Deficits of £4.3bn to £4.9bn in March 2026",
        "balance",
        "2025-26",
        -4.6e9,
        "block_growth.2025-26",
        "Net of surpluses here; written before the 2025-26 settlement.",
    ),
    Forecast(
        "National Audit Office, October 2024",
        "Mismatch of £2.9bn to £3.9bn in 2027-28",
        "in_year",
        "2027-28",
        -3.4e9,
        "block_growth.later",
        "Written before the 2025-26 settlement.",
    ),
    Forecast(
        "Institute for Fiscal Studies, 2025",
        "Spending above £15bn in 2029",
        "spending",
        "2028-29",
        15e9,
        "price_growth_other",
        "Real terms there, cash here.",
    ),
    Forecast(
        "Isos for County Councils Network, November 2025",
        "Cumulative deficit of £17.8bn in 2029",
        "balance",
        "2028-29",
        -17.8e9,
        "request_growth",
    ),
)


def beside_forecasts(
    panel: Panel,
    totals: Totals,
    scenario: Scenario,
    *,
    workers: int = 1,
    progress: Callable[[str], None] = lambda _: None,
) -> pd.DataFrame:
    """Each published forecast, this run's range, and the assumption that reproduces it.

    Returns
    -------
    DataFrame
        source, statement, year, published, p10, p50, p90, inside (whether the published
        figure lies in the range), lever, assumed, would_reproduce (None where no value in
        the allowed range does), coverage.
    """
    rows = []
    for number, forecast in enumerate(FORECASTS, start=1):
        progress(f"[{number}/{len(FORECASTS)}] {forecast.statement}")
        ours = totals.ends(forecast.measure, forecast.year)
        if ours is None:
            continue
        needed = _reproducing(panel, forecast, scenario, totals.until.label, workers)
        rows.append(
            {
                "source": forecast.source,
                "statement": forecast.statement,
                "measure": forecast.measure,
                "year": forecast.year,
                "published": forecast.value,
                "p10": ours["p10"],
                "p50": ours["p50"],
                "p90": ours["p90"],
                "inside": bool(ours["p10"] <= forecast.value <= ours["p90"]),
                "lever": forecast.lever,
                "assumed": scenario.assumptions[forecast.lever].central,
                "would_reproduce": needed,
                "coverage": forecast.coverage,
            }
        )
    return pd.DataFrame(rows)


def _reproducing(
    panel: Panel, forecast: Forecast, scenario: Scenario, until: str, workers: int
) -> float | None:
    """Bisect one assumption until England's mean is the published figure, within 1%."""
    estimate = scenario.assumptions[forecast.lever]

    def mean(value: float) -> float:
        fixed = {forecast.lever: {"low": value, "central": value, "high": value}}
        changed = replace(
            scenario, assumptions=scenario.assumptions.replaced(fixed, "a search")
        )
        totals = project_nation(
            panel, changed, until=until, draws=_SEARCH_DRAWS, workers=workers
        )[ENGLAND_CODE]
        step = list(_years(totals, forecast.measure)).index(forecast.year)
        return float(totals.series[forecast.measure][step].mean())

    low, high = estimate.minimum, estimate.maximum
    at_low, at_high = mean(low) - forecast.value, mean(high) - forecast.value
    if at_low * at_high > 0:
        return None
    middle = 0.5 * (low + high)
    for _ in range(_SEARCH_STEPS):
        middle = 0.5 * (low + high)
        off = mean(middle) - forecast.value
        if abs(off) < _CLOSE * abs(forecast.value):
            break
        if off * at_low > 0:
            low = middle
        else:
            high = middle
    return middle


def _years(totals: Totals, measure: str) -> pd.Series:
    table = totals.table()
    return table.loc[table["measure"] == measure, "year"]
