"""What plans cost by year: the level set in an authority's own outturn, then prices."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from itertools import pairwise
from typing import Any

import numpy as np

from highneeds.model.capacity import INDEPENDENT, STATE_SPECIAL
from highneeds.model.finance import (
    CostBasis,
    Spending,
    set_cost_basis,
    step_spending,
    year_plans,
)
from highneeds.model.funding import direct_places, maintained_places
from highneeds.periods import FinancialYear
from highneeds.record.area import AreaRecord
from highneeds.record.cells import MODEL_PLACEMENTS
from highneeds.record.money import MoneyRecord
from highneeds.record.own_money import Spent
from highneeds.record.spread import Spreads
from highneeds.scenario.draws import Draws
from highneeds.scenario.levers import Effects

# Draws the prices between an older outturn and the base year; nothing else uses it.
EARLIER_PRICES = "earlier_prices.local"


@dataclass(frozen=True)
class Costs:
    """Spending by financial year from the base year, £ (years, draws).

    ``volume + mix + price + services + other``, and what grants rolled into the block met,
    are the change in ``spending`` since the base year. ``placed`` (years, placements,
    draws) is what the plans of each placement cost, ``paid_plans`` likewise how many they
    are, and ``supported`` (years, draws) what services cost that do not follow plans:
    ``placed`` and ``supported``, ``other`` and what grants met are ``spending``. ``level``
    (draws,) multiplies every unit cost in the base year; ``net`` (draws,) is net outturn
    of the base year, or what stands for it. ``foreseen`` are the factors on prices by which
    the central case spends what an authority forecasts.
    """

    spending: np.ndarray
    volume: np.ndarray
    mix: np.ndarray
    price: np.ndarray
    services: np.ndarray
    other: np.ndarray
    placed: np.ndarray
    paid_plans: np.ndarray
    supported: np.ndarray
    level: np.ndarray
    net: np.ndarray
    foreseen: Mapping[str, float] = field(default_factory=dict)


def cost_paths(
    record: AreaRecord,
    spread: Spreads,
    draws: Draws,
    levers: Effects,
    years: Sequence[FinancialYear],
    *,
    januaries: Sequence[np.ndarray],
    new: Sequence[np.ndarray | float],
    rolled_cost: np.ndarray,
    foreseen: Mapping[str, float] | None,
) -> Costs:
    """Cost the plans of every financial year from the base year.

    Parameters
    ----------
    levers : Effects
        By year, from the base year.
    januaries : sequence of ndarray, shape (placements, draws)
        Plans of every January from the one before the authority's own outturn's year to
        the last one projected: published to the base census, then simulated.
    new : sequence of ndarray or float
        New plans of the calendar year in which each financial year after the base opens.
    rolled_cost : ndarray, shape (years, draws)
        What grants that became part of the block met before.
    foreseen : mapping of str to float, optional
        Of the central case, by year; a future spends what is forecast times what it would
        otherwise have spent against that case. None in the central case itself.
    """
    september = draws.assumed("september_share")
    first = record.money.outturn_year
    paid = [year_plans(old, inside, september) for old, inside in pairwise(januaries)]
    earlier = years[0].end - first.end
    basis, net = _cost_basis(record, spread, draws, paid[: earlier + 1])
    prices, services = _prices(spread, draws, levers, len(years) - 1)
    appeals = np.zeros(draws.count)
    more = np.ones(draws.count)
    costs: list[Spending] = []
    other = []
    found: dict[str, float] = {}
    for step, (year, plans) in enumerate(zip(years, paid[earlier:], strict=True)):
        price = prices[step] * more
        if step:
            appeals = appeals + _more_appeals(basis, new[step - 1], price, step, draws)
        extra = levers.cost_gbp[step] + appeals
        spent = _known_spent(record, draws, year, central=foreseen is None)
        factor: np.ndarray | float = (foreseen or {}).get(year.label, 1.0)
        if step and spent is not None:
            met = spent - extra - rolled_cost[step]
            factor = _factor(basis, plans, price, services[step], met)
            if year.label in record.money.own.forecast:
                found[year.label] = float(factor[0])
        if step and (spent is not None or year.label in (foreseen or {})):
            more, price = more * factor, price * factor
        costs.append(step_spending(basis, plans, price, services[step]))
        other.append(extra)
    parts = {
        name: np.stack([getattr(cost, name) for cost in costs])
        for name in ("volume", "mix", "price", "services", "placed")
    }
    return Costs(
        spending=np.stack([cost.total for cost in costs]) + np.stack(other) + rolled_cost,
        other=np.stack(other),
        paid_plans=np.stack(paid[earlier:]),
        supported=np.stack([basis.services * price for price in services]),
        level=basis.level,
        net=net,
        foreseen=found,
        **parts,
    )


def costs_unknown(years: int, draws: int) -> Costs:
    """Costs of an area without any outturn: none of them is a number."""
    once, placed = {"level", "net"}, {"placed", "paid_plans"}
    unknown: dict[str, Any] = {
        one.name: np.full(
            (years, len(MODEL_PLACEMENTS), draws)
            if one.name in placed
            else draws
            if one.name in once
            else (years, draws),
            np.nan,
        )
        for one in fields(Costs)
        if one.name != "foreseen"
    }
    return Costs(**unknown)


def _cost_basis(
    record: AreaRecord, spread: Spreads, draws: Draws, paid: Sequence[np.ndarray]
) -> tuple[CostBasis, np.ndarray]:
    """Unit costs at the level that gives the base year's spending, and net outturn.

    Where the authority's own outturn is older, the level is set on that year's plans and
    its spending carried to the base year at the growth of prices.

    Parameters
    ----------
    paid : sequence of ndarray, shape (placements, draws)
        Plans paid for from its own outturn's year to the base year.
    """
    money, base = record.money, record.vintage.year
    unit_cost = np.stack(
        [draws.assumed(f"unit_cost_{name}_gbp") for name in MODEL_PLACEMENTS]
    )
    outturn = money.spending[money.outturn_year.label]
    spending = _spent(record, draws, money.outturn_year)
    services = np.full(draws.count, money.services_share * outturn)
    basis = set_cost_basis(paid[0], unit_cost, spending=spending, services=services)
    years = base.end - money.outturn_year.end
    if not years:
        return basis, np.full(draws.count, outturn)
    other, independent = _growth(draws, years)
    sd = np.hypot(spread.price_national, spread.price_local) * np.sqrt(years)
    drift = np.exp(draws.shock(EARLIER_PRICES, 1, sd)[0])
    price = _by_placement(other * drift, independent * drift)
    cost = step_spending(basis, paid[-1], price, other)
    carried = services * other
    places = maintained_places(money, draws) + direct_places(money, draws, base)
    return (
        set_cost_basis(paid[-1], unit_cost, spending=cost.total, services=carried),
        np.maximum(cost.total - places, 1.0),
    )


def _spent(record: AreaRecord, draws: Draws, year: FinancialYear) -> np.ndarray:
    """What a year with an outturn came to, all place funding counted, £ (draws,).

    The outturn, maintained places, and places the department funds directly.
    """
    money = record.money
    if own := money.own.spent.get(year.label):
        return _every_place(money, draws, year, own)
    spending = money.spending[year.label] + maintained_places(money, draws)
    return spending + direct_places(money, draws, year)


def _every_place(
    money: MoneyRecord, draws: Draws, year: FinancialYear, own: Spent
) -> np.ndarray:
    """What an authority says a year came to, with the places that it leaves out."""
    spent = np.full(draws.count, own.value)
    if own.lacks_maintained_places:
        spent = spent + maintained_places(money, draws)
    if own.lacks_direct_places:
        spent = spent + direct_places(money, draws, year)
    return spent


def _known_spent(
    record: AreaRecord, draws: Draws, year: FinancialYear, *, central: bool
) -> np.ndarray | None:
    """What a year came to, or in the central case what its authority forecasts, if known.

    A forecast is no outturn: it is met in the central case, and futures lie about it.
    """
    money = record.money
    if year.label in money.spending:
        return _spent(record, draws, year)
    if central and (own := money.own.forecast.get(year.label)):
        return _every_place(money, draws, year, own)
    return None


def _factor(
    basis: CostBasis,
    plans: np.ndarray,
    price: np.ndarray,
    services_price: np.ndarray,
    spent: np.ndarray,
) -> np.ndarray:
    """What prices must be multiplied by for a year to come to what was spent, (draws,)."""
    placed = basis.level * (plans * basis.unit_cost * price).sum(axis=0)
    return np.maximum(spent - basis.services * services_price, 0.0) / placed


def _prices(
    spread: Spreads, draws: Draws, levers: Effects, steps: int
) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Prices against the base year: by placement (placements, draws), and of services."""
    shocks = draws.shock(
        "price.national", steps, spread.price_national, national=True
    ) + draws.shock("price.local", steps, spread.price_local)
    drift = np.concatenate([np.zeros((1, draws.count)), np.cumsum(shocks, axis=0)])
    by_placement, services = [], []
    for year in range(steps + 1):
        other, independent = _growth(draws, year)
        price = _by_placement(other, independent * levers.independent_price[year])
        by_placement.append(price * np.exp(drift[year]))
        services.append(other)
    return by_placement, services


def _growth(draws: Draws, years: int) -> tuple[np.ndarray, np.ndarray]:
    """Assumed growth of prices over years: of all others, and of independent places."""
    other = (1.0 + draws.assumed("price_growth_other")) ** years
    return other, (1.0 + draws.assumed("price_growth_independent_special")) ** years


def _by_placement(other: np.ndarray, independent: np.ndarray) -> np.ndarray:
    price = np.repeat(other[None], len(MODEL_PLACEMENTS), axis=0)
    price[INDEPENDENT] = independent
    return price


def _more_appeals(
    basis: CostBasis,
    new: np.ndarray | float,
    price: np.ndarray,
    years: int,
    draws: Draws,
) -> np.ndarray:
    """Cost of a year's appeals beyond those of the base year, £ (draws,); paid ever after.

    An upheld appeal is taken to turn a state special place into an independent one.
    """
    growth = (1.0 + draws.assumed("appeal_growth")) ** years - 1.0
    extra = new * draws.assumed("appeals_per_new_plan") * growth
    dearer = basis.unit_cost * price
    difference = np.maximum(dearer[INDEPENDENT] - dearer[STATE_SPECIAL], 0.0)
    upheld = draws.assumed("appeal_uplift_share")
    return basis.level * extra * upheld * difference
