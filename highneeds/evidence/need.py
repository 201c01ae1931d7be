"""Rising need, as numbered tables and a figure: plans, ages, placements, assessments."""

from __future__ import annotations

import numpy as np
import pandas as pd

from highneeds.answers.beside_others import first_january
from highneeds.evidence.exhibit import FULL_COUNT, Exhibit
from highneeds.evidence.record import (
    Question,
    assessments_by_year,
    per_1000,
    plans_by_group,
    plans_by_january,
)
from highneeds.panel.schema import (
    CHILD_BY_CHILD_FROM,
    PLACEMENTS_RENAMED,
    STATEMENTS_TO,
)
from highneeds.policy import policy
from highneeds.report import chart as draw
from highneeds.report import marks
from highneeds.report.chart import Chart
from highneeds.report.tables import Column, Table, Words
from highneeds.report.wording import PLACEMENT_NAMES
from highneeds.words import count, fixed, percent

_BEGAN = policy("plans_replace_statements").day
AGES = ("0-4", "5-10", "11-15", "16-19", "20-25")
_PLANS_CAVEAT = (
    f"Statements are counted with plans to {STATEMENTS_TO}. From {CHILD_BY_CHILD_FROM} "
    "plans are collected child by child, before that as totals, so part of that step may "
    "be counting."
)
# Of the growth of plans: when the rate grew as much, children account for little of it.
_MOST = 0.8
_CHANCE = "95%, for chance in counts (logarithmic)"


def plans(asked: Question, cell: str) -> list[Words | Exhibit]:
    """T1 and F1: plans each January, and for every 1,000 children."""
    table = plans_by_january(asked)
    first, last = table.iloc[0], table.iloc[-1]
    measures = ["ehc_plans", "new_ehc_plans", "population_0_17"]
    sources = tuple(asked.sources(measures))
    january = int(last["january"])
    n = f"{asked.in_being(january)} authorities in January {january}"
    said = (
        f"In January {january} there were {count(last['plans'])} plans in "
        f"{asked.place.name}, against {count(first['plans'])} in January "
        f"{first['january']:.0f}: {percent(last['growth'], signed=True)}. {_rate(table)}"
    )
    shown = Table(
        "plans",
        f"Education, health and care plans each January: {asked.place.name}",
        (
            Column("january", "January"),
            Column("plans", "Plans", "count"),
            Column("growth", f"Growth since {first['january']:.0f}", "percent"),
            Column("new_plans", "New plans in the year before", "count"),
            Column("children", "Children aged 0 to 17, mid-year before", "count"),
            Column("per_1000", "Plans per 1,000 children", "tenths"),
            Column("low", "Low", "tenths"),
            Column("high", "High", "tenths"),
            Column("england_per_1000", "England", "tenths"),
        ),
        table.astype({"january": str}),
        ("Plans are for ages 0 to 25, children are aged 0 to 17: a rate, not a share.",),
    )
    return [
        Words((said,)),
        Exhibit("F1", cell, _lines(asked), sources, n, FULL_COUNT, _PLANS_CAVEAT),
        Exhibit("T1", cell, shown, sources, n, _CHANCE, _PLANS_CAVEAT),
    ]


def _rate(table: pd.DataFrame) -> str:
    """The last rate held, in words: its January may be an older one than that of plans."""
    first, last = table.iloc[0], table.dropna(subset=["per_1000"]).iloc[-1]
    january = int(last["january"])
    then = (
        "that is"
        if january == table["january"].iloc[-1]
        else f"there were, in January {january},"
    )
    alone = last["per_1000"] / first["per_1000"] - 1 > _MOST * last["growth"] > 0
    return (
        f"For every 1,000 children aged 0 to 17 {then} {fixed(last['per_1000'], 1)} "
        f"against {fixed(first['per_1000'], 1)}"
        + (", so the number of children accounts for little of it." if alone else ".")
    )


def groups(asked: Question, cell: str) -> list[Words | Exhibit]:
    """T2 and T3: which ages and placements the growth is in."""
    by_age = plans_by_group(asked, "age", AGES)
    by_placement = plans_by_group(asked, "placement", list(PLACEMENT_NAMES))
    most = by_age.sort_values("share_of_growth").iloc[-1]
    n = f"{asked.in_being(int(by_age.attrs['last_january']))} authorities"
    exhibits: list[Words | Exhibit] = []
    for number, table, heading, kind, caveat in (
        (
            "T2",
            by_age,
            "Age",
            "age",
            f"Plans reach to 25 since {_BEGAN:%B %Y}, when statements ended at 19: growth "
            "above 19 is in part a change of who may have one. Ages are of 31 August.",
        ),
        (
            "T3",
            by_placement.assign(group=by_placement["group"].map(PLACEMENT_NAMES)),
            "Placement",
            "placement",
            f"Names of placements changed in {' and '.join(map(str, PLACEMENTS_RENAMED))}; "
            "those never placed or with the placement not known were hardly recorded in "
            "the first January.",
        ),
    ):
        ends = table.attrs
        shown = Table(
            kind,
            f"Plans by {heading.lower()}, January {ends['first_january']} and January "
            f"{ends['last_january']}: {asked.place.name}",
            (
                Column("group", heading),
                Column("first", f"January {ends['first_january']}", "count"),
                Column("last", f"January {ends['last_january']}", "count"),
                Column("growth", "Growth", "percent"),
                Column("share_of_growth", "Share of all growth", "percent"),
            ),
            table,
            ("No growth is shown on fewer than 100 plans.",),
        )
        sources = tuple(asked.sources(["ehc_plans"], kind))
        exhibits.append(Exhibit(number, cell, shown, sources, n, FULL_COUNT, caveat))
    said = (
        f"The largest part of the growth, {percent(most['share_of_growth'])}, is at ages "
        f"{most['group'].replace('-', ' to ')}."
    )
    return [Words((said,)), *exhibits]


