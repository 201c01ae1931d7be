"""The outturn of a year under way: the forecast, conditioned on the ledger so far.

What is left of the year is that of the futures, updated linearly with their own
covariances, so provisions add up to the total, one provision's months say something of the
others, and the range narrows to nothing in March.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from highneeds.answers.drift import Months, Scores, scores
from highneeds.answers.ledger import TOTAL, Ledger
from highneeds.answers.monitor import MONTHS
from highneeds.answers.watch_rule import WatchRule, watch_rule
from highneeds.answers.year_forecast import YearForecast

# The standard normal value with a tenth of the distribution beyond it.
_TENTH = 1.2815515655446004
_YEAR = len(MONTHS)
# A provision of which nothing is forecast has no month to swing by.
_LEAST_GBP = 1.0


@dataclass(frozen=True)
class Group:
    """Provisions of which the ledger gives one figure: mostly one, else what is left.

    ``places`` are theirs in the forecast; ``to_date`` £ by month.
    """

    name: str
    places: tuple[int, ...]
    to_date: Mapping[int, float]
    before: Mapping[int, float]

    @property
    def last(self) -> int:
        """The last month given."""
        return max(self.to_date)


@dataclass(frozen=True)
class Outturn:
    """A year under way, £: what it may come to, and how far it is from its forecast."""

    forecast: YearForecast
    ledger: Ledger
    rule: WatchRule

    @cached_property
    def groups(self) -> tuple[Group, ...]:
        """What the ledger tells apart; provisions it is silent on are in none."""
        return groups_of(self.forecast, self.ledger)

    @cached_property
    def profile(self) -> np.ndarray:
        """Part of the year by the end of each month, (groups, 12).

        The ledger's own of the year before where it has all twelve months.
        """
        return np.stack([_own_profile(one, self.forecast.share) for one in self.groups])

    @cached_property
    def own_profile(self) -> tuple[bool, ...]:
        """Whether a group's months are phased as its own of the year before."""
        return tuple(_has_year(one.before) for one in self.groups)

    @cached_property
    def months(self) -> Months:
        """The forecast of the entries that the ledger has."""
        return months_of(self)

    @cached_property
    def spent(self) -> np.ndarray:
        """£ of each entry of the ledger, (groups, 12)."""
        found = np.zeros((len(self.groups), _YEAR))
        for row, group in enumerate(self.groups):
            before = 0.0
            for month in sorted(group.to_date):
                found[row, month - 1] = group.to_date[month] - before
                before = group.to_date[month]
        return found

    @cached_property
    def scores(self) -> Scores:
        """How far spending lies from the central forecast to date."""
        return scores(self.spent, self.months, self.rule)

    @property
    def to_date_gbp(self) -> float:
        """Spent to date, of what the ledger gives."""
        return float(sum(one.to_date[one.last] for one in self.groups))

    @property
    def forecast_to_date_gbp(self) -> float:
        """Forecast to the same months of the same provisions, central."""
        return float((self.months.forecast[:, None] * self.months.share).sum())

    @property
    def alert(self) -> str:
        """``above`` or ``below`` where spending lies beyond the bound; else empty."""
        return _beyond(float(self.scores.total), self.rule.alert_spending)

    @property
    def flags(self) -> dict[str, str]:
        """Groups beyond their bound, with the direction."""
        said = {
            one.name: _beyond(float(score), self.rule.alert_provision)
            for one, score in zip(self.groups, self.scores.groups, strict=True)
        }
        return {name: way for name, way in said.items() if way}

    @cached_property
    def _update(self) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """Gain, mean and covariance of the year's provisions, and the surprise per obs."""
        shape = (len(self.groups), len(self.forecast.provisions))
        seen = np.zeros(shape)
        noise = np.zeros(len(self.groups))
        for row, group in enumerate(self.groups):
            share = self.profile[row, group.last - 1]
            seen[row, list(group.places)] = share
            noise[row] = self._swing(row) ** 2 * self.months.squares[row].sum()
        spread = np.atleast_2d(np.cov(self.forecast.futures))
        inner = np.linalg.inv(seen @ spread @ seen.T + np.diag(np.maximum(noise, 1.0)))
        spent = np.array([one.to_date[one.last] for one in self.groups])
        surprise = inner @ (spent - seen @ self.forecast.central)
        mean = self.forecast.central + spread @ seen.T @ surprise
        left = spread - spread @ seen.T @ inner @ seen @ spread
        return seen, surprise, np.maximum(mean, 0.0), left

    def _swing(self, row: int) -> float:
        """A month's standard deviation of one group, £ of a whole year."""
        months = self.months
        scatter = float(self.scores.scatter)
        return float(months.forecast[row] * months.swing[row]) * np.sqrt(scatter)

    @cached_property
    def revised(self) -> tuple[np.ndarray, np.ndarray]:
        """The year's outturn by provision: mean (provisions,), covariance."""
        _, _, mean, left = self._update
        count = len(self.forecast.provisions)
        still = np.eye(count)
        fixed = np.zeros(count)
        own = np.zeros((count, count))
        covered: set[int] = set()
        for row, group in enumerate(self.groups):
            places = list(group.places)
            covered |= set(places)
            share = self.profile[row, group.last - 1]
            even = np.full(len(places), 1.0 / len(places))
            part = even if mean[places].sum() < 1.0 else mean[places] / mean[places].sum()
            fixed[places] = part * group.to_date[group.last]
            still[places, places] = 1.0 - share
            steps = np.diff(self.profile[row], prepend=0.0)[group.last :]
            own[np.ix_(places, places)] += (
                np.outer(part, part) * self._swing(row) ** 2 * (steps**2).sum()
            )
        for place in set(range(count)) - covered:
            steps = np.diff(self.forecast.share, prepend=0.0)
            sd = self.forecast.central[place] * self.rule.month_swing
            own[place, place] = sd**2 * (steps**2).sum()
        return fixed + still @ mean, still @ left @ still.T + own

    def range_of(self, parts: np.ndarray) -> tuple[float, float, float]:
        """Low, central and high of a sum of provisions, £; 8 in 10 lie between."""
        mean, covariance = self.revised
        middle = float(parts @ mean)
        sd = float(np.sqrt(max(parts @ covariance @ parts, 0.0)))
        return middle - _TENTH * sd, middle, middle + _TENTH * sd

    @property
    def whole(self) -> np.ndarray:
        """Every provision once: the parts of the total."""
        return np.ones(len(self.forecast.provisions))

    def shifts(self) -> dict[str, tuple[float, float]]:
        """What the ledger says of each driver of the forecast.

        By name: the shift of its middle in its own standard deviations, and in its own
        unit. A driver that spending does not follow has none.
        """
        seen, surprise, _, _ = self._update
        futures = self.forecast.futures - self.forecast.futures.mean(axis=1)[:, None]
        found = {}
        for name, driver in self.forecast.drivers.items():
            values = driver.values
            sd = float(values.std())
            if sd <= 0.0:
                continue
            together = futures @ (values - values.mean()) / (values.size - 1)
            moved = float(together @ seen.T @ surprise)
            found[name] = (moved / sd, moved)
        return found


