"""Parameters of each notebook: types and ranges, checked before a kernel starts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from highneeds.errors import UsageError
from highneeds.geography import Area, Geography
from highneeds.model.assumptions import faults_of
from highneeds.model.scenario import Scenario, scenario_path
from highneeds.panel.panel import load_panel
from highneeds.periods import FinancialYear
from highneeds.report.tables import Column, Table

# What the published record reaches; a projection starts after it.
_LAST_OUTTURN = FinancialYear(2025)
_LATEST = FinancialYear(2040)
_LATEST_CENSUS = 2025
_LARGEST_SEED = 2**63 - 1


class RunParameters(BaseModel):
    """What every run for one authority is told: the area, the years, the futures.

    Raises
    ------
    UsageError
        An unknown name, a wrong type, a value out of range, or an unknown area or period.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)

    authority: str
    until: str = "2029-30"
    draws: int = Field(default=1000, ge=100, le=20_000)
    seed: int = Field(default=20250901, ge=0, le=_LARGEST_SEED)

    def __init__(self, **given: Any) -> None:
        try:
            super().__init__(**given)
        except ValidationError as error:
            faults = faults_of(error, "Parameters", list(type(self).model_fields))
            raise UsageError(" ".join(faults)) from None

    def model_post_init(self, _: Any) -> None:
        """Check what a type cannot: the area and the last year."""
        Geography.load().find(self.authority)
        _check_until(self.until)

    @property
    def area(self) -> Area:
        """The authority meant."""
        return Geography.load().find(self.authority)

    def _repr_mimebundle_(
        self, include: object = None, exclude: object = None
    ) -> tuple[dict[str, str], dict[str, Any]]:
        return self.table()._repr_mimebundle_()

    def table(self) -> Table:
        """The parameters and what they mean."""
        area = self.area
        rows = [
            ("Authority", str(area)),
            ("Region", area.region_name or "not applicable"),
            *self._scenario_rows(),
            ("Until", FinancialYear.parse(self.until).closes_on()),
            ("Simulated futures", str(self.draws)),
            ("Seed", str(self.seed)),
        ]
        return Table(
            "parameters",
            "What this run is about",
            (Column("what", "Parameter"), Column("value", "Meaning")),
            pd.DataFrame(rows, columns=["what", "value"]),
        )

    def chosen_scenarios(self) -> Sequence[Scenario]:
        """The scenarios, read and checked."""
        return ()

    def _scenario_rows(self) -> list[tuple[str, str]]:
        return []


class DriversParameters(RunParameters):
    """Parameters of ``03_drivers_and_decomposition``.

    Raises
    ------
    UsageError
        As `RunParameters`.
    AssumptionError
        The scenario is neither a shipped name nor a file.
    """

    scenario: str = "trend"

    def model_post_init(self, context: Any) -> None:
        """Check the scenario too."""
        super().model_post_init(context)
        scenario_path(self.scenario)

    def load_scenario(self) -> Scenario:
        """The scenario, read and checked."""
        return Scenario.load(self.scenario)

    def chosen_scenarios(self) -> Sequence[Scenario]:
        """The one scenario, read and checked."""
        return (self.load_scenario(),)

    def _scenario_rows(self) -> list[tuple[str, str]]:
        return [("Scenario", self.load_scenario().title)]


class OverspendParameters(DriversParameters):
    """Parameters of ``01_overspend_scenario``; `out` is a folder for tables and figures."""

    out: str = ""


class AuditParameters(BaseModel):
    """Parameters of ``02_data_audit``: one series to look at year by year.

    Raises
    ------
    UsageError
        No such series; names the nearest.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    measure: str

    def model_post_init(self, _: Any) -> None:
        """Refuse a series that does not exist."""
        load_panel().measure(self.measure)

    def __repr__(self) -> str:
        return f"{self.measure}: {load_panel().measure(self.measure).title}"


class NationalParameters(BaseModel):
    """Parameters of ``10_england``: a scenario, the last year, futures and seed.

    Raises
    ------
    UsageError
        A wrong type, a value out of range, or an unknown period.
    AssumptionError
        The scenario is neither a shipped name nor a file.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)

    scenario: str = "trend"
    until: str = "2029-30"
    draws: int = Field(default=400, ge=100, le=20_000)
    seed: int = Field(default=20250901, ge=0, le=_LARGEST_SEED)

    def __init__(self, **given: Any) -> None:
        try:
            super().__init__(**given)
        except ValidationError as error:
            faults = faults_of(error, "Parameters", list(type(self).model_fields))
            raise UsageError(" ".join(faults)) from None

    def model_post_init(self, _: Any) -> None:
        """Check what a type cannot: the scenario and the last year."""
        scenario_path(self.scenario)
        _check_until(self.until)

    def load_scenario(self) -> Scenario:
        """The scenario, read and checked."""
        return Scenario.load(self.scenario)

    @property
    def place(self) -> Area:
        """England."""
        return Geography.load().england

    @property
    def members(self) -> list[Area]:
        """The authorities of the place, as of the last census."""
        return Geography.load().members(self.place.la_code, _LATEST_CENSUS)

    def __repr__(self) -> str:
        return (
            f"{self.place}: {len(self.members)} authorities; "
            f"{self.load_scenario().title}, to {self.until}"
        )


class RegionParameters(NationalParameters):
    """Parameters of ``09_regional_report``: as `NationalParameters`, for one region.

    Raises
    ------
    UsageError
        The name is not one of the nine regions.
    """

    region: str

    def model_post_init(self, context: Any) -> None:
        """Refuse a place that is not a region."""
        super().model_post_init(context)
        regions = Geography.load().regions()
        if self.place not in regions:
            names = ", ".join(region.name for region in regions)
            msg = f"Parameters: region: {self.place} is not a region. The regions: {names}."
            raise UsageError(msg)

    @property
    def place(self) -> Area:
        """The region meant."""
        return Geography.load().find(self.region)


def _check_until(until: str) -> None:
    last = FinancialYear.parse(until)
    if not _LAST_OUTTURN < last <= _LATEST:
        msg = (
            f"Parameters: until: {last} is out of range. Spending is published to "
            f"{_LAST_OUTTURN}; give a financial year from {_LAST_OUTTURN.shift(1)} to "
            f"{_LATEST}."
        )
        raise UsageError(msg)
