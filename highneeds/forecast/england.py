"""England's plans in the Januaries ahead: simple paths, and which did best before."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd

from highneeds.errors import UsageError
from highneeds.forecast.record import LOOK_BACK, Record, record_of
from highneeds.forecast.shares import HORIZONS, check_origin
from highneeds.panel.panel import Panel

Path = Callable[[Record, int], np.ndarray]
AHEAD = np.arange(1, HORIZONS + 1)
# Growth eases to nothing over this many years, as the projection's requests do.
_EASING_YEARS = 10
# The usual range of a damped trend and its middle (Hyndman and Athanasopoulos,
# Forecasting: Principles and Practice, 3rd edition, section 8.2: 0.8 to 0.98).
_DAMPING = (0.98, 0.9, 0.8)


def naive(record: Record, origin: int) -> np.ndarray:
    """As many plans as at the origin."""
    return np.full(HORIZONS, record.plans.whole(origin))


def drift(record: Record, origin: int) -> np.ndarray:
    """As many more each year as on average of the last three."""
    now, then = (record.plans.whole(origin - back) for back in (0, LOOK_BACK))
    return now + AHEAD * (now - then) / LOOK_BACK


def three_year(record: Record, origin: int) -> np.ndarray:
    """Growth of the last three years, a year."""
    now, then = (record.plans.whole(origin - back) for back in (0, LOOK_BACK))
    return now * (now / then) ** (AHEAD / LOOK_BACK)


def last(record: Record, origin: int) -> np.ndarray:
    """Growth of the last year, every year."""
    now, before = (record.plans.whole(origin - back) for back in (0, 1))
    return now * (now / before) ** AHEAD


def stock_flow(record: Record, origin: int) -> np.ndarray:
    """New plans as last year's; of the stock, the share lost on average of three years.

    What is lost is the whole difference: plans that ended, moved or were counted otherwise.
    """
    rates = []
    for january in range(origin - LOOK_BACK + 1, origin + 1):
        kept = record.plans.whole(january) - record.new.whole(january - 1)
        rates.append(1.0 - kept / record.plans.whole(january - 1))
    keeping, new = 1.0 - float(np.mean(rates)), record.new.whole(origin - 1)
    path, plans = [], record.plans.whole(origin)
    for _ in range(HORIZONS):
        plans = plans * keeping + new
        path.append(plans)
    return np.array(path)


def half(record: Record, origin: int) -> np.ndarray:
    """The mean of last year's growth, for ever, and of the stock and its flows."""
    return 0.5 * (last(record, origin) + stock_flow(record, origin))


def parts_of_half(record: Record, origin: int) -> pd.DataFrame:
    """Both parts of `half` and their mean, by January: rows are the five after `origin`.

    Returns
    -------
    DataFrame
        january, horizon, last_growth, stock_flow, mean: England's plans.
    """
    return pd.DataFrame(
        {
            "january": origin + AHEAD,
            "horizon": AHEAD,
            "last_growth": last(record, origin),
            "stock_flow": stock_flow(record, origin),
            "mean": half(record, origin),
        }
    )


def damped(damping: float) -> Path:
    """Last year's growth (in logarithms), each year `damping` of the year before's."""

    def path(record: Record, origin: int) -> np.ndarray:
        growth = np.log(record.plans.whole(origin) / record.plans.whole(origin - 1))
        return record.plans.whole(origin) * np.exp(growth * np.cumsum(damping**AHEAD))

    path.__doc__ = f"Growth of the last year, each year {damping} of the year before's."
    return path


def easing(record: Record, origin: int) -> np.ndarray:
    """Last year's growth, easing in a straight line to nothing."""
    growth = np.log(record.plans.whole(origin) / record.plans.whole(origin - 1))
    share = np.clip(1.0 - AHEAD / _EASING_YEARS, 0.0, None)
    return record.plans.whole(origin) * np.exp(growth * np.cumsum(share))


def truth(record: Record, origin: int) -> np.ndarray:
    """England as it came to be: for asking how well shares alone were foretold."""
    return np.array([record.plans.whole(origin + int(h)) for h in AHEAD])


# In the order in which ties are settled.
SIMPLE: Mapping[str, Path] = {
    "naive": naive,
    "drift": drift,
    "three_year": three_year,
    "last": last,
    "stock_flow": stock_flow,
    "half": half,
}
PATHS: Mapping[str, Path] = {
    **SIMPLE,
    **{f"damped_{damping}": damped(damping) for damping in _DAMPING},
    "easing": easing,
}


def path_losses(
    record: Record, january: int, paths: Mapping[str, Path] = PATHS
) -> dict[str, float]:
    """Mean absolute relative error of each path at earlier origins, as for shares."""
    found = {}
    for name, path in paths.items():
        errors = []
        for origin in range(record.first_fitted + 1, january):
            seen = min(HORIZONS, january - origin)
            foretold, came = path(record, origin)[:seen], truth(record, origin)[:seen]
            errors.append(np.abs(foretold / came - 1.0))
        found[name] = float(np.mean(np.concatenate(errors)))
    return found


def chosen_path(record: Record, january: int, paths: Mapping[str, Path] = PATHS) -> str:
    """The path that did best at earlier origins."""
    losses = path_losses(record, january, paths)
    return min(losses, key=losses.__getitem__)


def england_path(panel: Panel, origin: int, path: str = "half") -> np.ndarray:
    """England's plans in the five Januaries after `origin`, on one of the simple paths.

    Raises
    ------
    UsageError
        The origin cannot be forecast from, or there is no such path.
    """
    record = record_of(panel)
    check_origin(record, origin)
    if path not in PATHS:
        msg = f"No path is called {path!r}. Expected one of {', '.join(PATHS)}."
        raise UsageError(msg)
    return PATHS[path](record, origin)
