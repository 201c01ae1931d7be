r"""Write the tables of docs/national.md from the national run kept in docs/national_*.csv.

After a change that moves figures, in this order (three minutes or so)::

    python3 start.py national --workers 2 --out docs/national_totals.csv --replace
    python3 start.py national --forecasts --workers 2 \
        --out docs/national_forecasts.csv --replace
    python tools/national_page.py --parts

Without ``--parts`` only the page is written, and data/england.csv: England's default, which
every report sets beside published forecasts. tests/test_logs.py runs the first of these and
compares; it holds the page to the files.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

import highneeds as hn
from highneeds import atomic, home
from highneeds.answers.forecasts import england_table
from highneeds.forecast.england import parts_of_half
from highneeds.forecast.record import record_of
from highneeds.model.simulate import central_case
from highneeds.panel.vintage import vintage
from highneeds.periods import FinancialYear
from highneeds.record.area import AreaRecord
from highneeds.record.opening import area_record
from highneeds.record.spread import Spreads, spreads
from highneeds.words import MINUS, minus

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "national.md"
ENGLAND = ROOT / "data" / home.ENGLAND_FILE
# How far ahead the parts are compared.
_PARTS_YEARS = 4
_BILLION = 1e9


def kept(name: str) -> pd.DataFrame:
    """One of the files the page is written from: totals, forecasts or parts."""
    return pd.read_csv(ROOT / "docs" / f"national_{name}.csv", keep_default_na=True)


def england_bytes() -> bytes:
    """England's default beside published forecasts, from the run kept here."""
    edition = home.edition_of(home.shipped_tables_dir())
    return atomic.table_bytes(england_table(kept("totals"), edition), compress=False)


def page_text(page: str) -> str:
    """The page with its tables written anew; the words between them are left alone."""
    for name, table in (
        ("totals", _totals(kept("totals"))),
        ("forecasts", _forecasts(kept("forecasts"))),
        ("parts", _parts(kept("parts"))),
    ):
        mark = rf"(<!-- table: {name} -->\n).*?(<!-- end -->)"
        page, count = re.subn(mark, rf"\g<1>\n{table}\n\n\g<2>", page, flags=re.DOTALL)
        if count != 1:
            msg = f"{PAGE.name} has {count} tables marked {name}; expected 1."
            raise ValueError(msg)
    return page


def _totals(found: pd.DataFrame) -> str:
    names = {
        "plans": "Plans in January",
        "new": "New plans",
        "spending": "Spending",
        "block": "Block",
        "in_year": "Block less spending",
        "balance": "Balance at the end",
        "balance_with_grant": "Balance at the end with the announced grant",
        "cumulative_shortfall": "Cumulative shortfall, whoever carries it",
    }
    rows = [
        (names[row["measure"]], str(row["year"]), *_range(row, row["unit"]))
        for row in found.to_dict("records")
        if row["measure"] in names and row["p10"] != row["p90"]
    ]
    return _table(("figure", "year", "low", "central", "high"), rows)


def _forecasts(found: pd.DataFrame) -> str:
    rows = []
    for row in found.to_dict("records"):
        unit = "plans" if row["measure"] == "plans" else "£"
        low, middle, high = _range(row, unit)
        rows.append(
            (
                f"{row['source']}: {row['statement']}",
                _amount(row["published"], unit),
                f"{middle} ({low} to {high})",
                row["lies"],
                _needed(row["lever"], row["assumed"], row["would_reproduce"]),
                "" if pd.isna(row["coverage"]) else row["coverage"],
            )
        )
    heads = ("published", "figure", "here", "it is", "would reproduce it", "coverage")
    return _table(heads, rows)


def _needed(lever: str, assumed: float, needed: float) -> str:
    if pd.isna(needed):
        return f"no `{lever}` in its range"
    return f"`{lever}` {_percent(needed)}, not {_percent(assumed)}"


