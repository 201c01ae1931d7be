"""What an authority states of its own money, laid over what is published of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from highneeds.own.figures import OwnFigure, OwnFigures
from highneeds.own.measures import ALL_PLACES, NET_OF_DIRECT_PLACES, SECTION_251
from highneeds.periods import FinancialYear
from highneeds.record.gap import Gap
from highneeds.status import Status

_BEFORE, _AFTER, _DEDUCTION = (
    "high_needs_block_before_deductions_gbp",
    "high_needs_block_after_deductions_gbp",
    "high_needs_places_deduction_gbp",
)
_OUTTURN, _FORECAST = "high_needs_spending_gbp", "high_needs_forecast_outturn_gbp"
Labelled = Mapping[str, float]


@dataclass(frozen=True)
class Spent:
    """What an authority says a year came to, £, and which places it counts."""

    value: float
    coverage: str

    @property
    def lacks_direct_places(self) -> bool:
        """Whether places that the department funds directly are to be added."""
        return self.coverage != ALL_PLACES

    @property
    def lacks_maintained_places(self) -> bool:
        """Whether the place funding of maintained providers is to be added."""
        return self.coverage == SECTION_251


@dataclass(frozen=True)
class OwnMoney:
    """Money that only an authority itself states, £ by financial year label.

    ``spent`` are outturns and ``forecast`` forecast ones, of years for which no outturn is
    held. ``high_needs_balance`` and ``reserves`` are of the day a year closes; a negative
    balance is a deficit. ``payments`` are those of a Safety Valve agreement or the like.
    """

    spent: Mapping[str, Spent] = field(default_factory=dict)
    forecast: Mapping[str, Spent] = field(default_factory=dict)
    rolled_in: Labelled = field(default_factory=dict)
    transfer: Labelled = field(default_factory=dict)
    payments: Labelled = field(default_factory=dict)
    contributions: Labelled = field(default_factory=dict)
    high_needs_balance: Labelled = field(default_factory=dict)
    reserves: Labelled = field(default_factory=dict)

    def paid_in(self, year: FinancialYear) -> float:
        """What is paid against the deficit in a year, by anyone, £."""
        each = (self.payments, self.contributions)
        return sum(one.get(year.label, 0.0) for one in each)


def values_of(own: OwnFigures, measure: str) -> dict[str, float]:
    """An authority's own totals of a measure by the label of their period."""
    return {at: figure.value for at, figure in own.of(measure).items()}


def own_money(own: OwnFigures, held: Labelled) -> OwnMoney:
    """What an authority states and no release holds.

    Parameters
    ----------
    held : mapping of str to float
        Published outturns: a forecast of such a year is not used.
    """
    spent = {at: _spent(one) for at, one in own.of(_OUTTURN).items()}
    return OwnMoney(
        spent=spent,
        forecast={
            at: _spent(one)
            for at, one in own.of(_FORECAST).items()
            if at not in spent and at not in held
        },
        rolled_in=values_of(own, "grants_rolled_in_gbp"),
        transfer=values_of(own, "schools_block_transfer_gbp"),
        payments=values_of(own, "safety_valve_payment_gbp"),
        contributions=values_of(own, "council_contribution_gbp"),
        high_needs_balance=values_of(own, "high_needs_balance_gbp"),
        reserves=values_of(own, "usable_reserves_gbp"),
    )


def add_own_blocks(
    own: OwnFigures,
    before: dict[str, float],
    after: dict[str, float],
    status: dict[str, str],
    usual_share: Callable[[], float],
) -> Iterator[Gap]:
    """Put an authority's own blocks in place of others, both before and after deductions.

    Where one of the two is not stated it follows from the deduction of the year, from the
    last deduction held, or from the share that England's blocks lose; what was done is
    yielded.
    """
    stated, net, deducted = (values_of(own, each) for each in (_BEFORE, _AFTER, _DEDUCTION))
    name = own.area.name
    for year in sorted({*stated, *net, *deducted}):
        if year in deducted and year not in stated and year not in net:
            if year in before:
                after[year] = before[year] - deducted[year]
            continue
        lost = deducted.get(year)
        if lost is None and not (year in stated and year in net):
            # A published block of the year needs no deduction to be beside a net one.
            if year in net and year in before and status.get(year) != Status.ESTIMATED:
                after[year] = net[year]
                continue
            last = _last_both(before, after, year)
            lost = before[last] - after[last] if last else None
            which = f"The deduction of {last}, the last held" if last else ""
            if lost is None:
                share = usual_share()
                whole = stated.get(year, net.get(year, 0.0) / (1.0 - share))
                lost, which = share * whole, f"England's share of deductions, {share:.1%},"
            yield Gap(
                f"The own high needs block of {name} in {year} is stated "
                f"{'before' if year in stated else 'after'} deductions only.",
                f"{which} was {'taken off' if year in stated else 'added to'} it.",
            )
        before[year] = stated[year] if year in stated else net[year] + (lost or 0.0)
        after[year] = net[year] if year in net else before[year] - (lost or 0.0)
        status[year] = Status.OWN


