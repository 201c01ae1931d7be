"""What the published record says of one authority: where its projection starts from.

Every figure that is missing or stands in for another is kept as a `Gap`, which the report
prints: what is not published, and what was done instead.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pandas as pd

from highneeds.errors import ModelError
from highneeds.geography import ENGLAND_CODE, Area
from highneeds.own.figures import OwnFigures
from highneeds.panel.panel import Panel
from highneeds.panel.vintage import Vintage, vintage
from highneeds.periods import CalendarYear, FinancialYear
from highneeds.record.area import AreaRecord, check_record
from highneeds.record.cells import MODEL_PLACEMENTS
from highneeds.record.england import NationalRates, national_rates, population_by_age
from highneeds.record.entrants import joining_profile, long_path
from highneeds.record.gap import Gap
from highneeds.record.marked import marked_path
from highneeds.record.money import money_record
from highneeds.record.own_plans import with_own_plans
from highneeds.record.returns import (
    doubtful_januaries,
    false_januaries,
    partial_returns,
    plans,
    recent_years,
    whole_returns,
    years_of_ended,
)
from highneeds.record.spread import pooled_level
from highneeds.record.stock import MOST_UNKNOWN, base_stock, placements_before
from highneeds.scenario.assumptions import default_assumptions

# New plans in the placement mix count as much as this many of England's.
_PRIOR_PLANS = 200.0
# What may be published beyond the base census alone: a January's total, a year's flow.
_NEWER = {
    "plans": "ehc_plans",
    "requests": "ehc_assessment_requests",
    "new": "new_ehc_plans",
    "ended": "ceased_ehc_plans",
}


# All of England twice over: a search over its sums asks for every record again and again.
@lru_cache(maxsize=512)
def area_record(
    panel: Panel,
    area: Area,
    *,
    outturn: FinancialYear | None = None,
    own: OwnFigures | None = None,
) -> AreaRecord:
    """Collect one authority's opening position from the panel: not to be changed in place.

    Parameters
    ----------
    outturn : FinancialYear, optional
        The year in which the level of cost is set; its own last when left out.
    own : OwnFigures, optional
        What the authority states itself, in place of what is published of it.

    Raises
    ------
    ModelError
        The area is not an authority in being at the base census, or publishes no plans.
    """
    check_level(area)
    if area.abolished:
        heirs = ", ".join(str(heir) for heir in panel.geography.successors(area.la_code))
        msg = (
            f"{area} was abolished on {area.last_date}. Its area passed to: {heirs}. "
            "Ask for one."
        )
        raise ModelError(msg)
    gaps: list[Gap] = []
    now = vintage(panel)
    rates = national_rates(panel, now)
    levels = _levels(panel, now)[area.la_code]
    stock, unknown = base_stock(panel, area, now, gaps)
    money = money_record(panel, area, now, gaps, outturn=outturn, own=own)
    before, unknown_before = placements_before(panel, area, now, money, stock, gaps)
    ending = float((stock.sum(axis=1) * rates.exit_rate).sum() / stock.sum())
    gaps += _return_gaps(panel, area, now, money.outturn_year.end - 1)
    balancing = ending - levels["net_loss"]
    population = population_by_age(panel, area.la_code, now.population)
    found = AreaRecord(
        area=area,
        vintage=now,
        stock=stock,
        stock_before=before,
        unknown=unknown,
        unknown_before=np.where(
            unknown_before > MOST_UNKNOWN * before.sum(axis=1), unknown_before, 0.0
        ),
        exit_rate=rates.exit_rate,
        requests=levels["requests"],
        requests_before=levels["requests_before"],
        new_plans=levels["new_plans"],
        counted_new=_counted_new(panel, area, now, levels["new_plans"]),
        # Plans end at England's rates by age; the balancing item takes the rest.
        balancing_share=balancing,
        joining_mix=own_joining_mix(panel, area, now, rates),
        population=population,
        rates=rates,
        path=path_ahead(panel, area, stock, rates.exit_rate, balancing, population, rates),
        money=money,
        gaps=tuple(gaps),
        newer=_newer(panel, area, now),
    )
    if own:
        found = with_own_plans(panel, found, own)
    check_record(found)
    return found


def path_ahead(
    panel: Panel,
    area: Area,
    stock: np.ndarray,
    exit_rate: np.ndarray,
    balancing: float,
    population: np.ndarray,
    rates: NationalRates,
) -> np.ndarray:
    """Plans of every January that may be asked for: foretold, then as many new a child."""
    now = vintage(panel)
    people = joining_profile(
        population,
        rates.joining_per_person,
        np.array([default_assumptions()["births_change"].central]),
        aged=now.flows.end - now.population.end,
        years=now.furthest.end - now.census.end,
    )
    return long_path(
        stock.sum(axis=1), exit_rate, balancing, people, marked_path(panel, area)
    )


def check_level(area: Area) -> None:
    """Refuse a region or England.

    Raises
    ------
    ModelError
        Says that an authority was expected.
    """
    if area.level != "la":
        msg = (
            f"{area} is not a local authority. A report is for one authority; "
            "give the name or code of one."
        )
        raise ModelError(msg)


@lru_cache(maxsize=4)
def _levels(panel: Panel, now: Vintage) -> dict[str, dict[str, float]]:
    """Each authority's own level of net loss, pooled, and of new plans and requests."""
    las = [area.la_code for area in panel.geography.authorities(now.census.end)]
    new = whole_returns(panel, "new_ehc_plans", now)
    requests = whole_returns(panel, "ehc_assessment_requests", now)
    share = _share_of_england(new, now, las)
    # Where no return of requests is whole, its share of new plans stands in.
    asked = _share_of_england(requests, now, las).fillna(share)
    england_new, england_asked = new.loc[ENGLAND_CODE], requests.loc[ENGLAND_CODE]
    table = pd.DataFrame(
        {
            "net_loss": _net_losses(panel, now, las),
            "new_plans": _to_one(share) * england_new[now.flows.label],
            "requests": _to_one(asked) * england_asked[now.flows.label],
            "requests_before": _to_one(asked) * england_asked[now.flows.shift(-1).label],
        },
        index=las,
    )
    levels: dict[str, dict[str, float]] = table.to_dict("index")  # type: ignore[assignment]
    return levels


