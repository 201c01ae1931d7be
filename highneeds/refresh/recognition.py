"""Telling which publication and release a file is, by what is in it and not its name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pandas as pd

from highneeds.errors import SourceError, UsageError, some
from highneeds.file_forms import PARQUET, WORKBOOK
from highneeds.files import Text, is_file, json_of
from highneeds.names import plain_code
from highneeds.periods import Census, FinancialYear, Period
from highneeds.sources import lait, registry, section251, tribunal_table
from highneeds.sources.contract import SourceFile, require_columns
from highneeds.sources.files import RawFiles, StandIn
from highneeds.sources.releases import AREA_COLUMNS, Layout, layouts, to_known_columns

_WHOLE_YEARS = {"Calendar year", "Academic year", "Financial year", "Reporting year"}
_JSON = ("{", "[")
# Within them every workbook of the build has its headings.
_HEADING_ROWS = 12
_INFORMATION_SHEET = re.compile(r"Information_(\d{4})_to_(\d{4})")


@dataclass(frozen=True)
class Recognised:
    """What a file turned out to be."""

    layout: Layout
    periods: tuple[Period, ...]
    table: pd.DataFrame | None = field(repr=False)
    notes: tuple[str, ...] = ()

    @property
    def release(self) -> int:
        """The reporting year of the release."""
        return self.layout.release(self.periods[-1])

    def as_raw(self, file: Path, source: SourceFile) -> StandIn:
        """The file as its reader wants it."""
        years = range(self.periods[0].end, self.periods[-1].end + 1)
        return StandIn(file, source, years, self.table)


def _form(key: str) -> Layout:
    """The layout of a table of another form than the statistics service's."""
    return registry.every_series()[key].layout


class NotFollowedError(SourceError):
    """The file is none of the tables that can be added by themselves."""


def fixed_files() -> list[SourceFile]:
    """Every file of the build that has no release of its own to add."""
    return [one for one in registry.source_files().values() if one.marks]


def recognise(file: Path, without: Iterable[str] = ()) -> Recognised:
    """Tell which publication and release a file is, by its columns and periods.

    Parameters
    ----------
    without : iterable of str
        Columns the user wants left out although nobody has given them a meaning.

    Raises
    ------
    SourceError
        The file is none of the tables we follow, or covers part of a year.
    """
    if not is_file(file):
        msg = f"There is no file {file}. Give the path of a file you downloaded."
        raise UsageError(msg)
    source = SourceFile("", file.name, "the publication", "its publisher", "new edition")
    raw = RawFiles(file.parent)
    content = raw.content(source)
    if content.form is WORKBOOK:
        return replace(_workbook(raw, source), notes=content.notes)
    if content.form is PARQUET:
        found = _tool(file)
        return replace(found, notes=(*content.notes, *found.notes))
    text = raw.text(source)
    try:
        if text.text.lstrip().startswith(_JSON):
            found = _net_spending(text)
        elif tribunal_table.is_appeals(text.text):
            found = _tribunals(raw, source)
        else:
            found = _release(raw, source, without)
    except SourceError as error:
        raise type(error)(noted(str(error), text.notes)) from None
    return replace(found, notes=(*text.notes, *found.notes))


def noted(said: str, notes: Sequence[str]) -> str:
    """A refusal with what was done to read the file, which may be the cause of it."""
    return f"{said} Note: {'; '.join(notes).rstrip('.')}." if notes else said


def _release(raw: RawFiles, source: SourceFile, without: Iterable[str]) -> Recognised:
    """A table of the statistics service, by its columns."""
    where = source.path
    table = raw.read_csv(source).drop(columns=[*without], errors="ignore")
    layout = _layout_of(table, where)
    columns = set(table.columns)
    table = to_known_columns(table, layout.source_id)
    require_columns(table, ["time_period", "time_identifier"], where)
    table, taken = _whole_codes(table)
    notes = [
        f"{' + '.join(parts)} read as {name} ({change.release} release)"
        for change in layout.changes
        for name, parts in change.summed.items()
        if name in table.columns and name not in columns
    ]
    return Recognised(layout, _periods(table, layout, where), table, (*taken, *notes))


