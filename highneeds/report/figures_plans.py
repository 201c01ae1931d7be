"""Figures of plans: how many, where they are placed, and growth against others."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from highneeds.answers.beside_others import Growth
from highneeds.answers.sentences import FEW_PLANS
from highneeds.answers.whole import whole_by_year
from highneeds.panel.schema import STATEMENTS_TO
from highneeds.periods import Census
from highneeds.report import chart as draw
from highneeds.report import marks
from highneeds.report.chart import BAND, Chart
from highneeds.report.own_figures import counts_between
from highneeds.report.tables import Words, no_chart
from highneeds.report.wording import HELD, PLACEMENT_NAMES, basis
from highneeds.words import count, futures, percent

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from highneeds.answers.projection import Projection

_LINES = {
    "area": (draw.BLUE, "-", 2.8),
    "neighbours": (draw.TEAL, (0, (5, 2)), 1.9),
    "region": (draw.RUST, (0, (3, 1, 1, 1)), 1.9),
    "england": (draw.SLATE, (0, (1, 1)), 2.2),
}
_NAME_WIDTH, _YEAR_DAYS = 22, 365.25
# Placements named in the description, largest first.
_DESCRIBED = 4


@draw.drawn_once
def plot_plans(result: Projection) -> Chart | Words:
    """Education, health and care plans each January: published, then the range ahead."""
    table = result.plans().dropna(subset=["central"])
    if table.empty:
        return no_chart("plans", result.area.name)
    years = [Census.parse(str(year)).end for year in table["year"]]
    counts = {
        day: plans
        for day, plans in counts_between(result).items()
        if years[0] <= day.year < years[-1]
    }
    at, end = np.array(years, float), table.iloc[-1]
    known = table[table["status"].map(basis).isin(HELD)]
    last = known.iloc[-1] if len(known) else table.iloc[0]
    middle, before = count(end["central"]), count(last["central"])
    range_words = futures(count(end["p10"]), count(end["p90"]))
    title = (
        f"{result.area.name}: {middle} plans in January {years[-1]} on the central path, "
        f"against {before} in January {last['year']} ({range_words})"
    )
    with draw.drawing():
        figure, axes = draw.canvas(
            title, f"Education, health and care plans each January. {BAND}"
        )
        marks.shade_unpublished(axes, list(at), list(table["status"]))
        marks.fan(axes, at, table, draw.TEAL)
        for day, plans in counts.items():
            when = day.year + (day - Census(day.year).day).days / _YEAR_DAYS
            axes.plot(when, plans, **marks.OWN_POINT)
        marks.margin(axes, table[["p10", "central", "p90"]].to_numpy(float).ravel())
        axes.set_ylim(bottom=0)
        axes.axhline(0, color=draw.INK, lw=1, clip_on=False)
        marks.year_axis(axes, at[0], at[-1])
        axes.yaxis.set_major_formatter(lambda value, _: count(value))
        marks.fan_labels(axes, [end["p10"], end["central"], end["p90"]], count, draw.TEAL)
        marks.last_point_label(axes, at, list(table["central"].loc[: last.name]), before)
    alt = (
        f"Line chart of education, health and care plans in {result.area.name} each "
        f"January from {years[0]} to {years[-1]}: {before} in January {last['year']} and "
        f"{middle} in January {years[-1]} on the central path; "
        f"{range_words}."
    )
    points = marks.points_words([*table["status"], *("own" for _ in counts)])
    caption = (
        "Plans maintained by the authority for its residents aged 0 to 25; statements are "
        f"included to {STATEMENTS_TO}. {points}"
    )
    return Chart("plans", title, caption, alt, figure)


@draw.drawn_once
def plot_mix(result: Projection) -> Chart | Words:
    """Plans by placement: the last published January beside the last projected one."""
    table = result.plan_mix().dropna(subset=["plans"])
    # The same whole plans as in the table beside it.
    table = table.assign(plans=whole_by_year(table, "plans"))
    published = table[table["status"].map(basis) == "published"]
    if published.empty:
        return no_chart("placements", result.area.name)
    first, last = str(published["year"].max()), str(table["year"].max())
    before = published[published["year"].astype(str) == first].set_index("placement")
    after = table[table["year"].astype(str) == last].set_index("placement")
    names = [name for name in PLACEMENT_NAMES if name in before.index]
    # Some placements are sums of what is printed.
    held = "from published figures" if "derived" in {*before["status"]} else "published"
    rise = (after["plans"] - before["plans"]).reindex(names)
    most = str(rise.idxmax())
    # Of few plans, the largest rise is one child or another, and no share is worked out.
    few = min(before["plans"].sum(), after["plans"].sum()) < FEW_PLANS
    title = (
        f"{result.area.name}: plans by placement in January {first} and January {last}"
        if few
        else f"{result.area.name}: the largest rise in plans to January {last} is in "
        f"{PLACEMENT_NAMES[most].lower()} ({count(rise[most], signed=True)})"
    )
    with draw.drawing():
        figure, axes = draw.canvas(
            title,
            f"Plans by placement{'' if few else ', with the share of all plans'}: "
            f"{held} of January {first} (dark) and projected for January {last}, "
            "central path (pale)",
            height=5.2,
            left=0.25,
            right=0.9,
        )
        _paired_bars(axes, names, {first: before, last: after}, shares=not few)
    key, said = ("plans", count) if few else ("share", percent)
    shares = "; ".join(
        f"{PLACEMENT_NAMES[name].lower()} {said(before[key].get(name))} then "
        f"{said(after[key].get(name))}"
        for name in before["plans"].nlargest(_DESCRIBED).index
    )
    alt = (
        f"Bar chart of plans by placement in {result.area.name}, January {first} and "
        f"January {last}. {'Plans' if few else 'Shares of all plans'} in the largest: "
        f"{shares}."
    )
    caption = (
        f"January {last} is the central case. Plans whose "
        "placement was not recorded are projected with the placements that were."
    )
    return Chart("mix", title, caption, alt, figure)


@draw.drawn_once
def plot_growth(found: Growth) -> Chart | Words:
    """Growth of plans in the area, its region, England and its statistical neighbours."""
    if found.table.empty:
        return Words(found.cautions)
    mine = found.table.loc[found.table["series"] == "area", "plans"]
    if mine.iloc[0] < FEW_PLANS:
        return Words(
            (
                f"Growth is not drawn for {found.area.name}: it had {count(mine.iloc[0])} "
                f"plans in January {found.base}, and no percentage is worked out of fewer "
                f"than {FEW_PLANS}.",
            )
        )
    latest = found.latest
    year, own = int(latest["year"].iloc[0]), latest[latest["series"] == "area"].iloc[0]
    title = (
        f"{found.area.name}: plans {_changed(own['growth'])} between January "
        f"{found.base} and January {year}"
    )
    for other in latest.loc[latest["series"] == "england", "growth"]:
        title += f"; in England {_changed(other)}"
    with draw.drawing():
        figure, axes = draw.canvas(
            title,
            f"Change in education, health and care plans since January {found.base}",
            right=0.77,
        )
        ends, labels, colours = [], [], []
        for kind, rows in found.table.groupby("series", sort=False):
            colour, dash, width = _LINES[str(kind)]
            axes.plot(rows["year"], rows["growth"], color=colour, ls=dash, lw=width)
            name, end = str(rows["name"].iloc[0]), float(rows["growth"].iloc[-1])
            ends.append(end)
            labels.append(draw.folded(f"{name} {percent(end, signed=True)}", _NAME_WIDTH))
            colours.append(colour)
        axes.axhline(0, color=draw.INK, lw=1)
        marks.margin(axes, found.table["growth"].to_numpy(float))
        years = found.table["year"]
        marks.year_axis(axes, float(years.min()), float(years.max()))
        axes.yaxis.set_major_formatter(lambda value, _: percent(value))
        marks.end_labels(axes, ends, labels, colours)
    said = "; ".join(
        f"{name} {percent(share, signed=True)}"
        for name, share in zip(latest["name"], latest["growth"], strict=True)
    )
    alt = (
        f"Line chart of the change in education, health and care plans since January "
        f"{found.base}. By January {year}: {said}."
    )
    caption = "Published counts only. Statistical neighbours are added together."
    return Chart("growth", title, caption, alt, figure)


def _paired_bars(
    axes: Axes, names: list[str], found: dict[str, pd.DataFrame], *, shares: bool
) -> None:
    """Two bars a placement, one for each January, each with its count and any share."""
    rows = np.arange(len(names), dtype=float)
    for (year, table), shift, fill in zip(
        found.items(), (-0.2, 0.2), (draw.TEAL, draw.TEAL_PALE), strict=True
    ):
        for row, name in zip(rows + shift, names, strict=True):
            if name not in table.index:
                marks.row_label(axes, 0, row, f"{year}: not projected apart")
                continue
            plans = float(table["plans"][name])
            axes.barh(row, plans, 0.36, color=fill, edgecolor=draw.TEAL, lw=1)
            share = f" ({percent(table['share'][name])})" if shares else ""
            marks.row_label(axes, plans, row, f"{year}: {count(plans)}{share}")
    axes.grid(axis="y", visible=False)
    axes.grid(axis="x", visible=True)
    axes.set_yticks(
        rows, [draw.folded(PLACEMENT_NAMES[name], 26, row=True) for name in names]
    )
    axes.set_ylim(len(names) - 0.35, -0.6)
    axes.axvline(0, color=draw.INK, lw=1)
    axes.xaxis.set_major_formatter(lambda value, _: count(value))
    most = max(float(table["plans"].max()) for table in found.values())
    axes.set_xlim(0, (2.1 if draw.is_narrow() else 1.22) * max(most, 1.0))


def _changed(growth: float) -> str:
    return f"{'up' if growth >= 0 else 'down'} {percent(abs(growth))}"
