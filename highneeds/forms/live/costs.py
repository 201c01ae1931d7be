"""Costs: what plans cost at a level set in the base year, services, and what is beside."""

from __future__ import annotations

from dataclasses import dataclass, field

from highneeds.forms.live.block import Block
from highneeds.forms.live.carry import Plans
from highneeds.forms.live.cells import Cell, cell, largest, total
from highneeds.forms.live.given import Given
from highneeds.forms.live.inputs import Inputs
from highneeds.forms.live.levers import Levers
from highneeds.forms.live.lines import Lines
from highneeds.forms.live.record import PLACEMENT_WORDS, Record
from highneeds.forms.live.sheets import PLANS, POUNDS, RATE
from highneeds.forms.live.starts import Starts
from highneeds.model.capacity import INDEPENDENT, STATE_SPECIAL
from highneeds.own.measures import SECTION_251
from highneeds.periods import FinancialYear
from highneeds.record.cells import MODEL_PLACEMENTS
from highneeds.record.own_money import Spent

NAMES = [PLACEMENT_WORDS[name] for name in MODEL_PLACEMENTS]


@dataclass
class Costs:
    """By financial year; of placements first by placement."""

    level: Cell
    paid: list[list[Cell]]
    placed: list[list[Cell]]
    spending: list[Cell]
    supported: list[Cell]
    other: list[Cell]
    rolled_cost: list[Cell]
    volume: list[Cell] = field(default_factory=list)
    mix: list[Cell] = field(default_factory=list)
    price: list[Cell] = field(default_factory=list)
    services: list[Cell] = field(default_factory=list)


@dataclass(frozen=True)
class Sheets:
    """What the money is worked out from."""

    given: Given
    inputs: Inputs
    record: Record
    levers: Levers
    plans: Plans
    starts: Starts


def paid_lines(out: Lines, of: Sheets) -> list[list[Cell]]:
    """Plans that each year pays for, by placement: of the January before and inside."""
    given, share = of.given, of.inputs["september_share"]
    januaries = [*of.record.before, *of.plans.placements]
    out.heading(
        "Plans paid for: the January before × (1 − share) + the January inside × it"
    )
    found = []
    for at, name in enumerate(NAMES):
        cells = [
            januaries[step][at] * (1 - share) + januaries[step + 1][at] * share
            for step in range(len(given.years))
        ]
        found.append(out.line(name, "plans", cells, PLANS))
    return found


def costs_lines(out: Lines, of: Sheets, block: Block) -> Costs:
    """Spending by year, in the order of docs/method.md, section 10."""
    given, inputs = of.given, of.inputs
    years = range(len(given.years))
    paid = paid_lines(out, of)
    units = [inputs[f"unit_cost_{name}_gbp"] for name in MODEL_PLACEMENTS]
    level, services = _level(out, of, block, [one[0] for one in paid], units)
    since = out.line("Years since the base year", "years", [float(s) for s in years], "0")
    other = [(1 + inputs["price_growth_other"]) ** one for one in since]
    special = [
        (1 + inputs["price_growth_independent_special"]) ** one * lever
        for one, lever in zip(since, of.levers.independent_price, strict=True)
    ]
    out.heading("Prices against the base year")
    other = out.line("All but independent special schools, services", "ratio", other, RATE)
    special = out.line("Independent special schools", "ratio", special, RATE)
    supported = out.line("Services", "£", [services * one for one in other], POUNDS)
    steps = _Steps(out, of, units, level, other, special, supported, block)
    steps.write(paid, since)
    return steps.costs(paid, level, services)


_LABELS = (
    "Price, all but independent special schools, as met",
    "Price, independent special schools, as met",
    "More appeals than in the base year, £, paid in every later year",
    "Beside plans and services: measures, one-offs, appeals",
    *(f"Plans cost: {name}" for name in NAMES),
    "High needs spending, every place counted",
    "Spent or forecast, as stated",
    "What prices are multiplied by for that",
)


