"""Held: the published record as one long table; `Panel` adds what is made of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import numpy as np
import pandas as pd

from highneeds import home
from highneeds.errors import UsageError
from highneeds.geography import Area, Geography
from highneeds.panel.measure import Measure
from highneeds.panel.question import EVERY, of_breakdown, several
from highneeds.panel.schema import MEASURES
from highneeds.panel.stored import as_text, coded_rows, stored_rows
from highneeds.periods import PERIOD_TYPES, Census, Period, parse_period
from highneeds.words import hint

TOTAL = "total/total"


@dataclass(frozen=True)
class Figure:
    """One published figure; ``value`` is None where there is none, as ``status`` says."""

    value: float | None
    unit: str
    status: str
    source_id: str


@dataclass(frozen=True)
class Held:
    """The published record as one long table, read a table at a time as it is needed."""

    folder: Path
    geography: Geography = field(repr=False)

    def rows(self, measure: str) -> pd.DataFrame:
        """Every row of a measure, without names of areas: not to be changed in place."""
        return stored_rows(self.folder, measure)

    def one_breakdown(self, measure: str, kind: str, name: str) -> pd.DataFrame:
        """Those rows of a measure that are of one breakdown."""
        return as_text(self.coded_breakdown(measure, kind, name))

    def coded_breakdown(self, measure: str, kind: str, name: str) -> pd.DataFrame:
        """The same, with texts as in `coded`."""
        return self.coded(measure).iloc[_places(self, measure).get((kind, name), [])]

    def one_kind(self, measure: str, kind: str, la_code: str = "") -> pd.DataFrame:
        """Those that are of one kind of breakdown, in their order; of one area if named."""
        found = [at for (one, _), at in _places(self, measure).items() if one == kind]
        places = np.sort(np.concatenate(found)) if found else np.zeros(0, dtype=int)
        rows = self.coded(measure).iloc[places]
        return as_text(rows[rows["la_code"] == la_code] if la_code else rows)

    def coded(self, measure: str) -> pd.DataFrame:
        """As `rows`; in the embedded tables texts are categories, quick to choose by."""
        embedded = type(self).rows is Held.rows
        return coded_rows(self.folder, measure) if embedded else self.rows(measure)

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

    @property
    def published(self) -> Held:
        """The record without areas put together here."""
        return self

    @property
    def stood_at(self) -> Census | None:
        """The January that this is the record of, where it ends with one; else None."""
        return None

    def parts(self, area: Area) -> tuple[Area, ...]:
        """The authorities in being that an area put together here is made of."""
        del area
        return ()

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

    def _checked(self, found: pd.DataFrame) -> pd.DataFrame:
        """The answer, or an error where there can be none; see `panel.CombinedPanel`."""
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
        texts = several(breakdowns)
        if EVERY in texts:
            return self.rows(measure)
        rows = self.coded(measure)
        keep = pd.Series(data=False, index=rows.index)
        for text in texts:
            keep |= of_breakdown(measure, rows, text)
        return as_text(rows[keep])

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


@lru_cache(maxsize=256)
def _breakdown(panel: Held, measure: str, kind: str, name: str) -> pd.DataFrame:
    found = panel.one_breakdown(measure, kind, name)
    return found.set_index(["la_code", "year"]).sort_index()


@lru_cache(maxsize=64)
def _places(panel: Held, measure: str) -> dict[tuple[str, str], np.ndarray]:
    # Texts are compared once, not each time.
    rows = panel.coded(measure)
    by_breakdown = rows.groupby(["breakdown_type", "breakdown"], sort=False, observed=True)
    return by_breakdown.indices  # type: ignore[return-value]


@lru_cache(maxsize=256)
def _matrix(panel: Held, measure: str, kind: str, name: str) -> pd.DataFrame:
    rows = panel.coded_breakdown(measure, kind, name)
    table = rows.pivot(index="la_code", columns="year", values="value")
    table.index, table.columns = table.index.astype(str), table.columns.astype(str)
    return table.sort_index().sort_index(axis=1)
