"""The year so far beside the forecast, with the sums shown."""

import dataclasses

import numpy as np
import pytest

import highneeds as hn
from highneeds.answers.monitor import (
    monitored_year,
    months_passed,
    phased_share,
    pounds_of,
)
from highneeds.cli import main
from highneeds.errors import UsageError
from highneeds.periods import FinancialYear

SEPTEMBER = 7 / 12


@pytest.mark.parametrize(
    ("months", "parts"),
    [
        # 1,200 plans' cost a month to August, then 1,320: 5 × 1,200 + 7 × 1,320 = 15,240.
        (1, 1200),
        (5, 6000),
        (6, 6000 + 1320),
        (12, 15_240),
    ],
)
def test_five_months_are_paid_at_the_old_school_year_and_seven_at_the_new(months, parts):
    found = phased_share(np.array([1200.0]), np.array([1320.0]), months, SEPTEMBER)
    assert found[0] == pytest.approx(parts / 15_240)


def test_months_are_counted_from_april():
    assert [months_passed(name) for name in ("April", "sep", " March ")] == [1, 6, 12]


@pytest.mark.parametrize("month", ["Ma", "", "Sept 2025", "Brumaire", "13", "0"])
def test_a_month_that_could_be_another_is_refused(month):
    with pytest.raises(UsageError, match="Write September or Sep"):
        months_passed(month)


@pytest.mark.parametrize(
    ("month", "january", "april"),
    [("6", "June", "September"), ("01", "January", "April"), ("12", "December", "March")],
)
def test_a_number_of_a_month_is_refused_with_both_that_it_may_mean(month, january, april):
    # A ledger's period 6 is September, a calendar's month 6 is June.
    said = f"{january}, or {april} where April is period 1. Write {january} or {april}"
    with pytest.raises(UsageError, match=said):
        months_passed(month)


@pytest.mark.parametrize(
    ("text", "pounds"),
    [
        ("60000000", 60e6),
        ("60,000,000", 60e6),
        ("£60,000,000", 60e6),
        (" £ 1,234.5 ", 1234.5),
        ("60500000.25", 60_500_000.25),
        ("70e6", 70e6),
        ("1.2E+8", 120e6),
    ],
)
def test_pounds_are_read_as_people_write_them(text, pounds):
    assert pounds_of(text) == pounds


@pytest.mark.parametrize(
    "text",
    [
        *("", "£", "60.5m", "60,0", "6,00,000", "60,000000", "60.000.000", "60 000 000"),
        *(
            "60.500",
            "(60)",
            "-5",
            "nan",
            "inf",
            "1e400",
            "£6e7",
            "$60",
            "\uff16\uff10",
            "1,234e3",
        ),
    ],
)
def test_what_may_be_another_amount_is_refused(text):
    with pytest.raises(UsageError, match="pounds in full, such as 60500000 or £60,500,000"):
        pounds_of(text)


def test_millions_are_refused_with_what_they_are_in_full():
    with pytest.raises(UsageError, match=r"spent '61\.2m' is not in full. Write 61200000"):
        pounds_of("61.2m")


@pytest.fixture(scope="module")
def level():
    """Somerset, made to stand still: £120m a year in the middle of five futures."""
    result = hn.project(hn.load_panel(), "Somerset", until="2027-28", draws=5, seed=1)
    made = dataclasses.replace(
        result, futures=standing(result.futures, [100.0, 110.0, 120.0, 130.0, 140.0])
    )
    # Where the central case is kept once it has been worked out.
    vars(made)["central"] = standing(result.central, [120.0])
    return made


def standing(futures, millions):
    return dataclasses.replace(
        futures,
        stock=np.ones_like(futures.stock),
        spending=np.full_like(futures.spending, 1e6) * np.array(millions),
        block=np.full_like(futures.block, 100e6),
        transfer=np.full_like(futures.transfer, 1e6),
    )


def rows(found):
    return {
        what: (low, middle, high)
        for what, low, middle, high in found.table.itertuples(index=False)
    }


