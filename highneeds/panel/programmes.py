"""Which authorities have a Safety Valve agreement, from the table of programmes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from highneeds import home
from highneeds.geography import Area
from highneeds.panel.panel import Panel
from highneeds.periods import FinancialYear

SAFETY_VALVE = "Safety Valve"


@dataclass(frozen=True)
class Agreement:
    """A Safety Valve agreement: its first year, and what is published of it.

    ``gbp`` is what it comes to in all, None where that is not published, and ``last`` the
    year it is to reach balance by.
    """

    first: FinancialYear
    last: FinancialYear | None
    gbp: float | None

    @property
    def evenly(self) -> Mapping[str, float]:
        """The same sum each year, £ by financial year; empty where a part is unknown."""
        if self.last is None or self.gbp is None:
            return {}
        years = self.last.end - self.first.end + 1
        each = self.gbp / years
        return {self.first.shift(step).label: each for step in range(years)}


def has_agreement(panel: Panel, area: Area) -> bool:
    """Whether an authority is in the table of Safety Valve agreements."""
    return agreement(panel, area) is not None


def agreement(panel: Panel, area: Area) -> Agreement | None:
    """The Safety Valve agreement of an authority, if it has one."""
    return _agreements(panel.published.folder).get(area.la_code)


@lru_cache(maxsize=8)
def _agreements(folder: Path) -> Mapping[str, Agreement]:
    """Agreements by code of the authority; the table is read once."""
    table = home.read_table(folder / "programmes.csv")
    return {
        row["la_code"]: Agreement(
            FinancialYear.parse(row["cohort"]),
            FinancialYear.parse(row["target_year"]) if row["target_year"] else None,
            float(row["agreed_gbp"]) if row["agreed_gbp"] else None,
        )
        for row in table[table["programme"] == SAFETY_VALVE].to_dict("records")
    }
