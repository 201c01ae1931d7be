"""What was done with each own figure of a projection, in words."""

from __future__ import annotations

from datetime import date

from highneeds.model.grant import Ground, stated_at
from highneeds.model.run import Run
from highneeds.own.figures import OwnFigure
from highneeds.own.measures import BY_NAME
from highneeds.periods import Census, FinancialYear
from highneeds.record.returns import recent_years

BESIDE = "Shown beside; moves nothing"
GRANT_ALONE = "The grant is worked out on it; the balance does not start from it"
_TOTAL = "total/total"
_OUTTURN = "high_needs_spending_gbp"
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


def use_of(result: Run, figure: OwnFigure) -> str:
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


def _use_of_count(result: Run, day: date) -> str:
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


def _use_of_flow(result: Run, measure: str, year: int) -> str:
    if (_FLOWS[measure], year) in result.record.own.stated:
        return "In place of the projected total"
    recent = recent_years(result.panel.published.matrix(measure), result.vintage)
    if measure != "ceased_ehc_plans" and str(year) in recent:
        return "In place of the published return, in the level of the last years"
    return BESIDE


def _use_of_money(result: Run, measure: str, at: str) -> str:
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
        return GRANT_ALONE if used else BESIDE
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
