"""Carry: a sheet for each year in which plans go from one January to the next."""

from __future__ import annotations

from dataclasses import dataclass, field

from highneeds.forms.live.cells import (
    Cell,
    Range,
    either,
    largest,
    products,
    smallest,
    total,
)
from highneeds.forms.live.given import Given
from highneeds.forms.live.inputs import Inputs
from highneeds.forms.live.levers import Levers
from highneeds.forms.live.people import Joining
from highneeds.forms.live.record import PLACEMENT_WORDS, Record
from highneeds.forms.live.scenarios import YES
from highneeds.forms.live.sheets import PLANS, RATE, Book, Page
from highneeds.forms.live.starts import Starts
from highneeds.model.capacity import ELSEWHERE, INDEPENDENT, MAINSTREAM, STATE_SPECIAL
from highneeds.record.cells import AGES, BANDS, MODEL_PLACEMENTS

BY_AGE = "Plans by age"
_P, _TOP = len(MODEL_PLACEMENTS), 15
_LAST = _TOP + len(AGES) - 1
# Columns of the ages; each of seven placements where seven are written.
_STOCK, _EXIT, _OLDER, _JOIN, _WANTED, _STAY, _TO_MAIN, _ARRIVE, _AWAY, _CLOSE = (
    1,
    1 + _P,
    2 + _P,
    2 + 2 * _P,
    3 + 2 * _P,
    3 + 3 * _P,
    5 + 3 * _P,
    7 + 3 * _P,
    8 + 3 * _P,
    9 + 3 * _P,
)
_SPECIAL = (STATE_SPECIAL, INDEPENDENT)
_LINES = (
    "Plans at the opening",
    "New plans",
    "Join: new plans and the balancing item",
    "Plans that end",
    "Share placed in mainstream instead of special schools",
    "Places in state special schools",
    "Pupils arriving in them",
    "Room in them",
    "Share of those arriving who are placed",
    "Share of plans kept",
)


@dataclass
class Plans:
    """Plans at each January by age and placement, and the flows between."""

    stock: list[list[list[Cell]]] = field(default_factory=list)
    placements: list[list[Cell]] = field(default_factory=list)
    whole: list[Cell] = field(default_factory=list)
    bands: list[list[list[Cell]]] = field(default_factory=list)
    ended: list[Cell] = field(default_factory=list)
    shortfall: list[Cell] = field(default_factory=list)
    joined: list[Cell] = field(default_factory=list)
    kept: list[Cell] = field(default_factory=list)


def year_name(year: int) -> str:
    """What the sheet of a calendar year is called."""
    return f"{year} to {year + 1}"


def carry_sheets(
    book: Book,
    given: Given,
    record: Record,
    inputs: Inputs,
    levers: Levers,
    joining: Joining,
    starts: Starts,
) -> Plans:
    """Write the sheet of each year, in the order of docs/method.md, sections 8 and 9."""
    found = Plans(stock=[record.stock])
    places = total(*(row[STATE_SPECIAL] for row in record.stock))
    for step, year in enumerate(given.ahead):
        sheet = _Year(book.pages[year_name(year)], found, record, inputs)
        places = sheet.write(given, step, levers, joining.profile[step], starts, places)
    ended = given.record.newer.get("ended", {})
    for step, year in enumerate(given.ahead):
        if year in ended:
            page = book.pages[year_name(year)]
            page.put(12, 2, "Published or stated")
            found.ended[step] = page.given(12, 1, ended[year], PLANS)
    return found


