"""What the sentences may say, with results made up to tempt them."""

import re

import numpy as np
import pandas as pd
import pytest

from highneeds.errors import ModelError
from highneeds.inspections.outcome import COLUMNS, OutcomeFit
from highneeds.inspections.preregistration import load_preregistration
from highneeds.inspections.sample import Sample
from highneeds.inspections.validation import FORWARD, REGIONS, Validation
from highneeds.inspections.words import (
    after_cautions,
    association,
    guarded,
    headline,
    outcome_cautions,
    validation_cautions,
)
from highneeds.periods import FinancialYear

BARRED = re.compile(r"predict|\bcaus|\bdriv|\bdrove", re.IGNORECASE)
ALPHA = 0.05
PANDEMIC = load_preregistration().pandemic


def sample(framework: str, grades: int, count: int = 60) -> Sample:
    generator = np.random.default_rng(5)
    rows = pd.DataFrame(
        {
            "la_code": [str(200 + number) for number in range(count)],
            "region": [f"region {number % 5}" for number in range(count)],
            "framework": framework,
            "day": pd.date_range("2017-01-01", periods=count, freq="14D"),
            "bounded": [number == 0 for number in range(count)],
            "grade": generator.integers(0, grades, count),
        }
    )
    left_out = pd.DataFrame(
        [("201", "City of London", framework, "too few pupils for a rate")],
        columns=["la_code", "la_name", "framework", "reason"],
    )
    pressure = pd.DataFrame({"plan_growth": generator.normal(size=count)})
    return Sample(framework, ("plan_growth",), rows, pressure, left_out, grades)


def result(p_adjusted: float, ratio: float, separated: tuple[str, ...] = ()):
    fits = {}
    for framework, grades in (("2016", 2), ("2023", 3)):
        cells = {
            "framework": framework,
            "covariate": "plan_growth",
            "label": "growth of plans over three years",
            "unit": "% a year",
            "one_sd": 5.4,
            "inspections": 60,
            "odds_ratio": ratio,
            "low": ratio / 2,
            "high": ratio * 2,
            "p_adjusted": p_adjusted,
        }
        table = pd.DataFrame([cells]).reindex(columns=list(COLUMNS))
        fits[framework] = OutcomeFit(
            sample(framework, grades), table, 3, separated, np.zeros((1, 1))
        )
    return fits


def scores(low: float):
    """Validation whose intervals start at `low` for skill and 0.5 more for the curve."""
    rows = [
        {
            "framework": "2016",
            "scheme": scheme,
            "inspections": 60,
            "adverse": 30,
            "auc": low + 0.6,
            "auc_low": low + 0.5,
            "auc_high": low + 0.7,
            "brier_skill": low + 0.1,
            "brier_skill_low": low,
            "brier_skill_high": low + 0.2,
        }
        for scheme in (REGIONS, FORWARD)
    ]
    folds = {REGIONS: 9, FORWARD: 5}
    return {
        name: Validation(name, pd.DataFrame(rows).assign(framework=name), folds)
        for name in ("2016", "2023")
    }


def left_out(changed: str = "", p_adjusted: float = 1.0, ratio: float = 1.1):
    rows = [
        (name, framework, "plan_growth", ratio, (p_adjusted < ALPHA) != (name == changed))
        for name in ("London", "North West", PANDEMIC)
        for framework in ("2016", "2023")
    ]
    columns = ["left_out", "framework", "covariate", "odds_ratio", "found"]
    return pd.DataFrame(rows, columns=columns)


TEMPTING = [(1.0, 1.1), (1e-12, 50.0), (1e-12, 0.001), (0.0499, 1.0001), (0.05, 99.0)]


@pytest.mark.parametrize(("p_adjusted", "ratio"), TEMPTING)
def test_without_skill_nothing_is_said_to_foretell_or_bring_about(p_adjusted, ratio):
    fits = result(p_adjusted, ratio, separated=("covariates",))
    said = [
        headline(fits, scores(-0.1), left_out(p_adjusted=p_adjusted, ratio=ratio), ALPHA),
        *(
            association(row, ALPHA)
            for fit in fits.values()
            for _, row in fit.table.iterrows()
        ),
        *(one for fit in fits.values() for one in outcome_cautions(fit)),
        *validation_cautions(scores(-0.1)["2016"]),
    ]
    assert [text for text in said if BARRED.search(text)] == []
    assert "No skill is shown" in said[0]


@pytest.mark.parametrize(
    "tempting",
    [
        "Plan growth predicts a written statement.",
        "Deficits PREDICTED the outcome.",
        "This is predictive.",
        "Suspensions cause a worse outcome.",
        "A cause of failings.",
        "Money drives the inspection.",
        "The cost drivers decide it.",
        "It drove the result.",
        "The outcome can be forecast.",
    ],
)
def test_a_sentence_that_says_so_is_refused(tempting):
    with pytest.raises(ModelError, match="went together"):
        guarded(tempting, skill=False)


