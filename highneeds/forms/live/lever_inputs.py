"""Inputs of levers: measures, changes by calendar year and one-off costs of a reader."""

from __future__ import annotations

from typing import TYPE_CHECKING

from highneeds.forms.live.cells import Range, either, nth, own_or, position
from highneeds.forms.live.given import Given
from highneeds.forms.live.scenarios import MEASURE_FIELDS, NONE, Lists, Tables
from highneeds.forms.live.sheets import POUNDS, RATE, SHARE, Allowed

if TYPE_CHECKING:
    from highneeds.forms.live.inputs import Inputs

ONE_OFFS = 4
_MOST_GBP = 10**11
_HEADS = (
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
    "most": "Its effect in full force: a share or places; see the sheet Lists.",
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
    forms = ("@", "@", RATE, "@", "@", SHARE, POUNDS, "@")
    asked, used = row + tables.measures + 4, row + 2
    page.heading(row, "Measures in use")
    page.head(row + 1, 0, _HEADS)
    page.heading(
        asked - 2, "Measures: your own cells over the scenario's; full effect 0 stops one"
    )
    page.head(asked - 1, 0, _HEADS)
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
    found.asked.append(page.range(asked, 0, asked + tables.measures - 1, len(_HEADS) - 1))
    last = used + tables.measures - 1
    found.kinds = page.range(used, 1, last, 1)
    for slot, use in enumerate(found.measures):
        most = nth(lists.most, position(use["kind"], lists.kinds))
        at = page.put(used + slot, len(_HEADS), most, RATE)
        found.most_of_measures.append((use, at))
    page.head(row + 1, len(_HEADS), ["The most it may be"])
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
    highest = {"most": 5000.0, "delivery_chance": 1.0, "cost_to_achieve_gbp": _MOST_GBP}
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
