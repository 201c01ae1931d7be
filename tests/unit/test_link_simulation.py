"""Data made with and without an association: what the registered rule finds in them."""

import warnings

import numpy as np
import pandas as pd
import pytest

from highneeds.errors import SeparationWarning
from highneeds.inspections.models import FirthLogit, OrderedLogit
from highneeds.inspections.outcome import fit_sample
from highneeds.inspections.preregistration import load_preregistration
from highneeds.inspections.resampling import (
    Design,
    Sampling,
    bootstrap_slopes,
    holm,
    score_p_values,
)
from highneeds.inspections.sample import Sample

REGIONS = 9
ONCE = Sampling(seed=1, workers=1)
# As many inspections and covariates as under each framework.
KINDS = {"2016": (FirthLogit(), 146, 4), "2023": (OrderedLogit(), 91, 5)}


def made(number: int, framework: str, effect: float) -> Design:
    """Inspections in nine unlike regions; the first covariate has the effect."""
    _, count, slopes = KINDS[framework]
    generator = np.random.default_rng(number)
    region = np.sort(generator.integers(0, REGIONS, count))
    pressure = generator.normal(size=(count, slopes))
    pressure += 0.5 * generator.normal(size=(REGIONS, slopes))[region]
    pressure = (pressure - pressure.mean(axis=0)) / pressure.std(axis=0)
    year = generator.uniform(-1.5, 1.5, count)
    eta = (
        effect * pressure[:, 0] + 0.6 * generator.normal(size=REGIONS)[region] + 0.3 * year
    )
    latent = eta + generator.logistic(size=count)
    grade = latent > 0 if framework == "2016" else np.digitize(latent, [-1.4, 1.2])
    dummies = region[:, None] == np.arange(1, REGIONS)
    x = np.hstack([pressure, year[:, None], dummies])
    return Design(x.astype(float), grade.astype(float), slopes, np.arange(count), region)


@pytest.mark.parametrize("framework", ["2016", "2023"])
def test_with_no_effect_any_finding_is_rarer_than_five_in_a_hundred(framework):
    model = KINDS[framework][0]
    found = [
        (
            holm(
                score_p_values(
                    model, made(number, framework, 0.0), 499, ONCE, name="null"
                ).max(1)
            )
        ).min()
        < 0.05
        for number in range(200)
    ]
    assert np.mean(found) <= 0.05


@pytest.mark.parametrize("framework", ["2016", "2023"])
def test_a_known_effect_is_recovered_with_the_coverage_stated(framework):
    """As stated in docs/decisions: nine intervals in ten or more hold the true slope."""
    model, true = KINDS[framework][0], np.log(1.8)
    designs = [made(1000 + number, framework, true) for number in range(80)]
    inside, estimates = [], []
    for design in designs:
        drawn = bootstrap_slopes(model, design, 200, ONCE, name="known")
        low, high = np.nanpercentile(drawn, [2.5, 97.5], axis=0)
        truth = np.r_[true, np.zeros(design.slopes - 1)]
        inside.append((low <= truth) & (truth <= high))
        estimates.append(model.fit(design.x, design.y).slopes[0, 0])
    assert np.mean(inside) >= 0.90
    # Within two standard errors of eighty estimates, and the bias of the ordered logit.
    error = np.std(estimates) / np.sqrt(len(estimates))
    assert abs(np.mean(estimates) - true) < 2 * error + 0.12


def test_a_strong_effect_is_found_and_only_that_one():
    found = np.array(
        [
            holm(
                score_p_values(FirthLogit(), made(n, "2016", 1.0), 499, ONCE, name="x").max(
                    1
                )
            )
            < 0.05
            for n in range(40)
        ]
    )
    assert found[:, 0].mean() > 0.9
    assert found[:, 1:].mean() < 0.05


def separated_sample() -> Sample:
    count = 40
    value = np.arange(count) - 19.5
    rows = pd.DataFrame(
        {
            "la_code": [f"{200 + number}" for number in range(count)],
            "region": [f"region {number % 4}" for number in range(count)],
            "framework": "2016",
            "day": pd.date_range("2017-01-01", periods=count, freq="30D"),
            "bounded": False,
            "published": pd.date_range("2017-03-01", periods=count, freq="30D"),
            "grade": (value > 0).astype(int),
        }
    )
    left_out = pd.DataFrame(columns=["la_code", "la_name", "framework", "reason"])
    pressure = pd.DataFrame({"plan_growth": np.random.default_rng(4).permutation(value)})
    pressure["plan_growth"] = value
    return Sample("2016", ("plan_growth",), rows, pressure, left_out, 2)


def test_perfect_separation_warns_and_stays_finite():
    with pytest.warns(SeparationWarning, match="sort the 40 outcomes without a mistake"):
        fit = fit_sample(separated_sample(), load_preregistration(), ONCE, name="separated")
    assert "covariates" in fit.separated
    numbers = fit.table[["odds_ratio", "low", "high", "p", "e_value"]].to_numpy(dtype=float)
    assert np.isfinite(numbers).all()


def test_regions_alone_may_separate_without_a_warning():
    sample = separated_sample()
    grade = (sample.rows["region"] == "region 1").astype(int)
    sample = Sample(
        "2016",
        ("plan_growth",),
        sample.rows.assign(grade=grade),
        pd.DataFrame({"plan_growth": np.random.default_rng(4).normal(size=40)}),
        sample.left_out,
        2,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        fit = fit_sample(sample, load_preregistration(), ONCE, name="regions")
    assert fit.separated == ("year and region",)
