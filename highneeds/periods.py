"""The calendars of the published record, kept apart by type.

A January census, a calendar year, an academic year, a financial year and a mid-year
population estimate are different things that all print as a year. Joining two of them
is only possible through a method named here, so the rule used can always be stated.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from functools import total_ordering
from typing import ClassVar, Self

from highneeds.errors import UsageError

_FIRST_YEAR, _LAST_YEAR = 1990, 2100
_THURSDAY = 3
# As in Britain: 31/03/26.
_DAY = re.compile(r"([0-9]{1,2})[/.-]([0-9]{1,2})[/.-]([0-9]{4}|[0-9]{2})")


@total_ordering
@dataclass(frozen=True)
class Period:
    """One period of one calendar. ``end`` is the calendar year in which it ends."""

    end: int
    period_type: ClassVar[str] = ""
    example: ClassVar[str] = ""

    def __post_init__(self) -> None:
        if not _FIRST_YEAR <= self.end <= _LAST_YEAR:
            msg = (
                f"{self.end} is outside {_FIRST_YEAR} to {_LAST_YEAR}, the years this "
                f"package knows. Write the period as {self.example}."
            )
            raise UsageError(msg)

    @property
    def label(self) -> str:
        """The period as people write it."""
        return str(self.end)

    def __str__(self) -> str:
        return self.label

    def __lt__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return self.end < other.end

    def shift(self, years: int) -> Self:
        """The same kind of period, `years` later (or earlier when negative)."""
        return type(self)(self.end + years)

    @classmethod
    def parse(cls, text: str | int) -> Self:
        """Read a period as people write it, e.g. ``2025``; refuse any other calendar."""
        match = re.fullmatch(r"([0-9]{4})", str(text).strip())
        if not match:
            raise UsageError(_not_this_calendar(text, cls))
        return cls(int(match[1]))

    @classmethod
    def asked(cls, text: str | int) -> Self:
        """Read what a person asks for, where only this calendar can be meant."""
        return cls.parse(text)


class _SplitYear(Period):
    """A year that starts in one calendar year and ends in the next."""

    separator: ClassVar[str] = "-"
    # What people put between its two years, where no other calendar can be meant.
    between: ClassVar[str] = "-"
    first_month: ClassVar[int]

    @classmethod
    def of(cls, day: date) -> Self:
        """The year that a day lies in."""
        return cls(day.year + (day.month >= cls.first_month))

    @property
    def label(self) -> str:
        return f"{self.end - 1}{self.separator}{self.end % 100:02d}"

    @classmethod
    def parse(cls, text: str | int) -> Self:
        """Read ``2021-22``, ``2021/22``, or the ``202122`` of published files."""
        pattern = rf"([0-9]{{4}})[{re.escape(cls.separator)}]?([0-9]{{2}})"
        match = re.fullmatch(pattern, str(text).strip())
        if not match or (int(match[1]) + 1) % 100 != int(match[2]):
            raise UsageError(_not_this_calendar(text, cls, cls._meant(str(text))))
        return cls(int(match[1]) + 1)

    @classmethod
    def asked(cls, text: str | int) -> Self:
        """Read also ``21/22``, ``2021-2022`` and ``FY 2021-22``; one year alone is two.

        An academic year has a stroke between its years, as the department writes it.
        """
        years = "[0-9]{2}|[0-9]{4}"
        pattern = rf"(?:FY\s*)?({years})\s*[{cls.between}]\s*({years})"
        match = re.fullmatch(pattern, str(text).strip(), re.IGNORECASE)
        if not match:
            return cls.parse(text)
        last = _in_full(match[1]) + 1
        if match[2] not in (str(last), f"{last % 100:02d}"):
            raise UsageError(_not_this_calendar(text, cls, cls._meant(str(text))))
        return cls(last)

    @classmethod
    def _meant(cls, text: str) -> str:
        """How the year in a text is written, where it is: two ways for a year alone.

        Of a day it is the year that the day lies in, not the day's own number.
        """
        if day := _DAY.fullmatch(text.strip()):
            try:
                return cls.of(date(_in_full(day[3]), int(day[2]), int(day[1]))).label
            except (ValueError, UsageError):
                return ""
        pattern = r"\s*(?:FY\s*)?([0-9]{4}|[0-9]{2})(?![0-9])\s*(.?)"
        match = re.match(pattern, text, re.IGNORECASE)
        year = _in_full(match[1]) if match else 0
        if not match or not _FIRST_YEAR <= year < _LAST_YEAR:
            return ""
        begins = cls(year + 1).label
        return begins if match[2] else f"{cls(year).label} or {begins}"


class Census(Period):
    """The January school and SEN2 census; ``2025`` is January 2025."""

    period_type = "january"
    example = "2025 (January 2025)"

    @property
    def day(self) -> date:
        """The day it counts: the third Thursday of January."""
        first = date(self.end, 1, 1)
        return first + timedelta(days=(_THURSDAY - first.weekday()) % 7 + 14)


class CalendarYear(Period):
    """1 January to 31 December; flows of plans, requests and appeals."""

    period_type = "calendar"
    example = "2024 (calendar year)"


class MidYear(Period):
    """30 June population estimate."""

    period_type = "mid_year"
    example = "2024 (mid-year)"


class AcademicYear(_SplitYear):
    """1 September to 31 August, written ``2016/17``; suspensions and exclusions."""

    period_type = "academic"
    example = "2016/17"
    separator = between = "/"
    first_month = 9

    def census(self) -> Census:
        """The January census taken inside this academic year."""
        return Census(self.end)


class FinancialYear(_SplitYear):
    """1 April to 31 March, written ``2021-22``; all money. A balance closes its year."""

    period_type = "financial"
    # Published, and also a year that a forecast may be asked for.
    example = "2025-26"
    separator = "-"
    between = "-/–"
    first_month = 4

    def census(self) -> Census:
        """The January census taken inside this financial year."""
        return Census(self.end)

    def censuses(self) -> tuple[Census, Census]:
        """The censuses whose pupils this year pays for: April-August, September-March."""
        return Census(self.end - 1), Census(self.end)

    def closes_on(self) -> str:
        """The day the year ends, as words."""
        return f"31 March {self.end}"


PERIOD_TYPES: dict[str, type[Period]] = {
    kind.period_type: kind
    for kind in (Census, CalendarYear, MidYear, AcademicYear, FinancialYear)
}


def parse_period(text: str | int, period_type: str) -> Period:
    """Read `text` as a period of the calendar called `period_type`, as files write it.

    Raises
    ------
    UsageError
        The calendar is unknown, or the text is written for another calendar.
    """
    if period_type not in PERIOD_TYPES:
        msg = (
            f"Unknown calendar {period_type!r}; expected one of {', '.join(PERIOD_TYPES)}."
        )
        raise UsageError(msg)
    return PERIOD_TYPES[period_type].parse(text)


def _in_full(year: str) -> int:
    """The year of two or four digits: 99 is 1999, 26 is 2026."""
    short = int(year)
    if len(year) > len("26"):
        return short
    century = _FIRST_YEAR - _FIRST_YEAR % 100
    return century + short if century + short >= _FIRST_YEAR else century + 100 + short


def _not_this_calendar(text: str | int, kind: type[Period], meant: str = "") -> str:
    calendar = kind.period_type.replace("_", "-")
    article = "an" if calendar[0] in "aeiou" else "a"
    return (
        f"{str(text)!r} is not written as {article} {calendar} period. "
        f"Write it as {meant or kind.example}."
    )
