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

from highneeds.forecast.money import yearly_spread
from highneeds.forecast.shares import HORIZONS
from highneeds.geography import ENGLAND_CODE
from highneeds.panel.panel import Panel
from highneeds.panel.vintage import Vintage, vintage
from highneeds.periods import CalendarYear, Census, FinancialYear
from highneeds.record.cells import MODEL_PLACEMENTS
from highneeds.record.closing import closure_shares, missed
from highneeds.record.marked import (
    ENGLAND,
    SHARE,
    PathErrors,
    path_errors,
    price_errors,
)
from highneeds.words import plural

# Turns a median absolute deviation into the standard deviation of a normal distribution.
_MAD_TO_SD = 1.4826
# Deviations over the length of a usual projection, or as near as the record allows, so that
# late recording that reverses a year later is not taken for lasting difference.
_SPAN = 5
# Years over which a net loss of plans is pooled.
LOSS_YEARS = 3


@dataclass(frozen=True)
class Spreads:
    """Yearly standard deviations of log changes, unless the name says otherwise.

    ``path`` is how far the marked path of plans has been off. The unexplained movements are
    shares. ``unexplained_level`` is not a spread but the middle of those movements.
    ``special_local`` and ``independent_local`` are standard deviations of log odds among
    authorities. ``carries`` has, by number of years, the middle and the spread of what
    balances carried so long miss, as shares of the block.
    """

    path: PathErrors
    price_national: float
    price_local: float
    block_local: float
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
        levels = ("path", "unexplained_level", "level_year", "carries")
        none = {one.name: 0.0 for one in fields(self) if one.name not in levels}
        middle = tuple((years, level, 0.0) for years, level, _ in self.carries)
        return replace(self, path=self.path.still(), carries=middle, **none)  # type: ignore[arg-type]

    @property
    def longest_carry(self) -> int:
        """The most years over which the record can measure what a carry misses."""
        return max((length for length, _, _ in self.carries), default=0)

    def table(self, plans: float) -> pd.DataFrame:
        """Each spread with a title, for the report's list of assumptions.

        Parameters
        ----------
        plans : float
            Those of the authority at the base census: shares of smaller ones stray further.
        """
        titles = {
            "price_national": "Yearly spread of spending per plan, all of England together",
            "price_local": "Yearly spread of spending per plan, against England",
            "block_local": "Yearly spread of the high needs block, against England",
            "unexplained_local": "Yearly movement of balances the record does not explain, "
            "share of the block",
            "unexplained_level": f"Middle of those movements in {self.level_year} (other "
            "blocks and transfers), share of the block",
            "special_local": "Special schools or not, how far authorities differ (for "
            "plans of unknown placement), log odds",
            "independent_local": "Independent or maintained special schools, likewise, log "
            "odds",
        }
        units = {
            "unexplained_level": "share of the block a year",
            "special_local": "log odds",
            "independent_local": "log odds",
        }
        usual = "share, standard deviation"
        rows = [
            *self._path_rows(plans),
            *(
                (units.get(name, usual), name, title, getattr(self, name))
                for name, title in titles.items()
            ),
        ]
        return pd.DataFrame(rows, columns=["unit", "name", "title", "central"])

    def _path_rows(self, plans: float) -> list[tuple[str, str, str, float]]:
        """Errors of the path of plans, one year ahead and at the last year marked."""
        rows = []
        for years in (1, HORIZONS):
            ahead = f"{plural(years, 'year')} ahead"
            rows += [
                (
                    "share, standard deviation",
                    f"{ENGLAND}.{years}",
                    f"Errors of England's path of plans, {ahead}",
                    float(self.path.england[years - 1]),
                ),
                (
                    "share, half of the width with 8 in 10",
                    f"{SHARE}.{years}",
                    f"Errors of this authority's share of them, {ahead}",
                    self.path.half_width(years, plans),
                ),
            ]
        return rows


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
    price = price_errors(panel)
    block = panel.matrix("high_needs_block_before_deductions_gbp")
    closure = closure_shares(panel, now)
    # Only for the year of the lines is every part published.
    lines = now.lines.label
    level_year = lines if lines in closure else max(closure.columns, default=lines)
    level = float(closure[level_year].median()) if level_year in closure else 0.0
    carries = _carries(panel, now)
    return Spreads(
        path=path_errors(panel),
        price_national=price.price_national,
        price_local=price.price_local,
        block_local=_local(block),
        unexplained_local=yearly_spread({years: sd for years, _, sd in carries}),
        unexplained_level=level,
        level_year=FinancialYear.parse(level_year),
        carries=carries,
        **_placement_odds(panel, now.census),
    )


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


def _local(matrix: pd.DataFrame) -> float:
    """Yearly spread of authorities against England, from changes over the longest span."""
    span = min(_SPAN, matrix.shape[1] - 1)
    if span < 1:
        return 0.0
    england = matrix.loc[ENGLAND_CODE]
    las = _authorities(matrix)
    # Where England's own total is missing no deviation can be taken.
    deviation = las.div(england, axis=1).apply(np.log)
    return robust_sd(deviation.diff(span, axis=1).to_numpy(dtype=float)) / np.sqrt(span)


def _authorities(matrix: pd.DataFrame) -> pd.DataFrame:
    return matrix[[len(code) == 3 for code in matrix.index]]  # noqa: PLR2004
