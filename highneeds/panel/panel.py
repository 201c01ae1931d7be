"""Panel: authority × year × measure → value, unit, status, source.

As published; as it stood at a January (`PanelAt`); or with areas made of whole authorities
standing like any other (`CombinedPanel`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

import pandas as pd

from highneeds import home
from highneeds.errors import UsageError
from highneeds.geography import ENGLAND_CODE, Area, Geography
from highneeds.panel import absence, glance
from highneeds.panel.growth import growth as growth_between
from highneeds.panel.harmonise import (
    NOT_ADDITIVE,
    Whole,
    combined,
    comparable_whole,
    refusal,
)
from highneeds.panel.held import TOTAL, Figure, Held
from highneeds.panel.measure import Measure
from highneeds.panel.question import several
from highneeds.panel.reorganisation import Reorganisation, whole_of
from highneeds.panel.schema import LONG_COLUMNS, MEASURES
from highneeds.panel.stored import returned_elsewhere
from highneeds.periods import Census, parse_period
from highneeds.words import hint

_MERGE, _AS_PUBLISHED = "merge", "as_published"
# "Had ended" is a rule about periods, not about publication: money of the financial
# year that closes two months later counts, flows of the year before count, and the
# figures are those held today, revised or not.
# Years before the January's own in which the last known period of each calendar ends.
_ENDS_BEFORE = {
    "january": 0,
    "financial": 0,
    "calendar": 1,
    "academic": 1,
    "mid_year": 1,
}
_JANUARY = re.compile(r"jan(?:uary)?\.?\s+", re.IGNORECASE)


@dataclass(frozen=True)
class Panel(Held):
    """The published record as one long table, read a table at a time as it is needed."""

    def table(
        self,
        measures: str | Iterable[str] | None = None,
        *,
        areas: str | Area | Iterable[str | Area] | None = None,
        years: str | int | Iterable[str | int] | None = None,
        breakdowns: str | Iterable[str] | None = None,
        harmonise: str = "as_published",
    ) -> pd.DataFrame:
        """Figures as a long table; totals alone, unless breakdowns are asked for.

        Parameters
        ----------
        measures : name or names, optional
            All measures when left out.
        areas, years : one or several, optional
            Names as people write them; all when left out.
        breakdowns : one or several, optional
            ``age``, ``5-10`` or ``age/5-10``; ``all`` for every one, which overlap. Left
            out, the total of each measure, or every part of one that has no total.
        harmonise : {"as_published", "merge"}
            ``merge`` puts each comparable area (`Geography.comparable_areas`) in the place
            of the authorities that covered it: counts and pounds are summed, a rate is
            divided again from its parts, and a sum with a part missing has no value.

        Returns
        -------
        DataFrame
            Columns of `schema.LONG_COLUMNS`; one row per key. ``value`` is NaN where
            ``status`` says there is no figure.

        Raises
        ------
        UsageError
            An unknown measure, area or breakdown, or a year written for another calendar.
        JoinError
            Only merged areas were asked for, and the measure is a rate whose parts are not
            published.
        """
        if harmonise != "as_published":
            return self.harmonised(harmonise).table(
                measures, areas=areas, years=years, breakdowns=breakdowns
            )
        names = several(MEASURES if measures is None else measures)
        chosen = [
            self._one_measure(self.measure(name), years, breakdowns) for name in names
        ]
        found = pd.concat(chosen, ignore_index=True)
        if areas is not None:
            wanted = [self.area(area).la_code for area in several(areas)]
            found = found[found["la_code"].isin(wanted)]
        named = {code: area.name for code, area in self.geography.areas.items()}
        found = found.assign(la_name=found["la_code"].map(named))[list(LONG_COLUMNS)]
        return self._checked(found.reset_index(drop=True))

    def why_empty(
        self,
        measure: str,
        areas: str | Area | Iterable[str | Area] | None,
        years: str | int | Iterable[str | int] | None,
        breakdowns: str | Iterable[str] | None = None,
    ) -> list[str]:
        """Sentences that say why a question found no figure."""
        return absence.reasons(self, self.measure(measure), areas, years, breakdowns)

    def why_no_value(self, found: pd.DataFrame) -> list[str]:
        """Sentences that say why no row of an answer has a value; none where one has."""
        return absence.why_no_value(self, found) if found["value"].isna().all() else []

    def harmonised(self, harmonise: str = "merge") -> Panel:
        """The record with comparable areas in the place of their authorities.

        Each area of `Geography.comparable_areas` replaces the authorities that covered it:
        counts and pounds are summed, a rate is divided again from its parts, a sum with a
        part missing has no value.

        Raises
        ------
        UsageError
            `harmonise` is neither ``as_published`` (the record as it is) nor ``merge``.
        """
        return harmonised(self, harmonise)

    def reorganised(self, reorganisation: Reorganisation) -> Panel:
        """The record with the areas of a proposed reorganisation beside the authorities."""
        return reorganised(self, reorganisation)

    def at(self, origin: Census | str | int) -> Panel:
        """The record as it stood at a January: the periods that had ended by then.

        Parameters
        ----------
        origin : Census, str or int
            A January with England's plans, such as ``2022``. Money of the financial year
            that closes in its March is known too. Figures are those held today, revised.

        Raises
        ------
        UsageError
            The record holds no such January.
        """
        return panel_at(self, origin)

    @property
    def published(self) -> Panel:
        """The record without areas put together here."""
        return self

    def growth(
        self,
        measure: str,
        area: str | Area,
        from_: str,
        to: str,
        *,
        breakdown: str = TOTAL,
        harmonise: str = "as_published",
    ) -> Figure:
        """Growth of a measure between two periods, as a ratio: 0.05 is 5 per cent more.

        Raises
        ------
        JoinError
            A change of codes lies between the two: the figures are of different areas.
        UsageError
            The measure, area or a period is not known, or `to` is not after `from_`.
        """
        panel = self.harmonised(harmonise)
        return growth_between(panel, measure, area, from_, to, breakdown=breakdown)

    def __repr__(self) -> str:
        return glance.as_text(self)

    def _repr_mimebundle_(
        self, include: object = None, exclude: object = None
    ) -> tuple[dict[str, str], dict[str, Any]]:
        return glance.as_bundle(self)


def load_panel() -> Panel:
    """The embedded published record; tables are read when first asked for.

    Returns
    -------
    Panel
        The tables shipped with the package, or the user's own where releases were added.

    Raises
    ------
    SourceError
        A table is missing or damaged.
    """
    return _embedded_panel()


@cache
def _embedded_panel() -> Panel:
    return Panel(home.tables_dir(), Geography.load())


@dataclass(frozen=True, repr=False)
class PanelAt(Panel):
    """The record of ``whole`` up to January ``origin``; it opens no table of its own."""

    whole: Panel
    origin: Census

    @property
    def stood_at(self) -> Census:
        """See `Held.stood_at`."""
        return self.origin

    def rows(self, measure: str) -> pd.DataFrame:
        """Rows of the periods that had ended: not to be changed in place."""
        return _rows_at(self, measure)


def panel_at(panel: Panel, origin: Census | str | int) -> Panel:
    """See `Panel.at`."""
    january = _january(origin)
    held = _januaries(panel)
    if january not in held:
        msg = (
            f"The record holds no January {january} to start from. Expected one from "
            f"{min(held)} to {max(held)}."
        )
        raise UsageError(msg)
    if isinstance(panel, PanelAt):
        return panel_at(panel.whole, january)
    return _panel_at(panel, january)


def last_known(measure: Measure, origin: Census) -> int:
    """The calendar year in which the last period known at a January ends."""
    return origin.end - _ENDS_BEFORE[measure.period_type]


@lru_cache(maxsize=32)
def _panel_at(panel: Panel, origin: Census) -> PanelAt:
    return PanelAt(panel.folder, panel.geography, panel, origin)


def _january(origin: Census | str | int) -> Census:
    if isinstance(origin, Census):
        return origin
    return Census.parse(_JANUARY.sub("", str(origin).strip()))


@lru_cache(maxsize=32)
def _januaries(panel: Panel) -> tuple[Census, ...]:
    """Every January with England's plans."""
    plans = panel.matrix("ehc_plans").loc[ENGLAND_CODE].dropna()
    return tuple(Census.parse(label) for label in plans.index)


