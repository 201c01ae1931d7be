"""Three likelihoods fitted by Newton's method, many weighted copies at a time.

A logit with Firth's penalty (2016 framework), an ordered logit (2023) and the scores both
leave when a slope is left out. Copies are rows of a weight matrix, so that a thousand
bootstrap samples are a few matrix products and no loop.

Sources: Firth (1993), Biometrika 80, 27-38; McCullagh (1980), JRSS B 42, 109-142.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from highneeds.linear import cheapest

_MOST_STEPS = 80
_LARGEST_STEP = 4.0
_SMALL = 1e-8
# Standard errors to either side that hold 95% of a normal distribution.
NINETY_FIVE = 1.959964
# Keeps an ordered fit finite where the outcomes are separated; 1 part in 20,000 of the
# information on a slope from ninety inspections.
_RIDGE = 1e-3
_Evaluate = Callable[[np.ndarray], tuple[np.ndarray, np.ndarray, np.ndarray]]


@dataclass(frozen=True)
class Fit:
    """Fitted copies: ``slopes`` and their ``errors`` (copies, columns of x), what else."""

    slopes: np.ndarray
    errors: np.ndarray
    constants: np.ndarray
    converged: np.ndarray


@dataclass(frozen=True)
class Scores:
    """What a model without the slope in question leaves for it.

    Per inspection: ``score`` and ``weight`` (first and minus second derivative of the log
    likelihood by the linear predictor), ``mixed`` (minus the second by it and each other
    parameter), ``others`` (scores of the others). ``information`` is that of the others.
    """

    score: np.ndarray
    weight: np.ndarray
    mixed: np.ndarray
    others: np.ndarray
    information: np.ndarray


class Model(Protocol):
    """An outcome model: how to fit it, what it leaves, and the chance it gives."""

    def fit(self, x: np.ndarray, y: np.ndarray, weights: np.ndarray | None = None) -> Fit:
        """Fit to columns `x` (inspections, columns), one copy a row of `weights`."""

    def scores(self, x: np.ndarray, y: np.ndarray, fit: Fit) -> Scores:
        """Scores of the first copy of `fit` at the columns `x` it was fitted to."""

    def chance_of_worst(self, x: np.ndarray, fit: Fit) -> np.ndarray:
        """Chance of the last category for each row of `x`, from the first copy."""


class FirthLogit:
    """Logit with Jeffreys' prior: finite under separation, less biased in small samples."""

    def fit(self, x: np.ndarray, y: np.ndarray, weights: np.ndarray | None = None) -> Fit:
        """Maximise the penalised likelihood; see `Model.fit`."""
        full = _with_constant(x)
        rows, columns = full.shape
        copies = np.ones((1, rows)) if weights is None else weights
        products = _products(full, full)

        def evaluate(beta: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
            eta = beta @ full.T
            chance = _logistic(eta)
            spread = chance * (1 - chance)
            information = _square((copies * spread) @ products, columns)
            leverage = spread * (_flat(np.linalg.inv(information)) @ products.T)
            score = (copies * (y - chance + leverage * (0.5 - chance))) @ full
            likelihood = (copies * (y * eta - np.logaddexp(0, eta))).sum(axis=1)
            penalty = np.linalg.slogdet(information)[1] / 2
            return likelihood + penalty, score, information

        start = np.zeros((len(copies), columns))
        beta, information, converged = _newton(evaluate, start)
        return _fit(beta, information, converged, constants=1)

    def scores(self, x: np.ndarray, y: np.ndarray, fit: Fit) -> Scores:
        """See `Model.scores`."""
        full = _with_constant(x)
        chance = _logistic(full @ np.concatenate([fit.constants[0], fit.slopes[0]]))
        score, weight = y - chance, chance * (1 - chance)
        mixed = weight[:, None] * full
        return Scores(score, weight, mixed, score[:, None] * full, full.T @ mixed)

    def chance_of_worst(self, x: np.ndarray, fit: Fit) -> np.ndarray:
        """See `Model.chance_of_worst`."""
        return _logistic(fit.constants[0] + x @ fit.slopes[0])


@dataclass(frozen=True)
class OrderedLogit:
    """Proportional odds over grades 0, 1, … ; a higher slope goes with a worse grade."""

    grades: int = 3

    def fit(self, x: np.ndarray, y: np.ndarray, weights: np.ndarray | None = None) -> Fit:
        """Maximise the likelihood, with a hair of a ridge; see `Model.fit`."""
        cuts = self.grades - 1
        copies = np.ones((1, len(y))) if weights is None else weights
        upper, lower = self._sides(x, y)
        products = [_products(*pair) for pair in ((upper, upper), (lower, lower))]
        crossed = _products(upper, lower) + _products(lower, upper)
        ridge = np.r_[np.zeros(cuts), np.full(x.shape[1], _RIDGE)]

        def evaluate(theta: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
            one = self._likelihood(theta, upper, lower, y)
            score = (copies * one.by_upper) @ upper + (copies * one.by_lower) @ lower
            negative = (
                (copies * one.twice_upper) @ products[0]
                + (copies * one.twice_lower) @ products[1]
                + (copies * one.crossed) @ crossed
            )
            information = _square(-negative, len(ridge)) + np.diag(ridge)
            likelihood = (copies * one.value).sum(axis=1) - (ridge * theta**2).sum(
                axis=1
            ) / 2
            return likelihood, score - ridge * theta, information

        start = np.zeros((len(copies), len(ridge)))
        start[:, :cuts] = self._marginal_cuts(y, copies)
        theta, information, converged = _newton(evaluate, start)
        return _fit(theta, information, converged, constants=cuts)

    def scores(self, x: np.ndarray, y: np.ndarray, fit: Fit) -> Scores:
        """See `Model.scores`."""
        upper, lower = self._sides(x, y)
        theta = np.concatenate([fit.constants[0], fit.slopes[0]])[None, :]
        one = self._likelihood(theta, upper, lower, y)
        by_upper, by_lower = one.by_upper[0], one.by_lower[0]
        others = by_upper[:, None] * upper + by_lower[:, None] * lower
        # The linear predictor enters both sides with a minus sign.
        curved_upper = one.twice_upper[0] + one.crossed[0]
        curved_lower = one.twice_lower[0] + one.crossed[0]
        mixed = curved_upper[:, None] * upper + curved_lower[:, None] * lower
        information = -(
            upper.T @ (one.twice_upper[0][:, None] * upper)
            + lower.T @ (one.twice_lower[0][:, None] * lower)
            + upper.T @ (one.crossed[0][:, None] * lower)
            + lower.T @ (one.crossed[0][:, None] * upper)
        )
        weight = -(curved_upper + curved_lower)
        return Scores(-(by_upper + by_lower), weight, mixed, others, information)

    def chance_of_worst(self, x: np.ndarray, fit: Fit) -> np.ndarray:
        """See `Model.chance_of_worst`."""
        return _logistic(x @ fit.slopes[0] - fit.constants[0, -1])

    def _sides(self, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Rows that give, times the parameters, the upper and lower end of each grade."""
        cuts = np.eye(self.grades - 1)
        none = np.zeros(self.grades - 1)
        grade = y.astype(int)
        upper = np.hstack([np.vstack([cuts, none])[grade], -x])
        lower = np.hstack([np.vstack([none, cuts])[grade], -x])
        return upper, lower

    def _marginal_cuts(self, y: np.ndarray, copies: np.ndarray) -> np.ndarray:
        below = [(copies * (y <= cut)).sum(axis=1) for cut in range(self.grades - 1)]
        share = (np.stack(below, axis=1) + 0.5) / (copies.sum(axis=1)[:, None] + 1)
        gap = np.log(share) - np.log1p(-share)
        return np.maximum.accumulate(gap + _SMALL * np.arange(self.grades - 1), axis=1)

    def _likelihood(
        self, theta: np.ndarray, upper: np.ndarray, lower: np.ndarray, y: np.ndarray
    ) -> _Grade:
        top = np.where(y == self.grades - 1, 1.0, _logistic(theta @ upper.T))
        bottom = np.where(y == 0, 0.0, _logistic(theta @ lower.T))
        chance = np.maximum(top - bottom, 0.0)
        inside = np.maximum(chance, np.finfo(float).tiny)
        slope_top, slope_bottom = top * (1 - top) / inside, bottom * (1 - bottom) / inside
        with np.errstate(divide="ignore"):
            value = np.log(chance)
        return _Grade(
            value=value,
            by_upper=slope_top,
            by_lower=-slope_bottom,
            twice_upper=slope_top * (1 - 2 * top) - slope_top**2,
            twice_lower=-slope_bottom * (1 - 2 * bottom) - slope_bottom**2,
            crossed=slope_top * slope_bottom,
        )


@dataclass(frozen=True)
class _Grade:
    """Log likelihood of each grade and its derivatives by the two ends of the grade."""

    value: np.ndarray
    by_upper: np.ndarray
    by_lower: np.ndarray
    twice_upper: np.ndarray
    twice_lower: np.ndarray
    crossed: np.ndarray


def is_separated(x: np.ndarray, y: np.ndarray, grades: int = 2) -> bool:
    """Whether some mix of the columns sorts the outcomes without a mistake.

    Such columns have no finite estimate without a penalty. Quasi-complete separation
    counts, as where every inspection of one region had the same outcome.

    Source: Konis (2007), computed as a linear programme.
    """
    rows = []
    for cut in range(grades - 1):
        side = np.where(y <= cut, 1.0, -1.0)[:, None]
        constant = np.zeros((len(y), grades - 1))
        constant[:, cut] = 1.0
        rows.append(side * np.hstack([constant, -x]))
    stacked = np.vstack(rows)
    found = cheapest(-stacked.sum(axis=0), stacked, (0.0, np.inf), (-1.0, 1.0))
    return found is not None and -found.cost > 1e-6  # noqa: PLR2004


def _newton(
    evaluate: _Evaluate, start: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Climb all copies together; a step that loses height is halved."""
    at = start
    height, score, information = evaluate(at)
    step = _step(score, information)
    for _ in range(_MOST_STEPS):
        if np.abs(step).max() < _SMALL:
            break
        new_height, new_score, new_information = evaluate(at + step)
        better = new_height >= height - 1e-10
        at = np.where(better[:, None], at + step, at)
        height = np.where(better, new_height, height)
        information = np.where(better[:, None, None], new_information, information)
        step = np.where(better[:, None], _step(new_score, new_information), step / 2)
    return at, information, np.abs(step).max(axis=1) < _SMALL**0.5


def _step(score: np.ndarray, information: np.ndarray) -> np.ndarray:
    step = np.linalg.solve(information, score[..., None])[..., 0]
    largest = np.abs(step).max(axis=1, keepdims=True)
    return step * np.minimum(1.0, _LARGEST_STEP / np.maximum(largest, _SMALL))


def _fit(
    parameters: np.ndarray,
    information: np.ndarray,
    converged: np.ndarray,
    *,
    constants: int,
) -> Fit:
    variance = np.diagonal(np.linalg.inv(information), axis1=1, axis2=2)
    return Fit(
        slopes=parameters[:, constants:],
        errors=np.sqrt(np.maximum(variance, 0.0))[:, constants:],
        constants=parameters[:, :constants],
        converged=converged,
    )


def _with_constant(x: np.ndarray) -> np.ndarray:
    return np.hstack([np.ones((len(x), 1)), x])


def _products(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    return (left[:, :, None] * right[:, None, :]).reshape(len(left), -1)


def _square(flat: np.ndarray, size: int) -> np.ndarray:
    # A column without weight in one copy would leave nothing to invert.
    return flat.reshape(-1, size, size) + _SMALL * np.eye(size)


def _flat(square: np.ndarray) -> np.ndarray:
    return square.reshape(len(square), -1)


def _logistic(eta: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-np.clip(eta, -500, 500)))
