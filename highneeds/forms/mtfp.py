"""High needs lines of a medium-term financial plan: block, spending, balance, interest."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from highneeds.forms.cover import book
from highneeds.forms.layout import Line, Part, Sheet, figures
from highneeds.forms.money import (
    BLOCK,
    CARRIED,
    CHANGED,
    FORWARD,
    GRANTED,
    IN_YEAR,
    SPENT,
    TRANSFER,
    known,
    position,
)
from highneeds.model.quantiles import summary

if TYPE_CHECKING:
    from highneeds.answers.projection import Projection

OTHER = "Other movements of the balance"
INTEREST = "Interest on the deficit, to the general fund"
INTEREST_GRANTED = f"{INTEREST}, with the announced grant"
_ENDS = {"p10": "low", "p90": "high"}


def files(result: Projection, stem: str) -> dict[str, bytes]:
    """The form as a workbook, by name."""
    title = f"High needs lines for the medium-term financial plan: {result.area.name}"
    return book(result, stem, title, [mtfp_sheet(result)], ranges=True)


def mtfp_sheet(result: Projection) -> Sheet:
    """Lines of the central case, which add up, and the ends of their ranges."""
    return Sheet(
        "MTFP lines",
        f"High needs in the medium-term financial plan of {result.area.name}",
        (central_part(result), ranges_part(result)),
        ("Pounds, cash. A negative position or balance is a deficit.",),
    )


def central_part(result: Projection) -> Part:
    """Block to balance and interest, every figure as in the DSG form and the report."""
    whole = position(result, "Central case")
    found, lines = figures(whole), {line.label: line for line in whole.lines}
    spent = lines[SPENT]
    moved = tuple(
        None if a is None or b is None or c is None else round(a - b - c, 2)
        for a, b, c in zip(found[CARRIED], found[FORWARD], found[IN_YEAR], strict=True)
    )
    beside = [line for line in whole.lines if line.label.startswith((GRANTED, CHANGED))]
    return Part(
        whole.heading,
        whole.years,
        (
            lines[BLOCK],
            lines[TRANSFER],
            Line(
                SPENT,
                found[SPENT],
                "gbp",
                basis=lines[spent.adds[0]].basis,
                note=spent.note,
            ),
            Line(
                IN_YEAR,
                kind="gbp",
                adds=(BLOCK, TRANSFER, f"-{SPENT}"),
                needs_all=True,
                note=lines[IN_YEAR].note,
            ),
            lines[FORWARD],
            Line(
                OTHER,
                moved,
                "gbp",
                note="Payments against the deficit, other blocks, and what the record does "
                "not explain: the DSG form tells them apart.",
            ),
            Line(
                CARRIED,
                kind="gbp",
                adds=(FORWARD, IN_YEAR, OTHER),
                needs_all=True,
                note=lines[CARRIED].note,
            ),
            *beside,
            *_interest(result),
        ),
    )


def ranges_part(result: Projection) -> Part:
    """Both ends of the range of each line, as the report has them."""
    futures, central = result.futures, result.central
    level = result.has_money and result.balance_is_level
    shown = {SPENT: "spending"}
    if result.has_money:
        shown[IN_YEAR] = "in_year"
    if level:
        shown[CARRIED] = "balance"
    if not result.balance_with_grant().empty:
        shown[GRANTED] = "balance_with_grant"
    if level:
        shown[INTEREST] = "interest"
    lines = []
    for title, name in shown.items():
        values, middle = getattr(futures, name), getattr(central, name)[:, 0]
        found = [summary(*each) for each in zip(values, middle, strict=True)]
        for end, word in _ENDS.items():
            pounds = known(np.array([each[end] for each in found]))
            lines.append(Line(f"{title}, {word}", pounds, "gbp"))
    heading = "8 in 10 simulated futures lie between low and high; ends do not add up"
    return Part(heading, tuple(year.label for year in result.years), tuple(lines))


def _interest(result: Projection) -> Iterator[Line]:
    """Interest on the closing deficit, without the grant and with it beside."""
    rate = result.scenario.assumptions["interest_rate"].central
    if not (result.has_money and result.balance_is_level):
        none = (None,) * len(result.years)
        why = "Not available: the deficit itself is not known."
        yield Line(INTEREST, none, "gbp", note=why)
        return
    yield Line(
        INTEREST,
        known(result.central.interest[:, 0]),
        "gbp",
        note=f"An assumed {rate:.1%} a year of the closing deficit; in no balance above.",
    )
    if not result.balance_with_grant().empty:
        left = np.maximum(-result.central.balance_with_grant[:, 0], 0.0)
        yield Line(INTEREST_GRANTED, known(rate * left), "gbp")
