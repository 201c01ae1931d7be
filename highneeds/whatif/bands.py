"""Bands: how far simulated futures lie from the central case, and what pins them.

The page has no futures of its own. It keeps the distances of runs made here, and, for what
makes futures agree (a stated balance, a policy that answers a deficit), how much nearer a
run with it lies.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from highneeds.answers.projection import Projection, project
from highneeds.model.funding import direct_places
from highneeds.model.quantiles import summary
from highneeds.own.figures import OwnFigure, OwnFigures
from highneeds.scenario.draws import CentralDraws
from highneeds.scenario.scenario import Policies, Scenario
from highneeds.whatif.controls import COVERAGE, OwnField

Distances = dict[str, list[list[float]]]
SERIES = ("balance", "in_year", "spending", "plans")
# What is tried of a policy whose share a reader may set.
_MOST_COVERED = 0.9
# Of futures that lie so near one another that no ratio can be taken, £ or plans.
_NONE_APART = 1e-6


def distances(result: Projection) -> Distances:
    """Low and high less the central case, by series and year; plans by January."""
    found = {}
    for name in SERIES:
        futures, central = (
            _series(each, name) for each in (result.futures, result.central)
        )
        found[name] = [
            [told[end] - told["central"] for end in ("p10", "p90")]
            for told in map(summary, futures, central[:, 0])
        ]
    return found


def _series(futures: Any, name: str) -> np.ndarray:
    if name == "plans":
        return np.asarray(futures.stock.sum(axis=(1, 2)))
    return np.asarray(getattr(futures, name))


def scenario_runs(
    result: Projection, scenarios: dict[str, Scenario], made: Mapping[str, Projection]
) -> dict[str, Distances]:
    """Distances of the same authority and futures in other scenarios, some made before."""
    return {
        name: distances(made.get(name) or _again(result, scenario=scenario))
        for name, scenario in scenarios.items()
    }


def stated_ratio(result: Projection, field: OwnField) -> Distances | None:
    """How near a run lies in which an own figure is stated; None where that moves nothing.

    It is stated as the central case has it: what matters is that it is known.
    """
    if not field.pins or (result.own and field.year.label in result.own.of(field.measure)):
        return None
    own = result.own or OwnFigures(result.area, (), "", "")
    more = replace(own, figures=(*own.figures, as_projected(result, field)))
    return ratio(distances(_again(result, own=more)), distances(result))


def as_projected(result: Projection, field: OwnField) -> OwnFigure:
    """An own figure by which the central case stays as it is."""
    step = result.years.index(field.year)
    series = {
        "dsg_balance_gbp": result.central.balance,
        "high_needs_block_before_deductions_gbp": result.central.block,
    }.get(field.measure, result.central.spending)
    value = float(series[step, 0])
    if field.covers:
        # Places that the department funds are spending, and are no part of what is stated.
        record = result.record
        usual = CentralDraws(result.scenario.assumptions, record.area.la_code)
        value -= float(np.sum(direct_places(record.money, usual, field.year)))
    return OwnFigure(
        field.measure,
        field.year.label,
        value,
        coverage=COVERAGE if field.covers else "",
    )


def grant_ratio(result: Projection) -> Distances:
    """Likewise where the grant is counted, or is not if the scenario counts it."""
    grant = result.scenario.policies.stability_grant
    other = grant.model_copy(update={"switched_on": not grant.switched_on})
    return _with_policy(result, {"stability_grant": other})


def later_ratio(result: Projection) -> tuple[Distances, float]:
    """Likewise where later deficits are covered, and by how much more of them."""
    later = result.scenario.policies.later_deficits
    share = _MOST_COVERED if later.share < _MOST_COVERED else 0.0
    other = later.model_copy(update={"share": share})
    return _with_policy(result, {"later_deficits": other}), share - later.share


def _with_policy(result: Projection, update: dict[str, Any]) -> Distances:
    policies: Policies = result.scenario.policies.model_copy(update=update)
    other = _again(result, scenario=replace(result.scenario, policies=policies))
    return ratio(distances(other), distances(result))


def ratio(found: Distances, base: Distances) -> Distances:
    """Distances against others; 1 where there are none to speak of."""
    return {
        name: [
            [
                one / two if abs(two) > _NONE_APART else 1.0
                for one, two in zip(ends, others, strict=True)
            ]
            for ends, others in zip(found[name], base[name], strict=True)
        ]
        for name in found
    }


def _again(
    result: Projection, *, scenario: Scenario | None = None, own: OwnFigures | None = None
) -> Projection:
    return project(
        result.panel,
        result.area,
        scenario or result.scenario,
        until=result.until.label,
        draws=result.draws,
        seed=result.seed,
        own=own or result.own,
    )
