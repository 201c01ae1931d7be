"""The embedded finance tables reproduce the published totals, wherever installed."""

import pandas as pd
import pytest

from highneeds import home

ENGLAND = "E92000001"
KEY = ["measure", "breakdown_type", "breakdown", "year", "la_code"]


@pytest.fixture(scope="module")
def tables():
    return {
        name: home.read_table(home.tables_dir() / f"{name}.csv.gz")
        for name in ("block", "spending", "balances")
    }


@pytest.fixture(scope="module")
def values(tables):
    joined = pd.concat(tables.values(), ignore_index=True)
    return pd.to_numeric(joined.set_index(KEY)["value"]).sort_index()


def authorities_of(column):
    return column[column.index.str.isdigit()].dropna()


@pytest.mark.parametrize(
    ("year", "count", "before"),
    [
        ("2020-21", 149, 7_063_230_381),
        ("2021-22", 150, 7_906_348_577),
        ("2022-23", 150, 8_988_258_915),
        ("2023-24", 151, 9_953_984_391),  # the March 2024 update
    ],
)
def test_high_needs_block_is_the_published_england(values, year, count, before):
    column = values["high_needs_block_before_deductions_gbp", "total", "total", year]
    assert len(authorities_of(column)) == count
    assert authorities_of(column).sum() == column[ENGLAND] == before


def test_2019_20_is_in_pounds_like_the_other_years(values):
    column = values["high_needs_block_before_deductions_gbp", "total", "total"]
    growth = column["2020-21"] / column["2019-20"]
    # £6.28bn to £7.06bn; a sheet left in £ million would be a million times smaller.
    assert growth[ENGLAND] == pytest.approx(1.125, abs=0.001)
    assert authorities_of(growth).between(0.9, 1.3).all()


@pytest.mark.parametrize(
    ("year", "billions"),
    [
        ("2017-18", 4.40),
        ("2018-19", 4.73),
        ("2019-20", 5.16),
        ("2020-21", 5.69),
        ("2021-22", 6.49),
        ("2022-23", 7.42),
        ("2023-24", 8.69),
        ("2024-25", 10.22),
    ],
)
def test_net_high_needs_outturn_sums_to_the_published_figure(values, year, billions):
    column = values["s251_high_needs_net_gbp", "total", "total", year]
    assert authorities_of(column).sum() / 1e9 == pytest.approx(billions, abs=0.005)
    assert pd.isna(column[ENGLAND]) == (year == "2023-24")


@pytest.mark.parametrize(
    ("year", "count", "net", "in_deficit"),
    [
        ("2019-20", 149, 483.9, 94),
        ("2020-21", 149, 801.6, 100),
        ("2021-22", 150, 1153.8, 103),
        ("2023-24", 148, 1734.8, 106),
    ],
)
def test_negative_balances_are_the_published_deficits(values, year, count, net, in_deficit):
    own = authorities_of(values["dsg_balance_gbp", "total", "total", year])
    assert len(own) == count
    assert -own.sum() / 1e6 == pytest.approx(net, abs=0.051)
    assert (own < 0).sum() == in_deficit


def test_a_figure_without_a_value_is_never_zero(tables):
    joined = pd.concat(tables.values(), ignore_index=True)
    empty = joined["status"].isin(["unavailable", "set_aside"])
    assert empty.any()
    assert (joined.loc[empty, "value"] == "").all()
    assert (joined.loc[~empty, "value"] != "").all()


def test_a_balance_cannot_outgrow_a_years_grant(values):
    grant = values["dsg_before_deductions_gbp", "total", "total"]
    balance = values["dsg_balance_gbp", "total", "total"]
    share = (balance / grant.reindex(balance.index)).dropna()
    assert share.abs().max() < 0.30  # the deepest published is about a quarter


def test_programme_members_are_as_many_as_published():
    members = home.read_table(home.tables_dir() / "programmes.csv")
    assert members["programme"].value_counts().to_dict() == {
        "Delivering Better Value": 21 + 22,
        "Safety Valve": 5 + 9 + 20 + 4,
    }
    facts = home.read_table(home.tables_dir() / "framework_facts.csv")
    assert set(facts["status"]) == {"evidenced", "unverified"}
