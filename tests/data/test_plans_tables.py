"""The embedded tables of plans, flows, assessments and population are as published."""

import pandas as pd
import pytest

from highneeds import home
from highneeds.geography import Geography
from highneeds.panel.schema import AGE_BANDS, PLACEMENTS

ENGLAND, LONDON = "E92000001", "E12000007"
# Figures of the releases named in data/SOURCES.md, by measure and year.
PUBLISHED = {
    "ehc_plans": {
        "2010": 228_221,
        "2014": 237_111,
        "2016": 256_315,
        "2018": 319_819,
        "2019": 353_995,
        "2022": 473_255,
        "2023": 517_048,
        "2024": 576_474,
        "2025": 638_745,
    },
    "new_ehc_plans": {"2021": 62_180, "2022": 66_706, "2023": 84_428, "2024": 97_747},
    "ceased_ehc_plans": {"2022": 34_724, "2023": 39_419, "2024": 44_862},
    "ehc_assessment_requests": {"2022": 114_482, "2023": 138_242, "2024": 154_489},
    "ehc_plans_issued_within_20_weeks_pct": {"2024": 46.4},
    "population_0_17": {"2012": 11_403_970, "2024": 12_183_016},
}
SUMMED = [
    ("ehc_plans", range(2010, 2026)),
    ("new_ehc_plans", range(2009, 2025)),
    ("ceased_ehc_plans", range(2022, 2025)),
    ("population_0_17", range(2019, 2025)),
]


@pytest.fixture(scope="module")
def figures():
    folder = home.data_dir() / "tables"
    names = ("plans", "plan_flows", "assessments", "population")
    tables = [home.read_table(folder / f"{name}.csv.gz") for name in names]
    stored = pd.concat(tables, ignore_index=True)
    keys = ["measure", "breakdown_type", "breakdown", "year", "la_code"]
    return pd.to_numeric(stored.set_index(keys)["value"]).sort_index()


@pytest.mark.parametrize("measure", PUBLISHED)
def test_england_is_as_published(figures, measure):
    england = figures[measure, "total", "total"].xs(ENGLAND, level="la_code")
    published = PUBLISHED[measure]
    assert england[list(published)].to_dict() == published


@pytest.mark.parametrize(("measure", "years"), SUMMED)
def test_authorities_and_regions_each_sum_to_england(figures, measure, years):
    regions = [area.la_code for area in Geography.load().regions()]
    for year in years:
        totals = figures[measure, "total", "total", str(year)]
        own = totals[totals.index.str.fullmatch(r"\d{3}")]
        assert own.sum() == totals[regions].sum() == totals[ENGLAND]


def test_london_between_2014_and_2018(figures):
    london = figures["ehc_plans", "total", "total"].xs(LONDON, level="la_code")
    assert (london["2014"], london["2018"]) == (40_340, 53_975)


def test_breakdowns_of_the_stock_sum_to_it_in_january_2025(figures):
    here = figures["ehc_plans"].xs(("2025", ENGLAND), level=["year", "la_code"])
    for kind in ("age", "age_year", "placement", "placement_detail", "need"):
        assert here[kind].sum() == 638_745
    assert set(here["placement"].index) == set(PLACEMENTS)
    assert set(here["age"].index) == {*AGE_BANDS, "unknown"}


def test_every_age_and_placement_of_an_authority_has_a_row(figures):
    kent = figures["ehc_plans", "age_year_by_placement"].xs(
        ("2025", "886"), level=["year", "la_code"]
    )
    ages = ["0-2", *map(str, range(3, 26))]
    assert set(kent.index) == {f"{age}|{name}" for age in ages for name in PLACEMENTS}
    assert kent.sum() == figures["ehc_plans", "total", "total", "2025", "886"]
