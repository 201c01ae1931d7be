"""Whether own figures are in the unit asked for, beside what the area is known for."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from highneeds.geography import ENGLAND_CODE, Area
from highneeds.own.breakdowns import TOTAL
from highneeds.own.entries import Fault
from highneeds.own.figures import OwnFigure
from highneeds.own.measures import BY_NAME
from highneeds.panel.panel import Panel
from highneeds.panel.vintage import vintage

_BLOCK = "high_needs_block_before_deductions_gbp"
_BALANCE = "dsg_balance_gbp"
# Money of about the size of the block, in every authority and year of the record.
_AS_BLOCK = frozenset(
    {
        _BLOCK,
        "high_needs_block_after_deductions_gbp",
        "high_needs_spending_gbp",
        "high_needs_forecast_outturn_gbp",
    }
)
# Spending published is 0.27 to 1.65 of the last block, the block of a year 0.56 to 1.
_LEAST, _MOST = 0.2, 5.0
# A balance or a payment may be next to nothing, but not in a file of nothing larger.
_SMALL, _TINY_GBP = 0.005, 1_000.0
_SURE, _NEAR = 0.05, 10.0
# Small by what they are: a place, or a part of a month.
_SMALL_MONEY = frozenset({"unit_cost_gbp", "ledger_gbp"})
_UNIT_COST = (500.0, 1_000_000.0)
_UNITS = ((1e3, "£ thousand"), (1e6, "£ million"), (1e-2, "pence"), (1e-3, "£ × 1,000"))
_COUNT_LEAP = 5.0
_FEW = 50


@dataclass(frozen=True)
class Size:
    """What an authority is known for: its block or what stands for it, in pounds."""

    block_gbp: float | None
    basis: str

    @property
    def limits_gbp(self) -> tuple[float, float]:
        """The least and the most of money of about its size; any at all where unknown."""
        if self.block_gbp is None:
            return 0.0, math.inf
        return _LEAST * self.block_gbp, _MOST * self.block_gbp


def size_of(panel: Panel, area: Area) -> Size:
    """The last published block; without one, the last outturn, or plans at England's block.

    City of London and Isles of Scilly have no block: they are funded otherwise.
    """
    for measure, basis in ((_BLOCK, "block"), ("s251_high_needs_net_gbp", "outturn")):
        last = panel.latest(measure, area)
        figure = panel.figure(measure, area, last).value if last else None
        if figure:
            return Size(figure, f"its published {basis} of {last}, £{figure:,.0f}")
    now = vintage(panel)
    plans = panel.figure("ehc_plans", area, now.census).value
    block = panel.figure(_BLOCK, ENGLAND_CODE, now.block).value
    nation = panel.figure("ehc_plans", ENGLAND_CODE, now.block.census()).value
    if plans and block and nation:
        made = plans * block / nation
        return Size(made, f"£{made:,.0f}, England's block for as many plans")
    return Size(None, "")


def implausible(panel: Panel, area: Area, figures: Sequence[OwnFigure]) -> Iterator[Fault]:
    """Figures that are not in the unit asked for; says which unit each looks like."""
    size = size_of(panel, area)
    blocks = [one for one in figures if one.measure == _BLOCK and one.breakdown == TOTAL]
    # In thousands, a figure of this size would be fifty blocks.
    sure = size.block_gbp is not None and any(
        abs(one.value) >= _SURE * size.block_gbp
        for one in figures
        if BY_NAME[one.measure].unit == "£"
    )
    if size.block_gbp is None and blocks:
        size = Size(blocks[-1].value, f"its own block at {blocks[-1].where}")
    for one in figures:
        measure = BY_NAME[one.measure]
        if measure.unit == "£":
            yield from _money(panel, area, one, size, sure=sure)
        elif one.measure in ("ehc_plans", "new_ehc_plans", "ehc_assessment_requests"):
            yield from _count(panel, area, one)


def doubtful(panel: Panel, area: Area, figures: Sequence[OwnFigure]) -> Iterator[str]:
    """Amounts that may be right, and look like thousands: reserves, a transfer, a payment.

    Beside the block they are next to nothing, and in thousands no more than it.
    """
    size = size_of(panel, area)
    refused = {fault.where for fault in implausible(panel, area, figures)}
    for one in figures:
        measure = BY_NAME[one.measure]
        asked = measure.unit == "£" and one.measure not in _SMALL_MONEY
        if not (asked and one.breakdown == TOTAL and size.block_gbp and one.value):
            continue
        beside = 1e3 * abs(one.value) / size.block_gbp
        if _SMALL <= beside <= 1 and one.where not in refused:
            yield (
                f"{one.where}: {one.measure} at {one.at} is {one.value:,.15g}, which looks "
                f"like £ thousand beside {size.basis}. It is taken as pounds: see that it "
                "is so."
            )


def _money(
    panel: Panel, area: Area, one: OwnFigure, size: Size, *, sure: bool
) -> Iterator[Fault]:
    amount = abs(one.value)
    if not amount:
        return
    if one.measure == "unit_cost_gbp":
        low, high = _UNIT_COST
        if not low <= amount <= high:
            yield _unit(one, "a year of a plan in a placement", low, high)
        return
    if size.block_gbp is None:
        return
    if one.measure in _AS_BLOCK and one.breakdown == TOTAL:
        low, high = size.limits_gbp
        if not low <= amount <= high:
            yield _unit(one, size.basis, low, high)
        return
    if amount > size.limits_gbp[1]:
        yield _unit(one, size.basis, *size.limits_gbp)
    elif amount < _TINY_GBP or (
        amount < _SMALL * size.block_gbp and not (sure and not _echoes(panel, area, one))
    ):
        yield _unit(one, size.basis, _SMALL * size.block_gbp, _MOST * size.block_gbp)


def _echoes(panel: Panel, area: Area, one: OwnFigure) -> bool:
    """Whether a small balance is about the published one over 1,000 or 1,000,000."""
    if not BY_NAME[one.measure].may_be_negative:
        return False
    last = panel.latest(_BALANCE, area)
    known = abs(panel.figure(_BALANCE, area, last).value or 0.0) if last else 0.0
    return any(
        known / _NEAR <= abs(one.value) * factor <= known * _NEAR for factor in (1e3, 1e6)
    )


def _unit(one: OwnFigure, basis: str, low: float, high: float) -> Fault:
    fits = [name for factor, name in _UNITS if low <= abs(one.value) * factor <= high]
    looks = f"looks like {fits[0]}" if fits else "fits no unit"
    what = (
        f"{one.measure} at {one.at} is {one.value:,.15g}, which {looks} beside {basis}. "
        "Expected pounds in full"
    )
    return Fault(one.where, what)


def _count(panel: Panel, area: Area, one: OwnFigure) -> Iterator[Fault]:
    if one.breakdown != TOTAL:
        return
    last = panel.latest(one.measure, area)
    known = panel.figure(one.measure, area, last).value if last else None
    if not known or max(known, one.value) < _FEW:
        return
    if not known / _COUNT_LEAP <= one.value <= known * _COUNT_LEAP:
        what = (
            f"{one.measure} at {one.at} is {one.value:,.0f}, and {known:,.0f} are "
            f"published for {last}. Expected a whole number of "
            f"{BY_NAME[one.measure].unit}"
        )
        yield Fault(one.where, what)
