"""The map: every authority once, neighbours near, classes and colours as they should be."""

import itertools
import re
from pathlib import Path

import pytest

from highneeds.batch import tiles as module
from highneeds.batch.tiles import Measure, classed, measures, tiles
from highneeds.geography import Geography
from tests.batches import headline

CSS = Path(module.__file__).with_name("index.css").read_text("utf-8")
ISLANDS = {"420", "921"}  # Isles of Scilly, Isle of Wight


def test_every_authority_has_one_square_and_no_other():
    codes = [tile.la_code for tile in tiles()]
    authorities = Geography.load().authorities(2025)
    assert sorted(codes) == sorted(area.la_code for area in authorities)
    assert len({(tile.column, tile.row) for tile in tiles()}) == len(codes)
    assert len({tile.label for tile in tiles()}) == len(codes)
    assert max(len(tile.label) for tile in tiles()) <= 9  # what fits in a square


def test_a_square_touches_its_own_region():
    geography = Geography.load()
    place = {(tile.column, tile.row): tile.la_code for tile in tiles()}
    for (column, row), code in place.items():
        around = [
            geography[place[at]].region_code
            for x in (-1, 0, 1)
            for y in (-1, 0, 1)
            if (x or y) and (at := (column + x, row + y)) in place
        ]
        assert geography[code].region_code in around or code in ISLANDS, code


def test_regions_lie_as_on_a_map():
    geography = Geography.load()

    def middle(name, axis):
        held = [
            getattr(tile, axis)
            for tile in tiles()
            if geography[tile.la_code].region_name == name
        ]
        return sum(held) / len(held)

    from_north = ["North East", "North West", "East Midlands", "West Midlands", "London"]
    rows = [middle(name, "row") for name in from_north]
    assert rows == sorted(rows)
    assert middle("South West", "column") < middle("South East", "column")
    assert middle("West Midlands", "column") < middle("East of England", "column")


def even(name="x", **more):
    return Measure(name, name, lambda _: None, lambda value: f"{value:g}", str, **more)


def test_each_class_holds_a_fifth_and_says_its_ends():
    found = classed(even(), {str(n): float(n) for n in range(1, 11)})
    assert [found.by_key[str(n)] for n in range(1, 11)] == [1, 1, 2, 2, 3, 3, 4, 4, 5, 5]
    assert found.words == {1: "1 to 2", 2: "3 to 4", 3: "5 to 6", 4: "7 to 8", 5: "9 to 10"}


def test_classes_part_at_nought_and_the_worst_deficit_is_darkest():
    # -10 to -1: two to each orange. 0 to 3: two to each blue.
    found = classed(even(signed=True), {str(n): float(n) for n in range(-10, 4)})
    assert [found.by_key[str(n)] for n in range(-10, 0)] == [5, 5, 4, 4, 3, 3, 2, 2, 1, 1]
    assert [found.by_key[str(n)] for n in range(4)] == [6, 6, 7, 7]
    assert list(found.words.items()) == [
        (5, "-10 to -9"),
        (4, "-8 to -7"),
        (3, "-6 to -5"),
        (2, "-4 to -3"),
        (1, "-2 to -1"),
        (6, "0 to 1"),
        (7, "2 to 3"),
    ]


def test_no_deficit_is_shown_where_there_is_none():
    assert set(classed(even(signed=True), {"a": 1.0, "b": 2.0}).words) == {6, 7}
    assert set(classed(even(signed=True), {"a": -1.0, "b": -2.0}).words) <= {1, 2, 3, 4, 5}


def test_six_values_use_every_class():
    # Places 0 to 5 of 6 in 5 classes: 0, 5/6, 10/6, 15/6, 20/6 and 25/6, rounded down.
    found = classed(even(), {str(n): float(n) for n in range(6)})
    assert [found.by_key[str(n)] for n in range(6)] == [1, 1, 2, 3, 4, 5]


def test_equal_values_are_in_one_class():
    found = classed(even(), {"a": 1.0, "b": 1.0, "c": 1.0, "d": 2.0})
    assert [found.by_key[key] for key in "abc"] == [1, 1, 1]
    assert found.by_key["d"] > 1
    assert list(found.words.values()) == ["1", "2"]
    assert classed(even(), {}).words == {}


def shown(given):
    found = measures("2029-30", ["2025", "2030"], "31 March 2030")
    return {
        one.name: one.shown(value)
        for one in found
        if (value := one.value(given)) is not None
    }


def test_measures_are_worked_out_from_the_headline():
    # -20m over 40,000 children; -5m of 50m; 3,000 of 2,000 plans; all three quantiles < 0.
    assert shown(headline(-20e6)) == {
        "per_child": "−£500",
        "balance": "−£20.0m",
        "gap": "−10%",
        "growth": "50%",
        "chance": "more than 99%",
    }


@pytest.mark.parametrize(
    ("share", "number", "words"),
    [
        (1.0, 5, "more than 99%"),
        (0.9, 5, "90%"),
        (0.62, 4, "62%"),
        (0.1, 2, "10%"),
        (0.0, 1, "less than 1%"),
    ],
)
def test_the_chance_of_a_deficit_is_the_reports_own_and_coloured_by_class(
    share, number, words
):
    found = headline(0) | {"chance": share}
    assert shown(found)["chance"] == words
    (layer,) = (m for m in measures("", ["2025", "2030"], "") if m.name == "chance")
    assert classed(layer, {"a": layer.value(found)}).by_key == {"a": number}


def test_a_balance_that_is_only_a_change_is_not_shown_as_one():
    assert set(shown(headline(-20e6, level=False))) == {"gap", "growth"}
    assert set(shown({**headline(0), "balance": None, "gap": None, "block": None})) == {
        "growth"
    }


def luminance(colour):
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return sum(w * p for w, p in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(one, other):
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


FILLS = dict(re.findall(r"^\.(c\d) rect \{ fill: (#\w{6})", CSS, re.MULTILINE))
ORANGE, BLUE = ["c1", "c2", "c3", "c4", "c5"], ["c6", "c7"]


def test_the_value_can_be_read_on_every_colour():
    assert sorted(FILLS) == [f"c{n}" for n in (*module.SHADES, *module.SURPLUS)]
    for name, fill in FILLS.items():
        ink = "#ffffff" if name in ("c4", "c5") else "#20262e"
        assert contrast(fill, ink) >= 4.5, name


@pytest.mark.parametrize("ramp", [ORANGE, BLUE])
def test_next_classes_can_be_told_apart_without_their_hue(ramp):
    darkness = [luminance("#ffffff"), *(luminance(FILLS[name]) for name in ramp)]
    for pale, dark in itertools.pairwise(darkness):
        assert (pale + 0.05) / (dark + 0.05) > 1.15


def as_seen_by(colour, weights):
    """Red and green as one, as without one of the two kinds of cone; and blue."""
    red, green, blue = (int(colour[place : place + 2], 16) for place in (1, 3, 5))
    return weights[0] * red + weights[1] * green, blue


@pytest.mark.parametrize("weights", [(0.11, 0.89), (0.29, 0.71)], ids=["red", "green"])
def test_deficit_and_surplus_differ_for_the_colour_blind(weights):
    # What is left to compare is yellow with blue: more yellow is a deficit.
    for name, fill in FILLS.items():
        yellow, blue = as_seen_by(fill, weights)
        assert (yellow - blue > 8) == (name in ORANGE), name
        assert (blue - yellow > 8) == (name in BLUE), name
