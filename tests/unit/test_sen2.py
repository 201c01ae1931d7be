"""Sums, ages and copied totals of the SEN2 readers, on tables checked by eye."""

import pandas as pd
import pytest

from highneeds.errors import SourceError
from highneeds.geography import Geography
from highneeds.sources.adding_up import gaps, require_adding_up, require_known_gaps
from highneeds.sources.ages import (
    age_band,
    age_years,
    with_every_age,
    with_unknown_age,
)
from highneeds.sources.ceased_plans import require_ages
from highneeds.sources.contract import Status
from highneeds.sources.copied_totals import repair_copied_totals
from highneeds.sources.placements import from_rows
from highneeds.sources.sen2 import sum_figures

NORTH_EAST, ENGLAND = "E12000001", "E92000001"
GATESHEAD, NEWCASTLE = "390", "391"
NAN = float("nan")


def observed(*rows, year="2024", kind="total"):
    """Observations of (area, breakdown, value), or (area, breakdown, value, status)."""
    table = pd.DataFrame(
        [(*row, "observed")[:4] for row in rows],
        columns=["la_code", "breakdown", "value", "status"],
    )
    return table.assign(
        year=year, measure="new_ehc_plans", breakdown_type=kind, source_id="file"
    )


def aged(*rows):
    """Figures of (area, age, value), or (area, age, value, status), in 2024."""
    table = pd.DataFrame(
        [(*row, "observed")[:4] for row in rows],
        columns=["la_code", "age", "value", "status"],
    )
    return table.assign(year="2024")


def by_key(table, key):
    return table.set_index(key)[["value", "status"]].apply(tuple, axis=1).to_dict()


def test_a_lone_figure_is_kept_and_a_sum_is_derived():
    parts = observed((GATESHEAD, "a", 2.0), (NEWCASTLE, "a", 3.0), (NEWCASTLE, "b", 4.0))
    summed = by_key(sum_figures(parts, ["la_code"]), "la_code")
    assert summed == {GATESHEAD: (2.0, "observed"), NEWCASTLE: (3.0 + 4.0, "derived")}


def test_a_sum_with_a_missing_part_is_missing_for_the_same_reason():
    parts = observed((GATESHEAD, "a", 2.0), (GATESHEAD, "b", NAN, "unavailable"))
    summed = sum_figures(parts, ["la_code"]).iloc[0]
    assert pd.isna(summed["value"])
    assert summed["status"] == "unavailable"


@pytest.mark.parametrize(
    ("label", "age"),
    [
        ("age 7", "7"),
        ("Aged 7", "7"),
        ("age 25", "25"),
        ("under 3", "0-2"),
        ("age 2 and under", "0-2"),
        ("Aged 20 and over", "20-25"),
        ("Age unknown", "unknown"),
        ("unknown", "unknown"),
    ],
)
def test_ages_are_read_however_they_are_worded(label, age):
    assert age_years(pd.Series([label]), "file").to_list() == [age]


@pytest.mark.parametrize("label", ["age 26", "age 7 to 9", "seven", "", "age 7.5"])
def test_an_age_of_another_kind_is_refused(label):
    with pytest.raises(SourceError, match="Unknown age label in file"):
        age_years(pd.Series(["age 7", label]), "file")


@pytest.mark.parametrize(
    ("age", "band"),
    [
        ("0-2", "0-4"),
        ("4", "0-4"),
        ("5", "5-10"),
        ("10", "5-10"),
        ("11", "11-15"),
        ("15", "11-15"),
        ("16", "16-19"),
        ("19", "16-19"),
        ("20-25", "20-25"),
        ("25", "20-25"),
        ("unknown", "unknown"),
    ],
)
def test_each_age_is_in_its_band(age, band):
    assert age_band(age) == band


def test_an_age_without_a_row_has_no_plans_where_the_ages_are_known():
    found = with_every_age(
        aged(
            (GATESHEAD, "7", 2.0),
            (GATESHEAD, "8", 1.0),
            (NEWCASTLE, "7", 3.0),
            ("204", "8", NAN, "unavailable"),
        )
    )
    rows = found.set_index(["la_code", "age"])
    assert rows.loc[(NEWCASTLE, "8"), ["value", "status"]].to_list() == [0.0, "derived"]
    assert pd.isna(rows.loc[("204", "7"), "value"])
    assert rows.loc[("204", "7"), "status"] == "unavailable"
    assert len(found) == 3 * 2


