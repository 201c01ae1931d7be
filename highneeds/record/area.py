"""What a projection starts from: the record of one area, and what it must be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from highneeds.errors import ModelError, some
from highneeds.geography import Area
from highneeds.panel.vintage import Vintage
from highneeds.record.counted import Count
from highneeds.record.england import NationalRates
from highneeds.record.gap import Gap
from highneeds.record.money import MoneyRecord

_ROUNDING = 1e-9


@dataclass(frozen=True)
class OwnPlans:
    """Plans, flows and places that only an authority itself states.

    ``counts`` are plans on days after the base census that are no day of a census.
    ``places`` in state special schools are by the January in their financial year.
    ``stated`` has the quantity (plans, requests, new, ended) and year of what stands in a
    record in place of a published or projected figure.
    """

    counts: tuple[Count, ...] = ()
    places: Mapping[int, float] = field(default_factory=dict)
    stated: frozenset[tuple[str, int]] = frozenset()


@dataclass(frozen=True)
class AreaRecord:
    """The opening position and rates of one authority.

    ``stock`` is (26 ages, 7 placements) plans of the base census. ``stock_before``
    (Januaries, 7) are the placements of the Januaries before it, oldest first, from the one
    before its own outturn's year; ``requests``, ``requests_before`` and ``new_plans`` the
    level of requests in the last year of flows and the year before, and of new plans in the
    last. ``counted_new`` (years,) are the new plans published for the calendar years that
    open the financial years between the base year and the base census. ``unknown`` (26,)
    and ``unknown_before`` (Januaries,) count the plans among those whose placement was not
    recorded, where they are so many that it matters; else 0. ``path`` (years,) are the
    plans of each January ahead with the defaults, in the central case. ``newer`` holds
    totals published beyond the base census, by quantity (plans, requests, new, ended) and
    year.
    """

    area: Area
    vintage: Vintage
    stock: np.ndarray
    stock_before: np.ndarray
    unknown: np.ndarray
    unknown_before: np.ndarray
    exit_rate: np.ndarray
    requests: float
    requests_before: float
    new_plans: float
    counted_new: np.ndarray
    balancing_share: float
    joining_mix: np.ndarray
    population: np.ndarray
    rates: NationalRates
    path: np.ndarray
    money: MoneyRecord
    gaps: tuple[Gap, ...]
    newer: Mapping[str, Mapping[int, float]]
    own: OwnPlans = field(default_factory=OwnPlans)


def check_record(record: AreaRecord) -> None:
    """Refuse an opening position that no authority can have.

    Raises
    ------
    ModelError
        Names the authority and every quantity that is out of range.
    """
    rates = np.concatenate([record.exit_rate, record.rates.exit_rate])
    mixes = np.concatenate([record.joining_mix, *record.rates.moves])
    whole = float(record.stock.sum())
    by_age = record.stock.sum(axis=1)
    faults = [
        words
        for wrong, words in (
            ((record.stock < 0).any(), "plans below 0"),
            (
                abs(whole - np.round(whole)) > _ROUNDING * whole,
                f"{whole:,.3f} plans, not whole",
            ),
            (
                not ((record.unknown >= 0) & (record.unknown <= by_age + _ROUNDING)).all(),
                "plans of unknown placement outside 0 to all of their age",
            ),
            (((rates < 0) | (rates > 1)).any(), "an exit rate outside 0 to 1"),
            (
                not np.allclose(mixes.sum(axis=1), 1.0, rtol=0.0, atol=_ROUNDING),
                "shares that do not sum to 1",
            ),
            ((mixes < 0).any(), "a share below 0"),
            (not (record.population >= 0).all(), "people of some age below 0 or missing"),
            (
                not np.isfinite(
                    [whole, record.requests, record.new_plans, record.balancing_share]
                ).all()
                or not (np.isfinite(mixes).all() and np.isfinite(rates).all()),
                "a figure that is no number",
            ),
            (
                not (np.isfinite(record.path) & (record.path > 0)).all(),
                "plans foretold for a January that are no number above 0",
            ),
            (min(record.requests, record.new_plans) < 0, "requests or new plans below 0"),
            (record.money.places_gbp < 0, "place funding below £0"),
            (
                not 0 <= record.money.services_share < 1,
                "a share of services outside 0 to 1",
            ),
            (min(record.money.spending.values(), default=0) < 0, "spending below £0"),
            (min(record.money.block_before.values(), default=0) < 0, "a block below £0"),
        )
        if wrong
    ]
    if faults:
        msg = (
            f"{record.area} cannot be projected: {some(faults)}. Expected published "
            "figures from 0 up. Look at them with `highneeds data show`."
        )
        raise ModelError(msg)
