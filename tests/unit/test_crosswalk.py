"""SEN2 → DSG-7 → LSRP-14: nothing lost, nothing counted twice, nothing unknown made 0."""

import numpy as np
import pytest

import highneeds as hn
from highneeds.errors import ModelError
from highneeds.model.crosswalk import (
    CROSSWALK,
    DSG_7,
    LSRP_14,
    NOTES,
    TOTAL,
    UNKNOWN,
    dsg7,
    lsrp14,
    placement_detail,
    project_dsg7,
    project_lsrp14,
)
from highneeds.model.plans import MODEL_PLACEMENTS
from highneeds.panel.schema import PLACEMENTS
from highneeds.sources.placements import SETTINGS

WITHDRAWN = {
    "Wolverhampton",
    "North East Lincolnshire",
    "Brighton and Hove",
    "Cambridgeshire",
}


@pytest.fixture(scope="module")
def panel():
    return hn.load_panel()


@pytest.fixture(scope="module")
def england(panel):
    return placement_detail(panel, "England")


@pytest.fixture(scope="module")
def somerset(panel):
    return hn.project(panel, "Somerset", draws=201, seed=3)


def test_every_published_setting_has_one_place_in_each_list():
    assert sorted(CROSSWALK.index) == sorted(SETTINGS)
    assert set(CROSSWALK["placement"]) == set(PLACEMENTS)
    assert set(CROSSWALK["dsg7"]) == set(DSG_7)
    assert len(DSG_7) == 7
    assert len(LSRP_14) == 14
    # What SEN2 cannot fill is what the notes call not available.
    empty = set(LSRP_14) - set(CROSSWALK["lsrp14"])
    assert empty == {name for name, note in NOTES.items() if note.startswith("Not avail")}


def test_england_in_january_2025_is_exact(england):
    # As published: 246,538 + 24,524 + 7,174 = 278,236 mainstream; 159,852 + 34,028 =
    # 193,880 special; with AP 4,858, further education 88,158, elsewhere 49,750, early
    # years 4,524 and unknown 19,339 they are the 638,745 plans.
    found = dsg7(england, 638_745)
    assert found.drop([TOTAL, UNKNOWN]).to_list() == [
        246_538,
        24_524,
        159_852,
        7_174 + 34_028,
        4_858,
        88_158,
        49_750 + 4_524 + 19_339,
    ]
    assert found[UNKNOWN] == 19_339
    assert found[TOTAL] == found[list(DSG_7)].sum() == 638_745


def test_england_in_the_fourteen_of_the_reform_plan(england):
    found = lsrp14(england, 638_745)
    assert found[list(LSRP_14)].sum() == 638_745
    assert found["Elective home education"] == 7_155
    # 11,524 by the authority and 1,012 by parents.
    assert found["Education otherwise than at school"] == 12_536
    # 70,998 in general colleges and 7,485 with other providers; 9,675 in specialist ones.
    assert found["Mainstream post-16"] == 78_483
    assert found["Specialist post-16 institutions"] == 9_675
    # The rest of those elsewhere and the unknown: 49,750 - 7,155 - 12,536 + 19,339.
    assert found["Other"] == 49_398


def test_what_sen2_does_not_ask_is_not_available_and_never_zero(england):
    found = lsrp14(england, 638_745)
    for name in (
        "Support bases",
        "NMSS or independent, other",
        "Mainstream post-16, specialist",
    ):
        assert np.isnan(found[name])
        assert "Not available" in NOTES[name]


def test_bases_are_split_by_age_where_the_authority_knows_the_ages(england):
    found = lsrp14(england, 638_745, bases_from_year_12=524)
    assert found["Specialist bases"] == 24_000
    assert found["Mainstream post-16, specialist"] == 524
    assert found[list(LSRP_14)].sum() == 638_745
    with pytest.raises(ModelError, match="Expected 0 to 24524"):
        lsrp14(england, 638_745, bases_from_year_12=30_000)


