"""Past growth taken apart: population, prevalence, mix of placements, price.

Each part is the logarithmic mean share of the change (the LMDI method), so the parts add up
to the whole change exactly and no part depends on the order in which they are taken.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from highneeds.answers.beside_others import first_january
from highneeds.errors import JoinError
from highneeds.geography import Area
from highneeds.panel.panel import Panel
from highneeds.panel.vintage import held_by_most, vintage
from highneeds.periods import Census, FinancialYear, MidYear
from highneeds.record.cells import MODEL_PLACEMENTS
from highneeds.scenario.assumptions import Assumptions


def plan_span(panel: Panel) -> tuple[Census, Census]:
    """The first January after plans began, and the last with children counted before it."""
    children = max(held_by_most(panel, "population_0_17"))
    return first_january(), min(vintage(panel).census, Census(children.end + 1))


def spending_span(panel: Panel) -> tuple[FinancialYear, FinancialYear]:
    """The first year with an outturn of most authorities, and the base year."""
    first = min(held_by_most(panel, "s251_high_needs_net_gbp"))
    return FinancialYear(first.end), vintage(panel).year


def plan_growth(
    panel: Panel, area: str | Area, first: Census | None = None, last: Census | None = None
) -> pd.DataFrame:
    """Growth of plans between two Januaries, those of `plan_span` when left out.

    Prevalence is plans for each child aged 0 to 17 in the mid-year before; plans are held
    up to age 25, so young people's plans count as prevalence.

    Returns
    -------
    DataFrame
        factor, change (plans), share of the whole change, note; parts add up exactly.

    Raises
    ------
    JoinError
        A figure is missing, for instance because the authority did not exist.
    """
    earliest, latest = plan_span(panel)
    ends = (first or earliest, last or latest)
    plans = [_need(panel, "ehc_plans", area, census) for census in ends]
    people = [_need(panel, "population_0_17", area, MidYear(c.end - 1)) for c in ends]
    factors = {
        "population": (people[0], people[1], "Children aged 0 to 17, mid-year before"),
        "prevalence": (
            plans[0] / people[0],
            plans[1] / people[1],
            "Plans for each child aged 0 to 17",
        ),
    }
    return _parts(plans[0], plans[1], factors)


def spending_growth(
    panel: Panel,
    area: str | Area,
    assumptions: Assumptions,
    first: FinancialYear | None = None,
    last: FinancialYear | None = None,
) -> pd.DataFrame:
    """Growth of net high-needs spending by population, prevalence, mix and price, £ cash.

    The years are those of `spending_span` when left out. Mix is the change of the average
    cost of a plan at the assumed unit costs, because the placements changed; price is what
    is left: the cost of the same mix.

    Returns
    -------
    DataFrame
        factor, change (£), share, note; parts add up exactly.

    Raises
    ------
    JoinError
        A figure is missing, for instance because the authority did not exist.
    """
    where = panel.area(area)
    unit = np.array(
        [assumptions[f"unit_cost_{name}_gbp"].central for name in MODEL_PLACEMENTS]
    )
    earliest, latest = spending_span(panel)
    spent, people, plans, mix = [], [], [], []
    for year in (first or earliest, last or latest):
        spent.append(_need(panel, "s251_high_needs_net_gbp", where, year))
        people.append(_need(panel, "population_0_17", where, MidYear(year.end - 1)))
        before, inside = (_placements(panel, where, census) for census in year.censuses())
        placed = before * 5 / 12 + inside * 7 / 12
        plans.append(float(placed.sum()))
        mix.append(float((placed * unit).sum() / placed.sum()))
    factors = {
        "population": (people[0], people[1], "Children aged 0 to 17"),
        "prevalence": (plans[0] / people[0], plans[1] / people[1], "Plans for each child"),
        "mix": (mix[0], mix[1], "Placements, at the assumed unit costs"),
        "price": (
            spent[0] / (plans[0] * mix[0]),
            spent[1] / (plans[1] * mix[1]),
            "Spending on the same mix of plans: prices, need, and services beside plans",
        ),
    }
    return _parts(spent[0], spent[1], factors)


def _placements(panel: Panel, area: Area, census: Census) -> np.ndarray:
    total = _need(panel, "ehc_plans", area, census)
    found = [
        panel.figure("ehc_plans", area, census, f"placement/{name}").value
        for name in MODEL_PLACEMENTS
    ]
    known = np.array([np.nan if value is None else value for value in found], dtype=float)
    if not np.isfinite(known).any():
        msg = (
            f"{area} has no plans by placement for January {census}. The mix cannot be "
            "told "
            "from the price; choose years that have them (`highneeds data show ehc_plans "
            "--breakdown placement`)."
        )
        raise JoinError(msg)
    known = np.nan_to_num(known)
    return known * total / known.sum()


def _need(panel: Panel, measure: str, area: str | Area, period: object) -> float:
    figure = panel.figure(measure, area, period)  # type: ignore[arg-type]
    if figure.value is None:
        where = panel.area(area)
        old = ", ".join(str(a) for a in panel.geography.predecessors(where.la_code))
        hint = f" It came from {old}; use a later first year." if old else ""
        msg = (
            f"{measure} of {where} for {period} is {figure.status}, so growth cannot be "
            "taken "
            f"apart.{hint}"
        )
        raise JoinError(msg)
    return figure.value


def _parts(
    before: float, after: float, factors: dict[str, tuple[float, float, str]]
) -> pd.DataFrame:
    weight = before if before == after else (after - before) / np.log(after / before)
    rows = [
        (name, weight * np.log(end / start), note)
        for name, (start, end, note) in factors.items()
    ]
    table = pd.DataFrame(rows, columns=["factor", "change", "note"])
    change = after - before
    table.insert(2, "share", table["change"] / change if change else np.nan)
    return table
