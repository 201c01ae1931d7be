"""The stock of plans on the published files."""

import pytest

from highneeds.sources import placements, plans
from highneeds.sources.files import RawFiles
from tests.raw.finance_copies import geography
from tests.raw.sen2_copies import (
    ENGLAND,
    authorities,
    cells,
    interactive_tool,
    plain,
    statuses,
    values,
)

# data/SOURCES of the education releases: plans and statements in England each January.
ANCHORS = {
    "2010": 228_221,
    "2011": 229_017,
    "2012": 230_156,
    "2013": 233_431,
    "2014": 237_111,
    "2015": 240_183,
    "2016": 256_315,
    "2017": 287_290,
    "2018": 319_819,
    "2019": 353_995,
    "2020": 390_109,
    "2021": 430_697,
    "2022": 473_255,
    "2023": 517_048,
    "2024": 576_474,
    "2025": 638_745,
    "2026": 718_838,
}
# Areas whose January placements are missing, and how the record says so.
WITHOUT_PLACEMENTS = {
    ("2024", "204"): "unavailable",
    ("2024", "874"): "unavailable",
    ("2025", "812"): "unavailable",
    ("2025", "873"): "unavailable",
    ("2025", "336"): "withdrawn",
    ("2025", "846"): "withdrawn",
}
LONDON = "E12000007"


@pytest.fixture(scope="module")
def reading(raw_dir):
    return plans.read(RawFiles(raw_dir), geography(raw_dir))


@pytest.fixture(scope="module")
def found(reading):
    return values(reading.observations)["ehc_plans"]


@pytest.fixture(scope="module")
def status(reading):
    return statuses(reading.observations)["ehc_plans"]


def test_england_equals_every_published_january(found):
    assert found["total", "total", :, ENGLAND].to_dict() == ANCHORS


@pytest.mark.parametrize("year", ANCHORS)
def test_authorities_sum_to_england(found, year):
    own = authorities(found["total", "total", year])
    assert len(own) in {151, 152, 153}
    assert own.sum() == ANCHORS[year]


def test_london_grew_by_a_third_in_four_years(found):
    london = found["total", "total", :, LONDON]
    assert (london["2014"], london["2018"]) == (40_340, 53_975)
    assert round(100 * (53_975 / 40_340 - 1), 1) == 33.8


def test_seven_placement_groups_sum_to_all_plans_in_january_2025(found):
    england = found["placement"].xs(("2025", ENGLAND), level=["year", "la_code"])
    groups = {
        "mainstream": 278_236,
        "special": 193_880,
        "alternative_provision": 4_858,
        "further_education": 88_158,
        "elsewhere": 49_750,
        "early_years": 4_524,
        "unknown": 19_339,
    }
    special = england.pop("state_special") + england.pop("independent_special")
    assert {**england, "special": special} == groups
    assert sum(groups.values()) == 638_745


def test_settings_make_up_the_seven_dsg_placements(found):
    england = found["placement_detail"].xs(("2025", ENGLAND), level=["year", "la_code"])
    bases = england[england.index.str.endswith(("_resourced_provision", "_senunit"))]
    schools = england[
        ["mainstream_la_maintained", "mainstream_academy", "mainstream_free_school"]
    ]
    parts = (schools.sum(), bases.sum(), england["mainstream_independent"])
    assert parts == (246_538, 24_524, 7_174)
    assert sum(parts) == 278_236
    elsewhere = [
        "elective_home_education",
        "neet",
        "neet_ntci",
        "neet_other",
        "neet_other_csa",
        "online_provider",
        "other_arrangements_la",
        "other_arrangements_parents",
        "other_placement_settings",
        "other_schools",
        "w_settings",
    ]
    assert england[elsewhere].sum() == 49_750


def test_independent_special_is_independent_and_non_maintained(found):
    detail = found["placement_detail"].xs(("2025", ENGLAND), level=["year", "la_code"])
    independent = found["placement", "independent_special", "2025", ENGLAND]
    assert (detail["special_independent"], detail["special_non_maintained"]) == (
        29_647,
        4_381,
    )
    assert independent == 29_647 + 4_381
    assert found["placement", "state_special", "2025", ENGLAND] == 85_920 + 73_932


