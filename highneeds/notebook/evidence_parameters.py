"""Parameters of the evidence notebooks: a place and a day, or the seed of the analysis."""

from __future__ import annotations

from datetime import date
from typing import Any

from pydantic import Field

from highneeds.bounds import LARGEST_SEED
from highneeds.errors import UsageError
from highneeds.evidence.record import earliest_day, latest_day
from highneeds.geography import Area, Geography
from highneeds.inspections.preregistration import load_preregistration
from highneeds.inspections.state import parse_day
from highneeds.notebook.parameters import NotebookParameters
from highneeds.panel.panel import load_panel


class EvidenceParameters(NotebookParameters):
    """Parameters of ``07_call_for_evidence``; `out` is a folder for tables and figures.

    ``region`` is one of the nine regions, or empty for England; ``as_of`` a day written
    2026-06-26, or empty for the day by which all that is held was out.

    Raises
    ------
    UsageError
        The place is no region, or the day is not a day or before `earliest_day`.
    """

    level = "region"
    area_parameter = "region"

    region: str = ""
    as_of: str = ""
    out: str = ""

    def model_post_init(self, _: Any) -> None:
        """Check what a type cannot: the place and the day."""
        geography = Geography.load()
        if self.area not in [geography.england, *geography.regions()]:
            names = ", ".join(region.name for region in geography.regions())
            msg = (
                f"Parameters: region: {self.area} is not a region. The regions: {names}. "
                "Leave it empty for England."
            )
            raise UsageError(msg)
        earliest = earliest_day(load_panel())
        if self.day < earliest:
            msg = (
                f"Parameters: as_of: {self.day} is too early: not every series had a year "
                f"out by then. Give a day from {earliest} on."
            )
            raise UsageError(msg)

    @property
    def area(self) -> Area:
        """England or the region meant."""
        return super().area if self.region else Geography.load().england

    @property
    def day(self) -> date:
        """The day by which figures were out."""
        if self.as_of:
            return parse_day(self.as_of)
        return latest_day(load_panel())

    def __repr__(self) -> str:
        return f"{self.area}, on figures out by {self.day}"


class LinkParameters(NotebookParameters):
    """Parameters of ``08_inspection_link``: the seed of everything that is redrawn.

    Raises
    ------
    UsageError
        It is not a whole number from 0.
    """

    seed: int = Field(default=20261121, ge=0, le=LARGEST_SEED)

    def __repr__(self) -> str:
        registered = load_preregistration().rule("seed")
        said = (
            "the registered seed" if self.seed == registered else "not the registered one"
        )
        return f"seed {self.seed}: {said}"
