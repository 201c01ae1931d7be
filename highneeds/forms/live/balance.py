"""Balance: what a year adds, what is paid against it, the grant, and what is carried on."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from highneeds.forms.live.block import Block
from highneeds.forms.live.cells import (
    Cell,
    both,
    cell,
    either,
    is_number,
    largest,
    total,
)
from highneeds.forms.live.costs import Costs, Sheets
from highneeds.forms.live.lines import Lines
from highneeds.forms.live.scenarios import YES, Lists
from highneeds.forms.live.sheets import POUNDS, RATE, WHOLE
from highneeds.model.funding import carried_years
from highneeds.periods import FinancialYear


@dataclass
class Balance:
    """By financial year from the base year, £."""

    opening: Cell
    transfer: list[Cell]
    in_year: list[Cell]
    unexplained: list[Cell]
    payments: list[Cell]
    contributions: list[Cell]
    covered: list[Cell] = field(default_factory=list)
    grants: list[Cell] = field(default_factory=list)
    announced: list[Cell] = field(default_factory=list)
    balance: list[Cell] = field(default_factory=list)
    with_grant: list[Cell] = field(default_factory=list)
    interest: list[Cell] = field(default_factory=list)


def balance_lines(
    out: Lines, of: Sheets, lists: Lists, block: Block, costs: Costs
) -> Balance:
    """Write the balance of every year, in the order of docs/method.md, section 10."""
    given, money = of.given, of.given.record.money
    labels = [year.label for year in given.years]
    out.heading("In-year position")
    schools = out.single("Schools block, last held", "£", money.schools_block_gbp, POUNDS)
    own = money.own
    transfer = out.line(
        "Transfer from the schools block",
        "£",
        [
            own.transfer.get(year, share * schools)
            for year, share in zip(labels, of.levers.transfer, strict=True)
        ],
        POUNDS,
    )
    in_year = out.line(
        "In-year position: block + transfer − spending",
        "£",
        [
            a + b - c
            for a, b, c in zip(block.printed, transfer, costs.spending, strict=True)
        ],
        POUNDS,
        bold=True,
    )
    level = out.single(
        "Unexplained movement, share of the block of the base year",
        "share",
        given.first.spread.unexplained_level,
        RATE,
    )
    unexplained = out.line(
        "Unexplained movement", "£", [level * block.printed[0] for _ in labels], POUNDS
    )
    paid = _payments(out, of, labels)
    contributions = out.line(
        "Council's contributions",
        "£",
        [own.contributions.get(year, 0.0) for year in labels],
        POUNDS,
    )
    change = out.line(
        "Change of the balance before grants",
        "£",
        [
            total(*each)
            for each in zip(in_year, unexplained, paid, contributions, strict=True)
        ],
        POUNDS,
    )
    opening = _opening(out, of, block, change)
    found = Balance(opening, transfer, in_year, unexplained, paid, contributions)
    _Closing(out, of, lists, found).write(change)
    return found


def _payments(out: Lines, of: Sheets, labels: list[str]) -> list[Cell]:
    """Payments under an agreement: the authority's own, or spread evenly if so asked."""
    money = of.given.record.money
    if money.own.payments:
        own = [money.own.payments.get(year, 0.0) for year in labels]
        return out.line("Payments under an agreement, as stated", "£", own, POUNDS)
    evenly = [money.agreed_evenly.get(year, 0.0) for year in labels]
    spread = out.line("Its agreement spread evenly over its years", "£", evenly, POUNDS)
    asked = of.inputs["spread_agreement"].same(YES)
    return out.line(
        "Payments under an agreement",
        "£",
        [either(asked, one, 0) for one in spread],
        POUNDS,
    )


