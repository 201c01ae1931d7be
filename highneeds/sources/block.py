"""Dedicated schools grant allocations: the high needs block, the schools block, the total.

Two publications overlap. The summaries workbook carries the latest update of each year, so
its figures are used; where the allocations workbook of the year differs, an issue says so.
"""

from __future__ import annotations

import pandas as pd

from highneeds.errors import SourceError, some
from highneeds.geography import ENGLAND_CODE, Geography
from highneeds.periods import FinancialYear
from highneeds.sources import block_detail
from highneeds.sources.contract import (
    Issue,
    Reading,
    SourceFile,
    Status,
    area_observations,
)
from highneeds.sources.dsg_sheet import AreaSheet, read_area_sheet
from highneeds.sources.files import RawFiles
from highneeds.sources.matching import require_sums
from highneeds.sources.money import UNITS, require_unit
from highneeds.sources.releases import Layout
from highneeds.sources.series import Series

SUMMARIES = SourceFile(
    "dsg_summaries",
    "finance/dedicated-schools-grant_summaries_2019-20_to_2023-24.ods",
    "Dedicated schools grant allocations: local authority summaries, 2019-20 to 2023-24",
    "Department for Education",
    "latest update of each year, 2023-24 as at March 2024",
    note="2019-20 is published in £ million; multiplied by 1,000,000 and not rounded.",
    marks=(
        "sheet Allocations_1920",
        "sheet Allocations_2324",
    ),
)
FILES = (SUMMARIES, *block_detail.FILES)

_SHEETS = {
    "2019-20": ("Allocations_1920", "£ million"),
    "2020-21": ("Allocations_2021", "£"),
    "2021-22": ("Allocations_2122", "£"),
    "2022-23": ("Allocations_2223", "£"),
    "2023-24": ("Allocations_2324", "£"),
}
# How each unit is written in a heading.
_HEADING_UNITS = {"£": "(£s)", "£ million": "(£ million)"}

SCHOOLS, CENTRAL, HIGH_NEEDS, EARLY_YEARS, TOTAL, HIGH_NEEDS_AFTER = 2, 3, 4, 5, 6, 9
_HEADINGS = {
    SCHOOLS: "schools block",
    CENTRAL: "central school services block",
    HIGH_NEEDS: "high needs block",
    EARLY_YEARS: "early years block",
    TOTAL: "total DSG allocation",
    HIGH_NEEDS_AFTER: "high needs block",
}
_BEFORE, _AFTER = 2, 7  # where the two halves of the sheet begin
# Measure, column, and the pounds between which the middle authority has always been.
_MEASURES: dict[str, tuple[int, tuple[float, float]]] = {
    "high_needs_block_before_deductions_gbp": (HIGH_NEEDS, (5e6, 5e8)),
    "high_needs_block_after_deductions_gbp": (HIGH_NEEDS_AFTER, (5e6, 5e8)),
    "schools_block_before_deductions_gbp": (SCHOOLS, (3e7, 3e9)),
    "dsg_before_deductions_gbp": (TOTAL, (4e7, 4e9)),
}
_MOST_LISTED = 5


def read(raw: RawFiles, geography: Geography) -> Reading:
    """Read the blocks, how the high needs block is built, and the deductions from it.

    Returns
    -------
    Reading
        England, regions and authorities by financial year, in cash pounds.

    Raises
    ------
    SourceError
        A heading, unit, year or label is not as expected, or parts do not make totals.
    """
    tables: list[pd.DataFrame] = []
    issues: list[Issue] = []
    for label, (sheet, unit) in _SHEETS.items():
        year = FinancialYear.parse(label)
        summary = read_summary(raw, SUMMARIES, sheet, geography, year, unit)
        for measure, (column, _) in _MEASURES.items():
            tables.append(
                area_observations(summary[column], year.label, measure, SUMMARIES.source_id)
            )
        edition = block_detail.EDITIONS.get(label)
        if edition is None:
            continue
        earlier = read_summary(
            raw, edition.source, "Allocations_summary", geography, year, "£"
        )
        tables += block_detail.read_edition(
            raw,
            edition,
            geography,
            before=earlier[HIGH_NEEDS],
            after=earlier[HIGH_NEEDS_AFTER],
        )
        issues += _differences(summary, earlier, year, edition.source)
    return Reading(pd.concat(tables, ignore_index=True), issues)


