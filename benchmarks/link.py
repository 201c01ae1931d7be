"""Bootstrap refits of the inspection link, against a loop over statsmodels on arrays."""

from __future__ import annotations

import statistics
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import islice

import numpy as np

from benchmarks.measure import Result, in_turn, largest_difference, ratio
from highneeds.inspections import models as link_models
from highneeds.inspections.models import FirthLogit, OrderedLogit, is_separated
from highneeds.inspections.preregistration import load_preregistration
from highneeds.inspections.resampling import (
    BLOCK,
    Design,
    Sampling,
    bootstrap_slopes,
    times_drawn,
    uniforms,
)
from highneeds.inspections.sample import build_sample
from highneeds.panel.panel import Panel

# The framework whose registered model is a logit.
_FRAMEWORK = "2016"
_SEED, _STREAM = 20250901, "benchmark"
_SAME = 1e-8
_MILLI = 1000


def refits(panel: Panel, repeats: int) -> list[Result]:
    """Target 12: a block of refits at once against one by one, with and without penalty."""
    plan = load_preregistration()
    sample = build_sample(panel, plan, _FRAMEWORK, plan.covariates(_FRAMEWORK))
    return [
        plain(sample.design(), repeats),
        penalised(sample.design(), repeats),
    ]


def plain(design: Design, repeats: int, count: int = BLOCK) -> Result:
    """A plain logit, which both sides can fit; ours is the ordered model with two grades.

    A copy that has no finite estimate without a penalty is passed over.
    """
    copies = (
        one
        for one in redrawn(design, 2 * count)
        if not is_separated(design.x[one > 0], design.y[one > 0])
    )
    weights = np.array(list(islice(copies, count)))

    def ours() -> np.ndarray:
        with without_ridge():
            return OrderedLogit(2).fit(design.x, design.y, weights).slopes

    def theirs() -> list[np.ndarray]:
        return [by_logit(design, one) for one in weights]

    name = "bootstrap refits of a logit: statsmodels Logit / ours"
    equal = require_same(name, theirs(), ours())
    taken = in_turn({"theirs": theirs, "ours": ours}, repeats)
    note = f"{_about(design, len(weights), taken)}; {equal}; copies that are not separated"
    return ratio(name, taken["theirs"], taken["ours"], target=6, note=note)


def penalised(design: Design, repeats: int, count: int = BLOCK) -> Result:
    """The logit as registered, of every copy.

    Statsmodels has no Firth's penalty. It is told what the penalty comes to at the solution
    and fits once, which is the least that a loop around it could do.
    """
    weights = redrawn(design, count)
    fit = FirthLogit().fit(design.x, design.y, weights)
    shares, counts = corrected(design, weights, np.hstack([fit.constants, fit.slopes]))
    ours = partial(
        bootstrap_slopes,
        *(FirthLogit(), design, count, Sampling(_SEED, workers=1)),
        name=_STREAM,
    )

    def theirs() -> list[np.ndarray]:
        return [by_glm(design, *one) for one in zip(shares, counts, strict=True)]

    name = "bootstrap refits with Firth's penalty: statsmodels GLM, told it / ours"
    slopes = [one[: design.slopes] for one in theirs()]
    equal = require_same(name, slopes, ours())
    taken = in_turn({"theirs": theirs, "ours": ours}, repeats)
    note = f"{_about(design, count, taken)}; {equal}; statsmodels cannot find the penalty"
    return ratio(name, taken["theirs"], taken["ours"], note=note)


def _about(design: Design, count: int, taken: dict[str, list[float]]) -> str:
    rows, columns = design.x.shape
    theirs, ours = (
        _MILLI * statistics.median(taken[side]) / count for side in ("theirs", "ours")
    )
    return (
        f"{count} refits, {rows} inspections, {columns + 1} coefficients; {theirs:.2f} and "
        f"{ours:.2f} ms each"
    )


def redrawn(design: Design, count: int) -> np.ndarray:
    """How often each inspection is in each copy, as `bootstrap_slopes` draws them."""
    first = np.unique(design.clusters, return_index=True)[1]
    drawn = uniforms(_SEED, _STREAM, range(count), len(first))
    return times_drawn(drawn, design.strata[first])[:, design.clusters]


@contextmanager
def without_ridge() -> Iterator[None]:
    """The ordered model as plain maximum likelihood, which with two grades is a logit."""
    usual = link_models._RIDGE
    link_models._RIDGE = 0.0
    try:
        yield
    finally:
        link_models._RIDGE = usual


def by_logit(design: Design, weights: np.ndarray) -> np.ndarray:
    """Slopes of one copy, its inspections in the arrays as often as they were drawn."""
    import statsmodels.api as sm

    rows = np.repeat(np.arange(len(weights)), weights.astype(int))
    full = sm.add_constant(design.x[rows])
    return np.asarray(sm.Logit(design.y[rows], full).fit(disp=0).params[1:])


def by_glm(design: Design, shares: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Slopes of one copy with its outcomes and weights corrected."""
    import statsmodels.api as sm

    drawn = counts > 0
    full = sm.add_constant(design.x[drawn])
    family = sm.families.Binomial()
    model = sm.GLM(shares[drawn], full, family=family, var_weights=counts[drawn])
    return np.asarray(model.fit().params[1:])


def corrected(
    design: Design, weights: np.ndarray, beta: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Outcomes and weights whose plain logit has the solution `beta` of the penalised one.

    Firth's score is that of a logit to which each inspection adds half of either outcome,
    as often as its leverage at the solution.
    """
    full = np.hstack([np.ones((len(design.x), 1)), design.x])
    chance = 1 / (1 + np.exp(-beta @ full.T))
    spread = chance * (1 - chance)
    inverse = np.linalg.inv([(full.T * one) @ full for one in weights * spread])
    leverage = spread * ((full @ inverse) * full).sum(axis=2)
    return (design.y + leverage / 2) / (1 + leverage), weights * (1 + leverage)


def require_same(name: str, found: Sequence[np.ndarray], expected: np.ndarray) -> str:
    """Refuse to time refits whose slopes differ by more than one part in 10⁸."""
    worst = largest_difference(np.array(found), expected)
    if not worst <= _SAME:
        sys.exit(f"{name}: slopes differ by {worst:.2g} of the largest; nothing was timed.")
    return f"slopes equal to {worst:.0e}"
