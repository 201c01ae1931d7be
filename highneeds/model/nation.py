"""All of England at once: every authority's futures, added draw by draw.

The national part of each shock is the same draw in every authority and the local part is
its own, so England's band is neither the sum of local bands nor absurdly narrow.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from highneeds.bounds import require_workers
from highneeds.geography import ENGLAND_CODE, Area, Geography
from highneeds.model.grant import Ground, ground
from highneeds.model.override import deficit_until, measure_in
from highneeds.model.quantiles import BAND, summary
from highneeds.model.simulate import Futures, central_case, simulate_blocks
from highneeds.panel.vintage import Vintage
from highneeds.periods import FinancialYear
from highneeds.record.area import AreaRecord
from highneeds.record.spread import Spreads
from highneeds.scenario.scenario import Policies, Scenario

# Series added up; money only where a block is published, plans everywhere.
PLAN_SERIES = ("plans", "requests", "new", "ended", "shortfall")
MONEY_SERIES = (
    *("block", "transfer", "spending", "in_year", "balance", "grants", "interest"),
    *("announced", "balance_with_grant"),
)
_UNITS = {"shortfall": "places"}
_OF_EACH = ("plans", "block", "in_year", "balance")


@dataclass(frozen=True)
class Totals:
    """Sums over authorities, by series: arrays (years, draws), float64.

    ``central`` has the same series in the central case, (years,): the sum of the
    authorities' own. ``placements`` is plans there, (censuses, 7). ``members`` counts the
    authorities added up and ``without_money`` names those with no published block, whose
    money is in no sum. ``change_only`` names those with no published balance: only what
    their balance changes by from the start of the base year is in the sum, and no interest.
    ``under`` is the scenario that all were projected under, named by ``scenario``.
    ``with_agreement`` names those with a Safety Valve agreement, for which no announced
    grant is in the sum because no own figure gives one.

    ``authorities`` has a row an authority, for the last year: la_code, la_name,
    region_code, ``level`` (False where only the change of its balance is known) and
    ``<measure>_<central, p10, p50, p90 or mean>`` of plans, block and in_year (£), of
    balance (£, at the end of ``deficit_until``) and of gap_share, in_year over block; NaN
    without a block. It has no rows where futures were worked in parts on a cluster.
    """

    area: Area
    until: FinancialYear
    scenario: str
    series: dict[str, np.ndarray]
    central: dict[str, np.ndarray]
    placements: np.ndarray
    members: int
    without_money: tuple[str, ...]
    change_only: tuple[str, ...]
    seed: int
    vintage: Vintage
    under: Scenario
    with_agreement: tuple[str, ...] = ()
    authorities: pd.DataFrame = field(default_factory=pd.DataFrame)

    def table(self) -> pd.DataFrame:
        """Long table: area, scenario, year, measure, figures, unit.

        The figures are central, p10, p50, p90, mean and ``mean_error``, the Monte Carlo
        standard error of the mean. After `deficit_until` balances are called
        ``cumulative_shortfall``: whoever's they are.
        """
        rows = []
        for name, values in self.series.items():
            for step in range(values.shape[0]):
                rows.append(self._row(name, step, values[step]))
        return pd.DataFrame(rows)

    def ends(self, measure: str, year: str) -> dict[str, float] | None:
        """Central, p10, p50 and p90 of a series in a year; None where not simulated."""
        for step, values in enumerate(self.series.get(measure, ())):
            if self.year_of(measure, step) == year:
                row = self._row(measure, step, values)
                return {name: float(str(row[name])) for name in ("central", *BAND)}
        return None

    def year_of(self, measure: str, step: int) -> str:
        """The year, as written, of a place in a series."""
        if measure in MONEY_SERIES:
            return self.vintage.year.shift(step).label
        return str(self.vintage.census.end + step)

    def last_year(self) -> dict[str, float]:
        """The sums' own figures, named as the columns of `authorities` are."""
        return last_year(self.series, self.central, self.closing_step)

    @property
    def policies(self) -> Policies:
        """Grants, agreements and the override as the scenario has them."""
        return self.under.policies

    @property
    def deficit_until(self) -> FinancialYear:
        """The last year whose closing balances are called the authorities' own."""
        return deficit_until(self.policies, self.until, self.vintage.year)

    @property
    def closing_step(self) -> int:
        """The place in series of money of the last balance called the authorities' own."""
        return self.deficit_until.end - self.vintage.year.end

    def _row(self, name: str, step: int, values: np.ndarray) -> dict[str, object]:
        year, measure = self.year_of(name, step), name
        if name in MONEY_SERIES:
            measure = measure_in(name, FinancialYear.parse(year), self.deficit_until)
        return {
            "area": self.area.name,
            "scenario": self.scenario,
            "year": year,
            "measure": measure,
            **summary(values, self.central[name][step]),
            "mean_error": float(values.std() / np.sqrt(values.size)),
            "unit": "£" if name in MONEY_SERIES else _UNITS.get(name, "plans"),
        }


