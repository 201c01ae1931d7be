"""Parameters of each notebook: types and ranges, checked before a kernel starts."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

import pandas as pd
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)

from highneeds.answers.peers import chosen_peers
from highneeds.answers.risks import Risks, load_risks
from highneeds.bounds import FEWEST_DRAWS, LARGEST_SEED, MOST_DRAWS
from highneeds.errors import UsageError, machine_fault
from highneeds.files import is_file
from highneeds.geography import Area, Geography
from highneeds.notebook.sections import USUAL, chosen_sections
from highneeds.own.figures import OwnFigures
from highneeds.own.publication import NO_OWN_FIGURES, for_publication
from highneeds.own.read import read_own
from highneeds.panel.panel import Panel, load_panel
from highneeds.panel.reorganisation import Reorganisation
from highneeds.panel.vintage import horizon, vintage
from highneeds.periods import FinancialYear
from highneeds.report.tables import Column, Table, Words
from highneeds.scenario.scenario import Scenario, for_a_report, scenario_path
from highneeds.words import faults_of


def as_text(value: Any) -> Any:
    """A code or a year, which papermill takes for a number, as its digits: 886, 202930."""
    whole = type(value) is int or (type(value) is float and value.is_integer())
    return str(int(value)) if whole else value


class NotebookParameters(BaseModel):
    """What the parameters of any notebook are told about: one area, England at first.

    ``level`` is the kind of area, and ``area_parameter`` the parameter that names one.

    Raises
    ------
    UsageError
        An unknown name, a wrong type, or a value out of range; all that is wrong at once.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)

    level: ClassVar[str] = "england"
    area_parameter: ClassVar[str] = ""
    # Parameters that the run itself takes, and the notebook does not have.
    of_the_run: ClassVar[frozenset[str]] = frozenset()

    def __init__(self, **given: Any) -> None:
        try:
            super().__init__(**given)
        except ValidationError as error:
            said = " ".join(faults_of(error, "Parameters", list(type(self).model_fields)))
            # A table it looks something up in may have found no memory.
            raise machine_fault("", said) or UsageError(said) from None

    @model_validator(mode="before")
    @classmethod
    def _written(cls, given: dict[str, Any]) -> dict[str, Any]:
        texts = {name for name, one in cls.model_fields.items() if one.annotation is str}
        return {
            name: as_text(value) if name in texts else value
            for name, value in given.items()
        }

    @property
    def area(self) -> Area:
        """The area meant."""
        geography = Geography.load()
        if not self.area_parameter:
            return geography.england
        return geography.find(getattr(self, self.area_parameter))

    def chosen_scenarios(self) -> Sequence[Scenario]:
        """The scenarios, read and checked."""
        return ()


class ReportParameters(NotebookParameters):
    """What every report on an area's years to come is told; a batch makes such reports.

    ``until`` is the last financial year; given empty, five years after the base year.

    Raises
    ------
    UsageError
        As `NotebookParameters`; or an unknown area, or a last year out of range.
    """

    until: str = Field(default="", validate_default=True)
    draws: int = Field(default=1000, ge=FEWEST_DRAWS, le=MOST_DRAWS)
    seed: int = Field(default=20250901, ge=0, le=LARGEST_SEED)

    @field_validator("until")
    @classmethod
    def _as_labelled(cls, until: str) -> str:
        try:
            return horizon(load_panel(), until).label
        except UsageError as error:
            raise ValueError(str(error).removesuffix(".")) from None

    def model_post_init(self, _: Any) -> None:
        """Check what a type cannot: the area and the last year."""
        assert self.area  # an unknown name is refused
        _check_until(self.until)


class OneScenario(ReportParameters):
    """A report on one scenario.

    Raises
    ------
    UsageError
        As `ReportParameters`.
    AssumptionError
        The scenario is neither a shipped name nor a file.
    """

    scenario: str = "trend"

    def model_post_init(self, context: Any) -> None:
        """Check the scenario too."""
        super().model_post_init(context)
        scenario_path(self.scenario)

    def load_scenario(self) -> Scenario:
        """The scenario, read and checked; one with invented measures is refused."""
        return for_a_report(Scenario.load(self.scenario))

    def chosen_scenarios(self) -> Sequence[Scenario]:
        """The one scenario, read and checked."""
        return (self.load_scenario(),)


