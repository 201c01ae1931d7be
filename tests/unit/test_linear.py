"""Linear programmes against SciPy's, and what a solver leaves in its process."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import isotonic_regression, linprog

from highneeds.linear import cheapest
from highneeds.report.marks import spread


@given(st.integers(0, 2**32 - 1), st.integers(1, 6), st.integers(1, 12), st.booleans())
def test_the_cheapest_mix_is_scipys(seed, rows, columns, presolve):
    random = np.random.default_rng(seed)
    cost, table = random.normal(size=columns), random.normal(size=(rows, columns))
    sums = table @ random.uniform(-1, 2, columns)
    found = cheapest(cost, table, (sums, sums), (-1.0, 2.0), presolve=presolve)
    theirs = linprog(cost, A_eq=table, b_eq=sums, bounds=(-1, 2), method="highs")
    if theirs.status != 0:  # the only mix, met but for a last digit
        assert rows >= columns
        return
    assert found is not None
    assert found.cost == pytest.approx(theirs.fun, abs=1e-6)
    assert found.cost == pytest.approx(found.values @ cost, abs=1e-9)
    assert table @ found.values == pytest.approx(sums, abs=1e-6)
    if rows < columns:  # else several multipliers say the same
        assert found.multipliers == pytest.approx(theirs.eqlin.marginals, abs=1e-6)


def test_no_mix_and_no_least_are_none():
    one = np.array([1.0])
    assert cheapest(one, one[None], (2.0, 2.0), (0.0, 1.0)) is None
    assert cheapest(-one, 0 * one[None], (0.0, 0.0), (0.0, np.inf)) is None


def test_a_solver_prints_nothing_and_starts_no_thread(capfd):
    """Output is a user's table, and a process of two threads cannot be forked."""
    before = len(list(Path("/proc/self/task").glob("*")))
    one = np.array([1.0])
    assert cheapest(one, one[None], (2.0, 2.0), (0.0, 3.0)).cost == pytest.approx(2.0)
    assert capfd.readouterr() == ("", "")
    assert len(list(Path("/proc/self/task").glob("*"))) == before


@given(st.lists(st.floats(-100, 100), min_size=1, max_size=12), st.floats(0, 20))
def test_labels_move_as_little_as_keeps_them_apart(heights, room):
    wanted = np.sort(np.array(heights))
    offsets = room * np.arange(len(heights))
    expected = isotonic_regression(wanted - offsets).x + offsets
    assert spread(wanted, [room] * len(heights)) == pytest.approx(expected, abs=1e-9)
