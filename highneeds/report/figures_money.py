"""Figures of money: the balance, each year's gap, and the bridge between balances."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from highneeds.answers.claim import WHOEVER
from highneeds.answers.past import past_positions
from highneeds.periods import FinancialYear
from highneeds.report import chart as draw
from highneeds.report import marks
from highneeds.report.chart import BAND, Chart
from highneeds.report.tables import Words, no_chart
from highneeds.report.wording import HELD, STATUS_WORDS, basis, over_years, over_years_words
from highneeds.status import of_sum
from highneeds.words import balance_words, fixed, futures, millions

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from highneeds.answers.projection import Projection

_MILLION = 1e6
_ENDS_AND_MIDDLE = ("p10", "central", "p90")
_STEP_WIDTH = 34
# With more, the figures under the years stand apart only in small letters, without units.
_MOST_BARS, PAST_YEARS = 10, 4
_USUAL_SIZE, _MANY_SIZE = 9.9, 7.5


@draw.drawn_once
def plot_balance(result: Projection) -> Chart | Words:
    """Fan chart of the cumulative balance: published years, then the range ahead."""
    table = result.balance().dropna(subset=["central"])
    if table.empty:
        return no_chart("balance", result.area.name)
    years = [FinancialYear.parse(str(year)) for year in table["year"]]
    at = np.array([year.end for year in years], float)
    # What is claimed ends with the statutory override; the line goes on.
    claimed = max(step for step, year in enumerate(years) if year <= result.deficit_until)
    end, when = table.iloc[claimed], years[claimed].closes_on()
    beside = result.balance_with_grant().set_index("year")["central"]
    known = table[table["status"].map(basis).isin(HELD)]
    in_words = balance_words(end["central"]) if len(known) else _moved(end["central"])
    range_words = futures(millions(end["p10"]), millions(end["p90"]))
    title = f"{result.area.name}: {in_words} by {when} on the central path ({range_words})"
    with_grant = millions(beside.get(years[claimed].label))
    if len(beside):
        title += f"; {with_grant} with the announced grant"
    money = table.assign(**{name: table[name] / _MILLION for name in _ENDS_AND_MIDDLE})
    measured = (
        "Cumulative balance at 31 March, £ million; below zero is a deficit."
        if len(known)
        else "Change in the balance to 31 March each year, £ million."
    )
    with draw.drawing():
        figure, axes = draw.canvas(title, f"{measured} {BAND}")
        marks.shade_unpublished(axes, list(at), list(table["status"]))
        marks.fan(axes, at, money, draw.BLUE)
        axes.axhline(0, color=draw.INK, lw=1)
        marks.margin(axes, money[list(_ENDS_AND_MIDDLE)].to_numpy(float).ravel())
        marks.override_line(axes, result.scenario.policies.override_ends, at)
        marks.grant_line(
            axes, at[len(at) - len(beside) :], beside.to_numpy(float) / _MILLION
        )
        marks.year_axis(axes, at[0], at[-1])
        marks.money_axis(axes)
        ends = [float(money.iloc[-1][name]) for name in _ENDS_AND_MIDDLE]
        more = {"With the grant": float(beside.iloc[-1]) / _MILLION} if len(beside) else {}
        marks.fan_labels(
            axes, ends, lambda value: millions(value * _MILLION), draw.BLUE, more
        )
        if len(known):
            text = millions(known["central"].iloc[-1])
            heights = list(money["central"].loc[: known.index[-1]])
            marks.last_point_label(axes, at, heights, text)
    what = "balance" if len(known) else "change in the balance"
    alt = (
        f"Line chart of the {what} of {result.area.name} at 31 March each year. "
        f"{_last_known(known)} The central path reaches "
        f"{millions(end['central'])} at {when}; {range_words}."
    )
    caption = f"{marks.points_words(table['status'])} {result.balance_basis}"
    if len(beside):
        alt += f" With the announced grant, a second line, it is {with_grant} there."
        caption += (
            " Squares: the central path with the announced grant, paid in "
            f"{beside.index[0]}."
        )
    if claimed < len(years) - 1:
        beyond = (
            f" What follows {when} is a cumulative shortfall, {WHOEVER}, and no council's "
            "deficit."
        )
        alt, caption = alt + beyond, caption + beyond
    return Chart("balance", title, caption, alt, figure)


def _in_year_path(result: Projection) -> pd.DataFrame:
    """In-year positions, past ones first: year, status, low, central and high in £."""
    ahead = result.money().dropna(subset=["in_year_gbp_central"])
    # No position is published: of published parts it is derived.
    statuses = [
        str(of_sum(parts))
        for parts in zip(ahead["block_status"], ahead["spending_status"], strict=True)
    ]
    path = ahead.assign(status=statuses)[
        ["year", "status", *(f"in_year_gbp_{name}" for name in _ENDS_AND_MIDDLE)]
    ].set_axis(["year", "status", *_ENDS_AND_MIDDLE], axis=1)
    if path.empty:
        return path
    past = past_positions(result).tail(PAST_YEARS)
    past = past[past["year"] < str(path["year"].iloc[0])]
    same = dict.fromkeys(_ENDS_AND_MIDDLE, past["in_year_gbp"])
    before = past.assign(**same)[list(path.columns)]
    return pd.concat([before, path], ignore_index=True) if len(before) else path


@draw.drawn_once
def plot_money(result: Projection) -> Chart | Words:
    """Bars of each year's in-year position, past and projected, with its range."""
    table = _in_year_path(result)
    if table.empty:
        return no_chart("in-year position", result.area.name)
    statuses = list(table["status"])
    low, central, high = (
        table[name].to_numpy(float) / _MILLION for name in _ENDS_AND_MIDDLE
    )
    at, end = np.arange(len(table), dtype=float), table.iloc[-1]
    position, year = float(end["central"]), str(end["year"])
    after = f", {WHOEVER}" if result.until > result.deficit_until else ""
    kind = "deficit" if position < 0 else "surplus"
    title = (
        f"{result.area.name}: an in-year {kind} of {millions(abs(position))} in {year} on "
        f"the central path{after}"
    )
    with draw.drawing():
        figure, axes = draw.canvas(
            title,
            "High needs block less spending each financial year, £ million; below zero is "
            "an in-year deficit. Under each year: the central figure, which its bar shows. "
            "Upright lines: 8 in 10 simulated futures.",
            right=0.97,
            upright=True,
        )
        marks.shade_unpublished(axes, list(at), statuses)
        known = [basis(status) == "published" for status in statuses]
        fills = [draw.BLUE if full else draw.BLUE_PALE for full in known]
        bars = axes.bar(at, central, 0.6, color=fills, edgecolor=draw.BLUE, lw=1)
        for bar, kind in zip(bars, statuses, strict=True):
            if kind == "own":
                bar.set_hatch("//")
        axes.vlines(at, low, high, color=draw.INK, lw=2)
        axes.axhline(0, color=draw.INK, lw=1)
        marks.margin(axes, np.concatenate([low, central, high]))
        _name_bars(axes, list(table["year"]), list(central))
        marks.money_axis(axes)
    range_words = futures(millions(end["p10"]), millions(end["p90"]))
    alt = (
        f"Bar chart of the in-year position of {result.area.name} on high needs each "
        f"financial year from {table.iloc[0]['year']} to {year}. In {year} the central "
        f"figure is {millions(position)}; {range_words}{after}."
    )
    own = " Hatched bars rest on the authority's own figures." if "own" in statuses else ""
    caption = (
        "Block before deductions; spending on the same basis: net outturn plus place "
        "funding. Figures are central values. Pale bars do not rest on published figures "
        f"alone.{over_years_words(statuses)}{own}"
    )
    return Chart("in_year", title, caption, alt, figure)