def _opening(out: Lines, of: Sheets, block: Block, change: list[Cell]) -> Cell:
    """The balance at the start of the base year: held, carried on, or worked back."""
    given, money = of.given, of.given.record.money
    base = given.years[0].end
    held = {FinancialYear.parse(year).end: value for year, value in money.balance.items()}
    before = [end for end in held if end < base]
    label = f"Balance at the start of {given.years[0]}"
    out.heading("Opening balance")
    if not held:
        note = f"{label}: none is held, what follows is the change"
        return out.single(note, "£", 0.0, POUNDS, "opening_balance")
    if not before:
        first = min(held)
        known = out.single(f"Held: {FinancialYear(first)}", "£", held[first], POUNDS)
        back = known - total(*change[: first - base + 1])
        return out.single(label, "£", back, POUNDS, "opening_balance")
    last = FinancialYear(max(before))
    found = out.single(
        f"Last held before, 31 March {last.end}", "£", held[last.end], POUNDS
    )
    years = carried_years(given.record)
    for end in range(base - years, base):
        year = FinancialYear(end)
        spent = _outturn(out, of, end) + block.maintained
        paid = out.single(
            f"Payments and contributions of {year}", "£", money.own.paid_in(year), POUNDS
        )
        carried = found + block.net(end) - spent + paid
        found = out.single(f"Carried to 31 March {end}", "£", carried, POUNDS)
    if years:
        missed, _ = given.first.spread.carried(years)
        share = out.single(
            "What carried balances missed, share of the block", "share", missed, RATE
        )
        whole = block.held.get(base - 1, block.printed[0])
        found = found + share * whole
    return out.single(label, "£", found, POUNDS, "opening_balance")


def _outturn(out: Lines, of: Sheets, end: int) -> Cell:
    """Net outturn of a year before the base year; between its neighbours where missing."""
    held = {
        FinancialYear.parse(year).end: value
        for year, value in of.given.record.money.spending.items()
    }

    def written(year: int) -> Cell:
        label = f"Net outturn of {FinancialYear(year)}"
        return out.single(label, "£", held[year], POUNDS)

    if end in held:
        return written(end)
    later = min(known for known in held if known > end)
    earlier = max((known for known in held if known < end), default=later)
    if earlier == later:
        return written(later)
    part = (end - earlier) / (later - earlier)
    between = out.single("Part of the way between two outturns", "share", part, RATE)
    return written(earlier) ** (1 - between) * written(later) ** between


_CLOSING = (
    "Balance of all blocks on the day that counts",
    "Stability grant by its rule",
    "Grant counted in the balance",
    "Grant beside the balance",
    "Covered of what the year adds to the deficit",
    "Closing balance, 31 March",
    "Closing balance with the grant beside it",
    "Interest on the deficit, outside the balance",
)


