"""The inspection link in one call: the answer, and every table with its cautions."""

from __future__ import annotations

from dataclasses import dataclass, field

import pandas as pd

from highneeds.inspections import tables as link_tables
from highneeds.inspections.after import after_written_statement
from highneeds.inspections.checks import (
    curve_summary,
    leave_out_each,
    negative_control,
    placebo_claims,
    specification_curve,
)
from highneeds.inspections.outcome import (
    OutcomeFit,
    adjusted_rows,
    fit_exploratory,
    fit_primary,
    minimum_detectable,
)
from highneeds.inspections.preregistration import Preregistration, load_preregistration
from highneeds.inspections.resampling import Progress, Sampling
from highneeds.inspections.timing import Timing, fit_timing
from highneeds.inspections.validation import Validation, validate_sample
from highneeds.inspections.words import (
    ALWAYS,
    after_cautions,
    association,
    guarded,
    headline,
    missing,
    outcome_cautions,
    validation_cautions,
)
from highneeds.panel.panel import Panel
from highneeds.panel.vintage import held_by_most


@dataclass(frozen=True, eq=False)
class LinkTable:
    """One table with its title and the cautions that stand below it."""

    name: str
    title: str
    table: pd.DataFrame
    cautions: tuple[str, ...]

    def __str__(self) -> str:
        shown = self.table.to_string(index=False, float_format="{:,.3g}".format)
        return "\n".join([self.title, shown, *(f"- {one}" for one in self.cautions)])


@dataclass(frozen=True, eq=False)
class InspectionLink:
    """The answer and the tables behind it.

    ``headline`` is the first paragraph of a report; ``tables`` holds `LinkTable` by name,
    in the order they should be read: what was counted first, what was fitted after.
    """

    headline: str
    plan: Preregistration
    tables: dict[str, LinkTable]
    fits: dict[str, OutcomeFit] = field(repr=False)
    validations: dict[str, Validation] = field(repr=False)
    timings: dict[str, Timing] = field(repr=False)

    @property
    def has_skill(self) -> bool:
        """Whether either framework met the registered rule for out-of-sample skill."""
        return any(one.has_skill for one in self.validations.values())

    def sentences(self) -> list[str]:
        """Every primary odds ratio in words."""
        rows = adjusted_rows(self.fits)
        alpha = self.plan.rule("alpha")
        return [association(row, alpha, skill=self.has_skill) for _, row in rows.iterrows()]


def inspection_link(
    panel: Panel,
    *,
    seed: int | None = None,
    workers: int | None = None,
    progress: Progress | None = None,
) -> InspectionLink:
    """Run the registered analysis.

    Parameters
    ----------
    panel : Panel
    seed : int, optional
        The registered seed when left out. The same seed gives the same numbers whatever
        the number of workers.
    workers : int, optional
        Threads to share the resampling; as many as there are cores when left out.
    progress : callable, optional
        Told of each block of replicates.

    Returns
    -------
    InspectionLink

    Raises
    ------
    AssumptionError
        The pre-registration is not the one registered.
    """
    plan = load_preregistration()
    chosen = plan.rule("seed") if seed is None else seed
    given = {} if workers is None else {"workers": workers}
    sampling = Sampling(chosen, progress=progress, **given)
    fits = fit_primary(panel, plan, sampling)
    validations, timings = {}, {}
    for framework, fit in fits.items():
        validations[framework] = validate_sample(fit.sample, plan, sampling)
        timings[framework] = fit_timing(panel, plan, fit.sample, sampling)
    left_out = leave_out_each(fits, plan, sampling)
    tables = [
        *_counted(panel, fits),
        *_timed(timings),
        *_tested(panel, plan, fits, sampling),
        *_checked(panel, plan, fits, left_out, sampling),
        *_validated(validations),
        _after(panel, plan, sampling),
    ]
    return InspectionLink(
        headline=headline(fits, validations, left_out, plan.rule("alpha")),
        plan=plan,
        tables={table.name: table for table in tables},
        fits=fits,
        validations=validations,
        timings=timings,
    )


def _table(name: str, title: str, table: pd.DataFrame, *cautions: str) -> LinkTable:
    whole = dict.fromkeys((*cautions, *ALWAYS))
    return LinkTable(name, title, table, tuple(guarded(one, skill=False) for one in whole))


def _counted(panel: Panel, fits: dict[str, OutcomeFit]) -> list[LinkTable]:
    found = []
    for framework, fit in fits.items():
        for by in ("region", "year"):
            found.append(
                _table(
                    f"outcomes_{framework}_by_{by}",
                    f"Outcomes under the {framework} framework by {by}",
                    link_tables.outcomes_by(panel, framework, by),
                    "Every published report, those of abolished and very small areas too; "
                    "intervals of the share with the worst outcome are Wilson's, 95%.",
                )
            )
        left = missing(fit.sample)
        found += [
            _table(
                f"pressure_{framework}_by_outcome",
                f"Pressure before the inspection by outcome, {framework} framework",
                link_tables.pressure_by_outcome(fit.sample),
                *left,
            ),
            _table(
                f"outcomes_{framework}_by_third",
                f"Outcomes by thirds of each measure of pressure, {framework} framework",
                link_tables.outcomes_by_third(fit.sample),
                *left,
                "Neither year nor region is taken into account here.",
            ),
        ]
    return found