def _name_bars(axes: Axes, years: list[str], central: list[float]) -> None:
    """Each year with its central figure under its bar.

    At an end of the upright line a figure would read as the low or the high one.
    """
    narrow = draw.is_narrow()
    many = len(years) > _MOST_BARS
    if many:
        axes.tick_params(axis="x", labelsize=_MANY_SIZE)
    figures = [
        fixed(middle, 1) if many else millions(middle * _MILLION) for middle in central
    ]
    if narrow:
        # Upright, each beside its year.
        names = [f"{year} {figure}" for year, figure in zip(years, figures, strict=True)]
    else:
        size = _MANY_SIZE if many else _USUAL_SIZE
        named, told = (
            marks.every_that_fits(axes, texts, size) for texts in (years, figures)
        )
        if len(named) < len(years):
            named = told = sorted({*named} & {*told}) or told
        names = [
            f"{year if row in named else ''}\n{figure if row in told else ''}"
            for row, (year, figure) in enumerate(zip(years, figures, strict=True))
        ]
    axes.set_xticks(np.arange(len(years)), names, rotation=90 if narrow else 0)


@draw.drawn_once
def plot_bridge(result: Projection) -> Chart | Words:
    """Waterfall from the opening to the closing balance; the steps add up."""
    table = result.bridge().dropna(subset=["value_gbp"])
    if table.empty:
        return no_chart("bridge between balances", result.area.name)
    opening, closing = table.iloc[0], table.iloc[-1]
    after = "a cumulative " if result.until > result.deficit_until else ""
    level, end = opening["kind"] == "start", closing["value_gbp"]
    moved = (
        f"from {millions(opening['value_gbp'])} to {after}{millions(end)}"
        if level
        else _moved(end) + str(closing["label"]).removeprefix("Change")
    )
    if after:
        moved += f", {WHOEVER}"
    title = f"{result.area.name}: {moved}"
    steps = (
        "Steps from the opening to the closing balance"
        if level
        else "Parts of the change in the balance"
    )
    down = table[(table["kind"] == "change") & (table["value_gbp"] < 0)]
    if len(down):
        worst = down.sort_values("value_gbp").iloc[0]
        title += (
            f"; the largest step is “{worst['label']}” ({millions(worst['value_gbp'])})"
        )
    with draw.drawing():
        figure, axes = draw.canvas(
            title,
            f"{steps}, £ million: the central case, so that the steps add up exactly",
            height=max(3.0, 0.42 * len(table) + 0.9),
            left=0.32,
            right=0.96,
        )
        _waterfall(axes, table)
    said = "; ".join(
        f"{label} {millions(value, signed=kind == 'change')}"
        for label, value, kind in zip(
            table["label"], table["value_gbp"], table["kind"], strict=True
        )
    )
    what = "balance" if level else "change in the balance"
    alt = f"Waterfall chart of the {what} of {result.area.name}. Steps: {said}."
    whole = (
        "Grey bars are balances"
        if level
        else "The grey bar is the whole change, not a balance"
    )
    caption = f"{whole}; solid bars worsen the balance; hatched bars improve it."
    return Chart("bridge", title, caption, alt, figure)