@lru_cache(maxsize=256)
def _rows_at(panel: PanelAt, measure: str) -> pd.DataFrame:
    rows = panel.whole.rows(measure)
    known = MEASURES[measure]
    last = last_known(known, panel.origin)
    labels = rows["year"].unique()
    ended = [
        label for label in labels if parse_period(label, known.period_type).end <= last
    ]
    if len(ended) == len(labels):
        return rows
    return rows[rows["year"].isin(ended)].reset_index(drop=True)


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
        return _combined_rows(self, measure)

    def coded_breakdown(self, measure: str, kind: str, name: str) -> pd.DataFrame:
        """Those rows of a measure that are of one breakdown: only they are added up."""
        if not MEASURES[measure].additive:
            return super().coded_breakdown(measure, kind, name)
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
def _combined_rows(panel: CombinedPanel, measure: str) -> pd.DataFrame:
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


def reorganised(panel: Panel, reorganisation: Reorganisation) -> Panel:
    """See `Panel.reorganised`."""
    if isinstance(panel, CombinedPanel) and panel.replacing:
        return reorganised(panel.base, reorganisation).harmonised()
    wholes = tuple(
        whole_of(panel.geography, area, reorganisation.effective)
        for area in reorganisation.areas
    )
    return combined_panel(panel, wholes, replacing=False)
