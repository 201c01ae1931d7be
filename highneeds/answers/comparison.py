"""Authorities side by side: values with intervals, and ranks that say how sure they are.

A rank without an interval invites over-reading: most neighbours on a list differ by less
than chance alone would give. Intervals here are for the chance in counts of children; a
figure that is an account (£ spent, a balance) has none and says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from statistics import NormalDist
from typing import Literal

import numpy as np
import pandas as pd

from highneeds.geography import ENGLAND_CODE, Area
from highneeds.panel.held import TOTAL
from highneeds.panel.panel import Panel
from highneeds.panel.vintage import Vintage, held_by_most, vintage
from highneeds.periods import Census, FinancialYear, MidYear, Period

_LEVEL = 0.95
_Z = NormalDist().inv_cdf(0.5 + _LEVEL / 2)
_HALF = 0.5
_RANK_DRAWS = 2000
_RANK_SEED = 20250901


@dataclass(frozen=True)
class Comparison:
    """One measure compared: how it is built from the record.

    ``kind`` says what chance there is in it: a ``share`` of children (numerator part of
    the denominator), a ``rate`` of events or plans to a larger number, a ``growth`` between
    two counts, or an ``account`` without any.
    """

    name: str
    title: str
    unit: str
    kind: Literal["share", "rate", "growth", "account"]
    numerator: tuple[str, str, str]
    denominator: tuple[str, str, str]
    scale: float = 1.0


_PLANS, _ISSUED = "ehc_plans", "ehc_plans_issued"
_IN_TIME = "basis/excluding_exceptions"
_BLOCK, _OUTTURN = "high_needs_block_before_deductions_gbp", "s251_high_needs_net_gbp"
_BALANCE, _GRANT = "dsg_balance_gbp", "dsg_before_deductions_gbp"
# How long growth is measured over.
_GROWTH_YEARS = 5


@lru_cache(maxsize=4)
def comparisons(panel: Panel) -> tuple[Comparison, ...]:
    """What is compared, each in the last period that most authorities have a figure for.

    Returns
    -------
    tuple of Comparison
        Plans, where they are placed, how long they took, suspensions, the accounts.
    """
    now = vintage(panel)
    return (
        *_of_plans(panel, now.census),
        *(_placed(name, where, words, now.census) for name, where, words in _PLACED),
        _within_20_weeks(panel),
        _suspensions(panel),
        *_accounts(panel, now),
    )


def _last(panel: Panel, *measures: str, breakdown: str = TOTAL) -> Period:
    """The last period in which most authorities have a figure of every measure named."""
    held = [set(held_by_most(panel, name, breakdown)) for name in measures]
    return max(set.intersection(*held))


def _of_plans(panel: Panel, census: Census) -> tuple[Comparison, Comparison]:
    first = census.shift(-_GROWTH_YEARS)
    children, whose = _children(panel, MidYear(census.end - 1))
    return (
        Comparison(
            "plan_growth",
            f"Growth of plans, January {first} to January {census}",
            "%",
            "growth",
            (_PLANS, census.label, TOTAL),
            (_PLANS, first.label, TOTAL),
            100.0,
        ),
        Comparison(
            "plans_per_1000",
            f"Plans for every 1,000 children aged 0 to 17{whose}, January {census}",
            "per 1,000",
            "rate",
            (_PLANS, census.label, TOTAL),
            ("population_0_17", children.label, TOTAL),
            1000.0,
        ),
    )


_PLACED = (
    ("mainstream_share", "mainstream", "mainstream schools"),
    ("state_special_share", "state_special", "state-funded special schools"),
    (
        *("independent_share", "independent_special"),
        "independent or non-maintained special schools",
    ),
)


def _placed(name: str, placement: str, words: str, census: Census) -> Comparison:
    return Comparison(
        name,
        f"Plans placed in {words}, January {census}",
        "%",
        "share",
        (_PLANS, census.label, f"placement/{placement}"),
        (_PLANS, census.label, TOTAL),
        100.0,
    )


def _within_20_weeks(panel: Panel) -> Comparison:
    year = _last(panel, f"{_ISSUED}_within_20_weeks", _ISSUED, breakdown=_IN_TIME)
    return Comparison(
        "within_20_weeks",
        f"Plans issued within 20 weeks, exceptions left out, {year}",
        "%",
        "share",
        (f"{_ISSUED}_within_20_weeks", year.label, _IN_TIME),
        (_ISSUED, year.label, _IN_TIME),
        100.0,
    )


def _suspensions(panel: Panel) -> Comparison:
    year = _last(panel, "suspensions", "pupils")
    return Comparison(
        "suspensions_per_100",
        f"Suspensions for every 100 pupils, {year}",
        "per 100",
        "rate",
        ("suspensions", year.label, TOTAL),
        ("pupils", year.label, TOTAL),
        100.0,
    )


def _accounts(panel: Panel, now: Vintage) -> tuple[Comparison, ...]:
    children, whose = _children(panel, MidYear(now.block.end - 1))
    closed = FinancialYear(_last(panel, _BALANCE, _GRANT).end)
    return (
        Comparison(
            "block_per_child",
            f"High needs block before deductions for each child aged 0 to 17{whose}, "
            f"{now.block}",
            "£",
            "account",
            (_BLOCK, now.block.label, TOTAL),
            ("population_0_17", children.label, TOTAL),
        ),
        Comparison(
            "spending_per_plan",
            f"Net high needs spending for each plan, {now.year}",
            "£",
            "account",
            (_OUTTURN, now.year.label, TOTAL),
            (_PLANS, now.year.census().label, TOTAL),
        ),
        Comparison(
            "balance_share",
            f"DSG balance at {closed.closes_on()} as a share of the DSG (negative is a "
            "deficit)",
            "%",
            "account",
            (_BALANCE, closed.label, TOTAL),
            (_GRANT, closed.label, TOTAL),
            100.0,
        ),
    )


def balance_per_child(panel: Panel) -> Comparison:
    """The last published balance for each child: asked for beside peers of one's choice."""
    closed = FinancialYear(_last(panel, _BALANCE).end)
    children, whose = _children(panel, MidYear(closed.end - 1))
    return Comparison(
        "balance_per_child",
        f"DSG balance at {closed.closes_on()} for each child aged 0 to 17{whose} (negative "
        "is a deficit)",
        "£",
        "account",
        (_BALANCE, closed.label, TOTAL),
        ("population_0_17", children.label, TOTAL),
    )


