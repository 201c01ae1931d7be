"""An authority beside others of one's own choice, and its statistical neighbours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from highneeds.answers.comparison import Comparison, balance_per_child, compare, comparisons
from highneeds.errors import UsageError
from highneeds.geography import ENGLAND_CODE, Area
from highneeds.panel.panel import Panel

MEASURES = ("spending_per_plan", "plans_per_1000", "independent_share", "balance_per_child")
MEDIAN_OF_PEERS = "Median of those chosen"
MOST = 12


@dataclass(frozen=True, eq=False)
class Peers:
    """An authority, those it is set beside, and what is compared.

    ``table`` has a row for the authority, each of those chosen, their median, the median of
    its statistical neighbours and England, and a column for each measure, by name; a figure
    that is not published is NaN. ``shared`` names those chosen that are statistical
    neighbours as well.
    """

    area: Area
    chosen: tuple[Area, ...]
    measures: tuple[Comparison, ...]
    table: pd.DataFrame
    neighbours: int
    shared: tuple[str, ...]


def chosen_peers(panel: Panel, area: Area, text: str) -> tuple[Area, ...]:
    """The authorities named with commas between, without the authority itself.

    Raises
    ------
    UsageError
        A name is unknown or of no authority in being, or there are too many.
    """
    found: dict[str, Area] = {}
    for name in filter(None, (part.strip() for part in text.split(","))):
        one = panel.geography.find(name)
        if one.level != "la" or one.abolished:
            msg = f"Peers: {one} is no local authority in being. Give others in its place."
            raise UsageError(msg)
        found[one.la_code] = one
    found.pop(area.la_code, None)
    if len(found) > MOST:
        msg = f"Peers: {len(found)} are named. Give at most {MOST}: a page holds no more."
        raise UsageError(msg)
    return tuple(found.values())


def beside_peers(panel: Panel, area: Area, chosen: Sequence[Area]) -> Peers:
    """Set an authority beside others: published figures, each in its last common period."""
    measures = (*comparisons(panel), balance_per_child(panel))
    asked = tuple(one for name in MEASURES for one in measures if one.name == name)
    areas = [area, *chosen]
    columns = {}
    for measure in asked:
        found = compare(panel, measure, areas)
        mine = found.iloc[0]
        columns[measure.name] = [
            *found["value"],
            *([found["value"].iloc[1:].median()] if chosen else []),
            mine["neighbours"],
            mine["england"],
        ]
    alike = panel.geography.neighbours(area.la_code)
    names = [
        *(one.name for one in areas),
        *([MEDIAN_OF_PEERS] if chosen else []),
        f"Median of {len(alike)} statistical neighbours",
        panel.geography[ENGLAND_CODE].name,
    ]
    table = pd.DataFrame({"area": names, **columns})
    shared = tuple(one.name for one in chosen if one in alike)
    return Peers(area, tuple(chosen), asked, table, len(alike), shared)
