"""The High Needs Stability Grant: what its rule gives an authority, and on what ground."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

from highneeds.model.finance import grant_on_deficit
from highneeds.policy import policy

if TYPE_CHECKING:
    from highneeds.model.record import AreaRecord
    from highneeds.model.scenario import StabilityGrant


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
    if grant.own_balance(record.area) is not None:
        return Ground.OWN
    if record.money.agreements:
        return Ground.AGREEMENT
    return Ground.WHOLE if record.money.balance else Ground.NO_BALANCE


def grant_amount(
    record: AreaRecord, grant: StabilityGrant, whole: np.ndarray
) -> np.ndarray:
    """What the rule pays, £ (draws,), nought where there is no ground for it.

    Parameters
    ----------
    whole : ndarray, shape (draws,)
        The DSG balance of all blocks at the day that counts, £.
    """
    found = ground(record, grant)
    if found is Ground.WHOLE:
        return grant_on_deficit(whole, grant.share)
    own = grant.own_balance(record.area)
    if found is Ground.OWN and own is not None:
        return grant_on_deficit(np.full(whole.shape, own), grant.share)
    return np.zeros(whole.shape)
