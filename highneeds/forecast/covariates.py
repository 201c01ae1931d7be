"""What each area showed at a January, beside England: the covariates of its share.

Each is a logarithm less the same logarithm for England as published, so that 0 is an area
like England. Nothing is looked at that is not published with that January's census.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from highneeds.forecast.record import LOOK_BACK, Record, Series

# Covariates are clipped at these percentiles of the areas fitted.
_CLIPPED = (2.0, 98.0)
_MOST = 0.5
# In the order in which ties are settled.
FIRST_FIVE = ("rate", "new", "req", "d1", "d3")
EIGHT = (*FIRST_FIVE, "refused", "timely", "kids")
MEANINGS = {
    "rate": "plans per child",
    "new": "new plans per plan",
    "req": "requests per plan",
    "d1": "change of the share of England's plans in the last year",
    "d3": "the same in three years",
    "refused": "share of requests refused",
    "timely": "share of plans issued within 20 weeks",
    "kids": "growth of the number of children",
}


@dataclass(frozen=True)
class Definition:
    """Which covariates may be chosen, and how they are formed.

    ``base`` is the series plans are divided by, two years old; ``flows_lag`` is the years
    from the calendar year of flows to the January they are used at. ``every`` set of the
    ``names`` is tried, or else one name is added at a time.
    """

    names: tuple[str, ...] = FIRST_FIVE
    base: str = "children"
    flows_lag: int = 1
    every: bool = True


CHILDREN = Definition()
MORE = Definition(EIGHT, every=False)


def covariates_at(
    record: Record, definition: Definition, january: int
) -> dict[str, np.ndarray]:
    """Covariates of every area at a January, clipped, a missing one at the median.

    One is left out that no more than half of the areas have a figure for.
    """
    found = {name: _formed(name, record, definition, january) for name in definition.names}
    return {
        name: _clipped(values, record.fitted)
        for name, values in found.items()
        if np.isfinite(values[record.fitted]).mean() > _MOST
    }


def _formed(name: str, record: Record, definition: Definition, january: int) -> np.ndarray:
    plans, flows = record.plans, january - definition.flows_lag
    if name == "rate":
        base: Series = getattr(record, definition.base)
        return _beside_england(plans, january, base, max(january - 2, base.first))
    if name == "new":
        return _beside_england(record.new, flows, plans, flows)
    if name == "req":
        return _beside_england(record.requests, flows, plans, flows)
    if name == "refused":
        return _beside_england(record.refused, flows, record.requests, flows)
    if name == "timely":
        return _beside_england(record.in_time, flows, record.issued, flows)
    if name == "kids":
        people = record.children
        return _beside_england(people, january - 2, people, january - 2 - 1)
    years = {"d1": 1, "d3": LOOK_BACK}[name]
    return record.share(january) - record.share(january - years)


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
