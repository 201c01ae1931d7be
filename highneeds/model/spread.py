"""How far authorities have strayed from England in the past: spreads, pooled, never typed.

Every spread is estimated from the published record of all authorities together. Robust
estimates are used throughout, because one misreported year should not widen every band.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from functools import lru_cache

import numpy as np
import pandas as pd

from highneeds.geography import ENGLAND_CODE
from highneeds.model.closing import closure_shares, missed
from highneeds.model.plans import MODEL_PLACEMENTS
from highneeds.panel.panel import Panel
from highneeds.panel.vintage import Vintage, vintage
from highneeds.periods import CalendarYear, Census, FinancialYear
from highneeds.policy import policy

# Turns a median absolute deviation into the standard deviation of a normal distribution.
_MAD_TO_SD = 1.4826
# Deviations over the length of a usual projection, or as near as the record allows, so that
# late recording that reverses a year later is not taken for lasting difference.
_SPAN = 5
_FEWEST_PLANS = 30
# Changes from year to year without which nothing is said of their spread.
_FEWEST_CHANGES = 3
# Years over which a net loss of plans is pooled.
LOSS_YEARS = 3


@dataclass(frozen=True)
class Spreads:
    """Yearly standard deviations of log changes, unless the name says otherwise.

    ``balancing_local`` and the unexplained movements are shares. ``unexplained_level`` is
    not a spread but the middle of those movements. ``special_local`` and
    ``independent_local`` are standard deviations of log odds among authorities.
    ``carries`` has, by number of years, the middle and the spread of what balances carried
    so long miss, as shares of the block.
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
    level_year: FinancialYear
    carries: tuple[tuple[int, float, float], ...] = ()

    def carried(self, years: int) -> tuple[float, float]:
        """Middle and spread of what a carry of so many years misses, share of the block.

        Beyond the longest carry that the record can measure both go on in a straight line
        through the shortest and the longest.
        """
        if not self.carries or not years:
            return 0.0, 0.0
        lengths = [length for length, _, _ in self.carries]
        ends = np.array([self.carries[0][1:], self.carries[-1][1:]])
        if years in lengths:
            _, level, sd = self.carries[lengths.index(years)]
            return level, sd
        span = max(lengths[-1] - lengths[0], 1)
        level, sd = ends[0] + (ends[1] - ends[0]) * (years - lengths[0]) / span
        return float(level), max(float(sd), 0.0)

    def still(self) -> Spreads:
        """The same levels, and no swing about them."""
        levels = ("unexplained_level", "level_year", "carries")
        none = {one.name: 0.0 for one in fields(self) if one.name not in levels}
        middle = tuple((years, level, 0.0) for years, level, _ in self.carries)
        return replace(self, carries=middle, **none)  # type: ignore[arg-type]

    @property
    def longest_carry(self) -> int:
        """The most years over which the record can measure what a carry misses."""
        return max((length for length, _, _ in self.carries), default=0)

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
            "unexplained_level": f"Middle of those movements in {self.level_year} (other "
            "blocks and transfers), share of the block",
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


def pooled_level(
    observed: np.ndarray, england: float, mean: np.ndarray | None = None
) -> tuple[np.ndarray, float]:
    """Shrink each authority's mean towards England's by how far its years disagree.

    Parameters
    ----------
    observed : ndarray, shape (authorities, years)
        NaN where not published.
    england : float
        England's level.
    mean : ndarray, shape (authorities,), optional
        Each authority's own level; the plain mean of its years when left out.

    Returns
    -------
    level : ndarray, shape (authorities,)
        England's level where nothing is published.
    within : float
        Standard deviation of one authority-year about its authority's level.
    """
    counts = np.isfinite(observed).sum(axis=1)
    sums = np.nansum(observed, axis=1)
    if mean is None:
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


def spreads(panel: Panel, now: Vintage | None = None) -> Spreads:
    """Estimate every spread from the panel.

    Parameters
    ----------
    now : Vintage, optional
        What the record holds last; the panel's own when left out.
    """
    return _spreads(panel, now or vintage(panel))


@lru_cache(maxsize=4)
def _spreads(panel: Panel, now: Vintage) -> Spreads:
    new = _years_of_plans(panel.matrix("new_ehc_plans"))
    cost = cost_per_plan(panel)
    block = panel.matrix("high_needs_block_before_deductions_gbp")
    stock = panel.matrix("ehc_plans")
    ceased = panel.matrix("ceased_ehc_plans")
    closure = closure_shares(panel, now)
    # Only for the year of the lines is every part published.
    lines = now.lines.label
    level_year = lines if lines in closure else max(closure.columns, default=lines)
    level = float(closure[level_year].median()) if level_year in closure else 0.0
    return Spreads(
        new_plans_national=_national(new),
        new_plans_local=_local(new),
        exits_local=0.0 if now.by_band else _within_log(ceased, stock),
        price_national=_national(cost),
        price_local=_price_local(panel, cost),
        block_local=_local(block),
        balancing_local=pooled_level(
            _balancing(panel, now).drop(index=ENGLAND_CODE).to_numpy(), 0.0
        )[1],
        unexplained_local=robust_sd((closure - closure.median()).to_numpy().ravel()),
        unexplained_level=level,
        level_year=FinancialYear.parse(level_year),
        carries=_carries(panel, now),
        **_placement_odds(panel, now.census),
    )


