"""Years × futures: one authority's plans and pounds to the end of the horizon.

Futures are simulated in blocks of a fixed size, so that the answer does not depend on how
many are asked for, and memory does not grow with them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields

import numpy as np

from highneeds.errors import ModelError
from highneeds.model.capacity import INDEPENDENT, STATE_SPECIAL
from highneeds.model.draws import Draws
from highneeds.model.finance import (
    CostBasis,
    grant_on_deficit,
    set_cost_basis,
    step_balance,
    step_spending,
    year_plans,
)
from highneeds.model.flows import PlanPaths, plan_paths
from highneeds.model.levers import Effects, effects
from highneeds.model.money_record import BASE_YEAR
from highneeds.model.national import BASE
from highneeds.model.plans import MODEL_PLACEMENTS
from highneeds.model.record import AreaRecord
from highneeds.model.scenario import Scenario, StabilityGrant
from highneeds.model.spread import Spreads
from highneeds.model.streams import BLOCK_DRAWS
from highneeds.model.unknown_placements import opening_plans
from highneeds.periods import FinancialYear

LAST_BLOCK_YEAR = FinancialYear(2024)
_LATEST = FinancialYear(2040)


@dataclass(frozen=True)
class Futures:
    """Everything simulated, futures last.

    ``stock`` (censuses, 5 bands, 7 placements, draws); ``requests``, ``new``, ``ended``,
    ``shortfall`` (years, draws) by calendar year from 2025; money (financial years from the
    base year, draws), £. ``volume + mix + price + services + other`` is the change in
    ``spending`` since the base year. ``interest`` falls outside the balance.
    """

    stock: np.ndarray
    requests: np.ndarray
    new: np.ndarray
    ended: np.ndarray
    shortfall: np.ndarray
    block: np.ndarray
    transfer: np.ndarray
    spending: np.ndarray
    volume: np.ndarray
    mix: np.ndarray
    price: np.ndarray
    services: np.ndarray
    other: np.ndarray
    unexplained: np.ndarray
    grants: np.ndarray
    opening: np.ndarray
    balance: np.ndarray
    interest: np.ndarray
    level: np.ndarray

    @property
    def in_year(self) -> np.ndarray:
        """Block and transfer less spending, £ (years, draws)."""
        return self.block + self.transfer - self.spending


def simulate(
    record: AreaRecord,
    scenario: Scenario,
    spread: Spreads,
    *,
    until: FinancialYear,
    draws: int,
    seed: int,
    seeds: Mapping[str, int] | None = None,
) -> Futures:
    """Simulate one authority.

    Parameters
    ----------
    spread : Spreads
        Yearly spreads estimated from the record of all authorities.
    until : FinancialYear
        Last year wanted; after the base year.
    draws : int
        Futures, at least 1.
    seeds : mapping, optional
        Another seed for single streams, by name.

    Raises
    ------
    ModelError
        The horizon or number of draws is out of range.
    """
    blocks = list(
        simulate_blocks(
            record,
            scenario,
            spread,
            until=until,
            draws=draws,
            seed=seed,
            seeds=seeds,
        )
    )
    if len(blocks) == 1:
        return blocks[0]
    return Futures(
        **{
            field.name: np.concatenate([getattr(block, field.name) for block in blocks], -1)
            for field in fields(Futures)
        }
    )


def simulate_blocks(
    record: AreaRecord,
    scenario: Scenario,
    spread: Spreads,
    *,
    until: FinancialYear,
    draws: int,
    seed: int,
    seeds: Mapping[str, int] | None = None,
    first: int = 0,
) -> Iterator[Futures]:
    """Simulate one authority a block of futures at a time, so that each can be let go.

    Parameters
    ----------
    first : int
        The future to start from, a multiple of `BLOCK_DRAWS`; ``draws`` counts from 0. A
        run that was broken off goes on where it stopped, with the same numbers.
    """
    if not BASE_YEAR < until <= _LATEST:
        msg = (
            f"until {until} is out of range. The base year is {BASE_YEAR}; "
            f"expected {BASE_YEAR.shift(1)} to {_LATEST}."
        )
        raise ModelError(msg)
    if draws < 1:
        msg = f"draws {draws} is out of range. Expected at least 1."
        raise ModelError(msg)
    if first % BLOCK_DRAWS:
        msg = f"first {first} is inside a block. Expected a multiple of {BLOCK_DRAWS}."
        raise ModelError(msg)
    for start in range(first, draws, BLOCK_DRAWS):
        count = min(BLOCK_DRAWS, draws - start)
        numbers = Draws(
            scenario.assumptions, record.area.la_code, seed, start, count, seeds or {}
        )
        yield _one_block(record, scenario, spread, numbers, until)


def _one_block(
    record: AreaRecord,
    scenario: Scenario,
    spread: Spreads,
    draws: Draws,
    until: FinancialYear,
) -> Futures:
    steps = until.end - BASE.end
    levers = effects(
        scenario.measures,
        scenario.one_offs,
        base=BASE_YEAR,
        years=steps + 1,
        draws=draws.count,
        seed=draws.seed,
        area=draws.area,
        first=draws.first,
        paths=scenario.paths,
        seeds=draws.seeds,
    )
    limited = scenario.policies.limit_special_places
    opening_stock, before = opening_plans(record, spread, draws)
    paths = plan_paths(
        record,
        spread,
        draws,
        levers,
        steps,
        opening=opening_stock,
        limited=limited,
    )
    paid = _paid_plans(before, paths.placements, draws)
    basis = _cost_basis(record, paid[0], draws)
    prices, services = _prices(spread, draws, levers, steps)
    costs = [
        step_spending(basis, plans, price, service)
        for plans, price, service in zip(paid, prices, services, strict=True)
    ]
    parts = {
        name: np.stack([getattr(cost, name) for cost in costs])
        for name in ("total", "volume", "mix", "price", "services")
    }
    other = levers.cost_gbp + _appeals(basis, paths, prices, draws)
    spending = parts["total"] + other
    block = _block(record, spread, draws, steps)
    transfer = levers.transfer * record.money.schools_block_gbp
    opening, unexplained = _opening(record, spread, draws, block)
    balance, grants = _balances(
        opening,
        block + transfer - spending + unexplained,
        scenario.policies.stability_grant,
    )
    return Futures(
        stock=paths.bands,
        requests=paths.requests,
        new=paths.new,
        ended=paths.ended,
        shortfall=paths.shortfall,
        block=block,
        transfer=transfer,
        spending=spending,
        volume=parts["volume"],
        mix=parts["mix"],
        price=parts["price"],
        services=parts["services"],
        other=other,
        unexplained=unexplained,
        grants=grants,
        opening=opening,
        balance=balance,
        interest=draws.assumed("interest_rate") * np.maximum(-balance, 0.0),
        level=basis.level,
    )


def _paid_plans(
    before: np.ndarray, placements: np.ndarray, draws: Draws
) -> list[np.ndarray]:
    september = draws.assumed("september_share")
    return [
        year_plans(old, inside, september)
        for old, inside in zip([before, *placements[:-1]], placements, strict=True)
    ]


def _cost_basis(record: AreaRecord, plans: np.ndarray, draws: Draws) -> CostBasis:
    """Unit costs at the level that makes base-year spending what was spent.

    Spending counts all place funding: the outturn, maintained places, and places funded
    directly, which are the last published amount grown with the block.
    """
    unit_cost = np.stack(
        [draws.assumed(f"unit_cost_{name}_gbp") for name in MODEL_PLACEMENTS]
    )
    outturn = record.money.spending[BASE_YEAR.label]
    spending = outturn + _maintained_places(record, draws)
    if record.money.has_block:
        last = LAST_BLOCK_YEAR.label
        direct = record.money.block_before[last] - record.money.block_after[last]
        spending = spending + direct * (1.0 + draws.assumed(f"block_growth.{BASE_YEAR}"))
    services = np.full(draws.count, record.money.services_share * outturn)
    return set_cost_basis(plans, unit_cost, spending=spending, services=services)


def _maintained_places(record: AreaRecord, draws: Draws) -> np.ndarray:
    return record.money.places_gbp * draws.assumed("maintained_place_funding_level")


def _prices(
    spread: Spreads, draws: Draws, levers: Effects, steps: int
) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Prices against the base year: by placement (placements, draws), and of services."""
    years = np.arange(steps + 1)[:, None]
    other = (1.0 + draws.assumed("price_growth_other")) ** years
    independent = (1.0 + draws.assumed("price_growth_independent_special")) ** years
    shocks = draws.shock(
        "price.national", steps, spread.price_national, national=True
    ) + draws.shock("price.local", steps, spread.price_local)
    drift = np.concatenate([np.zeros((1, draws.count)), np.cumsum(shocks, axis=0)])
    by_placement = []
    for year in range(steps + 1):
        price = np.repeat(other[year][None], len(MODEL_PLACEMENTS), axis=0)
        price[INDEPENDENT] = independent[year] * levers.independent_price[year]
        by_placement.append(price * np.exp(drift[year]))
    return by_placement, list(other)


