"""Inspections as embedded: published totals, and counts stated at the time."""

import pandas as pd
import pytest

from highneeds import home
from highneeds.cli import main

REQUIRED = "written statement required"


@pytest.fixture(scope="module")
def table():
    return home.read_table(home.tables_dir() / "inspections.csv")


@pytest.fixture(scope="module")
def earlier(table):
    return table[table["framework"] == "2016"]


def between(rows, column, first, last):
    """Rows dated from `first` to `last`; ISO dates sort as text, blanks come before all."""
    return rows[(rows[column] >= first) & (rows[column] <= last)]


def statements(rows):
    return int((rows["outcome"] == REQUIRED).sum())


def test_columns_and_wording(table):
    assert {
        *("la_code", "la_name", "region", "framework", "start_date", "publication_date"),
        *("outcome", "weaknesses", "priority_areas", "revisit_start_date"),
        *("revisit_publication_date", "revisit_outcome", "next_due", "abolished"),
        *("source_id", "evidence"),
    } <= set(table.columns)
    assert set(table["outcome"]) == {
        REQUIRED,
        "no written statement required",
        "typically positive",
        "inconsistent",
        "systemic failings",
    }
    for column in [*(name for name in table if name.endswith("_date")), "next_due"]:
        assert table[column].str.fullmatch(r"(\d{4}-\d\d-\d\d)?").all()
    assert table["region"].nunique() == 9


def test_totals_of_both_frameworks(table, earlier):
    # SOURCES.md: 149 areas and 82 statements, with the two abolished areas 151 and 83.
    assert (len(earlier), statements(earlier)) == (151, 83)
    assert (earlier["abolished"] != "").sum() == 3  # Dorset, Northamptonshire, Cumbria
    later = table[table["framework"] == "2023"]
    assert (len(later), later["la_code"].nunique()) == (97, 96)
    assert later["outcome"].value_counts().to_dict() == {
        "inconsistent": 53,
        "systemic failings": 25,
        "typically positive": 19,
    }


# figures.md section 3.
@pytest.mark.parametrize(
    ("name", "weaknesses"),
    [
        ("Brent", 5),
        ("Bury", 8),
        ("Hartlepool", 4),
        ("Middlesbrough", 4),
        ("Oxfordshire", 5),
        ("Rochdale", 4),
        ("Sandwell", 5),
        ("Sefton", 5),
        ("Somerset", 9),
        ("Suffolk", 4),
        ("Surrey", 5),
        ("Wakefield", 1),
        ("Waltham Forest", 3),
        ("Windsor and Maidenhead", 8),
    ],
)
def test_weaknesses_named_in_the_published_letters(earlier, name, weaknesses):
    found = earlier[earlier["la_name"] == name]
    assert found["weaknesses"].tolist() == [str(weaknesses)]


def test_weaknesses_over_all_statements(earlier):
    # figures.md: mean 5.3, standard deviation 2.8, at most 14.
    counts = pd.to_numeric(earlier["weaknesses"].replace("", None)).dropna()
    assert len(counts) == 82
    assert round(counts.mean(), 1) == 5.3
    assert round(counts.std(), 1) == 2.8
    assert counts.max() == 14


# figures.md section 1, the rows marked D exact: what was said at the time.
@pytest.mark.parametrize(
    ("column", "first", "last", "inspected", "required"),
    [
        ("start_date", "2016-05-01", "2017-04-30", 30, 9),
        ("start_date", "2017-09-01", "2017-12-31", 10, 7),
        ("publication_date", "2016-05-01", "2017-10-06", 39, 13),
        ("publication_date", "2016-05-01", "2019-05-07", 85, 42),
        ("publication_date", "2016-05-01", "2019-05-12", 85, 42),
        ("publication_date", "2016-05-01", "2019-09-24", 100, 51),
        ("publication_date", "2016-05-01", "2019-10-01", 100, 51),
        ("publication_date", "2016-05-01", "2020-05-27", 116, 59),
    ],
)
def test_counts_stated_at_the_time(earlier, column, first, last, inspected, required):
    found = between(earlier, column, first, last)
    assert (len(found), statements(found)) == (inspected, required)


def test_revisits_stated_at_the_time(earlier):
    # figures.md: 8 begun by 10 May 2019, 4 published, 1 with sufficient progress on all.
    assert len(between(earlier, "revisit_start_date", "2018", "2019-05-10")) == 8
    by_may = between(earlier, "revisit_publication_date", "2018", "2019-05-10")
    assert len(by_may) == 4
    assert (by_may["revisit_outcome"] == "sufficient on all").sum() == 1
    # And 11 published by 1 October 2019, 5 of them sufficient.
    by_october = between(earlier, "revisit_publication_date", "2018", "2019-10-01")
    assert len(by_october) == 11
    assert (by_october["revisit_outcome"] == "sufficient on all").sum() == 5


def test_inspections_begun_by_may_2019_are_one_more_than_was_said(earlier):
    # figures.md: 92 on that date, where the slides of the time say 91.
    assert len(between(earlier, "start_date", "2016-05-01", "2019-05-10")) == 92


def test_the_official_count_of_march_2021_drops_dorset_only(earlier):
    # SOURCES.md: Ofsted's own count at 31 March 2021 is 116 inspected, 59 statements.
    then = between(earlier[earlier["la_code"] != "835"], "start_date", "2016", "2021-03-31")
    assert (len(then), statements(then)) == (116, 59)


def test_london_in_may_2019(earlier):
    # figures.md: 4 of 17 or 18 reports.
    london = earlier[earlier["region"] == "London"]
    published = between(london, "publication_date", "2016", "2019-05-12")
    assert len(published) in (17, 18)
    assert statements(published) == 4


# Ofsted's main findings of the two years, and the National Audit Office's 31% of 35
# from January 2023 to March 2024: inspections by their start, outcomes as later published.
@pytest.mark.parametrize(
    ("day", "inspected", "positive", "inconsistent", "failings"),
    [
        ("2023-12-31", 26, 7, 11, 8),
        ("2024-12-31", 54, 14, 26, 14),
        ("2024-03-31", 35, 10, 14, 11),
    ],
)
def test_counts_with_hindsight_are_those_published(
    capsys, day, inspected, positive, inconsistent, failings
):
    argv = ["inspections", "--as-of", day, "--outcomes", "now", "--summary"]
    assert main([*argv, "--format", "csv"]) == 0
    printed = capsys.readouterr()
    rows = [line.split(",") for line in printed.out.splitlines() if line.startswith("2023")]
    counts = {row[1]: row[2] for row in rows}
    assert counts["inspected"] == str(inspected)
    assert counts["typically positive"] == str(positive)
    assert counts["inconsistent"] == str(inconsistent)
    assert counts["systemic failings"] == str(failings)
    assert f"begun by {day}, with outcomes as published by 2026-06-26" in printed.err


def test_without_hindsight_the_reports_still_to_come_are_not_counted(capsys):
    argv = ["inspections", "--as-of", "2023-12-31", "--summary"]
    assert main([*argv, "--outcomes", "then"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("Area SEND inspections with a report out by 2023-12-31")
    assert main(["inspections", "--outcomes", "later"]) == 2
