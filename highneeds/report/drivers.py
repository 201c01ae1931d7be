"""What drives a deficit and what would change it, as tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from highneeds.answers.attribution import attribute
from highneeds.answers.claim import last_balance
from highneeds.answers.decomposition import (
    plan_growth,
    plan_span,
    spending_growth,
    spending_span,
)
from highneeds.answers.goal_seek import goal_seek
from highneeds.answers.mitigation import delay_costs
from highneeds.answers.sensitivity import variance_shares
from highneeds.errors import HighNeedsError
from highneeds.panel.vintage import vintage
from highneeds.periods import FinancialYear
from highneeds.policy import policy
from highneeds.report.assumptions import assumed
from highneeds.report.tables import Column, Table, Words
from highneeds.words import millions, percent

if TYPE_CHECKING:
    from highneeds.answers.projection import Projection

# The questions boards ask; each is one assumption searched over its allowed range.
GOALS = (
    "request_growth",
    "moves_to_independent",
    "price_growth_other",
    "block_growth.later",
)
_FACTOR_NAMES = {
    "population": "Population",
    "prevalence": "Prevalence",
    "mix": "Mix of placements",
    "price": "Price",
}
_SMALL_SHARE = 0.005


def plan_growth_table(result: Projection) -> Table | Words:
    """Past growth of plans by population and prevalence, or why it cannot be told."""
    first, last = plan_span(result.panel)
    caption = f"Growth of plans, January {first} to January {last}"
    newest = vintage(result.panel).census
    why = (
        f"It ends at January {last}: plans of January {newest} would need the children of "
        f"mid-{newest.end - 1}, whose count is not held.",
    )
    return _parts_table(
        result, "plan_growth", caption, "count", why if last < newest else ()
    )


def spending_growth_table(result: Projection) -> Table | Words:
    """Past growth of spending by population, prevalence, mix and price."""
    first, last = spending_span(result.panel)
    caption = f"Growth of net high needs spending, {first} to {last}, £ cash"
    return _parts_table(result, "spending_growth", caption, "millions")


def _parts_table(
    result: Projection, name: str, caption: str, kind: str, notes: tuple[str, ...] = ()
) -> Table | Words:
    try:
        if name == "plan_growth":
            found = plan_growth(result.panel, result.area)
        else:
            found = spending_growth(result.panel, result.area, result.scenario.assumptions)
    except HighNeedsError as error:
        return Words((f"{caption}: {error}",))
    total = pd.DataFrame(
        [("All", found["change"].sum(), 1.0, "The parts add up exactly.")],
        columns=["factor", "change", "share", "note"],
    )
    frame = pd.concat(
        [found.assign(factor=found["factor"].map(_FACTOR_NAMES)), total], ignore_index=True
    )
    return Table(
        name,
        f"{caption}: {result.area.name}",
        (
            Column("factor", "Part"),
            Column("change", "Change", kind),
            Column("share", "Share of the change", "percent"),
            Column("note", "What it is"),
        ),
        frame,
        notes,
    )


def tornado_table(result: Projection, found: pd.DataFrame) -> Table:
    """What the closing balance changes by when one assumption moves."""
    return Table(
        "tornado",
        f"{result.area.name}: change in the {last_balance(result)}, when one assumption "
        "moves",
        (
            Column("title", "Assumption"),
            Column("minus_tenth_gbp", "A tenth lower", "millions"),
            Column("plus_tenth_gbp", "A tenth higher", "millions"),
            Column("low_gbp", "At its low", "millions"),
            Column("high_gbp", "At its high", "millions"),
        ),
        found[found["swing_gbp"] > 0],
        (
            "Each change is against the central case, with one assumption moved.",
            "A tenth of a rate of nothing is nothing: see its low and high instead.",
        ),
    )


def variance_table(result: Projection) -> Table:
    """Which assumption or swing the uncertainty of the closing balance comes from."""
    found = variance_shares(result)
    return Table(
        "uncertainty",
        f"{result.area.name}: where the uncertainty of the {last_balance(result)}, comes "
        "from",
        (
            Column("title", "Assumption or yearly swing"),
            Column("share", "Share of the variance", "percent"),
            Column("standard_error", "Standard error", "percent"),
        ),
        found[found["share"] >= _SMALL_SHARE],
        (
            "The share of the variance that would be left if all else were known. Shares "
            "that act together count in each, so they need not add up to 100%.",
        ),
    )


def goal_year(result: Projection) -> FinancialYear:
    """The first year whose cost is said to be met centrally, or the nearest projected."""
    central = FinancialYear.of(policy("central_budgets").day)
    return min(max(central, result.base_year.shift(1)), result.until)


def goals_table(result: Projection, year: str | None = None) -> Table | Words:
    """What value of one assumption would balance a year, or that none in range would.

    The year is `goal_year` when left out.
    """
    if not result.has_money:
        return Words((result.balance_basis,))
    year = year or goal_year(result).label
    step = [each.label for each in result.years].index(year)
    gap = -float(result.central.in_year[step, 0])
    block = float(result.central.block[step, 0])
    goals = [goal_seek(result, name, year) for name in GOALS]
    rows = [
        (
            goal.title,
            goal.unit,
            assumed(goal.central, goal.unit),
            "cannot be reached in range"
            if goal.value is None
            else assumed(goal.value, goal.unit),
            millions(0.0 if goal.value is not None else goal.best_in_year_gbp),
        )
        for goal in goals
    ]
    uplift = "none needed" if gap <= 0 else f"{gap / block:.0%} more"
    rows.append(
        ("High needs block, that year alone", "£", millions(block), uplift, millions(0.0))
    )
    return Table(
        "goals",
        f"What would balance {year} in-year in {result.area.name}, one change at a time",
        (
            Column("title", "Change"),
            Column("unit", "Unit"),
            Column("central", "Assumed", "figure"),
            Column("value", "Would balance", "figure"),
            Column("left", "In-year balance left", "figure"),
        ),
        pd.DataFrame(rows, columns=["title", "unit", "central", "value", "left"]),
        (
            "In the central case. Arithmetic, not advice: what the law entitles a child to "
            "does not change.",
        ),
    )


def measures_table(result: Projection) -> Table | Words:
    """What each measure of the scenario adds, shared out where measures overlap."""
    found = attribute(result)
    if found.empty:
        return Words(
            (
                f"The scenario “{result.scenario.title}” has no measures. An authority "
                "states its own in a scenario file (docs/scenarios.md).",
            )
        )
    late = delay_costs(result).set_index("measure")["cost_gbp"]
    total = pd.DataFrame(
        [("Together", float(found["effect_gbp"].sum()), *[""] * 4)],
        columns=["measure", "effect_gbp", "alone", "chance", "owner", "legal_note"],
    )
    said = found.assign(
        alone=found["alone_gbp"].map(millions),
        chance=found["delivery_chance"].map(percent),
    )
    frame = pd.concat([said, total], ignore_index=True)
    frame["delay"] = frame["measure"].map(late)
    return Table(
        "measures",
        f"{result.area.name}: what each measure changes in the {last_balance(result)}",
        (
            Column("measure", "Measure"),
            Column("effect_gbp", "Its share", "millions"),
            Column("alone", "On its own", "figure"),
            Column("chance", "Chance of delivery", "figure"),
            Column("delay", "A year’s delay costs", "millions"),
            Column("owner", "Owner"),
            Column("legal_note", "The law"),
        ),
        frame,
        (
            "Shares are Shapley values: what a measure adds, averaged over every order in "
            "which the measures could be taken. They add up to the whole to the penny. In "
            "the central case each measure is delivered, whatever its chance.",
            "A year’s delay: what the balance loses if that measure, or all together, "
            "begins and is in full force a year later than stated.",
        ),
    )