class _Year:
    """The sheet of one year."""

    def __init__(self, page: Page, plans: Plans, record: Record, inputs: Inputs) -> None:
        self.page, self.plans, self.record, self.inputs = page, plans, record, inputs

    def write(
        self,
        given: Given,
        step: int,
        levers: Levers,
        profile: list[Cell],
        starts: Starts,
        places: Cell,
    ) -> Cell:
        """Write it; gives the places in state special schools at the close."""
        page, opening = self.page, self.plans.stock[step]
        at = given.vintage.counted_years + 1 + step
        self._frame(given.ahead[step])
        stock = [self._row(age, _STOCK, opening[age]) for age in AGES]
        exits = [page.put(_TOP + a, _EXIT, starts.exits[step][a], RATE) for a in AGES]
        whole = self._line(0, total(self._block(_STOCK, _P)))
        new = self._line(1, starts.new[step])
        share = page.book.names["balancing_share"]
        joined = self._line(2, largest(new + share * whole, 0))
        self.plans.joined.append(joined)
        self._older(stock, exits)
        # Those aged 25 leave whatever the rate; the rate written beside them is 1.
        ages = [total(self._cells(age, _STOCK, _P)) * exits[age] for age in AGES]
        self.plans.ended.append(self._line(3, total(*ages)))
        self._wanted(profile, joined)
        staying = self._staying(stock, exits)
        to_main = self._line(4, levers.to_mainstream[at])
        after = self._mainstream(staying, to_main)
        places, served = self._places(
            given, step, places, levers.places[at], after, staying
        )
        away = self._away(served)
        short = self.page.put(_LAST + 1, _AWAY, total(self._column(_AWAY)), PLANS)
        self.plans.shortfall.append(short)
        kept = self._line(9, starts.kept[step])
        self.plans.kept.append(kept)
        self.plans.stock.append(self._close(after, away, kept))
        return places

    def _frame(self, year: int) -> None:
        page = self.page
        page.title(
            f"Plans from January {year} to January {year + 1}",
            "By age at 31 August. Those who stay grow a year older, some move, others "
            "join; those for whom no special place is left go elsewhere if so asked.",
        )
        page.widths(52, 12)
        page.sheet.freeze_panes(_TOP, 1)
        for at, label in enumerate(_LINES):
            page.put(3 + at, 0, label)
        names = [PLACEMENT_WORDS[name] for name in MODEL_PLACEMENTS]
        special = [names[one] for one in _SPECIAL]
        heads = [
            "Age",
            *(f"Opening: {one}" for one in names),
            "Share that ends",
            *(f"A year older: {one}" for one in names),
            "Join",
            *(f"Wanted: {one}" for one in names),
            *(f"Stay in: {one}" for one in special),
            *(f"To mainstream instead of: {one}" for one in special),
            "Arriving in state special",
            "Turned away",
            *(f"Close: {one}" for one in names),
        ]
        page.head(_TOP - 1, 0, heads)
        page.sheet.set_row(_TOP - 1, 75)
        for age in AGES:
            page.put(_TOP + age, 0, float(age), "0", align="left")
        page.put(_LAST + 1, 0, "All ages", bold=True)

    def _line(self, at: int, what: Cell) -> Cell:
        form = RATE if _LINES[at].startswith("Share") else PLANS
        return self.page.put(3 + at, 1, what, form)

    def _row(self, age: int, left: int, cells: list[Cell]) -> list[Cell]:
        return [
            self.page.put(_TOP + age, left + at, one, PLANS) for at, one in enumerate(cells)
        ]

    def _cells(self, age: int, left: int, wide: int) -> Range:
        return self.page.range(_TOP + age, left, _TOP + age, left + wide - 1)

    def _block(self, left: int, wide: int) -> Range:
        return self.page.range(_TOP, left, _LAST, left + wide - 1)

    def _column(self, column: int) -> Range:
        return self._block(column, 1)

    def _older(self, stock: list[list[Cell]], exits: list[Cell]) -> None:
        for age in AGES:
            for at in range(_P):
                stay = stock[age - 1][at] * (1 - exits[age - 1]) if age else 0.0
                self.page.put(_TOP + age, _OLDER + at, stay, PLANS)

    def _wanted(self, profile: list[Cell], joined: Cell) -> None:
        for age in AGES:
            joins = self.page.put(_TOP + age, _JOIN, profile[age] * joined, PLANS)
            older = self._cells(age, _OLDER, _P)
            for at in range(_P):
                moved = products(older, self.record.moves[age][at])
                wanted = moved + self.record.mix[age][at] * joins
                self.page.put(_TOP + age, _WANTED + at, wanted, PLANS)

    def _staying(self, stock: list[list[Cell]], exits: list[Cell]) -> list[list[Cell]]:
        """Those who had a place in a special school and keep it, by age reached."""
        found = []
        for age in AGES:
            row = []
            for at, one in enumerate(_SPECIAL):
                stay: Cell | float = 0.0
                if age:
                    share = self.record.moved[age, one, one]
                    stay = stock[age - 1][one] * (1 - exits[age - 1]) * share
                row.append(self.page.put(_TOP + age, _STAY + at, stay, PLANS))
            found.append(row)
        return found

    def _at(self, age: int, column: int) -> Cell:
        return self.page.at(_TOP + age, column)

    def _mainstream(self, staying: list[list[Cell]], share: Cell) -> list[list[Cell]]:
        """Plans wanted once some of those arriving are placed in mainstream instead."""
        found = []
        for age in AGES:
            row = [self._at(age, _WANTED + at) for at in range(_P)]
            for at, one in enumerate(_SPECIAL):
                moved = largest(row[one] - staying[age][at], 0) * share
                instead = self.page.put(_TOP + age, _TO_MAIN + at, moved, PLANS)
                row[one] = row[one] - instead
                row[MAINSTREAM] = row[MAINSTREAM] + instead
            found.append(row)
        return found

    def _places(
        self,
        given: Given,
        step: int,
        places: Cell,
        added: Cell,
        after: list[list[Cell]],
        staying: list[list[Cell]],
    ) -> tuple[Cell, Cell]:
        """Places at the close, and the share of those arriving who find one."""
        page, own = self.page, given.record.own.places
        base = given.vintage.census.end
        if step == 0 and (known := [year for year in own if year <= base]):
            places = page.given(5, 3, own[max(known)], PLANS)
            page.put(4, 3, "Places at the opening, own figure")
        grown = places * (1 + self.inputs["special_place_growth"])
        if base + step + 1 in own:
            grown = page.given(8, 3, own[base + step + 1], PLANS)
            page.put(8, 4, "Own figure")
        held = page.put(8, 2, grown, PLANS)
        all_places = self._line(5, held + added)
        kept = page.range(_TOP, _STAY, _LAST, _STAY)
        for age in AGES:
            arriving = largest(after[age][STATE_SPECIAL] - staying[age][0], 0)
            page.put(_TOP + age, _ARRIVE, arriving, PLANS)
        wanted = self._line(6, total(self._column(_ARRIVE)))
        room = self._line(7, largest(all_places - total(kept), 0))
        served = either(wanted > 0, smallest(room, wanted) / wanted, 1)
        return held, self._line(8, served)

    def _away(self, served: Cell) -> list[Cell]:
        return [
            self.page.put(_TOP + age, _AWAY, self._at(age, _ARRIVE) * (1 - served), PLANS)
            for age in AGES
        ]

    def _close(
        self, after: list[list[Cell]], away: list[Cell], kept: Cell
    ) -> list[list[Cell]]:
        """Plans at the close; those turned away go where the inputs say, if so asked."""
        inputs = self.inputs
        independent, mainstream = (
            inputs[f"overflow_to_{one}"] for one in ("independent", "mainstream")
        )
        limited = either(inputs["limit_places"].same(YES), 1, 0)
        limit = self.page.put(13, 1, limited, "0")
        self.page.put(13, 0, "Whether pupils are turned away (1: yes)")
        found = []
        for age in AGES:
            gone = away[age] * limit
            row = list(after[age])
            row[STATE_SPECIAL] = row[STATE_SPECIAL] - gone
            row[INDEPENDENT] = row[INDEPENDENT] + gone * independent
            row[MAINSTREAM] = row[MAINSTREAM] + gone * mainstream
            row[ELSEWHERE] = row[ELSEWHERE] + gone * (1 - independent - mainstream)
            found.append(self._row(age, _CLOSE, [one * kept for one in row]))
        return found


