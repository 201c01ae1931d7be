"""Scenarios: what every shipped scenario assumes, a column each, and lists of choices."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from highneeds.forms.live.cells import Cell, Range, cell, nth, position
from highneeds.forms.live.given import Given
from highneeds.forms.live.sheets import RATE, Page
from highneeds.scenario.levers import KINDS

Line = Callable[[str, str, list[Any], str], None]
SCENARIOS, LISTS = "Scenarios", "Lists"
YES, NO, NONE = "Yes", "No", "none"
# As many measures as any shipped scenario has, and some of a reader's own.
MORE_MEASURES = 4
MEASURE_FIELDS = (
    "name",
    "kind",
    "most",
    "starts",
    "full",
    "delivery_chance",
    "cost_to_achieve_gbp",
    "disapplied",
)
_FIRST = 3
# A description is written in so many lines: a cell that wraps would make a row too high.
SAID_LINES, _SAID_WIDTH = 4, 125
# Policies by the name a cell has: where a scenario keeps it.
POLICIES = {
    "grant_in_balance": ("stability_grant", "switched_on"),
    "grant_share": ("stability_grant", "share"),
    "grant_counted": ("stability_grant", "deficit_at"),
    "grant_paid": ("stability_grant", "paid_in"),
    "high_needs_balance": ("stability_grant", "high_needs_balances_gbp"),
    "covered_share": ("later_deficits", "share"),
    "covered_from": ("later_deficits", "starts"),
    "covered_to": ("later_deficits", "ends"),
    "spread_agreement": ("", "spread_agreement"),
    "limit_places": ("", "limit_special_places"),
    "override_ends": ("", "override_ends"),
}


@dataclass
class Lists:
    """Names to choose from."""

    years: Range
    yes_no: Range
    kinds: Range
    real_kinds: Range
    most: Range

    def at(self, label: Cell) -> Cell:
        """Where a financial year stands among the years."""
        return position(label, self.years)


@dataclass
class Tables:
    """The scenarios' own values; `of` gives that of the scenario in use."""

    number: Cell
    titles: Range
    texts: dict[str, Range] = field(default_factory=dict)
    rows: dict[str, Range] = field(default_factory=dict)
    default: dict[str, Cell] = field(default_factory=dict)
    measures: int = 0
    paths: int = 0

    def of(self, key: str) -> Cell:
        """A value in the scenario in use."""
        return nth(self.rows[key], self.number)


def lists_sheet(page: Page, given: Given) -> Lists:
    """Write what can be chosen: years, yes or no, kinds of measure and the most of each."""
    page.title("Lists", "What can be chosen in the input cells. Nothing here is changed.")
    page.widths(16, 12, 24, 16, 60)
    page.head(_FIRST, 0, ["Financial year", "Yes or no", "Kind of measure", "The most"])
    base = given.years[0]
    labels = [base.shift(step).label for step in range(-1, 16)]
    top = _FIRST + 1
    for row, label in enumerate(labels, start=top):
        page.given(row, 0, label)
    for row, word in enumerate((YES, NO), start=top):
        page.given(row, 1, word)
    kinds = [(NONE, 0.0, "no measure")]
    kinds += [(name, kind.most, kind.unit) for name, kind in KINDS.items()]
    for row, (name, most, unit) in enumerate(kinds, start=top):
        page.given(row, 2, name)
        page.given(row, 3, most, "General")
        page.given(row, 4, unit)
    return Lists(
        page.range(top, 0, top + len(labels) - 1, 0),
        page.range(top, 1, top + 1, 1),
        page.range(top, 2, top + len(kinds) - 1, 2),
        page.range(top + 1, 2, top + len(kinds) - 1, 2),
        page.range(top, 3, top + len(kinds) - 1, 3),
    )


