"""What the published record says of one authority: where its projection starts from.

Every figure that is missing or stands in for another is kept as a `Gap`, which the report
prints: what is not published, and what was done instead.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pandas as pd

from highneeds.errors import ModelError
from highneeds.geography import ENGLAND_CODE, Area
from highneeds.model.money_record import EXTRACT, Gap, MoneyRecord, money_record
from highneeds.model.national import (
    NationalRates,
    national_rates,
    population_by_age,
    share_out_unknown,
    stock_by_age,
)
from highneeds.model.plans import AGES, MODEL_PLACEMENTS
from highneeds.model.spread import balancing_shares, pooled_level
from highneeds.model.validation import check_record
from highneeds.panel.panel import Panel
from highneeds.panel.schema import PLACEMENTS
from highneeds.panel.vintage import Vintage, vintage
from highneeds.periods import CalendarYear, Census, FinancialYear

# New plans in the placement mix count as much as this many of England's.
_PRIOR_PLANS = 200.0
_MOST_UNKNOWN = 0.05
# Years whose shares of England are averaged: a cleared backlog is not a new level.
_RECENT = 3
# What may be published beyond the base census alone: a January's total, a year's flow.
_NEWER = {
    "plans": "ehc_plans",
    "requests": "ehc_assessment_requests",
    "new": "new_ehc_plans",
    "ended": "ceased_ehc_plans",
}


@dataclass(frozen=True)
class AreaRecord:
    """The opening position and rates of one authority.

    ``stock`` is (26 ages, 7 placements) plans of the base census. ``stock_before``
    (Januaries, 7) are the placements of the Januaries before it, oldest first, from the one
    before its own outturn's year; ``requests``, ``requests_before`` and ``new_plans`` the
    level of requests in the last year of flows and the year before, and of new plans in the
    last. ``counted_new`` (years,) are the new plans published for the calendar years that
    open the financial years between the base year and the base census. ``unknown`` (26,)
    and ``unknown_before`` (Januaries,) count the plans among those whose placement was not
    recorded, where they are so many that it matters; else 0. ``newer`` holds totals
    published beyond the base census, by quantity (plans, requests, new, ended) and year.
    """

    area: Area
    vintage: Vintage
    stock: np.ndarray
    stock_before: np.ndarray
    unknown: np.ndarray
    unknown_before: np.ndarray
    exit_rate: np.ndarray
    requests: float
    requests_before: float
    new_plans: float
    counted_new: np.ndarray
    balancing_share: float
    joining_mix: np.ndarray
    population: np.ndarray
    rates: NationalRates
    money: MoneyRecord
    gaps: tuple[Gap, ...]
    newer: Mapping[str, Mapping[int, float]]


# All of England twice over: a search over its sums asks for every record again and again.
@lru_cache(maxsize=512)
def area_record(
    panel: Panel, area: Area, *, outturn: FinancialYear | None = None
) -> AreaRecord:
    """Collect one authority's opening position from the panel: not to be changed in place.

    Parameters
    ----------
    outturn : FinancialYear, optional
        The year in which the level of cost is set; its own last when left out.

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
    stock, unknown = _stock(panel, area, now, gaps)
    money = money_record(panel, area, now, gaps, outturn=outturn)
    before, unknown_before = placements_before(panel, area, now, money, stock, gaps)
    exit_rate = rates.exit_rate.copy()
    exit_rate[:-1] = np.clip(exit_rate[:-1] * levels["exit_level"], 0.0, 1.0)
    found = AreaRecord(
        area=area,
        vintage=now,
        stock=stock,
        stock_before=before,
        unknown=unknown,
        unknown_before=unknown_before * bool(unknown.any()),
        exit_rate=exit_rate,
        requests=levels["requests"],
        requests_before=levels["requests_before"],
        new_plans=levels["new_plans"],
        counted_new=_counted_new(panel, area, now, levels["new_plans"]),
        balancing_share=levels["balancing_share"],
        joining_mix=own_joining_mix(panel, area, now, rates),
        population=population_by_age(panel, area.la_code, now.population),
        rates=rates,
        money=money,
        gaps=tuple(gaps),
        newer=_newer(panel, area, now),
    )
    check_record(found)
    return found


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
    """Each authority's own level of exits, new plans and balancing item, pooled."""
    stock, new = panel.matrix("ehc_plans"), panel.matrix("new_ehc_plans")
    ceased = panel.matrix("ceased_ehc_plans")
    las = [area.la_code for area in panel.geography.authorities(now.census.end)]
    years = [label for label in ceased.columns if label in stock.columns]
    rate = ceased[years] / stock.reindex(columns=years)
    relative = (rate / rate.loc[ENGLAND_CODE]).reindex(las)
    logs = np.log(relative.where(relative > 0).to_numpy(dtype=float))
    exits = np.exp(pooled_level(logs, 0.0)[0])
    balancing = balancing_shares(panel)
    england = float(balancing.loc[ENGLAND_CODE].to_numpy(dtype=float).mean())
    shares, _ = pooled_level(balancing.reindex(las).to_numpy(dtype=float), england)
    # Pooling draws levels together but not to England's: added up, they must be England.
    expected = _expected_exits(panel, now, las)
    exits *= expected.sum() / (exits * expected).sum()
    weight = stock[now.census.label].reindex(las).to_numpy(dtype=float)
    # One authority withheld is missing from the sum and from the weights.
    known = np.isfinite(weight)
    shares += england - (shares * weight)[known].sum() / weight[known].sum()
    recent = new[_recent(new, now)]
    share = _to_one((recent / recent.loc[ENGLAND_CODE]).reindex(las).mean(axis=1))
    requests = panel.matrix("ehc_assessment_requests")
    asked = requests[_recent(requests, now)]
    asked_share = _to_one((asked / asked.loc[ENGLAND_CODE]).reindex(las).mean(axis=1))
    england_asked = requests.loc[ENGLAND_CODE]
    table = pd.DataFrame(
        {
            "exit_level": exits,
            "balancing_share": shares,
            "new_plans": share * recent.loc[ENGLAND_CODE].to_numpy(dtype=float)[-1],
            "requests": asked_share * england_asked[now.flows.label],
            "requests_before": asked_share * england_asked[now.flows.shift(-1).label],
        },
        index=las,
    )
    levels: dict[str, dict[str, float]] = table.to_dict("index")  # type: ignore[assignment]
    return levels


