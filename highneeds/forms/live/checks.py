"""Checks: totals that must agree, values within their ranges, and the library's figures."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from highneeds.forms.live.cells import (
    Cell,
    any_of,
    both,
    count_of,
    distance,
    either,
    empty,
    filled,
    largest,
    no,
    nth,
    smallest,
    total,
)
from highneeds.forms.live.given import Given
from highneeds.forms.live.inputs import Inputs
from highneeds.forms.live.people import Joining
from highneeds.forms.live.record import Record
from highneeds.forms.live.scenarios import YES, Lists, Tables
from highneeds.forms.live.sheets import PLANS, POUNDS, RATE, WHOLE, Page
from highneeds.forms.live.stages import Built, Stage, library
from highneeds.scenario.levers import FORUM_LIMIT

CHECKS, SHIPPED = "Checks", "As shipped"
# Conditions of one check, so that its formula stays short enough to read.
_TOGETHER = 15
GOOD, BAD = "OK", "Look"
# Series that the library's own figures stand beside, where there is a block.
PLANS_KEY = "plans"
_SERIES = {
    PLANS_KEY: "EHC plans each January",
    "new": "New plans",
    "spending": "High needs spending",
    "block": "High needs block",
    "in_year": "In-year position",
    "balance": "Closing balance",
    "with_grant": "Closing balance with the grant beside it",
}


@dataclass
class Shipped:
    """What the library gives for the scenario chosen, by series and year."""

    of: dict[str, list[Cell]] = field(default_factory=dict)


def shipped_sheet(page: Page, given: Given, tables: Tables) -> Shipped:
    """Write the library's central case of every scenario, and that of the one chosen."""
    page.title(
        "As shipped",
        "The central case of every shipped scenario as the library worked it out when this "
        "workbook was made. Nothing here is calculated but the row of the scenario chosen.",
    )
    page.widths(46, 16)
    page.sheet.freeze_panes(1, 1)
    found, row = Shipped(), 3
    results = [(one.scenario.title, library(one)) for one in given.results.values()]
    for key, title in _SERIES.items():
        if key not in results[0][1] and key != PLANS_KEY:
            continue
        heads = {PLANS_KEY: given.januaries, "new": given.ahead}.get(key)
        labels = [str(one) for one in heads or given.years]
        form = POUNDS if heads is None else PLANS
        page.heading(row, title)
        page.head(row + 1, 0, ["Scenario", *labels])
        top = row + 2
        for at, (scenario, stages) in enumerate(results, start=top):
            page.put(at, 0, scenario)
            values: Any = (
                sum(v for name, v in stages.items() if name.startswith("plans."))
                if key == PLANS_KEY
                else stages[key]
            )
            for column, value in enumerate(values, start=1):
                page.given(at, column, float(value), form)
        last = top + len(results) - 1
        page.put(last + 1, 0, "The scenario chosen", bold=True)
        found.of[key] = [
            page.put(
                last + 1,
                1 + step,
                nth(page.range(top, 1 + step, last, 1 + step), tables.number),
                form,
                bold=True,
            )
            for step, _ in enumerate(labels)
        ]
        row = last + 3
    return found


@dataclass
class _List:
    """The sheet as it is written: what is compared, by how much it is off, and whether."""

    page: Page
    row: int
    tolerance: Cell

    def near(self, label: str, cells: list[Cell], form: str = POUNDS) -> None:
        """That differences are nothing."""
        worst = largest(*(distance(one) for one in cells))
        self.page.put(self.row, 0, label, text_wrap=True)
        found = self.page.put(self.row, 1, worst, form)
        good = either(found <= self.tolerance, GOOD, BAD)
        self.page.put(self.row, 2, good, bold=True, align="right")
        self.row += 1

    def holds(self, label: str, good: Cell) -> None:
        """That something is so."""
        self.page.put(self.row, 0, label, text_wrap=True)
        result = either(good, GOOD, BAD)
        self.page.put(self.row, 2, result, bold=True, align="right")
        self.row += 1


def checks_sheet(
    page: Page,
    given: Given,
    inputs: Inputs,
    record: Record,
    joining: Joining,
    built: Built,
    found: dict[str, Stage],
    shipped: Shipped,
    tables: Tables,
    lists: Lists,
) -> Cell:
    """Write every check; gives how many fail."""
    page.title(
        "Checks",
        f"Each says {GOOD} or {BAD}. One that says {BAD} once you have typed a value tells "
        "what to look at; before, it is a fault of this workbook.",
    )
    page.widths(90, 20, 12)
    page.put(3, 0, "A difference up to this counts as none (plans, pounds)")
    tolerance = page.given(3, 1, 0.001, "0.000")
    forum = page.given(4, 1, FORUM_LIMIT, "0.0%")
    page.put(4, 0, "The most a schools forum may move from the schools block")
    page.put(5, 0, "Values of your own in use")
    typed = page.put(5, 1, filled(*inputs.asked), WHOLE, "own_values")
    page.head(7, 0, ["Check", "Largest difference", "Result"])
    out = _List(page, 8, tolerance)
    _totals(out, built, record, joining)
    same = typed.same(0)
    for key, cells in shipped.of.items():
        live = built.plans.whole if key == PLANS_KEY else found[key].cells
        beside = [either(same, a - b, 0) for a, b in zip(live, cells, strict=True)]
        out.near(f"Nothing typed: {_SERIES[key]}, as the library has it", beside)
    _inputs(out, inputs, lists, forum)
    results = page.range(8, 2, out.row - 1, 2)
    page.put(out.row + 1, 0, "Checks that fail", bold=True)
    return page.put(
        *(out.row + 1, 1, count_of(BAD, results), WHOLE, "checks_failed"), bold=True
    )


