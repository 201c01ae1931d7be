"""People: residents by age and year, and the ages of those who would join."""

from __future__ import annotations

from dataclasses import dataclass, field

from highneeds.forms.live.cells import Cell, total
from highneeds.forms.live.given import Given
from highneeds.forms.live.record import Record
from highneeds.forms.live.sheets import PEOPLE as WHOLE_PEOPLE
from highneeds.forms.live.sheets import PLANS, RATE, Page
from highneeds.record.cells import AGES

PEOPLE = "People"
_FIRST = 1


@dataclass
class Joining:
    """By projected year: how people move plans that start, and the ages of who joins."""

    ratio: list[Cell] = field(default_factory=list)
    total: list[Cell] = field(default_factory=list)
    profile: list[list[Cell]] = field(default_factory=list)


def people_sheet(
    page: Page, given: Given, record: Record, births: Cell, usual_births: Cell
) -> tuple[Joining, Joining]:
    """Write people with the births in use, and with those of the defaults."""
    page.title(
        "People",
        "Children already born grow a year older; those not yet born follow the births in "
        "use. Plans that would start are people × England's rate of the age.",
    )
    page.widths(34, 12)
    page.sheet.freeze_panes(3, 1)
    in_use, row = _block(page, given, record, births, 3, "with the births in use")
    default, _ = _block(page, given, record, usual_births, row, "with the defaults")
    return in_use, default


def _block(
    page: Page, given: Given, record: Record, births: Cell, row: int, how: str
) -> tuple[Joining, int]:
    first, flows = given.vintage.population.end, given.vintage.flows.end
    years = range(first, given.ahead[-1] + 1)
    people: list[list[Cell]] = [record.population]
    page.heading(row, f"People at mid-year, {how}")
    page.head(row + 1, 0, ["Age", *map(str, years)])
    top = row + 2
    for step, _ in enumerate(years):
        if step:
            before = people[-1]
            people.append([before[0] * (1 + births), *before[:-1]])
        people[-1] = [
            page.put(top + age, _FIRST + step, people[-1][age], WHOLE_PEOPLE)
            for age in AGES
        ]
    _ages(page, top)
    row = top + len(AGES) + 1
    page.heading(row, f"Plans that would start, {how}")
    page.head(row + 1, 0, ["Age", *map(str, years)])
    found, top = Joining(), row + 2
    _ages(page, top)
    page.put(top + len(AGES), 0, "All ages", bold=True)
    page.put(top + len(AGES) + 1, 0, f"Against {flows}", bold=True)
    wanted, totals = {}, {}
    for step, year in enumerate(years):
        if year < flows:
            continue
        column = _FIRST + step
        wanted[year] = [
            page.put(top + age, column, record.per_person[age] * people[step][age], PLANS)
            for age in AGES
        ]
        whole = total(page.range(top, column, top + len(AGES) - 1, column))
        totals[year] = page.put(top + len(AGES), column, whole, PLANS)
        ratio = totals[year] / totals[flows]
        found_ratio = page.put(top + len(AGES) + 1, column, ratio, RATE)
        if year > flows:
            found.ratio.append(found_ratio)
    row = top + len(AGES) + 3
    page.heading(row, f"Ages of those who join, shares, {how}")
    page.head(row + 1, 0, ["Age", *map(str, years)])
    top = row + 2
    _ages(page, top)
    page.put(top + len(AGES), 0, "All ages", bold=True)
    for step, year in enumerate(years):
        if year <= flows:
            continue
        column = _FIRST + step
        found.profile.append(
            [
                page.put(top + age, column, wanted[year][age] / totals[year], RATE)
                for age in AGES
            ]
        )
        whole = total(page.range(top, column, top + len(AGES) - 1, column))
        found.total.append(page.put(top + len(AGES), column, whole, RATE))
    return found, top + len(AGES) + 2


def _ages(page: Page, top: int) -> None:
    for age in AGES:
        page.put(top + age, 0, float(age), "0", align="left")
