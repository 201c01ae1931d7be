"""Own blocks, before and after deductions: what is stated stands, the rest follows."""

import pytest

from highneeds.geography import Geography
from highneeds.own.figures import OwnFigure, OwnFigures
from highneeds.record.own_money import add_own_blocks
from highneeds.status import Status

BEFORE = "high_needs_block_before_deductions_gbp"
AFTER = "high_needs_block_after_deductions_gbp"
DEDUCTION = "high_needs_places_deduction_gbp"
YEAR = "2024-25"


def added(figures, before, after, status=None):
    """Blocks with own figures of a year put in; England loses a tenth of its blocks."""
    area = Geography.load().find("Somerset")
    stated = tuple(OwnFigure(measure, YEAR, value) for measure, value in figures)
    own = OwnFigures(area, stated, "own.csv", "0" * 64)
    status = dict(status or {})
    gaps = list(add_own_blocks(own, before, after, status, lambda: 0.1))
    return status, gaps


def test_a_deduction_alone_is_taken_off_the_published_block():
    before, after = {YEAR: 100.0}, {YEAR: 95.0}
    status, gaps = added([(DEDUCTION, 8.0)], before, after)
    assert (before[YEAR], after[YEAR]) == (100.0, 92.0)
    assert (status, gaps) == ({}, [])


def test_a_deduction_of_a_year_without_a_block_is_no_block():
    before, after = {}, {}
    status, gaps = added([(DEDUCTION, 8.0)], before, after)
    assert (before, after, status, gaps) == ({}, {}, {}, [])


@pytest.mark.parametrize(
    ("held", "expected"),
    [
        # A published block stands; one that was only estimated is set from the net one,
        # with the deduction of the year before, 90 - 84.
        (Status.OBSERVED, (100.0, 91.0)),
        (Status.ESTIMATED, (97.0, 91.0)),
    ],
)
def test_a_net_block_beside_a_published_one_needs_no_deduction(held, expected):
    before, after = {"2023-24": 90.0, YEAR: 100.0}, {"2023-24": 84.0}
    status, gaps = added([(AFTER, 91.0)], before, after, {YEAR: held})
    assert (before[YEAR], after[YEAR]) == expected
    assert bool(gaps) == (held == Status.ESTIMATED)
    if gaps:
        assert status[YEAR] == Status.OWN
        assert "The deduction of 2023-24, the last held was added to it." in str(gaps[0])


@pytest.mark.parametrize(
    ("measure", "value", "expected", "done"),
    [
        # A tenth of 100 is lost; 90 is what is left of 100.
        (BEFORE, 100.0, (100.0, 90.0), "taken off"),
        (AFTER, 90.0, (100.0, 90.0), "added to"),
    ],
)
def test_with_no_deduction_held_englands_share_is_taken(measure, value, expected, done):
    before, after = {}, {}
    status, (gap,) = added([(measure, value)], before, after)
    assert (before[YEAR], after[YEAR]) == pytest.approx(expected)
    assert status == {YEAR: Status.OWN}
    assert f"England's share of deductions, 10.0%, was {done} it." in str(gap)
