"""Working days against the bank holidays of England as the government lists them."""

from datetime import date

import pytest

from highneeds.inspections.working_days import (
    bank_holidays,
    working_days_after,
    working_days_between,
)


@pytest.mark.parametrize(
    ("year", "days"),
    [
        # An extra day for the jubilee and the spring holiday moved; the Queen's funeral.
        (2022, ["01-03", "04-15", "04-18", "05-02", "06-02", "06-03", "08-29", "09-19"]),
        # The early May holiday moved to VE Day.
        (2020, ["01-01", "04-10", "04-13", "05-08", "05-25", "08-31", "12-25"]),
        # An extra day for a wedding; another jubilee.
        (2011, ["01-03", "04-22", "04-25", "04-29", "05-02", "05-30", "08-29", "12-26"]),
        (2012, ["01-02", "04-06", "04-09", "05-07", "06-04", "06-05", "08-27", "12-25"]),
        (2017, ["01-02", "04-14", "04-17", "05-01", "05-29", "08-28", "12-25", "12-26"]),
    ],
)
def test_bank_holidays(year, days):
    expected = [date.fromisoformat(f"{year}-{day}") for day in days]
    assert bank_holidays(year)[: len(expected)] == expected


@pytest.mark.parametrize(
    ("year", "december"),
    [(2020, (25, 28)), (2021, (27, 28)), (2022, (26, 27)), (2023, (25, 26))],
)
def test_christmas_on_and_near_a_weekend(year, december):
    # 25 December was a Friday in 2020, a Saturday in 2021, a Sunday in 2022.
    assert [day.day for day in bank_holidays(year) if day.month == 12] == list(december)


def test_weekends_and_holidays_are_not_counted():
    # Friday 22 December 2017: then 25 and 26 are holidays, 27 is the first working day.
    assert working_days_after(date(2017, 12, 22), 1) == date(2017, 12, 27)
    assert working_days_between(date(2017, 12, 22), date(2017, 12, 29)) == 3


def test_counting_back_and_over_a_new_year():
    assert working_days_after(date(2018, 1, 2), -1) == date(2017, 12, 29)
    assert working_days_after(date(2017, 12, 29), 1) == date(2018, 1, 2)
