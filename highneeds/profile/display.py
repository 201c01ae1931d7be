"""The profile on the page: its first words, tables, one chart a question, what to ask."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd

from highneeds.inspections.state import EARLIER
from highneeds.inspections.themes import (
    MENTIONED,
    THEMES,
    account,
    read_named_weaknesses,
    read_themes,
)
from highneeds.panel.panel import Panel
from highneeds.panel.schema import NEED_NAMES
from highneeds.profile.indicators import QUESTIONS, Indicator, profile_file
from highneeds.profile.profile import FEWEST, AreaProfile, inspections_of, sources_of
from highneeds.report import chart as draw
from highneeds.report.chart import Chart
from highneeds.report.headline import Card, Headline
from highneeds.report.provenance import sources_table
from highneeds.report.tables import Column, Folded, Lead, Table, Words
from highneeds.words import NO_FIGURE, NOT_APPLICABLE, fixed, plural, whole_pounds

_NOT_QUALITY = (
    "A higher figure is neither better nor worse: areas differ in need, in schools and in "
    "how they record."
)
_CHANCE = (
    "Range: 95% interval for chance in counts of children; none where only a rate is "
    "published, or for pounds."
)
_SHEET_HEADINGS = {
    "value": "Value",
    "low": "95% interval, low",
    "high": "95% interval, high",
    "before": "Earlier value",
    "region": "Region",
    "england": "England",
    "middle": "Middle authority",
    "neighbours": "Neighbours' median",
    "neighbours_low": "Neighbours, lowest",
    "neighbours_high": "Neighbours, highest",
}
_DATES = ("start_date", "publication_date", "revisit_publication_date", "next_due")
_ELSEWHERE_ON_PAGE = {"leadership": "inspections and named weaknesses"}


def headline(found: AreaProfile) -> Lead | Headline:
    """What stands apart from every neighbour, and how much could be compared."""
    apart, name = found.apart(), found.area.name
    compared = int(found.table["value"].notna().sum())
    first = (
        f"{name} beside {found.region.name}, England and {_peers(found)}: {compared} "
        "published indicators under the three questions of area inspections."
    )
    if found.is_small:
        second = (
            f"{name} has fewer than {FEWEST} plans: one child more or less would move its "
            "figures, so none is said to stand apart."
        )
        return Lead((first, second, _NOT_QUALITY))
    if apart.empty:
        second = f"On none of them does {name} lie beyond every one of the others."
        return Lead((first, f"{second} {_by_chance(found)}", _NOT_QUALITY))
    second = f"On {len(apart)} it lies beyond every one of the others. {_by_chance(found)}"
    cards = tuple(_card(row) for row in _records(apart))
    return Headline(
        f"{first} {second}",
        cards,
        (_NOT_QUALITY,),
        caption="Beyond every neighbour",
        beside_it="Beside it",
    )


def _card(row: Mapping[str, Any]) -> Card:
    """An indicator that stands apart, with what it stands apart from."""
    number = _number(row)
    low, high = number(row["neighbours_low"]), number(row["neighbours_high"])
    whole = "" if pd.isna(row["england"]) else f"; England {number(row['england'])}"
    return Card(
        f"{row['title']}, {row['period']}",
        number(row["value"]),
        f"Neighbours {low} to {high}{whole}",
    )


def _by_chance(found: AreaProfile) -> str:
    """How many would lie beyond all the others if the areas were alike: the two ends."""
    known = found.table.dropna(subset=["value", "neighbours_low"])
    many = (2 / (known["neighbours_known"] + 1)).sum()
    return f"Were all of them alike, chance alone would put it there on about {many:.0f}."


def indicators_table(found: AreaProfile, question: str) -> Table:
    """The indicators of one question: the area, its range and trend, and what is beside."""
    rows = found.table[found.table["question"] == question]
    frame = pd.DataFrame([_shown(row) for row in _records(rows)])
    return Table(
        f"profile_{question}",
        f"{found.area.name} beside others: {_lower(QUESTIONS[question])}",
        (
            Column("what", "Indicator", "text", "page"),
            Column("title", "Indicator", "text", "sheet"),
            Column("period", "When", "text", "sheet"),
            Column("own", f"{found.area.name} (range)", "text", "page"),
            Column("earlier", "Earlier", "text", "page"),
            Column("around", found.region.name, "figure", "page"),
            Column("whole", "England", "figure", "page"),
            Column("middling", "Middle authority", "figure", "page"),
            Column("near", "Neighbours: middle (lowest, highest)", "text", "page"),
            Column("unit", "Unit", "text", "sheet"),
            *(
                Column(key, heading, "number", "sheet")
                for key, heading in _SHEET_HEADINGS.items()
            ),
            Column("before_period", "Earlier, when", "text", "sheet"),
            Column("status", "Status", "text", "sheet"),
        ),
        frame,
        (
            _CHANCE,
            _NOT_QUALITY,
            f"Beside it, {_peers(found)}: "
            f"{'; '.join([peer.name for peer in found.neighbours])}.",
            *_gaps(found, rows),
        ),
    )


@draw.redrawn
def plot_indicators(found: AreaProfile, question: str) -> Chart | Words:
    """Where the area stands among all authorities on each indicator, now and earlier."""
    rows = found.table[found.table["question"] == question].dropna(subset=["place"])
    if rows.empty:
        return Words((f"Nothing is drawn for {found.area.name}: it has no such figure.",))
    apart = set(found.apart()["indicator"])
    beyond = int(rows["indicator"].isin(apart).sum())
    title = (
        f"{found.area.name}: {beyond} of {len(rows)} indicators beyond every neighbour"
        if beyond
        else f"{found.area.name}: on no indicator beyond every neighbour"
    )
    with draw.drawing():
        figure, axes = draw.canvas(
            title,
            "Share of authorities with a lower figure: full dot the last period, hollow "
            "dot about five years earlier",
            height=0.42 * len(rows) + 0.9,
            left=0.46,
            right=0.96,
        )
        for at, row in enumerate(_records(rows)):
            colour = draw.RUST if row["indicator"] in apart else draw.BLUE
            if not pd.isna(row["place_before"]):
                ends = [100 * row["place_before"], 100 * row["place"]]
                axes.plot(ends, [at, at], color=draw.SLATE, lw=1)
                axes.plot(ends[:1], [at], "o", ms=7, mfc="white", mec=draw.SLATE)
            axes.plot([100 * row["place"]], [at], "o", ms=8, color=colour)
        names = [draw.folded(str(name), 48, row=True) for name in rows["title"]]
        size = draw.NARROW_SIZE if draw.is_narrow() else 9
        axes.set_yticks(range(len(rows)), names, fontsize=size)
        axes.axvline(50, color=draw.INK, lw=1, ls=(0, (5, 2)))
        axes.set_xlim(-2, 102)
        axes.xaxis.set_major_formatter(lambda value, _: f"{value:.0f}%")
        axes.invert_yaxis()
        axes.grid(axis="y", visible=False)
        axes.grid(axis="x", visible=True)
    said = "; ".join(
        f"{_lower(row['title'])} {100 * row['place']:.0f}%" for row in _records(rows)
    )
    alt = f"Dot plot: share of authorities lower than {found.area.name}. {said}."
    warmer = f" A dot in the warmer colour lies beyond every one of {_peers(found)}."
    caption = f"The dashed line is the middle authority.{warmer if beyond else ''} "
    caption += _NOT_QUALITY
    return Chart(f"profile_{question}", title, caption, alt, figure)


def needs_table(found: AreaProfile) -> Table | Words:
    """Primary needs of those with plans, beside region, England and neighbours."""
    if found.needs.empty:
        return Words((f"No primary needs are published for {found.area.name}.",))
    frame = found.needs.assign(
        title=[NEED_NAMES.get(str(need), str(need)) for need in found.needs["need"]]
    )
    return Table(
        "profile_needs",
        f"Primary needs of those with plans, January {found.needs_period}",
        (
            Column("title", "Primary need"),
            Column("plans", "Plans", "count"),
            Column("value", found.area.name, "percent"),
            Column("region", found.region.name, "percent"),
            Column("england", "England", "percent"),
            Column("neighbours", "Its neighbours: middle", "percent"),
            Column("neighbours_low", "lowest", "percent"),
            Column("neighbours_high", "highest", "percent"),
        ),
        frame,
        ("Shares of all plans, those of which the need is not known among them.",),
    )


def inspections_table(panel: Panel, found: AreaProfile) -> Table | Words:
    """Every area inspection on record, with what it ended in."""
    held = inspections_of(panel, found.area)
    if held.empty:
        return Words((f"The record holds no area SEND inspection of {found.area.name}.",))
    empty = {"": NOT_APPLICABLE}
    frame = held.assign(
        **{
            name: held[name].replace(empty)
            for name in (*_DATES, "outcome", "revisit_outcome", "weaknesses")
        },
        priority_areas=held["priority_areas"].replace(empty),
    )
    return Table(
        "profile_inspections",
        f"Area SEND inspections of {found.area.name}",
        (
            Column("framework", "Framework"),
            Column("start_date", "Started"),
            Column("publication_date", "Published"),
            Column("outcome", "Outcome"),
            Column("weaknesses", "Significant weaknesses"),
            Column("priority_areas", "Areas for priority action"),
            Column("revisit_publication_date", "Revisit published"),
            Column("revisit_outcome", "Revisit"),
            Column("next_due", "Next due by"),
        ),
        frame,
        (
            "The two frameworks ask different questions. An outcome is of the area, of "
            "council, NHS and schools together.",
            f"{NOT_APPLICABLE} = not applicable, or not on record.",
        ),
    )


def weaknesses(found: AreaProfile) -> Table | Words:
    """Weaknesses named in public accounts, where the area's were coded."""
    named = read_named_weaknesses()
    mine = named[named["la_code"] == found.area.la_code]
    if len(mine):
        return Table(
            "profile_weaknesses",
            f"Significant weaknesses named of {found.area.name}",
            (
                Column("number", "Number", "count"),
                Column("meaning", "Weakness, in our words"),
                Column("source", "Public account"),
            ),
            mine,
            ("As they were named then; whether they still hold is a question to ask.",),
        )
    themes = read_themes()
    row = themes[themes["la_code"] == found.area.la_code]
    told = [THEMES[name] for name in THEMES if len(row) and (row[name] == MENTIONED).any()]
    if told:
        return Words(
            (
                f"What {found.area.name} had to address in its written statement under the "
                f"{EARLIER} framework, as an account of {account().day.year} has it: "
                f"{'; '.join(told)}. A theme that is not mentioned is not thereby absent.",
            )
        )
    return Words(
        (
            f"No weaknesses of {found.area.name} are coded in the record. They stand in "
            "its inspection reports, which Ofsted publishes.",
        )
    )


