"""Charts of what drives a deficit: the tornado, and several scenarios side by side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from highneeds.answers.claim import WHOEVER, last_balance
from highneeds.periods import FinancialYear
from highneeds.report import chart as draw
from highneeds.report import marks
from highneeds.report.chart import Chart
from highneeds.report.tables import Words
from highneeds.words import millions

if TYPE_CHECKING:
    from highneeds.answers.projection import Projection

_MILLION = 1e6
_MOST_BARS = 8
_LINES = ("-", (0, (5, 2)), (0, (1, 1.4)), (0, (6, 2, 1, 2)), (0, (3, 1, 1, 1, 1, 1)))


@draw.drawn_once
def plot_tornado(result: Projection, found: pd.DataFrame) -> Chart | Words:
    """Bars from the closing balance's change at each assumption's low to its high."""
    table = found[(found["low_gbp"] != 0) | (found["high_gbp"] != 0)].copy()
    if table.empty or not result.has_money:
        return Words((result.balance_basis,))
    width = (table["high_gbp"] - table["low_gbp"]).abs()
    table = table.loc[width.sort_values(ascending=False).index].head(_MOST_BARS)
    largest = table.iloc[0]
    what = "balance" if result.until == result.deficit_until else "cumulative shortfall"
    title = f"{result.area.name}: the {what} hangs most on “{largest['title']}”"
    with draw.drawing():
        figure, axes = draw.canvas(
            title,
            f"Change in the {last_balance(result)}, £ million, with one "
            "assumption at its low and at its high and all else unchanged",
            # And a row for the legend, which would lie on a bar.
            height=0.46 * (len(table) + 1) + 0.9,
            left=0.42,
            right=0.95,
        )
        rows = np.arange(len(table), dtype=float)
        low, high = (
            table[name].to_numpy(float) / _MILLION for name in ("low_gbp", "high_gbp")
        )
        axes.barh(rows, low, 0.6, color=draw.BLUE, label="at its low")
        axes.barh(
            rows,
            high,
            0.6,
            color="white",
            edgecolor=draw.RUST,
            hatch="//",
            label="at its high",
        )
        axes.axvline(0, color=draw.INK, lw=1)
        marks.margin(axes, np.concatenate([low, high]), room=0.3, along="x")
        for row, (one, other) in enumerate(zip(low, high, strict=True)):
            for value in (one, other):
                marks.row_label(
                    axes,
                    value,
                    row,
                    millions(value * _MILLION, signed=True),
                    before=value < 0,
                )
        axes.set_yticks(
            rows, [draw.folded(str(name), 44, row=True) for name in table["title"]]
        )
        axes.set_ylim(len(table) + 0.2, -0.6)
        axes.grid(axis="y", visible=False)
        axes.grid(axis="x", visible=True)
        marks.money_axis(axes, "x")
        size = draw.NARROW_SIZE if draw.is_narrow() else 9
        axes.legend(loc="lower center", ncols=2, frameon=False, fontsize=size)
    said = "; ".join(
        f"{name} {millions(one, signed=True)} at its low, "
        f"{millions(other, signed=True)} at its high"
        for name, one, other in zip(
            table["title"], table["low_gbp"], table["high_gbp"], strict=True
        )
    )
    alt = (
        f"Bar chart of changes in the {last_balance(result)}, of {result.area.name}. "
        f"{said}."
    )
    caption = "Solid: the assumption at its low. Hatched: at its high."
    return Chart("tornado", title, caption, alt, figure)


@draw.drawn_once
def plot_scenarios(results: Sequence[Projection]) -> Chart | Words:
    """The central balance of several scenarios for one authority, with the widest band."""
    first = results[0]
    if not first.has_money:
        return Words((first.balance_basis,))
    tables = [result.balance() for result in results]
    # What is claimed ends with the statutory override; the lines go on.
    ends = [
        float(table.set_index("year")["central"].loc[first.deficit_until.label])
        for table in tables
    ]
    best, worst = int(np.argmax(ends)), int(np.argmin(ends))
    level = first.balance_is_level
    measured = (
        "Cumulative balance at 31 March"
        if level
        else f"Change in the balance since {first.opening_year.closes_on()}"
    )
    title = (
        f"{first.area.name}: {'from' if level else 'a change of'} {millions(ends[worst])} "
        f"({results[worst].scenario.title}) to {millions(ends[best])} "
        f"({results[best].scenario.title}) at {first.deficit_until.closes_on()}"
    )
    with draw.drawing():
        figure, axes = draw.canvas(
            title,
            f"{measured}, £ million: central path of each scenario; the band holds 8 in 10 "
            f"futures of “{first.scenario.title}”",
            right=0.74,
        )
        for place, table in enumerate(tables):
            at = np.array([FinancialYear.parse(str(year)).end for year in table["year"]])
            middle = table["central"].to_numpy(float) / _MILLION
            colour = draw.PALETTE[place % len(draw.PALETTE)]
            line = _LINES[place % len(_LINES)]
            axes.plot(at, middle, color=colour, lw=2, ls=line)
            if place == 0:
                low, high = (
                    table[name].to_numpy(float) / _MILLION for name in ("p10", "p90")
                )
                axes.fill_between(at, low, high, color=colour, alpha=0.14, lw=0)
                marks.margin(axes, np.concatenate([low, high, np.array(ends) / _MILLION]))
                axes.set_xlim(at[0] - 0.2, at[-1] + 0.2)
                marks.year_axis(axes, float(at[0]), float(at[-1]))
        axes.axhline(0, color=draw.INK, lw=1)
        marks.money_axis(axes)
        marks.end_labels(
            axes,
            [float(table["central"].iloc[-1]) / _MILLION for table in tables],
            [
                f"{draw.folded(result.scenario.title, 26)}\n{millions(end)} in "
                f"{first.deficit_until.end}"
                for result, end in zip(results, ends, strict=True)
            ],
            [draw.PALETTE[place % len(draw.PALETTE)] for place in range(len(results))],
        )
    said = "; ".join(
        f"{result.scenario.title} {millions(end)}"
        for result, end in zip(results, ends, strict=True)
    )
    alt = (
        f"Line chart of the {'balance' if level else 'change in the balance'} of "
        f"{first.area.name} under {len(results)} scenarios. "
        f"Central {'balance' if level else 'change'} at {first.deficit_until.closes_on()}: "
        f"{said}."
    )
    caption = "The same futures are drawn for every scenario, so a difference is not noise."
    if first.until > first.deficit_until:
        caption += (
            f" Labels are of {first.deficit_until.closes_on()}; after it the lines are a "
            f"cumulative shortfall, {WHOEVER}."
        )
    return Chart("scenarios", title, caption, alt, figure)
