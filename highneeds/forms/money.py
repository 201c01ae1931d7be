"""Pounds of a projection as the lines of a form, to the penny, all of the central case."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

from highneeds.answers.claim import WHOEVER
from highneeds.answers.provision import NOTES, spending_by_provision
from highneeds.forms.layout import Line, Part
from highneeds.own.measures import PROVISIONS
from highneeds.report.provision import provision_name, spending_to_the_penny
from highneeds.report.wording import STATUS_WORDS

if TYPE_CHECKING:
    from highneeds.answers.projection import Projection

_PENNY = 2
FORWARD, CARRIED = "Balance brought forward", "Balance carried forward"
BLOCK, TRANSFER, INCOME = (
    "High needs block before deductions",
    "Transfer from the schools block",
    "Income of the high needs block",
)
SPENT, IN_YEAR = "High needs spending", "In-year position"
GRANTED, CHANGED = "With the announced grant, beside", "Change in the balance since"
ON_PAGE, CHECK = "As in the report", "Check: nought"
_MOVEMENTS = {
    "payments": "Safety Valve and other payments against the deficit",
    "contributions": "The council's own contribution",
    "grants": "High Needs Stability Grant",
    "covered": "Later deficits covered, as the scenario says",
}
_OTHER = "Other blocks, transfers and what the record does not explain"
_DIRECT = (
    "With places that the department funds directly, as spending here: the report's "
    "in-year position is between these two."
)


def position(result: Projection, heading: str) -> Part:
    """Balance brought forward to balance carried forward, by financial year."""
    lines = [*_income(result), *_spending(result)]
    lines.append(
        Line(
            IN_YEAR,
            kind="gbp",
            adds=(INCOME, f"-{SPENT}"),
            needs_all=True,
            note="Negative: spending is above income.",
        )
    )
    opening, closing = _balances(result)
    moved = _moved(result)
    rest = _rest(lines, opening, closing, moved)
    years = tuple(year.label for year in result.years)
    balance = [
        Line(FORWARD, opening, "gbp", note=_level(result)),
        *lines,
        *moved,
        Line(_OTHER, rest, "gbp", note="What makes the balances of the report."),
        Line(
            CARRIED,
            kind="gbp",
            adds=(FORWARD, IN_YEAR, *(line.label for line in moved), _OTHER),
            needs_all=True,
            note=_beyond(result),
        ),
        Line(ON_PAGE, closing, "gbp", note="The balance that the report and its page say."),
        Line(CHECK, kind="gbp", adds=(CARRIED, f"-{ON_PAGE}"), needs_all=True),
        *_with_grant(result),
        *_change(result),
    ]
    return Part(heading, years, tuple(balance))


def provision_part(result: Projection, name: str, heading: str) -> Part:
    """What one provision costs: spending, plans paid for, and the average of a plan."""
    found = spending_by_provision(result)
    own = found[found["provision"] == name]
    spent = _pence(result)[name]
    years = tuple(year.label for year in result.years)
    if own.empty:
        none = (None,) * len(years)
        why = "Not available: no outturn is held."
        return Part(heading, years, (Line("Spending", none, "gbp", note=why),))
    plans, each = (
        known(own[column].to_numpy(dtype=float), places)
        for column, places in (("plans", 1), ("per_plan_gbp", _PENNY))
    )
    return Part(
        heading,
        years,
        (
            Line("Spending", spent, "gbp", basis="estimated, then projected"),
            Line("Plans paid for in the year, on average", plans, "average"),
            Line("Average cost of a plan", each, "gbp", note=NOTES.get(name, "")),
        ),
    )


def _income(result: Projection) -> list[Line]:
    central, money = result.central, result.record.money
    why = "" if result.has_money else result.balance_basis
    transfers = known(central.transfer[:, 0])
    statuses = [str(status) for status in result.money()["block_status"]]
    return [
        Line(
            BLOCK,
            known(central.block[:, 0]),
            "gbp",
            basis=_spoken(statuses),
            note=why or _DIRECT,
        ),
        Line(
            TRANSFER,
            transfers,
            "gbp",
            note="As the scenario or the authority says; none is assumed."
            if not any(transfers) and not money.own.transfer
            else "",
        ),
        Line(INCOME, kind="gbp", adds=(BLOCK, TRANSFER), needs_all=True),
    ]


def _spending(result: Projection) -> list[Line]:
    statuses = _spoken([str(status) for status in result.money()["spending_status"]])
    lines = [
        Line(provision_name(name), values, "gbp", basis=statuses, note=NOTES.get(name, ""))
        for name, values in _pence(result).items()
    ]
    return [
        *lines,
        Line(
            SPENT,
            kind="gbp",
            adds=tuple(line.label for line in lines),
            needs_all=True,
            note="Net outturn and place funding, the central case.",
        ),
    ]


def _pence(result: Projection) -> dict[str, tuple[float | None, ...]]:
    """Spending of each provision by year, to the penny, adding up to the year's."""
    found = spending_to_the_penny(result)
    if found.empty:
        return dict.fromkeys(PROVISIONS, (None,) * len(result.years))
    return {str(name): tuple(map(float, found.loc[name])) for name in found.index}


