"""Balances in the publisher's table of section 251 outturn, which a user adds for its year.

The table has a row for each line of each authority and year; of them line 1.9.3 is read,
the dedicated schools grant carried forward to the next year. Its sign is reversed, as in
``balances``: the record holds a deficit below zero.
"""

from __future__ import annotations

import pandas as pd

from highneeds.errors import SourceError, some
from highneeds.geography import ENGLAND_CODE, Geography
from highneeds.periods import FinancialYear
from highneeds.sources.balances import MEASURE, complete_sums, require_same_sign
from highneeds.sources.beside import require_beside
from highneeds.sources.contract import (
    Issue,
    Reading,
    SourceFile,
    Status,
    area_observations,
    observations,
    require_columns,
    split_symbols,
)
from highneeds.sources.files import RawFiles
from highneeds.sources.matching import financial_year, in_being, require_names_agree
from highneeds.sources.money import require_unit
from highneeds.sources.releases import layout_of, require_known_columns
from highneeds.sources.series import Series

OUTTURN = SourceFile(
    "s251_expenditure",
    "s251_alleducation_la_regional_national.csv",
    "LA and school expenditure: section 251 outturn, every line by authority",
    "Department for Education",
    "as the user adds it",
    note="Line 1.9.3, gross: its sign is reversed.",
)

_LINE, _VALUE = "category_of_expenditure", "gross_expenditure"
# By its number and the space after it: 1.9.3 must not be met in 1.9.31.
_NUMBER = "1.9.3 "
_WORDS = "carried forward to next year"
_AUTHORITY, _NATIONAL = "Local authority", "National"
# Before it the grant was reported otherwise, and no balance is held.
_FIRST = FinancialYear.parse("2019-20")
_TYPICAL = (5e5, 4e8)
# Not in the tables of the grant, so that sums are complete without them.
_WITHOUT_GRANT = {"201", "420"}
# Gross, income and net, each rounded to £1.
_ROUNDING = 1.5


def read(raw: RawFiles, geography: Geography, held: pd.DataFrame) -> Reading:
    """Read the balances at 31 March of each year of the table.

    Parameters
    ----------
    held : DataFrame
        Balances held, whose signs those of the table must not all have left.

    Returns
    -------
    Reading
        Cash pounds, negative is a deficit: authorities and England as published, regions
        as the sums of their authorities (derived), for London is published in halves.

    Raises
    ------
    SourceError
        A column, line, code, unit, sign or total is not as described, or gross spending is
        not net spending and income.
    """
    table = raw.read_csv(OUTTURN)
    columns = ["geographic_level", "old_la_code", "la_name", "time_period", _LINE, _VALUE]
    require_columns(table, columns, OUTTURN.path)
    require_known_columns(table, OUTTURN.source_id, OUTTURN.path)
    rows = table[table[_LINE].str.strip().str.startswith(_NUMBER)]
    strangers = sorted(set(rows[_LINE]))
    if len(strangers) != 1 or _WORDS not in strangers[0]:
        msg = (
            f"{OUTTURN.path} has the line {_NUMBER.strip()} as "
            f"{some(strangers) or 'none'}; expected one, the dedicated schools grant "
            f"{_WORDS}. Check the release's data guidance: a line that was renumbered is "
            "another figure."
        )
        raise SourceError(msg)
    tables, issues = [], []
    for text, of_year in rows.groupby("time_period", sort=True):
        year = financial_year(str(text), OUTTURN.path)
        if year >= _FIRST:
            found, told = _of_year(of_year, geography, year, held)
            tables += found
            issues += told
    # Last, because what is wrong above says which unit or sign a column looks like.
    require_beside(rows, layout_of(OUTTURN.source_id), OUTTURN.path, within=_ROUNDING)
    return Reading(pd.concat(tables, ignore_index=True), issues)