def _appeals(
    basis: CostBasis, paths: PlanPaths, prices: list[np.ndarray], draws: Draws
) -> np.ndarray:
    """Cost of tribunal appeals beyond those already in the base year, £ (years, draws).

    An upheld appeal is taken to turn a state special place into an independent one.
    """
    growth = draws.assumed("appeal_growth")
    upheld = draws.assumed("appeal_uplift_share")
    costs = [np.zeros(draws.count)]
    for step in range(paths.new.shape[0]):
        extra = (
            paths.new[step] * _APPEALS_PER_NEW_PLAN * ((1.0 + growth) ** (step + 1) - 1.0)
        )
        dearer = basis.unit_cost * prices[step + 1]
        difference = np.maximum(dearer[INDEPENDENT] - dearer[STATE_SPECIAL], 0.0)
        costs.append(costs[-1] + basis.level * extra * upheld * difference)
    return np.stack(costs)


# 22,276 appeals (SEND appeal rate table) to 97,747 new plans (DfE), England, 2024.
_APPEALS_PER_NEW_PLAN = 22_276 / 97_747


def _block(record: AreaRecord, spread: Spreads, draws: Draws, steps: int) -> np.ndarray:
    """The high needs block before deductions from the base year on, (years, draws)."""
    if not record.money.has_block:
        return np.full((steps + 1, draws.count), np.nan)
    block = np.full(draws.count, record.money.block_before[LAST_BLOCK_YEAR.label])
    shocks = draws.shock("block.local", steps + 1, spread.block_local)
    path = []
    for step in range(steps + 1):
        name = f"block_growth.{BASE_YEAR.shift(step)}"
        known = name if name in draws.assumptions else "block_growth.later"
        block = block * (1.0 + draws.assumed(known)) * np.exp(shocks[step])
        path.append(block)
    return np.stack(path)


