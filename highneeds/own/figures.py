"""Own figures: what an authority says of itself, each figure dated and with an owner."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from highneeds.geography import Area


@dataclass(frozen=True)
class OwnFigure:
    """One figure of an authority's own.

    ``measure`` is a name of `own.measures`; ``at`` the label of its period: a financial
    year ("2025-26", for a balance the year it closes), a calendar year ("2025"), a month
    ("2026-10") or a day ("2026-11-14"). ``breakdown`` is written as the panel's tables
    write it, "type/value". ``date`` is the day the figure was stated, ``where`` its place
    in the file it came from.
    """

    measure: str
    at: str
    value: float
    breakdown: str = "total/total"
    coverage: str = ""
    source: str = ""
    date: str = ""
    owner: str = ""
    where: str = ""


@dataclass(frozen=True)
class OwnFigures:
    """Every figure that one file gives of one authority; nothing of it enters the record.

    ``sha256`` is of the file as read.
    """

    area: Area
    figures: tuple[OwnFigure, ...]
    file_name: str
    sha256: str

    def of(self, measure: str, breakdown: str = "total/total") -> Mapping[str, OwnFigure]:
        """The figures of one measure, by period label; empty where none are given."""
        return {
            one.at: one
            for one in self.figures
            if (one.measure, one.breakdown) == (measure, breakdown)
        }

    def parts(self, measure: str, kind: str) -> Mapping[tuple[str, str], OwnFigure]:
        """The figures of one measure by (period, value of a type of breakdown)."""
        return {
            (one.at, one.breakdown.partition("/")[2]): one
            for one in self.figures
            if one.measure == measure and one.breakdown.partition("/")[0] == kind
        }
