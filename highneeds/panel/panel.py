"""Panel: authority × year × measure → value, unit, status, source."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache, lru_cache
from pathlib import Path

import pandas as pd

from highneeds import embedded
from highneeds.errors import SourceError, UsageError, some
from highneeds.geography import Area, Geography
from highneeds.panel.schema import LONG_COLUMNS, MEASURES, Measure
from highneeds.periods import Period, parse_period

TOTAL = "total/total"


@dataclass(frozen=True)
class Figure:
    """One published figure; ``value`` is None where there is none, and ``status`` says why."""

    value: float | None
    unit: str
    status: str
    source_id: str


@dataclass(frozen=True)
class Panel:
    """The published record as one long table, read a table at a time as it is needed."""

    folder: Path
    geography: Geography = field(repr=False)

    def table(
        self,
        measures: str | Iterable[str] | None = None,
        *,
        areas: Sequence[str | Area] | None = None,
        years: Sequence[str | int] | None = None,
        breakdowns: Sequence[str] | None = None,
    ) -> pd.DataFrame:
        """Figures as a long table.

        Parameters
        ----------
        measures : name or names, optional
            All measures when left out.
        areas, years, breakdowns : sequences, optional
            Names as people write them; a breakdown is ``age``, ``5-10`` or ``age/5-10``.

        Returns
        -------
        DataFrame
            Columns of `schema.LONG_COLUMNS`; one row per key. ``value`` is NaN where
            ``status`` says there is no figure.

        Raises
        ------
        UsageError
            An unknown measure, area, breakdown, or a year written for another calendar.
        """
        names = [measures] if isinstance(measures, str) else list(measures or MEASURES)
        chosen = [
            self._one_measure(self.measure(name), years, breakdowns) for name in names
        ]
        found = pd.concat(chosen, ignore_index=True)
        if areas is not None:
            wanted = [self.area(area).la_code for area in areas]
            found = found[found["la_code"].isin(wanted)]
        named = {code: area.name for code, area in self.geography.areas.items()}
        return found.assign(la_name=found["la_code"].map(named))[
            list(LONG_COLUMNS)
        ].reset_index(drop=True)

    def figure(
        self, measure: str, area: str | Area, period: Period | str, breakdown: str = TOTAL
    ) -> Figure:
        """One figure. Where nothing is published the status is ``unavailable``.

        Raises
        ------
        UsageError
            The measure, area or period is not known.
        """
        known = self.measure(measure)
        label = self._period(known, period).label
        kind, name = breakdown.split("/", 1)
        rows = _breakdown(self.folder, known.name, kind, name)
        key = (self.area(area).la_code, label)
        if key not in rows.index:
            return Figure(None, known.unit, "unavailable", "")
        row = rows.loc[key]
        value = None if pd.isna(row["value"]) else float(row["value"])
        return Figure(value, known.unit, str(row["status"]), str(row["source_id"]))

    def matrix(self, measure: str, breakdown: str = TOTAL) -> pd.DataFrame:
        """A measure as authority (rows) × period label (columns); NaN where no figure is."""
        kind, name = breakdown.split("/", 1)
        return _matrix(self.folder, self.measure(measure).name, kind, name).copy()

    def latest(
        self, measure: str, area: str | Area, breakdown: str = TOTAL
    ) -> Period | None:
        """The last period with a figure for this area, or None."""
        known = self.measure(measure)
        kind, name = breakdown.split("/", 1)
        rows = _breakdown(self.folder, known.name, kind, name)["value"].dropna()
        code = self.area(area).la_code
        labels = [year for la_code, year in rows.index if la_code == code]
        if not labels:
            return None
        return max(parse_period(label, known.period_type) for label in labels)

    def measure(self, name: str) -> Measure:
        """The schema entry of a measure.

        Raises
        ------
        UsageError
            No such measure; names the nearest.
        """
        if name in MEASURES:
            return MEASURES[name]
        near = difflib.get_close_matches(name, list(MEASURES), n=3, cutoff=0.4)
        hint = f"Nearest: {', '.join(near)}. " if near else ""
        msg = f"No measure is called {name!r}. {hint}`highneeds data list` shows them all."
        raise UsageError(msg)

    def area(self, area: str | Area) -> Area:
        """The area meant by a name, alias or code."""
        return area if isinstance(area, Area) else self.geography.find(area)

    def why_empty(
        self,
        measure: str,
        areas: Sequence[str | Area] | None,
        years: Sequence[str | int] | None,
    ) -> list[str]:
        """Sentences that say why a question found no figure."""
        known = self.measure(measure)
        rows = self._rows(known.name)
        ordered = sorted(
            {parse_period(y, known.period_type) for y in rows["year"].unique()}
        )
        if not ordered:
            return [f"No figure of {known.name} is in the embedded tables."]
        first, last = ordered[0].label, ordered[-1].label
        span = f"{known.title} is published here for {first} to {last}."
        reasons = []
        for area in [self.area(name) for name in areas or ()]:
            have = set(rows.loc[rows["la_code"] == area.la_code, "year"])
            if not have:
                reasons.append(f"{area}: not in the publication of {known.name}.")
                continue
            for year in [self._period(known, text) for text in years or ()]:
                if year.label not in have:
                    reasons.append(f"{area}, {year}: {_absence(area, year, ordered)}")
        return [*reasons, span]

    def default_breakdowns(self, measure: str) -> list[str] | None:
        """The total where a measure has one; everything where it has none."""
        return ["total"] if "total" in self.measure(measure).breakdown_types else None

    def companion(self, name: str) -> pd.DataFrame:
        """A companion table that is not figures by area and year, e.g. ``programmes``."""
        return embedded.read_table(self.folder / f"{name}.csv")

    def programmes(self, area: str | Area) -> list[str]:
        """Deficit programmes the authority is or was in, with the cohort."""
        table = self.companion("programmes")
        mine = table[table["la_code"] == self.area(area).la_code]
        return [f"{row.programme} ({row.cohort})" for row in mine.itertuples(index=False)]

    def coverage(self) -> pd.DataFrame:
        """Every measure with its unit, calendar, first and last period, areas and breakdowns."""
        rows = []
        for measure in MEASURES.values():
            found = self._rows(measure.name)
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
                    "areas": found["la_code"].nunique(),
                    "breakdowns": ", ".join(sorted(set(found["breakdown_type"]))),
                }
            )
        return pd.DataFrame(rows)

    def _one_measure(
        self,
        measure: Measure,
        years: Sequence[str | int] | None,
        breakdowns: Sequence[str] | None,
    ) -> pd.DataFrame:
        rows = self._rows(measure.name)
        if years is not None:
            labels = [self._period(measure, year).label for year in years]
            rows = rows[rows["year"].isin(labels)]
        if breakdowns is not None:
            keep = pd.Series(data=False, index=rows.index)
            for text in breakdowns:
                keep |= self._matching(measure, rows, text)
            rows = rows[keep]
        return rows

    def _matching(self, measure: Measure, rows: pd.DataFrame, text: str) -> pd.Series:
        kind, _, name = text.rpartition("/")
        by_name = (rows["breakdown_type"] == name) | (rows["breakdown"] == name)
        found = (
            (rows["breakdown_type"] == kind) & (rows["breakdown"] == name)
            if kind
            else by_name
        )
        if found.any():
            return found
        every = self._rows(measure.name)
        known = sorted({*every["breakdown_type"], *every["breakdown"]})
        if name in known:
            return found
        near = difflib.get_close_matches(name, known, n=3, cutoff=0.4)
        hint = f"Nearest: {', '.join(near)}. " if near else ""
        types = some(sorted(set(every["breakdown_type"])))
        msg = (
            f"{measure.name} has no breakdown {text!r}. {hint}Its breakdown types: {types}."
        )
        raise UsageError(msg)

    def _period(self, measure: Measure, period: Period | str | int) -> Period:
        if isinstance(period, Period):
            if period.period_type != measure.period_type:
                msg = (
                    f"{measure.name} is kept by {measure.period_type} period, not "
                    f"{period.period_type} ({period}). Convert the period first."
                )
                raise UsageError(msg)
            return period
        return parse_period(period, measure.period_type)

    def _rows(self, measure: str) -> pd.DataFrame:
        return _by_measure(self.folder, MEASURES[measure].table).get(measure, _NO_ROWS)


def load_panel() -> Panel:
    """The embedded published record; tables are read when first asked for."""
    return _embedded_panel()


@cache
def _embedded_panel() -> Panel:
    return Panel(embedded.tables_dir(), Geography.load())


@lru_cache(maxsize=64)
def _by_measure(folder: Path, name: str) -> dict[str, pd.DataFrame]:
    """One stored table, split by measure."""
    path = folder / f"{name}.csv.gz"
    if not path.is_file():
        msg = (
            f"The embedded table {path.name} is missing from {folder}. Install the package "
            "again, or run `highneeds data build --raw DIR`."
        )
        raise SourceError(msg)
    texts = {
        column: "category" for column in LONG_COLUMNS if column not in ("value", "la_name")
    }
    table = pd.read_csv(
        path,
        dtype={**texts, "value": float},  # type: ignore[arg-type]
        keep_default_na=False,
        na_values={"value": [""]},
    )
    return {
        str(measure): rows.reset_index(drop=True).astype(dict.fromkeys(texts, str))
        for measure, rows in table.groupby("measure", observed=True, sort=False)
    }


@lru_cache(maxsize=256)
def _breakdown(folder: Path, measure: str, kind: str, name: str) -> pd.DataFrame:
    """One breakdown of a measure, by area and year."""
    rows = _by_measure(folder, MEASURES[measure].table).get(measure)
    if rows is None:
        return _NO_ROWS.set_index(["la_code", "year"])
    chosen = rows[(rows["breakdown_type"] == kind) & (rows["breakdown"] == name)]
    return chosen.set_index(["la_code", "year"]).sort_index()


@lru_cache(maxsize=256)
def _matrix(folder: Path, measure: str, kind: str, name: str) -> pd.DataFrame:
    values = _breakdown(folder, measure, kind, name)["value"]
    return values.unstack("year").sort_index(axis=1)


_NO_ROWS = pd.DataFrame({name: pd.Series(dtype=str) for name in LONG_COLUMNS}).astype(
    {"value": float}
)


def _absence(area: Area, year: Period, published: Sequence[Period]) -> str:
    if year < published[0] or year > published[-1]:
        return "not published for that period."
    if area.first_date.year > 1 and year.end <= area.first_date.year:
        return f"before the authority existed (it began on {_day(area.first_date)})."
    if area.abolished and year.end > area.last_date.year:
        return f"after the authority ended (on {_day(area.last_date)})."
    return "no row for this area in that release."


def _day(day: date) -> str:
    # Not %-d, which Windows does not know.
    return f"{day.day} {day:%B %Y}"
