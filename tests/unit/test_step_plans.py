"""One year of plans, with the sums shown."""

from types import SimpleNamespace

import numpy as np
import pytest

from highneeds.errors import ModelError
from highneeds.model.carry import Yearly, carry
from highneeds.model.plans import extra_moves, step_plans, to_bands
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


def pairs():
    """Of those reaching 11, a fifth move from mainstream and a tenth from another."""
    moves = STAY.copy()
    moves[11, MAINSTREAM, [MAINSTREAM, STATE_SPECIAL]] = [0.8, 0.2]
    moves[11, 2, [2, STATE_SPECIAL]] = [0.9, 0.1]
    moves[12, MAINSTREAM, [MAINSTREAM, STATE_SPECIAL]] = [0.4, 0.6]
    return moves


def test_moves_half_as_many_again_take_those_who_would_have_stayed():
    moves = pairs()
    extra = extra_moves(moves, STATE_SPECIAL, np.array([1.5]))
    closing, ended = step_plans(
        plans(a10_0=100, a10_2=50, a11_0=10),
        exit_rate=rates(a10=0.1),
        moves=moves,
        joining=plans(a11_1=7),
        extra=extra,
    )
    # 90 and 45 reach 11 and 10 reach 12. Of them 0.3, 0.15 and 0.9 move.
    moved = {"a11_1": 90 * 0.3 + 45 * 0.15 + 7, "a12_1": 10 * 0.9}
    left = {"a11_0": 90 * 0.7, "a11_2": 45 * 0.85, "a12_0": 10 * 0.1}
    np.testing.assert_allclose(closing, plans(**moved, **left))
    np.testing.assert_allclose(ended, 15)


def test_more_moves_are_at_most_all_who_would_stay_and_fewer_at_most_none():
    # Of 0.2, 0.6 and 0.1: tenfold would be 2, 6 and 1, and nobody stays twice.
    more = extra_moves(pairs(), STATE_SPECIAL, np.array([10.0, -1.0]))
    assert more.ages.tolist() == [11, 11, 12]
    assert more.origins.tolist() == [MAINSTREAM, 2, MAINSTREAM]
    np.testing.assert_allclose(more.shares, [[0.8, -0.2], [0.9, -0.1], [0.4, -0.6]])


def test_those_who_stay_are_fewer_by_those_who_move_besides():
    extra = extra_moves(pairs(), STATE_SPECIAL, np.array([1.5, 1.0]))
    expected = np.ones((len(AGES), 2))
    expected[11], expected[12] = [0.8 - 0.1, 0.8], [0.4 - 0.3, 0.4]
    np.testing.assert_allclose(extra.staying(pairs(), MAINSTREAM), expected)


def test_a_rate_of_nought_or_one_is_no_mistake_and_is_not_named_beside_one():
    with pytest.raises(ModelError, match=r"outside 0 to 1 at age 7, 9\."):
        step_plans(
            plans(),
            exit_rate=rates(a3=1.0, a7=1.2, a9=-0.1),
            moves=STAY,
            joining=plans(),
        )
    moves = STAY.copy()
    moves[5] *= 0.9
    with pytest.raises(ModelError, match=r"do not sum to 1 at age 5\."):
        step_plans(plans(), exit_rate=rates(), moves=moves, joining=plans())
    closing, _ = step_plans(
        plans(a3_0=1), exit_rate=rates(a3=1.0), moves=STAY, joining=plans()
    )
    assert closing.sum() == 0


def test_of_what_closes_a_year_the_share_that_is_kept_is_kept():
    # 100 plans aged 10, none of which ends, and 20 that join at 11. In three futures all,
    # nine tenths and half of the 120 are kept; then in the last two alone.
    record = SimpleNamespace(
        rates=SimpleNamespace(moves=STAY),
        vintage=SimpleNamespace(census=SimpleNamespace(end=2026)),
        own=SimpleNamespace(places={}),
        joining_mix=STAY[0][np.zeros(len(AGES), int)],  # all in mainstream schools
    )
    for kept in (np.array([1.0, 0.9, 0.5]), np.array([0.9, 0.5])):
        none, one = np.zeros(kept.size), np.ones((1, kept.size))
        yearly = Yearly(
            opening=np.repeat(plans(a10_0=100), kept.size, axis=2),
            new=20 * one,
            kept=kept[None],
            balancing=none,
            exit_rate=np.repeat(rates()[None], kept.size, axis=2),
            to_mainstream=0 * one,
            added_places=0 * one,
            profile=np.repeat(plans(a11_0=1)[None, :, 0], kept.size, axis=2),
            moves_to_independent=none + 1.0,
            place_growth=none,
            overflow_to_independent=none,
            overflow_to_mainstream=none,
        )
        found = carry(record, yearly, limited=False)
        np.testing.assert_allclose(found.placements[0].sum(axis=0), 100)
        np.testing.assert_allclose(found.placements[1].sum(axis=0), 120 * kept)
