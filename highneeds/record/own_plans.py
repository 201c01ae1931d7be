"""What an authority states of its own plans, laid over what is published of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd

from highneeds.geography import ENGLAND_CODE
from highneeds.own.figures import OwnFigures
from highneeds.panel.panel import Panel
from highneeds.periods import CalendarYear, Census, FinancialYear
from highneeds.record.area import AreaRecord, OwnPlans
from highneeds.record.counted import through
from highneeds.record.own_money import values_of
from highneeds.record.returns import recent_years, whole_returns

_REQUESTS, _NEW, _ENDED = ("ehc_assessment_requests", "new_ehc_plans", "ceased_ehc_plans")
# By the name that a record has for each.
_FLOWS = {"requests": _REQUESTS, "new": _NEW, "ended": _ENDED}


def with_own_plans(panel: Panel, record: AreaRecord, own: OwnFigures) -> AreaRecord:
    """A record with what its authority states of plans, flows and places.

    A count on the day of a census is the total of that January; another, after the base
    census, is one that the path passes through.
    """
    counts = {date.fromisoformat(at): n for at, n in values_of(own, "ehc_plans").items()}
    censuses = {day: n for day, n in counts.items() if day == Census(day.year).day}
    base = record.vintage.census
    record = _with_januaries(record, {day.year: n for day, n in censuses.items()})
    between = tuple(sorted((day, n) for day, n in counts.items() if day not in censuses))
    after = tuple((day, n) for day, n in between if day > base.day)
    plans = {day.year: n for day, n in censuses.items() if day > base.day}
    newer = {name: dict(years) for name, years in record.newer.items()}
    stated = {("plans", day.year) for day in censuses if day >= base.day}
    if plans:
        newer["plans"] = newer.get("plans", {}) | plans
    for name, measure in _FLOWS.items():
        later = {
            int(year): n
            for year, n in values_of(own, measure).items()
            if int(year) > record.vintage.flows.end
        }
        if later:
            newer[name] = newer.get(name, {}) | later
            stated |= {(name, year) for year in later}
    places = values_of(own, "special_school_places").items()
    return replace(
        _with_levels(panel, record, own),
        newer=newer,
        own=OwnPlans(
            after,
            {FinancialYear.parse(year).end: n for year, n in places},
            frozenset(stated),
        ),
    )


def counted_path(record: AreaRecord) -> np.ndarray:
    """The central path of plans through what an authority counted, (years,)."""
    if not record.own.counts:
        return record.path
    opening, known = np.array([record.stock.sum()]), len(record.newer.get("plans", {}))
    base, counts = record.vintage.census, record.own.counts
    return through(record.path[:, None], opening, base, counts, known)[:, 0]


def _with_januaries(record: AreaRecord, totals: Mapping[int, float]) -> AreaRecord:
    """Totals of the base census and of Januaries before it; their placements stay."""
    base = record.vintage.census.end
    before = record.stock_before.copy()
    first = base - len(before)
    for place in range(len(before)):
        if first + place in totals:
            before[place] *= totals[first + place] / before[place].sum()
    if base not in totals:
        return replace(record, stock_before=before)
    ratio = totals[base] / float(record.stock.sum())
    return replace(
        record,
        stock=record.stock * ratio,
        stock_before=before,
        unknown=record.unknown * ratio,
        path=record.path * ratio,
    )


def _with_levels(panel: Panel, record: AreaRecord, own: OwnFigures) -> AreaRecord:
    """Levels of requests and new plans with the own returns of the years they rest on."""
    now = record.vintage
    requests, new = (_ratio(panel, record, own, each) for each in (_REQUESTS, _NEW))
    stated = values_of(own, _NEW)
    opens = range(now.year.end, now.census.end)
    counted = [
        stated.get(CalendarYear(end).label, published)
        for end, published in zip(opens, record.counted_new, strict=True)
    ]
    return replace(
        record,
        requests=record.requests * requests,
        requests_before=record.requests_before * requests,
        new_plans=record.new_plans * new,
        counted_new=np.array(counted, dtype=float),
    )


def _ratio(panel: Panel, record: AreaRecord, own: OwnFigures, measure: str) -> float:
    """What own returns of the last years make of an authority's share of England, as 1."""
    flow = whole_returns(panel, measure, record.vintage)
    years = recent_years(flow, record.vintage)
    stated = {y: n for y, n in values_of(own, measure).items() if y in years}
    if not stated or record.area.la_code not in flow.index:
        return 1.0
    whole, held = (_held(flow[years], code) for code in (ENGLAND_CODE, record.area.la_code))
    if not sum(held.values()):
        return 1.0

    def share(returns: Mapping[str, float]) -> float:
        return sum(returns.values()) / sum(whole[year] for year in returns)

    return share(held | stated) / share(held)


def _held(flow: pd.DataFrame, code: str) -> dict[str, float]:
    """The returns of one area by year, without those that are missing."""
    row = flow.loc[code].dropna()
    values = row.to_numpy(dtype=float).tolist()
    return dict(zip(map(str, row.index), values, strict=True))
