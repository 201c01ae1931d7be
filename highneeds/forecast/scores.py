"""How forecasts are marked: against what came, point and draws."""

from __future__ import annotations

import numpy as np

# Shares of the draws that a central band of 50, 80 and 95 per cent leaves out below.
BANDS = {"50": 0.25, "80": 0.1, "95": 0.025}


def crps(draws: np.ndarray, came: np.ndarray) -> np.ndarray:
    """Continuous ranked probability score of each column of draws, in the outcome's unit.

    The mean distance of the draws from the outcome, less half that between two draws; of a
    single draw it is the absolute error.

    Parameters
    ----------
    draws : ndarray, shape (draws, outcomes)
    came : ndarray, shape (outcomes,)
    """
    count = len(draws)
    ordered = np.sort(draws, axis=0)
    weights = (2.0 * np.arange(1, count + 1) - count - 1.0) / count**2
    return np.abs(draws - came).mean(axis=0) - (weights[:, None] * ordered).sum(axis=0)


def quantiles(draws: np.ndarray) -> dict[str, np.ndarray]:
    """The middle of the draws and the ends of each central band, by name (``low80``)."""
    ends = {"middle": 0.5}
    for band, below in BANDS.items():
        ends |= {f"low{band}": below, f"high{band}": 1.0 - below}
    found = np.quantile(draws, list(ends.values()), axis=0)
    return dict(zip(ends, found, strict=True))


def rank(draws: np.ndarray, came: np.ndarray) -> np.ndarray:
    """Share of the draws below the outcome, half of those equal to it (the PIT).

    Of good bands it is as often near 0 as near a half or 1: on average a half.
    """
    return (draws < came).mean(axis=0) + 0.5 * (draws == came).mean(axis=0)
