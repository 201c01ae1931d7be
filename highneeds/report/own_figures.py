"""The authority's own figures beside the published ones, as a table."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

import pandas as pd

from highneeds.own.breakdowns import KINDS, TOTAL
from highneeds.own.measures import (
    ALL_PLACES,
    BY_NAME,
    MEASURES,
    NET_OF_DIRECT_PLACES,
    SECTION_251,
    Calendar,
)
from highneeds.own.published import Published, published_beside
from highneeds.periods import Census, FinancialYear
from highneeds.report.tables import Column, Table, Words
from highneeds.words import NO_FIGURE, count, day_words

if TYPE_CHECKING:
    from highneeds.answers.projection import Projection
    from highneeds.own.figures import OwnFigure

# What a reader takes in on a page; the workbook has every figure.
_MOST_ON_PAGE = 40
_NOT_STATED, _WITHHELD = "not stated", "withheld"
_ORDER = {one.name: place for place, one in enumerate(MEASURES)}
_COVERAGES = {
    NET_OF_DIRECT_PLACES: "without places funded directly",
    ALL_PLACES: "with every place",
    SECTION_251: "net, as section 251 prints it",
}
# Told in pounds, where millions would say nothing.
_IN_POUNDS = frozenset({"unit_cost_gbp"})


def own_figures_table(result: Projection) -> Table | Words:
    """The own figures for the page, totals alone where there are many; or that none are."""
    own = result.own
    if own is None or not own.figures:
        return Words(
            (
                f"No own figures of {result.area.name} were given: every figure here is "
                "published, or worked out from published ones. “highneeds inputs template” "
                "makes a workbook to fill in, and “highneeds report AREA --inputs FILE” "
                "reads it.",
            )
        )
    if len(own.figures) <= _MOST_ON_PAGE:
        return own_figures_sheet(result)
    totals = [one for one in own.figures if one.breakdown == TOTAL]
    parts = count(len(own.figures) - len(totals))
    return _table(result, totals, (f"The workbook has {parts} figures of parts besides.",))


def own_figures_sheet(result: Projection) -> Table:
    """Every own figure beside the published one of the same period, and the difference."""
    return _table(result, result.own.figures if result.own else (), ())


def counts_between(result: Projection) -> dict[date, float]:
    """Plans that the authority counted itself on days that are no day of a census."""
    stated = result.own.of("ehc_plans") if result.own else {}
    counts = {date.fromisoformat(at): one.value for at, one in sorted(stated.items())}
    return {day: n for day, n in counts.items() if day != Census(day.year).day}


def _table(
    result: Projection, figures: Sequence[OwnFigure], more: tuple[str, ...]
) -> Table:
    uses = dict(result.own_uses())
    rows = [_row(result, one) | {"use": uses[one]} for one in sorted(figures, key=_place)]
    name = result.own.file_name if result.own else ""
    return Table(
        "own_figures",
        "Your own figures beside the published ones",
        (
            Column("measure", "Figure"),
            Column("period", "Period"),
            Column("published", "Published", "number", by="kind"),
            Column("own", "Own", "number", by="kind"),
            Column("difference", "Own less published", "number", by="kind"),
            Column("use", "What was done"),
            Column("stated", "Source, day and owner", "words", "page"),
            Column("source", "Source", "words", "sheet"),
            Column("date", "Stated on", "text", "sheet"),
            Column("owner", "Owner", "words", "sheet"),
        ),
        pd.DataFrame(rows),
        (
            f"Own figures are those of {name}, as its owners state them: no published "
            "figures, and checked by nobody else.",
            *more,
        ),
    )


def _row(result: Projection, figure: OwnFigure) -> dict[str, object]:
    measure = BY_NAME[figure.measure]
    beside = published_beside(
        result.panel,
        result.area,
        figure.measure,
        figure.at,
        figure.breakdown,
        figure.coverage,
    )
    published = beside.value
    none = beside.why if beside.why == _WITHHELD else NO_FIGURE
    stated = {
        "source": figure.source,
        "date": _day(figure.date) if figure.date else "",
        "owner": figure.owner,
    }
    money = "pounds" if figure.measure in _IN_POUNDS else "gbp"
    return {
        "measure": _named(figure, beside),
        "period": _period(figure.at, measure.calendar),
        "published": none if published is None else published,
        "own": figure.value,
        "difference": none if published is None else figure.value - published,
        "kind": money if measure.unit == "£" else "count",
        "stated": "; ".join(filter(None, stated.values())) or _NOT_STATED,
        **{name: said or _NOT_STATED for name, said in stated.items()},
    }


def _period(label: str, calendar: Calendar) -> str:
    """A period as a reader says it; a balance by the day it is of."""
    if calendar == "closing":
        return FinancialYear.parse(label).closes_on()
    if calendar == "month":
        return f"{date.fromisoformat(f'{label}-01'):%B %Y}"
    return _day(label) if calendar in ("day", "as_at") else label


def _day(label: str) -> str:
    return day_words(date.fromisoformat(label))


def _named(figure: OwnFigure, beside: Published) -> str:
    """A figure's measure with its part, what it covers and of when the published one is."""
    measure = BY_NAME[figure.measure]
    words = [measure.title]
    if figure.breakdown != TOTAL:
        kind, _, part = figure.breakdown.partition("/")
        words.append(KINDS[kind][part])
    if figure.coverage:
        words.append(_COVERAGES[figure.coverage])
    if measure.calendar == "day" and beside.value is not None:
        words.append(f"published: January {beside.period}")
    return "; ".join(words)


def _place(figure: OwnFigure) -> tuple[int, str, str]:
    return _ORDER[figure.measure], figure.at, figure.breakdown
