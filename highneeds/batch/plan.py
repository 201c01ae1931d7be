"""Plan: which reports a batch makes. Everything is checked before a kernel starts."""

from __future__ import annotations

import ast
import json
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

import highneeds
from highneeds import embedded
from highneeds.batch import inputs
from highneeds.errors import MOST_SHOWN, HighNeedsError, UsageError, some
from highneeds.geography import Area, Geography
from highneeds.model.assumptions import faults_of
from highneeds.model.national import BASE
from highneeds.model.scenario import Scenario
from highneeds.notebook.parameters import RunParameters

ALL, REGIONS = "all", "regions"
DEFAULT_NOTEBOOK, REGIONAL_NOTEBOOK = "01", "09"
# The parameter that names the area, and the kind of area it names.
_AREA_PARAMETERS = {"authority": "la", "region": "region"}
# In a notebook's third cell: hn.OverspendParameters(...)
_MODEL = re.compile(r"\bhn\.(\w+Parameters)\(")
_HASH = 8


@dataclass(frozen=True)
class Notebook:
    """A parameterised notebook, and the model that checks its parameters."""

    path: Path
    model: type[RunParameters]
    # As written in the cell tagged parameters.
    defaults: Mapping[str, Any] = field(compare=False)

    @classmethod
    def find(cls, text: str) -> Notebook:
        """One of the package's by number or name, or a file of the user's own.

        Raises
        ------
        UsageError
            There is none, or a batch cannot check its parameters.
        """
        shipped = sorted(embedded.notebooks_dir().glob("*.ipynb"))
        for path in shipped:
            if text in (path.stem, path.name) or path.stem.split("_")[0] == text.zfill(2):
                return cls.read(path)
        if text.endswith(".ipynb") and Path(text).is_file():
            return cls.read(Path(text).resolve())
        msg = (
            f"There is no notebook {text!r}. The package has: "
            f"{', '.join(path.stem for path in shipped)}. Give one of them by number or "
            "name, or the path of a notebook of your own."
        )
        raise UsageError(msg)

    @classmethod
    def read(cls, path: Path) -> Notebook:
        """Read which parameters a notebook has, without running any of it."""
        try:
            cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
            code = [
                ("".join(cell["source"]), cell["metadata"].get("tags", ()))
                for cell in cells
                if cell["cell_type"] == "code"
            ]
            defaults = {
                node.targets[0].id: ast.literal_eval(node.value)
                for source, tags in code
                if "parameters" in tags
                for node in ast.parse(source).body
                if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
            }
        except (OSError, ValueError, KeyError, TypeError, SyntaxError) as error:
            msg = f"{path.name} is no readable notebook: {error!r}."
            raise UsageError(msg) from None
        named = [match[1] for source, _ in code if (match := _MODEL.search(source))]
        model = getattr(highneeds, named[0], None) if named else None
        if not (isinstance(model, type) and issubclass(model, RunParameters)):
            msg = (
                f"{path.name} does not check its parameters in a cell such as "
                "`params = hn.OverspendParameters(authority=authority)`, so a batch cannot "
                "check them either. Add that cell: the package's notebooks show how."
            )
            raise UsageError(msg)
        lacking = set(model.model_fields) - set(defaults)
        if lacking:
            msg = (
                f"{path.name} has no parameter {some(sorted(lacking))}, which "
                f"{model.__name__} needs. Add it to the cell tagged parameters."
            )
            raise UsageError(msg)
        return cls(path, model, defaults)

    @property
    def name(self) -> str:
        """The file's name without its ending."""
        return self.path.stem

    @property
    def level(self) -> str:
        """The kind of area a report is about: ``la``, ``region`` or ``england``."""
        found = [
            level
            for name, level in _AREA_PARAMETERS.items()
            if name in self.model.model_fields
        ]
        return found[0] if found else "england"


@dataclass(frozen=True)
class Job:
    """One report: an area, a notebook and the parameters it runs with."""

    area: Area
    notebook: Notebook
    parameters: RunParameters
    folder: str

    def __str__(self) -> str:
        return f"{self.area}, {self.notebook.name}"


