"""Manifest: what went into a run and what came out. The only file with a clock in it."""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from highneeds import __version__, embedded, errors
from highneeds.model.scenario import Scenario
from highneeds.notebook.parameters import ReportParameters

if TYPE_CHECKING:
    from highneeds.model.projection import Projection

_CODE = ("*.css", "*.j2", "*.js", "*.py", "*.toml")
_MANIFEST = "manifest.json"
_FILES = frozenset({"inputs", "last", "risks"})
_NO_CODE = ("_data", "_notebooks")
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
        "for_publication": bool(getattr(parameters, "for_publication", False)),
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
            name: hashlib.sha256(content).hexdigest()
            for name, content in sorted(outputs.items())
        },
        "code": code_sha256(),
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


def write_form_manifest(
    result: Projection, form: str, paths: Sequence[Path], *, for_publication: bool
) -> Path:
    """Write the manifest of a form beside its files; it is named after the first.

    Raises
    ------
    OutputError
        The folder cannot be written.
    """
    own, scenario = result.own, result.scenario
    record = {
        "kind": "form",
        "form": form,
        "area": {"la_code": result.area.la_code, "name": result.area.name},
        "parameters": {
            "scenario": scenario.name,
            "until": result.until.label,
            "draws": result.draws,
            "seed": result.seed,
            "inputs": own.file_name if own else "",
        },
        "for_publication": for_publication,
        "inputs": {
            **input_hashes([scenario]),
            **({f"inputs/{own.file_name}": own.sha256} if own else {}),
        },
        "outputs": {path.name: embedded.sha256(path) for path in paths},
        "code": code_sha256(),
        "versions": {
            "highneeds": __version__,
            "python": platform.python_version(),
            **{name: version(name) for name in _PACKAGES},
        },
    }
    path = paths[0].with_name(f"{paths[0].stem}.{_MANIFEST}")
    text = json.dumps(record, indent=2, ensure_ascii=False) + "\n"
    embedded.replace_file(path, text.encode("utf-8"))
    return path


def _said(parameters: ReportParameters) -> dict[str, Any]:
    """The parameters; of a user's own files the name alone, wherever they lie."""
    said = parameters.model_dump(exclude={"out"})
    for name in _FILES & set(said):
        said[name] = Path(said[name]).name
    return said


@cache
def code_sha256() -> str:
    """One hash of every file of this package's code; notebooks and data are inputs."""
    package = Path(errors.__file__).parent
    listed = {
        path.relative_to(package).as_posix(): embedded.sha256(path)
        for kind in _CODE
        for path in package.rglob(kind)
        # In a wheel the data is inside the package; it is the same code as in a clone.
        if path.relative_to(package).parts[0] not in _NO_CODE
    }
    text = json.dumps(listed, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def input_hashes(
    scenarios: Sequence[Scenario], notebook: Path | None = None
) -> dict[str, str]:
    """SHA-256 of every file a run may read, by its name in the package or its own name."""
    data = embedded.data_dir()
    files = {
        f"data/tables/{path.name}": path for path in embedded.tables_dir().iterdir()
    } | {
        f"data/{path.relative_to(data).as_posix()}": path
        for path in embedded.stated_files()
    }
    hashes = {name: embedded.sha256(path) for name, path in sorted(files.items())}
    for scenario in scenarios:
        for path in scenario.files:
            hashes[f"scenario/{path.name}"] = embedded.sha256(Path(path))
    if notebook:
        hashes[f"notebooks/{notebook.name}"] = embedded.sha256(notebook)
    return hashes
