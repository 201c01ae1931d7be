"""The backtest worked out: every rule and method at every origin, on several processes.

Each piece of work is a task of its own with its own random numbers, so that the marks do
not depend on how many processes share them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from tqdm import tqdm

from highneeds.answers.backtest_marks import (
    ENGINE,
    ENGINE_DRAWS,
    ORACLE,
    marks,
)
from highneeds.answers.backtest_money import (
    PRICED,
    SPENDING,
    BalanceRun,
    MoneyTask,
    PricedRun,
    SpendingRun,
    money_origins,
)
from highneeds.forecast.authorities import Authorities, authorities_at, outcomes
from highneeds.forecast.baselines import RULES
from highneeds.forecast.covariates import Definition
from highneeds.forecast.england import truth
from highneeds.forecast.method import METHODS, SEED, forecast
from highneeds.forecast.record import record_of
from highneeds.forecast.shares import HORIZONS, Set, regression_of
from highneeds.geography import ENGLAND_CODE
from highneeds.model.origin import project_all
from highneeds.panel.panel import Panel

PLANS = "plans"


@dataclass(frozen=True)
class Choice:
    """Choose covariates, of one definition, at each of some origins."""

    definition: Definition
    origins: tuple[int, ...]

    def done(self, panel: Panel) -> dict[int, Set]:
        """The set chosen at each origin."""
        regression = regression_of(panel, self.definition)
        return {origin: regression.chosen(origin) for origin in self.origins}


@dataclass(frozen=True)
class RuleRun:
    """Mark one rule from one origin."""

    name: str
    origin: int
    until: int

    def done(self, panel: Panel) -> pd.DataFrame:
        """Marks of authorities, regions and England, each from its own past."""
        record, origin = record_of(panel), _Origin.of(panel, self.origin, self.until)
        known = record.plans.until(self.origin)

        def points(own: np.ndarray) -> np.ndarray:
            if self.name == ORACLE:
                growth = truth(record, self.origin) / known.england[-1]
                return own[:, -1] * growth[:, None]
            return RULES[self.name](own, known.england)

        made = {
            "authority": origin.authorities.of_areas(points(known.areas)),
            "region": points(origin.regions[:, : len(known.england)]),
        }
        if self.name != ORACLE:
            made["england"] = points(known.england[None])
        found = [origin.marks(level, each) for level, each in made.items()]
        return pd.concat(found, ignore_index=True).assign(method=self.name, selected="")


@dataclass(frozen=True)
class MethodRun:
    """Mark one method from one origin, with the covariates chosen there."""

    name: str
    origin: int
    until: int
    chosen: Set

    def done(self, panel: Panel) -> pd.DataFrame:
        """Marks of authorities, regions and England, which add up draw by draw."""
        method, origin = METHODS[self.name], _Origin.of(panel, self.origin, self.until)
        regression = regression_of(panel, method.definition)
        made = forecast(method, regression, origin.authorities, self.origin, self.chosen)
        found = origin.marks_of_sums(made.points, made.draws)
        if method.path != "true":
            futures = made.england_draws()
            found.append(origin.marks("england", made.england[:, None], futures))
        table = pd.concat(found, ignore_index=True)
        return table.assign(method=self.name, selected=made.selected)


@dataclass(frozen=True)
class EngineRun:
    """Mark the projection's own engine from one origin, as `project` would run it there.

    Its point is the central case, which adds up to regions and England.
    """

    origin: int
    until: int

    def done(self, panel: Panel) -> pd.DataFrame:
        """Marks of the engine, and of its split between areas with England as it came."""
        record, origin = record_of(panel), _Origin.of(panel, self.origin, self.until)
        ran = project_all(panel, self.origin, record.areas, draws=ENGINE_DRAWS, seed=SEED)
        plans = [
            [each.stock.sum(axis=(1, 2))[1:] for each in (futures, central)]
            for _, futures, central in ran
        ]
        draws, middle = (
            origin.authorities.of_areas(np.stack(each, axis=-1)[:HORIZONS])
            for each in zip(*plans, strict=True)
        )
        points = middle[:, 0]
        came = truth(record, self.origin)[:, None]
        found = [
            *origin.marks_of_sums(points, draws),
            origin.marks(
                "england",
                points.sum(axis=-1, keepdims=True),
                draws.sum(axis=-1, keepdims=True),
            ),
        ]
        split = origin.marks_of_sums(
            points * came / points.sum(axis=1, keepdims=True), None
        )
        return pd.concat(
            [
                pd.concat(found).assign(method=ENGINE),
                pd.concat(split).assign(method=f"{ENGINE}_england_true"),
            ],
            ignore_index=True,
        ).assign(selected="")


@dataclass(frozen=True, eq=False)
class _Origin:
    """What forecasts from one origin are marked against.

    ``members`` are the places of each region's authorities, ``regions`` (regions,
    Januaries) its published plans. ``came`` (horizons, areas), by level, is NaN where
    nothing is published, or nothing any more.
    """

    year: int
    authorities: Authorities
    members: dict[str, np.ndarray]
    regions: np.ndarray
    came: dict[str, np.ndarray]

    @classmethod
    def of(cls, panel: Panel, year: int, until: int) -> _Origin:
        record, authorities = record_of(panel), authorities_at(panel, year)
        codes = np.array([area.region_code for area in authorities.names])
        members = {str(code): np.flatnonzero(codes == code) for code in np.unique(codes)}
        regions = panel.matrix("ehc_plans").loc[list(members)].to_numpy(float)
        ahead = range(year + 1, min(year + HORIZONS, until) + 1)
        came = {
            "authority": np.stack([outcomes(panel, authorities, at) for at in ahead]),
            "region": np.stack([regions[:, at - record.plans.first] for at in ahead]),
            "england": np.array([[record.plans.whole(at)] for at in ahead]),
        }
        return cls(year, authorities, members, regions, came)

    def marks_of_sums(
        self, points: np.ndarray, draws: np.ndarray | None
    ) -> list[pd.DataFrame]:
        """Marks of authorities, and of regions as their sums."""

        def regions(values: np.ndarray) -> np.ndarray:
            parts = [values[..., rows].sum(axis=-1) for rows in self.members.values()]
            return np.stack(parts, axis=-1)

        summed = None if draws is None else regions(draws)
        return [
            self.marks("authority", points, draws),
            self.marks("region", regions(points), summed),
        ]

    def marks(
        self, level: str, points: np.ndarray, draws: np.ndarray | None = None
    ) -> pd.DataFrame:
        codes, came = [ENGLAND_CODE], self.came[level]
        if level == "region":
            codes = list(self.members)
        elif level == "authority":
            codes = [area.la_code for area in self.authorities.names]
        scored = np.ones(len(codes), dtype=bool)
        if level == "authority":
            scored = self.authorities.scored
        return marks(
            points[: len(came)],
            came,
            draws,
            codes=codes,
            scored=scored,
            level=level,
            origin=self.year,
        )


def run(
    panel: Panel, until: int, workers: int, *, bar: bool | None, measure: str = PLANS
) -> pd.DataFrame:
    """Marks of every rule and method at every origin before `until`.

    Parameters
    ----------
    until : int
        The last January, or year that closes, to mark against.
    workers : int
        Processes; the marks do not depend on it.
    bar : bool or None
        Show a progress bar; None for where somebody watches.
    measure : {"plans", "spending", "balance"}
        What is foretold.
    """
    origins = origins_of(panel, measure, until)
    methods = _methods(measure)
    definitions = tuple(dict.fromkeys(METHODS[name].definition for name in methods))
    first: list[Task] = [Choice(each, origins) for each in definitions]
    first += _first(measure, origins, until)
    tasks = len(first) + len(methods) * len(origins)
    with tqdm(total=tasks, disable=None if bar is None else not bar) as shown:
        done = list(_each(panel, first, workers, shown))
        chosen = dict(zip(definitions, done, strict=False))
        method_run = MethodRun if measure == PLANS else PricedRun
        second: list[Task] = [
            method_run(name, origin, until, chosen[METHODS[name].definition][origin])
            for name in methods
            for origin in origins
        ]
        found = [*done[len(definitions) :], *_each(panel, second, workers, shown)]
    return pd.concat(found, ignore_index=True)


def origins_of(panel: Panel, measure: str, until: int) -> tuple[int, ...]:
    """The Januaries that a measure is foretold from, to be marked up to `until`."""
    if measure == PLANS:
        return tuple(range(record_of(panel).first_origin, until))
    return tuple(each for each in money_origins(panel, measure) if each < until)


def _methods(measure: str) -> tuple[str, ...]:
    """Methods whose covariates are chosen before they are marked."""
    if measure == PLANS:
        return tuple(METHODS)
    return PRICED if measure == SPENDING else ()


def _first(measure: str, origins: Sequence[int], until: int) -> list[Task]:
    """What is marked without a choice: the engine, and rules."""
    if measure != PLANS:
        money = SpendingRun if measure == SPENDING else BalanceRun
        return [money(origin, until) for origin in origins]
    engine: list[Task] = [EngineRun(origin, until) for origin in origins]
    names = (*RULES, ORACLE)
    return engine + [RuleRun(name, origin, until) for name in names for origin in origins]


Task = Choice | EngineRun | RuleRun | MethodRun | MoneyTask
# In a worker process: the record it works on.
_inherited: list[Panel] = []


def _each(
    panel: Panel, tasks: Sequence[Task], workers: int, shown: tqdm[Any]
) -> Iterator[Any]:
    """What each task gives, in their order."""
    if workers <= 1:
        for task in tasks:
            yield task.done(panel)
            shown.update()
        return
    with ProcessPoolExecutor(workers, initializer=_inherit, initargs=(panel,)) as pool:
        for done in pool.map(_done, tasks):
            yield done
            shown.update()


def _inherit(panel: Panel) -> None:
    # By a function of the module: a method of the list would travel with a copy of it.
    _inherited.append(panel)


def _done(task: Task) -> Any:
    return task.done(_inherited[-1])
