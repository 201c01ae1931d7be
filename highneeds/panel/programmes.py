"""Which authorities have a Safety Valve agreement, from the table of programmes."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from highneeds import home
from highneeds.geography import Area
from highneeds.panel.panel import Panel

SAFETY_VALVE = "Safety Valve"


def has_agreement(panel: Panel, area: Area) -> bool:
    """Whether an authority is in the table of Safety Valve agreements."""
    return area.la_code in _agreements(panel.published.folder)


@lru_cache(maxsize=8)
def _agreements(folder: Path) -> frozenset[str]:
    """Codes of the authorities with an agreement; the table is read once."""
    table = home.read_table(folder / "programmes.csv")
    return frozenset(table.loc[table["programme"] == SAFETY_VALVE, "la_code"])
