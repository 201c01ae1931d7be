"""The period of an own figure, from what people write and from what spreadsheets hold."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import TypeVar

from highneeds.errors import UsageError
from highneeds.own.measures import Calendar
from highneeds.periods import CalendarYear, FinancialYear

_Year = TypeVar("_Year", FinancialYear, CalendarYear)
_MONTHS = (
    *("january", "february", "march", "april", "may", "june", "july"),
    *("august", "september", "october", "november", "december"),
)
_SHORTEST = 3
# Digits of other scripts are digits to Python, and not to who checks a statement.
_DAY = "([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})"
_TIME = r"(?:[01][0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9](?:\.[0-9]+)?)?"
_IN_WORDS = "([0-9]{1,2})(?:[a-z]{2})? ([a-z]+),? ([0-9]{4})"
_EXPECTED: dict[Calendar, str] = {
    "closing": "the financial year it closes, such as {year}, or its last day, {closes}",
    "financial": "a financial year, such as {year}",
    "calendar": "a calendar year, such as {end}",
    "day": "a day, such as {end}-11-14",
    "month": "a month, such as {end}-10 or October {end}",
    "as_at": "the day it was stated, such as {end}-11-14",
}


def expected(calendar: Calendar, year: FinancialYear) -> str:
    """How a period of a calendar is written, for messages."""
    closes = f"{year.end}-03-31"
    return _EXPECTED[calendar].format(year=year.label, end=year.end, closes=closes)


def label_of(written: object, calendar: Calendar) -> str:
    """The label of a period: "2025-26", "2025", "2026-10" or "2026-11-14".

    Parameters
    ----------
    written : str, int, float, date
        What the file holds; a spreadsheet makes days and numbers of what is typed.

    Raises
    ------
    ValueError
        It is no period of that calendar.
    """
    day = day_of(written)
    text = _text(written)
    if calendar in ("closing", "financial"):
        return _financial(day, text, calendar).label
    if calendar == "calendar":
        return _period(CalendarYear, text).label
    if calendar == "month":
        return _month(day, text)
    if day is None:
        msg = f"{text!r} is no day"
        raise ValueError(msg)
    return day.isoformat()


def last_day(label: str, calendar: Calendar) -> date:
    """The last day of a period."""
    if calendar in ("closing", "financial"):
        return date(FinancialYear.parse(label).end, 3, 31)
    if calendar == "calendar":
        return date(int(label), 12, 31)
    if calendar == "month":
        year, month = map(int, label.split("-"))
        following = date(year + month // 12, month % 12 + 1, 1)
        return date.fromordinal(following.toordinal() - 1)
    return date.fromisoformat(label)


def day_of(written: object) -> date | None:
    """The day that something written is: ISO, as in Britain, in words or a cell's own."""
    if isinstance(written, datetime):
        return written.date()
    if isinstance(written, date):
        return written
    text = _text(written)
    found = re.fullmatch(rf"{_DAY}(?:[T ]{_TIME})?", text)
    if found:
        return _date(*map(int, found.groups()))
    found = re.fullmatch(r"([0-9]{1,2})[/.]([0-9]{1,2})[/.]([0-9]{4})", text)
    if found:
        return _date(*map(int, reversed(found.groups())))
    found = re.fullmatch(_IN_WORDS, text.casefold())
    if found and (month := _number(found[2])):
        return _date(int(found[3]), month, int(found[1]))
    return None


def _financial(day: date | None, text: str, calendar: Calendar) -> FinancialYear:
    if day is None:
        return _period(FinancialYear, text)
    year = FinancialYear.of(day)
    if calendar != "closing":
        msg = f"{day.isoformat()} is a day, not a financial year; {year} has that day in it"
        raise ValueError(msg)
    if day != last_day(year.label, "closing"):
        msg = (
            f"{day.isoformat()} closes no financial year; the balance of {year} is of "
            f"{year.closes_on()}"
        )
        raise ValueError(msg)
    return year


def _month(day: date | None, text: str) -> str:
    found = re.fullmatch(r"([0-9]{4})-([0-9]{1,2})", text)
    worded = re.fullmatch(r"([a-z]+)[ -]([0-9]{4})", text.casefold())
    if day is not None:
        # What a spreadsheet makes of "Oct 2026" is its first day.
        if 1 not in (day.day, date.fromordinal(day.toordinal() + 1).day):
            msg = f"{day.isoformat()} is neither the first nor the last day of a month"
            raise ValueError(msg)
        year, month = day.year, day.month
    elif found and int(found[2]) in range(1, 13):
        year, month = int(found[1]), int(found[2])
    elif worded and (named := _number(worded[1])):
        year, month = int(worded[2]), named
    else:
        msg = f"{text!r} is no month of a year"
        raise ValueError(msg)
    _date(year, month, 1)
    _period(CalendarYear, str(year))
    return f"{year}-{month:02d}"


def _period(kind: type[_Year], text: str) -> _Year:
    try:
        return kind.asked(text)
    except UsageError as error:
        raise ValueError(str(error).removesuffix(".")) from None


def _date(year: int, month: int, day: int) -> date:
    try:
        found = date(year, month, day)
    except ValueError:
        msg = f"{year}-{month:02d}-{day:02d} is no day of the calendar"
        raise ValueError(msg) from None
    _period(CalendarYear, str(year))
    return found


def _number(name: str) -> int | None:
    if len(name) < _SHORTEST:
        return None
    return next((i for i, one in enumerate(_MONTHS, 1) if one.startswith(name)), None)


def _text(written: object) -> str:
    if isinstance(written, float) and written.is_integer():
        return str(int(written))
    return str(written).strip()