def project_records(
    starts: Iterable[tuple[AreaRecord, Scenario]],
    spread: Spreads,
    scenario: Scenario,
    geography: Geography,
    *,
    until: FinancialYear,
    now: Vintage,
    draws: int,
    seed: int,
    workers: int = 1,
    progress: Callable[[int], None] = lambda _: None,
) -> dict[str, Totals]:
    """Project every record and add them up, for England and each region.

    Parameters
    ----------
    starts : iterable of (AreaRecord, Scenario)
        What each authority starts from, and under what: `scenario`, or that with what the
        authority states of its own.
    geography : Geography
        Names what is added up.
    workers : int
        Processes; the numbers do not depend on it.
    progress : callable
        Told after each authority how many are done.

    Returns
    -------
    dict
        `Totals` by area code: England (all that were added up) and each region met.
    """
    members: list[Area] = []

    def jobs() -> Iterator[Job]:
        for record, given in starts:
            members.append(record.area)
            yield record, given, spread, until, draws, seed

    sums: dict[str, Sum] = {}
    each = []
    closing = deficit_until(scenario.policies, until, now.year).end - now.year.end
    for number, parts in enumerate(_run(jobs(), workers)):
        area = members[number]
        add_area(sums, area, parts)
        each.append(_one_of_all(area, parts, closing))
        progress(number + 1)
    table = pd.DataFrame(each)
    found = {}
    for code, total in sums.items():
        mine = table if code == ENGLAND_CODE else table[table["region_code"] == code]
        totals = total.totals(geography[code], until, scenario, seed, now)
        found[code] = replace(totals, authorities=mine.reset_index(drop=True))
    return found


def _one_of_all(area: Area, parts: AreaSeries, closing: int) -> dict[str, object]:
    """One row of `Totals.authorities`."""
    return {
        "la_code": area.la_code,
        "la_name": area.name,
        "region_code": area.region_code,
        "level": parts.level,
        **last_year(parts.futures, parts.central, closing),
    }


Series = dict[str, np.ndarray]


def last_year(series: Series, central: Series, closing: int) -> dict[str, float]:
    """Figures of the last year, named as `Totals.authorities`; the balance of another.

    Parameters
    ----------
    closing : int
        The place in series of money of the balance to give.
    """
    places = dict.fromkeys(_OF_EACH, -1) | {"balance": closing}
    last, middle = (
        {name: each[name][place] for name, place in places.items() if name in each}
        for each in (series, central)
    )
    for each in (last, middle):
        if "block" in each:
            each["gap_share"] = each["in_year"] / each["block"]
    return {
        f"{measure}_{name}": value
        for measure, values in last.items()
        for name, value in summary(values, middle[measure]).items()
    }


@dataclass(frozen=True)
class AreaSeries:
    """One authority's series that are added up.

    ``futures`` by series, (years, draws); ``central`` the central case's, (years,), and
    ``placements`` its plans, (censuses, 7). ``level`` says whether its balance is one, or
    only a change from an unpublished one, and ``agreement`` whether a Safety Valve
    agreement keeps it from an announced grant.
    """

    futures: Series
    central: Series
    placements: np.ndarray
    level: bool
    agreement: bool


