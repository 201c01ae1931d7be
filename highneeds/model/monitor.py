"""The year so far beside the year forecast: phasing, run rate, revised outturn, alert."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from highneeds.errors import UsageError
from highneeds.model.plans import MODEL_PLACEMENTS
from highneeds.model.projection import Projection
from highneeds.model.quantiles import quantiles_of
from highneeds.model.sentences import gbp_m
from highneeds.periods import FinancialYear

MONTHS = (
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
    "January",
    "February",
    "March",
)
# April to August belong to the school year that began before.
_OLD_SCHOOL_YEAR = 5
_SHORTEST_NAME = 3
_QUANTILES = (0.1, 0.5, 0.9)


@dataclass(frozen=True)
class YearSoFar:
    """Spending to the end of a month, against a projection; £.

    ``table`` has a row each for what was forecast to then and for the year, and for what
    the year may come to: ``what``, ``low_gbp``, ``central_gbp``, ``high_gbp``; a figure
    without a range has none. ``alert`` says that spending lies beyond the range in which 8
    futures of 10 lie.
    """

    table: pd.DataFrame
    alert: Literal["", "above", "below"]
    sentence: str


def year_so_far(
    result: Projection, spent_gbp: float, month: str, year: str | FinancialYear
) -> YearSoFar:
    """Set what has been spent beside what the futures of `result` spend by then.

    Parameters
    ----------
    spent_gbp : float
        Spent from 1 April to the end of `month`, on the report's basis: net spending and
        all place funding, that paid by the department included.
    month : str
        By name, ``September`` or ``Sep``.
    year : str or FinancialYear
        A projected year.

    Raises
    ------
    UsageError
        The month is no name, the year is not projected, or nothing was spent.
    """
    chosen = year if isinstance(year, FinancialYear) else FinancialYear.parse(year)
    months = months_passed(month)
    if chosen not in result.years[1:]:
        msg = (
            f"{chosen} is not a projected year. Expected {result.years[1]} to "
            f"{result.years[-1]}."
        )
        raise UsageError(msg)
    if not (np.isfinite(spent_gbp) and spent_gbp > 0):
        msg = f"spent {spent_gbp:g} is no amount. Give pounds above 0, such as 52300000."
        raise UsageError(msg)
    step = result.years.index(chosen)
    forecast = result.futures.spending[step]
    before, inside = _cost_of_plans(result)[step - 1 : step + 1]
    september = result.scenario.assumptions["september_share"].central
    share = phased_share(before, inside, months, september)
    by_then = forecast * share
    low, _, high = quantiles_of(by_then, _QUANTILES)
    revised = spent_gbp / float(np.median(share))
    ends = f"the end of {MONTHS[months - 1]}"
    rows = [
        (f"Spent to {ends}", spent_gbp),
        (f"Forecast to {ends}", by_then),
        (f"Forecast for {chosen}", forecast),
        ("Run rate, the rest at the pace so far", spent_gbp * len(MONTHS) / months),
        ("Outturn, the rest as forecast", spent_gbp + forecast - by_then),
        ("Revised outturn, the rest as far from forecast as so far", revised),
    ]
    if result.has_money:
        income = result.futures.block[step] + result.futures.transfer[step]
        rows.append(("In-year balance at the revised outturn", income - revised))
    alert: Literal["", "above", "below"] = (
        "above" if spent_gbp > high else "below" if spent_gbp < low else ""
    )
    where = f"{alert} the range" if alert else "within the range"
    sentence = (
        f"{result.area.name} spent {gbp_m(spent_gbp)} to {ends} of {chosen}, {where} of "
        f"{gbp_m(low)} to {gbp_m(high)} in which 8 futures of 10 lie. At that distance "
        f"from the forecast the year would end at {gbp_m(revised)}, against "
        f"{gbp_m(float(np.median(forecast)))} forecast."
    )
    return YearSoFar(
        pd.DataFrame(
            [(what, *_range(values)) for what, values in rows],
            columns=["what", "low_gbp", "central_gbp", "high_gbp"],
        ),
        alert,
        f"ALERT. {sentence}" if alert else sentence,
    )


def months_passed(month: str) -> int:
    """Months of the financial year to the end of a month: 1 for April, 12 for March.

    Raises
    ------
    UsageError
        No month has that name; a number could be counted from January or from April.
    """
    text = month.strip().casefold()
    for place, name in enumerate(MONTHS, start=1):
        if len(text) >= _SHORTEST_NAME and name.casefold().startswith(text):
            return place
    msg = f"month {month!r} is not the name of one. Write September or Sep."
    raise UsageError(msg)


def phased_share(
    before: np.ndarray, inside: np.ndarray, months: int, september_share: float
) -> np.ndarray:
    """Share of a financial year's spending that falls in its first months.

    Parameters
    ----------
    before, inside : ndarray, shape (draws,)
        What a year of the plans of the January before the year, and of that inside it,
        would cost. April to August pays for the former, September to March for the latter.
    months : int
        1 to 12.
    september_share : float
        The part of the year that is September to March.
    """
    old, new = before * (1.0 - september_share), inside * september_share
    first = min(months, _OLD_SCHOOL_YEAR) / _OLD_SCHOOL_YEAR
    rest = max(months - _OLD_SCHOOL_YEAR, 0) / (len(MONTHS) - _OLD_SCHOOL_YEAR)
    return (old * first + new * rest) / (old + new)


def _cost_of_plans(result: Projection) -> np.ndarray:
    """A year of each January's plans at central unit costs, (censuses, draws)."""
    unit_cost = [
        result.scenario.assumptions[f"unit_cost_{name}_gbp"].central
        for name in MODEL_PLACEMENTS
    ]
    return np.asarray(np.einsum("p,tapd->td", unit_cost, result.futures.stock))


def _range(values: float | np.ndarray) -> list[float]:
    if isinstance(values, np.ndarray):
        return [float(round(value)) for value in quantiles_of(values, _QUANTILES)]
    return [np.nan, float(round(values)), np.nan]
