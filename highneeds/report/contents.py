"""What a report holds: each answer of a projection as a captioned table."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

import pandas as pd

from highneeds.answers.claim import WHOEVER, closing
from highneeds.answers.needs import ALL, januaries_with_needs, plans_by_need
from highneeds.answers.sentences import FEW_PLANS
from highneeds.answers.whole import whole_by_year
from highneeds.errors import ModelError
from highneeds.model.quantiles import FIGURES
from highneeds.panel.schema import STATEMENTS_TO
from highneeds.periods import FinancialYear
from highneeds.report.tables import Column, Table, Words
from highneeds.report.wording import HELD, NEED_NAMES, PLACEMENT_NAMES, STATUS_WORDS, basis
from highneeds.words import (
    NO_FIGURE,
    NOT_APPLICABLE,
    between,
    chance,
    count,
    millions,
    missing,
)

if TYPE_CHECKING:
    from highneeds.answers.projection import Projection

RANGE = "8 in 10 futures"
RANGE_NOTE = (
    "8 in 10 simulated futures lie in the range shown; the central value is the central "
    "case: every assumption at its central value and no yearly swing."
)
_SIGN_NOTE = "A negative balance is a deficit."
_CHANGE_NOTE = "A negative change worsens the balance, whatever it was."
WHOLE_NOTE = (
    "Published counts stand as published; modelled ones are rounded to whole plans. No "
    f"percentage is worked out of fewer than {FEW_PLANS} plans."
)


def balance_table(result: Projection) -> Table:
    """Cumulative balance at the end of each financial year."""
    found = result.balance()
    ahead = ~found["status"].map(basis).isin(HELD)
    years, last = [*map(FinancialYear.parse, found["year"])], result.deficit_until
    beside = result.balance_with_grant().set_index("year")["central"]
    # With no published year there is no level, only a change.
    level = found.empty or not ahead.all()
    said = [
        chance(share, result.draws) if open_ and year <= last else NOT_APPLICABLE
        for share, open_, year in zip(found["chance_of_deficit"], ahead, years, strict=True)
    ]
    frame = found.assign(
        closes=[closing(year, last) for year in years],
        # Until it is paid, the path is the same.
        with_grant=found["year"].map(beside).fillna(found["central"]),
        basis=_words(found["status"]),
        low=_only(found["p10"], ahead),
        high=_only(found["p90"], ahead),
        range=ranges(found["p10"], found["p90"], ahead, millions),
        chance=said,
        # As on the page: a share is a number only where the draws can tell it.
        share=[
            share if text[0].isdigit() else text
            for share, text in zip(found["chance_of_deficit"], said, strict=True)
        ],
    )
    chances = (
        Column("chance", "Chance of a deficit", "figure", "page"),
        Column("share", "Chance of a deficit", "percent", "sheet"),
    )
    grants = (Column("with_grant", "With the announced grant, central", "millions"),)
    return Table(
        "balance",
        f"Balance of {result.area.name} at the end of each financial year"
        if level
        else f"Change in the balance of {result.area.name} to the end of each year",
        (
            Column("closes", "At"),
            Column("basis", "Basis"),
            Column("low", "Low", "millions", "sheet"),
            Column("central", middle_heading(result) if level else "Central", "millions"),
            Column("high", "High", "millions", "sheet"),
            Column("range", RANGE, "figure", "page"),
            *(grants if len(beside) else ()),
            *(chances if level else ()),
        ),
        frame,
        (
            result.balance_basis,
            _SIGN_NOTE if level else _CHANGE_NOTE,
            RANGE_NOTE,
            *_bounds(result, beside),
        ),
    )


def _bounds(result: Projection, beside: pd.Series) -> list[str]:
    """To which day a balance is the authority's own, and what is drawn beside it."""
    said = []
    if result.until > result.deficit_until:
        said.append(
            f"After {result.deficit_until.closes_on()}, the end of the statutory override, "
            f"figures are a cumulative shortfall, {WHOEVER}, and no council's deficit, so "
            "no chance of one is given."
        )
    if len(beside):
        said.append(f"With the announced grant: from its payment in {beside.index[0]}.")
    return said


