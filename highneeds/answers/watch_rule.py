"""The rule by which a year is watched: its swing, its bounds and its limits, as stated."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from highneeds import home
from highneeds.files import read_shipped

_FILE = "monitor.toml"


@dataclass(frozen=True)
class Limits:
    """What the rule must keep on simulated years; set before the first was run."""

    drift: float
    most_false_alarms: float
    found_by: str
    least_found: float
    most_false_flags: float
    years: int
    seed: int


@dataclass(frozen=True)
class WatchRule:
    """How far months swing, and from where on spending is an alert.

    ``month_swing`` is the standard deviation of a month of one provision, as a share of
    it; it counts for ``month_swing_worth`` months. ``alert_spending`` and
    ``alert_provision`` are bounds in standard errors.
    """

    month_swing: float
    month_swing_worth: float
    alert_spending: float
    alert_provision: float
    limits: Limits


@cache
def watch_rule() -> WatchRule:
    """The rule of ``data/monitor.toml``.

    Raises
    ------
    SourceError
        The file is missing.
    """
    given: dict[str, Any] = read_shipped(home.data_dir() / _FILE)
    return WatchRule(**{**given, "limits": Limits(**given["limits"])})