class _Steps:
    """Spending year by year, since a year's prices may have to meet what was spent."""

    def __init__(
        self,
        out: Lines,
        of: Sheets,
        units: list[Cell],
        level: Cell,
        other: list[Cell],
        special: list[Cell],
        supported: list[Cell],
        block: Block,
    ) -> None:
        self.out, self.of, self.units, self.level = out, of, units, level
        self.prices, self.supported, self.block = (other, special), supported, block
        self.appeals: list[Cell] = []
        self.beside: list[Cell] = []
        self.placed: list[list[Cell]] = []
        self.spending: list[Cell] = []

    def write(self, paid: list[list[Cell]], since: list[Cell]) -> None:
        """Rows that go from year to year, a column at a time."""
        out, of, page = self.out, self.of, self.out.page
        labels = _LABELS
        stated = [
            _stated(out, of, self.block, year) if step else None
            for step, year in enumerate(of.given.years)
        ]
        out.heading("Spending")
        top = out.row
        for at, label in enumerate(labels):
            page.put(top + at, 0, label, text_wrap=True)
            page.put(top + at, 1, "ratio" if at in (0, 1, len(labels) - 1) else "£")
        more: Cell = cell(1)
        for step, _ in enumerate(of.given.years):
            column = out.first + step
            price = [one[step] * more for one in self.prices]
            appeals = page.put(
                top + 2,
                column,
                self._appeals(step, since[step], price) if step else 0.0,
                POUNDS,
            )
            beside = page.put(top + 3, column, of.levers.cost[step] + appeals, POUNDS)
            self.appeals.append(appeals)
            self.beside.append(beside)
            if (known := stated[step]) is not None:
                last = top + len(labels)
                spent = page.put(last - 2, column, known, POUNDS)
                met = largest(
                    spent - beside - self.block.rolled_cost[step] - self.supported[step], 0
                )
                at_these = total(
                    *(
                        self.level * row[step] * unit * price[at == INDEPENDENT]
                        for at, (row, unit) in enumerate(zip(paid, self.units, strict=True))
                    )
                )
                factor = page.put(last - 1, column, met / at_these, RATE)
                price = [one * factor for one in price]
                more = more * factor
            used = [page.put(top + at, column, one, RATE) for at, one in enumerate(price)]
            self.placed.append(
                [
                    page.put(
                        top + 4 + at,
                        column,
                        self.level * row[step] * unit * used[at == INDEPENDENT],
                        POUNDS,
                    )
                    for at, (row, unit) in enumerate(zip(paid, self.units, strict=True))
                ]
            )
            whole = total(*self.placed[-1]) + self.supported[step] + beside
            whole = whole + self.block.rolled_cost[step]
            at = top + 4 + len(NAMES)
            self.spending.append(page.put(at, column, whole, POUNDS, bold=True))
        out.row = top + len(labels)

    def _appeals(self, step: int, since: Cell, price: list[Cell]) -> Cell:
        """Those of the year before, and the year's own beyond the base year's rate."""
        inputs, of = self.of.inputs, self.of
        growth = (1 + inputs["appeal_growth"]) ** since - 1
        new = of.record.counted_new
        counted = len(new)
        started = (
            new[step - 1] if step <= counted else of.starts.shown["new"][step - 1 - counted]
        )
        difference = largest(
            self.units[INDEPENDENT] * price[1] - self.units[STATE_SPECIAL] * price[0], 0
        )
        extra = started * inputs["appeals_per_new_plan"] * growth
        upheld = inputs["appeal_uplift_share"]
        return self.appeals[-1] + self.level * extra * upheld * difference

    def costs(self, paid: list[list[Cell]], level: Cell, services: Cell) -> Costs:
        """The finished rows, with what moved spending since the base year."""
        out, years = self.out, range(len(self.spending))
        found = Costs(
            level=level,
            paid=[[row[step] for row in paid] for step in years],
            placed=self.placed,
            spending=self.spending,
            supported=self.supported,
            other=self.beside,
            rolled_cost=self.block.rolled_cost,
        )
        out.heading("What moved spending since the base year")
        count = [total(*row) for row in found.paid]
        count = out.line("Plans paid for", "plans", count, PLANS)
        each = [
            total(*(a * b for a, b in zip(row, self.units, strict=True)))
            for row in found.paid
        ]
        each = out.line("Plans at unit costs", "£", each, POUNDS)
        average = out.single(
            "Average unit cost, base year", "£", each[0] / count[0], POUNDS
        )
        priced = out.line(
            "Plans at unit costs and prices",
            "£",
            [total(*row) / level for row in self.placed],
            POUNDS,
        )
        found.volume = out.line(
            "Volume", "£", [level * average * (one - count[0]) for one in count], POUNDS
        )
        found.mix = out.line(
            "Mix",
            "£",
            [level * (a - average * b) for a, b in zip(each, count, strict=True)],
            POUNDS,
        )
        found.price = out.line(
            "Price",
            "£",
            [level * (a - b) for a, b in zip(priced, each, strict=True)],
            POUNDS,
        )
        found.services = out.line(
            "Services", "£", [one - services for one in self.supported], POUNDS
        )
        return found


def _level(
    out: Lines, of: Sheets, block: Block, paid: list[Cell], units: list[Cell]
) -> tuple[Cell, Cell]:
    """The level at which the base year costs what was spent in it, and its services."""
    given, money = of.given, of.given.record.money
    base = given.years[0]
    out.heading("The level of cost, set in the base year")
    outturn = out.single(
        f"Net outturn of {base}, section 251", "£", money.spending[base.label], POUNDS
    )
    share = out.single(
        "Share of it on services that do not follow plans",
        "share",
        money.services_share,
        RATE,
    )
    services = out.single("Services of the base year", "£", share * outturn, POUNDS)
    spent = _stated(out, of, block, base)
    assert spent is not None
    spent = out.single(f"Spending of {base}, every place counted", "£", spent, POUNDS)
    priced = total(*(a * b for a, b in zip(paid, units, strict=True)))
    priced = out.single("Plans paid for at unit costs", "£", priced, POUNDS)
    level = (spent - services) / priced
    return out.single("Level on every unit cost", "ratio", level, RATE, "level"), services


def _stated(out: Lines, of: Sheets, block: Block, year: FinancialYear) -> Cell | None:
    """What a year came to, or is forecast to come to, every place counted."""
    money = of.given.record.money
    own = money.own.spent.get(year.label)
    if own is None and year.label in money.spending:
        own = Spent(money.spending[year.label], SECTION_251)
    own = own or money.own.forecast.get(year.label)
    if own is None:
        return None
    found = out.single(f"Stated: spending of {year}", "£", own.value, POUNDS)
    if own.lacks_maintained_places:
        found = found + block.maintained
    if own.lacks_direct_places:
        found = found + block.direct(year)
    return found
