"""Inputs: the one sheet with cells to fill; beside each what is in use and what may be."""

from __future__ import annotations

from dataclasses import dataclass, field

from highneeds.forms.live.cells import (
    Cell,
    Range,
    cell,
    either,
    joined,
    largest,
    nth,
    own_or,
    position,
    smallest,
)
from highneeds.forms.live.given import Given
from highneeds.forms.live.scenarios import (
    MEASURE_FIELDS,
    NONE,
    POLICIES,
    SAID_LINES,
    Lists,
    Tables,
)
from highneeds.forms.live.sheets import (
    POUNDS,
    RATE,
    SHARE,
    SIZE,
    WHOLE,
    YEARS,
    Allowed,
    Page,
)
from highneeds.own.figures import OwnFigures
from highneeds.periods import FinancialYear
from highneeds.record.cells import MODEL_PLACEMENTS
from highneeds.scenario.assumptions import EVIDENCE_WORDS, Estimate
from highneeds.scenario.levers import KINDS
from highneeds.words import decimal

INPUTS = "Inputs"
# Columns of an assumption.
(
    WHAT,
    YOURS,
    USED,
    OF_SCENARIO,
    LOW,
    HIGH,
    UNIT,
    LEAST,
    MOST,
    BASIS,
    SOURCE,
    DATE,
    NOTE,
    WHY,
) = range(14)
RESULTS_AT = 8 + SAID_LINES
ONE_OFFS = 4
_GROUPS = {
    "Costs and prices": ("unit_cost", "price_", "september", "appeal"),
    "Funding": ("block_", "maintained_", "interest"),
    "Plans": ("",),
}
_HEADS = (
    "Assumption",
    "Your value",
    "In use",
    "Scenario",
    "Low",
    "High",
    "Unit",
    "Lowest taken",
    "Highest taken",
    "Basis",
    "Source",
    "Date",
    "Note",
    "Your reason or source",
)
_WIDTHS = (50, 24, 15, 15, 15, 15, 24, 13, 13, 27, 60, 10, 60, 40)
_POLICY_TEXTS = {
    "grant_in_balance": ("Count the High Needs Stability Grant in the balance", ""),
    "grant_share": ("Stability grant: share of the high needs deficit", "share"),
    "grant_counted": ("Stability grant: deficit at the end of", "financial year"),
    "grant_paid": ("Stability grant: paid in", "financial year"),
    "high_needs_balance": (
        "Own high needs balance on that day, for the grant alone; a deficit is negative",
        "£",
    ),
    "covered_share": ("Later deficits: share of what a year adds that is covered", "share"),
    "covered_from": ("Later deficits: covered from", "financial year"),
    "covered_to": ("Later deficits: covered to", "financial year"),
    "spread_agreement": ("Pay a Safety Valve agreement evenly over its years", ""),
    "limit_places": ("Turn pupils away when state special places run out", ""),
    "override_ends": ("Deficits kept apart from reserves until the end of", ""),
}
_MOST_GBP = 10**11
_MEASURE_HEADS = (
    "Measure",
    "Kind",
    "Full effect",
    "Starts",
    "In full force",
    "Chance of delivery",
    "Cost to achieve, £",
    "Secretary of State agreed",
)
_HINTS = {
    "name": "What the measure is called.",
    "kind": "What it changes, from the list; the sheet Lists says in what unit.",
    "most": "Its effect in full force, in the unit that the sheet Lists gives its kind.",
    "starts": "The first financial year in which it acts.",
    "full": "The first financial year in which it is in full force.",
    "delivery_chance": "0 to 1. Here a measure acts in full unless its chance is 0; the "
    "chance moves the ranges of a report.",
    "cost_to_achieve_gbp": "Pounds in all, spread over the years in which it comes into "
    "force.",
    "disapplied": "Yes where the Secretary of State has agreed to move more than the "
    "schools forum may.",
}
_PATHS = {
    "requests": "Requests of the year × (1: no change)",
    "further_exits": "Share of plans that would go on and end (0: none)",
}
_MOST_OF_PATH = {"requests": 2.0, "further_exits": 1.0}


