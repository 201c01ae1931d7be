"""What was done with each own figure in a projection, and what is published beside it."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pandas as pd

from highneeds.model.grant import Ground, stated_at
from highneeds.model.returns import recent_years
from highneeds.own.figures import OwnFigure, OwnFigures
from highneeds.own.measures import (
    ALL_PLACES,
    BY_NAME,
    SECTION_251,
)
from highneeds.panel.schema import MEASURES
from highneeds.periods import Census, FinancialYear

if TYPE_CHECKING:
    from highneeds.model.projection import Projection

COLUMNS = (
    *("measure", "title", "at", "breakdown", "coverage", "unit"),
    *("own", "published", "difference", "use"),
    *("source", "date", "owner", "la_code", "file_name", "where"),
)
BESIDE = "Shown beside; moves nothing"
_TOTAL = "total/total"
_OUTTURN, _S251 = "high_needs_spending_gbp", "s251_high_needs_net_gbp"
_FLOWS = {
    "ehc_assessment_requests": "requests",
    "new_ehc_plans": "new",
    "ceased_ehc_plans": "ended",
}
_BLOCKS = (
    "high_needs_block_before_deductions_gbp",
    "high_needs_block_after_deductions_gbp",
    "high_needs_places_deduction_gbp",
)


def own_table(result: Projection) -> pd.DataFrame:
    """Every own figure of a projection with what is published and what was done with it.

    Returns
    -------
    DataFrame
        Columns of `COLUMNS`, a row a figure in the order of its file; ``published`` and
        ``difference``, own less published, are NaN where nothing is published.
    """
    rows = []
    for own in result.own.values():
        for figure in own.figures:
            published = _published(result, own, figure)
            measure = BY_NAME[figure.measure]
            rows.append(
                {
                    "measure": figure.measure,
                    "title": measure.title,
                    "at": figure.at,
                    "breakdown": figure.breakdown,
                    "coverage": figure.coverage,
                    "unit": measure.unit,
                    "own": figure.value,
                    "published": published,
                    "difference": figure.value - published,
                    "use": _use(result, figure),
                    "source": figure.source,
                    "date": figure.date,
                    "owner": figure.owner,
                    "la_code": own.area.la_code,
                    "file_name": own.file_name,
                    "where": figure.where,
                }
            )
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _published(result: Projection, own: OwnFigures, figure: OwnFigure) -> float:
    """What the record holds of the same thing, or NaN."""
    panel, at = result.panel.published, figure.at
    if figure.measure == _OUTTURN and figure.breakdown == _TOTAL:
        return _published_outturn(result, own, figure)
    if figure.measure not in MEASURES:
        return float("nan")
    if figure.measure == "ehc_plans":
        day = date.fromisoformat(at)
        if day != Census(day.year).day:
            return float("nan")
        at = str(day.year)
    rows = panel.rows(figure.measure)
    kind, _, name = figure.breakdown.partition("/")
    here = rows[
        (rows["la_code"] == own.area.la_code)
        & (rows["year"] == at)
        & (rows["breakdown_type"] == kind)
        & (rows["breakdown"] == name)
    ]
    return float(here["value"].iloc[0]) if len(here) else float("nan")


def _published_outturn(result: Projection, own: OwnFigures, figure: OwnFigure) -> float:
    """Net outturn of section 251, with the places that the own figure counts."""
    matrix = result.panel.published.matrix(_S251)
    code, year = own.area.la_code, figure.at
    if code not in matrix.index or year not in matrix:
        return float("nan")
    money = result.record.money
    found = float(matrix.loc[code, [year]].to_numpy(dtype=float)[0])
    if figure.coverage != SECTION_251:
        found += money.places_gbp
    if figure.coverage == ALL_PLACES:
        after = money.block_after.get(year, float("nan"))
        found += money.block_before.get(year, float("nan")) - after
    return found


def _use(result: Projection, figure: OwnFigure) -> str:
    """What was done with one figure, in words."""
    measure = figure.measure
    if measure == "unit_cost_gbp":
        return "In place of an assumed cost; its common level is set by spending"
    if figure.breakdown != _TOTAL:
        return BESIDE
    if measure == "ehc_plans":
        return _use_of_count(result, date.fromisoformat(figure.at))
    if measure in _FLOWS:
        return _use_of_flow(result, measure, int(figure.at))
    return _use_of_money(result, measure, figure.at)


def _use_of_count(result: Projection, day: date) -> str:
    base = result.vintage.census
    if day == base.day:
        return "Plans start from it"
    if day in dict(result.record.own.counts):
        return "The path of plans passes through it"
    if ("plans", day.year) in result.record.own.stated and day == Census(day.year).day:
        return "It is that January's total"
    first = base.end - len(result.record.stock_before)
    if day == Census(day.year).day and first <= day.year < base.end:
        return "In place of that January's published total"
    return BESIDE


def _use_of_flow(result: Projection, measure: str, year: int) -> str:
    if (_FLOWS[measure], year) in result.record.own.stated:
        return "In place of the projected total"
    recent = recent_years(result.panel.published.matrix(measure), result.vintage)
    if measure != "ceased_ehc_plans" and str(year) in recent:
        return "In place of the published return, in the level of the last years"
    return BESIDE


def _use_of_money(result: Projection, measure: str, at: str) -> str:
    money, grant = result.record.money, result.scenario.policies.stability_grant
    within = False
    if BY_NAME[measure].calendar in ("closing", "financial"):
        within = result.base_year <= FinancialYear.parse(at) <= result.until
    opens = result.opening_year.label
    if measure == "dsg_balance_gbp":
        if at == opens:
            return "The projection starts from it"
        return "In place of a balance published or worked out"
    if measure == "high_needs_balance_gbp":
        stated = stated_at(result.record, grant)
        used = result.grant_ground is Ground.OWN and stated and stated.label == at
        return "The stability grant is worked out on it" if used else BESIDE
    if measure in _BLOCKS:
        return "In place of the block of that year" if at in money.block_after else BESIDE
    if measure == _OUTTURN:
        if at == money.outturn_year.label:
            return "The level of cost is set in it"
        later = within and FinancialYear.parse(at) > money.outturn_year
        return "Prices are set so that every future spends it" if later else BESIDE
    if measure == "high_needs_forecast_outturn_gbp":
        used = within and at in money.own.forecast and at != result.base_year.label
        return "The central case spends it, and futures lie about it" if used else BESIDE
    if measure in ("safety_valve_payment_gbp", "council_contribution_gbp"):
        return (
            f"In the balance of {opens}" if at <= opens else "Added to that year's balance"
        )
    if measure in ("schools_block_transfer_gbp", "grants_rolled_in_gbp"):
        return "In place of what was assumed" if within else BESIDE
    if measure == "special_school_places":
        return "In place of places taken from pupils there"
    if measure == "usable_reserves_gbp":
        return "The deficit is set against it"
    return BESIDE