def _timed(timings: dict[str, Timing]) -> list[LinkTable]:
    found = []
    for framework, timing in timings.items():
        told = (
            f"{timing.inspected} first inspections in {timing.authority_terms:,} "
            f"authority-terms; {timing.left_out} more lack a figure. All slopes together: "
            f"p = {timing.joint_p:.2g}. Errors are clustered by authority."
        )
        found += [
            _table(
                f"timing_{framework}",
                f"Chance of being inspected in a term, {framework} framework",
                timing.table,
                told,
            ),
            _table(
                f"weighted_{framework}",
                f"Outcomes weighted by the inverse chance of their timing, {framework} "
                "framework",
                timing.weighted,
                told,
                f"Weights are trimmed at the 1st and 99th percentile; the largest is "
                f"{timing.largest_weight:.1f}.",
            ),
        ]
    return found


def _tested(
    panel: Panel, plan: Preregistration, fits: dict[str, OutcomeFit], sampling: Sampling
) -> list[LinkTable]:
    found = [
        _table(
            f"outcome_model_{framework}",
            f"Pressure and outcome, {framework} framework: {_model(plan, framework)}",
            fit.table,
            plan.sentence(),
            f"Smallest odds ratio likely to be found (80% power): {_detectable(fit):.1f} "
            "for one standard deviation.",
            *_unavailable(plan, framework),
            *outcome_cautions(fit),
        )
        for framework, fit in fits.items()
    ]
    exploratory, others = fit_exploratory(panel, plan, sampling)
    sizes = ", ".join(f"{len(one.sample.rows)}" for one in others)
    fewest = min(one.events_per_parameter for one in others)
    found.append(
        _table(
            "exploratory",
            "Other measures, each alone with year and region (exploratory)",
            exploratory,
            "Adjusted by Benjamini and Hochberg. Nothing here was registered as a claim.",
            f"Inspections in each: {sizes}; areas without the figure are left out.",
            f"As few as {fewest:.1f} events for each parameter: estimates are unsteady.",
        )
    )
    return found


def _unavailable(plan: Preregistration, framework: str) -> list[str]:
    """What could not be asked under a framework, as registered."""
    said = plan.terms["frameworks"][framework].get("not_available")
    return [str(said)] if said else []


def _model(plan: Preregistration, framework: str) -> str:
    return str(plan.terms["frameworks"][framework]["model"])


def _detectable(fit: OutcomeFit) -> float:
    return minimum_detectable(len(fit.sample.rows), float(fit.sample.adverse.mean()))


def _checked(
    panel: Panel,
    plan: Preregistration,
    fits: dict[str, OutcomeFit],
    left_out: pd.DataFrame,
    sampling: Sampling,
) -> list[LinkTable]:
    curve = specification_curve(panel, plan)
    control, skipped = negative_control(panel, plan, sampling)
    claims, shuffles = placebo_claims(fits, plan, sampling)
    placebo = pd.DataFrame(
        [
            (
                shuffles,
                claims,
                100 * claims / shuffles,
                *link_tables.wilson(claims, shuffles),
            )
        ],
        columns=["shuffles", "with_a_finding", "pct", "low", "high"],
    )
    number = curve["specification"].nunique()
    later = f"Too few later figures: {', '.join(skipped)}." if skipped else ""
    return [
        _table(
            "specification_curve",
            f"{number} ways of asking",
            curve,
            "Intervals here are from the information of each fit, not from redrawing.",
        ),
        _table(
            "specification_summary",
            f"{number} ways of asking, by covariate",
            curve_summary(curve),
            "Ways of asking share inspections: they are not independent evidence.",
        ),
        _table(
            "left_out",
            "The registered tests without each region and without the pandemic years",
            left_out,
        ),
        _table(
            "negative_control",
            "Figures of periods after the report instead of before it",
            control,
            *([later] if later else []),
        ),
        _table(
            "placebo",
            "How often the rule finds something in shuffled figures",
            placebo,
            f"{plan.rule('alpha'):.0%} or less is what the rule promises.",
        ),
    ]


def _validated(validations: dict[str, Validation]) -> list[LinkTable]:
    return [
        _table(
            f"validation_{framework}",
            f"Inspections held out, {framework} framework",
            one.table,
            *validation_cautions(one),
        )
        for framework, one in validations.items()
    ]


def _after(panel: Panel, plan: Preregistration, sampling: Sampling) -> LinkTable:
    table = after_written_statement(panel, plan, sampling)
    title = "Change after a written statement was required, beyond areas compared with"
    outturns = min(held_by_most(panel, "s251_high_needs_net_gbp"))
    cautions = after_cautions(table, outturns)
    return _table("after_written_statement", title, table, *cautions)
