"""How far an authority's published record closes: balances against block and spending."""

from __future__ import annotations

from itertools import pairwise

import pandas as pd

from highneeds.geography import Area
from highneeds.panel.panel import Panel
from highneeds.panel.vintage import Vintage, vintage
from highneeds.periods import FinancialYear

_PLACES = "line/place_funding_total"
_BALANCE = "dsg_balance_gbp"
_COLUMNS = (
    "year",
    "block_after_gbp",
    "spending_gbp",
    "implied_gbp",
    "published_change_gbp",
    "residual_gbp",
    "residual_share_of_block",
    "note",
)


def closure_table(panel: Panel, area: Area, now: Vintage | None = None) -> pd.DataFrame:
    """Compare each year's published change in balance with block less spending.

    Every year is compared whose closing balance and that of the year before are held for
    England's authorities.

    Returns
    -------
    DataFrame
        year, block_after_gbp, spending_gbp (section 251 net plus maintained places),
        implied_gbp, published_change_gbp, residual_gbp, residual_share_of_block, note.
        NaN where a part is not published; the note then says which.
    """
    now = now or vintage(panel)
    places = panel.figure("s251_outturn_line_gbp", area, now.lines, _PLACES).value
    rows = []
    for year in _years(panel):
        parts = {
            "block after deductions": panel.figure(
                "high_needs_block_after_deductions_gbp", area, year
            ).value,
            "section 251 outturn": panel.figure(
                "s251_high_needs_net_gbp", area, year
            ).value,
            "maintained place funding": places,
            "closing balance": panel.figure(_BALANCE, area, year).value,
            "opening balance": panel.figure(_BALANCE, area, year.shift(-1)).value,
        }
        missing = [name for name, value in parts.items() if value is None]
        block, net, place, closing, opening = (
            float("nan") if value is None else value for value in parts.values()
        )
        implied = block - net - place
        residual = (closing - opening) - implied
        rows.append(
            {
                "year": year.label,
                "block_after_gbp": block,
                "spending_gbp": net + place,
                "implied_gbp": implied,
                "published_change_gbp": closing - opening,
                "residual_gbp": residual,
                "residual_share_of_block": residual / block,
                "note": _note(year, now, missing),
            }
        )
    return pd.DataFrame(rows, columns=list(_COLUMNS))


def _years(panel: Panel) -> list[FinancialYear]:
    """Years with a closing balance and an opening one in the record."""
    held = sorted(map(FinancialYear.parse, panel.matrix(_BALANCE).columns))
    return [after for before, after in pairwise(held) if before.shift(1) == after]


def _note(year: FinancialYear, now: Vintage, missing: list[str]) -> str:
    if missing:
        return f"Not in the published extract used here: {', '.join(missing)}."
    if year == now.lines:
        return "Every part is published. The balance covers every block of the DSG."
    return f"Maintained place funding is the {now.lines} amount, the only year published."