def _of_year(
    rows: pd.DataFrame, geography: Geography, year: FinancialYear, held: pd.DataFrame
) -> tuple[list[pd.DataFrame], list[Issue]]:
    where = f"{OUTTURN.path}, {_NUMBER}of {year}"
    figures = split_symbols(rows[_VALUE], where)
    figures["value"] = -figures["value"] + 0.0
    level = rows["geographic_level"].str.strip()
    figures = figures[level == _AUTHORITY].set_axis(
        _codes(rows[level == _AUTHORITY], geography, year, where)
    )
    balance = _in_being(figures, geography, year, where)["value"]
    require_unit(balance.dropna(), "£", _TYPICAL, where)
    require_same_sign(_nearest(held, year), balance, where)
    national = split_symbols(rows.loc[level == _NATIONAL, _VALUE], where)["value"]
    expected = (in_being(geography, year) - _WITHOUT_GRANT) | set(balance.dropna().index)
    wholes = complete_sums(balance.reindex(sorted(expected)), expected, geography)
    _require_total(wholes[ENGLAND_CODE], -national, len(balance), where)
    authorities = figures.loc[balance.index].rename_axis("la_code").reset_index()
    tables = [
        area_observations(
            wholes, year.label, MEASURE, OUTTURN.source_id, status=Status.DERIVED
        ),
        observations(
            authorities.assign(year=year.label),
            measure=MEASURE,
            figures=authorities,
            source_id=OUTTURN.source_id,
        ),
    ]
    return tables, [_summed(code, wholes[code], year) for code in wholes.index]


def _codes(
    rows: pd.DataFrame, geography: Geography, year: FinancialYear, where: str
) -> pd.Index:
    codes = rows["old_la_code"].str.strip()
    unknown = sorted(set(codes) - geography.areas.keys())
    twice = sorted(set(codes[codes.duplicated()]))
    if unknown or twice:
        msg = (
            f"{where} has unknown authorities ({some(unknown) or 'none'}) or one twice "
            f"({some(twice) or 'none'}). Expected the three-digit code of each, once. "
            "Download the file again."
        )
        raise SourceError(msg)
    here = codes.isin(in_being(geography, year))
    require_names_agree(codes[here], rows.loc[here, "la_name"], geography, year, where)
    return pd.Index(codes)


def _in_being(
    figures: pd.DataFrame, geography: Geography, year: FinancialYear, where: str
) -> pd.DataFrame:
    """Rows of authorities of the year; those of others can only have symbols."""
    here = figures.index.isin(in_being(geography, year))
    stray = figures[~here & figures["value"].fillna(0).ne(0).to_numpy()]
    if len(stray):
        msg = (
            f"{where} has a balance of authorities not in being: {some(stray.index)}. "
            "Expected symbols there. Check the years and the codes."
        )
        raise SourceError(msg)
    return figures[here]


def _nearest(held: pd.DataFrame, year: FinancialYear) -> pd.Series:
    """Balances held of the year itself, or of the last one before it."""
    mine = held[
        (held["measure"] == MEASURE)
        & (held["geography_level"] == "la")
        & held["value"].notna()
        & (held["year"] <= year.label)
    ]
    last = mine[mine["year"] == mine["year"].max()]
    return last.set_index("la_code")["value"]


def _require_total(found: float, published: pd.Series, count: int, where: str) -> None:
    """England as printed must be its authorities' sum, each rounded to £1."""
    wrong = published[(published - found).abs() > count]
    if len(wrong):
        msg = (
            f"Authorities do not add up to the published total in {where}: they make "
            f"£{-found:,.0f}, printed is £{-wrong.iloc[0]:,.0f}. Expected no difference. A "
            "row is missing, repeated or altered: download again."
        )
        raise SourceError(msg)


def _summed(code: str, total: float, year: FinancialYear) -> Issue:
    known = pd.notna(total)
    return Issue(
        issue_id=f"dsg-balance-{year}-{code}",
        measure=MEASURE,
        la_code=code,
        year=year.label,
        published="",
        used=f"{total:.0f}" if known else "",
        why=_SUM if known else _SHORT,
        status=str(Status.DERIVED if known else Status.UNAVAILABLE),
        source_id=OUTTURN.source_id,
    )


_SUM = "The sum of its authorities that receive the grant, each with a figure."
_SHORT = "An authority of it that receives the grant has no figure, so there is no sum."


SERIES = (Series("balances", OUTTURN, read),)
