"""What a record must be to be projected: faults stop a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from highneeds.errors import ModelError, some

if TYPE_CHECKING:
    from highneeds.record.opening import AreaRecord

_ROUNDING = 1e-9


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
                (np.abs(mixes.sum(axis=1) - 1) > _ROUNDING).any(),
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