class _Closing:
    """Closing balances and grants, a column at a time."""

    def __init__(self, out: Lines, of: Sheets, lists: Lists, found: Balance) -> None:
        self.out, self.of, self.lists, self.found = out, of, lists, found

    def write(self, change: list[Cell]) -> None:
        """Write every year after the one before it."""
        out = self.out
        out.heading("Grants and closing balance; a deficit is negative")
        self.at = out.line("Place of the year in the list", "", self.of.levers.at, WHOLE)
        self.counted = self._place("whose deficit counts", "grant_counted")
        self.paid_in = self._place("of payment", "grant_paid")
        self.first = self._place("from which deficits are covered", "covered_from")
        self.last = self._place("to which deficits are covered", "covered_to")
        self.own = self._own_day(self.at, self.counted)
        self.top, page = out.row, out.page
        for step, label in enumerate(_CLOSING):
            page.put(self.top + step, 0, label, text_wrap=True)
            page.put(self.top + step, 1, "£")
        close, day = self.found.opening, cell(0)
        for step, _ in enumerate(self.of.given.years):
            # The closing balance of the year before, where that is the day that counts.
            before = (self.at[step] - 1).same(self.counted)
            day = self._put(0, step, either(before, close, day))
            close = self._year(step, change[step], close, day)
        out.row = self.top + len(_CLOSING)

    def _place(self, which: str, policy: str) -> Cell:
        at = self.lists.at(self.of.inputs[policy])
        return self.out.single(f"Place of the year {which}", "", at, WHOLE)

    def _put(self, row: int, step: int, what: Cell, **style: Any) -> Cell:
        column = self.out.first + step
        return self.out.page.put(self.top + row, column, what, POUNDS, **style)

    def _year(self, step: int, change: Cell, before: Cell, day: Cell) -> Cell:
        """The grant of a year and its closing balance; one that is held stands."""
        found, inputs, at = self.found, self.of.inputs, self.at[step]
        held = self.of.given.record.money.balance.get(self.of.given.years[step].label)
        amount, met = cell(0), cell(0)
        if held is None:
            due = both(at.same(self.paid_in), self.counted < at)
            amount = either(due, self._by_rule(day, self.own), 0)
            within = both(at >= self.first, at <= self.last)
            met = either(within, inputs["covered_share"], 0) * largest(-change, 0)
        amount = self._put(1, step, amount)
        switched = inputs["grant_in_balance"].same(YES)
        inside = self._put(2, step, either(switched, amount, 0))
        beside = self._put(3, step, either(switched, 0, amount))
        met = self._put(4, step, met)
        if held is None:
            close = self._put(5, step, before + change + inside + met, bold=True)
        else:
            close = self.out.page.given(self.top + 5, self.out.first + step, held, POUNDS)
        found.grants.append(inside)
        found.announced.append(beside)
        found.covered.append(met)
        found.balance.append(close)
        with_grant = close + total(*found.announced)
        found.with_grant.append(self._put(6, step, with_grant))
        interest = inputs["interest_rate"] * largest(-close, 0)
        found.interest.append(self._put(7, step, interest))
        return close

    def _own_day(self, at: list[Cell], counted: Cell) -> Cell | None:
        """The authority's own high needs balance on the day that counts, if it has one.

        An older one is carried to that day by what the years between add to it.
        """
        out, given, found = self.out, self.of.given, self.found
        years, own = given.years, given.record.money.own.high_needs_balance
        before = years[0].shift(-1)
        known = [year for year in (before, *years) if year.label in own]
        if not known:
            return None
        figure = {
            year: out.single(
                f"High needs balance stated, 31 March {year.end}",
                "£",
                own[year.label],
                POUNDS,
            )
            for year in known
        }
        page, top = out.page, out.row
        page.put(top, 0, "High needs balance, stated or carried on")
        page.put(top, 1, "£")
        out.row += 1
        now = figure.get(before)
        chosen = cell(0) if now is None else either(counted.same(at[0] - 1), now, 0)
        for step, year in enumerate(years):
            if year in figure:
                now = figure[year]
            elif now is not None:
                paid = found.payments[step] + found.contributions[step]
                now = now + found.in_year[step] + paid
            if now is None:
                continue
            now = page.put(top, out.first + step, now, POUNDS)
            chosen = chosen + either(counted.same(at[step]), now, 0)
        since = at[years.index(known[0])] if known[0] in years else at[0] - 1
        out.single(
            "Whether one is known by then (1: yes)",
            "",
            either(counted >= since, 1, 0),
            WHOLE,
            "own_balance_known",
        )
        return out.single("High needs balance on the day that counts", "£", chosen, POUNDS)

    def _by_rule(self, day: Cell, own: Cell | None) -> Cell:
        """The share of the deficit that the rule counts, nought where it has no ground."""
        inputs, money = self.of.inputs, self.of.given.record.money
        given = inputs["high_needs_balance"]
        whole: Cell = cell(0)
        if not money.agreements and money.balance:
            whole = day
        basis = either(is_number(given), given, whole)
        if own is not None:
            known = self.out.page.book.names["own_balance_known"]
            basis = either(known.same(1), own, basis)
        return inputs["grant_share"] * largest(-basis, 0)
