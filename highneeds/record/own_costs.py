"""What an authority states that a scenario would assume: unit costs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from highneeds.errors import UsageError, some
from highneeds.geography import Area
from highneeds.own.figures import OwnFigures
from highneeds.panel.panel import Panel
from highneeds.panel.vintage import Vintage
from highneeds.periods import FinancialYear
from highneeds.record.cells import MODEL_PLACEMENTS
from highneeds.scenario.assumptions import Assumptions
from highneeds.scenario.scenario import Scenario

OWN_FROM_ORIGIN = (
    "Own figures are not used with a projection from an earlier January, which starts from "
    "the record as it stood then. Leave out one of the two."
)
_INDEPENDENT = "independent_special"


def stated_of(
    own: OwnFigures | Mapping[str, OwnFigures] | None, area: Area, panel: Panel
) -> dict[str, OwnFigures]:
    """Own figures by DfE code; those of no figure at all are left out.

    Raises
    ------
    UsageError
        They are of another area than the one projected.
    """
    if own is None:
        return {}
    given = {own.area.la_code: own} if isinstance(own, OwnFigures) else dict(own)
    known = {part.la_code for part in panel.parts(area)} or {area.la_code}
    if others := [str(one.area) for code, one in given.items() if code not in known]:
        msg = (
            f"The own figures are of {some(others)}, and {area} is projected. Give the "
            "figures of the area that is projected."
        )
        raise UsageError(msg)
    return {code: one for code, one in given.items() if one.figures}


def all_stated(own: Mapping[str, OwnFigures] | None, now: Vintage) -> dict[str, OwnFigures]:
    """Own figures of many authorities by DfE code; those of no figure are left out.

    Raises
    ------
    UsageError
        The projection is from an earlier January.
    """
    stated = {code: one for code, one in (own or {}).items() if one.figures}
    if stated and now.by_band:
        raise UsageError(OWN_FROM_ORIGIN)
    return stated


def with_own_unit_costs(
    scenario: Scenario, own: OwnFigures | None, base: FinancialYear
) -> Scenario:
    """A scenario with an authority's own unit costs, certain, in place of assumed ones.

    Of each placement the last stated is taken, at the prices of the base year. What counts
    is each against the others: their common level is set so that the base year costs what
    was spent in it.
    """
    stated = own.parts("unit_cost_gbp", "placement") if own else {}
    changed = {}
    for placement in MODEL_PLACEMENTS:
        years = [year for year, name in stated if name == placement]
        if not years:
            continue
        figure = stated[max(years), placement]
        growth = "independent_special" if placement == _INDEPENDENT else "other"
        price = 1.0 + scenario.assumptions[f"price_growth_{growth}"].central
        passed = FinancialYear.parse(figure.at).end - base.end
        value = figure.value / price**passed
        name = f"unit_cost_{placement}_gbp"
        assumed = scenario.assumptions[name]
        changed[name] = assumed.model_copy(
            update={
                "low": value,
                "central": value,
                "high": value,
                "minimum": min(assumed.minimum, value),
                "maximum": max(assumed.maximum, value),
                "source": figure.source or "The authority's own figure",
                "date": figure.date,
                "owner": figure.owner or str(own.area) if own else "",
                "evidence": "D",
                "note": f"Own figure of {figure.at}, at prices of {base}.",
            }
        )
    if not changed:
        return scenario
    assumptions = Assumptions(dict(scenario.assumptions.items()) | changed)
    return replace(scenario, assumptions=assumptions)
