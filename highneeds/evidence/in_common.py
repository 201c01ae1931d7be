"""What areas in difficulty have in common, and whether it goes with the outcome."""

from __future__ import annotations

import pandas as pd

from highneeds.evidence.exhibit import FULL_COUNT, Exhibit, in_words
from highneeds.evidence.inspections import inspection_sources
from highneeds.evidence.link import plot_odds
from highneeds.evidence.record import Question, outcomes_in_programmes
from highneeds.inspections.link import InspectionLink
from highneeds.inspections.outcome import adjusted_rows
from highneeds.inspections.state import (
    EARLIER,
    FRAMEWORKS,
    LATER,
    OUTCOMES,
)
from highneeds.inspections.tables import count_outcomes
from highneeds.inspections.themes import (
    account,
    areas_mentioned,
    count_themes,
    read_themes,
)
from highneeds.report.tables import Column, Table, Words

_ENGLAND = "England whatever the place of the pack: one region has too few inspections."
_TOGETHER = (
    "Figures that went together, or did not. They do not show what would change if one of "
    "them were changed."
)


def pressure(asked: Question, link: InspectionLink, cell: str) -> list[Words | Exhibit]:
    """T12, F5 and T13: pressure before inspections, by outcome and as tested."""
    by_outcome = pd.concat(
        [
            link.tables[f"pressure_{one}_by_outcome"].table.assign(framework=one)
            for one in FRAMEWORKS
        ],
        ignore_index=True,
    )
    described = Table(
        "pressure",
        "Pressure in the last figures out before an inspection, by its outcome: England",
        (
            Column("framework", "Framework"),
            Column("covariate", "Measure"),
            Column("unit", "Unit"),
            Column("outcome", "Outcome"),
            Column("inspections", "Inspections", "count"),
            Column("lower_quartile", "Lower quartile", "tenths"),
            Column("median", "Median", "tenths"),
            Column("upper_quartile", "Upper quartile", "tenths"),
        ),
        by_outcome,
    )
    tests = adjusted_rows(link.fits)
    tested = Table(
        "link_tests",
        "Odds ratio of a worse outcome for one standard deviation more pressure: England",
        (
            Column("framework", "Framework"),
            Column("label", "Measure"),
            Column("step", "One standard deviation", "figure"),
            Column("inspections", "Inspections", "count"),
            Column("odds_ratio", "Odds ratio", "hundredths"),
            Column("low", "Low", "hundredths"),
            Column("high", "High", "hundredths"),
            Column("p_adjusted", "Adjusted p", "hundredths"),
        ),
        tests.assign(
            step=[
                f"{spread:,.3g}{'' if unit.startswith('%') else ' '}{unit}"
                for spread, unit in zip(tests["one_sd"], tests["unit"], strict=True)
            ]
        ),
        (link.plan.sentence(),),
    )
    n = " and ".join(
        f"{len(fit.sample.rows)} inspections ({one} framework)"
        for one, fit in link.fits.items()
    )
    measures = [
        *("ehc_plans", "tribunal_appeal_rate_pct", "dsg_balance_gbp", "suspensions"),
        "ehc_plans_issued_within_20_weeks_pct",
    ]
    sources = {
        *inspection_sources(asked),
        *asked.sources(measures, of="authorities"),
        *asked.sources(["suspensions_per_100"], "sen_provision", "authorities"),
    }
    rests = tuple(sorted(sources))
    redrawn = "95%, from drawing authorities again within regions"
    spread = "none: quartiles, which show spread and not chance"
    whole = f"{_TOGETHER} {_ENGLAND} All inspections on record are used, whatever the day."
    return [
        Exhibit("T12", cell, described, rests, n, spread, f"Not adjusted. {whole}"),
        Exhibit("F5", cell, plot_odds(link), rests, n, redrawn, whole),
        Exhibit("T13", cell, tested, rests, n, redrawn, whole),
    ]


def themes(asked: Question, cell: str) -> list[Words | Exhibit]:
    """T14: what written statements had to address, as coded from two public accounts."""
    counted, areas, coded = count_themes(), read_themes(), account()
    shown = Table(
        "themes",
        f"Themes named for the {len(areas)} areas told to write a statement by "
        f"{coded.day:%Y}",
        (
            Column("meaning", "Theme"),
            Column("mentioned", "Areas it is named for", "count"),
            Column("areas", "Of areas", "count"),
        ),
        counted,
        ("A theme not named is missing; it is not a finding that all was well.",),
    )
    most = counted.sort_values("mentioned", ascending=False, kind="stable").iloc[0]
    said = (
        f"Of the {len(areas)} areas told to write a statement by {coded.day:%B %Y}, "
        f"{len(areas_mentioned())} had work with families or the local offer named; the "
        f"theme named most often is {most['meaning']} ({most['mentioned']} areas)."
    )
    exhibit = Exhibit(
        "T14",
        cell,
        shown,
        (),
        f"{len(areas)} areas, all there were by then",
        FULL_COUNT,
        "Coded from one public account of the letters, not from the letters; in our own "
        "words. England whatever the place of the pack.",
        (coded.citation.removesuffix("."),),
    )
    return [Words((said,)), exhibit]


def programmes(asked: Question, cell: str) -> list[Words | Exhibit]:
    """T15: outcomes of areas in deficit programmes beside those of other areas."""
    found = outcomes_in_programmes(asked)
    parts = []
    for framework in FRAMEWORKS:
        mine = found[found["framework"] == framework].sort_values("group")
        counted = count_outcomes(mine, "group", OUTCOMES[framework])
        worst = counted[OUTCOMES[framework][-1]]
        named = counted["group"].replace("neither", "Neither")
        parts.append(counted.assign(framework=framework, worst=worst, group=named))
    table = pd.concat(parts, ignore_index=True)
    for name in ("worst_pct", "low", "high"):
        table[name] = table[name] / 100
    shown = Table(
        "programmes",
        "Outcomes of areas in a deficit programme and of others: England",
        (
            Column("framework", "Framework"),
            Column("group", "Programme"),
            Column("inspections", "Reports", "count"),
            Column("worst", "Worst outcome", "count"),
            Column("worst_pct", "Share", "percent"),
            Column("low", "Low", "percent"),
            Column("high", "High", "percent"),
        ),
        table[["framework", "group", "inspections", "worst", "worst_pct", "low", "high"]],
        (f"Worst outcome: a written statement ({EARLIER}), systemic failings ({LATER}).",),
    )
    sources = {*inspection_sources(asked), "deficit_programmes"}
    exhibit = Exhibit(
        "T15",
        cell,
        shown,
        tuple(sorted(sources)),
        f"{len(found)} reports published by {in_words(asked.inspected_to)}",
        "Wilson, 95%: areas inspected so far, taken as a sample of all areas",
        f"Most areas joined a programme after their inspection under the {EARLIER} "
        "framework, and programmes chose areas by their deficit. Twelve areas of the third "
        "round of Delivering Better Value are not in the record and count as neither. "
        f"{_TOGETHER}",
    )
    return [exhibit]
