"""Spending and balances foretold from earlier Januaries, set beside what came.

Areas are those without a break, so that a reorganised one is followed as a sum; regions and
England are sums of the areas that have a figure at both ends.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from highneeds.answers.backtest_marks import (
    ENGINE,
    ENGINE_DRAWS,
    ORACLE,
    marks,
)
from highneeds.forecast.authorities import Authorities
from highneeds.forecast.baselines import RULES
from highneeds.forecast.method import METHODS, SEED, forecast
from highneeds.forecast.money import SpendingErrors, spending_errors
from highneeds.forecast.record import record_of, series_of
from highneeds.forecast.shares import HORIZONS, Set, regression_of
from highneeds.geography import ENGLAND_CODE
from highneeds.model.origin import project_all, stand_at
from highneeds.panel.panel import Panel
from highneeds.panel.unbroken import unbroken_areas, with_sums
from highneeds.panel.vintage import held_by_most, vintage
from highneeds.record.approximations import Approximation, approximations
from highneeds.record.combined import opening_record
from highneeds.record.look_ahead import look_ahead
from highneeds.record.spread import spreads
from highneeds.scenario.scenario import Scenario

SPENDING, BALANCE = "spending", "balance"
OUTTURN, HELD = "s251_high_needs_net_gbp", "dsg_balance_gbp"
BLOCK = "high_needs_block_before_deductions_gbp"
AFTER = "high_needs_block_after_deductions_gbp"
AGREEMENT = "Safety Valve"
_MEASURE = {SPENDING: OUTTURN, BALANCE: HELD}
# England's balances, of authorities with and without an agreement.
APART = {"england_without_agreement": False, "england_with_agreement": True}
# Rules of one series, and how many outturns before the origin's they need.
MONEY_RULES = {"naive": 0, "own_last": 1, "england_last": 1}
# Methods for plans, whose plans are then priced.
PRICED = ("a", "b", "d")
LATER = "from later: "
# Of its areas, what a sum must have at both ends to be marked.
_MOST = 0.5


def money_origins(panel: Panel, measure: str) -> tuple[int, ...]:
    """Januaries whose financial year has an outturn, or a balance, and a later one."""
    first = look_ahead(with_sums(panel)).asked.end
    last = vintage(panel).census.end
    held = sorted(each.end for each in held_by_most(panel, _MEASURE[measure]))
    return tuple(end for end in held[:-1] if first <= end <= last)


def last_held(panel: Panel, measure: str) -> int:
    """The year in which the last outturn, or balance, to mark against closes."""
    return max(each.end for each in held_by_most(panel, _MEASURE[measure]))


def looked_ahead(panel: Panel, origin: int) -> tuple[Approximation, ...]:
    """What the engine takes from after a January, wherever money is projected from it."""
    then = stand_at(panel, origin)
    area = next(each for each in unbroken_areas(then).scored)
    money = opening_record(then, area).money
    found = approximations(then, area, money, spreads(then.published))
    return tuple(one for one in found if one.later)


def with_agreement(panel: Panel) -> frozenset[str]:
    """Areas, or sums of areas, with a Safety Valve agreement at any time."""
    table = panel.published.companion("programmes")
    named = set(table.loc[table["programme"] == AGREEMENT, "la_code"])
    return frozenset(
        area.la_code
        for area in record_of(panel).areas
        if not named.isdisjoint(area.la_code.split("+"))
    )


@dataclass(frozen=True, eq=False)
class Sums:
    """Outcomes of one origin, and the sums of areas that are marked beside them.

    ``base`` (areas,) is what was held at the origin, ``came`` (horizons, areas) what came,
    ``per`` (horizons, areas) what errors are in per cent of. ``members`` has, by level, the
    places of each sum's areas.
    """

    year: int
    codes: tuple[str, ...]
    scored: np.ndarray
    members: Mapping[str, Mapping[str, np.ndarray]]
    base: np.ndarray
    came: np.ndarray
    per: np.ndarray

    @classmethod
    def of(cls, panel: Panel, measure: str, year: int, until: int) -> Sums:
        """Outturns or balances from one origin to the year that closes in `until`."""
        record, held = record_of(panel), series_of(panel, _MEASURE[measure])
        codes = tuple(area.la_code for area in record.areas)
        region = np.array([area.region_code for area in record.areas])
        members = {
            "region": {each: np.flatnonzero(region == each) for each in np.unique(region)},
            "england": {ENGLAND_CODE: np.arange(len(codes))},
        }
        came = np.stack([held.of(at) for at in range(year + 1, _last(year, until) + 1)])
        per = came
        if measure == BALANCE:
            per = np.broadcast_to(series_of(panel, BLOCK).of(year), came.shape)
            agreed = np.isin(codes, list(with_agreement(panel)))
            members |= {
                level: {ENGLAND_CODE: np.flatnonzero(agreed == has)}
                for level, has in APART.items()
            }
        return cls(year, codes, record.scored, members, held.of(year), came, per)

    def marks(
        self, points: np.ndarray, draws: np.ndarray | None = None
    ) -> list[pd.DataFrame]:
        """Marks of areas, and of every sum of those known at both ends, if most are.

        Points of sums are sums of points.
        """
        found = [self._marked("authority", self.codes, points, draws)]
        ahead = len(self.came)
        known = np.isfinite(self.came + self.per + points[:ahead])
        for level, sums in self.members.items():
            parts = list(sums.values())
            counted = _summed(np.ones_like(known, dtype=float), known, parts)
            most = counted > _MOST * np.array([len(rows) for rows in parts])
            each = replace(
                self,
                scored=np.ones(len(sums), dtype=bool),
                came=np.where(most, _summed(self.came, known, parts), np.nan),
                per=_summed(self.per, known, parts),
            )
            middle, futures = _summed(points[:ahead], known, parts), None
            if draws is not None:
                futures = _summed(draws[:ahead], known[:, None], parts)
            found.append(each._marked(level, tuple(sums), middle, futures))
        return found

    def as_england_came(self, points: np.ndarray) -> np.ndarray:
        """Points whose sum over the areas known at both ends is what came of them."""
        points = points[: len(self.came)]
        known = np.isfinite(self.came + points)
        came, foretold = (
            np.where(known, values, 0.0).sum(axis=1, keepdims=True)
            for values in (self.came, points)
        )
        return np.asarray(points * came / foretold)

    def _marked(
        self,
        level: str,
        codes: tuple[str, ...],
        points: np.ndarray,
        draws: np.ndarray | None,
    ) -> pd.DataFrame:
        return marks(
            points[: len(self.came)],
            self.came,
            draws,
            codes=list(codes),
            scored=self.scored,
            per=self.per,
            level=level,
            origin=self.year,
        )


def _last(year: int, until: int) -> int:
    return min(year + HORIZONS, until)


def _summed(
    values: np.ndarray, known: np.ndarray, parts: Sequence[np.ndarray]
) -> np.ndarray:
    """Sums over the places of each part of what is known."""
    kept = np.where(known, values, 0.0)
    return np.stack([kept[..., rows].sum(axis=-1) for rows in parts], axis=-1)


@dataclass(frozen=True)
class SpendingRun:
    """Mark the engine's spending from one origin, and simple rules beside it."""

    origin: int
    until: int

    def done(self, panel: Panel) -> pd.DataFrame:
        """Marks of section 251 outturn, and of outturn with places funded apart.

        The outturn is foretold by the growth of the engine's own spending, which counts
        those places too.
        """
        sums = Sums.of(panel, SPENDING, self.origin, self.until)
        spent, central = self._spent(panel)
        draws = sums.base * spent[1:] / spent[0]
        points = sums.base * central[1:] / central[0]
        places = _with_places(panel, sums, central[0])
        found = {
            ENGINE: sums.marks(points, draws),
            f"{ENGINE}_all_places": places.marks(central[1:], spent[1:]),
            f"{ENGINE}_england_true": _split(sums, points),
        }
        own = series_of(panel, OUTTURN).until(self.origin).areas
        whole = own[np.isfinite(own).all(axis=1)].sum(axis=0)
        for name, before in MONEY_RULES.items():
            if own.shape[1] > before:
                found[name] = sums.marks(RULES[name](own, whole))
        naive = RULES["naive"](own, whole)
        found[ORACLE] = _split(sums, naive)
        return _named(found, _said(panel, self.origin))

    def _spent(self, panel: Panel) -> tuple[np.ndarray, np.ndarray]:
        """The engine's spending from the origin's year on, and that of the central case.

        Of shape (years, draws, areas) and (years, areas).
        """
        areas = record_of(panel).areas
        ran = project_all(panel, self.origin, areas, draws=ENGINE_DRAWS, seed=SEED)
        parts = [
            (each.spending[: HORIZONS + 1], central.spending[: HORIZONS + 1, 0])
            for _, each, central in ran
        ]
        spent, middle = (np.stack(each, axis=-1) for each in zip(*parts, strict=True))
        return spent, middle


