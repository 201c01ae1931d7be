"""How the high needs block is built, and what is deducted from it for places.

Read from the allocations workbook of each year, whose figures are those of its own date:
for 2023-24 they make up the July 2023 block, not the March 2024 update in ``block``.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import pandas as pd

from highneeds.errors import SourceError, some
from highneeds.geography import ENGLAND_CODE, Geography
from highneeds.periods import FinancialYear
from highneeds.sources.contract import SourceFile, Status, area_observations
from highneeds.sources.dsg_sheet import AreaSheet, read_area_sheet
from highneeds.sources.files import RawFiles
from highneeds.sources.matching import HALF_A_PENNY, require_sums


@dataclass(frozen=True)
class Edition:
    """The allocations workbook of one financial year."""

    year: FinancialYear
    source: SourceFile

    @property
    def information_sheet(self) -> str:
        """First sheet: its name carries the year, as the file name does not."""
        return f"Information_{self.year.end - 1}_to_{self.year.end}"


def _edition(label: str, file_date: str, published: str) -> Edition:
    year = FinancialYear.parse(label)
    source = SourceFile(
        f"dsg_allocations_{label.replace('-', '_')}",
        f"finance/dedicated-schools-grant_{file_date}.ods",
        f"Dedicated schools grant (DSG) {year.end - 1} to {year.end}: allocations",
        "Education and Skills Funding Agency",
        published,
        note="The edition is the publication date inside the workbook.",
    )
    return Edition(year, source)


EDITIONS = {
    edition.year.label: edition
    for edition in (
        _edition("2020-21", "2021_11_18", "18 Nov, 2021"),
        _edition("2021-22", "2022_07_18", "18 Jul, 2022"),
        _edition("2022-23", "2023_07_20", "20 Jul, 2023"),
        # The file name says 2024; the workbook says 2023.
        _edition("2023-24", "2024_07_20", "20 Jul, 2023"),
    )
}
FILES = tuple(edition.source for edition in EDITIONS.values())

_UNIT, _PUPILS, _TOTAL, _NOT_ADDED = "unit", "pupils", "total", "not added"
# How each heading of the build-up sheet begins, and what the column is.
_BUILD_UP = {
    "National funding formula (NFF) allocations (excluding": "nff_excluding_entitlement",
    "Total high needs elements in the funding floor and gains": "floor_and_gains_elements",
    "Basic entitlement factor (area cost adjusted) unit": _UNIT,
    "Number of pupils in special schools and academies": _PUPILS,
    "Import/export adjustment": "import_export",
    "Additional Funding for Special Free Schools": "special_free_schools",
    "Hospital education": "hospital_ap_and_supplementary",
    # What the additional allocation is a percentage of; adding it would count it twice.
    "High needs national funding formula for historical": _NOT_ADDED,
    "Additional high needs allocation": "additional_allocation",
    "Total high needs block before deductions": _TOTAL,
}
_COLUMNS = {
    "2020-21": {"nff_excluding_entitlement", "import_export", "special_free_schools"},
    "2021-22": {
        "floor_and_gains_elements",
        "import_export",
        "special_free_schools",
        "hospital_ap_and_supplementary",
    },
}
_COLUMNS["2022-23"] = {*_COLUMNS["2021-22"], "additional_allocation"}
_COLUMNS["2023-24"] = _COLUMNS["2022-23"]

_PROVIDERS = {
    "mainstream academies": "mainstream_academies",
    "special academies": "special_academies",
    "special free schools": "special_free_schools",
    "alternative provision (ap) academies": "ap_academies",
    "hospital academies": "hospital_academies",
    "16-19 academies": "academies_16_to_19",
    "further education (fe)": "further_education",
}
_HEADING_ROWS = 3
_TOTAL_DEDUCTION = "Total deduction to high needs block"


def read_edition(
    raw: RawFiles,
    edition: Edition,
    geography: Geography,
    *,
    before: pd.Series,
    after: pd.Series,
) -> list[pd.DataFrame]:
    """Read one year's build-up and deductions, checked against the block itself.

    Parameters
    ----------
    before, after : Series by area code
        High needs block before and after deductions in the same workbook, in pounds.

    Returns
    -------
    list of DataFrame
        Observations of the build-up, basic entitlement and place deductions.

    Raises
    ------
    SourceError
        Another edition, an unknown heading, or figures that do not make the block.
    """
    _require_edition(raw, edition)
    year, source = edition.year, edition.source
    built = read_area_sheet(raw, source, "High_needs_block", geography, year)
    deducted = read_area_sheet(raw, source, "High_needs_deductions", geography, year)
    return [
        *_build_up(built, edition, geography, before),
        *_deductions(deducted, edition, geography, before - after),
    ]


def _require_edition(raw: RawFiles, edition: Edition) -> None:
    rows = raw.read_sheet(edition.source, edition.information_sheet)
    dates = [
        str(following)
        for row in rows
        for cell, following in pairwise(row)
        if str(cell).strip().startswith("Publication date")
    ]
    if len(dates) != 1 or edition.source.edition not in dates[0]:
        msg = (
            f"{edition.source.path} gives its publication date as {dates}; expected "
            f"{edition.source.edition}. Another edition has other figures: name it in the "
            "reader's list of editions before using it."
        )
        raise SourceError(msg)


def _build_up(
    sheet: AreaSheet, edition: Edition, geography: Geography, before: pd.Series
) -> list[pd.DataFrame]:
    columns = _build_up_columns(sheet, edition.year.label)
    figures = {name: sheet.areas(column) for name, column in columns.items()}
    unit, pupils, total = (figures.pop(name) for name in (_UNIT, _PUPILS, _TOTAL))
    figures.pop(_NOT_ADDED, None)
    _require_same(total, before, sheet.where, "Total high needs block before deductions")
    by_authority = sheet.authorities.index
    for name, column in figures.items():
        wholes = column[[ENGLAND_CODE, *sheet.regions.index]]
        require_sums(column[by_authority], wholes, geography, f"{sheet.where}, {name}")
        _require_sign(name, column, sheet.where)

    # The block is rounded up to a pound, so the entitlement is what the parts leave.
    entitlement = total - sum(figures.values())
    rounding = (entitlement - unit * pupils)[by_authority]
    wrong = ~rounding.between(-0.01, 1.0)
    if wrong.any():
        found = [f"{code} by {gap:,.0f}" for code, gap in rounding[wrong].items()]
        msg = (
            f"The parts do not build the block in {sheet.where}: {some(found)}. Expected "
            "the published sum to the pound. A column may have moved: compare the formula "
            "row."
        )
        raise SourceError(msg)

    year, source_id = edition.year.label, edition.source.source_id
    measure = "high_needs_block_build_up_gbp"
    return [
        area_observations(total, year, measure, source_id),
        *(
            area_observations(
                column,
                year,
                measure,
                source_id,
                breakdown_type="component",
                breakdown=name,
                status=status,
            )
            for name, column, status in [
                *((name, column, Status.OBSERVED) for name, column in figures.items()),
                ("basic_entitlement", entitlement, Status.DERIVED),
            ]
        ),
        area_observations(unit, year, "basic_entitlement_unit_gbp", source_id),
        area_observations(pupils, year, "basic_entitlement_pupils", source_id),
    ]


def _require_sign(name: str, column: pd.Series, where: str) -> None:
    """Only import/export adjustments take money away: another minus is another column."""
    below = column[column < 0]
    if len(below) and name != "import_export":
        msg = (
            f"{name} is negative in {where} for {some(below.index)}. Expected nothing "
            "below £0 but import/export adjustments. Columns may have been exchanged."
        )
        raise SourceError(msg)


def _build_up_columns(sheet: AreaSheet, year: str) -> dict[str, int]:
    """Name each column by its heading; the columns differ from year to year."""
    columns, unknown = {}, []
    for position, heading in enumerate(sheet.headings[0][2:], 2):
        named = [name for start, name in _BUILD_UP.items() if heading.startswith(start)]
        if named:
            columns[named[0]] = position
        else:
            unknown.append(repr(heading))
    missing = {_UNIT, _PUPILS, _TOTAL, *_COLUMNS[year]} - set(columns)
    extra = set(columns) - {_UNIT, _PUPILS, _TOTAL, _NOT_ADDED, *_COLUMNS[year]}
    if unknown or missing or extra:
        msg = (
            f"Unexpected columns in {sheet.where}: unknown {some(unknown) or 'none'}; "
            f"missing {some(sorted(missing)) or 'none'}; not of that year "
            f"{some(sorted(extra)) or 'none'}. The columns differ by year: compare the "
            "formula row, then the reader's list."
        )
        raise SourceError(msg)
    return columns


def _deductions(
    sheet: AreaSheet, edition: Edition, geography: Geography, expected: pd.Series
) -> list[pd.DataFrame]:
    if len(sheet.headings) != _HEADING_ROWS:
        msg = (
            f"{sheet.where} has {len(sheet.headings)} rows of headings; expected "
            f"{_HEADING_ROWS}. The layout may have changed: compare the release."
        )
        raise SourceError(msg)
    providers, _, periods = sheet.headings
    last = len(providers) - 1
    sheet.require_heading(last, _TOTAL_DEDUCTION, row=0)
    total = sheet.areas(last)
    by_provider: dict[str, pd.Series] = {}
    current = ""
    for position in range(2, last):
        current = _provider(providers[position], sheet.where) or current
        # Place counts stand beside the pounds; hospital academies print pounds throughout.
        if "deduction" in periods[position]:
            by_provider[current] = sheet.areas(position) + by_provider.get(current, 0)
    if set(by_provider) != set(_PROVIDERS.values()):
        msg = (
            f"{sheet.where} has provider groups {some(by_provider)}; expected "
            f"{len(_PROVIDERS)}: {', '.join(_PROVIDERS.values())}."
        )
        raise SourceError(msg)
    added = pd.DataFrame(by_provider).sum(axis=1)
    _require_same(added, total, sheet.where, _TOTAL_DEDUCTION)
    _require_same(total, expected, sheet.where, "Block before less block after deductions")
    require_sums(
        total[sheet.authorities.index], total[[ENGLAND_CODE]], geography, sheet.where
    )
    year, source_id = edition.year.label, edition.source.source_id
    measure = "high_needs_places_deduction_gbp"
    return [
        area_observations(total, year, measure, source_id),
        *(
            area_observations(
                column,
                year,
                measure,
                source_id,
                breakdown_type="provider",
                breakdown=provider,
                status=Status.DERIVED,
            )
            for provider, column in by_provider.items()
        ),
    ]


def _provider(heading: str, where: str) -> str:
    if not heading:
        return ""
    named = [
        name for start, name in _PROVIDERS.items() if heading.lower().startswith(start)
    ]
    if not named:
        msg = (
            f"Unknown provider group {heading!r} in {where}. Expected one of "
            f"{', '.join(_PROVIDERS)}. Add it to the reader's list."
        )
        raise SourceError(msg)
    return named[0]


def _require_same(found: pd.Series, expected: pd.Series, where: str, what: str) -> None:
    wrong = (found - expected.reindex(found.index)).abs() > HALF_A_PENNY
    if wrong.any():
        codes = [
            f"{code} ({found[code]:,.0f}, expected {expected[code]:,.0f})"
            for code in wrong[wrong].index
        ]
        msg = (
            f"{what} is not the same figure on two sheets of {where}: {some(codes)}. "
            "Expected one publication to agree with itself. Download it again."
        )
        raise SourceError(msg)
