"""Periods of five calendars: read, written, compared, and never taken for one another."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from highneeds.errors import UsageError
from highneeds.periods import (
    PERIOD_TYPES,
    AcademicYear,
    CalendarYear,
    Census,
    FinancialYear,
    MidYear,
    parse_period,
)

KINDS = list(PERIOD_TYPES.values())
SINGLE = [Census, CalendarYear, MidYear]
YEARS = st.integers(1990, 2100)
kinds = st.sampled_from(KINDS)


@given(kind=kinds, end=YEARS)
def test_a_label_reads_back_as_the_same_period(kind, end):
    period = kind(end)
    assert kind.parse(period.label) == period
    assert parse_period(str(period), kind.period_type) == period


@given(end=YEARS)
def test_the_six_digits_of_published_files_read_as_split_years(end):
    digits = f"{end - 1}{end % 100:02d}"
    assert AcademicYear.parse(digits) == AcademicYear(end)
    assert FinancialYear.parse(digits) == FinancialYear(end)


@given(kind=kinds, end=st.integers(2000, 2090), years=st.integers(-10, 10))
def test_a_shift_there_and_back_changes_nothing(kind, end, years):
    period = kind(end)
    assert period.shift(years).shift(-years) == period
    assert (period < period.shift(years)) == (years > 0)


@given(kind=kinds, other=kinds, end=YEARS)
def test_periods_of_two_calendars_are_never_equal(kind, other, end):
    assert (kind(end) == other(end)) == (kind is other)


@pytest.mark.parametrize(
    ("kind", "end", "label"),
    [
        (Census, 2025, "2025"),
        (CalendarYear, 2024, "2024"),
        (MidYear, 2023, "2023"),
        (AcademicYear, 2017, "2016/17"),
        (AcademicYear, 2000, "1999/00"),
        (FinancialYear, 2022, "2021-22"),
        (FinancialYear, 2100, "2099-00"),
    ],
)
def test_labels_are_as_people_write_them(kind, end, label):
    assert kind(end).label == label


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        *((kind, text) for kind in SINGLE for text in ("2021-22", "2016/17", "25", "")),
        *((AcademicYear, text) for text in ("2017", "2016-17", "2016/18", "2016/2017")),
        *((FinancialYear, text) for text in ("2022", "2021/22", "2021-23", "21-22")),
    ],
)
def test_a_period_of_another_calendar_is_refused(kind, text):
    with pytest.raises(UsageError) as refused:
        kind.parse(text)
    assert repr(text) in str(refused.value)


@pytest.mark.parametrize(
    ("kind", "text", "said"),
    [
        (FinancialYear, "2030", "Write it as 2029-30 or 2030-31."),
        (FinancialYear, "2029/30", "Write it as 2029-30."),
        (FinancialYear, "2029-2030", "Write it as 2029-30."),
        (FinancialYear, "2021-23", "Write it as 2021-22."),
        (AcademicYear, "2017", "Write it as 2016/17 or 2017/18."),
        (AcademicYear, "2016-17", "Write it as 2016/17."),
        # Nothing to go by: a year that may also be asked of a forecast.
        (FinancialYear, "next", "Write it as 2025-26."),
        (FinancialYear, "29-30", "Write it as 2029-30."),
        (FinancialYear, "3030/31", "Write it as 2025-26."),
        (Census, "2021-22", "Write it as 2025 (January 2025)."),
    ],
)
def test_the_same_year_is_shown_as_it_should_be_written(kind, text, said):
    with pytest.raises(UsageError) as refused:
        kind.parse(text)
    assert str(refused.value).endswith(said)


@pytest.mark.parametrize(
    "text",
    [
        "26/27",
        "26-27",
        "2026/27",
        "2026-27",
        "2026-2027",
        "2026/2027",
        "202627",
        "2026–27",
        "FY26/27",
        "fy 2026-27",
        " 2026 / 27 ",
    ],
)
def test_a_financial_year_is_taken_as_people_write_it(text):
    assert FinancialYear.asked(text) == FinancialYear(2027)


@pytest.mark.parametrize("text", ["16/17", "2016/17", "2016/2017", "201617"])
def test_an_academic_year_keeps_its_stroke(text):
    assert AcademicYear.asked(text) == AcademicYear(2017)


@given(kind=kinds, end=YEARS)
def test_what_is_printed_may_be_asked_for(kind, end):
    assert kind.asked(kind(end).label) == kind(end)


@pytest.mark.parametrize(
    ("kind", "text", "said"),
    [
        # The year to March 2027, or the one from April 2027?
        (FinancialYear, "FY27", "Write it as 2026-27 or 2027-28."),
        (FinancialYear, "27", "Write it as 2026-27 or 2027-28."),
        (FinancialYear, "2027", "Write it as 2026-27 or 2027-28."),
        (FinancialYear, "26/28", "Write it as 2026-27."),
        # Of a day: the year it lies in, from 1 April on the next; no year of no day.
        (FinancialYear, "31/03/26", "Write it as 2025-26."),
        (FinancialYear, "1.4.2026", "Write it as 2026-27."),
        (AcademicYear, "31-08-26", "Write it as 2025/26."),
        (FinancialYear, "31/02/27", "Write it as 2025-26."),
        (FinancialYear, "2026/2028", "Write it as 2026-27."),
        (FinancialYear, "2026-3", "Write it as 2026-27."),
        (FinancialYear, "26/1927", "Write it as 2026-27."),
        (AcademicYear, "2016-17", "Write it as 2016/17."),
        (AcademicYear, "16-17", "Write it as 2016/17."),
        (Census, "25/26", "Write it as 2025 (January 2025)."),
    ],
)
def test_a_year_that_may_be_two_is_refused_with_both(kind, text, said):
    with pytest.raises(UsageError) as refused:
        kind.asked(text)
    assert str(refused.value).endswith(said)


@pytest.mark.parametrize(
    ("text", "end"), [("99/00", 2000), ("1999-00", 2000), ("89/90", 2090), ("90-91", 1991)]
)
def test_two_digits_are_of_the_century_the_record_is_in(text, end):
    assert FinancialYear.asked(text) == FinancialYear(end)


def test_a_year_out_of_range_is_refused():
    with pytest.raises(UsageError, match="1890 is outside 1990 to 2100"):
        Census(1890)


def test_two_calendars_cannot_be_compared():
    with pytest.raises(TypeError):
        assert Census(2024) < CalendarYear(2025)


def test_an_unknown_calendar_is_refused():
    with pytest.raises(UsageError, match="Unknown calendar 'fiscal'"):
        parse_period("2024", "fiscal")


def test_the_january_census_inside_each_year():
    # Years from 1 April 2024 and from 1 September 2024 hold January 2025.
    assert FinancialYear.parse("2024-25").census() == Census(2025)
    assert AcademicYear.parse("2024/25").census() == Census(2025)


def test_a_financial_year_pays_for_the_pupils_of_two_censuses():
    assert FinancialYear.parse("2024-25").censuses() == (Census(2024), Census(2025))


def test_a_financial_year_closes_on_31_march():
    assert FinancialYear.parse("2024-25").closes_on() == "31 March 2025"


@pytest.mark.parametrize(
    ("kind", "day", "label"),
    [
        (FinancialYear, date(2026, 3, 31), "2025-26"),
        (FinancialYear, date(2026, 4, 1), "2026-27"),
        (AcademicYear, date(2020, 8, 31), "2019/20"),
        (AcademicYear, date(2020, 9, 1), "2020/21"),
    ],
)
def test_a_day_lies_in_one_year_of_a_calendar(kind, day, label):
    assert kind.of(day).label == label
