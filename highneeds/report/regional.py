"""Authorities of a region or of England side by side, on published figures."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from highneeds.answers.comparison import (
    Comparison,
    compare,
    comparisons,
    overlap_warning,
)
from highneeds.inspections.state import EARLIER
from highneeds.report import chart as draw
from highneeds.report import marks
from highneeds.report.chart import Chart
from highneeds.report.tables import Column, Folded, Table
from highneeds.words import (
    NO_FIGURE,
    NOT_APPLICABLE,
    between,
    count,
    fixed,
    missing,
    plural,
    whole_pounds,
)

if TYPE_CHECKING:
    from highneeds.geography import Area
    from highneeds.panel.panel import Panel

# A comparison and its table, authority by authority.
Compared = tuple[Comparison, pd.DataFrame]
# On a page; the workbook and the CSV hold all.
MOST_ROWS = 30


def both_ends(ordered: pd.DataFrame, most: int = MOST_ROWS) -> pd.DataFrame:
    """The first rows and the last of a table that is too long for a page."""
    if len(ordered) <= most:
        return ordered
    return pd.concat([ordered.head(most // 2), ordered.tail(most // 2)])


def ends_words(rows: int, most: int = MOST_ROWS) -> list[str]:
    """What `both_ends` leaves out, for the reader; nothing where it leaves out none."""
    if rows <= most:
        return []
    return [f"The first and the last {most // 2} of {rows}; the workbook has all."]


def compare_each(panel: Panel, areas: Sequence[Area]) -> list[Compared]:
    """Every comparison of the record for some authorities, each with its table."""
    return [(one, compare(panel, one, areas)) for one in comparisons(panel)]


def comparison_table(
    comparison: Comparison, found: pd.DataFrame, place: str, most: int = MOST_ROWS
) -> Table:
    """One measure, authority by authority, with the interval and rank range."""
    shown_as = partial(_figure, comparison=comparison)
    ordered = found.sort_values("value", ascending=False, na_position="last")
    frame = both_ends(ordered, most)
    shown = frame.assign(
        figure=[shown_as(value) for value in frame["value"]],
        interval=[
            between(shown_as(low), shown_as(high)) if np.isfinite(low) else "none"
            for low, high in zip(frame["low"], frame["high"], strict=True)
        ],
        ranks=[
            _ranks(*ends)
            for ends in zip(
                frame["rank"], frame["rank_low"], frame["rank_high"], strict=True
            )
        ],
        near=[shown_as(value) for value in frame["neighbours"]],
        around=[shown_as(value) for value in frame["region"]],
    )
    england = float(found["england"].iloc[0])
    region = float(found["region"].iloc[0])
    beside = [f"England {shown_as(england)}"] if np.isfinite(england) else []
    several = len(set(found["region_code"])) > 1
    beside_region = several and found["region"].notna().any()
    if not several and np.isfinite(region):
        beside.append(f"{place} {shown_as(region)}")
    return Table(
        comparison.name,
        f"{comparison.title} ({comparison.unit}): {place}",
        (
            Column("la_name", "Authority"),
            Column("figure", comparison.unit.capitalize(), "figure", "page"),
            Column("interval", "95% interval", "figure", "page"),
            Column("ranks", "Rank", "figure", "page"),
            Column("near", "Its neighbours' median", "figure", "page"),
            *([Column("around", "Its region", "figure", "page")] if beside_region else []),
            Column("value", comparison.unit.capitalize(), "number", "sheet"),
            Column("low", "95% interval, low", "number", "sheet"),
            Column("high", "95% interval, high", "number", "sheet"),
            Column("rank", "Rank", "count", "sheet"),
            Column("rank_low", "Rank, low", "count", "sheet"),
            Column("rank_high", "Rank, high", "count", "sheet"),
            Column("neighbours", "Its neighbours' median", "number", "sheet"),
            Column("region", "Its region", "number", "sheet"),
        ),
        shown,
        (
            overlap_warning(found),
            *([f"Beside: {'; '.join(beside)}."] if beside else []),
            *ends_words(len(found), most),
            "Order is not quality: areas differ in need, in record and in how they count.",
        ),
    )


def comparison_tables(found: Sequence[Compared], place: str, *names: str) -> list[Folded]:
    """A table for each comparison named, or for every one when none is.

    Each is one line that says what lies furthest apart, until it is opened.
    """
    return [
        comparison_table(comparison, table, place).folded(
            f"{comparison.title}: {_reach(comparison, table)}"
        )
        for comparison, table in found
        if comparison.name in names or not names
    ]


def _reach(comparison: Comparison, found: pd.DataFrame) -> str:
    """From the least figure to the largest, of all authorities compared, and England's."""
    known, england = found["value"].dropna(), float(found["england"].iloc[0])
    if known.empty:
        return "no figures"
    beside = "" if missing(england) else f"; England {_said(england, comparison)}"
    least, most = (_said(float(end), comparison) for end in (known.min(), known.max()))
    return f"from {least} to {most}{beside}"


