"""Would the answer have been another: other ways of asking, placebos, areas left out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from itertools import product

import numpy as np
import pandas as pd

from highneeds.errors import ModelError
from highneeds.inspections.models import NINETY_FIVE
from highneeds.inspections.outcome import OutcomeFit
from highneeds.inspections.preregistration import Preregistration
from highneeds.inspections.resampling import (
    Sampling,
    holm,
    in_blocks,
    permuted_rows,
    score_p_values,
    uniforms,
)
from highneeds.inspections.sample import BOTH, Sample, build_sample
from highneeds.inspections.state import EARLIER, LATER
from highneeds.panel.panel import Panel

_PLACEBO_TESTS = 499
_PLACEBO_BLOCK = 10
# The registered variants, as build_sample and Sample.design take them.
_OUTCOMES = ((EARLIER, False), (LATER, False), (LATER, True), (BOTH, True))
_FIGURES = (("latest published", 0), ("one year older", 1))
_REGION = (("as a category", True), ("left out", False))
_GROWTH = (("three years", "plan_growth"), ("one year", "plan_growth_1y"))


def specification_curve(panel: Panel, plan: Preregistration) -> pd.DataFrame:
    """Every registered way of asking, each with every slope.

    Returns
    -------
    DataFrame
        ``specification`` (a number), ``outcome``, ``figures``, ``region``, ``growth``,
        ``covariate``, ``inspections``, ``odds_ratio``, ``low``, ``high`` (95%, from the
        information of the fit).
    """
    tables = []
    outcomes = zip(plan.terms["specifications"]["frameworks"], _OUTCOMES, strict=True)
    for number, choice in enumerate(product(outcomes, _FIGURES, _REGION, _GROWTH), start=1):
        (outcome, (framework, adverse)), (figures, older), (region, with_region), growth = (
            choice
        )
        primary = plan.covariates(LATER if framework == LATER else EARLIER)
        names = [growth[1] if name == "plan_growth" else name for name in primary]
        sample = build_sample(
            panel, plan, framework, names, years_older=older, adverse_only=adverse
        )
        design = sample.design(region=with_region)
        fit = sample.model.fit(design.x, design.y)
        slopes, errors = fit.slopes[0, : design.slopes], fit.errors[0, : design.slopes]
        tables.append(
            pd.DataFrame(
                {
                    "specification": number,
                    "outcome": outcome,
                    "figures": figures,
                    "region": region,
                    "growth": growth[0],
                    "covariate": primary,
                    "inspections": len(design.y),
                    "odds_ratio": np.exp(slopes),
                    "low": np.exp(slopes - NINETY_FIVE * errors),
                    "high": np.exp(slopes + NINETY_FIVE * errors),
                }
            )
        )
    return pd.concat(tables, ignore_index=True)


def curve_summary(curve: pd.DataFrame) -> pd.DataFrame:
    """The curve by outcome and covariate: how many ways of asking, and how they differ."""
    apart = (curve["low"] > 1) | (curve["high"] < 1)
    grouped = curve.assign(apart=apart, above=curve["odds_ratio"] > 1).groupby(
        ["outcome", "covariate"], sort=False
    )
    return grouped.agg(
        specifications=("odds_ratio", "size"),
        lowest=("odds_ratio", "min"),
        median=("odds_ratio", "median"),
        highest=("odds_ratio", "max"),
        above_one=("above", "sum"),
        interval_leaves_out_one=("apart", "sum"),
    ).reset_index()


def leave_out_each(
    fits: Mapping[str, OutcomeFit], plan: Preregistration, sampling: Sampling
) -> pd.DataFrame:
    """The primary tests again without each region, and without the pandemic years.

    Returns
    -------
    DataFrame
        ``left_out``, ``framework``, ``covariate``, ``inspections``, ``odds_ratio``, ``p``,
        ``p_adjusted`` (Holm, over both frameworks) and ``found`` (the rule for a claim).
    """
    samples = {framework: fit.sample for framework, fit in fits.items()}
    regions = sorted({one for sample in samples.values() for one in sample.rows["region"]})
    tables = [
        _tested(
            {name: one.keep(one.rows["region"] != region) for name, one in samples.items()},
            region,
            plan,
            sampling,
        )
        for region in regions
    ]
    years = plan.pandemic_years
    without = {name: one.keep(~one.began_in(years)) for name, one in samples.items()}
    tables.append(_tested(without, plan.pandemic, plan, sampling))
    return pd.concat(tables, ignore_index=True)


def negative_control(
    panel: Panel, plan: Preregistration, sampling: Sampling
) -> tuple[pd.DataFrame, list[str]]:
    """Figures of periods after the report in place of those before it.

    What came later cannot have made the outcome, so an association here is a sign of
    something else: what both rest on, or what the inspection set off.

    Returns
    -------
    DataFrame, list of str
        As `leave_out_each`, and the covariates left out because fewer than half of the
        inspections have a later figure.
    """
    samples, skipped = {}, []
    for framework in plan.terms["frameworks"]:
        names = []
        for name in plan.covariates(framework):
            if _enough_later(panel, plan, framework, name):
                names.append(name)
            else:
                skipped.append(f"{name} ({framework} framework)")
        if names:
            samples[framework] = build_sample(panel, plan, framework, names, future=True)
    return _tested(samples, "figures before the report", plan, sampling), skipped


def placebo_claims(
    fits: Mapping[str, OutcomeFit], plan: Preregistration, sampling: Sampling
) -> tuple[int, int]:
    """How often the rule finds something when areas' figures are shuffled within regions.

    Returns
    -------
    (int, int)
        Shuffles in which any association was found, and shuffles.
    """
    designs = {name: fit.sample.design() for name, fit in fits.items()}
    alone = Sampling(sampling.seed, workers=1)

    def shuffle(block: range) -> np.ndarray:
        found = []
        for number in block:
            p_values = []
            for name, design in designs.items():
                one = range(number, number + 1)
                drawn = uniforms(sampling.seed, f"placebo, {name}", one, len(design.y))
                x = design.x.copy()
                rows = permuted_rows(drawn, design.strata)[0]
                x[:, : design.slopes] = x[rows, : design.slopes]
                model = fits[name].sample.model
                tests = score_p_values(
                    model,
                    replace(design, x=x),
                    _PLACEBO_TESTS,
                    alone,
                    name=f"placebo {name}",
                )
                p_values.append(tests.max(axis=1))
            found.append((holm(np.concatenate(p_values)) < plan.rule("alpha")).any())
        return np.array(found)

    shuffles = plan.rule("placebo_replicates")
    claims = in_blocks("placebo", shuffles, shuffle, sampling, size=_PLACEBO_BLOCK)
    return int(claims.sum()), shuffles


def _enough_later(panel: Panel, plan: Preregistration, framework: str, name: str) -> bool:
    try:
        sample = build_sample(panel, plan, framework, [name], future=True)
    except ModelError:
        return False
    return len(sample.rows) >= len(sample.left_out)


def _tested(
    samples: Mapping[str, Sample], left_out: str, plan: Preregistration, sampling: Sampling
) -> pd.DataFrame:
    tables = []
    quiet = Sampling(sampling.seed, sampling.workers)
    for framework, sample in samples.items():
        design = sample.design()
        slopes = sample.model.fit(design.x, design.y).slopes[0, : design.slopes]
        p_values = score_p_values(
            sample.model,
            design,
            plan.rule("test_replicates"),
            quiet,
            name=f"without {left_out}, {framework}",
        )
        tables.append(
            pd.DataFrame(
                {
                    "left_out": left_out,
                    "framework": framework,
                    "covariate": sample.names,
                    "inspections": len(design.y),
                    "odds_ratio": np.exp(slopes),
                    "p": p_values.max(axis=1),
                }
            )
        )
    if sampling.progress:
        sampling.progress(f"tests without {left_out}")
    table = pd.concat(tables, ignore_index=True)
    table["p_adjusted"] = holm(table["p"].to_numpy())
    return table.assign(found=table["p_adjusted"] < plan.rule("alpha"))
