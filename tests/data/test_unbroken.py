"""Areas that can be followed through every January held: which they are and their sums."""

import numpy as np
import pytest

from highneeds.geography import ENGLAND_CODE
from highneeds.panel.panel import load_panel
from highneeds.panel.unbroken import unbroken_areas
from tests.made_panel import figure, made_panel

# The codes of forecast.md: summed in every year, whoever stood for them.
SUMS = {
    "838+839": ("835", "836", "837", "838", "839"),
    "940+941": ("928", "940", "941"),
    "942+943": ("909", "942", "943"),
}


@pytest.fixture(scope="module")
def panel():
    return load_panel()


@pytest.fixture(scope="module")
def unbroken(panel):
    return unbroken_areas(panel)


def codes(areas):
    return [area.la_code for area in areas]


def test_there_are_150_areas_148_to_fit_and_145_to_score(panel, unbroken):
    today = {area.la_code for area in panel.geography.authorities(2025)}
    joined = {"838", "839", "940", "941", "942", "943"}
    assert set(codes(unbroken.areas)) == today - joined | set(SUMS)
    assert codes(unbroken.areas) == sorted(codes(unbroken.areas))
    assert set(codes(unbroken.summed)) == set(SUMS)
    assert set(codes(unbroken.areas)) - set(codes(unbroken.fitted)) == {"201", "420"}
    assert set(codes(unbroken.fitted)) - set(codes(unbroken.scored)) == set(SUMS)
    counts = [len(unbroken.areas), len(unbroken.fitted), len(unbroken.scored)]
    assert counts == [150, 148, 145]


@pytest.mark.parametrize("measure", ["ehc_plans", "new_ehc_plans", "ceased_ehc_plans"])
def test_a_sum_is_that_of_all_its_codes_and_all_areas_are_england(panel, unbroken, measure):
    published, found = panel.matrix(measure), unbroken.panel.matrix(measure)
    for key, members in SUMS.items():
        mine = published.reindex(list(members)).sum(min_count=1)
        assert found.loc[key].to_numpy() == pytest.approx(mine.to_numpy())
    whole = found.loc[codes(unbroken.areas)].sum()
    assert whole.to_numpy() == pytest.approx(published.loc[ENGLAND_CODE].to_numpy())


def test_nothing_that_changed_before_the_plans_are_held_is_joined(panel, unbroken):
    assert {"822", "823", "895", "896"} <= set(codes(unbroken.scored))
    merged = panel.harmonised("merge").matrix("ehc_plans")
    assert "822" not in merged.index


def test_a_sum_with_a_part_missing_is_missing(tmp_path):
    figures = [
        figure("ehc_plans", "928", "2010", 3_500),
        figure("ehc_plans", "940", "2024", 3_800),
        figure("ehc_plans", "940", "2025", 4_500),
        figure("ehc_plans", "941", "2025", None, status="missing"),
    ]
    found = unbroken_areas(made_panel(tmp_path, figures)).panel.matrix("ehc_plans")
    assert found.loc["940+941", "2010"] == 3_500
    assert np.isnan(found.loc["940+941", ["2024", "2025"]].to_numpy(dtype=float)).all()
