"""One year of plans, with the sums shown."""

import numpy as np
import pytest

from highneeds.errors import ModelError
from highneeds.model.plans import step_plans, to_bands
from highneeds.record.cells import AGES, MODEL_PLACEMENTS

PLACEMENTS = len(MODEL_PLACEMENTS)
MAINSTREAM, STATE_SPECIAL = 0, 1
STAY = np.tile(np.eye(PLACEMENTS), (len(AGES), 1, 1))


def plans(**cells):
    """A stock with plans at ``age_placement`` cells, one future: plans(a10_0=100)."""
    stock = np.zeros((len(AGES), PLACEMENTS, 1))
    for cell, count in cells.items():
        age, placement = cell.removeprefix("a").split("_")
        stock[int(age), int(placement), 0] = count
    return stock


def rates(**ages):
    rate = np.zeros((len(AGES), 1))
    rate[-1] = 1.0
    for age, value in ages.items():
        rate[int(age.removeprefix("a"))] = value
    return rate


def test_closing_stock_is_opening_less_ended_plus_started():
    closing, ended = step_plans(
        plans(a10_0=100, a12_0=40),
        exit_rate=rates(a10=0.1),
        moves=STAY,
        joining=plans(a11_0=10),
    )
    np.testing.assert_allclose(closing, plans(a11_0=100 - 10 + 10, a13_0=40))
    np.testing.assert_allclose(ended, 10)


def test_everyone_aged_25_leaves():
    closing, ended = step_plans(
        plans(a25_4=7, a24_4=5), exit_rate=rates(), moves=STAY, joining=plans()
    )
    np.testing.assert_allclose(closing, plans(a25_4=5))
    np.testing.assert_allclose(ended, 7)


def test_a_fifth_of_those_reaching_11_move_to_special_school():
    moves = STAY.copy()
    moves[11, MAINSTREAM, MAINSTREAM] = 0.8
    moves[11, MAINSTREAM, STATE_SPECIAL] = 0.2
    closing, _ = step_plans(
        plans(a10_0=50, a8_0=50), exit_rate=rates(), moves=moves, joining=plans()
    )
    np.testing.assert_allclose(closing, plans(a11_0=50 * 0.8, a11_1=50 * 0.2, a9_0=50))


def test_bands_are_the_published_ones():
    bands = to_bands(plans(a4_0=1, a5_0=2, a10_0=3, a11_0=4, a16_0=5, a19_0=6, a20_0=7))
    assert bands[:, 0, 0].tolist() == [1, 2 + 3, 4, 5 + 6, 7]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"exit_rate": rates(a7=1.2)}, "exit rate is outside 0 to 1 at age 7"),
        ({"moves": STAY * 0.5}, "do not sum to 1 at age 0, 1, 2, 3, 4 and 21 more"),
        ({"joining": plans(a5_0=-1)}, "negative number of plans would start at age 5"),
    ],
)
def test_impossible_inputs_are_refused_with_the_age(change, words):
    given = {"exit_rate": rates(), "moves": STAY, "joining": plans(), **change}
    with pytest.raises(ModelError, match=words):
        step_plans(plans(a3_0=1), **given)
