"""Suspensions and exclusions 2017/18 to 2023/24: the compiled file and altered copies."""

import pandas as pd
import pytest

from highneeds.errors import SourceError
from highneeds.sources import exclusions_derived, lait, pupils
from highneeds.sources.exclusions import COUNTS, RATES
from highneeds.sources.files import RawFiles
from tests.raw.education_copies import altered_table, geography, where

PATH = exclusions_derived.DERIVED.path
ENGLAND = "E92000001"
KEYS = ["la_code", "year", "breakdown_type", "breakdown"]
# SOURCES.md: England as published in the seven releases.
PUBLISHED = {
    "2017/18": (410_753, 7_905),
    "2018/19": (438_265, 7_894),
    "2019/20": (310_733, 5_057),
    "2020/21": (352_454, 3_928),
    "2021/22": (578_280, 6_495),
    "2022/23": (786_961, 9_376),
    "2023/24": (954_952, 10_885),
}


@pytest.fixture(scope="module")
def reading(raw_dir):
    return exclusions_derived.read(RawFiles(raw_dir), geography(raw_dir))


@pytest.fixture(scope="module")
def rows(reading):
    return reading.observations.set_index(["measure", "la_code", "year", "breakdown"])


@pytest.mark.parametrize("year", PUBLISHED)
def test_authorities_add_up_to_the_published_counts_of_england(reading, year):
    counts = reading.observations
    own = counts[
        counts["la_code"].str.isdigit()
        & (counts["year"] == year)
        & (counts["breakdown"] == "total")
    ]
    sums = own.groupby("measure")["value"].sum()
    assert (sums["suspensions"], sums["permanent_exclusions"]) == PUBLISHED[year]


@pytest.mark.parametrize(
    ("phase", "published"),
    [("primary", 4_614_990), ("secondary", 3_669_933), ("special", 160_420)],
)
def test_headcounts_of_2023_24_are_the_published_ones(rows, phase, published):
    assert rows.loc[("pupils", ENGLAND, "2023/24", phase), "value"] == published


def test_every_printed_national_and_regional_rate_follows_from_the_counts(raw_dir, reading):
    printed = exclusions_derived.published_rates(RawFiles(raw_dir), geography(raw_dir))
    printed = printed[printed["la_code"].str.startswith("E")]
    printed = printed[printed["year"].isin(PUBLISHED)].dropna()
    # SOURCES.md counts 292 without the London rows: England and 8 regions in 7 years, Inner
    # and Outer London in 5 of them, 4 phases each. London's own row starts in 2022/23.
    london = printed["la_code"] == "E12000007"
    assert (~london).sum() == 4 * (7 * 9 + 5 * 2) == 292
    assert london.sum() == 4 * 2
    counts = reading.observations.pivot(index=KEYS, columns="measure", values="value")
    both = counts.reset_index().merge(printed, on=KEYS, validate="one_to_one")
    assert len(both) == 300
    for rate, count in RATES.items():
        gap = (100 * both[count] / both["pupils"] - both[f"{rate}_printed"]).abs()
        assert gap.max() <= 0.5e-5 + 1e-9


def test_counts_are_derived_and_printed_rates_observed(reading):
    own = reading.observations[reading.observations["la_code"].str.isdigit()]
    assert len(own) == 4224 * 7  # SOURCES.md: 4,224 rows; seven columns of figures
    events = own[own["measure"].isin(COUNTS) & (own["measure"] != "pupils")]
    assert set(events["status"]) == {"derived"}
    rates = own[own["measure"].isin(RATES)]
    assert set(rates["status"]) == {"observed"}
    assert set(rates["source_id"]) == {lait.LAIT.source_id}


def test_headcounts_equal_the_pupil_census_but_for_eight_cells(raw_dir, reading):
    census = pupils.headcounts(RawFiles(raw_dir), geography(raw_dir))
    ours = reading.observations[reading.observations["measure"] == "pupils"]
    both = census.merge(ours, on=KEYS, validate="one_to_one")
    both = both[both["year"] <= "2021/22"]
    differs = both[both["headcount"] != both["value"]]
    # SOURCES.md: rate times census headcount is whole in every cell but 8 of the 3,012.
    assert len(both) == 3012
    assert len(differs) == 8
    assert set(differs["breakdown_type"]) == {"phase"}
    # What one phase lacks the other has: the totals of each authority agree.
    moved = differs.assign(gap=differs["value"] - differs["headcount"])
    assert (moved.groupby(["la_code", "year"])["gap"].sum() == 0).all()
    named = {
        (issue.la_code, issue.year, issue.breakdown)
        for issue in reading.issues
        if issue.issue_id == "exclusions-headcount-by-phase"
    }
    assert named == set(
        differs[["la_code", "year", "breakdown"]].itertuples(index=False, name=None)
    )


