"""The inspection link on the page: its tables with their cautions, and two figures."""

from __future__ import annotations

from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Any

import numpy as np
import pandas as pd

from highneeds.inspections.covariates import COVARIATES
from highneeds.inspections.link import InspectionLink
from highneeds.inspections.outcome import adjusted_rows
from highneeds.inspections.state import EARLIER, LATER
from highneeds.inspections.words import WORSE
from highneeds.report import chart as draw
from highneeds.report import marks
from highneeds.report.chart import Chart
from highneeds.report.tables import Column, Lead, Table, Words
from highneeds.words import NO_FIGURE, minus

_HEADINGS: Mapping[str, str] = {
    "adverse": "Worst outcome",
    "covariate": "Measure",
    "auc": "Area under curve",
    "auc_high": "High",
    "auc_low": "Low",
    "brier_skill": "Brier skill",
    "brier_skill_high": "High",
    "brier_skill_low": "Low",
    "e_value": "E-value",
    "framework": "Framework",
    "from": "From",
    "inspections": "Inspections",
    "interval_leaves_out_one": "Interval leaves out 1",
    "label": "Measure",
    "left_out": "Left out",
    "one_sd": "One standard deviation",
    "p": "p",
    "p_adjusted": "Adjusted p",
    "pct": "Share, %",
    "share_pct": "Share, %",
    "to": "To",
    "worst_pct": "Worst, %",
}
# Codes and steps on the way; each stands in the analysis's own table.
_NOT_SHOWN = {"covariate", "p_signs", "p_permuted"}
_CALIBRATION = "calibration_"
_FRAMEWORK_MARKS = {EARLIER: (draw.RUST, "o"), LATER: (draw.BLUE, "s")}


def link_headline(link: InspectionLink) -> Lead:
    """The first paragraph: the finding, skill with its interval, how firm it is."""
    return Lead((link.headline,))


def link_sentences(link: InspectionLink) -> Words:
    """Every registered test in a sentence."""
    return Words(tuple(link.sentences()), listed=True)


def link_tables(link: InspectionLink, *names: str) -> list[Table]:
    """Tables of the analysis by name, each with its cautions below it.

    A ``*`` in a name stands for any text: every such table, in their order.
    """
    return [
        link_table(link, key)
        for name in names
        for key in link.tables
        if fnmatchcase(key, name)
    ]


def link_table(link: InspectionLink, name: str) -> Table:
    """One table of the analysis, numbers to three figures, its cautions as notes."""
    found = link.tables[name]
    frame = found.table
    labelled = "label" in frame.columns
    columns = []
    for key in map(str, frame.columns):
        if key.startswith(_CALIBRATION) or (key in _NOT_SHOWN and labelled):
            continue
        kind = _kind(frame[key])
        columns.append(
            Column(key, _HEADINGS.get(key, key.replace("_", " ").capitalize()), kind)
        )
    shown = frame.copy()
    if "covariate" in frame.columns and not labelled:
        shown["covariate"] = [_label(str(name)) for name in frame["covariate"]]
    for column in columns:
        if column.kind == "figure":
            shown[column.key] = [_three_figures(value) for value in frame[column.key]]
    return Table(name, found.title, tuple(columns), shown, found.cautions)


def _kind(values: pd.Series) -> str:
    """What a column's values are: words, whole numbers, or figures measured."""
    if not pd.api.types.is_numeric_dtype(values):
        return "text"
    return "count" if (values.dropna() % 1 == 0).all() else "figure"