class Sum:
    """Running sums in float64, always in the same order of authorities.

    Futures are last in each of `series`; `central` has the central case of the same.
    """

    def __init__(self) -> None:
        self.series: Series = {}
        self.central: Series = {}
        self.placements = np.zeros(())
        self.members = 0
        self.without_money: list[str] = []
        self.change_only: list[str] = []
        self.with_agreement: list[str] = []

    def add(self, area: Area, parts: AreaSeries) -> None:
        """Add one authority's `area_series`."""
        self.members += 1
        self.placements = self.placements + parts.placements
        if parts.agreement:
            self.with_agreement.append(area.name)
        has_money = bool(np.isfinite(parts.central["block"]).all())
        if not has_money:
            self.without_money.append(area.name)
        elif not parts.level:
            self.change_only.append(area.name)
        for name in (*PLAN_SERIES, *(MONEY_SERIES if has_money else ())):
            # What is owed on a balance that nobody here knows is not known either.
            if name == "interest" and not parts.level:
                continue
            self.series[name] = self.series.get(name, 0.0) + parts.futures[name]
            self.central[name] = self.central.get(name, 0.0) + parts.central[name]

    @classmethod
    def joined(cls, blocks: Sequence[Sum]) -> Sum:
        """One after another, sums of the same authorities over blocks of futures."""
        whole = cls()
        first = blocks[0]
        whole.members, whole.without_money = first.members, first.without_money
        whole.change_only = first.change_only
        whole.with_agreement = first.with_agreement
        whole.central, whole.placements = first.central, first.placements
        whole.series = {
            name: np.concatenate([block.series[name] for block in blocks], -1)
            for name in first.series
        }
        return whole

    def totals(
        self,
        area: Area,
        until: FinancialYear,
        scenario: Scenario,
        seed: int,
        now: Vintage,
    ) -> Totals:
        """The finished sums of a region or England."""
        return Totals(
            area,
            until,
            scenario.name,
            self.series,
            self.central,
            self.placements,
            self.members,
            tuple(self.without_money),
            tuple(self.change_only),
            seed,
            now,
            scenario,
            tuple(self.with_agreement),
        )


def add_area(sums: dict[str, Sum], area: Area, parts: AreaSeries) -> None:
    """Add an authority to England and to its region, where it lies in one."""
    for code in filter(None, (ENGLAND_CODE, area.region_code)):
        sums.setdefault(code, Sum()).add(area, parts)


Job = tuple[AreaRecord, Scenario, Spreads, FinancialYear, int, int]


def _run(jobs: Iterator[Job], workers: int) -> Iterator[AreaSeries]:
    """Each area's series as it comes; a worker is given the record, and opens no panel."""
    if require_workers(workers) == 1:
        yield from map(_one, jobs)
        return
    # After the first, what all areas need is known, and a forked process inherits it.
    yield _one(next(jobs))
    with ProcessPoolExecutor(workers) as pool:
        yield from pool.map(_one, jobs, chunksize=4)


def _one(job: Job) -> AreaSeries:
    record, scenario, spread, until, draws, seed = job
    return area_series(record, scenario, spread, until=until, draws=draws, seed=seed)


def area_series(
    record: AreaRecord,
    scenario: Scenario,
    spread: Spreads,
    *,
    until: FinancialYear,
    **how: Any,
) -> AreaSeries:
    """One authority's series that are added up; `how` is as for `simulate_blocks`."""
    blocks = simulate_blocks(record, scenario, spread, until=until, **how)
    parts = [_series(block) for block in blocks]
    central = central_case(record, scenario, spread, until=until)
    return AreaSeries(
        {name: np.concatenate([part[name] for part in parts], -1) for name in parts[0]},
        {name: values[..., 0] for name, values in _series(central).items()},
        central.stock.sum(axis=1)[..., 0],
        bool(record.money.balance),
        ground(record, scenario.policies.stability_grant) is Ground.AGREEMENT,
    )


def _series(futures: Futures) -> Series:
    """What is added up, futures last; ages are not."""
    found = {name: getattr(futures, name) for name in (*PLAN_SERIES[1:], *MONEY_SERIES)}
    return {**found, "plans": futures.stock.sum(axis=(1, 2))}
