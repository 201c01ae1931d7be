"""Reports at scale: against plain papermill, against plain Python, and all of them."""

from __future__ import annotations

import ast
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import chdir, suppress
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from benchmarks.kills import contents
from benchmarks.measure import (
    ROOT,
    WALL,
    Result,
    child,
    cpu_of,
    ratio,
    seconds,
    skipped,
)
from highneeds.batch.journal import DONE, read_manifest
from highneeds.batch.plan import Job, Plan
from highneeds.batch.run import run_batch
from highneeds.notebook.environment import ONE_THREAD

WORKERS = 2
# As the target is stated: the start-up of two workers is spread over so many.
_REPORTS = 20
_REPEATS, _ALONE = 3, 5
# What only ours makes of a notebook, and the notebook, which is compared cell by cell.
_NOT_FILES = ("manifest.json", "notebook.ipynb", "report.html")
_SAMPLE_SECONDS = 0.25


def batch() -> list[Result]:
    """Targets 1 to 3 and 16; every output is compared before a time counts."""
    if sys.platform != "linux":
        return [skipped("reports: papermill / ours", "reports are forked on Linux only")]
    return [*_alone(), *_against_others(), *_everything()]


def _alone() -> list[Result]:
    """One report by the command that a reader types, from the second run on."""
    with tempfile.TemporaryDirectory() as scratch:
        words = ["report", "Somerset", "--out", scratch]
        command = [sys.executable, str(ROOT / "start.py"), *words]
        run = partial(subprocess.run, command, stdout=subprocess.DEVNULL, check=True)
        run()
        wall, spent = [], []
        for _ in range(_ALONE):
            began = WALL()
            spent.append(cpu_of(run)[1])
            wall.append(WALL() - began)
    return [
        seconds("one report by itself", wall, target=4, note="wall clock, start.py too"),
        seconds("one report by itself: processor time", spent, target=5),
    ]


def _against_others() -> list[Result]:
    plan = _plan()
    wall: dict[str, list[float]] = {"papermill": [], "ours": []}
    spent: dict[str, list[float]] = {"papermill": [], "ours": [], "plain": []}
    for repeat in range(_REPEATS):
        with tempfile.TemporaryDirectory() as scratch:
            folder = Path(scratch)
            for name, side in (("papermill", _by_papermill), ("ours", _by_ours)):
                began = WALL()
                cpu = cpu_of(partial(side, plan, folder))
                wall[name].append(WALL() - began)
                spent[name].append(sum(cpu) / _REPORTS)
            plain = json.loads(child(_PLAIN))
            spent["plain"].append(plain["cpu"] / _REPORTS)
            if repeat == 0:
                compared = _require_same(plan, folder, plain["files"])
    each = {name: statistics.median(found) for name, found in spent.items()}
    return [
        ratio(
            f"{_REPORTS} reports, 2 workers: papermill, fresh kernels / ours",
            wall["papermill"],
            wall["ours"],
            target=2.3,
            note=f"wall clock; by CPU time {each['papermill'] / each['ours']:.2f}; "
            f"{compared} outputs equal to the byte",
        ),
        ratio(
            "CPU of a report: ours, start-up and page included / plain Python",
            spent["ours"],
            spent["plain"],
            target=1.25,
            at_most=True,
            note=f"{each['ours']:.2f} s and {each['plain']:.2f} s; papermill "
            f"{each['papermill']:.2f} s",
        ),
    ]


