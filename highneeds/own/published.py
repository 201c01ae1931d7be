"""What is published beside an own figure: one figure, or why there is none."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import pandas as pd

from highneeds.geography import Area
from highneeds.own.breakdowns import TOTAL
from highneeds.own.dated import last_day
from highneeds.own.measures import BY_NAME, SECTION_251
from highneeds.panel.panel import Panel
from highneeds.panel.schema import AGE_BANDS, MEASURES
from highneeds.periods import Census, Period, parse_period

# Where the record calls the same quantity by another name.
RECORD_NAMES = {"high_needs_spending_gbp": "s251_high_needs_net_gbp"}
_KINDS = {"total": "total", "age_band": "age", "placement": "placement", "need": "need"}
_JOINT, _JOINT_STORED = "age_band_by_placement", "age_year_by_placement"
_WITHHELD = frozenset({"suppressed", "low_reliability", "set_aside", "withdrawn"})


@dataclass(frozen=True)
class Published:
    """A published figure beside an own one; ``value`` is None where ``why`` says so."""

    value: float | None
    period: Period | None
    why: str = ""


def published_beside(
    panel: Panel,
    area: Area,
    measure: str,
    at: str,
    breakdown: str = TOTAL,
    coverage: str = "",
) -> Published:
    """The published figure of the same quantity and period.

    A count of plans on a day is set beside the last January up to that day.
    """
    name = RECORD_NAMES.get(measure, measure)
    kind, _, part = breakdown.partition("/")
    # Section 251 prints its net figure without place funding of either kind.
    other = coverage and coverage != SECTION_251
    if name not in MEASURES or (kind not in _KINDS and kind != _JOINT) or other:
        return Published(None, None, "not published")
    known = panel.measure(name)
    if BY_NAME[measure].calendar == "day":
        period = _january(panel, area, name, at, kind)
        if period is None:
            return Published(None, None, "not published")
    else:
        period = parse_period(at, known.period_type)
    if kind == _JOINT:
        return _joint(panel, area, name, period, part)
    figure = panel.figure(name, area, period, f"{_KINDS[kind]}/{part}")
    return Published(figure.value, period, _why(figure.value, figure.status))


def _january(panel: Panel, area: Area, name: str, at: str, kind: str) -> Period | None:
    """The last January up to a day with plans of an area by a type of breakdown."""
    stored = _JOINT_STORED if kind == _JOINT else _KINDS[kind]
    rows = _rows_of(panel, name, area.la_code)
    held = rows.loc[(rows["breakdown_type"] == stored) & rows["value"].notna(), "year"]
    years = map(int, held.unique())
    day = last_day(at, "day").year
    return max((Census(year) for year in years if year <= day), default=None)


def _joint(panel: Panel, area: Area, name: str, period: Period, part: str) -> Published:
    """Plans of an age band in a placement: a sum of single years, all of them published."""
    band, _, placement = part.partition("|")
    rows = _rows_of(panel, name, area.la_code)
    rows = rows[(rows["breakdown_type"] == _JOINT_STORED) & (rows["year"] == period.label)]
    pairs = [text.split("|") for text in rows["breakdown"]]
    chosen = rows[[(_band(age), place) == (band, placement) for age, place in pairs]]
    if chosen.empty:
        return Published(None, period, "not published")
    if chosen["value"].isna().any():
        return Published(None, period, "withheld")
    return Published(float(pd.to_numeric(chosen["value"]).sum()), period)


@lru_cache(maxsize=64)
def _rows_of(panel: Panel, name: str, la_code: str) -> pd.DataFrame:
    rows = panel.rows(name)
    return rows[rows["la_code"] == la_code]


def _band(age: str) -> str:
    """The band that a published age, or group of ages, lies in."""
    first = age.partition("-")[0]
    if not first.isdecimal():
        return ""
    starts = [band for band in AGE_BANDS if int(band.partition("-")[0]) <= int(first)]
    return starts[-1]


def _why(value: float | None, status: str) -> str:
    if value is not None:
        return ""
    return "withheld" if status in _WITHHELD else "not published"