def _children(panel: Panel, wanted: MidYear) -> tuple[MidYear, str]:
    """The mid-year whose children are divided by, and words where it is an older one."""
    held = MidYear(_last(panel, "population_0_17").end)
    return (wanted, "") if held >= wanted else (held, f" in mid-{held}")


def compare(panel: Panel, comparison: Comparison, areas: Sequence[Area]) -> pd.DataFrame:
    """One measure for some authorities, with intervals, ranks and what to compare with.

    Returns
    -------
    DataFrame
        la_code, la_name, region_code, value, low, high (95% interval; NaN for an account),
        rank (1 is the highest), rank_low, rank_high, region, england, neighbours (median of
        those with a figure). Authorities without a figure have NaN and no rank.
    """
    top, bottom = (
        panel.matrix(measure, breakdown)[label]
        for measure, label, breakdown in (comparison.numerator, comparison.denominator)
    )
    value = _value(comparison, top, bottom)
    codes = [area.la_code for area in areas]
    spread = _spread_of(comparison, top.reindex(codes), bottom.reindex(codes))
    mine = value.reindex(codes).to_numpy(dtype=float)
    low = np.fmin(spread.at(comparison, -_Z), mine)
    high = np.fmax(spread.at(comparison, _Z), mine)
    # Where there is no figure there is no interval either: half an event is no observation.
    without = np.isnan(mine) | (comparison.kind == "account")
    low[without] = high[without] = np.nan
    order = _rank_intervals(mine, spread, comparison)
    return pd.DataFrame(
        {
            "la_code": codes,
            "la_name": [area.name for area in areas],
            "region_code": [area.region_code for area in areas],
            "value": mine,
            "low": low,
            "high": high,
            "rank": order[0],
            "rank_low": order[1],
            "rank_high": order[2],
            "region": [value.get(area.region_code, np.nan) for area in areas],
            "england": value.get(ENGLAND_CODE, np.nan),
            "neighbours": [
                float(
                    value.reindex(
                        [other.la_code for other in panel.geography.neighbours(code)]
                    ).median()
                )
                for code in codes
            ],
        }
    )


