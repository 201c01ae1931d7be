"""A part is never more than its whole, unless the record of faults says that it is."""

from __future__ import annotations

import pandas as pd

from highneeds.errors import SourceError, some
from highneeds.panel.schema import MEASURES
from highneeds.sources.contract import KEY
from highneeds.words import plural

_PLACE = ["la_code", "year"]
_CELL = [*_PLACE, "measure", "breakdown_type", "breakdown"]
# Adding £ in floats leaves a millionth of a penny.
_HAIR = 1e-6


def require_parts_within(stored: pd.DataFrame, issues: pd.DataFrame) -> None:
    """Refuse a figure above the one it is a part of, in the same area and year.

    A part is a measure that names its whole (`Measure.part_of`), a breakdown of a count or
    amount that cannot be negative, and a percentage, whose whole is 100.

    Parameters
    ----------
    stored : DataFrame
        Columns of `schema.STORED_COLUMNS`.
    issues : DataFrame
        The record of faults; a cell it names and keeps as published is passed over.

    Raises
    ------
    SourceError
        Names the first such parts, with both figures.
    """
    given = stored[stored["value"].notna()]
    pairs = pd.concat(
        [_measures(given), _breakdowns(given), _percentages(given)], ignore_index=True
    )
    above = pairs[pairs["value"] > pairs["whole"] + _HAIR]
    above = above[~_named(above, issues)]
    if len(above):
        found = [
            f"{row.measure} {row.breakdown_type}/{row.breakdown} of {row.la_code} in "
            f"{row.year}, {row.value:,.10g} of {row.whole:,.10g}"
            for row in above.itertuples()
        ]
        msg = (
            f"{plural(len(found), 'figure is', 'figures are')} above their whole: "
            f"{some(found)}. Expected a part to be at most its whole. Two rows may be "
            "exchanged or a column misread: correct the reader, or record a fault of the "
            "publisher's as an issue."
        )
        raise SourceError(msg)


def _measures(given: pd.DataFrame) -> pd.DataFrame:
    """Parts that are measures of their own, each beside its whole."""
    wholes = {name: one.part_of for name, one in MEASURES.items() if one.part_of}
    parts = given[given["measure"].isin(wholes)]
    parts = parts.assign(part=parts["measure"], measure=parts["measure"].map(wholes))
    beside = parts.merge(given[[*KEY, "value"]], on=KEY, suffixes=("", "_whole"))
    beside = beside.assign(measure=beside["part"], whole=beside["value_whole"])
    return beside[[*_CELL, "value", "whole"]]


def _breakdowns(given: pd.DataFrame) -> pd.DataFrame:
    """Breakdowns of counts and amounts, each beside its total."""
    summed = {
        name for name, one in MEASURES.items() if one.additive and not one.may_be_negative
    }
    mine = given[given["measure"].isin(summed)]
    is_total = mine["breakdown_type"] == "total"
    totals = mine[is_total].set_index([*_PLACE, "measure"])["value"].rename("whole")
    beside = mine[~is_total].join(totals, on=[*_PLACE, "measure"], how="inner")
    return beside[[*_CELL, "value", "whole"]]


def _percentages(given: pd.DataFrame) -> pd.DataFrame:
    rates = {name for name, one in MEASURES.items() if one.unit == "%"}
    mine = given[given["measure"].isin(rates)]
    return mine.assign(whole=100.0)[[*_CELL, "value", "whole"]]


def _named(cells: pd.DataFrame, issues: pd.DataFrame) -> pd.Series:
    """Whether each cell, or its breakdown type, is a fault that is kept as published."""
    known = pd.MultiIndex.from_frame(issues.loc[issues["status"] == "observed", _CELL])
    exact = pd.MultiIndex.from_frame(cells[_CELL])
    wide = pd.MultiIndex.from_frame(cells[_CELL].assign(breakdown="all"))
    return pd.Series(exact.isin(known) | wide.isin(known), index=cells.index)
