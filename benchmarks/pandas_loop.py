"""The model as an analyst would write it in pandas: a loop over futures, a loop over years.

Tables hold ages by placements. The random numbers are given, drawn beforehand from the
same streams, so this side is spared what our engine pays for them. Written for the shipped
trend: no lever, no limit on places, no grant; and for an authority whose balance is
published for the year before the base year.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from benchmarks.inputs import STEPS, YEARS, Setting
from highneeds.record.cells import MODEL_PLACEMENTS
from highneeds.record.marked import ENGLAND, SHARE
from highneeds.scenario.draws import Draws

PLACEMENTS = list(MODEL_PLACEMENTS)
SPECIAL, INDEPENDENT = "state_special", "independent_special"


@dataclass(frozen=True)
class Tables:
    """The record, the assumptions (a row a future) and the shocks (futures by years).

    ``moves`` has a row for each age and origin; ``own`` is 1 where target and origin agree.
    """

    given: Setting
    stock: pd.DataFrame
    mix: pd.DataFrame
    moves: pd.DataFrame
    own: pd.DataFrame
    stay: pd.Series
    into_independent: pd.Series
    exit_rate: pd.Series
    population: pd.Series
    joining_per_person: pd.Series
    assumed: pd.DataFrame
    shocks: dict[str, pd.DataFrame]


def tables(given: Setting, count: int) -> Tables:
    """Everything the loop reads, as pandas tables."""
    record, rates = given.record, given.record.rates
    ages = pd.RangeIndex(26, name="age")
    cells = pd.MultiIndex.from_product([ages, PLACEMENTS], names=["age", "placement"])
    draws = given.draws(count)
    moves = pd.DataFrame(rates.moves.reshape(len(cells), -1), cells, PLACEMENTS)
    own = pd.DataFrame(np.tile(np.eye(len(PLACEMENTS)), (len(ages), 1)), cells, PLACEMENTS)
    others = cells.get_level_values("placement") != INDEPENDENT
    return Tables(
        given,
        pd.DataFrame(record.stock, ages, PLACEMENTS).rename_axis(columns="placement"),
        pd.DataFrame(record.joining_mix, ages, PLACEMENTS),
        moves,
        own,
        (moves * own).sum(axis=1),
        moves[INDEPENDENT] * others,
        pd.Series(record.exit_rate, ages),
        pd.Series(record.population, ages),
        pd.Series(rates.joining_per_person, ages),
        pd.DataFrame({name: draws.assumed(name) for name in draws.assumptions}),
        _shocks(given, draws),
    )


def _shocks(given: Setting, draws: Draws) -> dict[str, pd.DataFrame]:
    spread = given.spread
    drawn = {
        "path": spread.path.of_england(draws.shock(ENGLAND, 1, 1.0, national=True), STEPS)
        + spread.path.of_share(
            draws.shock(SHARE, STEPS, 1.0), float(given.record.stock.sum())
        ),
        "price": draws.shock("price.national", STEPS, spread.price_national, national=True)
        + draws.shock("price.local", STEPS, spread.price_local),
        "block": draws.shock("block.local", YEARS, spread.block_local),
        "unexplained": draws.shock("unexplained.local", YEARS, spread.unexplained_local),
    }
    return {name: pd.DataFrame(values.T) for name, values in drawn.items()}


def run(tables: Tables) -> dict[str, np.ndarray]:
    """Every future in turn; arrays as `inputs.answers` gives them."""
    found = [_one_future(tables, number) for number in range(len(tables.assumed))]
    return {name: np.stack([one[name] for one in found], axis=-1) for name in found[0]}


def _one_future(tables: Tables, number: int) -> dict[str, np.ndarray]:
    assumed = tables.assumed.iloc[number]
    shocks = {name: table.iloc[number] for name, table in tables.shocks.items()}
    placements, new, ended, shortfall = _plans(tables, assumed, shocks["path"])
    block, met = _block(tables, assumed, shocks["block"])
    spending = _spending(tables, assumed, shocks["price"], placements, new) + met
    return {
        "placements": placements.to_numpy(),
        "ended": ended,
        "shortfall": shortfall,
        "spending": spending.to_numpy(),
        "balance": _balance(tables, shocks["unexplained"], block, spending),
    }


def _profile(tables: Tables, assumed: pd.Series) -> pd.DataFrame:
    """Ages of those joining, by year."""
    people, wanted = tables.population, {}
    for year in range(2023, 2025 + STEPS):
        wanted[year] = tables.joining_per_person * people
        born = people.iloc[0] * (1 + assumed["births_change"])
        people = people.shift(1, fill_value=born)
    by_year = pd.DataFrame(wanted)[range(2025, 2025 + STEPS)]
    return by_year / by_year.sum()


def _plans(
    tables: Tables, assumed: pd.Series, path: pd.Series
) -> tuple[pd.DataFrame, pd.Series, np.ndarray, np.ndarray]:
    """Plans by placement on the default path, and as many new ones as that takes."""
    record, profile = tables.given.record, _profile(tables, assumed)
    moves = _moves(tables, assumed["moves_to_independent"])
    still = moves[SPECIAL].xs(SPECIAL, level="placement")
    stock, places = tables.stock, tables.stock[SPECIAL].sum()
    placements, new, ended, shortfall = [stock.sum()], {}, [], []
    exit_rate = tables.exit_rate.copy()
    exit_rate.iloc[-1] = 1.0
    for step, year in enumerate(profile.columns):
        total = record.path[step] * np.exp(path[step])
        ended.append(stock.mul(exit_rate, axis=0).to_numpy().sum())
        older = stock.mul(1 - exit_rate, axis=0).shift(1, fill_value=0.0)
        balancing = record.balancing_share * stock.to_numpy().sum()
        new[year] = max(total - older.to_numpy().sum() - balancing, 0.0)
        joined = max(new[year] + balancing, 0.0)
        by_cell = older.stack()  # noqa: PD013
        moved = moves.mul(by_cell, axis=0).groupby(level="age").sum()
        stock = moved + tables.mix.mul(profile[year] * joined, axis=0)
        kept = older[SPECIAL] * still
        arriving = (stock[SPECIAL] - kept).clip(lower=0)
        places *= 1 + assumed["special_place_growth"]
        room = max(places - kept.sum(), 0.0)
        shortfall.append(max(arriving.sum() - room, 0.0))
        stock *= total / stock.to_numpy().sum()
        placements.append(stock.sum())
    return pd.DataFrame(placements), pd.Series(new), np.array(ended), np.array(shortfall)


def _moves(tables: Tables, factor: float) -> pd.DataFrame:
    """Moves into independent special schools times a factor, from those who would stay."""
    into, stay = tables.into_independent, tables.stay
    extra = (into * (factor - 1)).clip(lower=-into, upper=stay)
    changed = tables.moves - tables.own.mul(extra, axis=0)
    changed[INDEPENDENT] += extra
    return changed


def _spending(
    tables: Tables,
    assumed: pd.Series,
    shocks: pd.Series,
    placements: pd.DataFrame,
    new: pd.Series,
) -> pd.Series:
    record, money = tables.given.record, tables.given.record.money
    unit_cost = pd.Series({p: assumed[f"unit_cost_{p}_gbp"] for p in PLACEMENTS})
    inside = placements.set_axis(PLACEMENTS, axis=1)
    before = inside.shift(1)
    before.iloc[0] = record.stock_before[-1]
    september = assumed["september_share"]
    paid = before * (1 - september) + inside * september
    price = pd.DataFrame(
        {p: (1 + assumed["price_growth_other"]) ** np.arange(YEARS) for p in PLACEMENTS}
    )
    price[INDEPENDENT] = (1 + assumed["price_growth_independent_special"]) ** np.arange(
        YEARS
    )
    price = price.mul(np.exp(pd.Series([0.0, *shocks]).cumsum()), axis=0)
    base = tables.given.record.vintage.year
    outturn = money.spending[base.label]
    direct = money.block_before["2023-24"] - money.block_after["2023-24"]
    spent = (
        outturn
        + money.places_gbp * assumed["maintained_place_funding_level"]
        + direct * (1 + assumed[f"block_growth.{base}"])
    )
    services = money.services_share * outturn
    level = (spent - services) / (paid.iloc[0] * unit_cost).sum()
    placed = (paid * price).mul(unit_cost).sum(axis=1) * level
    priced = services * (1 + assumed["price_growth_other"]) ** np.arange(YEARS)
    growth = (1 + assumed["appeal_growth"]) ** np.arange(1, YEARS) - 1
    dearer = (
        price[INDEPENDENT] * unit_cost[INDEPENDENT] - price[SPECIAL] * unit_cost[SPECIAL]
    )
    upheld = assumed["appeals_per_new_plan"] * assumed["appeal_uplift_share"]
    extra = new.to_numpy() * growth * upheld
    appeals = (dearer.clip(lower=0).iloc[1:] * extra * level).cumsum()
    return placed + priced + appeals.reindex(placed.index, fill_value=0.0)


def _block(
    tables: Tables, assumed: pd.Series, shocks: pd.Series
) -> tuple[pd.Series, pd.Series]:
    """The block by year, and what the grants rolled into it met before."""
    base = tables.given.record.vintage.year
    labels = [base.shift(step).label for step in range(YEARS)]
    growth, met = [], pd.Series(0.0, range(YEARS))
    for label in labels:
        grown = 1 + assumed.get(f"block_growth.{label}", assumed["block_growth.later"])
        rolled = assumed.get(f"block_grants_rolled_in.{label}", 0.0)
        growth.append(grown * (1 + rolled))
    shocked = pd.Series(growth) * np.exp(shocks.to_numpy())
    block = tables.given.record.money.block_before["2023-24"] * shocked.cumprod()
    for step, label in enumerate(labels):
        rolled = assumed.get(f"block_grants_rolled_in.{label}", 0.0)
        later = np.arange(YEARS - step)
        dearer = (1 + assumed["price_growth_other"]) ** later
        met.iloc[step:] += block[step] * rolled / (1 + rolled) * dearer
    return block, met


def _balance(
    tables: Tables, unexplained: pd.Series, block: pd.Series, spending: pd.Series
) -> np.ndarray:
    base = tables.given.record.vintage.year
    loose = (tables.given.spread.unexplained_level + unexplained) * block[0]
    balance = tables.given.record.money.balance[base.shift(-1).label]
    return (balance + (block - spending + loose).cumsum()).to_numpy()
