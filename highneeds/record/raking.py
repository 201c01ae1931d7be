"""Plans by age and placement made from their two margins and England's pattern."""

from __future__ import annotations

import numpy as np

# Changes after this many rounds are far below one plan.
_ROUNDS = 100


def within_bands(
    by_band: np.ndarray, profile: np.ndarray, bands: tuple[tuple[int, int], ...]
) -> np.ndarray:
    """Spread counts by age band over single years of age.

    Parameters
    ----------
    by_band : ndarray, shape (..., bands)
    profile : ndarray, shape (ages,)
        A count by single year of age whose shape inside each band is taken.
    bands : tuple of (first age, last age)

    Returns
    -------
    ndarray, shape (..., ages); each band keeps its sum.
    """
    found = np.zeros((*by_band.shape[:-1], profile.size))
    for column, (low, high) in enumerate(bands):
        part = profile[low : high + 1]
        found[..., low : high + 1] = by_band[..., column, None] * part / part.sum()
    return found


def raked(pattern: np.ndarray, by_age: np.ndarray, by_placement: np.ndarray) -> np.ndarray:
    """The table nearest to a pattern with these sums by age and by placement.

    Iterative proportional fitting: rows and columns are scaled in turn. Sums by age are
    met exactly; those by placement as far as the pattern has plans of that placement at
    ages that have plans at all.

    Parameters
    ----------
    pattern : ndarray, shape (ages, placements)
    by_age : ndarray, shape (..., ages)
    by_placement : ndarray, shape (..., placements)
        With the same total as `by_age`.

    Returns
    -------
    ndarray, shape (..., ages, placements)
    """
    found = np.broadcast_to(pattern, (*by_age.shape, pattern.shape[1])).copy()
    for _ in range(_ROUNDS):
        found *= _ratio(by_placement, found.sum(axis=-2))[..., None, :]
        found *= _ratio(by_age, found.sum(axis=-1))[..., :, None]
    return found


def _ratio(wanted: np.ndarray, found: np.ndarray) -> np.ndarray:
    return np.divide(wanted, found, out=np.zeros_like(found), where=found > 0)
