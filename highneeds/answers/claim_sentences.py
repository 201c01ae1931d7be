"""The answer in sentences: three things quoted, never one, and the grant beside them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from highneeds.answers.claim import WHOEVER, quoted_years, yearly_years
from highneeds.answers.sentences import KINDS, opening_kind
from highneeds.model.funding import payments_of
from highneeds.model.grant import Ground, stated_at
from highneeds.model.quantiles import summary
from highneeds.periods import FinancialYear
from highneeds.policy import policy
from highneeds.record.gap import EXTRACT
from highneeds.status import Status
from highneeds.words import in_futures, millions, possessive

if TYPE_CHECKING:
    import pandas as pd

    from highneeds.answers.projection import Projection

# Why no grant is drawn, where there is no ground for one.
_WHY_NONE = {
    Ground.AGREEMENT: "it has a Safety Valve agreement",
    Ground.NO_BALANCE: "no balance is held to work one out on",
    Ground.NOT_ANNOUNCED: "none had been announced",
}


def headline(result: Projection) -> str:
    """The balance where the grant counts, where the override ends, and the cost after."""
    area, until = result.area.name, result.until
    plans = result.plans().iloc[-1]
    if not result.has_money:
        return (
            f"{EXTRACT} holds no high needs block for {area}, so no deficit can be given. "
            f"Plans could number {plans.p10:,.0f} to {plans.p90:,.0f} in January "
            f"{until.end}."
        )
    said = _levels(result) if result.balance_is_level else [_change(result)]
    return " ".join([*_agreement(result), *said, *_yearly(result), *_opening(result)])


def paragraphs(result: Projection) -> dict[str, str]:
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


def _agreement(result: Projection) -> list[str]:
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


def _reserves(result: Projection) -> str:
    """When the deficit passes usable reserves, and with what chance."""
    table = result.reserves()
    if table.empty:
        return ""
    last = result.deficit_until
    row = _row(table, last if last.label in set(table["year"]) else result.until)
    year = FinancialYear.parse(str(row["year"]))
    passed = result.reserves_passed
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


def _covered(result: Projection) -> str:
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


def _levels(result: Projection) -> list[str]:
    counted, last = quoted_years(result)
    whose = f"{possessive(result.area.name)} cumulative DSG balance could stand at"
    said = []
    held, _ = result.scenario.policies.stability_grant.years()
    if not counted and result.opening_year == held < last:
        said.append(
            f"{possessive(result.area.name)} cumulative DSG balance was "
            f"{millions(result.record.money.balance[held.label])} on {held.closes_on()}, "
            f"{_as_stated(result)}, the day that the announced grant is worked out on."
        )
        counted, whose = held, "It could stand at"
    elif counted:
        row = _row(result.balance(), counted)
        said.append(
            f"{whose} {millions(_middle(row))} on {counted.closes_on()}, the day that the "
            "announced grant is worked out on."
        )
        whose = "It could stand at"
    row = _row(result.balance(), last)
    the = "that" if counted else "the announced"
    words = f"{whose} {millions(_middle(row))} on {last.closes_on()}"
    if last.label == result.scenario.policies.override_ends:
        words += ", when the statutory override ends"
    within = (
        f"between {millions(row['p10'])} and {millions(row['p90'])} in eight futures of ten"
    )
    said.append(f"{words}{_with_grant(result, last, within, the)}.")
    said.append(f"It is a deficit {in_futures(row['chance_of_deficit'])}.")
    return said


def _as_stated(result: Projection) -> str:
    """Whose the balance is that a projection starts from, to be put after it."""
    kind = opening_kind(result)
    return "as the authority states it" if kind == KINDS[Status.OWN] else f"as {kind}"


def _with_grant(result: Projection, year: FinancialYear, within: str, the: str) -> str:
    """The same day with the grant, or that none is drawn."""
    beside = result.balance_with_grant()
    if year.label in set(beside["year"]):
        there = millions(_middle(_row(beside, year)))
        return f": without {the} grant, {within}; with it, {there}"
    why = _WHY_NONE.get(result.grant_ground)
    return f", {within}; no grant is drawn, because {why}" if why else f", {within}"


def _change(result: Projection) -> str:
    last = result.deficit_until
    row = _row(result.balance(), last)
    return (
        f"{EXTRACT} holds no DSG balance for {result.area.name}. From "
        f"{result.opening_year.closes_on()} to {last.closes_on()} the balance could "
        f"change by {millions(_middle(row))} (between {millions(row['p10'])} and "
        f"{millions(row['p90'])} in eight futures of ten)."
    )


def _yearly(result: Projection) -> list[str]:
    """The yearly cost of the years that nobody has been said to owe."""
    years = yearly_years(result)
    if not years:
        return []
    gaps = result.money().set_index("year")["in_year_gbp_central"]
    each = [(year, float(gaps[year.label])) for year in years]
    if all(gap < 0 for _, gap in each):
        words = _listed([f"{millions(-gap)} in {year}" for year, gap in each])
        return [f"After that spending could exceed the block by {words}, {WHOEVER}."]
    words = _listed([f"{millions(gap)} in {year}" for year, gap in each])
    return [f"After that the block less spending could be {words}, {WHOEVER}."]


def _opening(result: Projection) -> list[str]:
    """Where own figures are given, which balance the projection starts from and whose."""
    if not (result.own and result.balance_is_level):
        return []
    year = result.opening_year
    held, _ = result.scenario.policies.stability_grant.years()
    if year == held < quoted_years(result)[1]:
        return []  # said first
    balance = millions(result.record.money.balance[year.label])
    return [f"It starts from {balance} on {year.closes_on()}, {_as_stated(result)}."]


def _override(result: Projection) -> str:
    ends = FinancialYear.parse(result.scenario.policies.override_ends)
    set_by_law = FinancialYear.of(policy("override_ends").day)
    words = (
        f"The statutory override, which keeps DSG deficits apart from the council's own "
        f"reserves, ends on {ends.closes_on()}"
    )
    if ends != set_by_law:
        words += f" in this scenario, and not on {set_by_law.closes_on()} as announced"
    return (
        f"{words}. From {FinancialYear.of(policy('central_budgets').day)} the government "
        "has said the cost will be met within central budgets; later years show the size "
        f"of the cost, {WHOEVER}."
    )


def grant_words(result: Projection) -> str:
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
    balance = result.balance()
    if found is Ground.OWN:
        return f"{rule}. {_worked(result, result.own_high_needs, 'own')}"
    if counted.label not in set(balance["year"]):
        return f"{rule}. It falls outside this run."
    row = _row(balance, counted)
    kind = KINDS[row["status"]]
    if row["status"] == Status.OWN:
        kind = "as the authority states it"
    return f"{rule}. {_worked(result, _middle(row), kind)}"


def _worked(result: Projection, worked: float, kind: str) -> str:
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


def _interest(result: Projection) -> str:
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
        f"{millions(found['central'])} a year (between {millions(found['p10'])} and "
        f"{millions(found['p90'])} in eight futures of ten), at an assumed {rate.low:.1%} "
        f"to {rate.high:.1%} a year. It is a cost to the authority's general fund, outside "
        f"the DSG balance, and in none of the balances shown.{_saved(result, step)}"
    )


def _saved(result: Projection, step: int) -> str:
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
