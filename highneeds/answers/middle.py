"""Where the middle future lies beside the central case, which way, and why."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

import pandas as pd

from highneeds.scenario.scenario import Scenario

# Said where the two are further apart than this share of the range of 8 in 10 futures.
_TOLD_BEYOND = 0.1
# A range no wider than this share of its middle is one figure.
_ROUNDING = 1e-9
# What is measured, its figures by year (`quantiles.FIGURES` and year), how one is written.
Measured = tuple[str, pd.DataFrame, Callable[[float], str]]
_MULTIPLY = "growth of plans, of prices and of the block multiply one another"


def apart(figures: pd.DataFrame) -> pd.Series[float]:
    """The middle future less the central case, as a share of the range; 0 without one."""
    width = (figures["p90"] - figures["p10"]).astype(float)
    least = _ROUNDING * figures["p50"].astype(float).abs()
    found = (figures["p50"] - figures["central"]) / width.where(width > least)
    return found.astype(float).fillna(0.0)


def off_centre(measured: Iterable[Measured], scenario: Scenario | None = None) -> str:
    """A sentence on what differs by more than a tenth of its range; nothing if none does.

    Of each measure the year in which it differs most is told. With the scenario the sides
    of its ranges are counted.
    """
    said = []
    for what, figures, written in measured:
        shares = apart(figures)
        if not (shares.abs() > _TOLD_BEYOND).any():
            continue
        place = shares.abs().argmax()
        row, share = figures.iloc[place], float(shares.iloc[place])
        said.append(
            f"for {what} {row['year']} it is {'higher' if share > 0 else 'lower'}, "
            f"{written(float(row['p50']))}, by {abs(share):.0%} of the range"
        )
    if not said:
        return ""
    return (
        f"The middle future is not the central case: {'; '.join(said)}. The reason: "
        f"{_MULTIPLY}, and {_sides(scenario)}."
    )


def _sides(scenario: Scenario | None) -> str:
    if scenario is None:
        return (
            "ranges of assumptions reach further to one side of their central value than "
            "to the other"
        )
    above, below = _longer_sides(scenario)
    words = (
        f"{above} ranges of assumptions reach further above their central value than "
        f"below it, {below} further below"
    )
    unsure = [one for one in scenario.measures if 0.0 < one.delivery_chance < 1.0]
    if unsure:
        words += (
            "; the central case also has every measure delivered, which "
            f"{len(unsure)} of {len(scenario.measures)} are in some futures only"
        )
    return words


def _longer_sides(scenario: Scenario) -> tuple[int, int]:
    """How many ranges, dated paths' among them, are longer above, and longer below."""
    ends: list[tuple[float, float, float]] = [
        (one.low, one.central, one.high) for one in scenario.assumptions.values()
    ]
    ends += [
        tuple(sum(side.values()) for side in (one.low, one.central, one.high))  # type: ignore[misc]
        for one in scenario.paths
    ]
    longer = [(high - central) - (central - low) for low, central, high in ends]
    close = 1e-9
    return sum(one > close for one in longer), sum(one < -close for one in longer)


def figures_of(table: pd.DataFrame, prefix: str = "") -> pd.DataFrame:
    """The figures of a table by year whose columns carry a prefix."""
    names: Mapping[str, str] = {
        f"{prefix}{name}": name for name in ("central", "p10", "p50", "p90")
    }
    return table[["year", *names]].rename(columns=dict(names))
