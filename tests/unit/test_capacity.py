"""Places in state special schools, with every sum shown."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from highneeds.model.capacity import (
    ELSEWHERE,
    INDEPENDENT,
    MAINSTREAM,
    STATE_SPECIAL,
    educate_elsewhere,
    keep_in_mainstream,
    turned_away,
)
from highneeds.record.cells import MODEL_PLACEMENTS


def plans(**by_placement):
    """Plans of one future, all of them aged 11 unless two ages are given."""
    stock = np.zeros((26, len(MODEL_PLACEMENTS), 1))
    for placement, number in by_placement.items():
        stock[11, MODEL_PLACEMENTS.index(placement), 0] = number
    return stock


def place(closing, incumbents, places, to_independent=0.6, to_mainstream=0.2):
    """Plans by placement at age 11 after the limit, and all who were turned away."""
    staying = np.zeros((26, 1))
    staying[11] = incumbents
    away = turned_away(closing, staying, places=np.array([places]))
    placed = closing.copy()
    educate_elsewhere(
        placed,
        away,
        to_independent=np.array([to_independent]),
        to_mainstream=np.array([to_mainstream]),
    )
    return placed[11, :, 0], away.sum()


def test_those_turned_away_go_where_the_shares_say():
    # 100 wanted, 80 of them there already, 90 places: 20 arrive, 10 are served, 10 go
    # elsewhere: 6 independent, 2 mainstream, 2 educated elsewhere.
    placed, away = place(plans(state_special=100, mainstream=50), 80, 90)
    assert away == pytest.approx(10)
    assert placed[STATE_SPECIAL] == pytest.approx(90)
    assert placed[INDEPENDENT] == pytest.approx(6)
    assert placed[MAINSTREAM] == pytest.approx(52)
    assert placed[ELSEWHERE] == pytest.approx(2)


def test_incumbents_are_never_displaced():
    # 80 there already and only 50 places: all 20 who arrive are turned away, nobody else.
    placed, away = place(plans(state_special=100), 80, 50)
    assert away == pytest.approx(20)
    assert placed[STATE_SPECIAL] == pytest.approx(80)


def test_with_room_for_all_nothing_changes():
    closing = plans(state_special=100, independent_special=7)
    placed, away = place(closing, 80, 100)
    assert away == 0
    np.testing.assert_array_equal(placed, closing[11, :, 0])


def test_nobody_arriving_needs_no_place():
    _, away = place(plans(state_special=80), 80, 0)
    assert away == 0


def test_each_age_is_turned_away_in_proportion():
    # 30 arrive at 11 and 10 at 4; 20 places: half of each age is served.
    closing = np.zeros((26, len(MODEL_PLACEMENTS), 1))
    closing[11, STATE_SPECIAL], closing[4, STATE_SPECIAL] = 30, 10
    away = turned_away(closing, np.zeros((26, 1)), places=np.array([20.0]))
    assert away[11, 0] == pytest.approx(15)
    assert away[4, 0] == pytest.approx(5)
    assert away.sum() == pytest.approx(20)


number = st.floats(0, 1e4)


@given(number, number, number, st.floats(0, 0.8), st.floats(0, 0.2))
def test_pupils_are_conserved_and_never_negative(wanted, share, places, out, back):
    closing = plans(state_special=wanted, independent_special=share, mainstream=share)
    placed, away = place(closing, min(share, wanted), places, out, back)
    assert placed.sum() == pytest.approx(closing.sum(), abs=1e-6)
    assert (placed >= -1e-9).all()
    assert 0 <= away <= wanted - min(share, wanted) + 1e-6


def test_a_share_of_those_joining_special_schools_stays_in_mainstream():
    # State: 100 of whom 80 stay, so 20 arrive and a tenth, 2, stay in mainstream.
    # Independent: 30 of whom 20 stay, so 10 arrive and 1 stays in mainstream.
    kept = plans(state_special=100, independent_special=30, mainstream=50)
    staying = {STATE_SPECIAL: np.zeros((26, 1)), INDEPENDENT: np.zeros((26, 1))}
    staying[STATE_SPECIAL][11], staying[INDEPENDENT][11] = 80, 20
    keep_in_mainstream(kept, staying, np.array([0.1]))
    assert kept[11, STATE_SPECIAL, 0] == pytest.approx(98)
    assert kept[11, INDEPENDENT, 0] == pytest.approx(29)
    assert kept[11, MAINSTREAM, 0] == pytest.approx(53)


def test_part_of_a_plan_is_turned_away_like_a_whole_one():
    found, away = place(plans(state_special=10.5), 10, 10.0)
    assert away == pytest.approx(0.5)
    assert found[STATE_SPECIAL] == pytest.approx(10)


def test_nobody_is_kept_in_mainstream_where_all_had_a_place():
    closing, staying = plans(state_special=20), np.zeros((26, 1))
    staying[11] = 25
    keep_in_mainstream(closing, {STATE_SPECIAL: staying}, np.array([0.5]))
    np.testing.assert_array_equal(closing, plans(state_special=20))
