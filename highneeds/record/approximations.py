"""What a projection from an earlier January does for want of figures, in sentences."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from highneeds.errors import some
from highneeds.geography import Area
from highneeds.panel.at import PanelAt
from highneeds.panel.panel import Panel
from highneeds.panel.unbroken import unbroken_areas, with_sums
from highneeds.panel.vintage import vintage
from highneeds.record.look_ahead import LookAhead, block_growth, look_ahead
from highneeds.record.money import MoneyRecord
from highneeds.record.origin import shared_rates
from highneeds.record.spread import Spreads

# Spreads that need more years than the earliest records have.
_NEED_YEARS = {
    "price_national": "spending per plan, all of England together",
    "price_local": "spending per plan, this authority against England",
    "block_local": "the high needs block",
    "unexplained_local": "movements of balances that the record does not explain",
}


@dataclass(frozen=True)
class Approximation:
    """One thing done for want of a figure.

    ``later`` is the period of what is taken from after the January, in words; empty where
    nothing is.
    """

    name: str
    what: str
    later: str = ""

    def __str__(self) -> str:
        if not self.later:
            return self.what
        return f"{self.what} This looks ahead: {self.later}."


def approximations(
    panel: Panel, area: Area, money: MoneyRecord, spread: Spreads
) -> tuple[Approximation, ...]:
    """Everything approximated in a projection from a record as it stood.

    Returns
    -------
    tuple of Approximation
        Empty for a projection from the whole record. Those with ``later`` are all that it
        takes from after the January.
    """
    then = panel.published
    if not isinstance(then, PanelAt):
        return ()
    found = list(_of_any_january(then))
    if vintage(panel).by_band:
        ahead = look_ahead(with_sums(then.whole))
        found += _of_plans(then, area, ahead)
        found += _of_money(then, money)
        found += _of_spreads(money, spread)
    return tuple(found)


def _of_any_january(then: PanelAt) -> Iterator[Approximation]:
    yield Approximation(
        "revised",
        f"“As it stood” in January {then.origin} means every period that had ended by "
        "then, and money by that March. Figures are those held today, revised or not, and "
        "when each was published plays no part.",
    )
    yield Approximation(
        "assumptions",
        f"Assumptions are those of today's files, not what would have been assumed in "
        f"January {then.origin}.",
        "the date of each assumption",
    )


def _of_plans(then: PanelAt, area: Area, ahead: LookAhead) -> Iterator[Approximation]:
    origin, shared = then.origin, shared_rates(then)
    if area in unbroken_areas(then).summed:
        yield Approximation(
            "areas", f"{area.name} is the sum of the authorities that covered it each year."
        )
    yield Approximation(
        "ages",
        f"Plans of January {origin} and new plans of {origin.end - 1} are published by age "
        "band and by placement; inside a band, and for placements at each age, they follow "
        f"England's plans of January {ahead.ages}.",
        f"January {ahead.ages}" if ahead.ages > origin else "",
    )
    yield Approximation(
        "net_loss",
        "Plans that ended and the balancing item are taken as one net loss, of "
        f"{some(shared.flow_years)}.",
    )
    yield Approximation(
        "exits",
        "The shape of that loss by age is that of England's plans that ended in "
        f"{ahead.ended}.",
        str(ahead.ended) if ahead.ended.end >= origin.end else "",
    )
    yield Approximation(
        "moves",
        "Moves between placements are the fewest that turn England's plans of January "
        f"{origin.end - 1}, so made by age, into those of January {origin}.",
    )
    if shared.people_moved:
        yield Approximation(
            "people",
            f"People by age at mid-{origin.end - 1} are those of mid-{ahead.mid_year} at "
            "the age they were, scaled to those aged 0 to 17 then.",
            f"mid-{ahead.mid_year}",
        )
    if lacking := [year for year in shared.flow_years if year not in shared.request_years]:
        last_held = ahead.asked.end < origin.end
        yield Approximation(
            "requests",
            f"Requests were not collected in {some(lacking)}: England's are its new plans "
            f"at the requests for each new plan of {ahead.asked}.",
            "" if last_held else str(ahead.asked),
        )


def _of_money(then: PanelAt, money: MoneyRecord) -> Iterator[Approximation]:
    now = vintage(then)
    if not money.has_spending:
        return
    if now.lines > now.year:
        yield Approximation(
            "lines",
            "Place funding of maintained providers and services that do not follow plans "
            "are England's shares of net outturn in data/origins.toml.",
            now.lines.label,
        )
    years = [str(year) for year in block_growth(then.whole, now.year)]
    if money.has_block and years:
        yield Approximation(
            "block_growth",
            f"The block grows in {' and '.join(years)} as England's was published to grow.",
            " and ".join(years),
        )


def _of_spreads(money: MoneyRecord, spread: Spreads) -> Iterator[Approximation]:
    names = [
        words
        for name, words in _NEED_YEARS.items()
        if getattr(spread, name) == 0.0 and money.has_spending
    ]
    if names:
        yield Approximation(
            "spreads",
            f"Too few years were held to say how far these swing: {some(names)}. Nothing "
            "is drawn for them, so ranges are narrower.",
        )
