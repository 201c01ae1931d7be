"""Projection: the answers of one run, as the tables a report shows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from highneeds.answers import (
    claim_sentences,
    glance,
    sentences,
    series,
)
from highneeds.answers.bridge import bridge_table
from highneeds.answers.mitigation import without_measures
from highneeds.answers.own_use import use_of
from highneeds.answers.plan_cells import PlanCells, plan_cells
from highneeds.answers.provision import spending_by_provision
from highneeds.answers.reserves import passed_in, reserves_table
from highneeds.display import shown
from highneeds.errors import UsageError
from highneeds.geography import Area
from highneeds.model.funding import carried_years
from highneeds.model.grant import Ground, ground, own_high_needs
from highneeds.model.origin import area_in, assumed_then, stand_at
from highneeds.model.override import deficit_until
from highneeds.model.quantiles import summary
from highneeds.model.simulate import Futures, central_case, simulate
from highneeds.model.unknown_placements import SPREADS as UNKNOWN_SPREADS
from highneeds.own.figures import OwnFigure, OwnFigures
from highneeds.panel.panel import Panel
from highneeds.panel.vintage import Vintage, horizon, vintage
from highneeds.periods import Census, FinancialYear
from highneeds.record.approximations import Approximation, approximations
from highneeds.record.area import AreaRecord
from highneeds.record.closing import closure_table
from highneeds.record.combined import opening_record
from highneeds.record.counted import on_day
from highneeds.record.gap import EXTRACT, Gap
from highneeds.record.money import years_lacking
from highneeds.record.own_costs import OWN_FROM_ORIGIN, stated_of, with_own_unit_costs
from highneeds.record.spread import Spreads, spreads
from highneeds.scenario.assumptions import EVIDENCE_WORDS, LIMITS
from highneeds.scenario.scenario import Scenario


@dataclass(frozen=True)
class Projection:
    """One authority under one scenario, in pounds; a negative balance is a deficit.

    ``gaps`` says which published figures are missing and what was done instead.
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
    def unmitigated(self) -> Projection:
        """The same futures without the scenario's measures; itself where it has none."""
        return without_measures(self)

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

    @property
    def balance_basis(self) -> str:
        """What the balance is measured from, in words."""
        if not self.has_money:
            return f"No balance is shown: {EXTRACT.lower()} holds no high needs block."
        if self.balance_is_level:
            return (
                f"Cumulative DSG balance, from {sentences.opening_one(self)} for "
                f"{self.opening_year}."
            )
        return (
            f"Change since {self.opening_year.closes_on()}, not a balance: "
            f"{EXTRACT.lower()} holds none."
        )

    def balance(self) -> pd.DataFrame:
        """Balance at 31 March by year: status, central, p10, p50, p90, mean, chance.

        The chance is that of a deficit.

        Years before the base year that carry no published balance are left out.
        """
        return series.balance(self)

    def balance_with_grant(self) -> pd.DataFrame:
        """Balance at 31 March with the announced grant: year, status, p10, p50, p90, mean.

        From the year of payment on; no rows where the grant is counted in the balance, or
        comes to nothing in the middle.
        """
        return series.balance_with_grant(self)

    def money(self) -> pd.DataFrame:
        """Block, spending and in-year gap by year, both with the places funded directly."""
        return series.money(self)

    def spending_by_provision(self) -> pd.DataFrame:
        """Spending by provision and year, which adds up to spending, and cost a plan."""
        return spending_by_provision(self)

    @cached_property
    def plan_cells(self) -> PlanCells:
        """The central case's plans by setting and age, whole: what every return is from."""
        return plan_cells(self)

    def plans(self) -> pd.DataFrame:
        """Plans each January: the published record, then the projection."""
        return self._plans.copy()

    @cached_property
    def _plans(self) -> pd.DataFrame:
        return series.plans(self)

    def plan_mix(self) -> pd.DataFrame:
        """Plans by placement each January and their share, published then projected."""
        return self._plan_mix.copy()

    @cached_property
    def _plan_mix(self) -> pd.DataFrame:
        return series.plan_mix(self)

    def bridge(self) -> pd.DataFrame:
        """From the opening balance to the closing one; the steps add up exactly."""
        return bridge_table(self)

    def results(self) -> pd.DataFrame:
        """Every simulated series as one long table (columns of `RESULT_COLUMNS`)."""
        return series.results(self)

    def assumptions(self) -> pd.DataFrame:
        """Every assumption and spread in use, with its evidence in words."""
        rows = [
            {"name": name, **estimate.model_dump()}
            for name, estimate in self.scenario.assumptions.items()
        ]
        table = pd.DataFrame(rows).drop(columns=list(LIMITS))
        spread = self.spread.table(float(self.record.stock.sum())).assign(
            source="Estimated from every authority's published record",
            evidence="D",
            low=np.nan,
            high=np.nan,
            date="",
            owner="",
            note="",
        )
        if not self.record.unknown.any():
            spread = spread[~spread["name"].isin(UNKNOWN_SPREADS)]
        if years := carried_years(self.record):
            spread = pd.concat([spread, self._carried(spread.iloc[0], years)])
        both = pd.concat([table, spread], ignore_index=True)[list(table.columns)]
        words = both["evidence"].map(EVIDENCE_WORDS)
        return both.assign(evidence_words=words)

    def closure(self) -> pd.DataFrame:
        """How far the published record itself closes, by financial year."""
        return closure_table(self.panel, self.area, self.vintage)

    def chance_of_deficit(self, year: FinancialYear | None = None) -> float:
        """Share of futures with a negative balance at the end of a year.

        Of the last that is called the authority's own when left out.
        """
        step = self.years.index(year or self.deficit_until)
        return float((self.futures.balance[step] < 0).mean())

    def own_uses(self) -> tuple[tuple[OwnFigure, str], ...]:
        """Each own figure of the authority with what was done with it, in words."""
        figures = self.own.figures if self.own else ()
        return tuple((figure, use_of(self, figure)) for figure in figures)

    def reserves(self) -> pd.DataFrame:
        """Usable reserves beside the deficit by year: columns of `reserves.COLUMNS`."""
        return reserves_table(self)

    @property
    def reserves_passed(self) -> FinancialYear | None:
        """The first year whose deficit is beyond usable reserves in the central case."""
        return passed_in(self)

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

    def sentence(self) -> str:
        """The headline."""
        return claim_sentences.headline(self)

    def sentences(self) -> dict[str, str]:
        """Short paragraphs by topic."""
        return dict(self._sentences)

    @cached_property
    def _sentences(self) -> dict[str, str]:
        return sentences.paragraphs(self) | claim_sentences.paragraphs(self)

    @cached_property
    def cautions(self) -> tuple[str, ...]:
        """What a reader must not forget; always printed with the figures."""
        return sentences.cautions(self)

    def __repr__(self) -> str:
        return glance.as_text(self)

    def _repr_mimebundle_(
        self, include: object = None, exclude: object = None
    ) -> tuple[dict[str, str], dict[str, Any]]:
        return shown(glance.as_html(self), repr(self), "words")

    def _carried(self, like: pd.Series, years: int) -> pd.DataFrame:
        """Rows of the list of assumptions for a balance carried over some years."""
        level, sd = self.spread.carried(years)
        name = "carried_balance"
        what = f"What balances carried over {years} years missed in other authorities"
        more = (
            ""
            if years <= self.spread.longest_carry
            else f"The record measures {self.spread.longest_carry} years at most; longer "
            "carries go on in a straight line."
        )
        return pd.DataFrame(
            [
                {
                    **like.to_dict(),
                    "name": f"{name}_{part}",
                    "title": f"{what}, {words}",
                    "unit": unit,
                    "central": value,
                    "note": more,
                }
                for part, words, unit, value in (
                    ("level", "middle", "share of the block", level),
                    ("local", "spread", "share of the block, standard deviation", sd),
                )
            ]
        )


