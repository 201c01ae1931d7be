"""Which Januaries and yearly returns cannot be what happened, and what is used instead.

Returns are made by authorities from their own systems, and a count that is false one year
is put right the next. Two rules find the plain cases; everything weaker stays as published.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pandas as pd

from highneeds.geography import ENGLAND_CODE
from highneeds.panel.panel import Panel
from highneeds.panel.vintage import Vintage
from highneeds.periods import Census
from highneeds.record.spread import robust_sd

# A January is false where plans appear or vanish by more than this share of them in the
# year before it, and as suddenly the other way in the year after.
_REVERSAL = 0.10
# By more than this share the count stands, and the reader is told.
_DOUBT = 0.04
# A return is partial where it lies so many robust standard deviations below the others.
_PARTIAL = 5.0
# Years whose shares of England are averaged: a cleared backlog is not a new level.
_RECENT = 3
# Of fewer than this a year's count can fall to a twentieth by chance alone.
_FEWEST = 30.0


@dataclass(frozen=True)
class Reversal:
    """A January that plans vanish before and appear after, or the other way.

    ``share`` is the smaller of both, as a share of plans; ``estimate`` what its neighbours
    give in its place.
    """

    la_code: str
    census: Census
    published: float
    estimate: float
    share: float


def years_of_ended(panel: Panel, now: Vintage) -> list[str]:
    """Years of flows since ended plans are returned: no return is compared further back."""
    ended = panel.matrix("ceased_ehc_plans").columns
    return [year for year in ended if int(year) <= now.flows.end]


def false_januaries(panel: Panel, now: Vintage) -> tuple[Reversal, ...]:
    """Januaries whose count cannot be right: an estimate stands in for each."""
    return tuple(one for one in _reversals(panel, now) if one.share > _REVERSAL)


def doubtful_januaries(panel: Panel, now: Vintage) -> tuple[Reversal, ...]:
    """Januaries that look wrong and are taken as published."""
    return tuple(one for one in _reversals(panel, now) if one.share <= _REVERSAL)


@lru_cache(maxsize=8)
def _reversals(panel: Panel, now: Vintage) -> tuple[Reversal, ...]:
    """Januaries between two years whose residuals are large and of opposite sign.

    The residual of a year is the change in plans less new plans plus ended ones, less
    England's share of the same. The estimate is the mean of last January carried forward
    and of next January carried back, both with England's residual.
    """
    stock, new = panel.matrix("ehc_plans"), panel.matrix("new_ehc_plans")
    ended = panel.matrix("ceased_ehc_plans")
    las = [area.la_code for area in panel.geography.authorities(now.census.end)]
    years = [int(year) for year in years_of_ended(panel, now) if year in new]
    found: list[Reversal] = []
    for end in years:
        if end - 1 not in years:
            continue  # the January after a year of flows is held: a vintage has both
        was, here, after = (stock[str(end + step)] for step in (-1, 0, 1))
        gained = new[str(end - 1)] - ended[str(end - 1)]
        gains = new[str(end)] - ended[str(end)]
        england = [
            (here - was - gained)[ENGLAND_CODE] / was[ENGLAND_CODE],
            (after - here - gains)[ENGLAND_CODE] / here[ENGLAND_CODE],
        ]
        before_it = (here - was - gained) / was - england[0]
        after_it = (after - here - gains) / here - england[1]
        share = np.minimum(before_it.abs(), after_it.abs())
        turned = (before_it * after_it < 0) & (share > _DOUBT) & (here >= _FEWEST)
        forward = was * (1.0 + england[0]) + gained
        back = (after - gains) / (1.0 + england[1])
        found += [
            Reversal(code, Census(end), float(here[code]), estimate, float(share[code]))
            for code, estimate in ((forward + back) / 2)[turned].items()
            if code in las
        ]
    return tuple(found)


def plans(panel: Panel, now: Vintage) -> pd.DataFrame:
    """Plans by area and January, estimates in place of false counts, England's too."""
    stock = panel.matrix("ehc_plans").copy()
    for one in false_januaries(panel, now):
        year, missed = one.census.label, one.estimate - one.published
        here: pd.Series[float] = stock[year].copy()
        here[one.la_code] = one.estimate
        here[ENGLAND_CODE] = here[ENGLAND_CODE] + missed
        stock[year] = here
    return stock


@lru_cache(maxsize=16)
def whole_returns(panel: Panel, measure: str, now: Vintage) -> pd.DataFrame:
    """A yearly flow by area and year up to the last; a partial return is missing.

    A return is compared, as a share of England's, with the middle of the authority's other
    years since ended plans are returned.
    """
    flow = panel.matrix(measure).copy()
    years = [year for year in years_of_ended(panel, now) if year in flow]
    # A partial return hides another beside it, so what is left is looked at again.
    while partial := _partial(flow[years]):
        for code, year in partial:
            flow.loc[code, year] = np.nan
    return flow


def recent_years(flow: pd.DataFrame, now: Vintage) -> list[str]:
    """The last years of a flow, up to the vintage's, as many of three as are held."""
    years = [now.flows.shift(-step).label for step in reversed(range(_RECENT))]
    return [year for year in years if year in flow]


def partial_returns(panel: Panel, measure: str, now: Vintage) -> Mapping[str, list[str]]:
    """The partial returns of a flow: years by authority."""
    published, whole = panel.matrix(measure), whole_returns(panel, measure, now)
    found: dict[str, list[str]] = {}
    for code, year in _marked(published.notna() & whole.isna()):
        found.setdefault(code, []).append(year)
    return found


def _partial(flow: pd.DataFrame) -> list[tuple[str, str]]:
    """Areas and years of returns far below the middle of the other years."""
    own = flow[[len(code) == 3 for code in flow.index]]  # noqa: PLR2004
    england = flow.loc[ENGLAND_CODE]
    logs = {}
    for year in flow.columns:
        others = own.drop(columns=year).median(axis=1)
        usual = others / england.drop(year).median() * england[year]
        with np.errstate(divide="ignore"):
            logs[year] = np.log((own[year] / usual).where(others >= _FEWEST))
    below = pd.DataFrame(logs)
    spread = robust_sd(below.to_numpy(dtype=float))
    return _marked(below < -_PARTIAL * spread)


def _marked(table: pd.DataFrame) -> list[tuple[str, str]]:
    """Row and column of every true cell."""
    rows, columns = np.nonzero(table.to_numpy(dtype=bool))
    return [
        (str(table.index[row]), str(table.columns[column]))
        for row, column in zip(rows.tolist(), columns.tolist(), strict=True)
    ]
