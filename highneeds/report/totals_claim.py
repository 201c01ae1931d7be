"""What is claimed of authorities added up: to which day, and with which grant beside it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from highneeds.answers.claim import WHOEVER, asked_first, quoted_after
from highneeds.model.quantiles import summary
from highneeds.periods import FinancialYear
from highneeds.report.headline import Card
from highneeds.words import count, futures, plural, possessive, pounds

if TYPE_CHECKING:
    from highneeds.model.nation import Totals


def claim_words(totals: Totals) -> list[str]:
    """The balances where the grant counts, where the override ends, and the cost after."""
    counted, last = _counted(totals), totals.deficit_until
    whose = f"The DSG balances of {totals.members} authorities could together stand at"
    said = []
    if counted:
        ends = totals.ends("balance", counted.label)
        assert ends
        said.append(
            f"{whose} {pounds(ends['central'])} on {counted.closes_on()} "
            f"({_within(ends)}), the day that the announced grant is worked out on."
        )
        whose = "They could stand at"
    ends = totals.ends("balance", last.label)
    assert ends
    # As of one authority: the day first, so that what it is stands beside it.
    on = last.closes_on()
    if last.label == totals.policies.override_ends:
        on += ", when the statutory override ends"
    whose = whose[:1].lower() + whose[1:]
    beside = _with_grant(totals)
    words = f"On {on}, {whose} {pounds(ends['central'])}"
    grant = "that grant" if counted else "the announced grant"
    words += f"{f' without {grant}' if beside else ''} ({_within(ends)})"
    if beside:
        words += f" and at {pounds(beside['central'])} with it ({_within(beside)})"
    return [*_in_year(totals), *said, f"{words}.", *_yearly(totals)]


def _in_year(totals: Totals) -> list[str]:
    """What this year and the next add to the balances, before any grant."""
    each = []
    for year in _now_and_next(totals):
        ends = totals.ends("in_year", year.label)
        assert ends
        each.append(f"{pounds(ends['central'])} in {year} ({_within(ends)})")
    if not each:
        return []
    return [
        f"{possessive(totals.area.name)} in-year position on high needs could be "
        f"{' and '.join(each)}; below nought is a deficit."
    ]


def money_cards(totals: Totals) -> list[Card]:
    """The same as figures."""
    counted, last = _counted(totals), totals.deficit_until
    beside, closes = _with_grant(totals), last.closes_on()
    without = " without the announced grant" if beside else ""
    asked = [
        *((f"In-year position, {year}", "in_year", year) for year in _now_and_next(totals)),
        *([(f"Balance at {counted.closes_on()}", "balance", counted)] if counted else []),
        (f"Balance at {closes}{without}", "balance", last),
        *(
            [(f"Balance at {closes} with the announced grant", "balance_with_grant", last)]
            if beside
            else []
        ),
    ]
    beyond = _beyond(totals)
    asked += [(f"In-year position, {year}, {WHOEVER}", "in_year", year) for year in beyond]
    if not beyond and last not in _now_and_next(totals):
        asked.append((f"In-year position, {last}", "in_year", last))
    cards = []
    for label, measure, year in asked:
        ends = totals.ends(measure, year.label)
        assert ends
        numbers = (ends["central"], ends["p10"], ends["p90"])
        detail = f"Central; {_within(ends)}"
        cards.append(Card(label, pounds(ends["central"]), detail, numbers))
    return cards


def grant_words(totals: Totals) -> str:
    """What the announced grant's rule gives them together, and what is left."""
    grant = totals.policies.stability_grant
    counted, paid = grant.years()
    rule = (
        f"The announced High Needs Stability Grant is {grant.share:.0%} of the high needs "
        f"deficit at {counted.closes_on()}, paid in {paid} on an approved local SEND "
        "reform plan."
    )
    step = paid.end - totals.vintage.year.end
    series = "grants" if grant.switched_on else "announced"
    paths = totals.series.get(series, ())
    if not 0 <= step < len(paths) or not paths[step].any():
        return f"{rule} None is in these sums."
    found = summary(paths[step], totals.central[series][step])
    left = found["central"] * (1.0 - grant.share) / grant.share
    counts = "counted in" if grant.switched_on else "drawn beside"
    apart = len(totals.with_agreement)
    words = (
        f"{rule} Worked on each authority's whole balance, it comes to "
        f"{pounds(found['central'])} ({_within(found)}) for those in deficit, and leaves "
        f"{pounds(left)} of their deficits; where other blocks are in surplus this is a "
        f"lower bound. It is {counts} the balances here."
    )
    if apart:
        are = (
            "authority with a Safety Valve agreement is"
            if apart == 1
            else ("authorities with a Safety Valve agreement are")
        )
        words += f" {count(apart)} {are} dealt with apart, and none is drawn for them."
    return words


def counted_words(totals: Totals) -> str:
    """What of grants and agreements is in the sums."""
    grant = totals.policies.stability_grant
    said = "no grant"
    if grant.switched_on:
        said = "the announced grant, in the balances"
    elif _with_grant(totals):
        said = "no grant; the announced one stands beside the balances"
    whose = plural(totals.members, "authority", "authorities")
    if totals.without_money:
        whose += f" (money of {count(totals.members - len(totals.without_money))})"
    return f"{whose}, the published figures of each alone; {said}"


def granted_path(totals: Totals) -> list[float]:
    """The central balances with the announced grant, £ by year; empty where it is none."""
    if not _with_grant(totals):
        return []
    return [float(value) for value in totals.central["balance_with_grant"]]


def _with_grant(totals: Totals) -> dict[str, float] | None:
    """The last balances called the authorities' own with the grant; None without one."""
    announced = totals.central.get("announced")
    if announced is None or not announced[: totals.closing_step + 1].any():
        return None
    return totals.ends("balance_with_grant", totals.deficit_until.label)


def _within(ends: Mapping[str, float]) -> str:
    return futures(pounds(ends["p10"]), pounds(ends["p90"]))


def _counted(totals: Totals) -> FinancialYear | None:
    counted, _ = totals.policies.stability_grant.years()
    return counted if totals.vintage.balance < counted < totals.deficit_until else None


def _now_and_next(totals: Totals) -> list[FinancialYear]:
    now = totals.vintage
    years = [now.year.shift(n) for n in range(totals.until.end - now.year.end + 1)]
    return [year for year in asked_first(now, years) if year <= totals.deficit_until]


def _beyond(totals: Totals) -> list[FinancialYear]:
    last = totals.deficit_until
    return quoted_after([last.shift(n + 1) for n in range(totals.until.end - last.end)])


def _yearly(totals: Totals) -> list[str]:
    beyond = _beyond(totals)
    if not beyond:
        return []
    each = []
    for year in beyond:
        ends = totals.ends("in_year", year.label)
        assert ends
        each.append(f"{pounds(ends['central'])} in {year}")
    *first, last = each
    listed = f"{', '.join(first)} and {last}" if first else last
    return [f"After that the in-year position could be {listed}, {WHOEVER}."]
