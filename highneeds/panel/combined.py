"""A panel in which areas made of whole authorities stand like any other."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import pandas as pd

from highneeds.errors import UsageError
from highneeds.geography import Area
from highneeds.panel.harmonise import (
    NOT_ADDITIVE,
    Whole,
    combined,
    comparable_whole,
    refusal,
)
from highneeds.panel.panel import Panel
from highneeds.panel.schema import MEASURES
from highneeds.panel.stored import returned_elsewhere
from highneeds.periods import Census
from highneeds.words import hint

_MERGE, _AS_PUBLISHED = "merge", "as_published"


@dataclass(frozen=True, repr=False)
class CombinedPanel(Panel):
    """A panel with areas put together from the authorities of another.

    ``replacing`` says whether the areas stand in the place of their authorities, as in a
    harmonised record, or beside them, as in a proposed reorganisation.
    """

    base: Panel
    wholes: tuple[Whole, ...]
    replacing: bool

    def rows(self, measure: str) -> pd.DataFrame:
        """Every row of a measure; a sum with a part missing is ``incomplete``."""
        return _rows(self, measure)

    def one_breakdown(self, measure: str, kind: str, name: str) -> pd.DataFrame:
        """Those rows of a measure that are of one breakdown: only they are added up."""
        if not MEASURES[measure].additive:
            return super().one_breakdown(measure, kind, name)
        return _put_together(self, measure, self.base.one_breakdown(measure, kind, name))

    def area(self, area: str | Area) -> Area:
        """The area meant; for an authority that was replaced, what replaced it."""
        found = super().area(area)
        if self.replacing:
            for whole in self.wholes:
                if found.la_code in whole.la_codes:
                    return whole.area
        return found

    def at(self, origin: Census | str | int) -> Panel:
        """The same areas, put together from the record as it stood at a January."""
        return _combined_at(self, self.base.at(origin))

    @property
    def published(self) -> Panel:
        """The record without areas put together here."""
        return self.base.published

    def parts(self, area: Area) -> tuple[Area, ...]:
        """The authorities in being that an area put together here is made of."""
        for whole in self.wholes:
            if whole.area.la_code == area.la_code:
                latest = [code for part in whole.parts for code in part[-1]]
                return tuple(self.base.geography[code] for code in latest)
        return self.base.parts(area)

    def _checked(self, found: pd.DataFrame) -> pd.DataFrame:
        if len(found) and (found["status"] == NOT_ADDITIVE).all():
            named = found["la_name"] + " (" + found["la_code"] + ")"
            raise refusal(list(found["measure"].unique()), list(named.unique()))
        return found


def combined_panel(panel: Panel, wholes: tuple[Whole, ...], *, replacing: bool) -> Panel:
    """`panel` with these areas, which can be asked for by key or by name."""
    geography = panel.geography.with_areas(whole.area for whole in wholes)
    return CombinedPanel(panel.folder, geography, panel, wholes, replacing)


def harmonised(panel: Panel, harmonise: str = _MERGE) -> Panel:
    """See `Panel.harmonised`."""
    if harmonise == _MERGE:
        return _merged_panel(panel)
    if harmonise == _AS_PUBLISHED:
        return panel
    near = hint(harmonise, [_AS_PUBLISHED, _MERGE])
    msg = f"harmonise={harmonise!r}{near} is neither 'as_published' nor 'merge'."
    raise UsageError(msg)


@lru_cache(maxsize=8)
def _merged_panel(panel: Panel) -> Panel:
    if isinstance(panel, CombinedPanel) and panel.replacing:
        return panel
    geography = panel.geography
    wholes = tuple(comparable_whole(geography, each) for each in geography.comparable_areas)
    return combined_panel(panel, wholes, replacing=True)


@lru_cache(maxsize=32)
def _combined_at(panel: CombinedPanel, base: Panel) -> Panel:
    return combined_panel(base, panel.wholes, replacing=panel.replacing)


@lru_cache(maxsize=128)
def _rows(panel: CombinedPanel, measure: str) -> pd.DataFrame:
    rows = panel.base.rows(measure)
    return _put_together(panel, measure, rows)


def _put_together(panel: CombinedPanel, measure: str, rows: pd.DataFrame) -> pd.DataFrame:
    """Some rows of a measure with the areas in place of, or beside, their authorities."""
    members = {code for whole in panel.wholes for code in whole.la_codes}
    if not rows["la_code"].isin(members).any():
        return rows
    areas = combined(
        MEASURES[measure],
        lambda name: rows if name == measure else panel.base.rows(name),
        panel.wholes,
        returned_elsewhere(panel.folder),
    )
    kept = rows[~rows["la_code"].isin(members)] if panel.replacing else rows
    return pd.concat([kept, areas]).sort_values(
        ["measure", "breakdown_type", "breakdown", "la_code", "year"], ignore_index=True
    )
