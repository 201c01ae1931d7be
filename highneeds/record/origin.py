"""One area at an earlier January: the record that a projection from it starts from."""

from __future__ import annotations

import numpy as np

from highneeds.errors import ModelError, some
from highneeds.geography import Area
from highneeds.panel.at import PanelAt
from highneeds.panel.panel import Panel
from highneeds.panel.unbroken import unbroken_areas, with_sums
from highneeds.panel.vintage import Vintage, vintage
from highneeds.periods import FinancialYear
from highneeds.record.checks import check_record
from highneeds.record.gap import EXTRACT, Gap
from highneeds.record.look_ahead import look_ahead
from highneeds.record.money import money_record
from highneeds.record.opening import (
    AreaRecord,
    check_level,
    own_joining_mix,
    path_ahead,
)
from highneeds.record.origin_rates import OriginRates, origin_rates
from highneeds.record.stock import many_unknown, placements_before


def shared_rates(panel: Panel) -> OriginRates:
    """What every area at the January of a panel shares; see `Panel.at`."""
    then = panel.published
    assert isinstance(then, PanelAt)
    return origin_rates(with_sums(then), then.origin, look_ahead(with_sums(then.whole)))


def origin_record(
    panel: Panel, area: Area, *, outturn: FinancialYear | None = None
) -> AreaRecord:
    """Collect an area's opening position from the record as it stood at a January.

    Parameters
    ----------
    panel : Panel
        Of `Panel.at`, with areas put together here or without.
    outturn : FinancialYear, optional
        The year in which the level of cost is set; its own last when left out.

    Raises
    ------
    ModelError
        The area was not there that January, or publishes no plans of it or no new ones.
    """
    check_level(area)
    beside = with_sums(panel.published)
    now = vintage(panel)
    _check_there(beside, area, now)
    shared, code = shared_rates(panel), area.la_code
    level = _level(shared, area, now)
    gaps = _gaps(beside, area, now, shared, level)
    stock, share = shared.stock[code], float(shared.now.unknown[code])
    known_and_not = np.column_stack([stock * (1.0 - share), stock.sum(axis=1) * share])
    unknown = many_unknown(known_and_not, now.census, "", gaps)
    money = money_record(beside, area, now, gaps, outturn=outturn)
    before, unknown_before = placements_before(beside, area, now, money, stock, gaps)
    exit_rate = shared.rates.exit_rate.copy()
    exit_rate[:-1] = np.clip(exit_rate[:-1] * level["exit_level"], 0.0, 1.0)
    population = shared.people.loc[code].to_numpy(dtype=float)
    balancing = level["balancing_share"]
    found = AreaRecord(
        area=area,
        vintage=now,
        stock=stock,
        stock_before=before,
        unknown=unknown,
        unknown_before=unknown_before * bool(unknown.any()),
        exit_rate=exit_rate,
        requests=level["requests"],
        requests_before=level["requests_before"],
        new_plans=level["new_plans"],
        counted_new=np.zeros(0),
        balancing_share=balancing,
        joining_mix=own_joining_mix(beside, area, now, shared.rates),
        population=population,
        rates=shared.rates,
        path=path_ahead(panel, area, stock, exit_rate, balancing, population, shared.rates),
        money=money,
        gaps=tuple(gaps),
        newer={},
    )
    check_record(found)
    return found


def _check_there(panel: Panel, area: Area, now: Vintage) -> None:
    """Refuse an authority that ended since, or that began after the January."""
    there = area in panel.geography.authorities(now.census.end)
    if there and not area.abolished:
        return
    what = (
        f"was abolished on {area.last_date}"
        if area.abolished
        else f"began on {area.first_date}, after January {now.census}"
    )
    known = panel.geography.comparable(area.la_code)
    sums = {whole.la_code: whole for whole in unbroken_areas(panel).summed}
    if known and known.key in sums:
        where = f"Its area is projected as {sums[known.key]}: ask for {known.key!r}."
    else:
        heirs = panel.geography.successors(area.la_code)
        where = f"Its area passed to: {', '.join(map(str, heirs))}. Ask for one."
    msg = f"{area} {what}. {where}"
    raise ModelError(msg)


def _level(shared: OriginRates, area: Area, now: Vintage) -> dict[str, float]:
    if area.la_code not in shared.levels.index:
        msg = f"{EXTRACT} holds no plans of {area} for January {now.census}."
        raise ModelError(msg)
    level = shared.levels.loc[area.la_code]
    found = dict(zip(level.index, level.to_numpy(dtype=float).tolist(), strict=True))
    if not (found["new_plans"] > 0 and found["requests"] > 0):
        msg = (
            f"{EXTRACT} holds no new plans or no requests of {area} in the years "
            f"{some(shared.flow_years)}, so none can be projected."
        )
        raise ModelError(msg)
    return found


def _gaps(
    panel: Panel, area: Area, now: Vintage, shared: OriginRates, level: dict[str, float]
) -> list[Gap]:
    """What of an area is missing that others have, and what was done instead."""
    gaps = shared.now.gaps(area.la_code, f"January {now.census}", area.name)
    for name, what, years in (
        ("years_of_losses", "plans and new plans", shared.flow_years),
        ("years_of_new", "new plans", shared.flow_years),
        ("years_of_requests", "requests", shared.request_years),
    ):
        if level[name] < len(years):
            gaps.append(
                Gap(
                    f"{EXTRACT} holds {what} of {area.name} for {level[name]:.0f} of the "
                    f"years {some(years)}.",
                    "Its level rests on those, or on England's where there are none.",
                )
            )
    children = panel.figure("population_0_17", area, now.population).value
    if children is None and shared.people_moved:
        gaps.append(
            Gap(
                f"{EXTRACT} holds no people aged 0 to 17 of {area.name} at mid-"
                f"{now.population}.",
                "Its people by age were scaled as England's were.",
            )
        )
    return gaps