def read_workbook(
    raw: RawFiles, source: SourceFile, geography: Geography, year: FinancialYear
) -> Reading:
    """Read the blocks of one year from its own allocations workbook, in cash pounds.

    Raises
    ------
    SourceError
        See `read`.
    """
    summary = read_summary(raw, source, "Allocations_summary", geography, year, "£")
    tables = [
        area_observations(summary[column], year.label, measure, source.source_id)
        for measure, (column, _) in _MEASURES.items()
    ]
    return Reading(pd.concat(tables, ignore_index=True))


def read_summary(
    raw: RawFiles,
    source: SourceFile,
    sheet: str,
    geography: Geography,
    year: FinancialYear,
    unit: str,
) -> dict[int, pd.Series]:
    """Read one allocations summary, checked, as pounds by area for each column wanted.

    Raises
    ------
    SourceError
        See `read`.
    """
    table = read_area_sheet(raw, source, sheet, geography, year)
    table.require_heading(_BEFORE, "deductions for", row=0)
    table.require_heading(_AFTER, "after deductions", row=0)
    for column, words in _HEADINGS.items():
        table.require_heading(column, words)
        table.require_heading(column, _HEADING_UNITS[unit])
    for measure, (column, typical) in _MEASURES.items():
        where = f"{table.where}, {measure}"
        require_unit(table.authorities[column], unit, typical, where)
    pounds = {column: table.areas(column) * UNITS[unit] for column in _HEADINGS}
    for column, figures in pounds.items():
        by_authority = figures[table.authorities.index]
        wholes = figures[[ENGLAND_CODE, *table.regions.index]]
        where = f"{table.where}, {_HEADINGS[column]} (column {column + 1})"
        require_sums(by_authority, wholes, geography, where)
    _require_blocks_make_total(pounds, table)
    return pounds


def _require_blocks_make_total(pounds: dict[int, pd.Series], table: AreaSheet) -> None:
    blocks = sum(pounds[column] for column in (SCHOOLS, CENTRAL, HIGH_NEEDS, EARLY_YEARS))
    wrong = (blocks - pounds[TOTAL]).abs() > 1  # £1, for rounding
    if wrong.any():
        msg = (
            f"The four blocks do not make the total in {table.where} for "
            f"{some(wrong[wrong].index)}. Expected columns 3 to 6 to add up to column 7. "
            "Columns may have moved: compare the release."
        )
        raise SourceError(msg)


def _differences(
    latest: dict[int, pd.Series],
    earlier: dict[int, pd.Series],
    year: FinancialYear,
    source: SourceFile,
) -> list[Issue]:
    """Where an earlier publication differs: authority by authority if few, else England."""
    found = []
    for measure, (column, _) in _MEASURES.items():
        gap = latest[column] - earlier[column]
        authorities = [code for code in gap.index if code.isdigit()]
        differing = [code for code in authorities if gap[code] != 0]
        few = differing if len(differing) <= _MOST_LISTED else []
        for code in [ENGLAND_CODE, *few] if differing else []:
            found.append(
                Issue(
                    issue_id=f"update-{measure}-{year.label}-{code}",
                    measure=measure,
                    la_code=code,
                    year=year.label,
                    published=f"{earlier[column][code]:.0f}",
                    used=f"{latest[column][code]:.0f}",
                    why=(
                        f"The {source.edition} allocations were updated later for "
                        f"{len(differing)} of {len(authorities)} authorities; the latest "
                        "update is used."
                    ),
                    status=str(Status.OBSERVED),
                    source_id=source.source_id,
                )
            )
    return found


def _workbook(raw: RawFiles, geography: Geography, held: pd.DataFrame) -> Reading:
    year = FinancialYear(raw.years(SUMMARIES, range(0)).start)
    return read_workbook(raw, SUMMARIES, geography, year)


_FORM = Layout(
    "dsg",
    SUMMARIES.source_id,
    "Dedicated schools grant (DSG): allocations",
    [],
    frozenset(),
    "Financial year",
    "high_needs_block_before_deductions_gbp",
    "financial",
)
SERIES = (Series("dsg", SUMMARIES, _workbook, _FORM),)
