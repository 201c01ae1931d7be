"""Start: what the page's own model works with, as JSON; nothing of it is worked out there.

The record of one authority as the central case takes it, every assumption with its limits,
and every scenario as its file says it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from highneeds.answers.own_use import BESIDE
from highneeds.answers.projection import Projection
from highneeds.model.funding import carried_years
from highneeds.model.grant import Ground
from highneeds.periods import FinancialYear
from highneeds.record.cells import MODEL_PLACEMENTS
from highneeds.record.own_money import OwnMoney, Spent
from highneeds.scenario.assumptions import LIMITS, Estimate, default_assumptions
from highneeds.scenario.scenario import Policies, Scenario

# What a scenario's file may say of an assumption.
WRITTEN = tuple(name for name in Estimate.model_fields if name not in LIMITS)
_HEAD = ("name", "title", "description", "author", "date", "approved_by")


def record_json(result: Projection) -> dict[str, Any]:
    """The record of an authority, in plans and pounds.

    Arrays are by age and placement as in `AreaRecord`; pounds are by the year that ends.
    """
    record, now, spread = result.record, result.vintage, result.spread
    steps = result.until.end - now.census.end
    carried = carried_years(record)
    return {
        "area": result.area.name,
        "la_code": result.area.la_code,
        "placements": list(MODEL_PLACEMENTS),
        "years": [year.end for year in result.years],
        "census": now.census.end,
        "census_days": [now.census.shift(k).day.toordinal() for k in range(steps + 1)],
        "counted_years": now.counted_years,
        "aged": now.flows.end - now.population.end,
        "opening": float(record.stock.sum()),
        **{
            name: getattr(record, name).tolist()
            for name in (
                "stock",
                "stock_before",
                "exit_rate",
                "joining_mix",
                "population",
                "path",
                "counted_new",
            )
        },
        "joining_per_person": record.rates.joining_per_person.tolist(),
        "moves": record.rates.moves.tolist(),
        "requests": record.requests,
        "requests_before": record.requests_before,
        "new_plans": record.new_plans,
        "balancing": record.balancing_share,
        "newer": {name: dict(years) for name, years in record.newer.items()},
        "counts": [[day.toordinal(), n] for day, n in sorted(record.own.counts)],
        "places": dict(record.own.places),
        "unexplained_level": spread.unexplained_level,
        "missed": {carried: spread.carried(carried)[0]} if carried else {},
        "grant_announced": result.grant_ground is not Ground.NOT_ANNOUNCED,
        "money": _money(result),
        "own_unit_costs": _own_unit_costs(result),
    }


def _money(result: Projection) -> dict[str, Any]:
    money = result.record.money
    own: OwnMoney = money.own
    return {
        **{
            name: by_end(getattr(money, name))
            for name in ("block_before", "block_after", "spending", "balance")
        },
        **{
            name: by_end(getattr(own, name))
            for name in (
                "rolled_in",
                "transfer",
                "payments",
                "contributions",
                "high_needs_balance",
                "reserves",
            )
        },
        "spent": _spent(own.spent),
        "forecast": _spent(own.forecast),
        "outturn_year": money.outturn_year.end,
        "places_gbp": money.places_gbp,
        "services_share": money.services_share,
        "schools_block_gbp": money.schools_block_gbp,
        "agreements": list(money.agreements),
        "agreed_evenly": by_end(money.agreed_evenly),
        "has_spending": money.has_spending,
    }


def _spent(stated: Mapping[str, Spent]) -> dict[int, dict[str, Any]]:
    return {
        FinancialYear.parse(year).end: {"value": one.value, "coverage": one.coverage}
        for year, one in stated.items()
    }


def by_end(series: Mapping[str, float]) -> dict[int, float]:
    """Pounds by the year that ends instead of its label."""
    return {FinancialYear.parse(year).end: float(value) for year, value in series.items()}


def _own_unit_costs(result: Projection) -> list[dict[str, Any]]:
    """Unit costs that an authority states, which stand for those of any scenario."""
    stated = result.own.parts("unit_cost_gbp", "placement") if result.own else {}
    found = {}
    for year, placement in sorted(stated):
        growth = "independent_special" if placement == "independent_special" else "other"
        found[placement] = {
            "name": f"unit_cost_{placement}_gbp",
            "value": stated[year, placement].value,
            "passed": FinancialYear.parse(year).end - result.base_year.end,
            "growth": f"price_growth_{growth}",
        }
    return [one for name, one in found.items() if name in MODEL_PLACEMENTS]


def assumptions_json() -> dict[str, Any]:
    """Every assumption as shipped, with its limits."""
    return {name: one.model_dump() for name, one in default_assumptions().items()}


def scenario_json(scenario: Scenario) -> dict[str, Any]:
    """A scenario as its file says it: what differs from the defaults."""
    defaults = default_assumptions()
    return {
        **{name: getattr(scenario, name) for name in _HEAD},
        "policies": scenario.policies.model_dump(exclude_none=True),
        "assumptions": {
            name: {key: getattr(one, key) for key in WRITTEN}
            for name, one in scenario.assumptions.items()
            if one != defaults[name]
        },
        **{
            key: [lever.model_dump() for lever in getattr(scenario, key)]
            for key in ("measures", "one_offs", "paths")
        },
    }


def bare_json() -> dict[str, Any]:
    """A scenario that says nothing, which a file that extends no other starts from."""
    return {
        **dict.fromkeys(_HEAD, ""),
        "policies": Policies().model_dump(exclude_none=True),
        "assumptions": {},
        "measures": [],
        "one_offs": [],
        "paths": [],
    }


def own_json(result: Projection) -> list[dict[str, Any]]:
    """Own figures that move the projection, as a file of them says it.

    Those that are only shown beside are left out: the page shows none of them.
    """
    return [
        {
            "measure": figure.measure,
            "at": figure.at,
            "value": figure.value,
            "breakdown": figure.breakdown,
            **{
                name: getattr(figure, name)
                for name in ("coverage", "source", "date", "owner")
                if getattr(figure, name)
            },
        }
        for figure, use in result.own_uses()
        if use != BESIDE
    ]


def plain(found: Any) -> Any:
    """Numbers as JSON has them: one that does not exist is null."""
    if isinstance(found, dict):
        return {key: plain(value) for key, value in found.items()}
    if isinstance(found, list | tuple):
        return [plain(value) for value in found]
    if isinstance(found, float | np.floating):
        return float(found) if np.isfinite(found) else None
    return found
