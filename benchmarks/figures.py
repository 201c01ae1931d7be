"""A report's six figures, against the same figures as a notebook with seaborn has them.

Seaborn is given the quantiles that ours plots. Given every future instead, its default
would be to bootstrap an interval of their mean, which takes longer and is another answer.
"""

from __future__ import annotations

import inspect
import statistics
import struct
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from benchmarks.inputs import AREA, SEED, UNTIL
from benchmarks.measure import Result, in_turn, ratio
from highneeds.answers.beside_others import growth
from highneeds.answers.past import past_positions
from highneeds.answers.projection import Projection, project
from highneeds.answers.whole import whole_by_year
from highneeds.panel.panel import Panel
from highneeds.report.chart import Chart
from highneeds.report.figures_money import plot_balance, plot_bridge, plot_money
from highneeds.report.figures_plans import plot_growth, plot_mix, plot_plans
from highneeds.report.wording import basis

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_DRAWS = 1000
_MILLION, _MILLI = 1e6, 1000
_PAST_YEARS = 4
# Millions of pounds, plans and shares are compared to so many decimals.
_DECIMALS = 6
# Where a PNG says its width and height.
_PNG_SIZE = slice(16, 24)

Points = set[tuple[int, float]]


@dataclass(frozen=True)
class Pair:
    """One figure as ours draws it, and the long table that an analyst gives to seaborn.

    ``table`` makes it anew each time, as a cell of a notebook does. ``x``, ``y`` and
    ``hue`` are columns of it; ``bars`` says whether they become bars or lines.
    """

    name: str
    ours: Callable[[], Chart]
    table: Callable[[], pd.DataFrame]
    x: str
    y: str
    hue: str
    bars: bool = True

    def theirs(self, **canvas: Any) -> Figure:
        """The figure by seaborn, in its own theme and with its other defaults."""
        import matplotlib.pyplot as plt
        import seaborn as sns

        # Nothing of it may reach ours, which is drawn in the same process.
        with plt.rc_context():
            sns.set_theme()
            figure, axes = plt.subplots(**canvas)
            draw = sns.barplot if self.bars else sns.lineplot
            draw(self.table(), x=self.x, y=self.y, hue=self.hue, ax=axes)
            plt.close(figure)
        return figure


def six_figures(panel: Panel, repeats: int) -> list[Result]:
    """Target 4: each figure built from the results and made the picture that is shown."""
    import matplotlib as mpl

    mpl.use("agg")
    figures = pairs(panel)
    compared = sum(require_same(pair) for pair in figures)
    charts = {pair.name: pair.ours() for pair in figures}
    dots = sum(_dots(chart.png()) for chart in charts.values())
    fewer = sum(_dots(shown(pair.theirs())) for pair in figures)
    large = {name: _canvas(chart) for name, chart in charts.items()}
    taken = in_turn(
        {
            "seaborn": lambda: [shown(pair.theirs()) for pair in figures],
            "ours": lambda: [pair.ours().png() for pair in figures],
            "as SVG": lambda: [pair.ours().svg() for pair in figures],
            "as large": lambda: [shown(one.theirs(**large[one.name])) for one in figures],
        },
        repeats,
    )
    each = {
        name: _MILLI * statistics.median(one) / len(figures) for name, one in taken.items()
    }
    return [
        ratio(
            "six figures of a report: seaborn with its defaults / ours",
            taken["seaborn"],
            taken["ours"],
            target=2.5,
            note=f"PNG as a notebook shows it; {each['seaborn']:.0f} and "
            f"{each['ours']:.0f} ms a figure, ours with {dots / fewer:.1f} times the "
            f"pixels, titles and labels; seaborn with as many pixels "
            f"{each['as large']:.0f} ms, ours as SVG {each['as SVG']:.0f} ms; "
            f"{compared} plotted numbers equal",
        )
    ]


def pairs(panel: Panel) -> list[Pair]:
    """The figures of notebook 01 for one authority, in its order."""
    area = panel.area(AREA)
    found = growth(panel, area)
    made = project(panel, area, until=UNTIL.label, draws=_DRAWS, seed=SEED)
    year = ("year", "value", "quantile")
    return [
        Pair(
            "growth",
            lambda: _anew(plot_growth, found),
            lambda: found.table,
            *("year", "growth", "name"),
            bars=False,
        ),
        Pair(
            "balance",
            lambda: _anew(plot_balance, made),
            lambda: _balances(made),
            *year,
            bars=False,
        ),
        Pair(
            "money",
            lambda: _anew(plot_money, made),
            lambda: _in_year(made),
            *year,
        ),
        Pair(
            "plans",
            lambda: _anew(plot_plans, made),
            lambda: by_quantile(made.plans()),
            *year,
            bars=False,
        ),
        Pair(
            "mix",
            lambda: _anew(plot_mix, made),
            lambda: _two_years(made),
            *("plans", "placement", "year"),
        ),
        Pair(
            "bridge",
            lambda: _anew(plot_bridge, made),
            lambda: made.bridge().assign(value=lambda table: table["value_gbp"] / _MILLION),
            *("value", "label", "kind"),
        ),
    ]


