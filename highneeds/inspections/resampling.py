"""Intervals and p values by drawing again: same seed, same numbers, however many workers.

Every replicate has its own random stream, keyed by the seed, the name of the test and the
replicate's number, and replicates are worked in blocks of a fixed size. Adding workers or
replicates therefore changes no number already drawn.

Sources: effective scores and sign flips: Hemerik, Goeman and Finos (2020), JRSS B 82,
841-864. Adjustment: Holm (1979); Benjamini and Hochberg (1995).
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from highneeds.inspections.models import Model, Scores

Progress = Callable[[str], None]
# Part of the format: another size would round differently in the last digits.
BLOCK = 200
_TINY = 1e-12


@dataclass(frozen=True)
class Sampling:
    """How to draw again: the seed, and how many workers share the blocks.

    ``workers`` changes the time taken, never a number. ``progress`` is told of each block.
    """

    seed: int
    workers: int = max(1, os.cpu_count() or 1)
    progress: Progress | None = None


@dataclass(frozen=True, eq=False)
class Design:
    """What a model is fitted to.

    ``x`` has a row an inspection; its first columns are the slopes of interest,
    standardised, the rest year and region. ``y`` is the grade. ``clusters`` numbers the
    authorities and ``strata`` the regions from 0.
    """

    x: np.ndarray
    y: np.ndarray
    slopes: int
    clusters: np.ndarray
    strata: np.ndarray


@lru_cache(maxsize=64)
def uniforms(seed: int, name: str, replicates: range, size: int) -> np.ndarray:
    """Numbers in [0, 1), shape (replicates, size); a row depends on its own number only."""
    digest = hashlib.blake2b(f"{seed}|{name}".encode(), digest_size=16).digest()
    key = int.from_bytes(digest, "little")
    stream = np.random.Philox(key=key)
    generator, state = np.random.Generator(stream), stream.state
    drawn = np.empty((len(replicates), size))
    for row, number in zip(drawn, replicates, strict=True):
        # Put at its replicate's place: a new stream for each takes seven times as long.
        state["state"]["counter"][-1] = number
        stream.state = state
        generator.random(out=row)
    drawn.flags.writeable = False  # shared by every caller of the same stream
    return drawn


def in_blocks(
    name: str,
    replicates: int,
    work: Callable[[range], np.ndarray],
    sampling: Sampling,
    size: int = BLOCK,
) -> np.ndarray:
    """Run `work` on blocks of replicate numbers, on all workers, and join in order."""
    blocks = [
        range(first, min(first + size, replicates)) for first in range(0, replicates, size)
    ]
    done: list[np.ndarray] = []
    # Threads share the arrays, and NumPy lets them run side by side in its products.
    with ThreadPoolExecutor(sampling.workers) as pool:
        for block, result in zip(blocks, pool.map(work, blocks), strict=True):
            done.append(result)
            if sampling.progress:
                sampling.progress(f"{name}: {block.stop} of {replicates}")
    return np.concatenate(done)


def bootstrap_slopes(
    model: Model,
    design: Design,
    replicates: int,
    sampling: Sampling,
    *,
    name: str,
    base: np.ndarray | None = None,
) -> np.ndarray:
    """Slopes refitted to authorities drawn again, with replacement, within regions.

    `base` multiplies the weights, as for inverse-probability weights.

    Returns
    -------
    ndarray, shape (replicates, slopes)
        A refit that did not converge is NaN.
    """
    first = {int(cluster): row for row, cluster in enumerate(design.clusters)}
    stratum_of = np.array([design.strata[first[number]] for number in range(len(first))])

    def refit(block: range) -> np.ndarray:
        drawn = uniforms(sampling.seed, name, block, len(stratum_of))
        weights = times_drawn(drawn, stratum_of)[:, design.clusters]
        fitted = model.fit(design.x, design.y, weights if base is None else weights * base)
        return np.where(
            fitted.converged[:, None], fitted.slopes[:, : design.slopes], np.nan
        )

    return in_blocks(name, replicates, refit, sampling)


def score_p_values(
    model: Model, design: Design, replicates: int, sampling: Sampling, *, name: str
) -> np.ndarray:
    """Two p values a slope: by sign flips of authorities and by permutation in regions.

    The model is fitted without the slope under test, so that it is made as if there were
    no association.

    Returns
    -------
    ndarray, shape (slopes, 2)
    """
    left_out = [_left_out(model, design, slope) for slope in range(design.slopes)]
    by_authority = np.column_stack(
        [np.bincount(design.clusters, weights=one.effective()) for one in left_out]
    )

    def draw(block: range) -> np.ndarray:
        signs = uniforms(sampling.seed, f"{name} signs", block, len(by_authority))
        flipped = np.where(signs < 0.5, 1.0, -1.0) @ by_authority  # noqa: PLR2004
        order = uniforms(sampling.seed, f"{name} order", block, len(design.y))
        rows = permuted_rows(order, design.strata)
        permuted = [one.standardised(one.tested[rows]) for one in left_out]
        return np.stack([flipped, np.column_stack(permuted)], axis=2)

    as_given = [one.standardised(one.tested[None, :])[0] for one in left_out]
    observed = np.column_stack([by_authority.sum(axis=0), as_given])
    drawn = in_blocks(name, replicates, draw, sampling)
    as_large = np.abs(drawn) >= np.abs(observed) * (1 - _TINY)
    # The observed statistic counts as one of the draws, so that p is never 0.
    return (1 + as_large.sum(axis=0)) / (1 + replicates)


@dataclass(frozen=True, eq=False)
class _LeftOut:
    """A covariate and the scores of the model fitted without it."""

    tested: np.ndarray
    scores: Scores
    inverse: np.ndarray

    def effective(self) -> np.ndarray:
        """What each inspection adds to the score, freed of the other parameters."""
        shared = self.inverse @ (self.scores.mixed.T @ self.tested)
        return self.tested * self.scores.score - self.scores.others @ shared

    def standardised(self, columns: np.ndarray) -> np.ndarray:
        """Score of each row of `columns` in place of the covariate, by its error."""
        mixed = columns @ self.scores.mixed
        shared = mixed @ self.inverse
        score = columns @ self.scores.score - shared @ self.scores.others.sum(axis=0)
        variance = columns**2 @ self.scores.weight - (shared * mixed).sum(axis=1)
        return score / np.sqrt(np.maximum(variance, _TINY))


def _left_out(model: Model, design: Design, slope: int) -> _LeftOut:
    others = np.delete(design.x, slope, axis=1)
    scores = model.scores(others, design.y, model.fit(others, design.y))
    return _LeftOut(design.x[:, slope], scores, np.linalg.inv(scores.information))


def holm(p_values: np.ndarray) -> np.ndarray:
    """P values adjusted so that the chance of any false finding is kept."""
    order = np.argsort(p_values)
    steps = p_values[order] * np.arange(len(p_values), 0, -1)
    adjusted = np.empty(len(p_values))
    adjusted[order] = np.minimum(1.0, np.maximum.accumulate(steps))
    return adjusted


def benjamini_hochberg(p_values: np.ndarray) -> np.ndarray:
    """P values adjusted so that the expected share of false findings is kept."""
    count = len(p_values)
    order = np.argsort(p_values)[::-1]
    steps = p_values[order] * count / np.arange(count, 0, -1)
    adjusted = np.empty(count)
    adjusted[order] = np.minimum(1.0, np.minimum.accumulate(steps))
    return adjusted


def permuted_rows(drawn: np.ndarray, strata: np.ndarray) -> np.ndarray:
    """Row numbers shuffled within strata, one shuffle a row of `drawn`."""
    home = np.argsort(strata, kind="stable")
    shuffled = np.argsort(strata + drawn, axis=1, kind="stable")
    rows = np.empty_like(shuffled)
    rows[:, home] = shuffled
    return rows


def times_drawn(drawn: np.ndarray, stratum_of: np.ndarray) -> np.ndarray:
    """How often each authority is drawn, within its region: (replicates, authorities)."""
    times = np.zeros(drawn.shape)
    copies = np.arange(len(drawn))[:, None]
    for stratum in np.unique(stratum_of):
        members = np.flatnonzero(stratum_of == stratum)
        chosen = members[(drawn[:, members] * len(members)).astype(int)]
        np.add.at(times, (copies, chosen), 1.0)
    return times
