"""What a run assumes: every assumption and spread in use, with its evidence."""

from __future__ import annotations

import numpy as np
import pandas as pd

from highneeds.model.funding import carried_years
from highneeds.model.run import Run
from highneeds.model.unknown_placements import SPREADS as UNKNOWN_SPREADS
from highneeds.scenario.assumptions import EVIDENCE_WORDS, LIMITS


def assumptions_of(result: Run) -> pd.DataFrame:
    """Every assumption and spread in use, with its evidence in words."""
    rows = [
        {"name": name, **estimate.model_dump()}
        for name, estimate in result.scenario.assumptions.items()
    ]
    table = pd.DataFrame(rows).drop(columns=list(LIMITS))
    spread = result.spread.table(float(result.record.stock.sum())).assign(
        source="Estimated from every authority's published record",
        evidence="D",
        low=np.nan,
        high=np.nan,
        date="",
        owner="",
        note="",
    )
    if not result.record.unknown.any():
        spread = spread[~spread["name"].isin(UNKNOWN_SPREADS)]
    if years := carried_years(result.record):
        spread = pd.concat([spread, _carried(result, spread.iloc[0], years)])
    both = pd.concat([table, spread], ignore_index=True)[list(table.columns)]
    words = both["evidence"].map(EVIDENCE_WORDS)
    return both.assign(evidence_words=words)


def _carried(result: Run, like: pd.Series, years: int) -> pd.DataFrame:
    """Rows of the list of assumptions for a balance carried over some years."""
    level, sd = result.spread.carried(years)
    name = "carried_balance"
    what = f"What balances carried over {years} years missed in other authorities"
    more = (
        ""
        if years <= result.spread.longest_carry
        else f"The record measures {result.spread.longest_carry} years at most; longer "
        "carries go on in a straight line."
    )
    return pd.DataFrame(
        [
            {
                **like.to_dict(),
                "name": f"{name}_{part}",
                "title": f"{what}, {words}",
                "unit": unit,
                "central": value,
                "note": more,
            }
            for part, words, unit, value in (
                ("level", "middle", "share of the block", level),
                ("local", "spread", "share of the block, standard deviation", sd),
            )
        ]
    )
