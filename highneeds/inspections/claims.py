"""Claims about inspections: what the record counts, and the days that would fit a claim."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta

import numpy as np
import pandas as pd

from highneeds.inspections import themes
from highneeds.inspections.state import (
    EARLIER,
    FIRST_DAY,
    SUFFICIENT,
    WRITTEN_STATEMENT,
    inspection_state,
    read_inspections,
    started_between,
)
from highneeds.inspections.working_days import working_days_after, working_days_between
from highneeds.panel.panel import Panel

_INSPECTION_DAYS = 4  # from the Monday to the Friday of the week
_MOST_SPANS = 3
_DAYS_OF_A_YEAR = 365.25


def state(
    panel: Panel,
    *,
    as_of: str,
    count: str,
    region: str | None = None,
    in_being: bool = False,
    framework: str = EARLIER,
    outcomes: str = "then",
) -> float:
    """A count of a framework on a day, by its name in `InspectionState.summary`."""
    found = inspection_state(
        panel, as_of, region=region, in_being=in_being, outcomes=outcomes
    )
    return found.count(framework, count)


def revisits_not_sufficient(panel: Panel, *, as_of: str) -> float:
    """Revisit reports published by a day that found progress short on some weakness."""
    found = inspection_state(panel, as_of)
    published = found.count(EARLIER, "revisits published")
    return published - found.count(EARLIER, "revisits sufficient on all")


def authorities(panel: Panel, *, as_of: str) -> float:
    """Authorities in being on a day."""
    return float(inspection_state(panel, as_of).authorities)


def not_inspected_pct(panel: Panel, *, as_of: str) -> float:
    """Authorities with no published report, as a share of those in being on a day."""
    found = inspection_state(panel, as_of)
    reports = found.count(EARLIER, "reports published")
    return 100 * (found.authorities - reports) / found.authorities


def begun(panel: Panel, *, first: str, last: str, count: str) -> float:
    """Inspections begun between two days, those that led to a written statement, or both.

    `count` is "inspections", "written statement required" or the latter with ", %" after.
    """
    rows = started_between(panel, date.fromisoformat(first), date.fromisoformat(last))
    required = rows["outcome"] == WRITTEN_STATEMENT
    if count == f"{WRITTEN_STATEMENT}, %":
        return 100 * float(required.mean())
    return float(required.sum() if count == WRITTEN_STATEMENT else len(rows))


def first_inspection(panel: Panel) -> str:
    """The month in which the first inspection began."""
    return str(read_inspections(panel)["start_date"].min().strftime("%Y-%m"))


def last_inspection(panel: Panel) -> str:
    """The month in which the last inspection under the 2016 framework began."""
    table = read_inspections(panel)
    begun_then = table.loc[table["framework"] == EARLIER, "start_date"]
    return str(begun_then.max().strftime("%Y-%m"))


def years_since_first(panel: Panel, *, as_of: str) -> float:
    """Years from the first inspection to a day."""
    first = read_inspections(panel)["start_date"].min().date()
    return (date.fromisoformat(as_of) - first).days / _DAYS_OF_A_YEAR


def listed(panel: Panel, *, areas: Sequence[Sequence[str]]) -> float:
    """How many of a list of areas the record has with the same start day and outcome.

    Each is a name, a day and "yes" where a written statement was required.
    """
    table = read_inspections(panel)
    days = table["start_date"].dt.strftime("%Y-%m-%d")
    outcomes = table["outcome"] == WRITTEN_STATEMENT
    known = set(zip(table["la_name"], days, outcomes, strict=True))
    return float(
        sum((name, day, required == "yes") in known for name, day, required in areas)
    )


def weaknesses(panel: Panel, *, area: str) -> float:
    """Significant weaknesses counted for an area under the 2016 framework."""
    return float(_one(panel, area)["weaknesses"])


def fewest_weaknesses(panel: Panel, *, as_of: str, apart_from: str) -> float:
    """Fewest weaknesses among areas told to write a statement by a day, one area apart."""
    table = inspection_state(panel, as_of).table
    others = table[
        (table["outcome"] == WRITTEN_STATEMENT) & (table["la_name"] != apart_from)
    ]
    return float(others["weaknesses"].min())


def day_of(panel: Panel, *, area: str, which: str) -> str:
    """A day of an area's inspection under the 2016 framework: the start or the report's."""
    return str(_one(panel, area)[which].date())


def deadline(panel: Panel, *, area: str, days: int, received_before: int = 0) -> str:
    """The day so many working days after an area's report, or after its receipt.

    `received_before` puts the receipt so many working days before publication.
    """
    published = _one(panel, area)["publication_date"].date()
    return str(working_days_after(working_days_after(published, -received_before), days))


def published_within_pct(panel: Panel, *, as_of: str, days: int) -> float:
    """Share of reports out so many working days after the inspection's last day."""
    table = inspection_state(panel, as_of).table
    spans = zip(table["start_date"].dt.date, table["publication_date"].dt.date, strict=True)
    taken = [
        working_days_between(start + timedelta(days=_INSPECTION_DAYS), published)
        for start, published in spans
    ]
    return 100 * float(np.mean([one <= days for one in taken]))


def coded_areas(_: Panel, *, theme: str = "") -> float:
    """Areas coded from the same source: all, or those of which a theme is mentioned.

    `theme` may be a group of themes: "parents and local offer", or "leadership, plans,
    parents and local offer".
    """
    groups = {
        "parents and local offer": themes.PARENTS_AND_LOCAL_OFFER,
        "leadership, plans, parents and local offer": themes.BROAD,
    }
    if theme:
        return float(len(themes.areas_mentioned(groups.get(theme, (theme,)))))
    return float(len(themes.read_themes()))


