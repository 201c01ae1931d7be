"""The answer in three sentences, each figure with its range, and what is said of policy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from highneeds.answers import series
from highneeds.answers.claim import (
    KINDS,
    WHOEVER,
    opening_kind,
    quoted_years,
    this_and_next,
)
from highneeds.answers.reserves import passed_in, reserves_table
from highneeds.model.funding import payments_of
from highneeds.model.grant import Ground, stated_at
from highneeds.model.quantiles import summary
from highneeds.model.run import Run
from highneeds.periods import FinancialYear
from highneeds.policy import policy
from highneeds.record.gap import EXTRACT
from highneeds.status import Status
from highneeds.words import count, futures, in_futures, millions, percent, possessive

if TYPE_CHECKING:
    import pandas as pd


# What the announced grant is where the whole balance stands in for the high needs one.
LOWER_BOUND = "a lower bound where other blocks are in surplus"
NONE_ON_WHOLE = (
    "there is no deficit of all blocks for it to be paid on, though the high needs balance "
    "alone may be in deficit"
)
# Why no grant is drawn, where there is no ground for one.
_WHY_NONE = {
    Ground.AGREEMENT: "it has a Safety Valve agreement",
    Ground.NO_BALANCE: "no balance is held to work one out on",
    Ground.NOT_ANNOUNCED: "none had been announced",
}


def headline(result: Run) -> str:
    """In-year positions, the balance the grant counts on, and where the override ends."""
    area, until = result.area.name, result.until
    plans = series.plans(result).iloc[-1]
    if not result.has_money:
        within = futures(count(plans.p10), count(plans.p90))
        return (
            f"{EXTRACT} holds no high needs block for {area}, so no deficit can be given. "
            f"EHC plans could number {count(plans.central)} in January {until.end} "
            f"({within})."
        )
    said = _levels(result) if result.balance_is_level else [_change(result)]
    own = [*_opening(result), *_grant_alone(result)]
    return " ".join([*_agreement(result), *_in_year(result), *said, *own])


def _in_year(result: Run) -> list[str]:
    """What this year and the next add to the balance, before any grant."""
    table = series.money(result).dropna(subset=["in_year_gbp_central"])
    table.columns = [str(name).removeprefix("in_year_gbp_") for name in table.columns]
    said = []
    for year in this_and_next(result):
        if year.label in set(table["year"]):
            row = _row(table, year)
            said.append(f"{millions(_middle(row))} in {year} ({_within(row)})")
    if not said:
        return []
    return [
        f"{possessive(result.area.name)} in-year position on high needs could be "
        f"{_listed(said)}; below nought is a deficit."
    ]


def paragraphs(result: Run) -> dict[str, str]:
    """What is said of policy: the override, the grant, interest; nothing without money."""
    if not result.has_money:
        return {}
    said = (
        _override(result),
        grant_words(result),
        _interest(result),
        _reserves(result),
        _covered(result),
    )
    return {"policy": " ".join(filter(None, said))}


def _agreement(result: Run) -> list[str]:
    """That there is a Safety Valve agreement, and whether payments under it are counted."""
    money, policies = result.record.money, result.scenario.policies
    # From an earlier January it may not have been made yet.
    if not money.agreements or result.grant_ground is Ground.NOT_ANNOUNCED:
        return []
    whose = _listed(list(money.agreements))
    has = "has a Safety Valve agreement"
    if len(money.agreements) > 1:
        has = "have Safety Valve agreements"
    if set(money.agreed_gbp) == set(money.agreements):
        has += f", of {millions(sum(money.agreed_gbp.values()))} in all as published"
    paid = payments_of(money, policies)
    later = {y: gbp for y, gbp in paid.items() if y > result.opening_year.label}
    if not paid:
        return [f"{whose} {has}; its payments are not counted here."]
    total = millions(sum(later.values()))
    since = f"{total} after {result.opening_year.closes_on()}"
    if money.own.payments:
        return [f"{whose} {has}; its payments are counted: {since}, as the authority says."]
    return [
        f"{whose} {has}; its payments are counted as if they were even over its years, "
        f"which nothing published says: {since}."
    ]


def _reserves(result: Run) -> str:
    """When the deficit passes usable reserves, and with what chance."""
    table = reserves_table(result)
    if table.empty:
        return ""
    last = result.deficit_until
    row = _row(table, last if last.label in set(table["year"]) else result.until)
    year = FinancialYear.parse(str(row["year"]))
    passed = passed_in(result)
    when = (
        f"in the central case the deficit passes them by {passed.closes_on()}"
        if passed
        else f"in the central case the deficit stays within them to {result.until}"
    )
    return (
        f"Against usable reserves of {millions(row['reserves_gbp'])}, {when}; at "
        f"{year.closes_on()} it is larger than they are "
        f"{in_futures(row['chance_exceeded'])}."
    )


def _covered(result: Run) -> str:
    """What a scenario has covered of later deficits."""
    later = result.scenario.policies.later_deficits
    if not later.share:
        return ""
    total = float(result.central.covered.sum())
    return (
        f"This scenario has {later.share:.0%} of what each year from {later.starts} to "
        f"{later.ends} adds to the deficit covered, {millions(total)} in the central case. "
        "Nothing of the kind is announced."
    )


def _levels(result: Run) -> list[str]:
    """The balance on the day that the grant counts, and where the override ends."""
    counted, last = quoted_years(result)
    held, _ = result.scenario.policies.stability_grant.years()
    whose, said = "Its cumulative DSG balance", list[str]()
    if not counted and result.opening_year == held < last:
        balance = millions(result.record.money.balance[held.label])
        at = f"{whose} was {balance} on {held.closes_on()}, {_as_stated(result)}"
        said.append(f"{at}{_grant_on(result)}.")
    elif counted:
        row = _row(series.balance(result), counted)
        at = f"{whose} could stand at {millions(_middle(row))} on {counted.closes_on()}"
        said.append(f"{at} ({_within(row)}){_grant_on(result)}.")
    row, on = _row(series.balance(result), last), last.closes_on()
    if last.label == result.scenario.policies.override_ends:
        on += ", when the statutory override ends"
    stands = "it could stand" if said else f"{whose[:1].lower()}{whose[1:]} could stand"
    words = f"On {on}, {stands} at {millions(_middle(row))}"
    said.append(f"{words}{_with_grant(result, last, _within(row))}.")
    return said


def _grant_on(result: Run) -> str:
    """That a balance is what the announced grant is worked out on, and what that leaves."""
    words = ", the day that the announced grant is worked out on"
    found = grant_of(result)
    if found is None:
        whole = result.grant_ground is Ground.WHOLE
        return f"{words}: {NONE_ON_WHOLE}" if whole else words
    share = result.scenario.policies.stability_grant.share
    own = "the authority's own high needs deficit"
    of = own if result.grant_ground is Ground.OWN else "that deficit"
    bound = f", {LOWER_BOUND}" if result.grant_ground is Ground.WHOLE else ""
    return (
        f"{words}: {percent(share)} of {of} is {millions(found.pays)}, which leaves "
        f"{millions(found.left)}{bound}"
    )


def _within(row: Mapping[str, Any]) -> str:
    return futures(millions(row["p10"]), millions(row["p90"]))


def _as_stated(result: Run) -> str:
    """Whose the balance is that a projection starts from, to be put after it."""
    kind = opening_kind(result)
    return "as the authority states it" if kind == KINDS[Status.OWN] else f"as {kind}"


def _with_grant(result: Run, year: FinancialYear, within: str) -> str:
    """The same day with the grant, or that none is drawn."""
    beside = series.balance_with_grant(result)
    if year.label in set(beside["year"]):
        row = _row(beside, year)
        there = f"{millions(_middle(row))} with it ({_within(row)})"
        return f" without the announced grant ({within}) and at {there}"
    why = _WHY_NONE.get(result.grant_ground)
    return f" ({within}); no grant is drawn, because {why}" if why else f" ({within})"


def _change(result: Run) -> str:
    last = result.deficit_until
    row = _row(series.balance(result), last)
    return (
        f"{EXTRACT} holds no DSG balance for {result.area.name}. From "
        f"{result.opening_year.closes_on()} to {last.closes_on()} the balance could "
        f"change by {millions(_middle(row))} ({_within(row)})."
    )


def _opening(result: Run) -> list[str]:
    """Where own figures are given, which balance the projection starts from and whose."""
    if not (result.own and result.balance_is_level):
        return []
    year = result.opening_year
    held, _ = result.scenario.policies.stability_grant.years()
    if year == held < quoted_years(result)[1]:
        return []  # said first
    balance = millions(result.record.money.balance[year.label])
    return [f"It starts from {balance} on {year.closes_on()}, {_as_stated(result)}."]


def _grant_alone(result: Run) -> list[str]:
    """That an own high needs balance stands, but no DSG balance of the same day."""
    grant = result.scenario.policies.stability_grant
    stated = stated_at(result.record, grant)
    if stated is None or result.grant_ground is not Ground.OWN:
        return []
    if result.balance_is_level and stated <= result.opening_year:
        return []
    own = result.record.money.own.high_needs_balance.get(stated.label)
    own = grant.own_balance(result.record.area) if own is None else own
    assert own is not None
    day = stated.closes_on()
    said = (
        f"The high needs balance given for {day}, {millions(own)}, moves the announced "
        "grant alone."
    )
    start = "a DSG balance of the same day (dsg_balance_gbp) would start the report"
    if not result.balance_is_level:
        return [f"{said} No DSG balance of any day is held or given: {start}."]
    whole = _middle(_row(series.balance(result), stated))
    apart = f"{millions(abs(whole - own))} {'below' if whole < own else 'above'} it"
    return [
        f"{said} The DSG balance of that day is still estimated, at {millions(whole)}, "
        f"{apart}: {start}."
    ]


def _override(result: Run) -> str:
    ends = FinancialYear.parse(result.scenario.policies.override_ends)
    set_by_law = FinancialYear.of(policy("override_ends").day)
    words = (
        f"The statutory override, under which a cumulative DSG deficit is held in an "
        f"unusable reserve, ends on {ends.closes_on()}"
    )
    if ends != set_by_law:
        words += f" in this scenario, and not on {set_by_law.closes_on()} as announced"
    return (
        f"{words}. From {FinancialYear.of(policy('central_budgets').day)} the government "
        "has said the cost will be met within central budgets; later years show the size "
        f"of the cost, {WHOEVER}."
    )


def grant_words(result: Run) -> str:
    """What the announced grant's rule gives the authority, on what, and what is left."""
    grant = result.scenario.policies.stability_grant
    counted, paid = grant.years()
    name, found = result.area.name, result.grant_ground
    rule = (
        f"The announced High Needs Stability Grant is {grant.share:.0%} of the high needs "
        f"deficit at {counted.closes_on()}, paid in {paid} on an approved local SEND "
        "reform plan"
    )
    if found is Ground.AGREEMENT:
        whose = _listed(list(result.record.money.agreements))
        return (
            f"{rule}. Authorities with a Safety Valve agreement ({whose}) are dealt with "
            "apart, by no published rule, so none is drawn here; an own high needs balance "
            "of that day gives one."
        )
    if found is Ground.NO_BALANCE:
        return (
            f"{rule}. No DSG balance is held for {name}, so none can be worked out, and "
            "none is drawn."
        )
    if found is Ground.NOT_ANNOUNCED:
        return f"No stability grant had been announced by January {result.vintage.census}."
    balance = series.balance(result)
    if found is Ground.OWN:
        return f"{rule}. {_worked(result, result.own_high_needs, 'own')}"
    if counted.label not in set(balance["year"]):
        return f"{rule}. It falls outside this run."
    row = _row(balance, counted)
    kind = KINDS[row["status"]]
    if row["status"] == Status.OWN:
        kind = "as the authority states it"
    return f"{rule}. {_worked(result, _middle(row), kind)}"


