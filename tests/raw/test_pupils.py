"""Shares of pupils with SEN, and headcounts: the published files and altered copies."""

import pandas as pd
import pytest

from highneeds.errors import SourceError
from highneeds.sources import lait, pupils
from highneeds.sources.files import RawFiles
from tests.raw.education_copies import altered_table, geography, where

PATH = pupils.HEADCOUNT.path
ENGLAND = "E92000001"


@pytest.fixture(scope="module")
def reading(raw_dir):
    return pupils.read(RawFiles(raw_dir), geography(raw_dir))


@pytest.fixture(scope="module")
def rows(reading):
    return reading.observations.set_index(["measure", "la_code", "year", "breakdown"])


# SOURCES.md, checks passed.
@pytest.mark.parametrize(("year", "share"), [("2016", 2.8), ("2023", 4.3), ("2025", 5.3)])
def test_share_of_pupils_with_a_plan_in_england(rows, year, share):
    found = rows.loc[("pupils_with_ehc_plan_pct", ENGLAND, year, "total")]
    assert (found["value"], found["status"]) == (share, "observed")


@pytest.mark.parametrize(
    "measure", ["pupils_with_ehc_plan_pct", "pupils_on_sen_support_pct"]
)
def test_shares_stand_for_every_authority_in_being_each_january(raw_dir, rows, measure):
    areas = geography(raw_dir)
    for year in range(2016, 2026):
        own = rows.loc[measure].xs((str(year), "total"), level=("year", "breakdown"))
        codes = {code for code in own.index if code.isdigit()}
        assert codes == {area.la_code for area in areas.authorities(year)}


def test_a_phase_without_schools_is_unavailable_and_never_zero(rows):
    # The City of London has no secondary school, Isles of Scilly no primary school.
    for code, phase in (("201", "secondary"), ("420", "primary")):
        found = rows.loc[("pupils_with_ehc_plan_pct", code, "2025", phase)]
        assert found["status"] == "unavailable"
        assert pd.isna(found["value"])


def test_headcount_of_england_in_january_2022_is_the_published_one(rows):
    found = rows.loc[("pupils_on_roll", ENGLAND, "2022", "total"), "value"]
    assert found == 8_418_013  # SOURCES.md


@pytest.mark.parametrize("year", ["2018", "2019", "2020", "2021", "2022"])
def test_kinds_of_school_and_areas_add_up(rows, year):
    heads = rows.loc["pupils_on_roll"].xs(year, level="year")["value"]
    kinds = heads.drop(index="total", level="breakdown").groupby("la_code").sum()
    totals = heads.xs("total", level="breakdown")
    assert kinds.to_dict() == totals.to_dict()
    own = totals[totals.index.str.isdigit()]
    assert own.sum() == totals[ENGLAND]


def test_headcounts_of_compulsory_age_only_are_not_taken(rows, reading):
    # data.md: January 2016 and 2017 cover compulsory school age only.
    heads = rows.loc["pupils_on_roll"]
    early = heads[heads.index.isin(["2016", "2017"], level="year")]
    assert len(early) > 1000
    assert set(early["status"]) == {"set_aside"}
    assert early["value"].isna().all()
    named = [issue for issue in reading.issues if issue.issue_id.startswith("pupils-comp")]
    assert [(issue.year, issue.la_code) for issue in named] == [
        ("2016", "all"),
        ("2017", "all"),
    ]


def test_exclusion_phases_leave_out_nurseries_and_referral_units(raw_dir, rows):
    found = pupils.headcounts(RawFiles(raw_dir), geography(raw_dir))
    total = found[(found["la_code"] == "886") & (found["year"] == "2021/22")]
    total = total.set_index("breakdown")["headcount"]["total"]
    kent = rows.loc["pupils_on_roll"].loc["886"].loc["2022"]["value"]
    assert total == kent["total"] - kent["nursery"] - kent["pupil_referral_unit"]


def kent(column, value):
    def edit(table):
        keys = {"la_name": "Kent", "time_period": "202122", "phase_type_grouping": "Total"}
        return where(table, column, value, **keys)

    return edit


ALTERED = {
    "a column renamed": (
        lambda table: table.rename(columns={"headcount": "head_count"}),
        ["headcount (the nearest is head_count)"],
    ),
    "a headcount altered": (kent("headcount", "1"), ["do not add up", "January 2022"]),
    "a symbol": (kent("headcount", "x"), ["'x'"]),
    "an unknown kind of school": (
        kent("phase_type_grouping", "Academy"),
        ["Academy", "State-funded nursery"],
    ),
    "an unknown code": (kent("old_la_code", "999"), ["999"]),
    "a row twice": (lambda table: pd.concat([table, table.head(1)]), ["more than once"]),
    "a year lost": (
        lambda table: table[table["time_period"] != "201819"],
        ["expected every year from 2016 to 2022"],
    ),
}


@pytest.mark.parametrize(("edit", "words"), ALTERED.values(), ids=ALTERED)
def test_an_altered_copy_is_refused(raw_dir, tmp_path, edit, words):
    raw = altered_table(raw_dir, tmp_path, PATH, edit)
    with pytest.raises(SourceError) as refused:
        pupils.read(raw, geography(raw_dir))
    for word in words:
        assert word in str(refused.value)


def test_rows_by_ethnicity_are_not_counted_again(raw_dir, tmp_path, reading):
    def edit(table):
        again = table[table["la_name"] == "Kent"].assign(ethnicity="Any", headcount="1")
        return pd.concat([table, again])

    raw = altered_table(raw_dir, tmp_path, PATH, edit)
    found = pupils.read(raw, geography(raw_dir))
    assert found.observations.equals(reading.observations)


def test_a_share_rounded_otherwise_is_refused(raw_dir, tmp_path):
    def edit(table):
        keys = {"Short Desc": "SEN_TotStat", "LA and Regions": "Kent", "Years": "2025"}
        return where(table, "Values", "5.123", **keys)

    raw = altered_table(raw_dir, tmp_path, lait.LAIT.path, edit)
    with pytest.raises(SourceError, match=r"5\.123"):
        pupils.read(raw, geography(raw_dir))
