"""DSG balances: signs, sums and derivation, on the published files and altered copies."""

import contextlib
import csv
import io

import openpyxl
import pandas as pd
import pytest

from highneeds.errors import SourceError
from highneeds.sources import balances, section251_extracts
from highneeds.sources.files import RawFiles
from tests.raw.finance_copies import changed, geography

ENGLAND = "E92000001"
LONDON = "E12000007"
PERCENT = "dsg_deficit_derived.xlsx"
GRANT = "DSG_by_year_dr.xlsx"
SELECTED = "s251_outturn_selected_lines_2023-24.csv"
# SOURCES.md sections 4 and 5: authorities, net deficit £m, in deficit, their deficits £m.
PUBLISHED = {
    "2019-20": (149, 483.9, 94, 675.4),
    "2020-21": (149, 801.6, 100, 1048.7),
    "2021-22": (150, 1153.8, 103, 1442.6),
    "2023-24": (148, 1734.8, 106, 2141.2),
}
GRANT_SHEETS = {
    "2019-20": "dsg_budget_20",
    "2020-21": "dsg_budget_2021_03_16",
    "2021-22": "dsg_budget_2022_03_17",
}
# Buckinghamshire, Cumberland, and Westmorland and Furness are not in the extract.
SHORT_REGIONS = {"E12000002": "North West", "E12000008": "South East"}
WHOLE_REGIONS = {
    "E12000001": "North East",
    "E12000003": "Yorkshire and The Humber",
    "E12000004": "East Midlands",
    "E12000005": "West Midlands",
    "E12000006": "East of England",
    "E12000007": "London",
    "E12000009": "South West",
}
NATIONAL_PERCENT = {"2019-20": 1.08, "2020-21": 1.69, "2021-22": 2.26}


@pytest.fixture(scope="module")
def reading(raw_dir):
    return balances.read(RawFiles(raw_dir), geography(raw_dir))


@pytest.fixture(scope="module")
def balance(reading):
    return reading.observations.pivot(index="la_code", columns="year", values="value")


def authorities_of(column):
    return column[column.index.str.isdigit()].dropna()


@pytest.mark.parametrize("year", PUBLISHED)
def test_deficits_are_negative_and_sum_to_the_published_figures(balance, year):
    count, net, in_deficit, deficits = PUBLISHED[year]
    own = authorities_of(balance[year])
    assert len(own) == count
    assert -own.sum() / 1e6 == pytest.approx(net, abs=0.051)
    assert (own < 0).sum() == in_deficit
    assert -own[own < 0].sum() / 1e6 == pytest.approx(deficits, abs=0.051)


def test_the_surpluses_of_2023_24_are_those_published(balance):
    own = authorities_of(balance["2023-24"])
    assert (own > 0).sum() == 42
    assert own[own > 0].sum() / 1e6 == pytest.approx(406.3, abs=0.05)


def test_kent_is_a_deficit_near_the_councils_own_figure(balance):
    # The council published a deficit of £97m at March 2022.
    assert balance.loc["886", "2021-22"] / 1e6 == pytest.approx(-97.6, abs=0.05)
    assert balance.loc["886", "2023-24"] == -67_167_405


def test_2023_24_is_line_1_9_3_with_its_sign_reversed(raw_dir, balance):
    published = pd.read_csv(raw_dir / "finance" / SELECTED)
    assert published["dsg_carried_forward_1_9_3_gbp"].sum() == 1_734_822_229
    assert authorities_of(balance["2023-24"]).sum() == -1_734_822_229
    walsall = published.set_index("la_name")["dsg_carried_forward_1_9_3_gbp"]["Walsall"]
    assert balance.loc["335", "2023-24"] == -walsall == -7_399_921


def test_statuses_say_which_pounds_are_derived(reading):
    table = reading.observations
    statuses = table.groupby("year")["status"].unique().map(set).to_dict()
    assert statuses == {
        "2019-20": {"derived"},
        "2020-21": {"derived"},
        "2021-22": {"derived"},
        "2023-24": {"observed", "derived", "unavailable"},
    }
    absent = table.loc[table["status"] == "unavailable", "la_code"]
    assert set(absent) == {ENGLAND, *SHORT_REGIONS, "201", "420", "825", "942", "943"}
    later = table[(table["year"] == "2023-24") & (table["status"] == "derived")]
    assert set(later["la_code"]) == set(WHOLE_REGIONS)


