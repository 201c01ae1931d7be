"""One year of pounds: what plans cost, what the block pays, what is carried forward."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from highneeds.errors import ModelError


@dataclass(frozen=True)
class Spending:
    """A year's spending, £, shape (draws,), and how it differs from the base year.

    ``volume + mix + price + services`` is the change from the base year exactly.
    ``placed`` (placements, draws) is what plans cost by placement; ``total`` is it and
    what services cost.
    """

    total: np.ndarray
    placed: np.ndarray
    volume: np.ndarray
    mix: np.ndarray
    price: np.ndarray
    services: np.ndarray


@dataclass(frozen=True)
class CostBasis:
    """An authority's own level of cost, set so that the base year meets its outturn.

    ``plans`` is (placements, draws) base-year plans; ``unit_cost`` (placements, draws) £ a
    plan; ``level`` (draws,) multiplies every unit cost; ``services`` (draws,) £ that does
    not follow plans.
    """

    plans: np.ndarray
    unit_cost: np.ndarray
    level: np.ndarray
    services: np.ndarray


def year_plans(
    before: np.ndarray, inside: np.ndarray, september_share: np.ndarray
) -> np.ndarray:
    """Plans a financial year pays for, from the January before it and the one inside it.

    April to August pays for the old school year's plans and September to March for the
    new one's: 5/12 and 7/12 unless the assumption is changed.
    """
    return before * (1.0 - september_share) + inside * september_share


def set_cost_basis(
    plans: np.ndarray,
    unit_cost: np.ndarray,
    *,
    spending: np.ndarray,
    services: np.ndarray,
) -> CostBasis:
    """Scale unit costs so that base-year plans cost what the authority spent.

    Parameters
    ----------
    plans, unit_cost : ndarray, shape (placements, draws)
        Plans in the base year; £ a plan a year before scaling.
    spending, services : ndarray, shape (draws,)
        £ spent in the base year, and the part of it that does not follow plans.

    Raises
    ------
    ModelError
        Services are more than spending, or no plan has a cost.
    """
    priced = (plans * unit_cost).sum(axis=0)
    if (priced <= 0).any() or (services > spending).any():
        msg = (
            "The base year cannot be met: plans at their unit costs come to "
            f"£{float(np.min(priced)):,.0f}, services to £{float(np.max(services)):,.0f}, "
            f"spending to £{float(np.min(spending)):,.0f}. Check the unit costs."
        )
        raise ModelError(msg)
    return CostBasis(plans, unit_cost, (spending - services) / priced, services)


def step_spending(
    basis: CostBasis, plans: np.ndarray, price: np.ndarray, services_price: np.ndarray
) -> Spending:
    """Cost a year's plans, and split the change since the base year.

    Parameters
    ----------
    plans, price : ndarray, shape (placements, draws)
        Plans the year pays for; prices against the base year (1 is unchanged).
    services_price : ndarray, shape (draws,)
        Price of services against the base year.
    """
    base_count = basis.plans.sum(axis=0)
    average = (basis.plans * basis.unit_cost).sum(axis=0) / base_count
    count = plans.sum(axis=0)
    at_base_prices = (plans * basis.unit_cost).sum(axis=0)
    at_prices = (plans * basis.unit_cost * price).sum(axis=0)
    return Spending(
        total=basis.level * at_prices + basis.services * services_price,
        placed=basis.level * (plans * basis.unit_cost * price),
        volume=basis.level * average * (count - base_count),
        mix=basis.level * (at_base_prices - average * count),
        price=basis.level * (at_prices - at_base_prices),
        services=basis.services * (services_price - 1.0),
    )


def step_balance(
    opening: np.ndarray,
    *,
    block: np.ndarray,
    spending: np.ndarray,
    unexplained: np.ndarray,
    grants: np.ndarray,
) -> np.ndarray:
    """Carry the balance forward one financial year.

    Parameters
    ----------
    opening, block, spending, unexplained, grants : ndarray, shape (draws,)
        Cash pounds. A negative balance is a deficit. Block and spending are on the same
        basis: both with, or both without, the places funded directly.

    Returns
    -------
    ndarray, shape (draws,)
        Closing balance, cash pounds.
    """
    return opening + block - spending + unexplained + grants


def grant_on_deficit(balance: np.ndarray, share: float) -> np.ndarray:
    """A grant of a share of a deficit; nothing where the balance is not a deficit."""
    return share * np.maximum(-balance, 0.0)