def named_weaknesses(_: Panel, *, area: str) -> float:
    """Weaknesses coded from the same source for an area."""
    table = themes.read_named_weaknesses()
    return float((table["la_name"] == area).sum())


CHECKS: dict[str, Callable[..., float | str]] = {
    check.__name__: check
    for check in (
        state,
        revisits_not_sufficient,
        authorities,
        not_inspected_pct,
        begun,
        first_inspection,
        last_inspection,
        years_since_first,
        listed,
        weaknesses,
        fewest_weaknesses,
        day_of,
        deadline,
        published_within_pct,
        coded_areas,
        named_weaknesses,
    )
}


def days_that_fit(
    panel: Panel, count: str, value: float, within: float, region: str | None, as_of: str
) -> str:
    """The days, on either basis, on which a count of the 2016 framework fits a claim.

    Where no cut-off day fits a share, also the first days from which, counting only
    later reports up to the day of the claim, it would.
    """
    table = read_inspections(panel)
    mine = table[table["framework"] == EARLIER]
    if region is not None:
        mine = mine[mine["region"] == region]
    said = []
    for basis, column, words in (
        ("published", "publication_date", "reports published"),
        ("start", "start_date", "inspections started"),
    ):
        spans = _spans(_running(mine, column, count), value, within)
        if spans:
            near = sorted(
                spans, key=lambda span: _distance(span, date.fromisoformat(as_of))
            )
            said.append(f"{words} by {_listed(near)} ({basis} basis)")
    arguments = {"as_of": as_of, "count": count, "region": region}
    if abs(state(panel, **arguments, in_being=True) - value) <= within:  # type: ignore[arg-type]
        said.append(f"a count on {as_of} that leaves out areas abolished by then")
    if said:
        return f"It would fit {' or '.join(said)}."
    since = _windows(mine, count, value, within, as_of)
    if since:
        return (
            "No cut-off day fits it on either basis. It would fit only reports published "
            f"since {_listed(since)}, up to {as_of}."
        )
    return "No cut-off day fits it on either basis, nor any first day up to that date."


def _running(mine: pd.DataFrame, column: str, count: str) -> pd.Series:
    """The count after each day on which it changed; outcomes as later published."""
    ordered = mine.dropna(subset=[column]).sort_values(column)
    done = pd.Series(np.arange(1, len(ordered) + 1), index=ordered[column])
    required = (ordered["outcome"] == WRITTEN_STATEMENT).cumsum().set_axis(ordered[column])
    series = {
        "inspected": done,
        "reports published": done,
        WRITTEN_STATEMENT: required,
        f"{WRITTEN_STATEMENT}, %": 100 * required / done,
    }.get(count)
    if series is None:
        series = _running_revisits(mine, column, count)
    return series.groupby(level=0).last()


def _running_revisits(mine: pd.DataFrame, column: str, count: str) -> pd.Series:
    days = mine[f"revisit_{column}"].dropna().sort_values()
    if count == "revisits sufficient on all":
        days = days[mine.loc[days.index, "revisit_outcome"] == SUFFICIENT]
    return pd.Series(np.arange(1, len(days) + 1), index=days)


def _spans(running: pd.Series, value: float, within: float) -> list[tuple[date, date]]:
    """First and last days of each stretch on which the count fits."""
    fits = (running - value).abs() <= within
    days = [day.date() for day in running.index]
    ends = [day - timedelta(days=1) for day in days[1:]] + [date.max]
    spans: list[tuple[date, date]] = []
    for day, end, holds in zip(days, ends, fits, strict=True):
        if holds and spans and spans[-1][1] == day - timedelta(days=1):
            spans[-1] = (spans[-1][0], end)
        elif holds:
            spans.append((day, end))
    return spans


def _windows(
    mine: pd.DataFrame, count: str, value: float, within: float, as_of: str
) -> list[tuple[date, date]]:
    """Stretches of first days from which the share of later reports fits."""
    if not count.endswith(", %"):
        return []
    published = mine[mine["publication_date"] <= as_of].sort_values("publication_date")
    required = (published["outcome"] == WRITTEN_STATEMENT)[::-1].cumsum()[::-1]
    left = np.arange(len(published), 0, -1)
    share = pd.Series(100 * required.to_numpy() / left, index=published["publication_date"])
    share = share.groupby(level=0).first()
    fits = (share - value).abs() <= within
    days = [day.date() for day in share.index]
    starts = [FIRST_DAY, *(day + timedelta(days=1) for day in days[:-1])]
    return [
        (start, day) for start, day, holds in zip(starts, days, fits, strict=True) if holds
    ]


def _distance(span: tuple[date, date], day: date) -> timedelta:
    """How far a stretch of days lies from a day; none when it holds it."""
    first, last = span
    return max(first - day, day - last, timedelta(0))


def _listed(spans: Sequence[tuple[date, date]]) -> str:
    shown = [
        f"{first} or later"
        if last == date.max
        else f"{first}"
        if first == last
        else f"{first} to {last}"
        for first, last in spans[:_MOST_SPANS]
    ]
    more = len(spans) - len(shown)
    return ", ".join(shown) + (f" and {more} more stretches" if more else "")


def _one(panel: Panel, area: str) -> pd.Series:
    table = read_inspections(panel)
    code = panel.area(area).la_code
    return table[(table["framework"] == EARLIER) & (table["la_code"] == code)].iloc[0]
