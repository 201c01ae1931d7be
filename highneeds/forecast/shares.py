"""Areas' shares of England's plans, from a pooled regression on what each area showed.

Log shares move by a little that plans per child, new plans and requests foretell: an area
with many plans for its children comes back towards England, one with many new plans and
requests draws away for a year or two. One median regression a lead, over all areas and all
earlier Januaries, says by how much; which covariates it has is chosen on earlier origins.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

import numpy as np

from highneeds.errors import ModelError, UsageError
from highneeds.forecast.covariates import CHILDREN, Definition, covariates_at
from highneeds.forecast.record import Record, record_of
from highneeds.linear import cheapest
from highneeds.panel.panel import Panel


def least_absolute(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Coefficients b that make the sum of |y − x·b| least; no constant is added.

    The dual is solved: of all weights between −1 and 1 that are orthogonal to every column
    of `x`, those that weigh `y` most. It has a row a coefficient and not one an
    observation, and b are its multipliers.

    Parameters
    ----------
    x : ndarray, shape (observations, coefficients)
    y : ndarray, shape (observations,)

    Raises
    ------
    ModelError
        The solver found no solution: a figure is missing or not finite.
    """
    if not x.shape[1]:
        return np.zeros(0)
    if not (np.isfinite(x).all() and np.isfinite(y).all()):
        msg = (
            "A regression on shares of plans was given a figure that is missing. Expected "
            "finite covariates and changes for every area."
        )
        raise ModelError(msg)
    # There is nothing to take out of so few rows, and looking takes half the time.
    solved = cheapest(-y, x.T, (0.0, 0.0), (-1.0, 1.0), presolve=False)
    if solved is None:
        msg = "A regression on shares of plans has no solution."
        raise ModelError(msg)
    return -solved.multipliers


HORIZONS = 5

Set = tuple[str, ...]
# Coefficients by the January as of which they are, the set, and how many years ahead.
Fits = Mapping[tuple[int, Set, int], np.ndarray]


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

    @property
    def fits(self) -> Fits:
        """The fits made or taken so far."""
        return self._fits

    def take(self, fits: Fits) -> None:
        """Take fits that were made of the same record before."""
        self._fits.update(fits)

    def covariates(self, january: int) -> dict[str, np.ndarray]:
        """Covariates of every area at a January, as `covariates_at`; kept."""
        if january not in self._at:
            self._at[january] = covariates_at(self.record, self.definition, january)
        return self._at[january]

    def held(self, january: int) -> set[str]:
        """The covariates that are published for a January."""
        return set(self.covariates(january))

    @cached_property
    def first_with(self) -> dict[str, int]:
        """The first January at which each covariate is held."""
        found: dict[str, int] = {}
        for january in range(self.record.first_fitted, self.record.plans.last + 1):
            for name in self.covariates(january):
                found.setdefault(name, january)
        never = self.record.plans.last + 1
        return {name: found.get(name, never) for name in self.definition.names}

    def coefficients(self, january: int, chosen: Set, lead: int) -> np.ndarray:
        """What each covariate foretells of the change `lead` years ahead, as of a January.

        With no January to fit to yet, the covariates that begin last count for nothing and
        the others are fitted without them; where all begin together, the coefficients are
        those of the lead before.
        """
        key = (january, chosen, lead)
        if key not in self._fits:
            self._fits[key] = self._fit(january, chosen, lead)
        return self._fits[key]

    def _fit(self, january: int, chosen: Set, lead: int) -> np.ndarray:
        if not chosen:
            return np.zeros(0)
        first = max(self.first_with[name] for name in chosen)
        starts = [
            start
            for start in range(first, january - lead + 1)
            if self.held(start).issuperset(chosen)
        ]
        if starts:
            fitted = self.record.fitted
            x = np.concatenate([self._columns(start, chosen)[fitted] for start in starts])
            y = np.concatenate([self._change(start, lead)[fitted] for start in starts])
            known = np.isfinite(y)
            return least_absolute(x[known], y[known])
        others = tuple(name for name in chosen if self.first_with[name] < first)
        if first > self.record.first_fitted:
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

    def loss(self, january: int, chosen: Set) -> float:
        """Mean absolute error of shares foretold at earlier origins with a set.

        A share's error is relative to what it came to; every earlier origin whose outcome
        is held by `january` counts, refitted at that origin.
        """
        record, fitted = self.record, self.record.fitted
        errors = []
        for origin in range(record.first_fitted + 1, january):
            foretold = record.share(origin) + self.deviations(origin, chosen)
            for h in range(1, min(HORIZONS, january - origin) + 1):
                off = foretold[h - 1] - record.share(origin + h)
                errors.append(np.abs(np.expm1(off[fitted])))
        return float(np.nanmean(errors))

    def chosen(self, january: int) -> Set:
        """The set that did best at earlier origins; of equals the smaller, then the first.

        A covariate that is not published for the January itself cannot be chosen.

        Raises
        ------
        UsageError
            The January is not one the record can choose at.
        """
        check_origin(self.record, january)
        held = self.held(january)
        names = tuple(name for name in self.definition.names if name in held)
        if self.definition.every:
            sizes = range(len(names) + 1)
            sets = [each for size in sizes for each in itertools.combinations(names, size)]
            return min(sets, key=lambda each: self.loss(january, each))
        best: Set = ()
        while True:
            more = [
                tuple(each for each in names if each in best or each == name)
                for name in names
                if name not in best
            ]
            found = min([best, *more], key=lambda each: self.loss(january, each))
            if found == best:
                return best
            best = found

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


def shares(
    panel: Panel,
    origin: int,
    chosen: Set | None = None,
    *,
    definition: Definition = CHILDREN,
) -> AreaShares:
    """Shares of England's plans in the five Januaries after `origin`, as known at it.

    Parameters
    ----------
    origin : int
        The year of a January held.
    chosen : tuple of str, optional
        Covariates; chosen on earlier origins when left out, which takes seconds.
    definition : Definition
        Which covariates there are to choose from.

    Raises
    ------
    UsageError
        The origin cannot be forecast from, or a covariate is not known.
    """
    regression = regression_of(panel, definition)
    check_origin(regression.record, origin)
    names = definition.names
    if chosen is not None and chosen != tuple(name for name in names if name in chosen):
        msg = (
            f"Covariates {chosen!r} are not a set in use. Expected some of "
            f"{', '.join(names)}, in this order."
        )
        raise UsageError(msg)
    used = regression.chosen(origin) if chosen is None else chosen
    unheld = [name for name in used if name not in regression.held(origin)]
    if unheld:
        msg = (
            f"{unheld[0]} is not published for January {origin}, so no share can be "
            "foretold with it. Leave it out, or leave the choice to the record."
        )
        raise UsageError(msg)
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
    first, last = record.earliest_origin, record.plans.last
    if not first <= origin <= last:
        msg = (
            f"No forecast can be made from January {origin}. Expected a January from "
            f"{first}, in the first year of requests, to {last}, the last published."
        )
        raise UsageError(msg)
