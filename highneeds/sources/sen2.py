"""What every SEN2 release file has in common: areas, years, topics and figures.

One table gives England, regions and authorities. An authority is known by its three-digit
code, the only one that stays the same from file to file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from highneeds.errors import SourceError, UsageError, some
from highneeds.geography import Geography
from highneeds.periods import AcademicYear, CalendarYear, Census, MidYear, Period
from highneeds.sources.beside import require_beside
from highneeds.sources.contract import (
    ENGLAND,
    WITH_VALUE,
    SourceFile,
    Status,
    observations,
    require_columns,
    split_symbols,
)
from highneeds.sources.files import RawFiles
from highneeds.sources.matching import require_one_area, returned_between
from highneeds.sources.releases import (
    layout_of,
    require_known_columns,
    same_topic,
    to_known_columns,
)
from highneeds.words import hint, plural

PUBLISHER = "Department for Education"
RELEASE_2022 = "Education, health and care plans, Reporting year 2022"
RELEASE_2023 = "Education, health and care plans, Reporting year 2023"
RELEASE_2025 = "Education, health and care plans, Reporting year 2025"

_AREA_COLUMNS = ("time_period", "time_identifier", "geographic_level")
_CODE_COLUMNS = ("region_code", "old_la_code")
_LABELS = ("breakdown_topic", "breakdown")
_AUTHORITY = "Local authority"


@dataclass(frozen=True)
class Calendar:
    """How a file writes its years: its ``time_identifier`` and what a period means."""

    identifier: str
    parse: Callable[[str], Period]


def _census_in(academic_year: str) -> Census:
    return AcademicYear.parse(academic_year).census()


CALENDAR_YEAR = Calendar("Calendar year", CalendarYear.parse)
# Until 2023 the January count is filed under its calendar year, then its academic year.
JANUARY_OF_CALENDAR_YEAR = Calendar("Calendar year", Census.parse)
JANUARY_OF_ACADEMIC_YEAR = Calendar("Academic year", _census_in)
MID_YEAR = Calendar("Reporting year", MidYear.parse)


def read_release(
    raw: RawFiles,
    source: SourceFile,
    geography: Geography,
    *,
    calendar: Calendar,
    years: range,
    values: Sequence[str],
    labels: Sequence[str] = _LABELS,
    optional: Sequence[str] = (),
) -> pd.DataFrame:
    """Read one release file, its areas and years made ours, its figures still text.

    Parameters
    ----------
    years : range
        The years this edition covers; another edition is refused, not guessed at.
    values, labels : sequence of str
        Published columns to keep: figures, and what tells rows of an area and year apart.
        A figure that some release no longer has is kept where it is there.
    optional : sequence of str
        Columns that only some releases have, kept where they are there.

    Returns
    -------
    DataFrame
        ``la_code``, ``year``, then `labels` and `values` as published.

    Raises
    ------
    SourceError
        A column, level, code or year is not as released, a figure is not what those
        beside it make, or a row stands twice.
    """
    table = to_known_columns(raw.read_csv(source), source.source_id)
    layout = layout_of(source.source_id)
    gone = set(layout.dropped if layout else ()) - set(table.columns)
    values = [name for name in values if name not in gone]
    require_columns(table, [*_AREA_COLUMNS, *_CODE_COLUMNS, *labels, *values], source.path)
    if not raw.copied:
        require_known_columns(table, source.source_id, source.path)
    require_beside(table, layout, source.path)
    more = [name for name in optional if name in table.columns]
    codes = _la_codes(table, geography, source.path)
    labelled, spans = _years(table, calendar, raw.years(source, years), source.path)
    _require_areas(table, values, codes, spans, geography, source.path)
    kept = pd.concat([codes, labelled, table[[*labels, *values, *more]]], axis=1)
    twice = kept.duplicated(["la_code", "year", *labels])
    if twice.any():
        keys = kept.loc[twice, ["la_code", "year", *labels]].agg(" / ".join, axis=1)
        msg = (
            f"{source.path} has {plural(twice.sum(), 'row')} more than once: {some(keys)}. "
            "Expected one row per area, year and breakdown. Download the file again."
        )
        raise SourceError(msg)
    return kept


def _la_codes(table: pd.DataFrame, geography: Geography, where: str) -> pd.Series:
    level = table["geographic_level"].str.strip()
    code = table["old_la_code"].where(level == _AUTHORITY, table["region_code"])
    code = code.mask(level == "National", ENGLAND)
    strangers = sorted(set(level) - {"National", "Regional", _AUTHORITY})
    if strangers:
        msg = (
            f"Unknown geographic_level in {where}: {some(map(repr, strangers))}. Expected "
            "National, Regional or Local authority. Check that this is the area-level file."
        )
        raise SourceError(msg)
    unknown = sorted(set(code) - geography.areas.keys())
    if unknown:
        msg = (
            f"Unknown area code in {where}: {some(map(repr, unknown))}. Expected a "
            "three-digit DfE code for an authority, an ONS code for a region. If councils "
            "merged, add the code to la_codes_observed.csv and la_changes_2009-2025.csv."
        )
        raise SourceError(msg)
    return code.rename("la_code")


def _require_areas(
    table: pd.DataFrame,
    values: Sequence[str],
    codes: pd.Series,
    spans: pd.DataFrame,
    geography: Geography,
    where: str,
) -> None:
    """Refuse rows that are not of the authority, or the region, that they say."""
    local = table["geographic_level"].str.strip() == _AUTHORITY
    printed = {"ons_code": "new_la_code", "name": "la_name"}
    known = {ours: table[theirs] for ours, theirs in printed.items() if theirs in table}
    # Symbols may stand for an authority that is no more, or is not yet.
    figured = pd.Series(data=False, index=table.index)
    for name in values:
        figured |= table[name].str.contains("[0-9]", na=False)
    rows = pd.concat([codes, spans.where(figured)], axis=1).assign(**known)
    require_one_area(rows[local], geography, where)
    if "region_name" in table:
        regions = pd.DataFrame({"la_code": codes, "name": table["region_name"]})
        require_one_area(regions[~local & (codes != ENGLAND)], geography, where)


def _years(
    table: pd.DataFrame, calendar: Calendar, years: range, where: str
) -> tuple[pd.Series, pd.DataFrame]:
    """The label of each row's period, and the days on one of which its area must be."""
    identifiers = sorted(set(table["time_identifier"]))
    if identifiers != [calendar.identifier]:
        msg = (
            f"{where} has time_identifier {some(map(repr, identifiers))}; expected "
            f"{calendar.identifier!r}. A different calendar means a different edition."
        )
        raise SourceError(msg)
    try:
        found = {text: calendar.parse(text) for text in table["time_period"].unique()}
    except UsageError as error:
        msg = f"Unreadable time_period in {where}: {error}"
        raise SourceError(msg) from None
    covered = sorted(period.end for period in found.values())
    if covered != list(years):
        msg = (
            f"{where} covers {some(covered, most=20)}; expected every year from {years[0]} "
            f"to {years[-1]}. Put back that edition, or teach the reader the new one."
        )
        raise SourceError(msg)
    text = table["time_period"]
    spans = {name: returned_between(period) for name, period in found.items()}
    days = {
        name: text.map({key: span[at] for key, span in spans.items()})
        for at, name in enumerate(("first", "last"))
    }
    labels = {name: period.label for name, period in found.items()}
    return text.map(labels).rename("year"), pd.DataFrame(days)


