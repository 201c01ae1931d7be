"""Cumulative dedicated schools grant balances; a negative balance is a deficit.

Published positive figures are deficits, so every sign is reversed here. For three years
only a percentage of the grant is published and pounds are derived from it; 2022-23 is not
published by authority and is left missing.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from highneeds.errors import SourceError, some
from highneeds.geography import ENGLAND_CODE, Geography
from highneeds.periods import FinancialYear
from highneeds.sources.contract import (
    Issue,
    Reading,
    SourceFile,
    Status,
    area_observations,
)
from highneeds.sources.files import RawFiles
from highneeds.sources.matching import (
    codes_of_names,
    financial_year,
    require_names_agree,
    require_sums,
)
from highneeds.sources.money import numbers, require_unit
from highneeds.sources.section251_extracts import (
    BALANCE_COLUMN,
    SELECTED,
    SELECTED_YEAR,
    read_selected_lines,
)
from highneeds.sources.series import Series

PERCENT = SourceFile(
    "dsg_deficit_percent",
    "finance/dsg_deficit_derived.xlsx",
    "SEND and AP dashboard: DSG carried forward as a percentage of the grant",
    "Department for Education",
    "2019-20 to 2021-22",
    note="Section 251 line 1.9.3; a positive percentage is a deficit. Two decimals.",
    marks=(
        "cell la_name",
        "cell deficit",
        "cell financial_year",
    ),
)
GRANT = SourceFile(
    "dsg_total_by_year",
    "finance/DSG_by_year_dr.xlsx",
    "SEND and AP dashboard: total dedicated schools grant before recoupment",
    "Department for Education",
    "2019-20 to 2023-24",
    note="What the percentages are of; earlier updates than in the summaries workbook.",
    marks=("sheet dsg_budget_20",),
)
FILES = (PERCENT, GRANT)  # and SELECTED, which section251 lists
# Of one edition, or read together with others: added with a build alone.
SERIES: tuple[Series, ...] = ()

MEASURE = "dsg_balance_gbp"
_GRANT_SHEETS = {
    "2019-20": "dsg_budget_20",
    "2020-21": "dsg_budget_2021_03_16",
    "2021-22": "dsg_budget_2022_03_17",
}
# Who receives the grant in the year of the reported balances.
_GRANT_SHEET_2024 = "dsg_budget_2024_03_30"
_COLUMNS = [
    "time_period",
    "geographic_level",
    "region_name",
    "la_name",
    "deficit",
    "DSG cumulative balance as a % of the total income",
    "financial_year",
]
_AUTHORITY, _REGION, _NATIONAL = "Local authority", "Regional", "National"
_TYPES = {"METROPOLITAN AUTHORITIES", "UNITARY AUTHORITIES", "UPPER TIER AUTHORITIES"}
# Half of the last printed decimal, twice: each authority's rounding, and the total's.
_PERCENT_ROUNDING = 0.011
# London is printed 0.010 to 0.015 points below its boroughs in all three years.
_PERCENT_REFUSED = 0.02
# The middle authority's balance has been 1 to 4 per cent of its grant, either way.
_TYPICAL_PERCENT = (0.2, 20.0)


def read(raw: RawFiles, geography: Geography) -> Reading:
    """Read the balances at 31 March of each year.

    Returns
    -------
    Reading
        Cash pounds, negative is a deficit. 2019-20 to 2021-22: authorities, regions and
        England, derived, each out by up to 0.005% of the grant. 2023-24: authorities as
        reported, and the regions they complete (derived); no England, nor two regions,
        for three authorities that receive the grant are missing.

    Raises
    ------
    SourceError
        A name, sign, unit or total is not as described.
    """
    percent = _percent(raw)
    tables, issues = [], []
    for label, sheet in _GRANT_SHEETS.items():
        year = FinancialYear.parse(label)
        grant = _grant(raw, sheet, geography, year)
        deficit = _of_year(percent, geography, year)
        balance = _balance(deficit, grant, geography, year)
        made = -100 * balance / grant[balance.index]
        tables.append(
            area_observations(
                balance, label, MEASURE, PERCENT.source_id, status=Status.DERIVED
            )
        )
        issues += _derived_issues(deficit, balance, made, year)
    reported = -read_selected_lines(raw, geography)[BALANCE_COLUMN]
    where = f"{SELECTED.path}, {BALANCE_COLUMN}"
    require_unit(reported.dropna(), "£", (5e5, 4e8), where)
    require_same_sign(balance, reported, where)
    receiving = _grant(raw, _GRANT_SHEET_2024, geography, SELECTED_YEAR).index
    wholes = complete_sums(reported, receiving, geography)
    tables += [
        area_observations(
            figures, SELECTED_YEAR.label, MEASURE, SELECTED.source_id, status=status
        )
        for figures, status in ((wholes, Status.DERIVED), (reported, Status.OBSERVED))
    ]
    issues += _absent_issues(reported, wholes)
    return Reading(pd.concat(tables, ignore_index=True), issues)


def complete_sums(
    reported: pd.Series, receiving: Iterable[str], geography: Geography
) -> pd.Series:
    """England and the regions: sums of the authorities that receive the grant.

    Missing where one of them is not reported.

    Parameters
    ----------
    reported : Series by DfE code
        Pounds.
    receiving : iterable of str
        Codes of those that receive it, wider areas apart.
    """
    figures = reported[[code for code in receiving if code.isdigit()]]
    regions = pd.Series({code: geography[code].region_code for code in figures.index})
    sums = figures.groupby(regions).sum()
    sums[figures.isna().groupby(regions).any()] = np.nan
    sums[ENGLAND_CODE] = figures.sum(skipna=False)
    return sums


def _percent(raw: RawFiles) -> pd.DataFrame:
    """The percentages as published, both signs checked against each other."""
    rows = raw.read_sheet(PERCENT, "Sheet 1")
    where = PERCENT.path
    if [str(cell) for cell in rows[0]] != _COLUMNS:
        msg = f"{where} has columns {rows[0]}; expected {_COLUMNS}. Check the edition."
        raise SourceError(msg)
    table = pd.DataFrame(rows[1:], columns=_COLUMNS, index=range(2, len(rows) + 1))
    deficit, balance = _COLUMNS[4:6]
    figures = numbers(table[[deficit, balance]].set_axis([4, 5], axis=1), where)
    wrong = (figures[4] + figures[5]).abs() > 1e-9  # noqa: PLR2004
    if wrong.any():
        msg = (
            f"In {where}, {deficit!r} is not the opposite of {balance!r} on rows "
            f"{some(wrong[wrong].index)}. Expected a positive deficit beside a negative "
            "balance. A sign has been changed: do not use the file before it is explained."
        )
        raise SourceError(msg)
    return table.assign(deficit=figures[4])


def _of_year(percent: pd.DataFrame, geography: Geography, year: FinancialYear) -> pd.Series:
    """Deficit in per cent by area code for one year."""
    where = f"{PERCENT.path}, {year}"
    years = percent["financial_year"].map(lambda text: financial_year(str(text), where))
    codes = percent["time_period"].map(lambda text: financial_year(str(text), where))
    rows = percent[(years == year) & (codes == year)]
    if ((years == year) != (codes == year)).any():
        msg = f"time_period and financial_year disagree in {where}. Check the edition."
        raise SourceError(msg)
    level = rows["geographic_level"]
    names = rows["la_name"].where(level == _AUTHORITY, rows["region_name"])
    found = rows["deficit"].set_axis(codes_of_names(names, geography, year, where))
    if found.index.has_duplicates:
        twice = sorted(set(found.index[found.index.duplicated()]))
        msg = f"{where} repeats {some(twice)}. Expected each area once."
        raise SourceError(msg)
    require_percent(found[[code for code in found.index if code.isdigit()]], where)
    return found


def require_percent(figures: pd.Series, where: str) -> None:
    """Refuse percentages that look like shares or like pounds.

    Raises
    ------
    SourceError
        Says what the column looks like.
    """
    low, high = _TYPICAL_PERCENT
    middle = float(figures.abs().median())
    if low <= middle <= high:
        return
    looks = "shares of 1" if low / 100 <= middle <= high / 100 else "another unit"
    msg = (
        f"{where} should be in per cent, but its middle figure, {middle:,.4f}, looks like "
        f"{looks}. Expected {low} to {high}. Check the release; the column has not been "
        "read."
    )
    raise SourceError(msg)


def _grant(
    raw: RawFiles, sheet: str, geography: Geography, year: FinancialYear
) -> pd.Series:
    """Total dedicated schools grant in pounds by area code."""
    where = f"{GRANT.path}, sheet {sheet}"
    header, *rows = raw.read_sheet(GRANT, sheet)
    expected = ["la_code", "la_name", "Total DSG allocation (£s)", "time_period"]
    if [str(cell) for cell in header] != expected:
        msg = f"{where} has columns {header}; expected {expected}. Check the edition."
        raise SourceError(msg)
    table = pd.DataFrame(rows, columns=["label", "name", "grant", "period"])
    table.index = table.index + 2
    if set(table["period"]) != {year.label.replace("-", "")}:
        msg = f"{where} has periods {some(sorted(set(table['period'])))}; expected {year}."
        raise SourceError(msg)
    table = table[~table["label"].isin(_TYPES)]
    table["grant"] = numbers(table[["grant"]].set_axis([2], axis=1), where)[2]
    # London is both a type and a region, with one figure.
    table = table.drop_duplicates(["grant", "name"])
    is_code = table["label"].str.fullmatch(r"\d{3}")
    codes = table["label"].copy()
    codes[~is_code] = codes_of_names(table.loc[~is_code, "label"], geography, year, where)
    require_names_agree(codes[is_code], table.loc[is_code, "name"], geography, year, where)
    grant = table["grant"].set_axis(codes)
    if grant.index.has_duplicates:
        msg = (
            f"{where} repeats {some(grant.index[grant.index.duplicated()])}; expected once."
        )
        raise SourceError(msg)
    authorities = grant[is_code.to_numpy()]
    require_unit(authorities, "£", (4e7, 4e9), where)
    require_sums(authorities, grant[~is_code.to_numpy()], geography, where)
    return grant


def _balance(
    deficit: pd.Series, grant: pd.Series, geography: Geography, year: FinancialYear
) -> pd.Series:
    """Pounds by area code: authorities from the percentages, the rest as their sums."""
    if set(deficit.index) != set(grant.index):
        odd = sorted(set(deficit.index) ^ set(grant.index))
        msg = (
            f"{PERCENT.path} and {GRANT.path} do not cover the same areas in {year}: "
            f"{some(odd)}. Expected a percentage and a grant for each."
        )
        raise SourceError(msg)
    codes = [code for code in grant.index if code.isdigit()]
    # Pence would claim a precision the two published decimals do not have.
    balance = (-deficit[codes] / 100 * grant[codes]).round()
    regions = pd.Series({code: geography[code].region_code for code in codes})
    sums = balance.groupby(regions).sum()
    sums[ENGLAND_CODE] = balance.sum()
    wrong = (-100 * sums / grant[sums.index] - deficit[sums.index]).abs() > _PERCENT_REFUSED
    if wrong.any():
        found = [geography[code].name for code in wrong[wrong].index]
        msg = (
            f"Authorities' balances do not make the published percentage of {some(found)} "
            f"in {year}. Expected agreement to {_PERCENT_REFUSED}. A name may be matched "
            "to the wrong authority, or a percentage altered."
        )
        raise SourceError(msg)
    return pd.concat([sums, balance])


def require_same_sign(earlier: pd.Series, later: pd.Series, where: str) -> None:
    """Deficits persist: authorities' balances must not all have changed sides.

    Raises
    ------
    SourceError
        They have.
    """
    pairs = pd.DataFrame({"earlier": earlier, "later": later}).dropna()
    pairs = pairs[pairs.index.str.isdigit()]
    if (pairs["earlier"] * pairs["later"]).sum() <= 0:
        msg = (
            f"{where} has the opposite sign to the earlier balances in most authorities. "
            "Expected a positive figure to be a deficit, as in section 251 line 1.9.3. "
            "Check the release's sign before reading it."
        )
        raise SourceError(msg)


_DERIVED = (
    "Published as a percentage of the grant to two decimals. Pounds are derived with the "
    "sign reversed, so each authority's is out by up to 0.005% of its grant; England and "
    "the regions are sums of the authorities that receive the grant."
)
_OUT = (
    "The authorities make another percentage than the one printed for the whole. Not "
    "explained by the publisher; the sum of the authorities is used."
)


def _derived_issues(
    deficit: pd.Series, balance: pd.Series, made: pd.Series, year: FinancialYear
) -> list[Issue]:
    """England, to say how the year was derived, and any whole its parts do not make."""
    why = {
        code: f"{_OUT} They make {made[code]:.3f}%."
        for code in made.index
        if abs(made[code] - deficit[code]) > _PERCENT_ROUNDING
    }
    return [
        Issue(
            issue_id=f"dsg-balance-{year}-{code}",
            measure=MEASURE,
            la_code=code,
            year=year.label,
            published=f"{deficit[code]:.2f}% in deficit",
            used=f"{balance[code]:.0f}",
            why=reason,
            status=str(Status.DERIVED),
            source_id=PERCENT.source_id,
        )
        for code, reason in {ENGLAND_CODE: _DERIVED, **why}.items()
    ]


def _absent_issues(reported: pd.Series, wholes: pd.Series) -> list[Issue]:
    absent = list(reported.index[reported.isna()])
    present = len(reported) - len(absent)
    total = f"{-reported.sum():.0f} ({present} added, positive is a deficit)"
    short = (
        f"Only {present} of {len(reported)} authorities are in the extract; their net "
        f"deficit, £{-reported.sum():,.0f}, is not England's."
    )
    reasons = {
        **dict.fromkeys(wholes.index[wholes.isna()], ("", _REGION_SHORT)),
        **dict.fromkeys(absent, ("", "The authority is not in the extract.")),
        ENGLAND_CODE: (total, short),
    }
    derived = dict.fromkeys(wholes.index[wholes.notna()], _REGION_SUM)
    return [
        _issue_2024(code, published, "", why, Status.UNAVAILABLE)
        for code, (published, why) in reasons.items()
    ] + [
        _issue_2024(code, "", f"{wholes[code]:.0f}", why, Status.DERIVED)
        for code, why in derived.items()
    ]


_REGION_SHORT = "An authority of the region that receives the grant is not in the extract."
_REGION_SUM = (
    "The publisher gives no region. Every authority of this one that receives the grant is "
    "in the extract, so their sum is the region's."
)


def _issue_2024(code: str, published: str, used: str, why: str, status: Status) -> Issue:
    return Issue(
        issue_id=f"dsg-balance-{SELECTED_YEAR}-{code}",
        measure=MEASURE,
        la_code=code,
        year=SELECTED_YEAR.label,
        published=published,
        used=used,
        why=why,
        status=str(status),
        source_id=SELECTED.source_id,
    )