def assessments(asked: Question, cell: str) -> list[Words | Exhibit]:
    """T4: requests, refusals, timeliness and appeals."""
    table = assessments_by_year(asked)
    first, last = table.iloc[0], table.iloc[-1]
    issued, appealed = (_last_with(table, name) for name in ("in_time", "appeals"))
    said = (
        f"{count(last['requests'])} assessments were asked for in {last['year']}, against "
        f"{count(first['requests'])} in {first['year']}. Of plans issued"
        f"{_in_year(issued, last)}, {percent(issued['in_time'], decimals=1)} were in time "
        f"(95% interval {percent(issued['low'], decimals=1)} to "
        f"{percent(issued['high'], decimals=1)}), "
        f"against {percent(first['in_time'], decimals=1)}; "
        f"{count(appealed['appeals'])} appeals were registered{_in_year(appealed, last)}, "
        f"against {count(first['appeals'])}."
    )
    shown = Table(
        "assessments",
        f"Requests, time taken and appeals by calendar year: {asked.place.name}",
        (
            Column("year", "Year"),
            Column("requests", "Requests", "count"),
            Column("refused", "Refused", "percent"),
            Column("issued", "Plans issued", "count"),
            Column("in_time", "Within 20 weeks", "percent"),
            Column("low", "Low", "percent"),
            Column("high", "High", "percent"),
            Column("appeals", "Appeals", "count"),
            Column("appeal_rate", "Appeals per decision", "percent"),
        ),
        table,
        ("Plans issued and the share in time leave out cases with lawful exceptions.",),
    )
    measures = [
        "ehc_assessment_requests",
        "ehc_assessment_requests_refused",
        "tribunal_appeals",
        "tribunal_appeal_rate_pct",
    ]
    sources = {*asked.sources(measures), *asked.sources(["ehc_plans_issued"], "basis")}
    exhibit = Exhibit(
        "T4",
        cell,
        shown,
        tuple(sorted(sources)),
        f"{count(issued['issued'])} plans issued in {issued['year']}",
        "Wilson, 95%, of the share within 20 weeks",
        f"Collected child by child from {CHILD_BY_CHILD_FROM}. An appeal is of one "
        "decision, and a decision may be of an earlier year.",
    )
    return [Words((said,)), exhibit]


def _last_with(table: pd.DataFrame, name: str) -> pd.Series:
    """The last year with a figure: appeals of a year come out after its plans."""
    return table.dropna(subset=[name]).iloc[-1]


def _in_year(row: pd.Series, last: pd.Series) -> str:
    return "" if row["year"] == last["year"] else f" in {row['year']}"


@draw.redrawn
def _lines(asked: Question) -> Chart:
    """Plans per 1,000 children: the place, England and the regions behind."""
    geography, panel = asked.panel.geography, asked.panel
    places = {area.name: Question(panel, area, asked.as_of) for area in geography.regions()}
    places |= {"England": Question(panel, geography.england, asked.as_of)}
    rates = {name: _since(per_1000(one).dropna()) for name, one in places.items()}
    own = rates[asked.place.name]
    ends = {name: float(rate.iloc[-1]) for name, rate in rates.items()}
    year = int(own.index[-1]) + 1
    title = (
        f"{asked.place.name}: {fixed(own.iloc[-1], 1)} plans for every 1,000 children in "
        f"January {year}, against {fixed(own.iloc[0], 1)} in January "
        f"{int(own.index[0]) + 1}"
    )
    with draw.drawing():
        figure, axes = draw.canvas(
            title, "Plans each January for every 1,000 children aged 0 to 17", height=4.2
        )
        for rate in rates.values():
            axes.plot(_at(rate), rate, color="#C3CBD3", lw=1.1)
        bold = [(asked.place.name, draw.BLUE, "-")]
        bold += [] if asked.national else [("England", draw.RUST, "--")]
        for name, colour, style in bold:
            axes.plot(_at(rates[name]), rates[name], color=colour, lw=2.6, ls=style)
        marks.margin(axes, np.concatenate(list(rates.values())))
        axes.set_ylim(bottom=0)
        marks.year_axis(axes, _at(own)[0], _at(own)[-1])
        labels = [f"{name}\n{fixed(ends[name], 1)}" for name, _, _ in bold]
        heights, colours = [ends[name] for name, _, _ in bold], [one[1] for one in bold]
        marks.end_labels(axes, heights, labels, colours)
    lowest, highest = min(ends, key=ends.__getitem__), max(ends, key=ends.__getitem__)
    alt = (
        f"Line chart of plans per 1,000 children from January {_at(own)[0]:.0f} to {year}. "
        f"{asked.place.name} rises from {fixed(own.iloc[0], 1)} to "
        f"{fixed(own.iloc[-1], 1)}; in January {year} regions lie between "
        f"{fixed(ends[lowest], 1)} ({lowest}) and {fixed(ends[highest], 1)} ({highest})."
    )
    caption = "Grey lines are the nine regions."
    return Chart("plans_per_1000", title, caption, alt, figure)


def _at(rate: pd.Series) -> np.ndarray:
    """The Januaries of rates that are kept by the mid-year before."""
    return np.array([int(year) + 1 for year in rate.index], dtype=float)


def _since(rate: pd.Series) -> pd.Series:
    return rate[_at(rate) >= first_january().end]
