"""The statutory override: to which year a balance is an area's own, and its name after."""

from __future__ import annotations

from typing import TYPE_CHECKING

from highneeds.periods import FinancialYear

if TYPE_CHECKING:
    from highneeds.scenario.scenario import Policies

# Measures of a balance, and what each is called in the years after the override.
BEYOND = {
    "dsg_balance_gbp": "cumulative_shortfall_gbp",
    "dsg_balance_with_grant_gbp": "cumulative_shortfall_with_grant_gbp",
    "balance": "cumulative_shortfall",
    "balance_with_grant": "cumulative_shortfall_with_grant",
}


def deficit_until(
    policies: Policies, until: FinancialYear, opening: FinancialYear
) -> FinancialYear:
    """The last year whose closing balance is called an authority's own.

    The end of the statutory override, which a scenario may put later; never after `until`
    nor before the balance that is known.
    """
    return min(until, max(FinancialYear.parse(policies.override_ends), opening))


def measure_in(measure: str, year: FinancialYear, last: FinancialYear) -> str:
    """The name of a measure in a year, where balances end with `last`."""
    return BEYOND.get(measure, measure) if year > last else measure
