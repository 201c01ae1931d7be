"""Plans counted on a day between Januaries: the path of plans passes through them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np

from highneeds.periods import Census

Count = tuple[date, float]


def through(
    totals: np.ndarray,
    opening: np.ndarray,
    base: Census,
    counts: Sequence[Count],
    known: int = 0,
) -> np.ndarray:
    """Totals of each January ahead, moved so that the path passes through every count.

    Between two Januaries the path is a straight line by days. What a count differs by, as
    a ratio, has come about evenly by days since the last count or January known, and
    stays: later Januaries grow on from the count as they would have.

    Parameters
    ----------
    totals : ndarray, shape (years, draws)
        Plans each January from the one after the base census.
    opening : ndarray, shape (draws,)
        Plans of the base census.
    counts : sequence of (date, float)
        After the base census, in any order; those up to the last January known, or after
        the last in `totals`, change nothing.
    known : int
        How many of the Januaries, from the first, are published themselves.
    """
    days = [base.shift(step).day.toordinal() for step in range(len(totals) + 1)]
    path: list[tuple[int, np.ndarray]] = list(zip(days, [opening, *totals], strict=True))
    since = days[known]
    for day, count in sorted(counts):
        at = day.toordinal()
        if not since < at <= days[-1]:
            continue
        ratio = count / _on(path, at)
        path = [
            (then, value * ratio ** np.clip((then - since) / (at - since), 0.0, 1.0))
            for then, value in path
        ]
        path = [*path, (at, np.full_like(opening, count))]
        path.sort(key=lambda one: one[0])
        since = at
    found = dict(path)
    return np.stack([found[day] for day in days[1:]]) if len(totals) else totals


def on_day(
    totals: np.ndarray,
    opening: np.ndarray,
    base: Census,
    counts: Sequence[Count],
    day: date,
) -> np.ndarray:
    """Plans on a day from the base census on, straight between what is known, (draws,).

    Parameters
    ----------
    totals, opening, counts
        As for `through`, of a path that has passed through the counts.
    """
    days = [base.shift(step).day.toordinal() for step in range(len(totals) + 1)]
    path = list(zip(days, [opening, *totals], strict=True))
    path += [(one.toordinal(), np.full_like(opening, count)) for one, count in counts]
    return _on(sorted(path, key=lambda one: one[0]), day.toordinal())


def _on(path: Sequence[tuple[int, np.ndarray]], at: int) -> np.ndarray:
    """The path on a day that lies within it."""
    before = max((one for one in path if one[0] <= at), key=lambda one: one[0])
    after = min((one for one in path if one[0] >= at), key=lambda one: one[0])
    if after[0] == before[0]:
        return before[1]
    part = (at - before[0]) / (after[0] - before[0])
    return before[1] + (after[1] - before[1]) * part
