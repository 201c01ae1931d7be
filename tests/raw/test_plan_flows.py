"""New and ceased plans, on the published files and on altered copies."""

import pytest

from highneeds.errors import SourceError
from highneeds.sources import ceased_plans, placements, plan_flows
from highneeds.sources.files import RawFiles
from tests.raw.finance_copies import geography
from tests.raw.sen2_copies import (
    ENGLAND,
    authorities,
    cells,
    changed,
    interactive_tool,
    plain,
    statuses,
    values,
)

YEARS = [str(year) for year in range(2009, 2026)]
# Of 2025 only England's ages were copied.
WITH_AGES = YEARS[:-1]
YORKSHIRE = "E12000003"
REGION_TOTAL_2022 = 6_078
BARNSLEY, LEEDS, WAKEFIELD = "370", "383", "384"
ALL_NEW = "New EHC plans"


@pytest.fixture(scope="module")
def reading(raw_dir):
    return plan_flows.read(RawFiles(raw_dir), geography(raw_dir))


@pytest.fixture(scope="module")
def new(reading):
    return values(reading.observations)["new_ehc_plans"]


@pytest.fixture(scope="module")
def status(reading):
    return statuses(reading.observations)["new_ehc_plans"]


@pytest.fixture(scope="module")
def ceased(raw_dir):
    found = ceased_plans.read(RawFiles(raw_dir), geography(raw_dir))
    return values(found.observations)["ceased_ehc_plans"]


def of_england(figures, year):
    return figures.xs((year, ENGLAND), level=["year", "la_code"])


def test_england_started_as_many_plans_as_published(new):
    england = new["total", "total", :, ENGLAND]
    published = {"2021": 62_180, "2022": 66_706, "2023": 84_428, "2024": 97_747}
    published["2025"] = 110_708
    assert england[list(published)].to_dict() == published
    assert list(england.index) == YEARS


@pytest.mark.parametrize("year", YEARS)
def test_authorities_sum_to_england(new, year):
    totals = new["total", "total", year]
    assert authorities(totals).sum() == totals[ENGLAND]
    assert totals[totals.index.str.startswith("E12")].sum() == totals[ENGLAND]


def test_the_file_prints_the_regions_total_for_fifteen_authorities(raw_dir):
    table = plain(raw_dir, plan_flows.NEW_2025)
    of_2022 = table[cells(table, time_period="2022", breakdown_topic=ALL_NEW)]
    local = of_2022[of_2022["geographic_level"] == "Local authority"]
    wrong = local[local["new_ehc_plans"] == str(REGION_TOTAL_2022)]
    assert len(wrong) == 15
    assert set(wrong["region_code"]) == {YORKSHIRE}
    assert local["new_ehc_plans"].astype(int).sum() == 151_798


def test_authorities_that_print_their_regions_total_are_rebuilt(reading, new, status):
    year = new["total", "total", "2022"]
    assert year[BARNSLEY] == 319
    # Its other settings (4) are already inside the 17 elsewhere; its ages sum alike.
    assert year[LEEDS] == 214 + 71 + 0 + 29 + 8 + 17 + 18 == 357
    assert new["age_year", :, "2022", LEEDS].sum() == 357
    repaired = status["total", "total", "2022"].loc[lambda kept: kept == "repaired"]
    assert len(repaired) == 14
    assert (status == "repaired").sum() == 14
    assert year[[*repaired.index, WAKEFIELD]].sum() == REGION_TOTAL_2022
    issues = [issue for issue in reading.issues if "region-total" in issue.issue_id]
    assert {issue.la_code for issue in issues} == {*repaired.index, WAKEFIELD}
    assert {issue.published for issue in issues} == {"6,078"}


def test_wakefield_takes_a_wider_count_that_closes_the_region(
    raw_dir, reading, new, status
):
    table = plain(raw_dir, plan_flows.PROCESS_2023)
    here = cells(table, time_period="2022", old_la_code=WAKEFIELD)
    assert table.loc[here, "new_all_ehc"].str.strip().to_list() == ["462"]
    assert new["total", "total", "2022", WAKEFIELD] == 462
    assert status["total", "total", "2022", WAKEFIELD] == "estimated"
    rows = reading.observations
    row = rows[(rows["la_code"] == WAKEFIELD) & (rows["year"] == "2022")]
    source = row.loc[row["breakdown_type"] == "total", "source_id"].to_list()
    assert source == [plan_flows.PROCESS_2023.source_id]
    # 112 of its plans came with an age; no placement did.
    assert new["age_year", "unknown", "2022", WAKEFIELD] == 462 - 112
    assert status["age_year", "unknown", "2022", WAKEFIELD] == "estimated"
    placed = status["placement"].xs(("2022", WAKEFIELD), level=["year", "la_code"])
    assert set(placed) == {"unavailable"}


