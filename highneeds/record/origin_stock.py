"""Plans by age and placement at a January published by age band and by placement."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from highneeds.geography import ENGLAND_CODE
from highneeds.panel.panel import Panel
from highneeds.panel.schema import AGE_BANDS
from highneeds.record.cells import BANDS, MODEL_PLACEMENTS
from highneeds.record.gap import Gap
from highneeds.record.raking import raked, within_bands

_UNKNOWN = "placement/unknown"


@dataclass(frozen=True)
class Margins:
    """One period's counts of every area: total, by band and by placement (rows: areas).

    ``by_band`` and ``by_placement`` add up to ``total``; those of unknown age or placement
    are shared out like the rest. ``unknown`` is the share of unknown placement.
    ``borrowed`` names, by kind, the areas whose split is not published.
    """

    total: pd.Series
    by_band: pd.DataFrame
    by_placement: pd.DataFrame
    unknown: pd.Series
    borrowed: dict[str, frozenset[str]]

    def table(self, pattern: np.ndarray) -> dict[str, np.ndarray]:
        """Counts by single year of age and placement (26, 7), by area with a total."""
        ages = within_bands(self.by_band.to_numpy(), pattern.sum(axis=1), BANDS)
        found = raked(pattern, ages, self.by_placement.to_numpy())
        return dict(zip(self.total.index, found, strict=True))

    def gaps(self, la_code: str, when: str, name: str) -> list[Gap]:
        """What is not published of one area, and what was done instead."""
        return [
            Gap(
                f"Plans by {kind} in {when} are not published for {name}.",
                "The split of the January before was applied to the published total, or "
                "England's where that one is missing, too.",
            )
            for kind, codes in self.borrowed.items()
            if la_code in codes
        ]


def margins(panel: Panel, measure: str, labels: Sequence[str]) -> Margins:
    """Counts of the last of some periods; a missing split is taken from those before.

    Parameters
    ----------
    labels : sequence of str
        Periods in order; the last is wanted.
    """
    total = panel.matrix(measure)[labels[-1]].dropna()
    borrowed: dict[str, frozenset[str]] = {}
    split = {}
    kinds = {"age": AGE_BANDS, "placement": MODEL_PLACEMENTS}
    for kind, names in kinds.items():
        shares = [_shares(panel, measure, kind, names, label) for label in labels[::-1]]
        own = shares[0].reindex(total.index)
        borrowed[kind] = frozenset(own.index[own.isna().any(axis=1)])
        for other in shares[1:]:
            own = own.fillna(other)
        england = shares[0].loc[ENGLAND_CODE]
        split[kind] = own.fillna(england).mul(total, axis=0)
    unknown = panel.matrix(measure, _UNKNOWN).reindex(columns=[labels[-1]])[labels[-1]]
    return Margins(
        total=total,
        by_band=split["age"],
        by_placement=split["placement"],
        unknown=unknown.reindex(total.index).fillna(0.0) / total.where(total > 0, 1.0),
        borrowed=borrowed,
    )


def _shares(
    panel: Panel, measure: str, kind: str, names: Sequence[str], label: str
) -> pd.DataFrame:
    """Each area's split over known names, adding up to 1; NaN where none is published.

    What England has no figure for either was not asked for that year and is 0 beside the
    others; any other gap leaves the area without a split.
    """
    rows = panel.rows(measure)
    mine = rows[(rows["breakdown_type"] == kind) & (rows["year"] == label)]
    counts = mine.pivot(index="la_code", columns="breakdown", values="value")
    counts = counts.reindex(columns=list(names))
    england = counts.loc[ENGLAND_CODE].to_numpy(dtype=float)
    asked = [name for name, one in zip(names, england, strict=True) if np.isfinite(one)]
    whole = counts[counts[asked].notna().all(axis=1)].fillna(0.0)
    sums = whole.sum(axis=1)
    return whole.div(sums.where(sums > 0), axis=0).reindex(counts.index)
