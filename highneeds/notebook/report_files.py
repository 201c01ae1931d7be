"""The files of a report, by name: a notebook run, its page and its manifest."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from highneeds import atomic, home
from highneeds.notebook.execute import (
    Progress,
    execute,
    files_in,
    notebook_text,
    opened_notebook,
)
from highneeds.notebook.folder import MANIFEST
from highneeds.notebook.manifest import clock_of, json_bytes, manifest_record
from highneeds.notebook.parameters import (
    NationalParameters,
    NotebookParameters,
    OverspendParameters,
    RegionParameters,
)
from highneeds.notebook.sections import add_peers, add_what_if, leave_out
from highneeds.notebook.since import (
    LAST_FILE,
    add_section,
    beside_last,
    record_bytes,
    record_of,
)
from highneeds.periods import FinancialYear
from highneeds.report.headline_record import HEADLINE_FILE
from highneeds.report.html import page
from highneeds.report.outputs import FIGURES, NARROW
from highneeds.report.paper import FORMS
from highneeds.scenario.scenario import Scenario
from highneeds.scratch import scratch_folder
from highneeds.words import day_words

if TYPE_CHECKING:
    from nbformat import NotebookNode

# The notebook of a report on one authority.
OVERSPEND = "01_overspend_scenario"
# Of a report on one region, and on England.
REGIONAL, NATIONAL = "09_regional_report", "10_england"
OUTLOOKS = (OVERSPEND, REGIONAL, NATIONAL)


def report_files(
    notebook: Path,
    parameters: NotebookParameters,
    *,
    engine: str | None = None,
    last: Mapping[str, Any] | None = None,
    stage: Callable[[int, str], None] = lambda *_: None,
    progress: Progress = lambda _: None,
    made: date | None = None,
    forms: Sequence[str] = (),
) -> dict[str, bytes]:
    """Run a notebook and give every file of its report, by name; writes none of them.

    Parameters
    ----------
    notebook : Path
        One of the package's notebooks, or one of the user's own.
    parameters : NotebookParameters
        Checked; every one is a parameter of the notebook.
    engine : str, optional
        As for `execute`.
    last : mapping, optional
        The record of an earlier report (see `since`): what changed is told on the page.
    stage, progress : callable
        Told each finished stage by number; told each section heading.
    made : date, optional
        The day that the page says it was made on; today, by UTC, when left out.
    forms : sequence of str
        What the page is to be written as besides: ``docx``, ``pdf``.

    Raises
    ------
    HighNeedsError
        As `execute`.
    """
    clock, began = time.perf_counter(), datetime.now(UTC)
    done, files, taken = _ran(notebook, parameters, engine, progress)
    stage(2, "ran the notebook")

    def manifest() -> dict[str, Any]:
        return manifest_record(
            parameters,
            {name: atomic.sha256(content) for name, content in files.items()},
            notebook=notebook,
            given=taken,
            clock=clock_of(began, time.perf_counter() - clock),
        )

    if last and HEADLINE_FILE in files:
        now = record_of(manifest(), json.loads(files[HEADLINE_FILE]))
        if beside := beside_last(last, now):
            add_section(done, beside, now)
            files[LAST_FILE] = record_bytes(beside)
    title, day = _title(done, notebook.stem, parameters), made or began.date()
    files |= _page_files(done, files, title, day)
    for form in forms:
        files[f"report.{form}"] = FORMS[form](done, files["report.html"], title, day)
    files = {name: one for name, one in files.items() if not name.startswith(NARROW)}
    stage(3, "wrote the page")
    return files | {MANIFEST: json_bytes(manifest())}


def _ran(
    notebook: Path, parameters: NotebookParameters, engine: str | None, progress: Progress
) -> tuple[NotebookNode, dict[str, bytes], dict[str, str]]:
    """The notebook run, the files that it left, and hashes of those that the user gave."""
    with scratch_folder() as work:
        given = parameters.model_dump(exclude=set(parameters.of_the_run))
        for name in {"scenario", "scenarios"} & set(given):
            given[name] = _beside(parameters.chosen_scenarios(), given[name], work)
        taken = {}
        for name in ("reorganisation", "inputs", "risks", "last"):
            if given.get(name):
                given[name] = _copied(Path(given[name]), work, name)
                # Of what is read, should the file itself be changed meanwhile.
                taken[given[name]] = atomic.sha256(work / given[name])
        if "out" in given:
            # Relative, so that no folder of this machine stands in the notebook.
            given["out"] = "."
        done = execute(
            _asked_for(opened_notebook(notebook), parameters),
            notebook.stem,
            given,
            folder=work,
            engine=engine,
            progress=progress,
        )
        # A council's own file stays where it is: what is used of it is in the report.
        shutil.rmtree(work / "inputs", ignore_errors=True)
        return done, files_in(work), taken


def _asked_for(notebook: NotebookNode, parameters: NotebookParameters) -> NotebookNode:
    """The notebook with the sections that are to be made."""
    if isinstance(parameters, OverspendParameters):
        leave_out(notebook, parameters.sections)
        add_what_if(notebook, parameters.sections)
        add_peers(notebook, parameters.peers)
    return notebook


def _title(done: NotebookNode, name: str, parameters: NotebookParameters) -> str:
    outlooks = (OverspendParameters, RegionParameters, NationalParameters)
    if name in OUTLOOKS and isinstance(parameters, outlooks):
        last = FinancialYear.parse(parameters.until).closes_on()
        # Not "deficit": of some areas only a change is known, or no money at all.
        return f"{parameters.area.name}: high needs outlook to {last}"
    heading = done.cells[0].source.splitlines()[0].removeprefix("# ")
    if parameters.area.name in heading:
        return heading
    return f"{parameters.area.name}: {heading[:1].lower()}{heading[1:]}"


def _page_files(
    done: NotebookNode, files: dict[str, bytes], title: str, made: date
) -> dict[str, bytes]:
    pictures = {
        name.removeprefix(FIGURES).removesuffix(".svg"): content
        for name, content in files.items()
        if name.endswith(".svg")
    }
    html = page(done, title=title, pictures=pictures, made=day_words(made))
    return {
        "notebook.ipynb": notebook_text(done).encode("utf-8"),
        "report.html": html.encode("utf-8"),
    }


def _beside(chosen: Sequence[Scenario], given: str, work: Path) -> str:
    """Copy scenario files and those they extend into the run folder; their names there.

    Files in more than one folder stay where they are: moved apart, they would no longer
    find each other.
    """
    names = []
    for scenario, name in zip(
        chosen, given.split(",") if chosen[1:] else [given], strict=True
    ):
        own = [path.resolve() for path in scenario.files if is_own(path)]
        if own and len({path.parent for path in own}) == 1:
            (work / "scenario").mkdir(exist_ok=True)
            for path in own:
                shutil.copyfile(path, work / "scenario" / path.name)
            names.append(f"scenario/{own[-1].name}")
        else:
            names.append(str(own[-1]) if own else name.strip())
    return ", ".join(names)


def _copied(given: Path, work: Path, what: str) -> str:
    """Copy a file into a folder of its own in the run folder; its name there."""
    (work / what).mkdir()
    shutil.copyfile(given, work / what / given.name)
    return f"{what}/{given.name}"


def is_own(path: Path) -> bool:
    """Whether a scenario file is the user's own and not one that comes with the package."""
    return path.resolve().parent != (home.data_dir() / "scenarios").resolve()
