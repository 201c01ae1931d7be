"""High needs blocks that councils, the department or the press stated for single areas.

The department's tables of these years could not be read, so single figures stand in for
them, each with its source: table ``reported_blocks``. None is an observation of the panel,
because no national total can be made of them.
"""

from __future__ import annotations

import re

import pandas as pd

from highneeds.errors import SourceError, some
from highneeds.geography import Geography
from highneeds.periods import FinancialYear
from highneeds.sources.contract import (
    OBSERVATION_COLUMNS,
    Reading,
    SourceFile,
    require_columns,
)
from highneeds.sources.files import RawFiles
from highneeds.sources.matching import codes_of_names, financial_year
from highneeds.sources.series import Series

REPORTED = SourceFile(
    "council_reported_blocks",
    "finance/council_reported_blocks.csv",
    "High needs blocks stated one by one",
    "Compiled from council papers, Department for Education pages, answers in Parliament "
    "and press reports",
    "to November 2026",
    note="Each row names its own source. Press rows and floors serve for growth only.",
)
FILES = (REPORTED,)
# Of one edition, or read together with others: added with a build alone.
SERIES: tuple[Series, ...] = ()

# What the file calls each quantity, and what it is called here.
_MEASURES = {
    "high_needs_block_before_deductions": "high_needs_block_before_deductions_gbp",
    "high_needs_block_after_deductions": "high_needs_block_after_deductions_gbp",
    "high_needs_deductions": "high_needs_places_deduction_gbp",
    "high_needs_block_grants_rolled_in": "high_needs_block_grants_rolled_in_gbp",
    "high_needs_block_growth": "high_needs_block_growth_share",
    "high_needs_block_growth_floor": "high_needs_block_growth_floor_per_head_share",
    "high_needs_block_growth_cap": "high_needs_block_growth_cap_per_head_share",
}
_COLUMNS = (
    "authority measure period value unit as_of_date source_title publisher source_kind "
    "actual_or_forecast exact_or_floor growth_on_year_before"
).split()
_KINDS = {"council", "department", "summary of council papers", "press"}
_NEARNESS = {"exact", "rounded", "floor"}
_MILLION = 1_000_000
# The smallest and largest block of an authority in 2023-24, with room for growth.
_BLOCK_GBP_M = (1.0, 600.0)
_LARGEST_GROWTH_PCT = 25.0


def read(raw: RawFiles, geography: Geography) -> Reading:
    """Read the stated figures.

    Returns
    -------
    Reading
        No observations. ``reported_blocks``: la_code, measure, year, value (£, or a share
        for a growth), growth_share and growth_gbp on the year before as stated with it
        (blank where not), nearness (exact, rounded, floor), stands (actual, forecast),
        source_kind, source_title, publisher, as_of, source_id.

    Raises
    ------
    SourceError
        An unknown name, quantity, unit, kind of source or year, a figure out of range, or
        one authority's quantity twice for a year.
    """
    published = raw.read_csv(REPORTED)
    where = REPORTED.path
    require_columns(published, _COLUMNS, where)
    for column, known in (
        ("measure", set(_MEASURES)),
        ("source_kind", _KINDS),
        ("exact_or_floor", _NEARNESS),
        ("actual_or_forecast", {"actual", "forecast"}),
        ("unit", {"£m", "%"}),
    ):
        _require_known(published[column], known, f"{where}, {column}")
    years = [financial_year(text, where) for text in published["period"]]
    growth = [_growth(text, where) for text in published["growth_on_year_before"]]
    table = pd.DataFrame(
        {
            "la_code": [
                _code(name, year, geography, where)
                for name, year in zip(published["authority"], years, strict=True)
            ],
            "measure": published["measure"].map(_MEASURES),
            "year": [year.label for year in years],
            "value": _values(published, where),
            "growth_share": [share for share, _ in growth],
            "growth_gbp": [gbp for _, gbp in growth],
            "nearness": published["exact_or_floor"],
            "stands": published["actual_or_forecast"],
            "source_kind": published["source_kind"],
            "source_title": published["source_title"],
            "publisher": published["publisher"],
            "as_of": published["as_of_date"],
            "source_id": REPORTED.source_id,
        }
    )
    keys = ["la_code", "measure", "year"]
    twice = table.loc[table.duplicated(keys), keys].agg(" / ".join, axis=1)
    if len(twice):
        msg = (
            f"{where} states one figure twice: {some(twice)}. Expected one row a quantity "
            "and year. Keep the one nearest its source."
        )
        raise SourceError(msg)
    none = pd.DataFrame(columns=list(OBSERVATION_COLUMNS)).astype({"value": float})
    ordered = table.sort_values(keys, ignore_index=True)
    return Reading(none, companions={"reported_blocks": ordered})


def _require_known(found: pd.Series, known: set[str], where: str) -> None:
    strange = found[~found.isin(known)]
    if len(strange):
        cells = [f"{cell!r} (row {row})" for row, cell in strange.items()]
        msg = (
            f"Unknown word in {where}: {some(cells)}. Expected one of "
            f"{', '.join(sorted(known))}."
        )
        raise SourceError(msg)


def _code(name: str, year: FinancialYear, geography: Geography, where: str) -> str:
    if name == geography.england.name:
        return geography.england.la_code
    return codes_of_names([name], geography, year, where)[0]


def _values(published: pd.DataFrame, where: str) -> list[str]:
    """Pounds, or a share for a growth, as text."""
    found, wrong = [], []
    cells = zip(published["value"], published["unit"], published["measure"], strict=True)
    for row, (cell, unit, measure) in enumerate(cells):
        if not re.fullmatch(r"\d+(\.\d+)?", cell) or not _in_range(
            float(cell), unit, measure
        ):
            wrong.append(f"{cell} {unit} (row {row})")
        elif unit == "%":
            found.append(f"{float(cell) / 100:.6g}")
        else:
            # Rounded, because a decimal times a million is not whole in binary.
            found.append(f"{round(float(cell) * _MILLION)}")
    if wrong:
        msg = (
            f"Out of range in {where}: {some(wrong)}. Expected blocks of "
            f"{_BLOCK_GBP_M[0]:g} to {_BLOCK_GBP_M[1]:g} £m and growth of at most "
            f"{_LARGEST_GROWTH_PCT:g}%. Check the unit of the row."
        )
        raise SourceError(msg)
    return found


def _in_range(number: float, unit: str, measure: str) -> bool:
    if unit == "%":
        return 0.0 <= number <= _LARGEST_GROWTH_PCT
    low, high = _BLOCK_GBP_M
    # A part of a block, such as its deductions, may be small; a block never is.
    return (low if measure.endswith("_deductions") else 0.0) <= number <= high


def _growth(text: str, where: str) -> tuple[str, str]:
    """A stated growth as a share, or as pounds: ``5.9%`` or ``£1.7m``."""
    if not text:
        return "", ""
    if match := re.fullmatch(r"(\d+(?:\.\d+)?)%", text):
        return f"{float(match[1]) / 100:.6g}", ""
    if match := re.fullmatch(r"£(\d+(?:\.\d+)?)m", text):
        return "", f"{round(float(match[1]) * _MILLION)}"
    msg = (
        f"Growth {text!r} in {where} is neither like 5.9% nor like £1.7m. Correct the row."
    )
    raise SourceError(msg)
