"""One year of plans: who leaves, who grows a year older, who moves, who joins.

State is plans by single year of age (0 to 25, at 31 August) and placement at a January
census. The arrays carry futures last: shape (ages, placements, draws).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from highneeds.errors import ModelError, some
from highneeds.record.cells import BANDS

_ROUNDING = 1e-9


@dataclass(frozen=True)
class ExtraMoves:
    """Moves into one placement beyond those of the record.

    ``ages`` and ``origins`` name the cells that people move from, in order of age, and
    ``shares`` (cells, draws) the share of each that moves.
    """

    placement: int
    ages: np.ndarray
    origins: np.ndarray
    shares: np.ndarray

    def staying(self, moves: np.ndarray, placement: int) -> np.ndarray:
        """Share of a placement that stays in it, by age reached, (26, draws)."""
        stay = np.repeat(moves[:, placement, placement, None], self.shares.shape[1], axis=1)
        here = self.origins == placement
        stay[self.ages[here]] -= self.shares[here]
        return stay


def step_plans(
    stock: np.ndarray,
    *,
    exit_rate: np.ndarray,
    moves: np.ndarray,
    joining: np.ndarray,
    extra: ExtraMoves | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Carry plans from one January to the next.

    Parameters
    ----------
    stock : ndarray, shape (26, placements, draws)
        Plans at the opening census.
    exit_rate : ndarray, shape (26, draws)
        Share of plans at each age that end in the year. Everyone aged 25 leaves.
    moves : ndarray, shape (26, placements, placements)
        Row-stochastic: where those reaching each age go, from placement to placement.
    joining : ndarray, shape (26, placements, draws)
        New plans and the balancing item, by age and placement at the closing census.
    extra : ExtraMoves, optional
        Moves beyond `moves`, of `extra_moves`.

    Returns
    -------
    closing : ndarray, same shape as `stock`
    ended : ndarray, shape (draws,)
        Plans that ended, those who aged out included.

    Raises
    ------
    ModelError
        A rate outside 0 to 1, moves that do not sum to 1, or a negative number joining.
    """
    _check(exit_rate, moves, joining)
    older = np.empty_like(stock)
    older[0] = 0.0
    np.multiply(stock[:-1], 1.0 - exit_rate[:-1, None, :], out=older[1:])
    closing = np.matmul(moves.transpose(0, 2, 1), older)
    if extra is not None:
        more = older[extra.ages, extra.origins] * extra.shares
        closing[extra.ages, extra.origins] -= more
        ages, first = np.unique(extra.ages, return_index=True)
        closing[ages, extra.placement] += np.add.reduceat(more, first, axis=0)
    closing += joining
    by_age = stock.sum(axis=1)
    ended = (by_age[:-1] * exit_rate[:-1]).sum(axis=0) + by_age[-1]
    return closing, ended


def extra_moves(moves: np.ndarray, placement: int, factor: np.ndarray) -> ExtraMoves:
    """What moves beyond `moves` when the moves into one placement are multiplied.

    Never more than would have stayed, never less than would have moved.
    """
    base = moves[:, :, placement].copy()
    base[:, placement] = 0.0
    ages, origins = np.nonzero(base)
    share = base[ages, origins, None]
    stay = moves[ages, origins, origins, None]
    return ExtraMoves(
        placement, ages, origins, np.clip(share * (factor - 1.0), -share, stay)
    )


def to_bands(by_age: np.ndarray) -> np.ndarray:
    """Sum single years of age (first axis, 26) to the five published age bands."""
    return np.stack([by_age[low : high + 1].sum(axis=0) for low, high in BANDS])


def _check(exit_rate: np.ndarray, moves: np.ndarray, joining: np.ndarray) -> None:
    if exit_rate.min() < 0 or exit_rate.max() > 1:
        outside = (exit_rate < 0) | (exit_rate > 1)
        ages = sorted(set(np.argwhere(outside)[:, 0].tolist()))
        msg = f"The exit rate is outside 0 to 1 at age {some(ages)}. Lower the assumption."
        raise ModelError(msg)
    loose = np.abs(moves.sum(axis=2) - 1.0) > _ROUNDING
    if loose.any():
        ages = sorted(set(np.argwhere(loose)[:, 0].tolist()))
        msg = f"Moves between placements do not sum to 1 at age {some(ages)}."
        raise ModelError(msg)
    if joining.min() < 0:
        ages = sorted(set(np.argwhere(joining < 0)[:, 0].tolist()))
        msg = f"A negative number of plans would start at age {some(ages)}."
        raise ModelError(msg)
