"""The published table of tribunal appeals, taken apart.

It is a spreadsheet saved as text: titles above, region headings between, footnotes below
and footnote digits in names and headings.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import pandas as pd

from highneeds.errors import SourceError
from highneeds.sources.contract import SourceFile
from highneeds.sources.files import RawFiles

APPEALS = SourceFile(
    "tribunal_appeals_2024",
    "education/dfe-ehcp-2025/send_tribunals_and_appeal_rate_2014-2024.csv",
    "SEND appeal rate table 1, supporting file of Education, health and care plans",
    "Ministry of Justice and Department for Education",
    "2025",
    note="Appeals are HM Courts and Tribunals Service counts, decisions DfE counts.",
)
_HEADINGS = {
    "Appeals registered": "tribunal_appeals",
    "Total Appealable Decisions": "tribunal_appealable_decisions",
    "SEND Tribunal Appeal Rate": "tribunal_appeal_rate_pct",
    "In development: Total Appealable Decisions": (
        "tribunal_appealable_decisions_in_development"
    ),
    "In development: SEND Tribunal Appeal Rate": "tribunal_appeal_rate_in_development_pct",
}
APPEALED, DECISIONS, RATE, NEW_DECISIONS, NEW_RATE = _HEADINGS.values()
LAST_ROW = "England Total"
FIRST_CELL = "Local Authority"
_FOOTNOTES = re.compile(r"[\d,]+$")
# Printed to 0.1; half of that, and a little for the last binary digit.
HALF_UNIT = 0.05 + 1e-9


@dataclass(frozen=True)
class Cell:
    """One area's figure of one year, before its key is known."""

    name: str
    code: str
    year: int
    measure: str
    published: str


def read_cells(raw: RawFiles) -> list[Cell]:
    """Every figure of the table, with its row's name and code and its column's meaning.

    Raises
    ------
    SourceError
        The heading row, the England row or a heading is not as the release has it.
    """
    return cells_of(raw.read_csv(APPEALS, header=None), APPEALS.path)


def is_appeals(raw: RawFiles, source: SourceFile) -> bool:
    """Whether a text file has the heading cell and the last row of this table."""
    path = raw.path(source)
    if path.suffix.lower() != ".csv":
        return False
    text = path.read_bytes()
    return all(
        re.search(rf'(?m)^"?{words}'.encode(), text) for words in (FIRST_CELL, LAST_ROW)
    )


def cells_of(table: pd.DataFrame, where: str) -> list[Cell]:
    """Every figure of the table as it lies in the file, read without a header.

    Raises
    ------
    SourceError
        The heading row, the England row or a heading is not as the release has it.
    """
    lines = table.to_numpy().tolist()
    starts = [number for number, line in enumerate(lines) if line[0].strip() == FIRST_CELL]
    ends = [
        number
        for number, line in enumerate(lines)
        if _FOOTNOTES.sub("", line[0].strip()) == LAST_ROW
    ]
    if len(starts) != 1 or len(ends) != 1:
        msg = (
            f"{where} does not have exactly one heading row {FIRST_CELL!r} and one "
            f"{LAST_ROW!r} row. Compare the layout with the release."
        )
        raise SourceError(msg)
    start, end = starts[0], ends[0]
    columns = _columns(lines[start], lines[start + 1])
    return [
        Cell(_FOOTNOTES.sub("", line[0].strip()), line[1].strip(), year, measure, line[at])
        for line in lines[start + 2 : end + 1]
        # Region headings have no figures.
        if any(line[at].strip() for at in columns)
        for at, (year, measure) in columns.items()
    ]


def _columns(years: list[str], headings: list[str]) -> dict[int, tuple[int, str]]:
    """Column number to year and measure; a year is printed once above its columns."""
    found: dict[int, tuple[int, str]] = {}
    year = ""
    for at in range(2, len(headings)):
        year = years[at].strip() or year
        heading = _FOOTNOTES.sub("", headings[at].strip())
        if heading not in _HEADINGS or not re.fullmatch(r"20\d\d", year):
            msg = (
                f"{APPEALS.path}, column {at + 1}: unknown heading {heading!r} under "
                f"{year!r}. Expected a year above one of {', '.join(_HEADINGS)}."
            )
            raise SourceError(msg)
        found[at] = (int(year), _HEADINGS[heading])
    twice = pd.Series(list(found.values())).duplicated()
    if twice.any():
        msg = f"{APPEALS.path} has the same heading twice in a year. Compare the release."
        raise SourceError(msg)
    return found


def wide(table: pd.DataFrame) -> pd.DataFrame:
    """Measures side by side, one row per area and year."""
    return table.pivot(index=["la_code", "year"], columns="measure", values="value")