def _share_of_england(flow: pd.DataFrame, now: Vintage, las: list[str]) -> pd.Series:
    """Sum of the last years' returns over England's of the same years; NaN without any."""
    recent = flow[recent_years(flow, now)]
    own = recent.reindex(las)
    beside = own.notna() * recent.loc[ENGLAND_CODE]
    return own.sum(axis=1, min_count=1) / beside.sum(axis=1)


def _net_losses(panel: Panel, now: Vintage, las: list[str]) -> np.ndarray:
    """Plans lost a year on balance, as a share of opening plans, drawn towards England's.

    Plans end, move to another authority, come back and are recorded late; what is left of
    opening and new plans at the next January says all of it at once. Years that touch an
    estimated January, or whose new plans are a partial return, are left out.
    """
    stock, new = plans(panel, now), whole_returns(panel, "new_ehc_plans", now)
    counted = stock.copy()
    for one in false_januaries(panel, now):
        counted.loc[one.la_code, one.census.label] = np.nan
    years = [year for year in years_of_ended(panel, now) if year in new]
    following = [str(int(year) + 1) for year in years]

    def losses(of: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
        lost = of[years] + new[years] - of[following].to_numpy()
        return lost, of[years].where(lost.notna())

    lost, opening = losses(counted)
    all_lost, all_opening = losses(stock)
    england = float(
        all_lost.loc[ENGLAND_CODE].to_numpy(dtype=float).sum()
        / all_opening.loc[ENGLAND_CODE].to_numpy(dtype=float).sum()
    )
    own_lost, own_opening = lost.reindex(las), opening.reindex(las)
    level, _ = pooled_level(
        (own_lost / own_opening).to_numpy(dtype=float),
        england,
        mean=(own_lost.sum(axis=1) / own_opening.sum(axis=1)).to_numpy(dtype=float),
    )
    weight = stock[now.census.label].reindex(las).to_numpy(dtype=float)
    known = np.isfinite(weight)
    # Pooling draws levels together but not to England's: added up, they must be England.
    level += england - (level * weight)[known].sum() / weight[known].sum()
    return level


def _to_one(shares: pd.Series) -> pd.Series:
    """Shares of England brought to a sum of one."""
    return shares / shares.sum()


_FLOWS = {
    "new_ehc_plans": ("new plans", "nothing of that year enters its level of new plans"),
    "ehc_assessment_requests": (
        "requests",
        "nothing of that year enters its level of requests",
    ),
}


def _return_gaps(panel: Panel, area: Area, now: Vintage, priced: int) -> list[Gap]:
    """Januaries that look wrong, and returns of the last years left out as partial.

    The base year is priced on the Januaries from `priced` on.
    """
    found = [
        Gap(
            f"The {one.published:,.0f} plans published for {area.name} in January "
            f"{one.census} look wrong: {one.share:.0%} of its plans or more appear or "
            "vanish in the year before and do the opposite in the year after.",
            "They are used as published.",
            f"Plans of {area.name} in January {one.census}, {one.published:,.0f}, look "
            "wrong and are used as published."
            if one.census.end >= priced
            else "",
        )
        for one in doubtful_januaries(panel, now)
        if one.la_code == area.la_code
    ]
    for measure, (name, done) in _FLOWS.items():
        recent = recent_years(panel.matrix(measure), now)
        for year in partial_returns(panel, measure, now).get(area.la_code, []):
            if year not in recent:
                continue
            value = panel.figure(measure, area, year).value
            found.append(
                Gap(
                    f"The {value:,.0f} {name} published for {area.name} in {year} look "
                    "like a partial return.",
                    f"They are shown as published, and {done}.",
                )
            )
    return found


def _counted_new(panel: Panel, area: Area, now: Vintage, level: float) -> np.ndarray:
    """New plans published between the base year and the base census, by calendar year."""
    found = [
        panel.figure("new_ehc_plans", area, CalendarYear(end)).value
        for end in range(now.year.end, now.census.end)
    ]
    return np.array([level if value is None else value for value in found])


def _newer(panel: Panel, area: Area, now: Vintage) -> dict[str, dict[int, float]]:
    """Totals published beyond the base census: of plans, and of each flow."""
    found: dict[str, dict[int, float]] = {}
    for name, measure in _NEWER.items():
        last = now.census.end if name == "plans" else now.flows.end
        matrix = panel.matrix(measure)
        if area.la_code not in matrix.index:
            continue
        own = matrix.loc[area.la_code].dropna()
        newer = {int(year): float(own[year]) for year in own.index if int(year) > last}
        if newer:
            found[name] = newer
    return found


def own_joining_mix(
    panel: Panel, area: Area, now: Vintage, rates: NationalRates
) -> np.ndarray:
    """England's placement of new plans by age, tilted to the authority's own record."""
    counts = _new_by_placement(panel, now)
    england = counts.loc[ENGLAND_CODE].to_numpy()
    mine = np.zeros_like(england)
    if area.la_code in counts.index:
        mine = counts.loc[area.la_code].to_numpy()
    national = england / england.sum()
    pooled = (mine + _PRIOR_PLANS * national) / (mine.sum() + _PRIOR_PLANS)
    tilt = np.divide(pooled, national, out=np.ones_like(pooled), where=national > 0)
    mix = rates.joining_mix * tilt
    return mix / mix.sum(axis=1, keepdims=True)


@lru_cache(maxsize=4)
def _new_by_placement(panel: Panel, now: Vintage) -> pd.DataFrame:
    """New plans of the last three years by placement, every area."""
    matrices = {
        name: panel.matrix("new_ehc_plans", f"placement/{name}")
        for name in MODEL_PLACEMENTS
    }
    return pd.DataFrame(
        {
            name: matrix[recent_years(matrix, now)].sum(axis=1)
            for name, matrix in matrices.items()
        }
    ).fillna(0.0)
