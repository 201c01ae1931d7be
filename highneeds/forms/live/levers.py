"""Levers: what measures, dated paths and one-off costs do in each financial year."""

from __future__ import annotations

from dataclasses import dataclass

from highneeds.forms.live.cells import (
    Cell,
    Range,
    cell,
    either,
    largest,
    own_or,
    product_where,
    smallest,
    sum_where,
    total,
)
from highneeds.forms.live.given import Given
from highneeds.forms.live.inputs import Inputs
from highneeds.forms.live.scenarios import Lists, Tables
from highneeds.forms.live.sheets import POUNDS, RATE, SIZE, WHOLE, Page

LEVERS = "Levers"
_HEAD, _FIRST = 3, 3


@dataclass
class Levers:
    """Effects by financial year from the base year, as `scenario.levers.Effects`."""

    labels: list[Cell]
    at: list[Cell]
    requests: list[Cell]
    to_mainstream: list[Cell]
    places: list[Cell]
    independent_price: list[Cell]
    exits_16_plus: list[Cell]
    further_exits: list[Cell]
    transfer: list[Cell]
    cost: list[Cell]


class _Sheet:
    """The sheet as it is written, row by row; years stand from the same column on."""

    def __init__(self, page: Page, given: Given, inputs: Inputs) -> None:
        assert inputs.kinds is not None
        self.page, self.inputs, self.kinds = page, inputs, inputs.kinds
        self.count, self.row = len(given.years), _HEAD

    def heading(self, text: str) -> None:
        """A heading over the rows that follow."""
        self.page.heading(self.row, text)
        self.row += 1

    def line(self, label: str, cells: list[Cell], form: str) -> list[Cell]:
        """A row of formulas."""
        self.page.put(self.row, 0, label)
        found = [
            self.page.put(self.row, column, one, form)
            for column, one in enumerate(cells, start=_FIRST)
        ]
        self.row += 1
        return found

    def block(self, heading: str, rows: list[list[Cell]], form: str) -> list[Range]:
        """A row for each measure; gives the column of each year."""
        self.heading(heading)
        top = self.row
        for use, cells in zip(self.inputs.measures, rows, strict=True):
            self.page.put(self.row, 0, use["name"] if use else "")
            for column, one in enumerate(cells, start=_FIRST):
                self.page.put(self.row, column, one, form)
            self.row += 1
        return [
            self.page.range(top, _FIRST + step, self.row - 1, _FIRST + step)
            for step in range(self.count)
        ]

    def product(self, label: str, kind: str, factors: list[Range]) -> list[Cell]:
        """The product of the measures of a kind, each on what the others leave."""
        self.page.put(self.row, 0, label)
        found = [
            self.page.put(
                self.row,
                _FIRST + at,
                product_where(self.kinds, kind, one),
                RATE,
                array=True,
            )
            for at, one in enumerate(factors)
        ]
        self.row += 1
        return found


def levers_sheet(
    page: Page, given: Given, inputs: Inputs, lists: Lists, tables: Tables
) -> Levers:
    """Work the effects out, in the order of docs/method.md, section 11."""
    page.title(
        "Levers",
        "What the measures, dated paths and one-off costs in use do in each year. The "
        "lever of a financial year meets the plans and requests of the calendar year it "
        "opens in.",
    )
    page.widths(50, 10, 10, 13)
    page.sheet.freeze_panes(_HEAD + 1, 1)
    out = _Sheet(page, given, inputs)
    page.head(_HEAD, 0, ["", "Starts", "In full"])
    labels = [
        page.put(_HEAD, _FIRST + at, year.label, bold=True, bottom=1, align="right")
        for at, year in enumerate(given.years)
    ]
    out.row += 1
    at = out.line("Place of the year in the list", [lists.at(one) for one in labels], WHOLE)
    force = _force(out, inputs, lists, at)
    return _effects(out, given, tables, labels, at, force)


