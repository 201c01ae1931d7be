"""Claims about plans, exclusions, appeals and money: what the record gives for each."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence

import numpy as np
import pandas as pd

from highneeds.answers.beside_others import growth_bands
from highneeds.errors import UsageError
from highneeds.panel.panel import TOTAL, Panel
from highneeds.periods import AcademicYear

_RATE = "sen_provision_by_phase/{}|{}"
_SHARES = {
    "ehc_plan": "pupils_with_ehc_plan_pct",
    "sen_support": "pupils_on_sen_support_pct",
}
_PER_CENT = 100


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


def change_of_sum(
    panel: Panel,
    *,
    measure: str,
    area: str,
    first: str,
    last: str,
    breakdowns: Sequence[str],
    pct: bool = False,
) -> float:
    """Change of a sum of breakdowns between two periods, or per cent of the first."""
    before, after = (
        sum(
            figure(panel, measure=measure, area=area, period=period, breakdown=one)
            for one in breakdowns
        )
        for period in (first, last)
    )
    return 100 * (after / before - 1) if pct else after - before


def sum_of_years(panel: Panel, *, measure: str, area: str, years: Sequence[str]) -> float:
    """A flow of an area over some years."""
    return sum(figure(panel, measure=measure, area=area, period=year) for year in years)


def first_period(panel: Panel, *, measure: str, area: str, breakdown: str) -> str:
    """The first period with more than none."""
    return str(_periods_with_some(panel, measure, area, breakdown)[0])


def last_period(panel: Panel, *, measure: str, area: str, breakdown: str) -> str:
    """The last period with more than none."""
    return str(_periods_with_some(panel, measure, area, breakdown)[-1])


def deficit_gbp_m(panel: Panel, *, period: str) -> float:
    """England's net deficit on the dedicated schools grant at the end of a year, £m."""
    balance = figure(panel, measure="dsg_balance_gbp", area="England", period=period)
    return -balance / 1e6


def in_growth_band(panel: Panel, *, first: str, last: str, kind: str, over: float) -> float:
    """Authorities of a kind in one band of growth of plans.

    See `highneeds.answers.beside_others.growth_bands` for the bands and who is counted.
    """
    bands = growth_bands(panel, int(first), int(last), kind=kind)["over"]
    return float((bands == over).sum())


def least_growth_pct(panel: Panel, *, first: str, last: str, kind: str) -> float:
    """The smallest growth of plans among authorities of a kind."""
    return float(growth_bands(panel, int(first), int(last), kind=kind)["growth_pct"].min())


def by_provision(panel: Panel, *, measure: str, period: str, group: str) -> float:
    """Events of pupils of one SEN provision in England, from rates of authorities.

    Each authority's rate per 100 pupils of a phase, times its pupils of that phase and the
    share of them in the group; events in special schools, where nearly every pupil has a
    plan, go to pupils with plans. Shares are printed to a decimal or two.
    """
    codes = [one.la_code for one in panel.geography.authorities()]
    january = AcademicYear.parse(period).census().label

    def of_phase(name: str, breakdown: str, at: str) -> pd.Series:
        return panel.matrix(name, breakdown)[at].reindex(codes)

    total = 0.0
    for phase in ("primary", "secondary"):
        rate = of_phase(f"{measure}_per_100", _RATE.format(group, phase), period)
        pupils = of_phase("pupils", f"phase/{phase}", period)
        share = of_phase(_SHARES[group], f"phase/{phase}", january)
        total += float((rate * pupils * share).sum()) / _PER_CENT**2
    if group == "ehc_plan":
        total += float(of_phase(measure, "phase/special", period).sum())
    return total


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
    share: bool = False,
) -> str:
    """Whether an area's figure is above or below another's, or the middle authority's.

    `to` may be "the middle authority". `per` divides both by another measure, at the
    mid-year before the period; `plus` adds another measure to both; `share` divides both
    by their own total.
    """
    if share:
        own, other = (
            figure(panel, measure=measure, area=one, period=period, breakdown=breakdown)
            / figure(panel, measure=measure, area=one, period=period)
            for one in (area, to)
        )
        return _beside(own, other)
    own = _whole(panel, area, measure, period, breakdown, per, plus)
    if to == "the middle authority":
        column = panel.matrix(measure, breakdown)[period]
        codes = {one.la_code for one in panel.geography.authorities()}
        other = float(column[column.index.isin(codes)].median())
    else:
        other = _whole(panel, to, measure, period, breakdown, per, plus)
    return _beside(own, other)


def _beside(own: float, other: float) -> str:
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


def _periods_with_some(
    panel: Panel, measure: str, area: str, breakdown: str
) -> list[Hashable]:
    values = panel.matrix(measure, breakdown).loc[[panel.area(area).la_code]].iloc[0]
    return list(values[values > 0].index)


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
    for check in (
        *(figure, change_pct, change_of_sum, sum_of_years, first_period, last_period),
        *(deficit_gbp_m, in_growth_band, least_growth_pct, by_provision),
        *(share_pct, exclusion_ratio, compare, rising, fact),
    )
}
