"""What an authority can say of itself: the panel's measures, and what no release holds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

# Everything charged to the block after deductions, place funding of maintained providers
# in it; the same with the places that are funded directly; and net as section 251 prints
# it, without place funding of either kind.
NET_OF_DIRECT_PLACES, ALL_PLACES = "net_of_direct_places", "all_places"
SECTION_251 = "section_251_net"
PROVISIONS = {
    "mainstream_top_up": "Mainstream schools and academies, top-up funding",
    "resourced_provision": "Resourced provision and SEN units",
    "maintained_special": "Maintained special schools and special academies",
    "inmss": "Independent and non-maintained special schools",
    "alternative_provision": "Alternative provision and hospital education",
    "post_16": "Post-16 and further education",
    "eotas_and_other": "EOTAS and other",
    "sen_support": "SEN support services",
    "therapies": "Therapies",
    "central": "Central and other high needs spending",
}
Calendar = Literal["closing", "financial", "calendar", "day", "month", "as_at"]


@dataclass(frozen=True)
class OwnMeasure:
    """A measure that an authority may state.

    ``calendar`` says what its period is: the financial year whose last day a balance is of
    ("closing"), a financial year, a calendar year, any day, a month, or the day it was
    stated ("as_at"). ``kinds`` are the types of breakdown taken besides the total;
    ``coverages`` what it may be said to cover, the first being meant when nothing is said;
    ``moves``, of balances, what a figure of it moves.
    """

    name: str
    title: str
    unit: str
    calendar: Calendar
    kinds: tuple[str, ...] = ()
    coverages: tuple[str, ...] = ()
    may_be_negative: bool = False
    moves: str = ""


MEASURES = (
    OwnMeasure(
        "dsg_balance_gbp",
        "Cumulative DSG balance, all blocks; a deficit is negative",
        "£",
        "closing",
        may_be_negative=True,
        moves="the projection starts from the last one",
    ),
    OwnMeasure(
        "high_needs_balance_gbp",
        "Cumulative high needs balance; a deficit is negative",
        "£",
        "closing",
        may_be_negative=True,
        moves="moves the announced grant alone, no balance",
    ),
    OwnMeasure(
        "high_needs_block_before_deductions_gbp",
        "High needs block before deductions",
        "£",
        "financial",
    ),
    OwnMeasure(
        "high_needs_block_after_deductions_gbp",
        "High needs block after deductions",
        "£",
        "financial",
    ),
    OwnMeasure(
        "high_needs_places_deduction_gbp",
        "Deduction (recoupment) for places funded directly",
        "£",
        "financial",
    ),
    OwnMeasure(
        "schools_block_transfer_gbp",
        "Transfer from the schools block agreed",
        "£",
        "financial",
    ),
    OwnMeasure(
        "grants_rolled_in_gbp",
        "Grants rolled into the high needs block",
        "£",
        "financial",
    ),
    OwnMeasure(
        "high_needs_spending_gbp",
        "High needs spending, outturn",
        "£",
        "financial",
        ("provision",),
        (NET_OF_DIRECT_PLACES, ALL_PLACES, SECTION_251),
    ),
    OwnMeasure(
        "high_needs_forecast_outturn_gbp",
        "High needs spending, forecast outturn",
        "£",
        "financial",
        ("provision",),
        (NET_OF_DIRECT_PLACES, ALL_PLACES, SECTION_251),
    ),
    OwnMeasure(
        "ehc_plans",
        "EHC plans maintained",
        "plans",
        "day",
        ("age_band_by_placement", "age_band", "placement", "need"),
    ),
    OwnMeasure(
        "ehc_assessment_requests", "Requests for an EHC assessment", "requests", "calendar"
    ),
    OwnMeasure("new_ehc_plans", "New EHC plans", "plans", "calendar"),
    OwnMeasure("ceased_ehc_plans", "EHC plans that ended", "plans", "calendar"),
    OwnMeasure("commissioned_places", "Commissioned places", "places", "financial"),
    OwnMeasure(
        "special_school_places",
        "Places in maintained special schools and academies",
        "places",
        "financial",
    ),
    OwnMeasure(
        "unit_cost_gbp",
        "Average yearly cost of a plan",
        "£",
        "financial",
        ("placement",),
    ),
    OwnMeasure(
        "usable_reserves_gbp",
        "Usable reserves",
        "£",
        "closing",
    ),
    OwnMeasure(
        "safety_valve_payment_gbp",
        "Safety Valve or other payment against the deficit",
        "£",
        "financial",
    ),
    OwnMeasure(
        "council_contribution_gbp",
        "Council's own contribution against the deficit",
        "£",
        "financial",
    ),
    OwnMeasure(
        "published_forecast_gbp",
        "The authority's own published forecast of its DSG balance; a deficit is negative",
        "£",
        "closing",
        may_be_negative=True,
    ),
    OwnMeasure(
        "ledger_gbp",
        "High needs spending in the ledger, year to date",
        "£",
        "month",
        ("provision",),
        (NET_OF_DIRECT_PLACES, ALL_PLACES),
    ),
)
BY_NAME = {one.name: one for one in MEASURES}
