"""Why a question found no figure, in sentences."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

import pandas as pd

from highneeds.errors import MOST_SHOWN
from highneeds.geography import Area
from highneeds.panel.faults import explained
from highneeds.panel.held import Held
from highneeds.panel.measure import Measure
from highneeds.panel.question import EVERY, several
from highneeds.periods import Period, parse_period


def reasons(
    panel: Held,
    measure: Measure,
    areas: str | Area | Iterable[str | Area] | None,
    years: str | int | Iterable[str | int] | None,
    breakdowns: str | Iterable[str] | None = None,
) -> list[str]:
    """One sentence for each area and period without a row, and the span published.

    Parameters
    ----------
    areas, years : one or several, or None
        Those asked for, none if left out.
    breakdowns : one or several, optional
        Those asked for, every one if none; each may be published for other areas and
        years than the rest.
    """
    wanted = [panel.period(measure, year) for year in several(years or ())]
    kinds = several(breakdowns or ())
    rows = panel.chosen(measure.name, kinds or EVERY)
    named = f"{measure.title}, {', '.join(kinds)}," if kinds else measure.title
    ordered = sorted({parse_period(y, measure.period_type) for y in rows["year"].unique()})
    if not ordered:
        return [f"No figure of {measure.name} is in the embedded tables."]
    first, last = ordered[0].label, ordered[-1].label
    found = []
    for area in map(panel.area, several(areas or ())):
        have = set(rows.loc[rows["la_code"] == area.la_code, "year"])
        if not have:
            found.append(f"{area}: not in the publication of {measure.name}.")
            continue
        found += [
            f"{area}, {year}: {_absence(panel, rows, area, year, ordered)}"
            for year in wanted
            if year.label not in have
        ]
    span = first if first == last else f"{first} to {last}"
    levels = {_LEVELS[str(level)]: None for level in sorted(set(rows["geography_level"]))}
    where = "" if len(levels) == len(_LEVELS) else f" for {' and '.join(levels)} only"
    return [*found, f"{named} is published here for {span}{where}."]


def why_no_value(panel: Held, found: pd.DataFrame) -> list[str]:
    """What the statuses of rows mean, and what the record of known faults says of them.

    Parameters
    ----------
    found : DataFrame, columns of `schema.LONG_COLUMNS`, no row with a value
    """
    sentences: dict[str, None] = {}
    for row in explained(panel, found).to_dict("records"):
        why = row["why"] or _MEANING.get(row["status"], "")
        named = f"{row['la_name']} ({row['la_code']}), {row['year']}"
        sentences[f"{named}: {row['status']}. {why}".strip()] = None
    shown, more = list(sentences)[:MOST_SHOWN], len(sentences) - MOST_SHOWN
    return [*shown, *([f"and {more} more without a value."] if more > 0 else [])]


_LEVELS = {"england": "England", "la": "authorities", "region": "regions"}
_MEANING = {
    "suppressed": "The publisher hides small numbers.",
    "unavailable": "The publisher gives no figure.",
    "set_aside": "The publisher prints a figure that is not used.",
    "not_applicable": "The publisher says no figure can exist.",
    "incomplete": "A part of the area has no figure, so there is no sum. Ask for its "
    "authorities as published to see which.",
    "not_additive": "A rate cannot be summed, and its parts are not published.",
}


def _absence(
    panel: Held,
    rows: pd.DataFrame,
    area: Area,
    year: Period,
    published: Sequence[Period],
) -> str:
    if year < published[0] or year > published[-1]:
        return "not in this record for that period."
    there = set(rows.loc[rows["year"] == year.label, "la_code"])

    def given(kind: str, related: Sequence[Area]) -> str:
        names = ", ".join(str(one) for one in related if one.la_code in there)
        return f"published for its {kind}: {names}" if names else ""

    before = given("predecessors", panel.geography.predecessors(area.la_code))
    after = given("successors", panel.geography.successors(area.la_code))
    if area.first_date != date.min and year.end <= area.first_date.year:
        began = f"before the authority existed (it began on {_day(area.first_date)})"
        return f"{'; '.join(filter(None, [began, before]))}."
    if area.abolished and year.end > area.last_date.year:
        ended = f"after the authority ended (on {_day(area.last_date)})"
        return f"{'; '.join(filter(None, [ended, after]))}."
    return f"{after or 'no row for this area in that release'}."


def _day(day: date) -> str:
    # Not %-d, which Windows does not know.
    return f"{day.day} {day:%B %Y}"
