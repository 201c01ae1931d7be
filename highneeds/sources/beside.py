"""Figures of one row that must make each other: parts and their whole, a percentage.

A table prints more than is read of it. What it prints beside a figure tells when the column
of that figure is in another unit, shifted against the others or exchanged with one of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, cast

import pandas as pd

from highneeds.errors import SourceError, some
from highneeds.sources.contract import numbers_in
from highneeds.sources.releases import Layout, same_topic

# Percentages are printed to 0.1; half of that, and a little for the last binary digit.
_HALF_UNIT = 0.05 + 1e-9
_NAMES = ("la_name", "region_name", "geographic_level")


def require_beside(
    table: pd.DataFrame, layout: Layout | None, where: str, *, within: float = 0.0
) -> None:
    """Refuse rows whose figures are not what those beside them make (`Layout.sums`).

    A sum or percentage of which a column is not there, or a cell has no figure, is passed
    over.

    Parameters
    ----------
    table : DataFrame of text
        As published, with the column names of the layout.
    within : float
        By how much rounding may put a sum out.

    Raises
    ------
    SourceError
        Names the first rows, with what is printed and what the others make.
    """
    if layout is None or not (layout.sums or layout.percentages):
        return
    rows = _read_rows(table, layout)
    numbers = _numbers(rows, layout)
    wrong = [*_sums(numbers, layout, within), *_percentages(numbers, layout)]
    if wrong:
        found = [f"{_place(rows.loc[at], at, rows.index.name)}: {why}" for at, why in wrong]
        msg = (
            f"{where} has figures that the others of their row do not make: {some(found)}. "
            "Expected parts to sum to the whole printed beside them and each percentage to "
            "follow. A column may be in another unit, shifted, or exchanged with another: "
            "compare with the published table, download it again. If the publisher counts "
            "one of them otherwise now, leave that column out with --without COLUMN."
        )
        raise SourceError(msg)


def _read_rows(table: pd.DataFrame, layout: Layout) -> pd.DataFrame:
    """The rows that are read of a table: those of its topics, where it has any."""
    if not layout.topics or "breakdown_topic" not in table:
        return table
    names = [name for role in layout.topics for name in layout.topic_names(role)]
    topics = table["breakdown_topic"].unique()
    mine = [one for one in topics if any(same_topic(str(one), name) for name in names)]
    return table[table["breakdown_topic"].isin(mine)]


def _numbers(rows: pd.DataFrame, layout: Layout) -> dict[str, pd.Series]:
    """Columns that are held against each other, as numbers; only those that are there."""
    both: tuple[Mapping[str, list[str]], ...] = (layout.sums, layout.percentages)
    wanted = {
        name for one in both for whole, parts in one.items() for name in (whole, *parts)
    }
    return {name: numbers_in(rows[name].astype(object)) for name in rows if name in wanted}


def _sums(
    numbers: Mapping[str, pd.Series], layout: Layout, within: float
) -> Iterator[tuple[Any, str]]:
    for whole, parts in layout.sums.items():
        if {whole, *parts} <= numbers.keys():
            summed = sum((numbers[part] for part in parts[1:]), numbers[parts[0]])
            both = pd.DataFrame({"printed": numbers[whole], "made": summed})
            for row in _apart(both, within):
                yield (
                    row.Index,
                    f"{whole} is {row.printed:,.10g}, and {', '.join(parts)} make "
                    f"{row.made:,.10g}",
                )


def _percentages(
    numbers: Mapping[str, pd.Series], layout: Layout
) -> Iterator[tuple[Any, str]]:
    for share, (part, *wholes) in layout.percentages.items():
        if {share, part, *wholes} <= numbers.keys():
            whole = sum((numbers[name] for name in wholes[1:]), numbers[wholes[0]])
            both = pd.DataFrame(
                {"printed": numbers[share], "part": numbers[part], "whole": whole}
            )
            both = both[both["whole"] > 0]
            both = both.assign(made=100 * both["part"] / both["whole"])
            for row in _apart(both, _HALF_UNIT):
                yield (
                    row.Index,
                    f"{share} is {row.printed:,.10g}, and {part} of {' and '.join(wholes)} "
                    f"makes {row.made:,.4g} ({row.part:,.10g} of {row.whole:,.10g})",
                )


def _apart(both: pd.DataFrame, within: float) -> Iterator[Any]:
    """Rows in which a figure is printed otherwise than it is made."""
    off = both[(both["made"] - both["printed"]).abs() > within]
    return cast(Iterator[Any], off.itertuples())


def _place(row: pd.Series, at: object, counted: object) -> str:
    """Where a row stands and whose it is."""
    names = (str(row.get(name, "")).strip() for name in _NAMES)
    area = next((name for name in names if name and name != "nan"), "a row")
    line = f"{counted} {at}, " if counted else ""
    return f"{line}{area} {row.get('time_period', '')}".rstrip()
