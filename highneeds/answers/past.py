"""In-year positions of past years: what the published block and outturn imply."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from highneeds.periods import FinancialYear
from highneeds.status import Status

if TYPE_CHECKING:
    from highneeds.answers.projection import Projection

COLUMNS = ("year", "block_gbp", "spending_gbp", "in_year_gbp", "status")


def past_positions(result: Projection) -> pd.DataFrame:
    """In-year position of each year before the base year whose parts are all held.

    As in the base year, spending is net outturn, maintained place funding and the places
    that the department funds directly, which are what the block loses in deductions. Place
    funding is published for one year alone and stands in every year.

    Returns
    -------
    DataFrame
        Columns of `COLUMNS`, £; below 0 is a deficit. ``status`` is derived where the
        year's place funding is the published one, and estimated in other years.
    """
    money = result.record.money
    rows = []
    for label in sorted({*money.block_before} & {*money.block_after} & {*money.spending}):
        year = FinancialYear.parse(label)
        if year >= result.base_year or label not in money.block_held:
            continue
        before, after = money.block_before[label], money.block_after[label]
        position = after - money.spending[label] - money.places_gbp
        exact = year == result.vintage.lines
        rows.append(
            {
                "year": label,
                "block_gbp": before,
                "spending_gbp": before - position,
                "in_year_gbp": position,
                "status": str(Status.DERIVED if exact else Status.ESTIMATED),
            }
        )
    return pd.DataFrame(rows, columns=list(COLUMNS))
