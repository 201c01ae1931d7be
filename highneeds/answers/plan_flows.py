"""Requests and new plans by calendar year, and what else moves plans: past and ahead."""

from __future__ import annotations

import numpy as np
import pandas as pd

from highneeds.answers.series import flow_status, plans
from highneeds.model.quantiles import summary
from highneeds.model.run import Run
from highneeds.status import Status
from highneeds.words import count, futures, missing, plural

# Measures by what they are called in the futures.
_FLOWS = {"requests": "ehc_assessment_requests", "new": "new_ehc_plans"}
_PAST_YEARS = 5
COLUMNS = (
    *("year", "requests", "requests_p10", "requests_p90", "requests_status"),
    *("new", "new_p10", "new_p90", "new_status", "other", "plans_after"),
)


def plan_flows(result: Run) -> pd.DataFrame:
    """Requests, new plans and other changes of the last five years and of those ahead.

    Returns
    -------
    DataFrame
        Columns of `COLUMNS`, in whole requests and plans: figures of the central case, with
        the ends of the range of years ahead. ``plans_after`` are those of the January after
        the year, and ``other`` what new plans leave of the change to it: plans that ended,
        moved in or away, or were counted late. What is not published is NaN, and its status
        says why.
    """
    held = {name: _held(result, name) for name in _FLOWS}
    first = result.vintage.census.end
    ahead = range(first, first + result.central.new.shape[0])
    past = [year for year in range(first - _PAST_YEARS, first) if _any(held, year)]
    stock = _stock(result)
    rows = []
    for year in (*past, *ahead):
        row: dict[str, object] = {"year": str(year)}
        for name in _FLOWS:
            if year in ahead:
                row |= _of_futures(result, name, year - first)
            else:
                value, status = held[name].get(year, (np.nan, Status.UNAVAILABLE))
                ends = {f"{name}_p10": np.nan, f"{name}_p90": np.nan}
                row |= {name: value, f"{name}_status": str(status), **ends}
        before, after = (stock.get(one, np.nan) for one in (year, year + 1))
        rows.append({**row, "change": after - before, "plans_after": after})
    found = pd.DataFrame(rows)
    found["other"] = found["change"] - found["new"]
    return found[list(COLUMNS)]


def flows_sentence(result: Run, found: pd.DataFrame) -> str:
    """Requests and new plans of the last year held, and of the first and last ahead.

    `found` is what `plan_flows` gives of the run.
    """
    first = result.vintage.census.end
    ahead = found["year"].astype(int) >= first
    held = [
        f"{result.area.name} had {_said(row)} in {row['year']}."
        for _, row in found[~ahead].tail(1).iterrows()
    ]
    start, end = (found[ahead].iloc[place] for place in (0, -1))
    likely = futures(count(end["new_p10"]), count(end["new_p90"]))
    return " ".join(
        [
            *held,
            f"In the central case it has {_said(start)} in {start['year']}, and "
            f"{_said(end)} in {end['year']} (new plans in {likely}).",
        ]
    )


def _said(row: pd.Series) -> str:
    asked, new = (
        f"no published count of {many}" if missing(value) else plural(value, one, many)
        for value, one, many in (
            (row["requests"], "request for an assessment", "requests for an assessment"),
            (row["new"], "new EHC plan", "new EHC plans"),
        )
    )
    return f"{asked} and {new}"


def _any(held: dict[str, dict[int, tuple[float, str]]], year: int) -> bool:
    return any(year in each for each in held.values())


def _held(result: Run, name: str) -> dict[int, tuple[float, str]]:
    """What is published of a flow, or stated by the authority, by calendar year."""
    measure = _FLOWS[name]
    table = result.panel.table(measure, areas=[result.area], breakdowns=["total/total"])
    columns = (table[column] for column in ("year", "value", "status"))
    found = {
        int(year): (float(value), str(status))
        for year, value, status in zip(*columns, strict=True)
    }
    own = result.own.of(measure) if result.own else {}
    return found | {int(at): (one.value, str(Status.OWN)) for at, one in own.items()}


def _of_futures(result: Run, name: str, step: int) -> dict[str, object]:
    central, of_futures = (getattr(o, name)[step] for o in (result.central, result.futures))
    status = flow_status(result, name, result.vintage.census.end + step)
    found = {key: round(v) for key, v in summary(of_futures, central[0]).items()}
    known = status is not Status.PROJECTED
    ends = {f"{name}_{end}": np.nan if known else found[end] for end in ("p10", "p90")}
    return {name: found["central"], f"{name}_status": str(status), **ends}


def _stock(result: Run) -> dict[int, float]:
    """Plans each January, as the report's table of plans has them."""
    table = plans(result)
    found = dict(zip(map(int, table["year"]), table["central"].round(), strict=True))
    central = result.central.stock.sum(axis=(1, 2))[:, 0]
    base = result.vintage.census.end
    return {base + step: float(round(one)) for step, one in enumerate(central)} | found
