"""Requests, new plans and other changes of plans by calendar year, as a table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from highneeds.report.contents import RANGE_NOTE
from highneeds.report.tables import Column, Table
from highneeds.report.wording import STATUS_WORDS
from highneeds.words import NO_FIGURE, NOT_APPLICABLE, between, count, missing

if TYPE_CHECKING:
    import pandas as pd

    from highneeds.answers.projection import Projection

_ENDS = [(name, end) for name in ("requests", "new") for end in ("p10", "p90")]


def plan_flows_table(result: Projection, found: pd.DataFrame) -> Table:
    """Each year once, as published or as the central case has it, with its range.

    `found` is what `answers.plan_flows` gives of the run.
    """
    return Table(
        "plan_flows",
        f"Requests and new EHC plans of {result.area.name} in each calendar year",
        (
            Column("year", "Calendar year"),
            Column("requests_said", "Requests for an assessment", "figure", "page"),
            Column("requests", "Requests for an assessment", "count", "sheet"),
            Column("requests_p10", "Requests, low", "count", "sheet"),
            Column("requests_p90", "Requests, high", "count", "sheet"),
            Column("new_said", "New plans", "figure", "page"),
            Column("new", "New plans", "count", "sheet"),
            Column("new_p10", "New plans, low", "count", "sheet"),
            Column("new_p90", "New plans, high", "count", "sheet"),
            Column("other", "Other changes", "count"),
            Column("plans_after", "Plans, January after", "count"),
            Column("basis", "Basis"),
        ),
        found.assign(
            requests_said=_said(found, "requests"),
            new_said=_said(found, "new"),
            basis=_basis(found),
            **{f"{name}_{end}": _ends(found, name, end) for name, end in _ENDS},
        ),
        (
            "Other changes: plans that ended, moved in or away, or were counted late. New "
            "plans and other changes add up to the change in plans from one January to the "
            "next, in whole plans. The basis is that of requests and new plans.",
            RANGE_NOTE,
        ),
    )


def _said(found: pd.DataFrame, name: str) -> list[str]:
    """A figure with its range behind it, where it has one."""
    columns = (found[key] for key in (name, f"{name}_p10", f"{name}_p90"))
    return [
        NO_FIGURE
        if missing(value)
        else count(value)
        if missing(low)
        else f"{count(value)} ({between(count(low), count(high))})"
        for value, low, high in zip(*columns, strict=True)
    ]


def _ends(found: pd.DataFrame, name: str, end: str) -> list[float | str]:
    """Ends of ranges; a figure that is published, or absent, has none."""
    return [NOT_APPLICABLE if missing(one) else one for one in found[f"{name}_{end}"]]


def _basis(found: pd.DataFrame) -> list[str]:
    """Whose both figures of a year are, or why there is none."""
    both = zip(found["requests_status"], found["new_status"], strict=True)
    words = [(STATUS_WORDS[one], STATUS_WORDS[other]) for one, other in both]
    return [
        one if one == other else f"requests {one}; new plans {other}"
        for one, other in words
    ]
