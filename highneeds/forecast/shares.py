"""Areas' shares of England's plans, from a pooled regression on what each area showed.

Log shares move by a little that plans per child, new plans and requests foretell: an area
with many plans for its children comes back towards England, one with many new plans and
requests draws away for a year or two. One median regression a lead, over all areas and all
earlier Januaries, says by how much; which covariates it has is chosen on earlier origins.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np

from highneeds.errors import UsageError
from highneeds.forecast.record import LOOK_BACK, Record, Series, record_of
from highneeds.forecast.regression import least_absolute
from highneeds.panel.panel import Panel

HORIZONS = 5
# In the order in which ties are settled.
COVARIATES = ("rate", "new", "req", "d1", "d3")
SETS = tuple(
    chosen
    for size in range(len(COVARIATES) + 1)
    for chosen in itertools.combinations(COVARIATES, size)
)
# Covariates are clipped at these percentiles of the areas fitted.
_CLIPPED = (2.0, 98.0)

Set = tuple[str, ...]


@dataclass(frozen=True)
class Definition:
    """How covariates are formed: ``base`` of the rate, and how old the flows are.

    ``base`` is the series plans are divided by, two years old; ``flows_lag`` is the years
    from the calendar year of new plans and requests to the January they are used at.
    """

    base: str = "children"
    flows_lag: int = 1


CHILDREN = Definition()


@dataclass(eq=False)
class Regression:
    """Fits of one record, each made once.

    A fit at January t looks at nothing published after it, so it is the same at every
    later origin.
    """

    record: Record
    definition: Definition = CHILDREN
    _at: dict[int, dict[str, np.ndarray]] = field(default_factory=dict)
    _fits: dict[tuple[int, Set, int], np.ndarray] = field(default_factory=dict)

    def covariates(self, january: int) -> dict[str, np.ndarray]:
        """Covariates of every area at a January: finite, and clipped; none not yet held."""
        if january not in self._at:
            found = _raw_covariates(self.record, self.definition, january)
            self._at[january] = {
                name: _clipped(values, self.record.fitted)
                for name, values in found.items()
                if np.isfinite(values[self.record.fitted]).any()
            }
        return self._at[january]

    def coefficients(self, january: int, chosen: Set, lead: int) -> np.ndarray:
        """What each covariate foretells of the change `lead` years ahead, as of a January.

        With no January to fit to yet, a set without requests has the coefficients of the
        lead before, and requests count for nothing.
        """
        key = (january, chosen, lead)
        if key not in self._fits:
            self._fits[key] = self._fit(january, chosen, lead)
        return self._fits[key]

    def _fit(self, january: int, chosen: Set, lead: int) -> np.ndarray:
        starts = range(self._first(chosen), january - lead + 1)
        if starts:
            fitted = self.record.fitted
            x = np.concatenate([self._columns(start, chosen)[fitted] for start in starts])
            y = np.concatenate([self._change(start, lead)[fitted] for start in starts])
            known = np.isfinite(y)
            return least_absolute(x[known], y[known])
        if "req" in chosen:
            others = tuple(name for name in chosen if name != "req")
            found = dict(zip(others, self.coefficients(january, others, lead), strict=True))
            return np.array([found.get(name, 0.0) for name in chosen])
        if lead == 1:
            return np.zeros(len(chosen))
        return self.coefficients(january, chosen, lead - 1)

    def deviations(self, january: int, chosen: Set) -> np.ndarray:
        """Foretold change of each area's log share, (horizons, areas), as of a January."""
        x = self._columns(january, chosen)
        steps = [x @ self.coefficients(january, chosen, h + 1) for h in range(HORIZONS)]
        return np.cumsum(steps, axis=0)

    def losses(self, january: int, sets: tuple[Set, ...] = SETS) -> dict[Set, float]:
        """Mean absolute error of shares foretold at earlier origins, by set.

        A share's error is relative to what it came to; every earlier origin whose outcome
        is held by `january` counts, refitted at that origin.
        """
        record, fitted = self.record, self.record.fitted
        found = {}
        for chosen in sets:
            errors = []
            for origin in range(record.first_fitted + 1, january):
                foretold = record.share(origin) + self.deviations(origin, chosen)
                for h in range(1, min(HORIZONS, january - origin) + 1):
                    off = foretold[h - 1] - record.share(origin + h)
                    errors.append(np.abs(np.expm1(off[fitted])))
            found[chosen] = float(np.nanmean(errors))
        return found

    def chosen(self, january: int, sets: tuple[Set, ...] = SETS) -> Set:
        """The set that did best at earlier origins; of equals the smaller, then the first.

        Raises
        ------
        UsageError
            The January is not one the record can choose at.
        """
        check_origin(self.record, january)
        losses = self.losses(january, sets)
        return min(losses, key=losses.__getitem__)

    def _first(self, chosen: Set) -> int:
        """The first January that a set can be fitted to."""
        if "req" not in chosen:
            return self.record.first_fitted
        return self.record.first_origin - 1 + self.definition.flows_lag

    def _columns(self, january: int, chosen: Set) -> np.ndarray:
        found = self.covariates(january)
        none = np.zeros(len(self.record.areas))
        columns = [found.get(name, none) for name in chosen]
        return np.stack(columns, axis=1) if columns else np.zeros((len(none), 0))

    def _change(self, january: int, lead: int) -> np.ndarray:
        later = january + lead
        return self.record.share(later) - self.record.share(later - 1)


