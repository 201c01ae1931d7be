"""What the inspection link says, and what it may not say.

Every sentence passes `guarded`, which refuses words for foresight unless validation showed
skill, and words for effect always. Cautions are made from what was fitted.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import pandas as pd

from highneeds.errors import ModelError
from highneeds.inspections.outcome import OutcomeFit, found, minimum_detectable
from highneeds.inspections.preregistration import load_preregistration
from highneeds.inspections.sample import Sample
from highneeds.inspections.state import EARLIER, FRAMEWORKS, LATER
from highneeds.inspections.validation import Validation
from highneeds.panel.schema import CHILD_BY_CHILD_FROM
from highneeds.periods import Period
from highneeds.words import minus, plural

_FORESIGHT = re.compile(r"\b(?:predict|forecast|foretell|foresee)\w*", re.IGNORECASE)
_EFFECT = re.compile(
    r"\b(?:caus|driv)(?:e|es|ed|er|ers|en|ing|al|ally|ality|ation)\b|\bdrove\b",
    re.IGNORECASE,
)
_FEW_EVENTS = 10
_MOST_NAMED = 5
_FRAMEWORKS = {name: f"the {name} framework" for name in FRAMEWORKS}
WORSE = {EARLIER: "a written statement", LATER: "a worse outcome"}
ALWAYS = (
    "The outcome is inspectors' judgement, under frameworks that ask different "
    "questions: the two are not put in one rate.",
    "Areas were not drawn at random and pressure was not set by anyone: these figures go "
    "together or do not; they do not show what would change if one were changed.",
    "Figures are of areas; they say nothing of a child, and no area is ranked.",
)


def guarded(text: str, *, skill: bool) -> str:
    """Give the text back if it says no more than validation allows.

    Parameters
    ----------
    skill : bool
        Whether the registered rule for out-of-sample skill was met.

    Raises
    ------
    ModelError
        It speaks of effect, or of foresight without skill.
    """
    barred = _EFFECT.search(text) or (None if skill else _FORESIGHT.search(text))
    if barred:
        why = (
            "an association is no effect" if _EFFECT.search(text) else "no skill was shown"
        )
        msg = (
            f"The sentence says {barred[0]!r}, but {why}: {text[:80]!r}. Say that the "
            "figures went together, or that they did not."
        )
        raise ModelError(msg)
    return text


def headline(
    fits: Mapping[str, OutcomeFit],
    validations: Mapping[str, Validation],
    left_out: pd.DataFrame,
    alpha: float,
) -> str:
    """The answer in one paragraph: the finding, skill with its interval, how firm it is."""
    tests = pd.concat([fit.table for fit in fits.values()], ignore_index=True)
    skill = any(one.has_skill for one in validations.values())
    parts = [
        _finding(fits, tests, alpha),
        _skill(validations),
        _firm(tests, left_out, alpha),
        _power(fits),
    ]
    return guarded(" ".join(parts), skill=skill)


def association(row: pd.Series, alpha: float, *, skill: bool = False) -> str:
    """One odds ratio in words."""
    framework = str(row["framework"])
    words = (
        f"Under {_FRAMEWORKS[framework]}, one standard deviation more "
        f"({_amount(row['one_sd'], row['unit'])}) in {row['label']} went with "
        f"{row['odds_ratio']:.2f} times the odds of {WORSE[framework]} (95% interval "
        f"{row['low']:.2f} to {row['high']:.2f}, adjusted p {_p(row['p_adjusted'])})"
    )
    told = "" if row["p_adjusted"] < alpha else ": not told apart from no association"
    return guarded(f"{words}{told}.", skill=skill)


def outcome_cautions(fit: OutcomeFit) -> tuple[str, ...]:
    """Cautions of one fit, from what was fitted."""
    sample, design = fit.sample, fit.sample.design()
    worst = int(sample.adverse.sum())
    per = fit.events_per_parameter
    few = f" Fewer than {_FEW_EVENTS}: estimates are unsteady." if per < _FEW_EVENTS else ""
    said = [
        f"{len(design.y)} inspections, {worst} with the outcome “{sample.labels[-1]}”: "
        f"{per:.1f} events for each of {design.x.shape[1]} parameters.{few}",
        *missing(sample),
        f"Intervals come from {len(set(design.clusters))} authorities drawn again within "
        f"{len(set(design.strata))} regions; regions are too few for errors of their own.",
    ]
    if sample.grades > 2:  # noqa: PLR2004
        said.append(
            "The ordered logit has no correction for few inspections: its odds ratios lie "
            "somewhat too far from 1."
        )
    if "covariates" in fit.separated:
        said.append(
            "The covariates sort the outcomes without a mistake; only the penalty keeps "
            "the odds ratios finite, and their size says nothing."
        )
    elif fit.separated:
        said.append(
            "Year and region alone sort some outcomes; only the penalty keeps those terms "
            "finite. The covariates do not."
        )
    if fit.refits_failed:
        said.append(f"{fit.refits_failed} refits did not settle and are left out.")
    return tuple(guarded(one, skill=False) for one in (*said, *ALWAYS))


def missing(sample: Sample) -> list[str]:
    """Who is left out and why, and which start dates are bounds."""
    said = []
    for reason, rows in sample.left_out.groupby("reason", sort=False):
        names = list(rows["la_name"])
        more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
        said.append(f"Left out: {', '.join(names[:_MOST_NAMED])}{more} ({reason}).")
    bounded = int(sample.rows["bounded"].sum())
    if bounded:
        said.append(
            f"{plural(bounded, 'report gives', 'reports give')} no start date: the "
            f"earliest day it can have been "
            "is used."
        )
    return said


def validation_cautions(validation: Validation) -> tuple[str, ...]:
    """Cautions of the scores of inspections held out."""
    said = [
        f"{row['inspections']} inspections held out {row['scheme']}, {row['adverse']} with "
        f"the worst outcome, in {validation.folds[row['scheme']]} folds."
        for row in validation.table.to_dict("records")
    ]
    said.append("Intervals redraw the inspections held out; the fits themselves are kept.")
    said.append("Regions are not in these models: a region held out has no estimate.")
    return tuple(guarded(one, skill=False) for one in (*said, *ALWAYS))


def after_cautions(table: pd.DataFrame, first_outturn: Period) -> tuple[str, ...]:
    """Cautions of the event study, with what it shows before the report."""
    before = table[(table["year"] < 0) & ((table["low"] > 0) | (table["high"] < 0))]
    said = [
        "Year 0 is the first period to end after the report; flows and money of that year "
        "began before it.",
        "Areas told to write a statement differ from others before the report too; a "
        "return to the usual would look like a change.",
        "With an effect for every authority and year, areas told earlier serve to compare "
        "those told later, which misleads where changes grow with time. The comparison "
        "within inspection years does not do so.",
        f"Timeliness is collected otherwise from {CHILD_BY_CHILD_FROM}; spending leaves "
        f"out what is paid directly to academies and starts in {first_outturn}.",
    ]
    if len(before):
        which = ", ".join(
            f"{row.measure} (year {row.year}, {row.compared_with})"
            for row in before.itertuples()
        )
        said.append(f"The areas already differed before the base year in: {which}.")
    return tuple(guarded(one, skill=False) for one in (*said, *ALWAYS))


def _finding(fits: Mapping[str, OutcomeFit], tests: pd.DataFrame, alpha: float) -> str:
    sizes = " and ".join(
        f"{len(fit.sample.rows)} inspections under {_FRAMEWORKS[name]}"
        for name, fit in fits.items()
    )
    claims = found(tests, alpha)
    if claims.empty:
        return (
            "No association was found between pressure on high needs before an "
            f"inspection and its outcome: of {len(tests)} registered tests, on {sizes}, "
            f"none has an adjusted p value below {alpha:g} (the smallest is "
            f"{_p(tests['p_adjusted'].min())})."
        )
    listed = " ".join(association(row, alpha) for _, row in claims.iterrows())
    return (
        f"Of {len(tests)} registered tests of pressure on high needs before an inspection "
        f"and its outcome, on {sizes}, {len(claims)} found an association. {listed}"
    )


def _skill(validations: Mapping[str, Validation]) -> str:
    skilled = [_FRAMEWORKS[name] for name, one in validations.items() if one.has_skill]
    first = (
        "Inspections held out were told better than by the base rate under "
        f"{' and '.join(skilled)}."
        if skilled
        else "No skill is shown on inspections held out."
    )
    return f"{first} {' '.join(_scores(name, one) for name, one in validations.items())}"


def _scores(framework: str, validation: Validation) -> str:
    """Both schemes of one framework: skill against the base rate, and ranking."""
    told = [
        f"{_signed(row['brier_skill'])} (95% interval {_signed(row['brier_skill_low'])} to "
        f"{_signed(row['brier_skill_high'])}; area under the curve {row['auc']:.2f}, "
        f"{row['auc_low']:.2f} to {row['auc_high']:.2f}) {scheme}"
        for scheme, row in validation.table.set_index("scheme").iterrows()
    ]
    return (
        f"Under {_FRAMEWORKS[framework]} the Brier skill score against the base rate is "
        f"{' and '.join(told)}."
    )


def _firm(tests: pd.DataFrame, left_out: pd.DataFrame, alpha: float) -> str:
    claimed = _claims(tests[tests["p_adjusted"] < alpha])
    changed = [
        str(name)
        for name, rows in left_out.groupby("left_out", sort=False)
        if _claims(rows[rows["found"]]) != claimed
    ]
    if not changed:
        pandemic = load_preregistration().pandemic
        return f"This stays so whichever region is left out, and without {pandemic}."
    return (
        "This does not stay so: which associations are found changes without "
        f"{_either(changed)}."
    )


def _power(fits: Mapping[str, OutcomeFit]) -> str:
    sizes = [
        f"{minimum_detectable(len(one.sample.rows), one.sample.adverse.mean()):.1f} under "
        f"{_FRAMEWORKS[name]}"
        for name, one in fits.items()
    ]
    return (
        "Odds ratios for one standard deviation below about "
        f"{' and '.join(sizes)} could have been missed."
    )


def _claims(rows: pd.DataFrame) -> set[tuple[str, str, bool]]:
    """What is claimed: framework, covariate and which way."""
    above = rows["odds_ratio"] > 1
    return set(zip(rows["framework"], rows["covariate"], above, strict=True))


def _either(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} or {names[-1]}"


def _amount(value: float, unit: str) -> str:
    if unit == "£":
        return f"£{value:,.3g}"
    return f"{value:,.3g}{'' if unit.startswith('%') else ' '}{unit}"


def _p(value: float) -> str:
    return "below 0.001" if value < 0.001 else f"{value:.2g}"  # noqa: PLR2004


def _signed(value: float) -> str:
    return minus(f"{value:.2f}")