def test_2022_23_is_left_missing_and_never_interpolated(balance):
    assert list(balance.columns) == list(PUBLISHED)


def test_wholes_are_sums_of_the_authorities_that_receive_the_grant(balance):
    for year in NATIONAL_PERCENT:
        own = authorities_of(balance[year])
        regions = balance[year][balance.index.str.startswith("E12")]
        assert len(regions) == 9
        assert regions.sum() == own.sum() == balance.loc[ENGLAND, year]


def test_seven_regions_of_march_2024_are_the_sums_of_the_extract(raw_dir, balance):
    """By another reading: regions of ONS codes from the plans release."""
    plans = raw_dir / "education" / "dfe-ehcp-2025" / "caseload.csv.gz"
    columns = ["time_period", "new_la_code", "region_code", "region_name"]
    areas = pd.read_csv(plans, usecols=columns, dtype=str, encoding="utf-8-sig")
    areas = areas[areas["time_period"] == "202324"].dropna().drop_duplicates()
    published = pd.read_csv(raw_dir / "finance" / SELECTED)
    joined = published.merge(areas, left_on="la_code_ons", right_on="new_la_code")
    assert len(joined) == len(published)
    sums = -joined.groupby("region_code")["dsg_carried_forward_1_9_3_gbp"].sum()
    for code, name in WHOLE_REGIONS.items():
        assert balance.loc[code, "2023-24"] == sums[code], name
    assert balance.loc[list(SHORT_REGIONS), "2023-24"].isna().all()


def plain(name):
    """Our own normalisation for this test, kept apart from the package's."""
    text = name.lower().replace("&", "and").replace(".", "").replace(",", " ")
    words = [w for w in text.split() if w not in {"city", "county", "of", "borough"}]
    return " ".join(words)


def rows_by_openpyxl(path, sheet):
    """Rows by another library; the writer of these files left wrong dimensions in them."""
    with contextlib.closing(openpyxl.load_workbook(path, read_only=True)) as book:
        book[sheet].reset_dimensions()
        return list(book[sheet].iter_rows(2, values_only=True))


def published_percentages(raw_dir):
    rows = rows_by_openpyxl(raw_dir / "finance" / PERCENT, "Sheet 1")
    return pd.DataFrame(
        [(row[6], row[1], row[3], row[4]) for row in rows],
        columns=["year", "level", "name", "deficit"],
    )


def published_grant(raw_dir, year):
    rows = rows_by_openpyxl(raw_dir / "finance" / GRANT, GRANT_SHEETS[year])
    return {row[1]: (str(row[0]), row[2]) for row in rows if str(row[0]).isdigit()}


@pytest.mark.parametrize("year", NATIONAL_PERCENT)
def test_every_balance_is_percent_of_grant_by_an_independent_reading(
    raw_dir, balance, year
):
    published = published_percentages(raw_dir)
    own = published[(published["year"] == year) & (published["level"] == "Local authority")]
    grant = {plain(name): pair for name, pair in published_grant(raw_dir, year).items()}
    assert len(own) == PUBLISHED[year][0]
    for row in own.itertuples():
        code, pounds = grant[plain(row.name)]
        expected = -row.deficit / 100 * pounds
        assert balance.loc[code, year] == pytest.approx(expected, abs=0.51), row.name


def test_ten_authority_years_join_only_when_names_are_normalised(raw_dir):
    published = published_percentages(raw_dir)
    own = published[published["level"] == "Local authority"]
    lost = [
        (year, name)
        for year, rows in own.groupby("year")
        for name in sorted(set(rows["name"]) - set(published_grant(raw_dir, year)))
    ]
    assert len(lost) == 10


def test_published_wholes_agree_or_an_issue_says_they_do_not(reading, balance):
    said = {(i.la_code, i.year) for i in reading.issues}
    for year, percent in NATIONAL_PERCENT.items():
        assert (ENGLAND, year) in said
        assert (LONDON, year) in said  # printed 0.01 points below its boroughs
        issue = next(i for i in reading.issues if (i.la_code, i.year) == (ENGLAND, year))
        assert issue.published == f"{percent:.2f}% in deficit"
        assert int(issue.used) == balance.loc[ENGLAND, year]
    assert {code for code, _ in said} - {ENGLAND, LONDON} == {
        *("201", "420", "825", "942", "943"),
        *SHORT_REGIONS,
        *(set(WHOLE_REGIONS) - {LONDON}),
    }


