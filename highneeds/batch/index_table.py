"""The index as a table: every report of a run with its figures, or why it has none."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from highneeds.batch.journal import DONE
from highneeds.batch.tiles import balance, balance_per_child, chance, gap_share, plan_growth

_FAILED = "The report failed: {}"
_NO_FIGURES = "This notebook's reports have no headline."


def index_table(manifest: Mapping[str, Any]) -> pd.DataFrame:
    """A row a report, in the order of the manifest; money in pounds, shares as shares.

    Columns
    -------
    la_code, area, level, region, notebook, folder, state, until, balance_year,
    balance_gbp, balance_p10_gbp, balance_p90_gbp, balance_change_gbp (where only a change
    is known), balance_with_grant_gbp (none where no grant is drawn), chance_of_deficit,
    draws, block_less_spending_gbp, share_of_block, block_gbp, plans_first,
    plans_first_year, plans_last, plans_last_year, plan_growth, children,
    balance_per_child_gbp, own_figures, reason (why a balance is not given).
    """
    return pd.DataFrame([_row(one) for one in manifest["reports"]])


def why_none(report: Mapping[str, Any]) -> str:
    """Why a report has no balance; empty where it has one."""
    if report["state"] != DONE:
        return _FAILED.format(report["error"])
    if not report["headline"]:
        return _NO_FIGURES
    return str(report["headline"].get("reason", ""))


def _row(report: Mapping[str, Any]) -> dict[str, Any]:
    named = ("la_code", "area", "level", "region", "notebook", "folder", "state")
    found = report["headline"] or {}
    known = bool(found)
    ends = found.get("balance") or {}
    level = bool(found.get("level"))
    plans = found.get("plans", (None, None))
    years = found.get("plans_years", (None, None))
    return {
        **{name: report[name] for name in named},
        "until": found.get("until"),
        "balance_year": found.get("balance_year"),
        "balance_gbp": balance(found) if known else None,
        "balance_p10_gbp": ends.get("p10") if level else None,
        "balance_p90_gbp": ends.get("p90") if level else None,
        "balance_change_gbp": None if level else ends.get("central"),
        "balance_with_grant_gbp": found.get("balance_with_grant") if level else None,
        "chance_of_deficit": chance(found) if known else None,
        "draws": found.get("draws"),
        "block_less_spending_gbp": found.get("gap"),
        "share_of_block": gap_share(found) if known else None,
        "block_gbp": found.get("block"),
        "plans_first": plans[0],
        "plans_first_year": years[0],
        "plans_last": plans[1],
        "plans_last_year": years[1],
        "plan_growth": plan_growth(found) if known else None,
        "children": found.get("children"),
        "balance_per_child_gbp": balance_per_child(found) if known else None,
        "own_figures": found.get("own", ""),
        "reason": why_none(report),
    }