def test_half_a_year_at_a_tenth_more(level):
    found = hn.year_so_far(level, 66e6, "September", "2026-27")
    table = rows(found)
    # Half of each future: 50, 55, 60, 65, 70; a tenth from each end is 52 and 68.
    assert table["Forecast to the end of September"] == (52e6, 60e6, 68e6)
    assert table["Forecast for 2026-27"] == (104e6, 120e6, 136e6)
    assert table["Run rate, the rest at the pace so far"][1] == 66e6 * 12 / 6
    assert table["Outturn, the rest as forecast"] == (66e6 + 52e6, 126e6, 66e6 + 68e6)
    revised = "Revised outturn, the rest as far from forecast as so far"
    assert table[revised][1] == 132e6
    assert table["In-year balance at the revised outturn"][1] == (100 + 1 - 132) * 1e6
    assert found.alert == ""
    assert "within the range of £52.0m to £68.0m" in found.sentence


@pytest.mark.parametrize(
    ("spent", "alert"), [(52.1e6, ""), (67.9e6, ""), (68.1e6, "above"), (51.9e6, "below")]
)
def test_an_alert_is_for_what_lies_beyond_eight_futures_in_ten(level, spent, alert):
    found = hn.year_so_far(level, spent, "Sep", "2026-27")
    assert found.alert == alert
    assert found.sentence.startswith("ALERT. ") == bool(alert)


def test_the_forecast_of_the_whole_year_is_the_reports(level):
    found = rows(hn.year_so_far(level, 100e6, "March", "2027-28"))
    assert found["Forecast to the end of March"] == found["Forecast for 2027-28"]


@pytest.mark.parametrize("spent", [0.0, -1.0, float("nan"), float("inf")])
def test_what_is_no_amount_is_refused(level, spent):
    with pytest.raises(UsageError, match="is no amount"):
        hn.year_so_far(level, spent, "May", "2026-27")


@pytest.mark.parametrize(
    ("spent", "said"),
    [
        # 2026-27 is forecast at £120m: a hundredth is £1.2m, ten times £1,200m.
        (60.5, r"spent £60\.50 is less than a hundredth of the £120\.0m forecast"),
        (1.19e6, "less than a hundredth"),
        (1.21e9, "more than ten times"),
    ],
)
def test_an_amount_in_another_unit_is_refused(level, spent, said):
    with pytest.raises(UsageError, match=said) as refused:
        hn.year_so_far(level, spent, "May", "2026-27")
    assert "pounds in full" in str(refused.value)
    for near in (1.21e6, 1.19e9):
        hn.year_so_far(level, near, "May", "2026-27")


def test_too_little_is_told_its_likeliest_cause(level):
    for spent, told in ((51.9e6, True), (60e6, False), (68.1e6, False)):
        sentence = hn.year_so_far(level, spent, "Sep", "2026-27").sentence
        assert ("place funding that the department pays" in sentence) == told


@pytest.mark.parametrize("year", ["26/27", "2026/27", "2026-2027", "FY26/27", "202627"])
def test_the_year_is_taken_as_people_write_it(year):
    assert monitored_year(year, FinancialYear(2025)).label == "2026-27"


@pytest.mark.parametrize("year", ["2023-24", "2024-25", "2030-31"])
def test_a_year_that_is_not_so_far_is_refused_by_the_option_that_names_it(year, capsys):
    given = ["monitor", "Somerset", "--spent", "£60,000,000", "--month", "Sep"]
    assert main([*given, "--year", year]) == 2
    said = capsys.readouterr().err
    assert f"--year {year}" in said
    assert "2025-26 to 2029-30" in said
    assert "until" not in said


def test_a_year_already_published_or_beyond_the_run_is_refused(level):
    for year in ("2024-25", "2028-29"):
        with pytest.raises(UsageError, match=r"Expected 2025-26 to 2027-28"):
            hn.year_so_far(level, 1e6, "May", year)


def test_without_a_block_there_is_no_balance():
    result = hn.project(hn.load_panel(), "City of London", until="2026-27", draws=5)
    assert not any(
        "balance" in what for what in rows(hn.year_so_far(result, 1e6, "May", "2026-27"))
    )


def test_the_command_prints_the_sentence_and_the_table(capsys):
    given = [
        "monitor",
        "Somerset",
        "--spent",
        "£70,000,000",
        "--year",
        "2025-26",
        "--draws",
        "200",
    ]
    assert main([*given, "--month", "Sep"]) == 0
    said = capsys.readouterr().out
    assert "Somerset spent £70.0m to the end of September of 2025-26" in said
    assert "70,000,000" in said
    assert main([*given, "--month", "6"]) == 2
    assert "Write June or September" in capsys.readouterr().err
