"""Whether a year runs away from its forecast by more than months swing by themselves."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from highneeds.answers.watch_rule import WatchRule
from highneeds.chances import normal_as_rare


@dataclass(frozen=True)
class Months:
    """What was forecast of the months that a ledger tells apart; any leading dimensions.

    ``share`` (groups, 12) is the part of the year that each entry of the ledger covers, at
    the month it ends with, 0 where there is none; ``squares`` (groups, 12) the sum of the
    squared parts of its single months. ``forecast`` (groups,) is £ for the year, ``swing``
    (groups,) a month's standard deviation as a share of it.
    """

    share: np.ndarray
    squares: np.ndarray
    forecast: np.ndarray
    swing: np.ndarray

    def to(self, months: int) -> Months:
        """The same to the end of an earlier month."""
        kept = np.arange(self.share.shape[-1]) < months
        return Months(self.share * kept, self.squares * kept, self.forecast, self.swing)


@dataclass(frozen=True)
class Scores:
    """Distance from forecast in standard errors, as a normal number would have it.

    ``total`` has the leading dimensions of what was spent, ``groups`` one more.
    ``scatter`` multiplies the variance of a month, as the ledger's own months have it.
    """

    total: np.ndarray
    groups: np.ndarray
    scatter: np.ndarray


def scores(spent: np.ndarray, months: Months, rule: WatchRule) -> Scores:
    """How far spending so far lies from the central forecast to then.

    Parameters
    ----------
    spent : ndarray, shape (..., groups, 12)
        £ of each entry of the ledger, where ``months.share`` has one.
    """
    there = months.share > 0
    expected = months.forecast[:, None] * months.share
    ratio = np.divide(spent, expected, out=np.ones(spent.shape), where=there)
    # An entry of several months swings less than one: by its squares.
    weight = np.divide(
        months.share**2, months.squares, out=np.zeros(there.shape), where=there
    )
    entries = np.maximum(there.sum(axis=-1), 1)
    mean = (weight * ratio).sum(axis=-1) / np.maximum(weight.sum(axis=-1), 1e-12)
    squares = (weight * (ratio - mean[..., None]) ** 2).sum(axis=-1) / months.swing**2
    more = float((entries - 1).sum())
    worth = rule.month_swing_worth
    scatter = (worth + squares.sum(axis=-1)) / (worth + more)
    variance = (months.forecast * months.swing) ** 2 * months.squares.sum(axis=-1)
    over = np.where(there, spent - expected, 0.0).sum(axis=-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        by_group = over / np.sqrt(scatter[..., None] * variance)
    whole = over.sum(axis=-1) / np.sqrt(scatter * variance.sum())
    freedom = worth + more
    return Scores(
        normal_as_rare(whole, freedom),
        normal_as_rare(np.nan_to_num(by_group), freedom),
        scatter,
    )