class RunParameters(ReportParameters):
    """What every run for one authority is told: the area, the years, the futures.

    ``inputs`` is a file of the authority's own figures; published ones alone when empty.

    Raises
    ------
    UsageError
        As `ReportParameters`; or `inputs` is no file.
    """

    level = "la"
    area_parameter = "authority"

    authority: str
    inputs: str = ""

    def model_post_init(self, context: Any) -> None:
        """Check that there is such a file too; what it holds is read by `load_own`."""
        super().model_post_init(context)
        if self.inputs and not is_file(self.inputs):
            msg = (
                f"Parameters: inputs: there is no file {self.inputs!r}. Expected a file of "
                "the authority's own figures: a template that `highneeds inputs template` "
                "made, filled in, or the same as CSV or TOML."
            )
            raise UsageError(msg)

    def load_panel(self) -> Panel:
        """The record."""
        return load_panel()

    def load_own(self) -> OwnFigures | None:
        """The authority's own figures, read and checked; None where no file was given.

        Raises
        ------
        HighNeedsError
            The file cannot be read, has faults, or is about another authority.
        """
        if not self.inputs:
            return None
        panel = self.load_panel()
        if panel.parts(self.area):
            msg = (
                f"{Path(self.inputs).name} is given for {self.area.name}, which is put "
                "together from several authorities. Own figures are taken of one: leave "
                "out the file, or name an authority."
            )
            raise UsageError(msg)
        return read_own(Path(self.inputs), panel, self.area)

    def _repr_mimebundle_(
        self, include: object = None, exclude: object = None
    ) -> tuple[dict[str, str], dict[str, Any]]:
        return self.table()._repr_mimebundle_()

    def table(self) -> Table:
        """The parameters and what they mean."""
        area = self.area
        titles = [scenario.title for scenario in self.chosen_scenarios()]
        named = [("Scenarios" if titles[1:] else "Scenario", "; ".join(titles))]
        rows = [
            ("Authority", str(area)),
            ("Region", area.region_name or "not applicable"),
            *(named if titles else ()),
            ("Until", FinancialYear.parse(self.until).closes_on()),
            ("Simulated futures", str(self.draws)),
            ("Seed", str(self.seed)),
            *([("Own figures", Path(self.inputs).name)] if self.inputs else []),
        ]
        return Table(
            "parameters",
            "What this run is about",
            (Column("what", "Parameter"), Column("value", "Meaning")),
            pd.DataFrame(rows, columns=["what", "value"]),
        )


class DriversParameters(RunParameters, OneScenario):
    """Parameters of ``03_drivers_and_decomposition``."""


