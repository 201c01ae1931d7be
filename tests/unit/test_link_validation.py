"""Scores of inspections held out, by arithmetic and on data made for the purpose."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from highneeds.errors import ModelError
from highneeds.inspections.preregistration import load_preregistration
from highneeds.inspections.resampling import Sampling
from highneeds.inspections.sample import Sample
from highneeds.inspections.validation import (
    area_under_curve,
    brier_skill,
    score,
    validate_sample,
)

ONCE = Sampling(1, 1)
ONES = np.ones((1, 4))


def test_area_under_the_curve_by_hand():
    # Worst 0.9 and 0.4 against 0.5 and 0.4: right, right, wrong, tie = 2.5 of 4 pairs.
    observed = np.array([True, True, False, False])
    chance = np.array([0.9, 0.4, 0.5, 0.4])
    assert area_under_curve(observed, chance, ONES)[0] == 2.5 / 4
    # The wrong one drawn twice, the first not at all: wrong, tie twice over = 1 of 4.
    times = np.array([[0.0, 2.0, 1.0, 1.0]])
    assert area_under_curve(observed, chance, times)[0] == 1 / 4


def test_area_under_the_curve_needs_both_outcomes():
    assert np.isnan(area_under_curve(np.full(4, True), np.full(4, 0.5), ONES)[0])


def test_brier_skill_by_hand():
    observed = np.array([True, True, False, False])
    chance = np.array([0.8, 0.6, 0.4, 0.2])
    # 0.04 + 0.16 + 0.16 + 0.04 = 0.4 against 4 × 0.25 = 1.
    np.testing.assert_allclose(brier_skill(observed, chance, np.full(4, 0.5), ONES), [0.6])
    np.testing.assert_allclose(
        brier_skill(observed, np.full(4, 0.5), np.full(4, 0.5), ONES), [0]
    )


def test_chances_that_are_right_calibrate_with_slope_one():
    generator = np.random.default_rng(8)
    logit = generator.normal(size=4000)
    observed = generator.random(4000) < 1 / (1 + np.exp(-logit))
    found = score(
        observed, 1 / (1 + np.exp(-logit)), np.full(4000, 0.5), 200, ONCE, "calibration"
    )
    assert found["calibration_slope"] == pytest.approx(1, abs=0.1)
    assert found["calibration_intercept"] == pytest.approx(0, abs=0.1)
    assert found["brier_skill_low"] > 0


def made(effect: float) -> Sample:
    generator = np.random.default_rng(9)
    count = 150
    pressure = generator.normal(size=count)
    grade = (effect * pressure + generator.logistic(size=count) > 0).astype(int)
    day = pd.date_range("2016-06-01", "2022-12-01", periods=count).normalize()
    rows = pd.DataFrame(
        {
            "la_code": [str(number) for number in range(count)],
            "region": [f"region {number % 9}" for number in range(count)],
            "framework": "2016",
            "day": day,
            "published": day + pd.Timedelta(days=60),
            "bounded": False,
            "grade": grade,
        }
    )
    return Sample(
        "2016",
        ("plan_growth",),
        rows,
        pd.DataFrame({"plan_growth": pressure}),
        pd.DataFrame(columns=["la_code", "la_name", "framework", "reason"]),
        2,
    )


def test_skill_is_seen_where_it_is_and_not_where_it_is_not():
    plan = load_preregistration()
    assert validate_sample(made(2.0), plan, ONCE).has_skill
    assert not validate_sample(made(0.0), plan, ONCE).has_skill


def test_forward_in_time_no_later_report_is_used():
    """Outcomes turn round at the end of 2021: the past must then rank them wrongly."""
    sample = made(3.0)
    later = (sample.rows["published"] >= "2022-01-01").to_numpy()
    turned = np.where(later, 1 - sample.rows["grade"], sample.rows["grade"])
    sample = Sample(
        sample.framework,
        sample.names,
        sample.rows.assign(grade=turned),
        sample.pressure,
        sample.left_out,
        2,
    )
    plan = load_preregistration()
    only_last = {
        **plan.terms,
        "validation": {**plan.terms["validation"], "forward_years": {"2016": [2022]}},
    }
    table = validate_sample(sample, replace(plan, terms=only_last), ONCE).table
    assert table.set_index("scheme").loc["going forward in time", "auc"] < 0.3


def test_no_table_of_scores_names_an_area():
    table = validate_sample(made(0.0), load_preregistration(), ONCE).table
    assert not {"la_code", "la_name", "area"} & set(table.columns)
    assert len(table) == 2


def test_too_few_to_hold_out_is_refused():
    sample = made(0.0).keep(np.arange(150) < 22)
    with pytest.raises(ModelError, match="leaves 20 inspections"):
        validate_sample(sample, load_preregistration(), ONCE)
