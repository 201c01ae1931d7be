"""The reduced model: plans carried and costed, everything random given as a table.

Assumptions stand at their central values and only yearly shocks differ between futures.
What is left fills most of the engine's time and fits a spreadsheet or a system-dynamics
model: ages, moves, joining, unit costs and the balance. Our engine is timed on the whole
model, random numbers and all.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from benchmarks.inputs import STEPS, YEARS, Setting, certain
from highneeds.model.capacity import INDEPENDENT
from highneeds.model.simulate import Futures
from highneeds.record.cells import MODEL_PLACEMENTS

# England, 2024: 22,276 appeals (SEND appeal rate table), 97,747 new plans (DfE).


@dataclass(frozen=True)
class Given:
    """Numbers of the reduced model; yearly ones end in the futures.

    ``stock``, ``mix`` (26, 7); ``before``, ``unit_cost`` (7,); ``moves`` (26, 7, 7);
    ``exit_rate`` (26,); ``profile`` (years, 26); ``joining``, ``balancing``,
    ``exit_factor`` (years, futures); ``price`` (financial years, 7, futures); ``appeals``
    (years,), £ of dearer placement for one new plan; ``block``, ``loose`` (financial years,
    futures), £; ``opening`` (futures,), £; ``services_price`` (financial years,).
    """

    stock: np.ndarray
    before: np.ndarray
    exit_rate: np.ndarray
    mix: np.ndarray
    moves: np.ndarray
    profile: np.ndarray
    joining: np.ndarray
    balancing: np.ndarray
    exit_factor: np.ndarray
    price: np.ndarray
    unit_cost: np.ndarray
    services: float
    services_price: np.ndarray
    spent: float
    september_share: float
    appeals: np.ndarray
    block: np.ndarray
    loose: np.ndarray
    opening: np.ndarray


def reduced(setting: Setting, count: int) -> tuple[Setting, Futures, Given]:
    """The setting with nothing but shocks, our engine's futures of it, and its tables."""
    setting = certain(setting)
    futures = setting.run(count)
    record, spread, draws = setting.record, setting.spread, setting.draws(count)
    one = {name: float(draws.assumed(name)[0]) for name in draws.assumptions}
    outturn = record.money.spending[record.vintage.year.label]
    services = record.money.services_share * outturn
    drift = np.cumsum(
        draws.shock("price.national", STEPS, spread.price_national, national=True)
        + draws.shock("price.local", STEPS, spread.price_local),
        axis=0,
    )
    drift = np.concatenate([np.zeros((1, count)), drift])
    years = np.arange(YEARS)
    growth = np.full((YEARS, 7), 1 + one["price_growth_other"])
    growth[:, INDEPENDENT] = 1 + one["price_growth_independent_special"]
    price = growth ** years[:, None]
    return (
        setting,
        futures,
        Given(
            stock=record.stock,
            before=record.stock_before[-1],
            exit_rate=record.exit_rate,
            mix=record.joining_mix,
            # The record's own: central is no more and no fewer moves than it shows.
            moves=record.rates.moves,
            profile=_profile(setting, one["births_change"]),
            joining=futures.new,
            balancing=np.full((STEPS, count), record.balancing_share),
            exit_factor=np.ones((STEPS, count)),
            price=price[:, :, None] * np.exp(drift)[:, None, :],
            unit_cost=np.array([one[f"unit_cost_{p}_gbp"] for p in MODEL_PLACEMENTS]),
            services=services,
            services_price=(1 + one["price_growth_other"]) ** years,
            spent=float(futures.spending[0, 0]),
            september_share=one["september_share"],
            appeals=one["appeals_per_new_plan"]
            * ((1 + one["appeal_growth"]) ** years[1:] - 1)
            * one["appeal_uplift_share"],
            # Less what grants rolled in met before, which is in spending elsewhere.
            block=futures.block - futures.rolled_cost,
            loose=futures.unexplained,
            opening=futures.opening,
        ),
    )


def _profile(setting: Setting, births_change: float) -> np.ndarray:
    """Ages of those joining, (years, 26): people of mid-2023 grown older, by rate."""
    people, ages = setting.record.population, []
    for _ in range(2024, 2025 + STEPS):
        people = np.append(people[0] * (1 + births_change), people[:-1])
        joining = setting.record.rates.joining_per_person * people
        ages.append(joining / joining.sum())
    return np.array(ages[1:])