class OverspendParameters(DriversParameters):
    """Parameters of ``01_overspend_scenario``; `out` is a folder for tables and figures.

    With `reorganisation`, a file of proposed areas, `authority` may be one of them.
    ``sections`` says which sections a run makes (see `sections.chosen_sections`) and
    ``peers`` which authorities to set beside, with commas between; the notebook itself has
    neither. ``risks`` is a register of risks. With ``for_publication`` own figures that
    could tell of single children are withheld.

    Raises
    ------
    UsageError
        As `RunParameters`.
    AssumptionError
        The scenario, the reorganisation or the risks are no file, or a faulty one.
    """

    of_the_run = frozenset({"sections", "peers"})

    reorganisation: str = ""
    risks: str = ""
    sections: str = USUAL
    peers: str = ""
    for_publication: bool = False
    out: str = ""

    def model_post_init(self, context: Any) -> None:
        """Check the risks, the sections and the peers too."""
        super().model_post_init(context)
        self.load_risks()
        chosen_sections(self.sections)
        chosen_peers(self.load_panel(), self.area, self.peers)

    def load_panel(self) -> Panel:
        """The record, with the proposed areas beside the authorities."""
        panel = load_panel()
        if not self.reorganisation:
            return panel
        return panel.reorganised(Reorganisation.load(self.reorganisation))

    @property
    def area(self) -> Area:
        """The authority or proposed area meant."""
        return self.load_panel().geography.find(self.authority)

    def load_risks(self) -> Risks | None:
        """The register of risks, read and checked; None where none was given."""
        return load_risks(Path(self.risks), self.load_scenario()) if self.risks else None

    def load_own(self) -> OwnFigures | None:
        """The authority's own figures, without small counts where it is for publication."""
        own = super().load_own()
        return for_publication(own).own if own and self.for_publication else own

    def publication(self) -> Words:
        """What a reader is told of a report for publication; nothing of another."""
        own = super().load_own() if self.for_publication else None
        if not self.for_publication:
            return Words(())
        return Words((for_publication(own).sentence if own else NO_OWN_FIGURES,))


class AuditParameters(NotebookParameters):
    """Parameters of ``02_data_audit``: one series to look at year by year.

    Raises
    ------
    UsageError
        No such series; names the nearest.
    """

    measure: str

    def model_post_init(self, _: Any) -> None:
        """Refuse a series that does not exist."""
        load_panel().measure(self.measure)

    def __repr__(self) -> str:
        return f"{self.measure}: {load_panel().measure(self.measure).title}"


class BacktestParameters(NotebookParameters):
    """Parameters of ``06_how_well_would_we_have_done``: an authority, a level of scores.

    Raises
    ------
    UsageError
        An unknown authority or level, or a January before any forecast can be marked.
    """

    level = "la"
    area_parameter = "authority"

    authority: str
    scores_of: str = "authority"
    last_january: int = 0

    def model_post_init(self, _: Any) -> None:
        """Check what a type cannot."""
        from highneeds.answers.backtest import LEVELS, last_marked

        assert self.area  # an unknown name is refused
        if self.scores_of not in LEVELS:
            msg = (
                f"Parameters: scores_of: {self.scores_of!r} is no level. Expected one of "
                f"{', '.join(LEVELS)}."
            )
            raise UsageError(msg)
        last_marked(load_panel(), self.last_january or None)

    def __repr__(self) -> str:
        from highneeds.answers.backtest import last_marked

        until = last_marked(load_panel(), self.last_january or None)
        return f"{self.area}; forecasts marked against every January to {until}"


class NationalParameters(OneScenario):
    """Parameters of ``10_england``; `out` is a folder for tables and figures."""

    out: str = ""

    @property
    def members(self) -> list[Area]:
        """The authorities of the area, as of the last census."""
        census = vintage(load_panel()).census
        return Geography.load().members(self.area.la_code, census.end)

    def __repr__(self) -> str:
        return (
            f"{self.area}: {len(self.members)} authorities; "
            f"{self.load_scenario().title}, to {self.until}"
        )


class RegionParameters(NationalParameters):
    """Parameters of ``09_regional_report``: as `NationalParameters`, for one region.

    Raises
    ------
    UsageError
        The name is not one of the nine regions.
    """

    level = "region"
    area_parameter = "region"

    region: str

    def model_post_init(self, context: Any) -> None:
        """Refuse an area that is not a region."""
        super().model_post_init(context)
        regions = Geography.load().regions()
        if self.area not in regions:
            names = ", ".join(region.name for region in regions)
            msg = f"Parameters: region: {self.area} is not a region. The regions: {names}."
            raise UsageError(msg)


def _check_until(until: str) -> None:
    last, now = FinancialYear.parse(until), vintage(load_panel())
    if not now.year < last <= now.furthest:
        msg = (
            f"Parameters: until: {last} is out of range. Spending is published to "
            f"{now.year}; give a financial year from {now.year.shift(1)} to "
            f"{now.furthest}."
        )
        raise UsageError(msg)
