"""What a projection says, in sentences generated from its numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from highneeds.model.money_record import BASE_YEAR
from highneeds.model.validation import warnings_for
from highneeds.periods import FinancialYear

if TYPE_CHECKING:
    from highneeds.model.projection import Projection

MINUS = "\u2212"
# Above and below these chances words are used, because no model is that sure.
_NEARLY_ALL, _NEARLY_NONE = 0.985, 0.015
# Seen over 60 seeds and three authorities: 0.05 to 0.07 at the end with the larger deficit.
_THOUSAND_DRAWS_END_ERROR_SD = 0.07
_SMALL_PLANS = 500
_OVERRIDE_ENDS = FinancialYear(2028)


def gbp_m(value: float) -> str:
    """Pounds as £ million to one decimal, with a real minus sign."""
    rounded = round(value / 1e6, 1) + 0.0
    sign = MINUS if rounded < 0 else ""
    return f"{sign}£{abs(rounded):,.1f}m"


def chance(share: float) -> str:
    """A chance in words a board can use; never certainty."""
    if share >= _NEARLY_ALL:
        return "in nearly every simulated future"
    if share <= _NEARLY_NONE:
        return "in almost no simulated future"
    return f"in about {round(share * 100):d} of every 100 simulated futures"


def _change(share: float, places: int = 0) -> str:
    return f"{share:+.{places}%}".replace("-", MINUS)


def headline(result: Projection) -> str:
    """The answer in one or two sentences."""
    area, until = result.area.name, result.until
    plans = result.plans().iloc[-1]
    if not result.has_money:
        return (
            f"No high needs block is published for {area}, so no deficit can be given. "
            f"Plans could number {plans.p10:,.0f} to {plans.p90:,.0f} in January "
            f"{until.end}."
        )
    last = result.balance().iloc[-1]
    if not result.balance_is_level:
        return (
            f"{area} publishes no DSG balance. From {result.opening_year.closes_on()} to "
            f"{until.closes_on()} the balance could change by {gbp_m(last.p50)} (between "
            f"{gbp_m(last.p10)} and {gbp_m(last.p90)} in eight futures of ten)."
        )
    return (
        f"{area}'s cumulative DSG balance could stand at {gbp_m(last.p50)} on "
        f"{until.closes_on()}, between {gbp_m(last.p10)} and {gbp_m(last.p90)} in eight "
        f"futures of ten. It is a deficit {chance(last.chance_of_deficit)}."
    )


def paragraphs(result: Projection) -> dict[str, str]:
    """Short paragraphs by topic: record, gap, plans, bridge, trust."""
    found = {"record": _record(result), "plans": _plans(result)}
    if result.has_money:
        found["gap"] = _gap(result)
        found["bridge"] = _bridge(result)
        found["policy"] = _policy(result)
    found["trust"] = _trust(result)
    return found


def cautions(result: Projection) -> tuple[str, ...]:
    """What a reader must not forget, most important first."""
    found = [f"{gap.what} {gap.done}" for gap in result.gaps]
    if result.has_money:
        found.append(
            f"The block is published by authority to 2023-24; from {BASE_YEAR} it is an "
            "estimate from national growth, whatever the authority was really allocated."
        )
    if parts := result.panel.parts(result.area):
        found.append(
            f"{result.area.name} is {result.area.kind}: its figures are those of "
            f"{', '.join(part.name for part in parts)} added together, and nothing is "
            "assumed to change by joining them."
        )
    found += warnings_for(result.record, result.scenario, result)
    programme = _programme(result)
    if programme:
        found.append(programme)
    if result.record.stock.sum() < _SMALL_PLANS:
        found.append(
            f"{result.area.name} maintains {result.record.stock.sum():,.0f} plans: a few "
            "children more or fewer move every figure here."
        )
    unsourced = [e for e in result.scenario.assumptions.values() if not e.sourced]
    found.append(
        f"{len(unsourced)} of {len(result.scenario.assumptions)} assumptions have no "
        "verified source; they are marked wherever they are shown."
    )
    found.append(
        f"With {result.draws:,} futures the ends of each range are themselves uncertain by "
        f"up to {_THOUSAND_DRAWS_END_ERROR_SD * np.sqrt(1000 / result.draws):.0%} of a "
        "standard deviation."
    )
    return tuple(found)


def _record(result: Projection) -> str:
    plans = result.plans()
    known = plans[plans["status"] != "projected"]
    first, last = known.iloc[0], known.iloc[-1]
    words = (
        f"{result.area.name} maintained {last.p50:,.0f} plans in January {last.year}, "
        f"against {first.p50:,.0f} in January {first.year}."
    )
    if result.balance_is_level:
        level = result.record.money.balance[result.opening_year.label]
        kind = "deficit" if level < 0 else "surplus"
        words += (
            f" The last published DSG balance, at {result.opening_year.closes_on()}, was a "
            f"{kind} of {gbp_m(abs(level))}."
        )
    return words


def _plans(result: Projection) -> str:
    last = result.plans().iloc[-1]
    now = result.record.stock.sum()
    return (
        f"Plans could number {last.p50:,.0f} in January {last.year} (between "
        f"{last.p10:,.0f} "
        f"and {last.p90:,.0f} in eight futures of ten), {_change(last.p50 / now - 1)} on "
        "January 2025."
    )


def _gap(result: Projection) -> str:
    first, last = (result.money().iloc[place] for place in (0, -1))
    return (
        f"In {first.year} spending was about {gbp_m(first.spending_gbp)} against an "
        "estimated "
        f"block of {gbp_m(first.block_gbp)}, an in-year balance of "
        f"{gbp_m(first.in_year_gbp_p50)}. "
        f"By {last.year} it could be {gbp_m(last.in_year_gbp_p50)} (between "
        f"{gbp_m(last.in_year_gbp_p10)} and {gbp_m(last.in_year_gbp_p90)})."
    )


def _bridge(result: Projection) -> str:
    steps = result.bridge()
    changes = steps[steps["kind"] == "change"]
    largest = changes.iloc[int(changes["value_gbp"].abs().to_numpy().argmax())]
    return (
        f"The largest step from the opening to the closing balance is “{largest.label}”, "
        f"{gbp_m(largest.value_gbp)}."
    )


def _policy(result: Projection) -> str:
    grant = result.scenario.policies.stability_grant
    words = (
        f"The rule that keeps DSG deficits apart from the council's own reserves ends on "
        f"{FinancialYear.parse(result.scenario.policies.override_ends).closes_on()}. "
        "From 2028-29 the government has said the cost will be met within central budgets; "
        "later years show the size of the cost, whoever carries it."
    )
    if grant.switched_on:
        return f"{words} A stability grant of {grant.share:.0%} of the deficit is counted."
    counted, paid = grant.years()
    step = result.years.index(counted)
    deficit = float(np.median(np.maximum(-result.futures.balance[step], 0.0)))
    if not result.balance_is_level or deficit == 0:
        return f"{words} No stability grant is counted."
    return (
        f"{words} No stability grant is counted: {grant.share:.0%} of the estimated "
        "deficit at "
        f"{counted.closes_on()} would be about {gbp_m(grant.share * deficit)}, paid in "
        f"{paid} "
        "on an approved local SEND reform plan."
    )


def _trust(result: Projection) -> str:
    table = result.closure().dropna(subset=["residual_gbp"])
    if table.empty:
        return (
            "The published figures needed to check the record against itself are missing."
        )
    parts = [
        f"{year} {gbp_m(residual)} ({_change(share, 1)} of the block)"
        for year, residual, share in zip(
            table["year"],
            table["residual_gbp"].to_numpy(dtype=float),
            table["residual_share_of_block"].to_numpy(dtype=float),
            strict=True,
        )
    ]
    return (
        "The published record does not quite explain itself. The change in balance differs "
        f"from block less spending by: {'; '.join(parts)}."
    )


def _programme(result: Projection) -> str:
    found = result.panel.programmes(result.area)
    if not found:
        return ""
    return (
        f"{result.area.name} is or was in {' and '.join(found)}. Payments under such "
        "agreements reduce the balance in single years and are not projected."
    )
