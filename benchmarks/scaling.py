"""The arithmetic of docs/scaling.md: costs measured, times worked out from them.

The engine's costs are those of ``results.json``; the others were measured as the page says
and stand here.
"""

from __future__ import annotations

import json
import math
from pathlib import Path

RESULTS = Path(__file__).with_name("results.json")
CORES = (2, 16, 128)
AUTHORITIES, SCENARIOS, FUTURES, YEARS = 153, 20, 10_000, 6
# Measured on 22 November 2026: REPORT by the benchmark, the others while both cores were
# busy. Seconds of CPU time but for PLACE, which waits for the disk.
REPORT, WARM, PLACE = 2.2, 10.0, 0.17
REPORT_MB = 1.73
# A sweep on two Dask workers / the same on one machine, and the scheduler's part of a task.
CARRIED, TASK = 1.3, 0.001
TASKS_A_BLOCK, BLOCK = 11, 1024  # ten groups of authorities and the sum


def scaling(what: str) -> str:
    """One figure of the page by its name."""
    return {
        "report": f"{REPORT:g}",
        "engine": f"{_engine():.2f}",
        "reports": f"{_reports():,}",
        "report-hours": f"{_reports() * REPORT / 3600:.1f}",
        "gigabytes": f"{_reports() * REPORT_MB / 1000:.1f}",
        "steps": f"{_steps() / 1e6:.1f} million",
        "sweep-minutes": f"{_sweep_cpu() / 60:.1f}",
        "tasks": f"{_tasks():,}",
        "table": _table(),
    }[what]


def _engine() -> float:
    """Microseconds of one core for an authority, a year and a future."""
    kept = json.loads(RESULTS.read_text("utf-8"))["results"]
    values = {row["name"]: row["value"] for row in kept}
    return float(values["ours, an authority-year-future"]) / 1000


def _reports() -> int:
    return AUTHORITIES * SCENARIOS


def _steps() -> int:
    return AUTHORITIES * SCENARIOS * FUTURES * YEARS


def _sweep_cpu() -> float:
    return _steps() * _engine() * CARRIED / 1e6


def _tasks() -> int:
    return SCENARIOS * math.ceil(FUTURES / BLOCK) * TASKS_A_BLOCK


def _batch(cores: int) -> float:
    """One scenario's reports: cores make them, one disk takes them in."""
    return WARM + max(math.ceil(AUTHORITIES / cores) * REPORT, AUTHORITIES * PLACE)


def _table() -> str:
    batches = [SCENARIOS * _batch(cores) for cores in CORES]
    sweep = [max(_sweep_cpu() / cores, _tasks() * TASK) for cores in CORES]
    heading = "| | " + " | ".join(f"{cores} cores" for cores in CORES) + " |"
    lines = ["", "", heading, "|---|" + "--:|" * len(CORES)]
    for name, seconds in (("reports", batches), ("sweep", sweep)):
        lines.append(f"| {name} | " + " | ".join(map(_time, seconds)) + " |")
    return "\n".join([*lines, "", ""])


def _time(seconds: float) -> str:
    minutes = seconds / 60
    return f"{minutes:.0f} min" if minutes > 1 else f"{seconds:.0f} s"