def test_what_the_ages_leave_of_a_total_is_unknown():
    ages = aged((GATESHEAD, "7", 2.0), (GATESHEAD, "8", 1.0), (NEWCASTLE, "7", 3.0))
    totals = observed((GATESHEAD, "total", 5.0), (NEWCASTLE, "total", 3.0, "estimated"))
    found = with_unknown_age(ages, totals)
    unknown = by_key(found[found["age"] == "unknown"], "la_code")
    assert unknown == {
        GATESHEAD: (5.0 - (2.0 + 1.0), "derived"),
        NEWCASTLE: (0.0, "estimated"),
    }


def test_ages_beyond_their_total_are_refused():
    ages = aged((GATESHEAD, "7", 2.0), (GATESHEAD, "8", 4.0))
    with pytest.raises(SourceError, match="exceed all plans in 390 in 2024"):
        with_unknown_age(ages, observed((GATESHEAD, "total", 5.0)))


def whole(gateshead=2.0, newcastle=3.0, region=5.0, england=5.0):
    return observed(
        (GATESHEAD, "total", gateshead),
        (NEWCASTLE, "total", newcastle),
        (NORTH_EAST, "total", region),
        (ENGLAND, "total", england),
    )


def test_parts_that_sum_are_accepted():
    require_adding_up(whole(), Geography.load(), "file")


@pytest.mark.parametrize(
    ("table", "says"),
    [
        (whole(gateshead=3.0), r"North East \(E12000001\) 2024 .*sum to 6, printed 5"),
        (whole(england=6.0), r"England \(E92000001\) 2024 .*sum to 5, printed 6"),
        (whole()[lambda rows: rows["la_code"] != GATESHEAD], r"sum to 3, printed 5"),
        (whole()[lambda rows: rows["la_code"] != NORTH_EAST], r"sum to 5, printed 0"),
    ],
)
def test_parts_that_do_not_sum_are_refused(table, says):
    with pytest.raises(SourceError, match=says):
        require_adding_up(table, Geography.load(), "file")


def test_a_region_may_exceed_its_parts_only_where_one_is_missing():
    table = whole(region=9.0, england=9.0)
    table.loc[0, ["value", "status"]] = [NAN, "unavailable"]
    require_adding_up(table, Geography.load(), "file")
    less = table.assign(value=table["value"].replace(9.0, 2.0))
    with pytest.raises(SourceError, match="sum to 3, printed 2"):
        require_adding_up(less, Geography.load(), "file")


def test_gaps_are_wholes_less_their_parts_where_every_part_is_known():
    wholes = observed((GATESHEAD, "total", 5.0), (NEWCASTLE, "total", 3.0))
    parts = observed(
        (GATESHEAD, "mainstream", 4.0),
        (GATESHEAD, "unknown", 0.0),
        (NEWCASTLE, "mainstream", 1.0),
        (NEWCASTLE, "unknown", NAN, "unavailable"),
        kind="placement",
    )
    both = {("2024", GATESHEAD): 5.0 - 4.0, ("2024", NEWCASTLE): 3.0 - 1.0}
    assert gaps(wholes, parts) == {("2024", GATESHEAD): 5.0 - 4.0}
    assert gaps(wholes, parts, ["unknown"]) == both
    # What no area has a figure of was not told apart that year: it hides nothing.
    assert gaps(wholes, parts.drop(index=1)) == both


@pytest.mark.parametrize(
    ("found", "says"),
    [
        ({("2024", GATESHEAD): 2.0}, r"390 2024: \+2 where \+1 is known"),
        ({}, r"390 2024: \+0 where \+1 is known"),
        (
            {("2024", GATESHEAD): 1.0, ("2023", NEWCASTLE): -4.0},
            r"391 2023: -4 where \+0 is known",
        ),
    ],
)
def test_a_gap_nobody_explained_is_refused(found, says):
    known = {("2024", GATESHEAD): 1}
    require_known_gaps({("2024", GATESHEAD): 1.0}, known, "Parts")
    with pytest.raises(SourceError, match=says):
        require_known_gaps(found, known, "Parts")


