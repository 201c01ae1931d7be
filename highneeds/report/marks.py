"""Marks: bands, shading and labels that charts share."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from highneeds.answers.claim import WHOEVER
from highneeds.periods import FinancialYear
from highneeds.report.chart import (
    BLUE,
    INK,
    NARROW_SIZE,
    PLUM,
    RUST,
    SLATE,
    TEAL,
    folded,
    is_narrow,
)
from highneeds.report.wording import HELD, basis, over_years, over_years_words
from highneeds.words import MINUS

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Fills are never the only sign of anything: an edge, a label or a hatch says it too.
_SHADES = {"own": "#F3ECF1", "estimated": "#F5F1E8", "projected": "#EDF1F5"}
OWN_POINT: Mapping[str, Any] = MappingProxyType(
    {"marker": "D", "ls": "", "color": PLUM, "mec": "white", "ms": 8, "zorder": 4}
)
_TEXT, _ROW_TEXT = 9.5, 9
# Room on the side of zero where no figure lies, against the room where some do.
_EMPTY_SIDE = 0.4
_YEAR_INCHES, _LIFTED, _NARROW_ROOM = 0.45, 0.045, 2.2
# Of a name before its row; the drawing for a telephone has less.
_ROW_LETTERS, _NARROW_TICKS = 40, 4
_LINE = 0.18  # inches a line of label text takes
# Inches between labels, and between a label and a line; points to the left of its point.
_BETWEEN, _CLEAR, _LEFT = 0.06, 0.06, 5


def shade_unpublished(axes: Axes, at: Sequence[float], statuses: Sequence[str]) -> None:
    """Name the years by whose figures they are, and shade those not published."""
    kinds = [over_years(status) for status in statuses]
    start, named = 0, 0
    for place in range(1, len(kinds) + 1):
        if place < len(kinds) and kinds[place] == kinds[start]:
            continue
        kind = kinds[start]
        low, high = at[start] - 0.5, at[place - 1] + 0.5
        if kind in _SHADES:
            axes.axvspan(low, high, color=_SHADES[kind], zorder=0, lw=0)
        axes.text(
            (low + high) / 2,
            # On a narrow drawing neighbouring names would run into each other.
            1.01 + (_LIFTED * (named % 2) if is_narrow() else 0.0),
            kind.capitalize(),
            transform=axes.get_xaxis_transform(),
            ha="center",
            va="bottom",
            size=9,
            color=SLATE,
        )
        start, named = place, named + 1
    axes.set_xlim(at[0] - 0.5, at[-1] + 0.5)


def fan(axes: Axes, at: np.ndarray, table: pd.DataFrame, colour: str) -> None:
    """A central line, solid where known, with the band that holds 8 in 10 futures.

    `table` has columns ``status, p10, central, p90``, one row per place in `at`. Where a
    year between two known ones has no figure, the line is dotted. The authority's own
    figures are diamonds.
    """
    known = np.array([basis(status) in HELD for status in table["status"]])
    own = np.array([basis(status) == "own" for status in table["status"]])
    p10, p90, middle = (table[name].to_numpy(float) for name in ("p10", "p90", "central"))
    last = int(np.flatnonzero(known)[-1]) if known.any() else 0
    ahead = slice(last, None)
    axes.fill_between(at[ahead], p10[ahead], p90[ahead], color=colour, alpha=0.16, lw=0)
    for edge in (p10, p90):
        axes.plot(at[ahead], edge[ahead], color=colour, lw=0.9, alpha=0.75)
    axes.plot(at[ahead], middle[ahead], color=colour, lw=2, ls=(0, (4, 2)))
    axes.plot(at[~known], middle[~known], "o", color=colour, mfc="white", ms=5.5)
    axes.plot(at[known], middle[known], color=colour, lw=1.4, ls=(0, (1, 1.5)))
    every_year = np.arange(at[0], at[-1] + 1)
    line = pd.Series(middle[known], index=at[known]).reindex(every_year)
    axes.plot(every_year, line, "o-", color=colour, lw=2.2, ms=5.5)
    if own.any():
        axes.plot(at[own], middle[own], **OWN_POINT)


def points_words(statuses: Iterable[str]) -> str:
    """What the points of a fan mean, for its caption."""
    found = {*statuses}
    named = {over_years(status) for status in found}
    known = [one for one in ("published", "derived", "reported") if one in named]
    filled = " or ".join(known or ["published"])
    if "own" in named:
        said = (
            f"Filled points are {filled}, diamonds are the authority's own figures, open "
            "points are neither."
        )
    else:
        said = f"Filled points are {filled}, open points are not."
    return f"{said}{over_years_words(found)}"


def fan_labels(
    axes: Axes,
    ends: Sequence[float],
    said: Callable[[float], str],
    colour: str,
    more: Mapping[str, float] = MappingProxyType({}),
) -> None:
    """Name the ends of a fan: lower edge, middle and upper edge, then of other lines."""
    names = ("1 in 10 below", "Central", "1 in 10 above", *more)
    heights = [*ends, *more.values()]
    labels = [f"{name}\n{said(end)}" for name, end in zip(names, heights, strict=True)]
    end_labels(axes, heights, labels, (SLATE, colour, SLATE, *[TEAL] * len(more)))


def grant_line(axes: Axes, at: np.ndarray, heights: np.ndarray) -> None:
    """A second path, with the announced grant: squares, from the year that it is paid."""
    axes.plot(at, heights, "s-", color=TEAL, mfc="white", lw=1.4, ms=5, zorder=3)


def override_line(axes: Axes, override_ends: str, at: np.ndarray) -> None:
    """Mark the day the rule that keeps the deficit off the general fund ends."""
    ends = FinancialYear.parse(override_ends)
    if not at[0] < ends.end < at[-1]:
        return
    axes.axvline(ends.end, color=PLUM, lw=1.2, ls=(0, (2, 2)))
    said = f"Statutory override\nends {ends.closes_on()}"
    axes.annotate(
        said if is_narrow() else f"{said}; after\nit, {WHOEVER}",
        (ends.end, 0.03),
        xycoords=axes.get_xaxis_transform(),
        xytext=(-6, 0),
        textcoords="offset points",
        ha="right",
        va="bottom",
        size=NARROW_SIZE if is_narrow() else 9,
        color=PLUM,
        bbox={"facecolor": "white", "edgecolor": "none", "pad": 1.5, "alpha": 0.85},
    )


def end_labels(
    axes: Axes, heights: Sequence[float], labels: Sequence[str], colours: Sequence[str]
) -> None:
    """Write a label beside the end of each line, moved apart where they would collide."""
    low, high = axes.get_ylim()
    inches = axes.get_window_extent().height / axes.figure.dpi
    line = (high - low) * _LINE / inches
    room = [line * (label.count("\n") + 1) for label in labels]
    for height, label, colour in zip(spread(heights, room), labels, colours, strict=True):
        axes.annotate(
            label,
            (1, height),
            xycoords=axes.get_yaxis_transform(),
            xytext=(7, 0),
            textcoords="offset points",
            va="center",
            color=colour,
            size=NARROW_SIZE if is_narrow() else _TEXT,
            annotation_clip=False,
        )


def spread(heights: Sequence[float], room: Sequence[float]) -> np.ndarray:
    """Heights moved as little as possible so that labels of these sizes do not overlap.

    Returns
    -------
    ndarray, shape (labels,)
        In the order given; neighbours are at least half of each one's room apart.
    """
    wanted, size = np.asarray(heights, float), np.asarray(room, float)
    order = np.argsort(wanted, kind="stable")
    gaps = (size[order][1:] + size[order][:-1]) / 2
    offsets = np.concatenate([[0.0], np.cumsum(gaps)])
    # Keeping a minimum distance is the same as rising once the distances are taken off.
    placed = _rising(wanted[order] - offsets) + offsets
    result = np.empty_like(placed)
    result[order] = placed
    return result


def _rising(values: np.ndarray) -> np.ndarray:
    """The numbers nearest to these, by their squares, of which none is below the last.

    Neighbours that fall are pooled at their mean: Ayer and others (1955), Annals of
    Mathematical Statistics 26, 641-647.
    """
    pools: list[tuple[float, int]] = []
    for value in values.tolist():
        mean, size = value, 1
        while pools and pools[-1][0] > mean:
            before, more = pools.pop()
            mean = (mean * size + before * more) / (size + more)
            size += more
        pools.append((mean, size))
    return np.repeat([mean for mean, _ in pools], [size for _, size in pools])


def margin(
    axes: Axes,
    values: np.ndarray,
    *,
    room: float = 0.07,
    along: Literal["x", "y"] = "y",
) -> None:
    """Fix an axis from its values and zero, with `room` (a share of the span) beyond."""
    # Labels take the same room however narrow the drawing is.
    room *= _NARROW_ROOM if is_narrow() and along == "x" else 1.0
    shown = np.append(values[np.isfinite(values)], 0.0)
    low, high = float(shown.min()), float(shown.max())
    space = room * ((high - low) or 1.0)
    least = space * _EMPTY_SIDE
    limits = (low - (space if low < 0 else least), high + (space if high > 0 else least))
    (axes.set_ylim if along == "y" else axes.set_xlim)(*limits)


def year_axis(axes: Axes, first: float, last: float) -> None:
    """Label whole years, as many as fit at even steps; the last is labelled."""
    inches = axes.get_window_extent().width / axes.figure.dpi
    room = max(int(inches / _YEAR_INCHES), 1)
    step = max(1, math.ceil((last - first + 1) / room))
    years = np.arange(last, first - 1, -step)[::-1]
    axes.set_xticks(years, [f"{year:.0f}" for year in years])


def text_size(axes: Axes, text: str, size: float, weight: str = "normal") -> np.ndarray:
    """Width and height of a text on the drawing, in inches."""
    shown = axes.text(0, 0, text, size=size, weight=weight)
    box = shown.get_window_extent()
    shown.remove()
    return np.array([box.width, box.height]) / axes.figure.dpi


def axes_size(axes: Axes) -> np.ndarray:
    """Width and height of the plot area, in inches."""
    box = axes.get_window_extent()
    return np.array([box.width, box.height]) / axes.figure.dpi


def every_that_fits(axes: Axes, labels: Sequence[str], size: float) -> list[int]:
    """Which labels of evenly spaced bars stand apart: the first, the last, every n-th."""
    wide = [text_size(axes, label, size)[0] for label in labels]
    apart = axes_size(axes)[0] / len(labels)
    last = len(labels) - 1

    def fits(one: int, other: int) -> bool:
        return (wide[one] + wide[other]) / 2 + _BETWEEN <= (other - one) * apart

    for step in range(1, last + 1):
        kept = list(range(last, -1, -step))[::-1]
        if kept[0]:
            # The first takes the place of one that would touch it.
            kept = [0, *(kept if fits(0, kept[0]) or len(kept) == 1 else kept[1:])]
        if all(fits(*pair) for pair in itertools.pairwise(kept)):
            return kept
    return [last]


def money_axis(axes: Axes, along: Literal["x", "y"] = "y") -> None:
    """Label an axis that holds £ million; no tick is rounded to another value."""
    from matplotlib.ticker import MaxNLocator

    axis = axes.yaxis if along == "y" else axes.xaxis
    fewer = is_narrow() and along == "x"
    axis.set_major_locator(MaxNLocator(nbins=3 if fewer else 7, steps=[1, 2, 5, 10]))
    ticks = np.asarray(axis.get_majorticklocs())
    decimals = 0 if np.allclose(ticks, np.round(ticks)) else 1

    def label(value: float, _: object) -> str:
        size = f"£{abs(value):,.{decimals}f}m"
        return f"{MINUS}{size}" if value < 0 else size

    axis.set_major_formatter(label)
    if along == "y":
        _into_margin(axes, [label(tick, None) for tick in ticks])


def _into_margin(axes: Axes, labels: Sequence[str]) -> None:
    """Letters of an upright axis small enough for its margin: a sign cut off is a fault."""
    ticks = axes.yaxis.get_major_ticks()
    usual = float(ticks[0].label1.get_fontsize())
    room = axes.get_window_extent().x0 / axes.figure.dpi - _BETWEEN
    widest = max(text_size(axes, one, usual)[0] for one in labels)
    if widest > room:
        axes.tick_params(axis="y", labelsize=usual * room / widest)


def last_point_label(axes: Axes, at: np.ndarray, known: Sequence[float], text: str) -> None:
    """Name the last known point, on its left, clear of the line and of zero.

    `known` holds the figures up to that point, `at` the places of all; call when the
    limits of both axes are set.
    """
    if not len(known):
        return
    size = NARROW_SIZE if is_narrow() else _TEXT
    (left, right), (low, top) = axes.get_xlim(), axes.get_ylim()
    scale = np.array([right - left, top - low]) / axes_size(axes)
    wide, high = text_size(axes, text, size, "bold") * scale
    end, pad = float(at[len(known) - 1]), _CLEAR * scale[1]
    # What the line does over the width of the label.
    over = [x for x in at[: len(known)] if x > end - wide] + [end - wide, end]
    heights = np.interp(over, at[: len(known)], known)
    below, above = float(heights.min()) - pad, float(heights.max()) + pad
    if below - high - pad < 0.0 < below + pad:
        below = -pad
    if above - pad < 0.0 < above + high + pad:
        above = pad
    rising = len(known) > 1 and known[-1] >= known[-2]
    upwards, down = above - known[-1], known[-1] - below
    rises = rising if np.isclose(upwards, down) else upwards < down
    fits = above + high <= top if rises else below - high >= low
    rises = rises if fits else not rises
    axes.annotate(
        text,
        (end, above if rises else below),
        xytext=(-_LEFT, 0),
        textcoords="offset points",
        ha="right",
        va="bottom" if rises else "top",
        size=size,
        weight="bold",
        color=INK,
    )


def intervals(
    axes: Axes, names: Sequence[str], ends: Sequence[np.ndarray], beside: float
) -> None:
    """A row a name: a dot on the line from its low to its high; `beside` as a dashed line.

    `ends` are low, middle and high, one value a name; the first name is on top.
    """
    low, middle, high = ends
    rows = np.arange(len(names), dtype=float)
    axes.hlines(rows, low, high, color=BLUE, lw=2.2, alpha=0.5)
    axes.plot(middle, rows, "o", color=BLUE, ms=5)
    axes.axvline(beside, color=RUST, lw=1.4, ls=(0, (5, 2)))
    size = NARROW_SIZE if is_narrow() else 8.5
    named = [folded(name, _ROW_LETTERS, row=True) for name in names]
    axes.set_yticks(rows, named, fontsize=size)
    if is_narrow():
        axes.locator_params(axis="x", nbins=_NARROW_TICKS)
    axes.invert_yaxis()
    axes.grid(axis="y", visible=False)
    axes.grid(axis="x", visible=True)


def bar_label(axes: Axes, at: float, height: float, text: str, *, below: bool) -> None:
    """Write a figure beyond the end of an upright bar."""
    axes.annotate(
        text,
        (at, height),
        xytext=(0, -4 if below else 4),
        textcoords="offset points",
        ha="center",
        va="top" if below else "bottom",
        size=_TEXT,
        color=INK,
    )


def row_room(
    axes: Axes, ends: Sequence[float], texts: Sequence[str], *, before: bool
) -> None:
    """Widen an axis until the figures beside the ends of lying bars are within the plot."""
    size, wide = NARROW_SIZE if is_narrow() else _ROW_TEXT, axes_size(axes)[0]
    low, high = axes.get_xlim()
    for end, text in zip(ends, texts, strict=True):
        share = (text_size(axes, text, size)[0] + 2 * _BETWEEN) / wide
        if before:
            low = min(low, (end - share * high) / (1.0 - share))
        else:
            high = max(high, (end - share * low) / (1.0 - share))
    axes.set_xlim(low, high)


def row_label(
    axes: Axes, at: float, row: float, text: str, *, before: bool = False
) -> None:
    """Write a figure beside the end of a lying bar."""
    axes.annotate(
        text,
        (at, row),
        xytext=(-5 if before else 5, 0),
        textcoords="offset points",
        ha="right" if before else "left",
        va="center",
        size=NARROW_SIZE if is_narrow() else _ROW_TEXT,
        color=INK,
        # Legible on the line of zero and on those of the grid.
        bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.8, "alpha": 0.85},
    )