def test_the_wider_count_is_not_used_where_the_narrow_one_is_known(raw_dir, new):
    table = plain(raw_dir, plan_flows.PROCESS_2023)
    england = cells(table, time_period="2022", geographic_level="National")
    assert table.loc[england, "new_all_ehc"].str.strip().to_list() == ["68665"]
    assert new["total", "total", "2022", ENGLAND] == 66_706


def test_an_authority_with_no_row_gets_none(new):
    assert ("placement", "mainstream", "2019", "420") not in new.index
    for la_code in ("856", "921"):
        assert ("total", "total", "2023", la_code) not in new.index
        assert ("total", "total", "2024", la_code) in new.index


def test_editions_agree_where_they_overlap(raw_dir, new):
    table = plain(raw_dir, plan_flows.NEW_2025)
    early = table[cells(table, breakdown_topic=ALL_NEW) & (table["time_period"] <= "2021")]
    local = early[early["geographic_level"] == "Local authority"]
    assert len(local) == 150 + 151 + 152
    for year, la_code, value in local[
        ["time_period", "old_la_code", "new_ehc_plans"]
    ].itertuples(index=False):
        assert new["total", "total", year, la_code] == float(value)
    establishments = plain(raw_dir, plan_flows.ESTABLISHMENT_2022)
    shared = establishments[
        (establishments["geographic_level"] == "Local authority")
        & (establishments["time_period"] >= "2019")
        & (establishments["old_la_code"] != "420")
    ].rename(columns={"old_la_code": "la_code", "time_period": "year"})
    placed, _ = placements.from_establishments(
        shared, "Total_new_all", plan_flows.ESTABLISHMENT_2022
    )
    earlier = placed.set_index(["figure", "year", "la_code"])["value"]
    later = new["placement"].reindex(earlier.index.rename(new["placement"].index.names))
    assert len(earlier) > 3_000
    assert (earlier.to_numpy() == later.to_numpy()).all()


@pytest.mark.parametrize("year", WITH_AGES)
def test_ages_sum_to_all_new_plans_in_every_area(new, year):
    ages = new["age"].xs(year, level="year").groupby("la_code").sum(min_count=1)
    gap = (new["total", "total", year] - ages).dropna()
    assert gap.eq(0).all()
    assert len(gap) >= 160


def test_placements_of_persons_sum_to_all_new_plans(new):
    for year, without in (("2022", 350), ("2023", 0), ("2024", 0)):
        placed = of_england(new["placement"], year)
        assert placed.sum() == new["total", "total", year, ENGLAND] - without


def test_ceased_plans_are_as_published(ceased):
    england = ceased["total", "total", :, ENGLAND]
    before = {"2022": 34_724, "2023": 39_419, "2024": 44_862}
    assert england.to_dict() == {**before, "2025": 50_346}
    for year in england.index:
        assert authorities(ceased["total", "total", year]).sum() == england[year]
    reasons = of_england(ceased["reason"], "2024")
    assert reasons["no_longer_engaging"] == 16_091
    assert reasons["moved_to_another_authority"] == 13_953
    # One plan of Essex has no reason in any column.
    assert reasons.sum() == 44_862 - 1


def test_ceased_plans_by_age_and_placement_sum_to_all(ceased):
    assert of_england(ceased["age_year"], "2024").sum() == 44_862
    placed = of_england(ceased["placement"], "2024")
    assert placed.sum() == 44_862
    # General, specialist post-16 and other further education providers.
    assert placed["further_education"] == 9_348 + 1_430 + 1_005
    assert placed["independent_special"] == 1_219 + 162
    # The label of academies differs between the two years: both are read.
    assert of_england(ceased["placement"], "2023")["state_special"] == 1_983 + 1_730
    assert placed["state_special"] == 2_232 + 2_036