def _whole_codes(table: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """Codes and years that a program took for numbers, as they were published."""
    notes = []
    for column in {"old_la_code", "time_period"} & set(table.columns):
        plain = table[column].map(plain_code)
        altered = table[column][plain != table[column]]
        if len(altered):
            first = altered.iloc[0]
            notes.append(f"{column}: {first} and such read as {plain_code(first)} and such")
            table = table.assign(**{column: plain})
    return table, sorted(notes)


def _layout_of(table: pd.DataFrame, where: str) -> Layout:
    found, best = [], (0.0, "", {""})
    for layout in layouts().values():
        named = layout.names_of(table.columns)
        if set(layout.marks) <= named:
            found.append(layout)
        known = layout.known_columns - set(AREA_COLUMNS)
        shared = len(named & known) / len((named | known) - set(AREA_COLUMNS))
        best = max(
            best, (shared, layout.key, set(layout.marks) - named), key=lambda b: b[0]
        )
    if len(found) == 1:
        return found[0]
    share, nearest, lacking = best
    near = (
        f"Nearest is {nearest}, but there is no {some(sorted(lacking))}. " if share else ""
    )
    looks = f"its columns are {some(table.columns)}"
    raise _not_followed(where, table.columns, looks, near)


def _not_followed(
    where: str, found: Iterable[object], looks: str, near: str = ""
) -> NotFollowedError:
    """What a file looked like, and every publication that is known."""
    names = {str(name).strip().lower() for name in found}
    built = [
        one.source_id for one in fixed_files() if names >= {m.lower() for m in one.marks}
    ]
    known = list(registry.every_series())
    if built:
        msg = (
            f"{where} looks like {some(built)}, which the build reads together with other "
            "files or in one edition only, so it cannot be added by itself. Put it in a "
            "folder of published files and run `highneeds data build --raw DIR`."
        )
        return NotFollowedError(msg)
    msg = (
        f"{where} is not a table this package follows: no publication has its columns; "
        f"{looks}. {near}Known: {', '.join(known)}. Check that this is the data file, not "
        "its metadata."
    )
    return NotFollowedError(msg)


def _periods(table: pd.DataFrame, layout: Layout, where: str) -> tuple[Period, ...]:
    identifiers = sorted(set(table["time_identifier"]))
    if identifiers != [layout.identifier]:
        part = [name for name in identifiers if name not in _WHOLE_YEARS]
        found = (
            f"covers part of a year ({some(part)}), which is never set beside whole years. "
            "Wait for the release of the whole year"
            if part
            else "is another table with the same columns. It is not followed"
        )
        msg = (
            f"{where} {found}: its time_identifier is {some(map(repr, identifiers))} where "
            f"{layout.key} has {layout.identifier!r}."
        )
        raise SourceError(msg)
    try:
        periods = {layout.period(text) for text in table["time_period"].unique()}
    except UsageError as error:
        msg = f"Unreadable time_period in {where}: {error}"
        raise SourceError(msg) from None
    return tuple(sorted(periods))


def _workbook(raw: RawFiles, source: SourceFile) -> Recognised:
    sheets = raw.sheet_names(source)
    years = [found for name in sheets if (found := _INFORMATION_SHEET.fullmatch(name))]
    if len(years) != 1 or "Allocations_summary" not in sheets:
        above = _above_figures(raw, source, sheets[0])
        raise _not_followed(
            source.path,
            [*(f"sheet {name}" for name in sheets), *(f"cell {text}" for text in above)],
            f"its sheets are {some(sheets)}",
            "A dedicated schools grant workbook has a sheet Information_YYYY_to_YYYY and "
            "one Allocations_summary. ",
        )
    year = FinancialYear.parse(f"{years[0][1]}-{years[0][2][2:]}")
    return Recognised(_form("dsg"), (year,), None)


def _above_figures(raw: RawFiles, source: SourceFile, sheet: str) -> set[str]:
    """Texts of the first rows of a sheet: its titles and headings."""
    rows = raw.read_sheet(source, sheet)[:_HEADING_ROWS]
    return {str(cell).strip() for row in rows for cell in row if str(cell).strip()}


def _tribunals(raw: RawFiles, source: SourceFile) -> Recognised:
    table = raw.read_csv(source, header=False)
    cells = tribunal_table.cells_of(table, source.path)
    years = sorted({str(cell.year) for cell in cells})
    form = _form("tribunals")
    return Recognised(form, tuple(map(form.period, years)), table)


def _tool(file: Path) -> Recognised:
    """The Local Authority Interactive Tool, of which the pupil percentages are added."""
    form, columns = _form("lait"), lait.columns_of(file)
    if not set(form.marks) <= set(columns):
        looks = f"its columns are {some(columns)}"
        raise _not_followed(file.name, columns, looks)
    years = lait.years_of(file, "SEN_TotStat")
    if not years:
        msg = (
            f"{file.name} has no year of SEN_TotStat, the share of pupils with a plan. "
            "Expected the long table of every measure of the tool. Download it again."
        )
        raise SourceError(msg)
    return Recognised(
        form,
        tuple(Census(year) for year in years),
        None,
        ("read from it: pupils with a plan or on SEN support, per cent",),
    )


def _net_spending(text: Text) -> Recognised:
    form = _form("s251_net")
    published = json_of(text, "a table this package follows (JSON)", SourceError)
    first = next(iter(published.values()), None) if isinstance(published, dict) else None
    found = list(first) if isinstance(first, dict) else []
    if not set(form.marks) <= set(found):
        raise _not_followed(
            text.name, found, f"its entries hold {some(found) or 'nothing'}"
        )
    years = sorted({str(entry.year) for entry in section251.entries_of(text)})
    try:
        (start,) = years
        year = FinancialYear(int(start) + 1)
    except (ValueError, UsageError):
        msg = (
            f"{text.name} has entries of {some(map(repr, years))}. Expected one calendar "
            "year, in which the financial year begins. Download it again."
        )
        raise SourceError(msg) from None
    return Recognised(form, (year,), None)