def test_isles_of_scilly_2023_24_has_no_events(rows):
    scilly = rows.xs("420", level="la_code").xs("2023/24", level="year")
    totals = scilly.xs("total", level="breakdown")["value"]
    assert totals["suspensions"] == totals["permanent_exclusions"] == 0
    assert totals["pupils"] > 0


def test_london_is_the_sum_of_its_two_parts(rows):
    for count in COUNTS:
        year = rows.loc[count]["value"].xs("2020/21", level="year").xs("total", level=1)
        assert year["E12000007"] == year["E13000001"] + year["E13000002"]


def test_london_rates_are_computed_where_the_tool_prints_none(rows):
    # data.md: the tool's London row is empty before 2022/23, its two parts after.
    rates = rows.loc["suspensions_per_100"].xs("total", level="breakdown")["status"]
    assert rates["E12000007", "2021/22"] == rates["E13000001", "2023/24"] == "derived"
    assert rates["E12000007", "2023/24"] == rates["E13000001", "2021/22"] == "observed"


def camden(column, value):
    def edit(table):
        keys = {"la_name": "Camden", "time_period": "202324", "school_type": "Total"}
        return where(table, column, value, **keys)

    return edit


ALTERED = {
    "a column renamed": (
        lambda table: table.rename(columns={"suspensions": "suspension"}),
        ["suspensions (the nearest is suspension)"],
    ),
    "a count altered": (camden("suspensions", "1"), ["202/2023/24", "do not give back"]),
    "a headcount altered": (camden("headcount", "9999"), ["202/2023/24"]),
    "a fraction": (camden("permanent_exclusions", "1.5"), ["not whole numbers"]),
    "a figure missing": (camden("permanent_exclusions", ""), ["missing"]),
    "an unknown method": (camden("method", "guessed"), ["guessed"]),
    "an unknown authority": (
        lambda table: where(table, "old_la_code", "999", la_name="Camden"),
        ["an unknown authority"],
    ),
    "a row twice": (
        lambda table: pd.concat([table, table.head(1)]),
        ["stands twice"],
    ),
    "a phase lost": (
        lambda table: table[
            (table["la_name"] != "Camden") | (table["school_type"] != "Special")
        ],
        ["not the sum of the phases"],
    ),
    "an authority lost": (
        lambda table: table[table["la_name"] != "Camden"],
        ["E12000007", "do not give back the rate printed"],
    ),
    "a year lost": (
        lambda table: table[table["time_period"] != "201920"],
        ["expected every one from 2018 to 2024"],
    ),
}


@pytest.mark.parametrize(("edit", "words"), ALTERED.values(), ids=ALTERED)
def test_an_altered_copy_is_refused(raw_dir, tmp_path, edit, words):
    raw = altered_table(raw_dir, tmp_path, PATH, edit)
    with pytest.raises(SourceError) as refused:
        exclusions_derived.read(raw, geography(raw_dir))
    for word in words:
        assert word in str(refused.value)


def test_a_count_and_its_own_rate_altered_together_are_refused(raw_dir, tmp_path):
    def edit(table):
        keys = {"la_name": "Camden", "time_period": "202324", "school_type": "Special"}
        row = table[(table[list(keys)] == pd.Series(keys)).all(axis=1)].iloc[0]
        more = int(row["suspensions"]) + 1
        rate = round(100 * more / int(row["headcount"]), 5)
        table = where(table, "suspensions", str(more), **keys)
        table = where(table, "susp_rate", str(rate), **keys)
        total = keys | {"school_type": "Total"}
        row = table[(table[list(total)] == pd.Series(total)).all(axis=1)].iloc[0]
        more = int(row["suspensions"]) + 1
        rate = round(100 * more / int(row["headcount"]), 5)
        table = where(table, "suspensions", str(more), **total)
        return where(table, "susp_rate", str(rate), **total)

    raw = altered_table(raw_dir, tmp_path, PATH, edit)
    with pytest.raises(SourceError, match="Interactive Tool"):
        exclusions_derived.read(raw, geography(raw_dir))


def test_a_pupil_census_that_disagrees_is_refused(raw_dir, tmp_path):
    keys = {"phase_type_grouping": "State-funded primary", "time_period": "202122"}

    def edit(table):
        camden = where(table, "headcount", "1", la_name="Camden", **keys)
        england = camden[
            (camden["geographic_level"] == "Local authority")
            & (camden["phase_type_grouping"] == "State-funded primary")
            & (camden["time_period"] == "202122")
        ]
        total = str(england["headcount"].astype(int).sum())
        return where(camden, "headcount", total, geographic_level="National", **keys)

    raw = altered_table(raw_dir, tmp_path, pupils.HEADCOUNT.path, edit)
    with pytest.raises(SourceError, match="differ from the pupil census in total"):
        exclusions_derived.read(raw, geography(raw_dir))