def _anew(plot: Callable[..., Any], source: object) -> Chart:
    """The chart, not the one that was kept from the last call."""
    chart = inspect.unwrap(plot)(source)
    assert isinstance(chart, Chart)
    return chart


def by_quantile(
    table: pd.DataFrame, prefix: str = "", *, scale: float = 1.0
) -> pd.DataFrame:
    """A row a year and quantile, of the years that have them."""
    columns = {f"{prefix}{name}": name for name in ("p10", "central", "p90")}
    known = table.dropna(subset=list(columns)).rename(columns=columns)
    long = known.melt(["year"], list(columns.values()), "quantile")
    return long.assign(value=long["value"] / scale)


def _in_year(result: Projection) -> pd.DataFrame:
    """In-year positions: the years published as they were, then the projected quantiles."""
    ahead = by_quantile(result.money(), "in_year_gbp_", scale=_MILLION)
    past = past_positions(result)
    past = past[past["year"] < ahead["year"].min()].tail(_PAST_YEARS)
    same = [
        past[["year"]].assign(quantile=name, value=past["in_year_gbp"] / _MILLION)
        for name in dict.fromkeys(ahead["quantile"])
    ]
    return pd.concat([*same, ahead], ignore_index=True)


def _balances(result: Projection) -> pd.DataFrame:
    """The balance, and its central path with the announced grant where one is drawn."""
    beside = by_quantile(result.balance_with_grant(), scale=_MILLION)
    granted = beside[beside["quantile"] == "central"].assign(quantile="with the grant")
    both = [by_quantile(result.balance(), scale=_MILLION), granted]
    return pd.concat([one for one in both if len(one)], ignore_index=True)


def _two_years(result: Projection) -> pd.DataFrame:
    """Whole plans by placement in the last published January and in the last one."""
    table = result.plan_mix().dropna(subset=["plans"])
    table = table.assign(plans=whole_by_year(table, "plans"))
    published = table.loc[table["status"].map(basis) == "published", "year"]
    return table[table["year"].isin([published.max(), table["year"].max()])]


def shown(figure: Figure) -> bytes:
    """The picture of a figure, as a notebook has it made."""
    from IPython.core.pylabtools import print_figure

    picture = print_figure(figure, bbox_inches="tight")  # type: ignore[no-untyped-call]
    assert isinstance(picture, bytes)
    return picture


def _dots(png: bytes) -> int:
    width, height = struct.unpack(">II", png[_PNG_SIZE])
    return int(width * height)


def _canvas(chart: Chart) -> dict[str, Any]:
    """A canvas of the chart's own size, in inches and in pixels."""
    width, height = chart.figure.get_size_inches()
    return {
        "figsize": (width, height),
        "dpi": (_dots(chart.png()) / (width * height)) ** 0.5,
    }


def require_same(pair: Pair) -> int:
    """Refuse to go on where a side plots another number than the table; how many agree."""
    table = pair.table()
    place, value = (pair.y, pair.x) if table[pair.x].dtype == float else (pair.x, pair.y)
    # Bars stand in the order in which they come, years of a line in their own.
    places = pd.factorize(table[place], sort=not pair.bars)[0]
    expected = _points(places, table[value])
    for side, figure in (("ours", pair.ours().figure), ("seaborn", pair.theirs())):
        unlike = plotted(figure.axes[0]) ^ expected
        if unlike:
            some = sorted(unlike)[:5]
            sys.exit(f"{pair.name}, {side}: {some} differ; nothing was timed.")
    return len(expected)


def plotted(axes: Axes) -> Points:
    """What lines go through, or how long bars and upright lines on them are, by place.

    The place of a point is the rank of its year, that of a bar the number of its group.
    """
    from matplotlib.collections import LineCollection
    from matplotlib.container import BarContainer

    bars = [one for one in axes.containers if isinstance(one, BarContainer)]
    if not bars:
        lines = [one for one in axes.lines if one.get_transform() == axes.transData]
        xy = np.concatenate([line.get_xydata() for line in lines])
        x, y = xy[np.isfinite(xy).all(axis=1)].T
        return _points(np.unique(x, return_inverse=True)[1], y)
    found: Points = set()
    for container in bars:
        upright = container.orientation == "vertical"
        for bar in container.patches:
            middle = bar.get_center()[0 if upright else 1]
            length = bar.get_height() if upright else bar.get_width()
            found |= _points([middle], [length])
    for collection in axes.collections:
        if isinstance(collection, LineCollection):
            found |= _points(*np.concatenate(collection.get_segments()).T)
    return found


def _points(places: Any, values: Any) -> Points:
    return {
        (round(place), round(float(value), _DECIMALS))
        for place, value in zip(places, values, strict=True)
    }