@pytest.mark.parametrize("year", ANCHORS)
def test_age_bands_sum_to_all_plans_in_every_area(found, year):
    ages = found["age"].xs(year, level="year").groupby("la_code").sum(min_count=1)
    gap = (found["total", "total", year] - ages).dropna()
    # Bradford's January 2023 lost a plan after its age bands were published.
    expected = {"380": -1, "E12000003": -1, ENGLAND: -1} if year == "2023" else {}
    assert gap[gap != 0].to_dict() == expected
    assert len(gap) >= 160


def test_plans_without_an_age_are_unknown_not_lost(found, status):
    unknown = found["age_year", "unknown", "2024"]
    assert unknown[[ENGLAND, LONDON, "E12000006"]].to_list() == [3_645, 3_186, 459]
    assert found["age_year", "unknown", "2025"].eq(0).all()
    for la_code in ("204", "874"):
        assert set(status.xs(("2024", la_code), level=["year", "la_code"])["age"]) == {
            "unavailable"
        }


def test_single_years_are_those_of_one_topic(found):
    ages = found["age_year"].xs(("2025", ENGLAND), level=["year", "la_code"])
    assert ages["10"] == 41_405
    assert ages["0-2"] == 533
    assert ages.sum() == 638_745
    assert found["age_year_by_placement", "10|mainstream", "2025", ENGLAND] == 26_893


def test_ages_and_placements_make_one_table(found):
    both = found["age_year_by_placement"].rename("value").reset_index()
    both[["age", "placement"]] = both["breakdown"].str.split("|", expand=True).to_numpy()
    by_age = both.groupby(["age", "year", "la_code"])["value"].sum(min_count=8)
    ages = found["age_year"].drop("unknown").rename_axis(["age", "year", "la_code"])
    gap = (ages - by_age).dropna()
    assert len(gap) > 7_000
    assert gap.eq(0).all()


def test_editions_of_2022_and_2025_agree_in_all_shared_authority_years(raw_dir, found):
    table = plain(raw_dir, plans.ESTABLISHMENT_2022)
    local = table[cells(table, geographic_level="Local authority")]
    local = local[local["time_period"] >= "2019"].rename(
        columns={"old_la_code": "la_code", "time_period": "year"}
    )
    placed, _ = placements.from_establishments(local, "Total_all", plans.ESTABLISHMENT_2022)
    earlier = placed.set_index(["figure", "year", "la_code"])["value"]
    later = found["placement"].reindex(earlier.index.rename(found["placement"].index.names))
    assert earlier.groupby(["year", "la_code"]).ngroups == 606
    # Unknown is not in the 2022 edition's later years, and x in the 2025 edition's.
    assert set(earlier.index.get_level_values("figure")) == {
        "mainstream",
        "state_special",
        "independent_special",
        "alternative_provision",
        "further_education",
        "early_years",
        "elsewhere",
    }
    assert (earlier.to_numpy() == later.to_numpy()).all()


def test_stock_agrees_with_the_interactive_tool_in_1064_authority_years(raw_dir, found):
    tool = interactive_tool(raw_dir, "SEN_CASES_JAN")
    stock = authorities(found["total", "total"]).loc["2019":"2025"]
    assert len(stock) == 1_064
    assert tool.reindex(stock.index).equals(stock)


@pytest.mark.parametrize(("year", "printed"), [("2016", 256_530), ("2018", 312_626)])
def test_wrong_grand_totals_of_establishments_are_not_the_stock(
    raw_dir, reading, found, year, printed
):
    table = plain(raw_dir, plans.ESTABLISHMENT_2022)
    grand = cells(
        table,
        time_period=year,
        geographic_level="National",
        establishment_group="Total",
        establishment_type="Total",
    )
    assert table.loc[grand, "Total_all"].to_list() == [str(printed)]
    assert found["total", "total", year, ENGLAND] == ANCHORS[year] != printed
    placed = found["placement"].xs((year, ENGLAND), level=["year", "la_code"])
    assert placed.sum() == printed
    ids = [issue.issue_id for issue in reading.issues]
    assert f"ehc_plans-placements-do-not-sum-{year}-{ENGLAND}" in ids