def topic(table: pd.DataFrame, role: str, source: SourceFile) -> pd.DataFrame:
    """Keep one ``breakdown_topic``: without this every plan is counted several times.

    Parameters
    ----------
    role : str
        What the topic is to its reader; ``releases.toml`` has its names by release.

    Raises
    ------
    SourceError
        The topic is not in the file; or that of all has several rows of an area and year.
    """
    layout = layout_of(source.source_id)
    assert layout is not None
    names = layout.topic_names(role)
    topics = list(table["breakdown_topic"].unique())
    mine = [one for one in topics if any(same_topic(one, name) for name in names)]
    if not mine:
        near = hint(names[-1], topics)
        msg = (
            f"{source.path} has no breakdown_topic {' or '.join(map(repr, names))}{near}; "
            f"it has {some(topics)}. The publisher may have renamed it: compare the data "
            "guidance. A newer version of this package may know the name."
        )
        raise SourceError(msg)
    found = table[table["breakdown_topic"].isin(mine)]
    if role == "all":
        _require_one_row(found, source)
    return found


def _require_one_row(table: pd.DataFrame, source: SourceFile) -> None:
    """Refuse the topic of all where a part of another topic stands in it."""
    twice = table[table.duplicated(["la_code", "year"], keep=False)]
    if len(twice):
        keys = twice[["la_code", "year", *_LABELS]].agg(" / ".join, axis=1)
        msg = (
            f"{source.path} has {plural(len(twice), 'row')} of an area and year that its "
            f"topic of all has more than once: {some(keys)}. Expected one row each, of "
            "everybody. A part may stand under another topic: compare with the published "
            "table, download it again."
        )
        raise SourceError(msg)


