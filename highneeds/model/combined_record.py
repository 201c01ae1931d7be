"""The opening position of an area made of several authorities: theirs, added up."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from highneeds.errors import some
from highneeds.geography import Area
from highneeds.model.money_record import BASE_YEAR, Gap, MoneyRecord
from highneeds.model.record import AreaRecord, area_record
from highneeds.panel.panel import Panel


def opening_record(panel: Panel, area: Area) -> AreaRecord:
    """The opening position of an authority, or of an area put together from several.

    Raises
    ------
    ModelError
        See `area_record`; it names the authority at fault.
    """
    parts = panel.parts(area)
    if not parts:
        return area_record(panel, area)
    return combined_record(area, [area_record(panel.published, part) for part in parts])


def combined_record(area: Area, parts: Sequence[AreaRecord]) -> AreaRecord:
    """Stocks, flows and pounds are summed; a rate is that of all plans taken together.

    A year's block, spending or balance stands only where every authority has one.
    """
    stocks = [part.stock for part in parts]
    return AreaRecord(
        area=area,
        stock=np.sum(stocks, axis=0),
        stock_before=np.sum([part.stock_before for part in parts], axis=0),
        unknown=np.sum([part.unknown for part in parts], axis=0),
        unknown_before=sum(part.unknown_before for part in parts),
        exit_rate=_weighted(
            [part.exit_rate for part in parts], [stock.sum(axis=1) for stock in stocks]
        ),
        requests=sum(part.requests for part in parts),
        requests_before=sum(part.requests_before for part in parts),
        new_plans=sum(part.new_plans for part in parts),
        balancing_share=float(
            np.average(
                [part.balancing_share for part in parts],
                weights=[stock.sum() for stock in stocks],
            )
        ),
        joining_mix=np.average(
            [part.joining_mix for part in parts],
            axis=0,
            weights=[part.new_plans for part in parts],
        ),
        population=np.sum([part.population for part in parts], axis=0),
        rates=parts[0].rates,
        money=_money([part.money for part in parts]),
        gaps=tuple(_gaps(parts)),
        vintage=parts[0].vintage,
    )


def _money(parts: Sequence[MoneyRecord]) -> MoneyRecord:
    balance = _summed([part.balance for part in parts])
    services = sum(part.services_share * part.spending[BASE_YEAR.label] for part in parts)
    spending = _summed([part.spending for part in parts])
    return MoneyRecord(
        block_before=_summed([part.block_before for part in parts]),
        block_after=_summed([part.block_after for part in parts]),
        spending=spending,
        balance=balance,
        balance_status=dict.fromkeys(balance, "derived"),
        places_gbp=sum(part.places_gbp for part in parts),
        services_share=services / spending[BASE_YEAR.label],
        schools_block_gbp=sum(part.schools_block_gbp for part in parts),
    )


def _summed(parts: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """Sums of the years that every part has."""
    shared = set.intersection(*(set(part) for part in parts))
    return {year: sum(part[year] for part in parts) for year in sorted(shared)}


def _weighted(rates: Sequence[np.ndarray], plans: Sequence[np.ndarray]) -> np.ndarray:
    """Rates by age over all plans of that age; their plain mean where there is no plan."""
    weights = np.stack(plans)
    weights = np.where(weights.sum(axis=0) > 0, weights, 1.0)
    return np.asarray(np.average(np.stack(rates), axis=0, weights=weights))


def _gaps(parts: Sequence[AreaRecord]) -> list[Gap]:
    gaps = [
        Gap(f"{part.area.name}: {gap.what}", gap.done)
        for part in parts
        for gap in part.gaps
    ]
    series: Mapping[str, Callable[[MoneyRecord], Mapping[str, float]]] = {
        "high needs block": lambda money: money.block_after,
        "section 251 outturn": lambda money: money.spending,
        "DSG balance": lambda money: money.balance,
    }
    for name, of in series.items():
        years = [set(of(part.money)) for part in parts]
        shared = set.intersection(*years)
        lacking = sorted(set.union(*years) - shared)
        if lacking:
            gaps.append(
                Gap(
                    f"Not every authority has a {name} in {some(lacking)}.",
                    "No sum is made for those years.",
                )
            )
    return gaps