def _waterfall(axes: Axes, table: pd.DataFrame) -> None:
    values = table["value_gbp"].to_numpy(float) / _MILLION
    whole = (table["kind"] != "change").to_numpy()
    after = np.where(whole, values, 0.0)
    for row in range(len(after)):
        if not whole[row]:
            after[row] = values[row] + (after[row - 1] if row else 0.0)
    before = np.where(whole, 0.0, np.concatenate([[0.0], after[:-1]]))
    rows = np.arange(len(table), dtype=float)
    for row in range(len(rows)):
        better = values[row] > 0 and not whole[row]
        fill = draw.SLATE if whole[row] else "white" if better else draw.RUST
        axes.barh(
            rows[row],
            after[row] - before[row],
            0.62,
            left=before[row],
            color=fill,
            edgecolor=draw.TEAL if better else fill,
            hatch="//" if better else None,
            lw=1.2,
        )
        if row + 1 < len(rows):
            axes.plot([after[row]] * 2, [row + 0.31, row + 0.69], color=draw.SLATE, lw=0.9)
    axes.axvline(0, color=draw.INK, lw=1)
    marks.margin(axes, np.concatenate([before, after]), room=0.2, along="x")
    right = np.concatenate([before, after]).max() > 0
    edges = (np.maximum if right else np.minimum)(before, after)
    texts = [
        millions(value * _MILLION, signed=not full)
        for value, full in zip(values, whole, strict=True)
    ]
    marks.row_room(axes, list(edges), texts, before=not right)
    for row, (edge, text) in enumerate(zip(edges, texts, strict=True)):
        marks.row_label(axes, edge, row, text, before=not right)
    axes.set_yticks(
        rows, [draw.folded(str(name), _STEP_WIDTH, row=True) for name in table["label"]]
    )
    axes.invert_yaxis()
    axes.grid(axis="y", visible=False)
    axes.grid(axis="x", visible=True)
    marks.money_axis(axes, "x")


def _last_known(known: pd.DataFrame) -> str:
    if known.empty:
        return "It starts from a balance that is not known."
    last = known.iloc[-1]
    closes = FinancialYear.parse(str(last["year"])).closes_on()
    status = str(last["status"])
    whose = f"The last balance held ({STATUS_WORDS[status]})"
    if over_years(status) == "published":
        whose = "The last published balance"
    elif status == "own":
        whose = "The authority's own balance"
    return f"{whose} is {millions(last['central'])} ({closes})."


def _moved(change: float) -> str:
    return f"the balance {'falls' if change < 0 else 'rises'} by {millions(abs(change))}"