def figures(
    table: pd.DataFrame,
    columns: Mapping[str, str],
    source: SourceFile,
    labels: Sequence[str] = (),
) -> pd.DataFrame:
    """Split columns of published text into figures, one row per row and column.

    A cell that a copy does not have (NaN) gives no row; no published file has any.

    Returns
    -------
    DataFrame
        ``la_code``, ``year``, `labels`, ``figure`` (the name `columns` gives), ``value``,
        ``status``.
    """
    keys = ["la_code", "year", *labels]
    rows = pd.concat([table[keys]] * len(columns), ignore_index=True)
    rows["figure"] = np.repeat(list(columns.values()), len(table))
    cells = pd.concat([table[column] for column in columns])
    there = cells.notna().to_numpy()
    split = _split_together(table, cells[there], columns, source)
    return rows[there].reset_index(drop=True).join(split.reset_index(drop=True))


def _split_together(
    table: pd.DataFrame, cells: pd.Series, columns: Iterable[str], source: SourceFile
) -> pd.DataFrame:
    """All columns split at once; where that fails, each by itself, to name the one."""
    try:
        return split_symbols(cells, source.path)
    except SourceError:
        return pd.concat(
            [
                split_symbols(table[column].dropna(), f"{source.path}, {column}")
                for column in columns
            ]
        )


def sum_figures(parts: pd.DataFrame, by: Sequence[str]) -> pd.DataFrame:
    """Add the figures that share a key; a sum with a missing part is missing too.

    Returns
    -------
    DataFrame
        `by`, ``value`` and ``status``: a lone figure keeps its status, a sum is derived,
        and a missing sum takes the reason of its first missing part.
    """
    missing = ~parts["status"].isin(WITH_VALUE)
    groups = parts.assign(reason=parts["status"].where(missing)).groupby(
        list(by), sort=False
    )
    summed = groups[["value"]].sum()
    status = groups["status"].first()
    summed["status"] = status.mask(groups.size() > 1, Status.DERIVED.value)
    if missing.any():
        reason = groups["reason"].first()
        summed["status"] = summed["status"].mask(reason.notna(), reason)
        summed["value"] = summed["value"].mask(reason.notna())
    return summed.reset_index()


def as_observations(
    found: pd.DataFrame,
    source: SourceFile,
    measure: str | pd.Series,
    breakdown_type: str | pd.Series = "total",
    breakdown: str | pd.Series = "total",
) -> pd.DataFrame:
    """Observations from rows that carry ``la_code``, ``year``, ``value`` and ``status``."""
    return observations(
        found,
        measure=measure,
        figures=found,
        source_id=source.source_id,
        breakdown_type=breakdown_type,
        breakdown=breakdown,
    )
