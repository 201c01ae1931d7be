"""The profile's files: a CSV of every indicator, a workbook, and the charts."""

from __future__ import annotations

from pathlib import Path

from highneeds.panel.panel import Panel
from highneeds.profile.display import (
    headline,
    indicators_table,
    inspections_table,
    needs_table,
    plot_indicators,
    questions_table,
    sources,
)
from highneeds.profile.indicators import QUESTIONS
from highneeds.profile.profile import AreaProfile
from highneeds.report.chart import Chart
from highneeds.report.headline import Headline
from highneeds.report.outputs import files_written, picture_files
from highneeds.report.tables import Lead, Table, Words, csv_bytes
from highneeds.report.workbook import workbook_bytes

_ABOUT = (
    ("Money", "Pounds, cash."),
    (
        "Licence of the figures",
        "Contains public sector information licensed under the Open Government Licence "
        "v3.0; see the sheet Sources.",
    ),
)


def write_profile(panel: Panel, found: AreaProfile, out: str | Path) -> Words:
    """Write profile.csv, workbook.xlsx and figures/ into `out`; nothing when it is empty.

    Raises
    ------
    OutputError
        The folder cannot be written. Each file is whole or absent.
    """
    return files_written(lambda: profile_files(panel, found), out)


def profile_files(panel: Panel, found: AreaProfile) -> dict[str, bytes]:
    """The files by name, as bytes; the same profile always gives the same bytes."""
    tables = (
        *(indicators_table(found, question) for question in QUESTIONS),
        needs_table(found),
        inspections_table(panel, found),
        questions_table(),
        sources(panel, found).table,
    )
    charts = (plot_indicators(found, question) for question in QUESTIONS)
    return {
        "profile.csv": csv_bytes(found.table),
        "workbook.xlsx": workbook_bytes(
            f"Area profile of {found.area.name}",
            (("Area", str(found.area)), *_ABOUT),
            _said(headline(found)),
            [one for one in tables if isinstance(one, Table)],
        ),
        **picture_files(one for one in charts if isinstance(one, Chart)),
    }


def _said(first: Lead | Headline) -> tuple[str, ...]:
    if isinstance(first, Lead):
        return first.sentences
    cards = (f"{card.label}: {card.figure} ({card.detail})." for card in first.cards)
    return (first.sentence, *cards, *first.beside)
