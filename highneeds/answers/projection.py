"""Projection: a run with its answers, as the tables and sentences a report shows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from highneeds.answers import (
    claim,
    claim_sentences,
    glance,
    sentences,
    series,
)
from highneeds.answers.assumed import assumptions_of
from highneeds.answers.bridge import bridge_table
from highneeds.answers.own_use import use_of
from highneeds.answers.plan_cells import PlanCells, plan_cells
from highneeds.answers.provision import spending_by_provision
from highneeds.answers.reserves import passed_in, reserves_table
from highneeds.display import shown
from highneeds.errors import UsageError
from highneeds.geography import Area
from highneeds.model.origin import area_in, assumed_then, stand_at
from highneeds.model.run import Run
from highneeds.model.simulate import simulate
from highneeds.own.figures import OwnFigure, OwnFigures
from highneeds.panel.panel import Panel
from highneeds.panel.vintage import horizon, vintage
from highneeds.periods import Census, FinancialYear
from highneeds.record.closing import closure_table
from highneeds.record.combined import opening_record
from highneeds.record.own_costs import OWN_FROM_ORIGIN, stated_of, with_own_unit_costs
from highneeds.record.spread import spreads
from highneeds.scenario.scenario import Scenario


@dataclass(frozen=True, eq=False)
class Projection(Run):
    """One authority under one scenario, in pounds; a negative balance is a deficit.

    ``gaps`` says which published figures are missing and what was done instead.
    """

    @property
    def balance_basis(self) -> str:
        """What the balance is measured from, in words."""
        return claim.balance_basis(self)

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

    @property
    def plan_cells(self) -> PlanCells:
        """The central case's plans by setting and age, whole: what every return is from."""
        return plan_cells(self)

    def plans(self) -> pd.DataFrame:
        """Plans each January: the published record, then the projection."""
        return series.plans(self)

    def plan_mix(self) -> pd.DataFrame:
        """Plans by placement each January and their share, published then projected."""
        return series.plan_mix(self)

    def bridge(self) -> pd.DataFrame:
        """From the opening balance to the closing one; the steps add up exactly."""
        return bridge_table(self)

    def results(self) -> pd.DataFrame:
        """Every simulated series as one long table (columns of `RESULT_COLUMNS`)."""
        return series.results(self)

    def assumptions(self) -> pd.DataFrame:
        """Every assumption and spread in use, with its evidence in words."""
        return assumptions_of(self)

    def closure(self) -> pd.DataFrame:
        """How far the published record itself closes, by financial year."""
        return closure_table(self.panel, self.area, self.vintage)

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
