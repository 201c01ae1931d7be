"""Run: from a name to a report folder, all or nothing."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Callable, Container, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from highneeds import atomic, home
from highneeds.errors import OutputError, UsageError, some
from highneeds.geography import Geography, slug
from highneeds.notebook.execute import Progress
from highneeds.notebook.folder import MANIFEST, listed_in, require_own
from highneeds.notebook.parameters import (
    NationalParameters,
    NotebookParameters,
    OverspendParameters,
    RegionParameters,
    ReportParameters,
)
from highneeds.notebook.report_files import (
    NATIONAL,
    OVERSPEND,
    REGIONAL,
    is_own,
    report_files,
)
from highneeds.notebook.sections import USUAL
from highneeds.notebook.since import last_report
from highneeds.panel.reorganisation import Reorganisation
from highneeds.record.combined import opening_record
from highneeds.report.paper import FORMS, require_form
from highneeds.scenario.scenario import Scenario, scenario_path

if TYPE_CHECKING:
    from highneeds.own.figures import OwnFigures

DEFAULT_SCENARIO = "trend"
# What a report's folder ends on where it holds own figures, so that it takes no other's.
OWN_ENDING, PUBLIC_ENDING = "-own-figures", "-for-publication"
# Options that are not called what the parameter is.
_OPTIONS = {"sections": "with", "for_publication": "for-publication"}
_STAGES = 4
# Ten times what a report takes, and what each further one takes.
_ROOM_BYTES, _REPORT_BYTES = 20_000_000, 2_000_000


def run_report(
    area: str,
    *,
    scenario: str = DEFAULT_SCENARIO,
    until: str = "",
    draws: int = 1000,
    seed: int = 20250901,
    reorganisation: str | Path = "",
    inputs: str | Path = "",
    risks: str | Path = "",
    sections: str = USUAL,
    peers: str = "",
    for_publication: bool = False,
    forms: Sequence[str] = (),
    out: str | Path = "reports",
    engine: str | None = None,
    progress: Progress = lambda _: None,
) -> Path:
    """Run the notebook of an authority, a region or England and write its report folder.

    Parameters
    ----------
    area : str
        Name, alias, DfE code or ONS code.
    scenario : str
        A shipped name, or the path of a scenario file; the file is copied beside the
        report, so that the folder says everything about the run.
    until : str
        Last financial year; five years after the base year when empty.
    reorganisation : str or Path
        A file of proposed areas, of which `area` may be one; copied beside the report too.
    inputs : str or Path
        A file of the authority's own figures. It is copied nowhere: the report shows what
        it used of it, and its manifest has the file's name and hash.
    risks : str or Path
        A register of risks; copied beside the report.
    sections : str
        Which sections an authority's report has beside those that every one has: the
        ``usual`` ones, ``none``, or some of ``drivers, goals, matters, scenarios`` with
        commas between; ``whatif`` and ``all`` add the page to move assumptions on.
    peers : str
        Authorities to set the authority beside, with commas between.
    for_publication : bool
        Withhold own figures that could tell of single children, and say so.
    forms : sequence of str
        What the page is to be written as besides: ``docx``, ``pdf``.
    out : str or Path
        Folder that holds the report folders; the report goes to ``out/<code>-<name>``, or
        to ``out/<code>-<name>-<scenario>`` where the scenario is another than ``trend``;
        with own figures the name ends on ``-own-figures``, for publication on
        ``-for-publication``.
    engine : str, optional
        As for `execute`.
    progress : callable
        Told one line a stage, and last the path of the page.

    Returns
    -------
    Path
        Of ``report.html``.

    Raises
    ------
    UsageError, AssumptionError, ModelError
        A parameter is unknown or out of range, is not one of a region's report, or the
        area is no authority in being; nothing is run.
    OutputError
        The folder cannot be written, or holds what its last run did not write. What was
        there before is left as it was.
    """
    clock = time.perf_counter()
    for form in forms:
        require_form(form)
    notebook, parameters = _asked(
        area,
        {"scenario": str(scenario), "until": until, "draws": draws, "seed": seed},
        {
            "reorganisation": str(reorganisation),
            "inputs": str(inputs),
            "risks": str(risks),
            "sections": sections,
            "peers": peers,
            "for_publication": for_publication,
        },
    )
    where, (chosen,) = parameters.area, parameters.chosen_scenarios()
    for note in chosen.notes:
        progress(note)
    ending, given = _ending(str(scenario)), ""
    if isinstance(parameters, OverspendParameters):
        for note in _notes(parameters):
            progress(note)
        if where.level != "la" or where.abolished:
            # The model refuses such an area: better now than in the kernel.
            opening_record(parameters.load_panel(), where)
        own = parameters.load_own()
        ending += OWN_ENDING if own else ""
        ending += PUBLIC_ENDING if for_publication else ""
        given = f", with {_counted(own)} of {own.file_name}" if own else ""
    return make_folder(
        Path(out).resolve() / f"{where.slug}{ending}",
        notebook,
        parameters,
        checked=f"{where}, {chosen.title}, to {parameters.until}{given}",
        called="Report",
        clock=clock,
        engine=engine,
        progress=progress,
        forms=forms,
    )


def _asked(
    area: str, run: dict[str, Any], local: dict[str, Any]
) -> tuple[str, ReportParameters]:
    """The notebook about the kind of area that is meant, and its parameters, checked.

    ``local`` are parameters of a report on one authority alone.
    """
    geography = Geography.load()
    # A proposed area is known to its own file only.
    where = None if local["reorganisation"] else geography.find(area)
    wider = where == geography.england or where in geography.regions()
    if where is None or not wider:
        return OVERSPEND, OverspendParameters(authority=area, **run, **local)
    usual = {"sections": USUAL}
    given = [
        f"--{_OPTIONS.get(name, name)}"
        for name, value in local.items()
        if value and value != usual.get(name)
    ]
    if given:
        msg = (
            f"{some(given)}: {where} is not a local authority, and a report on it takes no "
            "such thing. Expected an authority, such as Somerset, or the option left out. "
            "Nothing was run."
        )
        raise UsageError(msg)
    if where == geography.england:
        return NATIONAL, NationalParameters(**run)
    return REGIONAL, RegionParameters(region=where.name, **run)


def _notes(parameters: OverspendParameters) -> list[str]:
    """How the files given beside the scenario were read, where there is a thing to tell."""
    proposed, listed = parameters.reorganisation, parameters.load_risks()
    return [
        *(Reorganisation.load(proposed).notes if proposed else ()),
        *(listed.notes if listed else ()),
    ]


def make_folder(
    folder: Path,
    notebook: str,
    parameters: NotebookParameters,
    *,
    checked: str,
    called: str,
    clock: float,
    engine: str | None = None,
    progress: Progress,
    forms: Sequence[str] = (),
) -> Path:
    """Run one of the package's notebooks into a folder, told stage by stage.

    Parameters
    ----------
    checked, called : str
        What was checked, for the first stage; what the page is called in the last line.
    clock : float
        When the run began, by `time.perf_counter`.
    engine : str, optional
        As for `execute`.

    Returns
    -------
    Path
        Of ``report.html``.

    Raises
    ------
    HighNeedsError
        As `report_files`, or `put_in_place`.
    """

    def stage(number: int, text: str) -> None:
        progress(f"[{number}/{_STAGES}] {text} ({time.perf_counter() - clock:.1f} s)")

    def make() -> dict[str, bytes]:
        stage(1, f"checked: {checked}")
        return report_files(
            home.notebooks_dir() / f"{notebook}.ipynb",
            parameters,
            engine=engine,
            last=last_report(folder),
            stage=stage,
            progress=lambda heading: progress(f"      {heading}"),
            forms=forms,
        )

    count = put_in_place(folder, make, progress)
    stage(4, f"put {count} files in place")
    progress(f"{called}: {folder / 'report.html'}")
    return folder / "report.html"


def put_in_place(
    folder: Path,
    make: Callable[[], dict[str, bytes]],
    progress: Progress = lambda _: None,
) -> int:
    """Make a folder's files and put them there, all or none; gives how many.

    What the last run wrote there goes, so that no page stands beside a document of other
    figures; `progress` is told which files have no new one in their place.

    Raises
    ------
    OutputError
        The folder cannot be written, or holds what its last run did not write.
    """
    require_own(folder)
    require_room(folder.parent)
    atomic.clear_left_over(folder.parent)
    files = make()
    require_own(folder)  # once more: its reader may have been at work meanwhile
    gone = [name for name in listed_in(folder / MANIFEST) if name not in files]
    atomic.replace_folder(folder, files)
    if gone:
        progress(_gone_words(gone, files))
    return len(files)


def _gone_words(gone: Sequence[str], files: Container[str]) -> str:
    """Which files of the last run are gone, and how to have a document among them again."""
    # A document first: many pictures go with a section that was left out.
    named = sorted(gone, key=lambda name: ("/" in name, name))
    said = f"Removed with the last run, and not made again by this one: {some(named)}."
    made = {form: f"report.{form}" for form in FORMS}
    if not {*made.values()} & {*gone}:
        return said
    asked = [form for form, name in made.items() if name in gone or name in files]
    return f"{said} To have it of this run: {' '.join(f'--format {one}' for one in asked)}"


def _counted(own: OwnFigures) -> str:
    many = len(own.figures)
    return "1 own figure" if many == 1 else f"{many} own figures"


def _ending(scenario: str) -> str:
    """What a report's folder ends on, so that two scenarios' reports stand side by side."""
    path = scenario_path(scenario)
    short = slug(path.stem) or "own"
    if is_own(path):
        # A file may be called like a shipped scenario, and is another all the same.
        return f"-own-{short}" if path.stem in Scenario.shipped() else f"-{short}"
    return "" if path.stem == DEFAULT_SCENARIO else f"-{short}"


def require_room(folder: Path, reports: int = 1, *, make: bool = True) -> None:
    """Refuse a folder that cannot be written or is full, before minutes are spent.

    With ``make=False`` no folder is made: the nearest one there is stands for it.

    Raises
    ------
    OutputError
        Names the folder and the reason.
    """
    there = folder
    try:
        if make:
            folder.mkdir(parents=True, exist_ok=True)
        while not there.exists() and there != there.parent:
            there = there.parent
        with tempfile.TemporaryFile(dir=there):
            free = shutil.disk_usage(there).free
    except OSError as error:
        msg = (
            f"Cannot write in {folder}: {error.strerror or error}. Choose a folder you may "
            "write to with --out. Nothing was run."
        )
        raise OutputError(msg) from None
    needed = _ROOM_BYTES + (reports - 1) * _REPORT_BYTES
    if free < needed:
        msg = (
            f"Only {free / 1e6:,.0f} MB are free in {folder}; this needs "
            f"{needed / 1e6:,.0f} MB. Make room or choose another folder with --out. "
            "Nothing was run."
        )
        raise OutputError(msg)