def _balances(
    result: Projection,
) -> tuple[tuple[float | None, ...], tuple[float | None, ...]]:
    """Balances brought and carried forward; none where no level is held."""
    if not (result.has_money and result.balance_is_level):
        none = (None,) * len(result.years)
        return none, none
    closing = known(result.central.balance[:, 0])
    held = result.record.money.balance.get(result.base_year.shift(-1).label)
    first = float(result.central.opening[0]) if held is None else held
    return (round(first, _PENNY), *closing[:-1]), closing


def _moved(result: Projection) -> list[Line]:
    """What else moves the balance, where anything does."""
    central = result.central
    series = {name: getattr(central, name)[:, 0] for name in _MOVEMENTS}
    return [
        Line(_MOVEMENTS[name], known(values), "gbp")
        for name, values in series.items()
        if values.any()
    ]


def _rest(
    lines: Iterable[Line],
    opening: tuple[float | None, ...],
    closing: tuple[float | None, ...],
    moved: Iterable[Line],
) -> tuple[float | None, ...]:
    """What is left between two balances once every other line is counted."""
    plain = [line for line in lines if not line.adds]
    signs = [1 if line.label in (BLOCK, TRANSFER) else -1 for line in plain]
    found: list[float | None] = []
    for step, (before, after) in enumerate(zip(opening, closing, strict=True)):
        known = [line.values[step] for line in plain]
        if before is None or after is None or None in known:
            found.append(None)
            continue
        within = sum(
            sign * value for sign, value in zip(signs, known, strict=True) if value
        )
        paid = sum(line.values[step] or 0.0 for line in moved)
        found.append(round(after - before - within - paid, _PENNY))
    return tuple(found)


def _with_grant(result: Projection) -> list[Line]:
    beside = result.balance_with_grant().set_index("year")["central"]
    if beside.empty:
        return []
    # Until it is paid, the path is the same.
    values = [
        round(float(beside.get(year.label, balance)), _PENNY)
        for year, balance in zip(result.years, result.central.balance[:, 0], strict=True)
    ]
    note = "Drawn beside: the announced grant is in no balance above."
    return [Line(GRANTED, tuple(values), "gbp", note=note)]


def _change(result: Projection) -> list[Line]:
    """What the report gives where no level is held: the change of the balance."""
    if not result.has_money or result.balance_is_level:
        return []
    since = f"{CHANGED} {result.opening_year.closes_on()}"
    return [Line(since, known(result.central.balance[:, 0]), "gbp", note="As the report.")]


def _level(result: Projection) -> str:
    if result.has_money and result.balance_is_level:
        return f"{result.balance_basis} A negative balance is a deficit."
    return f"Not available. {result.balance_basis}"


def _beyond(result: Projection) -> str:
    if result.until <= result.deficit_until:
        return ""
    return (
        f"After {result.deficit_until.closes_on()}, the end of the statutory override, a "
        f"cumulative shortfall, {WHOEVER}."
    )


def _spoken(statuses: Iterable[str]) -> str:
    """Statuses of the years in words, each once, in their order."""
    return ", then ".join(dict.fromkeys(STATUS_WORDS[status] for status in statuses))


def known(values: np.ndarray, places: int = _PENNY) -> tuple[float | None, ...]:
    """Figures to so many places, pounds to the penny; None where there is none."""
    return tuple(
        round(float(value), places) if np.isfinite(value) else None for value in values
    )
