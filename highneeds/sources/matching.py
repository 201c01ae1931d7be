"""Published names and codes turned into authorities that existed in the year."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any

import pandas as pd

from highneeds.errors import SourceError, UsageError, some
from highneeds.geography import Area, Geography
from highneeds.periods import AcademicYear, FinancialYear, Period

# The 2019-20 tables are in £ million with a long binary tail; sums are exact to this.
HALF_A_PENNY = 0.005
# Month and day of the year in which a period ends.
_LAST_DAYS = {
    "january": (1, 15),
    "calendar": (12, 31),
    "mid_year": (6, 30),
    "academic": (8, 31),
    "financial": (3, 31),
}


def first_day(year: FinancialYear) -> date:
    """1 April on which a financial year begins; reorganisations take effect that day."""
    return date(year.end - 1, 4, 1)


def in_being(geography: Geography, year: FinancialYear) -> set[str]:
    """Codes of the authorities that existed on the first day of a financial year."""
    day = first_day(year)
    return {area.la_code for area in geography.authorities() if area.existed_on(day)}


def returned_between(period: Period) -> tuple[date, date]:
    """The days on one of which an authority was in being that has figures of a period.

    Flows of a calendar year are returned by the authorities of its last day; an academic
    year is returned by those of before and after a reorganisation within it.
    """
    last = date(period.end, *_LAST_DAYS[period.period_type])
    if period.period_type == AcademicYear.period_type:
        return date(period.end - 1, 9, 1), last
    return last, last


def financial_year(text: str, where: str) -> FinancialYear:
    """Read a financial year as a file writes it.

    Raises
    ------
    SourceError
        The text is written for another calendar.
    """
    try:
        return FinancialYear.parse(text)
    except UsageError as error:
        msg = f"{where} has the year {text!r}: {error} Check the edition."
        raise SourceError(msg) from None


def codes_of_names(
    names: Iterable[str], geography: Geography, year: FinancialYear, where: str
) -> list[str]:
    """DfE codes of names as published in a financial year.

    Raises
    ------
    SourceError
        A name is unknown or ambiguous.
    """
    day = first_day(year)
    return _codes(names, lambda name: geography.from_name(name, day), where)


def codes_of_ons(ons_codes: Iterable[str], geography: Geography, where: str) -> list[str]:
    """DfE codes of ONS codes, old or new.

    Raises
    ------
    SourceError
        A code is unknown.
    """
    return _codes(ons_codes, geography.from_ons, where)


def require_names_agree(
    codes: Iterable[str],
    names: Iterable[str],
    geography: Geography,
    year: FinancialYear,
    where: str,
) -> None:
    """The same check of rows of one financial year, by code and name.

    Raises
    ------
    SourceError
        See `require_one_area`.
    """
    rows = pd.DataFrame({"la_code": list(codes), "name": list(names)})
    require_one_area(rows.assign(first=first_day(year)), geography, where)


def require_one_area(rows: pd.DataFrame, geography: Geography, where: str) -> None:
    """Refuse rows whose code, ONS code, name and period are not of one authority.

    The one check of who a row is of, for every reader. A blank says nothing. A name that
    nobody knows is another spelling where an ONS code of the row says whose it is.

    Parameters
    ----------
    rows : DataFrame
        ``la_code`` of the row as read; of ``ons_code``, ``name`` and ``region_name`` what
        the table prints; ``first`` and ``last``, the days between which the authority must
        have been in being, the same where there is no ``last``, none where no ``first``.
        Its index, where it is called "line", says where each row stands.

    Raises
    ------
    SourceError
        Names the first rows, with who each of their marks is of, and counts the rest.
    """
    given = [one for one in _MARKS if one in rows]
    lines = rows.groupby(given, sort=False, dropna=False).groups
    numbered = rows.index.name == "line"
    wrong = []
    for mark, places in lines.items():
        row = dict(zip(given, mark if isinstance(mark, tuple) else (mark,), strict=True))
        if why := _not_one(row, geography):
            there = f"line {some(places, _LINES_SHOWN)}: " if numbered else ""
            wrong.append(f"{there}{why}")
    if wrong:
        msg = (
            f"{where} has rows of which it cannot be told whose they are: {some(wrong)}. "
            "Expected the code, the ONS code and the name of one authority, in being in "
            "that period. Codes may be exchanged, sorted by themselves or of an authority "
            "that is no more: compare with the published table, download it again."
        )
        raise SourceError(msg)


_MARKS = ("la_code", "ons_code", "name", "first", "last")
_LINES_SHOWN = 3


def _not_one(row: Mapping[str, Any], geography: Geography) -> str:
    """Why the marks of a row are not of one area; empty where they are."""
    code = str(row["la_code"])
    if code not in geography.areas:
        return f"{code!r} is no code of an English authority"
    area = geography[code]
    ons_code, name = (_text(row.get(one)) for one in ("ons_code", "name"))
    first = row.get("first")
    last = row.get("last", first)
    first, last = (None if pd.isna(one) else one for one in (first, last))
    meant = _meant(ons_code, geography.from_ons) if ons_code else area
    if meant is None:
        return f"{code} beside {ons_code}, which is no ONS code of an area"
    if meant.la_code != code:
        return f"{code} ({area.name}) beside {ons_code} ({meant})"
    called = _meant(name, lambda text: geography.from_name(text, first)) if name else area
    if called is None and not ons_code:
        return f"{code} beside {name!r}, which is no known name"
    if called and code not in {called.la_code, *_codes_called(called, geography)}:
        return f"{code} beside {name} ({called.la_code})"
    if first is not None and last is not None and not _lived(area, first, last):
        return f"{area.dated}, which was not in being on {last:%-d %B %Y}"
    return ""


def _text(cell: object) -> str:
    return cell.strip() if isinstance(cell, str) else ""


def _codes_called(area: Area, geography: Geography) -> set[str]:
    return {one.la_code for one in geography.namesakes(area)}


def _lived(area: Area, first: date, last: date) -> bool:
    return area.first_date <= last and area.last_date >= first


def _meant(text: str, find: Callable[[str], Area]) -> Area | None:
    try:
        return find(text)
    except UsageError:
        return None


def require_sums(
    parts: pd.Series, wholes: pd.Series, geography: Geography, where: str
) -> None:
    """Refuse published totals that the authorities do not add up to.

    Parameters
    ----------
    parts : Series by DfE code
        Every authority's figure.
    wholes : Series by region or England code
        The published totals.

    Raises
    ------
    SourceError
        Names each total that is out, and by how much.
    """
    regions = pd.Series({code: geography[code].region_code for code in parts.index})
    sums = parts.groupby(regions).sum()
    sums[geography.england.la_code] = parts.sum()
    short = sums.reindex(wholes.index).fillna(0) - wholes
    wrong = short[short.abs() > HALF_A_PENNY]
    if len(wrong):
        found = [f"{geography[code].name} by {wrong[code]:,.0f}" for code in wrong.index]
        msg = (
            f"Authorities do not add up to the published total in {where}: {some(found)}. "
            "Expected no difference. A row is missing, repeated or altered: download again."
        )
        raise SourceError(msg)


def _codes(texts: Iterable[str], find: Callable[[str], Area], where: str) -> list[str]:
    codes, unknown = [], []
    for text in texts:
        try:
            codes.append(find(text).la_code)
        except UsageError:
            unknown.append(repr(text))
    if unknown:
        msg = (
            f"Unknown or ambiguous area in {where}: {some(unknown)}. Expected the name or "
            "code of an English authority of that year. Add the spelling to the aliases."
        )
        raise SourceError(msg)
    return codes