def test_reasons_of_which_most_are_too_young_are_refused():
    # 10 of 100 at the maximum age were younger than 20, as published about 2025; exchanged
    # with those in higher education, 60 of 100 were.
    ages = pd.DataFrame(
        {"la_code": ENGLAND, "year": "2024", "age": ["12", "18", "20-25", "unknown"]}
    ).assign(
        max_age=["1", "9", "90", "500"],
        he=["0", "60", "40", "0"],
        employ=["0", "48", "52", "0"],
        no_engage=["0", "37", "63", "0"],
    )
    require_ages(ages, "file")
    exchanged = ages.assign(max_age=ages["he"], he=ages["max_age"])
    says = "60 of 100 plans that ended in 2024 for max_age were of children younger than 20"
    with pytest.raises(SourceError, match=says):
        require_ages(exchanged, "file")
    # 21 of 100 in work at 12; a local row says nothing of England.
    worked = ages.assign(employ=["21", "30", "49", "0"])
    with pytest.raises(SourceError, match="21 of 100 plans that ended in 2024 for employ"):
        require_ages(worked, "file")
    require_ages(worked.assign(la_code="886"), "file")


def placed(*rows):
    return observed(*rows, kind="placement")


def test_an_authority_that_prints_its_regions_total_is_rebuilt():
    totals = whole(gateshead=5.0)
    parts = placed((GATESHEAD, "mainstream", 1.5), (GATESHEAD, "elsewhere", 0.5))
    none = observed((NEWCASTLE, "total", 3.0))
    used, issues = repair_copied_totals(totals, parts, none, Geography.load(), "file")
    rows = by_key(used, "la_code")
    assert rows[GATESHEAD] == (1.5 + 0.5, Status.REPAIRED)
    assert rows[NEWCASTLE] == (3.0, "observed")
    assert [(issue.la_code, issue.published, issue.used) for issue in issues] == [
        (GATESHEAD, "5", "2")
    ]
    assert totals["value"].iloc[0] == 5.0  # the table given is left as it was


def test_without_placements_a_wider_count_is_an_estimate():
    parts = placed((GATESHEAD, "mainstream", NAN, "unavailable"))
    wider = observed((GATESHEAD, "total", 2.0)).assign(source_id="other")
    used, issues = repair_copied_totals(
        whole(gateshead=5.0), parts, wider, Geography.load(), "file"
    )
    row = used.set_index("la_code").loc[GATESHEAD]
    assert (row["value"], row["status"], row["source_id"]) == (2.0, "estimated", "other")
    assert issues[0].status == "estimated"


def test_a_copied_total_that_nothing_can_replace_is_refused():
    none = observed((NEWCASTLE, "total", 3.0))
    with pytest.raises(SourceError, match=r"Gateshead \(390\) in 2024 \(5\)"):
        repair_copied_totals(whole(gateshead=5.0), placed(), none, Geography.load(), "file")


def test_a_region_of_one_authority_may_equal_it():
    alone = observed(
        (GATESHEAD, "total", 5.0), (NORTH_EAST, "total", 5.0), (ENGLAND, "total", 5.0)
    )
    none = observed((NEWCASTLE, "total", 3.0))
    used, issues = repair_copied_totals(alone, placed(), none, Geography.load(), "file")
    assert used.equals(alone)
    assert issues == []


def test_rows_of_a_placement_are_told_from_its_parts():
    rows = pd.DataFrame(
        {
            "breakdown": [
                "Special - Academy/free schools",
                "Special - academy/free school",
                "Special - total",
                "Mainstream - total",
                "Mainstream - academy (SEN unit)",
                "Placement not recorded",
            ]
        }
    )
    assert from_rows(rows, "file").to_list() == [
        "state_special",
        "state_special",
        "",
        "mainstream",
        "",
        "unknown",
    ]
    with pytest.raises(SourceError, match="'Hybrid school'"):
        from_rows(pd.DataFrame({"breakdown": ["Hybrid school"]}), "file")
