"""The layout shared by the dedicated schools grant workbooks.

Heading rows, then ENGLAND, the authorities, four authority types and nine regions. Codes,
names and labels share a column, and blanks are single spaces.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import pandas as pd

from highneeds.errors import SourceError, some
from highneeds.geography import ENGLAND_CODE, Geography
from highneeds.names import normalise
from highneeds.periods import FinancialYear
from highneeds.sources.contract import SourceFile
from highneeds.sources.files import RawFiles
from highneeds.sources.matching import require_names_agree
from highneeds.sources.money import numbers

_ENGLAND_LABEL = "ENGLAND"
_TYPES = {"METROPOLITAN AUTHORITIES", "UNITARY AUTHORITIES", "UPPER TIER AUTHORITIES"}
_CODE = re.compile(r"(\d{3})(?:\.0)?")
# Headings, England and an area; code, name and a figure.
_LEAST = (3, 3)


@dataclass(frozen=True)
class AreaSheet:
    """One sheet: its headings, and a number for every area and column position."""

    where: str
    headings: list[list[str]]
    england: pd.Series
    authorities: pd.DataFrame
    regions: pd.DataFrame

    def require_heading(self, position: int, words: str, row: int = 1) -> None:
        """Refuse a column whose heading lacks the expected words.

        Raises
        ------
        SourceError
            Gives the heading found.
        """
        found = self.headings[row][position] if position < len(self.headings[row]) else ""
        if words.lower() not in found.lower():
            msg = (
                f"Column {position + 1} of {self.where} is headed {found!r}; expected "
                f"words {words!r}. The layout may have changed: compare the release, then "
                "the reader."
            )
            raise SourceError(msg)

    def areas(self, position: int) -> pd.Series:
        """One column for England, the regions (where published) and the authorities."""
        england = pd.Series({ENGLAND_CODE: self.england[position]})
        return pd.concat([england, self.regions[position], self.authorities[position]])


def read_area_sheet(
    raw: RawFiles,
    source: SourceFile,
    sheet: str,
    geography: Geography,
    year: FinancialYear,
) -> AreaSheet:
    """Read one sheet of a dedicated schools grant workbook.

    Raises
    ------
    SourceError
        No ENGLAND row, a repeated code, an unknown label, a code beside another authority's
        name, a blank figure, or a title that names another year.
    """
    rows = raw.read_sheet(source, sheet, _LEAST)
    where = f"{source.path}, sheet {sheet}"
    labels = [_text(row[0]) for row in rows]
    if labels.count(_ENGLAND_LABEL) != 1:
        msg = (
            f"{where} has {labels.count(_ENGLAND_LABEL)} rows labelled ENGLAND; expected "
            "one. Check the edition."
        )
        raise SourceError(msg)
    start = labels.index(_ENGLAND_LABEL)
    headings = [[_text(cell) for cell in row] for row in rows[:start]]
    _require_year(labels[0], year, where)

    codes: dict[int, str] = {}
    regions: dict[int, str] = {}
    known = {normalise(area.name): area.la_code for area in geography.regions()}
    strangers = []
    for row, label in enumerate(labels[start + 1 :], start + 1):
        match = _CODE.fullmatch(label)
        if match:
            codes[row] = match[1]
        elif normalise(label) in known:
            regions[row] = known[normalise(label)]
        elif label and label not in _TYPES:
            strangers.append(f"{label!r} (row {row + 1})")
    if strangers:
        msg = (
            f"Unknown row in {where}: {some(strangers)}. Expected a three-digit code, a "
            "type of authority or a region. Check the edition."
        )
        raise SourceError(msg)

    names = [_text(rows[row][1]) for row in codes]
    _require_once(list(codes.values()), where)
    require_names_agree(codes.values(), names, geography, year, where)
    cells = pd.DataFrame(rows).drop(columns=[0, 1])
    cells.index = cells.index + 1  # as the reader of the spreadsheet counts
    figures = numbers(cells.loc[[row + 1 for row in [start, *codes, *regions]]], where)
    figures.index = pd.Index([ENGLAND_CODE, *codes.values(), *regions.values()])
    by_region = figures.iloc[1 + len(codes) :]
    return AreaSheet(
        where,
        headings,
        figures.iloc[0],
        figures.iloc[1 : 1 + len(codes)],
        _regions(by_region, len(known), where),
    )


def _regions(figures: pd.DataFrame, expected: int, where: str) -> pd.DataFrame:
    """London stands twice, as a type of authority and as a region, with one figure."""
    once = figures[~figures.reset_index().duplicated().to_numpy()]
    if len(once) and (once.index.has_duplicates or len(once) != expected):
        msg = (
            f"{where} has {len(once)} different region rows at its foot; expected "
            f"{expected} regions, each once (London may repeat with the same figures)."
        )
        raise SourceError(msg)
    return once


def _require_once(codes: list[str], where: str) -> None:
    repeated = sorted({code for code in codes if codes.count(code) > 1})
    if repeated:
        msg = f"{where} repeats {some(repeated)}. Expected each authority once."
        raise SourceError(msg)


def _require_year(title: str, year: FinancialYear, where: str) -> None:
    long_form = f"{year.end - 1} to {year.end}"
    if long_form not in title and year.label not in title:
        msg = (
            f"{where} is titled {title!r}; expected the year {long_form}. Dates in these "
            "file names mislead: check the Information sheet, then put the right edition "
            "in place."
        )
        raise SourceError(msg)


def _text(cell: object) -> str:
    """A cell as text, with the line breaks and padding of headings removed."""
    return " ".join(str(cell).split())
