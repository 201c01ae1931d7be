"""Manifest: what went into a run and what came out. The only file with a clock in it."""

from __future__ import annotations

import json
import math
import platform
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from highneeds import __version__, atomic, errors, home
from highneeds.notebook.parameters import NotebookParameters
from highneeds.scenario.scenario import Scenario

if TYPE_CHECKING:
    from highneeds.answers.projection import Projection

_CODE = ("*.css", "*.j2", "*.js", "*.py", "*.toml")
_MANIFEST = "manifest.json"
# All that two runs of the same may differ in.
CLOCK = ("began", "seconds")
# What the manifest of a report says, in its order.
STATED = (
    *("area", "notebook", "parameters", "for_publication", "scenarios", "inputs"),
    *("outputs", "code", "versions", "platform", *CLOCK),
)
_FILES = frozenset({"inputs", "last", "risks"})
_NO_CODE = ("_data", "_notebooks")
# Packages whose version may move a figure or a byte of what is written.
PACKAGES = (
    "highspy",
    "matplotlib",
    "mistune",
    "numpy",
    "pandas",
    "papermill",
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


def clock_of(began: datetime, seconds: float) -> dict[str, Any]:
    """When a run began and how long it took, as a manifest says it."""
    said = began.astimezone(UTC).isoformat(timespec="seconds")
    return dict(zip(CLOCK, (said, round(seconds, 1)), strict=True))


def clock_is_one(clock: object) -> bool:
    """Whether a manifest's clock has the form of `clock_of`, whatever it tells."""
    if not isinstance(clock, dict) or tuple(clock) != CLOCK:
        return False
    began, seconds = clock.values()
    try:
        moment = datetime.fromisoformat(began)
        again = clock_of(moment, seconds)
    except (TypeError, ValueError, OverflowError):
        return False
    return (
        again == clock
        and type(seconds) is float
        and math.isfinite(seconds)
        and seconds >= 0
    )


def json_bytes(record: Mapping[str, Any]) -> bytes:
    """A record as its file has it: one way to write the same."""
    return (json.dumps(record, indent=2, ensure_ascii=False) + "\n").encode("utf-8")


def manifest_record(
    parameters: NotebookParameters,
    outputs: Mapping[str, str],
    *,
    notebook: Path,
    given: Mapping[str, str],
    clock: Mapping[str, Any],
) -> dict[str, Any]:
    """The manifest: inputs and outputs with SHA-256, parameters, versions, time.

    ``given`` are hashes of further files that the user gave, by name.
    """
    scenarios = parameters.chosen_scenarios()
    return {
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
        "outputs": dict(sorted(outputs.items())),
        "code": code_sha256(),
        "versions": versions(),
        "platform": f"{platform.system()} {platform.machine()}",
        **clock,
    }


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
        "outputs": {path.name: atomic.sha256(path) for path in paths},
        "code": code_sha256(),
        "versions": versions(),
    }
    path = paths[0].with_name(f"{paths[0].stem}.{_MANIFEST}")
    atomic.replace_file(path, json_bytes(record))
    return path


def _said(parameters: NotebookParameters) -> dict[str, Any]:
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
        path.relative_to(package).as_posix(): atomic.sha256(path)
        for kind in _CODE
        for path in package.rglob(kind)
        # In a wheel the data is inside the package; it is the same code as in a clone.
        if path.relative_to(package).parts[0] not in _NO_CODE
    }
    text = json.dumps(listed, sort_keys=True, ensure_ascii=False)
    return atomic.sha256(text.encode("utf-8"))


def input_hashes(
    scenarios: Sequence[Scenario], notebook: Path | None = None
) -> dict[str, str]:
    """SHA-256 of every file a run may read, by its name in the package or its own name."""
    data = home.data_dir()
    files = {f"data/tables/{path.name}": path for path in home.tables_dir().iterdir()} | {
        f"data/{path.relative_to(data).as_posix()}": path for path in home.stated_files()
    }
    hashes = {name: atomic.sha256(path) for name, path in sorted(files.items())}
    for scenario in scenarios:
        for path in scenario.files:
            hashes[f"scenario/{path.name}"] = atomic.sha256(Path(path))
    if notebook:
        hashes[f"notebooks/{notebook.name}"] = atomic.sha256(notebook)
    return hashes