def _opening(
    record: AreaRecord, spread: Spreads, draws: Draws, block: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Balance at the start of the base year, and yearly unexplained movements from it.

    Between the last published balance and the base year, the published block after
    deductions less outturn and maintained places carries the balance forward.
    """
    first = opening_year(record.money.balance)
    bridged = range(first.end + 1, BASE_YEAR.end)
    shock = draws.shock(
        "unexplained.local", len(bridged) + block.shape[0], spread.unexplained_local
    )
    unexplained = (spread.unexplained_level + shock) * block[0]
    if not record.money.has_block:
        return np.full(draws.count, np.nan), unexplained
    opening = np.full(draws.count, record.money.balance.get(first.label, 0.0))
    places = _maintained_places(record, draws)
    for number, end in enumerate(bridged):
        label = FinancialYear(end).label
        opening = step_balance(
            opening,
            block=np.full(draws.count, record.money.block_after[label]),
            spending=record.money.spending[label] + places,
            unexplained=unexplained[number],
            grants=np.zeros(draws.count),
        )
    return opening, unexplained[len(bridged) :]


def opening_year(balance: Mapping[str, float]) -> FinancialYear:
    """The year whose closing balance is the last published.

    Where none is, the year before the base year: the balance is then a change from there.
    """
    if not balance:
        return BASE_YEAR.shift(-1)
    return max(FinancialYear.parse(label) for label in balance)


def _balances(
    opening: np.ndarray, movement: np.ndarray, grant: StabilityGrant
) -> tuple[np.ndarray, np.ndarray]:
    """Balances and grants by year, (years, draws); a grant answers an earlier deficit."""
    counted, paid = (year.end - BASE_YEAR.end for year in grant.years())
    balances: list[np.ndarray] = []
    grants: list[np.ndarray] = []
    for step in range(movement.shape[0]):
        amount = np.zeros_like(opening)
        if grant.switched_on and step == paid and 0 <= counted < step:
            amount = grant_on_deficit(balances[counted], grant.share)
        previous = balances[-1] if balances else opening
        balances.append(previous + movement[step] + amount)
        grants.append(amount)
    return np.stack(balances), np.stack(grants)
