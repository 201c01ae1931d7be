"""The few figures of a report that an index shows and a comparison compares."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from highneeds.model.quantiles import FIGURES
from highneeds.panel.panel import Panel, load_panel
from highneeds.panel.vintage import vintage

if TYPE_CHECKING:
    from highneeds.answers.projection import Projection
    from highneeds.geography import Area
    from highneeds.model.nation import Totals

HEADLINE_FILE = "headline.json"
CHILDREN = "population_0_17"
_LOCAL = {
    "balance": "dsg_balance_gbp",
    "with_grant": "dsg_balance_with_grant_gbp",
    "gap": "in_year_balance_gbp",
    "block": "high_needs_block_before_deductions_gbp",
    "plans": "ehc_plans",
}
_SUMS = {
    "balance": "balance",
    "with_grant": "balance_with_grant",
    "gap": "in_year",
    "block": "block",
    "plans": "plans",
}


def headline_of(result: Projection, results: pd.DataFrame) -> dict[str, Any]:
    """The headline of one authority's report.

    Parameters
    ----------
    results : DataFrame
        Those of `result`, as its file of results has them.

    Returns
    -------
    dict
        ``until``; ``balance`` (£; central, mean and quantiles, at the end of
        ``balance_year``, the last in which it is called the area's own; None where no
        block is published), ``level`` (False where only the change since an earlier year
        is known; of sums always True) and ``reason``, why it is no balance, mostly empty;
        ``balance_with_grant`` (£, central, the same day; None where none is drawn);
        ``chance`` of a deficit then, a share of ``draws`` futures, None where it is no
        balance; ``gap`` and ``block`` (£, central, in ``until``); ``plans`` (central, in
        January of ``plans_years``); ``children`` (under 18, published) and
        ``children_year``; ``own``, the name of the file of own figures, mostly empty.
    """
    whole = (results["age_band"] == "all") & (results["placement"] == "all")
    balance = result.has_money and result.balance_is_level
    return _record(
        _by_measure(results[whole]),
        _LOCAL,
        until=result.until.label,
        draws=result.draws,
        panel=result.panel,
        area=result.area,
    ) | {
        "level": result.balance_is_level,
        "reason": "" if balance else result.balance_basis,
        "chance": result.chance_of_deficit() if balance else None,
        "own": result.own.file_name if result.own else "",
    }


def headline_of_totals(totals: Totals, results: pd.DataFrame) -> dict[str, Any]:
    """The headline of a report on a region or England; see `headline_of`."""
    futures = totals.series["balance"][totals.closing_step]
    return _record(
        _by_measure(results),
        _SUMS,
        until=totals.until.label,
        draws=futures.size,
        panel=load_panel(),
        area=totals.area,
    ) | {
        "level": True,
        "reason": "",
        "chance": float((futures < 0).mean()),
        "own": "",
    }


def headline_bytes(headline: Mapping[str, Any]) -> bytes:
    """The record as a file."""
    return (json.dumps(headline, indent=1, ensure_ascii=False) + "\n").encode("utf-8")


def _record(
    rows: Mapping[tuple[str, str], Mapping[str, float]],
    names: Mapping[str, str],
    *,
    until: str,
    draws: int,
    panel: Panel,
    area: Area,
) -> dict[str, Any]:
    # After the override the figures have another name, which is no council's balance.
    held = [year for measure, year in rows if measure == names["balance"]]
    closing = max(held, default=until)
    januaries = sorted(year for measure, year in rows if measure == names["plans"])
    ends = [vintage(panel).census.label, januaries[-1]]
    counted = panel.latest(CHILDREN, area)
    return {
        "until": until,
        "draws": draws,
        "balance_year": closing,
        "balance": rows.get((names["balance"], closing)),
        "balance_with_grant": _central(rows, names["with_grant"], closing),
        "gap": _central(rows, names["gap"], until),
        "block": _central(rows, names["block"], until),
        "plans": [rows[names["plans"], year]["central"] for year in ends],
        "plans_years": ends,
        "children": panel.figure(CHILDREN, area, counted).value if counted else None,
        "children_year": counted.label if counted else None,
    }


def _by_measure(results: pd.DataFrame) -> dict[tuple[str, str], dict[str, float]]:
    return {
        (str(measure), str(year)): dict(zip(FIGURES, map(float, figures), strict=True))
        for measure, year, *figures in results[["measure", "year", *FIGURES]].itertuples(
            index=False, name=None
        )
    }


def _central(
    rows: Mapping[tuple[str, str], Mapping[str, float]], measure: str, year: str
) -> float | None:
    found = rows.get((measure, year))
    return found["central"] if found else None
