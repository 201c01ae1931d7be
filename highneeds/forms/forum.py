"""The schools-forum pack: position, forecast, drivers, measures and decisions asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import pandas as pd

from highneeds.answers.claim import WHOEVER
from highneeds.forms.cover import cover
from highneeds.report.blocks import Block, Heading, Paragraph, Picture
from highneeds.report.chart import Chart
from highneeds.report.contents import (
    balance_table,
    bridge_table,
    in_words,
    missing_figures,
    money_table,
    plans_table,
)
from highneeds.report.drivers import measures_table
from highneeds.report.figures_money import plot_balance, plot_bridge
from highneeds.report.headline import draft_mark, headline
from highneeds.report.mitigation import mitigated_table, plot_mitigated
from highneeds.report.provision import provision_table
from highneeds.report.tables import Column, Table, Words
from highneeds.report.word import document_bytes, require_word
from highneeds.report.workbook import workbook_bytes
from highneeds.scenario.levers import FORUM_LIMIT
from highneeds.words import millions, percent

if TYPE_CHECKING:
    from highneeds.answers.projection import Projection

Shown = Table | Words | Chart
_CARD = ("label", "figure", "detail")


def files(result: Projection, stem: str) -> dict[str, bytes]:
    """The pack as a workbook and a document, by name.

    Raises
    ------
    UsageError
        python-docx is not installed.
    """
    require_word()
    title = f"High needs: report to the schools forum, {result.area.name}"
    sections = _sections(result)
    lines = cover(result, ranges=True)
    tables = [one for _, shown in sections for one in shown if isinstance(one, Table)]
    notes = [
        result.sentence(),
        *missing_figures(result).sentences,
        "A draft for the forum: figures are the report's, and nothing is decided by them.",
    ]
    return {
        f"{stem}.xlsx": workbook_bytes(title, lines, notes, tables),
        f"{stem}.docx": document_bytes(
            title,
            str(result.area),
            _document(result, title, sections),
            draft_mark(result.scenario),
        ),
    }


def decisions(result: Projection) -> list[str]:
    """What the forum is asked, from what is known and what the scenario states."""
    name, last = result.area.name, result.deficit_until
    asked = [
        "To note the position of the high needs block and of the dedicated schools grant.",
        f"To note the forecast to {result.until.closes_on()}, its range, and that it is no "
        "budget and no decision.",
    ]
    for measure in result.scenario.measures:
        if measure.kind == "block_transfer":
            most = measure.most * result.record.money.schools_block_gbp
            who = (
                "which the forum may approve"
                if measure.most <= FORUM_LIMIT
                else "which is for the Secretary of State to approve after the forum’s view"
            )
            asked.append(
                f"To decide on a transfer of {percent(measure.most, decimals=1)} of the "
                f"schools block from {measure.starts}, about {millions(most)} a year on "
                f"the last schools block held, {who}."
            )
    others = [one.name for one in result.scenario.measures if one.kind != "block_transfer"]
    if others:
        asked.append(
            f"To give a view on the measures, their chance of delivery and what a delay "
            f"costs: {'; '.join(others)}."
        )
    elif not result.scenario.measures:
        asked.append(
            f"To note that the scenario “{result.scenario.title}” has no measures of "
            f"{name}, and to say when measures are to be brought."
        )
    if result.until > last:
        asked.append(
            f"To note that the statutory override ends on {last.closes_on()}, and that "
            f"what follows is a cumulative shortfall, {WHOEVER}."
        )
    return asked


def _sections(result: Projection) -> list[tuple[str, list[Shown]]]:
    measures: list[Shown] = [
        plot_mitigated(result),
        mitigated_table(result),
        measures_table(result),
    ]
    return [
        (
            "Position",
            [
                *_headline(result),
                in_words(result, "record"),
                in_words(result, "policy"),
            ],
        ),
        (
            "Forecast",
            [
                plot_balance(result),
                balance_table(result),
                in_words(result, "gap"),
                money_table(result),
                plans_table(result),
            ],
        ),
        (
            "What drives it",
            [
                plot_bridge(result),
                in_words(result, "bridge"),
                bridge_table(result),
                provision_table(result),
            ],
        ),
        ("Measures", measures),
        ("Decisions asked", [_decisions_table(decisions(result))]),
        ("What is missing", [missing_figures(result)]),
    ]


def _headline(result: Projection) -> list[Shown]:
    """What the report says first, once: in words, then figure by figure."""
    said = headline(result)
    table = said.table()
    kept = tuple(column for column in table.columns if column.key in _CARD)
    return [Words((said.sentence, *said.beside)), replace(table, columns=kept, notes=())]


def _decisions_table(asked: Sequence[str]) -> Table:
    rows = [(str(number), text) for number, text in enumerate(asked, start=1)]
    return Table(
        "decisions",
        "Decisions asked of the schools forum",
        (Column("number", "Number"), Column("asked", "The forum is asked")),
        pd.DataFrame(rows, columns=["number", "asked"]),
        ("A draft: who presents it puts in what was agreed.",),
    )


def _document(
    result: Projection, title: str, sections: Sequence[tuple[str, Sequence[Shown]]]
) -> list[Block]:
    said = [Paragraph(f"{what}: {value}") for what, value in cover(result, ranges=True)]
    blocks: list[Block] = [Heading(title, 1), *said]
    for heading, shown in sections:
        blocks.append(Heading(heading, 2))
        for one in shown:
            blocks += _blocks(one, figure=1 + sum(isinstance(b, Picture) for b in blocks))
    return blocks


def _blocks(shown: Shown, figure: int) -> list[Block]:
    if isinstance(shown, Chart):
        # The picture says its title itself.
        return [Picture(shown.png(), shown.alt, f"Figure {figure}.", shown.caption)]
    return [*shown.blocks()]
