"""Tribunal appeals and appealable decisions: the published file and altered copies."""

import csv
import re

import pandas as pd
import pytest

from highneeds.errors import SourceError
from highneeds.sources import tribunals
from highneeds.sources.files import RawFiles
from highneeds.sources.tribunal_table import APPEALS
from tests.raw.education_copies import altered_text, geography

PATH = APPEALS.path
ENGLAND = "E92000001"
APPEALED, DECISIONS = "tribunal_appeals", "tribunal_appealable_decisions"
RATE = "tribunal_appeal_rate_pct"
NEW_DECISIONS = "tribunal_appealable_decisions_in_development"
NEW_RATE = "tribunal_appeal_rate_in_development_pct"


@pytest.fixture(scope="module")
def reading(raw_dir):
    return tribunals.read(RawFiles(raw_dir), geography(raw_dir))


@pytest.fixture(scope="module")
def rows(reading):
    return reading.observations.set_index(["measure", "la_code", "year"]).sort_index()


@pytest.fixture(scope="module")
def printed(raw_dir):
    """The published rows by name, read independently: name to cells."""
    with (raw_dir / PATH).open(encoding="utf-8-sig", newline="") as stream:
        return {
            re.sub(r"[\d,]+$", "", line[0].strip()): line for line in csv.reader(stream)
        }


def issues_of(reading, issue_id):
    return [issue for issue in reading.issues if issue.issue_id == issue_id]


# SOURCES.md, checks passed.
@pytest.mark.parametrize(
    ("year", "published"),
    [("2014", 4_108), ("2019", 7_385), ("2023", 15_615), ("2024", 22_276)],
)
def test_appeals_of_england(rows, year, published):
    found = rows.loc[(APPEALED, ENGLAND, year)]
    assert (found["value"], found["status"]) == (published, "observed")


@pytest.mark.parametrize("year", [str(year) for year in range(2014, 2025)])
@pytest.mark.parametrize("measure", [APPEALED, DECISIONS])
def test_authorities_and_regions_each_add_up_to_england(rows, measure, year):
    figures = rows.loc[measure].xs(year, level="year")["value"]
    own = figures[figures.index.str.isdigit()]
    regions = figures[figures.index.str.startswith("E12")]
    assert own.sum() == regions.sum() == figures[ENGLAND]
    assert len(regions) == 9


def test_every_printed_rate_is_appeals_over_decisions_but_for_the_exchanged(rows, printed):
    wide = rows["value"].unstack("measure")
    gap = (100 * wide[APPEALED] / wide[DECISIONS] - wide[RATE]).abs()
    assert gap.max() <= 0.05 + 1e-9
    # With the decisions put right the two printed rates of 2024 no longer follow.
    for name, code in (("Cambridgeshire", "873"), ("Central Bedfordshire", "823")):
        then = float(printed[name][2 + 3 * 10 + 2].rstrip("%"))
        assert (
            abs(
                100
                * wide.loc[(code, "2024"), APPEALED]
                / wide.loc[(code, "2024"), DECISIONS]
                - then
            )
            > 0.05
        )


# SOURCES.md: the code printed beside each name, and the right one.
@pytest.mark.parametrize(
    ("name", "wrong", "right", "year"),
    [
        ("Northamptonshire", "892", "928", 2020),
        ("Nottingham", "891", "892", 2024),
        ("Nottinghamshire", "928", "891", 2024),
        ("Cambridgeshire", "823", "873", 2023),
        ("Central Bedfordshire", "873", "823", 2023),
        ("Bournemouth", "", "837", 2018),
        ("Poole", "", "836", 2018),
        ("Dorset", "838", "835", 2018),
    ],
)
def test_a_wrong_or_blank_code_gives_way_to_the_name(
    rows, reading, printed, name, wrong, right, year
):
    line = printed[name]
    assert line[1].strip() == wrong
    appeals = int(line[2 + 3 * (year - 2014)].replace(",", ""))
    found = rows.loc[(APPEALED, right, str(year))]
    assert (found["value"], found["status"]) == (appeals, "repaired")
    assert right in {issue.la_code for issue in issues_of(reading, "tribunals-wrong-code")}


def test_the_dorset_of_2019_is_the_new_authority_with_its_printed_code(rows):
    assert rows.loc[(APPEALED, "838", "2019"), "status"] == "observed"
    assert (APPEALED, "838", "2018") not in rows.index
    assert (APPEALED, "835", "2019") not in rows.index


