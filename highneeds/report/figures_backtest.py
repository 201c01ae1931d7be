"""Figures of how well past forecasts would have done."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from highneeds.answers.backtest import CHOSEN
from highneeds.answers.backtest_marks import ENGINE, ORACLE
from highneeds.report import chart as draw
from highneeds.report import marks
from highneeds.report.backtest import LEVEL_WORDS, of_method
from highneeds.report.chart import Chart
from highneeds.report.tables import Words
from highneeds.words import count, fixed, percent

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from highneeds.geography import Area

# Rules drawn beside the chosen method; every one is in the table.
_DRAWN = {
    CHOSEN: ("The chosen method", draw.TEAL, "-", 2.8),
    ENGINE: ("The projection's engine", draw.INK, (0, (4, 2)), 1.8),
    "half_and_half": ("Half own growth, half England's", draw.BLUE, (0, (5, 2)), 1.8),
    "england_last": ("England's last growth", draw.SLATE, (0, (1, 1)), 2.2),
    "own_three_year": ("Own three-year growth", draw.RUST, (0, (3, 1, 1, 1)), 1.8),
    ORACLE: ("England's growth as it came", draw.PLUM, (0, (6, 2, 1, 2)), 1.6),
}
_BANDS = {
    "cover50": (0.5, draw.RUST),
    "cover80": (0.8, draw.TEAL),
    "cover95": (0.95, draw.BLUE),
}
_LABEL_WIDTH = 24


def plot_errors(found: pd.DataFrame, level: str = "authority") -> Chart:
    """Lines: mean absolute error by years ahead, the chosen method beside simple rules."""
    mine = {name: of_method(found, level, name) for name in _DRAWN}
    mine = {name: rows for name, rows in mine.items() if len(rows)}
    ours, last = mine[CHOSEN], mine["england_last"]
    far = int(ours["horizon"].iloc[-1])
    title = (
        f"{far} years ahead the chosen method was {fixed(ours['mape'].iloc[-1], 1)}% out; "
        f"England's last growth {fixed(last['mape'].iloc[-1], 1)}%"
    )
    with draw.drawing():
        from matplotlib.ticker import MaxNLocator

        figure, axes = draw.canvas(
            title,
            f"Mean absolute error over {LEVEL_WORDS[level]}, per cent of the plans that "
            "came, by years ahead",
            right=0.74,
        )
        for name, rows in mine.items():
            _, colour, dash, width = _DRAWN[name]
            axes.plot(rows["horizon"], rows["mape"], "o", color=colour, ms=4)
            axes.plot(rows["horizon"], rows["mape"], color=colour, ls=dash, lw=width)
        marks.margin(axes, np.concatenate([rows["mape"] for rows in mine.values()]))
        axes.set_ylim(bottom=0)
        axes.set_xticks(list(ours["horizon"]))
        axes.yaxis.set_major_locator(MaxNLocator(integer=True))
        axes.yaxis.set_major_formatter(lambda value, _: f"{value:.0f}%")
        ends = [float(rows["mape"].iloc[-1]) for rows in mine.values()]
        marks.end_labels(
            axes,
            ends,
            [
                textwrap.fill(f"{_DRAWN[name][0]} {fixed(end, 1)}%", _LABEL_WIDTH)
                for name, end in zip(mine, ends, strict=True)
            ],
            [_DRAWN[name][1] for name in mine],
        )
    said = "; ".join(
        f"{_DRAWN[name][0].lower()} {fixed(rows['mape'].iloc[0], 1)}% one year ahead "
        f"and {fixed(rows['mape'].iloc[-1], 1)}% {far} years ahead"
        for name, rows in mine.items()
    )
    alt = f"Line chart of mean absolute error by years ahead, {LEVEL_WORDS[level]}: {said}."
    caption = "Rules left out of the chart are in the table."
    return Chart("errors", title, caption, alt, figure)


def plot_cover(found: pd.DataFrame, level: str = "authority") -> Chart:
    """Lines: the share of outcomes inside the 50, 80 and 95 per cent bands."""
    mine = of_method(found, level, CHOSEN)
    low, high = (percent(mine["cover80"].agg(end)) for end in ("min", "max"))
    title = f"The 80% bands of the chosen method held {low} to {high} of what came"
    with draw.drawing():
        figure, axes = draw.canvas(
            title,
            f"Share of outcomes inside each band, {LEVEL_WORDS[level]}, by years ahead. "
            "Dotted: what it is meant to hold",
        )
        for column, (meant, colour) in _BANDS.items():
            axes.axhline(meant, color=colour, ls=(0, (1, 2)), lw=1.4)
            axes.plot(mine["horizon"], mine[column], "o-", color=colour, lw=2.2, ms=5)
        axes.set_ylim(0, 1.03)
        axes.set_xticks(list(mine["horizon"]))
        axes.yaxis.set_major_formatter(lambda value, _: percent(value))
        ends = [float(mine[column].iloc[-1]) for column in _BANDS]
        marks.end_labels(
            axes,
            ends,
            [
                f"{percent(meant)} band {percent(end)}"
                for (meant, _), end in zip(_BANDS.values(), ends, strict=True)
            ],
            [colour for _, colour in _BANDS.values()],
        )
    said = "; ".join(
        f"{percent(meant)} band {', '.join(percent(share) for share in mine[column])}"
        for column, (meant, _) in _BANDS.items()
    )
    alt = (
        "Line chart of the share of outcomes inside the bands of the chosen method, one to "
        f"{mine['horizon'].iloc[-1]} years ahead: {said}."
    )
    caption = "Bands are made of errors at earlier Januaries only."
    return Chart("cover", title, caption, alt, figure)


def plot_past(forecasts: pd.DataFrame, area: Area) -> Chart | Words:
    """An area's plans as they came, and what the chosen method foretold each January."""
    mine = forecasts[forecasts["method"] == CHOSEN]
    if mine.empty:
        return Words((f"No forecast of {area.name} can be marked: too few Januaries.",))
    inside = ((mine["came"] >= mine["low80"]) & (mine["came"] <= mine["high80"])).mean()
    off = (mine["point"] / mine["came"] - 1.0).abs()
    title = (
        f"{area.name}: {percent(inside)} of {len(mine)} past outcomes were inside the 80% "
        f"band; the middle error was {percent(off.median(), decimals=1)}"
    )
    with draw.drawing():
        figure, axes = draw.canvas(
            title,
            "Education, health and care plans each January. Points: as they came. "
            "Dashed: what would have been foretold each January. Bars: the 80% band "
            f"{mine['horizon'].max()} years ahead",
        )
        _past_lines(axes, mine)
        marks.margin(axes, mine[["point", "came", "low80", "high80"]].to_numpy().ravel())
        axes.set_ylim(bottom=0)
        years = mine["origin"] + mine["horizon"]
        marks.year_axis(axes, float(years.min()), float(years.max()))
        axes.yaxis.set_major_formatter(lambda value, _: count(value))
    said = "; ".join(
        f"from January {origin} for January {origin + rows['horizon'].iloc[-1]} "
        f"{count(rows['point'].iloc[-1])}, came {count(rows['came'].iloc[-1])}"
        for origin, rows in mine.groupby("origin")
    )
    alt = f"Line chart of past forecasts of plans in {area.name}: {said}."
    caption = "Each line uses only what was published with the January it starts from."
    return Chart("past", title, caption, alt, figure)


def _past_lines(axes: Axes, mine: pd.DataFrame) -> None:
    """What came as points; each origin's forecast as a dashed line, its last band a bar."""
    came = mine.assign(year=mine["origin"] + mine["horizon"]).drop_duplicates("year")
    known = came.set_index("year")["came"].sort_index()
    far = mine["horizon"].max()
    for origin, rows in mine.groupby("origin"):
        line = rows.set_index(rows["origin"] + rows["horizon"])["point"]
        line = pd.concat([known[known.index == origin], line])
        axes.plot(line.index, line, color=draw.TEAL, lw=1.3, ls=(0, (4, 2)))
        end = rows.iloc[-1]
        if end["horizon"] == far:
            at = end["origin"] + far
            axes.vlines(at, end["low80"], end["high80"], color=draw.TEAL, lw=2, alpha=0.5)
    axes.plot(known.index, known, "o-", color=draw.BLUE, lw=2.2, ms=5.5)
