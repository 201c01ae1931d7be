"""Own figures beside the published: what differs, and by how much."""

from __future__ import annotations

import pandas as pd

from highneeds.own.figures import OwnFigure, OwnFigures
from highneeds.own.published import published_beside
from highneeds.panel.panel import Panel

COLUMNS = (
    *("figure", "at", "own", "published", "published_for", "difference"),
    *("difference_percent", "where"),
)


def differences(own: OwnFigures, panel: Panel) -> pd.DataFrame:
    """Every own figure with the published one of the same quantity and period.

    Returns
    -------
    DataFrame
        Columns of `COLUMNS`, a row a figure in the order of the file: ``difference`` is own
        less published, in the measure's unit; ``published`` and what follows from it are
        NaN where nothing is published for that period.
    """
    return pd.DataFrame([_row(one, own, panel) for one in own.figures], columns=[*COLUMNS])


def differing(found: pd.DataFrame) -> pd.DataFrame:
    """Those rows in which something is published and it is not the same."""
    return found[found["difference"].notna() & (found["difference"] != 0)]


def _row(one: OwnFigure, own: OwnFigures, panel: Panel) -> tuple[object, ...]:
    beside = published_beside(
        panel, own.area, one.measure, one.at, one.breakdown, one.coverage
    )
    name = one.measure
    if one.breakdown != "total/total":
        name += f", {one.breakdown.partition('/')[2]}"
    if beside.value is None:
        return (name, one.at, one.value, None, beside.why, None, None, one.where)
    apart = one.value - beside.value
    share = 100 * apart / abs(beside.value) if beside.value else None
    period = str(beside.period)
    return (name, one.at, one.value, beside.value, period, apart, share, one.where)
