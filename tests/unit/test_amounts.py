import math

import pytest

from highneeds.report.amounts import (
    balance_words,
    between,
    chance,
    count,
    decimal,
    millions,
    percent,
    pounds,
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
