"""SEN2 → DSG-7 → LSRP-14: nothing lost, nothing counted twice, nothing unknown made 0."""

import numpy as np
import pytest

import highneeds as hn
from highneeds.answers.crosswalk import (
    CROSSWALK,
    DSG_7,
    LSRP_14,
    NOTES,
    TOTAL,
    UNKNOWN,
    dsg7,
    lsrp14,
    placement_groups,
    project_dsg7,
    project_lsrp14,
)
from highneeds.errors import ModelError
from highneeds.panel.schema import PLACEMENTS
from highneeds.periods import Census
from highneeds.record.cells import MODEL_PLACEMENTS
from highneeds.sources.placements import GROUPS
from tests.added import earlier

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
    return placement_groups(panel, "England", Census(2025))


@pytest.fixture(scope="module")
def somerset(panel):
    return hn.project(panel, "Somerset", draws=201, seed=3)


def test_every_published_group_has_one_place_in_each_list():
    assert sorted(CROSSWALK.index) == sorted(GROUPS)
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


def test_england_in_january_2026_is_exact(panel):
    # As published: mainstream 326,804, of them 19,121 in resourced provision, 9,330 in SEN
    # units and 8,583 in independent schools; state special 171,219; independent 35,569 and
    # non-maintained 4,654; AP 5,530; FE 100,815, of them 11,490 in specialist institutions;
    # elsewhere 62,386, of them 9,095 at home and 15,998 + 1,350 other arrangements; early
    # years 4,936; not recorded 6,925.
    england = placement_groups(panel, "England")
    assert dsg7(england, 718_838)[list(DSG_7)].to_list() == [
        326_804 - 19_121 - 9_330 - 8_583,
        19_121 + 9_330,
        171_219,
        35_569 + 4_654 + 8_583,
        5_530,
        100_815,
        62_386 + 4_936 + 6_925,
    ]
    found = lsrp14(england, 718_838)
    assert found["Elective home education"] == 9_095
    assert found["Education otherwise than at school"] == 15_998 + 1_350
    assert found["Specialist post-16 institutions"] == 11_490
    assert found["Other"] == 62_386 - 9_095 - 15_998 - 1_350 + 6_925


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
        inside = CROSSWALK.index[CROSSWALK["placement"] == placement]
        published = panel.figure("ehc_plans", "England", "2025", f"placement/{placement}")
        assert sum(england.get(name, 0.0) for name in inside) == published.value


@pytest.mark.parametrize(("year", "expected"), [(2025, WITHDRAWN), (2026, set())])
def test_every_authority_adds_up_or_is_refused(panel, year, expected):
    refused = set()
    for area in panel.geography.authorities(year):
        total = panel.figure("ehc_plans", area, year).value
        try:
            found = dsg7(placement_groups(panel, area, Census(year)), total)
        except ModelError as error:
            assert "A setting is missing or suppressed" in str(error)  # noqa: PT017
            refused.add(area.name)
        else:
            assert found[list(DSG_7)].sum() == total
    assert refused == expected


def test_a_missing_group_is_refused_and_never_counted_as_nobody(england):
    # 638,745 less the 30,059 elsewhere who are neither at home nor in other arrangements.
    without = {name: n for name, n in england.items() if name != "elsewhere_other"}
    with pytest.raises(ModelError, match="add up to 608,686, not to the 638,745"):
        dsg7(without, 638_745)


def test_an_unknown_group_is_refused_by_name(england):
    with pytest.raises(ModelError, match="'special_free_school'"):
        dsg7(england | {"special_free_school": 1.0}, 638_746)


@pytest.mark.parametrize("table", [project_dsg7, project_lsrp14])
def test_projected_parts_add_up_each_year_to_the_central_case(somerset, table):
    found = table(somerset)
    central = somerset.plans().set_index("year")["central"]
    parts = found[found["placement"] != TOTAL].groupby("year")["plans"].sum()
    totals = found[found["placement"] == TOTAL].set_index("year")["plans"]
    np.testing.assert_allclose(parts, totals)
    np.testing.assert_allclose(totals, central[totals.index])
    assert set(found.loc[found["plans"].isna(), "status"]) <= {"unavailable"}


def test_the_split_is_the_authoritys_own_of_the_base_census(somerset):
    # Somerset's 2,371 mainstream plans of January 2026: 212 in units, 2 in resourced
    # provision and 38 in independent schools leave 2,119.
    found = project_dsg7(somerset).query("year == '2030'").set_index("placement")["plans"]
    there = somerset.central.stock[4].sum(axis=0)[:, 0]
    assert found["Mainstream schools or academies"] == pytest.approx(there[0] * 2119 / 2371)
    assert found["Resourced provision or SEN units"] == pytest.approx(there[0] * 214 / 2371)
    assert found["NMSS or independent"] == pytest.approx(there[2] + there[0] * 38 / 2371)


def test_the_published_year_says_what_follows_by_subtraction(somerset):
    first = project_dsg7(somerset).query("year == '2026'").set_index("placement")
    assert first.loc[TOTAL, "plans"] == 6_350
    assert first.loc[TOTAL, "status"] == "observed"
    # Schools are what bases and independent schools leave of mainstream; colleges what
    # specialist institutions leave of further education.
    derived = first.index[first["status"] == "derived"]
    assert set(derived) == {
        "Mainstream schools or academies",
        "Post-16 and FE",
        "Other placements or direct payments",
    }
    assert set(first["status"]) == {"derived", "observed"}


def test_the_reform_plans_year_is_the_one_before_its_census(somerset):
    found = project_lsrp14(somerset)
    assert (found["year"].astype(int) - found["plan_year"].astype(int) == 1).all()


def test_where_no_setting_is_published_englands_split_is_used_and_said():
    # Withdrawn in January 2025, the base of the record before January 2026 was published.
    found = project_dsg7(hn.project(earlier(), "Wolverhampton", draws=20))
    first = found[found["year"] == "2025"]
    assert first["plans"].notna().sum() == 1
    assert "Not published by setting" in first["note"].iloc[0]
    later = found[found["year"] == "2026"].set_index("placement")["note"]
    assert later["Resourced provision or SEN units"] == "Split as in England."
    assert later["Post-16 and FE"] == ""


def test_the_models_placements_are_those_of_the_crosswalk():
    assert set(MODEL_PLACEMENTS) == set(CROSSWALK["placement"]) - {"unknown"}
