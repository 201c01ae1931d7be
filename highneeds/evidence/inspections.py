"""Inspection outcomes, as numbered tables and a figure; both frameworks, never one rate."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd

from highneeds.evidence.exhibit import FULL_COUNT, Exhibit, in_words
from highneeds.evidence.record import Question
from highneeds.inspections.state import (
    EARLIER,
    FRAMEWORKS,
    LATER,
    OUTCOMES,
    InspectionState,
    inspection_state,
)
from highneeds.inspections.tables import count_outcomes, wilson
from highneeds.report import chart as draw
from highneeds.report.chart import Chart
from highneeds.report.tables import Column, Table, Words

_WILSON = "Wilson, 95%: areas inspected so far, taken as a sample of all areas"
_CAVEAT = (
    f"Areas are not inspected in random order. The {EARLIER} and {LATER} frameworks ask "
    "different questions: their outcomes are not put in one rate."
)


def state_of(asked: Question) -> InspectionState:
    """Inspections of the place as known on the day."""
    region = None if asked.national else asked.place.name
    return inspection_state(asked.panel, asked.inspected_to, region=region)


def _ends(asked: Question) -> list[str]:
    """That inspections are known up to an earlier day than the rest, where they are."""
    if asked.inspected_to == asked.as_of:
        return []
    return [
        "The record of inspections ends with reports published on "
        f"{in_words(asked.inspected_to)}; other figures are those out by "
        f"{in_words(asked.as_of)}."
    ]


def outcomes(asked: Question, cell: str) -> list[Words | Exhibit]:
    """T9 and T10: outcomes by framework and by year."""
    state = state_of(asked)
    rows = []
    for framework in FRAMEWORKS:
        mine = state.table[state.table["framework"] == framework]
        for outcome in OUTCOMES[framework]:
            found = int((mine["outcome"] == outcome).sum())
            low, high = wilson(found, len(mine))
            share = found / len(mine) if len(mine) else np.nan
            rows.append((framework, outcome, found, share, low / 100, high / 100))
    shares = pd.DataFrame(
        rows, columns=["framework", "outcome", "reports", "share", "low", "high"]
    )
    shown = Table(
        "outcomes",
        f"Outcomes of area SEND inspections to {in_words(state.as_of)}: {asked.place.name}",
        (
            Column("framework", "Framework"),
            Column("outcome", "Outcome"),
            Column("reports", "Reports", "count"),
            Column("share", "Share", "percent"),
            Column("low", "Low", "percent"),
            Column("high", "High", "percent"),
        ),
        shares,
        ("Counted by reports published by the day.", *_ends(asked), *state.cautions),
    )
    by_year = pd.concat([_by(state.table, framework) for framework in FRAMEWORKS])
    years = Table(
        "outcomes_by_year",
        f"Outcomes by the year an inspection began: {asked.place.name}",
        (
            Column("framework", "Framework"),
            Column("group", "Year", "figure"),
            Column("inspections", "Reports", "count"),
            Column("worst", "Worst outcome", "count"),
            Column("share", "Share", "percent"),
            Column("low", "Low", "percent"),
            Column("high", "High", "percent"),
        ),
        by_year,
        (_worst_note(),),
    )
    sources, n = inspection_sources(asked), _reports(state.table)
    return [
        Words((_sentence(asked, shares),)),
        Exhibit("T9", cell, shown, sources, n, _WILSON, _CAVEAT),
        Exhibit("T10", cell, years, sources, n, _WILSON, _CAVEAT),
    ]


def places(asked: Question, cell: str) -> list[Words | Exhibit]:
    """F4 and T11: the worst outcome by region, and what has happened since."""
    every = inspection_state(asked.panel, asked.inspected_to)
    by_region = pd.concat([_by(every.table, one, "region") for one in FRAMEWORKS])
    counts = state_of(asked).summary()
    later = counts[~counts["unit"].isin(["%"]) & ~counts["count"].isin(_ALL_OUTCOMES)]
    shown = Table(
        "inspection_counts",
        f"Inspections begun, reported, revisited and still to come: {asked.place.name}",
        (
            Column("framework", "Framework"),
            Column("count", "Count"),
            Column("value", "Number", "count"),
            Column("unit", "Of what"),
            Column("basis", "Basis"),
        ),
        later,
    )
    return [
        Exhibit(
            "F4",
            cell,
            _regions(asked, by_region),
            inspection_sources(asked),
            _reports(every.table),
            _WILSON,
            f"{_CAVEAT} Where intervals overlap, the order of two regions says little.",
        ),
        Exhibit(
            "T11",
            cell,
            shown,
            inspection_sources(asked),
            _reports(state_of(asked).table),
            FULL_COUNT,
            "Two reports give no start date and count as begun on publication. Areas "
            "abolished since stay in counts of inspections.",
        ),
    ]


_ALL_OUTCOMES = [outcome for names in OUTCOMES.values() for outcome in names]


def _by(table: pd.DataFrame, framework: str, by: str = "year") -> pd.DataFrame:
    mine = table[table["framework"] == framework]
    began = mine["start_date"].fillna(mine["publication_date"])
    mine = mine.assign(year=began.dt.year.astype(str)).sort_values(by)
    found = count_outcomes(mine, by, OUTCOMES[framework]).rename(columns={by: "group"})
    worst = found[OUTCOMES[framework][-1]]
    return found.assign(
        framework=framework,
        worst=worst,
        share=found["worst_pct"] / 100,
        low=found["low"] / 100,
        high=found["high"] / 100,
    )[["framework", "group", "inspections", "worst", "share", "low", "high"]]


def _sentence(asked: Question, shares: pd.DataFrame) -> str:
    said = []
    for framework in FRAMEWORKS:
        mine = shares[shares["framework"] == framework]
        last, total = mine.iloc[-1], int(mine["reports"].sum())
        if total:
            said.append(
                f"Under the {framework} framework {last['reports']} of {total} published "
                f"reports on areas of {asked.place.name} ended in {last['outcome']} "
                f"({100 * last['share']:.0f}%, 95% interval {100 * last['low']:.0f}% to "
                f"{100 * last['high']:.0f}%)."
            )
    return " ".join(said) or f"No report on an area of {asked.place.name} was out by then."


def _worst_note() -> str:
    named = [f"“{OUTCOMES[one][-1]}” ({one})" for one in FRAMEWORKS]
    return f"Worst outcome: {' and '.join(named)}."


def _reports(table: pd.DataFrame) -> str:
    sizes = [
        f"{int((table['framework'] == one).sum())} reports ({one} framework)"
        for one in FRAMEWORKS
    ]
    return " and ".join(sizes)


def inspection_sources(asked: Question) -> tuple[str, ...]:
    """Ids of the files that hold inspections."""
    return tuple(sorted(set(asked.panel.companion("inspections")["source_id"])))


def _overlaps(table: pd.DataFrame) -> tuple[int, int]:
    """Pairs of regions under one framework: those whose intervals overlap, and all."""
    pairs = [
        (one, other)
        for _, mine in table.groupby("framework")
        for one, other in combinations(mine.to_dict("records"), 2)
    ]
    over = [a["low"] <= b["high"] and b["low"] <= a["high"] for a, b in pairs]
    return sum(over), len(pairs)


def _regions(asked: Question, table: pd.DataFrame) -> Chart:
    names = sorted(table["group"].unique())
    rows = np.arange(len(names), dtype=float)
    own = "" if asked.national else asked.place.name
    over, pairs = _overlaps(table)
    title = (
        f"The share with the worst outcome by region: {over} of {pairs} pairs of intervals "
        "overlap"
    )
    colours = {EARLIER: draw.RUST, LATER: draw.BLUE}
    shifts = {EARLIER: -0.16, LATER: 0.16}
    with draw.drawing():
        figure, axes = draw.canvas(
            title,
            f"Share of published reports, %, with 95% intervals. {_worst_note()}",
            height=4.6,
            left=0.26,
            right=0.88,
        )
        for framework in FRAMEWORKS:
            mine = table[table["framework"] == framework].set_index("group").reindex(names)
            at, colour = rows + shifts[framework], colours[framework]
            axes.hlines(at, 100 * mine["low"], 100 * mine["high"], color=colour, lw=2)
            marker = "o" if framework == EARLIER else "s"
            axes.plot(
                100 * mine["share"], at, marker, color=colour, ms=6, label=framework, ls=""
            )
        axes.set_yticks(rows, names)
        for label in axes.get_yticklabels():
            label.set_fontweight("bold" if label.get_text() == own else "normal")
        axes.set_xlim(0, 100)
        axes.invert_yaxis()
        axes.grid(axis="y", visible=False)
        axes.grid(axis="x", visible=True)
        axes.legend(
            title="Framework", loc="upper left", bbox_to_anchor=(1.0, 1.0), frameon=False
        )
    said = "; ".join(
        f"{row.group} {row.framework}: {row.worst} of {row.inspections}"
        for row in table.itertuples()
    )
    alt = f"Dot plot of the share of reports with the worst outcome by region. {said}."
    caption = "Regions in alphabetical order."
    return Chart("outcomes_by_region", title, caption, alt, figure)
