"""Several scenarios for one authority, side by side."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import pandas as pd

from highneeds.answers.claim import WHOEVER, closing_step
from highneeds.answers.projection import project
from highneeds.panel.question import several
from highneeds.report.assumptions import assumed, named, with_unit
from highneeds.report.tables import Column, Table

if TYPE_CHECKING:
    from pathlib import Path

    from highneeds.answers.projection import Projection
    from highneeds.geography import Area
    from highneeds.own.figures import OwnFigures
    from highneeds.panel.panel import Panel
    from highneeds.scenario.assumptions import Estimate
    from highneeds.scenario.scenario import Scenario


# What a report is set beside: other courses of EHC plans and of prices.
COMPARED = ("trend", "entrants_stop_growing", "pre_reform_surge", "price_bands")


def compared_scenarios(result: Projection) -> list[str]:
    """The shipped scenarios that a report is set beside, without its own."""
    return [name for name in COMPARED if name != result.scenario.name]


def project_each(
    panel: Panel,
    area: str | Area,
    scenarios: Scenario | str | Path | Iterable[Scenario | str | Path],
    *,
    until: str | None = None,
    draws: int = 1000,
    seed: int = 20250901,
    own: OwnFigures | None = None,
) -> list[Projection]:
    """One projection for each scenario, on the same futures; arguments as `project`'s."""
    return [
        project(panel, area, scenario, until=until, draws=draws, seed=seed, own=own)
        for scenario in several(scenarios)
    ]


def scenarios_table(results: Sequence[Projection]) -> Table:
    """Each scenario's plans, in-year position and closing balance, and its difference."""
    rows = []
    first = results[0]
    step = closing_step(first)
    base = float(first.central.balance[step, 0])
    for result in results:
        central = result.central
        balance = float(central.balance[step, 0])
        rows.append(
            {
                "title": result.scenario.title,
                "plans": float(central.stock[-1].sum()),
                "in_year": float(central.in_year[-1, 0]),
                "balance": balance,
                "difference": balance - base,
            }
        )
    last, closes = first.until, first.deficit_until.closes_on()
    after = f", {WHOEVER}" if last > first.deficit_until else ""
    return Table(
        "scenarios",
        f"Scenarios for {first.area.name}: central cases",
        (
            Column("title", "Scenario"),
            Column("plans", f"Plans, January {last.end}", "count"),
            Column("in_year", f"In-year position in {last}{after}", "millions"),
            Column("balance", f"Balance at {closes}", "millions"),
            Column("difference", "Difference from the first", "millions"),
        ),
        pd.DataFrame(rows),
        ("Differences are those of central cases.",),
    )


def changes_table(results: Sequence[Projection]) -> Table:
    """What each scenario assumes that the first does not."""
    base = results[0].scenario
    rows = []
    for result in results[1:]:
        scenario = result.scenario
        for name, estimate in scenario.assumptions.items():
            before = base.assumptions[name]
            if estimate != before:
                rows.append(
                    (
                        scenario.title,
                        named(estimate.title, estimate.unit),
                        _range(before),
                        _range(estimate),
                        estimate.source or "no verified source",
                    )
                )
        rows += [
            (
                scenario.title,
                f"Measure: {measure.name}",
                "none",
                f"{with_unit(measure.most, measure.unit)} from {measure.full}",
                measure.owner,
            )
            for measure in scenario.measures
        ]
        if scenario.policies != base.policies:
            rows.append((scenario.title, "Policies", "as in the first", "changed", ""))
    return Table(
        "changes",
        f"What each scenario changes against “{base.title}”",
        (
            Column("scenario", "Scenario"),
            Column("what", "What"),
            Column("before", "First scenario", "figure"),
            Column("after", "This scenario", "figure"),
            Column("source", "Source or owner"),
        ),
        pd.DataFrame(rows, columns=["scenario", "what", "before", "after", "source"]),
        ("Low, central and high; of a measure, its full effect if it is delivered.",),
    )


def _range(estimate: Estimate) -> str:
    values = (estimate.low, estimate.central, estimate.high)
    return ", ".join(assumed(value, estimate.unit) for value in values)
