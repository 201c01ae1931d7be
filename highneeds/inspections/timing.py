"""Whether areas under more pressure were inspected sooner, and what that would do.

A chance of being inspected in each school term, by complementary log-log: the hazard of
a first inspection, with a baseline for every term and region.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from highneeds.errors import require_package
from highneeds.inspections.covariates import covariate, read_figures, read_inspected
from highneeds.inspections.models import NINETY_FIVE
from highneeds.inspections.preregistration import Preregistration
from highneeds.inspections.resampling import Sampling, bootstrap_slopes
from highneeds.inspections.sample import Sample
from highneeds.panel.panel import Panel

# First day of the spring, summer and autumn terms, as used here.
_TERMS = ((1, 1), (5, 1), (9, 1))
_TRIM = (1, 99)
_EDGE = 1e-9


@dataclass(frozen=True, eq=False)
class Timing:
    """Hazard of a first inspection.

    ``table`` has a row a covariate: hazard ratio for one standard deviation more, its 95%
    interval with errors clustered by authority, and its p value. ``joint_p`` tests all of
    them together; ``weighted`` gives the outcome model's odds ratios with inspections
    weighted by the inverse of the chance of their timing. ``weights`` belongs to the
    sample's rows, in their order.
    """

    framework: str
    table: pd.DataFrame
    joint_p: float
    weighted: pd.DataFrame
    authority_terms: int
    left_out: int
    inspected: int
    largest_weight: float


def fit_timing(
    panel: Panel, plan: Preregistration, sample: Sample, sampling: Sampling
) -> Timing:
    """Fit the hazard of a first inspection and reweight the outcome model by it."""
    risk, left_out = authority_terms(panel, plan, sample.framework, sample.names)
    full = _hazard(risk, sample.names)
    baseline = _hazard(risk, ())
    params, errors = np.asarray(full.params), np.asarray(full.bse)
    count = len(sample.names)
    slopes, spread = params[:count], errors[:count]
    chosen = np.eye(len(params))[:count]
    table = pd.DataFrame(
        {
            "framework": sample.framework,
            "covariate": sample.names,
            "label": [covariate(name).label for name in sample.names],
            "hazard_ratio": np.exp(slopes),
            "low": np.exp(slopes - NINETY_FIVE * spread),
            "high": np.exp(slopes + NINETY_FIVE * spread),
            "p": np.asarray(full.pvalues)[:count],
        }
    )
    joint = float(full.wald_test(chosen, scalar=True).pvalue)
    weights = _weights(
        risk, np.asarray(full.fittedvalues), np.asarray(baseline.fittedvalues)
    )
    of_rows = _of_sample(sample, weights)
    return Timing(
        framework=sample.framework,
        table=table,
        joint_p=joint,
        weighted=_weighted(sample, of_rows, plan, sampling),
        authority_terms=len(risk),
        left_out=left_out,
        inspected=int(risk["inspected"].sum()),
        largest_weight=float(of_rows.max()),
    )


def authority_terms(
    panel: Panel, plan: Preregistration, framework: str, names: Sequence[str]
) -> tuple[pd.DataFrame, int]:
    """Every authority not yet inspected at the start of every term with an inspection.

    Returns
    -------
    DataFrame, int
        ``la_code``, ``region``, ``term`` (its first day), ``inspected`` in that term, and
        the covariates known on its first day; and how many rows lack one and are not there.
    """
    inspected = read_inspected(panel, plan)
    mine = inspected[inspected["framework"] == framework]
    first = mine.groupby("la_code")["day"].min().map(_term_of)
    terms = sorted(first.unique())
    skipped = {
        *plan.rule("left_out"),
        *_inspected_before_they_began(panel, set(first.index)),
    }
    rows = [
        (area.la_code, area.region_name, term, bool(first.get(area.la_code) == term))
        for term in terms
        for area in panel.geography.authorities()
        if area.existed_on(term)
        and area.la_code not in skipped
        and not first.get(area.la_code, date.max) < term
    ]
    risk = pd.DataFrame(rows, columns=["la_code", "region", "term", "inspected"])
    days = pd.to_datetime(risk["term"])
    for name in names:
        risk[name] = read_figures(panel, plan, name).before(list(risk["la_code"]), days)
    whole = risk[list(names)].notna().all(axis=1)
    return risk[whole].reset_index(drop=True), int((~whole).sum())


def _inspected_before_they_began(panel: Panel, inspected: set[str]) -> set[str]:
    """Authorities formed only from areas already inspected, which were not due again."""
    formed = {
        area.la_code: panel.geography.predecessors(area.la_code)
        for area in panel.geography.authorities()
        if area.la_code not in inspected
    }
    return {
        code
        for code, before in formed.items()
        if before and all(one.la_code in inspected for one in before)
    }


def _term_of(day: pd.Timestamp) -> date:
    starts = [date(day.year, month, first) for month, first in _TERMS]
    return max(start for start in starts if start <= day.date())


def _hazard(risk: pd.DataFrame, names: Sequence[str]):  # type: ignore[no-untyped-def]
    """Fit the complementary log-log model; statsmodels, errors clustered by authority."""
    require_package("statsmodels", "notebooks", "The model of when inspections come")
    from statsmodels.genmod import families
    from statsmodels.genmod.generalized_linear_model import GLM

    values = risk[list(names)]
    parts = [
        ((values - values.mean()) / values.std(ddof=0)).to_numpy(),
        pd.get_dummies(risk["term"]).to_numpy(dtype=float),
        pd.get_dummies(risk["region"], drop_first=True).to_numpy(dtype=float),
    ]
    family = families.Binomial(link=families.links.CLogLog())
    model = GLM(risk["inspected"].to_numpy(dtype=float), np.hstack(parts), family=family)
    groups = pd.factorize(risk["la_code"])[0]
    return model.fit(cov_type="cluster", cov_kwds={"groups": groups})


def _weights(risk: pd.DataFrame, chance: np.ndarray, baseline: np.ndarray) -> pd.Series:
    """Chance of the timing by term and region alone, over that with the covariates."""
    logs = pd.DataFrame({"la_code": risk["la_code"]})
    event = risk["inspected"].to_numpy()
    for name, value in (("full", chance), ("baseline", baseline)):
        # In the last term nearly all that were left were inspected: a chance of 1.
        safe = np.clip(value, _EDGE, 1 - _EDGE)
        logs[name] = np.where(event, np.log(safe), np.log1p(-safe))
    summed = logs.groupby("la_code")[["full", "baseline"]].sum()
    return (summed["baseline"] - summed["full"]).map(np.exp)


def _of_sample(sample: Sample, weights: pd.Series) -> np.ndarray:
    """Trimmed weights of the sample's rows; 1 where the timing could not be modelled."""
    own = sample.rows["la_code"].map(weights).fillna(1.0).to_numpy()
    low, high = np.percentile(own, _TRIM)
    return np.clip(own, low, high)


def _weighted(
    sample: Sample, weights: np.ndarray, plan: Preregistration, sampling: Sampling
) -> pd.DataFrame:
    design = sample.design()
    slopes = sample.model.fit(design.x, design.y, weights[None, :]).slopes[
        0, : design.slopes
    ]
    refits = bootstrap_slopes(
        sample.model,
        design,
        plan.rule("bootstrap_replicates"),
        sampling,
        name=f"weighted bootstrap, {sample.framework} framework",
        base=weights,
    )
    low, high = np.exp(np.nanpercentile(refits, (2.5, 97.5), axis=0))
    return pd.DataFrame(
        {
            "framework": sample.framework,
            "covariate": sample.names,
            "odds_ratio": np.exp(slopes),
            "low": low,
            "high": high,
        }
    )
