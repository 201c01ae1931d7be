"""The opening position of an area made of several authorities: theirs, added up."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from highneeds.errors import some
from highneeds.geography import Area
from highneeds.own.figures import OwnFigures
from highneeds.panel.panel import Panel
from highneeds.panel.unbroken import unbroken_areas
from highneeds.panel.vintage import vintage
from highneeds.record.area import AreaRecord, OwnPlans
from highneeds.record.gap import Gap
from highneeds.record.money import MoneyRecord
from highneeds.record.opening import area_record
from highneeds.record.origin import origin_record
from highneeds.record.own_money import added_own
from highneeds.record.own_plans import counted_path
from highneeds.status import of_sum


def opening_record(
    panel: Panel, area: Area, own: Mapping[str, OwnFigures] | None = None
) -> AreaRecord:
    """The opening position of an authority, or of an area put together from several.

    Parameters
    ----------
    own : mapping of str to OwnFigures, optional
        What authorities state themselves, by DfE code.

    Raises
    ------
    ModelError
        See `area_record`; it names the authority at fault.
    """
    parts = panel.parts(area)
    if vintage(panel).by_band:
        if not parts or area in unbroken_areas(panel).summed:
            return origin_record(panel, area)
        build: Callable[..., AreaRecord] = origin_record
    else:
        stated = {code: each for code, each in (own or {}).items() if each.figures}
        if not parts:
            return area_record(panel, area, own=stated.get(area.la_code))

        def build(panel: Panel, part: Area, **how: Any) -> AreaRecord:
            return area_record(panel, part, own=stated.get(part.la_code), **how)

    records = [build(panel.published, part) for part in parts]
    # The level of cost is set in one year, in which every part has an outturn.
    shared = min(record.money.outturn_year for record in records)
    return combined_record(
        area,
        [
            record
            if record.money.outturn_year == shared
            else build(panel.published, record.area, outturn=shared)
            for record in records
        ],
    )


def combined_record(area: Area, parts: Sequence[AreaRecord]) -> AreaRecord:
    """Stocks, flows and pounds are summed; a rate is that of all plans taken together.

    A year's block, spending or balance stands only where every authority has one.
    """
    stocks = [part.stock for part in parts]
    return AreaRecord(
        area=area,
        vintage=parts[0].vintage,
        stock=np.sum(stocks, axis=0),
        stock_before=np.sum([part.stock_before for part in parts], axis=0),
        unknown=np.sum([part.unknown for part in parts], axis=0),
        unknown_before=np.sum([part.unknown_before for part in parts], axis=0),
        exit_rate=_weighted(
            [part.exit_rate for part in parts], [stock.sum(axis=1) for stock in stocks]
        ),
        requests=sum(part.requests for part in parts),
        requests_before=sum(part.requests_before for part in parts),
        new_plans=sum(part.new_plans for part in parts),
        counted_new=np.sum([part.counted_new for part in parts], axis=0),
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
        path=np.sum([counted_path(part) for part in parts], axis=0),
        money=_money([part.money for part in parts]),
        gaps=tuple(_gaps(parts)),
        newer=_newer([part.newer for part in parts]),
        own=_own_plans([part.own for part in parts]),
    )


def _money(parts: Sequence[MoneyRecord]) -> MoneyRecord:
    spending = _summed([part.spending for part in parts])
    own = parts[0].outturn_year
    year = own.label
    services = sum(part.services_share * part.spending.get(year, 0.0) for part in parts)
    before = _summed([part.block_before for part in parts])
    balance = _summed([part.balance for part in parts])
    return MoneyRecord(
        block_before=before,
        block_after=_summed([part.block_after for part in parts]),
        spending=spending,
        balance=balance,
        outturn_year=own,
        places_gbp=sum(part.places_gbp for part in parts),
        services_share=services / spending[year] if year in spending else 0.0,
        schools_block_gbp=sum(part.schools_block_gbp for part in parts),
        block_status=_weakest(before, [part.block_status for part in parts]),
        balance_status=_weakest(balance, [part.balance_status for part in parts]),
        agreements=tuple(name for part in parts for name in part.agreements),
        agreed_gbp={name: gbp for part in parts for name, gbp in part.agreed_gbp.items()},
        agreed_evenly=_any([part.agreed_evenly for part in parts]),
        own=added_own([part.own for part in parts]),
    )


def _weakest(years: Iterable[str], parts: Sequence[Mapping[str, str]]) -> dict[str, str]:
    return {year: of_sum(part[year] for part in parts) for year in years}


def _newer(
    parts: Sequence[Mapping[str, Mapping[int, float]]],
) -> dict[str, dict[int, float]]:
    """Sums of what every part has published beyond the base census."""
    named = set.intersection(*(set(part) for part in parts))
    found = {
        name: {
            year: sum(part[name][year] for part in parts)
            for year in sorted(set.intersection(*(set(part[name]) for part in parts)))
        }
        for name in sorted(named)
    }
    return {name: years for name, years in found.items() if years}


def _own_plans(parts: Sequence[OwnPlans]) -> OwnPlans:
    """Places where every part states them; counts are in the path of plans already."""
    years = set.intersection(*(set(part.places) for part in parts))
    return OwnPlans(
        places={year: sum(part.places[year] for part in parts) for year in years},
        stated=frozenset().union(*(part.stated for part in parts)),
    )


def _summed(parts: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """Sums of the years that every part has."""
    shared = set.intersection(*(set(part) for part in parts))
    return {year: sum(part[year] for part in parts) for year in sorted(shared)}


def _any(parts: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """Sums by year of what any part has."""
    years = sorted(set.union(*map(set, parts)))
    return {year: sum(part.get(year, 0.0) for part in parts) for year in years}


def _weighted(rates: Sequence[np.ndarray], plans: Sequence[np.ndarray]) -> np.ndarray:
    """Rates by age over all plans of that age; their plain mean where there is no plan."""
    weights = np.stack(plans)
    weights = np.where(weights.sum(axis=0) > 0, weights, 1.0)
    return np.asarray(np.average(np.stack(rates), axis=0, weights=weights))


def _gaps(parts: Sequence[AreaRecord]) -> list[Gap]:
    gaps = [
        Gap(f"{part.area.name}: {gap.what}", gap.done, gap.base)
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
