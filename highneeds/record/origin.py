"""One area at an earlier January: the record that a projection from it starts from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pandas as pd

from highneeds.errors import ModelError, some
from highneeds.geography import ENGLAND_CODE, Area
from highneeds.panel.panel import Panel, PanelAt
from highneeds.panel.schema import AGE_BANDS
from highneeds.panel.unbroken import unbroken_areas, with_sums
from highneeds.panel.vintage import Vintage, vintage
from highneeds.periods import CalendarYear, Census, FinancialYear, MidYear
from highneeds.record.area import AreaRecord, check_record
from highneeds.record.cells import AGES, BANDS, MODEL_PLACEMENTS
from highneeds.record.england import NationalRates, least_moves, people_by_age
from highneeds.record.gap import EXTRACT, Gap
from highneeds.record.look_ahead import LookAhead, look_ahead
from highneeds.record.money import money_record
from highneeds.record.opening import check_level, own_joining_mix, path_ahead
from highneeds.record.raking import raked, within_bands
from highneeds.record.spread import LOSS_YEARS, net_losses, pooled_level
from highneeds.record.stock import many_unknown, placements_before

_UNKNOWN = "placement/unknown"


@dataclass(frozen=True)
class Margins:
    """One period's counts of every area: total, by band and by placement (rows: areas).

    ``by_band`` and ``by_placement`` add up to ``total``; those of unknown age or placement
    are shared out like the rest. ``unknown`` is the share of unknown placement.
    ``borrowed`` names, by kind, the areas whose split is not published.
    """

    total: pd.Series
    by_band: pd.DataFrame
    by_placement: pd.DataFrame
    unknown: pd.Series
    borrowed: dict[str, frozenset[str]]

    def table(self, pattern: np.ndarray) -> dict[str, np.ndarray]:
        """Counts by single year of age and placement (26, 7), by area with a total."""
        ages = within_bands(self.by_band.to_numpy(), pattern.sum(axis=1), BANDS)
        found = raked(pattern, ages, self.by_placement.to_numpy())
        return dict(zip(self.total.index, found, strict=True))

    def gaps(self, la_code: str, when: str, name: str) -> list[Gap]:
        """What is not published of one area, and what was done instead."""
        return [
            Gap(
                f"Plans by {kind} in {when} are not published for {name}.",
                "The split of the January before was applied to the published total, or "
                "England's where that one is missing, too.",
            )
            for kind, codes in self.borrowed.items()
            if la_code in codes
        ]


def margins(panel: Panel, measure: str, labels: Sequence[str]) -> Margins:
    """Counts of the last of some periods; a missing split is taken from those before.

    Parameters
    ----------
    labels : sequence of str
        Periods in order; the last is wanted.
    """
    total = panel.matrix(measure)[labels[-1]].dropna()
    borrowed: dict[str, frozenset[str]] = {}
    split = {}
    kinds = {"age": AGE_BANDS, "placement": MODEL_PLACEMENTS}
    for kind, names in kinds.items():
        shares = [_shares(panel, measure, kind, names, label) for label in labels[::-1]]
        own = shares[0].reindex(total.index)
        borrowed[kind] = frozenset(own.index[own.isna().any(axis=1)])
        for other in shares[1:]:
            own = own.fillna(other)
        england = shares[0].loc[ENGLAND_CODE]
        split[kind] = own.fillna(england).mul(total, axis=0)
    unknown = panel.matrix(measure, _UNKNOWN).reindex(columns=[labels[-1]])[labels[-1]]
    return Margins(
        total=total,
        by_band=split["age"],
        by_placement=split["placement"],
        unknown=unknown.reindex(total.index).fillna(0.0) / total.where(total > 0, 1.0),
        borrowed=borrowed,
    )


def _shares(
    panel: Panel, measure: str, kind: str, names: Sequence[str], label: str
) -> pd.DataFrame:
    """Each area's split over known names, adding up to 1; NaN where none is published.

    What England has no figure for either was not asked for that year and is 0 beside the
    others; any other gap leaves the area without a split.
    """
    rows = panel.one_kind(measure, kind)
    mine = rows[rows["year"] == label]
    counts = mine.pivot(index="la_code", columns="breakdown", values="value")
    counts = counts.reindex(columns=list(names))
    england = counts.loc[ENGLAND_CODE].to_numpy(dtype=float)
    asked = [name for name, one in zip(names, england, strict=True) if np.isfinite(one)]
    whole = counts[counts[asked].notna().all(axis=1)].fillna(0.0)
    sums = whole.sum(axis=1)
    return whole.div(sums.where(sums > 0), axis=0).reindex(counts.index)


_CHILDREN = 18


@dataclass(frozen=True)
class OriginRates:
    """What every projection from one January shares; arrays by DfE code or key.

    ``now`` and ``before`` are the margins of that January and the one before, ``stock`` the
    plans (26, 7) raked from them. ``levels`` has a row an area: ``exit_level`` on England's
    exit rates, ``balancing_share`` (what a level below 0 would take), ``new_plans``,
    ``requests`` and ``requests_before``, and how many years each rests on. ``people`` is by
    age at the last mid-year, ``people_moved`` whether it had to be moved back.
    """

    rates: NationalRates
    now: Margins
    before: Margins
    stock: dict[str, np.ndarray]
    levels: pd.DataFrame
    people: pd.DataFrame
    people_moved: bool
    flow_years: tuple[str, ...]
    request_years: tuple[str, ...]


def last_years(origin: Census) -> list[CalendarYear]:
    """The calendar years before a January whose flows count, in order."""
    return [CalendarYear(origin.end - step) for step in range(LOSS_YEARS, 0, -1)]


@lru_cache(maxsize=16)
def origin_rates(panel: Panel, origin: Census, ahead: LookAhead) -> OriginRates:
    """Rates and levels at January `origin`.

    Parameters
    ----------
    panel : Panel
        The record as it stood, with the sums of `unbroken.with_sums`.
    """
    flows = last_years(origin)
    years = [year.label for year in flows]
    januaries = [origin.shift(-step).label for step in (2, 1, 0)]
    now = margins(panel, "ehc_plans", januaries[1:])
    before = margins(panel, "ehc_plans", januaries[:-1])
    stock = now.table(ahead.pattern)
    mid_year = MidYear(origin.end - 1)
    people = people_then(panel, mid_year, ahead)
    new = margins(panel, "new_ehc_plans", years[1:]).table(ahead.pattern)[ENGLAND_CODE]
    losses = net_losses(panel, flows)
    england_loss = float(losses.loc[ENGLAND_CODE].to_numpy(dtype=float).mean())
    exits = level_exits(ahead.exits, stock[ENGLAND_CODE].sum(axis=1), england_loss)
    rates = _national(
        before.table(ahead.pattern)[ENGLAND_CODE],
        stock[ENGLAND_CODE],
        exits,
        new,
        people.loc[ENGLAND_CODE].to_numpy(dtype=float),
    )
    levels = [
        _loss_levels(losses, stock, exits, england_loss, las).join(
            _flow_levels(panel, years, ahead, las)
        )
        for las in _partitions(panel, origin)
    ]
    both = pd.concat(levels)
    return OriginRates(
        rates=rates,
        now=now,
        before=before,
        stock=stock,
        levels=both[~both.index.duplicated()],
        people=people,
        people_moved=people_by_age(panel, mid_year).empty,
        flow_years=tuple(years),
        request_years=tuple(_request_years(years, ahead)),
    )


def _partitions(panel: Panel, origin: Census) -> tuple[list[str], list[str]]:
    """Areas that make up England twice over: those unbroken, and the authorities then.

    A level is brought to England's sum among areas that add up to it. An area of both has
    the level of the first.
    """
    areas = unbroken_areas(panel).areas
    then = panel.published.geography.authorities(origin.end)
    return [area.la_code for area in areas], [area.la_code for area in then]


def level_exits(shape: np.ndarray, plans: np.ndarray, loss: float) -> np.ndarray:
    """Exit rates of one shape at which a share `loss` of `plans` (26,) goes in a year."""
    rate = shape.copy()
    younger = float((rate[:-1] * plans[:-1]).sum())
    rate[:-1] *= max(loss * plans.sum() - plans[-1], 0.0) / younger
    rate[-1] = 1.0
    return np.clip(rate, 0.0, 1.0)


def people_then(panel: Panel, mid_year: MidYear, ahead: LookAhead) -> pd.DataFrame:
    """People by single year of age at a mid-year, by area.

    As published where they are; else those of `ahead.mid_year` moved back to the age they
    were, scaled to the children counted then. Those who were older than the last age by
    `ahead.mid_year` are taken to be as many as those of the last age. An area without a
    count of children then is scaled as England is.
    """
    held = people_by_age(panel, mid_year)
    if not held.empty:
        return held
    back = ahead.mid_year.end - mid_year.end
    then = [min(age + back, AGES[-1]) for age in AGES]
    moved = ahead.people[then].set_axis(list(AGES), axis=1)
    children = panel.matrix("population_0_17")[mid_year.label]
    scale = children / moved[list(AGES[:_CHILDREN])].sum(axis=1)
    scale = scale.reindex(moved.index).fillna(scale[ENGLAND_CODE])
    return moved.mul(scale, axis=0)


def _national(
    opening: np.ndarray,
    closing: np.ndarray,
    exits: np.ndarray,
    new: np.ndarray,
    people: np.ndarray,
) -> NationalRates:
    """England's rates; the net loss holds the balancing item, so only new plans join."""
    staying = np.zeros_like(opening)
    staying[1:] = (opening * (1.0 - exits[:, None]))[:-1]
    joining = new.sum(axis=1)
    overall = closing.sum(axis=0) / closing.sum()
    mix = np.where(
        joining[:, None] > 0, new / np.maximum(joining, 1e-300)[:, None], overall
    )
    return NationalRates(
        exit_rate=exits,
        joining_per_person=joining / people,
        joining_mix=mix,
        moves=least_moves(staying, closing - new),
        population=people,
    )


