"""Block: the high needs block by year, its deductions, and grants rolled into it."""

from __future__ import annotations

from dataclasses import dataclass, field

from highneeds.forms.live.cells import Cell, cell
from highneeds.forms.live.given import Given
from highneeds.forms.live.inputs import Inputs
from highneeds.forms.live.lines import Lines
from highneeds.forms.live.sheets import POUNDS, SHARE
from highneeds.periods import FinancialYear

_ROLLED_IN = "block_grants_rolled_in."


@dataclass
class Block:
    """By financial year from the base year; empty rows where no block is held."""

    given: Given
    inputs: Inputs
    out: Lines
    printed: list[Cell] = field(default_factory=list)
    rolled_in: list[Cell] = field(default_factory=list)
    rolled_cost: list[Cell] = field(default_factory=list)
    held: dict[int, Cell] = field(default_factory=dict)
    after: dict[int, Cell] = field(default_factory=dict)
    maintained: Cell = field(default_factory=lambda: cell(0))

    def growth(self, end: int) -> Cell:
        """Assumed growth of the block into the year that ends then."""
        name = f"block_growth.{FinancialYear(end)}"
        known = name in self.given.defaults
        return self.inputs[name if known else "block_growth.later"]

    def grown(self, end: int) -> Cell:
        """Growth as a factor: as held where both years are, else as assumed."""
        if end in self.held and end - 1 in self.held:
            return self.held[end] / self.held[end - 1]
        return 1 + self.growth(end)

    def direct(self, year: FinancialYear) -> Cell:
        """Places the department funds directly: the last deductions held, grown."""
        both = self.held.keys() & self.after.keys()
        if not both:
            return cell(0)
        last = max((end for end in both if end <= year.end), default=min(both))
        found = self.held[last] - self.after[last]
        for end in range(last + 1, year.end + 1):
            found = found * self.grown(end)
        return found

    def net(self, end: int) -> Cell:
        """The block after deductions of a year; the last before it, grown, if not held."""
        last = max((e for e in self.after if e <= end), default=min(self.after))
        found = self.after[last]
        for year in range(last + 1, end + 1):
            found = found * self.grown(year)
        return found


def block_lines(out: Lines, given: Given, inputs: Inputs) -> Block:
    """Write the block of every year, as held or grown."""
    money, years = given.record.money, given.years
    found = Block(given, inputs, out)
    out.heading("Place funding of maintained providers")
    places = out.single("Last published", "£", money.places_gbp, POUNDS)
    found.maintained = out.single(
        "At the level in use",
        "£",
        places * inputs["maintained_place_funding_level"],
        POUNDS,
    )
    if not money.has_block:
        out.heading("No high needs block is held for this authority: no balance is shown")
        none = [0.0 for _ in years]
        found.rolled_cost = out.line("Costs that grants met before", "£", none, POUNDS)
        return found
    out.heading("High needs block held, before and after deductions")
    for series, where, label in (
        (money.block_before, found.held, "before"),
        (money.block_after, found.after, "after"),
    ):
        for year, value in sorted(series.items()):
            name = f"{year}, {label} deductions"
            where[FinancialYear.parse(year).end] = out.single(name, "£", value, POUNDS)
    path, shares = _path(found)
    printed = [path[year.end] for year in years]
    out.heading("High needs block before deductions, by year")
    found.printed = out.line("As printed", "£", printed, POUNDS, bold=True)
    _rolled(found, shares)
    return found


def _path(found: Block) -> tuple[dict[int, Cell], dict[int, Cell]]:
    """The block by year, from the authority's own last one; and shares rolled in."""
    given, inputs, out = found.given, found.inputs, found.out
    base, last = given.years[0].end, given.years[-1].end
    start = max((end for end in found.held if end <= base), default=min(found.held))
    path, own = {start: found.held[start]}, given.record.money.own.rolled_in
    stated = {
        FinancialYear.parse(year).end: out.single(
            f"Grants rolled in, {year}, as stated", "£", value, POUNDS
        )
        for year, value in own.items()
    }
    out.heading("Growth from the last year held")
    for end in range(start + 1, last + 1):
        name = f"{_ROLLED_IN}{FinancialYear(end)}"
        now = path[end - 1] * (1 + found.growth(end))
        if end in stated:
            now = now + stated[end]
        elif name in given.defaults:
            now = now * (1 + inputs[name])
        if end in found.held:
            path[end] = found.held[end]
        else:
            path[end] = out.single(f"{FinancialYear(end)}", "£", now, POUNDS)
    for end in range(start - 1, base - 1, -1):
        back = path[end + 1] / (1 + found.growth(end + 1))
        path[end] = out.single(f"{FinancialYear(end)}, worked back", "£", back, POUNDS)
    return path, stated


def _rolled(found: Block, stated: dict[int, Cell]) -> None:
    """Grants in the block, the same part of it from their year on; what they met before."""
    given, inputs, out = found.given, found.inputs, found.out
    rolled: list[Cell] = [cell(0) for _ in given.years]
    cost: list[Cell] = [cell(0) for _ in given.years]
    price = 1 + inputs["price_growth_other"]
    for step, year in enumerate(given.years):
        name = f"{_ROLLED_IN}{year}"
        share = None
        if year.end in stated:
            grants = stated[year.end]
            share = grants / (found.printed[step] - grants)
        elif name in given.defaults:
            share = inputs[name]
        if share is None:
            continue
        part = out.single(
            f"Grants as a part of the block, {year}", "share", share / (1 + share), SHARE
        )
        met = part * found.printed[step]
        now = out.single(f"What they met in {year}", "£", met, POUNDS)
        for later in range(step, len(given.years)):
            rolled[later] = rolled[later] * (1 - part) + found.printed[later] * part
            cost[later] = cost[later] + now
            now = now * price
    found.rolled_in = out.line("Grants in the block", "£", rolled, POUNDS)
    found.rolled_cost = out.line("Costs they met before, at prices", "£", cost, POUNDS)