# data.md: decisions of 2024 evidently exchanged.
@pytest.mark.parametrize(
    ("code", "used", "rate"), [("873", 8_246, 2.0), ("823", 4_410, 3.2)]
)
def test_exchanged_decisions_are_put_back(rows, reading, code, used, rate):
    found = rows.loc[(DECISIONS, code, "2024")]
    assert (found["value"], found["status"]) == (used, "repaired")
    # 169 appeals of 8,246 decisions are 2.05%; 140 of 4,410 are 3.17%.
    assert rows.loc[(RATE, code, "2024"), "value"] == rate
    named = {
        (issue.la_code, issue.measure)
        for issue in issues_of(reading, "tribunals-exchanged-decisions")
    }
    kinds = (DECISIONS, RATE, NEW_DECISIONS, NEW_RATE)
    assert named == {(area, what) for area in ("873", "823") for what in kinds}


# As printed, Central Bedfordshire's 4,894 in development would be more than all its 4,410.
@pytest.mark.parametrize(
    ("code", "used", "rate"), [("873", 4_894, 3.5), ("823", 2_931, 4.8)]
)
def test_decisions_in_development_go_with_those_exchanged(rows, printed, code, used, rate):
    by_name = {"873": "Central Bedfordshire", "823": "Cambridgeshire"}
    line = printed[by_name[code]]
    assert int(line[2 + 3 * 11].replace(",", "")) == used
    found = rows.loc[(NEW_DECISIONS, code, "2024")]
    assert (found["value"], found["status"]) == (used, "repaired")
    # 169 appeals of 4,894 decisions are 3.45%; 140 of 2,931 are 4.78%.
    assert rows.loc[(NEW_RATE, code, "2024"), "value"] == rate
    assert used <= rows.loc[(DECISIONS, code, "2024"), "value"]


def test_a_dash_among_appeals_is_none(rows, printed):
    assert printed["Darlington"][2].strip() == "-"
    assert rows.loc[(APPEALED, "841", "2014"), "value"] == 0


def test_a_blank_with_a_printed_rate_of_none_is_none_and_says_so(rows, reading, printed):
    line = printed["Isles of Scilly"][2 + 3 * 9 :]
    assert [cell.strip() for cell in line[:3]] == ["", "20", "0.00%"]
    found = rows.loc[(APPEALED, "420", "2023")]
    assert (found["value"], found["status"]) == (0, "repaired")
    assert len(issues_of(reading, "tribunals-blank-appeals")) == 1


def test_figures_in_development(rows, printed, reading):
    suppressed = rows.loc[NEW_DECISIONS]
    suppressed = suppressed[suppressed["status"] == "suppressed"]
    later = suppressed.index.get_level_values("year") == "2025"
    lewisham_and_milton_keynes = {"209", "826"}
    assert set(suppressed[later].index.get_level_values("la_code")) == (
        lewisham_and_milton_keynes
    )
    suppressed = suppressed[~later]
    # SOURCES.md: Blackpool, Redbridge, Waltham Forest, Reading, Surrey, Plymouth.
    assert set(suppressed.index.get_level_values("la_code")) == {
        *("890", "317", "320", "870", "936", "879")
    }
    # 22,276 appeals less 21 + 41 + 58 + 74 + 1,059 + 252 of those six leave 20,771, and
    # 20,771 of 364,912 decisions are 5.7%, as the row "excluding suppressed" prints.
    assert printed["England total excluding suppressed"][36].strip() == "5.70%"
    assert rows.loc[(NEW_DECISIONS, ENGLAND, "2024"), "value"] == 364_912
    assert rows.loc[(NEW_RATE, ENGLAND, "2024"), "value"] == 5.7
    assert len(issues_of(reading, "tribunals-development-rate")) == 1


def test_the_year_an_authority_ended_is_listed_as_a_part_year(rows, reading):
    [named] = issues_of(reading, "tribunals-part-year")
    assert (named.la_code, named.year, named.used) == ("928", "2021", "85")
    assert rows.loc[(DECISIONS, "928", "2021"), "status"] == "unavailable"


def test_no_row_stands_for_an_area_that_did_not_exist(rows):
    assert (APPEALED, "942", "2022") not in rows.index
    assert (APPEALED, "909", "2023") not in rows.index
    assert (APPEALED, "837", "2019") not in rows.index


def test_headings_and_footnotes_are_no_rows(rows, raw_dir):
    own = set(rows.index.get_level_values("la_code"))
    assert own <= set(geography(raw_dir).areas)


def replaced(before, after):
    return lambda text: text.replace(before, after, 1)


