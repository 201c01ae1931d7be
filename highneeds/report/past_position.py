"""In-year positions of past years, as a table beside those ahead."""

from __future__ import annotations

from typing import TYPE_CHECKING

from highneeds.answers.past import past_positions
from highneeds.report.tables import Column, Table, Words
from highneeds.report.wording import STATUS_WORDS

if TYPE_CHECKING:
    from highneeds.answers.projection import Projection


def past_table(result: Projection) -> Table | Words:
    """In-year positions before the base year; words where a part of each is missing."""
    found = past_positions(result)
    if found.empty:
        return Words(
            (
                f"No in-year position of {result.area.name} before {result.base_year} can "
                "be given: the files used hold no block and outturn of one year.",
            )
        )
    return Table(
        "past",
        f"In-year position of {result.area.name} in past years",
        (
            Column("year", "Financial year"),
            Column("block_gbp", "Block", "millions"),
            Column("spending_gbp", "Spending", "millions"),
            Column("in_year_gbp", "In-year position", "millions"),
            Column("basis", "Basis"),
        ),
        found.assign(basis=found["status"].map(STATUS_WORDS)),
        (
            "Block before deductions; spending: net outturn, maintained place funding and "
            "the places that the department funds directly. A negative position is a "
            "deficit.",
            f"Maintained place funding is published for {result.vintage.lines} alone and "
            "stands in every year: positions of other years are estimated.",
        ),
    )
