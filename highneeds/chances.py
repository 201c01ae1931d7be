"""Chances: of a normal number, of Student's t, of counted events; to 8 digits or more."""

from __future__ import annotations

import math
from functools import lru_cache
from statistics import NormalDist

import numpy as np

_NODES = 96
_SMALLEST = 1e-300
# Standard deviations within which all of a count's chance lies, and halvings of a range.
_WIDE, _HALVINGS = 14, 60

_erfc = np.frompyfunc(math.erfc, 1, 1)
_quantile = np.frompyfunc(NormalDist().inv_cdf, 1, 1)


def normal_below(z: np.ndarray) -> np.ndarray:
    """The chance of a standard normal number below each of `z`."""
    return np.asarray(_erfc(z * -math.sqrt(0.5)), float) / 2.0


def normal_as_rare(t: np.ndarray, freedom: float) -> np.ndarray:
    """The standard normal numbers as rare as Student's t with `freedom` degrees, 2 or more.

    Beyond t stands the integral of a power of a sine, from 0 to the angle that t makes:
    Abramowitz and Stegun (1964), 26.7.3 and 26.7.4, for any number of degrees.
    """
    angle = np.arctan2(math.sqrt(freedom), np.abs(t))
    at, weight = _nodes()
    power = np.sin(angle[..., None] * at) ** (freedom - 1.0)
    log_scale = math.lgamma((freedom + 1.0) / 2.0) - math.lgamma(freedom / 2.0)
    scale = math.exp(log_scale) / math.sqrt(math.pi)
    beyond = np.clip(scale * angle * (power @ weight), _SMALLEST, 0.5)
    return -np.sign(t) * np.asarray(_quantile(beyond), float)


def events_expected(events: int, level: float = 0.95) -> tuple[float, float]:
    """The fewest and the most events to be expected where so many were counted.

    Exact: with fewer expected, so many or more were too rare; with more, so many or fewer.

    Source: Garwood (1936), Biometrika 28, 437-442.
    """
    tail = (1.0 - level) / 2.0
    low = _expected(events - 1, 1.0 - tail) if events else 0.0
    return low, _expected(events, tail)


def _expected(most: int, chance: float) -> float:
    """The expectation with which at most so many events have the chance."""
    reach = _WIDE * math.sqrt(most + 1.0) + _WIDE**2
    counts = np.arange(max(0, int(most - reach)), most + 1)
    logs = np.array([math.lgamma(count + 1.0) for count in counts])
    low, high = max(most - reach, 0.0) + 1e-12, most + reach
    for _ in range(_HALVINGS):
        middle = (low + high) / 2.0
        if np.exp(counts * math.log(middle) - middle - logs).sum() > chance:
            low = middle
        else:
            high = middle
    return (low + high) / 2.0


@lru_cache
def _nodes() -> tuple[np.ndarray, np.ndarray]:
    """Points and weights of an integral from 0 to 1 (Gauss and Legendre)."""
    at, weight = np.polynomial.legendre.leggauss(_NODES)
    return (at + 1.0) / 2.0, weight / 2.0