def project(
    panel: Panel,
    area: str | Area,
    scenario: Scenario | str | Path | None = None,
    *,
    until: str | None = None,
    draws: int = 1000,
    seed: int = 20250901,
    origin: Census | str | int | None = None,
    own: OwnFigures | Mapping[str, OwnFigures] | None = None,
) -> Projection:
    """Project one authority's plans, spending and balance.

    Parameters
    ----------
    area : str or Area
        Name, alias, DfE code or ONS code; with `Panel.reorganised`, a proposed area.
    scenario : Scenario, str or Path, optional
        A shipped one by name, such as ``reform_path``, a file by path, or one read before;
        the shipped ``trend`` when left out. `scenarios` lists them.
    until : str, optional
        Last financial year; five years after the base year when left out.
    origin : Census, str or int, optional
        A January to start from, such as ``2022``, with the record as it stood then; see
        `Panel.at`. What was approximated, and what is taken from later all the same, is
        listed in `Projection.approximations`.
    own : OwnFigures, or mapping of str to OwnFigures, optional
        What the authority states itself, in place of what is published of it or projected;
        by DfE code for an area made of several. Nothing of it is kept beyond this process.

    Raises
    ------
    UsageError, AssumptionError, ModelError
        An unknown name or period, a faulty scenario, or figures that do not exist.
    """
    if origin is None:
        where = panel.area(area)
    else:
        panel, where = area_in(stand_at(panel, origin), area)
    stated = stated_of(own, where, panel)
    if stated and origin is not None:
        raise UsageError(OWN_FROM_ORIGIN)
    chosen = assumed_then(panel, Scenario.of(scenario))
    chosen = with_own_unit_costs(chosen, stated.get(where.la_code), vintage(panel).year)
    last = horizon(panel, until)
    record = opening_record(panel, where, stated)
    spread = spreads(panel.published)
    futures = simulate(record, chosen, spread, until=last, draws=draws, seed=seed)
    mine = stated.get(where.la_code)
    return Projection(panel, record, chosen, spread, futures, last, draws, seed, mine)