def outturn(
    forecast: YearForecast, ledger: Ledger, rule: WatchRule | None = None
) -> Outturn:
    """Set a ledger beside the forecast of its year."""
    return Outturn(forecast, ledger, rule or watch_rule())


def groups_of(forecast: YearForecast, ledger: Ledger) -> tuple[Group, ...]:
    """What a ledger tells apart of a forecast's provisions."""
    found = [
        Group(name, (place,), ledger.to_date[name], ledger.before.get(name, {}))
        for place, name in enumerate(forecast.provisions)
        if any(ledger.to_date.get(name, {}).values())
        or (name in ledger.to_date and forecast.central[place] > 0.0)
    ]
    taken = {one.places[0] for one in found}
    rest = tuple(
        place
        for place, central in enumerate(forecast.central)
        if place not in taken and central > 0.0
    )
    whole = ledger.to_date.get(TOTAL)
    if whole and rest:
        left = _less(whole, [one.to_date for one in found])
        if left:
            before = _less(ledger.before.get(TOTAL, {}), [one.before for one in found])
            found.append(Group(TOTAL if not taken else "rest", rest, left, before))
    return tuple(found)


def months_of(result: Outturn) -> Months:
    """The forecast of each entry of a ledger, and how far it swings."""
    groups, central = result.groups, result.forecast.central
    share, squares = np.zeros((2, len(groups), _YEAR))
    swing = np.zeros(len(groups))
    for row, group in enumerate(groups):
        steps = np.diff(result.profile[row], prepend=0.0)
        begun = 0
        for month in sorted(group.to_date):
            share[row, month - 1] = steps[begun:month].sum()
            squares[row, month - 1] = (steps[begun:month] ** 2).sum()
            begun = month
        parts = central[list(group.places)]
        # Months of provisions counted together swing less than those of one; a profile of
        # one year has a year's swing of its own in it.
        whole = max(parts.sum(), _LEAST_GBP)
        swing[row] = result.rule.month_swing
        swing[row] *= max(np.sqrt((parts**2).sum()), _LEAST_GBP) / whole
        swing[row] *= np.sqrt(1.0 + result.own_profile[row])
    forecast = np.array(
        [max(central[list(one.places)].sum(), _LEAST_GBP) for one in groups]
    )
    return Months(share, squares, forecast, swing)


def _less(whole: Mapping[int, float], parts: list[Mapping[int, float]]) -> dict[int, float]:
    """A total less its given parts, of the months in which all are given."""
    return {
        month: value - sum(part[month] for part in parts)
        for month, value in whole.items()
        if all(month in part for part in parts)
    }


def _has_year(before: Mapping[int, float]) -> bool:
    cumulative = [before.get(month, np.nan) for month in range(1, _YEAR + 1)]
    return bool(np.all(np.diff(cumulative, prepend=0.0) > 0.0))


def _own_profile(group: Group, share: np.ndarray) -> np.ndarray:
    if not _has_year(group.before):
        return share
    return (
        np.array([group.before[month] for month in range(1, _YEAR + 1)])
        / (group.before[_YEAR])
    )


def _beyond(score: float, bound: float) -> str:
    return "above" if score > bound else "below" if score < -bound else ""
