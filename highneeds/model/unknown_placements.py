"""Where plans of unknown placement may be: a draw, where they are many.

A few are shared out like the recorded placements of their age and change little. Where they
are more than a twentieth of an authority's plans, nobody can say that they are like the
rest: in each future they may be in special schools, and in independent ones among those, as
much more or less often as one authority is from another.
"""

from __future__ import annotations

import numpy as np

from highneeds.model.capacity import INDEPENDENT, STATE_SPECIAL
from highneeds.record.area import AreaRecord
from highneeds.record.cells import MODEL_PLACEMENTS
from highneeds.record.spread import Spreads
from highneeds.scenario.draws import Draws

STREAM = "unknown_placements.local"
# What it is drawn with; nothing else uses them.
SPREADS = ("special_local", "independent_local")


def opening_plans(
    record: AreaRecord, spread: Spreads, draws: Draws
) -> tuple[np.ndarray, np.ndarray]:
    """Plans of the base census and of the Januaries before, one for each future.

    Returns
    -------
    stock : ndarray, shape (26, placements, draws)
        The total at each age is the record's in every future.
    before : ndarray, shape (Januaries, placements, draws)
    """
    stock, before = record.stock[:, :, None], record.stock_before[:, :, None]
    if not (record.unknown.any() or record.unknown_before.any()):
        return np.repeat(stock, draws.count, axis=2), np.repeat(before, draws.count, axis=2)
    special, independent = np.exp(
        np.array([[getattr(spread, name)] for name in SPREADS])
        * draws.shock(STREAM, len(SPREADS), 1.0)
    )
    plans = record.stock.sum(axis=1)
    share = np.divide(record.unknown, plans, out=np.zeros_like(plans), where=plans > 0)
    share_before = record.unknown_before / record.stock_before.sum(axis=1)
    return (
        _mixed(stock, share[:, None, None], special, independent),
        _mixed(before, share_before[:, None, None], special, independent),
    )


def _mixed(
    plans: np.ndarray,
    unknown: np.ndarray,
    special: np.ndarray,
    independent: np.ndarray,
) -> np.ndarray:
    """Plans (ages, placements, 1) of which the share `unknown` is placed at other odds."""
    return (1.0 - unknown) * plans + unknown * placed_at_odds(plans, special, independent)


def placed_at_odds(
    plans: np.ndarray, special: np.ndarray, independent: np.ndarray
) -> np.ndarray:
    """The same plans with the odds of special schools, and of independent ones, multiplied.

    Parameters
    ----------
    plans : ndarray, shape (ages, placements, 1)
    special, independent : ndarray, shape (draws,)
        Factors on the odds of a special school of either kind against any other placement,
        and of an independent one against a state one.

    Returns
    -------
    ndarray, shape (ages, placements, draws); the total at each age is kept.
    """
    weights = np.ones((len(MODEL_PLACEMENTS), special.size))
    weights[STATE_SPECIAL] = special
    weights[INDEPENDENT] = special * independent
    found = plans * weights
    either = [STATE_SPECIAL, INDEPENDENT]
    kept, wanted = found[:, either].sum(axis=1), plans[:, either].sum(axis=1) * special
    # What the second factor adds to special schools is taken back: it only shifts within.
    found[:, either] *= np.divide(wanted, kept, out=np.ones_like(kept), where=kept > 0)[
        :, None
    ]
    total = found.sum(axis=1, keepdims=True)
    whole = plans.sum(axis=1, keepdims=True)
    return found * np.divide(whole, total, out=np.ones_like(total), where=total > 0)
