"""Working days in England, as inspection deadlines count them."""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache

import numpy as np

from highneeds.policy import policy

_MONDAY, _SATURDAY = 0, 5
# Christmas and Boxing Day as taken when Christmas is a Friday, Saturday or Sunday.
_CHRISTMAS = {4: (25, 28), 5: (27, 28), 6: (26, 27)}


def working_days_after(day: date, count: int) -> date:
    """The day that many working days after `day`, which is not counted itself."""
    return _as_date(
        np.busday_offset(day, count, roll="backward", holidays=_holidays(day.year))
    )


def working_days_between(first: date, last: date) -> int:
    """Working days after `first` up to and including `last`."""
    day = timedelta(days=1)
    return int(np.busday_count(first + day, last + day, holidays=_holidays(first.year)))


@cache
def _holidays(year: int) -> list[date]:
    """Bank holidays of a year and the one after it."""
    return [day for one in (year, year + 1) for day in bank_holidays(one)]


def bank_holidays(year: int) -> list[date]:
    """Bank holidays in England in a year, those moved from a weekend included."""
    easter = _easter(year)
    december = _CHRISTMAS.get(date(year, 12, 25).weekday(), (25, 26))
    days = [
        _from_weekend(date(year, 1, 1)),
        easter - timedelta(days=2),
        easter + timedelta(days=1),
        _monday_from(date(year, 5, 1)),
        _monday_from(date(year, 5, 25)),
        _monday_from(date(year, 8, 25)),
        *(date(year, 12, day) for day in december),
    ]
    moved = policy("bank_holidays_moved").days
    added = [day for day in policy("bank_holidays_added").days if day.year == year]
    return sorted([*(day for day in days if day not in moved), *added])


def _from_weekend(day: date) -> date:
    past = day.weekday() - _SATURDAY
    return day + timedelta(days=2 - past) if past >= 0 else day


def _monday_from(day: date) -> date:
    return day + timedelta(days=(_MONDAY - day.weekday()) % 7)


def _easter(year: int) -> date:
    from pandas.tseries.offsets import Easter

    return (Easter() + date(year, 1, 1)).date()


def _as_date(day: np.datetime64) -> date:
    return day.astype("datetime64[D]").astype(date)