def sources(panel: Panel, found: AreaProfile) -> Folded:
    """The published files behind the profile, one line until it is opened."""
    return Folded(
        "The published files behind the figures",
        sources_table(sources_of(panel, found), linked=True),
    )


def questions_table() -> Table:
    """The common lines of enquiry: what is shown, published elsewhere, or to be asked."""
    shown: dict[str, list[Indicator]] = {}
    for one in profile_file().indicator:
        for name in one.line:
            shown.setdefault(name, []).append(one)
    frame = pd.DataFrame(
        [
            {
                "line": line.title,
                "here": plural(len(shown[line.name]), "indicator")
                if line.name in shown
                else _ELSEWHERE_ON_PAGE.get(line.name, "nothing"),
                "elsewhere": "; ".join(line.elsewhere) or "nothing that we know of",
                "ask": " ".join(line.ask),
            }
            for line in profile_file().line
        ]
    )
    return Table(
        "profile_questions",
        "Key lines of enquiry: what is published, and what to ask the area",
        (
            Column("line", "Line of enquiry"),
            Column("here", "On this page"),
            Column("elsewhere", "Published, but not in the files used here"),
            Column("ask", "What no published series says: ask", "words"),
        ),
        frame,
        ("What no series says is listed as a question. Nothing is made up in its place.",),
    )


