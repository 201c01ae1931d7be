"""Run: from a name to a report folder, all or nothing."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from highneeds import atomic, home
from highneeds.errors import OutputError, UsageError
from highneeds.geography import Area, Geography, slug
from highneeds.notebook.execute import Progress, execute, files_in, opened_notebook
from highneeds.notebook.folder import MANIFEST, require_own
from highneeds.notebook.manifest import clock_of, json_bytes, manifest_record
from highneeds.notebook.parameters import NotebookParameters, OverspendParameters
from highneeds.panel.reorganisation import Reorganisation
from highneeds.periods import FinancialYear
from highneeds.record.combined import opening_record
from highneeds.report.html import page
from highneeds.report.outputs import FIGURES, NARROW
from highneeds.report.paper import FORMS, require_form
from highneeds.scenario.scenario import Scenario, scenario_path
from highneeds.scratch import scratch_folder
from highneeds.words import day_words

if TYPE_CHECKING:
    from nbformat import NotebookNode

    from highneeds.own.figures import OwnFigures

OVERSPEND = "01_overspend_scenario"
DEFAULT_SCENARIO = "trend"
# What a report's folder ends on where it holds own figures, so that it takes no other's.
OWN_ENDING, PUBLIC_ENDING = "-own-figures", "-for-publication"
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
    for_publication: bool = False,
    forms: Sequence[str] = (),
    out: str | Path = "reports",
    progress: Progress = lambda _: None,
) -> Path:
    """Run the overspend notebook for one authority and write its report folder.

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
    for_publication : bool
        Withhold own figures that could tell of single children, and say so.
    forms : sequence of str
        What the page is to be written as besides: ``docx``, ``pdf``.
    out : str or Path
        Folder that holds the report folders; the report goes to ``out/<code>-<name>``, or
        to ``out/<code>-<name>-<scenario>`` where the scenario is another than ``trend``;
        with own figures the name ends on ``-own-figures``, for publication on
        ``-for-publication``.
    progress : callable
        Told one line a stage, and last the path of the page.

    Returns
    -------
    Path
        Of ``report.html``.

    Raises
    ------
    UsageError, AssumptionError, ModelError
        A parameter is unknown or out of range, or the area is no authority in being;
        nothing is run.
    OutputError
        The folder cannot be written, or holds what its last run did not write. What was
        there before is left as it was.
    """
    clock = time.perf_counter()
    for form in forms:
        require_form(form)
    parameters = OverspendParameters(
        authority=area,
        scenario=str(scenario),
        until=until,
        draws=draws,
        seed=seed,
        reorganisation=str(reorganisation),
        inputs=str(inputs),
        risks=str(risks),
        for_publication=for_publication,
    )
    where, chosen = parameters.area, parameters.load_scenario()
    proposed = Reorganisation.load(reorganisation).notes if str(reorganisation) else ()
    listed = parameters.load_risks()
    for note in (*chosen.notes, *proposed, *(listed.notes if listed else ())):
        progress(note)
    _refuse_wider(where)
    if where.level != "la" or where.abolished:
        # The model refuses such an area: better now than in the kernel.
        opening_record(parameters.load_panel(), where)
    own = parameters.load_own()
    ending = _ending(parameters.scenario) + (OWN_ENDING if own else "")
    ending += PUBLIC_ENDING if for_publication else ""
    given = f", with {_counted(own)} of {own.file_name}" if own else ""
    return make_folder(
        Path(out).resolve() / f"{where.slug}{ending}",
        OVERSPEND,
        parameters,
        checked=f"{where}, {chosen.title}, to {parameters.until}{given}",
        called="Report",
        clock=clock,
        progress=progress,
        forms=forms,
    )


def make_folder(
    folder: Path,
    notebook: str,
    parameters: NotebookParameters,
    *,
    checked: str,
    called: str,
    clock: float,
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
            stage=stage,
            progress=lambda heading: progress(f"      {heading}"),
            forms=forms,
        )

    count = put_in_place(folder, make)
    stage(4, f"put {count} files in place")
    progress(f"{called}: {folder / 'report.html'}")
    return folder / "report.html"


def put_in_place(folder: Path, make: Callable[[], dict[str, bytes]]) -> int:
    """Make a folder's files and put them there, all or none; gives how many.

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
    atomic.replace_folder(folder, files)
    return len(files)


def _counted(own: OwnFigures) -> str:
    many = len(own.figures)
    return "1 own figure" if many == 1 else f"{many} own figures"


def _refuse_wider(area: Area) -> None:
    """Refuse a region or England, which have reports of their own, and say how to ask."""
    geography = Geography.load()
    if area == geography.england:
        notebook = "10"
    elif area in geography.regions():
        notebook = "09"
    else:
        return
    words = f'"{area.name}"' if " " in area.name else area.name
    msg = (
        f"{area} is not a local authority. Expected one, such as Somerset. "
        f"`highneeds batch --areas {words} --notebook {notebook}` makes its report, and "
        "without --notebook one for each of its authorities. Nothing was run."
    )
    raise UsageError(msg)


def _ending(scenario: str) -> str:
    """What a report's folder ends on, so that two scenarios' reports stand side by side."""
    path = scenario_path(scenario)
    short = slug(path.stem) or "own"
    if _is_own(path):
        # A file may be called like a shipped scenario, and is another all the same.
        return f"-own-{short}" if path.stem in Scenario.shipped() else f"-{short}"
    return "" if path.stem == DEFAULT_SCENARIO else f"-{short}"


def report_files(
    notebook: Path,
    parameters: NotebookParameters,
    *,
    engine: str | None = None,
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
    with scratch_folder() as work:
        given = parameters.model_dump()
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
            opened_notebook(notebook),
            notebook.stem,
            given,
            folder=work,
            engine=engine,
            progress=progress,
        )
        stage(2, "ran the notebook")
        # A council's own file stays where it is: what is used of it is in the report.
        shutil.rmtree(work / "inputs", ignore_errors=True)
        files = files_in(work)
    title, day = _title(done, parameters), made or began.date()
    files |= _page_files(done, files, title, day)
    for form in forms:
        files[f"report.{form}"] = FORMS[form](done, files["report.html"], title, day)
    files = {name: one for name, one in files.items() if not name.startswith(NARROW)}
    stage(3, "wrote the page")
    record = manifest_record(
        parameters,
        {name: atomic.sha256(content) for name, content in files.items()},
        notebook=notebook,
        given=taken,
        clock=clock_of(began, time.perf_counter() - clock),
    )
    return files | {MANIFEST: json_bytes(record)}


def _title(done: NotebookNode, parameters: NotebookParameters) -> str:
    if isinstance(parameters, OverspendParameters):
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
    import nbformat

    pictures = {
        name.removeprefix(FIGURES).removesuffix(".svg"): content
        for name, content in files.items()
        if name.endswith(".svg")
    }
    html = page(done, title=title, pictures=pictures, made=day_words(made))
    return {
        "notebook.ipynb": (nbformat.writes(done) + "\n").encode("utf-8"),
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
        own = [path.resolve() for path in scenario.files if _is_own(path)]
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


def _is_own(path: Path) -> bool:
    return path.resolve().parent != (home.data_dir() / "scenarios").resolve()


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