@dataclass(frozen=True)
class Granted:
    """The announced grant in the central case, £: what it pays and what it leaves."""

    pays: float
    left: float


def grant_of(result: Run) -> Granted | None:
    """What the announced grant pays in the central case; None where none is drawn."""
    central, share = result.central, result.scenario.policies.stability_grant.share
    pays = float((central.announced + central.grants).sum())
    return Granted(pays, pays * (1.0 - share) / share) if pays > 0 and share else None


def _worked(result: Run, worked: float, kind: str) -> str:
    """The grant on a balance, with what is left of the deficit in pounds."""
    grant = result.scenario.policies.stability_grant
    name, own = result.area.name, result.grant_ground is Ground.OWN
    stated = stated_at(result.record, grant)
    carried = stated is not None and stated < grant.years()[0]
    basis = (
        f"the authority's own high needs balance of "
        f"{f'{stated.closes_on()}, carried' if carried and stated else 'that day'}, "
        f"{millions(worked)}"
        if own
        else f"the whole DSG balance, {kind}, {millions(worked)}"
    )
    if worked >= 0:
        more = "" if own else " Its high needs balance alone may be a deficit."
        return (
            "On the central path there is no deficit for it to be paid on: "
            f"{possessive(name)} is worked on {basis}.{more}"
        )
    pays, left = grant.share * -worked, (1.0 - grant.share) * -worked
    words = (
        f"For {name} it is worked on {basis}: {millions(pays)}, which leaves "
        f"{millions(left)} ({1 - grant.share:.0%}) of that deficit."
    )
    if not own:
        words += (
            " No own high needs balance is given; where other blocks are in surplus, this "
            "is a lower bound."
        )
    counts = "counted in" if grant.switched_on else "drawn beside"
    return f"{words} It is {counts} the balances here."


