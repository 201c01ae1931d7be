"""What in a scenario a reader should be told: printed with the figures.

Each names the scenario file and the key to look at. Faults stop a run instead
(`record.area`, and `scenario.rules` for files).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from highneeds.errors import (
    HighNeedsWarning,
    NotApprovedWarning,
    ReadAsWarning,
    UnusualWarning,
    some,
)
from highneeds.model.run import Run
from highneeds.model.simulate import central_case
from highneeds.periods import FinancialYear
from highneeds.scenario.levers import FORUM_LIMIT
from highneeds.words import change, whole_pounds

if TYPE_CHECKING:
    from highneeds.record.area import AreaRecord
    from highneeds.scenario.scenario import Scenario

_FASTEST, _SLOWEST = 0.25, -0.10
_MOST_OF_GAP = 0.40
# Keys that move each series, named in the warning; how its years are written, from the
# year in which a financial year ends.
_SERIES: dict[str, tuple[str, Callable[[int], str]]] = {
    "plans": ("request_growth, measures, paths", lambda end: f"January {end}"),
    "requests": ("request_growth, request_surge, paths", lambda end: str(end - 1)),
    "spending": (
        "price_growth_*, measures, one_offs",
        lambda end: FinancialYear(end).label,
    ),
    "block": ("block_growth.*", lambda end: FinancialYear(end).label),
}


def warnings_for(
    record: AreaRecord, scenario: Scenario, projection: Run
) -> tuple[str, ...]:
    """What a reader of these figures should be told about the scenario, in sentences."""
    return tuple(str(one) for one in typed_warnings(record, scenario, projection))


def typed_warnings(
    record: AreaRecord, scenario: Scenario, projection: Run
) -> tuple[HighNeedsWarning, ...]:
    """The same, each of the class of its rule.

    Parameters
    ----------
    record, scenario : AreaRecord, Scenario
        What was projected.
    projection : Run
        The run; with measures, it is run once more without them.
    """
    where = scenario.files[-1].name if scenario.files else scenario.name
    found: list[HighNeedsWarning] = [
        *(ReadAsWarning(note) for note in scenario.notes),
        *(NotApprovedWarning(words) for words in _unsigned(scenario, where)),
    ]
    for words in (
        *_unusual_assumptions(scenario),
        *_idle_levers(scenario, projection.base_year, projection.until),
        *_unusual_growth(record, projection),
        *_much_mitigation(record, scenario, projection),
        *_more_off_than_services(scenario, projection),
    ):
        found.append(UnusualWarning(f"{where}: {words}"))
    return tuple(found)


def _unsigned(scenario: Scenario, where: str) -> Iterator[str]:
    missing = [key for key in ("author", "date") if not getattr(scenario, key)]
    if missing:
        yield (
            f"Nobody answers for this scenario: it has no {' and no '.join(missing)} "
            f"({where}: {', '.join(missing)})."
        )
    if not scenario.approved_by:
        yield (
            "Nobody has approved this scenario yet; its figures are a draft for "
            f"discussion ({where}: approved_by)."
        )


def _unusual_assumptions(scenario: Scenario) -> Iterator[str]:
    assumed = scenario.assumptions
    independent, state = (
        assumed[f"unit_cost_{name}_special_gbp"].central
        for name in ("independent", "state")
    )
    if independent < state:
        yield (
            f"assumptions.unit_cost_independent_special_gbp {whole_pounds(independent)} is "
            f"below unit_cost_state_special_gbp {whole_pounds(state)}; independent places "
            "cost more everywhere it is published."
        )
    for name, estimate in assumed.items():
        if estimate.unit == "share a year" and _beyond(estimate.central):
            yield (
                f"assumptions.{name} {change(estimate.central)} a year is outside {_USUAL}."
            )
    for measure in scenario.measures:
        if measure.kind == "block_transfer" and measure.most > FORUM_LIMIT:
            yield (
                f"measures: {measure.name!r} moves {measure.most:.2%} of the schools "
                f"block; above {FORUM_LIMIT:.1%} it rests on the Secretary of State's "
                "agreement each year."
            )


def _idle_levers(
    scenario: Scenario, base: FinancialYear, until: FinancialYear
) -> Iterator[str]:
    """What a scenario has outside the years of the run, where it changes nothing."""
    for measure in scenario.measures:
        if FinancialYear.parse(measure.starts) > until:
            when = f"starts in {measure.starts}"
            yield _idle("measures", measure.name, when, base, until)
    for cost in scenario.one_offs:
        if not base <= FinancialYear.parse(cost.year) <= until:
            when = f"falls in {cost.year}"
            yield _idle("one_offs", cost.name, when, base, until)
    for path in scenario.paths:
        first = min(path.central)
        # A calendar year meets the financial year that opens in it.
        if FinancialYear(int(first) + 1) > until:
            yield _idle("paths", path.name, f"begins in {first}", base, until)


def _idle(key: str, name: str, when: str, base: FinancialYear, until: FinancialYear) -> str:
    return (
        f"{key}: {name!r} {when}, outside this run ({base} to {until}), and changes "
        "nothing in it."
    )


def _unusual_growth(record: AreaRecord, projection: Run) -> Iterator[str]:
    central, now = projection.central, record.vintage
    # Each with the financial year that its first value stands in, or opens.
    counted = FinancialYear(now.census.end)
    series = {
        "plans": (counted, central.stock.sum(axis=(1, 2))),
        # Into the first year requests follow from the path of plans, not from these keys.
        "requests": (counted.shift(1), central.requests),
        "spending": (now.year, central.spending),
        "block": (now.year, central.block),
    }
    for name, (first, values) in series.items():
        middle = values[:, 0]
        if not (np.isfinite(middle) & (middle > 0)).all():
            continue
        keys, written = _SERIES[name]
        unusual = [
            f"{change(growth)} in {written(first.end + step)}"
            for step, growth in enumerate(middle[1:] / middle[:-1] - 1.0, start=1)
            if _beyond(growth)
        ]
        if unusual:
            yield (
                f"{name} change by {some(unusual)} (central case), outside {_USUAL} a "
                f"year. Look at {keys}."
            )


def _much_mitigation(
    record: AreaRecord, scenario: Scenario, projection: Run
) -> Iterator[str]:
    if not (scenario.measures and record.money.has_block):
        return
    without = central_case(
        record,
        replace(scenario, measures=()),
        projection.spread,
        until=projection.until,
    ).in_year[:, 0]
    saved = projection.central.in_year[:, 0] - without
    share = np.divide(saved, -without, out=np.zeros_like(saved), where=without < 0)
    worst = int(share.argmax())
    if share[worst] > _MOST_OF_GAP:
        yield (
            f"measures: together they close {share[worst]:.0%} of the in-year deficit of "
            f"{projection.years[worst]}, more than {_MOST_OF_GAP:.0%}. Check most and "
            "delivery_chance of each."
        )


def _more_off_than_services(scenario: Scenario, projection: Run) -> Iterator[str]:
    """Sums off that are more than what follows no plan, which is what they come off."""
    if not (scenario.measures or scenario.one_offs):
        return
    central = projection.central
    left = (central.supported + central.other)[:, 0]
    worst = int(np.argmin(left))
    if left[worst] < 0:
        yield (
            f"measures, one_offs: in {projection.years[worst]} they take "
            f"{whole_pounds(-float(left[worst]))} more off than is spent on services "
            f"that follow no plan, {whole_pounds(float(central.supported[worst, 0]))} "
            "(central case). Look at most and gbp of each."
        )


def _beyond(growth: float) -> bool:
    return not _SLOWEST <= growth <= _FASTEST


_USUAL = f"{change(_SLOWEST)} to {change(_FASTEST)}"
