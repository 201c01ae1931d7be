"""The checks that every row of the inspections table passes."""

from datetime import date, datetime

import pytest

from highneeds.errors import SourceError
from highneeds.geography import Area
from highneeds.sources.contract import SourceFile
from highneeds.sources.inspection_rows import count, day, row
from highneeds.sources.inspections import _years_after

SOURCE = SourceFile("made_up", "made-up.csv", "", "", "")
AREA = Area("999", "Anyshire", "la", "E12000009", "South West")
ENDED = Area(
    "998", "Olderton", "la", "E12000009", "South West", last_date=date(2019, 3, 31)
)


def test_a_row_carries_the_area_and_iso_dates():
    made = row(AREA, "2016", [date(2017, 1, 23), date(2017, 3, 23)], SOURCE)
    assert made == {
        "la_code": "999",
        "la_name": "Anyshire",
        "region": "South West",
        "framework": "2016",
        "start_date": "2017-01-23",
        "publication_date": "2017-03-23",
        "abolished": "",
        "source_id": "made_up",
    }


def test_an_abolished_area_says_when_it_ended():
    made = row(ENDED, "2016", [date(2017, 1, 23), date(2017, 3, 23)], SOURCE)
    assert made["abolished"] == "ceased to exist after 2019-03-31"


def test_a_missing_start_stays_blank():
    made = row(AREA, "2023", [None, date(2026, 2, 10)], SOURCE)
    assert made["start_date"] == ""
    assert made["publication_date"] == "2026-02-10"


@pytest.mark.parametrize(
    ("framework", "dates"),
    [
        ("2016", [date(2017, 3, 23), date(2017, 1, 23)]),
        ("2016", [date(1900, 1, 1), date(2017, 1, 23)]),
        ("2023", [date(2022, 12, 31), date(2023, 5, 5)]),
        ("2016", [date(2017, 1, 9), date(2017, 3, 9), date(2017, 2, 1), date(2017, 6, 1)]),
    ],
)
def test_dates_out_of_order_or_before_the_framework_are_refused(framework, dates):
    with pytest.raises(SourceError, match=r"Anyshire \(999\): dates"):
        row(AREA, framework, dates, SOURCE)


@pytest.mark.parametrize("cell", [datetime(2020, 3, 9), "2020-03-09"])
def test_a_day_may_be_a_date_or_iso_text(cell):
    assert day(cell, SOURCE, AREA) == date(2020, 3, 9)


@pytest.mark.parametrize("cell", ["Not revisited yet", "01/01/1900", "", 43899.0])
def test_anything_else_is_no_day(cell):
    with pytest.raises(SourceError, match="date is"):
        day(cell, SOURCE, AREA)


@pytest.mark.parametrize(("cell", "number"), [("", None), (9.0, 9), ("2", 2), (0.0, 0)])
def test_counts_are_whole_or_missing(cell, number):
    assert count(cell, SOURCE, AREA) == number


@pytest.mark.parametrize("cell", [9.5, -1.0, "NA", "some"])
def test_anything_else_is_no_count(cell):
    with pytest.raises(SourceError, match="count is"):
        count(cell, SOURCE, AREA)


@pytest.mark.parametrize(
    ("start", "years", "due"),
    [
        (date(2023, 3, 13), 5, "2028-03-13"),
        (date(2028, 2, 29), 3, "2031-02-28"),
        (None, 3, ""),
        (date(2023, 3, 13), None, ""),
    ],
)
def test_the_next_inspection_is_due_years_after_the_start(start, years, due):
    assert _years_after(start, years) == due
