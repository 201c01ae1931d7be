"""Growth of plans; counts of England and London are those of the releases (data.md)."""

import pandas as pd
import pytest

from highneeds.answers.beside_others import growth
from highneeds.errors import UsageError
from highneeds.panel.panel import load_panel


@pytest.fixture(scope="module")
def panel():
    return load_panel()


def plans(found, series, year):
    table = found.table
    return table.loc[(table["series"] == series) & (table["year"] == year), "plans"].item()


def test_growth_is_measured_from_the_published_counts(panel):
    found = growth(panel, "Somerset")
    assert plans(found, "england", 2015) == 240_183
    assert plans(found, "england", 2026) == 718_838
    latest = found.latest.set_index("series")["growth"]
    assert latest["england"] == pytest.approx(718_838 / 240_183 - 1)
    assert list(latest.index) == ["area", "region", "neighbours", "england"]


def test_london_grew_by_a_third_from_2014_to_2018(panel):
    found = growth(panel, "London", since=2014)
    assert (plans(found, "area", 2014), plans(found, "area", 2018)) == (40_340, 53_975)
    by_2018 = found.table.query("series == 'area' and year == 2018")["growth"].item()
    assert by_2018 == pytest.approx(0.338, abs=0.0005)


def test_neighbours_are_the_same_places_throughout(panel):
    found = growth(panel, "Somerset")
    neighbours = panel.geography.neighbours("933")
    kept = found.table.query("series == 'neighbours'")["authorities"].unique()
    # Dorset was re-formed in 2019, so it cannot be measured from 2015.
    assert list(kept) == [len(neighbours) - 1] == [9]
    assert any("Dorset" in caution for caution in found.cautions)
    total = sum(
        panel.figure("ehc_plans", near, "2015").value
        for near in neighbours
        if near.name != "Dorset"
    )
    assert plans(found, "neighbours", 2015) == total


def test_a_new_authority_is_measured_from_its_first_count(panel):
    found = growth(panel, "North Northamptonshire")
    assert found.base.end == 2022
    assert "no count of plans is published" in found.cautions[0]
    assert (found.table.groupby("series")["growth"].first() == 0).all()


def test_england_is_compared_with_nothing(panel):
    assert set(growth(panel, "England").table["series"]) == {"area"}
    assert set(growth(panel, "South West").table["series"]) == {"area", "england"}


def test_too_few_counts_give_a_caution_not_a_figure(panel):
    found = growth(panel, "Somerset", since=2026)
    assert found.table.empty
    assert list(found.table.columns) == list(growth(panel, "Somerset").table.columns)
    assert "Too few published counts" in found.cautions[0]


def test_an_unknown_area_is_refused(panel):
    with pytest.raises(UsageError, match="Somerset"):
        growth(panel, "Somerst")


def test_every_authority_can_be_measured_or_says_why(panel):
    for area in panel.geography.authorities(2025):
        found = growth(panel, area)
        assert not found.table.empty or found.cautions
        assert not found.table["growth"].isna().any()
        assert isinstance(found.table, pd.DataFrame)
