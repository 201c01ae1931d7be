"""From the opening balance to the closing one, in steps that add up exactly.

Every step is the central case's, which adds up as middles of many futures do not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from highneeds.answers.claim import WHOEVER

if TYPE_CHECKING:
    from highneeds.answers.projection import Projection

COLUMNS = ("step", "label", "value_gbp", "kind", "note")
# A change in spending, its label where it costs more, and where it costs less.
_SPENDING_STEPS = (
    ("volume", "More plans", "Fewer plans"),
    ("mix", "Dearer mix of placements", "Cheaper mix of placements"),
    ("price", "Prices of placements", "Prices of placements"),
    ("services", "Prices of services", "Prices of services"),
)
# What else is paid against a deficit.
_PAID_IN = (
    ("payments", "Safety Valve and other payments"),
    ("contributions", "The council's own contributions"),
    ("covered", "Later deficits covered"),
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
    central = result.central
    opens, closes = result.opening_year.closes_on(), result.until.closes_on()
    start = result.record.money.balance.get(result.opening_year.label, 0.0)
    opening = ("start", f"At {opens}", start, "start", result.balance_basis)
    end = f"Change from {opens} to {closes}"
    if result.balance_is_level:
        end = f"At {closes}"
    if result.until > result.deficit_until:
        end = f"{end}, {WHOEVER}".replace("At ", "Cumulative shortfall at ")
    first = _first_step(result)
    steps = [
        *([opening] if result.balance_is_level else []),
        *_carried(result, start),
        *_gaps(result, first),
        (
            "funding",
            "Growth of the block",
            _since_base(central.block, first),
            "change",
            "Against the base year.",
        ),
    ]
    for name, dearer, cheaper in _SPENDING_STEPS:
        value = -_since_base(getattr(central, name), first)
        label = dearer if value <= 0 else cheaper
        steps.append((name, label, value, "change", "Against the base year."))
    for name, label, value in (
        (
            "rolled_cost",
            "Costs that came with grants rolled into the block",
            -_since_base(central.rolled_cost, first),
        ),
        ("other", "Costs of measures and appeals", -_since_base(central.other, first)),
        (
            "transfer",
            "Transfers from the schools block",
            _since_base(central.transfer, first),
        ),
        ("policy", "Stability grant", float(central.grants[first:].sum())),
        *(
            (name, label, float(getattr(central, name)[first:].sum()))
            for name, label in _PAID_IN
        ),
    ):
        if value:
            steps.append((name, label, value, "change", "As the scenario says."))
    steps += [
        (
            "unexplained",
            "Other blocks and transfers",
            float(central.unexplained[first:].sum()),
            "change",
            f"What the {result.spread.level_year} record does not explain, carried "
            "forward.",
        ),
        ("end", end, float(central.balance[-1, 0]), "end", "The central case."),
    ]
    return pd.DataFrame(steps, columns=list(COLUMNS))


def _first_step(result: Projection) -> int:
    """The place of the first year, from the base year on, whose balance is not known."""
    return max(result.opening_year.end + 1 - result.base_year.end, 0)


def _gaps(result: Projection, first: int) -> list[tuple[str, str, float, str, str]]:
    """The base year's position, and as much again in every later year added up."""
    base, gap = result.base_year, float(result.central.in_year[0, 0])
    repeats = len(result.years) - max(first, 1)
    found = []
    if not first:
        block = "estimated block"
        if base.label in result.record.money.block_held:
            block = "published block"
        found.append(
            ("base_gap", f"In-year position of {base}", gap, "change", f"Outturn, {block}.")
        )
    years = "year" if repeats == 1 else "years"
    return [
        *found,
        (
            "same_gap",
            f"In-year position of {base} in {repeats} later {years}"
            if first
            else f"The same in-year position, {repeats} more {years}",
            gap * repeats,
            "change",
            "If nothing changed after the base year.",
        ),
    ]


def _carried(result: Projection, start: float) -> list[tuple[str, str, float, str, str]]:
    """The years between the last published balance and the base year, if any."""
    first, last = result.opening_year.shift(1), result.base_year.shift(-1)
    if first > last:
        return []
    label = str(first) if first == last else f"{first} to {last}"
    value = float(result.central.opening[0]) - start
    note = "Block after deductions less outturn and places; no balance is published."
    return [("carried", label, value, "change", note)]


def _since_base(values: np.ndarray, first: int) -> float:
    """Change since the base year, added up over the years that are not known."""
    return float((values[max(first, 1) :] - values[0]).sum())
