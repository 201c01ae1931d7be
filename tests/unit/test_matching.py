"""Names and codes of authorities in a given year, on a geography made by hand.

Old and new Dorset share a name; Anyshire is split in two in April 2021.
"""

import pandas as pd
import pytest

from highneeds.errors import SourceError
from highneeds.geography import Geography
from highneeds.periods import FinancialYear
from highneeds.sources import matching

SOUTH_WEST = ("E12000009", "South West")


def authority(code, name, ons, first="", last=""):
    return {
        "la_code": code,
        "name": name,
        "level": "la",
        "region_code": SOUTH_WEST[0],
        "region_name": SOUTH_WEST[1],
        "ons_code": ons,
        "kind": "",
        "first_date": first,
        "last_date": last,
    }


@pytest.fixture
def geography():
    england = authority("E92000001", "England", "E92000001")
    england |= {"level": "england", "region_code": "", "region_name": ""}
    region = authority(*SOUTH_WEST, SOUTH_WEST[0]) | {"level": "region"}
    authorities = pd.DataFrame(
        [
            england,
            region,
            authority("835", "Dorset", "E10000009", last="2019-03-31"),
            authority("838", "Dorset", "E06000059", first="2019-04-01"),
            authority("800", "Bath and North East Somerset", "E06000022"),
        ]
    )
    aliases = pd.DataFrame(
        [
            ("E10000009", "code", "835"),
            ("E06000059", "code", "838"),
            ("BANES", "name", "800"),
        ],
        columns=["alias", "kind", "la_code"],
    )
    none = pd.DataFrame(
        columns=[
            "effective_date",
            "change_type",
            "predecessor_la_code",
            "successor_la_code",
            "note",
        ]
    )
    neighbours = pd.DataFrame(columns=["la_code", "neighbour_la_code"])
    return Geography(authorities, aliases, none, neighbours)


BEFORE, AFTER = FinancialYear.parse("2018-19"), FinancialYear.parse("2019-20")


def test_a_reused_name_is_read_by_the_first_day_of_the_year(geography):
    names = ["Dorset", "Bath & North East Somerset"]
    assert matching.codes_of_names(names, geography, BEFORE, "file") == ["835", "800"]
    assert matching.codes_of_names(names, geography, AFTER, "file") == ["838", "800"]


def test_reorganisation_takes_effect_on_the_first_of_april(geography):
    assert matching.in_being(geography, BEFORE) == {"835", "800"}
    assert matching.in_being(geography, AFTER) == {"838", "800"}


def test_old_and_new_ons_codes_are_read(geography):
    codes = ["E10000009", "E06000059"]
    assert matching.codes_of_ons(codes, geography, "file") == ["835", "838"]


def test_unknown_names_are_listed_first_five_and_counted(geography):
    names = [f"Nowhere {number}" for number in range(7)]
    with pytest.raises(SourceError) as refused:
        matching.codes_of_names([*names, "BANES"], geography, AFTER, "the file")
    message = str(refused.value)
    assert "'Nowhere 0'" in message
    assert "'Nowhere 5'" not in message
    assert "and 2 more" in message
    assert "the file" in message


def test_a_code_beside_another_name_is_refused(geography):
    matching.require_names_agree(["838"], ["Dorset"], geography, AFTER, "file")
    with pytest.raises(SourceError, match=r"800 beside Dorset \(838\)"):
        matching.require_names_agree(["800"], ["Dorset"], geography, AFTER, "file")


def test_sums_are_exact_and_name_the_whole_that_is_out(geography):
    parts = pd.Series({"838": 10.0, "800": 5.0})
    wholes = pd.Series({"E92000001": 15.0, SOUTH_WEST[0]: 15.0})
    matching.require_sums(parts, wholes, geography, "file")
    wholes["E92000001"] = 16.0
    with pytest.raises(SourceError, match="England by -1") as refused:
        matching.require_sums(parts, wholes, geography, "file")
    assert "South West" not in str(refused.value)


@pytest.mark.parametrize("text", ["2018", "2018/19", "2018-20", "last year"])
def test_a_year_of_another_calendar_is_refused_with_its_file(text):
    with pytest.raises(SourceError, match="the file has the year"):
        matching.financial_year(text, "the file")


def test_a_financial_year_is_read_with_or_without_its_dash():
    assert matching.financial_year("201819", "file") == BEFORE
    assert matching.financial_year("2018-19", "file") == BEFORE