class _Request(BaseModel):
    """What a batch file may hold; every key may be left out."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)

    areas: list[str] | None = None
    notebooks: list[str] | None = None
    scenario: str | None = None
    until: str | None = None
    draws: int | None = None
    seed: int | None = None


@dataclass(frozen=True)
class Plan:
    """Every report of a batch, by folder name, and what they are made from."""

    jobs: tuple[Job, ...]

    @classmethod
    def make(cls, *, file: Path | None = None, **given: Any) -> Plan:
        """Check areas, notebooks and parameters and list the reports they mean.

        Parameters
        ----------
        file : Path, optional
            A batch file (TOML); what is also in `given` is taken from there.
        **given
            Any key of a batch file: areas, notebooks, scenario, until, draws, seed.

        Raises
        ------
        UsageError
            Lists every area and parameter that is wrong.
        AssumptionError
            The scenario does not exist or is faulty.
        """
        chosen = _read(file) if file else _Request()
        given = {name: value for name, value in given.items() if value is not None}
        chosen = chosen.model_copy(update=given)
        areas = chosen.areas or [ALL]
        default = REGIONAL_NOTEBOOK if areas == [REGIONS] else DEFAULT_NOTEBOOK
        notebooks = [_found(name, areas) for name in chosen.notebooks or [default]]
        settings = {
            name: value
            for name in ("scenario", "until", "draws", "seed")
            if (value := getattr(chosen, name)) is not None
        }
        jobs, faults = [], _untaken(settings, notebooks)
        for place, notebook in enumerate(dict.fromkeys(notebooks)):
            found, wrong = _areas(areas, notebook.level)
            faults += [fault for fault in wrong if fault not in faults]
            for area in found:
                try:
                    jobs.append(_job(area, notebook, settings, first=place == 0))
                except UsageError as error:
                    faults += [str(error)] if str(error) not in faults else []
        if faults:
            shown = "\n  ".join(faults[:MOST_SHOWN])
            more = len(faults) - MOST_SHOWN
            msg = f"No kernel was started; {len(faults)} to correct first:\n  {shown}" + (
                f"\n  and {more} more" if more > 0 else ""
            )
            raise UsageError(msg)
        plan = cls(tuple(sorted(jobs, key=lambda job: job.folder)))
        assert plan.inputs  # a faulty scenario is refused here, not in 153 reports
        return plan

    @cached_property
    def scenarios(self) -> tuple[Scenario, ...]:
        """Every scenario a report uses, read and checked."""
        found: dict[str, Scenario] = {}
        for job in {job.notebook.name: job for job in self.jobs}.values():
            found |= {one.name: one for one in job.parameters.chosen_scenarios()}
        return tuple(found.values())

    @cached_property
    def inputs(self) -> dict[str, Any]:
        """Hashes of all that is read; see `inputs.run_inputs`."""
        return inputs.run_inputs(self.scenarios, {job.notebook.path for job in self.jobs})

    @cached_property
    def run_id(self) -> str:
        """Name of the run's folder: the same whenever the same is asked of the same."""
        asked = {
            job.folder: [job.notebook.name, {**job.parameters.model_dump(), "scenario": ""}]
            for job in self.jobs
        }
        scenario = self.scenarios[0].name if self.scenarios else "record"
        scenario = re.sub(r"[^a-z0-9]+", "-", scenario.lower()).strip("-")[:40]
        short = inputs.digest([self.inputs, asked])[:_HASH]
        return f"{inputs.edition()}-{scenario}-{short}"

    @property
    def until(self) -> str:
        """The last financial year of the reports."""
        return self.jobs[0].parameters.until


def _read(file: Path) -> _Request:
    try:
        content = tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        msg = f"Cannot read the batch file {file}: {error.strerror or error}."
        raise UsageError(msg) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        msg = f"{file.name} is not valid TOML: {error}. Correct it and run again."
        raise UsageError(msg) from None
    try:
        return _Request(**content)
    except ValidationError as error:
        faults = faults_of(error, file.name, list(_Request.model_fields))
        raise UsageError(" ".join(faults)) from None


def _found(name: str, areas: Sequence[str]) -> Notebook:
    try:
        return Notebook.find(name)
    except UsageError:
        if name != REGIONAL_NOTEBOOK or areas != [REGIONS]:
            raise
    msg = (
        "Regions need the notebook 09_regional_report, which this version of the package "
        "does not have. Name a region, as in --areas 'South East', for a report on each "
        "of its authorities."
    )
    raise UsageError(msg)


def _areas(asked: Sequence[str], level: str) -> tuple[list[Area], list[str]]:
    """The areas meant, for reports on one kind of area, and what is wrong with the rest."""
    geography = Geography.load()
    authorities = geography.authorities(BASE.end)
    regions = [
        geography[code] for code in sorted({area.region_code for area in authorities})
    ]
    whole = {"la": authorities, "region": regions, "england": [geography.england]}[level]
    found: dict[str, Area] = {}
    faults = []
    for text in asked:
        if text == ALL or (text == REGIONS and level == "region"):
            meant = whole
        elif text == REGIONS:
            meant = []
            faults.append("`regions` needs a notebook about regions, such as 09.")
        else:
            try:
                meant = _meant(geography.find(text), level, authorities)
            except HighNeedsError as error:
                meant = []
                faults.append(str(error))
        found |= {area.la_code: area for area in meant}
    return list(found.values()), faults


def _meant(area: Area, level: str, authorities: Sequence[Area]) -> list[Area]:
    if level == "la" and area.level != "la":
        # A region, or England, means each of its authorities.
        members = [
            one
            for one in authorities
            if area.level == "england" or one.region_code == area.la_code
        ]
        if members:
            return members
    if area.level != level or (level == "la" and area not in authorities):
        ended = f" It was abolished in {area.last_date.year}." if area.abolished else ""
        msg = f"{area} cannot have this report.{ended}"
        raise UsageError(msg)
    return [area]


def _untaken(settings: Mapping[str, Any], notebooks: Sequence[Notebook]) -> list[str]:
    """Settings that would change nothing, which is never what was meant."""
    taken = {name for notebook in notebooks for name in notebook.model.model_fields}
    names = ", ".join(notebook.name for notebook in notebooks)
    return [
        f"{name} = {value!r} was given, but {names} has no such parameter."
        for name, value in settings.items()
        if name not in taken
    ]


def _job(
    area: Area, notebook: Notebook, settings: Mapping[str, Any], *, first: bool
) -> Job:
    fields = notebook.model.model_fields
    given = {**notebook.defaults, **settings}
    given = {name: value for name, value in given.items() if name in fields}
    given |= {name: area.name for name in _AREA_PARAMETERS if name in fields}
    number = notebook.name.split("_")[0]
    folder = area.slug if first else f"{area.slug}-{number}"
    return Job(area, notebook, notebook.model(**given), folder)
