"""The published table of tribunal appeals, taken apart.

It is a spreadsheet saved as text: titles above, region headings between, footnotes below
and footnote digits in names and headings. A year stands above its columns, beside the
headings of names and codes to 2024 and in a row of its own from 2025.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

import pandas as pd

from highneeds.errors import SourceError, some
from highneeds.sources.contract import SourceFile
from highneeds.sources.files import RawFiles
from highneeds.words import plural

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
# Decisions, and the rate that is of them.
_PAIRS = ({DECISIONS, RATE}, {NEW_DECISIONS, NEW_RATE})
LAST_ROW = "England Total"
_CODE_HEADINGS = frozenset({"la code", "old la code"})
FIRST_CELL = "LA code"
# The columns of names and of codes.
_LABELS = 2
_FOOTNOTES = re.compile(r"[\d,]+$")
_YEAR = re.compile(r"20\d\d")
_MEASURES = {
    **{heading.lower(): measure for heading, measure in _HEADINGS.items()},
    "appeals": _HEADINGS["Appeals registered"],
}
# Printed to 0.1; half of that, and a little for the last binary digit.
HALF_UNIT = 0.05 + 1e-9


class Cell(NamedTuple):
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
    return cells_of(raw.read_csv(APPEALS, header=False), APPEALS.path)


def is_appeals(text: str) -> bool:
    """Whether a text has the heading of codes and the last row of this table."""
    heading = r'(?mi)^(?:"?Local Authority"?)?,"?(?:Old )?LA code"?,'
    return bool(re.search(heading, text) and re.search(r'(?m)^"?England Total', text))


def cells_of(table: pd.DataFrame, where: str) -> list[Cell]:
    """Every figure of the table as it lies in the file, read without a header.

    Raises
    ------
    SourceError
        The heading row, the England row or a heading is not as the release has it.
    """
    # A table of fewer columns than a name, a code and a figure has no such row.
    lines = table.to_numpy().tolist() if table.shape[1] > _LABELS else []
    starts = [
        number
        for number, line in enumerate(lines)
        if line[1].strip().lower() in _CODE_HEADINGS
    ]
    ends = [
        number
        for number, line in enumerate(lines)
        if _FOOTNOTES.sub("", line[0].strip()) == LAST_ROW
    ]
    if len(starts) != 1 or len(ends) != 1:
        msg = (
            f"{where} does not have exactly one row with a heading {FIRST_CELL!r} and one "
            f"{LAST_ROW!r} row. Compare the layout with the release."
        )
        raise SourceError(msg)
    start, end = starts[0], ends[0]
    if any(_YEAR.fullmatch(cell.strip()) for cell in lines[start]):
        years, start = lines[start], start + 1
    else:
        years = lines[start - 1] if start else lines[start]
    columns = _columns(years, lines[start], where)
    found = [
        Cell(_FOOTNOTES.sub("", line[0].strip()), line[1].strip(), year, measure, line[at])
        for line in lines[start + 1 : end + 1]
        # Region headings have no figures.
        if any(line[at].strip() for at in columns)
        for at, (year, measure) in columns.items()
    ]
    if not found:
        msg = (
            f"{where} has no figures between its headings and the {LAST_ROW!r} row. "
            "Expected a row for each authority there. Compare the layout with the release."
        )
        raise SourceError(msg)
    return found


def _columns(
    years: list[str], headings: list[str], where: str
) -> dict[int, tuple[int, str]]:
    """Column number to year and measure; a year is printed once above its columns."""
    found: dict[int, tuple[int, str]] = {}
    year = ""
    for at in range(_LABELS, len(headings)):
        year = years[at].strip() or year
        heading = _FOOTNOTES.sub("", headings[at].strip())
        if heading.lower() not in _MEASURES or not _YEAR.fullmatch(year):
            msg = (
                f"{where}, column {at + 1}: unknown heading {heading!r} under "
                f"{year!r}. Expected a year above one of {', '.join(_HEADINGS)}."
            )
            raise SourceError(msg)
        found[at] = (int(year), _MEASURES[heading.lower()])
    twice = pd.Series(list(found.values())).duplicated()
    if twice.any():
        msg = f"{where} has the same heading twice in a year. Compare the release."
        raise SourceError(msg)
    _require_whole(found.values(), where)
    return found


def _require_whole(columns: Iterable[tuple[int, str]], where: str) -> None:
    """Refuse a year without appeals, or with decisions or a rate and not the other."""
    there: dict[int, set[str]] = {}
    for year, measure in columns:
        there.setdefault(year, set()).add(measure)
    names = {measure: heading for heading, measure in _HEADINGS.items()}
    lacking = []
    for year, measures in there.items():
        pairs = [pair for pair in _PAIRS if measures & pair] or [_PAIRS[0]]
        wanted = {APPEALED}.union(*pairs)
        lacking += [
            f"{names[one]!r} of {year}" for one in names if one in wanted - measures
        ]
    if lacking:
        msg = (
            f"{where} lacks {plural(len(lacking), 'column')}: {some(lacking)}. Expected "
            "appeals, decisions and their rate in every year. A column may be lost: "
            "download the file again."
        )
        raise SourceError(msg)


def wide(table: pd.DataFrame) -> pd.DataFrame:
    """Measures side by side, one row per area and year."""
    return table.pivot(index=["la_code", "year"], columns="measure", values="value")