def _recent(flow: pd.DataFrame, now: Vintage) -> list[str]:
    """The last years of a flow, up to the vintage's, as many of three as are held."""
    years = [now.flows.shift(-step).label for step in reversed(range(_RECENT))]
    return [year for year in years if year in flow]


def _expected_exits(panel: Panel, now: Vintage, las: list[str]) -> np.ndarray:
    """Plans of the base census that would end in a year at England's rates by age."""
    rate = national_rates(panel, now).exit_rate
    by_age = {
        label: panel.matrix("ehc_plans", f"age_year/{label}")[now.census.label]
        for label in ["0-2", *map(str, range(3, 25))]
    }
    ended = [
        counted.reindex(las).fillna(0.0) * rate[2 if label == "0-2" else int(label)]
        for label, counted in by_age.items()
    ]
    return np.sum([each.to_numpy(dtype=float) for each in ended], axis=0)


def _to_one(shares: pd.Series) -> pd.Series:
    """Shares of England brought to a sum of one."""
    return shares / shares.sum()


def _stock(
    panel: Panel, area: Area, now: Vintage, gaps: list[Gap]
) -> tuple[np.ndarray, np.ndarray]:
    """Plans by age and placement, and how many by age are of a placement to be drawn."""
    published = _arrays(panel, now.census.label)
    mine = published.get(area.la_code)
    total = panel.figure("ehc_plans", area, now.census).value
    if mine is None or not total:
        msg = (
            f"{EXTRACT} holds no education, health and care plans of {area} for January "
            f"{now.census}. No projection is made."
        )
        raise ModelError(msg)
    if np.isfinite(mine[:, :-1]).any():
        stock = share_out_unknown(np.nan_to_num(mine))
        unknown = many_unknown(mine, now.census, gaps)
        return stock * total / stock.sum(), unknown * total / stock.sum()
    earlier = _arrays(panel, now.before.label).get(area.la_code)
    by_age = _by_age(panel, area, now.census, total)
    if earlier is not None and np.isfinite(earlier[:, :-1]).any():
        mix, basis = share_out_unknown(np.nan_to_num(earlier)), f"January {now.before}"
    else:
        mix = share_out_unknown(np.nan_to_num(published[ENGLAND_CODE]))
        basis = f"England in January {now.census}"
    gaps.append(
        Gap(
            f"Plans by placement in January {now.census} are not published for "
            f"{area.name}, or were withdrawn.",
            f"The placements of {basis}, age by age, were applied to the published plans.",
        )
    )
    overall = mix.sum(axis=0) / mix.sum()
    totals = mix.sum(axis=1, keepdims=True)
    share = np.where(totals > 0, mix / np.where(totals > 0, totals, 1.0), overall)
    return share * by_age[:, None], np.zeros(len(AGES))


