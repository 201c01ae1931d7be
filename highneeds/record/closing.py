"""How far an authority's published record closes: balances against block and spending."""

from __future__ import annotations

from itertools import combinations, pairwise

import pandas as pd

from highneeds.geography import Area
from highneeds.panel.panel import Panel
from highneeds.panel.stand_ins import PLACES, stand_ins
from highneeds.panel.vintage import Vintage, vintage
from highneeds.periods import FinancialYear

_LINE = "line/place_funding_total"
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
    places = panel.figure("s251_outturn_line_gbp", area, now.lines, _LINE).value
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


def closure_shares(panel: Panel, now: Vintage | None = None) -> pd.DataFrame:
    """What the record leaves unexplained of each year's change in balance, share of block.

    Published change in the DSG balance, less the block after deductions, plus section 251
    net spending and maintained place funding. Every block of the DSG is in the balance, so
    this is not high needs alone.
    """
    found = missed(panel, now or vintage(panel))
    yearly = {last: share for (years, last), share in found.items() if years == 1}
    return pd.DataFrame(yearly)


def missed(panel: Panel, now: Vintage) -> dict[tuple[int, str], pd.Series]:
    """What carrying a balance would have missed, share of the last year's block.

    Keys are the years carried and the year carried to, for every two years whose balances
    are held; the carry is the block after deductions less net outturn and maintained
    places of each year, as the model carries.
    """
    held = panel.matrix(_BALANCE)
    balance = held[[len(code) == 3 for code in held.index]]  # noqa: PLR2004
    after = panel.matrix("high_needs_block_after_deductions_gbp")
    before = panel.matrix("high_needs_block_before_deductions_gbp")
    spend = panel.matrix("s251_high_needs_net_gbp")
    found = {}
    ends = [FinancialYear.parse(label) for label in balance.columns]
    for first, last in combinations(ends, 2):
        years = [first.shift(step).label for step in range(1, last.end - first.end + 1)]
        if not all(year in after and year in spend for year in years):
            continue
        implied = sum(
            after[year] - spend[year] - _places(panel, now, spend[year]) for year in years
        )
        share = balance[last.label] - balance[first.label] - implied
        share = share / before[last.label]
        found[len(years), last.label] = share.reindex(balance.index)
    return found


def _places(panel: Panel, now: Vintage, net: pd.Series) -> pd.Series:
    """Maintained place funding in every year: the lines', or a share of net outturn."""
    if now.lines > now.year:
        return net * stand_ins()[PLACES].central
    lines = panel.matrix("s251_outturn_line_gbp", _LINE)
    return lines[now.lines.label]


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
