"""The cover of a form, and its workbook: what it is of, from where, and what to know."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from highneeds.forms.layout import Sheet, form_bytes
from highneeds.report.outputs import about

if TYPE_CHECKING:
    from highneeds.answers.projection import Projection

_OF_FUTURES = ("Simulated futures", "Seed")
_LICENCE = "Licence of the figures"


def cover(result: Projection, *, ranges: bool) -> list[tuple[str, str]]:
    """Lines of the cover; of a form without ranges, no futures and no seed."""
    lines = about(result.area, result.scenario, result.draws, result.seed)
    left_out = (_LICENCE, *(() if ranges else _OF_FUTURES))
    own = result.own
    return [
        *(line for line in lines if line[0] not in left_out),
        (
            "Own figures",
            f"{len(own.figures)} of {own.file_name}, SHA-256 {own.sha256}"
            if own
            else "none: published figures and projections alone",
        ),
        (
            "Every figure in the middle",
            "The central case, as the report and its page print it: every assumption at "
            "its central value and no yearly swing.",
        ),
        (
            _LICENCE,
            "Contains public sector information licensed under the Open Government Licence "
            "v3.0. The report on the authority lists every published file.",
        ),
    ]


def book(
    result: Projection,
    stem: str,
    title: str,
    sheets: Sequence[Sheet],
    *,
    ranges: bool = False,
) -> dict[str, bytes]:
    """The sheets of a form behind their cover, as the one workbook that it is."""
    lines = [
        *cover(result, ranges=ranges),
        ("Totals", "Totals and checks are formulas: change a figure and they follow."),
        ("Not available", "What the record does not give; the note beside it says why."),
        *(("Missing", f"{gap.what} {gap.done}") for gap in result.gaps),
    ]
    return {f"{stem}.xlsx": form_bytes(title, lines, sheets)}