def _parts(found: pd.DataFrame) -> str:
    runs = found.to_dict("records")
    trend = runs[0]
    plans, spending = (str(name) for name in found.columns[1:])
    rows = [
        (
            str(run["run"]),
            f"{run[plans]:,.0f}",
            _amount(run[spending], "£"),
            _signed(run[plans] - trend[plans]),
            _amount(run[spending] - trend[spending], "£"),
        )
        for run in runs
    ]
    january = plans.removeprefix("plans_")
    year = spending.removeprefix("spending_").replace("_", "-")
    heads = (
        *("run", f"plans, January {january}", f"spending, {year}"),
        *("change in plans", "change in spending"),
    )
    return _table(heads, rows)


def parts() -> pd.DataFrame:
    """England's central case with one part of the model taken away at a time."""
    panel = hn.load_panel()
    spread, trend = spreads(panel), hn.Scenario.load()
    now = vintage(panel)
    areas = panel.geography.authorities(now.census.end)
    records = [area_record(panel, area) for area in areas]
    until = now.year.shift(_PARTS_YEARS)
    path = parts_of_half(record_of(panel), now.census.end)
    runs: Mapping[str, tuple[hn.Scenario, Spreads, list[AreaRecord]]] = {
        "the marked path": (trend, spread, records),
        "England grows each year as it did last": (
            trend,
            spread,
            _along(records, path["last_growth"] / path["mean"]),
        ),
        "England's new plans stay as many as last year's": (
            trend,
            spread,
            _along(records, path["stock_flow"] / path["mean"]),
        ),
        "requests grow by nothing, not by 5.3%": (
            _held(trend, request_growth=0.0),
            spread,
            records,
        ),
        "no moves into independent schools": (
            _held(trend, moves_to_independent=0.0),
            spread,
            records,
        ),
        "no growth of prices": (
            _held(trend, price_growth_other=0.0, price_growth_independent_special=0.0),
            spread,
            records,
        ),
    }
    return pd.DataFrame(
        [{"run": name, **_england(*run, until)} for name, run in runs.items()]
    )


def _along(records: list[AreaRecord], ratio: pd.Series) -> list[AreaRecord]:
    """Records with England's path so many times what it is; the last ratio holds on."""
    years = len(records[0].path)
    factor = np.resize(ratio.to_numpy(dtype=float), years)
    factor[len(ratio) :] = factor[len(ratio) - 1]
    return [replace(record, path=record.path * factor) for record in records]


def _held(scenario: hn.Scenario, **values: float) -> hn.Scenario:
    fixed = {name: {"low": v, "central": v, "high": v} for name, v in values.items()}
    return replace(scenario, assumptions=scenario.assumptions.replaced(fixed, "the page"))


def _england(
    scenario: hn.Scenario, spread: Spreads, records: list[AreaRecord], until: FinancialYear
) -> dict[str, float]:
    plans = spending = 0.0
    for record in records:
        central = central_case(record, scenario, spread, until=until)
        plans += float(central.stock[-1].sum())
        if record.money.has_block:
            spending += float(central.spending[-1, 0])
    return {
        f"plans_{until.end}": round(plans),
        f"spending_{until.label.replace('-', '_')}": np.round(spending, -6),
    }


def _range(row: Mapping[Any, Any], unit: str) -> tuple[str, str, str]:
    low, middle, high = (_amount(row[name], unit) for name in ("p10", "central", "p90"))
    return low, middle, high


def _amount(value: float, unit: str) -> str:
    if unit != "£":
        return f"{round(value, -3):,.0f}"
    if value == 0:
        return "£0"
    sign = MINUS if value < 0 else ""
    return f"{sign}£{abs(value) / _BILLION:.1f}bn"


def _percent(share: float) -> str:
    return minus(f"{100 * share:+.1f}%").replace("+0.0%", "0.0%")


def _signed(value: float) -> str:
    return minus(f"{value:+,.0f}") if value else "0"


def _table(heads: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    lines = [heads, tuple("---" for _ in heads), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


if __name__ == "__main__":
    if "--parts" in sys.argv:
        atomic.replace_file(
            ROOT / "docs" / "national_parts.csv",
            atomic.table_bytes(parts(), compress=False),
        )
    atomic.replace_file(ENGLAND, england_bytes())
    PAGE.write_text(page_text(PAGE.read_text("utf-8")), "utf-8", newline="\n")
