"""The year so far beside the year forecast: phasing, run rate, revised outturn, alert."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from highneeds.answers.projection import Projection
from highneeds.bounds import require_gbp
from highneeds.errors import UsageError
from highneeds.model.quantiles import BAND, quantiles_of
from highneeds.model.simulate import Futures
from highneeds.own.amounts import number_of
from highneeds.periods import FinancialYear
from highneeds.record.cells import MODEL_PLACEMENTS
from highneeds.words import millions

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
_JANUARY = MONTHS.index("January")
# A year is over, and its outturn published, long before this many more have begun.
_MOST_YEARS = 5
# Beyond these parts of the year's forecast it is another unit, or another figure.
_LEAST, _MOST = 0.01, 10.0
# Of a ledger: P7, or P07.
_PERIOD = re.compile(r"p ?0?([0-9]{1,2})")
_POUNDS = re.compile(
    r"£? ?(?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)(?:\.[0-9]{1,2})?"
    r"|[0-9]+(?:\.[0-9]+)?[eE]\+?[0-9]{1,2}"
)
_EXPECTED = (
    "Expected pounds in full, such as 60500000 or £60,500,000, not thousands or millions."
)
_ENDS = (BAND["p10"], BAND["p90"])


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
        The month is no name, the year is not projected, or what was spent is less than a
        hundredth or more than ten times what the year is forecast at.
    """
    chosen = year if isinstance(year, FinancialYear) else FinancialYear.asked(year)
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
    require_gbp(spent_gbp, "spent")
    step = result.years.index(chosen)
    require_pounds(spent_gbp, float(result.central.spending[step, 0]), chosen)
    futures, central = (
        _by_then(result, each, chosen, months) for each in (result.futures, result.central)
    )
    low, high = quantiles_of(futures.by_then, _ENDS)
    revised = spent_gbp / float(central.share[0])
    ends = f"the end of {MONTHS[months - 1]}"
    rows: list[tuple[Any, ...]] = [
        (f"Spent to {ends}", spent_gbp),
        (f"Forecast to {ends}", futures.by_then, central.by_then),
        (f"Forecast for {chosen}", futures.year, central.year),
        ("Run rate, the rest at the pace so far", spent_gbp * len(MONTHS) / months),
        (
            "Outturn, the rest as forecast",
            spent_gbp + futures.year - futures.by_then,
            spent_gbp + central.year - central.by_then,
        ),
        ("Revised outturn, the rest as far from forecast as so far", revised),
    ]
    if result.has_money:
        rows.append(
            (
                "In-year balance at the revised outturn",
                futures.income - revised,
                central.income - revised,
            )
        )
    alert: Literal["", "above", "below"] = (
        "above" if spent_gbp > high else "below" if spent_gbp < low else ""
    )
    where = f"{alert} the range" if alert else "within the range"
    sentence = (
        f"{result.area.name} spent {millions(spent_gbp)} to {ends} of {chosen}, {where} of "
        f"{millions(low)} to {millions(high)} in which 8 futures of 10 lie. At that "
        f"distance from the forecast the year would end at {millions(revised)}, against "
        f"{millions(float(central.year[0]))} forecast."
    )
    if alert == "below":
        sentence += (
            " The likeliest cause is a figure that leaves out the place funding that the "
            "department pays to schools and colleges directly; it counts here too."
        )
    return YearSoFar(
        pd.DataFrame(
            [(what, *_range(*values)) for what, *values in rows],
            columns=["what", "low_gbp", "central_gbp", "high_gbp"],
        ),
        alert,
        f"ALERT. {sentence}" if alert else sentence,
    )


