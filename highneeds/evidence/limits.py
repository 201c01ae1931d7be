"""What the record cannot say: gaps in the series, and claims that cannot be upheld."""

from __future__ import annotations

import pandas as pd

from highneeds.evidence.claims import (
    DIFFERS,
    NOT_CHECKABLE,
    OWN_FILE,
    REPRODUCED,
)
from highneeds.evidence.exhibit import FULL_COUNT, Exhibit, in_words
from highneeds.evidence.record import (
    Question,
    exclusions_by_authority,
    exclusions_of_england,
    figures_missing,
)
from highneeds.report.tables import Column, Table, Words

MEASURES = (
    *("ehc_plans", "new_ehc_plans", "population_0_17", "ehc_assessment_requests"),
    *("ehc_plans_issued_within_20_weeks_pct", "tribunal_appeals", "suspensions_per_100"),
    *("permanent_exclusions_per_100", "high_needs_block_before_deductions_gbp"),
    *("s251_high_needs_net_gbp", "dsg_balance_gbp"),
)
_NEVER = (
    "Nothing here follows a child. The record counts plans, pupils, pounds and reports of "
    "areas; it does not say whether support was right, or what a child gained by it.",
    "It does not hold unmet need: children without a plan, waiting or never referred, are "
    "in no series.",
    "It does not hold what health services spent, waiting times for therapy or diagnosis, "
    "or the findings within inspection reports.",
    "Two things that rise together are not shown to be one another's doing. No table here "
    "can say what a change of funding, policy or practice would bring.",
)


def unsaid(asked: Question) -> Words:
    """What no series in the record can answer, and what this day adds to it."""
    gaps = figures_missing(asked, MEASURES)
    part = gaps[gaps["with_figure"] < gaps["authorities"]]
    said = (
        f"Of the {len(gaps)} series used, {len(part)} lack a figure for some authority of "
        f"{asked.place.name} in their last period. A missing figure is left out and never "
        "counted as nought."
    )
    counted = exclusions_of_england(asked)["year"].iloc[-1]
    rated = exclusions_by_authority(asked, "suspensions_per_100")["year"].iloc[0]
    between = (
        f"Counts of exclusions by SEN provision end in {counted} and rates of authorities "
        f"begin in {rated}; school years between are not in the record."
    )
    return Words((*_NEVER, between, said), listed=True)


def gaps(asked: Question, cell: str) -> list[Words | Exhibit]:
    """T16: how far each series reaches."""
    table = figures_missing(asked, MEASURES)
    shown = Table(
        "gaps",
        f"How far each series reaches by {in_words(asked.as_of)}: {asked.place.name}",
        (
            Column("title", "Series"),
            Column("first", "From", "figure"),
            Column("last", "To", "figure"),
            Column("with_figure", "Authorities with a figure", "count"),
            Column("authorities", "Authorities in being", "count"),
        ),
        table,
        ("With a figure and in being: both in the last period.",),
    )
    exhibit = Exhibit(
        "T16",
        cell,
        shown,
        tuple(asked.sources(MEASURES, of="authorities")),
        f"{len(table)} series",
        FULL_COUNT,
        "A later edition may have been published than the one held here. By which day a "
        "figure was out is taken from how long its publisher usually takes.",
    )
    return [unsaid(asked), exhibit]


def claims(register: pd.DataFrame, cell: str) -> list[Words | Exhibit]:
    """T17: claims that differ from the record; the whole register is in claims.csv."""
    counts = register["verdict"].value_counts()
    differs = register[register["verdict"] == DIFFERS]
    said = (
        f"Of {len(register)} public claims set against the record, "
        f"{counts.get(REPRODUCED, 0)} are reproduced, {counts.get(DIFFERS, 0)} differ and "
        f"{counts.get(NOT_CHECKABLE, 0)} cannot be checked with these sources. "
        f"{counts.get(OWN_FILE, 0)} more agree with the very file the record was compiled "
        "from, which shows that it was compiled rightly and no more. Those that differ are "
        "listed with the reason; the whole register is in claims.csv."
    )
    shown = Table(
        "claims",
        "Public claims that differ from the record",
        (
            Column("statement", "Claim, in our words"),
            Column("source", "Who said it"),
            Column("as_of", "As of", "figure"),
            Column("published", "Stated", "figure"),
            Column("computed", "On record", "figure"),
            Column("reason", "Why, and what would reproduce it"),
        ),
        differs,
    )
    exhibit = Exhibit(
        "T17",
        cell,
        shown,
        (),
        f"{len(register)} claims",
        FULL_COUNT,
        "Each claim is tested on its own day and basis, whatever the day and place of the "
        "pack. A claim that differs may rest on another edition or another count.",
        ("the sources named with each claim, set against the files listed below",),
    )
    return [Words((said,)), exhibit]