def ended_at(heading):
    return lambda text: text.replace('"England Total4,9"', heading).replace(
        f"\n{heading},", "\nEngland Total,", 1
    )


ALTERED = {
    "an unknown name": (replaced("\nDarlington,", "\nDarlingtown,"), ["Darlingtown"]),
    "a row lost": (
        lambda text: re.sub(r"\nDarlington,.*", "", text, count=1),
        ["do not add up to England", APPEALED],
    ),
    "a row twice": (
        lambda text: re.sub(r"(\nDarlington,.*)", r"\1\1", text, count=1),
        ["more than once", "841"],
    ),
    "an unknown symbol": (
        replaced("Darlington,841, - ,450", "Darlington,841,*,450"),
        ["'*'"],
    ),
    "a rate altered": (
        replaced("Darlington,841, - ,450,0.00%", "Darlington,841, - ,450,1.00%"),
        ["Darlington (841) 2014: 1% beside 0 appeals of 450", "not appeals over decisions"],
    ),
    "a blank that no rate explains": (
        replaced("Durham,840,34,", "Durham,840,,"),
        ["Durham", "not read as 0"],
    ),
    "a heading renamed": (
        replaced("Appeals registered4", "Appeals lodged4"),
        ["column 3", "'Appeals lodged'"],
    ),
    "the heading row lost": (
        replaced("Local Authority,LA code", "Local Authority,Code"),
        ["'LA code'"],
    ),
    "a row twice whose appeals are blank": (
        lambda text: re.sub(r"(\nDarlington,841),[^,]*(,.*)", r"\1,\2\1,\2", text, count=1),
        ["more than once", "841"],
    ),
    # The table then ends above its figures.
    "England's name beside a heading": (
        ended_at("OUTER LONDON"),
        ["no figure of England for tribunal_appeals 2014"],
    ),
    "England's name beside the first heading": (ended_at("NORTH EAST"), ["no figures"]),
    "the last row lost": (replaced("England Total4,9", "England"), ["'England Total'"]),
    "a figure before the area existed": (
        lambda text: re.sub(r"Cumberland8,942, \.\. ", "Cumberland8,942,5", text, count=1),
        ["Cumberland in 2014"],
    ),
}


@pytest.mark.parametrize(("edit", "words"), ALTERED.values(), ids=ALTERED)
def test_an_altered_copy_is_refused(raw_dir, tmp_path, edit, words):
    raw = altered_text(raw_dir, tmp_path, PATH, edit)
    with pytest.raises(SourceError) as refused:
        tribunals.read(raw, geography(raw_dir))
    for word in words:
        assert word in str(refused.value)


def test_a_new_swap_is_found_and_put_back(raw_dir, tmp_path, rows):
    def edit(text):
        # Durham 2022: 149 of 4,441 (3.4%); Darlington 2022: 16 of 970 (1.6%).
        text = text.replace(',149,"4,441",3.40%', ",149,970,15.40%", 1)
        return text.replace(",16,970,1.60%", ',16,"4,441",0.40%', 1)

    raw = altered_text(raw_dir, tmp_path, PATH, edit)
    found = tribunals.read(raw, geography(raw_dir)).observations
    found = found.set_index(["measure", "la_code", "year"])
    for code in ("840", "841"):
        key = (DECISIONS, code, "2022")
        assert found.loc[key, "value"] == rows.loc[key, "value"]
        assert found.loc[key, "status"] == "repaired"


def test_decisions_nothing_explains_are_set_aside(raw_dir, tmp_path):
    def edit(text):
        # 2,000 of Durham's decisions of 2022 moved to Lancashire, where they fit in.
        text = text.replace(',149,"4,441",3.40%', ',149,"2,441",6.10%', 1)
        return text.replace(',163,"9,687",1.70%', ',163,"11,687",1.40%', 1)

    raw = altered_text(raw_dir, tmp_path, PATH, edit)
    reading = tribunals.read(raw, geography(raw_dir))
    found = reading.observations.set_index(["measure", "la_code", "year"])
    durham = found.loc[(DECISIONS, "840", "2022")]
    assert durham["status"] == "set_aside"
    assert pd.isna(durham["value"])
    assert pd.isna(found.loc[(RATE, "840", "2022"), "value"])
    # A region with an area set aside has no sum.
    assert (DECISIONS, "E12000001", "2022") not in found.index
    assert (APPEALED, "E12000001", "2022") in found.index
    named = {issue.la_code for issue in issues_of(reading, "tribunals-exchanged-decisions")}
    assert "840" in named
