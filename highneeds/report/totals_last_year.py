"""Authorities, regions and scenarios side by side in the last year of a run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from highneeds.answers.claim import WHOEVER
from highneeds.answers.nation import project_nation
from highneeds.geography import ENGLAND_CODE
from highneeds.model.nation import Totals, last_year
from highneeds.report import chart as draw
from highneeds.report import marks
from highneeds.report.chart import Chart
from highneeds.report.regional import MOST_ROWS, both_ends, ends_words
from highneeds.report.tables import Column, Table
from highneeds.report.totals import left_out
from highneeds.scenario.scenario import Scenario
from highneeds.words import NO_FIGURE, between, missing, percent, pounds

if TYPE_CHECKING:
    from highneeds.geography import Area
    from highneeds.panel.panel import Panel

Run = tuple[Scenario, Totals]


def authorities_table(totals: Totals, most: int = MOST_ROWS) -> Table:
    """Each authority's last year beside the others', the largest deficit first."""
    found = totals.authorities.sort_values("gap_share_central", na_position="last")
    return _last_year_table(
        "authorities",
        f"{totals.area.name}: each authority in {totals.until}",
        "Authority",
        both_ends(found, most),
        totals,
        (
            *ends_words(len(found), most),
            "Order is not quality. Each authority's own report has its assumptions.",
        ),
    )


def regions_table(nation: Mapping[str, Totals]) -> Table:
    """Each region's last year, its authorities added up, the largest deficit first."""
    rows = [
        {"la_name": one.area.name, "level": True, **one.last_year()}
        for code, one in nation.items()
        if code != ENGLAND_CODE
    ]
    whole = nation[ENGLAND_CODE]
    return _last_year_table(
        "regions",
        f"Each region in {whole.until}",
        "Region",
        pd.DataFrame(rows).sort_values("gap_share_central"),
        whole,
        ("Authorities are added up draw by draw within each region.", *left_out(whole)),
    )


def _last_year_table(
    name: str,
    title: str,
    heading: str,
    found: pd.DataFrame,
    totals: Totals,
    notes: tuple[str, ...],
) -> Table:
    """Plans, in-year position and balance in the last year, with their ranges."""
    until, closes = totals.until, totals.deficit_until.closes_on()
    after = f", {WHOEVER}" if until > totals.deficit_until else ""
    levels = found["level"].astype(bool)
    frame = found.assign(
        gap_words=[pounds(value) for value in found["in_year_central"]],
        share_words=[
            NO_FIGURE
            if missing(middle)
            else f"{percent(middle)} ({between(percent(low), percent(high))})"
            for low, middle, high in _band(found, "gap_share")
        ],
        balance_words=[
            pounds(value) if level or missing(value) else f"change {pounds(value)}"
            for value, level in zip(found["balance_central"], levels, strict=True)
        ],
        range_words=[
            NO_FIGURE if missing(low) else between(pounds(low), pounds(high))
            for low, _, high in _band(found, "balance")
        ],
        known=levels.map({True: "balance", False: "change only"}),
    )
    sheet = [
        Column(f"{measure}_{quantile}", f"{words}, {ends}", kind, "sheet")
        for measure, words, kind in (
            ("plans", f"Plans, January {until.end}", "count"),
            ("in_year", f"In-year position, {until}{after} (£)", "count"),
            ("gap_share", "Share of the block", "percent"),
            ("balance", f"Balance at {closes} (£)", "count"),
        )
        for quantile, ends in (("central", "central"), ("p10", "low"), ("p90", "high"))
    ]
    return Table(
        name,
        title,
        (
            Column("la_name", heading),
            Column("plans_central", f"Plans, January {until.end}", "count", "page"),
            Column("gap_words", f"In-year position{after}", "figure", "page"),
            Column("share_words", "Share of the block", "figure", "page"),
            Column("balance_words", f"Balance at {closes}", "figure", "page"),
            Column("range_words", "8 in 10 futures", "figure", "page"),
            *sheet,
            Column("known", "Balance or change only", place="sheet"),
        ),
        frame,
        ("Central values; in brackets and in the last column 8 in 10 futures.", *notes),
    )


@draw.drawn_once
def plot_gaps(totals: Totals) -> Chart:
    """Dots with the band of each authority's in-year position as a share of its block."""
    known = totals.authorities.dropna(subset=["gap_share_central"])
    return _plot_shares("gaps", totals.area.name, known, totals)