def plot_odds(link: InspectionLink) -> Chart:
    """Every registered odds ratio with its interval, both frameworks."""
    tests = adjusted_rows(link.fits)
    alpha = link.plan.rule("alpha")
    clear = int((tests["p_adjusted"] < alpha).sum())
    title = (
        f"{clear or 'None'} of {len(tests)} registered tests tells pressure apart from no "
        "association with the outcome"
    )
    rows = np.arange(len(tests), dtype=float)
    with draw.drawing():
        figure, axes = draw.canvas(
            title,
            "Odds ratio of a worse outcome for one standard deviation more; bars are 95% "
            "intervals. At 1 there is no association.",
            height=0.42 * len(tests) + 1.0,
            left=0.46,
            right=0.97,
        )
        for place, row in zip(rows, tests.to_dict("records"), strict=True):
            colour, marker = _FRAMEWORK_MARKS[row["framework"]]
            axes.hlines(place, row["low"], row["high"], color=colour, lw=2.2)
            axes.plot(row["odds_ratio"], place, marker, color=colour, ms=6.5)
        axes.axvline(1, color=draw.INK, lw=1.2)
        axes.set_yticks(rows, [_named(row) for row in tests.to_dict("records")], fontsize=9)
        _log_axis(axes)
        axes.invert_yaxis()
    said = "; ".join(
        f"{_named(row)}: {row['odds_ratio']:.2f} ({row['low']:.2f} to {row['high']:.2f})"
        for row in tests.to_dict("records")
    )
    alt = f"Odds ratios with 95% intervals on a logarithmic scale. {said}."
    caption = (
        f"Round: {EARLIER} framework, {WORSE[EARLIER]}. Square: {LATER} framework, "
        f"{WORSE[LATER]}. Year and region are taken into account."
    )
    return Chart("odds", title, caption, alt, figure)


def plot_curve(link: InspectionLink) -> Chart:
    """Every way of asking, sorted by its odds ratio: how much the answer depends on it."""
    curve = link.tables["specification_curve"].table.sort_values("odds_ratio")
    low, high = curve["low"].to_numpy(float), curve["high"].to_numpy(float)
    apart = int(((low > 1) | (high < 1)).sum())
    ways = curve["specification"].nunique()
    title = (
        f"{ways} ways of asking, {len(curve)} odds ratios: {apart} intervals leave out 1"
    )
    at = np.arange(len(curve), dtype=float)
    with draw.drawing():
        figure, axes = draw.canvas(
            title,
            "Odds ratio for one standard deviation more, sorted, with 95% intervals",
            height=4.0,
            left=0.07,
            right=0.98,
        )
        colours = np.where((low > 1) | (high < 1), draw.RUST, draw.BLUE)
        axes.vlines(at, low, high, colors=list(colours), lw=1.4, alpha=0.6)
        axes.scatter(at, curve["odds_ratio"], c=list(colours), s=9, zorder=3)
        axes.axhline(1, color=draw.INK, lw=1.2)
        _log_axis(axes, along="y")
        axes.set_xticks([])
        marks.margin(axes, at, along="x", room=0.02)
    alt = (
        f"{len(curve)} odds ratios from {curve['odds_ratio'].min():.2f} to "
        f"{curve['odds_ratio'].max():.2f} in order, with 95% intervals; {apart} intervals "
        "leave out 1."
    )
    caption = (
        "Orange intervals leave out 1. Ways of asking share inspections and are not "
        "adjusted: some would leave out 1 by chance."
    )
    return Chart("curve", title, caption, alt, figure)


def _label(name: str) -> str:
    return COVARIATES[name].label if name in COVARIATES else name


def _named(row: Mapping[Any, Any]) -> str:
    label = str(row["label"]).split(" (")[0]
    return f"{label}, {row['framework']}"


def _log_axis(axes: Any, along: str = "x") -> None:
    from matplotlib.ticker import FixedLocator, NullLocator

    ticks = [0.25, 0.5, 1.0, 2.0, 4.0]
    (axes.set_xscale if along == "x" else axes.set_yscale)("log")
    axis = axes.xaxis if along == "x" else axes.yaxis
    axis.set_major_locator(FixedLocator(ticks))
    axis.set_minor_locator(NullLocator())
    axis.set_major_formatter(lambda value, _: f"{value:g}")
    axes.grid(axis="x", visible=along == "x")
    axes.grid(axis="y", visible=along == "y")


def _three_figures(value: float) -> str:
    if not np.isfinite(value):
        return NO_FIGURE
    text = f"{value:#.3g}".rstrip(".") if abs(value) < 1000 else f"{value:,.0f}"  # noqa: PLR2004
    return minus(text)
