"""What to do next: the steps that would make this authority's answer firmer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from highneeds.model.grant import Ground
from highneeds.report.tables import Words

if TYPE_CHECKING:
    from highneeds.answers.projection import Projection


def next_steps(result: Projection, moving: tuple[str, ...] = ()) -> Words:
    """Steps in the order in which they help, with the command for each.

    `moving` are titles of the assumptions that move the answer most.
    """
    return Words(tuple(_steps(result, moving)), listed=True)


def _steps(result: Projection, moving: tuple[str, ...]) -> Iterator[str]:
    area = f'"{result.area.name}"' if " " in result.area.name else result.area.name
    if not (result.own and result.own.figures):
        yield (
            "Put your own figures in the place of published and estimated ones: last "
            "outturn, this year's forecast outturn, block allocation, DSG balance, "
            f"EHC plans. “highneeds inputs template {area}” makes a workbook to fill in; "
            f"“highneeds report {area} --inputs FILE” reads it."
        )
    if result.has_money and result.grant_ground is Ground.WHOLE:
        yield (
            "State your high needs balance apart from the other blocks of the DSG: the "
            "announced grant is worked out on it alone."
        )
    if result.has_money and result.reserves().empty:
        yield (
            "State your usable reserves, to see in which year the deficit passes them and "
            "with what chance."
        )
    weak = [one for one in result.scenario.assumptions.values() if not one.sourced]
    first = [one.title for one in weak if one.title in moving] or list(moving[:1])
    if first:
        named = "; ".join(f"“{title}”" for title in first)
        yield (
            "Replace the assumptions that move the answer and have no verified source, or "
            f"first the one that moves it most, in a scenario file: {named}."
        )
    yield (
        "Move the assumptions yourself: on a page that needs nothing installed, “highneeds "
        f"whatif {area}”, or in a workbook with live formulas, “highneeds workbook {area}”."
    )
    if not result.scenario.measures:
        yield (
            "Write the measures of your DSG management plan into a scenario file, each "
            "with its chance of delivery, and compare the two: docs/scenarios.md."
        )
    if not result.scenario.approved_by:
        yield (
            "Have the scenario approved, and the run signed: until then every page of it "
            "is marked as a draft. “highneeds sign FOLDER” records who did."
        )
    yield (
        "Take the figures into the forms that are asked for: the DSG management plan, the "
        "local SEND reform plan, the forum's pack, the lines of a medium-term financial "
        f"plan: “highneeds export {area} --form dsg”, or lsrp, forum or mtfp."
    )
