"""What is known of one published quantity."""

from __future__ import annotations

from dataclasses import dataclass

RATE_UNITS = ("%", "per 100 pupils", "£ per pupil", "£ per week")


@dataclass(frozen=True)
class Measure:
    """One published quantity.

    ``part_of`` names the measure this one is a part of: never more than it in any area
    and period (`panel.parts`).
    """

    name: str
    title: str
    unit: str
    period_type: str
    table: str
    breakdown_types: tuple[str, ...] = ("total",)
    may_be_negative: bool = False
    note: str = ""
    part_of: str = ""

    @property
    def additive(self) -> bool:
        """Whether the figures of several areas may be summed: rates and prices may not."""
        return self.unit not in RATE_UNITS
