"""The compiled engine gives what the NumPy engine gives, from the same shocks."""

import builtins
import dataclasses
import sys

import numpy as np
import pytest

import highneeds as hn
from highneeds.errors import ModelError
from highneeds.model.record import area_record
from highneeds.model.simulate import Futures, simulate
from highneeds.model.spread import spreads
from highneeds.periods import FinancialYear


@pytest.fixture
def numba():
    return pytest.importorskip(
        "numba", reason="needs numba: install highneeds[fast] (docs/performance.md)"
    )


def run(area: str, scenario: str, *, draws: int, engine: str) -> Futures:
    panel = hn.load_panel()
    return simulate(
        area_record(panel, panel.area(area)),
        hn.Scenario.load(scenario),
        spreads(panel),
        until=FinancialYear(2031),
        draws=draws,
        seed=3,
        engine=engine,
    )


def arrays(futures: Futures) -> dict[str, np.ndarray]:
    return {
        field.name: getattr(futures, field.name) for field in dataclasses.fields(futures)
    }


# Between them the scenarios use every lever; 1,200 futures fill one block and part of the
# next, and 1,200 is no multiple of the futures taken side by side.
@pytest.mark.parametrize("scenario", hn.Scenario.shipped())
@pytest.mark.parametrize("area", ["Somerset", "Isles of Scilly"])
def test_both_engines_agree(numba, area, scenario):
    compiled = arrays(run(area, scenario, draws=1200, engine="compiled"))
    for name, expected in arrays(run(area, scenario, draws=1200, engine="numpy")).items():
        largest = np.abs(expected).max()
        np.testing.assert_allclose(
            compiled[name], expected, rtol=1e-9, atol=1e-9 * largest, err_msg=name
        )


def test_they_agree_where_pupils_are_turned_away(numba, tmp_path):
    path = tmp_path / "limited.toml"
    path.write_text(
        'name = "limited"\ntitle = "Limited"\nextends = "trend"\n'
        "[policies]\nlimit_special_places = true\n",
        encoding="utf-8",
    )
    compiled = run("Somerset", str(path), draws=200, engine="compiled")
    expected = run("Somerset", str(path), draws=200, engine="numpy")
    free = run("Somerset", "trend", draws=200, engine="numpy")
    assert (expected.stock != free.stock).any()
    np.testing.assert_allclose(compiled.stock, expected.stock, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(compiled.balance, expected.balance, rtol=1e-9)


def test_the_number_of_futures_does_not_change_the_first_ones(numba):
    few = run("Somerset", "trend", draws=50, engine="compiled")
    many = run("Somerset", "trend", draws=1100, engine="compiled")
    np.testing.assert_array_equal(many.balance[:, :50], few.balance)


def test_without_numba_it_says_what_to_install(monkeypatch):
    real = builtins.__import__

    def refuse(name, *rest):
        if name == "numba":
            raise ModuleNotFoundError("No module named 'numba'", name="numba")
        return real(name, *rest)

    monkeypatch.delitem(sys.modules, "highneeds.model.compiled", raising=False)
    monkeypatch.setattr(builtins, "__import__", refuse)
    with pytest.raises(ModelError, match=r"needs numba.*highneeds\[fast\]"):
        run("Somerset", "trend", draws=10, engine="compiled")


def test_an_unknown_engine_is_refused():
    with pytest.raises(ModelError, match=r"no engine 'fast'\. Expected numpy or compiled"):
        run("Somerset", "trend", draws=10, engine="fast")
