"""The block and the balance by year: as published where they are, then projected."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from highneeds.model.finance import step_balance
from highneeds.model.grant import grant_amount, own_high_needs
from highneeds.periods import FinancialYear
from highneeds.record.area import AreaRecord
from highneeds.record.money import MoneyRecord
from highneeds.record.spread import Spreads
from highneeds.scenario.draws import Draws
from highneeds.scenario.scenario import Policies

# What a carried balance is drawn with; nothing else uses it.
CARRIED = "carried_balance.local"
# Followed by the financial year in which grants become part of the block.
_ROLLED_IN = "block_grants_rolled_in."


@dataclass(frozen=True)
class Balances:
    """Balance, grants and unexplained movements, £ (years, draws), from the base year.

    ``opening`` (draws,) is the balance at the start of the base year. ``grants`` are in the
    balance, ``announced`` are not: what the announced grant would add to it. ``covered`` is
    the part of later deficits that a scenario has covered.
    """

    opening: np.ndarray
    balance: np.ndarray
    grants: np.ndarray
    announced: np.ndarray
    covered: np.ndarray
    unexplained: np.ndarray


@dataclass(frozen=True)
class Blocks:
    """The high needs block before deductions, £ (years, draws), from the base year.

    ``printed`` is the allocation with ``rolled_in``, the grants that became part of it in
    one year and stay; without them it is like for like with the years before.
    ``rolled_cost`` is what those grants met, which is high needs spending from then on.
    """

    printed: np.ndarray
    rolled_in: np.ndarray
    rolled_cost: np.ndarray


def blocks(
    record: AreaRecord, spread: Spreads, draws: Draws, years: Sequence[FinancialYear]
) -> Blocks:
    """The block by year, and the grants rolled into it; NaN where none is held."""
    printed = _block_path(record, spread, draws, years)
    rolled_in, cost = np.zeros_like(printed), np.zeros_like(printed)
    dearer = 1.0 + draws.assumed("price_growth_other")
    for step, year in enumerate(years):
        share = _rolled_in(draws, year.end)
        own = record.money.own.rolled_in.get(year.label)
        if own is not None:
            share = own / (printed[step] - own)
        if share is not None:
            # From that year on the grants are the same part of every block.
            rest = 1.0 - share / (1.0 + share)
            new = printed[step:] * share / (1.0 + share)
            rolled_in[step:] = rolled_in[step:] * rest + new
            passed = np.arange(len(years) - step)[:, None]
            cost[step:] += np.nan_to_num(new[0]) * dearer**passed
    return Blocks(printed, rolled_in, cost)


def _rolled_in(draws: Draws, end: int) -> np.ndarray | None:
    """Grants that become part of the block in a year, as a share of it; None in others."""
    name = f"{_ROLLED_IN}{FinancialYear(end)}"
    return draws.assumed(name) if name in draws.assumptions else None


def _block_path(
    record: AreaRecord, spread: Spreads, draws: Draws, years: Sequence[FinancialYear]
) -> np.ndarray:
    """The block as printed, £ (years, draws); NaN where none is held.

    Each authority's grows from its own last year held up to the base year; a later year
    that is held stands as it is, and the years after it grow from there.
    """
    money = record.money
    if not money.has_block:
        return np.full((len(years), draws.count), np.nan)
    held = _by_end(money.block_before)
    base, last = years[0].end, years[-1].end
    start = max((end for end in held if end <= base), default=min(held))
    path = {start: np.full(draws.count, held[start])}
    shocks = draws.shock("block.local", max(last - start, 0), spread.block_local)
    for end in range(start + 1, last + 1):
        grown = path[end - 1] * (1.0 + _growth(draws, end))
        rolled = _rolled_in(draws, end)
        grown = grown if rolled is None else grown * (1.0 + rolled)
        own = money.own.rolled_in.get(FinancialYear(end).label)
        if own is not None:
            grown = path[end - 1] * (1.0 + _growth(draws, end)) + own
        path[end] = (
            np.full(draws.count, held[end])
            if end in held
            else grown * np.exp(shocks[end - start - 1])
        )
    for end in range(start - 1, base - 1, -1):
        path[end] = path[end + 1] / (1.0 + _growth(draws, end + 1))
    return np.stack([path[year.end] for year in years])


def direct_places(
    money: MoneyRecord, draws: Draws, year: FinancialYear
) -> np.ndarray | float:
    """Places the department funds directly, £ (draws,): the block's deductions of a year.

    Where a year's are not held, its own last before it, grown with the block.
    """
    if not money.has_block:
        return 0.0
    before, after = _by_end(money.block_before), _by_end(money.block_after)
    both = before.keys() & after.keys()
    last = max((end for end in both if end <= year.end), default=min(both))
    found: np.ndarray | float = before[last] - after[last]
    for end in range(last + 1, year.end + 1):
        found = found * _growth_held(before, draws, end)
    return found


def balances(
    record: AreaRecord,
    spread: Spreads,
    draws: Draws,
    years: Sequence[FinancialYear],
    *,
    block: np.ndarray,
    movement: np.ndarray,
    net_spending: np.ndarray,
    paid_in: np.ndarray,
    policies: Policies,
) -> Balances:
    """Balances by year: the published ones as they are, the others from the one before.

    Parameters
    ----------
    block, movement : ndarray, shape (years, draws)
        The block before deductions; block and transfer less spending.
    net_spending : ndarray, shape (draws,)
        Net outturn of the base year, or what stands for it.
    paid_in : ndarray, shape (years, draws)
        Payments against the deficit in single years; those up to a balance that is held
        are in it.
    policies : Policies
        The stability grant answers an earlier deficit; one paid by a published balance is
        in it. One that is not switched on is worked out all the same, and counted in no
        balance.
    """
    grant = policies.stability_grant
    held = _by_end(record.money.balance)
    shock = draws.shock("unexplained.local", len(years), spread.unexplained_local)
    unexplained = (spread.unexplained_level + shock) * block[0]
    change = movement + unexplained + paid_in
    own = own_high_needs(record, grant, years, movement + paid_in)
    opening = _opening(record, spread, draws, years[0], block, change, net_spending)
    counted, paid = (year.end - years[0].end for year in grant.years())
    found = [opening]
    grants = []
    beside = []
    covered = []
    for step, year in enumerate(years):
        amount = met = np.zeros(draws.count)
        published = held.get(year.end)
        # The opening balance stands first, so a year's closing one is a place further on.
        if published is not None:
            found.append(np.full(draws.count, published))
        else:
            if step == paid and -1 <= counted < step:
                amount = grant_amount(record, grant, found[counted + 1], own)
            met = policies.later_deficits.of(year) * np.maximum(-change[step], 0.0)
            found.append(found[-1] + change[step] + amount * grant.switched_on + met)
        grants.append(amount * grant.switched_on)
        beside.append(amount * (not grant.switched_on))
        covered.append(met)
    return Balances(
        opening=opening,
        balance=np.stack(found[1:]),
        grants=np.stack(grants),
        announced=np.stack(beside),
        covered=np.stack(covered),
        unexplained=unexplained,
    )


def payments_of(money: MoneyRecord, policies: Policies) -> Mapping[str, float]:
    """Payments under an agreement, £ by year: the authority's own, or spread if asked."""
    if money.own.payments or not policies.spread_agreement:
        return money.own.payments
    return money.agreed_evenly


