"""What is claimed of a balance: whose it is, and to which day."""

from __future__ import annotations

from collections.abc import Sequence

from highneeds.model.run import Run
from highneeds.panel.vintage import Vintage
from highneeds.periods import FinancialYear
from highneeds.record.gap import EXTRACT
from highneeds.status import Status

# A cumulative figure after the statutory override is whoever's who carries it.
WHOEVER = "whoever carries it"
# A block or a balance with the word for what it is.
KINDS: dict[str, str] = {
    Status.OBSERVED: "published",
    Status.DERIVED: "published",
    Status.REPAIRED: "published",
    Status.REPORTED: "reported",
    Status.OWN: "own",
    Status.ESTIMATED: "estimated",
    Status.PROJECTED: "projected",
}
# The same with its article.
ARTICLES = {
    status: f"{'an' if word[0] in 'aeio' else 'a'} {word}" for status, word in KINDS.items()
} | {Status.OWN: "the authority's own"}
# Years after the override that the headline names one by one.
_NAMED = 2


def opening_kind(result: Run) -> str:
    """Whose the balance is that a projection starts from: published, reported or own."""
    return KINDS[result.record.money.balance_status[result.opening_year.label]]


def opening_one(result: Run) -> str:
    """The balance that a projection starts from, by whose it is."""
    kind = opening_kind(result)
    return ARTICLES[Status.OWN] if kind == KINDS[Status.OWN] else f"the one {kind}"


def balance_basis(result: Run) -> str:
    """What a balance is measured from, in words."""
    if not result.has_money:
        return f"No balance is shown: {EXTRACT.lower()} holds no high needs block."
    if result.balance_is_level:
        return (
            f"Cumulative DSG balance, from {opening_one(result)} for {result.opening_year}."
        )
    return (
        f"Change since {result.opening_year.closes_on()}, not a balance: "
        f"{EXTRACT.lower()} holds none."
    )


def closing(year: FinancialYear, last: FinancialYear) -> str:
    """The day a year closes, and after `last` that no one is said to owe its balance."""
    return f"{year.closes_on()}, {WHOEVER}" if year > last else year.closes_on()


def closing_step(result: Run) -> int:
    """The place, in the years simulated, of the last balance called the authority's own."""
    return max(result.deficit_until.end - result.base_year.end, 0)


def last_balance(result: Run) -> str:
    """What the balance at the end of a run is, in words."""
    closes = result.until.closes_on()
    if result.until > result.deficit_until:
        return f"cumulative shortfall at {closes}, {WHOEVER}"
    return f"balance at {closes}"


def quoted_years(result: Run) -> tuple[FinancialYear | None, FinancialYear]:
    """The day the grant counts, where it is ahead of the last balance held, and the end.

    The first is None where the record holds that balance or the projection ends before.
    """
    counted, _ = result.scenario.policies.stability_grant.years()
    last = result.deficit_until
    ahead = result.opening_year < counted < last
    return counted if ahead else None, last


def this_and_next(result: Run) -> list[FinancialYear]:
    """The financial year that begins in the year of the base census, and the next.

    The last two simulated where the projection ends before.
    """
    return asked_first(result.vintage, result.years)


def asked_first(now: Vintage, years: Sequence[FinancialYear]) -> list[FinancialYear]:
    """See `this_and_next`, of the years simulated from a record."""
    first = FinancialYear(now.census.end + 1)
    wanted = [year for year in (first, first.shift(1)) if year in years]
    return wanted or list(years[-2:])


def yearly_years(result: Run) -> list[FinancialYear]:
    """Years after the override whose yearly cost is quoted."""
    return quoted_after([year for year in result.years if year > result.deficit_until])


def quoted_after(beyond: Sequence[FinancialYear]) -> list[FinancialYear]:
    """Of the years after the override the first ones and the last."""
    return [*beyond[:_NAMED], *beyond[_NAMED:][-1:]]
