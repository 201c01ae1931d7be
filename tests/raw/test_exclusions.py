"""Suspensions and exclusions 2006/07 to 2016/17: the published file and altered copies."""

import pandas as pd
import pytest

from highneeds.errors import SourceError
from highneeds.sources import exclusions, exclusions_derived
from highneeds.sources.files import RawFiles
from tests.raw.education_copies import altered_table, geography, where

PATH = exclusions.BY_AREA.path
ENGLAND = "E92000001"
KEYS = ["la_code", "year", "breakdown_type", "breakdown"]
PERMANENT, SUSPENSIONS = "permanent_exclusions", "suspensions"


@pytest.fixture(scope="module")
def reading(raw_dir):
    return exclusions.read(RawFiles(raw_dir), geography(raw_dir))


@pytest.fixture(scope="module")
def rows(reading):
    return reading.observations.set_index(["measure", "la_code", "year", "breakdown"])


@pytest.fixture(scope="module")
def published(raw_dir):
    return pd.read_csv(raw_dir / PATH, dtype=str, keep_default_na=False)


# SOURCES.md, checks passed.
@pytest.mark.parametrize(
    ("measure", "expected"), [(SUSPENSIONS, 381_865), (PERMANENT, 7_720)]
)
def test_england_2016_17_is_the_published_total(rows, measure, expected):
    figure = rows.loc[(measure, ENGLAND, "2016/17", "total")]
    assert (figure["value"], figure["status"]) == (expected, "observed")


def test_authorities_add_up_to_england_within_its_rounding_and_suppression(reading):
    counts = reading.observations[reading.observations["measure"].isin(exclusions.COUNTS)]
    keys = ["measure", "year", "breakdown"]
    own = counts[counts["la_code"].str.isdigit()].groupby(keys)["value"]
    england = counts[counts["la_code"] == ENGLAND].set_index(keys)["value"]
    assert len(england) == 4 * 11 * 4  # counts, years, phases with the total
    gap = england - own.sum()
    # Half of the rounding to 5; suppressed cells can only leave authorities short.
    assert (gap >= -2.5).all()
    assert (gap[own.size() == own.count()] <= 2.5).all()


def test_every_rate_equals_the_interactive_tool_to_five_decimals(raw_dir, reading):
    printed = exclusions_derived.published_rates(RawFiles(raw_dir), geography(raw_dir))
    counts = reading.observations.pivot(index=KEYS, columns="measure", values="value")
    both = counts.reset_index().merge(printed, on=KEYS)
    both = both[both["la_code"].str.isdigit()]
    # SOURCES.md: 1,208 authority and phase rates of 2015/16 and 2016/17.
    assert len(both) == 1208
    for rate, count in exclusions.RATES.items():
        gap = (100 * both[count] / both["pupils"] - both[f"{rate}_printed"]).abs()
        assert gap.max() <= 0.5e-5 + 1e-9
        assert gap.notna().sum() > 1000


def test_suppressed_counts_stay_suppressed(rows, published):
    # SOURCES.md: 858 cells of permanent exclusions hold x.
    assert (published["perm_excl"] == "x").sum() == 858
    permanent = rows.loc[PERMANENT]
    suppressed = permanent[permanent["status"] == "suppressed"]
    own = suppressed[~suppressed.index.isin(["E12000007"], level="la_code")]
    assert len(own) == 858
    assert suppressed["value"].isna().all()


@pytest.mark.parametrize(
    ("la_code", "year", "phase", "printed", "whole"),
    [
        ("304", "2009/10", "total", 45.9412, 46),
        ("304", "2009/10", "secondary", 40.9412, 41),
        ("925", "2009/10", "total", 124.079, 124),
        ("925", "2009/10", "secondary", 99.0792, 99),
        ("313", "2007/08", "total", 74.0003, 74),
        ("313", "2007/08", "primary", 5.00001, 5),
        ("313", "2007/08", "secondary", 69.0003, 69),
    ],
)
def test_a_fractional_count_is_rounded_and_says_so(
    rows, reading, la_code, year, phase, printed, whole
):
    figure = rows.loc[(PERMANENT, la_code, year, phase)]
    assert (figure["value"], figure["status"]) == (whole, "repaired")
    named = [
        issue
        for issue in reading.issues
        if issue.issue_id == "exclusions-fractional-count"
        and (issue.la_code, issue.year, issue.breakdown) == (la_code, year, phase)
    ]
    assert len(named) == 1
    assert float(named[0].published) == pytest.approx(printed, abs=1e-3)
    assert named[0].used == str(whole)


SPLIT = {"820": ("822", "823"), "875": ("895", "896")}


