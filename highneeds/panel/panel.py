"""Panel: authority × year × measure → value, unit, status, source."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from highneeds import home
from highneeds.errors import UsageError
from highneeds.geography import Area, Geography
from highneeds.panel.measure import Measure
from highneeds.panel.question import EVERY, of_breakdown, several
from highneeds.panel.schema import LONG_COLUMNS, MEASURES
from highneeds.panel.stored import stored_rows
from highneeds.periods import PERIOD_TYPES, Census, Period, parse_period
from highneeds.words import hint

if TYPE_CHECKING:
    from highneeds.panel.reorganisation import Reorganisation

TOTAL = "total/total"


@dataclass(frozen=True)
class Figure:
    """One published figure; ``value`` is None where there is none, as ``status`` says."""

    value: float | None
    unit: str
    status: str
    source_id: str


@dataclass(frozen=True)
class Panel:
    """The published record as one long table, read a table at a time as it is needed."""

    folder: Path
    geography: Geography = field(repr=False)

    def rows(self, measure: str) -> pd.DataFrame:
        """Every row of a measure, without names of areas: not to be changed in place."""
        return stored_rows(self.folder, measure)

    def one_breakdown(self, measure: str, kind: str, name: str) -> pd.DataFrame:
        """Those rows of a measure that are of one breakdown."""
        return self.rows(measure).iloc[_places(self, measure).get((kind, name), [])]

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

    def figure(
        self,
        measure: str,
        area: str | Area,
        period: Period | str | int,
        breakdown: str = TOTAL,
    ) -> Figure:
        """One figure. Where nothing is published the status is ``unavailable``.

        Raises
        ------
        UsageError
            The measure, area or period is not known.
        """
        known = self.measure(measure)
        label = self.period(known, period).label
        kind, name = breakdown.split("/", 1)
        rows = _breakdown(self, known.name, kind, name)
        key = (self.area(area).la_code, label)
        if key not in rows.index:
            return Figure(None, known.unit, "unavailable", "")
        # By row: each column taken apart would copy the index of all areas and years.
        row = rows.iloc[rows.index.get_loc(key)]
        found: float | None = None if pd.isna(row["value"]) else float(row["value"])
        return Figure(found, known.unit, str(row["status"]), str(row["source_id"]))

    def matrix(self, measure: str, breakdown: str = TOTAL) -> pd.DataFrame:
        """A measure as authority (rows) × period label (columns); NaN for no figure."""
        kind, name = breakdown.split("/", 1)
        return _matrix(self, self.measure(measure).name, kind, name).copy(deep=False)

    def latest(
        self, measure: str, area: str | Area, breakdown: str = TOTAL
    ) -> Period | None:
        """The last period with a figure for this area, or None."""
        known = self.measure(measure)
        kind, name = breakdown.split("/", 1)
        rows = _breakdown(self, known.name, kind, name)["value"].dropna()
        code = self.area(area).la_code
        labels = [year for la_code, year in rows.index if la_code == code]
        periods = [parse_period(label, known.period_type) for label in labels]
        return max(periods, default=None)

    def measure(self, name: str) -> Measure:
        """The schema entry of a measure.

        Raises
        ------
        UsageError
            No such measure; names the nearest.
        """
        if name in MEASURES:
            return MEASURES[name]
        near = hint(name, MEASURES, most=3)
        msg = f"No measure is called {name!r}{near}. `highneeds data list` shows them all."
        raise UsageError(msg)

    def area(self, area: str | Area) -> Area:
        """The area meant by a name, alias or code."""
        return area if isinstance(area, Area) else self.geography.find(area)

    def why_empty(
        self,
        measure: str,
        areas: str | Area | Iterable[str | Area] | None,
        years: str | int | Iterable[str | int] | None,
        breakdowns: str | Iterable[str] | None = None,
    ) -> list[str]:
        """Sentences that say why a question found no figure."""
        from highneeds.panel.absence import reasons

        return reasons(self, self.measure(measure), areas, years, breakdowns)

    def why_no_value(self, found: pd.DataFrame) -> list[str]:
        """Sentences that say why no row of an answer has a value; none where one has."""
        from highneeds.panel.absence import why_no_value

        return why_no_value(self, found) if found["value"].isna().all() else []

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
        from highneeds.panel.panel import harmonised

        return harmonised(self, harmonise)

    def reorganised(self, reorganisation: Reorganisation) -> Panel:
        """The record with the areas of a proposed reorganisation beside the authorities."""
        from highneeds.panel.panel import reorganised

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
        from highneeds.panel.panel import panel_at

        return panel_at(self, origin)

    @property
    def published(self) -> Panel:
        """The record without areas put together here."""
        return self

    def parts(self, area: Area) -> tuple[Area, ...]:
        """The authorities in being that an area put together here is made of."""
        del area
        return ()

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
        from highneeds.panel.growth import growth

        panel = self.harmonised(harmonise)
        return growth(panel, measure, area, from_, to, breakdown=breakdown)

    def companion(self, name: str) -> pd.DataFrame:
        """A companion table that is not figures by area and year, e.g. ``programmes``."""
        return home.read_table(self.folder / f"{name}.csv")

    def programmes(self, area: str | Area) -> list[str]:
        """Deficit programmes the authority is or was in, with the cohort."""
        table = self.companion("programmes")
        mine = table[table["la_code"] == self.area(area).la_code]
        return [f"{row.programme} ({row.cohort})" for row in mine.itertuples(index=False)]

    def coverage(self) -> pd.DataFrame:
        """Every measure: unit, calendar, first and last period, areas, breakdowns."""
        rows = []
        for measure in MEASURES.values():
            found = self.rows(measure.name)
            years = sorted(
                {parse_period(y, measure.period_type) for y in found["year"].unique()}
            )
            rows.append(
                {
                    "measure": measure.name,
                    "unit": measure.unit,
                    "period_type": measure.period_type,
                    "from": years[0].label if years else "",
                    "to": years[-1].label if years else "",
                    "areas": found.loc[found["value"].notna(), "la_code"].nunique(),
                    "breakdowns": ", ".join(sorted(set(found["breakdown_type"]))),
                }
            )
        return pd.DataFrame(rows)

    def __repr__(self) -> str:
        from highneeds.panel.glance import as_text

        return as_text(self)

    def _repr_mimebundle_(
        self, include: object = None, exclude: object = None
    ) -> tuple[dict[str, str], dict[str, Any]]:
        from highneeds.panel.glance import as_bundle

        return as_bundle(self)

    def _checked(self, found: pd.DataFrame) -> pd.DataFrame:
        """The answer, or an error where there can be none; see `combined.CombinedPanel`."""
        return found

    def _one_measure(
        self,
        measure: Measure,
        years: str | int | Iterable[str | int] | None,
        breakdowns: str | Iterable[str] | None,
    ) -> pd.DataFrame:
        if breakdowns is None and "total" in measure.breakdown_types:
            rows = self.one_breakdown(measure.name, *TOTAL.split("/"))
        else:
            rows = self.chosen(measure.name, breakdowns or EVERY)
        if years is not None:
            labels = [self.period(measure, year).label for year in several(years)]
            rows = rows[rows["year"].isin(labels)]
        return rows

    def chosen(self, measure: str, breakdowns: str | Iterable[str] = EVERY) -> pd.DataFrame:
        """The rows of a measure that are of some breakdowns, named as people write them.

        Raises
        ------
        UsageError
            The measure has no such breakdown; names the nearest.
        """
        rows, texts = self.rows(measure), several(breakdowns)
        if EVERY in texts:
            return rows
        keep = pd.Series(data=False, index=rows.index)
        for text in texts:
            keep |= of_breakdown(measure, rows, text)
        return rows[keep]

    def period(self, measure: Measure, period: Period | str | int) -> Period:
        """A period of a measure's calendar, read from what people write.

        Raises
        ------
        UsageError
            It is of, or written for, another calendar.
        """
        if isinstance(period, Period):
            if period.period_type != measure.period_type:
                msg = (
                    f"{measure.name} is kept by {measure.period_type} period, not "
                    f"{period.period_type} ({period}). Convert the period first."
                )
                raise UsageError(msg)
            return period
        return PERIOD_TYPES[measure.period_type].asked(period)


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


@lru_cache(maxsize=256)
def _breakdown(panel: Panel, measure: str, kind: str, name: str) -> pd.DataFrame:
    found = panel.one_breakdown(measure, kind, name)
    return found.set_index(["la_code", "year"]).sort_index()


@lru_cache(maxsize=64)
def _places(panel: Panel, measure: str) -> dict[tuple[str, str], np.ndarray]:
    # Texts are compared once, not each time.
    by_breakdown = panel.rows(measure).groupby(["breakdown_type", "breakdown"], sort=False)
    return by_breakdown.indices  # type: ignore[return-value]


@lru_cache(maxsize=256)
def _matrix(panel: Panel, measure: str, kind: str, name: str) -> pd.DataFrame:
    one = _breakdown(panel, measure, kind, name)
    return one["value"].unstack("year").sort_index(axis=1)
