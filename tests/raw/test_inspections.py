"""Area SEND inspections: the published files and altered copies."""

import re

import pandas as pd
import pytest

from highneeds.errors import SourceError
from highneeds.sources import inspections, inspections_2016
from highneeds.sources.files import RawFiles
from tests.raw.education_copies import altered_table, altered_text, geography, where

OFFICIAL, ENDED = inspections_2016.OUTCOMES.path, inspections_2016.ABOLISHED.path
FULL, MANAGEMENT = inspections.FULL.path, inspections.MANAGEMENT.path
SCRAPED = "inspections/scraped_area_send_overview_2026-06-29.csv"


@pytest.fixture(scope="module")
def table(raw_dir):
    reading = inspections.read(RawFiles(raw_dir), geography(raw_dir))
    assert reading.observations.empty
    return reading.companions["inspections"]


@pytest.fixture(scope="module")
def official(table):
    return table[table["source_id"] == inspections_2016.OUTCOMES.source_id]


def test_official_table_has_the_published_totals(official):
    # SOURCES.md: 149 areas, 82 with a statement; 46 revisited: 20 all, 24 some, 2 none.
    assert len(official) == 149
    assert (official["outcome"] == "written statement required").sum() == 82
    assert official["revisit_outcome"].value_counts().to_dict() == {
        "": 67,
        "not revisited": 36,
        "sufficient on some": 24,
        "sufficient on all": 20,
        "sufficient on none": 2,
    }


def test_a_date_column_with_a_sentence_gives_no_date(official):
    pending = official[official["revisit_outcome"] == "not revisited"]
    assert len(pending) == 36
    assert set(pending["revisit_start_date"]) == {""}


def test_some_is_neither_yes_nor_no(official):
    some = official[official["revisit_outcome"] == "sufficient on some"]
    done = some["weaknesses_sufficient"].astype(int)
    left = some["weaknesses_not_sufficient"].astype(int)
    assert (done > 0).all()
    assert (left > 0).all()
    assert (done + left == some["weaknesses"].astype(int)).all()


def test_codes_of_the_day_and_ofsted_names_become_dfe_codes(official):
    # SOURCES.md: E10 codes of the day; Ofsted's own names.
    named = official.set_index("la_code")["la_name"]
    assert {"825", "909", "815", "933", "801", "840", "884", "810"} <= set(named.index)
    assert {"201", "420"} <= set(named.index)


def test_the_abolished_areas_are_added(table):
    earlier = table[table["framework"] == "2016"]
    assert len(earlier) == 151
    assert (earlier["outcome"] == "written statement required").sum() == 83
    dorset = earlier[earlier["la_code"] == "835"].iloc[0]
    assert dorset["start_date"] == "2017-01-23"
    assert dorset["revisit_outcome"] == "sufficient on some"
    assert dorset["abolished"] == "ceased to exist after 2019-03-31"
    county = earlier[earlier["la_code"] == "928"].iloc[0]
    assert county["outcome"] == "no written statement required"
    assert county["abolished"] == "ceased to exist after 2021-03-31"


def test_full_inspections_have_the_listed_outcomes(table):
    later = table[table["framework"] == "2023"]
    assert len(later) == 97
    assert later["la_code"].nunique() == 96
    assert later["outcome"].value_counts().to_dict() == {
        "inconsistent": 53,
        "systemic failings": 25,
        "typically positive": 19,
    }
    assert later["publication_date"].min() == "2023-05-05"
    assert later["publication_date"].max() == "2026-06-26"
    assert (later["la_code"] == "908").sum() == 2  # Cornwall, twice


def test_priority_areas_are_known_for_fourteen_and_never_made_zero(table):
    worst = table[table["outcome"] == "systemic failings"]
    assert (worst["priority_areas"] != "").sum() == 14
    assert not (worst["priority_areas"] == "0").any()


def test_missing_inspection_dates_stay_missing(table):
    later = table[table["framework"] == "2023"]
    undated = later[later["start_date"] == ""]
    assert set(undated["la_name"]) == {"Buckinghamshire", "Thurrock"}
    assert set(undated["next_due"]) == {""}