def months_passed(month: str) -> int:
    """Months of the financial year to the end of a month: 1 for April, 12 for March.

    A ledger's period, ``P7``, is counted from April.

    Raises
    ------
    UsageError
        No month has that name; a number could be counted from January or from April.
    """
    text = month.strip().casefold()
    period = _PERIOD.fullmatch(text)
    if period and 1 <= int(period[1]) <= len(MONTHS):
        return int(period[1])
    for place, name in enumerate(MONTHS, start=1):
        if len(text) >= _SHORTEST_NAME and name.casefold().startswith(text):
            return place
    if text.isdecimal() and 1 <= int(text) <= len(MONTHS):
        number = int(text)
        calendar = MONTHS[(number - 1 + _JANUARY) % len(MONTHS)]
        ledger = MONTHS[number - 1]
        msg = (
            f"month {month!r} may be {calendar}, or {ledger} where April is period 1. "
            f"Write {calendar} or {ledger}."
        )
        raise UsageError(msg)
    msg = f"month {month!r} is not the name of one. Write September or Sep."
    raise UsageError(msg)


def pounds_of(text: str) -> float:
    """An amount as people write it: ``60500000``, ``60,500,000``, ``£60,500,000.50``.

    Raises
    ------
    UsageError
        It is no amount of pounds, or could be read as more than one.
    """
    if not _POUNDS.fullmatch(text.strip()):
        why = f"{text!r} is no amount of pounds"
        try:
            number_of(text)
        except ValueError as error:
            why = str(error)  # of `61.2m`, what it is in full
        msg = f"spent {why}. {_EXPECTED}"
        raise UsageError(msg)
    return float(text.strip().lstrip("£ ").replace(",", ""))


def monitored_year(text: str, base: FinancialYear) -> FinancialYear:
    """A year that may be under way: one of the first after the last published outturn.

    Parameters
    ----------
    base : FinancialYear
        The year of that outturn.

    Raises
    ------
    UsageError
        It is no financial year, or another.
    """
    year = FinancialYear.asked(text)
    if not base < year <= base.shift(_MOST_YEARS):
        msg = (
            f"--year {year} cannot be set beside a forecast: outturn is published to "
            f"{base}, and forecasts follow it. Give {base.shift(1)} to "
            f"{base.shift(_MOST_YEARS)}."
        )
        raise UsageError(msg)
    return year


def require_pounds(spent_gbp: float, forecast_gbp: float, year: FinancialYear) -> None:
    """Refuse what can only be another unit, or another figure, beside a year's forecast.

    Raises
    ------
    UsageError
        Less than a hundredth of it, or more than ten times.
    """
    share = spent_gbp / forecast_gbp
    if _LEAST <= share <= _MOST:
        return
    much = "less than a hundredth of" if share < _LEAST else "more than ten times"
    msg = (
        f"spent £{spent_gbp:,.2f} is {much} the {millions(forecast_gbp)} forecast for "
        f"{year}. {_EXPECTED}"
    )
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


@dataclass(frozen=True)
class _ByThen:
    """A year of some futures, or of the central case, (draws,): £, and the share so far."""

    year: np.ndarray
    share: np.ndarray
    income: np.ndarray

    @property
    def by_then(self) -> np.ndarray:
        return self.year * self.share


def _by_then(
    result: Projection, futures: Futures, year: FinancialYear, months: int
) -> _ByThen:
    step = result.years.index(year)
    september = result.scenario.assumptions["september_share"].central
    before, inside = (
        cost_of_plans(result, futures, end) for end in (year.end - 1, year.end)
    )
    return _ByThen(
        futures.spending[step],
        phased_share(before, inside, months, september),
        futures.block[step] + futures.transfer[step],
    )


def cost_of_plans(result: Projection, futures: Futures, january: int) -> np.ndarray:
    """A year of one January's plans at central unit costs, (draws,)."""
    unit_cost = [
        result.scenario.assumptions[f"unit_cost_{name}_gbp"].central
        for name in MODEL_PLACEMENTS
    ]
    step = january - result.vintage.census.end
    if step < 0:
        known = float(result.record.stock_before[step] @ np.array(unit_cost))
        return np.full(futures.stock.shape[-1], known)
    return np.asarray(np.einsum("p,apd->d", unit_cost, futures.stock[step]))


def _range(values: float | np.ndarray, central: np.ndarray | None = None) -> list[float]:
    """Low, central and high; a figure without a range has neither end."""
    if central is None:
        return [np.nan, float(np.round(values)), np.nan]
    low, high = quantiles_of(np.asarray(values), _ENDS)
    return [float(round(value)) for value in (low, float(central[0]), high)]