def test_the_extract_is_listed_once_as_a_source():
    assert section251_extracts.SELECTED not in balances.FILES


# Altered copies ---------------------------------------------------------------------------


def in_sheet(change):
    def edit(sheets):
        change(sheets["Sheet 1"])

    return edit


def row_named(rows, name, year="202122"):
    return next(row for row in rows if row[3] == name and row[0] == year)


def one_sign(rows):
    row_named(rows, "Kent")[4] *= -1


def both_signs(rows):
    for row in rows[1:]:
        row[4], row[5] = -row[4], -row[5]


def shares(rows):
    for row in rows[1:]:
        row[4], row[5] = row[4] / 100, row[5] / 100


def five_points(rows):
    row = row_named(rows, "Kent")
    row[4], row[5] = row[4] + 5, row[5] - 5


def misspelt(rows):
    row_named(rows, "Kent")[3] = "Kentt"


def lost(rows):
    rows.remove(row_named(rows, "Rutland"))


def twice(rows):
    rows.append(list(row_named(rows, "Rutland")))


def exchanged(rows):
    rows[0][4], rows[0][5] = rows[0][5], rows[0][4]


def blank(rows):
    row_named(rows, "Kent")[4] = ""


def one_year_off(rows):
    row_named(rows, "Kent")[6] = "2020-21"


def grant_sheet(change):
    def edit(sheets):
        change(sheets["dsg_budget_2022_03_17"])

    return edit


def in_thousands(rows):
    for row in rows[1:]:
        row[2] /= 1000


def kent_up(rows):
    next(row for row in rows if row[1] == "Kent")[2] += 1


def other_year(rows):
    for row in rows[1:]:
        row[3] = "202223"


def renamed(rows):
    rows[0][2] = "Total DSG allocation (£m)"


def line_signs(text):
    """Line 1.9.3 as if positive were a surplus."""
    header, *rows = csv.reader(text.splitlines())
    turned = io.StringIO()
    writer = csv.writer(turned)
    writer.writerow(header)
    writer.writerows([*row[:3], str(-int(row[3])), *row[4:]] for row in rows)
    return turned.getvalue()


ALTERED = {
    "one sign changed": (PERCENT, in_sheet(one_sign), ["not the opposite", "row"]),
    "every sign changed": (PERCENT, in_sheet(both_signs), ["opposite sign", "1.9.3"]),
    "line 1.9.3 with the other sign": (SELECTED, line_signs, ["opposite sign", "positive"]),
    "shares of one": (PERCENT, in_sheet(shares), ["per cent", "shares of 1", "2019-20"]),
    "five points more": (PERCENT, in_sheet(five_points), ["South East", "2021-22"]),
    "a name misspelt": (PERCENT, in_sheet(misspelt), ["'Kentt'", "aliases"]),
    "an authority lost": (PERCENT, in_sheet(lost), ["same areas", "857", "2021-22"]),
    "an authority twice": (PERCENT, in_sheet(twice), ["repeats 857"]),
    "columns exchanged": (PERCENT, in_sheet(exchanged), ["has columns", "expected"]),
    "a blank": (PERCENT, in_sheet(blank), ["Not a number", "''"]),
    "years that disagree": (PERCENT, in_sheet(one_year_off), ["disagree"]),
    "the grant in thousands": (GRANT, grant_sheet(in_thousands), ["looks like £ thousand"]),
    "a grant altered": (GRANT, grant_sheet(kent_up), ["do not add up", "South East by 1"]),
    "the grant of another year": (GRANT, grant_sheet(other_year), ["202223", "2021-22"]),
    "a grant column renamed": (GRANT, grant_sheet(renamed), ["(£m)", "expected"]),
}


@pytest.mark.parametrize(("name", "edit", "words"), ALTERED.values(), ids=ALTERED)
def test_an_altered_copy_is_refused(raw_dir, tmp_path, name, edit, words):
    raw = changed(raw_dir, tmp_path, name, edit)
    with pytest.raises(SourceError) as refused:
        balances.read(raw, geography(raw_dir))
    for word in words:
        assert word in str(refused.value)
