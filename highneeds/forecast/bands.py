"""How far off shares and England were at earlier origins, and futures drawn from it.

An area's error is larger the smaller it is, so errors are kept with the size taken out.
Around them lies what all areas share: England's growth may change, and keeps its change.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from highneeds.forecast.record import Record
from highneeds.forecast.shares import HORIZONS, Regression, Set, check_origin, regression_of
from highneeds.panel.panel import Panel

# Errors fall with this power of an area's plans.
SIZE_POWER = 0.2
# Of a normal distribution, the standard deviation over the median absolute deviation.
_NORMAL = 1.4826


@dataclass(frozen=True, eq=False)
class Bands:
    """Earlier errors by horizon, as of one origin.

    ``scaled`` holds, for each horizon, errors of log shares times plans to the power
    `SIZE_POWER`, about their median. ``national`` is the standard deviation of a change of
    England's yearly growth, in logarithms.
    """

    scaled: tuple[np.ndarray, ...]
    national: float

    @property
    def national_spread(self) -> np.ndarray:
        """Standard deviation of log England, by horizon.

        A change of growth in any year is there in every year after it.
        """
        ahead = np.arange(1, HORIZONS + 1)
        return self.national * np.sqrt(np.cumsum(ahead**2))

    def draw(
        self,
        points: np.ndarray,
        plans: np.ndarray,
        draws: int,
        rng: np.random.Generator,
    ) -> np.ndarray:
        """Futures of areas: in each, only England's spread is in their sum.

        Parameters
        ----------
        points : ndarray, shape (horizons, areas)
            Plans foretold.
        plans : ndarray, shape (areas,)
            Plans at the origin: the size of an area.

        Returns
        -------
        ndarray, shape (horizons, draws, areas)
        """
        shared = rng.standard_normal(draws)
        futures = np.empty((len(points), draws, points.shape[1]))
        for h, spread in enumerate(self.national_spread):
            errors = rng.choice(self.scaled[h], size=futures.shape[1:])
            own = points[h] * np.exp(errors * plans**-SIZE_POWER)
            total = points[h].sum() * np.exp(shared * spread)
            futures[h] = own * (total / own.sum(axis=1))[:, None]
        return futures


def bands(panel: Panel, origin: int, chosen: Set | None = None) -> Bands:
    """Earlier errors of the shares, as of an origin; see `shares` for its arguments."""
    regression = regression_of(panel)
    check_origin(regression.record, origin)
    return earlier_errors(
        regression, origin, regression.chosen(origin) if chosen is None else chosen
    )


def earlier_errors(regression: Regression, origin: int, chosen: Set) -> Bands:
    """What a set was off by at each earlier origin, refitted there."""
    record, fitted = regression.record, regression.record.fitted
    seen: list[np.ndarray] = []
    for h in range(1, HORIZONS + 1):
        found = []
        for earlier in range(record.first_fitted + 1, origin - h + 1):
            change = record.share(earlier + h) - record.share(earlier)
            off = change - regression.deviations(earlier, chosen)[h - 1]
            found.append(off[fitted] * record.plans.of(earlier)[fitted] ** SIZE_POWER)
        if found:
            scaled = np.concatenate(found)
            scaled = scaled[np.isfinite(scaled)]
            seen.append(scaled - np.median(scaled))
    return Bands(tuple(_beyond(seen)), national_change(record, origin))


def _beyond(seen: list[np.ndarray]) -> list[np.ndarray]:
    """Errors of every horizon: one not yet seen grows from the last as those seen did."""
    last = len(seen)
    if last == HORIZONS:
        return seen
    size = [float(np.median(np.abs(scaled))) for scaled in seen]
    growth = np.polyfit(np.log(np.arange(1, last + 1)), np.log(size), 1)[0]
    later = range(last + 1, HORIZONS + 1)
    return [*seen, *(seen[-1] * (h / last) ** growth for h in later)]


def national_change(record: Record, origin: int) -> float:
    """Standard deviation of changes of England's yearly log growth up to an origin.

    From their median size, so that one change of rules among them counts as one.
    """
    path = record.plans.until(origin).england
    return _NORMAL * float(np.median(np.abs(np.diff(np.log(path), n=2))))
