"""A scenario with its measures beside itself without them, drawn and in numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from highneeds.answers.claim import WHOEVER
from highneeds.periods import FinancialYear
from highneeds.report import chart as draw
from highneeds.report import marks
from highneeds.report.chart import Chart
from highneeds.report.tables import Column, Table, Words, no_chart
from highneeds.report.wording import basis, over_years_words
from highneeds.words import futures, millions

if TYPE_CHECKING:
    from highneeds.answers.projection import Projection

_MILLION = 1e6


@draw.drawn_once
def plot_mitigated(result: Projection) -> Chart | Words:
    """The balance with the scenario's measures and without; nothing where it has none."""
    if not result.scenario.measures:
        return Words(())
    with_them, without = (case.balance() for case in (result, result.unmitigated))
    with_them = with_them.dropna(subset=["central"])
    if with_them.empty:
        return no_chart("balance with and without measures", result.area.name)
    years = [FinancialYear.parse(str(year)) for year in with_them["year"]]
    at = np.array([year.end for year in years], float)
    claimed = max(step for step, year in enumerate(years) if year <= result.deficit_until)
    closes = years[claimed].closes_on()
    ends = [float(table["central"].iloc[claimed]) for table in (with_them, without)]
    title = (
        f"{result.area.name}: {millions(ends[0])} at {closes} with the measures, "
        f"{millions(ends[1])} without"
    )
    ahead = np.array([basis(str(one)) != "published" for one in with_them["status"]])
    with draw.drawing():
        figure, axes = draw.canvas(
            title,
            "Balance at 31 March, £ million, central case, in which every measure is "
            "delivered. Band: 8 in 10 futures with the measures, each delivered or not by "
            "its chance.",
            right=0.78,
        )
        marks.shade_unpublished(axes, list(at), list(with_them["status"]))
        low, high = (with_them[name].to_numpy(float) / _MILLION for name in ("p10", "p90"))
        axes.fill_between(at, low, high, color=draw.TEAL, alpha=0.16, lw=0, where=ahead)
        lines = (
            (without, draw.RUST, "o-", "Without measures"),
            (with_them, draw.TEAL, "s--", "With measures"),
        )
        heights = [table["central"].to_numpy(float) / _MILLION for table, *_ in lines]
        for (_, colour, style, _), height in zip(lines, heights, strict=True):
            # No line is drawn over a year whose balance is not held.
            whole = pd.Series(height, index=at).reindex(np.arange(at[0], at[-1] + 1))
            axes.plot(whole, style, color=colour, mfc="white", lw=2, ms=5)
        axes.axhline(0, color=draw.INK, lw=1)
        marks.margin(axes, np.concatenate([low, high, *heights]))
        marks.override_line(axes, result.scenario.policies.override_ends, at)
        marks.year_axis(axes, at[0], at[-1])
        marks.money_axis(axes)
        marks.end_labels(
            axes,
            [float(height[-1]) for height in heights],
            [
                f"{name}\n{millions(float(height[-1]) * _MILLION)}"
                for (*_, name), height in zip(lines, heights, strict=True)
            ],
            [colour for _, colour, *_ in lines],
        )
    end = with_them.iloc[claimed]
    alt = (
        f"Line chart of the balance of {result.area.name}. At {closes} the central case is "
        f"{millions(ends[0])} with the measures ("
        f"{futures(millions(end['p10']), millions(end['p90']))}) and {millions(ends[1])} "
        "without."
    )
    caption = "Squares: with the measures. Circles: without them."
    caption += over_years_words(with_them["status"])
    if claimed < len(years) - 1:
        caption += (
            f" What follows {closes} is a cumulative shortfall, {WHOEVER}, and no "
            "council's deficit."
        )
    return Chart("mitigated", title, caption, alt, figure)


def mitigated_table(result: Projection) -> Table | Words:
    """The balance of each year with the measures and without; nothing without any."""
    if not result.scenario.measures:
        return Words(())
    frame = result.balance().merge(
        result.unmitigated.balance()[["year", "central"]],
        on="year",
        suffixes=("", "_without"),
    )
    return Table(
        "mitigated",
        f"Balance of {result.area.name} with the measures and without: central cases",
        (
            Column("closes", "At"),
            Column("central", "With the measures", "millions"),
            Column("central_without", "Without", "millions"),
            Column("saved", "Difference", "millions"),
        ),
        frame.assign(
            closes=[FinancialYear.parse(str(one)).closes_on() for one in frame["year"]],
            saved=frame["central"] - frame["central_without"],
        ),
        ("In the central case each measure is delivered, whatever its chance.",),
    )
