"""The authorities in being at a January, and which area of the record each is part of."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from highneeds.forecast.record import Record, record_of
from highneeds.geography import Area
from highneeds.panel.panel import Panel
from highneeds.panel.unbroken import unbroken_areas


@dataclass(frozen=True, eq=False)
class Authorities:
    """Authorities with plans published at one January.

    ``area`` is the column of the record each belongs to, ``part`` its share of that area's
    plans (1 but where a reorganisation split the area), ``plans`` its plans then.
    ``scored`` marks those that are one area of the record throughout and not the smallest.
    """

    names: tuple[Area, ...]
    area: np.ndarray
    part: np.ndarray
    plans: np.ndarray
    scored: np.ndarray

    def of_areas(self, values: np.ndarray) -> np.ndarray:
        """Figures of areas, last, given to their authorities in proportion to plans."""
        return values[..., self.area] * self.part


def authorities_at(panel: Panel, january: int) -> Authorities:
    """The authorities with plans at a January."""
    record = record_of(panel)
    column = _columns(panel, record)
    published = panel.published.matrix("ehc_plans")[str(january)]
    names = tuple(
        area
        for area in panel.geography.authorities(january)
        if area.la_code in column and np.isfinite(published.get(area.la_code, np.nan))
    )
    at = np.array([column[area.la_code] for area in names])
    plans = published.reindex([area.la_code for area in names]).to_numpy(float)
    own = {area.la_code for area in record.areas}
    alone = np.array([area.la_code in own for area in names])
    return Authorities(
        names, at, plans / record.plans.of(january)[at], plans, alone & record.scored[at]
    )


def outcomes(panel: Panel, authorities: Authorities, january: int) -> np.ndarray:
    """Plans published at a later January, NaN for an authority that is no more."""
    matrix = panel.published.matrix("ehc_plans")
    if str(january) not in matrix:
        return np.full(len(authorities.names), np.nan)
    codes = [area.la_code for area in authorities.names]
    return matrix[str(january)].reindex(codes).to_numpy(float)


def _columns(panel: Panel, record: Record) -> dict[str, int]:
    found = {area.la_code: place for place, area in enumerate(record.areas)}
    for area in unbroken_areas(panel).summed:
        for part in panel.geography.comparable_areas:
            if part.key == area.la_code:
                found |= dict.fromkeys(part.la_codes, found[area.la_code])
    return found
