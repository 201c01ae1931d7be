"""What is assumed, as tables: every value with its range, and what stands behind it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from highneeds.answers.claim import last_balance
from highneeds.report.tables import Column, Table
from highneeds.scenario.assumptions import EVIDENCE_WORDS
from highneeds.words import decimal, fixed, percent, whole_pounds

if TYPE_CHECKING:
    import pandas as pd

    from highneeds.answers.projection import Projection

NOT_VERIFIED = "No verified source"
# How many a reader is shown before the whole list.
MOST = 5
_ODDS_NOTE = (
    "In log odds, a spread is no share: with 0.31, one authority in six or so has odds of "
    "the placement that are 1.36 times (e to the power 0.31) those of the middle one, or "
    "more."
)


def assumptions_table(result: Projection) -> Table:
    """Every assumption with its range, source and the strength of its evidence."""
    found = result.assumptions()
    found = found[found["low"].notna()].reset_index(drop=True)
    verified = (found["evidence"] != "M") & (found["source"].fillna("") != "")
    frame = found.assign(
        what=[
            named(title, unit)
            for title, unit in zip(found["title"], found["unit"], strict=True)
        ],
        strength=found["evidence"].map(EVIDENCE_WORDS.get).where(verified, NOT_VERIFIED),
        **{name: found[name].fillna("") for name in ("source", "date", "note", "owner")},
    )
    frame["support"] = [_support(row) for row in frame.to_dict("records")]
    for name in ("low", "central", "high"):
        frame[f"{name}_words"] = [
            assumed(value, unit)
            for value, unit in zip(frame[name], frame["unit"], strict=True)
        ]
    weak = int((~verified).sum())
    return Table(
        "assumptions",
        f"What is assumed: scenario “{result.scenario.title}”",
        (
            Column("what", "Assumption", "text", "page"),
            Column("title", "Assumption", "text", "sheet"),
            Column("unit", "Unit", "text", "sheet"),
            Column("low", "Low", "number", "sheet"),
            Column("central", "Central", "number", "sheet"),
            Column("high", "High", "number", "sheet"),
            Column("low_words", "Low", "figure", "page"),
            Column("central_words", "Central", "figure", "page"),
            Column("high_words", "High", "figure", "page"),
            Column("support", "What stands behind it", "text", "page"),
            Column("strength", "Evidence", "text", "sheet"),
            Column("source", "Source", "text", "sheet"),
            Column("date", "Date", "text", "sheet"),
            Column("owner", "Owner", "text", "sheet"),
            Column("note", "Note", "text", "sheet"),
        ),
        frame,
        (
            "Low and high have 1 simulated future in 10 beyond them.",
            f"{weak} of {len(found)} assumptions have no verified source and are marked "
            f"{NOT_VERIFIED}: replace them with the authority's own figures in a scenario "
            "file.",
        ),
        tuple(~verified),
    )


def five_table(result: Projection, moved: pd.DataFrame) -> Table:
    """The assumptions that move the last balance most, with what stands behind each.

    Parameters
    ----------
    moved : DataFrame
        Of `tornado`.
    """
    whole = assumptions_table(result).frame.set_index("name")
    wanted = moved.sort_values("swing_gbp", ascending=False, kind="stable").head(MOST)
    return Table(
        "five",
        f"The {MOST} assumptions that move the {last_balance(result)}, most",
        (
            Column("what", "Assumption"),
            Column("low_words", "Low", "figure"),
            Column("central_words", "Central", "figure"),
            Column("high_words", "High", "figure"),
            Column("low_gbp", "Change at its low", "millions"),
            Column("high_gbp", "Change at its high", "millions"),
            Column("support", "What stands behind it"),
        ),
        wanted.merge(
            whole.reset_index().drop(columns=["low", "central", "high", "title"]), on="name"
        ),
        ("Each change is against the central case, with one assumption moved.",),
    )


def spreads_table(result: Projection) -> Table:
    """How widely the record itself varies: spreads estimated from every authority."""
    found = result.assumptions()
    found = found[found["low"].isna()]
    frame = found.assign(
        words=[
            fixed(value, 2) if unit == "log odds" else percent(value, decimals=1)
            for value, unit in zip(found["central"], found["unit"], strict=True)
        ]
    )
    odds = (found["unit"] == "log odds").any()
    return Table(
        "spreads",
        "How far years and authorities differ from each other",
        (
            Column("title", "Spread"),
            Column("words", "Estimate", "figure", "page"),
            Column("central", "Estimate", "number", "sheet"),
            Column("unit", "Unit", "text", "sheet"),
            Column("source", "Source", "text", "sheet"),
        ),
        frame,
        (
            "Standard deviations, as shares, unless the name says otherwise; each future "
            "draws its own years from them. Estimated from every authority's published "
            "record.",
            *([_ODDS_NOTE] if odds else []),
        ),
    )


def _support(row: Mapping[Any, Any]) -> str:
    """One assumption's source, or the lack of one, with its note."""
    if row["strength"] == NOT_VERIFIED:
        return f"{NOT_VERIFIED}. {row['note']}".strip()
    dated = f" ({row['date']})" if row["date"] else ""
    return f"{row['source']}{dated}; {row['strength']}. {row['note']}".strip()


def named(title: str, unit: str) -> str:
    """An assumption with its unit; a share is shown as a per cent, so it needs none."""
    rest = _after_share(unit)
    return f"{title} ({rest})" if rest else title


def assumed(value: float, unit: str) -> str:
    """A value as its unit reads: a share as a per cent."""
    if unit.startswith("share"):
        return percent(value, decimals=1)
    return decimal(value)


def with_unit(value: float, unit: str) -> str:
    """A value and what it is counted in: ``6.0% of requests``, ``£150,000 a year``."""
    if unit.startswith("£"):
        return f"{whole_pounds(value)} {unit.removeprefix('£').strip()}"
    return f"{assumed(value, unit)} {_after_share(unit)}".strip()


def _after_share(unit: str) -> str:
    return unit.removeprefix("share").strip()