@draw.drawn_once
def plot_regions(nation: Mapping[str, Totals]) -> Chart:
    """The same for each region."""
    rows = [
        {"la_name": one.area.name, **one.last_year()}
        for code, one in nation.items()
        if code != ENGLAND_CODE
    ]
    return _plot_shares("regions", "Regions", pd.DataFrame(rows), nation[ENGLAND_CODE])


def _plot_shares(name: str, who: str, found: pd.DataFrame, totals: Totals) -> Chart:
    table = both_ends(found.sort_values("gap_share_central"))
    names = [str(name) for name in table["la_name"]]
    ends = tuple(100 * _band(table, "gap_share").T)
    mark = totals.last_year()["gap_share_central"]
    least, most = map(percent, found["gap_share_central"].agg(["min", "max"]))
    title = f"{who}: from {least} to {most} of the block; together {percent(mark)}"
    with draw.drawing():
        figure, axes = draw.canvas(
            title,
            f"High needs block less spending in {totals.until}, as a share of the block; "
            "each line holds 8 in 10 simulated futures",
            height=0.24 * len(table) + 0.9,
            left=0.3,
            right=0.96,
        )
        marks.intervals(axes, names, ends, 100 * mark)
        axes.axvline(0, color=draw.INK, lw=1)
        axes.xaxis.set_major_formatter(lambda value, _: percent(value / 100))
    whole = f"The dashed line is {totals.area.name} as a whole."
    caption = " ".join([whole, *ends_words(len(found))])
    alt = f"Dot plot of gaps as shares of the block: {title}."
    return Chart(name, title, caption, alt, figure)


def shipped_totals(
    panel: Panel, scenario: Scenario, totals: Totals, areas: Sequence[Area]
) -> list[Run]:
    """The same futures under every other shipped scenario, the one given first.

    But under none whose measures are an example's.
    """
    draws = totals.series["plans"].shape[-1]
    run = {"until": totals.until.label, "draws": draws, "seed": totals.seed}
    shipped = map(Scenario.load, Scenario.shipped())
    others = [one for one in shipped if one.name != scenario.name and not one.example]
    return [
        (scenario, totals),
        *(
            (other, project_nation(panel, other, areas=areas, **run)[totals.area.la_code])
            for other in others
        ),
    ]


def totals_scenarios_table(runs: Sequence[Run]) -> Table:
    """Each scenario's last year, and how far its central balance is from the first's."""
    (_, first), *_ = runs
    step = first.closing_step
    base = first.central["balance"][step]
    rows = []
    for scenario, totals in runs:
        # All at one day, whatever a scenario says of the override.
        found = last_year(totals.series, totals.central, step)
        apart = float(totals.central["balance"][step] - base)
        rows.append(
            {
                "title": scenario.title,
                "plans": found["plans_central"],
                "gap": pounds(found["in_year_central"]),
                "balance": pounds(found["balance_central"]),
                "range": between(
                    pounds(found["balance_p10"]), pounds(found["balance_p90"])
                ),
                "difference": pounds(apart) if totals is not first else "",
                **found,
                "difference_gbp": apart,
            }
        )
    until, closes = first.until, first.deficit_until.closes_on()
    return Table(
        "scenarios",
        f"{first.area.name}: scenarios side by side",
        (
            Column("title", "Scenario"),
            Column("plans", f"Plans, January {until.end}", "count"),
            Column("gap", f"In-year position, {until}", "figure", "page"),
            Column("balance", f"Balance at {closes}", "figure", "page"),
            Column("range", "8 in 10 futures", "figure", "page"),
            Column("difference", "Difference from the first", "figure", "page"),
            Column("in_year_central", f"In-year position, {until} (£)", "count", "sheet"),
            Column("balance_central", f"Balance at {closes} (£)", "count", "sheet"),
            Column("balance_p10", "Balance, low (£)", "count", "sheet"),
            Column("balance_p90", "Balance, high (£)", "count", "sheet"),
            Column("difference_gbp", "Difference (£)", "count", "sheet"),
        ),
        pd.DataFrame(rows),
        ("Differences are those of central cases.",),
    )


def _band(found: pd.DataFrame, measure: str) -> np.ndarray:
    """Low, central and high of a measure, shape (rows, 3)."""
    ends = ("p10", "central", "p90")
    return found[[f"{measure}_{name}" for name in ends]].to_numpy(float)
