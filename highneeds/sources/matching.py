"""Published names and codes turned into authorities that existed in the year."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date

import pandas as pd

from highneeds.errors import SourceError, UsageError, some
from highneeds.geography import Area, Geography
from highneeds.periods import FinancialYear

# The 2019-20 tables are in £ million with a long binary tail; sums are exact to this.
HALF_A_PENNY = 0.005


def first_day(year: FinancialYear) -> date:
    """1 April on which a financial year begins; reorganisations take effect that day."""
    return date(year.end - 1, 4, 1)


def in_being(geography: Geography, year: FinancialYear) -> set[str]:
    """Codes of the authorities that existed on the first day of a financial year."""
    day = first_day(year)
    return {area.la_code for area in geography.authorities() if area.existed_on(day)}


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
    """Refuse rows whose code and name mean different authorities.

    Raises
    ------
    SourceError
        A pair disagrees, or a name is unknown.
    """
    printed = list(names)
    meant = codes_of_names(printed, geography, year, where)
    wrong = [
        f"{code} beside {name} ({right})"
        for code, name, right in zip(codes, printed, meant, strict=True)
        if code != right
    ]
    if wrong:
        msg = (
            f"Code and name disagree in {where}: {some(wrong)}. Expected the DfE code of "
            "the authority named. Rows may have slipped: compare with the published table."
        )
        raise SourceError(msg)


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