@dataclass
class Inputs:
    """Cells of the sheet: in use, a reader's own, and the range about what is in use."""

    page: Page
    used: dict[str, Cell] = field(default_factory=dict)
    yours: dict[str, Cell] = field(default_factory=dict)
    low: dict[str, Cell] = field(default_factory=dict)
    high: dict[str, Cell] = field(default_factory=dict)
    why: dict[str, Cell] = field(default_factory=dict)
    ranges: list[tuple[Cell, Cell, Cell]] = field(default_factory=list)
    measures: list[dict[str, Cell]] = field(default_factory=list)
    own_measures: list[dict[str, Cell]] = field(default_factory=list)
    kinds: Range | None = None
    # Every block of cells to fill, to see whether anything is.
    asked: list[Range] = field(default_factory=list)
    own_paths: dict[str, list[Cell]] = field(default_factory=dict)
    one_offs: list[dict[str, Cell]] = field(default_factory=list)
    one_off_years: Range | None = None
    one_off_pounds: Range | None = None
    most_of_measures: list[tuple[dict[str, Cell], Cell]] = field(default_factory=list)

    def __getitem__(self, name: str) -> Cell:
        """The value in use of an assumption or a policy."""
        return self.used[name]


def inputs_sheet(page: Page, given: Given, lists: Lists, tables: Tables) -> Inputs:
    """Write the inputs; results are shown at `RESULTS_AT` once they are worked out."""
    found = Inputs(page)
    page.title(
        f"Inputs: {given.area.name}",
        "Yellow cells are yours to fill. An empty one leaves what the scenario says; what "
        "is in use stands beside it, white. Grey cells are the record's or a scenario's.",
    )
    page.widths(*_WIDTHS)
    page.sheet.freeze_panes(1, 1)
    page.sheet.print_area(0, 0, 200, MOST)
    _selector(found, given, tables)
    row = RESULTS_AT + 10
    stated = _stated_costs(given.own)
    for group in reversed(_GROUPS):
        page.heading(row, group)
        page.head(row + 1, 0, _HEADS)
        row += 2
        top = row
        names = [name for name in given.defaults if _group_of(name) == group]
        # An own unit cost is brought to the base year at the growth of prices in use.
        for name in sorted(names, key=lambda one: not one.startswith("price_")):
            if name in stated:
                _stated_cost(found, given, row, name, stated[name])
            else:
                _assumption(found, tables, row, name, given.defaults[name])
            row += 1
        found.asked.append(page.range(top, YOURS, row - 1, YOURS))
        row += 1
    row = _policies(found, tables, lists, row) + 1
    lever_inputs(found, given, lists, tables, row)
    return found


def _selector(found: Inputs, given: Given, tables: Tables) -> None:
    page, chosen = found.page, given.results[given.chosen].scenario
    page.put(3, WHAT, "Scenario to start from", bold=True)
    hint = Allowed(names=tables.titles, hint="Choose a shipped scenario from the list.")
    name = page.ask(3, YOURS, "Scenario", hint, "@", chosen.title, "scenario")
    tables.number = page.put(
        *(3, HIGH, position(name, tables.titles), WHOLE), name="scenario_number"
    )
    page.put(3, LOW, "Number of it")
    found.used["example"] = tables.of("example")
    page.put(4, WHAT, "What it says")
    for line in range(SAID_LINES):
        page.put(4 + line, YOURS, tables.of(f"description.{line}"))
    row = 4 + SAID_LINES
    text = Allowed(hint="Any words. They stand in the scenario file.")
    for at, key, what in (
        (row, "title", "Title of your own"),
        (row + 1, "author", "Your name"),
    ):
        page.put(at, WHAT, what)
        found.yours[key] = page.ask(at, YOURS, what, text, "@")
    own = found.yours["title"]
    found.used["title"] = page.put(
        *(row + 2, YOURS, own_or(own, joined(tables.of("title"), f", {given.area.name}"))),
        bold=True,
        name="title_in_use",
    )
    page.put(row + 2, WHAT, "Shown as")


def _group_of(name: str) -> str:
    return next(group for group, starts in _GROUPS.items() if name.startswith(starts))


def number_form(unit: str) -> str:
    """How a value of an assumption is shown."""
    if unit.startswith("£"):
        return POUNDS
    if unit.startswith("share"):
        return SHARE
    return YEARS if unit == "years" else RATE


