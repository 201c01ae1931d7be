"""Starts: requests, exits, and how many plans start for plans to be as foretold."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from highneeds.forms.live.cells import (
    Cell,
    Part,
    both,
    cell,
    either,
    exponential,
    largest,
    logarithm,
    smallest,
    total,
)
from highneeds.forms.live.given import Given
from highneeds.forms.live.inputs import Inputs
from highneeds.forms.live.levers import Levers
from highneeds.forms.live.lines import Lines
from highneeds.forms.live.people import Joining
from highneeds.forms.live.record import Record
from highneeds.forms.live.scenarios import Tables
from highneeds.forms.live.sheets import PLANS, RATE, WHOLE, Page
from highneeds.record.cells import AGES, SIXTEEN
from highneeds.record.counted import through

STARTS, PATH = "Starts", "Path"
_OF_PATH = (
    "With the defaults, by age: who stays a year, who must join for plans to be as "
    "foretold, plans at the close. A block of columns for each year."
)
_ASSUMED = (
    "request_growth",
    "request_growth_years",
    "request_surge",
    "late_share",
    "issue_ratio",
)


@dataclass
class Starts:
    """By projected year: requests, new plans, share kept, rates at which plans end."""

    requests: list[Cell] = field(default_factory=list)
    new: list[Cell] = field(default_factory=list)
    kept: list[Cell] = field(default_factory=list)
    exits: list[list[Cell]] = field(default_factory=list)
    factor: list[Cell] = field(default_factory=list)
    # As shown: a published figure of a year stands in place of the one worked out.
    shown: dict[str, list[Cell]] = field(default_factory=dict)


def starts_sheet(
    page: Page,
    path: Page,
    given: Given,
    record: Record,
    inputs: Inputs,
    tables: Tables,
    levers: Levers,
    joining: tuple[Joining, Joining],
) -> Starts:
    """Work out the plans that start, in the order of docs/method.md, section 8."""
    page.title(
        "Starts",
        "Requests and new plans by calendar year. With the defaults as many plans start as "
        "take plans to the path foretold; a scenario has more or fewer as its requests do.",
    )
    page.widths(58, 14, 13)
    out, found = Lines(page, 3, list(map(str, given.ahead))), Starts()
    since = [float(year - given.ahead[0]) for year in given.ahead]
    passed = out.line("Years since the base census", "years", since, WHOLE)
    calendar = out.line("Calendar year", "", [float(y) for y in given.ahead], WHOLE)
    of_levers = levers.requests[given.vintage.counted_years + 1 :]
    in_use, default = joining
    used = {name: inputs[name] for name in _ASSUMED}
    usual = {name: tables.default[name] for name in _ASSUMED}
    out.heading("In use")
    asked, started = _asked(out, used, in_use, passed, calendar, of_levers)
    out.heading("With the defaults and without levers")
    _, by_default = _asked(out, usual, default, passed, calendar, [])
    out.heading("Plans foretold, and what must start")
    foretold = out.line("Plans at the January after", "plans", _foretold(given), PLANS)
    path.title("Path", _OF_PATH)
    usual_exits = [record.exits for _ in given.ahead]
    solved, kept = _chain(path, given, record, usual_exits, default, [*foretold])
    solved = out.line("New plans with the defaults (sheet Path)", "plans", solved, PLANS)
    found.kept = out.line("Share of plans kept", "share", kept, RATE)
    found.factor = out.line(
        "Factor: what must start ÷ what the defaults say",
        "ratio",
        [either(b > 0, a / b, 0) for a, b in zip(solved, by_default, strict=True)],
        RATE,
    )
    found.new = out.line(
        "New plans",
        "plans",
        [a * b for a, b in zip(found.factor, started, strict=True)],
        PLANS,
    )
    found.requests = out.line(
        "Requests",
        "requests",
        [a * b for a, b in zip(found.factor, asked, strict=True)],
        PLANS,
    )
    _exits(out, given, record, levers, found)
    _published(out, given, record, in_use, found)
    return found


def _published(
    out: Lines, given: Given, record: Record, joining: Joining, found: Starts
) -> None:
    """What is published beyond the base census in place of what was worked out."""
    newer = given.record.newer
    plans = [newer.get("plans", {}).get(year + 1) for year in given.ahead]
    if any(one is not None for one in plans):
        page = out.page.book.page("Path in use")
        page.title(
            "Path in use",
            "By age, with the scenario in use: where a January is published, who must join "
            "for plans to be as many; else as many as on the sheet Starts.",
        )
        out.heading("Published or stated")
        held = [
            out.line(f"Plans of January {year + 1}", "plans", [one], PLANS)[0]
            if one is not None
            else None
            for year, one in zip(given.ahead, plans, strict=True)
        ]
        again, kept = _chain(*(page, given, record, found.exits, joining, held), found.new)
        found.new = again
        found.kept = [
            mine if one is not None else usual
            for one, mine, usual in zip(held, kept, found.kept, strict=True)
        ]
    found.shown = {"requests": list(found.requests), "new": list(found.new)}
    for quantity, cells in found.shown.items():
        for step, year in enumerate(given.ahead):
            if year in newer.get(quantity, {}):
                value = newer[quantity][year]
                label = f"Published or stated: {quantity} of {year}"
                (cells[step],) = out.line(label, "", [value], PLANS)


def _asked(
    out: Lines,
    used: dict[str, Cell],
    joining: Joining,
    passed: list[Cell],
    calendar: list[Cell],
    levers: list[Cell],
) -> tuple[list[Cell], list[Cell]]:
    """Requests and the plans they would lead to, before either is brought to the path."""
    names = out.page.book.names
    log_growth = logarithm(1 + used["request_growth"])
    grows = out.line(
        "Growth of requests beyond people, logarithm",
        "a year",
        [
            log_growth * largest(1 - one / used["request_growth_years"], cell(0))
            for one in passed
        ],
        RATE,
    )
    so_far: list[Cell] = []
    for one in grows:
        so_far.append(so_far[-1] + one if so_far else one)
    grown = out.line(
        "Growth since the base census", "ratio", [exponential(one) for one in so_far], RATE
    )
    people = out.line("People", "ratio", joining.ratio, RATE)
    surge = out.line(
        "Surge",
        "ratio",
        [
            either(
                both(year >= names["surge_first_year"], year <= names["surge_last_year"]),
                1 + used["request_surge"],
                1,
            )
            for year in calendar
        ],
        RATE,
    )
    requests = [
        names["record_requests"] * a * b * c
        for a, b, c in zip(people, grown, surge, strict=True)
    ]
    if levers:
        requests = [a * b for a, b in zip(requests, levers, strict=True)]
    asked = out.line("Requests asked", "requests", requests, PLANS)
    late, level = used["late_share"], names["record_requests"]
    ratio = names["record_new_plans"] / (
        level * (1 - late) + names["record_requests_before"] * late
    )
    (each,) = out.line("New plans for each request", "ratio", [ratio], RATE)
    started = [
        each
        * used["issue_ratio"]
        * ((1 - late) * one + late * (asked[at - 1] if at else level))
        for at, one in enumerate(asked)
    ]
    return asked, out.line("Plans that would start", "plans", started, PLANS)


def _foretold(given: Given) -> list[float]:
    """Plans of each January ahead with the defaults, through what was counted since."""
    record, steps = given.record, len(given.ahead)
    totals = record.path[:steps, None].copy()
    newer = record.newer.get("plans", {})
    known = [newer.get(year + 1) for year in given.ahead]
    for step, value in enumerate(known):
        if value is not None:
            totals[step:] *= value / totals[step]
    if record.own.counts:
        opening = np.array([record.stock.sum()])
        counted = sum(value is not None for value in known)
        base, counts = record.vintage.census, record.own.counts
        totals = through(totals, opening, base, counts, counted)
    return [float(one) for one in totals[:, 0]]


def _chain(
    page: Page,
    given: Given,
    record: Record,
    exits: list[list[Cell]],
    joining: Joining,
    foretold: list[Cell | None],
    starting: list[Cell] | None = None,
) -> tuple[list[Cell], list[Cell]]:
    """By age alone: the plans that must start, and what is kept where none may.

    Where nothing is foretold as many start as are given.
    """
    ages, share = _ages(page), page.book.names["balancing_share"]
    opening = [total(*row) for row in record.stock]
    new, kept = [], []
    for step, year in enumerate(given.ahead):
        left, wanted = 1 + step * 5, foretold[step]
        page.put(3, left, f"{year} to {year + 1}", bold=True)
        page.head(4, left, ["Opening", "Stay", "Join", "Before", "Close"])
        old = [page.put(5 + age, left, opening[age], PLANS) for age in AGES]
        stay = [
            page.put(
                5 + age,
                left + 1,
                old[age - 1] * (1 - exits[step][age - 1]) if age else 0.0,
                PLANS,
            )
            for age in AGES
        ]
        whole, stays = (
            page.put(5 + ages, left + at, _column(page, left + at), PLANS) for at in (0, 1)
        )
        if wanted is None:
            assert starting is not None
            start = page.put(7 + ages, left, starting[step], PLANS)
        else:
            wanted = page.put(6 + ages, left, wanted, PLANS)
            must = largest(wanted - stays - share * whole, cell(0))
            start = page.put(7 + ages, left, must, PLANS)
        join = page.put(8 + ages, left, largest(start + share * whole, cell(0)), PLANS)
        joins = [
            page.put(5 + age, left + 2, joining.profile[step][age] * join, PLANS)
            for age in AGES
        ]
        before = [
            page.put(5 + age, left + 3, stay[age] + joins[age], PLANS) for age in AGES
        ]
        part: Part = 1.0
        if wanted is not None:
            part = either(start.same(0), wanted / _column(page, left + 3), 1)
        keep = page.put(9 + ages, left, part, RATE)
        opening = [page.put(5 + age, left + 4, before[age] * keep, PLANS) for age in AGES]
        new.append(start)
        kept.append(keep)
    return new, kept


def _ages(page: Page) -> int:
    """Write the ages down the side, and what stands under them; gives how many."""
    page.widths(12, 13)
    page.sheet.freeze_panes(5, 1)
    for age in AGES:
        page.put(5 + age, 0, float(age), "0", align="left")
    for at, label in enumerate(("All", "Foretold", "Start", "Join", "Kept")):
        page.put(5 + len(AGES) + at, 0, label, bold=True)
    return len(AGES)


def _column(page: Page, column: int) -> Cell:
    return total(page.range(5, column, 4 + len(AGES), column))


def _exits(out: Lines, given: Given, record: Record, levers: Levers, found: Starts) -> None:
    """Shares of plans that end, by age and year."""
    ahead = given.vintage.counted_years + 1
    out.heading("Share of plans that end, by age at the opening")
    found.exits = [[] for _ in given.ahead]
    for age in AGES:
        cells = []
        for step, _ in enumerate(given.ahead):
            rate = record.exits[age]
            if age >= SIXTEEN:
                rate = smallest(rate * levers.exits_16_plus[ahead + step], cell(1))
            further = levers.further_exits[ahead + step]
            cells.append(cell(1) if age == AGES[-1] else rate + (1 - rate) * further)
        for step, one in enumerate(out.line(f"Age {age}", "share", cells, RATE)):
            found.exits[step].append(one)
