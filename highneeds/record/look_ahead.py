"""What a projection from an earlier January takes from after it: a closed list.

Nothing else of the model sees a figure of a later period than the January it starts from.
Each item is the first of its kind that the record holds, so it stays the same when a
release is added, and it is named in the result where it is later than the January.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pandas as pd

from highneeds.errors import ModelError
from highneeds.geography import ENGLAND_CODE
from highneeds.panel.panel import Panel
from highneeds.periods import CalendarYear, Census, FinancialYear, MidYear
from highneeds.record.cells import AGES
from highneeds.record.england import people_by_age, share_out_unknown, stock_by_age

# Years after a January for which the growth of the block is the one published.
BLOCK_YEARS = 2
_BLOCK = "high_needs_block_before_deductions_gbp"
_OLDEST = AGES[-1]


@dataclass(frozen=True, eq=False)
class LookAhead:
    """England's later figures, and people by age everywhere.

    ``pattern`` (26, 7) is England's plans by age and placement in January ``ages``;
    ``exits`` (26,) the share of them at each age that ended in the calendar year ``ended``;
    ``people`` has a row an area of people aged 0 to 25 at ``mid_year``; ``request_ratio``
    is requests for each new plan in ``asked``, the first year of requests.
    """

    ages: Census
    pattern: np.ndarray
    ended: CalendarYear
    exits: np.ndarray
    mid_year: MidYear
    people: pd.DataFrame
    asked: CalendarYear
    request_ratio: float


@lru_cache(maxsize=8)
def look_ahead(panel: Panel) -> LookAhead:
    """The items that do not depend on the January started from.

    Parameters
    ----------
    panel : Panel
        The whole record, areas put together here beside the authorities.

    Raises
    ------
    ModelError
        The record lacks one of them.
    """
    # England's figures need no sums of authorities, which take time to make.
    whole = panel.published
    ages = Census(_first(whole, "ehc_plans", "age_year_by_placement"))
    found = stock_by_age(whole, "ehc_plans", ages.label)[ENGLAND_CODE]
    pattern = share_out_unknown(np.nan_to_num(found))
    ended = CalendarYear(ages.end)
    mid_year = MidYear(_first(whole, "population_by_age", "age_year"))
    asked = CalendarYear(_first(whole, "ehc_assessment_requests", "total"))
    return LookAhead(
        ages=ages,
        pattern=pattern,
        ended=ended,
        exits=_exits(whole, ended, pattern.sum(axis=1)),
        mid_year=mid_year,
        people=people_by_age(panel, mid_year),
        asked=asked,
        request_ratio=_england(whole, "ehc_assessment_requests", asked.label)
        / _england(whole, "new_ehc_plans", asked.label),
    )


def block_growth(panel: Panel, after: FinancialYear) -> dict[FinancialYear, float]:
    """England's published growth of the block in the two years after one, where held."""
    held = panel.matrix(_BLOCK).loc[ENGLAND_CODE].dropna()
    block = dict(zip(held.index, held.to_numpy(dtype=float).tolist(), strict=True))
    years = [after.shift(step) for step in range(1, BLOCK_YEARS + 1)]
    return {
        year: block[year.label] / block[year.shift(-1).label] - 1.0
        for year in years
        if {year.label, year.shift(-1).label} <= set(block)
    }


def _exits(panel: Panel, year: CalendarYear, plans: np.ndarray) -> np.ndarray:
    """Plans that ended by age against plans held; one rate where ages are not told apart.

    Everyone of the last age leaves, so the rest of its group is those younger.
    """
    rows = panel.chosen("ceased_ehc_plans", ["age_year"])
    mine = rows[(rows["la_code"] == ENGLAND_CODE) & (rows["year"] == year.label)]
    rate = np.zeros(len(AGES))
    for name, ended in zip(mine["breakdown"], mine["value"].fillna(0.0), strict=True):
        first, _, last = name.partition("-")
        if not first.isdigit():
            continue
        low, high = int(first), int(last or first)
        if high == _OLDEST:
            ended, high = ended - plans[_OLDEST], high - 1
        held = plans[low : high + 1].sum()
        rate[low : high + 1] = ended / held if held > 0 else 0.0
    rate[_OLDEST] = 1.0
    return np.clip(rate, 0.0, 1.0)


def _first(panel: Panel, measure: str, kind: str) -> int:
    """The first year in which England has figures of one kind of breakdown."""
    mine = panel.one_kind(measure, kind, ENGLAND_CODE)
    held = mine.loc[mine["value"].notna(), "year"]
    if held.empty:
        msg = (
            f"The record holds no {measure} of England by {kind}, which a projection from "
            "an earlier January needs."
        )
        raise ModelError(msg)
    return int(held.min())


def _england(panel: Panel, measure: str, label: str) -> float:
    found = panel.figure(measure, ENGLAND_CODE, label).value
    if found is None:
        msg = f"The record holds no {measure} of England in {label}."
        raise ModelError(msg)
    return found