def carried_years(record: AreaRecord) -> int:
    """Years between the last balance held before the base year and its start."""
    base = record.vintage.year.end
    held = [end for end in _by_end(record.money.balance) if end < base]
    return base - 1 - max(held) if held and record.money.has_block else 0


def _opening(
    record: AreaRecord,
    spread: Spreads,
    draws: Draws,
    base: FinancialYear,
    block: np.ndarray,
    change: np.ndarray,
    net_spending: np.ndarray,
) -> np.ndarray:
    """Balance at the start of the base year, (draws,).

    Carried from the last one held before it: the published block after deductions less
    outturn and maintained places, and what such carries missed in other authorities. Where
    one is held only later, worked back from it; where none is, 0, for a change from there.
    """
    money = record.money
    if not money.has_block:
        return np.full(draws.count, np.nan)
    held = _by_end(money.balance)
    before = [end for end in held if end < base.end]
    if not held:
        return np.zeros(draws.count)
    if not before:
        first = min(held)
        return np.asarray(held[first] - change[: first - base.end + 1].sum(axis=0))
    years = carried_years(record)
    opening = np.full(draws.count, held[max(before)])
    if not years:
        return opening
    places = maintained_places(money, draws)
    for end in range(base.end - years, base.end):
        opening = step_balance(
            opening,
            block=_after_deductions(money, draws, end),
            spending=_outturn(money, base, net_spending, end) + places,
            unexplained=np.zeros(draws.count),
            grants=np.full(draws.count, money.own.paid_in(FinancialYear(end))),
        )
    level, sd = spread.carried(years)
    missed = level + draws.shock(CARRIED, 1, sd)[0]
    return opening + missed * _before_deductions(money, draws, base.end - 1, block)


def maintained_places(money: MoneyRecord, draws: Draws) -> np.ndarray:
    """Place funding of maintained providers, £ (draws,)."""
    return money.places_gbp * draws.assumed("maintained_place_funding_level")


def _before_deductions(
    money: MoneyRecord, draws: Draws, end: int, block: np.ndarray
) -> np.ndarray:
    held = money.block_before.get(FinancialYear(end).label)
    return np.full(draws.count, held) if held else block[0]


def _after_deductions(money: MoneyRecord, draws: Draws, end: int) -> np.ndarray:
    """The block after deductions; where it is not held, the last before it, grown."""
    held = _by_end(money.block_after)
    last = max((known for known in held if known <= end), default=min(held))
    found = np.full(draws.count, held[last])
    for year in range(last + 1, end + 1):
        found = found * _growth_held(_by_end(money.block_before), draws, year)
    return found


def _outturn(
    money: MoneyRecord, base: FinancialYear, net_spending: np.ndarray, end: int
) -> np.ndarray:
    """Net outturn of a year before the base year; between its neighbours where missing."""
    held: dict[int, np.ndarray | float] = {**_by_end(money.spending)}
    held.setdefault(base.end, net_spending)
    if end in held:
        return np.asarray(held[end])
    later = min(known for known in held if known > end)
    earlier = max((known for known in held if known < end), default=later)
    if earlier == later:
        return np.asarray(held[later])
    part = (end - earlier) / (later - earlier)
    return np.asarray(held[earlier]) ** (1.0 - part) * np.asarray(held[later]) ** part


def _growth(draws: Draws, end: int) -> np.ndarray:
    """Assumed growth of the block into the year that ends then, (draws,)."""
    name = f"block_growth.{FinancialYear(end)}"
    return draws.assumed(name if name in draws.assumptions else "block_growth.later")


def _growth_held(before: Mapping[int, float], draws: Draws, end: int) -> np.ndarray | float:
    """Growth of the block as a factor: as held where both years are, else as assumed."""
    if end in before and end - 1 in before:
        return before[end] / before[end - 1]
    return 1.0 + _growth(draws, end)


def _by_end(series: Mapping[str, float]) -> dict[int, float]:
    return {FinancialYear.parse(year).end: value for year, value in series.items()}