def _assumption(
    found: Inputs, tables: Tables, row: int, name: str, estimate: Estimate
) -> None:
    """One assumption: a reader's own value, or the scenario's, and the range about it."""
    page, form = found.page, number_form(estimate.unit)
    least = page.given(row, LEAST, estimate.minimum, form)
    most = page.given(row, MOST, estimate.maximum, form)
    hint = (
        f"{estimate.title}. {estimate.unit}, from {decimal(estimate.minimum)} to "
        f"{decimal(estimate.maximum)}. Empty: as the scenario has it."
    )
    own = page.ask(row, YOURS, name, Allowed(least, most, hint=hint), form)
    usual = page.given(row, OF_SCENARIO, tables.of(f"central.{name}"), form)
    used = page.put(row, USED, own_or(own, usual), form, name)
    # The range moves with its middle, within what is allowed.
    below, above = (
        usual - tables.of(f"low.{name}"),
        tables.of(f"high.{name}") - usual,
    )
    found.low[name] = page.put(row, LOW, largest(least, used - below), form)
    found.high[name] = page.put(row, HIGH, smallest(most, used + above), form)
    found.used[name], found.yours[name] = used, own
    found.ranges.append((own, least, most))
    _about(found, row, estimate)
    found.why[name] = page.ask(
        row, WHY, "Why", Allowed(hint="Your reason or source, for the scenario file.")
    )


def _about(found: Inputs, row: int, estimate: Estimate) -> None:
    page = found.page
    page.put(row, WHAT, estimate.title, text_wrap=True)
    page.wrap(row, (estimate.title, _WIDTHS[WHAT]), (estimate.unit, _WIDTHS[UNIT]))
    page.put(row, UNIT, estimate.unit, text_wrap=True, align="left", indent=1)
    page.put(row, BASIS, EVIDENCE_WORDS[estimate.evidence])
    for column, text in (
        (SOURCE, estimate.source),
        (DATE, estimate.date),
        (NOTE, estimate.note),
    ):
        # In one line, cut off by the next cell: a row as high as its note hides the rest.
        page.put(row, column, text or "–")


def _stated_costs(own: OwnFigures | None) -> dict[str, tuple[str, float]]:
    """An authority's own unit costs by name of assumption: the year and the pounds."""
    stated = own.parts("unit_cost_gbp", "placement") if own else {}
    found = {}
    for placement in MODEL_PLACEMENTS:
        if years := [year for year, name in stated if name == placement]:
            value = stated[max(years), placement].value
            found[f"unit_cost_{placement}_gbp"] = (max(years), value)
    return found


def _stated_cost(
    found: Inputs, given: Given, row: int, name: str, stated: tuple[str, float]
) -> None:
    """An own unit cost, at prices of the base year; it stands in every scenario."""
    page, (label, pounds) = found.page, stated
    special = "independent_special"
    growth = found.used[f"price_growth_{special if special in name else 'other'}"]
    passed = FinancialYear.parse(label).end - given.years[0].end
    years = page.given(row, LEAST, float(passed), WHOLE)
    figure = page.given(row, OF_SCENARIO, pounds, POUNDS)
    used = figure / (cell(1) + growth) ** years
    found.used[name] = page.put(row, USED, used, POUNDS, name)
    found.low[name] = found.high[name] = found.used[name]
    page.put(row, MOST, "years since")
    page.put(row, WHY, f"Own figure of {label}, from the file of own figures.")
    _about(found, row, given.defaults[name])


def _policies(found: Inputs, tables: Tables, lists: Lists, row: int) -> int:
    page = found.page
    page.heading(row, "Policies")
    page.head(row + 1, 0, _HEADS[: OF_SCENARIO + 1])
    row += 2
    top = row
    for key in POLICIES:
        label, unit = _POLICY_TEXTS[key]
        page.put(row, WHAT, label, text_wrap=True)
        page.wrap(row, (label, _WIDTHS[WHAT]))
        page.put(row, UNIT, unit, align="left", indent=1)
        form = {"share": SHARE, "£": POUNDS}.get(unit, "@")
        if unit == "financial year" or key == "override_ends":
            allowed = Allowed(names=lists.years, hint="A financial year from the list.")
        elif unit:
            least = page.given(row, LEAST, 0.0 if unit == "share" else -_MOST_GBP, form)
            most = page.given(row, MOST, 1.0 if unit == "share" else _MOST_GBP, form)
            allowed = Allowed(least, most, hint=f"{label}: {unit}.")
        else:
            allowed = Allowed(names=lists.yes_no, hint="Yes or No.")
        own = page.ask(row, YOURS, key.replace("_", " "), allowed, form)
        usual = page.given(row, OF_SCENARIO, tables.of(key), form)
        found.used[key] = page.put(row, USED, own_or(own, usual), form, key)
        found.yours[key] = own
        if unit in ("share", "£"):
            found.ranges.append((own, least, most))
        row += 1
    found.asked.append(page.range(top, YOURS, row - 1, YOURS))
    return row