def _interest(result: Run) -> str:
    """The yearly interest on the last deficit, which no balance holds."""
    if not result.balance_is_level:
        return (
            "Interest on a deficit is a cost to the authority's general fund, outside the "
            "DSG balance. None is given here, because the deficit itself is not known."
        )
    last = result.deficit_until
    if last not in result.years:
        return ""
    step = result.years.index(last)
    found = summary(result.futures.interest[step], result.central.interest[step, 0])
    rate = result.scenario.assumptions["interest_rate"]
    return (
        f"Interest, paid or forgone, on the deficit at {last.closes_on()} could be "
        f"{millions(found['central'])} a year ({_within(found)}), at an assumed "
        f"{rate.low:.1%} to {rate.high:.1%} a year. It is a cost to the authority's "
        "general fund, outside the DSG balance, and in none of the balances shown."
        f"{_saved(result, step)}"
    )


def _saved(result: Run, step: int) -> str:
    """What the announced grant, beside the balance, would save of the interest."""
    central = result.central
    owed, left = (
        float(max(-each[step, 0], 0.0))
        for each in (central.balance, central.balance_with_grant)
    )
    rate = result.scenario.assumptions["interest_rate"].central
    saved = rate * (owed - left)
    return (
        f" The announced grant would save {millions(saved)} of it a year." if saved else ""
    )


def _row(table: pd.DataFrame, year: FinancialYear) -> dict[str, Any]:
    """A year of a table."""
    row = table[table["year"] == year.label].iloc[0]
    return {str(name): value for name, value in row.items()}


def _middle(row: Mapping[str, Any]) -> float:
    """The one figure in the middle of a row of balances."""
    return float(row["central"])


def _listed(words: Sequence[str]) -> str:
    *first, last = words
    return f"{', '.join(first)} and {last}" if first else last
