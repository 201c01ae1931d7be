"""How well past forecasts of money would have done: sentences and tables."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from highneeds.answers.backtest_marks import ENGINE, ORACLE
from highneeds.answers.backtest_money import LATER, PRICED
from highneeds.report.tables import Column, Table, Words
from highneeds.words import count

SPENDING_TITLES = {
    ENGINE: "The engine: section 251 outturn, grown as the engine's spending",
    f"{ENGINE}_all_places": "The engine: outturn and the places funded apart",
    f"{ENGINE}_england_true": "The engine's split of England as it came",
    "naive": "As much as in the origin's year",
    "own_last": "Its own growth of the last year, every year",
    "england_last": "England's growth of the last year, every year",
    ORACLE: "England's growth as it came, for every area",
    **{
        f"plans_{name}": f"Plans by {name.upper()}, dearer each year as prices are assumed"
        for name in PRICED
    },
}
GROUP_WORDS = {
    "england": "All authorities",
    "england_without_agreement": "Without a Safety Valve agreement",
    "england_with_agreement": "With a Safety Valve agreement",
}
_LATER_WORDS = {
    "assumptions": "today's assumptions",
    "ages": "England's plans by age and placement",
    "exits": "the shape of ended plans by age",
    "people": "people by age",
    "requests": "requests for each new plan",
    "lines": "place funding and the share of services, of the one year of lines",
    "block_growth": "two years' growth of England's block",
}
NOT_CALIBRATED = (
    "Covers are shown for what they are: a few overlapping pairs of years calibrate "
    "nothing."
)


def past_spending_table(found: pd.DataFrame, level: str = "authority") -> Table | Words:
    """Error, bias and cover of every way to foretell spending, by years ahead."""
    if found.empty:
        return Words(("No later outturn is held by then, so no spending can be marked.",))
    mine = found[found["level"] == level]
    frame = mine.assign(title=mine["method"].map(SPENDING_TITLES))
    return Table(
        "spending",
        "Spending foretold, and section 251 outturn that came",
        (
            Column("title", "Rule or method"),
            Column("horizon", "Years ahead", "count"),
            Column("n", "Forecasts", "count"),
            Column("n_origins", "Januaries", "count"),
            Column("mape", "Error (%)", "hundredths"),
            Column("bias", "Bias (%)", "hundredths"),
            Column("cover80", "In the 80% band", "percent"),
        ),
        frame,
        (
            "Errors in per cent of net high needs outturn, section 251; in the row with "
            "places, of outturn and the places funded apart. Bias above 0: too much was "
            "foretold.",
            *looked_ahead_lines(found),
        ),
    )


def past_balances_table(pairs: pd.DataFrame) -> Table | Words:
    """Balances replayed from each March to each later one, beside no change."""
    if pairs.empty:
        return Words(("No later balance is held by then, so no balance can be marked.",))
    frame = pairs.assign(
        title=pairs["group"].map(GROUP_WORDS),
        origin=pairs["origin"].astype(str),
        to=pairs["to"].astype(str),
    )
    return Table(
        "balances",
        "Balances replayed from each March to each later one that is held",
        (
            Column("title", "Authorities"),
            Column("origin", "From March"),
            Column("to", "To March"),
            Column("start_gbp", "Start (£m)", "millions"),
            Column("middle_gbp", "Foretold (£m)", "millions"),
            Column("low80_gbp", "8 in 10, low (£m)", "millions"),
            Column("high80_gbp", "8 in 10, high (£m)", "millions"),
            Column("came_gbp", "Came (£m)", "millions"),
            Column("error_gbp", "Foretold less came (£m)", "millions"),
            Column("mae_pct", "Authorities' error (% of block)", "tenths"),
            Column("no_change_mae_pct", "Had nothing changed", "tenths"),
            Column("cover80", "In the 80% band", "percent"),
        ),
        frame,
        (
            f"{NOT_CALIBRATED} The {count(pairs['origin'].nunique())} Marches to start "
            "from share years.",
            "The block grows in the two years after each March as England's was published "
            "to grow.",
        ),
    )


def looked_ahead_lines(found: pd.DataFrame) -> Iterator[str]:
    """What the engine took from after each January, in sentences."""
    engine = found.loc[found["method"] == ENGINE, "selected_set"].unique()
    years: dict[str, set[int]] = {}
    for part in (part for said in engine for part in str(said).split("; ")):
        when, _, names = part.partition(f": {LATER}")
        first, _, last = when.partition("–")
        for name in names.split(" + "):
            run = range(int(first), int(last or first) + 1)
            years.setdefault(name, set()).update(run)
    for name, januaries in years.items():
        span = sorted({min(januaries), max(januaries)})
        yield (
            f"Taken from after the January ({'–'.join(map(str, span))}): "
            f"{_LATER_WORDS.get(name, name)}."
        )
