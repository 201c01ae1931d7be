"""Years × futures: one authority's plans and pounds to the end of the horizon.

Futures are simulated in blocks of a fixed size, so that the answer does not depend on how
many are asked for, and memory does not grow with them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields

import numpy as np

from highneeds.bounds import require_draws, require_seed
from highneeds.errors import ModelError
from highneeds.model.costs import Costs, cost_paths, costs_unknown
from highneeds.model.flows import PlanPaths, plan_paths
from highneeds.model.funding import Blocks, balances, blocks, payments_of
from highneeds.model.unknown_placements import opening_plans
from highneeds.periods import FinancialYear
from highneeds.record.area import AreaRecord
from highneeds.record.spread import Spreads
from highneeds.scenario.draws import CentralDraws, Draws
from highneeds.scenario.levers import Effects, effects
from highneeds.scenario.scenario import Scenario
from highneeds.scenario.streams import BLOCK_DRAWS
from highneeds.words import whole_pounds

_OF_COSTS = (
    "spending",
    "volume",
    "mix",
    "price",
    "services",
    "other",
    "placed",
    "paid_plans",
    "supported",
    "level",
)


@dataclass(frozen=True)
class Futures:
    """Everything simulated, futures last.

    ``stock`` (censuses, 5 bands, 7 placements, draws); ``requests``, ``new``, ``ended``,
    ``shortfall`` (years, draws) by calendar year from the base census; money (financial
    years from the base year, draws), £. ``rolled_in`` is the part of
    ``block`` that other grants became, ``rolled_cost`` what they met before. ``volume +
    mix + price + services + other + rolled_cost`` is the change in ``spending`` since the
    base year. ``placed`` and ``paid_plans`` (financial years, placements, draws) are what
    plans cost by placement and how many are paid for; with ``supported``, services beside
    plans, ``other`` and ``rolled_cost``, ``placed`` is ``spending``. ``grants``,
    ``payments``, ``contributions`` and ``covered`` are counted in ``balance``,
    ``announced`` are beside it.
    ``interest`` falls outside the balance.
    """

    stock: np.ndarray
    requests: np.ndarray
    new: np.ndarray
    ended: np.ndarray
    shortfall: np.ndarray
    block: np.ndarray
    rolled_in: np.ndarray
    rolled_cost: np.ndarray
    transfer: np.ndarray
    spending: np.ndarray
    volume: np.ndarray
    mix: np.ndarray
    price: np.ndarray
    services: np.ndarray
    other: np.ndarray
    placed: np.ndarray
    paid_plans: np.ndarray
    supported: np.ndarray
    unexplained: np.ndarray
    grants: np.ndarray
    payments: np.ndarray
    contributions: np.ndarray
    covered: np.ndarray
    announced: np.ndarray
    opening: np.ndarray
    balance: np.ndarray
    interest: np.ndarray
    level: np.ndarray

    @property
    def in_year(self) -> np.ndarray:
        """Block and transfer less spending, £ (years, draws)."""
        return self.block + self.transfer - self.spending

    @property
    def balance_with_grant(self) -> np.ndarray:
        """The balance with the announced grant as well, £ (years, draws)."""
        return self.balance + self.announced.cumsum(axis=0)


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


def central_case(
    record: AreaRecord,
    scenario: Scenario,
    spread: Spreads,
    *,
    until: FinancialYear,
    moved: Sequence[tuple[str, float]] = (),
) -> Futures:
    """The one future of an authority in which nothing is uncertain: draws is 1.

    Every assumption and dated path is at its central value, every measure is delivered in
    full and no year swings. It adds up over authorities, years and parts, which middles of
    many futures do not.

    Parameters
    ----------
    moved : sequence of (str, float), optional
        Pairs of an assumption and a value within its range: as many cases as pairs, in each
        of which that assumption alone stands there.

    Raises
    ------
    ModelError
        The horizon is out of range.
    """
    check_until(record, until)
    draws = CentralDraws(
        scenario.assumptions,
        record.area.la_code,
        count=len(moved) or 1,
        moved=tuple(moved),
    )
    # Still: errors of the path lie about what they add to England's sum, not about nothing.
    return _one_block(record, scenario, spread.still(), draws, until)


def redrawn(
    record: AreaRecord,
    scenario: Scenario,
    spread: Spreads,
    *,
    until: FinancialYear,
    draws: int,
    seed: int,
    streams: Iterable[str],
    other_seed: int,
) -> dict[str, np.ndarray]:
    """The closing balance of the same futures with one stream after another drawn anew.

    Plans that do not draw the stream stay as they are and are not carried on again.

    Returns
    -------
    dict of str to ndarray, shape (draws,)
        By stream, £.

    Raises
    ------
    ModelError
        As `simulate`.
    """
    names = list(streams)
    closing: dict[str, list[np.ndarray]] = {name: [] for name in names}
    for start, count in _block_sizes(record, until, draws, seed):
        whose = (scenario.assumptions, record.area.la_code, seed, start, count)
        noted = _NotedDraws(*whose)
        plans = _plans(record, scenario, spread, noted, until)
        for name in names:
            block = _one_block(
                record,
                scenario,
                spread,
                Draws(*whose, {name: other_seed}),
                until,
                None if name in noted.drawn else plans,
            )
            closing[name].append(block.balance[-1])
    return {name: np.concatenate(blocks) for name, blocks in closing.items()}


@dataclass(frozen=True)
class _NotedDraws(Draws):
    """Draws that note which streams are drawn."""

    drawn: set[str] = field(default_factory=set)

    def normals(self, name: str, rows: int, *, national: bool = False) -> np.ndarray:
        self.drawn.add(name)
        return super().normals(name, rows, national=national)


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
    if first % BLOCK_DRAWS:
        msg = f"first {first} is inside a block. Expected a multiple of {BLOCK_DRAWS}."
        raise ModelError(msg)
    for start, count in _block_sizes(record, until, draws, seed, first):
        numbers = Draws(
            scenario.assumptions, record.area.la_code, seed, start, count, seeds or {}
        )
        yield _one_block(record, scenario, spread, numbers, until)


def _block_sizes(
    record: AreaRecord, until: FinancialYear, draws: int, seed: int, first: int = 0
) -> list[tuple[int, int]]:
    """First future and number of futures of each block, all that is asked checked first."""
    check_until(record, until)
    require_draws(draws, error=ModelError)
    require_seed(seed, ModelError)
    return [
        (start, min(BLOCK_DRAWS, draws - start))
        for start in range(first, draws, BLOCK_DRAWS)
    ]


def check_until(record: AreaRecord, until: FinancialYear) -> None:
    """Refuse a last year for which nothing is left to project, or that is too far.

    Raises
    ------
    ModelError
        Says which years can be asked for.
    """
    now, known = record.vintage, record.money.balance_year
    begins = max(now.year, FinancialYear(now.census.end), *([known] if known else []))
    if not begins < until <= now.furthest:
        msg = (
            f"until {until} is out of range. The base year is {now.year}; "
            f"expected {begins.shift(1)} to {now.furthest}."
        )
        raise ModelError(msg)


def _foreseen(
    record: AreaRecord, scenario: Scenario, spread: Spreads, until: FinancialYear
) -> Mapping[str, float]:
    """What makes the central case spend what an authority forecasts, by year; none."""
    if not record.money.own.forecast:
        return {}
    draws, still = CentralDraws(scenario.assumptions, record.area.la_code), spread.still()
    plans = _plans(record, scenario, still, draws, until)
    return _costed(record, still, draws, plans, None)[1].foreseen


@dataclass(frozen=True)
class _Plans:
    """Levers and plans of a block of futures, with those held before the base census."""

    years: tuple[FinancialYear, ...]
    levers: Effects
    before: np.ndarray
    paths: PlanPaths


def _plans(
    record: AreaRecord,
    scenario: Scenario,
    spread: Spreads,
    draws: Draws,
    until: FinancialYear,
) -> _Plans:
    now = record.vintage
    years = tuple(now.year.shift(step) for step in range(until.end - now.year.end + 1))
    levers = effects(
        scenario.measures,
        scenario.one_offs,
        base=now.year,
        years=len(years),
        draws=draws,
        paths=scenario.paths,
    )
    stock, before = opening_plans(record, spread, draws)
    paths = plan_paths(
        record,
        spread,
        draws,
        levers,
        until.end - now.census.end,
        opening=stock,
        limited=scenario.policies.limit_special_places,
    )
    return _Plans(years, levers, before, paths)


def _costed(
    record: AreaRecord,
    spread: Spreads,
    draws: Draws,
    plans: _Plans,
    foreseen: Mapping[str, float] | None,
) -> tuple[Blocks, Costs]:
    """The block, and what plans cost."""
    years = plans.years
    block = blocks(record, spread, draws, years)
    costs = (
        cost_paths(
            record,
            spread,
            draws,
            plans.levers,
            years,
            januaries=[*plans.before, *plans.paths.placements],
            new=[*record.counted_new, *plans.paths.new],
            rolled_cost=block.rolled_cost,
            foreseen=foreseen,
        )
        if record.money.has_spending
        else costs_unknown(len(years), draws.count)
    )
    return block, costs


def _one_block(
    record: AreaRecord,
    scenario: Scenario,
    spread: Spreads,
    draws: Draws,
    until: FinancialYear,
    plans: _Plans | None = None,
) -> Futures:
    """A block of futures, carried on from the opening plans or from `plans` as they are."""
    central = isinstance(draws, CentralDraws)
    foreseen = None if central else _foreseen(record, scenario, spread, until)
    plans = plans or _plans(record, scenario, spread, draws, until)
    block, costs = _costed(record, spread, draws, plans, foreseen)
    years, paths = plans.years, plans.paths
    _check_spending(record, scenario, years, costs.spending)
    money = record.money
    transfer = plans.levers.transfer * money.schools_block_gbp
    for step, year in enumerate(years):
        if year.label in money.own.transfer:
            transfer[step] = money.own.transfer[year.label]
    payments, contributions = (
        _dated(each, years, draws)
        for each in (
            payments_of(money, scenario.policies),
            money.own.contributions,
        )
    )
    found = balances(
        record,
        spread,
        draws,
        years,
        block=block.printed,
        movement=block.printed + transfer - costs.spending,
        net_spending=costs.net,
        paid_in=payments + contributions,
        policies=scenario.policies,
    )
    return Futures(
        stock=paths.bands,
        **{
            name: getattr(paths, name) for name in ("requests", "new", "ended", "shortfall")
        },
        **{name: getattr(costs, name) for name in _OF_COSTS},
        **{one.name: getattr(found, one.name) for one in fields(found)},
        block=block.printed,
        rolled_in=block.rolled_in,
        rolled_cost=block.rolled_cost,
        transfer=transfer,
        payments=payments,
        contributions=contributions,
        interest=draws.assumed("interest_rate") * np.maximum(-found.balance, 0.0),
    )


def _check_spending(
    record: AreaRecord,
    scenario: Scenario,
    years: Sequence[FinancialYear],
    spending: np.ndarray,
) -> None:
    """Refuse levers that take more off a year than all that is spent in it."""
    below = (spending < 0).any(axis=1)
    if below.any():
        step = int(below.argmax())
        where = scenario.files[-1].name if scenario.files else scenario.name
        msg = (
            f"{record.area}: spending of {years[step]} would come to "
            f"{whole_pounds(float(spending[step].min()))}, below nothing. The measures and "
            f"one-off receipts of {where} take off more than is spent. Lower most of a "
            "measure, or gbp of a one-off."
        )
        raise ModelError(msg)


def _dated(
    pounds: Mapping[str, float], years: Sequence[FinancialYear], draws: Draws
) -> np.ndarray:
    """Pounds of single years, the same in every future, (years, draws)."""
    by_year = np.array([pounds.get(year.label, 0.0) for year in years])
    return np.repeat(by_year[:, None], draws.count, axis=1)
