"""The High Needs Stability Grant: what its rule gives an authority, and on what ground."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

from highneeds.model.finance import grant_on_deficit
from highneeds.periods import FinancialYear
from highneeds.policy import policy

if TYPE_CHECKING:
    from highneeds.record.area import AreaRecord
    from highneeds.scenario.scenario import StabilityGrant


class Ground(StrEnum):
    """What the grant of one authority is worked out on, or why there is none."""

    OWN = "the authority's own high needs balance"
    WHOLE = "its balance of all blocks"
    AGREEMENT = "a Safety Valve agreement"
    NO_BALANCE = "no balance is held"
    NOT_ANNOUNCED = "not yet announced"


def ground(record: AreaRecord, grant: StabilityGrant) -> Ground:
    """What an authority's grant is worked out on.

    The rule is of the high needs deficit. Without an own figure of it the whole DSG
    balance stands in, which is less of a deficit where other blocks are in surplus;
    authorities with a Safety Valve agreement are dealt with apart, by no published rule.
    """
    if record.vintage.census.end < policy("send_reform_plans").day.year:
        return Ground.NOT_ANNOUNCED
    if stated_at(record, grant) is not None:
        return Ground.OWN
    if record.money.agreements:
        return Ground.AGREEMENT
    return Ground.WHOLE if record.money.balance else Ground.NO_BALANCE


def stated_at(record: AreaRecord, grant: StabilityGrant) -> FinancialYear | None:
    """The year whose closing high needs balance an authority states itself, if any.

    The last of its own figures up to the day that counts, from the start of the base year
    on; else the one of that day that the scenario gives.
    """
    counted, _ = grant.years()
    first = record.vintage.year.shift(-1)
    own = map(FinancialYear.parse, record.money.own.high_needs_balance)
    if known := [year for year in own if first <= year <= counted]:
        return max(known)
    return counted if grant.own_balance(record.area) is not None else None


def own_high_needs(
    record: AreaRecord,
    grant: StabilityGrant,
    years: Sequence[FinancialYear],
    movement: np.ndarray,
) -> np.ndarray | None:
    """An authority's own high needs balance on the day that counts, £ (draws,), if any.

    An older one is carried to that day by what the years between add to it.

    Parameters
    ----------
    movement : ndarray, shape (years, draws)
        Block and transfer less spending, with payments against the deficit.
    """
    stated, (counted, _) = stated_at(record, grant), grant.years()
    if stated is None:
        return None
    own = record.money.own.high_needs_balance.get(stated.label)
    value = grant.own_balance(record.area) if own is None else own
    assert value is not None
    since, until = (year.end - years[0].end + 1 for year in (stated, counted))
    return np.asarray(value + movement[since : max(since, until)].sum(axis=0))


def grant_amount(
    record: AreaRecord,
    grant: StabilityGrant,
    whole: np.ndarray,
    own: np.ndarray | None,
) -> np.ndarray:
    """What the rule pays, £ (draws,), nought where there is no ground for it.

    Parameters
    ----------
    whole : ndarray, shape (draws,)
        The DSG balance of all blocks at the day that counts, £.
    own : ndarray, shape (draws,), optional
        The authority's own high needs balance of that day, of `own_high_needs`.
    """
    found = ground(record, grant)
    if found is Ground.WHOLE:
        return grant_on_deficit(whole, grant.share)
    if found is Ground.OWN and own is not None:
        return grant_on_deficit(own, grant.share)
    return np.zeros(whole.shape)
