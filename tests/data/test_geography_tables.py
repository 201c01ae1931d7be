"""The embedded geography: every code, every spelling, every reorganisation since 2009."""

import json
from collections import Counter
from datetime import date

import pytest

from highneeds.cli import main
from highneeds.errors import UsageError
from highneeds.geography import ENGLAND_CODE, Geography
from highneeds.names import normalise

# data/SOURCES of the code history: what became of what, and when.
CHANGES = {
    ("820", "822", date(2009, 4, 1)),
    ("820", "823", date(2009, 4, 1)),
    ("875", "895", date(2009, 4, 1)),
    ("875", "896", date(2009, 4, 1)),
    ("837", "839", date(2019, 4, 1)),
    ("836", "839", date(2019, 4, 1)),
    ("835", "839", date(2019, 4, 1)),
    ("835", "838", date(2019, 4, 1)),
    ("928", "940", date(2021, 4, 1)),
    ("928", "941", date(2021, 4, 1)),
    ("909", "942", date(2023, 4, 1)),
    ("909", "943", date(2023, 4, 1)),
}
ONS_CODES = {
    "825": "E10000002 E06000060",
    "815": "E10000023 E06000065",
    "933": "E10000027 E06000066",
    "370": "E08000016 E08000038",
    "373": "E08000019 E08000039",
    "390": "E08000020 E08000037",
    "929": "E06000048 E06000057",
    "909": "E10000006",
    "942": "E06000063",
    "943": "E06000064",
    "835": "E10000009",
    "837": "E06000028",
    "836": "E06000029",
    "838": "E06000059",
    "839": "E06000058",
    "928": "E10000021",
    "940": "E06000061",
    "941": "E06000062",
}
SPELLINGS = {
    "342": ["St. Helens", "St Helens"],
    "840": ["County Durham", "Durham"],
    "810": ["Kingston upon Hull, City of", "Kingston Upon Hull", "Hull"],
    "884": ["Herefordshire, County of", "Herefordshire"],
    "801": ["Bristol, City of", "Bristol City of", "Bristol"],
    "822": ["Bedford", "Bedford Borough"],
    "839": [
        "Bournemouth, Christchurch and Poole",
        "Bournemouth Christchurch & Poole",
        "BCP",
    ],
    "894": ["Telford & Wrekin", "telford and wrekin "],
    "201": ["City of London", "london corporation"],
    "838": ["Dorset", "Dorset (New, LA code 838)"],
    "420": ["Isles of Scilly", "Isles Of Scilly"],
    "846": ["Brighton and Hove", "Brighton & Hove", "Brighton"],
}
COMPARABLE = {
    "822+823": ("Bedfordshire area", (("820",), ("822", "823"))),
    "895+896": ("Cheshire area", (("875",), ("895", "896"))),
    "838+839": (
        "Dorset, Poole and Bournemouth area",
        (("835", "836", "837"), ("838", "839")),
    ),
    "940+941": ("Northamptonshire area", (("928",), ("940", "941"))),
    "942+943": ("Cumbria area", (("909",), ("942", "943"))),
}


@pytest.fixture(scope="module")
def geography():
    return Geography.load()


def test_every_code_seen_since_2007_is_known(geography):
    # SOURCES.md of the code list: 160 three-digit codes.
    authorities = geography.authorities()
    assert len(authorities) == 160
    assert all(a.la_code.isdecimal() and len(a.la_code) == 3 for a in authorities)


# 150 until the two splits of 2009; 3 became 2 in 2019; 1 became 2 in 2021 and in 2023.
@pytest.mark.parametrize(
    ("januaries", "count"),
    [
        ([2008, 2009], 150),
        (range(2010, 2020), 152),
        ([2020, 2021], 151),
        ([2022, 2023], 152),
        ([2024, 2025], 153),
    ],
)
def test_authorities_at_each_census(geography, januaries, count):
    regions = geography.regions()
    assert len(regions) == 9
    for january in januaries:
        assert len(geography.authorities(january)) == count
        by_region = [a for r in regions for a in geography.members(r.la_code, january)]
        assert len(by_region) == len(set(by_region)) == count
        assert len(geography.members(ENGLAND_CODE, january)) == count