def _effects(
    out: _Sheet,
    given: Given,
    tables: Tables,
    labels: list[Cell],
    at: list[Cell],
    force: list[list[Cell]],
) -> Levers:
    """Measures, each on what the others leave; dated paths; costs."""
    inputs = out.inputs
    effect = [
        [use["most"] * one for one in row]
        for use, row in zip(inputs.measures, force, strict=True)
    ]
    effects = out.block("Effect: full effect × share in force", effect, SIZE)
    left = out.block(
        "What it leaves: 1 − effect", [[1 - one for one in row] for row in effect], SIZE
    )
    more = out.block("1 + effect", [[1 + one for one in row] for row in effect], SIZE)
    phased = out.block("Costs to achieve, £", _phased(inputs, force), POUNDS)
    out.heading("Dated paths")
    asked, ended = _paths(out, given, inputs, tables)
    out.heading("Effects")
    spared = out.product("Requests left by early support", "early_support", left)
    requests = [a * b for a, b in zip(spared, asked, strict=True)]
    kept = out.product(
        "Special joiners and movers not placed in mainstream", "mainstream_places", left
    )
    kept = [1 - one for one in kept]
    added, moved, saved = (
        [sum_where(out.kinds, kind, one) for one in effects]
        for kind in ("special_places", "block_transfer", "service_savings")
    )
    cost = _costs(inputs, tables, labels, phased)
    cost = [one - less for one, less in zip(cost, saved, strict=True)]
    return Levers(
        labels=labels,
        at=at,
        requests=out.line("Requests × (early support, dated paths)", requests, RATE),
        to_mainstream=out.line("Share placed in mainstream instead", kept, RATE),
        places=out.line("State special places added", added, RATE),
        independent_price=out.product("Independent prices ×", "independent_prices", left),
        exits_16_plus=out.product("Exits from 16 on ×", "post_16_pathways", more),
        further_exits=out.line("Further exits, share", ended, RATE),
        transfer=out.line("Transfer, share of the schools block", moved, RATE),
        cost=out.line("Costs of measures and one-offs less savings, £", cost, POUNDS),
    )


def _force(out: _Sheet, inputs: Inputs, lists: Lists, at: list[Cell]) -> list[list[Cell]]:
    """The share of each measure in force by year: equal steps, if it has any chance."""
    page = out.page
    out.heading("Share in force")
    found = []
    for use in inputs.measures:
        page.put(out.row, 0, use["name"])
        starts = page.put(out.row, 1, lists.at(use["starts"]), WHOLE)
        full = page.put(out.row, 2, lists.at(use["full"]), WHOLE)
        row = []
        for step, year in enumerate(at):
            ramp = smallest((year - starts + 1) / (full - starts + 1), cell(1))
            whole = either(year < starts, 0, ramp)
            chance = either(use["delivery_chance"] > 0, whole, 0)
            row.append(page.put(out.row, _FIRST + step, chance, RATE))
        found.append(row)
        out.row += 1
    return found


def _phased(inputs: Inputs, force: list[list[Cell]]) -> list[list[Cell]]:
    """Costs to achieve by year: as a measure comes into force."""
    return [
        [
            use["cost_to_achieve_gbp"]
            * largest(one - row[step - 1] if step else one, cell(0))
            for step, one in enumerate(row)
        ]
        for use, row in zip(inputs.measures, force, strict=True)
    ]


def _paths(
    out: _Sheet, given: Given, inputs: Inputs, tables: Tables
) -> tuple[list[Cell], list[Cell]]:
    """Requests × and further exits by year: the scenario's paths and a reader's own."""
    asked, ended = [], []
    own = {year: at for at, year in enumerate(given.ahead)}
    for step, year in enumerate(given.years):
        factor, going_on = cell(1), cell(1)
        for slot in range(tables.paths):
            kind, value = tables.of(f"path.{slot}"), tables.of(f"path.{slot}.{step}")
            factor = factor * either(kind.same("requests"), value, 1)
            going_on = going_on * either(kind.same("further_exits"), 1 - value, 1)
        if year.end - 1 in own:
            mine = {kind: row[own[year.end - 1]] for kind, row in inputs.own_paths.items()}
            factor = factor * own_or(mine["requests"], 1)
            going_on = going_on * (1 - own_or(mine["further_exits"], 0))
        asked.append(factor)
        ended.append(1 - going_on)
    return (
        out.line("Requests × (dated paths and your own)", asked, RATE),
        out.line("Further exits (dated paths and your own)", ended, RATE),
    )


def _costs(
    inputs: Inputs, tables: Tables, labels: list[Cell], phased: list[Range]
) -> list[Cell]:
    years, pounds = inputs.one_off_years, inputs.one_off_pounds
    assert years is not None
    assert pounds is not None
    return [
        total(column) + tables.of(f"one_off.{step}") + sum_where(years, label, pounds)
        for step, (label, column) in enumerate(zip(labels, phased, strict=True))
    ]
