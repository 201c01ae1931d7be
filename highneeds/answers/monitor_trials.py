"""How the monitor would do on simulated years: false alarms, and when a drift is found."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

import numpy as np
import pandas as pd

from highneeds.answers.drift import Months, scores
from highneeds.answers.ledger import TOTAL, Ledger
from highneeds.answers.made_up import Case, simulated_years, to_date
from highneeds.answers.monitor import MONTHS
from highneeds.answers.outturn import months_of, outturn
from highneeds.answers.projection import project
from highneeds.answers.watch_rule import WatchRule, watch_rule
from highneeds.answers.year_forecast import YearForecast, year_forecast
from highneeds.panel.panel import Panel
from highneeds.panel.vintage import vintage
from highneeds.periods import FinancialYear

_YEAR = len(MONTHS)
_SEPTEMBER = 5
_LATE = 0.4
_DRAWS = 200
_INDEPENDENT = "inmss"
_HALF = 0.5


def cases(rule: WatchRule) -> tuple[Case, ...]:
    """Two that the limits are about, then what the rule does not know of."""
    drift = rule.limits.drift
    return (
        Case("none", "As forecast"),
        Case("drift", "Drift from April", drift),
        Case("none_swing", "As forecast, twice the swing", swing=2.0),
        Case("drift_swing", "Drift from April, twice the swing", drift, swing=2.0),
        Case("none_late", "As forecast, bills up to 40% late", late=_LATE),
        Case("drift_late", "Drift from April, bills up to 40% late", drift, late=_LATE),
        Case(
            "none_profile",
            "As forecast, late bills, after a year like it",
            late=_LATE,
            before=True,
        ),
        Case(
            "drift_profile",
            "Drift from April, late bills, after a year like it",
            drift,
            late=_LATE,
            before=True,
        ),
        Case("none_total", "As forecast, total alone", by_provision=False),
        Case("drift_total", "Drift from April, total alone", drift, by_provision=False),
        Case("drift_september", "The same pounds from September", drift, _SEPTEMBER),
        Case("drift_inmss", "The same pounds, all in INMSS", drift, only=_INDEPENDENT),
        Case("futures", "Years drawn from the futures", futures=True),
    )


def seen_through(
    forecast: YearForecast, spent: np.ndarray, case: Case, rule: WatchRule
) -> tuple[np.ndarray, np.ndarray]:
    """Alerts of made-up years by month, (years, 12): 1 above, -1 below, 0 none; and flags.

    The second, (years, 12), says whether any provision is flagged.
    """
    months, kept = _months(forecast, case, rule)
    spent = spent[:, kept] if case.by_provision else spent.sum(axis=1)[:, None]
    alerts, flags = np.zeros((2, len(spent), _YEAR))
    for month in range(1, _YEAR + 1):
        only = np.arange(_YEAR) < month
        found = scores(spent * only, months.to(month), rule)
        beyond = np.abs(found.total) > rule.alert_spending
        alerts[:, month - 1] = np.sign(found.total) * beyond
        if case.by_provision:
            flags[:, month - 1] = (np.abs(found.groups) > rule.alert_provision).any(axis=1)
    return alerts, flags


def trials(
    panel: Panel,
    areas: Iterable[str],
    *,
    draws: int = _DRAWS,
    rule: WatchRule | None = None,
) -> pd.DataFrame:
    """Try the rule on simulated years of some authorities.

    Returns
    -------
    DataFrame
        la_code, case, title, years, then by month 1 to 12 the share of years with an alert
        by its end (``alert_1`` to ``alert_12``; of years with a drift, an alert that they
        run above), ``flagged``, the share with any provision flagged by March.
    """
    now, rule = vintage(panel), rule or watch_rule()
    year = FinancialYear(now.census.end + 1)
    rows: list[dict[str, object]] = []
    for name in areas:
        result = project(panel, name, until=year.label, draws=draws)
        forecast = year_forecast(result, year)
        rows += _of_area(result.area.la_code, forecast, rule)
    return pd.DataFrame(rows)


def _of_area(
    la_code: str, forecast: YearForecast, rule: WatchRule
) -> Iterator[dict[str, object]]:
    limits = rule.limits
    for number, case in enumerate(cases(rule)):
        rng = np.random.default_rng([limits.seed, int(la_code), number])
        spent = simulated_years(forecast, case, rule, rng, limits.years)
        alerts, flags = seen_through(forecast, spent, case, rule)
        found = alerts > 0 if case.drift else alerts != 0
        by_then = np.maximum.accumulate(found, axis=1).mean(axis=0)
        yield {
            "la_code": la_code,
            "case": case.name,
            "title": case.title,
            "years": limits.years,
            **{f"alert_{month}": by_then[month - 1] for month in range(1, _YEAR + 1)},
            "flagged": float(flags.any(axis=1).mean()),
        }


def summary_of(found: pd.DataFrame) -> pd.DataFrame:
    """The trials of all authorities together, a row a case.

    ``month`` is the first by whose end half the years have an alert, empty where none is.
    """
    numbers = [f"alert_{month}" for month in range(1, _YEAR + 1)]
    table = found.groupby(["case", "title"], sort=False)[[*numbers, "flagged"]].mean()
    half = table[numbers].to_numpy() >= _HALF
    table["month"] = [MONTHS[int(row.argmax())] if row.any() else "" for row in half]
    return table.reset_index()


def _months(
    forecast: YearForecast, case: Case, rule: WatchRule
) -> tuple[Months, list[int]]:
    """What is forecast of every month, and the places of provisions that are told apart."""
    given = dict.fromkeys(range(1, _YEAR + 1), 1.0)
    told = zip(forecast.provisions, forecast.central, strict=True)
    names = [name for name, central in told if central > 0.0]
    before: dict[str, dict[int, float]] = {}
    if case.before:
        rng = np.random.default_rng(rule.limits.seed)
        year = simulated_years(forecast, replace(case, drift=0.0), rule, rng, 1)[0]
        before = to_date(forecast, year, _YEAR)
    ledger = Ledger(
        forecast.year,
        _YEAR,
        dict.fromkeys(names if case.by_provision else [TOTAL], given),
        before,
        forecast.coverage,
    )
    found = outturn(forecast, ledger, rule)
    kept = [one.places[0] for one in found.groups if one.name != TOTAL]
    return months_of(found), kept
