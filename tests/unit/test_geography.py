"""Names, codes and reorganisations, on a country of six authorities made by hand."""

from datetime import date

import pandas as pd
import pytest

from highneeds.errors import UsageError
from highneeds.geography import ENGLAND_CODE, Area, Geography
from highneeds.names import normalise
from highneeds.panel.areas import authority_table, facts
from highneeds.periods import Census

AUTHORITY = (
    "la_code name level region_code region_name ons_code kind first_date last_date".split()
)
REGION = ("E12000009", "South West")


def authority(code, name, ons, first="", last=""):
    return (code, name, "la", *REGION, ons, "county", first, last)


def country(areas, changes, aliases=(), neighbours=()):
    nation = (ENGLAND_CODE, "England", "england", "", "", ENGLAND_CODE, "", "", "")
    region = (*REGION, "region", *REGION, REGION[0], "", "", "")
    columns = "effective_date change_type predecessor_la_code successor_la_code note"
    return Geography(
        pd.DataFrame([nation, region, *areas], columns=AUTHORITY),
        pd.DataFrame(aliases, columns=["alias", "kind", "la_code"]),
        pd.DataFrame(changes, columns=columns.split()),
        pd.DataFrame(neighbours, columns=["la_code", "rank", "neighbour_la_code"]),
    )


@pytest.fixture(scope="module")
def geography():
    """Oldshire was split in 2015 into East and West; Westshire joined Coast in 2020."""
    areas = [
        authority("901", "Oldshire", "E1", last="2015-03-31"),
        authority("902", "East Oldshire", "E2", first="2015-04-01"),
        authority("903", "Westshire", "E3", first="2015-04-01", last="2020-03-31"),
        authority("904", "Coast", "E4", last="2020-03-31"),
        authority("905", "Coast", "E5", first="2020-04-01"),
        authority("906", "St. Swithin & Dale, City of", "E6"),
    ]
    changes = [
        ("2015-04-01", "split", "901", "902", "half"),
        ("2015-04-01", "split", "901", "903", "half"),
        ("2018-04-01", "recode", "906", "906", "E-code only"),
        ("2020-04-01", "merge", "903", "905", "whole"),
        ("2020-04-01", "merge", "904", "905", "whole"),
    ]
    aliases = [("Swithin", "name"), ("E6", "code"), ("E9", "code")]
    return country(
        areas,
        changes,
        [(*alias, "906") for alias in aliases],
        [("902", "1", "906"), ("902", "2", "905")],
    )


@pytest.mark.parametrize(
    "text",
    [
        "906",
        "E6",
        "e9",
        "Swithin",
        "St Swithin and Dale",
        "st. swithin & dale, city of",
        "  ST SWITHIN AND DALE ",
    ],
)
def test_an_authority_is_found_by_any_of_its_names_and_codes(geography, text):
    assert geography.find(text).la_code == "906"


@pytest.mark.parametrize("text", ["England", ENGLAND_CODE, "south west", "E12000009"])
def test_england_and_regions_are_found(geography, text):
    assert geography.find(text).level in ("england", "region")


def test_an_authority_in_being_is_preferred_to_an_abolished_namesake(geography):
    assert geography.find("Coast").la_code == "905"
    assert geography.find("904").name == "Coast"


def test_a_reused_name_means_the_authority_of_the_day(geography):
    assert geography.from_name("Coast", date(2018, 1, 15)).la_code == "904"
    assert geography.from_name("Coast", date(2021, 1, 15)).la_code == "905"
    assert geography.from_name("Coast").la_code == "905"


def test_an_unknown_name_is_refused_with_the_nearest_and_when_they_ended(geography):
    with pytest.raises(UsageError) as refused:
        geography.find("Oldshir")
    said = str(refused.value)
    assert "No area is called 'Oldshir'" in said
    assert "Oldshire (901, abolished 2015)" in said
    assert "East Oldshire (902)" in said
    assert "three-digit DfE code" in said


def test_a_name_near_nothing_is_refused_without_a_guess(geography):
    with pytest.raises(UsageError, match="No known name is near it"):
        geography.find("Zzyzx")


def test_an_unknown_ons_code_is_refused(geography):
    with pytest.raises(UsageError, match="Unknown ONS code 'E77'"):
        geography.from_ons("E77")


