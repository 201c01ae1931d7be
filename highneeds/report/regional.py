"""A region or all of England: authorities side by side, and what they add up to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from highneeds.analysis.comparison import COMPARISONS, Comparison, compare, overlap_warning
from highneeds.analysis.forecasts import FORECASTS
from highneeds.model.nation import Totals, mix_table
from highneeds.model.plans import MODEL_PLACEMENTS
from highneeds.report import chart as draw
from highneeds.report import marks
from highneeds.report.amounts import (
    NO_FIGURE,
    NOT_APPLICABLE,
    between,
    count,
    fixed,
    missing,
    pounds,
)
from highneeds.report.chart import BAND, Chart
from highneeds.report.tables import Column, Table, Words
from highneeds.report.wording import PLACEMENT_NAMES

if TYPE_CHECKING:
    from highneeds.geography import Area
    from highneeds.panel.panel import Panel

_BILLION = 1e9
_MOST_ROWS = 40
_TOTALS = ("p10", "p50", "p90", "mean_error", "unit")


def totals_sentence(totals: Totals) -> Words:
    """The headline of what the authorities add up to."""
    closing = totals.ends("balance", totals.until.label)
    plans = totals.ends("plans", str(totals.until.end))
    if closing is None or plans is None:
        return Words(
            (f"{totals.area.name}: no block is published, so nothing is added up.",)
        )
    left_out = (
        f" Without {', '.join(totals.without_money)}, for which no block is published."
        if totals.without_money
        else ""
    )
    return Words(
        (
            f"{totals.area.name}: {totals.members} authorities. Their DSG balances "
            f"together could stand at {pounds(closing['p50'])} on "
            f"{totals.until.closes_on()}, between {pounds(closing['p10'])} and "
            f"{pounds(closing['p90'])} in 8 futures of 10; plans at "
            f"{count(plans['p50'])} in January {totals.until.end}.{left_out}",
        )
    )


def totals_table(totals: Totals) -> Table:
    """Plans, spending, block, gap and balance added up draw by draw."""
    found = totals.table()
    rows = []
    for name, title, shown in (
        ("plans", "Plans in January", count),
        ("spending", "Spending", pounds),
        ("block", "High needs block", pounds),
        ("in_year", "Block less spending", pounds),
        ("balance", "Balance at 31 March", pounds),
        ("interest", "Interest, outside the balance", pounds),
    ):
        for row in found[found["measure"] == name].to_dict("records"):
            rows.append(
                (
                    title,
                    row["year"],
                    shown(row["p50"]),
                    between(shown(row["p10"]), shown(row["p90"])),
                    shown(row["mean_error"]),
                    *(row[name] for name in _TOTALS),
                )
            )
    return Table(
        "totals",
        f"{totals.area.name}: authorities added up draw by draw",
        (
            Column("what", "What"),
            Column("year", "Year"),
            Column("central", "Central", "figure", "page"),
            Column("range", "8 in 10 futures", "figure", "page"),
            Column("error", "Simulation error of the mean", "figure", "page"),
            Column("p50", "Central", "count", "sheet"),
            Column("p10", "Low", "count", "sheet"),
            Column("p90", "High", "count", "sheet"),
            Column("mean_error", "Simulation error of the mean", "count", "sheet"),
            Column("unit", "Unit", place="sheet"),
        ),
        pd.DataFrame(rows, columns=["what", "year", "central", "range", "error", *_TOTALS]),
        (
            "The national part of each swing is the same in every authority and the local "
            "part its own, so the range is not the sum of local ranges.",
        ),
    )


def totals_mix_table(totals: Totals) -> Table:
    """Mean plans by placement each January."""
    frame = mix_table(totals).reset_index()
    return Table(
        "totals_mix",
        f"{totals.area.name}: mean plans by placement each January",
        (
            Column("january", "January", "figure"),
            *(Column(name, PLACEMENT_NAMES[name], "count") for name in MODEL_PLACEMENTS),
        ),
        frame,
    )


@draw.drawn_once
def plot_totals(totals: Totals) -> Chart:
    """Fan of the balances added up."""
    found = totals.table()
    table = found[found["measure"] == "balance"]
    at = np.array([int(str(year)[:4]) + 1 for year in table["year"]])
    low, middle, high = (table[n].to_numpy(float) / _BILLION for n in ("p10", "p50", "p90"))
    title = (
        f"{totals.area.name}: balances together {_billions(middle[-1])} at "
        f"{totals.until.closes_on()}"
    )
    with draw.drawing():
        figure, axes = draw.canvas(
            title, f"Balances at 31 March added up, £ billion. {BAND}", right=0.8
        )
        axes.fill_between(at, low, high, color=draw.BLUE, alpha=0.16, lw=0)
        axes.plot(at, middle, "o--", color=draw.BLUE, mfc="white", lw=2)
        axes.axhline(0, color=draw.INK, lw=1)
        marks.margin(axes, np.concatenate([low, high]))
        marks.year_axis(axes, float(at[0]), float(at[-1]))
        axes.yaxis.set_major_formatter(lambda value, _: _billions(value))
        marks.fan_labels(axes, (low[-1], middle[-1], high[-1]), _billions, draw.BLUE)
    alt = (
        f"Fan chart of balances added up for {totals.area.name}: central "
        f"{_billions(middle[0])} in {at[0]}, {_billions(middle[-1])} in {at[-1]}, between "
        f"{_billions(low[-1])} and {_billions(high[-1])}."
    )
    return Chart("totals", title, "All years are estimated or projected.", alt, figure)


def compare_each(panel: Panel, areas: Sequence[Area]) -> list[pd.DataFrame]:
    """Every comparison for some authorities, in the order of `COMPARISONS`."""
    return [compare(panel, comparison, areas) for comparison in COMPARISONS]


def comparison_table(
    comparison: Comparison, found: pd.DataFrame, place: str, most: int = _MOST_ROWS
) -> Table:
    """One measure, authority by authority, with the interval and rank range."""
    frame = found.sort_values("value", ascending=False, na_position="last").head(most)
    shown = frame.assign(
        figure=[_figure(value) for value in frame["value"]],
        interval=[
            between(_figure(low), _figure(high)) if np.isfinite(low) else "none"
            for low, high in zip(frame["low"], frame["high"], strict=True)
        ],
        ranks=[
            _ranks(*ends)
            for ends in zip(
                frame["rank"], frame["rank_low"], frame["rank_high"], strict=True
            )
        ],
        near=[_figure(value) for value in frame["neighbours"]],
    )
    england = float(found["england"].iloc[0])
    region = float(found["region"].iloc[0])
    beside = [f"England {_figure(england)}"] if np.isfinite(england) else []
    if len(set(found["region_code"])) == 1 and np.isfinite(region):
        beside.append(f"{place} {_figure(region)}")
    return Table(
        comparison.name,
        f"{comparison.title} ({comparison.unit}): {place}",
        (
            Column("la_name", "Authority"),
            Column("figure", comparison.unit.capitalize(), "figure", "page"),
            Column("interval", "95% interval", "figure", "page"),
            Column("ranks", "Rank", "figure", "page"),
            Column("near", "Its neighbours' median", "figure", "page"),
            Column("value", comparison.unit.capitalize(), "number", "sheet"),
            Column("low", "95% interval, low", "number", "sheet"),
            Column("high", "95% interval, high", "number", "sheet"),
            Column("rank", "Rank", "count", "sheet"),
            Column("rank_low", "Rank, low", "count", "sheet"),
            Column("rank_high", "Rank, high", "count", "sheet"),
            Column("neighbours", "Its neighbours' median", "number", "sheet"),
        ),
        shown,
        (
            overlap_warning(found),
            *([f"Beside: {'; '.join(beside)}."] if beside else []),
            *([f"The {most} highest of {len(found)}."] if len(found) > most else []),
            "Order is not quality: areas differ in need, in record and in how they count.",
        ),
    )


def comparison_tables(found: Sequence[pd.DataFrame], place: str) -> list[Table]:
    """A table for every comparison."""
    return [
        comparison_table(comparison, table, place)
        for comparison, table in zip(COMPARISONS, found, strict=True)
    ]


def plot_comparison(found: Sequence[pd.DataFrame], place: str, number: int = 0) -> Chart:
    """Dots with 95% intervals for one comparison, England as a line."""
    comparison = COMPARISONS[number]
    known = found[number].dropna(subset=["value"]).sort_values("value", ascending=False)
    table = known.head(_MOST_ROWS)
    rows = np.arange(len(table), dtype=float)
    value, low, high = (table[name].to_numpy(float) for name in ("value", "low", "high"))
    england = float(table["england"].iloc[0])
    # The title speaks of all authorities, also where only the highest are drawn.
    ends = (float(known["value"].min()), float(known["value"].max()))
    reach = f"from {_said(ends[0], comparison)} to {_said(ends[1], comparison)}"
    title = f"{place}: {reach}; England {_said(england, comparison)}"
    drawn = f" The {len(table)} highest of {len(known)}." if len(table) < len(known) else ""
    with draw.drawing():
        figure, axes = draw.canvas(
            title,
            f"{comparison.title}; bars are 95% intervals for chance in counts",
            height=0.24 * len(table) + 0.9,
            left=0.3,
            right=0.96,
        )
        axes.hlines(rows, low, high, color=draw.BLUE, lw=2.2, alpha=0.5)
        axes.plot(value, rows, "o", color=draw.BLUE, ms=5)
        axes.axvline(england, color=draw.RUST, lw=1.4, ls=(0, (5, 2)))
        axes.set_yticks(rows, [str(name) for name in table["la_name"]], fontsize=8.5)
        axes.invert_yaxis()
        axes.grid(axis="y", visible=False)
        axes.grid(axis="x", visible=True)
    alt = (
        f"Dot plot: {comparison.title}; {len(known)} authorities of {place}, {reach}; "
        f"England {_said(england, comparison)}.{drawn} {overlap_warning(found[number])}"
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
            f"{NOT_APPLICABLE} = not applicable: the 2016 framework set no next date.",
            *_without(len(codes) - len(frame)),
        ),
    )


def forecasts_table(totals: Totals) -> Table:
    """Published forecasts for England beside this run."""
    rows = []
    for forecast in FORECASTS:
        ours = totals.ends(forecast.measure, forecast.year)
        if ours is None:
            continue
        shown = count if forecast.measure == "plans" else pounds
        inside = ours["p10"] <= forecast.value <= ours["p90"]
        rows.append(
            (
                forecast.statement,
                forecast.source,
                shown(forecast.value),
                between(shown(ours["p10"]), shown(ours["p90"])),
                "inside" if inside else "outside",
                forecast.coverage,
            )
        )
    return Table(
        "forecasts",
        "Published forecasts for England beside this run",
        (
            Column("statement", "What was said"),
            Column("source", "Who and when"),
            Column("published", "Published", "figure"),
            Column("ours", "8 in 10 futures here", "figure"),
            Column("inside", "It lies"),
            Column("coverage", "Coverage"),
        ),
        pd.DataFrame(
            rows, columns=["statement", "source", "published", "ours", "inside", "coverage"]
        ),
        (
            "docs/national.md gives the assumption that would reproduce each. A forecast "
            "that lies outside is not thereby wrong.",
        ),
    )


def _figure(value: float) -> str:
    # The same decimals down a column; thousands are pounds, where pence would say nothing.
    if missing(value):
        return NO_FIGURE
    return fixed(value, 0 if abs(value) >= 1000 else 1)  # noqa: PLR2004


def _said(value: float, comparison: Comparison) -> str:
    unit, figure = comparison.unit, _figure(value)
    if unit == "£":
        return f"£{figure}"
    return f"{figure}{unit}" if unit == "%" else f"{figure} {unit}"


def _without(number: int) -> list[str]:
    if number == 0:
        return []
    have = "authority has" if number == 1 else "authorities have"
    return [f"{number} {have} no published inspection."]


def _ranks(rank: float, low: float, high: float) -> str:
    if not np.isfinite(rank):
        return "no figure"
    return (
        f"{rank:.0f}" if not np.isfinite(low) else f"{rank:.0f} ({low:.0f} to {high:.0f})"
    )


def _billions(value: float) -> str:
    sign = "\u2212" if round(value, 1) < 0 else ""
    return f"{sign}£{abs(value):,.1f}bn"