@lru_cache(maxsize=8)
def _arrays(panel: Panel, label: str) -> dict[str, np.ndarray]:
    return stock_by_age(panel, "ehc_plans", label)


def _by_age(panel: Panel, area: Area, census: Census, total: float) -> np.ndarray:
    table = panel.table(
        "ehc_plans", areas=[area], years=[census.label], breakdowns=["age_year"]
    ).set_index("breakdown")["value"]
    ages = np.array([table.get(str(age), 0.0) for age in range(26)], dtype=float)
    ages = np.nan_to_num(ages)
    return ages * total / ages.sum()


def many_unknown(mine: np.ndarray, census: Census, gaps: list[Gap]) -> np.ndarray:
    """Plans of unknown placement by age; none where they are too few to be drawn."""
    unknown = np.nan_to_num(mine[:, -1])
    share = float(unknown.sum() / np.nansum(mine))
    if share <= _MOST_UNKNOWN:
        return np.zeros_like(unknown)
    gaps.append(
        Gap(
            f"The placement of {share:.0%} of plans in January {census} was not recorded.",
            "They were shared out like the recorded placements of the same age, in each "
            "future with more or fewer of them in special schools, so ranges are wider.",
        )
    )
    return unknown


def placements_before(
    panel: Panel,
    area: Area,
    now: Vintage,
    money: MoneyRecord,
    stock: np.ndarray,
    gaps: list[Gap],
) -> tuple[np.ndarray, np.ndarray]:
    """Placements of the Januaries before the base census, and how many were unknown.

    From the January before the authority's own outturn's year; each stands in for one
    before it that is not published.
    """
    first = money.outturn_year.end - 1
    following, found = stock.sum(axis=0), []
    for end in reversed(range(first, now.census.end)):
        placed, unknown = _placements(panel, area, Census(end), following, gaps)
        found.append((placed, unknown))
        following = placed
    found.reverse()
    return np.stack([placed for placed, _ in found]), np.array([many for _, many in found])


def _placements(
    panel: Panel, area: Area, census: Census, following: np.ndarray, gaps: list[Gap]
) -> tuple[np.ndarray, float]:
    """Plans by placement in one January, and how many of them were unknown."""
    total = panel.figure("ehc_plans", area, census).value
    found = np.array(
        [
            panel.figure("ehc_plans", area, census, f"placement/{name}").value or np.nan
            for name in PLACEMENTS
        ]
    )
    known, unknown = np.nan_to_num(found[:-1]), float(np.nan_to_num(found[-1]))
    after = census.shift(1)
    if not total:
        gaps.append(
            Gap(
                f"Plans of January {census} are not published for {area.name}.",
                f"January {after} was used for the whole year between.",
            )
        )
        return following, 0.0
    if known.sum() == 0:
        gaps.append(
            Gap(
                f"Plans by placement in January {census} are not published for "
                f"{area.name}.",
                f"The placements of January {after} were applied to the published total.",
            )
        )
        known = following
        unknown = 0.0
    return known * total / known.sum(), total * unknown / (known.sum() + unknown)


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
            name: matrix[_recent(matrix, now)].sum(axis=1)
            for name, matrix in matrices.items()
        }
    ).fillna(0.0)