def _plan() -> Plan:
    """So many authorities, evenly over the list of all."""
    every = [job.area.la_code for job in Plan.make().jobs]
    return Plan.make(areas=every[:: len(every) // _REPORTS][:_REPORTS])


def _by_ours(plan: Plan, folder: Path) -> None:
    outcome = run_batch(plan, out=folder / "ours", workers=WORKERS)
    if outcome.failed:
        sys.exit(f"{outcome.failed} reports failed; nothing was timed.")


def _by_papermill(plan: Plan, folder: Path) -> None:
    """Papermill as it comes, a fresh kernel a report, in a pool of processes."""
    given = [
        (str(job.notebook.path), _parameters(job), str(folder / "papermill" / job.folder))
        for job in plan.jobs
    ]
    with ProcessPoolExecutor(WORKERS, get_context("spawn"), _quiet) as pool:
        list(pool.map(_one_by_papermill, given))


def _parameters(job: Job) -> dict[str, Any]:
    """In the notebook's own order, as both are to show them."""
    given = {**job.parameters.model_dump(), "out": "."}
    return {name: given[name] for name in job.notebook.defaults}


def _quiet() -> None:
    os.environ.update(ONE_THREAD, PYTHONPATH=str(ROOT))
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stderr.fileno())


def _one_by_papermill(given: tuple[str, dict[str, Any], str]) -> None:
    import papermill

    notebook, parameters, folder = given
    Path(folder).mkdir(parents=True)
    papermill.execute_notebook(
        notebook,
        f"{folder}/notebook.ipynb",
        parameters=parameters,
        kernel_name="python3",
        progress_bar=False,
        cwd=folder,
    )


def _require_same(plan: Plan, folder: Path, plain: dict[str, dict[str, str]]) -> int:
    """Refuse to go on with an output that differs; how many files and cells agree."""
    agreed = 0
    (run,) = (folder / "ours").iterdir()
    for job in plan.jobs:
        ours = run / job.folder
        theirs = folder / "papermill" / job.folder
        sides = [
            {n: h for n, h in contents(side).items() if n not in _NOT_FILES}
            for side in (ours, theirs)
        ]
        cells = [_cells(side / "notebook.ipynb") for side in (ours, theirs)]
        if not sides[0] == sides[1] == plain[job.folder] or cells[0] != cells[1]:
            sys.exit(f"{job}: outputs differ; nothing was timed.")
        agreed += len(sides[0]) + len(cells[0])
    return agreed


def _cells(path: Path) -> list[Any]:
    """What each code cell held and showed; papermill's clocks are in its metadata."""
    return [
        (cell["source"], cell["outputs"], cell["execution_count"])
        for cell in json.loads(path.read_text("utf-8"))["cells"]
        if cell["cell_type"] == "code"
    ]


_PLAIN = """
from benchmarks.reports import plain
plain()
"""


def plain() -> None:
    """The floor: the same cells as plain Python in a process that has imported all."""
    from highneeds.batch.worker import warm_up

    os.environ.update(ONE_THREAD)
    warm_up(whole=True)
    plan, cpu, files = _plan(), 0.0, {}
    for job in plan.jobs:
        with tempfile.TemporaryDirectory() as scratch:
            cells = partial(_run_plainly, _code(job), _parameters(job))
            with chdir(scratch):
                cpu += sum(cpu_of(cells))  # of a fork that draws, too
            files[job.folder] = contents(Path(scratch))
    print(json.dumps({"cpu": cpu, "files": files}))


def _code(job: Job) -> list[str]:
    cells = json.loads(job.notebook.path.read_text("utf-8"))["cells"]
    return ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]


def _run_plainly(code: Sequence[str], parameters: dict[str, Any]) -> None:
    """Run cells and render what they show, as a notebook would."""

    def show(*values: Any) -> None:
        for value in values:
            bundle = getattr(value, "_repr_mimebundle_", None)
            _ = bundle() if bundle else repr(value)

    names: dict[str, Any] = {"display": show}
    for at, source in enumerate(code):
        body = ast.parse(source).body
        last = body.pop() if isinstance(body[-1], ast.Expr) else None
        exec(compile(ast.Module(body, []), "cell", "exec"), names)
        if isinstance(last, ast.Expr):
            value = eval(compile(ast.Expression(last.value), "cell", "eval"), names)
            if value is not None:
                show(value)
        if at == 0:  # the cell of parameters
            names.update(parameters)


def _everything() -> list[Result]:
    """All authorities, regions and England by the command, with the memory of its tree."""
    words = ["--areas", "all", "--notebook", "01", "09", "10", "--workers", str(WORKERS)]
    with tempfile.TemporaryDirectory() as scratch:
        command = [sys.executable, "-m", "highneeds", "batch", *words, "--out", scratch]
        peak, began = 0, WALL()

        def run() -> None:
            nonlocal peak
            with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL) as running:
                while running.poll() is None:
                    peak = max(peak, tree_memory(running.pid))
                    threading.Event().wait(_SAMPLE_SECONDS)
            if running.returncode:
                sys.exit("A report of the whole batch failed; nothing was measured.")

        cpu = cpu_of(run)[1]
        took = WALL() - began
        run_folder = next(Path(scratch).iterdir())
        made = sum(one["state"] == DONE for one in read_manifest(run_folder)["reports"])
    name = f"all {made} reports, 2 workers"
    note = f"wall clock; {cpu:.0f} s of CPU time, {cpu / made:.2f} s a report"
    return [
        seconds(f"{name}: authorities, regions, England", [took], target=180, note=note),
        Result(
            f"{name}: peak memory of all processes",
            peak / 1e9,
            "GB",
            2,
            at_most=True,
            note="shared pages counted once",
        ),
    ]


def tree_memory(root: int) -> int:
    """Bytes held by a process and all that it started, shared pages counted once."""
    parents, total = {}, 0
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError, IndexError):
            stat = (process / "stat").read_text().rsplit(")", 1)[1].split()
            parents[int(process.name)] = int(stat[1])
    for process_id in parents:
        above = process_id
        while above not in (root, 0):
            above = parents.get(above, 0)
        if above == root:
            with suppress(OSError):
                held = Path(f"/proc/{process_id}/smaps_rollup").read_text()
                lines = [line.split() for line in held.splitlines()]
                total += sum(int(line[1]) * 1024 for line in lines if line[0] == "Pss:")
    return total