def test_new_plans_agree_with_the_interactive_tool_but_for_its_repeated_error(raw_dir, new):
    tool = interactive_tool(raw_dir, "SEN_CASES_DUR_YEAR")
    ours = authorities(new["total", "total"]).reindex(tool.index)
    differ = tool[tool != ours]
    assert set(differ.to_list()) == {REGION_TOTAL_2022}
    assert len(differ) == 15
    assert set(differ.index.get_level_values("year")) == {"2022"}


def copied_totals(table, year="2024", region="E12000001"):
    """Authorities of a region made to print its total, as in 2022."""
    here = cells(table, time_period=year, region_code=region, breakdown_topic=ALL_NEW)
    whole = table.loc[here & (table["geographic_level"] == "Regional"), "new_ehc_plans"]
    table.loc[here, "new_ehc_plans"] = whole.iloc[0]


def test_copied_totals_are_rebuilt_whatever_the_region_and_year(raw_dir, tmp_path, new):
    raw = changed(raw_dir, tmp_path, plan_flows.NEW_2025, copied_totals)
    reading = plan_flows.read(raw, geography(raw_dir))
    rebuilt, kept = values(reading.observations), statuses(reading.observations)
    assert rebuilt["new_ehc_plans"].equals(new)
    of_2024 = kept["new_ehc_plans", "total", "total", "2024"]
    assert (of_2024 == "repaired").sum() == 12  # authorities of the North East


def copied_totals_without_placements(table):
    copied_totals(table)
    here = cells(table, time_period="2024", old_la_code="390", breakdown_topic=ALL_NEW)
    table.loc[here, "mainstream_total"] = "x"


def copied_total_of_an_early_year(table):
    region = cells(table, time_period="2015", region_code="E12000001")
    region &= cells(table, geographic_level="Regional", characteristic_age="Total")
    here = cells(table, time_period="2015", old_la_code="390", characteristic_age="Total")
    table.loc[here, "Total_new_all"] = table.loc[region, "Total_new_all"].iloc[0]


def missing_authority(table):
    gone = cells(table, time_period="2024", old_la_code="390", breakdown_topic=ALL_NEW)
    return table[~gone]


def unknown_symbol(table):
    table.loc[cells(table, old_la_code="390", breakdown="age 7"), "new_ehc_plans"] = "*"


def renamed_placement(table):
    return table.rename(columns={"nm_early_years": "early_years"})


@pytest.mark.parametrize(
    ("file", "edit", "says"),
    [
        (
            plan_flows.NEW_2025,
            copied_totals_without_placements,
            r"region's total as the authority's own for Gateshead \(390\) in 2024 \(4,",
        ),
        (
            plan_flows.AGE_2022,
            copied_total_of_an_early_year,
            r"North East \(E12000001\) 2015 new_ehc_plans total/total",
        ),
        (plan_flows.NEW_2025, missing_authority, r"North East \(E12000001\) 2024"),
        (plan_flows.NEW_2025, unknown_symbol, r"'\*' \(line"),
        (
            plan_flows.NEW_2025,
            renamed_placement,
            r"lacks 1 expected column: nm_early_years",
        ),
    ],
)
def test_an_altered_file_of_new_plans_is_refused(raw_dir, tmp_path, file, edit, says):
    raw = changed(raw_dir, tmp_path, file, edit)
    with pytest.raises(SourceError, match=says):
        plan_flows.read(raw, geography(raw_dir))


def new_kind_of_placement(table):
    table.loc[table["breakdown"] == "FE - total", "breakdown"] = "Post-16 - total"


def reason_dropped(table):
    here = cells(table, time_period="2024", breakdown_topic="All ceased EHC plans")
    here &= (table["old_la_code"] == "886") | (table["geographic_level"] == "National")
    here |= cells(table, time_period="2024", region_code="E12000008") & cells(
        table, geographic_level="Regional", breakdown_topic="All ceased EHC plans"
    )
    fewer = table.loc[here, "deceased"].astype(int) - 1
    table.loc[here, "deceased"] = fewer.astype(str)


@pytest.mark.parametrize(
    ("edit", "says"),
    [
        (new_kind_of_placement, r"Unknown type of placement .*'Post-16 - total'"),
        (reason_dropped, r"by reason .*886 2024: \+1 where \+0 is known"),
    ],
)
def test_an_altered_file_of_ceased_plans_is_refused(raw_dir, tmp_path, edit, says):
    raw = changed(raw_dir, tmp_path, ceased_plans.CEASED_2025, edit)
    with pytest.raises(SourceError, match=says):
        ceased_plans.read(raw, geography(raw_dir))
