"""What authorities add up to: the headline, the fan, and what others have forecast."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd

from highneeds.answers.claim import WHOEVER
from highneeds.answers.forecasts import lies, published_forecasts
from highneeds.answers.middle import figures_of, off_centre
from highneeds.answers.nation import mix_table
from highneeds.model.nation import Totals
from highneeds.record.cells import MODEL_PLACEMENTS
from highneeds.report import chart as draw
from highneeds.report import marks
from highneeds.report.chart import BAND, Chart
from highneeds.report.headline import Card, Headline, draft_mark, status_words
from highneeds.report.outlook import outlook_words
from highneeds.report.tables import Column, Table
from highneeds.report.totals_claim import (
    claim_words,
    counted_words,
    grant_words,
    granted_path,
    money_cards,
)
from highneeds.report.wording import PLACEMENT_NAMES
from highneeds.words import between, billions, count, futures, pounds

_BILLION = 1e9
_FIGURES = ("central", "p10", "p90", "unit")


def totals_headline(totals: Totals) -> Headline:
    """What the authorities add up to, as the first thing a reader sees."""
    closing = totals.ends("balance", totals.deficit_until.label)
    last, first = str(totals.until.end), _first(totals, "plans")
    plans, now = (totals.ends("plans", year) for year in (last, first))
    assert plans
    assert now
    cards = [
        Card(
            f"EHC plans in January {last}",
            count(plans["central"]),
            f"{_range(plans, count)}; {count(now['central'])} in January {first}",
            tuple(round(value) for value in _numbers(plans)),
            "count",
        )
    ]
    if closing is None:
        sentence = f"{totals.area.name}: no block is published, so no money is added up."
        beside: tuple[str, ...] = (outlook_words(),)
    else:
        sentence = " ".join([*claim_words(totals), *left_out(totals)])
        cards = [*money_cards(totals), *cards]
        beside = (grant_words(totals), outlook_words())
    status = status_words(totals.under, totals.vintage, counted_words(totals))
    mark = draft_mark(totals.under)
    return Headline(sentence, tuple(cards), beside, status, mark)


def left_out(totals: Totals) -> list[str]:
    """Whose money is not in the sums, or only in part; a missing figure is never nought."""
    said = []
    if totals.without_money:
        said.append(
            f"Money is left out where no block is published: "
            f"{'; '.join(totals.without_money)}."
        )
    if totals.change_only:
        said.append(
            "Where no balance is published, only its change from the start of "
            f"{_first(totals, 'balance')} is added, and no interest: "
            f"{'; '.join(totals.change_only)}."
        )
    return said


def totals_table(totals: Totals) -> Table:
    """Plans, spending, block, in-year position and balance added up draw by draw."""
    found = totals.table()
    rows = []
    granted = (("balance_with_grant", "Balance with the announced grant", pounds),)
    for name, title, shown in (
        ("plans", "Plans in January", count),
        ("spending", "Spending", pounds),
        ("block", "High needs block", pounds),
        ("in_year", "In-year position", pounds),
        ("balance", "Balance at 31 March", pounds),
        ("cumulative_shortfall", f"Cumulative shortfall, {WHOEVER}", pounds),
        *(granted if granted_path(totals) else ()),
        ("interest", "Interest, outside the balance", pounds),
    ):
        for row in found[found["measure"] == name].to_dict("records"):
            rows.append(
                (
                    title,
                    row["year"],
                    shown(row["central"]),
                    between(shown(row["p10"]), shown(row["p90"])),
                    *(row[name] for name in _FIGURES),
                )
            )
    return Table(
        "totals",
        f"{totals.area.name}: authorities added up draw by draw",
        (
            Column("what", "What"),
            Column("year", "Year"),
            Column("middle", "Central", "figure", "page"),
            Column("range", "8 in 10 futures", "figure", "page"),
            Column("central", "Central", "count", "sheet"),
            Column("p10", "Low", "count", "sheet"),
            Column("p90", "High", "count", "sheet"),
            Column("unit", "Unit", place="sheet"),
        ),
        pd.DataFrame(rows, columns=["what", "year", "middle", "range", *_FIGURES]),
        (
            "The central figure is the sum of the authorities' central cases.",
            "The national part of each swing is the same in every authority and the local "
            "part its own, so the range is not the sum of local ranges.",
            *filter(None, [_beside_the_middle(found)]),
            *left_out(totals),
        ),
    )


def _beside_the_middle(found: pd.DataFrame) -> str:
    """Which way the middle future lies from the central case, where they are far apart."""
    shown: dict[str, tuple[str, Callable[[float], str]]] = {
        "balance": ("the balance of", pounds),
        "in_year": ("the in-year position of", pounds),
        "plans": ("plans in January", count),
    }
    return off_centre(
        (words, figures_of(found[found["measure"] == name]), written)
        for name, (words, written) in shown.items()
        if name in set(found["measure"])
    )


def totals_mix_table(totals: Totals) -> Table:
    """Plans by placement each January in the central case."""
    frame = mix_table(totals).reset_index()
    return Table(
        "totals_mix",
        f"{totals.area.name}: plans by placement each January, central case",
        (
            Column("january", "January", "figure"),
            *(Column(name, PLACEMENT_NAMES[name], "count") for name in MODEL_PLACEMENTS),
        ),
        frame,
    )


@draw.drawn_once
def plot_totals(totals: Totals) -> Chart:
    """Fan of the balances added up."""
    found = totals.table()
    table = found[found["measure"].isin(("balance", "cumulative_shortfall"))]
    at = np.array([int(str(year)[:4]) + 1 for year in table["year"]])
    low, middle, high = (
        table[name].to_numpy(float) / _BILLION for name in ("p10", "central", "p90")
    )
    end, closes = totals.closing_step, totals.deficit_until.closes_on()
    title = f"{totals.area.name}: balances together {_billions(middle[end])} at {closes}"
    granted = np.array(granted_path(totals)) / _BILLION
    more = {"With the grant": granted[-1]} if len(granted) else {}
    if more:
        title += f"; {_billions(granted[end])} with the announced grant"
    with draw.drawing():
        figure, axes = draw.canvas(
            title, f"Balances at 31 March added up, £ billion. {BAND}", right=0.8
        )
        axes.fill_between(at, low, high, color=draw.BLUE, alpha=0.16, lw=0)
        axes.plot(at, middle, "o--", color=draw.BLUE, mfc="white", lw=2)
        marks.override_line(axes, totals.policies.override_ends, at)
        marks.grant_line(axes, at[len(at) - len(granted) :], granted)
        axes.axhline(0, color=draw.INK, lw=1)
        marks.margin(axes, np.concatenate([low, high]))
        marks.year_axis(axes, float(at[0]), float(at[-1]))
        axes.yaxis.set_major_formatter(lambda value, _: _billions(value))
        marks.fan_labels(axes, (low[-1], middle[-1], high[-1]), _billions, draw.BLUE, more)
    alt = (
        f"Fan chart of balances added up for {totals.area.name}: central "
        f"{_billions(middle[0])} in {at[0]}, {_billions(middle[end])} in {at[end]}, "
        f"between {_billions(low[end])} and {_billions(high[end])}."
    )
    caption = "All years are estimated or projected."
    if more:
        alt += f" With the announced grant, a second line, {_billions(granted[end])} there."
        caption += " Squares: the central path with the announced grant."
    if end < len(at) - 1:
        alt += f" What follows {closes} is a cumulative shortfall, {WHOEVER}."
        caption += f" What follows {closes} is a cumulative shortfall, {WHOEVER}."
    return Chart("totals", title, caption, alt, figure)


def forecasts_table(totals: Totals) -> Table:
    """Published forecasts for England beside this run."""
    rows = []
    for forecast in published_forecasts():
        ours = totals.ends(forecast.measure, forecast.year)
        if ours is None:
            continue
        shown = count if forecast.measure == "plans" else pounds
        rows.append(
            (
                forecast.statement,
                forecast.source,
                shown(forecast.value),
                between(shown(ours["p10"]), shown(ours["p90"])),
                lies(forecast, ours["p10"], ours["p90"]),
                forecast.coverage,
            )
        )
    return Table(
        "forecasts",
        "Published forecasts for England beside this run",
        (
            Column("statement", "What was said"),
            Column("source", "Who and when"),
            Column("published", "Published", "figure"),
            Column("ours", "8 in 10 futures here", "figure"),
            Column("lies", "It is"),
            Column("coverage", "Coverage"),
        ),
        pd.DataFrame(
            rows, columns=["statement", "source", "published", "ours", "lies", "coverage"]
        ),
        (
            "docs/national.md gives the assumption that would reproduce each. A forecast "
            "that lies outside is not thereby wrong; a lower end, of a forecast that names "
            "no upper one, is below all of the range.",
        ),
    )


def _first(totals: Totals, measure: str) -> str:
    """The first January or year in which a sum is held."""
    return totals.year_of(measure, 0)


def _billions(value: float) -> str:
    return billions(value * _BILLION)


def _numbers(found: Mapping[str, float]) -> tuple[float, ...]:
    return found["central"], found["p10"], found["p90"]


def _range(found: Mapping[str, float], shown: Callable[[float], str]) -> str:
    return f"Central; {futures(shown(found['p10']), shown(found['p90']))}"
