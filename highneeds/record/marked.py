"""The marked path of plans: what is foretold of each authority, and how far off it was.

England's path times each authority's share of it, five Januaries on, as marked on earlier
Januaries (`highneeds.forecast`, docs/backtest.md).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from highneeds.chances import normal_below
from highneeds.errors import ModelError
from highneeds.forecast.authorities import authorities_at
from highneeds.forecast.bands import SIZE_POWER, Bands, earlier_errors
from highneeds.forecast.chosen import chosen_set, kept_fits
from highneeds.forecast.england import PATHS
from highneeds.forecast.money import SpendingErrors, spending_errors
from highneeds.forecast.record import record_of, series_of
from highneeds.forecast.shares import Regression, Set, check_origin, foretold_shares
from highneeds.geography import Area
from highneeds.panel.panel import Panel, PanelAt
from highneeds.panel.vintage import vintage
from highneeds.scenario.assumptions import default_assumptions

# Halfway between growth as last year's and new plans as last year's; see decision 39.
ENGLAND_PATH = "half"
# Streams of random numbers: one that every authority shares, and each authority's own.
ENGLAND, SHARE = "plans.england", "plans.share"
# More years ahead than any projection has.
_FURTHEST = 20


@dataclass(frozen=True, eq=False)
class PathErrors:
    """How far the path was off at earlier Januaries, in logarithms, by years ahead.

    ``scaled`` has for each of the horizons marked the errors of shares in ascending order,
    times plans to the power `SIZE_POWER`; beyond the last they grow with the power
    ``growth`` of the years. ``centre`` (years,) is what they would add to England's sum,
    and is taken off. ``england`` (years,) is the standard deviation of England's path.
    """

    scaled: tuple[np.ndarray, ...]
    growth: float
    centre: np.ndarray
    england: np.ndarray

    def still(self) -> PathErrors:
        """No error at all."""
        none = np.zeros_like(self.england)
        return PathErrors(tuple(np.zeros(1) for _ in self.scaled), 0.0, none, none)

    def of_england(self, z: np.ndarray, years: int) -> np.ndarray:
        """Errors of England's path from standard normals (draws,), (years, draws)."""
        return self.england[:years, None] * z

    def of_share(self, z: np.ndarray, plans: float) -> np.ndarray:
        """Errors of the share of an authority from standard normals, both (years, draws).

        `z` are steps of a random walk; each January's error is the quantile, among those of
        so many years ahead, at which the walk stands.
        """
        found = np.empty_like(z)
        for row, walk in enumerate(np.cumsum(z, axis=0)):
            errors = self._ahead(row + 1) * plans**-SIZE_POWER
            at = np.linspace(0.0, 1.0, len(errors))
            found[row] = np.interp(normal_below(walk / np.sqrt(row + 1)), at, errors)
        return found - self.centre[: len(z), None]

    def half_width(self, years: int, plans: float) -> float:
        """Half the width of the range with 8 errors of a share in 10, such years ahead."""
        low, high = np.quantile(self._ahead(years), [0.1, 0.9])
        return float(high - low) / 2.0 * plans**-SIZE_POWER

    def _ahead(self, years: int) -> np.ndarray:
        return _ahead(self.scaled, self.growth, years)


def path_errors(panel: Panel) -> PathErrors:
    """Errors as of the January from which a panel's projections start."""
    return _marked_of(panel).errors


def price_errors(panel: Panel) -> SpendingErrors:
    """What spending strayed by, about plans foretold at prices that grow as assumed."""
    marked, assumed = _marked_of(panel), default_assumptions()
    return spending_errors(
        marked.regression,
        series_of(_whole(panel.published), "s251_high_needs_net_gbp"),
        vintage(panel).census.end,
        marked.chosen,
        price_growth=assumed["price_growth_other"].central,
        september_share=assumed["september_share"].central,
    )


def marked_path(panel: Panel, area: Area) -> np.ndarray:
    """Plans foretold for the five Januaries after the base census, (5,).

    Raises
    ------
    ModelError
        Nothing can be foretold of the area.
    """
    january = vintage(panel).census.end
    found = _marked_of(panel).paths.get(area.la_code)
    if found is None or not np.isfinite(found).all():
        msg = (
            f"No share of England's plans can be foretold for {area}: its plans of January "
            f"{january} are not held. Expected a published total above 0."
        )
        raise ModelError(msg)
    return found


@dataclass(frozen=True, eq=False)
class _Marked:
    """Paths by DfE code or key of area, their errors, and what they were foretold with."""

    paths: Mapping[str, np.ndarray]
    errors: PathErrors
    regression: Regression
    chosen: Set


def _marked_of(panel: Panel) -> _Marked:
    return _marked(panel.published, vintage(panel).census.end)


def _whole(panel: Panel) -> Panel:
    """The record with its later figures; what is used of it is cut at the January."""
    return panel.whole if isinstance(panel, PanelAt) else panel


@lru_cache(maxsize=32)
def _marked(panel: Panel, january: int) -> _Marked:
    """What is known at a January."""
    whole = _whole(panel)
    check_origin(record_of(whole), january)
    record = record_of(whole).known(january)
    regression = Regression(record)
    chosen = chosen_set(regression, january)
    regression.take(kept_fits(record, january))
    england = PATHS[ENGLAND_PATH](record, january)
    areas = england[:, None] * foretold_shares(regression, january, chosen)
    there = authorities_at(whole, january)
    points = there.of_areas(areas)
    paths = {area.la_code: areas[:, at] for at, area in enumerate(record.areas)}
    paths |= {area.la_code: points[:, at] for at, area in enumerate(there.names)}
    errors = _errors(earlier_errors(regression, january, chosen), points, there.plans)
    return _Marked(paths, errors, regression, chosen)


def _errors(found: Bands, points: np.ndarray, plans: np.ndarray) -> PathErrors:
    scaled = tuple(np.sort(each) for each in found.scaled)
    years = np.arange(1, _FURTHEST + 1)
    ahead = np.log(np.arange(1, len(scaled) + 1))
    sizes = np.log([np.median(np.abs(each)) for each in scaled])
    growth = float(np.polyfit(ahead, sizes, 1)[0])
    weight = points[-1] / points[-1].sum()
    size = plans[:, None] ** -SIZE_POWER
    centre = [
        float(
            np.log(weight @ np.exp(size * _ahead(scaled, growth, int(year))).mean(axis=1))
        )
        for year in years
    ]
    england = found.national * np.sqrt(np.cumsum(years**2))
    return PathErrors(scaled, growth, np.array(centre), england)


def _ahead(scaled: tuple[np.ndarray, ...], growth: float, years: int) -> np.ndarray:
    held = min(years, len(scaled))
    return scaled[held - 1] * (years / held) ** growth