def test_nested_totals_of_establishments_are_not_counted_twice(raw_dir, found):
    table = plain(raw_dir, plans.ESTABLISHMENT_2022)
    rows = cells(table, time_period="2014", geographic_level="National")
    assert table.loc[rows, "Total_all"].astype(int).sum() == 3 * 237_111
    placed = found["placement"].xs(("2014", ENGLAND), level=["year", "la_code"])
    assert placed.sum() == 237_111


def test_hospital_schools_are_with_maintained_special_schools(found):
    maintained = found["placement_detail", "special_la_maintained", "2018", ENGLAND]
    assert maintained == 82_669 + 90


def test_missing_placements_keep_their_reason(reading, found, status):
    for (year, la_code), reason in WITHOUT_PLACEMENTS.items():
        for kind in ("placement", "placement_detail", "age_year_by_placement"):
            here = (year, la_code)
            theirs = found[kind].xs(here, level=["year", "la_code"])
            reasons = status[kind].xs(here, level=["year", "la_code"])
            if kind == "placement_detail" and la_code == "874":
                # Peterborough prints this one setting; alone it is no placement split.
                assert theirs.pop("other_placement_settings") == 438
                reasons = reasons.drop("other_placement_settings")
            if kind == "placement_detail" and la_code == "204":
                assert theirs.pop("other_placement_settings") == 0
                reasons = reasons.drop("other_placement_settings")
            assert theirs.isna().all()
            assert set(reasons) == {reason}
        assert found["total", "total", year, la_code] > 0
    with_issues = {(issue.year, issue.la_code) for issue in reading.issues}
    assert WITHOUT_PLACEMENTS.keys() <= with_issues


def test_every_other_authority_has_every_placement_since_2023(found):
    placed = authorities(found["placement"])
    lacking = placed[placed.isna()].reset_index()
    since = lacking[lacking["year"] >= "2023"]
    assert set(zip(since["year"], since["la_code"], strict=True)) == set(WITHOUT_PLACEMENTS)
    before = lacking[lacking["year"] < "2023"]
    assert set(before["breakdown"]) == {"unknown"}
    assert set(before["year"]) == {"2019", "2020", "2021", "2022"}


def test_buckinghamshire_is_one_authority_under_two_codes(raw_dir, found):
    table = plain(raw_dir, plans.CASELOAD_2025)
    codes = set(table.loc[table["old_la_code"] == "825", "new_la_code"])
    assert codes == {"E10000002", "E06000060"}
    assert len(found["total", "total", :, "825"]) == 17


def test_a_figure_stands_exactly_where_there_is_one(reading):
    observed = reading.observations
    empty = {"unavailable", "withdrawn", "not_applicable"}
    without = observed["status"].astype(str).isin(empty)
    assert (observed["value"].isna() == without).all()
    assert not observed.duplicated(
        ["la_code", "year", "measure", "breakdown_type", "breakdown"]
    ).any()


# England in the release: statements, then plans; z where there can be none.
@pytest.mark.parametrize(
    ("year", "statements", "plans"),
    [
        ("2014", 237_111, None),
        ("2015", 235_980, 4_203),
        ("2017", 112_057, 175_233),
        ("2018", 34_097, 285_722),
        ("2019", None, 353_995),
    ],
)
def test_statements_and_plans_stand_apart_while_there_were_both(
    reading, year, statements, plans
):
    observed = reading.observations
    mine = observed[(observed["la_code"] == ENGLAND) & (observed["year"] == year)]
    apart = mine[mine["breakdown_type"] == "document"].set_index("breakdown")
    for name, value in (("statement", statements), ("plan", plans)):
        row = apart.loc[name]
        if value is None:
            assert row["status"] == "not_applicable"
        else:
            assert row["value"] == value
    total = mine.loc[mine["breakdown_type"] == "total", "value"].item()
    assert (statements or 0) + (plans or 0) == total