def scenarios_sheet(page: Page, given: Given) -> Tables:
    """Write every scenario's values, a column each, behind those of the defaults."""
    page.title(
        "Scenarios",
        "What each shipped scenario says, central, low and high. The sheet Inputs takes "
        "the column of the scenario chosen there.",
    )
    page.widths(44, 12, 22)
    page.sheet.freeze_panes(_FIRST + 1, 2)
    last = 1 + len(given.scenarios)
    page.head(_FIRST, 0, ["", "Defaults", *(one.title for one in given.scenarios)])
    page.wrap(_FIRST, *((one.title, 22) for one in given.scenarios))
    tables = Tables(cell(0), page.range(_FIRST, 2, _FIRST, last))
    row = _FIRST + 1

    def line(key: str, label: str, values: list[Any], number: str = "") -> None:
        nonlocal row
        page.put(row, 0, label, text_wrap=True)
        for column, value in enumerate(values, start=2):
            page.given(row, column, value, number)
        tables.rows[key] = page.range(row, 2, row, last)
        row += 1

    for key in ("name", "title"):
        line(key, key.capitalize(), [getattr(one, key) for one in given.scenarios])
    line("example", "Measures invented", [_written(o.example) for o in given.scenarios])
    said = [textwrap.wrap(one.description, _SAID_WIDTH) for one in given.scenarios]
    for at in range(SAID_LINES):
        line(
            f"description.{at}",
            f"Description, line {at + 1}",
            [each[at] if at < len(each) else " " for each in said],
        )
    for which in ("central", "low", "high"):
        page.heading(row, f"Assumptions: {which}")
        row += 1
        for name, usual in given.defaults.items():
            of_each = [getattr(one.assumptions[name], which) for one in given.scenarios]
            line(f"{which}.{name}", usual.title, of_each, "General")
            if which == "central":
                default = page.given(row - 1, 1, usual.central, "General")
                tables.default[name] = default
    page.heading(row, "Policies")
    row += 1
    for key, where in POLICIES.items():
        values = [_policy(one.policies, where, given) for one in given.scenarios]
        line(key, ".".join(filter(None, where)), values, "General")
    _levers(given, tables, line)
    return tables


def _levers(given: Given, tables: Tables, line: Line) -> None:
    """Measures by slot, dated paths and one-off costs by year."""
    tables.measures = max(len(one.measures) for one in given.scenarios) + MORE_MEASURES
    first = given.years[given.vintage.counted_years + 1].label
    blank = dict(
        zip(MEASURE_FIELDS, ("", NONE, 0.0, first, first, 1.0, 0.0, NO), strict=True)
    )
    for slot in range(tables.measures):
        for each in MEASURE_FIELDS:
            values = []
            for one in given.scenarios:
                if slot >= len(one.measures):
                    kept = blank[each]
                    values.append(kept if each != "name" else f"Measure {slot + 1}")
                else:
                    values.append(_written(getattr(one.measures[slot], each)))
            line(f"{each}.{slot}", f"Measure {slot + 1}: {each}", values, "General")
    tables.paths = max((len(each) for each in given.path_years), default=0)
    for slot in range(tables.paths):
        named = [list(each.values()) for each in given.path_years]
        kinds = [one[slot][0] if slot < len(one) else NONE for one in named]
        line(f"path.{slot}", f"Dated path {slot + 1}: kind", kinds, "")
        for step, year in enumerate(given.years):
            values = [one[slot][1][step] if slot < len(one) else 0.0 for one in named]
            label = f"Dated path {slot + 1}: {year.end - 1}"
            line(f"path.{slot}.{step}", label, values, RATE)
    for step, year in enumerate(given.years):
        pounds = [
            sum(cost.gbp for cost in one.one_offs if cost.year == year.label)
            for one in given.scenarios
        ]
        line(f"one_off.{step}", f"One-off costs of {year}, £", pounds, "General")


def _policy(policies: Any, where: tuple[str, str], given: Given) -> Any:
    table, key = where
    if key == "high_needs_balances_gbp":
        own = policies.stability_grant.own_balance(given.area)
        return NONE if own is None else own
    return _written(getattr(getattr(policies, table) if table else policies, key))


def _written(value: Any) -> Any:
    return (YES if value else NO) if isinstance(value, bool) else value
