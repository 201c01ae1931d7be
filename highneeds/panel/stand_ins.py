"""Shares that stand for section 251 lines before the first year of them that is held."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from highneeds import home
from highneeds.files import read_shipped
from highneeds.periods import FinancialYear

PLACES, SERVICES = "maintained_place_funding_share", "services_share"
_FILE = "origins.toml"


@dataclass(frozen=True)
class StandIn:
    """A share of net outturn, the year it was computed from, and its source."""

    title: str
    central: float
    unit: str
    source: str
    year: FinancialYear


@cache
def stand_ins() -> dict[str, StandIn]:
    """Every share of ``data/origins.toml`` by its name.

    Raises
    ------
    SourceError
        The file is missing.
    """
    entries = read_shipped(home.data_dir() / _FILE)
    return {
        name: StandIn(**{**entry, "year": FinancialYear.parse(entry["year"])})
        for name, entry in entries.items()
    }
