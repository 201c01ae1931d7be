"""Places in state special schools, and where pupils go when there are not enough.

Those already in a place keep it; only pupils joining or moving can be turned away.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from highneeds.record.cells import MODEL_PLACEMENTS

STATE_SPECIAL = MODEL_PLACEMENTS.index("state_special")
INDEPENDENT = MODEL_PLACEMENTS.index("independent_special")
MAINSTREAM = MODEL_PLACEMENTS.index("mainstream")
ELSEWHERE = MODEL_PLACEMENTS.index("elsewhere")


def turned_away(
    closing: np.ndarray, incumbents: np.ndarray, *, places: np.ndarray
) -> np.ndarray:
    """Pupils for whom there is no state special place, by age.

    Parameters
    ----------
    closing : ndarray, shape (26, placements, draws)
        Plans wanted at the closing census.
    incumbents : ndarray, shape (26, draws)
        Those of them who already had a state special place and stay.
    places : ndarray, shape (draws,)
        Places in all; fewer than the incumbents displaces nobody.

    Returns
    -------
    ndarray, shape (26, draws)
    """
    arriving = np.maximum(closing[:, STATE_SPECIAL] - incumbents, 0.0)
    wanted = arriving.sum(axis=0)
    room = np.maximum(places - incumbents.sum(axis=0), 0.0)
    served = np.divide(
        np.minimum(room, wanted), wanted, out=np.ones_like(wanted), where=wanted > 0
    )
    return arriving * (1.0 - served)


def educate_elsewhere(
    closing: np.ndarray,
    away: np.ndarray,
    *,
    to_independent: np.ndarray,
    to_mainstream: np.ndarray,
) -> None:
    """Move those turned away, in place, out of state special schools.

    Parameters
    ----------
    closing : ndarray, shape (26, placements, draws)
    away : ndarray, shape (26, draws)
        Of `turned_away`.
    to_independent, to_mainstream : ndarray, shape (draws,)
        Shares of them; the rest are educated elsewhere.
    """
    closing[:, STATE_SPECIAL] -= away
    closing[:, INDEPENDENT] += away * to_independent
    closing[:, MAINSTREAM] += away * to_mainstream
    closing[:, ELSEWHERE] += away * (1.0 - to_independent - to_mainstream)


def keep_in_mainstream(
    closing: np.ndarray, incumbents: Mapping[int, np.ndarray], share: np.ndarray
) -> None:
    """Place, in place, a share of those joining or moving to special schools in mainstream.

    Parameters
    ----------
    closing : ndarray, shape (26, placements, draws)
    incumbents : mapping of placement to ndarray, shape (26, draws)
        Those who already had a place in each kind of special school and stay.
    share : ndarray, shape (draws,)
    """
    for placement, staying in incumbents.items():
        moved = np.maximum(closing[:, placement] - staying, 0.0) * share
        closing[:, placement] -= moved
        closing[:, MAINSTREAM] += moved