def lever_inputs(
    found: Inputs, given: Given, lists: Lists, tables: Tables, row: int
) -> None:
    """Write them, from a row on."""
    row = _measures(found, tables, lists, row) + 1
    row = _paths(found, given, row) + 1
    _one_offs(found, lists, row)


def _measures(found: Inputs, tables: Tables, lists: Lists, row: int) -> int:
    """What is in use, then a reader's own cells over it."""
    page = found.page
    forms = ("@", "@", SIZE, "@", "@", SHARE, POUNDS, "@")
    asked, used = row + tables.measures + 4, row + 2
    page.heading(row, "Measures in use")
    page.head(row + 1, 0, _MEASURE_HEADS)
    page.heading(
        asked - 2, "Measures: your own cells over the scenario's; full effect 0 stops one"
    )
    page.head(asked - 1, 0, _MEASURE_HEADS)
    for slot in range(tables.measures):
        own, use = {}, {}
        for column, (key, form) in enumerate(zip(MEASURE_FIELDS, forms, strict=True)):
            allowed = _allowed(key, lists)
            title = f"Measure {slot + 1}"
            own[key] = page.ask(asked + slot, column, title, allowed, form)
            said = own_or(own[key], tables.of(f"{key}.{slot}"))
            if key == "name":
                # A measure of the scenario is known by its name, and keeps it.
                mine = tables.of(f"kind.{slot}").same(NONE)
                said = either(mine, said, tables.of(f"name.{slot}"))
            use[key] = page.put(used + slot, column, said, form)
        found.own_measures.append(own)
        found.measures.append(use)
    found.asked.append(
        page.range(asked, 0, asked + tables.measures - 1, len(_MEASURE_HEADS) - 1)
    )
    last = used + tables.measures - 1
    found.kinds = page.range(used, 1, last, 1)
    for slot, use in enumerate(found.measures):
        most = nth(lists.most, position(use["kind"], lists.kinds))
        at = page.put(used + slot, len(_MEASURE_HEADS), most, SIZE)
        found.most_of_measures.append((use, at))
    page.head(row + 1, len(_MEASURE_HEADS), ["The most it may be"])
    return asked + tables.measures


def _allowed(key: str, lists: Lists) -> Allowed:
    hint = _HINTS[key]
    choice: dict[str, Range] = {
        "kind": lists.real_kinds,
        "starts": lists.years,
        "full": lists.years,
        "disapplied": lists.yes_no,
    }
    if key in choice:
        return Allowed(names=choice[key], hint=hint)
    most = max(kind.most for kind in KINDS.values())
    highest = {"most": most, "delivery_chance": 1.0, "cost_to_achieve_gbp": _MOST_GBP}
    return Allowed(0.0, highest[key], hint=hint) if key in highest else Allowed(hint=hint)


def _paths(found: Inputs, given: Given, row: int) -> int:
    """Changes by calendar year, on top of what the scenario has."""
    page = found.page
    page.heading(row, "Your own changes by calendar year, on top of the scenario's")
    page.head(row + 1, 0, ["Change", *map(str, given.ahead)])
    for at, (kind, label) in enumerate(_PATHS.items(), start=row + 2):
        page.put(at, 0, label)
        allowed = Allowed(0.0, _MOST_OF_PATH[kind], hint=f"{label}. Empty: no change.")
        found.own_paths[kind] = [
            page.ask(at, column, str(year), allowed, RATE)
            for column, year in enumerate(given.ahead, start=1)
        ]
    wide = len(given.ahead)
    found.asked.append(page.range(row + 2, 1, row + 1 + len(_PATHS), wide))
    return row + 2 + len(_PATHS)


def _one_offs(found: Inputs, lists: Lists, row: int) -> None:
    page = found.page
    page.heading(row, "Your own one-off costs (a receipt is negative)")
    page.head(row + 1, 0, ["What", "Financial year", "£"])
    for at in range(row + 2, row + 2 + ONE_OFFS):
        name = page.ask(at, 0, "One-off cost", Allowed(hint="What it is for."))
        year = page.ask(
            *(at, 1, "Year", Allowed(names=lists.years, hint="The year it falls in.")), "@"
        )
        pounds = page.ask(
            at, 2, "Pounds", Allowed(-_MOST_GBP, _MOST_GBP, hint="Pounds, cash."), POUNDS
        )
        found.one_offs.append({"name": name, "year": year, "gbp": pounds})
    found.asked.append(page.range(row + 2, 0, row + 1 + ONE_OFFS, 2))
    found.one_off_years, found.one_off_pounds = (
        page.range(row + 2, column, row + 1 + ONE_OFFS, column) for column in (1, 2)
    )
