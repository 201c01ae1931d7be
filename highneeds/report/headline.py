"""Headline: the few figures a reader sees first, each with its range."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from highneeds.answers.claim import WHOEVER, quoted_years, yearly_years
from highneeds.periods import FinancialYear
from highneeds.report.outlook import outlook_words
from highneeds.report.own_figures import counts_between, day_words
from highneeds.report.tables import Column, Table, marked, shown
from highneeds.report.wording import HELD, STATUS_WORDS, basis
from highneeds.words import NOT_APPLICABLE, between, chance, count, millions

if TYPE_CHECKING:
    from highneeds.answers.projection import Projection


_NUMBERS_NOTE = "Value, Low and High are numbers; money is in pounds."


@dataclass(frozen=True)
class Card:
    """One headline figure: what it is, the figure, and how sure it is.

    ``numbers`` are the same for a spreadsheet: the value, or it with its low and high.
    """

    label: str
    figure: str
    detail: str
    numbers: tuple[float | str, ...] = ()
    kind: str = "gbp"

    def row(self) -> dict[str, object]:
        """The card as a row of the workbook's sheet."""
        value, low, high = (*self.numbers, *[NOT_APPLICABLE] * 3)[:3]
        return {**vars(self), "value": value, "low": low, "high": high}


@dataclass(frozen=True)
class Headline:
    """The first thing a reader sees: what is said, a few figures, what to set beside."""

    sentence: str
    cards: tuple[Card, ...]
    beside: tuple[str, ...] = ()

    def table(self) -> Table:
        """The headline figures as a table, for the workbook: in numbers and in words."""
        said = any(card.numbers for card in self.cards)
        numbers = [
            Column(name, name.capitalize(), "number", by="kind")
            for name in ("value", "low", "high")
        ]
        return Table(
            "headline",
            "Headline figures",
            (
                Column("label", "What"),
                *(numbers if said else ()),
                Column("figure", "As the page says it"),
                Column("detail", "How sure"),
            ),
            pd.DataFrame([card.row() for card in self.cards]),
            (self.sentence, *self.beside, *([_NUMBERS_NOTE] if said else [])),
        )

    def html(self) -> str:
        """A description list: each term is followed by its figure and its range."""
        cards = "".join(
            f"<div><dt>{marked(card.label)}</dt><dd><b>{marked(card.figure)}</b> "
            f"<span>{marked(card.detail)}</span></dd></div>"
            for card in self.cards
        )
        lead = f'<p class="hn-lead">{marked(self.sentence)}</p>'
        beside = "".join(f"<p>{marked(text)}</p>" for text in self.beside)
        return f'{lead}<dl class="hn-cards">{cards}</dl>{beside}'

    def __repr__(self) -> str:
        lines = [f"{card.label}: {card.figure} ({card.detail})" for card in self.cards]
        return "\n".join([self.sentence, *lines, *self.beside])

    def _repr_mimebundle_(
        self, include: object = None, exclude: object = None
    ) -> tuple[dict[str, str], dict[str, Any]]:
        return shown(self.html(), repr(self), "headline")


def headline(result: Projection) -> Headline:
    """The headline figures of a projection; one that does not exist is said to be so."""
    cards = [*_balance_cards(result), *_gap_cards(result), *_plans_card(result)]
    return Headline(result.sentence(), tuple(cards), (outlook_words(),))


def _balance_cards(result: Projection) -> list[Card]:
    table = result.balance().dropna(subset=["central"])
    if table.empty:
        return [Card("Cumulative balance", "Not available", result.balance_basis)]
    years = [FinancialYear.parse(str(label)) for label in table["year"]]
    counted, ends = quoted_years(result)
    end = table[[year <= ends for year in years]].iloc[-1]
    known = table[table["status"].map(basis).isin(HELD)]
    cards = []
    if len(known):
        last = known.iloc[-1]
        cards.append(
            Card(
                f"Balance at {_closes(last)}",
                millions(last["central"]),
                STATUS_WORDS[str(last["status"])].capitalize(),
                (last["central"],),
            )
        )
    if counted and len(known):
        then = table[table["year"] == counted.label].iloc[0]
        cards.append(_ahead(f"Balance at {_closes(then)}", then))
    kind = "Balance" if len(known) else "Change in balance"
    beside = result.balance_with_grant()
    there = beside[beside["year"] == end["year"]]
    without = " without the announced grant" if len(there) else ""
    at = "at" if len(known) else "to"
    cards.append(_ahead(f"{kind} {at} {_closes(end)}{without}", end))
    if len(there):
        label = f"{kind} {at} {_closes(end)} with the announced grant"
        cards.append(_ahead(label, there.iloc[0]))
    if pd.notna(share := end["chance_of_deficit"]):
        said = chance(share, result.draws)
        cards.append(
            Card(
                f"Chance of a deficit at {_closes(end)}",
                said,
                f"Of {count(result.draws)} simulated futures",
                (share if said[0].isdigit() else said,),
                "percent",
            )
        )
    return cards


def _ahead(label: str, row: pd.Series) -> Card:
    """A figure ahead with its range."""
    return Card(
        label,
        millions(row["central"]),
        f"Central; {_range(millions(row['p10']), millions(row['p90']))}",
        (row["central"], row["p10"], row["p90"]),
    )


def _gap_cards(result: Projection) -> list[Card]:
    """The yearly cost after the override, or of the last year."""
    table = result.money().dropna(subset=["in_year_gbp_central"])
    if table.empty:
        return []
    beyond = [year.label for year in yearly_years(result)]
    chosen = table[table["year"].isin(beyond)] if beyond else table.tail(1)
    return [
        _ahead(
            f"Block less spending in {row['year']}" + (f", {WHOEVER}" if beyond else ""),
            row.rename(lambda name: str(name).removeprefix("in_year_gbp_")),
        )
        for _, row in chosen.iterrows()
    ]


def _plans_card(result: Projection) -> list[Card]:
    table = result.plans().dropna(subset=["central"])
    if table.empty:
        return []
    end = table.iloc[-1]
    known = table[table["status"].map(basis).isin(HELD)]
    now = (
        f"; {count(known.iloc[-1]['central'])} in January {known.iloc[-1]['year']}"
        if len(known)
        else ""
    )
    return [
        Card(
            f"Plans in January {end['year']}",
            count(end["central"]),
            f"Central; {_range(count(end['p10']), count(end['p90']))}{now}"
            f"{_counted(result)}",
            tuple(round(end[name]) for name in ("central", "p10", "p90")),
            "count",
        )
    ]


def _counted(result: Projection) -> str:
    """The authority's own last count of plans on a day between Januaries."""
    for day, plans in reversed(counts_between(result).items()):
        return f"; {count(plans)} on {day_words(day)} by its own count"
    return ""


def _closes(row: pd.Series) -> str:
    return FinancialYear.parse(str(row["year"])).closes_on()


def _range(low: str, high: str) -> str:
    return f"8 in 10 futures {between(low, high)}"
