"""Batches for tests: small ones, run here or by the command, and manifests by hand."""

import os
import subprocess
import sys
from pathlib import Path

from benchmarks.small import AREAS
from highneeds.batch.plan import Plan
from highneeds.batch.run import run_batch

ROOT = Path(__file__).resolve().parents[1]
BATCH = [sys.executable, "-m", "highneeds", "batch"]


def environment(**more):
    return {**os.environ, "PYTHONPATH": str(ROOT), **more}


def run_small(folder, notebook, **more):
    """A batch of small reports in this process; its outcome and what it said."""
    said = []
    plan = Plan.make(areas=list(AREAS), notebooks=[str(notebook)])
    outcome = run_batch(plan, out=folder, progress=said.append, **more)
    return outcome, said


def batch(folder, *words):
    return subprocess.run(
        [*BATCH, *words],
        cwd=folder,
        env=environment(),
        capture_output=True,
        text=True,
    )


def headline(central: float, *, level: bool = True, spread: float = 10e6) -> dict:
    """A report's headline whose balance lies evenly about `central` pounds."""
    ends = {"p10": central - spread, "p90": central + spread}
    return {
        "until": "2029-30",
        "balance": {**dict.fromkeys(("central", "p50", "mean"), central), **ends},
        "level": level,
        # As if a grant of a tenth of the deficit were paid.
        "balance_with_grant": central * 0.9,
        "draws": 1000,
        # As if the futures lay evenly to both sides: 10m is where a tenth begins.
        "chance": min(max(0.5 - 0.4 * central / spread, 0.0), 1.0) if level else None,
        "reason": "" if level else "Change since 31 March 2024, not a balance.",
        "gap": -5e6,
        "block": 50e6,
        "plans": [2000.0, 3000.0],
        "plans_years": ["2025", "2030"],
        "children": 40_000.0,
        "children_year": "2024",
    }


def report(code: str, area: str, **more) -> dict:
    """One report of a manifest."""
    made = {
        "la_code": code,
        "area": area,
        "level": "la",
        "region": "London",
        "notebook": "01_overspend_scenario",
        "folder": f"{code}-{area.lower()}",
        "state": "done",
        "outputs": {"report.html": "0", "workbook.xlsx": "0", "results.csv": "0"},
        "headline": headline(-20e6),
        "cell": None,
        "error": "",
    }
    return {**made, **more}


def manifest(*reports: dict, run: str = "run-a", **inputs) -> dict:
    """A run's manifest."""
    return {
        "format": 1,
        "run": run,
        "edition": "0123456789ab",
        "settings": {"until": "2029-30", "draws": 1000, "seed": 1, "scenario": "trend"},
        "scenarios": [{"name": "trend", "title": "Recent trends", "approved_by": ""}],
        "inputs": {
            "data": {"plans.csv.gz": "a"},
            "assumptions": {"costs.toml": "a"},
            "scenario": {"trend.toml": "a"},
            "code": {"version": "0.1.0", "sha256": "a"},
            "packages": {"numpy": "2.4.6"},
            "sources": {"plans_2025": "a"},
            "years": {"plans 2024": "a", "plans 2025": "a"},
            "areas": {"202": "a", "203": "a"},
            **inputs,
        },
        "reports": list(reports),
    }
