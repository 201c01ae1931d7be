"""What it would take: the value of one assumption that balances a year."""

from __future__ import annotations

from dataclasses import dataclass

from highneeds.answers.projection import Projection
from highneeds.answers.sensitivity import central_with
from highneeds.errors import ModelError
from highneeds.periods import FinancialYear
from highneeds.scenario.assumptions import Estimate
from highneeds.words import millions

# A year is balanced when its central in-year balance is within this share of spending.
_TOLERANCE = 1e-4
_MOST_STEPS = 40


@dataclass(frozen=True)
class Goal:
    """The answer of one search. ``value`` is None where no value in range balances."""

    name: str
    title: str
    unit: str
    year: FinancialYear
    central: float
    value: float | None
    best: float
    best_in_year_gbp: float

    @property
    def sentence(self) -> str:
        """The answer in words."""
        if self.value is None:
            return (
                f"{self.title}: no value in the allowed range balances {self.year} "
                "in-year. "
                f"The best, {self.best:,.4g} {self.unit}, leaves "
                f"{millions(self.best_in_year_gbp)}."
            )
        return (
            f"{self.title}: {self.value:,.4g} {self.unit} would balance {self.year} "
            "in-year, "
            f"against {self.central:,.4g} assumed."
        )


def goal_seek(result: Projection, name: str, year: str) -> Goal:
    """Search the range of one assumption for a central in-year balance of nothing.

    Parameters
    ----------
    name : str
        An assumption, e.g. ``moves_to_independent``, ``request_growth``,
        ``block_growth.later``.
    year : str
        Financial year to balance, e.g. ``2028-29``.

    Raises
    ------
    ModelError
        The year is not projected, or no block is published for the authority.
    """
    wanted = FinancialYear.asked(year)
    if wanted not in result.years[1:]:
        msg = (
            f"{wanted} is not a projected year; expected {result.years[1]} to "
            f"{result.until}."
        )
        raise ModelError(msg)
    if not result.has_money:
        msg = (
            f"No high needs block is published for {result.area}: no year can be balanced."
        )
        raise ModelError(msg)
    estimate: Estimate = result.scenario.assumptions[name]
    step = result.years.index(wanted)
    spending = float(result.central.spending[step, 0])

    def in_year(value: float) -> float:
        return float(central_with(result, {name: value}).in_year[step, 0])

    low, high = estimate.minimum, estimate.maximum
    ends = {low: in_year(low), high: in_year(high)}
    best = max(ends, key=lambda end: ends[end])
    if ends[low] * ends[high] > 0:
        none = ends[best] < 0 or abs(ends[best]) > _TOLERANCE * spending
        value = None if none else best
        return Goal(
            name,
            estimate.title,
            estimate.unit,
            wanted,
            estimate.central,
            value,
            best,
            ends[best],
        )
    below, above = (low, high) if ends[low] < 0 else (high, low)
    middle = 0.5 * (below + above)
    for _ in range(_MOST_STEPS):
        middle = 0.5 * (below + above)
        found = in_year(middle)
        if abs(found) < _TOLERANCE * spending:
            break
        below, above = (middle, above) if found < 0 else (below, middle)
    return Goal(
        name,
        estimate.title,
        estimate.unit,
        wanted,
        estimate.central,
        middle,
        best,
        ends[best],
    )
