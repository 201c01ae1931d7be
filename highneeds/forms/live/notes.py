"""Notes: how to use the workbook, goal seek, what it holds, editions and terms."""

from __future__ import annotations

from collections.abc import Iterator

from highneeds import __version__
from highneeds.forms.live.given import Given
from highneeds.forms.live.sheets import Page

NOTES, GOAL_SEEK = "Notes", "Goal seek"
_WIDE = 120


def notes_sheet(page: Page, given: Given, sheets: dict[str, str]) -> None:
    """Write what the workbook is, its sheets, its colours, what it cannot say."""
    page.widths(26, _WIDE)
    page.put(0, 0, "Notes", bold=True, font_size=15)
    row = 2
    for heading, lines in (
        ("About", list(_about(given))),
        ("Colours", _COLOURS),
        ("Sheets", list(sheets.items())),
        ("What it cannot say", _LIMITS),
        (
            "What the record lacks",
            [("Gap", f"{g.what} {g.done}") for g in given.record.gaps],
        ),
    ):
        if not lines:
            continue
        page.heading(row, heading)
        for at, (what, text) in enumerate(lines, start=row + 1):
            page.put(at, 0, what, text_wrap=True)
            page.put(at, 1, text, text_wrap=True)
            page.wrap(at, (text, _WIDE), (what, 26))
        row += len(lines) + 2


def _about(given: Given) -> Iterator[tuple[str, str]]:
    now, money = given.vintage, given.record.money
    yield "Authority", str(given.area)
    yield "Made by", f"highneeds {__version__}"
    yield (
        "Edition",
        f"EHC plans of January {now.census}, flows of {now.flows}, outturn of {now.year}, "
        f"block of {money.block_year or 'no year'}, balance of "
        f"{money.balance_year or 'no year'}, people of mid-{now.population.end}.",
    )
    yield (
        "Own figures",
        f"From {given.own.file_name}, SHA-256 {given.own.sha256}."
        if given.own
        else "None: published figures alone. Give the authority's own with --inputs.",
    )
    yield (
        "Sources and terms",
        "Published figures: Department for Education, Ministry of Housing, Communities and "
        "Local Government, Office for National Statistics, under the Open Government "
        "Licence v3.0; data/SOURCES.md of the package lists every file. The workbook may "
        "be used and passed on under the licence of the package (MIT).",
    )
    yield (
        "Method",
        "docs/method.md of the package. The sheets follow its sections 8 to 11 in order; "
        "every formula can be read. There are no macros and no links to other files.",
    )


_COLOURS = [
    ("Yellow, blue ink", "Yours to fill, all on the sheet Inputs. Empty: as the scenario."),
    ("Grey", "Figures of the published record, of a scenario, or your own from a file."),
    ("White", "Formulas."),
    (
        "Protection",
        "Sheets are protected without a password, so that no formula is lost by a slip: "
        "Review, Unprotect Sheet takes it away.",
    ),
]
_LIMITS = [
    (
        "No range",
        "Everything is the central case: one future, with every assumption at its value in "
        "use and every measure delivered in full unless its chance is 0. Low and high on "
        "Inputs say where a tenth of futures lies beyond; `highneeds report` draws them.",
    ),
    (
        "Own figures",
        "Balances, blocks and outturns of your own are not typed here: fill "
        "`highneeds inputs template AREA` and make the workbook with --inputs, so that "
        "each has a source and a date.",
    ),
    (
        "Example measures",
        "The scenario of six measures is invented to show how they are written. A report "
        "refuses it until the measures are the authority's own.",
    ),
    (
        "After the override",
        "No figure after the statutory override ends is called a council's balance.",
    ),
]


def goal_seek_sheet(page: Page, given: Given) -> None:
    """Write how to ask what it would take, with the cells to name."""
    page.widths(26, _WIDE)
    page.put(0, 0, "Goal seek: what would it take?", bold=True, font_size=15)
    last = given.years[-1]
    has_block = given.record.money.has_block
    goal = "goal_in_year" if has_block else "goal_spending"
    what = "in-year position" if has_block else "spending"
    steps = [
        ("1", "Choose a scenario on Inputs, and go to the yellow cell you want solved."),
        ("2", "Type the value now in use into it: goal seek needs a number to start from."),
        (
            "3",
            "Excel: Data, What-If Analysis, Goal Seek. LibreOffice: Tools, Goal Seek.",
        ),
        ("4", f"Set cell: {goal}, the {what} of {last}, which stands below."),
        (
            "5",
            "To value: 0" if has_block else "To value: the spending you aim at, in pounds",
        ),
        (
            "6",
            "By changing cell: the yellow cell, such as that of “Yearly growth of the high "
            "needs block”. Press OK.",
        ),
        (
            "7",
            "Look at Checks: goal seek may go beyond what is allowed, and a value outside "
            "its range is no answer. A report's own search keeps within it.",
        ),
    ]
    for row, (number, text) in enumerate(steps, start=2):
        page.put(row, 0, f"Step {number}")
        page.put(row, 1, text, text_wrap=True)
        page.wrap(row, (text, _WIDE))
