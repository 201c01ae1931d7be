"""Places in state special schools, and where pupils go when there are not enough.

Those already in a place keep it; only pupils joining or moving can be turned away.
"""

from __future__ import annotations

import numpy as np

from highneeds.model.plans import MODEL_PLACEMENTS

STATE_SPECIAL = MODEL_PLACEMENTS.index("state_special")
INDEPENDENT = MODEL_PLACEMENTS.index("independent_special")
MAINSTREAM = MODEL_PLACEMENTS.index("mainstream")
ELSEWHERE = MODEL_PLACEMENTS.index("elsewhere")


def place_overflow(
    closing: np.ndarray,
    incumbents: np.ndarray,
    *,
    places: np.ndarray,
    to_independent: np.ndarray,
    to_mainstream: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """Send pupils for whom there is no state special place elsewhere.

    Parameters
    ----------
    closing : ndarray, shape (26, placements, draws)
        Plans wanted at the closing census.
    incumbents : ndarray, shape (26, draws)
        Those of them who already had a state special place and stay.
    places : ndarray, shape (draws,)
        Places in all; fewer than the incumbents displaces nobody.
    to_independent, to_mainstream : ndarray, shape (draws,)
        Shares of those turned away; the rest are educated elsewhere.

    Returns
    -------
    placed : ndarray, same shape as `closing`
    turned_away : ndarray, shape (draws,)
        The shortfall of places.
    """
    arriving = np.maximum(closing[:, STATE_SPECIAL] - incumbents, 0.0)
    wanted = arriving.sum(axis=0)
    room = np.maximum(places - incumbents.sum(axis=0), 0.0)
    served = np.divide(
        np.minimum(room, wanted), wanted, out=np.ones_like(wanted), where=wanted > 0
    )
    overflow = arriving * (1.0 - served)
    placed = closing.copy()
    placed[:, STATE_SPECIAL] -= overflow
    placed[:, INDEPENDENT] += overflow * to_independent
    placed[:, MAINSTREAM] += overflow * to_mainstream
    placed[:, ELSEWHERE] += overflow * (1.0 - to_independent - to_mainstream)
    return placed, overflow.sum(axis=0)


def keep_in_mainstream(
    closing: np.ndarray, incumbents: np.ndarray, share: np.ndarray
) -> np.ndarray:
    """Place a share of those joining or moving to special schools in mainstream instead.

    Parameters
    ----------
    closing : ndarray, shape (26, placements, draws)
    incumbents : ndarray, shape (26, 2, draws)
        Those who already had a state or an independent special place and stay.
    share : ndarray, shape (draws,)
    """
    placed = closing.copy()
    for column, placement in enumerate((STATE_SPECIAL, INDEPENDENT)):
        moved = np.maximum(closing[:, placement] - incumbents[:, column], 0.0) * share
        placed[:, placement] -= moved
        placed[:, MAINSTREAM] += moved
    return placed