def money_table(result: Projection) -> Table:
    """High needs block, spending and the in-year position, by financial year."""
    found, last = result.money(), result.deficit_until
    low, high = found["in_year_gbp_p10"], found["in_year_gbp_p90"]
    frame = found.assign(
        closes=[
            f"{year}, {WHOEVER}" if FinancialYear.parse(year) > last else year
            for year in found["year"]
        ],
        block_basis=_words(found["block_status"]),
        spending_basis=_words(found["spending_status"]),
        basis=[
            block if block == spending else f"block {block}, spending {spending}"
            for block, spending in zip(
                _words(found["block_status"]), _words(found["spending_status"]), strict=True
            )
        ],
        range=ranges(low, high, [True] * len(found), millions),
    )
    granted = (
        Column(
            "in_year_with_grant_gbp",
            "In-year position with the announced grant",
            "millions",
            "sheet",
        ),
        Column("in_year_with_grant_gbp", "With the announced grant", "millions", "page"),
    )
    moved = (Column("transfer_gbp", "From the schools block", "millions"),)
    return Table(
        "money",
        f"In-year position of {result.area.name}",
        (
            Column("closes", "Financial year"),
            Column("block_gbp", "Block", "millions"),
            Column("block_like_for_like_gbp", "Without grants rolled in", "millions"),
            Column("block_basis", "Basis of block", place="sheet"),
            *(moved if found["transfer_gbp"].any() else ()),
            Column("spending_gbp", "Spending", "millions"),
            Column("spending_basis", "Basis of spending", place="sheet"),
            Column("in_year_gbp_p10", "In-year position, low", "millions", "sheet"),
            Column("in_year_gbp_central", "In-year position, central", "millions"),
            Column("in_year_gbp_p90", "In-year position, high", "millions", "sheet"),
            Column("range", RANGE, "figure", "page"),
            *(granted if len(result.balance_with_grant()) else ()),
            Column("basis", "Basis", place="page"),
        ),
        frame,
        (
            "Block before deductions; spending on the same basis: net outturn plus place "
            "funding. The in-year position is block less spending: negative is a deficit.",
            "Grants for pay and national insurance become part of the block in one year, "
            "and the costs they met part of spending; without them the block is like for "
            "like with the years before.",
            RANGE_NOTE,
        ),
    )


def plans_table(result: Projection) -> Table:
    """Plans each January."""
    found = result.plans()
    ahead = ~found["status"].map(basis).isin(HELD)
    return Table(
        "plans",
        f"Education, health and care plans of {result.area.name} each January",
        (
            Column("year", "January"),
            Column("basis", "Basis"),
            Column("low", "Low", "count", "sheet"),
            Column("plans", middle_heading(result), "count"),
            Column("high", "High", "count", "sheet"),
            Column("range", RANGE, "figure", "page"),
        ),
        found.assign(
            basis=_words(found["status"]),
            low=_only(found["p10"].round(), ahead),
            plans=found["central"].round(),
            high=_only(found["p90"].round(), ahead),
            range=ranges(found["p10"], found["p90"], ahead, count),
        ),
        (
            RANGE_NOTE,
            f"Statements of special educational needs are included to {STATEMENTS_TO}.",
            WHOLE_NOTE,
        ),
    )


def mix_table(result: Projection) -> Table:
    """Plans by placement: the last published January and the last projected one."""
    found = result.plan_mix()
    years = found["year"].astype(str)
    known = years[found["status"].map(basis).isin(HELD)]
    chosen = found[years.isin([*known.tail(1), *years.tail(1)])]
    together = chosen.groupby("year")["plans"].transform("sum")
    return Table(
        "placements",
        f"Plans of {result.area.name} by placement",
        (
            Column("where", "Placement"),
            Column("year", "January"),
            Column("basis", "Basis"),
            Column("plans", "Plans", "count"),
            Column("share", "Share of plans", "percent"),
        ),
        chosen.assign(
            where=chosen["placement"].map(PLACEMENT_NAMES.get),
            basis=_words(chosen["status"]),
            plans=whole_by_year(chosen, "plans"),
            share=of_enough(chosen["share"], together),
        ),
        (
            "Projected figures are the central case's, so placements add up to all plans.",
            "Mainstream independent schools are among mainstream schools here; the plans "
            "of government returns, in the workbook, count them with NMSS or independent.",
            WHOLE_NOTE,
        ),
    )


def needs_table(result: Projection) -> Table | Words:
    """Plans by primary need: the published January and the last projected one."""
    try:
        found = plans_by_need(result)
    except ModelError as error:
        return Words((str(error),))
    first, *later = found["year"].unique()
    parts = found["need"] != ALL
    found.loc[parts, "central"] = whole_by_year(found[parts], "central")
    by_year = {year: rows.set_index("need") for year, rows in found.groupby("year")}
    last = by_year[later[-1]]
    frame = pd.DataFrame(
        {
            "name": [NEED_NAMES[need] for need in last.index],
            first: by_year[first]["central"].to_numpy(),
            **{year: by_year[year]["central"].round().to_numpy() for year in later},
            "p10": last["p10"].round().to_numpy(),
            "p90": last["p90"].round().to_numpy(),
        }
    )
    frame["range"] = ranges(frame["p10"], frame["p90"], [True] * len(frame), count)
    since, *more = januaries_with_needs(result.panel, result.vintage.census)
    known = (
        f"from January {since} to January {first}; no trend in needs is assumed"
        if more
        else f"for January {first} alone, so no trend in needs is known"
    )
    return Table(
        "needs",
        f"Plans of {result.area.name} by primary need each January",
        (
            Column("name", "Primary need"),
            Column(first, f"{first}, published", "count"),
            *(Column(year, f"{year}, central", "count", "sheet") for year in later[:-1]),
            Column(later[-1], f"{later[-1]}, central", "count"),
            Column("p10", f"{later[-1]}, low", "count", "sheet"),
            Column("p90", f"{later[-1]}, high", "count", "sheet"),
            Column("range", f"{later[-1]}, {RANGE}", "figure", "page"),
        ),
        frame,
        (
            f"Needs are published {known}. Within each placement the shares of needs are "
            "held at those of that January: what moves here is placements. A change in "
            "needs themselves is in no range.",
            "In the central case, as in every future, the needs add up to all plans.",
            WHOLE_NOTE,
        ),
    )


