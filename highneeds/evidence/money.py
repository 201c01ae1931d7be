"""The high needs block and overspending, as numbered tables and a figure."""

from __future__ import annotations

import numpy as np
import pandas as pd

from highneeds.evidence.exhibit import Exhibit, in_words
from highneeds.evidence.record import Question, money_by_year
from highneeds.panel.schema import BALANCES_AS_SHARES_TO
from highneeds.report import chart as draw
from highneeds.report import marks
from highneeds.report.chart import Chart
from highneeds.report.tables import Column, Table, Words
from highneeds.words import balance_words, millions, percent

_ACCOUNTS = "none: accounts, not a sample"
_MEASURES = (
    "high_needs_block_before_deductions_gbp",
    "s251_high_needs_net_gbp",
    "dsg_balance_gbp",
)


def money(asked: Question, cell: str) -> list[Words | Exhibit]:
    """T7, F3 and T8: block, spending and balances, each over the authorities on record."""
    table = money_by_year(asked)
    held = table.dropna(subset=["balance"])
    last = held.iloc[-1]
    spent = table.dropna(subset=["spending"])
    risen = spent["spending"].iloc[-1] / spent["spending"].iloc[0] - 1
    said = (
        f"Net high needs spending of authorities of {asked.place.name} went from "
        f"{millions(spent['spending'].iloc[0])} in {spent['year'].iloc[0]} to "
        f"{millions(spent['spending'].iloc[-1])} in {spent['year'].iloc[-1]}, "
        f"{percent(risen)} more in cash. At the end of {last['year']} the balances of "
        f"{last['balance_n']:.0f} of {last['authorities']} authorities on the dedicated "
        f"schools grant came to {balance_words(last['balance'])}; "
        f"{last['in_deficit']:.0f} of the {last['balance_n']:.0f} were in deficit. No "
        f"later balance is among the figures out by {in_words(asked.as_of)}."
    )
    amounts = Table(
        "money",
        f"High needs block, spending and balances by financial year, {asked.place.name}, "
        "£ cash",
        (
            Column("year", "Year"),
            Column("authorities", "Authorities in being", "count"),
            Column("block", "Block before deductions", "millions"),
            Column("block_n", "Blocks summed", "count"),
            Column("spending", "Net spending, section 251", "millions"),
            Column("spending_n", "Spending summed", "count"),
            Column("balance", "DSG balance at the end", "millions"),
            Column("balance_n", "Balances summed", "count"),
        ),
        table,
        ("Summed: over so many authorities with a figure, which differ from sum to sum.",),
    )
    spread = Table(
        "deficits",
        f"Authorities in deficit, and balances as shares of the grant: {asked.place.name}",
        (
            Column("year", "Year"),
            Column("balance_n", "Authorities with a balance", "count"),
            Column("in_deficit", "In deficit", "count"),
            Column("lower", "Lower quartile", "percent"),
            Column("median", "Median", "percent"),
            Column("upper", "Upper quartile", "percent"),
        ),
        held,
        ("Of the dedicated schools grant before recoupment; negative is a deficit.",),
    )
    n = f"{last['balance_n']:.0f} of {last['authorities']} authorities in {last['year']}"
    sources = tuple(asked.sources(_MEASURES, of="authorities"))
    shares = tuple(
        asked.sources(["dsg_balance_gbp", "dsg_before_deductions_gbp"], of="authorities")
    )
    own = tuple(asked.sources(["dsg_balance_gbp"], of="authorities"))
    balances = (
        f"To {BALANCES_AS_SHARES_TO} balances are worked out from published percentages of "
        "the grant. The balance is of the whole grant; high needs is its main but not its "
        "only part."
    )
    return [
        Words((said,)),
        Exhibit(
            "T7",
            cell,
            amounts,
            sources,
            n,
            _ACCOUNTS,
            "The block counts places the government pays for directly and net spending "
            f"does not, so one cannot be taken from the other. {balances}",
        ),
        Exhibit("F3", cell, _bars(asked, held), own, n, _ACCOUNTS, balances),
        Exhibit("T8", cell, spread, shares, n, _ACCOUNTS, balances),
    ]


@draw.redrawn
def _bars(asked: Question, held: pd.DataFrame) -> Chart:
    last = held.iloc[-1]
    title = (
        f"{asked.place.name}: {balance_words(last['balance'])} at the end of "
        f"{last['year']}, over {last['balance_n']:.0f} authorities with a figure"
    )
    at = np.array([int(str(year)[:4]) + 1 for year in held["year"]], dtype=float)
    heights = held["balance"].to_numpy(float) / 1e6
    with draw.drawing():
        figure, axes = draw.canvas(
            title,
            "Sum of dedicated schools grant balances at 31 March, £ million cash. A year "
            "without a bar is not published.",
            height=4.0,
            left=0.12,
            right=0.96,
        )
        axes.bar(at, heights, width=0.6, color=draw.BLUE)
        axes.axhline(0, color=draw.INK, lw=1)
        marks.margin(axes, heights, room=0.14)
        for place, height, number in zip(at, heights, held["balance_n"], strict=True):
            text = f"{millions(1e6 * height)}\n{number} authorities"
            marks.bar_label(axes, place, height, text, below=bool(height < 0))
        marks.money_axis(axes)
        axes.set_xticks(np.arange(at[0], at[-1] + 1))
    said = "; ".join(
        f"{millions(row['balance'])} in {row['year']} ({row['balance_n']} authorities)"
        for row in held.to_dict("records")
    )
    alt = f"Bar chart of summed grant balances of {asked.place.name}: {said}."
    return Chart("balances", title, "Bars sum different authorities.", alt, figure)