def by_age_sheet(page: Page, given: Given, plans: Plans) -> None:
    """Write plans of each January by band of age and placement, and their sums."""
    page.title(
        "Plans by age",
        "Plans of each January by age at 31 August and by placement, added up from the "
        "sheets of the years.",
    )
    page.widths(14, 38, 14)
    page.sheet.freeze_panes(4, 2)
    page.head(3, 0, ["Age", "Placement", *(f"January {one}" for one in given.januaries)])
    names = [PLACEMENT_WORDS[name] for name in MODEL_PLACEMENTS]
    plans.bands = [[] for _ in given.januaries]
    row = 4
    for low, high in BANDS:
        for at, name in enumerate(names):
            page.put(row, 0, f"{low} to {high}")
            page.put(row, 1, name)
            for step, stock in enumerate(plans.stock):
                cells = [stock[age][at] for age in range(low, high + 1)]
                found = page.put(row, 2 + step, total(*cells), PLANS)
                if at == 0:
                    plans.bands[step].append([])
                plans.bands[step][-1].append(found)
            row += 1
    page.heading(row, "By placement")
    row += 1
    plans.placements = [[] for _ in given.januaries]
    for at, name in enumerate(names):
        page.put(row, 1, name)
        for step, bands in enumerate(plans.bands):
            cells = [band[at] for band in bands]
            plans.placements[step].append(page.put(row, 2 + step, total(*cells), PLANS))
        row += 1
    page.put(row, 1, "All plans", bold=True)
    for step, cells in enumerate(plans.placements):
        plans.whole.append(page.put(row, 2 + step, total(*cells), PLANS, bold=True))
