"""How far authorities have strayed from England in the past: spreads, pooled, never typed.

Every spread is estimated from the published record of all authorities together. Robust
estimates are used throughout, because one misreported year should not widen every band.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pandas as pd

from highneeds.geography import ENGLAND_CODE
from highneeds.model.national import BASE
from highneeds.model.plans import MODEL_PLACEMENTS
from highneeds.panel.panel import Panel

# Turns a median absolute deviation into the standard deviation of a normal distribution.
_MAD_TO_SD = 1.4826
# Deviations over the length of a usual projection, or as near as the record allows, so that
# late recording that reverses a year later is not taken for lasting difference.
_SPAN = 5
_FEWEST_PLANS = 30


@dataclass(frozen=True)
class Spreads:
    """Yearly standard deviations of log changes, unless the name says otherwise.

    ``balancing_local`` and the unexplained movements are shares. ``unexplained_level`` is
    not a spread but the middle of those movements. ``special_local`` and
    ``independent_local`` are standard deviations of log odds among authorities.
    """

    new_plans_national: float
    new_plans_local: float
    exits_local: float
    price_national: float
    price_local: float
    block_local: float
    balancing_local: float
    unexplained_local: float
    unexplained_level: float
    special_local: float
    independent_local: float

    def table(self) -> pd.DataFrame:
        """Each spread with a title, for the report's list of assumptions."""
        titles = {
            "new_plans_national": "Yearly spread of new plans, all of England together",
            "new_plans_local": "Yearly spread of new plans, this authority against England",
            "exits_local": "Spread of plans ending, this authority's years",
            "price_national": "Yearly spread of spending per plan, all of England together",
            "price_local": "Yearly spread of spending per plan, against England",
            "block_local": "Yearly spread of the high needs block, against England",
            "balancing_local": "Spread of the balancing item, share of plans",
            "unexplained_local": "Yearly movement of balances the record does not explain, "
            "share of the block",
            "unexplained_level": "Middle of those movements in 2021-22 (other blocks and "
            "transfers), share of the block",
            "special_local": "Special schools or not, how far authorities differ (for "
            "plans of unknown placement), log odds",
            "independent_local": "Independent or state special schools, likewise, log odds",
        }
        return pd.DataFrame(
            {
                "unit": [
                    "share of the block a year"
                    if name == "unexplained_level"
                    else "log odds"
                    if name in ("special_local", "independent_local")
                    else "share, standard deviation"
                    for name in titles
                ],
                "name": list(titles),
                "title": list(titles.values()),
                "central": [getattr(self, name) for name in titles],
            }
        )


def robust_sd(values: np.ndarray) -> float:
    """Standard deviation about the median, by the median absolute deviation."""
    known = values[np.isfinite(values)]
    if known.size == 0:
        return 0.0
    return float(_MAD_TO_SD * np.median(np.abs(known - np.median(known))))


def pooled_level(observed: np.ndarray, england: float) -> tuple[np.ndarray, float]:
    """Shrink each authority's mean towards England's by how far its years disagree.

    Parameters
    ----------
    observed : ndarray, shape (authorities, years)
        NaN where not published.
    england : float
        England's level.

    Returns
    -------
    level : ndarray, shape (authorities,)
        England's level where nothing is published.
    within : float
        Standard deviation of one authority-year about its authority's level.
    """
    counts = np.isfinite(observed).sum(axis=1)
    sums = np.nansum(observed, axis=1)
    mean = np.divide(sums, counts, out=np.full(len(counts), np.nan), where=counts > 0)
    several = counts > 1
    within = robust_sd((observed - mean[:, None])[several])
    # Deviations from a mean of few years are too small by sqrt((n - 1) / n).
    typical = float(np.median(counts[several])) if several.any() else 1.0
    within *= np.sqrt(typical / max(typical - 1.0, 1.0))
    total = robust_sd(mean)
    between = max(total**2 - within**2 / typical, 0.0)
    noise = np.divide(within**2, counts, out=np.full(len(counts), np.inf), where=counts > 0)
    weight = np.where(counts > 0, between / (between + noise) if between else 0.0, 0.0)
    return england + weight * np.nan_to_num(mean - england), within


@lru_cache(maxsize=4)
def spreads(panel: Panel) -> Spreads:
    """Estimate every spread from the panel."""
    new = panel.matrix("new_ehc_plans")
    cost = cost_per_plan(panel)
    block = panel.matrix("high_needs_block_before_deductions_gbp")
    stock = panel.matrix("ehc_plans")
    ceased = panel.matrix("ceased_ehc_plans")
    closure = closure_shares(panel)
    return Spreads(
        new_plans_national=_national(new.loc[:, new.columns >= "2014"]),
        new_plans_local=_local(new.loc[:, new.columns >= "2014"]),
        exits_local=_within_log(ceased, stock),
        price_national=_national(cost),
        price_local=_price_local(panel, cost),
        block_local=_local(block),
        balancing_local=pooled_level(
            balancing_shares(panel).drop(index=ENGLAND_CODE).to_numpy(), 0.0
        )[1],
        unexplained_local=robust_sd((closure - closure.median()).to_numpy().ravel()),
        # Only for 2021-22 is every part published.
        unexplained_level=float(closure["2021-22"].median()),
        **_placement_odds(panel),
    )


