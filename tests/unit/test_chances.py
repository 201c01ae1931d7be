"""Chances against SciPy's functions, which are written another way."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import special

from highneeds.chances import events_expected, normal_as_rare, normal_below


def test_the_chance_below_a_normal_number():
    z = np.linspace(-37.0, 37.0, 1481)
    assert normal_below(z) == pytest.approx(special.ndtr(z), rel=1e-12)


@given(st.integers(0, 400_000))
def test_the_expectations_that_a_count_leaves_open(events):
    low, high = events_expected(events)
    below = special.gammaincinv(events, 0.025) if events else 0.0
    assert low == pytest.approx(below, rel=1e-10, abs=1e-12)
    assert high == pytest.approx(special.gammaincinv(events + 1, 0.975), rel=1e-10)


@given(st.floats(2.0, 1000.0), st.floats(0.0, 40.0))
def test_a_normal_number_as_rare_as_students(freedom, t):
    ends = np.array([[-t, t]])
    rare = np.maximum(special.stdtr(freedom, -np.abs(ends)), 1e-300)
    expected = -np.sign(ends) * special.ndtri(rare)
    assert normal_as_rare(ends, freedom) == pytest.approx(expected, rel=1e-8, abs=1e-8)


def test_two_degrees_of_freedom_by_their_formula():
    """Beyond t lies (1 − t/√(2 + t²))/2: at √2·tan 30° it is (1 − sin 30°)/2 = 1/4."""
    t = np.array([np.sqrt(2.0) * np.tan(np.pi / 6.0)])
    assert normal_as_rare(t, 2.0) == pytest.approx(0.674489750196, abs=1e-11)
