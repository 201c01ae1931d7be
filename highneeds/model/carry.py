"""Plans carried from census to census, once every number that moves them is known."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Self

import numpy as np

from highneeds.model.capacity import (
    INDEPENDENT,
    STATE_SPECIAL,
    educate_elsewhere,
    keep_in_mainstream,
    turned_away,
)
from highneeds.model.plans import extra_moves, step_plans, to_bands
from highneeds.record.area import AreaRecord
from highneeds.record.cells import BANDS, MODEL_PLACEMENTS

# So few futures at a time that a year's arrays stay in a processor's cache. The answer does
# not depend on it.
TOGETHER = 256


class _PerFuture:
    """Arrays that all carry futures last."""

    def some(self, part: slice) -> Self:
        """The same for some of the futures; arrays are shared, not copied."""
        views = {field.name: getattr(self, field.name)[..., part] for field in fields(self)}  # type: ignore[arg-type]
        return replace(self, **views)  # type: ignore[type-var]


@dataclass(frozen=True)
class Yearly(_PerFuture):
    """What moves an authority's plans, besides its record.

    By year, (years, draws): ``new`` plans; ``kept``, the share of plans kept at the close;
    ``to_mainstream``, a share of those joining or moving to special schools;
    ``added_places``. By year and age, (years, 26, draws): ``exit_rate``, the share of plans
    that end, and ``profile``, the ages of those joining. Once a future, (draws,):
    ``balancing``, a share of opening plans; ``moves_to_independent``, a factor;
    ``place_growth`` a year; ``overflow_to_independent`` and ``overflow_to_mainstream``,
    shares of those turned away. ``opening`` plans of the base census are (26, 7, draws).
    """

    opening: np.ndarray
    new: np.ndarray
    kept: np.ndarray
    balancing: np.ndarray
    exit_rate: np.ndarray
    to_mainstream: np.ndarray
    added_places: np.ndarray
    profile: np.ndarray
    moves_to_independent: np.ndarray
    place_growth: np.ndarray
    overflow_to_independent: np.ndarray
    overflow_to_mainstream: np.ndarray


@dataclass(frozen=True)
class Carried(_PerFuture):
    """Plans by census, from the base one, and flows by year; futures last.

    ``placements`` (censuses, 7, draws), ``bands`` (censuses, 5, 7, draws); ``ended`` and
    ``shortfall`` (years, draws).
    """

    placements: np.ndarray
    bands: np.ndarray
    ended: np.ndarray
    shortfall: np.ndarray


def carry(record: AreaRecord, yearly: Yearly, *, limited: bool) -> Carried:
    """Carry an authority's plans through the years of `yearly`.

    Parameters
    ----------
    limited : bool
        Whether pupils are turned away when state special places run out; if not, the
        shortfall is only counted.

    Raises
    ------
    ModelError
        A step is impossible.
    """
    steps, draws = yearly.new.shape
    found = Carried(
        placements=np.empty((steps + 1, len(MODEL_PLACEMENTS), draws)),
        bands=np.empty((steps + 1, len(BANDS), len(MODEL_PLACEMENTS), draws)),
        ended=np.empty((steps, draws)),
        shortfall=np.empty((steps, draws)),
    )
    for first in range(0, draws, TOGETHER):
        part = slice(first, first + TOGETHER)
        _carry_some(record, yearly.some(part), found.some(part), limited=limited)
    return found


def _carry_some(
    record: AreaRecord, yearly: Yearly, found: Carried, *, limited: bool
) -> None:
    """Carry the futures of `yearly`, writing to the arrays of `found`."""
    steps = len(yearly.new)
    moves = record.rates.moves
    extra = extra_moves(moves, INDEPENDENT, yearly.moves_to_independent)
    staying = {
        placement: extra.staying(moves, placement)
        for placement in (STATE_SPECIAL, INDEPENDENT)
    }
    stock = yearly.opening
    census = record.vintage.census.end
    places = _places(record, census, stock[:, STATE_SPECIAL].sum(axis=0))
    for step in range(steps + 1):
        found.bands[step] = to_bands(stock)
        found.placements[step] = found.bands[step].sum(axis=0)
        if step == steps:
            return
        exit_rate = yearly.exit_rate[step]
        # The balancing item may be negative; together with new plans it cannot.
        plans = found.placements[step].sum(axis=0)
        joined = np.maximum(yearly.new[step] + yearly.balancing * plans, 0.0)
        ages = yearly.profile[step] * joined
        keeping = {
            placement: _keeping(stock[:, placement], exit_rate, share)
            for placement, share in staying.items()
        }
        stock, found.ended[step] = step_plans(
            stock,
            exit_rate=exit_rate,
            moves=moves,
            joining=record.joining_mix[:, :, None] * ages[:, None, :],
            extra=extra,
        )
        if yearly.to_mainstream[step].any():
            keep_in_mainstream(stock, keeping, yearly.to_mainstream[step])
        places = places * (1.0 + yearly.place_growth)
        places = _places(record, census + step + 1, places)
        away = turned_away(
            stock, keeping[STATE_SPECIAL], places=places + yearly.added_places[step]
        )
        found.shortfall[step] = away.sum(axis=0)
        if limited:
            educate_elsewhere(
                stock,
                away,
                to_independent=yearly.overflow_to_independent,
                to_mainstream=yearly.overflow_to_mainstream,
            )
        if (yearly.kept[step] != 1.0).any():
            stock *= yearly.kept[step]


def _places(record: AreaRecord, january: int, otherwise: np.ndarray) -> np.ndarray:
    """Places in state special schools: the authority's own figure where it has one.

    At the base census the last of its figures up to then.
    """
    own = record.own.places
    known = [year for year in own if year <= january]
    stated = max(known, default=january + 1)
    first = january == record.vintage.census.end
    if stated == january or (first and known):
        return np.full_like(otherwise, own[stated])
    return otherwise


def _keeping(stock: np.ndarray, exit_rate: np.ndarray, staying: np.ndarray) -> np.ndarray:
    """Those of one placement who stay in it another year, by age reached, (26, draws)."""
    kept = np.zeros_like(stock)
    kept[1:] = stock[:-1] * (1.0 - exit_rate[:-1]) * staying[1:]
    return kept
