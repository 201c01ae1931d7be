"""How far an authority's published record closes: balances against block and spending."""

from __future__ import annotations

import pandas as pd

from highneeds.geography import Area
from highneeds.panel.panel import Panel

_YEARS = (("2020-21", "2019-20"), ("2021-22", "2020-21"))
_PLACES = "line/place_funding_total"


def closure_table(panel: Panel, area: Area) -> pd.DataFrame:
    """Compare each year's published change in balance with block less spending.

    Returns
    -------
    DataFrame
        year, block_after_gbp, spending_gbp (section 251 net plus maintained places),
        implied_gbp, published_change_gbp, residual_gbp, residual_share_of_block, note.
        NaN where a part is not published; the note then says which.
    """
    places = panel.figure("s251_outturn_line_gbp", area, "2021-22", _PLACES).value
    rows = []
    for label, previous in _YEARS:
        parts = {
            "block after deductions": panel.figure(
                "high_needs_block_after_deductions_gbp", area, label
            ).value,
            "section 251 outturn": panel.figure(
                "s251_high_needs_net_gbp", area, label
            ).value,
            "maintained place funding": places,
            "closing balance": panel.figure("dsg_balance_gbp", area, label).value,
            "opening balance": panel.figure("dsg_balance_gbp", area, previous).value,
        }
        missing = [name for name, value in parts.items() if value is None]
        block, net, place, closing, opening = (
            float("nan") if value is None else value for value in parts.values()
        )
        implied = block - net - place
        residual = (closing - opening) - implied
        rows.append(
            {
                "year": label,
                "block_after_gbp": block,
                "spending_gbp": net + place,
                "implied_gbp": implied,
                "published_change_gbp": closing - opening,
                "residual_gbp": residual,
                "residual_share_of_block": residual / block,
                "note": _note(label, missing),
            }
        )
    return pd.DataFrame(rows)


def _note(label: str, missing: list[str]) -> str:
    if missing:
        return f"Not in the published extract used here: {', '.join(missing)}."
    if label == "2021-22":
        return "Every part is published. The balance covers every block of the DSG."
    return "Maintained place funding is the 2021-22 amount, the only year published."