def _shown(row: Mapping[str, Any]) -> dict[str, object]:
    """A row as the page has it; its title says what every figure in it counts."""
    number = _number(row)
    ends = f" ({number(row['low'])} to {number(row['high'])})"
    return {
        **row,
        "what": f"{row['title']}, {row['period']}",
        "own": str(row["status"])
        if pd.isna(row["value"])
        else number(row["value"]) + ("" if pd.isna(row["low"]) else ends),
        "earlier": NO_FIGURE
        if pd.isna(row["before"])
        else f"{number(row['before'])} ({_short(row['before_period'])})",
        "around": number(row["region"]),
        "whole": number(row["england"]),
        "middling": number(row["middle"]),
        "near": f"{number(row['neighbours'])} ({number(row['neighbours_low'])}, "
        f"{number(row['neighbours_high'])})",
    }


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    return [
        {str(key): value for key, value in row.items()} for row in table.to_dict("records")
    ]


def _number(row: Mapping[str, Any]) -> Callable[[Any], str]:
    def shown(value: Any) -> str:
        if pd.isna(value):
            return NO_FIGURE
        if row["unit"] == "£":
            return whole_pounds(value)
        sign = "%" if row["unit"] == "%" else ""
        return f"{fixed(float(value), row['decimals'])}{sign}"

    return shown


def _gaps(found: AreaProfile, rows: pd.DataFrame) -> tuple[str, ...]:
    """Why figures are missing, of the area and of what is beside it."""
    said = []
    wide = rows[rows["england"].isna()]["title"]
    if len(wide):
        said.append(
            f"{NO_FIGURE} = not available. England is not in the files used for: "
            f"{'; '.join(map(_lower, wide))}; the middle authority stands in."
        )
    elif rows["region"].isna().any():
        said.append(f"{NO_FIGURE} = not available: the files used hold no figure.")
    return tuple(said)


def _peers(found: AreaProfile) -> str:
    many = len(found.neighbours)
    if found.chosen:
        return plural(many, "authority named for it", "authorities named for it")
    return f"its {plural(many, 'statistical neighbour')}"


def _short(period: str) -> str:
    """A period in as few letters as a narrow column has."""
    return period.replace("January", "Jan")


def _lower(title: str) -> str:
    return title if title[:3].isupper() else title[0].lower() + title[1:]
