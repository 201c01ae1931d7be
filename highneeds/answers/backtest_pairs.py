"""Balances replayed, by the March they start from and the March they end at."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from highneeds.answers.backtest import past_forecasts
from highneeds.answers.backtest_marks import ENGINE, scores
from highneeds.answers.backtest_money import (
    APART,
    BALANCE,
    money_origins,
    with_agreement,
)
from highneeds.panel.panel import Panel, load_panel

# Of England's level, and whether its authorities have an agreement; None for all of them.
GROUPS: Mapping[str, bool | None] = {"england": None, **APART}
COLUMNS = (
    *("group", "origin", "to", "n", "start_gbp", "middle_gbp", "low80_gbp", "high80_gbp"),
    *("came_gbp", "error_gbp", "mae_pct", "no_change_mae_pct"),
    *("cover50", "cover80", "cover95"),
)


def balance_pairs(
    panel: Panel | None = None,
    *,
    until: int | None = None,
    workers: int | None = None,
    bar: bool | None = None,
) -> pd.DataFrame:
    """The engine's balances of each pair of Marches, England's in pounds, and its errors.

    Returns
    -------
    DataFrame
        group (England, and its authorities with and without a Safety Valve agreement),
        origin and to (the years of the two Marches), n authorities; England's balance at
        the start, the central case and ends of 8 futures in 10, what came, and the central
        case less what came, in pounds; ``mae_pct`` and ``no_change_mae_pct``, authorities'
        mean absolute errors in per cent of the block of the origin's year; cover of their
        bands, as shares. No row where no later balance is held by `until`.

    Raises
    ------
    UsageError
        `until` is later than the last balance held.
    """
    panel = panel or load_panel()
    if until is not None and until <= money_origins(panel, BALANCE)[0]:
        return pd.DataFrame(columns=list(COLUMNS))
    found = past_forecasts(panel, measure=BALANCE, until=until, workers=workers, bar=bar)
    own = found[(found["level"] == "authority") & found["scored"]]
    has = own["la_code"].isin(with_agreement(panel))
    tables = [
        _pairs(
            found[found["level"] == level],
            own if agreed is None else own[has == agreed],
        ).assign(group=level)
        for level, agreed in GROUPS.items()
    ]
    return pd.concat(tables, ignore_index=True)[list(COLUMNS)]


def _pairs(england: pd.DataFrame, own: pd.DataFrame) -> pd.DataFrame:
    """Rows of one group, by pair."""
    pair = ["origin", "horizon"]
    engine = england[england["method"] == ENGINE].set_index(pair)
    same = england[england["method"] == "naive"].set_index(pair)
    marked = scores(own, by_origin=True).set_index(["method", *pair]).sort_index()
    table = (
        pd.DataFrame(
            {
                "n": marked.loc[ENGINE, "n"],
                "start_gbp": same["point"],
                "middle_gbp": engine["point"],
                "low80_gbp": engine["low80"],
                "high80_gbp": engine["high80"],
                "came_gbp": engine["came"],
                "error_gbp": engine["point"] - engine["came"],
                "mae_pct": marked.loc[ENGINE, "mape"],
                "no_change_mae_pct": marked.loc["naive", "mape"],
                **{
                    name: marked.loc[ENGINE, name]
                    for name in ("cover50", "cover80", "cover95")
                },
            }
        )
        .sort_index()
        .reset_index()
    )
    return table.assign(to=table["origin"] + table["horizon"])
