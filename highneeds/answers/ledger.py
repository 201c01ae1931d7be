"""The ledger of a year under way: spending to date by month, out of own figures."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from highneeds.answers.monitor import MONTHS, months_passed
from highneeds.errors import UsageError, some
from highneeds.own.figures import OwnFigures
from highneeds.own.measures import NET_OF_DIRECT_PLACES, PROVISIONS
from highneeds.periods import FinancialYear
from highneeds.words import millions

MEASURE, TOTAL = "ledger_gbp", "total"
_MONTH = re.compile(r"(\d{4})-(\d{2})")
_APRIL = 4
# Pence are rounded in every line of a ledger.
_ROUNDING_GBP = 5.0


@dataclass(frozen=True)
class Ledger:
    """Spending to date in one financial year, £, as stood at the end of one month.

    ``to_date`` and ``before`` hold it by provision, or `TOTAL`, and month (1 is April) for
    the year and for the one before; no month after ``months`` is in the former.
    ``coverage`` says whether places funded directly are counted.
    """

    year: FinancialYear
    months: int
    to_date: Mapping[str, Mapping[int, float]]
    before: Mapping[str, Mapping[int, float]]
    coverage: str

    @property
    def ends(self) -> str:
        """The month as words: ``the end of October``."""
        return f"the end of {MONTHS[self.months - 1]}"

    def at(self, months: int) -> Ledger:
        """The same ledger as it stood at the end of an earlier month."""
        kept = {
            name: {month: value for month, value in found.items() if month <= months}
            for name, found in self.to_date.items()
        }
        return Ledger(self.year, months, _filled(kept), self.before, self.coverage)


def ledger_of(own: OwnFigures, month: str = "") -> Ledger:
    """The ledger that a file of own figures holds, to the end of a month.

    Parameters
    ----------
    month : str
        By name, by ledger period (``P7`` is October), or as the file writes it
        (``2026-10``); the file's last when empty.

    Raises
    ------
    UsageError
        The file holds no ledger, or none to that month; provisions come to more than the
        total, or differ from it where all are given.
    """
    years: dict[FinancialYear, dict[str, dict[int, float]]] = {}
    coverages = set()
    for one in own.figures:
        if one.measure != MEASURE:
            continue
        year, number = month_of(one.at)
        kind, _, value = one.breakdown.partition("/")
        name = TOTAL if kind == TOTAL else value
        years.setdefault(year, {}).setdefault(name, {})[number] = one.value
        coverages.add(one.coverage or NET_OF_DIRECT_PLACES)
    if not years:
        msg = (
            f"{own.file_name} holds no ledger of {own.area.name}. Expected {MEASURE} by "
            "month, written YYYY-MM, in total or by provision; see `highneeds inputs "
            "template`."
        )
        raise UsageError(msg)
    if len(coverages) > 1:
        msg = (
            f"{own.file_name}: {MEASURE} is given with {some(sorted(coverages))}. Expected "
            "one coverage of all its months and provisions."
        )
        raise UsageError(msg)
    year = max(years)
    last = max(number for found in years[year].values() for number in found)
    asked = _asked(month, year, last, own) if month else last
    ledger = Ledger(year, last, years[year], years.get(year.shift(-1), {}), coverages.pop())
    ledger = ledger.at(asked)
    _check_sums(ledger, own)
    return ledger


def month_of(label: str) -> tuple[FinancialYear, int]:
    """The financial year of a month written 2026-10, and its place there: 7.

    Raises
    ------
    UsageError
        It is not written so.
    """
    match = _MONTH.fullmatch(label)
    if not match or not 1 <= int(match[2]) <= len(MONTHS):
        msg = f"{label!r} is not a month. Expected year and month, as YYYY-MM."
        raise UsageError(msg)
    year, number = int(match[1]), int(match[2])
    within = (number - _APRIL) % len(MONTHS)
    return FinancialYear(year + (number >= _APRIL)), within + 1


def _asked(month: str, year: FinancialYear, last: int, own: OwnFigures) -> int:
    if _MONTH.fullmatch(month):
        given, number = month_of(month)
        asked = number if given == year else 0
    else:
        asked = months_passed(month)
    if not 1 <= asked <= last:
        msg = (
            f"{own.file_name} holds the ledger of {year} to {MONTHS[last - 1]}. Expected a "
            f"month from April to {MONTHS[last - 1]} of that year, not {month!r}."
        )
        raise UsageError(msg)
    return asked


def _filled(found: Mapping[str, Mapping[int, float]]) -> dict[str, Mapping[int, float]]:
    return {name: values for name, values in found.items() if values}


def _check_sums(ledger: Ledger, own: OwnFigures) -> None:
    """Refuse provisions that cannot be parts of the total beside them."""
    faults = []
    for month, whole in ledger.to_date.get(TOTAL, {}).items():
        parts = {
            name: found[month]
            for name, found in ledger.to_date.items()
            if name != TOTAL and month in found
        }
        over = sum(parts.values()) - whole
        lacking = set(PROVISIONS) - set(parts)
        if parts and (over > _ROUNDING_GBP or (not lacking and over < -_ROUNDING_GBP)):
            faults.append(
                f"to {MONTHS[month - 1]} provisions come to £{sum(parts.values()):,.2f} "
                f"and the total to £{whole:,.2f}"
            )
    if faults:
        msg = (
            f"{own.file_name}: {MEASURE} of {ledger.year}: {some(faults)}. Expected "
            "provisions that are parts of the total. Correct one of them."
        )
        raise UsageError(msg)
    for name, found in ledger.to_date.items():
        least = min(found.values())
        if least < 0 or (name == TOTAL and not least):
            msg = (
                f"{own.file_name}: {MEASURE} of {ledger.year}, {name}: {millions(least)} "
                "is no spending to date. Expected pounds from 1 April on, income taken off."
            )
            raise UsageError(msg)
