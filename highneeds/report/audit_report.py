"""The audit of the published record, as tables and a heat map."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from highneeds.panel import audit
from highneeds.panel.schema import MEASURES
from highneeds.report import chart as draw
from highneeds.report.chart import Chart
from highneeds.report.tables import Column, Table, Words

if TYPE_CHECKING:
    from highneeds.panel.panel import Panel

_FIRST_YEAR = 2007
_SHOWN = 15
_ALL = 0.995


def plot_coverage(panel: Panel) -> Chart:
    """Heat map: series by year, coloured by the share of authorities with a figure."""
    found = _totals(panel)
    wide = found.pivot_table(
        index="measure", columns="end", values="with_value", sort=False
    )
    wide = wide.reindex(columns=range(_FIRST_YEAR, int(wide.columns.max()) + 1))
    shares = wide.to_numpy(dtype=float)
    whole = int((np.nan_to_num(shares) >= _ALL).sum())
    title = f"{len(wide)} series; {whole} of their years cover every authority there was"
    with draw.drawing():
        import matplotlib as mpl

        figure, axes = draw.canvas(
            title,
            "Share of authorities with a figure, by the year each period ends in; blank "
            "is not published here",
            height=0.235 * len(wide) + 0.9,
            left=0.36,
            right=0.98,
        )
        colours = mpl.colors.LinearSegmentedColormap.from_list(
            "coverage", ["white", draw.BLUE_PALE, draw.BLUE]
        )
        axes.imshow(shares, aspect="auto", cmap=colours, vmin=0, vmax=1)
        for row, column in np.argwhere(np.isfinite(shares) & (shares < _ALL)):
            axes.text(
                column,
                row,
                f"{int(shares[row, column] * 100)}",
                ha="center",
                va="center",
                size=6.5,
                color=draw.INK if shares[row, column] < 0.6 else "white",  # noqa: PLR2004
            )
        axes.set_yticks(range(len(wide)), [str(name) for name in wide.index], fontsize=7.5)
        years = list(wide.columns)
        axes.set_xticks(
            range(0, len(years), 2), [str(year) for year in years[::2]], fontsize=8
        )
        axes.grid(visible=False)
    alt = (
        f"Heat map of {len(wide)} series by year from {_FIRST_YEAR}. {whole} cells cover "
        f"every authority; {int((np.nan_to_num(shares, nan=1.0) < _ALL).sum())} cover "
        "some of "
        "them."
    )
    caption = (
        "Cells with a number cover that per cent of authorities; plain blue cells all."
    )
    return Chart("coverage", title, caption, alt, figure)


def coverage_table(panel: Panel) -> Table:
    """Each series: years, and the least share of authorities with a figure."""
    found = _totals(panel)
    rows = [
        (
            name,
            MEASURES[str(name)].unit,
            f"{group['year'].iloc[0]} to {group['year'].iloc[-1]}",
            float(group["with_value"].min()),
            float(group["repaired"].max()),
            float(group["withdrawn"].max()),
        )
        for name, group in found.groupby("measure", sort=False)
    ]
    return Table(
        "coverage",
        "What is in the published record",
        (
            Column("measure", "Series"),
            Column("unit", "Unit"),
            Column("years", "Years"),
            Column("least", "Least covered year", "percent"),
            Column("repaired", "Most repaired year", "percent"),
            Column("withdrawn", "Most withdrawn year", "percent"),
        ),
        pd.DataFrame(
            rows, columns=["measure", "unit", "years", "least", "repaired", "withdrawn"]
        ),
        ("Shares of the authorities there were in that year.",),
    )


def series_table(panel: Panel, measure: str) -> Table:
    """One series year by year: authorities there were, and shares with a figure."""
    return Table(
        "series",
        f"{panel.measure(measure).title}, year by year",
        (
            Column("year", "Year"),
            Column("breakdown_type", "Breakdown"),
            Column("authorities", "Authorities", "count"),
            Column("with_value", "With a figure", "percent"),
            Column("repaired", "Repaired", "percent"),
            Column("withdrawn", "Withdrawn", "percent"),
        ),
        audit.coverage(panel, [measure]).query("breakdown_type in ('total', 'placement')"),
    )


def repairs_table(panel: Panel) -> Table:
    """How many cells are not as published, by series, and why."""
    found = audit.repaired_cells(panel).fillna({"why": "no entry"})
    counted = (
        found.groupby(["measure", "why"], sort=False).size().rename("cells").reset_index()
    )
    return Table(
        "repairs",
        "Cells that are not as published",
        (
            Column("measure", "Series"),
            Column("cells", "Cells", "count"),
            Column("why", "What was wrong and what is used"),
        ),
        counted.sort_values("cells", ascending=False).head(_SHOWN),
        (f"{len(found):,} cells in all; `highneeds data issues` lists every known fault.",),
    )


def missing_table(panel: Panel) -> Table:
    """How many cells have no figure, by series and status."""
    found = audit.missing_cells(panel)
    counted = found.groupby(["measure", "status"], sort=False).size().rename("cells")
    frame = counted.reset_index().sort_values("cells", ascending=False).head(_SHOWN)
    return Table(
        "missing",
        "Cells without a figure, by the reason",
        (
            Column("measure", "Series"),
            Column("status", "Reason"),
            Column("cells", "Cells", "count"),
        ),
        frame,
        (f"{len(found):,} cells in all. None of them is counted as 0.",),
    )


def checks_table(panel: Panel) -> Table:
    """Whether authorities add up to England and parts to their total, by series."""
    found = audit.closing_checks(panel)
    counted = found.pivot_table(
        index=["check", "measure"],
        columns="outcome",
        values="parts",
        aggfunc="size",
        sort=False,
        fill_value=0,
    ).reset_index()
    for name in ("closes", "parts missing", "does not close"):
        if name not in counted:
            counted[name] = 0
    open_checks = counted[counted["does not close"] > 0]
    total = len(found)
    closes = int((found["outcome"] == "closes").sum())
    return Table(
        "checks",
        "Series in which some sums do not close",
        (
            Column("check", "Check"),
            Column("measure", "Series"),
            Column("closes", "Close", "count"),
            Column("parts missing", "A part is missing", "count"),
            Column("does not close", "Do not close", "count"),
        ),
        open_checks.sort_values("does not close", ascending=False).head(_SHOWN),
        (
            f"Of {total:,} sums checked {closes:,} close. Sums that do not are faults of "
            "the publications on the list of known faults, or the rounding of totals.",
        ),
    )


def identity_table(panel: Panel) -> Table:
    """Plans one January, plus new, less ceased, against the next January: England."""
    return Table(
        "identity",
        "England: plans one January plus new less ceased, against the next January",
        (
            Column("year", "January"),
            Column("opening", "Plans a year before", "count"),
            Column("new", "New", "count"),
            Column("ceased", "Ceased", "count"),
            Column("expected", "Expected", "count"),
            Column("closing", "Published", "count"),
            Column("unexplained", "Not explained", "count"),
            Column("unexplained_share", "Share", "percent"),
        ),
        audit.stock_flow_identity(panel),
        (
            "What is not explained is plans transferred in, recorded late, or counted "
            "differently; the projection carries it as the balancing item.",
        ),
    )


def audit_sentence(panel: Panel) -> Words:
    """The finding of the audit in one paragraph."""
    found = audit.stock_flow_identity(panel)
    last = found.iloc[-1]
    share = 100 * float(last["unexplained_share"])
    return Words(
        (
            f"{len(MEASURES)} series are embedded. The plans of January {last['year']} are "
            f"{float(last['unexplained']):,.0f} ({share:.1f}%) more than the year's flows "
            "explain.",
        )
    )


def _totals(panel: Panel) -> pd.DataFrame:
    """Coverage of one breakdown a series: its total, or where there is none, its first."""
    found = audit.coverage(panel)
    first = found.groupby("measure", sort=False)["breakdown_type"].transform("first")
    has_total = (
        found["breakdown_type"].eq("total").groupby(found["measure"]).transform("any")
    )
    keep = found["breakdown_type"].eq("total") | (
        ~has_total & found["breakdown_type"].eq(first)
    )
    found = found[keep]
    end = found["year"].str.extract(r"(\d{2,4})$")[0].astype(int)
    return found.assign(end=end.where(end > 1000, end + 2000))  # noqa: PLR2004