@dataclass(frozen=True)
class PricedRun:
    """Mark a method's plans at growing prices from one origin, with covariates given."""

    name: str
    origin: int
    until: int
    chosen: Set

    def done(self, panel: Panel) -> pd.DataFrame:
        """Marks of section 251 outturn: the origin's, grown as plans and prices are.

        Bands are of plans and of what prices strayed by at earlier origins; none at an
        origin before which no outturn had been seen to stray.
        """
        record, method = record_of(panel), METHODS[self.name]
        assumed = Scenario.load().assumptions
        growth = assumed["price_growth_other"].central
        september = assumed["september_share"].central
        regression = regression_of(panel, method.definition)
        now, count = record.plans.of(self.origin), len(record.areas)
        areas = Authorities(
            record.areas, np.arange(count), np.ones(count), now, record.scored
        )
        made = forecast(method, regression, areas, self.origin, self.chosen)
        errors = spending_errors(
            regression,
            series_of(panel, OUTTURN),
            self.origin,
            self.chosen,
            price_growth=growth,
            september_share=september,
        )
        sums = Sums.of(panel, SPENDING, self.origin, self.until)
        first = (1.0 - september) * record.plans.of(self.origin - 1) + september * now
        dearer = (1.0 + growth) ** np.arange(1, HORIZONS + 1)

        def spent(plans: np.ndarray) -> np.ndarray:
            before = np.concatenate([np.broadcast_to(now, plans[:1].shape), plans[:-1]])
            paid = (1.0 - september) * before + september * plans
            each = dearer.reshape(-1, *(1,) * (plans.ndim - 1))
            return np.asarray(sums.base * paid / first * each)

        points, draws = spent(made.points), None
        if made.draws is not None and errors.spending:
            draws = spent(made.draws) * _swings(errors, made.draws.shape, self.origin)
        found = {f"plans_{self.name}": sums.marks(points, draws)}
        return _named(found, f"{made.selected}, {LATER}assumptions")


