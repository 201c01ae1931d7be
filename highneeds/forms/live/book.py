"""Book: the live what-if workbook of one authority, put together sheet by sheet."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from highneeds.atomic import write_files
from highneeds.forms.live.balance import balance_lines
from highneeds.forms.live.block import block_lines
from highneeds.forms.live.carry import BY_AGE, by_age_sheet, carry_sheets, year_name
from highneeds.forms.live.checks import CHECKS, SHIPPED, checks_sheet, shipped_sheet
from highneeds.forms.live.costs import Sheets, costs_lines
from highneeds.forms.live.front import FRONT, Front, results_on_inputs
from highneeds.forms.live.given import Given, collect
from highneeds.forms.live.inputs import INPUTS, inputs_sheet
from highneeds.forms.live.levers import LEVERS, levers_sheet
from highneeds.forms.live.lines import Lines
from highneeds.forms.live.notes import GOAL_SEEK, NOTES, goal_seek_sheet, notes_sheet
from highneeds.forms.live.people import PEOPLE, people_sheet
from highneeds.forms.live.provisions import PROVISION, provision_sheet
from highneeds.forms.live.record import RATES, RECORD, rates_sheet, record_sheet
from highneeds.forms.live.scenario_file import SCENARIO_FILE, scenario_file_sheet
from highneeds.forms.live.scenarios import (
    LISTS,
    SCENARIOS,
    lists_sheet,
    scenarios_sheet,
)
from highneeds.forms.live.sheets import POUNDS, Book, Page
from highneeds.forms.live.stages import STAGES, Built, Stage, stages_sheet
from highneeds.forms.live.starts import PATH, STARTS, starts_sheet
from highneeds.own.figures import OwnFigures
from highneeds.panel.panel import Panel

MONEY = "Money"
# What each sheet holds, in their order; the years' own stand after `STARTS`.
_SHEETS = {
    FRONT: "What comes out by year, beside the scenario as shipped, and charts.",
    INPUTS: "The only cells to fill: scenario, assumptions, policies, measures.",
    CHECKS: "Totals that must agree, and values within their ranges.",
    GOAL_SEEK: "How to ask what it would take.",
    SCENARIO_FILE: "The scenario in use as text, for the library to read.",
    NOTES: "This page.",
    STARTS: "Requests, new plans, and the rates at which plans end, by calendar year.",
    BY_AGE: "Plans each January by age and placement.",
    MONEY: "Plans paid for, prices, spending, block, grant and balance.",
    PROVISION: "Spending as the DSG management plan tells it apart.",
    LEVERS: "What measures, dated paths and one-off costs do in each year.",
    PEOPLE: "Residents by age, and the ages of who joins.",
    PATH: "How many must start for plans to be as foretold, by age.",
    RATES: "Moves between placements.",
    RECORD: "Plans, rates and levels of the record.",
    STAGES: "Every stage of the model in one list.",
    SHIPPED: "The library's own central case of every scenario.",
    SCENARIOS: "What every shipped scenario says.",
    LISTS: "What can be chosen.",
}


@dataclass(frozen=True)
class Finished:
    """A finished workbook: its bytes, its stages by key, and how many formulas it has."""

    content: bytes
    stages: dict[str, Stage]
    formulas: int


def build(given: Given, *, planted: float | None = None) -> Finished:
    """Build the workbook.

    Parameters
    ----------
    planted : float, optional
        What every formula is said to have come to, in place of its value, so that only a
        program that works it out shows anything else.
    """
    book = Book(f"What if: {given.area.name}", planted)
    for name in _sheets(given):
        book.page(name)
    pages = book.pages
    lists = lists_sheet(pages[LISTS], given)
    tables = scenarios_sheet(pages[SCENARIOS], given)
    inputs = inputs_sheet(pages[INPUTS], given, lists, tables)
    record = record_sheet(pages[RECORD], given)
    rates_sheet(pages[RATES], given, record, inputs["moves_to_independent"])
    levers = levers_sheet(pages[LEVERS], given, inputs, lists, tables)
    joining = people_sheet(
        pages[PEOPLE],
        given,
        record,
        inputs["births_change"],
        tables.default["births_change"],
    )
    starts = starts_sheet(
        pages[STARTS], pages[PATH], given, record, inputs, tables, levers, joining
    )
    plans = carry_sheets(book, given, record, inputs, levers, joining[0], starts)
    by_age_sheet(pages[BY_AGE], given, plans)
    of = Sheets(given, inputs, record, levers, plans, starts)
    page = pages[MONEY]
    page.title(
        f"Money: {given.area.name}",
        "Pounds, cash. The block and spending both count every place. The level of cost "
        "is set so that the base year costs what was spent in it.",
    )
    page.widths(62, 10, 17)
    out = Lines(page, 3, [year.label for year in given.years])
    block = block_lines(out, given, inputs)
    costs = costs_lines(out, of, block)
    has_block = given.record.money.has_block
    balance = balance_lines(out, of, lists, block, costs) if has_block else None
    provisions = provision_sheet(pages[PROVISION], given, costs)
    built = Built(given, starts, plans, block, costs, balance, provisions)
    found = stages_sheet(pages[STAGES], built)
    shipped = shipped_sheet(pages[SHIPPED], given, tables)
    failed = checks_sheet(
        *(pages[CHECKS], given, inputs, record, joining[0], built, found),
        *(shipped, tables, lists),
    )
    Front(pages[FRONT], given, built, found, failed).write(inputs, record, lists, shipped)
    results_on_inputs(inputs, record, built, found, failed)
    _goal(pages[GOAL_SEEK], given, found)
    scenario_file_sheet(pages[SCENARIO_FILE], given, inputs, tables)
    notes_sheet(pages[NOTES], given, _sheets(given))
    formulas = sum(page.formulas for page in pages.values())
    return Finished(book.bytes(), found, formulas)


def _goal(page: Page, given: Given, found: dict[str, Stage]) -> None:
    goal_seek_sheet(page, given)
    key = "in_year" if given.record.money.has_block else "spending"
    page.put(10, 0, f"goal_{key}", bold=True)
    page.put(10, 1, found[key].cells[-1], POUNDS, f"goal_{key}", align="left")


def _sheets(given: Given) -> dict[str, str]:
    """The sheets in their order, each with what it holds."""
    found = {}
    for name, what in _SHEETS.items():
        found[name] = what
        if name == STARTS:
            for year in given.ahead:
                found[year_name(year)] = f"Plans from January {year} to the next, by age."
    return found


def write_workbook(
    panel: Panel,
    area: str,
    out: Path | None = None,
    *,
    scenario: str = "trend",
    until: str | None = None,
    own: OwnFigures | None = None,
    replace: bool = False,
) -> Path:
    """Write the what-if workbook of an authority.

    Raises
    ------
    KeptError
        Another file is in its place, perhaps filled in, and `replace` is not set.
    """
    given = collect(panel, area, chosen=scenario, until=until, own=own)
    path = out or Path(f"{given.area.slug}-what-if.xlsx")
    write_files({path: build(given).content}, replace=replace)
    return path
