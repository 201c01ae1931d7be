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
_BAND_EDGES = ((0, 4), (5, 10), (11, 15), (16, 19), (20, 25))


def step_plans(
    stock: np.ndarray, *, exit_rate: np.ndarray, moves: np.ndarray, joining: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Carry plans from one January to the next.

    Parameters
    ----------
    stock : ndarray, shape (26, placements, draws)
        Plans at the opening census.
    exit_rate : ndarray, shape (26, draws)
        Share of plans at each age that end in the year. Everyone aged 25 leaves.
    moves : ndarray, shape (26, placements, placements) or with draws last
        Row-stochastic: where those reaching each age go, from placement to placement.
    joining : ndarray, shape (26, placements, draws)
        New plans and the balancing item, by age and placement at the closing census.

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
    staying = stock * (1.0 - exit_rate[:, None, :])
    older = np.empty_like(stock)
    older[0] = 0.0
    older[1:] = staying[:-1]
    subscripts = "apq,apd->aqd" if moves.ndim == 3 else "apqd,apd->aqd"  # noqa: PLR2004
    closing = np.einsum(subscripts, moves, older, optimize=True) + joining
    ended = stock.sum(axis=(0, 1)) - older.sum(axis=(0, 1))
    return closing, ended


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
    outside = (exit_rate < 0) | (exit_rate > 1)
    if outside.any():
        ages = sorted(set(np.argwhere(outside)[:, 0].tolist()))
        msg = f"The exit rate is outside 0 to 1 at age {some(ages)}. Lower the assumption."
        raise ModelError(msg)
    if not np.allclose(moves.sum(axis=2), 1.0, atol=1e-9):
        ages = sorted(set(np.argwhere(abs(moves.sum(axis=2) - 1) > 1e-9)[:, 0].tolist()))  # noqa: PLR2004
        msg = f"Moves between placements do not sum to 1 at age {some(ages)}."
        raise ModelError(msg)
    if (joining < 0).any():
        ages = sorted(set(np.argwhere(joining < 0)[:, 0].tolist()))
        msg = f"A negative number of plans would start at age {some(ages)}."
        raise ModelError(msg)
