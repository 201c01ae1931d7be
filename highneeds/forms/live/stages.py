"""Stages: every stage of the model in one list, and what the library gives for each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from highneeds.answers.projection import Projection
from highneeds.answers.provision import provision_futures
from highneeds.forms.live.balance import Balance
from highneeds.forms.live.block import Block
from highneeds.forms.live.carry import Plans
from highneeds.forms.live.cells import Cell
from highneeds.forms.live.costs import NAMES, Costs
from highneeds.forms.live.given import Given
from highneeds.forms.live.sheets import PLANS, POUNDS, RATE, Page
from highneeds.forms.live.starts import Starts
from highneeds.own.measures import PROVISIONS
from highneeds.record.cells import BANDS, MODEL_PLACEMENTS

STAGES = "Stages"
TOP, FIRST = 4, 3
_OF_COSTS = ("spending", "volume", "mix", "price", "services", "other", "supported")
_OF_BALANCE = (
    "transfer",
    "in_year",
    "unexplained",
    "payments",
    "contributions",
    "covered",
    "grants",
    "announced",
    "balance",
    "with_grant",
    "interest",
)


@dataclass(frozen=True)
class Stage:
    """One row: its key, what it is, its unit, and its cells by year."""

    key: str
    label: str
    unit: str
    cells: list[Cell]


@dataclass
class Built:
    """What the sheets came to."""

    given: Given
    starts: Starts
    plans: Plans
    block: Block
    costs: Costs
    balance: Balance | None
    provisions: dict[str, list[Cell]]


def stages(built: Built) -> Iterator[Stage]:
    """Every stage with its cells, plans by January first."""
    plans, costs = built.plans, built.costs
    for at, (low, high) in enumerate(BANDS):
        for place, name in enumerate(MODEL_PLACEMENTS):
            yield Stage(
                f"plans.{low}-{high}.{name}",
                f"Plans aged {low} to {high}: {NAMES[place]}",
                "plans",
                [bands[at][place] for bands in plans.bands],
            )
    yield Stage("requests", "Requests", "requests", built.starts.shown["requests"])
    yield Stage("new", "New plans", "plans", built.starts.shown["new"])
    yield Stage("ended", "Plans that end", "plans", plans.ended)
    short = "Pupils without a state special place"
    yield Stage("shortfall", short, "pupils", plans.shortfall)
    for place, name in enumerate(MODEL_PLACEMENTS):
        paid, placed = ([row[place] for row in rows] for rows in (costs.paid, costs.placed))
        yield Stage(f"paid.{name}", f"Plans paid for: {NAMES[place]}", "plans", paid)
        yield Stage(f"placed.{name}", f"Plans cost: {NAMES[place]}", "£", placed)
    yield Stage("level", "Level of cost", "ratio", [costs.level])
    for name in _OF_COSTS:
        yield Stage(name, name.capitalize(), "£", getattr(costs, name))
    for name in PROVISIONS:
        label = f"Provision: {PROVISIONS[name]}"
        yield Stage(f"provision.{name}", label, "£", built.provisions[name])
    if built.balance is None:
        return
    block = built.block
    yield Stage("block", "High needs block before deductions", "£", block.printed)
    yield Stage("rolled_in", "Grants in the block", "£", block.rolled_in)
    yield Stage("rolled_cost", "Costs they met before", "£", block.rolled_cost)
    yield Stage("opening", "Opening balance", "£", [built.balance.opening])
    for name in _OF_BALANCE:
        label = name.replace("_", " ").capitalize()
        yield Stage(name, label, "£", getattr(built.balance, name))


def stages_sheet(page: Page, built: Built) -> dict[str, Stage]:
    """Write every stage, a row each; gives them with the cells of this sheet."""
    given = built.given
    page.title(
        "Stages",
        "Every stage of the model in one list. Plans stand by January from the base "
        "census, flows by calendar year from it, pounds by financial year from the base "
        "year.",
    )
    widest = max(len(given.years), len(given.januaries))
    page.widths(34, 52, 11, 16)
    page.head(
        TOP - 1,
        0,
        ["Key", "What it is", "Unit", *(f"Column {at + 1}" for at in range(widest))],
    )
    page.sheet.freeze_panes(TOP, 3)
    found, form = {}, {"£": POUNDS, "ratio": RATE}
    for row, stage in enumerate(stages(built), start=TOP):
        page.put(row, 0, stage.key)
        page.put(row, 1, stage.label)
        page.put(row, 2, stage.unit)
        cells = [
            page.put(row, FIRST + at, one, form.get(stage.unit, PLANS))
            for at, one in enumerate(stage.cells)
        ]
        found[stage.key] = Stage(stage.key, stage.label, stage.unit, cells)
    last = TOP + len(found) - 1
    corner = page.range(TOP, 0, last, FIRST + widest - 1)
    page.book.name_block("stages", corner)
    return found


def library(result: Projection) -> dict[str, np.ndarray]:
    """The same stages of the central case as the library works them out, by key."""
    central = result.central
    found: dict[str, np.ndarray] = {}
    for at, (low, high) in enumerate(BANDS):
        for place, name in enumerate(MODEL_PLACEMENTS):
            found[f"plans.{low}-{high}.{name}"] = central.stock[:, at, place, 0]
    for name in ("requests", "new", "ended", "shortfall"):
        found[name] = getattr(central, name)[:, 0]
    for place, name in enumerate(MODEL_PLACEMENTS):
        found[f"paid.{name}"] = central.paid_plans[:, place, 0]
        found[f"placed.{name}"] = central.placed[:, place, 0]
    found["level"] = central.level
    for name in _OF_COSTS:
        found[name] = getattr(central, name)[:, 0]
    by_provision = provision_futures(central, result)
    for at, name in enumerate(PROVISIONS):
        found[f"provision.{name}"] = by_provision.spending[:, at, 0]
    if not result.has_money:
        return found
    for name in ("block", "rolled_in", "rolled_cost"):
        found[name] = getattr(central, name)[:, 0]
    found["opening"] = central.opening
    for name in _OF_BALANCE:
        if name != "with_grant":
            found[name] = getattr(central, name)[:, 0]
    found["with_grant"] = central.balance_with_grant[:, 0]
    return found
