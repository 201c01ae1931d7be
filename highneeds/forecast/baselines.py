"""Rules a forecast has to beat: each from one series' own past, and England's."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping

import numpy as np

from highneeds.errors import require_package
from highneeds.forecast.record import LOOK_BACK
from highneeds.forecast.shares import HORIZONS

# Plans of series (series, Januaries) and of England (Januaries,), both up to the origin.
Rule = Callable[[np.ndarray, np.ndarray], np.ndarray]
_AHEAD = np.arange(1, HORIZONS + 1)[:, None]


def _growth(series: np.ndarray, years: int) -> np.ndarray:
    """Growth a year, over the last `years`; 0.05 is 5 per cent."""
    ratio = series[..., -1] / series[..., -1 - years]
    return np.asarray(ratio ** (1.0 / years) - 1.0)


def naive(own: np.ndarray, england: np.ndarray) -> np.ndarray:
    """As many plans as at the origin."""
    del england
    return np.repeat(own[None, :, -1], HORIZONS, axis=0)


def drift(own: np.ndarray, england: np.ndarray) -> np.ndarray:
    """As many more each year as on average of its last three."""
    del england
    return own[:, -1] + _AHEAD * (own[:, -1] - own[:, -1 - LOOK_BACK]) / LOOK_BACK


def own_three_year(own: np.ndarray, england: np.ndarray) -> np.ndarray:
    """Its own growth of the last three years, a year."""
    del england
    return own[:, -1] * (1.0 + _growth(own, LOOK_BACK)) ** _AHEAD


def own_last(own: np.ndarray, england: np.ndarray) -> np.ndarray:
    """Its own growth of the last year, every year."""
    del england
    return own[:, -1] * (1.0 + _growth(own, 1)) ** _AHEAD


def england_three_year(own: np.ndarray, england: np.ndarray) -> np.ndarray:
    """England's growth of the last three years, a year."""
    return own[:, -1] * (1.0 + _growth(england, LOOK_BACK)) ** _AHEAD


def half_and_half(own: np.ndarray, england: np.ndarray) -> np.ndarray:
    """In a straight line, half its own three years' growth and half England's."""
    mean = 0.5 * (_growth(own, LOOK_BACK) + _growth(england, LOOK_BACK))
    return own[:, -1] * (1.0 + _AHEAD * mean)


def england_last(own: np.ndarray, england: np.ndarray) -> np.ndarray:
    """England's growth of the last year, every year."""
    return own[:, -1] * (1.0 + _growth(england, 1)) ** _AHEAD


def damped_ets(own: np.ndarray, england: np.ndarray) -> np.ndarray:
    """Exponential smoothing of its logarithm with a damped trend, every start estimated."""
    del england
    return np.stack([_smoothed(series) for series in np.log(own)], axis=1)


def _smoothed(logs: np.ndarray) -> np.ndarray:
    require_package("statsmodels", "notebooks", "A forecast by exponential smoothing")
    from statsmodels.tsa.holtwinters import Holt

    with warnings.catch_warnings():
        # A fit that stops short of convergence is still the rule's forecast.
        warnings.simplefilter("ignore")
        model = Holt(logs, damped_trend=True, initialization_method="estimated")
        return np.asarray(np.exp(model.fit().forecast(HORIZONS)))


RULES: Mapping[str, Rule] = {
    "naive": naive,
    "drift": drift,
    "own_three_year": own_three_year,
    "own_last": own_last,
    "damped_ets": damped_ets,
    "england_three_year": england_three_year,
    "half_and_half": half_and_half,
    "england_last": england_last,
}