def test_settings_make_the_models_placements(panel, england):
    for placement in PLACEMENTS:
        settings = CROSSWALK.index[CROSSWALK["placement"] == placement]
        published = panel.figure("ehc_plans", "England", "2025", f"placement/{placement}")
        assert sum(england.get(name, 0.0) for name in settings) == published.value


def test_every_authority_adds_up_or_is_refused(panel):
    refused = set()
    for area in panel.geography.authorities(2025):
        total = panel.figure("ehc_plans", area, "2025").value
        try:
            found = dsg7(placement_detail(panel, area), total)
        except ModelError as error:
            assert "A setting is missing or suppressed" in str(error)  # noqa: PT017
            refused.add(area.name)
        else:
            assert found[list(DSG_7)].sum() == total
    assert refused == WITHDRAWN


def test_a_missing_setting_is_refused_and_never_counted_as_nobody(england):
    without = {name: value for name, value in england.items() if name != "neet"}
    with pytest.raises(ModelError, match="add up to 620,689, not to the 638,745"):
        dsg7(without, 638_745)


def test_an_unknown_setting_is_refused_by_name(england):
    with pytest.raises(ModelError, match="'special_free_school'"):
        dsg7(england | {"special_free_school": 1.0}, 638_746)


@pytest.mark.parametrize("table", [project_dsg7, project_lsrp14])
def test_projected_parts_add_up_each_year_because_they_are_means(somerset, table):
    found = table(somerset)
    means = somerset.futures.stock.sum(axis=(1, 2)).mean(axis=-1)
    parts = found[found["placement"] != TOTAL].groupby("year")["plans"].sum()
    totals = found[found["placement"] == TOTAL].set_index("year")["plans"]
    np.testing.assert_allclose(parts, totals)
    np.testing.assert_allclose(totals, means)
    assert set(found.loc[found["plans"].isna(), "status"]) <= {"unavailable"}


def test_medians_of_the_parts_need_not_add_up(somerset):
    stock = somerset.futures.stock[-1].sum(axis=0)
    parts, whole = np.median(stock, axis=-1).sum(), np.median(stock.sum(axis=0))
    assert abs(parts - whole) > 1e-6


def test_the_split_is_the_authoritys_own_of_january_2025(somerset):
    # Somerset's 2,292 mainstream plans: 1,493 + 43 + 533 = 2,069 in schools, 152 + 42 + 1
    # = 195 in units and resourced provision, 28 independent.
    found = project_dsg7(somerset).query("year == '2030'").set_index("placement")["plans"]
    mainstream = somerset.futures.stock[-1].sum(axis=0)[0].mean()
    assert found["Mainstream schools or academies"] == pytest.approx(
        mainstream * 2069 / 2292
    )
    assert found["Resourced provision or SEN units"] == pytest.approx(
        mainstream * 195 / 2292
    )
    independent = somerset.futures.stock[-1].sum(axis=0)[2].mean()
    assert found["NMSS or independent"] == pytest.approx(
        independent + mainstream * 28 / 2292
    )


def test_the_published_year_stands_as_published(somerset):
    first = project_dsg7(somerset).query("year == '2025'")
    assert set(first["status"]) == {"observed"}
    assert first.set_index("placement").loc[TOTAL, "plans"] == 5_725


def test_the_reform_plans_year_is_the_one_before_its_census(somerset):
    found = project_lsrp14(somerset)
    assert (found["year"].astype(int) - found["plan_year"].astype(int) == 1).all()


def test_where_no_setting_is_published_englands_split_is_used_and_said(panel):
    found = project_dsg7(hn.project(panel, "Wolverhampton", draws=20))
    first = found[found["year"] == "2025"]
    assert first["plans"].notna().sum() == 1
    assert "Not published by setting" in first["note"].iloc[0]
    later = found[found["year"] == "2026"].set_index("placement")["note"]
    assert later["Resourced provision or SEN units"] == "Split as in England."
    assert later["Post-16 and FE"] == ""


def test_the_models_placements_are_those_of_the_crosswalk():
    assert set(MODEL_PLACEMENTS) == set(CROSSWALK["placement"]) - {"unknown"}
