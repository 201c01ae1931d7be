"""Headline: the few figures a reader sees first, each with its range."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from highneeds import home
from highneeds.answers.claim import (
    WHOEVER,
    quoted_years,
    this_and_next,
    yearly_years,
)
from highneeds.answers.claim_sentences import LOWER_BOUND, grant_of
from highneeds.model.funding import payments_of
from highneeds.model.grant import Ground
from highneeds.periods import FinancialYear
from highneeds.report.blocks import Grid, Paragraph, Said, as_data
from highneeds.report.outlook import outlook_words
from highneeds.report.own_figures import counts_between
from highneeds.report.sources_line import Sources
from highneeds.report.tables import Column, Table, marked, shown
from highneeds.report.wording import HELD, STATUS_WORDS, basis
from highneeds.words import (
    NOT_APPLICABLE,
    chance,
    count,
    day_words,
    futures,
    millions,
    percent,
    plural,
)

if TYPE_CHECKING:
    from highneeds.answers.projection import Projection
    from highneeds.panel.vintage import Vintage
    from highneeds.scenario.scenario import Scenario

DRAFT = "Draft for discussion"
_SIGN = "Money: a negative figure is a deficit."
_SHORT = 12
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
    """The first thing a reader sees: what is said, a few figures, what to set beside.

    ``status`` says on what terms the figures stand; ``mark`` is printed on every page of
    one that nobody has approved.
    """

    sentence: str
    cards: tuple[Card, ...]
    beside: tuple[str, ...] = ()
    status: str = ""
    mark: str = ""
    caption: str = _SIGN
    beside_it: str = "How sure"
    sources: Sources | None = None

    @property
    def heads(self) -> tuple[str, str, str]:
        """What stands over the figures."""
        return "What", "Figure", self.beside_it

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
                Column("detail", self.beside_it),
            ),
            pd.DataFrame([card.row() for card in self.cards]),
            (self.sentence, *self.beside, *([_NUMBERS_NOTE] if said else [])),
            sources=self.sources,
        )

    def html(self) -> str:
        """The terms, what is said, and a table of the figures, each with how sure it is."""
        rows = "".join(
            f'<tr><th scope="row">{marked(card.label)}</th><td class="figure">'
            f'{marked(card.figure)}</td><td class="text">{marked(card.detail)}</td></tr>'
            for card in self.cards
        )
        head = "".join(
            f'<th scope="col" class="{side}">{marked(name)}</th>'
            for name, side in zip(self.heads, ("text", "figure", "text"), strict=True)
        )
        status = f'<p class="hn-status">{marked(self.status)}</p>' if self.status else ""
        lead = f'<p class="hn-lead">{marked(self.sentence)}</p>'
        beside = f'<p class="hn-sources">{self.sources.html()}</p>' if self.sources else ""
        beside += "".join(f"<p>{marked(text)}</p>" for text in self.beside)
        return (
            f'{status}{lead}<table class="hn-cards">'
            f"<caption>{marked(self.caption)}</caption><thead><tr>{head}</tr></thead>"
            f"<tbody>{rows}</tbody></table>{beside}"
        )

    def blocks(self) -> list[Said]:
        """The same for a document."""
        status = [Paragraph(self.status)] if self.status else []
        rows = [(card.label, card.figure, card.detail) for card in self.cards]
        sources = [str(self.sources)] if self.sources else []
        beside = [Paragraph(text) for text in (*sources, *self.beside)]
        cards = Grid(self.caption, (self.heads, *rows))
        return [*status, Paragraph(self.sentence), cards, *beside]

    def __repr__(self) -> str:
        lines = [f"{card.label}: {card.figure} ({card.detail})" for card in self.cards]
        said = filter(None, (self.status, self.sentence))
        return "\n".join([*said, *lines, *self.beside])

    def _repr_mimebundle_(
        self, include: object = None, exclude: object = None
    ) -> tuple[dict[str, str], dict[str, Any]]:
        said = as_data(self.blocks())
        bundle, about = shown(self.html(), repr(self), "headline", said)
        about["highneeds"] |= {"mark": self.mark} if self.mark else {}
        return bundle, about


def headline(result: Projection) -> Headline:
    """The headline figures of a projection; one that does not exist is said to be so."""
    cards = [
        *_in_year_cards(result),
        *_balance_cards(result),
        *_later_cards(result),
        *_plans_card(result),
    ]
    return Headline(
        result.sentence(),
        tuple(cards),
        (outlook_words(),),
        " ".join(
            [
                status_words(result.scenario, result.vintage, _counted_words(result)),
                *filter(None, (gap.base for gap in result.gaps)),
            ]
        ),
        draft_mark(result.scenario),
    )


def status_words(scenario: Scenario, now: Vintage, counted: str) -> str:
    """On what terms the figures stand: scenario, approval, editions, what is counted."""
    approved = (
        f"approved by {scenario.approved_by}"
        if scenario.approved_by
        else "a draft that nobody has approved"
    )
    edition = home.edition_of(home.tables_dir())[:_SHORT]
    return (
        f"Scenario: {scenario.title} ({scenario.name}), {approved}. Published record: EHC "
        f"plans to January {now.census}, section 251 outturn to {now.year}, high needs "
        f"block to {now.block}, DSG balances to {now.balance.closes_on()}; edition "
        f"{edition}. Counted: {counted}."
    )


def draft_mark(scenario: Scenario) -> str:
    """What every page of figures that nobody has approved is marked with."""
    return "" if scenario.approved_by else DRAFT


def _counted_words(result: Projection) -> str:
    """What of grants, agreements and own figures is in the figures."""
    said = []
    if result.has_money:
        grant = result.scenario.policies.stability_grant
        if grant.switched_on:
            said.append("the announced grant, in the balance")
        elif len(result.balance_with_grant()):
            said.append("no grant; the announced one stands beside the balance")
        else:
            said.append("no grant")
        if result.record.money.agreements:
            paid = payments_of(result.record.money, result.scenario.policies)
            said.append(f"{'' if paid else 'no '}Safety Valve payments")
    own = result.own.figures if result.own else ()
    said.append(f"{plural(len(own), 'own figure')}" if own else "published figures alone")
    return "; ".join(said)


def _in_year_cards(result: Projection) -> list[Card]:
    """What this year and the next add to the balance."""
    table = result.money().dropna(subset=["in_year_gbp_central"])
    years = [year.label for year in this_and_next(result)]
    return [_in_year(row, "") for _, row in table[table["year"].isin(years)].iterrows()]


def _in_year(row: pd.Series, after: str) -> Card:
    found = row.rename(lambda name: str(name).removeprefix("in_year_gbp_"))
    return _ahead(f"In-year {_owed(found)}, {found['year']}{after}", found)


def _balance_cards(result: Projection) -> list[Card]:
    """The balance on the day the grant counts, the grant, and the end of the override."""
    table = result.balance().dropna(subset=["central"])
    if table.empty:
        return [Card("Cumulative DSG balance", "Not available", result.balance_basis)]
    counted, ends = quoted_years(result)
    years = [FinancialYear.parse(str(label)) for label in table["year"]]
    end = table[[year <= ends for year in years]].iloc[-1]
    known = table[table["status"].map(basis).isin(HELD)]
    level = len(known) > 0
    cards = []
    if counted and level:
        then = table[table["year"] == counted.label].iloc[0]
        cards.append(_ahead(_balance_label(then, level), then))
    elif level:
        cards.append(_held_card(known.iloc[-1]))
    cards += _grant_cards(result)
    beside = result.balance_with_grant()
    there = beside[beside["year"] == end["year"]]
    without = ", without the announced grant" if len(there) else ""
    cards.append(_ahead(_balance_label(end, level) + without, end))
    if len(there):
        row = there.iloc[0]
        cards.append(_ahead(f"{_balance_label(row, level)}, with the announced grant", row))
    cards += [*_chance_card(result, end), *_reserves_card(result)]
    if counted and level:
        cards.append(_held_card(known.iloc[-1]))
    return cards


def _balance_label(row: pd.Series, level: bool) -> str:
    if level:
        return f"Cumulative DSG {_owed(row)} at {_closes(row)}"
    return f"Change in the DSG balance to {_closes(row)}"


def _owed(row: pd.Series) -> str:
    return "deficit" if row["central"] < 0 else "surplus"


def _grant_cards(result: Projection) -> list[Card]:
    """What the announced grant pays and what it leaves, where there is one."""
    found, grant = grant_of(result), result.scenario.policies.stability_grant
    if found is None:
        return []
    counted, paid = grant.years()
    whole = result.grant_ground is Ground.WHOLE
    bound = f"; on the balance of all blocks, {LOWER_BOUND}" if whole else ""
    kind = "DSG" if whole else "authority's own high needs"
    owed = f"{kind} deficit of {millions(found.pays / grant.share)}"
    return [
        Card(
            f"Announced grant: {percent(grant.share)} of the {owed} at "
            f"{counted.closes_on()}",
            millions(found.pays),
            f"Central; paid in {paid} on an approved local SEND reform plan{bound}",
            (found.pays,),
        ),
        Card(
            "Left of that deficit after the grant",
            millions(found.left),
            f"Central; what the rule leaves with the "
            f"council{'; as above' if whole else ''}",
            (found.left,),
        ),
    ]


def _chance_card(result: Projection, end: pd.Series) -> list[Card]:
    share = end["chance_of_deficit"]
    if pd.isna(share):
        return []
    said = chance(share, result.draws)
    return [
        Card(
            f"Chance of a deficit at {_closes(end)}",
            said,
            f"Of {count(result.draws)} simulated futures",
            (share if said[0].isdigit() else said,),
            "percent",
        )
    ]


def _reserves_card(result: Projection) -> list[Card]:
    """The deficit against usable reserves at the end of the override, where known."""
    table = result.reserves()
    found = table[table["year"] == result.deficit_until.label]
    if found.empty:
        return []
    row = found.iloc[0]
    passed = result.reserves_passed
    when = f"passed by {passed.closes_on()}" if passed else "not passed"
    return [
        Card(
            f"Usable reserves less the deficit at {result.deficit_until.closes_on()}",
            millions(row["central_left_gbp"]),
            f"Central; of reserves of {millions(row['reserves_gbp'])}, {when}; larger "
            f"deficit than reserves: {chance(row['chance_exceeded'], result.draws)}",
            (float(row["central_left_gbp"]),),
        )
    ]


def _held_card(last: pd.Series) -> Card:
    """The balance that the projection starts from."""
    return Card(
        f"Last DSG balance held, {_closes(last)}",
        millions(last["central"]),
        STATUS_WORDS[str(last["status"])].capitalize(),
        (last["central"],),
    )


def _ahead(label: str, row: pd.Series) -> Card:
    """A figure ahead with its range."""
    return Card(
        label,
        millions(row["central"]),
        f"Central; {futures(millions(row['p10']), millions(row['p90']))}",
        (row["central"], row["p10"], row["p90"]),
    )


def _later_cards(result: Projection) -> list[Card]:
    """The yearly cost after the override, or of the last year."""
    table = result.money().dropna(subset=["in_year_gbp_central"])
    if table.empty:
        return []
    beyond = [year.label for year in yearly_years(result)]
    told = [year.label for year in this_and_next(result)]
    chosen = table[table["year"].isin(beyond)] if beyond else table.tail(1)
    after = f", {WHOEVER}" if beyond else ""
    return [
        _in_year(row, after)
        for _, row in chosen.iterrows()
        if beyond or row["year"] not in told
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
            f"EHC plans in January {end['year']}",
            count(end["central"]),
            f"Central; {futures(count(end['p10']), count(end['p90']))}{now}"
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
