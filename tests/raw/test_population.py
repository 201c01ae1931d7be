"""Mid-year population estimates, on the published files and on altered copies."""

import pytest

from highneeds.errors import SourceError
from highneeds.sources import population
from highneeds.sources.files import RawFiles
from tests.raw.finance_copies import geography
from tests.raw.sen2_copies import (
    ENGLAND,
    authorities,
    cells,
    changed,
    statuses,
    values,
)

ABOLISHED = {"835", "836", "837"}  # the old Dorset, Poole, Bournemouth


@pytest.fixture(scope="module")
def reading(raw_dir):
    return population.read(RawFiles(raw_dir), geography(raw_dir))


@pytest.fixture(scope="module")
def found(reading):
    return values(reading.observations)


@pytest.fixture(scope="module")
def children(found):
    return found["population_0_17", "total", "total"]


@pytest.fixture(scope="module")
def by_age(found):
    return found["population_by_age", "age_year"]


def test_children_in_england_are_as_published(children):
    assert children["2012", ENGLAND] == 11_403_970
    assert children["2024", ENGLAND] == 12_183_016


@pytest.mark.parametrize("year", [str(year) for year in range(2012, 2025)])
def test_authorities_sum_to_england_but_for_three_without_an_estimate(children, year):
    own = authorities(children[year])
    missing = children[year, ENGLAND] - own.sum()
    if year < "2019":
        assert set(own[own.isna()].index) == ABOLISHED
        assert missing == pytest.approx(140_000, rel=0.011)
    else:
        assert own.notna().all()
        assert missing == 0


def test_areas_without_an_estimate_are_unavailable_with_an_issue_each(reading):
    kept = statuses(reading.observations)["population_0_17", "total", "total"]
    lacking = kept[kept == "unavailable"]
    assert len(lacking) == 3 * 7
    assert {(issue.year, issue.la_code) for issue in reading.issues} == set(lacking.index)


def test_inner_and_outer_london_are_inside_london(children):
    parts = children["2024", "E13000001"] + children["2024", "E13000002"]
    assert parts == children["2024", "E12000007"]


@pytest.mark.parametrize(
    ("year", "first", "last", "people"),
    [
        ("2022", 2, 18, 11_355_474),
        ("2023", 2, 18, 11_484_771),
        ("2022", 0, 25, 17_372_467),
        ("2023", 0, 25, 17_544_580),
    ],
)
def test_single_years_sum_to_published_ranges(by_age, year, first, last, people):
    england = by_age.xs((year, ENGLAND), level=["year", "la_code"])
    assert sum(england[str(age)] for age in range(first, last + 1)) == people


def test_authorities_sum_to_england_at_every_age(by_age):
    for year in ("2022", "2023"):
        for age in map(str, range(26)):
            own = authorities(by_age[age, year])
            assert len(own) == 153
            assert own.sum() == by_age[age, year, ENGLAND]


def test_the_two_files_are_of_different_vintages(children, by_age):
    england = by_age.xs(("2023", ENGLAND), level=["year", "la_code"])
    assert sum(england[str(age)] for age in range(18)) == 11_998_646
    assert children["2023", ENGLAND] == 12_059_476


def other_ages(table):
    table["age_group"] = "Children aged 0 to 15 years"


def one_child_more(table):
    here = cells(table, old_la_code="886", time_period="2024")
    grown = table.loc[here, "population_estimate"].astype(int) + 1
    table.loc[here, "population_estimate"] = grown.astype(str)


def no_symbol(table):
    table.loc[table["population_estimate"] == "x", "population_estimate"] = "-"


@pytest.mark.parametrize(
    ("edit", "says"),
    [
        (other_ages, r"expected only 'Children aged 0 to 17 years'"),
        (one_child_more, r"South East \(E12000008\) 2024 population_0_17"),
        (no_symbol, r"population_estimate: '-' \(line"),
    ],
)
def test_an_altered_file_of_children_is_refused(raw_dir, tmp_path, edit, says):
    raw = changed(raw_dir, tmp_path, population.CHILDREN, edit)
    with pytest.raises(SourceError, match=says):
        population.read(raw, geography(raw_dir))


def strange_code(table):
    table.loc[table["Code"] == "E10000016", "Code"] = "W06000001"


def lost_age(table):
    return table.drop(columns="17")


def area_twice(table):
    table.loc[table["Code"] == "E10000017", "Code"] = "E10000016"


def other_year(table):
    table["mid_year"] = table["mid_year"].replace("2022", "2021")


@pytest.mark.parametrize(
    ("edit", "says"),
    [
        (strange_code, r"column Code: Unknown ONS code 'W06000001'"),
        (lost_age, r"lacks 1 expected column: 17"),
        (area_twice, r"886 beside Lancashire \(888\)"),
        (other_year, r"covers mid_year 2021, 2023; expected 2022, 2023"),
    ],
)
def test_an_altered_file_of_single_years_is_refused(raw_dir, tmp_path, edit, says):
    raw = changed(raw_dir, tmp_path, population.SINGLE_YEARS, edit)
    with pytest.raises(SourceError, match=says):
        population.read(raw, geography(raw_dir))
