"""What the template asks for, sheet by sheet: the items, and the periods of each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from highneeds.own.breakdowns import BAND_NAMES, KINDS, SIMPLE, TOTAL
from highneeds.own.measures import BY_NAME, PROVISIONS
from highneeds.panel.schema import PLACEMENT_NAMES
from highneeds.panel.vintage import Vintage
from highneeds.periods import FinancialYear

MEASURE, AT, OWN, COVERS = "Measure", "At", "Own figure", "Covers"
SOURCE, DATE, OWNER, BREAKDOWN = "Source", "Date stated", "Owner", "Breakdown"
PERIOD, PUBLISHED, FIGURE = "Period", "Published", "Figure"
DAY, AUTHORITY = "Day of these counts", "Authority"
START, MORE, NOTES, LISTS = "Start", "More figures", "Notes", "Lists"
# What a heading of the template holds, as `entries.FIELDS` calls it.
HEADINGS = {
    MEASURE: "measure",
    AT: "at",
    OWN: "value",
    COVERS: "coverage",
    SOURCE: "source",
    DATE: "date",
    OWNER: "owner",
    BREAKDOWN: "breakdown",
}
GUIDE = (
    "Only the cells with a blue border are read: your own figure, and its source, date and "
    "owner. Figures under Published are locked and never read back.",
    "Every cell may stay empty. A template returned as it came changes nothing. A 0 is a "
    "figure; an empty cell is none.",
    "Amounts are pounds in full, not thousands or millions: -116000000, or (116,000,000). "
    "A deficit is negative. Counts are whole numbers.",
    "A total needs no parts. Where every part is given, parts must make their total.",
    "Source, date and owner on the sheet Start stand for every figure that has none of its "
    "own. The date is the day on which the figure was stated, such as that of the report.",
    "Anything without a row of its own goes on the sheet More figures, one figure a row: "
    "plans on other days, other years, the ledger by provision.",
    "Formulas are not worked out: what the spreadsheet saved as their value is taken. A "
    "workbook with macros is refused.",
    "Nothing about single children is taken: no names, dates of birth or pupil numbers, no "
    "sheet with a row a child. Such a file is refused.",
    "Check the file with: highneeds inputs check FILE. Every problem is named with its "
    "sheet and cell, and so is every figure that differs from the published one.",
    "Your figures stay in this file and in the reports made with it; they are never added "
    "to the published record.",
)
# First the one that a projection starts from.
_BALANCES = ("dsg_balance_gbp", "high_needs_balance_gbp")
_BLOCK = (
    "high_needs_block_before_deductions_gbp",
    "high_needs_places_deduction_gbp",
    "high_needs_block_after_deductions_gbp",
    "schools_block_transfer_gbp",
    "grants_rolled_in_gbp",
)
_FLOWS = ("ehc_assessment_requests", "new_ehc_plans", "ceased_ehc_plans")
_PLACES = ("commissioned_places", "special_school_places")
_PAYMENTS = ("safety_valve_payment_gbp", "council_contribution_gbp")


@dataclass(frozen=True)
class Item:
    """One row: a figure of one period; ``at`` is empty where the sheet has a day."""

    label: str
    measure: str
    at: str
    shown: str
    breakdown: str = TOTAL


@dataclass(frozen=True)
class Block:
    """Rows under one heading of a sheet."""

    title: str
    items: tuple[Item, ...]


@dataclass(frozen=True)
class Page:
    """A sheet of the template: what it asks for in a sentence or two, and its rows."""

    name: str
    about: str
    blocks: tuple[Block, ...]
    covers: bool = False
    has_day: bool = False


def pages(now: Vintage) -> tuple[Page, ...]:
    """The sheets that ask for figures, from the last published year on."""
    running = FinancialYear(now.census.end + 1)
    closed = _years(now.balance, running.shift(-1))
    return (
        Page(
            "Balances",
            "In pounds, at 31 March; a deficit is negative (-116000000).",
            (
                *(_block(name, closed) for name in (*_BALANCES, "usable_reserves_gbp")),
                _block("published_forecast_gbp", _years(running, now.until)),
            ),
        ),
        Page(
            "Block",
            "In pounds, by financial year.",
            tuple(_block(name, _years(now.block, running.shift(1))) for name in _BLOCK),
        ),
        Page(
            "Spending",
            "In pounds: all that is charged to the block after deductions, place funding "
            "of maintained providers in it, unless Covers says all_places or "
            "section_251_net. Published is section 251's net. A total without its parts "
            "will do.",
            (
                *_spending("high_needs_spending_gbp", _years(now.year, running.shift(-1))),
                *_spending("high_needs_forecast_outturn_gbp", (running, running.shift(1))),
            ),
            covers=True,
        ),
        Page(
            "Plans",
            "EHC plans maintained on one day of your choice; published are those of a "
            "January.",
            tuple(_plans()),
            has_day=True,
        ),
        Page(
            "Flows",
            "Requests, new plans and plans that ended, in a calendar year.",
            tuple(
                Block(
                    BY_NAME[name].title,
                    tuple(
                        Item(BY_NAME[name].title, name, year.label, year.label)
                        for year in (now.flows.shift(-1), now.flows, now.flows.shift(1))
                    ),
                )
                for name in _FLOWS
            ),
        ),
        Page(
            "Places and costs",
            "Places by financial year; the average yearly cost of a plan in pounds, all "
            "funding of the place counted.",
            (
                *(
                    _block(name, _years(running.shift(-1), running.shift(1)))
                    for name in _PLACES
                ),
                *_costs((running.shift(-1), running)),
            ),
        ),
        Page(
            "Payments",
            "In pounds, by the financial year in which they are or will be received.",
            tuple(_block(name, _years(now.balance, now.until)) for name in _PAYMENTS),
        ),
        Page(
            "Ledger",
            f"High needs spending in pounds from 1 April {running.end - 1} to the end of "
            "each month.",
            (_ledger(running),),
        ),
    )


def _years(first: FinancialYear, last: FinancialYear) -> tuple[FinancialYear, ...]:
    return tuple(map(FinancialYear, range(first.end, last.end + 1)))


def _block(name: str, years: Iterable[FinancialYear]) -> Block:
    measure = BY_NAME[name]
    closing = measure.calendar == "closing"
    label = f"{measure.title} ({measure.moves})" if measure.moves else measure.title
    return Block(
        measure.title,
        tuple(
            Item(label, name, year.label, year.closes_on() if closing else year.label)
            for year in years
        ),
    )


def _spending(name: str, years: Iterable[FinancialYear]) -> Iterator[Block]:
    title = BY_NAME[name].title
    for year in years:
        parts = (
            Item(text, name, year.label, year.label, f"provision/{code}")
            for code, text in PROVISIONS.items()
        )
        total = Item("Total", name, year.label, year.label)
        yield Block(f"{title}, {year}", (total, *parts))


def _plans() -> Iterator[Block]:
    def item(label: str, breakdown: str = TOTAL) -> Item:
        return Item(label, "ehc_plans", "", "", breakdown)

    yield Block("All plans", (item("All plans"),))
    joint = "age_band_by_placement"
    for band, words in BAND_NAMES.items():
        title = f"By age and placement: {words.lower()}"
        yield Block(
            title,
            tuple(
                item(f"{words}: {place}", f"{joint}/{band}|{code}")
                for code, place in PLACEMENT_NAMES.items()
            ),
        )
    for kind, title in (("need", "By primary need"),):
        yield Block(
            title,
            tuple(item(text, f"{kind}/{code}") for code, text in SIMPLE[kind].items()),
        )


def _costs(years: Iterable[FinancialYear]) -> Iterator[Block]:
    name = "unit_cost_gbp"
    for year in years:
        yield Block(
            f"{BY_NAME[name].title}, {year}",
            tuple(
                Item(text, name, year.label, year.label, f"placement/{code}")
                for code, text in KINDS["placement"].items()
                if code != "unknown"
            ),
        )


def _ledger(year: FinancialYear) -> Block:
    first = 12 * (year.end - 1) + year.first_month - 1
    months = [divmod(first + passed, 12) for passed in range(12)]
    labels = [f"{calendar}-{month + 1:02d}" for calendar, month in months]
    title = BY_NAME["ledger_gbp"].title
    return Block(title, tuple(Item(title, "ledger_gbp", label, label) for label in labels))
