"""Manifest: what went into a run and what came out. The only file with a clock in it."""

from __future__ import annotations

import json
import platform
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from highneeds import __version__, atomic, home
from highneeds.model.scenario import Scenario
from highneeds.notebook.parameters import ReportParameters

# Packages whose version may move a figure or a byte of what is written.
PACKAGES = (
    "matplotlib",
    "nbconvert",
    "numpy",
    "pandas",
    "papermill",
    "scipy",
    "seaborn",
    "xlsxwriter",
)


def versions(*more: str) -> dict[str, str]:
    """Versions of what made a file: this package, Python, `PACKAGES` and others named."""
    return {
        "highneeds": __version__,
        "python": platform.python_version(),
        **{name: version(name) for name in sorted((*PACKAGES, *more))},
    }


def manifest_bytes(
    parameters: ReportParameters,
    outputs: Mapping[str, bytes],
    *,
    notebook: Path,
    given: Mapping[str, str],
    began: datetime,
    seconds: float,
) -> bytes:
    """The manifest as JSON: inputs and outputs with SHA-256, parameters, versions, time.

    ``given`` are hashes of further files that the user gave, by name.
    """
    scenarios = parameters.chosen_scenarios()
    record = {
        "area": {"la_code": parameters.area.la_code, "name": parameters.area.name},
        "notebook": notebook.stem,
        "parameters": _said(parameters),
        "scenarios": [
            {
                "name": scenario.name,
                "title": scenario.title,
                "author": scenario.author,
                "date": scenario.date,
                "approved_by": scenario.approved_by,
            }
            for scenario in scenarios
        ],
        "inputs": input_hashes(scenarios, notebook) | dict(given),
        "outputs": {
            name: atomic.sha256(content) for name, content in sorted(outputs.items())
        },
        "versions": versions(),
        "platform": f"{platform.system()} {platform.machine()}",
        "began": began.astimezone(UTC).isoformat(timespec="seconds"),
        "seconds": round(seconds, 1),
    }
    return (json.dumps(record, indent=2, ensure_ascii=False) + "\n").encode("utf-8")


def _said(parameters: ReportParameters) -> dict[str, Any]:
    """The parameters; of own figures the file's name alone, wherever it lies."""
    said = parameters.model_dump(exclude={"out"})
    if "inputs" in said:
        said["inputs"] = Path(said["inputs"]).name
    return said


def input_hashes(scenarios: Sequence[Scenario], notebook: Path) -> dict[str, str]:
    """SHA-256 of every file a run may read, by its name in the package or its own name."""
    data = home.data_dir()
    files = {f"data/tables/{path.name}": path for path in home.tables_dir().iterdir()} | {
        f"data/{path.relative_to(data).as_posix()}": path for path in home.stated_files()
    }
    hashes = {name: atomic.sha256(path) for name, path in sorted(files.items())}
    for scenario in scenarios:
        for path in scenario.files:
            hashes[f"scenario/{path.name}"] = atomic.sha256(Path(path))
    return {**hashes, f"notebooks/{notebook.name}": atomic.sha256(notebook)}
