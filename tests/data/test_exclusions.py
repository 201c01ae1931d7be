"""Suspensions and permanent exclusions as embedded: published totals and honest gaps."""

import pandas as pd
import pytest

from highneeds.panel.panel import load_panel
from highneeds.panel.schema import MEASURES

ENGLAND = "E92000001"
YEARS = [f"{start}/{(start + 1) % 100:02d}" for start in range(2006, 2024)]
COUNTS = ["suspensions", "permanent_exclusions", "pupils_with_one_or_more_suspension"]
RATES = ["suspensions_per_100", "permanent_exclusions_per_100", "pupils_suspended_per_100"]
# England as published; 2016/17 rounded to 5.
PUBLISHED = {
    "2016/17": (381_865, 7_720),
    "2017/18": (410_753, 7_905),
    "2018/19": (438_265, 7_894),
    "2019/20": (310_733, 5_057),
    "2020/21": (352_454, 3_928),
    "2021/22": (578_280, 6_495),
    "2022/23": (786_961, 9_376),
    "2023/24": (954_952, 10_885),
}


@pytest.fixture(scope="module")
def rows():
    return load_panel().table([*COUNTS, "pupils", *RATES], breakdowns="all")


@pytest.fixture(scope="module")
def totals(rows):
    return (
        rows[rows["breakdown_type"].isin(["total", "phase"])]
        .set_index(["measure", "year", "breakdown", "la_code"])
        .sort_index()
    )


@pytest.mark.parametrize("year", PUBLISHED)
def test_england_is_as_published(totals, year):
    found = [totals.loc[(name, year, "total", ENGLAND), "value"] for name in COUNTS[:2]]
    assert tuple(found) == PUBLISHED[year]


@pytest.mark.parametrize("measure", [*COUNTS, "pupils", *RATES])
@pytest.mark.parametrize("phase", ["total", "primary", "secondary", "special"])
def test_no_year_is_missing_for_england_or_any_region(totals, measure, phase):
    for year in YEARS:
        areas = totals.loc[(measure, year, phase)].index
        regions = {code for code in areas if code.startswith("E12")}
        assert ENGLAND in areas
        assert len(regions) == 9


# One row per authority in the published files of those years, Isles of Scilly included.
@pytest.mark.parametrize(
    ("year", "authorities"),
    [
        ("2006/07", 150),
        ("2009/10", 152),
        ("2018/19", 152),
        ("2019/20", 151),
        ("2021/22", 152),
        ("2023/24", 153),
    ],
)
def test_authorities_with_figures_are_those_of_the_year(totals, year, authorities):
    own = totals.loc[("suspensions", year, "total")]
    codes = {code for code in own.index if code.isdigit()}
    in_being = load_panel().geography.authorities(int(year[:4]) + 1)
    assert codes == {area.la_code for area in in_being}
    assert len(codes) == authorities


def test_authority_counts_from_2017_18_are_marked_derived(totals):
    for measure in COUNTS:
        later = totals.loc[measure]
        later = later[later.index.get_level_values("year") >= "2017/18"]
        assert set(later["status"]) == {"derived"}


def test_headcounts_of_2023_24_are_as_published(totals):
    found = totals.loc[("pupils", "2023/24")]["value"].xs(ENGLAND, level="la_code")
    assert found.drop("total").to_dict() == {
        "primary": 4_614_990,
        "secondary": 3_669_933,
        "special": 160_420,
    }


def test_every_rate_follows_from_its_count_and_headcount(rows):
    keys = ["la_code", "year", "breakdown_type", "breakdown"]
    wide = rows[~rows["breakdown_type"].str.contains("term")].pivot(
        index=keys, columns="measure", values="value"
    )
    early = wide.index.get_level_values("year") <= "2016/17"
    for rate, count in zip(RATES, COUNTS, strict=True):
        gap = (100 * wide[count] / wide["pupils"] - wide[rate]).abs()
        # Five decimals printed since 2017/18.
        assert gap[~early].max() <= 0.5e-5 + 1e-9
        # Before, two; and national and regional counts and pupils are rounded to 5, which
        # moves the rate of a small group.
        rounding = 100 * 2.5 * (1 + wide[rate] / 100) / wide["pupils"]
        assert not (gap[early] > 0.005 + 1e-9 + rounding[early]).any()


def test_no_status_without_a_value_hides_a_zero(rows):
    without = rows[rows["status"].isin(["suppressed", "unavailable", "not_applicable"])]
    assert len(without) > 1500
    assert without["value"].isna().all()


@pytest.mark.parametrize("code", ["820", "822", "823", "875", "895", "896"])
def test_the_split_of_2008_09_has_no_rate(totals, code):
    for rate in RATES:
        assert pd.isna(totals.loc[(rate, "2008/09", "total", code), "value"])


def test_termly_rates_and_their_complete_years(rows):
    termly = rows[rows["breakdown_type"] == "sen_provision_by_term"]
    assert set(termly["breakdown"]) == {
        f"{group}|{term}"
        for group in ("ehc_plan", "sen_support", "no_sen")
        for term in ("autumn", "spring", "summer")
    }
    latest = termly[termly["year"] == "2024/25"]["breakdown"].str.split("|").str[1]
    assert set(latest) == {"autumn", "spring"}
    annual = rows[(rows["breakdown_type"] == "sen_provision") & (rows["la_code"] == "886")]
    assert annual["year"].max() == "2023/24"
    assert set(annual["measure"]) == {"suspensions_per_100", "permanent_exclusions_per_100"}


def test_england_by_sen_provision_adds_up(rows):
    groups = rows[
        (rows["la_code"] == ENGLAND)
        & (rows["breakdown_type"] == "sen_provision")
        & (rows["measure"] == "suspensions")
        & (rows["year"] == "2016/17")
    ]
    # Three groups and a total, each rounded to 5.
    assert abs(groups["value"].sum() - PUBLISHED["2016/17"][0]) <= 10


@pytest.mark.parametrize("measure", [*COUNTS, *RATES])
def test_the_years_of_closed_schools_carry_a_warning(measure):
    assert "2019/20 and 2020/21" in MEASURES[measure].note