@dataclass(frozen=True, eq=False)
class AreaShares:
    """Shares of England's plans foretold for each area, (horizons, areas); each year is 1.

    ``chosen`` are the covariates; ``record`` says which areas the columns are.
    """

    record: Record
    origin: int
    chosen: Set
    shares: np.ndarray


@lru_cache(maxsize=16)
def regression_of(panel: Panel, definition: Definition = CHILDREN) -> Regression:
    """The fits of a panel's record, kept for its next use."""
    return Regression(record_of(panel), definition)


def shares(panel: Panel, origin: int, chosen: Set | None = None) -> AreaShares:
    """Shares of England's plans in the five Januaries after `origin`, as known at it.

    Parameters
    ----------
    origin : int
        The year of a January held.
    chosen : tuple of str, optional
        Covariates; chosen on earlier origins when left out, which takes seconds.

    Raises
    ------
    UsageError
        The origin cannot be forecast from, or a covariate is not known.
    """
    regression = regression_of(panel)
    check_origin(regression.record, origin)
    if chosen is not None and chosen not in SETS:
        msg = (
            f"Covariates {chosen!r} are not a set in use. Expected some of "
            f"{', '.join(COVARIATES)}, in this order."
        )
        raise UsageError(msg)
    used = regression.chosen(origin) if chosen is None else chosen
    return AreaShares(
        regression.record, origin, used, foretold_shares(regression, origin, used)
    )


def foretold_shares(regression: Regression, origin: int, chosen: Set) -> np.ndarray:
    """Each area's share of England's plans, (horizons, areas).

    They are brought to the sum they had at the origin: one, but where an area's plans were
    not published then; it has no forecast.
    """
    now = regression.record.share(origin)
    size = np.exp(now + regression.deviations(origin, chosen))
    return size * np.nansum(np.exp(now)) / np.nansum(size, axis=1, keepdims=True)


def check_origin(record: Record, origin: int) -> None:
    """Refuse an origin with too little before it, or not held.

    Raises
    ------
    UsageError
        Names the origins that can be used.
    """
    first, last = record.first_origin, record.plans.last
    if not first <= origin <= last:
        msg = (
            f"No forecast can be made from January {origin}. Expected a January from "
            f"{first}, the first with requests of the year before, to {last}, the last "
            "published."
        )
        raise UsageError(msg)


def _raw_covariates(
    record: Record, definition: Definition, january: int
) -> dict[str, np.ndarray]:
    base = getattr(record, definition.base)
    counted = max(january - 2, base.first)
    flows = january - definition.flows_lag
    return {
        "rate": _beside_england(record.plans, january, base, counted),
        "new": _beside_england(record.new, flows, record.plans, flows),
        "req": _beside_england(record.requests, flows, record.plans, flows),
        "d1": record.share(january) - record.share(january - 1),
        "d3": record.share(january) - record.share(january - LOOK_BACK),
    }


def _beside_england(above: Series, year: int, below: Series, below_year: int) -> np.ndarray:
    """Log of a ratio of two counts less the same of England; a zero is missing."""
    with np.errstate(divide="ignore", invalid="ignore"):
        own = np.log(above.of(year)) - np.log(below.of(below_year))
        found = own - np.log(above.whole(year) / below.whole(below_year))
    return np.where(np.isfinite(found), found, np.nan)


def _clipped(values: np.ndarray, fitted: np.ndarray) -> np.ndarray:
    """Clip to percentiles of the areas fitted, then set a missing value to their median."""
    held = values[fitted]
    clipped = np.clip(values, *np.nanpercentile(held, _CLIPPED))
    return np.where(np.isnan(clipped), np.nanmedian(clipped[fitted]), clipped)
