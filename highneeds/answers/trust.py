"""How far past forecasts were out, from stored tables.

``data/past_forecasts.csv.gz`` holds what the method would have said of plans from each
earlier January and what came, by area; ``data/past_balances.csv`` how far balances would
have been out, over authorities. Each names the edition of the record that it marks.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import pandas as pd

from highneeds import home
from highneeds.geography import ENGLAND_CODE, Area

# Shares of authorities by regression, England between growth and flows (`METHODS`).
METHOD = "d"
KEYS = ("la_code", "origin", "horizon")
COLUMNS = ("edition", *KEYS, "scored", "plans", "point", "low80", "high80", "came")
_GROUPS = {
    None: "england",
    True: "england_with_agreement",
    False: "england_without_agreement",
}
_NUMBERS = ("plans", "point", "low80", "high80", "came")


@dataclass(frozen=True, eq=False)
class Trust:
    """What one area's past forecasts show.

    ``past`` has a row a January (``origin``) and years ahead (``horizon``): plans then,
    ``point`` foretold, ``low80``, ``high80``, and ``came``. ``by_horizon`` has by years
    ahead n, ``error`` and ``bias`` (mean, per cent of what came, above 0 too many),
    ``no_change`` (error of the January's own plans), ``england`` (error of England's
    forecast), ``inside`` (outcomes in the 80% band), and of all authorities scored
    ``all_error`` and ``all_inside`` (a share). ``edition`` is the hash of the record that
    is marked; ``current`` says whether it is the one in use.
    """

    area: Area
    past: pd.DataFrame
    by_horizon: pd.DataFrame
    edition: str
    current: bool


def trust(area: Area) -> Trust | None:
    """An area's past forecasts; None for one that is in no forecast, or in no outcome.

    Raises
    ------
    SourceError
        The table is missing.
    """
    path = home.data_dir() / home.PAST_FILE
    table = _table(path)
    past = table[table["la_code"] == area.la_code]
    if past.empty:
        return None
    edition = str(past["edition"].iloc[0])
    summed = _by_horizon(past).join(_beside(path))
    now = home.edition_of(home.tables_dir())
    return Trust(
        area,
        past.reset_index(drop=True),
        summed.reset_index(),
        edition,
        edition == now,
    )


@dataclass(frozen=True, eq=False)
class BalanceTrust:
    """What balances would have been out by, over authorities.

    ``agreement``: of those with a Safety Valve agreement, without one, or (None) of all.
    ``by_years`` has by years ahead ``pairs`` of Marches, ``n`` outcomes, ``error`` and
    ``no_change`` (mean, per cent of the high needs block) and ``inside`` (outcomes in the
    80% band, a share). ``first`` and ``last`` are the years of the first and last March.
    """

    agreement: bool | None
    by_years: pd.DataFrame
    first: int
    last: int
    edition: str
    current: bool


def balance_trust(agreement: bool | None = None) -> BalanceTrust:
    """Past errors of balances, of authorities with or without an agreement, or of all.

    Raises
    ------
    SourceError
        The table is missing.
    """
    table = home.read_table(home.data_dir() / home.BALANCES_FILE)
    numbers = ("origin", "to", "n", "mae_pct", "no_change_mae_pct", "cover80")
    table = table.astype(dict.fromkeys(numbers, float))
    mine = table[table["group"] == _GROUPS[agreement]]
    weighted = pd.DataFrame(
        {
            "years": (mine["to"] - mine["origin"]).astype(int),
            "pairs": 1,
            "n": mine["n"],
            "error": mine["n"] * mine["mae_pct"],
            "no_change": mine["n"] * mine["no_change_mae_pct"],
            "inside": mine["n"] * mine["cover80"],
        }
    )
    found = weighted.groupby("years").sum()
    for name in ("error", "no_change", "inside"):
        found[name] /= found["n"]
    edition = str(mine["edition"].iloc[0])
    current = edition == home.edition_of(home.tables_dir())
    ends = int(mine["origin"].min()), int(mine["to"].max())
    return BalanceTrust(agreement, found.reset_index(), *ends, edition, current)


def _by_horizon(past: pd.DataFrame) -> pd.DataFrame:
    """Mean errors in per cent, and outcomes inside the band, by years ahead."""
    off = 100.0 * (past["point"] / past["came"] - 1.0)
    same = 100.0 * (past["plans"] / past["came"] - 1.0)
    each = pd.DataFrame(
        {
            "horizon": past["horizon"],
            "n": 1,
            "error": off.abs(),
            "bias": off,
            "no_change": same.abs(),
            "inside": past["came"].between(past["low80"], past["high80"]).astype(int),
        }
    )
    how = {"n": "sum", "error": "mean", "bias": "mean", "no_change": "mean"}
    return each.groupby("horizon").agg({**how, "inside": "sum"})


@lru_cache(maxsize=2)
def _beside(path: Path) -> pd.DataFrame:
    """What every area is set beside, by years ahead: England, and all authorities."""
    table = _table(path)
    england = _by_horizon(table[table["la_code"] == ENGLAND_CODE])
    each = _by_horizon(table[table["scored"] & table["la_code"].str.isdigit()])
    return pd.DataFrame(
        {
            "england": england["error"],
            "all_error": each["error"],
            "all_inside": each["inside"] / each["n"],
        }
    )


@lru_cache(maxsize=2)
def _table(path: Path) -> pd.DataFrame:
    table = home.read_table(path)
    numbers = {name: table[name].replace("", np.nan).astype(float) for name in _NUMBERS}
    years = {name: table[name].astype(int) for name in ("origin", "horizon")}
    return table.assign(**numbers, **years, scored=table["scored"] == "True")