def _years_of_plans(new: pd.DataFrame) -> pd.DataFrame:
    """New plans since statements ended, to which other rules applied.

    Where these years are fewer than a spread needs, the last that are enough.
    """
    since = new.columns >= str(policy("plans_replace_statements").day.year)
    return (
        new.loc[:, since]
        if since.sum() > _FEWEST_CHANGES
        else new.iloc[:, -_FEWEST_CHANGES - 1 :]
    )


def _balancing(panel: Panel, now: Vintage) -> pd.DataFrame:
    """What is drawn as the balancing item: itself, or with ended plans the net loss."""
    if not now.by_band:
        return balancing_shares(panel)
    years = [now.flows.shift(-step) for step in reversed(range(LOSS_YEARS))]
    return net_losses(panel, years)


def net_losses(panel: Panel, years: Sequence[CalendarYear]) -> pd.DataFrame:
    """Plans ended less the balancing item, as a share of opening plans, by calendar year.

    This January's plans, plus new plans, less next January's.
    """
    stock, new = panel.matrix("ehc_plans"), panel.matrix("new_ehc_plans")
    return pd.DataFrame(
        {
            year.label: 1.0
            - (stock[str(year.end + 1)] - new[year.label]) / stock[year.label]
            for year in years
        }
    )


def cost_per_plan(panel: Panel) -> pd.DataFrame:
    """Section 251 net high-needs spending per plan by financial year, £; England included.

    A year's plans are 5/12 of the January before it and 7/12 of the January inside it.
    England is the sum of the authorities present in both the year and the next.
    """
    spend = panel.matrix("s251_high_needs_net_gbp")
    plans = panel.matrix("ehc_plans")
    # An outturn may be published before the January inside its year is.
    counted = [
        label for label in spend if str(FinancialYear.parse(str(label)).end) in plans
    ]
    spend = spend[counted]
    weighted = pd.DataFrame(index=spend.index, columns=spend.columns, dtype=float)
    for label in spend.columns:
        end = FinancialYear.parse(label).end
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


def _carries(panel: Panel, now: Vintage) -> tuple[tuple[int, float, float], ...]:
    """Years, middle and spread of what balances carried so long missed, pooled."""
    found: dict[int, list[np.ndarray]] = {}
    for (years, _), share in missed(panel, now).items():
        found.setdefault(years, []).append(share.dropna().to_numpy(dtype=float))
    pooled = {years: np.concatenate(parts) for years, parts in sorted(found.items())}
    return tuple(
        (years, float(np.median(shares)), robust_sd(shares))
        for years, shares in pooled.items()
        if shares.size
    )


def _placement_odds(panel: Panel, census: Census) -> dict[str, float]:
    """How far authorities' recorded placements of a January differ, in log odds."""
    plans = pd.DataFrame(
        {
            name: _authorities(panel.matrix("ehc_plans", f"placement/{name}"))[census.label]
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
    if ENGLAND_CODE not in matrix.index:
        return 0.0
    growth = np.diff(np.log(matrix.loc[ENGLAND_CODE].dropna().to_numpy(dtype=float)))
    # One change has no spread.
    return float(np.std(growth, ddof=1)) if growth.size > 1 else 0.0


def _local(matrix: pd.DataFrame) -> float:
    """Yearly spread of authorities against England, from changes over the longest span."""
    span = min(_SPAN, matrix.shape[1] - 1)
    if span < 1:
        return 0.0
    england = matrix.loc[ENGLAND_CODE]
    las = _authorities(matrix)
    # Where England's own total is missing no deviation can be taken.
    known: pd.DataFrame = las.where(las >= _FEWEST_PLANS)
    deviation = known.div(england, axis=1).apply(np.log)
    return robust_sd(deviation.diff(span, axis=1).to_numpy(dtype=float)) / np.sqrt(span)


def _price_local(panel: Panel, cost: pd.DataFrame) -> float:
    """The spread of price that, beside the spread of plans, gives the spread of spending.

    Where plans grow faster than England's, spending per plan grows more slowly. Price and
    plans are drawn apart, so the spread of spending per plan would count that twice.
    """
    spend = _authorities(panel.matrix("s251_high_needs_net_gbp"))[list(cost.columns)]
    span = min(_SPAN, spend.shape[1] - 1)
    if span < 1:
        return 0.0
    plans = spend / _authorities(cost)
    both = spend.notna() & plans.notna()
    spans = {}
    for name, matrix in (("spend", spend.where(both)), ("plans", plans.where(both))):
        deviation = np.log(matrix) - np.log(matrix.sum())
        spans[name] = robust_sd(deviation.diff(span, axis=1).to_numpy(dtype=float))
    return float(np.sqrt(max(spans["spend"] ** 2 - spans["plans"] ** 2, 0.0) / span))


def _authorities(matrix: pd.DataFrame) -> pd.DataFrame:
    return matrix[[len(code) == 3 for code in matrix.index]]  # noqa: PLR2004


def _within_log(ceased: pd.DataFrame, stock: pd.DataFrame) -> float:
    ended = _authorities(ceased)
    rate = ended / stock.reindex(index=ended.index, columns=ended.columns)
    rate = rate.where(ended >= _FEWEST_PLANS)
    return pooled_level(np.log(rate.to_numpy(dtype=float)), 0.0)[1]
