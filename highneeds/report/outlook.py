"""One sentence for every page: England's default beside the published forecasts."""

from __future__ import annotations

from collections import Counter

from highneeds.answers.forecasts import (
    BEYOND,
    MILDER,
    STEEPER,
    WITHIN,
    Beside,
    outlook,
)
from highneeds.periods import FinancialYear
from highneeds.words import count, pounds

_SHORT = 12


def outlook_words() -> str:
    """Whether England's default is steeper or milder than what others have published."""
    found = outlook()
    if not found.beside:
        return "No published forecast lies in the years of the national run that was kept."
    ways = Counter(one.direction for one in found.beside)
    most = max((STEEPER, MILDER, WITHIN), key=lambda way: ways[way])
    others = [
        f"{way} {count(ways[way])}"
        for way in (STEEPER, WITHIN, MILDER, BEYOND)
        if ways[way] and way != most
    ]
    words = (
        f"England under this model's default scenario is {most} {count(ways[most])} of "
        f"the {count(len(found.beside))} published forecasts it is set beside"
    )
    if others:
        words += f", and {' and '.join(others)}"
    named = [one for measure in ("plans", "balance") if (one := found.first(measure))]
    words += "."
    if named:
        words += f" The model has {', and '.join(map(_against, named))}."
    if not found.current:
        words += (
            f" England's figures are of edition {found.edition[:_SHORT]} of the record, "
            "not of the one used here."
        )
    return words


def _against(one: Beside) -> str:
    forecast = one.forecast
    if forecast.measure == "plans":
        when, shown = f"plans in January {forecast.year}", count
        return (
            f"{shown(round(one.here, -3))} {when} where {forecast.source}, has "
            f"{shown(forecast.value)}"
        )
    closes = FinancialYear.parse(forecast.year).closes_on()
    return (
        f"a balance of {pounds(one.here)} at {closes} where {forecast.source}, has "
        f"{pounds(forecast.value)}"
    )
