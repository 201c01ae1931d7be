"""One year of plans: who leaves, who grows a year older, who moves, who joins.

State is plans by single year of age (0 to 25, at 31 August) and placement at a January
census. The arrays carry futures last: shape (ages, placements, draws).
"""

from __future__ import annotations

import numpy as np

from highneeds.errors import ModelError, some
from highneeds.panel.schema import AGE_BANDS, PLACEMENTS

AGES = tuple(range(26))
# A plan whose placement was not recorded is shared out among those of the same age.
MODEL_PLACEMENTS = tuple(name for name in PLACEMENTS if name != "unknown")
_ROUNDING = 1e-9
_BAND_EDGES = ((0, 4), (5, 10), (11, 15), (16, 19), (20, 25))


def step_plans(
    stock: np.ndarray,
    *,
    exit_rate: np.ndarray,
    moves: np.ndarray,
    joining: np.ndarray,
    toward: tuple[int, np.ndarray] | None = None,
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
    toward : (placement, ndarray of shape (26, placements, draws)), optional
        Extra shares that move into one placement, of `extra_moves`.

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
    if toward is not None:
        placement, extra = toward
        more = older * extra
        closing -= more
        closing[:, placement] += more.sum(axis=1)
    closing += joining
    ended = stock.sum(axis=(0, 1)) - older.sum(axis=(0, 1))
    return closing, ended


def extra_moves(moves: np.ndarray, placement: int, factor: np.ndarray) -> np.ndarray:
    """Share of each placement that moves beyond `moves` when those into one are multiplied.

    Returns
    -------
    ndarray, shape (26, placements, draws)
        Never more than would have stayed, never less than would have moved.
    """
    base = moves[:, :, placement].copy()
    base[:, placement] = 0.0
    stay = np.diagonal(moves, axis1=1, axis2=2)
    wanted = base[..., None] * (factor - 1.0)
    return np.clip(wanted, -base[..., None], stay[..., None])


def to_bands(by_age: np.ndarray) -> np.ndarray:
    """Sum single years of age (first axis, 26) to the five published age bands."""
    return np.stack([by_age[low : high + 1].sum(axis=0) for low, high in _BAND_EDGES])


def band_of(age: int) -> str:
    """The published age band of a single year of age."""
    for name, (low, high) in zip(AGE_BANDS, _BAND_EDGES, strict=True):
        if low <= age <= high:
            return name
    msg = f"Age {age} is outside 0 to 25, the ages of education, health and care plans."
    raise ModelError(msg)


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
