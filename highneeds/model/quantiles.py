"""Quantiles of simulated futures, by sorting: exact, and cheaper than a search for each."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

# The band that holds 8 futures in 10, and its middle.
BAND = {"p10": 0.1, "p50": 0.5, "p90": 0.9}


def summary(values: np.ndarray) -> dict[str, float]:
    """The band (`BAND`) and the mean of some futures, shape (draws,)."""
    found = quantiles_of(values, list(BAND.values()))
    return {**dict(zip(BAND, found, strict=True)), "mean": float(values.mean())}


def quantiles_of(values: np.ndarray, shares: Sequence[float]) -> list[float]:
    """Quantiles, with straight lines between neighbouring futures.

    Parameters
    ----------
    values : ndarray, shape (draws,)
    shares : sequence
        From 0 to 1: 0.5 for the median.

    Returns
    -------
    list
        As many as `shares`; NaN where any value is NaN.
    """
    ordered = np.sort(values)
    if np.isnan(ordered[-1]):  # NaN sorts last
        return [float("nan")] * len(shares)
    places = np.asarray(shares) * (ordered.size - 1)
    below = places.astype(int)
    above = np.minimum(below + 1, ordered.size - 1)
    found = ordered[below] + (places - below) * (ordered[above] - ordered[below])
    return [float(value) for value in found]
