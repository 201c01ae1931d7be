"""Figure of a year under way: what each month's ledger said it would end at."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from highneeds.answers.monitor import MONTHS
from highneeds.answers.watch import month_name
from highneeds.report import chart as draw
from highneeds.report import marks
from highneeds.report.chart import Chart
from highneeds.words import between, millions

if TYPE_CHECKING:
    from highneeds.answers.watch import Watched

_MILLION = 1e6
_LETTERS = 3
_ROOM, _LEAST_ROOM = 0.12, 0.05


@draw.drawn_once
def plot_outturn(watched: Watched) -> Chart:
    """The revised outturn by month with its range, and the forecast as a line."""
    found, ledger = watched.by_month(), watched.ledger
    name, last = watched.result.area.name, found.iloc[-1]
    forecast = watched.outturn.forecast.total
    range_words = between(millions(last["low_gbp"]), millions(last["high_gbp"]))
    made_up = "made-up year, " if watched.made_up else ""
    title = (
        f"{name}, {made_up}{ledger.year}: the ledger to {month_name(int(last['month']))} "
        f"points to {millions(last['central_gbp'])} (8 cases in 10: {range_words}); "
        f"{millions(forecast)} was forecast"
    )
    at = found["month"].to_numpy(float)
    low, middle, high = (
        found[f"{end}_gbp"].to_numpy(float) / _MILLION for end in ("low", "central", "high")
    )
    with draw.drawing():
        figure, axes = draw.canvas(
            title,
            "Outturn of the year as each month's ledger revises it, £ million. The band "
            "holds 8 cases in 10; rings are months with an alert. The scale does not begin "
            "at 0.",
        )
        axes.fill_between(at, low, high, color=draw.BLUE_PALE, lw=0)
        axes.plot(at, middle, color=draw.BLUE, lw=2, marker="o", ms=5)
        axes.axhline(forecast / _MILLION, color=draw.SLATE, lw=1.5, ls="--")
        alerts = found["alert"].to_numpy() != ""
        axes.plot(
            at[alerts], middle[alerts], ls="", marker="o", ms=11, mfc="none", mec=draw.RUST
        )
        axes.set_xlim(0.7, len(MONTHS) + 0.3)
        axes.set_xticks(range(1, len(MONTHS) + 1), [month[:_LETTERS] for month in MONTHS])
        # Not from 0: what matters is how far the outturn is from the forecast.
        shown = np.concatenate([low, high, [forecast / _MILLION]])
        room = max(_ROOM * (shown.max() - shown.min()), _LEAST_ROOM)
        axes.set_ylim(shown.min() - room, shown.max() + room)
        marks.money_axis(axes)
        axes.text(
            1.01,
            forecast / _MILLION,
            f"Forecast\n{millions(forecast)}",
            transform=axes.get_yaxis_transform(),
            color=draw.SLATE,
            va="center",
            size=9,
        )
    alt = (
        f"Line chart of the outturn of {name} in {ledger.year} as each month's ledger "
        f"revises it, with a band that narrows from April on. The last, to "
        f"{month_name(int(last['month']))}, is {millions(last['central_gbp'])}, 8 cases in "
        f"10 {range_words}; a dashed line shows the {millions(forecast)} forecast. "
        f"{int(alerts.sum())} of {len(found)} months carry an alert."
    )
    caption = (
        "The forecast is the central case. What is left of the year is the forecast as "
        "the months so far move it."
    )
    if watched.made_up:
        caption += " The figures are made up: no ledger was given."
    return Chart("outturn", title, caption, alt, figure)
