"""Headline: the few figures of a report that the index shows and `compare` compares."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from highneeds.model.quantiles import FIGURES
from highneeds.notebook.parameters import ReportParameters
from highneeds.panel.panel import load_panel
from highneeds.panel.vintage import vintage
from highneeds.periods import FinancialYear

RESULTS = "results.csv"
CHILDREN = "population_0_17"
_INTEREST = "interest_on_deficit_gbp"


# Names of the same things in an authority's results and in sums over authorities.
_MEASURES = {
    "la": {
        "balance": "dsg_balance_gbp",
        "gap": "in_year_balance_gbp",
        "block": "high_needs_block_before_deductions_gbp",
        "plans": "ehc_plans",
    },
    "several": {name: name for name in ("balance", "block", "plans")} | {"gap": "in_year"},
}


def headline(
    files: Mapping[str, bytes], parameters: ReportParameters
) -> dict[str, Any] | None:
    """An area's closing balance, gap, block, plans and children; None without any.

    Returns
    -------
    dict
        ``balance`` (£; central, mean and quantiles, at the end of ``balance_year``, the
        last in which it is called the area's own; None where no block is published),
        ``level`` (False where only the change since ``opening`` is known; of sums always
        True), ``gap`` and ``block`` (£, central, in ``until``), ``plans`` (central, in
        January of ``plans_years``), ``children`` (under 18, published) and
        ``children_year``, and ``own``, the name of the file of the authority's own figures
        that the report rests on, mostly empty.
    """
    if RESULTS not in files:
        return None
    local = parameters.level == "la"
    names = _MEASURES["la" if local else "several"]
    text = files[RESULTS].decode("utf-8")
    rows = {
        (row["measure"], row["year"]): {name: float(row[name]) for name in FIGURES}
        for row in csv.DictReader(io.StringIO(text, newline=""))
        if not local or (row["age_band"] == "all" and row["placement"] == "all")
    }
    last = FinancialYear.parse(parameters.until)
    # After the override the figures have another name, which is no council's balance.
    held = [year for measure, year in rows if measure == names["balance"]]
    closing = max(held, default=last.label)
    januaries = sorted(year for measure, year in rows if measure == names["plans"])
    panel, area = load_panel(), parameters.area
    ends = [vintage(panel).census.label, januaries[-1]]
    counted = panel.latest(CHILDREN, area)
    children = panel.figure(CHILDREN, area, counted).value if counted else None
    return {
        "until": last.label,
        "balance_year": closing,
        "balance": rows.get((names["balance"], closing)),
        # Interest is told on a balance that is known, published or the authority's own.
        "level": not local or any(measure == _INTEREST for measure, _ in rows),
        "gap": _central(rows, names["gap"], last.label),
        "block": _central(rows, names["block"], last.label),
        "plans": [rows[names["plans"], year]["central"] for year in ends],
        "plans_years": ends,
        "children": children,
        "children_year": counted.label if counted else None,
        "own": Path(getattr(parameters, "inputs", "")).name,
    }


def closing_year(manifest: Mapping[str, Any]) -> FinancialYear:
    """The year at whose end a finished run's headlines give a balance.

    Runs made before the override bounded it gave that of their last year.
    """
    found = [
        str(one["headline"].get("balance_year", one["headline"]["until"]))
        for one in manifest["reports"]
        if one["headline"] and one["headline"]["balance"]
    ]
    return FinancialYear.parse(max(found, default=manifest["settings"]["until"]))


def _central(
    rows: Mapping[tuple[str, str], Mapping[str, float]], measure: str, year: str
) -> float | None:
    found = rows.get((measure, year))
    return found["central"] if found else None