@draw.drawn_once
def plot_comparison(found: Sequence[Compared], place: str, number: int = 0) -> Chart:
    """Dots with 95% intervals for one comparison, England as a line."""
    comparison, whole = found[number]
    known = whole.dropna(subset=["value"]).sort_values("value", ascending=False)
    table = both_ends(known)
    names = [str(name) for name in table["la_name"]]
    value, low, high = (table[name].to_numpy(float) for name in ("value", "low", "high"))
    england = float(table["england"].iloc[0])
    # The title speaks of all authorities, also where not all are drawn.
    reach = _reach(comparison, whole)
    who = "Authorities" if place == "England" else place
    title = f"{who}: {reach}"
    drawn = "".join(f" {words}" for words in ends_words(len(known)))
    with draw.drawing():
        figure, axes = draw.canvas(
            title,
            f"{comparison.title}; bars are 95% intervals for chance in counts",
            height=0.24 * len(table) + 0.9,
            left=0.3,
            right=0.96,
        )
        marks.intervals(axes, names, (low, value, high), england)
        axes.xaxis.set_major_formatter(lambda value, _: _tick(value, comparison.unit))
    alt = (
        f"Dot plot: {comparison.title}; {len(known)} authorities of {place}, {reach}."
        f"{drawn} {overlap_warning(whole)}"
    )
    caption = f"The dashed line is England.{drawn}"
    return Chart(f"compare_{comparison.name}", title, caption, alt, figure)


def inspections_table(panel: Panel, areas: Sequence[Area]) -> Table:
    """The last published inspection of each authority, both frameworks."""
    held = panel.companion("inspections")
    codes = {area.la_code: area.name for area in areas}
    mine = held[held["la_code"].isin(list(codes)) & (held["publication_date"] != "")]
    last = mine.sort_values("start_date").groupby("la_code").tail(1)
    frame = last.assign(
        la_name=last["la_code"].map(codes),
        next_due=last["next_due"].replace("", NOT_APPLICABLE),
    ).sort_values("la_name")
    return Table(
        "inspections",
        "Last published area SEND inspection of each authority",
        (
            Column("la_name", "Authority"),
            Column("framework", "Framework"),
            Column("start_date", "Started"),
            Column("outcome", "Outcome"),
            Column("next_due", "Next due by"),
        ),
        frame,
        (
            "The two frameworks ask different questions and are not ranked together.",
            f"{NOT_APPLICABLE} = not applicable: the {EARLIER} framework set no next date.",
            *_without(len(codes) - len(frame)),
        ),
    )


def _figure(value: float, comparison: Comparison) -> str:
    # The same decimals down a column: none of pounds, where pence would say nothing.
    return NO_FIGURE if missing(value) else fixed(value, 0 if comparison.unit == "£" else 1)


def _said(value: float, comparison: Comparison) -> str:
    unit, figure = comparison.unit, _figure(value, comparison)
    if unit == "£":
        return whole_pounds(value)
    return f"{figure}{unit}" if unit == "%" else f"{figure} {unit}"


def _tick(value: float, unit: str) -> str:
    return f"{count(value)}%" if unit == "%" else f"{value:g}"


def _without(number: int) -> list[str]:
    if number == 0:
        return []
    have = plural(number, "authority has", "authorities have")
    return [f"{have} no published inspection."]


def _ranks(rank: float, low: float, high: float) -> str:
    if not np.isfinite(rank):
        return "no figure"
    return (
        f"{rank:.0f}" if not np.isfinite(low) else f"{rank:.0f} ({low:.0f} to {high:.0f})"
    )
