"""Run: from a name to a report folder, all or nothing."""

from __future__ import annotations

import shutil
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from highneeds import embedded
from highneeds.errors import OutputError
from highneeds.model.record import area_record
from highneeds.model.scenario import Scenario
from highneeds.notebook.execute import Progress, execute, read_notebook
from highneeds.notebook.manifest import manifest_bytes
from highneeds.notebook.parameters import OverspendParameters
from highneeds.panel.panel import load_panel
from highneeds.periods import FinancialYear
from highneeds.report.html import page

OVERSPEND = "01_overspend_scenario"
_STAGES = 4
# Ten times what a report takes.
_ROOM_BYTES = 20_000_000


def run_report(
    area: str,
    *,
    scenario: str = "trend",
    until: str = "2029-30",
    draws: int = 1000,
    seed: int = 20250901,
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
    out : str or Path
        Folder that holds the report folders; the report goes to ``out/<code>-<name>``.
    progress : callable
        Told one line a stage, and last the path of the page.

    Returns
    -------
    Path
        Of ``report.html``.

    Raises
    ------
    UsageError, AssumptionError, ModelError
        A parameter is unknown or out of range, or the area is no authority in being; no
        kernel is started.
    OutputError
        The folder cannot be written. What was there before is left as it was.
    """
    clock, began = time.perf_counter(), datetime.now(UTC)
    parameters = OverspendParameters(
        authority=area, scenario=str(scenario), until=until, draws=draws, seed=seed
    )
    where, chosen = parameters.area, parameters.load_scenario()
    if where.level != "la" or where.abolished:
        # The model refuses such an area: better now than in the kernel.
        area_record(load_panel(), where)
    folder = Path(out).resolve() / where.slug
    _require_room(folder)

    def stage(number: int, text: str) -> None:
        progress(f"[{number}/{_STAGES}] {text} ({time.perf_counter() - clock:.1f} s)")

    stage(1, f"checked: {where}, {chosen.title}, to {until}")
    with tempfile.TemporaryDirectory(prefix="highneeds-") as scratch:
        work = Path(scratch)
        given = {
            **parameters.model_dump(),
            "scenario": _beside(chosen, parameters.scenario, work),
            # Relative, so that no folder of this machine stands in the notebook.
            "out": ".",
        }
        done = execute(
            read_notebook(OVERSPEND),
            OVERSPEND,
            given,
            folder=work,
            progress=lambda heading: progress(f"      {heading}"),
        )
        stage(2, "ran the notebook")
        files = {
            path.relative_to(work).as_posix(): path.read_bytes()
            for path in sorted(work.rglob("*"))
            if path.is_file()
        }
    files |= _page_files(done, files, parameters)
    stage(3, "wrote the page")
    files["manifest.json"] = manifest_bytes(
        parameters,
        chosen,
        files,
        notebook=OVERSPEND,
        began=began,
        seconds=time.perf_counter() - clock,
    )
    embedded.replace_folder(folder, files)
    stage(4, f"put {len(files)} files in place")
    progress(f"Report: {folder / 'report.html'}")
    return folder / "report.html"


def _page_files(
    done: object, files: dict[str, bytes], parameters: OverspendParameters
) -> dict[str, bytes]:
    import nbformat

    pictures = {
        Path(name).stem: content for name, content in files.items() if name.endswith(".svg")
    }
    last = FinancialYear.parse(parameters.until).closes_on()
    title = f"{parameters.area.name}: high needs deficit to {last}"
    html = page(done, title=title, pictures=pictures)
    return {
        "notebook.ipynb": (nbformat.writes(done) + "\n").encode("utf-8"),
        "report.html": html.encode("utf-8"),
    }


def _beside(chosen: Scenario, given: str, work: Path) -> str:
    """Copy a scenario file and those it extends into the run folder; its new name there.

    Files in more than one folder stay where they are: moved apart, they would no longer
    find each other.
    """
    shipped = embedded.data_dir() / "scenarios"
    own = [
        path.resolve()
        for path in chosen.files
        if path.resolve().parent != shipped.resolve()
    ]
    if not own:
        return given
    if len({path.parent for path in own}) > 1:
        return str(own[-1])
    (work / "scenario").mkdir()
    for path in own:
        shutil.copyfile(path, work / "scenario" / path.name)
    return f"scenario/{own[-1].name}"


def _require_room(folder: Path) -> None:
    """Refuse a folder that cannot be written or is full, before minutes are spent.

    Raises
    ------
    OutputError
        Names the folder and the reason.
    """
    parent = folder.parent
    try:
        parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=parent):
            free = shutil.disk_usage(parent).free
    except OSError as error:
        msg = (
            f"Cannot write in {parent}: {error.strerror or error}. Choose a folder you may "
            "write to with --out. Nothing was run."
        )
        raise OutputError(msg) from None
    if free < _ROOM_BYTES:
        msg = (
            f"Only {free / 1e6:.0f} MB are free in {parent}; a report needs "
            f"{_ROOM_BYTES / 1e6:.0f} MB. Make room or choose another folder with --out. "
            "Nothing was run."
        )
        raise OutputError(msg)
