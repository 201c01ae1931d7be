"""Quantiles of simulated futures, by sorting: exact, and cheaper than a search for each."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

# The band that holds 8 in 10 futures, and the middle future.
BAND = {"p10": 0.1, "p50": 0.5, "p90": 0.9}


# What is told of one figure: the central case, the band and the mean of the futures.
FIGURES = ("central", *BAND, "mean")


def summary(values: np.ndarray, central: float) -> dict[str, float]:
    """`FIGURES` of some futures, shape (draws,), and of the central case beside them."""
    found = quantiles_of(values, list(BAND.values()))
    return {
        "central": float(central),
        **dict(zip(BAND, found, strict=True)),
        "mean": float(values.mean()),
    }


def certain(value: float) -> dict[str, float]:
    """`FIGURES` of a figure that is known: the same each time."""
    return dict.fromkeys(FIGURES, float(value))


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