def overlap_warning(table: pd.DataFrame) -> str:
    """How many authorities cannot be told from the middle of the list."""
    known = table.dropna(subset=["rank_low"])
    if known.empty:
        return "Accounts have no interval for chance: ranks are shown as they are."
    middle = float(known["value"].median())
    unclear = int(((known["low"] <= middle) & (known["high"] >= middle)).sum())
    # Of the middle authority: a very small one may stand anywhere, which says nothing of
    # the others.
    width = int((known["rank_high"] - known["rank_low"]).median())
    return (
        f"{unclear} of {len(known)} authorities cannot be told from the middle of the "
        f"list. The ranks that chance alone leaves open span {width} places for the "
        "middle authority, and more for small ones."
    )


def _value(comparison: Comparison, top: pd.Series, bottom: pd.Series) -> pd.Series:
    ratio = top / bottom.where(bottom > 0)
    if comparison.kind == "growth":
        ratio = ratio - 1.0
    return ratio * comparison.scale


def _spread_of(comparison: Comparison, top: pd.Series, bottom: pd.Series) -> _Spread:
    """Middle and standard error on the scale the interval is made on: logit or log.

    Half an event is added, so that none of many and all of many have an interval too.
    """
    events, base = (series.to_numpy(dtype=float) for series in (top, bottom))
    events = events + _HALF
    if comparison.kind == "share":
        base = base + 2 * _HALF
        middle = np.log(events / (base - events))
        error = np.sqrt(1.0 / events + 1.0 / (base - events))
    elif comparison.kind == "rate":
        middle, error = np.log(events / base), np.sqrt(1.0 / events)
    elif comparison.kind == "growth":
        base = base + _HALF
        middle, error = np.log(events / base), np.sqrt(1.0 / events + 1.0 / base)
    else:
        middle = error = np.full(len(events), np.nan)
    return _Spread(middle, error)


@dataclass(frozen=True)
class _Spread:
    middle: np.ndarray
    error: np.ndarray

    def at(self, comparison: Comparison, z: float | np.ndarray) -> np.ndarray:
        """The value `z` standard errors from the middle, in the measure's unit."""
        moved = self.middle + z * self.error
        if comparison.kind == "share":
            return comparison.scale / (1.0 + np.exp(-moved))
        less = 1.0 if comparison.kind == "growth" else 0.0
        return (np.exp(moved) - less) * comparison.scale


def _rank_intervals(
    value: np.ndarray, spread: _Spread, comparison: Comparison
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Rank (1 highest) and the 95% interval of the rank, by drawing the list anew."""
    known = np.isfinite(value)
    rank, low, high = (np.full(value.size, np.nan) for _ in range(3))
    rank[known] = (-value[known]).argsort().argsort() + 1.0
    if comparison.kind == "account" or not known.any():
        return rank, low, high
    generator = np.random.Generator(np.random.Philox(key=_RANK_SEED))
    z = generator.standard_normal((_RANK_DRAWS, int(known.sum())))
    drawn = _Spread(spread.middle[known], spread.error[known]).at(comparison, z)
    ranks = (-drawn).argsort(axis=1).argsort(axis=1) + 1.0
    ends = np.quantile(ranks, [0.025, 0.975], axis=0, method="nearest")
    low[known] = np.minimum(ends[0], rank[known])
    high[known] = np.maximum(ends[1], rank[known])
    return rank, low, high
