"""What the published record alone says: how plans grew, and how far its money closes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from highneeds.answers.sentences import FEW_PLANS
from highneeds.report.contents import WHOLE_NOTE, of_enough
from highneeds.report.tables import Column, Table

if TYPE_CHECKING:
    from highneeds.answers.beside_others import Growth
    from highneeds.answers.projection import Projection


def closure_table(result: Projection) -> Table:
    """How far the published record itself closes."""
    found = result.closure()
    return Table(
        "closure",
        f"How far the published record of {result.area.name} closes",
        (
            Column("year", "Financial year"),
            Column("block_after_gbp", "Block after deductions", "millions"),
            Column("spending_gbp", "Spending", "millions"),
            Column("implied_gbp", "Implied change", "millions"),
            Column("published_change_gbp", "Published change", "millions"),
            Column("residual_gbp", "Residual", "millions"),
            Column("residual_share_of_block", "Share of block", "percent"),
            Column("note", "Note", "text", "sheet"),
        ),
        found,
        (
            *_yearly_notes(found),
            "Residual: the published change in the balance less the change that block and "
            "spending imply. It is not explained by these sources and is not corrected.",
        ),
    )


def growth_table(found: Growth) -> Table:
    """Growth of plans against region, England and statistical neighbours."""
    first, last = found.base, found.latest["year"].max()
    base = found.table[found.table["year"] == (first.end if first else None)]
    frame = found.latest.merge(base[["series", "plans"]], on="series", validate="1:1")
    few = [WHOLE_NOTE] if (frame["plans_y"] < FEW_PLANS).any() else []
    return Table(
        "growth",
        f"Growth of plans in {found.area.name} and elsewhere",
        (
            Column("name", "Where"),
            Column("plans_y", f"Plans in January {first}", "count"),
            Column("plans_x", f"Plans in January {last}", "count"),
            Column("growth", "Change", "percent"),
        ),
        frame.assign(growth=of_enough(frame["growth"], frame["plans_y"])),
        ("Published counts only.", *few, *found.cautions),
    )


def _yearly_notes(found: pd.DataFrame) -> list[str]:
    notes = zip(found["year"], found["note"], strict=True)
    return [f"{year}: {note}" for year, note in notes if note]
