"""Run: one area under one scenario, simulated. Data and numbers; answers are made of it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from typing import Self

from highneeds.errors import UsageError
from highneeds.geography import Area
from highneeds.model.grant import Ground, ground, own_high_needs
from highneeds.model.override import deficit_until
from highneeds.model.quantiles import summary
from highneeds.model.simulate import Futures, central_case, simulate
from highneeds.own.figures import OwnFigures
from highneeds.panel.panel import Panel
from highneeds.panel.vintage import Vintage
from highneeds.periods import Census, FinancialYear
from highneeds.record.approximations import Approximation, approximations
from highneeds.record.area import AreaRecord
from highneeds.record.counted import on_day
from highneeds.record.gap import Gap
from highneeds.record.money import years_lacking
from highneeds.record.spread import Spreads
from highneeds.scenario.scenario import Scenario


@dataclass(frozen=True, eq=False)
class Run:
    """One authority under one scenario, in pounds; a negative balance is a deficit.

    ``futures`` are the simulated ones and ``central`` the central case; `record` is what
    they start from and ``own`` what the authority stated of it. No two runs are equal.
    """

    panel: Panel = field(repr=False)
    record: AreaRecord = field(repr=False)
    scenario: Scenario = field(repr=False)
    spread: Spreads = field(repr=False)
    futures: Futures = field(repr=False)
    until: FinancialYear
    draws: int
    seed: int
    own: OwnFigures | None = field(default=None, repr=False)

    @cached_property
    def central(self) -> Futures:
        """The central case, one future: every figure in the middle is from it."""
        return central_case(self.record, self.scenario, self.spread, until=self.until)

    @cached_property
    def unmitigated(self) -> Self:
        """The same futures under the same scenario, without its measures.

        Itself where the scenario has none. One-off costs and policies stay.
        """
        if not self.scenario.measures:
            return self
        scenario = replace(self.scenario, measures=())
        futures = simulate(
            self.record,
            scenario,
            self.spread,
            until=self.until,
            draws=self.draws,
            seed=self.seed,
        )
        return replace(self, scenario=scenario, futures=futures)

    @property
    def area(self) -> Area:
        """The authority projected."""
        return self.record.area

    @property
    def vintage(self) -> Vintage:
        """What the record held last when the projection started from it."""
        return self.record.vintage

    @property
    def base_year(self) -> FinancialYear:
        """The last year with a published outturn."""
        return self.vintage.year

    @property
    def years(self) -> tuple[FinancialYear, ...]:
        """The base year and every projected year."""
        return tuple(
            self.base_year.shift(step) for step in range(self.futures.spending.shape[0])
        )

    @property
    def gaps(self) -> tuple[Gap, ...]:
        """Published figures that are missing, and what was done instead."""
        lacking = years_lacking(self.area.name, self.record.money, self.vintage)
        return (*self.record.gaps, *lacking)

    @cached_property
    def approximations(self) -> tuple[Approximation, ...]:
        """What was approximated in a projection from an earlier January; else nothing."""
        return approximations(self.panel, self.area, self.record.money, self.spread)

    @property
    def look_ahead(self) -> tuple[Approximation, ...]:
        """Those approximations that take something from after the January: all of them."""
        return tuple(one for one in self.approximations if one.later)

    @property
    def has_money(self) -> bool:
        """Whether a block is published, so that a gap and a balance can be shown."""
        return self.record.money.has_block

    @property
    def balance_is_level(self) -> bool:
        """Whether a balance is published; if not, only its change can be shown."""
        return bool(self.record.money.balance)

    @property
    def opening_year(self) -> FinancialYear:
        """The year whose closing balance the projection starts from.

        Where none is published, the year before the base year: the balance is then a
        change from there.
        """
        return self.record.money.balance_year or self.base_year.shift(-1)

    @property
    def deficit_until(self) -> FinancialYear:
        """The last year whose closing balance is called the authority's own."""
        return deficit_until(self.scenario.policies, self.until, self.opening_year)

    @property
    def grant_ground(self) -> Ground:
        """What the announced grant is worked out on, or why it is not."""
        return ground(self.record, self.scenario.policies.stability_grant)

    @property
    def own_high_needs(self) -> float:
        """The authority's own high needs balance on the day the grant counts, £; or NaN."""
        movement = self.central.in_year + self.central.payments + self.central.contributions
        found = own_high_needs(
            self.record, self.scenario.policies.stability_grant, self.years, movement
        )
        return float("nan") if found is None else float(found[0])

    def chance_of_deficit(self, year: FinancialYear | None = None) -> float:
        """Share of futures with a negative balance at the end of a year.

        Of the last that is called the authority's own when left out.
        """
        step = self.years.index(year or self.deficit_until)
        return float((self.futures.balance[step] < 0).mean())

    def plans_on(self, day: date) -> dict[str, float]:
        """Plans on a day from the base census on, straight between what is known.

        Returns
        -------
        dict
            `quantiles.FIGURES`.

        Raises
        ------
        UsageError
            The day is outside the run.
        """
        base, last = self.vintage.census, Census(self.until.end)
        if not base.day <= day <= last.day:
            msg = f"{day} is outside this run, {base.day} to {last.day}."
            raise UsageError(msg)
        of_futures, of_centre = (
            on_day(path[1:], path[0], base, self.record.own.counts, day)
            for path in (
                each.stock.sum(axis=(1, 2)) for each in (self.futures, self.central)
            )
        )
        return summary(of_futures, float(of_centre[0]))
