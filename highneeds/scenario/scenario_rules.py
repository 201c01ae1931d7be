"""What makes a whole scenario impossible: rules that one value alone cannot break."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

from highneeds.errors import AssumptionError, UsageError, some
from highneeds.geography import Geography
from highneeds.periods import FinancialYear
from highneeds.policy import policy
from highneeds.scenario.assumptions import LIMITS
from highneeds.scenario.levers import FORUM_LIMIT

if TYPE_CHECKING:
    from highneeds.scenario.assumptions import Estimate
    from highneeds.scenario.scenario import Scenario

# Set with the defaults: a range that the same file could move would guard nothing.
_FIXED = LIMITS
_ROUNDING = 1e-9
BLOCK_GROWTH = "block_growth."


def check_limits_kept(
    changes: Mapping[str, Mapping[str, Any]],
    assumptions: Mapping[str, Estimate],
    where: str,
) -> None:
    """Refuse a scenario that moves the limits or the unit of an assumption, not its values.

    Raises
    ------
    AssumptionError
        Names the file and every such key.
    """
    known = {name: values for name, values in changes.items() if name in assumptions}
    faults = [
        f"{where}: assumptions.{name}.{key}: a scenario changes low, central and high, not "
        f"{key}, which is set in data/assumptions/. Remove the key."
        for name, values in known.items()
        for key in _FIXED
        if key in values
    ]
    faults += [
        f"{where}: assumptions.{name}.unit: {values['unit']!r} is not the unit, which is "
        f"{assumptions[name].unit!r}. Convert the values."
        for name, values in known.items()
        if values.get("unit", assumptions[name].unit) != assumptions[name].unit
    ]
    faults += [
        f"{where}: assumptions.{name}: a growth with a new source says what its two totals "
        'count. Give covers and covers_before, or evidence = "M".'
        for name, values in known.items()
        if name.startswith(BLOCK_GROWTH) and values.get("source")
        if values.get("evidence") != "M" and not {"covers", "covers_before"} <= set(values)
    ]
    if faults:
        raise AssumptionError(" ".join(faults))


def check_scenario(scenario: Scenario, where: str) -> None:
    """Refuse a scenario whose parts contradict one another.

    Raises
    ------
    AssumptionError
        Every fault, with the file and the key.
    """
    faults = [f"{where}: {fault}" for fault in _faults(scenario)]
    if faults:
        raise AssumptionError(" ".join(faults))


def _faults(scenario: Scenario) -> Iterator[str]:
    if scenario.date and not _is_day(scenario.date):
        yield f"date: {scenario.date!r} is not a day. Write it as YYYY-MM-DD."
    counted, paid = scenario.policies.stability_grant.years()
    if paid <= counted:
        yield (
            f"policies.stability_grant.paid_in {paid} is not after deficit_at {counted}. "
            "The grant is paid after the deficit is known."
        )
    yield from _own_balances(scenario.policies.stability_grant.high_needs_balances_gbp)
    away = [scenario.assumptions[f"overflow_to_{name}"] for name in _OVERFLOW]
    if sum(estimate.maximum for estimate in away) > 1.0 + _ROUNDING:
        yield (
            f"assumptions.{' and '.join(f'overflow_to_{name}' for name in _OVERFLOW)}: "
            f"shares of the same pupils that may reach "
            f"{sum(estimate.maximum for estimate in away):g} together; at most 1."
        )
    yield from _block_growth(scenario.assumptions)
    built = [m.name for m in scenario.measures if m.kind == "special_places"]
    if built and not scenario.policies.limit_special_places:
        yield (
            f"measures: {some(built)} adds special-school places, but nobody is turned "
            "away for want of one in this scenario, so they would change nothing. Set "
            "policies.limit_special_places = true."
        )
    moved = [m for m in scenario.measures if m.kind == "block_transfer"]
    total = sum(m.most for m in moved)
    if total > FORUM_LIMIT + _ROUNDING and not all(m.disapplied for m in moved):
        yield (
            f"measures: {some(m.name for m in moved)} move {total:.2%} of the schools "
            f"block together, above the {FORUM_LIMIT:.1%} a schools forum may approve. "
            "Lower most, or set disapplied = true in each if the Secretary of State has "
            "agreed."
        )


def _own_balances(given: Mapping[str, float]) -> Iterator[str]:
    """Own high needs balances of areas that are no authority, or of one given twice."""
    key = "policies.stability_grant.high_needs_balances_gbp"
    found: dict[str, str] = {}
    geography = Geography.load() if given else None
    for name in given:
        assert geography
        try:
            area = geography.find(name)
        except UsageError as error:
            yield f"{key}: {error}"
            continue
        if area.level != "la" or name not in (area.la_code, area.name):
            yield (
                f"{key}: {name!r} is not how an authority is written here. Expected a DfE "
                f"code of three digits, or the name in full, such as {area.name!r}."
            )
        elif area.la_code in found:
            yield f"{key}: {found[area.la_code]!r} and {name!r} are one. Remove one."
        found[area.la_code] = name


def _block_growth(assumed: Mapping[str, Estimate]) -> Iterator[str]:
    """Growth of the block above what the formula allows, or of totals left unnamed."""
    cap = policy("block_growth_cap")
    capped = f"{BLOCK_GROWTH}{FinancialYear(cap.day.year + 1)}"
    for name, estimate in assumed.items():
        if not name.startswith(BLOCK_GROWTH):
            continue
        if name == capped and cap.share is not None and estimate.low >= cap.share:
            yield (
                f"assumptions.{name}: low {estimate.low:.1%} is at or above the published "
                f"cap of {cap.share:.0%} a head ({cap.source}). Expected a low value below "
                "it: two totals of different coverage may have been divided."
            )
        if estimate.sourced and not (estimate.covers and estimate.covers_before):
            yield (
                f"assumptions.{name}: a growth worked out from two totals says what each "
                "counts. Give covers and covers_before."
            )


_OVERFLOW = ("independent", "mainstream")


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False