def _totals(out: _List, built: Built, record: Record, joining: Joining) -> None:
    """Totals that must agree with their parts."""
    plans, costs = built.plans, built.costs
    ages = [
        total(*(total(*row) for row in stock)) - whole
        for stock, whole in zip(plans.stock, plans.whole, strict=True)
    ]
    out.near("Plans by age add up to plans by placement", ages, PLANS)
    flows = [
        (plans.whole[step] + plans.joined[step] - plans.ended[step]) * plans.kept[step]
        - plans.whole[step + 1]
        for step, _ in enumerate(plans.joined)
    ]
    if not built.given.record.newer.get("ended"):
        out.near("Plans + who joins − who ends = plans a year later", flows, PLANS)
    assert record.sums is not None
    sums = [largest(record.sums) - 1, smallest(record.sums) - 1]
    out.near("Moves out of every placement add up to 1", sums, RATE)
    out.near("Ages of those who join add up to 1", [one - 1 for one in joining.total], RATE)
    provisions = [
        a - b for a, b in zip(built.provisions["total"], costs.spending, strict=True)
    ]
    out.near("Spending by provision adds up to spending", provisions)
    least = smallest(*costs.spending)
    out.holds("Spending of no year is below nothing", least >= 0)
    moves = [
        total(
            *(part[step] for part in (costs.volume, costs.mix, costs.price)),
            *(part[step] for part in (costs.services, costs.other, costs.rolled_cost)),
        )
        - costs.other[0]
        - (one - costs.spending[0])
        for step, one in enumerate(costs.spending)
    ]
    out.near("What moved spending adds up to its change", moves)
    if built.balance is None:
        return
    money = built.balance
    held = built.given.record.money.balance.keys()
    rolls = []
    for step, year in enumerate(built.given.years):
        if year.label in held:
            continue
        before = money.balance[step - 1] if step else money.opening
        parts = (
            *(money.in_year, money.unexplained, money.payments),
            *(money.contributions, money.grants, money.covered),
        )
        rolls.append(before + total(*(one[step] for one in parts)) - money.balance[step])
    out.near("Each balance is the one before and all that the year adds", rolls)


def _inputs(out: _List, inputs: Inputs, lists: Lists, forum: Cell) -> None:
    """Values typed within their ranges, and what the library would refuse."""
    for at in range(0, len(inputs.ranges), _TOGETHER):
        some = inputs.ranges[at : at + _TOGETHER]
        within = [
            any_of(empty(own), both(own >= least, own <= most)) for own, least, most in some
        ]
        out.holds(
            f"Values typed are within their ranges, {at + 1} to {at + len(some)}",
            both(*within),
        )
    out.holds(
        "Every measure is within the most of its kind, and in full force no sooner than "
        "it starts",
        both(
            *(
                both(
                    use["most"] <= most,
                    lists.at(use["full"]) >= lists.at(use["starts"]),
                )
                for use, most in inputs.most_of_measures
            )
        ),
    )
    _measures(out, inputs, forum)
    out.holds(
        "The stability grant is paid after the day that counts",
        lists.at(inputs["grant_paid"]) > lists.at(inputs["grant_counted"]),
    )
    out.holds(
        "Later deficits are covered to a year not before the first",
        lists.at(inputs["covered_to"]) >= lists.at(inputs["covered_from"]),
    )


def _measures(out: _List, inputs: Inputs, forum: Cell) -> None:
    """What the library would refuse of measures."""
    builds = any_of(
        *(
            both(use["kind"].same("special_places"), use["most"] > 0)
            for use in inputs.measures
        )
    )
    out.holds(
        "Places are added only where pupils are turned away for want of them",
        any_of(no(builds), inputs["limit_places"].same(YES)),
    )
    moved = total(
        *(
            either(use["kind"].same("block_transfer"), use["most"], 0)
            for use in inputs.measures
        )
    )
    agreed = both(
        *(
            any_of(
                no(use["kind"].same("block_transfer")),
                use["disapplied"].same(YES),
            )
            for use in inputs.measures
        )
    )
    out.holds(
        "No more is moved from the schools block than a forum may, or the Secretary of "
        "State has agreed",
        any_of(moved <= forum, agreed),
    )
