"""Headline: the few figures of a report that the index shows and `compare` compares."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from typing import Any

from highneeds.model.national import BASE
from highneeds.model.record import area_record
from highneeds.notebook.parameters import ReportParameters
from highneeds.panel.panel import load_panel
from highneeds.periods import FinancialYear

RESULTS = "results.csv"
CHILDREN = "population_0_17"
_PUBLISHED_NUMBERS = ("p10", "p50", "p90", "mean")


def headline(
    files: Mapping[str, bytes], parameters: ReportParameters
) -> dict[str, Any] | None:
    """An authority's closing balance, gap, block, plans and children; None without any.

    Returns
    -------
    dict
        ``balance`` (£; mean and quantiles, at the end of ``until``; None where no block is
        published), ``level`` (False where only the change since ``opening`` is known),
        ``gap`` and ``block`` (£, central, in ``until``), ``plans`` (central, in January of
        ``plans_years``), ``children`` (under 18, published) and ``children_year``.
    """
    if parameters.level != "la" or RESULTS not in files:
        return None
    text = files[RESULTS].decode("utf-8")
    rows = {
        (row["measure"], row["year"]): {
            name: float(row[name]) for name in _PUBLISHED_NUMBERS
        }
        for row in csv.DictReader(io.StringIO(text, newline=""))
        if row["age_band"] == "all" and row["placement"] == "all"
    }
    last = FinancialYear.parse(parameters.until)
    januaries = sorted(year for measure, year in rows if measure == "ehc_plans")
    panel, area = load_panel(), parameters.area
    counted = panel.latest(CHILDREN, area)
    children = panel.figure(CHILDREN, area, counted).value if counted else None
    money = area_record(panel, area).money
    return {
        "until": last.label,
        "balance": rows.get(("dsg_balance_gbp", last.label)),
        "level": bool(money.balance),
        "gap": _central(rows, "in_year_balance_gbp", last.label),
        "block": _central(rows, "high_needs_block_before_deductions_gbp", last.label),
        "plans": [
            rows["ehc_plans", year]["p50"] for year in (str(BASE.end), januaries[-1])
        ],
        "plans_years": [str(BASE.end), januaries[-1]],
        "children": children,
        "children_year": counted.label if counted else None,
    }


def _central(
    rows: Mapping[tuple[str, str], Mapping[str, float]], measure: str, year: str
) -> float | None:
    found = rows.get((measure, year))
    return found["p50"] if found else None