def _loss_levels(
    losses: pd.DataFrame,
    stock: dict[str, np.ndarray],
    exits: np.ndarray,
    england: float,
    las: list[str],
) -> pd.DataFrame:
    """Each area's pooled net loss as a level of England's exit rates.

    Where an area gains more than those of the last age that leave, no plan is taken to end
    and the rest is its balancing share.
    """
    ages = np.stack([stock[code].sum(axis=1) for code in las])
    plans = ages.sum(axis=1)
    own, _ = pooled_level(losses.reindex(las).to_numpy(dtype=float), england)
    # Pooling draws levels together but not to England's: added up, they must be England.
    own += england - (own * plans).sum() / plans.sum()
    expected = (exits[:-1] * ages[:, :-1]).sum(axis=1)
    wanted = own * plans - ages[:, -1]
    level = np.divide(
        np.maximum(wanted, 0.0), expected, out=np.ones_like(plans), where=expected > 0
    )
    balancing = np.maximum(-wanted, 0.0) / np.where(plans > 0, plans, 1.0)
    return pd.DataFrame(
        {
            "exit_level": level,
            "balancing_share": balancing,
            "years_of_losses": losses.reindex(las).notna().sum(axis=1),
        },
        index=las,
    )


def _flow_levels(
    panel: Panel, years: list[str], ahead: LookAhead, las: list[str]
) -> pd.DataFrame:
    """New plans and requests of the last year at an area's mean share of three years.

    Requests of years in which they were not asked for are England's new plans at the first
    ratio held, shared out like those years that are held or, without any, like new plans.
    """
    new = panel.matrix("new_ehc_plans")[years]
    asked = panel.matrix("ehc_assessment_requests").reindex(columns=years)
    england_new = new.loc[ENGLAND_CODE]
    england_asked = asked.loc[ENGLAND_CODE].fillna(england_new * ahead.request_ratio)
    share = _shares_of_england(new, las)
    held = _request_years(years, ahead)
    asked_share = _shares_of_england(asked[held], las) if held else share
    return pd.DataFrame(
        {
            "new_plans": share * england_new[years[-1]],
            "requests": asked_share * england_asked[years[-1]],
            "requests_before": asked_share * england_asked[years[-2]],
            "years_of_new": new.reindex(las).notna().sum(axis=1),
            "years_of_requests": asked[held].reindex(las).notna().sum(axis=1),
        }
    )


def _request_years(years: list[str], ahead: LookAhead) -> list[str]:
    return [year for year in years if int(year) >= ahead.asked.end]


def _shares_of_england(flows: pd.DataFrame, las: list[str]) -> pd.Series:
    """Mean share of England in the years held, brought to a sum of one."""
    share = (flows / flows.loc[ENGLAND_CODE]).reindex(las).mean(axis=1)
    return share / share.sum()


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
