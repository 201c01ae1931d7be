"""From the opening balance to the closing one, in steps that add up exactly.

Every step is a mean over the futures, because means add up and medians do not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from highneeds.model.money_record import BASE_YEAR

if TYPE_CHECKING:
    from highneeds.model.projection import Projection

COLUMNS = ("step", "label", "value_gbp", "kind", "note")
# A change in spending, its label where it costs more, and where it costs less.
_SPENDING_STEPS = (
    ("volume", "More plans", "Fewer plans"),
    ("mix", "Dearer mix of placements", "Cheaper mix of placements"),
    ("price", "Prices of placements", "Prices of placements"),
    ("services", "Prices of services", "Prices of services"),
)


def bridge_table(result: Projection) -> pd.DataFrame:
    """The steps from the last published balance to the last projected one, £.

    Where no balance is published there is no opening row, since its 0 could be read as a
    balance of nil: the steps then add up to the change.

    Returns
    -------
    DataFrame
        Columns of `COLUMNS`; empty where no block is published. ``kind`` is start, change
        or end, and start, if any, plus every change is end.
    """
    if not result.has_money:
        return pd.DataFrame(columns=list(COLUMNS))
    futures = result.futures
    opens, closes = result.opening_year.closes_on(), result.until.closes_on()
    start = result.record.money.balance.get(result.opening_year.label, 0.0)
    opening = ("start", f"At {opens}", start, "start", result.balance_basis)
    end = f"At {closes}" if result.balance_is_level else f"Change from {opens} to {closes}"
    repeats = len(result.years) - 1
    gap = float(futures.in_year[0].mean())
    steps = [
        *([opening] if result.balance_is_level else []),
        *_carried(result, start),
        ("base_gap", f"Gap in {BASE_YEAR}", gap, "change", "Outturn, estimated block."),
        (
            "same_gap",
            f"Same gap, {repeats} more years",
            gap * repeats,
            "change",
            "If nothing changed after the base year.",
        ),
        (
            "funding",
            "Growth of the block",
            _since_base(futures.block),
            "change",
            "Against the base year.",
        ),
    ]
    for name, dearer, cheaper in _SPENDING_STEPS:
        value = -_later(getattr(futures, name))
        label = dearer if value <= 0 else cheaper
        steps.append((name, label, value, "change", "Against the base year."))
    for name, label, value in (
        ("other", "Costs of measures and appeals", -_since_base(futures.other)),
        ("transfer", "Transfers from the schools block", _since_base(futures.transfer)),
        ("policy", "Stability grant", float(futures.grants.sum(axis=0).mean())),
    ):
        if value:
            steps.append((name, label, value, "change", "As the scenario says."))
    steps += [
        (
            "unexplained",
            "Other blocks and transfers",
            float(futures.unexplained.sum(axis=0).mean()),
            "change",
            "What the 2021-22 record does not explain, carried forward.",
        ),
        (
            "end",
            end,
            float(futures.balance[-1].mean()),
            "end",
            "Mean of the simulated futures.",
        ),
    ]
    return pd.DataFrame(steps, columns=list(COLUMNS))


def _carried(result: Projection, start: float) -> list[tuple[str, str, float, str, str]]:
    """The years between the last published balance and the base year, if any."""
    if result.opening_year >= BASE_YEAR.shift(-1):
        return []
    first, last = result.opening_year.shift(1), BASE_YEAR.shift(-1)
    label = str(first) if first == last else f"{first} to {last}"
    value = float(result.futures.opening.mean()) - start
    note = "Block after deductions less outturn and places; no balance is published."
    return [("carried", label, value, "change", note)]


def _later(values: np.ndarray) -> float:
    return float(values[1:].sum(axis=0).mean())


def _since_base(values: np.ndarray) -> float:
    return float((values[1:] - values[0]).sum(axis=0).mean())
