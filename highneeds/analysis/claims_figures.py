"""Claims about plans, exclusions, appeals and money: what the record gives for each."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from highneeds.errors import UsageError
from highneeds.panel.panel import TOTAL, Panel
from highneeds.periods import AcademicYear


def figure(
    panel: Panel, *, measure: str, area: str, period: str, breakdown: str = TOTAL
) -> float:
    """One published figure.

    Raises
    ------
    UsageError
        There is none; says why.
    """
    found = panel.figure(measure, area, period, breakdown)
    if found.value is None:
        reasons = " ".join(panel.why_empty(measure, [area], [period]))
        msg = f"{measure} {breakdown} has no figure for {area}, {period}: {reasons}"
        raise UsageError(msg)
    return found.value


def change_pct(
    panel: Panel, *, measure: str, area: str, first: str, last: str, breakdown: str = TOTAL
) -> float:
    """Change between two periods, in per cent of the first."""
    before = figure(panel, measure=measure, area=area, period=first, breakdown=breakdown)
    after = figure(panel, measure=measure, area=area, period=last, breakdown=breakdown)
    return 100 * (after / before - 1)


def share_pct(
    panel: Panel, *, measure: str, of: str, area: str, period: str, sign: int = 1
) -> float:
    """One measure as a share of another in the same period, in per cent."""
    part = figure(panel, measure=measure, area=area, period=period)
    return sign * 100 * part / figure(panel, measure=of, area=area, period=period)


def exclusion_ratio(panel: Panel, *, period: str, group: str = "sen_support") -> float:
    """Permanent exclusion rate of a group of pupils over that of pupils without SEN.

    England's own counts where they are published (to 2016/17); after that authorities'
    rates, each weighted by its pupils in the group.
    """
    return _rate(panel, period, group) / _rate(panel, period, "no_sen")


def compare(
    panel: Panel,
    *,
    measure: str,
    area: str,
    period: str,
    to: str = "England",
    breakdown: str = TOTAL,
    per: str = "",
    plus: str = "",
) -> str:
    """Whether an area's figure is above or below another's, or the middle authority's.

    `to` may be "the middle authority". `per` divides both by another measure, at the
    mid-year before the period; `plus` adds another measure to both.
    """
    own = _whole(panel, area, measure, period, breakdown, per, plus)
    if to == "the middle authority":
        column = panel.matrix(measure, breakdown)[period]
        codes = {one.la_code for one in panel.geography.authorities()}
        other = float(column[column.index.isin(codes)].median())
    else:
        other = _whole(panel, to, measure, period, breakdown, per, plus)
    return "above" if own > other else "below" if own < other else "the same"


def rising(panel: Panel, *, measure: str, area: str, first: str, last: str) -> str:
    """Whether a figure was higher in the later period."""
    change = change_pct(panel, measure=measure, area=area, first=first, last=last)
    return "rising" if change > 0 else "not rising"


def fact(panel: Panel, *, name: str, share: bool = False) -> str:
    """A fact of the funding framework, as its document gives it; a share in per cent.

    Raises
    ------
    UsageError
        No such fact.
    """
    facts = panel.companion("framework_facts").set_index("fact")["value"]
    if name not in facts.index:
        msg = f"No framework fact is called {name!r}. See data/tables/framework_facts.csv."
        raise UsageError(msg)
    return f"{float(facts[name]):.0%}" if share else str(facts[name])


def _whole(
    panel: Panel, area: str, measure: str, period: str, breakdown: str, per: str, plus: str
) -> float:
    value = figure(panel, measure=measure, area=area, period=period, breakdown=breakdown)
    if plus:
        value += figure(panel, measure=plus, area=area, period=period, breakdown=breakdown)
    if per:
        value /= figure(panel, measure=per, area=area, period=str(int(period) - 1))
    return value


def _rate(panel: Panel, period: str, group: str) -> float:
    breakdown = f"sen_provision/{group}"
    count = panel.figure("permanent_exclusions", "England", period, breakdown).value
    pupils = panel.figure("pupils", "England", period, breakdown).value
    if count is not None and pupils is not None:
        return count / pupils
    rate = panel.matrix("permanent_exclusions_per_100", breakdown)[period]
    weight = panel.matrix("pupils")[period] * _share(panel, period, group)
    codes = [one.la_code for one in panel.geography.authorities()]
    both = pd.DataFrame({"rate": rate, "weight": weight}).reindex(codes).dropna()
    return float(np.average(both["rate"], weights=both["weight"]))


def _share(panel: Panel, period: str, group: str) -> pd.Series:
    """Share of pupils in a group at the January census of a school year."""
    january = AcademicYear.parse(period).census().label
    plans = panel.matrix("pupils_with_ehc_plan_pct")[january]
    support = panel.matrix("pupils_on_sen_support_pct")[january]
    return {"ehc_plan": plans, "sen_support": support, "no_sen": 100 - plans - support}[
        group
    ]


CHECKS: dict[str, Callable[..., float | str]] = {
    check.__name__: check
    for check in (figure, change_pct, share_pct, exclusion_ratio, compare, rising, fact)
}
