"""Manifest: what went into a run and what came out. The only file with a clock in it."""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from highneeds import __version__, embedded
from highneeds.model.scenario import Scenario
from highneeds.notebook.parameters import OverspendParameters

_PACKAGES = (
    "numpy",
    "pandas",
    "scipy",
    "matplotlib",
    "papermill",
    "nbconvert",
    "xlsxwriter",
)


def manifest_bytes(
    parameters: OverspendParameters,
    scenario: Scenario,
    outputs: Mapping[str, bytes],
    *,
    notebook: str,
    began: datetime,
    seconds: float,
) -> bytes:
    """The manifest as JSON: inputs and outputs with SHA-256, parameters, versions, time."""
    record = {
        "area": {"la_code": parameters.area.la_code, "name": parameters.area.name},
        "notebook": notebook,
        "parameters": parameters.model_dump(exclude={"out"}),
        "scenario": {
            "name": scenario.name,
            "title": scenario.title,
            "author": scenario.author,
            "date": scenario.date,
            "approved_by": scenario.approved_by,
        },
        "inputs": input_hashes(scenario, notebook),
        "outputs": {
            name: hashlib.sha256(content).hexdigest()
            for name, content in sorted(outputs.items())
        },
        "versions": {
            "highneeds": __version__,
            "python": platform.python_version(),
            **{name: version(name) for name in _PACKAGES},
        },
        "platform": f"{platform.system()} {platform.machine()}",
        "began": began.astimezone(UTC).isoformat(timespec="seconds"),
        "seconds": round(seconds, 1),
    }
    return (json.dumps(record, indent=2, ensure_ascii=False) + "\n").encode("utf-8")


def input_hashes(scenario: Scenario, notebook: str) -> dict[str, str]:
    """SHA-256 of every file a run may read, by its name in the package or its own name."""
    data = embedded.data_dir()
    files = [*(data / "tables").iterdir(), *(data / "assumptions").glob("*.toml")]
    hashes = {
        f"data/{path.relative_to(data).as_posix()}": embedded.sha256(path)
        for path in sorted(files)
    }
    for path in scenario.files:
        hashes[f"scenario/{path.name}"] = embedded.sha256(Path(path))
    path = embedded.notebooks_dir() / f"{notebook}.ipynb"
    return {**hashes, f"notebooks/{path.name}": embedded.sha256(path)}