@pytest.mark.parametrize(("old", "new"), SPLIT.items())
@pytest.mark.parametrize("phase", ["total", "primary", "secondary", "special"])
def test_2008_09_has_pupils_of_the_old_and_events_of_the_new(rows, old, new, phase):
    def figure(measure, code):
        return rows.loc[(measure, code, "2008/09", phase)]

    assert figure("pupils", old)["value"] > 0
    assert figure(SUSPENSIONS, old)["status"] == "set_aside"
    for code in new:
        assert figure(SUSPENSIONS, code)["value"] > 0
        assert figure("pupils", code)["status"] == "set_aside"
        for rate in exclusions.RATES:
            assert pd.isna(figure(rate, code)["value"])
    for rate in exclusions.RATES:
        assert pd.isna(figure(rate, old)["value"])


def test_2008_09_is_listed_for_the_six_authorities(reading):
    named = {
        issue.la_code
        for issue in reading.issues
        if issue.issue_id == "exclusions-split-year"
    }
    assert named == {"820", "822", "823", "875", "895", "896"}


def test_the_national_total_that_phases_miss_is_listed(reading):
    (named,) = [issue for issue in reading.issues if "phases-do-not-sum" in issue.issue_id]
    assert (named.measure, named.la_code, named.year) == (PERMANENT, ENGLAND, "2006/07")
    # As printed: primary, secondary and special, 970 + 7,520 + 165.
    assert named.published == "phases sum to 8,655, total 8,680"


def test_the_year_before_the_split_keeps_its_rates(rows):
    # Bedfordshire 2007/08 as printed: 2,589 of 62,958 pupils is 4.11.
    assert rows.loc[("suspensions_per_100", "820", "2007/08", "total"), "value"] == 4.11


def test_london_is_inner_plus_outer_where_both_are_printed(rows, published):
    parts = published[
        (published["geographic_level"] == "Regional")
        & published["region_name"].isin(["Inner London", "Outer London"])
        & (published["time_period"] == "201617")
        & (published["school_type"] == "Total")
    ]
    london = rows.loc[(SUSPENSIONS, "E12000007", "2016/17", "total")]
    assert london["value"] == parts["fixed_excl"].astype(int).sum()
    assert london["status"] == "derived"
    hidden = rows.loc[(PERMANENT, "E12000007", "2016/17", "special")]
    assert hidden["status"] == "suppressed"


def test_an_unaltered_copy_is_read_alike(raw_dir, tmp_path, reading):
    raw = altered_table(raw_dir, tmp_path, PATH, lambda table: table)
    assert exclusions.read(raw, geography(raw_dir)).observations.equals(
        reading.observations
    )


def kent(column, value):
    def edit(table):
        keys = {"la_name": "Kent", "time_period": "201617", "school_type": "Total"}
        return where(table, column, value, **keys)

    return edit


def without(**keys):
    def edit(table):
        gone = where(table.assign(gone=""), "gone", "yes", **keys)
        return gone[gone["gone"] == ""].drop(columns="gone")

    return edit


ALTERED = {
    "a column renamed": (
        lambda table: table.rename(columns={"fixed_excl": "fixed_exclusions"}),
        ["fixed_excl"],
    ),
    "a new symbol": (kent("perm_excl", "c"), ["'c'", "perm_excl"]),
    "a blank": (kent("fixed_excl", ""), ["''", "fixed_excl"]),
    "a rate in a count column": (kent("fixed_excl", "4.76"), ["4.76", "whole number"]),
    "a count altered": (kent("fixed_excl", "99999"), ["does not add up", "suspensions"]),
    # Printed: 7,720 in 1,255 + 6,385 + 80. Where authorities are suppressed, only the
    # phases can show it: 1,275 would be 20 too many.
    "a national phase altered": (
        lambda table: where(
            table,
            "perm_excl",
            "1275",
            geographic_level="National",
            time_period="201617",
            school_type="State-funded primary",
        ),
        ["Phases of permanent_exclusions", "E92000001 2016/17: -20"],
    ),
    "zero events of a large authority": (
        kent("fixed_excl", "0"),
        ["Kent (886) in 2016/17", "events"],
    ),
    "no pupils without a split": (
        kent("headcount", "0"),
        ["Kent (886) in 2016/17", "pupils"],
    ),
    "a row lost": (
        without(la_name="Kent", time_period="201617", school_type="Total"),
        ["does not add up"],
    ),
    "a row twice": (
        lambda table: pd.concat([table, table[table["la_name"] == "Kent"].head(1)]),
        ["886"],
    ),
    "school rows left in": (
        lambda table: where(table, "geographic_level", "School", la_name="Kent"),
        ["School"],
    ),
    "an unknown school type": (
        lambda table: where(table, "school_type", "Nursery", school_type="Special"),
        ["Nursery"],
    ),
    "an unknown code": (
        lambda table: where(table, "old_la_code", "999", la_name="Kent"),
        ["999"],
    ),
    "a year lost": (without(time_period="201011"), ["expected every year"]),
}


@pytest.mark.parametrize(("edit", "words"), ALTERED.values(), ids=ALTERED)
def test_an_altered_copy_is_refused(raw_dir, tmp_path, edit, words):
    raw = altered_table(raw_dir, tmp_path, PATH, edit)
    with pytest.raises(SourceError) as refused:
        exclusions.read(raw, geography(raw_dir))
    for word in words:
        assert word in str(refused.value)
