"""The tables of the local SEND reform plan: provisions, ages and needs by calendar year.

The plan's year n is the census of January n + 1. Its tables keep the numbers it has for
them: 5.1, 6, 7 to 7.7 and 10 to 12.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from highneeds.answers.crosswalk import LSRP_14
from highneeds.forms.counts import AGE_NAMES, TOTAL, Counts
from highneeds.forms.cover import book
from highneeds.forms.layout import Line, Part, Sheet
from highneeds.geography import ENGLAND_CODE
from highneeds.periods import CalendarYear
from highneeds.policy import policy
from highneeds.report.wording import STATUS_WORDS

if TYPE_CHECKING:
    from highneeds.answers.projection import Projection

# The tables of needs, each of one or more of the fourteen provisions.
_BY_NEED = {
    "7.1 Early years settings, private and voluntary included": LSRP_14[:1],
    "7.2 Mainstream schools or academies, support bases included": LSRP_14[1:3],
    "7.3 Specialist bases": LSRP_14[3:4],
    "7.4 Maintained special schools or special academies": LSRP_14[4:5],
    "7.5 Non-maintained special schools or independent schools": LSRP_14[5:7],
    "7.6 Alternative provision or hospital schools": LSRP_14[7:8],
    "7.7 Post-16, further education or specialist": LSRP_14[8:11],
}
_YEAR_NOTE = (
    "Year n of the plan is the census of January n + 1: plans at the end of that year."
)
_NO_AGES = "Not available: {what} are published in total only, and no ages are invented."
_REST_OF_NEEDS = (
    "Home education, education otherwise than at school and other provision have no table "
    "of their own, so tables 7.1 to 7.7 add up to less than table 7."
)


def lsrp_sheets(result: Projection) -> list[Sheet]:
    """The sheets of the plan, the scenario's measures in it, if it has any."""
    years = _years(result)
    counts = Counts(result, years)
    name = result.area.name
    return [
        Sheet(
            "5.1 Ages",
            f"5.1 Plans of {name} by age",
            (counts.by_age("5.1 Plans at the end of the year, by age"),),
            (_YEAR_NOTE,),
        ),
        Sheet(
            "6 Provision",
            f"6 Plans of {name} by provision",
            (
                counts.by_placement(
                    "6 Plans at the end of the year, by provision", "lsrp14", LSRP_14
                ),
            ),
            (_YEAR_NOTE,),
        ),
        Sheet(
            "7 Needs",
            f"7 Plans of {name} by primary need",
            (
                counts.by_need("7 All plans, by primary need"),
                *(
                    counts.by_need(heading, "lsrp14", provisions)
                    for heading, provisions in _BY_NEED.items()
                ),
            ),
            (_YEAR_NOTE, _REST_OF_NEEDS),
        ),
        Sheet(
            "10 to 12 Assessments",
            f"10 to 12 Requests, assessments and plans of {name} in the year",
            (_requests(result, years), _assessments(result, years), _led(result, years)),
            ("Calendar years, 1 January to 31 December.",),
        ),
    ]


def files(result: Projection, stem: str) -> dict[str, bytes]:
    """The form as a workbook, by name; its title has the year that asks for it."""
    title = (
        f"Local SEND reform plan of {policy('send_reform_plans').day.year}: tables of "
        f"{result.area.name}"
    )
    return book(result, stem, title, lsrp_sheets(result))


def _years(result: Projection) -> tuple[str, ...]:
    """The plan's own label of each January, the base census's first."""
    return tuple(str(int(year) - 1) for year in result.plan_cells.years)


def _requests(result: Projection, years: tuple[str, ...]) -> Part:
    values, basis = _flow(result, "ehc_assessment_requests", "requests", years)
    return Part(
        "10 Requests for an assessment",
        years,
        (*_ages(years, "requests"), Line(TOTAL, values, basis=basis)),
    )


def _led(result: Projection, years: tuple[str, ...]) -> Part:
    values, basis = _flow(result, "new_ehc_plans", "new", years)
    note = "New plans of the year."
    return Part(
        "12 Assessments that led to a plan",
        years,
        (
            *_ages(years, "new plans after assessment, projected,"),
            Line(TOTAL, values, basis=basis, note=note),
        ),
    )


def _assessments(result: Projection, years: tuple[str, ...]) -> Part:
    """Assessments: published, then new plans over the share that last led to one."""
    led, _ = _flow(result, "new_ehc_plans", "new", years)
    share, whose, year = _share_led(result)
    values = []
    for label, plans in zip(years, led, strict=True):
        known = result.panel.figure("ehc_assessments", result.area, label).value
        ours = None if plans is None or share is None else round(plans / share)
        values.append(ours if known is None else known)
    note = (
        "Not available: no assessments are published."
        if share is None
        else f"New plans divided by the {share:.1%} of assessments that led to a plan in "
        f"{year}, {whose}, where none are published for the year."
    )
    line = Line(TOTAL, tuple(values), basis="estimated, then projected", note=note)
    return Part("11 Assessments", years, (*_ages(years, "assessments"), line))


def _share_led(result: Projection) -> tuple[float | None, str, str]:
    """Share of assessments that led to a plan in the last year held: own, or England's."""
    panel, name = result.panel, result.area.name
    for area, whose in (
        (result.area.la_code, f"{name}’s own"),
        (ENGLAND_CODE, "England’s"),
    ):
        last = panel.latest("ehc_assessments", area)
        if last is None:
            continue
        whole = panel.figure("ehc_assessments", area, last).value
        led = panel.figure("ehc_assessments", area, last, "outcome/plan_issued").value
        if whole and led:
            return led / whole, whose, str(last)
    return None, "", ""


def _flow(
    result: Projection, measure: str, name: str, years: tuple[str, ...]
) -> tuple[tuple[float | None, ...], str]:
    """A flow of calendar years: published or own, then the central case's, in whole."""
    first = result.vintage.census.end
    central = getattr(result.central, name)[:, 0]
    found: list[float | None] = []
    for year in years:
        step = int(year) - first
        if step < 0:
            held = result.panel.figure(measure, result.area, CalendarYear(int(year)))
            found.append(held.value)
        else:
            found.append(float(round(central[step])))
    status = result.panel.figure(measure, result.area, CalendarYear(first - 1)).status
    return tuple(found), f"{STATUS_WORDS[str(status)]}, then projected"


def _ages(years: tuple[str, ...], what: str) -> tuple[Line, ...]:
    none = (None,) * len(years)
    return tuple(Line(name, none, note=_NO_AGES.format(what=what)) for name in AGE_NAMES)
