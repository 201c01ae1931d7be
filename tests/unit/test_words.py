import math

import pytest

from highneeds.words import (
    balance_words,
    between,
    billions,
    chance,
    change,
    count,
    decimal,
    hint,
    in_futures,
    millions,
    percent,
    plural,
    pounds,
    whole_pounds,
)


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        (12_340_000, "£12.3m"),
        (-12_360_000, "−£12.4m"),
        (1_234_567_890, "£1,234.6m"),
        (-40_000, "£0.0m"),  # no minus before nothing
        (0, "£0.0m"),
        (None, "[x]"),
        (math.nan, "[x]"),
        (math.inf, "[x]"),
    ],
)
def test_pounds_are_shown_in_millions_with_a_real_minus_sign(amount, text):
    assert millions(amount) == text


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        (-999_900_000, "−£999.9m"),
        (-1_234_000_000, "−£1.23bn"),
        (12_340_000_000, "£12.3bn"),
        (None, "[x]"),
    ],
)
def test_large_sums_are_shown_in_billions(amount, text):
    assert pounds(amount) == text


def test_a_change_carries_its_sign():
    assert [millions(x, signed=True) for x in (5e6, -5e6, 0)] == [
        "+£5.0m",
        "−£5.0m",
        "£0.0m",
    ]
    assert percent(0.25, signed=True) == "+25%"
    assert count(-1234, signed=True) == "−1,234"


def test_a_small_share_is_not_shown_as_nothing():
    assert percent(0.004) == "0.4%"
    assert percent(0) == "0%"


@pytest.mark.parametrize(
    ("share", "draws", "text"),
    [
        (1.0, 1000, "more than 99%"),
        (0.0, 1000, "less than 1%"),
        (1.0, 100, "more than 99%"),
        (0.42, 1000, "42%"),
        (0.995, 1000, "more than 99%"),  # which would round to 100%
        (0.995, 200, "more than 99%"),
        (0.99, 100, "99%"),
        (0.005, 1000, "0.5%"),
        (math.nan, 1000, "[x]"),
    ],
)
def test_a_chance_never_claims_certainty(share, draws, text):
    assert chance(share, draws) == text


def test_a_balance_in_words_needs_no_sign():
    assert balance_words(-70e6) == "a deficit of £70.0m"
    assert balance_words(3e6) == "a surplus of £3.0m"
    assert balance_words(-1) == "a balance of nil"


def test_a_range_with_equal_ends_is_one_value():
    assert between("£1.0m", "£2.0m") == "£1.0m to £2.0m"
    assert between("£1.0m", "£1.0m") == "£1.0m"


def test_a_number_is_as_short_as_it_can_be():
    shown = [decimal(value) for value in (63000.0, 0.58333333, -0.5, 5.0, 0.0)]
    assert shown == ["63,000", "0.5833", "−0.5", "5", "0"]


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (0.985, "in nearly every simulated future"),
        (0.984, "in about 98 of every 100 simulated futures"),
        (0.016, "in about 2 of every 100 simulated futures"),
        (0.015, "in almost no simulated future"),
    ],
)
def test_a_chance_is_never_said_for_certain(share, text):
    assert in_futures(share) == text


def test_what_is_counted_agrees_with_its_number():
    assert [plural(n, "year") for n in (0, 1, 2)] == ["0 years", "1 year", "2 years"]
    assert plural(1204, "January", "Januaries") == "1,204 Januaries"


def test_sums_of_other_sizes_have_the_same_sign():
    assert billions(-1_250_000_000) == "−£1.2bn"  # half goes to the even digit
    assert billions(-40_000_000) == "£0.0bn"
    assert whole_pounds(-1_234.5) == "−£1,234"
    assert change(0) == "+0%"
    assert change(-0.0042, 1) == "−0.4%"


def test_a_near_name_is_offered_behind_the_one_that_is_not_known():
    known = ["draws", "drawn", "seed"]
    assert hint("drwas", known) == " (the nearest is draws)"
    assert hint("drwas", known, most=2) == " (the nearest are draws, drawn)"
    assert hint("authority", known) == ""