def bridge_table(result: Projection) -> Table:
    """From the opening balance to the closing one, or the parts of a change."""
    found = result.bridge()
    level = found.empty or "start" in set(found["kind"])
    return Table(
        "bridge",
        f"From the opening to the closing balance of {result.area.name}"
        if level
        else f"What the change in the balance of {result.area.name} is made of",
        (
            Column("label", "Step"),
            Column("amount", "Amount", "figure", "page"),
            Column("value_gbp", "Amount", "millions", "sheet"),
            Column("note", "What it is"),
        ),
        found.assign(
            amount=[
                millions(value, signed=kind == "change")
                for value, kind in zip(found["value_gbp"], found["kind"], strict=True)
            ]
        ),
        (
            "The central case, in which the steps add up exactly.",
            _SIGN_NOTE if level else _CHANGE_NOTE,
        ),
    )


def results_table(result: Projection) -> Table:
    """Every simulated series, as in results.csv."""
    numbers = [Column(name, name, "number") for name in FIGURES]
    return Table(
        "results",
        f"Every simulated series of {result.area.name}",
        (
            Column("measure", "Measure"),
            Column("year", "Year"),
            Column("age_band", "Age band"),
            Column("placement", "Placement"),
            *numbers,
            Column("unit", "Unit"),
            Column("status", "Status"),
            Column("scenario", "Scenario"),
        ),
        result.results(),
        (
            "The same rows as results.csv. central is the central case, which adds up; p10 "
            "and p90 have 1 simulated future in 10 beyond them; p50 is the middle future. "
            "Modelled counts keep their decimals here, so that sums can be checked.",
        ),
    )


def missing_figures(result: Projection) -> Words:
    """Which published figures are missing, and what was done instead."""
    if not result.gaps:
        return Words(("No published figure that this report needs is missing.",))
    return Words(tuple(f"{gap.what} {gap.done}" for gap in result.gaps), listed=True)


def in_words(result: Projection, topic: str) -> Words:
    """The model's own sentences on a topic; none where it has nothing to say."""
    sentence = result.sentences().get(topic, "")
    return Words((sentence,) if sentence else ())


def cautions(result: Projection) -> Words:
    """What a reader must bear in mind, as sentences."""
    # Missing figures have their own place in the report.
    said = {f"{gap.what} {gap.done}" for gap in result.gaps}
    kept = tuple(text for text in result.cautions if text not in said)
    return Words((*_of_own(result), *kept), listed=True)


def _of_own(result: Projection) -> Iterator[str]:
    if result.own and result.own.figures:
        yield (
            f"Figures marked as the authority's own are those of {result.own.file_name}: "
            "they are no published figures, and nobody else has checked them."
        )


def middle_heading(result: Projection) -> str:
    """What a column holds that is known in some years and central in others."""
    own = bool(result.own and result.own.figures)
    return "Published, own or central" if own else "Published or central"


def _words(statuses: Iterable[Any]) -> list[str]:
    return [STATUS_WORDS[str(status)] for status in statuses]


def ranges(
    low: pd.Series, high: pd.Series, open_: Iterable[bool], said: Callable[[float], str]
) -> list[str]:
    """Ranges in words; a figure that is published, or absent, has none."""
    return [
        NOT_APPLICABLE
        if not ahead
        else NO_FIGURE
        if missing(least)
        else between(said(least), said(most))
        for least, most, ahead in zip(low, high, open_, strict=True)
    ]


def _only(values: pd.Series, open_: Iterable[bool]) -> list[float | str]:
    """Ends of ranges; a figure that is published has none."""
    return [
        value if ahead else NOT_APPLICABLE
        for value, ahead in zip(values, open_, strict=True)
    ]


def of_enough(shares: pd.Series, plans: pd.Series) -> list[float | str]:
    """Percentages of plans, but of too few."""
    return [
        share if whole >= FEW_PLANS else "too few"
        for share, whole in zip(shares, plans, strict=True)
    ]