def test_official_starts_not_the_dates_with_notice(table):
    # data.md: the reports of Greenwich and Oxfordshire print the notice period.
    later = table[table["framework"] == "2023"].set_index("la_code")["start_date"]
    assert later["203"] == "2023-05-15"
    assert later["931"] == "2023-07-17"


def test_regions_are_the_nine_of_today(table):
    assert table["region"].nunique() == 9
    regions = table.drop_duplicates("la_name").set_index("la_name")["region"]
    assert regions["Darlington"] == "North East"
    assert regions["Barnsley"] == "Yorkshire and The Humber"


def test_the_next_inspection_is_due_the_years_given_after_the_start(table):
    later = table[(table["framework"] == "2023") & (table["la_code"] == "805")].iloc[0]
    # Hartlepool, 13 March 2023, within five years.
    assert later["next_due"] == "2028-03-13"
    slough = table[(table["framework"] == "2023") & (table["la_code"] == "871")].iloc[0]
    assert slough["next_due"] == ""


def test_grades_and_dates_equal_the_table_they_were_made_from(raw_dir, table):
    """A second reading: the public overview of 29 June 2026, latest report of each area."""
    shown = pd.read_csv(raw_dir / SCRAPED, dtype=str, keep_default_na=False)
    latest = table[table["framework"] == "2023"].drop_duplicates("la_code", keep="last")
    latest = latest.set_index("la_code")
    grades = {
        "1.0": "typically positive",
        "2.0": "inconsistent",
        "3.0": "systemic failings",
    }
    compared = 0
    for line in shown.to_dict("records"):
        ours = latest.loc[line["La Code"]]
        day, month, year = line["Publication Date"].split("/")
        assert ours["publication_date"] == f"20{year[-2:]}-{month}-{day}"
        if line["Outcome Grade"] != "NaN":
            assert ours["outcome"] == grades[line["Outcome Grade"]]
            compared += 1
    assert compared == 95  # 96 areas; Slough has no outcome there


def in_row(code, before, after):
    """Edit the first `before` after an area's code."""

    def edit(text):
        at = text.index(f">{code}<")
        return text[:at] + text[at:].replace(before, after, 1)

    return edit


SOMERSET = "E10000027"
WRONG_OFFICIAL = {
    "a heading renamed": (
        lambda text: text.replace("<text:p>Inspection start date<", "<text:p>Start date<"),
        ["Inspection start date", "row 5"],
    ),
    "an unknown code": (in_row(SOMERSET, SOMERSET, "E10000099"), ["E10000099"]),
    "a code beside another name": (
        in_row(SOMERSET, ">Somerset<", ">Dorset<"),
        ["Somerset (933)", "Dorset"],
    ),
    "a region of another area": (
        in_row(SOMERSET, ">South West<", ">London<"),
        ["Somerset (933)", "London"],
    ),
    "an unknown outcome": (
        in_row(SOMERSET, "<text:p>Yes<", "<text:p>Perhaps<"),
        ["Somerset (933)"],
    ),
    "no statement but weaknesses": (
        in_row(SOMERSET, "<text:p>Yes<", "<text:p>No<"),
        ["Somerset (933)"],
    ),
    "other words for not revisited": (
        in_row(SOMERSET, "Not revisited yet", "To be arranged"),
        ["Somerset (933)", "To be arranged"],
    ),
    "a report before its inspection": (
        in_row(SOMERSET, "2020-05-27T00:00:00", "2019-05-27T00:00:00"),
        ["2020-03-09, 2019-05-27"],
    ),
    "a missing date": (
        in_row(SOMERSET, "2020-03-09T00:00:00", "1900-01-01T00:00:00"),
        ["1900-01-01"],
    ),
    "half a weakness": (
        in_row(SOMERSET, 'office:value="9"', 'office:value="9.5"'),
        ["9.5"],
    ),
    "weaknesses the revisit does not account for": (
        # Birmingham: 13 weaknesses, progress on 1 and not on 12.
        in_row("E08000025", 'office:value="13"', 'office:value="14"'),
        ["Birmingham", "[14, 1, 12]"],
    ),
    "another word for some": (
        in_row("E08000025", ">Some<", ">Partly<"),
        ["Birmingham", "Partly"],
    ),
    "an area twice": (
        lambda text: re.sub(
            rf"(<table:table-row(?:(?!<table:table-row).)*>{SOMERSET}<.*?</table:table-row>)",
            r"\1\1",
            text,
            count=1,
        ),
        ["more than once: Somerset"],
    ),
}


