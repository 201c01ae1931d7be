"""Plans in the placements that government returns ask for: DSG-7 and LSRP-14."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from highneeds.answers.crosswalk import (
    TOTAL,
    placement_groups,
    project_dsg7,
    project_lsrp14,
)
from highneeds.policy import policy
from highneeds.report.tables import Column, Table
from highneeds.report.wording import STATUS_WORDS
from highneeds.words import count

if TYPE_CHECKING:
    from highneeds.answers.projection import Projection

_INDEPENDENT_MAINSTREAM = "mainstream_independent"
_RETURNS = {
    "dsg7": (
        "the seven placements of the DSG management plan",
        "The placements are those of the Department for Education's DSG management plan "
        "template.",
        project_dsg7,
    ),
    "lsrp14": (
        "the fourteen placements of the local SEND reform plan",
        "The placements are those that the local SEND reform plan of "
        f"{policy('send_reform_plans').day.year} asks for.",
        project_lsrp14,
    ),
}


def plan_return_table(result: Projection, name: str) -> Table:
    """Plans each January in the placements of a return, with the check total last.

    `name` is ``dsg7`` or ``lsrp14``. Projected plans are whole and add up to their total.
    """
    words, template, projected = _RETURNS[name]
    found = projected(result)
    return Table(
        name,
        f"Plans of {result.area.name} each January in {words}",
        (
            Column("year", "January"),
            Column("placement", "Placement"),
            Column("plans", "Plans", "count"),
            Column("basis", "Basis"),
            Column("note", "Note"),
        ),
        found.assign(
            plans=_whole(result, found, name),
            basis=found["status"].map(STATUS_WORDS).fillna(found["status"]),
        ),
        (
            template,
            _why_independent_differs(result),
            "Projected plans are the central case's, as on the sheets Plans and "
            "Placements.",
            "Published counts stand as published; projected ones are rounded to whole "
            "plans, up or down so that they add up to their total.",
        ),
    )


def _why_independent_differs(result: Projection) -> str:
    there = placement_groups(result.panel, result.area).get(_INDEPENDENT_MAINSTREAM)
    january = result.vintage.census
    many = "" if there is None else f" ({count(there)} of its plans in January {january})"
    return (
        f"NMSS or independent counts mainstream independent schools too{many}; the sheet "
        "Placements and the page count them with mainstream schools. NMSS: non-maintained "
        "special schools."
    )


def _whole(result: Projection, found: pd.DataFrame, column: str) -> list[float]:
    """Projected plans as whole numbers, sums of one set of cells for every return."""
    cells = result.plan_cells
    parts = [name for name in found["placement"].unique() if name != TOTAL]
    by_placement = cells.by(column, tuple(parts)).sum(axis=2)
    whole = []
    for year, placement, plans in zip(
        found["year"], found["placement"], found["plans"], strict=True
    ):
        step = cells.years.index(str(year))
        counted = by_placement[step]
        if placement != TOTAL:
            counted = counted[parts.index(placement)]
        ours = np.isfinite(plans) and step
        whole.append(float(counted.sum() if ours else plans))
    return whole
