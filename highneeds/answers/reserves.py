"""Usable reserves: when a deficit passes them, and with what chance."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from highneeds.periods import FinancialYear

if TYPE_CHECKING:
    from highneeds.answers.projection import Projection

COLUMNS = ("year", "reserves_gbp", "stated_at", "central_left_gbp", "chance_exceeded")


def reserves_table(result: Projection) -> pd.DataFrame:
    """Reserves beside the deficit, by year; no rows without reserves or without a level.

    What an authority states stands until it states another, from the day of the first on;
    else what the scenario gives stands in every year.

    Returns
    -------
    DataFrame
        Columns of `COLUMNS`: reserves, what of them the central case leaves (negative where
        its deficit is larger), and the share of futures with a larger deficit.
    """
    rows = []
    for step, year in enumerate(result.years):
        found = _of(result, year)
        if found is None or not result.balance_is_level:
            continue
        reserves, at = found
        balance = result.futures.balance[step]
        rows.append(
            {
                "year": year.label,
                "reserves_gbp": reserves,
                "stated_at": at,
                "central_left_gbp": reserves
                + float(np.minimum(result.central.balance[step, 0], 0.0)),
                "chance_exceeded": float((balance < -reserves).mean()),
            }
        )
    return pd.DataFrame(rows, columns=list(COLUMNS))


def passed_in(result: Projection) -> FinancialYear | None:
    """The first year whose closing deficit is beyond reserves in the central case."""
    table = reserves_table(result)
    beyond = table.loc[table["central_left_gbp"] < 0, "year"]
    return FinancialYear.parse(beyond.iloc[0]) if len(beyond) else None


def _of(result: Projection, year: FinancialYear) -> tuple[float, str] | None:
    """Reserves that stand in a year, £, and the year whose closing day they are of."""
    own = result.record.money.own.reserves
    known = [at for at in own if FinancialYear.parse(at) <= year]
    if known:
        return own[max(known)], max(known)
    given = result.scenario.policies.usable_reserves_gbp
    return None if own or given is None else (given, "")
