"""How far to trust a projection of plans: what its method would have said before."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from highneeds.answers.trust import Trust, trust
from highneeds.geography import ENGLAND_CODE
from highneeds.report.tables import Column, Table, Words
from highneeds.words import NO_FIGURE, between, count, fixed, missing, plural

if TYPE_CHECKING:
    from highneeds.geography import Area

_SHORT = 12
# A page shows the nearest, a middle and the farthest year ahead; the workbook shows all.
_ON_PAGE = 3


def trust_panel(area: Area) -> list[Words | Table]:
    """What to read before a projection of plans: words, errors, and each January's own."""
    found = trust(area)
    if found is None:
        return [Words((_none(area),))]
    return [Words((_words(found), *_which(found))), _errors(found), _past(found)]


def trust_tables(area: Area) -> list[Table]:
    """The tables of `trust_panel`, for the workbook; none where there is none."""
    return [one for one in trust_panel(area) if isinstance(one, Table)]


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
