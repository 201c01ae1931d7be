"""Rates at a January that has only age bands before it: England's, and each area's level.

The same rates as `record.england` and `record.opening` take from single years of age,
made of what was published then and of the closed list in `record.look_ahead`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pandas as pd

from highneeds.geography import ENGLAND_CODE
from highneeds.panel.panel import Panel
from highneeds.panel.unbroken import unbroken_areas
from highneeds.periods import CalendarYear, Census, MidYear
from highneeds.record.cells import AGES
from highneeds.record.england import NationalRates, least_moves
from highneeds.record.look_ahead import LookAhead, people_by_age
from highneeds.record.origin_stock import Margins, margins
from highneeds.record.spread import LOSS_YEARS, net_losses, pooled_level

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
