"""Drawing again: reproducible, whatever the number of workers, and adjusted by hand."""

import threading

import numpy as np
import pytest

from highneeds.inspections.models import FirthLogit
from highneeds.inspections.resampling import (
    BLOCK,
    Design,
    Sampling,
    benjamini_hochberg,
    bootstrap_slopes,
    holm,
    in_blocks,
    permuted_rows,
    score_p_values,
    times_drawn,
    uniforms,
)


@pytest.fixture(scope="module")
def design():
    generator = np.random.default_rng(11)
    x = generator.normal(size=(90, 5))
    y = (x[:, 0] + generator.logistic(size=90) > 0).astype(float)
    return Design(x, y, slopes=2, clusters=np.arange(90), strata=np.arange(90) % 6)


def test_a_replicates_numbers_depend_on_its_own_number_alone():
    alone = uniforms(1, "a", range(7, 8), 5)[0]
    np.testing.assert_array_equal(alone, uniforms(1, "a", range(20), 5)[7])
    np.testing.assert_array_equal(alone[:3], uniforms(1, "a", range(7, 8), 3)[0])
    assert not np.allclose(alone, uniforms(1, "b", range(7, 8), 5))
    assert not np.allclose(alone, uniforms(2, "a", range(7, 8), 5))


def test_the_same_seed_gives_the_same_bits_on_any_number_of_workers(design):
    replicates = 2 * BLOCK + 50
    found = [
        (
            bootstrap_slopes(
                FirthLogit(), design, replicates, Sampling(5, workers), name="t"
            ),
            score_p_values(
                FirthLogit(), design, replicates, Sampling(5, workers), name="t"
            ),
        )
        for workers in (1, 2, 3)
    ]
    for slopes, p_values in found[1:]:
        np.testing.assert_array_equal(slopes, found[0][0])
        np.testing.assert_array_equal(p_values, found[0][1])


def test_more_replicates_keep_the_earlier_ones(design):
    few = bootstrap_slopes(FirthLogit(), design, BLOCK, Sampling(5, 1), name="t")
    more = bootstrap_slopes(FirthLogit(), design, 2 * BLOCK, Sampling(5, 2), name="t")
    np.testing.assert_array_equal(more[:BLOCK], few)


def test_blocks_use_every_worker_and_tell_of_progress():
    meeting = threading.Barrier(2, timeout=30)  # fails unless two blocks run at once
    said = []

    def work(block):
        meeting.wait()
        return np.array(block)

    done = in_blocks("steps", 4 * BLOCK, work, Sampling(1, 2, said.append))
    np.testing.assert_array_equal(done, np.arange(4 * BLOCK))
    assert said[0] == f"steps: {BLOCK} of {4 * BLOCK}"
    assert said[-1] == f"steps: {4 * BLOCK} of {4 * BLOCK}"


def test_authorities_are_drawn_within_their_region():
    region = np.array([0, 0, 0, 1, 1])
    times = times_drawn(uniforms(1, "t", range(50), 5), region)
    assert (times[:, :3].sum(axis=1) == 3).all()
    assert (times[:, 3:].sum(axis=1) == 2).all()
    assert times.max() > 1


def test_rows_are_shuffled_within_their_region():
    region = np.array([2, 0, 2, 1, 0, 1, 2])
    rows = permuted_rows(uniforms(1, "t", range(50), 7), region)
    assert (region[rows] == region).all()
    assert (np.sort(rows, axis=1) == np.arange(7)).all()
    assert len(np.unique(rows, axis=0)) > 5


def test_an_authority_with_two_inspections_is_drawn_whole():
    generator = np.random.default_rng(2)
    x = generator.normal(size=(40, 3))
    y = (generator.random(40) < 0.5).astype(float)
    twice = Design(x, y, 1, clusters=np.repeat(np.arange(20), 2), strata=np.zeros(40, int))
    drawn = bootstrap_slopes(FirthLogit(), twice, 3, Sampling(1, 1), name="t")
    times = times_drawn(uniforms(1, "t", range(3), 20), np.zeros(20, int))
    by_hand = [
        FirthLogit().fit(x, y, np.repeat(one, 2)[None, :]).slopes[0, :1] for one in times
    ]
    np.testing.assert_allclose(drawn, by_hand, atol=1e-7)


def test_p_values_are_small_for_an_association_and_never_zero(design):
    p_values = score_p_values(FirthLogit(), design, 999, Sampling(5, 1), name="t")
    assert (p_values[0] < 0.01).all()
    assert (p_values > 0).all()
    assert p_values.min() >= 1 / 1000


def test_holm_by_hand():
    # Sorted 0.01, 0.02, 0.03, 0.04 times 4, 3, 2, 1: 0.04, 0.06, 0.06, 0.06.
    np.testing.assert_allclose(
        holm(np.array([0.04, 0.01, 0.03, 0.02])), [0.06, 0.04, 0.06, 0.06]
    )
    np.testing.assert_allclose(holm(np.array([0.6, 0.7])), [1.0, 1.0])


def test_benjamini_hochberg_by_hand():
    # 0.01 · 4/1, 0.02 · 4/2, 0.03 · 4/3, 0.5 · 4/4; then the least of what follows.
    np.testing.assert_allclose(
        benjamini_hochberg(np.array([0.5, 0.01, 0.03, 0.02])), [0.5, 0.04, 0.04, 0.04]
    )
