"""Plans in the placements that government returns ask for: DSG-7 and LSRP-14."""

from __future__ import annotations

from typing import TYPE_CHECKING

from highneeds.model.crosswalk import project_dsg7, project_lsrp14
from highneeds.report.tables import Column, Table
from highneeds.report.wording import STATUS_WORDS

if TYPE_CHECKING:
    from highneeds.model.projection import Projection

_RETURNS = {
    "dsg7": ("the seven placements of the DSG management plan", project_dsg7),
    "lsrp14": ("the fourteen placements of the local SEND reform plan", project_lsrp14),
}


def plan_return_table(result: Projection, name: str) -> Table:
    """Plans each January in the placements of a return, with the check total last.

    `name` is ``dsg7`` or ``lsrp14``.
    """
    words, projected = _RETURNS[name]
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
        found.assign(basis=found["status"].map(STATUS_WORDS).fillna(found["status"])),
        (
            "Projected plans are means of the futures, which add up; medians of parts need "
            "not add up to the median of the total.",
        ),
    )
