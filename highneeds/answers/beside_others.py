"""What the record shows: growth of plans against region, England and neighbours."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pandas as pd

from highneeds.geography import Area
from highneeds.panel.panel import Panel
from highneeds.periods import Census
from highneeds.policy import policy

_FEWEST_JANUARIES = 2
# The bands of a map the County Councils Network drew of growth since 2015, in per cent.
BANDS = (30.0, 50.0, 60.0, 80.0)


@dataclass(frozen=True, eq=False)
class Growth:
    """Growth of plans since a January that all compared areas have.

    ``table`` has columns ``series`` (area, region, england, neighbours), ``name``,
    ``authorities`` (how many are summed), ``year`` (January), ``plans`` and ``growth``
    (a share of the plans in ``base``). It is empty when the area has too few figures,
    and ``cautions`` then says so.
    """

    area: Area
    base: Census | None
    table: pd.DataFrame
    cautions: tuple[str, ...] = ()

    @property
    def latest(self) -> pd.DataFrame:
        """The last January only: one row a series."""
        return self.table[self.table["year"] == self.table["year"].max()]


def first_january() -> Census:
    """The first January after plans took the place of statements in law."""
    return Census(policy("plans_replace_statements").day.year + 1)


@lru_cache(maxsize=4)
def growth(panel: Panel, area: str | Area, since: int | None = None) -> Growth:
    """Growth of plans in an area beside its region, England and statistical neighbours.

    Parameters
    ----------
    panel : Panel
    area : str or Area
    since : int, optional
        The January to measure from, `first_january` when left out. A later one is used
        where the area has no figure for it, as for an authority created since.

    Returns
    -------
    Growth
        Neighbours are taken together, only those with a figure in every January shown,
        so that the same places are compared throughout.

    Raises
    ------
    UsageError
        The area is not known.
    """
    where = panel.area(area)
    since = since or first_january().end
    plans = panel.matrix("ehc_plans")
    own = _figures(plans, where.la_code)
    # A January that England has none for yet could be set beside nothing.
    whole = _figures(plans, panel.geography.england.la_code).index
    years = [year for year in own.index if year >= since and year in whole]
    if len(years) < _FEWEST_JANUARIES or own[years[0]] == 0:
        caution = f"Too few published counts of plans for {where.name} to measure growth."
        return Growth(where, None, _empty(), (caution,))
    base, cautions = years[0], []
    if base > since:
        cautions.append(
            f"Growth is measured from January {base}: no count of plans is published for "
            f"{where.name} before that."
        )
    series = [_series("area", where.name, [own], years)]
    if where.level == "la":
        region = panel.geography[where.region_code]
        series.append(
            _series("region", region.name, [_figures(plans, region.la_code)], years)
        )
        series += _neighbours(panel, plans, where, years, cautions)
    if where.level != "england":
        england = panel.geography.england
        series.append(
            _series("england", england.name, [_figures(plans, england.la_code)], years)
        )
    table = pd.concat([found for found in series if found is not None], ignore_index=True)
    return Growth(where, Census(base), table, tuple(cautions))


def growth_bands(
    panel: Panel, first: int, last: int, *, kind: str = "", bands: Sequence[float] = BANDS
) -> pd.DataFrame:
    """Growth of plans of every authority between two Januaries, and the band it is in.

    Counted are authorities in being in the last January with plans in both; of one kind
    (``county`` is a county council, not a unitary) where it is given.

    Parameters
    ----------
    bands : sequence of float
        Lower ends in per cent, rising; a growth is in the highest that it is above.

    Returns
    -------
    DataFrame
        ``la_code``, ``name``, ``growth_pct`` and ``over`` (the band's lower end, NaN where
        growth is not above the lowest), largest growth first.
    """
    plans = panel.matrix("ehc_plans")
    areas = [
        area
        for area in panel.geography.authorities(last)
        if area.la_code in plans.index and kind in ("", area.kind)
    ]
    found = plans.loc[
        [area.la_code for area in areas], [Census(first).label, Census(last).label]
    ]
    growth = 100 * (found.iloc[:, 1] / found.iloc[:, 0] - 1)
    over = [max((low for low in bands if one > low), default=np.nan) for one in growth]
    table = pd.DataFrame(
        {
            "la_code": found.index,
            "name": [area.name for area in areas],
            "growth_pct": growth.to_numpy(),
            "over": over,
        }
    )
    known = table.dropna(subset="growth_pct")
    return known.sort_values("growth_pct", ascending=False, ignore_index=True)


def _neighbours(
    panel: Panel, plans: pd.DataFrame, area: Area, years: list[int], cautions: list[str]
) -> list[pd.DataFrame | None]:
    named = panel.geography.neighbours(area.la_code)
    if not named:
        cautions.append(f"No statistical neighbours are published for {area.name}.")
        return []
    figures = {near.name: _figures(plans, near.la_code) for near in named}
    whole = {
        name: found for name, found in figures.items() if found.reindex(years).notna().all()
    }
    absent = [name for name in figures if name not in whole]
    if absent:
        cautions.append(
            f"Statistical neighbours left out, because no count of plans is published for "
            f"them in every January since {years[0]}: {', '.join(absent)} "
            f"({len(absent)} of {len(named)})."
        )
    if not whole:
        return []
    title = f"{len(whole)} statistical neighbours"
    return [_series("neighbours", title, whole.values(), years)]


def _figures(plans: pd.DataFrame, la_code: str) -> pd.Series:
    """The counts of one area by January; Januaries with no figure are left out."""
    if la_code not in plans.index:
        return pd.Series(dtype=float)
    found = plans.loc[[la_code]].iloc[0].dropna()
    return found.set_axis([Census.parse(label).end for label in found.index])


def _series(
    kind: str, name: str, members: Iterable[pd.Series], years: list[int]
) -> pd.DataFrame | None:
    counted = [found.reindex(years) for found in members]
    total = sum(counted[1:], start=counted[0])
    if total.isna().any():
        return None
    return pd.DataFrame(
        {
            "series": kind,
            "name": name,
            "authorities": len(counted),
            "year": years,
            "plans": total.to_numpy(),
            "growth": total.to_numpy() / total.iloc[0] - 1,
        }
    )


def _empty() -> pd.DataFrame:
    columns = ["series", "name", "authorities", "year", "plans", "growth"]
    return pd.DataFrame({name: pd.Series(dtype=object) for name in columns})
