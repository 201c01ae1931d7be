"""Spending by provision: what the plans of each placement cost, and what else is paid for.

The placements are those of the DSG management plan; what services cost beside plans is
told apart as the authority's own section 251 lines, or England's, tell it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from highneeds.answers.crosswalk import DSG_7, split_of
from highneeds.geography import ENGLAND_CODE
from highneeds.model.quantiles import summary
from highneeds.own.measures import PROVISIONS
from highneeds.record.money import service_lines

if TYPE_CHECKING:
    from highneeds.answers.projection import Projection
    from highneeds.model.simulate import Futures
    from highneeds.panel.panel import Panel
    from highneeds.panel.vintage import Vintage

# Those that follow plans stand first, in the order of DSG-7; the others do not follow any.
PLACED = dict(zip(list(PROVISIONS)[: len(DSG_7)], DSG_7, strict=True))
ALTERNATIVE, SUPPORT, THERAPIES, CENTRAL = (
    "alternative_provision",
    "sen_support",
    "therapies",
    "central",
)
# Where each section 251 line of services is counted.
_SERVICE_PROVISIONS = {
    "sen_support": SUPPORT,
    "alternative_provision": ALTERNATIVE,
    "hospital_education": ALTERNATIVE,
    "therapies": THERAPIES,
}
NOTES = {
    "resourced_provision": "Priced as mainstream schools: the record has no cost of its "
    "own.",
    "inmss": "With mainstream independent schools, priced as mainstream schools.",
    ALTERNATIVE: "Plans there, and services for pupils without a plan; the average is of "
    "plans.",
    "eotas_and_other": "Early years settings too.",
    CENTRAL: "Costs of measures and one-offs, of more appeals than in the base year, and "
    "those that came with grants rolled into the block.",
}


@dataclass(frozen=True)
class ByProvision:
    """Spending and plans by provision, (years, provisions, draws).

    ``spending``, £; ``plans`` paid for in the year, and what each costs on average,
    ``per_plan``, £: not a number where spending follows no plans.
    """

    spending: np.ndarray
    plans: np.ndarray
    per_plan: np.ndarray


def spending_by_provision(result: Projection) -> pd.DataFrame:
    """Spending of each financial year by provision, in the central case and its range.

    Returns
    -------
    DataFrame
        year, provision (a name of `own.measures.PROVISIONS`), placement (of DSG-7, empty
        where spending follows no plans), plans (paid for in the year, on average),
        spending_gbp, p10, p90, per_plan_gbp, note. In the central case, as in every
        future, the provisions add up to the year's spending. Empty without an outturn.
    """
    columns = [
        *("year", "provision", "placement", "plans"),
        *("spending_gbp", "p10", "p90", "per_plan_gbp", "note"),
    ]
    if not result.record.money.has_spending:
        return pd.DataFrame(columns=columns)
    central, futures = (
        provision_futures(one, result) for one in (result.central, result.futures)
    )
    rows = []
    for step, year in enumerate(result.years):
        for column, name in enumerate(PROVISIONS):
            values = futures.spending[step, column]
            found = summary(values, central.spending[step, column, 0])
            rows.append(
                (
                    *(year.label, name, PLACED.get(name, "")),
                    float(central.plans[step, column, 0]),
                    *(found["central"], found["p10"], found["p90"]),
                    float(central.per_plan[step, column, 0]),
                    NOTES.get(name, ""),
                )
            )
    return pd.DataFrame(rows, columns=columns)


def provision_futures(futures: Futures, result: Projection) -> ByProvision:
    """Some futures of a projection, or its central case, by provision."""
    split = _split(result)
    plans, placed = (
        np.einsum("ypd,pc->ycd", getattr(futures, name), split)
        for name in ("paid_plans", "placed")
    )
    years, follow, draws = placed.shape
    spending = np.zeros((years, len(PROVISIONS), draws))
    spending[:, :follow] = placed
    spending += _services(result)[:, None] * futures.supported[:, None]
    spending[:, list(PROVISIONS).index(CENTRAL)] += futures.other + futures.rolled_cost
    counted, each = np.full_like(spending, np.nan), np.full_like(spending, np.nan)
    counted[:, :follow] = plans
    np.divide(placed, plans, out=each[:, :follow], where=plans > 0)
    return ByProvision(spending, counted, each)


def _split(result: Projection) -> np.ndarray:
    """Share of each of the model's placements in each of DSG-7, (placements, 7)."""
    split, _ = split_of(result, "dsg7", DSG_7)
    return split.to_numpy(dtype=float)


def _services(result: Projection) -> np.ndarray:
    """Share of services beside plans in each provision, (provisions,); sums to 1.

    Where no lines are held they are not told apart, and are counted with the central ones.
    """
    shares = dict.fromkeys(PROVISIONS, 0.0)
    lines = _lines_with_england(result.panel, result.vintage)
    own = lines.reindex([result.area.la_code, ENGLAND_CODE])
    whole = own[(own >= 0).all(axis=1) & (own.sum(axis=1) > 0)]
    if whole.empty:
        shares[CENTRAL] = 1.0
    else:
        used = whole.iloc[0] / whole.iloc[0].sum()
        for line, provision in _SERVICE_PROVISIONS.items():
            shares[provision] += float(used[line])
    return np.array(list(shares.values()))


@lru_cache(maxsize=4)
def _lines_with_england(panel: Panel, now: Vintage) -> pd.DataFrame:
    """`service_lines` and their sum as England's; no rows where the record holds none."""
    if now.lines > now.year:
        return pd.DataFrame(columns=list(_SERVICE_PROVISIONS), dtype=float)
    own = service_lines(panel, now)
    england = own.dropna().sum().to_frame(ENGLAND_CODE).T
    return pd.concat([own, england])
