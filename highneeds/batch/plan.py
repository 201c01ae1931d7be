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
from highneeds.notebook.parameters import ReportParameters

ALL, REGIONS = "all", "regions"
DEFAULT_NOTEBOOK, REGIONAL_NOTEBOOK = "01", "09"
_LEVELS = {"la": "an authority", "region": "a region", "england": "all of England"}
# In a notebook's third cell: hn.OverspendParameters(...)
_MODEL = re.compile(r"\bhn\.(\w+Parameters)\(")
_HASH = 8


@dataclass(frozen=True)
class Notebook:
    """A parameterised notebook, and the model that checks its parameters."""

    path: Path
    model: type[ReportParameters]
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
        if not (isinstance(model, type) and issubclass(model, ReportParameters)):
            msg = (
                f"{path.name} is no report on an area's years to come: it does not check "
                "its parameters in a cell such as "
                "`params = hn.OverspendParameters(authority=authority)`, so a batch cannot "
                "check them either. 01, 03, 04, 09 and 10 show how."
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


@dataclass(frozen=True)
class Job:
    """One report: an area, a notebook and the parameters it runs with."""

    area: Area
    notebook: Notebook
    parameters: ReportParameters
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
        names = chosen.notebooks or [default]
        notebooks = list(dict.fromkeys(Notebook.find(name) for name in names))
        settings = {
            name: value
            for name in ("scenario", "until", "draws", "seed")
            if (value := getattr(chosen, name)) is not None
        }
        endings, alike = _endings(notebooks)
        jobs, faults = [], [*_untaken(settings, notebooks), *alike]
        for notebook, ending in endings.items():
            found, wrong = _areas(areas, notebook)
            faults += wrong
            for area in found:
                try:
                    jobs.append(_job(area, notebook, settings, area.slug + ending))
                except UsageError as error:
                    faults.append(str(error))
        faults = list(dict.fromkeys(faults))
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
        short = inputs.digest([self.inputs, asked])[:_HASH]
        return f"{inputs.edition()}-{_slug(scenario)[:40]}-{short}"


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


def _areas(asked: Sequence[str], notebook: Notebook) -> tuple[list[Area], list[str]]:
    """The areas a notebook is to report on, and what is wrong with the rest."""
    geography = Geography.load()
    level = notebook.model.level
    authorities = geography.authorities(BASE.end)
    whole = {
        "la": authorities,
        "region": geography.regions(),
        "england": [geography.england],
    }[level]
    found: dict[str, Area] = {}
    faults = []
    for text in asked:
        meant: Sequence[Area] = ()
        if text == ALL or (text == REGIONS and level == "region"):
            meant = whole
        elif text == REGIONS:
            faults.append(
                "`regions` needs a notebook about regions, such as 09; "
                f"{notebook.name} is about {_LEVELS[level]}."
            )
        else:
            try:
                meant = _meant(geography.find(text), whole, notebook)
            except HighNeedsError as error:
                faults.append(str(error))
        found |= {area.la_code: area for area in meant}
    return list(found.values()), faults


def _meant(area: Area, whole: Sequence[Area], notebook: Notebook) -> Sequence[Area]:
    """The area; or, where a report is on smaller ones, each of those within it."""
    if area in whole:
        return [area]
    within = [one for one in whole if area.la_code == one.region_code]
    if area.level == "england":
        return whole
    if within:
        return within
    if area.abolished:
        why = f"It was abolished in {area.last_date.year}."
    else:
        why = f"{notebook.name} is about {_LEVELS[notebook.model.level]}."
    msg = f"{area} cannot have this report. {why}"
    raise UsageError(msg)


def _untaken(settings: Mapping[str, Any], notebooks: Sequence[Notebook]) -> list[str]:
    """Settings that would change nothing, which is never what was meant."""
    taken = {name for notebook in notebooks for name in notebook.model.model_fields}
    names = ", ".join(notebook.name for notebook in notebooks)
    return [
        f"{name} = {value!r} was given, but {names} has no such parameter."
        for name, value in settings.items()
        if name not in taken
    ]


def _endings(notebooks: Sequence[Notebook]) -> tuple[dict[Notebook, str], list[str]]:
    """What a notebook's folders end on, where an earlier one is on the same areas.

    The second is what is wrong: two notebooks whose reports would share folders.
    """
    endings: dict[Notebook, str] = {}
    faults = []
    for notebook in notebooks:
        earlier = [one for one in endings if one.model.level == notebook.model.level]
        ending = f"-{_slug(notebook.name.split('_')[0])}" if earlier else ""
        faults += [
            f"{one.name} and {notebook.name} would write to the same folders. Rename one, "
            "or run them apart."
            for one in earlier
            if endings[one] == ending
        ]
        endings[notebook] = ending
    return endings, faults


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")


def _job(area: Area, notebook: Notebook, settings: Mapping[str, Any], folder: str) -> Job:
    fields = notebook.model.model_fields
    given = {**notebook.defaults, **settings}
    given = {name: value for name, value in given.items() if name in fields}
    if notebook.model.area_parameter:
        given[notebook.model.area_parameter] = area.name
    return Job(area, notebook, notebook.model(**given), folder)