@pytest.mark.parametrize(("edit", "words"), WRONG_OFFICIAL.values(), ids=WRONG_OFFICIAL)
def test_an_altered_official_table_is_refused(raw_dir, tmp_path, edit, words):
    raw = altered_text(raw_dir, tmp_path, OFFICIAL, edit)
    with pytest.raises(SourceError) as refused:
        inspections.read(raw, geography(raw_dir))
    for word in words:
        assert word in str(refused.value)


def of(area, column, value, **more):
    return lambda rows: where(rows, column, value, area=area, **more)


DORSET = "Dorset (abolished 1 April 2019)"
WRONG_LISTS = {
    "an abolished area that is not": (
        ENDED,
        lambda rows: where(
            where(rows, "la_code_ons", "E06000059", area=DORSET),
            "area",
            "Dorset",
            area=DORSET,
        ),
        ["Dorset (838)"],
    ),
    "an abolished area under its successor's code": (
        ENDED,
        of(DORSET, "la_code_dfe", "838"),
        ["Dorset (835)", "la_code_dfe"],
    ),
    "a column renamed": (
        FULL,
        lambda rows: rows.rename(columns={"outcome_grade": "grade"}),
        ["outcome_grade"],
    ),
    "a grade that is not the outcome's": (
        FULL,
        of("Hartlepool", "outcome_grade", "2"),
        ["Hartlepool", "outcome_grade"],
    ),
    "another phrasing of the outcome": (
        FULL,
        of("Hartlepool", "outcome", "Lead to typically positive experiences"),
        ["Hartlepool", "outcome_grade"],
    ),
    "a plan without failings": (
        FULL,
        of("Hartlepool", "priority_action_plan_required", "Yes"),
        ["Hartlepool", "priority_action_plan_required"],
    ),
    "no priority area for failings": (
        FULL,
        of("Nottinghamshire", "n_priority_areas", "0"),
        ["Nottinghamshire", "n_priority_areas"],
    ),
    "01/01/1900 for a missing date": (
        FULL,
        of("Thurrock", "inspection_start", "01/01/1900"),
        ["Thurrock", "01/01/1900"],
    ),
    "1900 for a missing date": (
        FULL,
        of("Thurrock", "inspection_start", "1900-01-01"),
        ["Thurrock", "1900-01-01"],
    ),
    "a next inspection after more years than there are": (
        FULL,
        of("Hartlepool", "next_full_inspection_within_years", "202425"),
        ["Hartlepool", "count (0 to 10) is '202425'"],
    ),
    "a code beside another name": (
        FULL,
        of("Hartlepool", "la_code_dfe", "806"),
        ["Hartlepool", "la_code_dfe"],
    ),
    "an inspection twice": (
        FULL,
        lambda rows: pd.concat([rows, rows[rows["area"] == "Hartlepool"]]),
        ["more than once: Hartlepool"],
    ),
    "a start that management information denies": (
        FULL,
        of("Greenwich", "inspection_start", "2023-05-11"),
        ["Greenwich (15/05/2023)"],
    ),
    "an outcome that management information denies": (
        MANAGEMENT,
        lambda rows: where(
            rows,
            "Number.of.areas.for.priority.action",
            "3",
            **{"Local.area.partnership": "Oxfordshire"},
        ),
        ["Oxfordshire (17/07/2023)"],
    ),
    "an unknown name in management information": (
        MANAGEMENT,
        lambda rows: where(
            rows,
            "Local.area.partnership",
            "Oxforshire",
            **{"Local.area.partnership": "Oxfordshire"},
        ),
        ["Oxforshire", "Oxfordshire (931)"],
    ),
}


@pytest.mark.parametrize(("path", "edit", "words"), WRONG_LISTS.values(), ids=WRONG_LISTS)
def test_an_altered_list_is_refused(raw_dir, tmp_path, path, edit, words):
    raw = altered_table(raw_dir, tmp_path, path, edit)
    with pytest.raises(SourceError) as refused:
        inspections.read(raw, geography(raw_dir))
    for word in words:
        assert word in str(refused.value)