@pytest.mark.parametrize(
    ("january", "codes"),
    [
        (2015, "901 904 906"),
        (2016, "902 903 904 906"),
        (2020, "902 903 904 906"),
        (2021, "902 905 906"),
    ],
)
def test_authorities_at_a_census_are_those_in_being_that_january(geography, january, codes):
    assert [area.la_code for area in geography.authorities(january)] == codes.split()
    assert [a.la_code for a in geography.members("E12000009", january)] == codes.split()
    assert [a.la_code for a in geography.members(ENGLAND_CODE, january)] == codes.split()


def test_predecessors_and_successors(geography):
    assert [area.la_code for area in geography.successors("901")] == ["902", "903"]
    assert [area.la_code for area in geography.predecessors("905")] == ["903", "904"]
    assert geography.predecessors("906") == ()


def test_a_change_of_ons_code_alone_is_no_change_of_codes(geography):
    assert geography.changes_of("906") == ()
    assert geography.comparable("906") is None


def test_a_comparable_area_holds_every_generation_of_a_chain_of_changes(geography):
    (only,) = geography.comparable_areas
    # Before 2015, from 2015 to 2020, and since.
    assert only.generations == (("901", "904"), ("902", "903", "904"), ("902", "905"))
    assert str(only) == "902+905 (Oldshire and Coast area)"
    for code in ("901", "902", "903", "904", "905"):
        assert geography.comparable(code) is only


def test_the_key_of_a_comparable_area_is_never_a_code():
    areas = [
        authority("903", "Left", "E3", last="2020-03-31"),
        authority("904", "Right", "E4", last="2020-03-31"),
        authority("905", "Both", "E5", first="2020-04-01"),
        authority("907", "Before", "E7", last="2020-03-31"),
        authority("908", "After", "E8", first="2020-04-01"),
    ]
    merger = [("2020-04-01", "merge", code, "905", "whole") for code in ("903", "904")]
    renamed = ("2020-04-01", "recode", "907", "908", "new code")
    found = country(areas, [*merger, renamed]).comparable_areas
    assert [str(area) for area in found] == [
        "903+904 (Left and Right area)",
        "907+908 (Before area)",
    ]


def test_a_copy_knows_more_areas_and_the_original_does_not(geography):
    known = geography.with_areas([Area("new-902+906", "Midland", "proposed")])
    assert known.find("midland") is known.find("NEW-902+906")
    assert known.find("Swithin").la_code == "906"
    assert [a.la_code for a in known.authorities()] == [
        a.la_code for a in geography.authorities()
    ]
    with pytest.raises(UsageError):
        geography.find("Midland")


def test_a_folder_name_has_only_letters_digits_and_hyphens():
    assert Area("902+905", "Old & Coast area", "la").slug == "902-905-old-coast-area"
    assert Area("801", "Bristol, City of", "la").slug == "801-bristol-city-of"


def test_the_facts_of_an_authority(geography):
    known = facts(geography, geography.find("905"), Census(2025))
    assert known["began"] == "2020-04-01"
    assert known["ended"] == ""
    assert known["same_name"] == ["Coast (904, abolished 2020)"]
    assert known["predecessors"] == [
        "Westshire (903, abolished 2020)",
        "Coast (904, abolished 2020)",
    ]
    assert known["comparable_area"] == "902+905 (Oldshire and Coast area)"
    assert known["region"] == "South West (E12000009)"
    assert known["changes"][0] == "2020-04-01 merge: Westshire (903) → Coast (905) (whole)"


def test_the_facts_of_an_authority_with_neighbours_and_other_codes(geography):
    assert facts(geography, geography["902"], Census(2025))["neighbours"] == [
        "St. Swithin & Dale, City of (906)",
        "Coast (905)",
    ]
    known = facts(geography, geography["906"], Census(2025))
    assert (known["ons_codes"], known["also_called"]) == (["E6", "E9"], ["Swithin"])


def test_the_table_of_authorities_has_each_once(geography):
    table = authority_table(geography).set_index("la_code")
    assert list(table.index) == ["901", "902", "903", "904", "905", "906"]
    assert table.loc["903", ["began", "ended"]].tolist() == ["2015-04-01", "2020-03-31"]


@pytest.mark.parametrize(
    ("published", "same"),
    [
        ("Dorset (New, LA code 838)", "Dorset"),
        ("Cumbria (Pre LGR 2023)", "Cumbria"),
        ("Herefordshire, County of", "Herefordshire"),
        ("Bristol City of", "Bristol"),
        ("St. Helens", "St Helens"),
        ("Telford & Wrekin", "Telford and Wrekin"),
        ("BOURNEMOUTH, CHRISTCHURCH AND POOLE", "Bournemouth Christchurch & Poole"),
    ],
)
def test_published_spellings_meet(published, same):
    assert normalise(published) == normalise(same)
