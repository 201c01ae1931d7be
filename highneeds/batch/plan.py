"""Plan: which reports a batch makes. Everything is checked before a kernel starts."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

import highneeds.notebook
from highneeds import home
from highneeds.batch import inputs
from highneeds.batch.areas import ALL, REGIONS, areas_by_level
from highneeds.batch.own import OwnFiles
from highneeds.errors import MOST_SHOWN, UsageError, some
from highneeds.files import is_file, read_json, read_toml
from highneeds.geography import Area, slug
from highneeds.notebook.parameters import ReportParameters, as_text
from highneeds.scenario.scenario import Scenario
from highneeds.words import faults_of, plural

DEFAULT_NOTEBOOK, REGIONAL_NOTEBOOK = "01", "09"
# The package's notebooks that are no reports on one area's years to come.
MADE_OTHERWISE = {
    "02_data_audit": "`highneeds data show MEASURE` prints the series it looks at, and "
    "`highneeds notebooks --run 02` runs it again",
    "06_how_well_would_we_have_done": "`highneeds backtest` prints its figures, and "
    "`highneeds notebooks --run 06` runs it again",
    "07_call_for_evidence": "`highneeds evidence` makes it, with --region for one region",
    "08_inspection_link": "`highneeds notebooks --run 08` runs it again",
}
# In a notebook's third cell: hn.notebook.OverspendParameters(...)
_MODEL = re.compile(r"\bhn\.(?:notebook\.)?(\w+Parameters)\(")
_HASH = 8
# In a run's folder, from its first moment on.
LOG = "run.log"
# Parameters that may be paths: what a run is made from is told by the files' hashes.
_HASHED = {"scenario": "", "inputs": ""}


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
        shipped = sorted(home.notebooks_dir().glob("*.ipynb"))
        ours = ", ".join(one.stem for one in shipped if one.stem not in MADE_OTHERWISE)
        for path in shipped:
            if text in (path.stem, path.name) or path.stem.split("_")[0] == text.zfill(2):
                if path.stem not in MADE_OTHERWISE:
                    return cls.read(path)
                msg = (
                    f"A batch does not make {path.stem}, which is not about one area's "
                    f"years to come: {MADE_OTHERWISE[path.stem]}. A batch can make: {ours}."
                )
                raise UsageError(msg)
        if text.endswith(".ipynb") and is_file(text):
            return cls.read(Path(text).resolve())
        msg = (
            f"There is no notebook {text!r}. A batch can make: {ours}. Give one of them by "
            "number or name, or the path of a notebook of your own."
        )
        raise UsageError(msg)

    @classmethod
    def read(cls, path: Path) -> Notebook:
        """Read which parameters a notebook has, without running any of it."""
        try:
            cells = read_json(path, "a notebook (.ipynb)", UsageError)["cells"]
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
        except (ValueError, KeyError, TypeError, AttributeError, SyntaxError) as error:
            msg = f"{path.name} is no readable notebook: {error!r}."
            raise UsageError(msg) from None
        named = [match[1] for source, _ in code if (match := _MODEL.search(source))]
        model = getattr(highneeds.notebook, named[0], None) if named else None
        if not (isinstance(model, type) and issubclass(model, ReportParameters)):
            msg = (
                f"{path.name} is no report on an area's years to come: it does not check "
                "its parameters in a cell such as "
                "`params = hn.notebook.OverspendParameters(authority=authority)`, so a "
                "batch cannot check them either. 01, 03, 04, 09 and 10 show how."
            )
            raise UsageError(msg)
        lacking = set(model.model_fields) - model.of_the_run - set(defaults)
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


# A code or a year of digits alone needs no quotes.
_Text = Annotated[str, BeforeValidator(as_text)]


class _Request(BaseModel):
    """What a batch file may hold; every key may be left out."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)

    # None given is not the same as none asked for, which would be every one.
    areas: Annotated[list[_Text], Field(min_length=1)] | None = None
    notebooks: Annotated[list[_Text], Field(min_length=1)] | None = None
    scenario: _Text | None = None
    until: _Text | None = None
    draws: int | None = None
    seed: int | None = None
    inputs: _Text | None = None


