"""Projection: the answers of one run, as the tables a report shows."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd

from highneeds.geography import Area
from highneeds.model import sentences
from highneeds.model.assumptions import EVIDENCE_WORDS
from highneeds.model.bridge import bridge_table
from highneeds.model.closing import closure_table
from highneeds.model.combined_record import opening_record
from highneeds.model.money_record import BASE_YEAR, EXTRACT, Gap, years_lacking
from highneeds.model.national import BASE
from highneeds.model.plans import MODEL_PLACEMENTS
from highneeds.model.quantiles import BAND, summary
from highneeds.model.record import AreaRecord
from highneeds.model.scenario import Scenario
from highneeds.model.simulate import Futures, opening_year, simulate
from highneeds.model.spread import Spreads, spreads
from highneeds.model.unknown_placements import SPREADS as UNKNOWN_SPREADS
from highneeds.panel.panel import Panel
from highneeds.panel.schema import AGE_BANDS, PLACEMENTS
from highneeds.panel.vintage import Vintage, horizon
from highneeds.periods import Census, FinancialYear

RESULT_COLUMNS = (
    "scenario",
    "year",
    "measure",
    "age_band",
    "placement",
    "p10",
    "p50",
    "p90",
    "mean",
    "unit",
)


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
        return BASE_YEAR

    @property
    def years(self) -> tuple[FinancialYear, ...]:
        """The base year and every projected year."""
        return tuple(
            BASE_YEAR.shift(step) for step in range(self.futures.spending.shape[0])
        )

    @property
    def gaps(self) -> tuple[Gap, ...]:
        """Published figures that are missing, and what was done instead."""
        lacking = years_lacking(self.area.name, self.record.money)
        return (*self.record.gaps, *lacking)

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
        """The year whose closing balance the projection starts from."""
        return opening_year(self.record.money.balance)

    @property
    def balance_basis(self) -> str:
        """What the balance is measured from, in words."""
        if not self.has_money:
            return f"No balance is shown: {EXTRACT.lower()} holds no high needs block."
        if self.balance_is_level:
            return (
                f"Cumulative DSG balance, from the one published for {self.opening_year}."
            )
        return (
            f"Change since {self.opening_year.closes_on()}, not a balance: "
            f"{EXTRACT.lower()} holds none."
        )

    def balance(self) -> pd.DataFrame:
        """Balance at 31 March by year: status, p10, p50, p90, mean, chance of a deficit.

        Years before the base year that carry no published balance are left out.
        """
        if not self.has_money:
            return pd.DataFrame(
                columns=["year", "status", *BAND, "mean", "chance_of_deficit"]
            )
        money = self.record.money
        rows = [
            {
                "year": label,
                "status": money.balance_status[label],
                **_certain(money.balance[label]),
                "chance_of_deficit": float(money.balance[label] < 0),
            }
            for label in sorted(money.balance)
        ]
        before = BASE_YEAR.shift(-1)
        if self.opening_year < before:
            rows.append(self._balance_row(before, self.futures.opening, "estimated"))
        for step, year in enumerate(self.years):
            status = "estimated" if year == BASE_YEAR else "projected"
            rows.append(self._balance_row(year, self.futures.balance[step], status))
        return pd.DataFrame(rows)

    def money(self) -> pd.DataFrame:
        """Block, spending and in-year gap by year, both with the places funded directly."""
        rows = []
        for step, year in enumerate(self.years):
            gap = self.futures.in_year[step]
            rows.append(
                {
                    "year": year.label,
                    "block_gbp": _middle(self.futures.block[step]),
                    "block_status": _block_status(self.has_money, year),
                    "spending_gbp": _middle(self.futures.spending[step]),
                    "spending_status": "estimated" if year == BASE_YEAR else "projected",
                    **{
                        f"in_year_gbp_{name}": value for name, value in summary(gap).items()
                    },
                }
            )
        return pd.DataFrame(rows)

    def plans(self) -> pd.DataFrame:
        """Plans each January: the published record, then the projection."""
        return self._plans.copy()

    @cached_property
    def _plans(self) -> pd.DataFrame:
        published = self.panel.table(
            "ehc_plans", areas=[self.area], breakdowns=["total/total"]
        ).dropna(subset=["value"])
        rows = [
            {"year": year, "status": status, **_certain(value)}
            for year, status, value in zip(
                *(
                    published.sort_values("year")[name]
                    for name in ("year", "status", "value")
                ),
                strict=True,
            )
        ]
        totals = self.futures.stock.sum(axis=(1, 2))
        rows += [
            {"year": census.label, "status": "projected", **summary(totals[step])}
            for step, census in enumerate(self._censuses)
            if step > 0
        ]
        return pd.DataFrame(rows)

    def plan_mix(self) -> pd.DataFrame:
        """Plans by placement each January and their share, published then projected."""
        return self._plan_mix.copy()

    @cached_property
    def _plan_mix(self) -> pd.DataFrame:
        published = self.panel.table(
            "ehc_plans", areas=[self.area], breakdowns=["placement"]
        ).dropna(subset=["value"])
        shown = published[["year", "breakdown", "value", "status"]].set_axis(
            ["year", "placement", "plans", "status"], axis=1
        )
        middle = np.median(self.futures.stock.sum(axis=1), axis=-1)
        projected = pd.DataFrame(
            [
                (census.label, name, middle[step, column], "projected")
                for step, census in enumerate(self._censuses)
                for column, name in enumerate(MODEL_PLACEMENTS)
                if step > 0
            ],
            columns=["year", "placement", "plans", "status"],
        )
        table = pd.concat([shown, projected], ignore_index=True)
        order = {name: place for place, name in enumerate(PLACEMENTS)}
        table = table.sort_values(
            ["year", "placement"],
            key=lambda column: (
                column.map(order).fillna(column) if column.name == "placement" else column
            ),
        )
        total = table.groupby("year")["plans"].transform("sum")
        return table.assign(share=table["plans"] / total).reset_index(drop=True)

    def bridge(self) -> pd.DataFrame:
        """From the opening balance to the closing one; the steps add up exactly."""
        return bridge_table(self)

    def results(self) -> pd.DataFrame:
        """Every simulated series as one long table (columns of `RESULT_COLUMNS`)."""
        rows: list[dict[str, object]] = []
        for step, census in enumerate(self._censuses):
            for band, age_band in enumerate(AGE_BANDS):
                for column, placement in enumerate(MODEL_PLACEMENTS):
                    values = self.futures.stock[step, band, column]
                    rows.append(
                        self._row(
                            census.label, "ehc_plans", values, "plans", age_band, placement
                        )
                    )
            values = self.futures.stock[step].sum(axis=(0, 1))
            rows.append(self._row(census.label, "ehc_plans", values, "plans"))
        for name, values in (
            ("ehc_assessment_requests", self.futures.requests),
            ("new_ehc_plans", self.futures.new),
            ("ceased_ehc_plans", self.futures.ended),
            ("state_special_place_shortfall", self.futures.shortfall),
        ):
            for step in range(values.shape[0]):
                rows.append(self._row(str(BASE.end + step), name, values[step], "plans"))
        for name, values in (
            ("high_needs_spending_gbp", self.futures.spending),
            ("high_needs_block_before_deductions_gbp", self.futures.block),
            ("in_year_balance_gbp", self.futures.in_year),
            ("dsg_balance_gbp", self.futures.balance),
            ("interest_on_deficit_gbp", self.futures.interest),
        ):
            owed = name != "interest_on_deficit_gbp" or self.balance_is_level
            if not owed or not np.isfinite(values).all():
                continue
            for step, year in enumerate(self.years):
                rows.append(self._row(year.label, name, values[step], "£"))
        return pd.DataFrame(rows, columns=list(RESULT_COLUMNS))

    def assumptions(self) -> pd.DataFrame:
        """Every assumption and spread in use, with its evidence in words."""
        rows = [
            {"name": name, **estimate.model_dump()}
            for name, estimate in self.scenario.assumptions.items()
        ]
        table = pd.DataFrame(rows).drop(columns=["minimum", "maximum", "scope"])
        spread = self.spread.table().assign(
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
        both = pd.concat([table, spread], ignore_index=True)[list(table.columns)]
        words = both["evidence"].map(EVIDENCE_WORDS)
        return both.assign(evidence_words=words)

    def closure(self) -> pd.DataFrame:
        """How far the published record itself closes, by financial year."""
        return closure_table(self.panel, self.area)

    def chance_of_deficit(self, year: FinancialYear | None = None) -> float:
        """Share of futures with a negative balance at the end of a year."""
        step = self.years.index(year or self.until)
        return float((self.futures.balance[step] < 0).mean())

    def sentence(self) -> str:
        """The headline."""
        return sentences.headline(self)

    def sentences(self) -> dict[str, str]:
        """Short paragraphs by topic."""
        return dict(self._sentences)

    @cached_property
    def _sentences(self) -> dict[str, str]:
        return sentences.paragraphs(self)

    @cached_property
    def cautions(self) -> tuple[str, ...]:
        """What a reader must not forget; always printed with the figures."""
        return sentences.cautions(self)

    @cached_property
    def _censuses(self) -> tuple[Census, ...]:
        return tuple(BASE.shift(step) for step in range(self.futures.stock.shape[0]))

    def _balance_row(
        self, year: FinancialYear, values: np.ndarray, status: str
    ) -> dict[str, object]:
        return {
            "year": year.label,
            "status": status,
            **summary(values),
            "chance_of_deficit": float((values < 0).mean())
            if self.balance_is_level
            else np.nan,
        }

    def _row(
        self,
        year: str,
        measure: str,
        values: np.ndarray,
        unit: str,
        age_band: str = "all",
        placement: str = "all",
    ) -> dict[str, object]:
        return {
            "scenario": self.scenario.name,
            "year": year,
            "measure": measure,
            "age_band": age_band,
            "placement": placement,
            **summary(values),
            "unit": unit,
        }


def project(
    panel: Panel,
    area: str | Area,
    scenario: Scenario | None = None,
    *,
    until: str | None = None,
    draws: int = 1000,
    seed: int = 20250901,
) -> Projection:
    """Project one authority's plans, spending and balance.

    Parameters
    ----------
    area : str or Area
        Name, alias, DfE code or ONS code; with `Panel.reorganised`, a proposed area.
    scenario : Scenario, optional
        The shipped ``trend`` when left out.
    until : str, optional
        Last financial year; five years after the base year when left out.

    Raises
    ------
    UsageError, AssumptionError, ModelError
        An unknown name or period, a faulty scenario, or figures that do not exist.
    """
    chosen = scenario or Scenario.load()
    last = horizon(panel, until)
    record = opening_record(panel, panel.area(area))
    spread = spreads(panel.published)
    futures = simulate(record, chosen, spread, until=last, draws=draws, seed=seed)
    return Projection(panel, record, chosen, spread, futures, last, draws, seed)


def _certain(value: float) -> dict[str, float]:
    return {**dict.fromkeys(BAND, float(value)), "mean": float(value)}


def _middle(values: np.ndarray) -> float:
    return float(np.median(values))


def _block_status(has_money: bool, year: FinancialYear) -> str:
    if not has_money:
        return "unavailable"
    return "estimated" if year == BASE_YEAR else "projected"
