"""What is claimed of a balance: whose it is, and to which day."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from highneeds.periods import FinancialYear

if TYPE_CHECKING:
    from highneeds.answers.projection import Projection

# A cumulative figure after the statutory override is whoever's who carries it.
WHOEVER = "whoever carries it"
# Years after the override that the headline names one by one.
_NAMED = 2


def closing(year: FinancialYear, last: FinancialYear) -> str:
    """The day a year closes, and after `last` that no one is said to owe its balance."""
    return f"{year.closes_on()}, {WHOEVER}" if year > last else year.closes_on()


def closing_step(result: Projection) -> int:
    """The place, in the years simulated, of the last balance called the authority's own."""
    return max(result.deficit_until.end - result.base_year.end, 0)


def last_balance(result: Projection) -> str:
    """What the balance at the end of a run is, in words."""
    closes = result.until.closes_on()
    if result.until > result.deficit_until:
        return f"cumulative shortfall at {closes}, {WHOEVER}"
    return f"balance at {closes}"


def quoted_years(result: Projection) -> tuple[FinancialYear | None, FinancialYear]:
    """The day the grant counts, where it is ahead of the last balance held, and the end.

    The first is None where the record holds that balance or the projection ends before.
    """
    counted, _ = result.scenario.policies.stability_grant.years()
    last = result.deficit_until
    ahead = result.opening_year < counted < last
    return counted if ahead else None, last


def this_and_next(result: Projection) -> list[FinancialYear]:
    """The financial year that begins in the year of the base census, and the next.

    The last two simulated where the projection ends before.
    """
    first = FinancialYear(result.vintage.census.end + 1)
    wanted = [year for year in (first, first.shift(1)) if year in result.years]
    return wanted or list(result.years[-2:])


def yearly_years(result: Projection) -> list[FinancialYear]:
    """Years after the override whose yearly cost is quoted."""
    return quoted_after([year for year in result.years if year > result.deficit_until])


def quoted_after(beyond: Sequence[FinancialYear]) -> list[FinancialYear]:
    """Of the years after the override the first ones and the last."""
    return [*beyond[:_NAMED], *beyond[_NAMED:][-1:]]
