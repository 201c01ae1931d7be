"""Every measurement in order; the table printed and the file written."""

from __future__ import annotations

import importlib.metadata
import json
import os
import platform
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path

from benchmarks import cluster, engines, figures, files, link, reports, scale
from benchmarks.inputs import setting
from benchmarks.measure import ROOT, Result, skipped

RESULTS = ROOT / "benchmarks" / "results.json"
_NAME, _FIGURE, _TARGET = 66, 22, 9


def run(*, quick: bool, out: Path | None, say: Callable[[str], None]) -> int:
    """Measure everything; gives 0 whatever the targets, because a machine is no fault."""
    began = time.monotonic()
    about = _about(quick=quick)
    say(", ".join(f"{name} {value}" for name, value in about.items()))
    say(f"{'measured':<{_NAME}}{'figure':>{_FIGURE}}{'target':>{_TARGET}}  met?")
    results = []
    for result in _measured(quick=quick):
        results.append(result)
        say(_line(result))
    missed = sum(result.met is False for result in results)
    met = sum(result.met is True for result in results)
    left_out = sum(result.value is None for result in results)
    took = time.monotonic() - began
    say(f"{met} targets met, {missed} missed, {left_out} skipped, in {took:.0f} s")
    if out is not None:
        _write(about, results, out)
        say(f"Wrote {out.name}")
    return 0


def _measured(*, quick: bool) -> Iterator[Result]:
    given = setting()
    repeats = 3 if quick else 5
    yield from scale.bit_identical(given, quick=quick)
    yield from engines.against_pandas(given, repeats, quick=quick)
    yield from engines.against_spreadsheet(given, repeats, quick=quick)
    yield from engines.against_system_dynamics(given, repeats, quick=quick)
    yield from engines.quantiles(given, repeats)
    yield from engines.one_authority(given, repeats)
    yield from scale.england(given, repeats, quick=quick)
    yield from scale.growth(given, repeats, quick=quick)
    if quick:
        yield skipped("one worker / two workers, peak memory", "only in a full run")
        yield skipped("reports: papermill / ours, all of them", "only in a full run")
        yield skipped("Dask cluster, figures, refits", "only in a full run")
    else:
        yield from scale.workers(given, repeats)
        yield from scale.memory()
        yield from reports.batch()
        yield from cluster.on_a_cluster()
        yield from figures.six_figures(given.panel, repeats)
        yield from link.refits(given.panel, repeats)
    yield from files.workbooks(repeats, quick=quick)
    yield from files.start_up(2 * repeats + 1)


def figure_of(result: Result) -> str:
    """A measured value with its unit and, of repeats, its extremes."""
    if result.value is None:
        return ""
    figure = f"{_number(result.value)} {result.unit}".rstrip()
    if result.low is not None and result.high is not None and result.repeats > 1:
        figure += f" ({_number(result.low)}–{_number(result.high)})"
    return figure


def target_of(result: Result) -> str:
    """What was aimed for, and on which side of it."""
    if result.target is None:
        return ""
    return f"{'≤' if result.at_most else '≥'} {result.target:,g}"


def _line(result: Result) -> str:
    if result.value is None:
        return f"{result.name:<{_NAME}}  {result.note}"
    met = {True: "yes", False: "no", None: ""}[result.met]
    figure, target = figure_of(result), target_of(result)
    line = f"{result.name:<{_NAME}}{figure:>{_FIGURE}}{target:>{_TARGET}}  {met}"
    return f"{line}\n    {result.note}" if result.note else line


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"  # noqa: PLR2004


def _about(*, quick: bool) -> dict[str, object]:
    """What the figures depend on, and nothing that names a machine."""
    found: dict[str, object] = {
        "run": "quick" if quick else "full",
        "python": platform.python_version(),
        "cores": os.cpu_count() or 1,
    }
    if hasattr(os, "getloadavg"):
        # Other work makes wall-clock ratios worse, the second worker's above all.
        found["load before"] = round(os.getloadavg()[0], 1)
    for package in ("numpy", "pandas", "pysd"):
        try:
            found[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            found[package] = "absent"
    return found


def _write(about: dict[str, object], results: list[Result], out: Path) -> None:
    rows = [{**asdict(result), "met": result.met} for result in results]
    content = json.dumps({**about, "results": rows}, ensure_ascii=False, indent=1)
    out.write_text(content + "\n", "utf-8")