def test_every_change_of_codes_is_known_with_its_day(geography):
    found = {
        (change.predecessor, change.successor, change.effective_date)
        for change in geography.changes
        if change.predecessor != change.successor
    }
    assert found == CHANGES


def test_an_authority_ends_the_day_before_its_successor_begins(geography):
    for before, after, day in CHANGES:
        assert (day - geography[before].last_date).days == 1
        assert geography[after].first_date == day


@pytest.mark.parametrize("la_code", ONS_CODES)
def test_ons_codes_old_and_new_lead_to_the_authority(geography, la_code):
    for ons_code in ONS_CODES[la_code].split():
        assert geography.from_ons(ons_code).la_code == la_code
        assert geography.find(ons_code.lower()).la_code == la_code


@pytest.mark.parametrize("la_code", SPELLINGS)
def test_spellings_of_published_files_and_of_people(geography, la_code):
    for name in SPELLINGS[la_code]:
        assert geography.find(name).la_code == la_code


def test_every_area_is_found_by_its_name_and_by_every_alias(geography):
    for area in geography.areas.values():
        named = geography.find(area.name)
        assert named == area or area in geography.namesakes(named)
        codes, names = geography.aliases(area.la_code)
        assert {geography.find(code).la_code for code in codes} <= {area.la_code}
        assert {geography.find(name).la_code for name in names} <= {area.la_code}


def test_dorset_is_the_only_name_of_two_authorities(geography):
    names = Counter(normalise(area.name) for area in geography.authorities())
    assert [name for name, count in names.items() if count > 1] == ["dorset"]
    assert geography.from_name("Dorset", date(2018, 1, 15)).la_code == "835"
    assert geography.from_name("Dorset", date(2020, 1, 15)).la_code == "838"


def test_comparable_areas_are_the_five_outlines_that_changed(geography):
    found = {area.key: (area.name, area.generations) for area in geography.comparable_areas}
    assert found == COMPARABLE


def test_every_comparable_area_lies_in_one_region(geography):
    for area in geography.comparable_areas:
        assert len({geography[code].region_code for code in area.la_codes}) == 1


def test_every_authority_in_being_has_ten_neighbours_and_is_not_its_own(geography):
    for area in geography.authorities(2025):
        near = geography.neighbours(area.la_code)
        assert len(set(near)) == 10
        assert area not in near


def test_an_ambiguous_name_is_never_picked(geography):
    # Kingston upon Hull or Kingston upon Thames.
    with pytest.raises(UsageError) as refused:
        geography.find("Kingston")
    assert "Kingston upon Thames (314)" in str(refused.value)
    assert "Kingston upon Hull, City of (810)" in str(refused.value)


def test_the_command_line_describes_dorset_and_its_namesake(capsys):
    assert main(["geography", "Dorset"]) == 0
    said = capsys.readouterr().out
    for words in (
        "838",
        "E06000059",
        "South West (E12000009)",
        "Dorset (835, abolished 2019)",
        "2019-04-01",
        "838+839 (Dorset, Poole and Bournemouth area)",
        "Somerset (933)",
    ):
        assert words in said


def test_the_command_line_gives_the_same_as_json(capsys):
    assert main(["geography", "BCP", "--format", "json"]) == 0
    known = json.loads(capsys.readouterr().out)
    assert known["la_code"] == "839"
    assert known["predecessors"] == [
        "Bournemouth (837, abolished 2019)",
        "Poole (836, abolished 2019)",
        "Dorset (835, abolished 2019)",
    ]
    assert len(known["neighbours"]) == 10


def test_the_command_line_lists_the_authorities_of_a_region(capsys):
    assert main(["geography", "North East", "--format", "json"]) == 0
    known = json.loads(capsys.readouterr().out)
    assert len(known["authorities"]) == 12


def test_the_command_line_lists_every_authority_without_a_name(capsys):
    assert main(["geography", "--format", "json"]) == 0
    table = json.loads(capsys.readouterr().out)
    assert len(table) == 160
    assert {"la_code": "909", "ended": "2023-03-31"}.items() <= next(
        row for row in table if row["la_code"] == "909"
    ).items()


def test_the_command_line_refuses_a_misspelt_name(capsys):
    assert main(["geography", "Cumbra"]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert "Nearest: Cumbria (909, abolished 2023), Cumberland (942)." in said.err
