"""The record as it stood at a January: only the periods that had ended by then.

"Had ended" is a rule about periods, not about publication: money of the financial year that
closes two months later counts, flows of the year before count, and the figures are those
held today, revised or not.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

import pandas as pd

from highneeds.errors import UsageError
from highneeds.geography import ENGLAND_CODE
from highneeds.panel.measure import Measure
from highneeds.panel.panel import Panel
from highneeds.panel.schema import MEASURES
from highneeds.periods import Census, parse_period

# Years before the January's own in which the last known period of each calendar ends.
_ENDS_BEFORE = {
    "january": 0,
    "financial": 0,
    "calendar": 1,
    "academic": 1,
    "mid_year": 1,
}
_JANUARY = re.compile(r"jan(?:uary)?\.?\s+", re.IGNORECASE)


@dataclass(frozen=True, repr=False)
class PanelAt(Panel):
    """The record of ``whole`` up to January ``origin``; it opens no table of its own."""

    whole: Panel
    origin: Census

    def rows(self, measure: str) -> pd.DataFrame:
        """Rows of the periods that had ended: not to be changed in place."""
        return _rows(self, measure)


def panel_at(panel: Panel, origin: Census | str | int) -> Panel:
    """See `Panel.at`."""
    january = _january(origin)
    held = _januaries(panel)
    if january not in held:
        msg = (
            f"The record holds no January {january} to start from. Expected one from "
            f"{min(held)} to {max(held)}."
        )
        raise UsageError(msg)
    if isinstance(panel, PanelAt):
        return panel_at(panel.whole, january)
    return _panel_at(panel, january)


def last_known(measure: Measure, origin: Census) -> int:
    """The calendar year in which the last period known at a January ends."""
    return origin.end - _ENDS_BEFORE[measure.period_type]


@lru_cache(maxsize=32)
def _panel_at(panel: Panel, origin: Census) -> PanelAt:
    return PanelAt(panel.folder, panel.geography, panel, origin)


def _january(origin: Census | str | int) -> Census:
    if isinstance(origin, Census):
        return origin
    return Census.parse(_JANUARY.sub("", str(origin).strip()))


@lru_cache(maxsize=32)
def _januaries(panel: Panel) -> tuple[Census, ...]:
    """Every January with England's plans."""
    plans = panel.matrix("ehc_plans").loc[ENGLAND_CODE].dropna()
    return tuple(Census.parse(label) for label in plans.index)


@lru_cache(maxsize=256)
def _rows(panel: PanelAt, measure: str) -> pd.DataFrame:
    rows = panel.whole.rows(measure)
    known = MEASURES[measure]
    last = last_known(known, panel.origin)
    labels = rows["year"].unique()
    ended = [
        label for label in labels if parse_period(label, known.period_type).end <= last
    ]
    if len(ended) == len(labels):
        return rows
    return rows[rows["year"].isin(ended)].reset_index(drop=True)