def net_outturns(
    stated: Mapping[str, Spent],
    before: Labelled,
    after: Labelled,
    places_gbp: float,
) -> dict[str, float]:
    """Own outturns as section 251 counts them: without places of either kind, £."""
    found = {}
    for year, one in stated.items():
        value = one.value
        if not one.lacks_maintained_places:
            value -= places_gbp
        if not one.lacks_direct_places:
            last = _last_both(before, after, year)
            value -= before[last] - after[last] if last else 0.0
        found[year] = value
    return found


def coverage_gaps(
    name: str, own: OwnMoney, before: Labelled, after: Labelled
) -> Iterator[Gap]:
    """What was added to own outturns, or stands in them, so that all places are counted."""
    for kind, stated in (("outturn", own.spent), ("forecast outturn", own.forecast)):
        for year, one in stated.items():
            last = _last_both(before, after, year)
            lost = f"£{before[last] - after[last]:,.0f}" if last else "nothing"
            which = "that year" if last == year else f"{last}, the last held"
            what = f"The own {kind} of {name} in {year}, £{one.value:,.0f}, is stated "
            if not one.lacks_direct_places:
                yield Gap(
                    f"{what}with every place.",
                    f"It stands as it is; {lost} of it, the deduction of {which}, are "
                    "places that the department funds directly.",
                )
                continue
            more = ", and place funding of maintained providers" * (
                one.lacks_maintained_places
            )
            yield Gap(
                f"{what}without places that the department funds directly.",
                f"Those places, {lost} by the deduction of {which}"
                f"{'' if last == year else ', grown with the block'}, were added{more}.",
            )


def added_own(parts: Sequence[OwnMoney]) -> OwnMoney:
    """Own money of several authorities together.

    Outturns and balances stand only where every one of them states one, of one coverage;
    payments, contributions and transfers are those of all that state any.
    """

    def every(name: str) -> dict[str, float]:
        each = [getattr(part, name) for part in parts]
        shared = set.intersection(*map(set, each))
        return {year: sum(one[year] for one in each) for year in sorted(shared)}

    def some_of(name: str) -> dict[str, float]:
        each = [getattr(part, name) for part in parts]
        years = sorted(set.union(*map(set, each)))
        return {year: sum(one.get(year, 0.0) for one in each) for year in years}

    def spent(name: str) -> dict[str, Spent]:
        each: list[Mapping[str, Spent]] = [getattr(part, name) for part in parts]
        shared = sorted(set.intersection(*map(set, each)))
        return {
            year: Spent(sum(one[year].value for one in each), each[0][year].coverage)
            for year in shared
            if len({one[year].coverage for one in each}) == 1
        }

    return OwnMoney(
        spent=spent("spent"),
        forecast=spent("forecast"),
        rolled_in=every("rolled_in"),
        transfer=some_of("transfer"),
        payments=some_of("payments"),
        contributions=some_of("contributions"),
        high_needs_balance=every("high_needs_balance"),
        reserves=every("reserves"),
    )


def _spent(figure: OwnFigure) -> Spent:
    return Spent(figure.value, figure.coverage or NET_OF_DIRECT_PLACES)


def _last_both(before: Labelled, after: Labelled, year: str) -> str:
    """The last year up to one whose block is held before and after deductions."""
    both = [one for one in before if one in after]
    end = FinancialYear.parse(year).end
    known = [one for one in both if FinancialYear.parse(one).end <= end]
    return max(known or both, default="")
