"""How far to trust a projection: what its method would have said before."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from highneeds.answers.trust import BalanceTrust, Trust, balance_trust, trust
from highneeds.geography import ENGLAND_CODE
from highneeds.report.tables import Column, Table, Words
from highneeds.words import NO_FIGURE, between, count, fixed, missing, plural

if TYPE_CHECKING:
    from highneeds.geography import Area

_SHORT = 12
# A page shows the nearest, a middle and the farthest year ahead; the workbook shows all.
_ON_PAGE = 3
_WHO = {
    None: "all authorities",
    True: "authorities with a Safety Valve agreement",
    False: "authorities without a Safety Valve agreement",
}


def trust_panel(area: Area, agreement: bool | None = None) -> list[Words | Table]:
    """What to read before a projection: errors of plans, each January's own, of balances.

    Parameters
    ----------
    agreement : bool, optional
        Whether the authority has a Safety Valve agreement: balances are then marked on
        those that are like it. On all of them when left out.
    """
    found = trust(area)
    plans = (
        [Words((_none(area),))]
        if found is None
        else [Words((_words(found), *_which(found))), _errors(found), _past(found)]
    )
    balances = balance_trust(agreement)
    return [*plans, Words(_balance_words(balances)), _balance_errors(balances)]


def trust_tables(area: Area, agreement: bool | None = None) -> list[Table]:
    """The tables of `trust_panel`, for the workbook."""
    return [one for one in trust_panel(area, agreement) if isinstance(one, Table)]


def _balance_words(found: BalanceTrust) -> tuple[str, ...]:
    """What no one should overlook: balances are foretold worse than plans."""
    table = found.by_years
    first, last = table.iloc[0], table.iloc[-1]
    told = " and ".join(
        f"{_ahead(row['years'])} {fixed(row['error'], 0)}% of the high needs block "
        f"(no change {fixed(row['no_change'], 0)}%)"
        for row in (first, last)
    )
    worse = (table["error"] > table["no_change"]).all()
    pairs, outcomes = int(table["pairs"].sum()), table["n"].sum()
    inside = (table["inside"] * table["n"]).sum() / outcomes
    said = [
        "A balance is the least sure figure of a projection. Foretold from the Marches of "
        f"{found.first} to {found.last}, balances of {_WHO[found.agreement]} would have "
        f"been out, on average, {told}"
        f"{': to say that nothing changes would have erred less' if worse else ''}. "
        f"{fixed(100 * inside, 0)}% of outcomes fell inside such 80% bands. "
        f"{plural(pairs, 'overlapping pair')} of Marches calibrate nothing, so they say "
        "little of any one authority.",
    ]
    if found.agreement is not False:
        said.append(
            "Payments under Safety Valve agreements, in years and of sums that were not "
            "known beforehand, are part of what came and of no forecast."
        )
    if not found.current:
        said.append(
            f"Balances are marked on edition {found.edition[:_SHORT]} of the record, not "
            "on the one used here."
        )
    return tuple(said)


def _balance_errors(found: BalanceTrust) -> Table:
    return Table(
        "trust_balances",
        f"What balances of {_WHO[found.agreement]} would have been out by, in per cent of "
        "the high needs block",
        (
            Column("ahead", "Years ahead"),
            Column("pairs", "Pairs of Marches", "count"),
            Column("n", "Outcomes", "count"),
            Column("error", "Mean error (%)", "tenths"),
            Column("no_change", "Had nothing changed (%)", "tenths"),
            Column("inside", "Inside the 80% band", "percent"),
        ),
        found.by_years.assign(ahead=[_ahead(one) for one in found.by_years["years"]]),
        ("The block of the year that a forecast starts from, before deductions.",),
    )


def _none(area: Area) -> str:
    return (
        f"No forecast of {area.name} from an earlier January can be marked: the record "
        "holds no plans of it, as it is now, in two Januaries."
    )


def _words(found: Trust) -> str:
    """The errors of the nearest and the farthest horizon, and outcomes in the bands."""
    table, whole = found.by_horizon, found.area.la_code == ENGLAND_CODE
    first, last = table.iloc[0], table.iloc[-1]
    origins = found.past["origin"]
    told = []
    for row in (first, last) if len(table) > 1 else (first,):
        beside = f"no change {fixed(row['no_change'], 1)}%"
        if not whole:
            beside += f", England's own {fixed(row['england'], 1)}%"
        told.append(
            f"{_ahead(row['horizon'])} {fixed(row['error'], 1)}% out on average ({beside})"
        )
    inside, n = int(table["inside"].sum()), int(table["n"].sum())
    every = float((table["all_inside"] * table["n"]).sum()) / n
    since = between(str(origins.min()), str(origins.max()))
    words = (
        f"From each January, {since}, the method "
        f"behind the projection of plans would have been, for {found.area.name}, "
        f"{' and '.join(told)}. Of {count(n)} outcomes {count(inside)} fell inside such "
        f"80% bands; of all authorities' {fixed(100 * every, 0)}%."
    )
    return f"{words} {_bias(last)}"


def _bias(last: pd.Series) -> str:
    if abs(last["bias"]) < last["error"] / 2:
        return "It has erred both ways."
    way = "too many" if last["bias"] > 0 else "too few"
    return f"It has mostly foretold {way} plans."


def _which(found: Trust) -> list[str]:
    """What kind of evidence it is, and of which record."""
    origins = found.past["origin"].nunique()
    said = [
        f"The evidence is {plural(origins, 'January', 'Januaries')}, "
        "however many outcomes: all areas share England's surprises. The method was "
        "declared after these marks had been seen, so they flatter it; forecasts from the "
        "last January are its first true test."
    ]
    if not found.current:
        said.append(
            f"The marks are of edition {found.edition[:_SHORT]} of the record, not of the "
            "one used here."
        )
    return said


def _ahead(horizon: float) -> str:
    return f"{plural(horizon, 'year')} ahead"


def _errors(found: Trust) -> Table:
    frame = found.by_horizon.assign(
        ahead=[_ahead(value) for value in found.by_horizon["horizon"]],
        held=[
            f"{count(inside)} of {count(n)}"
            for inside, n in zip(
                found.by_horizon["inside"], found.by_horizon["n"], strict=True
            )
        ],
    )
    whole = found.area.la_code == ENGLAND_CODE
    england = () if whole else (Column("england", "England's own error (%)", "tenths"),)
    return Table(
        "trust",
        f"What the method would have been out by for {found.area.name}, in per cent of the "
        "plans that came",
        (
            Column("ahead", "Years ahead"),
            Column("error", "Mean error (%)", "tenths"),
            Column("bias", "Bias (%)", "tenths"),
            Column("no_change", "Had nothing changed (%)", "tenths"),
            *england,
            Column("held", "Inside the 80% band", "figure"),
            Column("all_error", "All authorities: mean error (%)", "tenths"),
            Column("all_inside", "All authorities: inside", "percent"),
        ),
        frame,
        (
            "Errors count alike whichever way; bias above 0: too many plans foretold.",
            "All authorities: those whose codes never changed, without the two smallest.",
        ),
    )


def _past(found: Trust) -> Table:
    """Each January's forecast beside what came, at some horizons or all."""
    rows = [
        {
            "origin": f"{row['origin']}",
            "plans": row["plans"],
            "ahead": _ahead(row["horizon"]),
            "point": round(row["point"]),
            "range": between(count(row["low80"]), count(row["high80"])),
            "low80": round(row["low80"]),
            "high80": round(row["high80"]),
            "came": row["came"],
            "inside": _inside(row),
        }
        for row in _shown(found).to_dict("records")
    ]
    return Table(
        "trust_past",
        f"What would have been foretold for {found.area.name} from each January, and what "
        "came",
        (
            Column("origin", "From January"),
            Column("plans", "Plans then", "count"),
            Column("ahead", "Years ahead"),
            Column("point", "Foretold", "count"),
            Column("range", "80% band", "figure", "page"),
            Column("low80", "Low", "count", "sheet"),
            Column("high80", "High", "count", "sheet"),
            Column("came", "Came", "count"),
            Column("inside", "It lies"),
        ),
        pd.DataFrame(rows),
        (
            "Made with what was known at each January. Plans of a January come out about "
            "June, so that one year ahead is about seven months.",
        ),
    )


def _shown(found: Trust) -> pd.DataFrame:
    """One, three and five years ahead, or as many as there are."""
    held = sorted(found.past["horizon"].unique())
    chosen = held if len(held) <= _ON_PAGE else [held[0], held[len(held) // 2], held[-1]]
    past = found.past[found.past["horizon"].isin(chosen)]
    return past.sort_values(["horizon", "origin"])


def _inside(row: Mapping[Hashable, Any]) -> str:
    if missing(row["low80"]):
        return NO_FIGURE
    if row["came"] > row["high80"]:
        return "above"
    return "below" if row["came"] < row["low80"] else "inside"