def test_a_label_cannot_smuggle_the_word_in():
    row = result(1e-6, 3.0)["2016"].table.iloc[0].copy()
    row["label"] = "spending that drives need"
    with pytest.raises(ModelError):
        association(row, ALPHA, skill=True)
    row["label"] = "predicted growth"
    with pytest.raises(ModelError):
        association(row, ALPHA)


def test_skill_allows_foresight_but_never_effect():
    assert guarded("Pressure predicts outcomes.", skill=True)
    with pytest.raises(ModelError):
        guarded("Pressure causes outcomes.", skill=True)


@pytest.mark.parametrize(
    "plain",
    ["The percentage was because of driving school", "A cautious, causeway-wide view"],
)
def test_words_that_only_look_alike(plain):
    if "driving" in plain:
        with pytest.raises(ModelError):
            guarded(plain, skill=False)
    else:
        assert guarded(plain, skill=False) == plain


def test_the_null_is_stated_first_and_skill_with_its_interval():
    said = headline(result(1.0, 1.1), scores(-0.1), left_out(), ALPHA)
    assert said.startswith("No association was found between pressure on high needs")
    assert "of 2 registered tests" in said
    assert "60 inspections under the 2016 framework" in said
    # Brier skill 0.00 from −0.10 to 0.10; area under the curve 0.50 from 0.40 to 0.60.
    assert (
        "0.00 (95% interval −0.10 to 0.10; area under the curve 0.50, 0.40 to 0.60)" in said
    )
    assert (
        "stays so whichever region is left out, and without inspections that began in"
        in said
    )
    assert "could have been missed" in said


def test_a_finding_is_stated_with_its_interval():
    said = headline(
        result(0.01, 2.0), scores(0.05), left_out(p_adjusted=0.01, ratio=2.0), ALPHA
    )
    assert "2 found an association" in said
    assert "2.00 times the odds of a written statement (95% interval 1.00 to 4.00" in said
    assert "held out were told better than by the base rate" in said


@pytest.mark.parametrize("changed", ["London", PANDEMIC])
def test_what_changes_the_answer_is_named(changed):
    said = headline(result(1.0, 1.1), scores(-0.1), left_out(changed), ALPHA)
    assert "stays so" not in said.replace("does not stay so", "")
    assert f"changes without {changed}" in said


def test_a_finding_that_turns_round_is_a_change():
    other_way = left_out(p_adjusted=0.01, ratio=0.5)
    said = headline(result(0.01, 2.0), scores(-0.1), other_way, ALPHA)
    assert "does not stay so" in said


def test_cautions_come_from_what_was_fitted():
    fits = result(1.0, 1.1, separated=("covariates",))
    said = " ".join(outcome_cautions(fits["2016"]))
    worst = int(fits["2016"].sample.adverse.sum())
    assert f"60 inspections, {worst} with the outcome “written statement required”" in said
    # One slope, the year and four of five regions.
    assert f"{min(worst, 60 - worst) / 6:.1f} events for each of 6 parameters" in said
    assert "City of London (too few pupils for a rate)" in said
    assert "1 report gives no start date" in said
    assert "60 authorities drawn again within 5 regions" in said
    assert "without a mistake" in said
    assert "3 refits did not settle" in said
    assert "no area is ranked" in said
    assert "too far from 1" not in said
    assert "too far from 1" in " ".join(outcome_cautions(fits["2023"]))


def test_a_difference_before_the_report_is_a_caution():
    rows = [("plans", "others", -2, 1.0, 0.5, 1.5), ("plans", "others", 1, 1.0, 0.5, 1.5)]
    columns = ["measure", "compared_with", "year", "change", "low", "high"]
    table = pd.DataFrame(rows, columns=columns)
    assert "already differed" in " ".join(after_cautions(table, FinancialYear(2018)))
    assert "already differed" not in " ".join(
        after_cautions(table.iloc[1:], FinancialYear(2018))
    )


def test_no_sentence_has_lost_or_doubled_a_space():
    fits = result(0.01, 2.0, separated=("covariates",))
    said = [
        headline(fits, scores(-0.1), left_out("London"), ALPHA),
        headline(result(1.0, 1.1), scores(0.1), left_out(), ALPHA),
        *outcome_cautions(fits["2016"]),
        *outcome_cautions(fits["2023"]),
        *validation_cautions(scores(0.1)["2016"]),
    ]
    assert [text for text in said if re.search(r"  |[a-z)%][,.;:][A-Za-z]", text)] == []
