"""Made-up years of spending by month, to try the monitor on and to show it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from highneeds.answers.ledger import Ledger
from highneeds.answers.monitor import MONTHS, months_passed
from highneeds.answers.watch_rule import WatchRule
from highneeds.answers.year_forecast import YearForecast

_YEAR = len(MONTHS)
# To which a made-up ledger goes when no month is asked for.
_SHOWN = "October"


@dataclass(frozen=True)
class Case:
    """One kind of simulated year.

    ``drift`` is a share of the year's spending and begins after so many months, in all
    provisions or in one. ``swing`` multiplies a month's; of a month's bills up to ``late``
    come in the next one. ``by_provision`` says whether the ledger tells provisions apart,
    ``before`` whether it has the months of the year before, made up in the same way; with
    ``futures`` the year is one of those simulated.
    """

    name: str
    title: str
    drift: float = 0.0
    begins: int = 0
    only: str = ""
    swing: float = 1.0
    late: float = 0.0
    by_provision: bool = True
    before: bool = False
    futures: bool = False


def simulated_years(
    forecast: YearForecast,
    case: Case,
    rule: WatchRule,
    rng: np.random.Generator,
    years: int,
) -> np.ndarray:
    """Months of some made-up years, £ (years, provisions, 12)."""
    count = len(forecast.provisions)
    steps = np.diff(forecast.share, prepend=0.0)
    yearly = np.broadcast_to(forecast.central, (years, count))
    if case.futures:
        yearly = forecast.futures[:, rng.integers(forecast.futures.shape[1], size=years)].T
    force = np.zeros((count, _YEAR))
    force[:, case.begins :] = case.drift / steps[case.begins :].sum()
    if case.only:
        place = forecast.provisions.index(case.only)
        most = max(forecast.central[place], 1.0)
        force *= (np.arange(count) == place)[:, None] * forecast.total / most
    even = yearly[:, :, None] * steps * (1.0 + force)
    swing = rule.month_swing * case.swing
    spent = even * (1.0 + swing * rng.standard_normal(even.shape))
    if case.late:
        later = spent * case.late * rng.random(spent.shape)
        later[..., -1] = 0.0  # accounts are closed with what is owed
        spent = spent - later + np.roll(later, 1, axis=-1)
    return spent


def to_date(
    forecast: YearForecast, spent: np.ndarray, months: int
) -> dict[str, dict[int, float]]:
    """Spending to date by provision and month, of one made-up year (provisions, 12)."""
    return {
        name: {month: round(float(row[month - 1]), 2) for month in range(1, months + 1)}
        for name, row, central in zip(
            forecast.provisions, spent.cumsum(axis=-1), forecast.central, strict=True
        )
        if central > 0.0
    }


def made_up_ledger(forecast: YearForecast, rule: WatchRule, month: str = "") -> Ledger:
    """The ledger of a made-up year with the drift of the rule's limits, to a month."""
    months = months_passed(month or _SHOWN)
    case = Case("shown", "Drift from April", rule.limits.drift)
    rng = np.random.default_rng(rule.limits.seed)
    spent = simulated_years(forecast, case, rule, rng, 1)[0]
    found = to_date(forecast, spent, months)
    return Ledger(forecast.year, months, found, {}, forecast.coverage)