@dataclass(frozen=True)
class BalanceRun:
    """Mark the engine's balances from one origin, and no change beside them."""

    origin: int
    until: int

    def done(self, panel: Panel) -> pd.DataFrame:
        """Marks of balances, in per cent of the block of the origin's year."""
        sums = Sums.of(panel, BALANCE, self.origin, self.until)
        areas = record_of(panel).areas
        ran = project_all(panel, self.origin, areas, draws=ENGINE_DRAWS, seed=SEED)
        parts = [
            (each.balance[1 : HORIZONS + 1], central.balance[1 : HORIZONS + 1, 0])
            for _, each, central in ran
        ]
        draws, points = (np.stack(each, axis=-1) for each in zip(*parts, strict=True))
        same = np.repeat(sums.base[None], HORIZONS, axis=0)
        found = {
            ENGINE: sums.marks(points, draws),
            "naive": sums.marks(same),
        }
        return _named(found, _said(panel, self.origin))


MoneyTask = SpendingRun | PricedRun | BalanceRun


def _with_places(panel: Panel, sums: Sums, all_places: np.ndarray) -> Sums:
    """The same sums with the places that the engine counts beside the outturn.

    Maintained places are those it counts in the origin's year, in cash; those funded
    directly are the block's deductions of each year, none where none were held then.
    """
    before, after = series_of(panel, BLOCK), series_of(panel, AFTER)

    def direct(year: int) -> np.ndarray:
        return before.of(year) - after.of(year)

    then = np.nan_to_num(direct(sums.year))
    maintained = all_places - sums.base - then
    ahead = [
        np.where(then > 0, direct(sums.year + step), 0.0)
        for step in range(1, len(sums.came) + 1)
    ]
    came = sums.came + maintained + np.stack(ahead)
    return replace(sums, base=all_places, came=came, per=came)


def _split(sums: Sums, points: np.ndarray) -> list[pd.DataFrame]:
    """Marks with England as it came, which leaves nothing of England to mark."""
    found = sums.marks(sums.as_england_came(points))
    return [table for table in found if (table["level"] != "england").all()]


def _swings(errors: SpendingErrors, shape: tuple[int, ...], origin: int) -> np.ndarray:
    """Factors on spending: prices drawn year by year, each step kept."""
    rng = np.random.default_rng([SEED, origin, len(shape)])
    horizons, draws, _ = shape
    local = errors.price_local * rng.standard_normal(shape)
    national = errors.price_national * rng.standard_normal((horizons, draws, 1))
    return np.asarray(np.exp(np.cumsum(local + national, axis=0)))


def _said(panel: Panel, origin: int) -> str:
    return LATER + " + ".join(one.name for one in looked_ahead(panel, origin))


def _named(found: Mapping[str, list[pd.DataFrame]], selected: str) -> pd.DataFrame:
    """Marks of several methods of one origin; a rule chooses nothing and looks nowhere."""
    tables = [
        table.assign(
            method=name, selected="" if name in RULES or name == ORACLE else selected
        )
        for name, each in found.items()
        for table in each
        if len(table)
    ]
    return pd.concat(tables, ignore_index=True)