def cost_per_plan(panel: Panel) -> pd.DataFrame:
    """Section 251 net high-needs spending per plan by financial year, £; England included.

    A year's plans are 5/12 of the January before it and 7/12 of the January inside it.
    England is the sum of the authorities present in both the year and the next.
    """
    spend = panel.matrix("s251_high_needs_net_gbp")
    plans = panel.matrix("ehc_plans")
    weighted = pd.DataFrame(index=spend.index, columns=spend.columns, dtype=float)
    for label in spend.columns:
        end = int(label[:4]) + 1
        weighted[label] = (plans[str(end - 1)] * 5 / 12 + plans[str(end)] * 7 / 12).reindex(
            spend.index
        )
    spend, weighted = _authorities(spend), _authorities(weighted)
    cost = spend / weighted
    both = cost.notna()
    cost.loc[ENGLAND_CODE] = spend.where(both).sum() / weighted.where(both).sum()
    return cost


def balancing_shares(panel: Panel) -> pd.DataFrame:
    """The balancing item as a share of opening plans, by calendar year.

    Next January's plans, less this January's, less new plans, plus ceased plans.
    """
    stock, new = panel.matrix("ehc_plans"), panel.matrix("new_ehc_plans")
    ceased = panel.matrix("ceased_ehc_plans")
    shares = pd.DataFrame(index=stock.index)
    for label in ceased.columns:
        following = str(int(label) + 1)
        if following in stock and label in new:
            opening = stock[label]
            shares[label] = (
                stock[following] - opening - new[label] + ceased[label]
            ) / opening
    return shares


def closure_shares(panel: Panel) -> pd.DataFrame:
    """What the record leaves unexplained of each year's change in balance, share of block.

    Published change in the DSG balance, less the block after deductions, plus section 251
    net spending and maintained place funding. Every block of the DSG is in the balance, so
    this is not high needs alone.
    """
    balance = panel.matrix("dsg_balance_gbp")
    after = panel.matrix("high_needs_block_after_deductions_gbp")
    before = panel.matrix("high_needs_block_before_deductions_gbp")
    spend = panel.matrix("s251_high_needs_net_gbp")
    places = panel.matrix("s251_outturn_line_gbp", "line/place_funding_total")["2021-22"]
    shares = pd.DataFrame(index=balance.index)
    for label, previous in (("2020-21", "2019-20"), ("2021-22", "2020-21")):
        implied = after[label] - spend[label] - places
        shares[label] = (balance[label] - balance[previous] - implied) / before[label]
    return _authorities(shares)


def _placement_odds(panel: Panel) -> dict[str, float]:
    """How far authorities' recorded placements of January 2025 differ, in log odds."""
    plans = pd.DataFrame(
        {
            name: _authorities(panel.matrix("ehc_plans", f"placement/{name}"))[BASE.label]
            for name in MODEL_PLACEMENTS
        }
    )
    state, independent = plans["state_special"], plans["independent_special"]
    other = plans.sum(axis=1, skipna=False) - state - independent
    odds = {
        "special_local": (state + independent) / other,
        "independent_local": independent / state,
    }
    return {
        name: robust_sd(np.log(ratio.where(ratio > 0).to_numpy(dtype=float)))
        for name, ratio in odds.items()
    }


def _national(matrix: pd.DataFrame) -> float:
    growth = np.diff(np.log(matrix.loc[ENGLAND_CODE].dropna().to_numpy(dtype=float)))
    return float(np.std(growth, ddof=1))


def _local(matrix: pd.DataFrame) -> float:
    """Yearly spread of authorities against England, from changes over the longest span."""
    england = matrix.loc[ENGLAND_CODE]
    las = _authorities(matrix)
    # Where England's own total is missing no deviation can be taken.
    known: pd.DataFrame = las.where(las >= _FEWEST_PLANS)
    deviation = known.div(england, axis=1).apply(np.log)
    span = min(_SPAN, deviation.shape[1] - 1)
    return robust_sd(deviation.diff(span, axis=1).to_numpy(dtype=float)) / np.sqrt(span)


def _price_local(panel: Panel, cost: pd.DataFrame) -> float:
    """The spread of price that, beside the spread of plans, gives the spread of spending.

    Where plans grow faster than England's, spending per plan grows more slowly. Price and
    plans are drawn apart, so the spread of spending per plan would count that twice.
    """
    spend = _authorities(panel.matrix("s251_high_needs_net_gbp"))
    plans = spend / _authorities(cost)
    both = spend.notna() & plans.notna()
    spans = {}
    for name, matrix in (("spend", spend.where(both)), ("plans", plans.where(both))):
        deviation = np.log(matrix) - np.log(matrix.sum())
        spans[name] = robust_sd(deviation.diff(_SPAN, axis=1).to_numpy(dtype=float))
    return float(np.sqrt(max(spans["spend"] ** 2 - spans["plans"] ** 2, 0.0) / _SPAN))


def _authorities(matrix: pd.DataFrame) -> pd.DataFrame:
    return matrix[[len(code) == 3 for code in matrix.index]]  # noqa: PLR2004


def _within_log(ceased: pd.DataFrame, stock: pd.DataFrame) -> float:
    ended = _authorities(ceased)
    rate = ended / stock.reindex(index=ended.index, columns=ended.columns)
    rate = rate.where(ended >= _FEWEST_PLANS)
    return pooled_level(np.log(rate.to_numpy(dtype=float)), 0.0)[1]
