"""Whether pressure before an inspection goes with its outcome: the registered tests."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from highneeds.errors import SeparationWarning
from highneeds.inspections.covariates import covariate
from highneeds.inspections.models import is_separated
from highneeds.inspections.preregistration import Preregistration
from highneeds.inspections.resampling import (
    Sampling,
    benjamini_hochberg,
    bootstrap_slopes,
    holm,
    score_p_values,
)
from highneeds.inspections.sample import Sample, build_sample
from highneeds.panel.panel import Panel

# Two-sided 5% test with 80% power: 1.96 + 0.84 standard errors.
_ERRORS_FOR_POWER = 2.8
_INTERVAL = (2.5, 97.5)
COLUMNS = (
    *("framework", "covariate", "label", "unit", "one_sd", "inspections", "odds_ratio"),
    *("low", "high", "p_signs", "p_permuted", "p", "p_adjusted", "e_value"),
)


@dataclass(frozen=True, eq=False)
class OutcomeFit:
    """One framework's fit.

    ``table`` has a row a covariate: odds ratio of a worse outcome for one standard
    deviation more, its 95% interval, p values by sign flips and by permutation, the larger
    of them, that adjusted, and the E-value (how strong an unmeasured cause would have to
    be, as a risk ratio, to explain the estimate away).
    """

    sample: Sample
    table: pd.DataFrame
    refits_failed: int
    separated: tuple[str, ...]
    bootstrap: np.ndarray = field(repr=False)

    @property
    def events_per_parameter(self) -> float:
        """Rarer outcomes for each parameter fitted; for grades, Harrell's number."""
        counts = np.bincount(self.sample.rows["grade"], minlength=self.sample.grades)
        total = counts.sum()
        effective = (
            counts.min()
            if self.sample.grades == 2  # noqa: PLR2004
            else total - (counts**3).sum() / total**2
        )
        return float(effective / self.sample.design().x.shape[1])


def fit_sample(
    sample: Sample, plan: Preregistration, sampling: Sampling, *, name: str
) -> OutcomeFit:
    """Fit one sample: slopes, intervals and p values, not yet adjusted.

    Warns
    -----
    SeparationWarning
        The covariates sort the outcomes without a mistake. The penalty keeps the
        estimates finite, but how large they are then says nothing.
    """
    design, model = sample.design(), sample.model
    separated = _separated(sample)
    if "covariates" in separated:
        msg = (
            f"The covariates {', '.join(sample.names)} sort the {len(design.y)} outcomes "
            "without a mistake; the odds ratios are finite only by the penalty."
        )
        warnings.warn(msg, SeparationWarning, stacklevel=2)
    slopes = model.fit(design.x, design.y).slopes[0, : design.slopes]
    refits = bootstrap_slopes(
        model,
        design,
        plan.rule("bootstrap_replicates"),
        sampling,
        name=f"bootstrap, {name}",
    )
    p_values = score_p_values(
        model, design, plan.rule("test_replicates"), sampling, name=f"tests, {name}"
    )
    low, high = np.nanpercentile(refits, _INTERVAL, axis=0)
    spread = sample.spread()
    table = pd.DataFrame(
        {
            "framework": sample.framework,
            "covariate": sample.names,
            "label": [covariate(one).label for one in sample.names],
            "unit": [covariate(one).unit for one in sample.names],
            "one_sd": spread.to_numpy(),
            "inspections": len(design.y),
            "odds_ratio": np.exp(slopes),
            "low": np.exp(low),
            "high": np.exp(high),
            "p_signs": p_values[:, 0],
            "p_permuted": p_values[:, 1],
            "p": p_values.max(axis=1),
            "p_adjusted": np.nan,
            "e_value": [e_value(ratio) for ratio in np.exp(slopes)],
        }
    )[list(COLUMNS)]
    failed = int(np.isnan(refits).any(axis=1).sum())
    return OutcomeFit(sample, table, failed, separated, refits)


def fit_primary(
    panel: Panel, plan: Preregistration, sampling: Sampling
) -> dict[str, OutcomeFit]:
    """The registered primary tests of both frameworks, adjusted by Holm as one family."""
    fits = {
        framework: fit_sample(
            build_sample(panel, plan, framework, plan.covariates(framework)),
            plan,
            sampling,
            name=f"{framework} framework",
        )
        for framework in plan.terms["frameworks"]
    }
    adjusted = holm(np.concatenate([fit.table["p"] for fit in fits.values()]))
    first = 0
    for fit in fits.values():
        fit.table["p_adjusted"] = adjusted[first : first + len(fit.table)]
        first += len(fit.table)
    return fits


def fit_exploratory(
    panel: Panel, plan: Preregistration, sampling: Sampling
) -> tuple[pd.DataFrame, list[OutcomeFit]]:
    """Other covariates, each alone with year and region, adjusted by Benjamini-Hochberg.

    Returns
    -------
    DataFrame, list of OutcomeFit
        Rows as in `OutcomeFit`, with the adjusted p value across all of them.
    """
    fits = [
        fit_sample(
            build_sample(panel, plan, framework, [one]),
            plan,
            sampling,
            name=f"{framework} framework, {one}",
        )
        for framework in plan.terms["frameworks"]
        for one in plan.covariates(framework, "exploratory")
    ]
    table = pd.concat([fit.table for fit in fits], ignore_index=True)
    table["p_adjusted"] = benjamini_hochberg(table["p"].to_numpy())
    return table, fits


def found(table: pd.DataFrame, alpha: float) -> pd.DataFrame:
    """Rows whose adjusted p value meets the registered rule for a claim."""
    return table[table["p_adjusted"] < alpha]


def e_value(odds_ratio: float) -> float:
    """E-value of an odds ratio of an outcome that is not rare.

    Source: VanderWeele and Ding (2017), Annals of Internal Medicine 167, 268-274, with
    the square root of the odds ratio for the risk ratio.
    """
    ratio = np.sqrt(max(odds_ratio, 1 / odds_ratio))
    return float(ratio + np.sqrt(ratio * (ratio - 1)))


def minimum_detectable(inspections: int, share: float) -> float:
    """Smallest odds ratio per standard deviation found 80 times in 100.

    ``exp(2.8 / sqrt(n p (1 - p)))``: a two-sided 5% test of one covariate that is not
    correlated with year, region or the others, and with no adjustment for several tests.
    """
    return float(np.exp(_ERRORS_FOR_POWER / np.sqrt(inspections * share * (1 - share))))


def adjusted_rows(fits: dict[str, OutcomeFit]) -> pd.DataFrame:
    """The primary tests of both frameworks in one table."""
    return pd.concat([fit.table for fit in fits.values()], ignore_index=True)


def _separated(sample: Sample) -> tuple[str, ...]:
    """What sorts the outcomes by itself: ``covariates``, ``year and region`` or nothing."""
    design = sample.design()
    y, grades = design.y, sample.grades
    slopes, others = design.x[:, : design.slopes], design.x[:, design.slopes :]
    by_others = is_separated(others, y, grades)
    by_slopes = is_separated(slopes, y, grades) or (
        not by_others and is_separated(design.x, y, grades)
    )
    found = {"covariates": by_slopes, "year and region": by_others}
    return tuple(name for name, holds in found.items() if holds)