@dataclass(frozen=True)
class Plan:
    """Every report of a batch, by folder name, and what they are made from."""

    jobs: tuple[Job, ...]
    # How the batch file was read, where there is something to tell of it.
    file_notes: tuple[str, ...] = ()
    # Own figures of authorities, where such files were given.
    own: OwnFiles | None = None

    @classmethod
    def make(cls, *, file: Path | None = None, **given: Any) -> Plan:
        """Check areas, notebooks and parameters and list the reports they mean.

        Parameters
        ----------
        file : Path, optional
            A batch file (TOML); what is also in `given` is taken from there.
        **given
            Any key of a batch file: areas, notebooks, scenario, until, draws, seed, inputs.
            With inputs, a folder or a file of own figures, areas are those of its figures
            when left out.

        Raises
        ------
        UsageError
            Lists every area and parameter that is wrong.
        AssumptionError
            The scenario does not exist or is faulty.
        """
        chosen, notes = _read(file) if file else (_Request(), ())
        given = {name: value for name, value in given.items() if value is not None}
        chosen = chosen.model_copy(update=given)
        own = OwnFiles.read(chosen.inputs) if chosen.inputs else None
        areas = chosen.areas or (own.names if own else [ALL])
        regional = [text.strip().casefold() for text in areas] == [REGIONS]
        default = REGIONAL_NOTEBOOK if regional else DEFAULT_NOTEBOOK
        names = chosen.notebooks or [default]
        notebooks = list(dict.fromkeys(Notebook.find(name) for name in names))
        settings = {
            name: value
            for name in ("scenario", "until", "draws", "seed", "inputs")
            if (value := getattr(chosen, name)) is not None
        }
        endings, alike = _endings(notebooks)
        about: dict[str, str] = {}
        for notebook in notebooks:
            earlier = about.get(notebook.model.level)
            named = f"{earlier}, {notebook.name}" if earlier else notebook.name
            about[notebook.model.level] = named
        found, wrong = areas_by_level(areas, about)
        jobs, faults = [], [*_untaken(settings, notebooks), *alike, *wrong]
        for notebook, ending in endings.items():
            for area in found[notebook.model.level]:
                if own:
                    settings["inputs"] = own.file_of(area.la_code)
                try:
                    jobs.append(_job(area, notebook, settings, area.slug + ending))
                except UsageError as error:
                    faults.append(str(error))
        faults = list(dict.fromkeys(faults))
        if faults:
            shown = "\n  ".join(faults[:MOST_SHOWN])
            more = len(faults) - MOST_SHOWN
            things = plural(len(faults), "thing")
            msg = f"Nothing was run. {things} to correct first:\n  {shown}" + (
                f"\n  and {more} more" if more > 0 else ""
            )
            raise UsageError(msg)
        plan = cls(tuple(sorted(jobs, key=lambda job: job.folder)), notes, own)
        assert plan.inputs  # a faulty scenario is refused here, not in 153 reports
        return plan

    @cached_property
    def scenarios(self) -> tuple[Scenario, ...]:
        """Every scenario a report uses, read and checked."""
        found = {one.name: one for chosen in self.scenarios_of.values() for one in chosen}
        return tuple(found.values())

    @cached_property
    def scenarios_of(self) -> dict[str, tuple[Scenario, ...]]:
        """The scenarios of each notebook's reports."""
        return {
            name: tuple(job.parameters.chosen_scenarios())
            for name, job in {job.notebook.name: job for job in self.jobs}.items()
        }

    @property
    def notes(self) -> tuple[str, ...]:
        """What to tell whoever gave the files: how they were read."""
        said = [*self.file_notes, *(note for one in self.scenarios for note in one.notes)]
        asked = {job.area.la_code for job in self.jobs}
        if self.own and (beside := set(self.own.by_code) - asked):
            names = some(self.own.by_code[code].area.name for code in sorted(beside))
            said.append(f"Figures are given of {names}, and no report on them is made.")
        if self.own and any(job.notebook.model.level != "la" for job in self.jobs):
            said.append("Reports on regions and England rest on published figures alone.")
        return tuple(said)

    @cached_property
    def inputs(self) -> dict[str, Any]:
        """Hashes of all that is read; see `inputs.run_inputs`."""
        found = inputs.run_inputs(self.scenarios, {job.notebook.path for job in self.jobs})
        return found | {"own": self.own.hashes if self.own else {}}

    @cached_property
    def run_id(self) -> str:
        """Name of the run: the same whenever the same is asked of the same."""
        asked = {
            job.folder: [job.notebook.name, job.parameters.model_dump() | _HASHED]
            for job in self.jobs
        }
        short = inputs.digest([self.inputs, asked])[:_HASH]
        return f"{inputs.edition()}-{self._scenario}-{short}"

    @property
    def _scenario(self) -> str:
        return slug(self.scenarios[0].name if self.scenarios else "record")

    @property
    def _about(self) -> str:
        """Whom it is about, in few words: an area, or how many there are, and of where."""
        areas = {job.area.la_code: job.area for job in self.jobs}
        regions = {area.region_name for area in areas.values()}
        if len(areas) == 1:
            return slug(next(iter(areas.values())).name)
        within = f"{slug(regions.pop())}-" if len(regions) == 1 and all(regions) else ""
        return f"{within}{len(areas)}-areas"

    def folder_in(self, out: Path, *, day: date, resume: bool = False) -> Path:
        """The folder of its run: ``kent-trend-2026-11-30-1a2b3c4d``, of a day.

        It ends on what tells it from every other run. To `resume`, the last run of the same
        is found by that, whatever its day; runs of before the names told a day, too.
        """
        short = self.run_id.rsplit("-", 1)[1]
        named = out / f"{self._about}-{self._scenario}-{day.isoformat()}-{short}"
        earlier = [one for one in out.glob(f"*-{short}") if (one / LOG).is_file()]
        if resume and earlier:
            return max(earlier, key=lambda one: (one / LOG).stat().st_mtime)
        return named


def _read(file: Path) -> tuple[_Request, tuple[str, ...]]:
    read = read_toml(file, "a batch file (.toml)", UsageError)
    try:
        return _Request(**read.tables), read.notes
    except ValidationError as error:
        faults = faults_of(error, file.name, list(_Request.model_fields))
        raise UsageError(" ".join(faults)) from None


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
        ending = f"-{slug(notebook.name.split('_')[0])}" if earlier else ""
        faults += [
            f"{one.name} and {notebook.name} would write to the same folders. Rename one, "
            "or run them apart."
            for one in earlier
            if endings[one] == ending
        ]
        endings[notebook] = ending
    return endings, faults


def _job(area: Area, notebook: Notebook, settings: Mapping[str, Any], folder: str) -> Job:
    fields = notebook.model.model_fields
    given = {**notebook.defaults, **settings}
    given = {name: value for name, value in given.items() if name in fields}
    if notebook.model.area_parameter:
        given[notebook.model.area_parameter] = area.name
    return Job(area, notebook, notebook.model(**given), folder)
