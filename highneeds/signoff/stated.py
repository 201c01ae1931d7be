"""Stated: all that a run's manifest says, compared with what the same run says here.

Only the clock may be another, and it has a form. What no hash covers, such as who approved
a scenario, is worked out anew from the parameters and the files that the run keeps.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from highneeds import atomic, home
from highneeds.batch.plan import Notebook
from highneeds.errors import HighNeedsError, SourceError
from highneeds.files import is_file
from highneeds.notebook.evidence import KIND as EVIDENCE
from highneeds.notebook.folder import MANIFEST, differences, stated_differences
from highneeds.notebook.manifest import (
    CLOCK,
    STATED,
    clock_is_one,
    json_bytes,
    manifest_record,
)
from highneeds.notebook.parameters import NotebookParameters

# Files of a user's own that a run keeps a copy of, by the parameter that names one; those
# of several scenarios are in one folder.
_KEPT = {
    "scenario": "scenario",
    "scenarios": "scenario",
    "reorganisation": "reorganisation",
    "risks": "risks",
    "last": "last",
}
# A user's own figures, of which a run keeps no copy.
OWN = "inputs"


def manifest_faults(folder: Path, manifest: Mapping[str, Any]) -> list[str]:
    """What a manifest says otherwise than the same run says here.

    Files of the folder are not looked at, nor whether the run gives them again.
    """
    said = [] if manifest.get("kind") == EVIDENCE else _said_otherwise(folder, manifest)
    if not said and (folder / MANIFEST).read_bytes() != json_bytes(manifest):
        # One entry said twice, for instance, of which a reader sees the first.
        said.append(f"{MANIFEST}: written otherwise than this package writes it")
    return said


def _said_otherwise(folder: Path, manifest: Mapping[str, Any]) -> list[str]:
    said = []
    if not clock_is_one({name: manifest.get(name) for name in CLOCK}):
        said.append(f"{MANIFEST}: {' and '.join(CLOCK)} are no time of a run")
    notebook = notebook_of(manifest)
    if notebook is None:
        # Of a notebook of somebody's own, only what a manifest says at all is known.
        return said + stated_differences(
            manifest, dict.fromkeys(STATED), set(STATED) & set(manifest)
        )
    inputs = hashes(folder, manifest, "inputs")
    try:
        parameters = parameters_of(folder, manifest)
        found = manifest_record(
            parameters,
            {},
            notebook=notebook,
            given=_given(folder, parameters, inputs),
            clock={name: manifest.get(name) for name in CLOCK},
        )
    except (HighNeedsError, OSError) as error:
        return [*said, f"{MANIFEST}: its parameters cannot be taken here: {error}"]
    _name_as_given(found["parameters"], manifest)
    said += stated_differences(manifest, found, ("inputs", "outputs", "code"))
    where = "among the inputs here", "than for the run"
    return said + differences(inputs, found["inputs"], *where)


def _given(
    folder: Path, parameters: NotebookParameters, inputs: Mapping[str, str]
) -> dict[str, str]:
    """Hashes of the files that a user gave, as the run keeps them; own ones as stated."""
    read = {
        f"{kept}/{path.name}": atomic.sha256(path)
        for name, kept in _KEPT.items()
        if kept != "scenario" and (text := getattr(parameters, name, ""))
        if is_file(path := Path(text))
    }
    own = {name: sha for name, sha in inputs.items() if name.startswith(f"{OWN}/")}
    return read | dict(list(own.items())[:1])


def _name_as_given(found: dict[str, Any], manifest: Mapping[str, Any]) -> None:
    """Let files be called as the run calls them: their copies' folder is another."""
    stated = manifest["parameters"]
    for name in _KEPT.keys() & found.keys() & stated.keys():
        if _names(str(found[name])) == _names(str(stated[name])):
            found[name] = stated[name]
    inputs = [one for one in manifest["inputs"] if one.startswith(f"{OWN}/")]
    if OWN in found:
        found[OWN] = inputs[0].removeprefix(f"{OWN}/") if inputs else ""


def _names(text: str) -> list[str]:
    # Told by either kind of stroke: a run may have been made on Windows.
    return [Path(one.replace("\\", "/")).name for one in text.split(",")]


def parameters_of(
    folder: Path, manifest: Mapping[str, Any], own: Path | None = None
) -> NotebookParameters:
    """The parameters of a run, with the files it keeps in the place of those it was given.

    Raises
    ------
    HighNeedsError
        They are not those of its notebook.
    """
    notebook = notebook_of(manifest)
    given = manifest.get("parameters")
    if notebook is None or not isinstance(given, dict):
        msg = f"The manifest in {folder} lacks parameters. Make the run again."
        raise SourceError(msg)
    given = dict(given)
    for name, kept in _KEPT.items():
        if given.get(name):
            parts = str(given[name]).split(",") if name == "scenarios" else [given[name]]
            given[name] = ", ".join(_kept(folder / kept, str(one)) for one in parts)
    if OWN in given:
        given[OWN] = str(own or "")
    parameters: Any = Notebook.read(notebook).model(**given)
    assert isinstance(parameters, NotebookParameters)
    return parameters


def _kept(folder: Path, given: str) -> str:
    (name,) = _names(given)
    return str(folder / name) if name and (folder / name).is_file() else given.strip()


def notebook_of(manifest: Mapping[str, Any]) -> Path | None:
    """The notebook of the package that made a run; None of any other."""
    shipped = {path.stem: path for path in home.notebooks_dir().glob("*.ipynb")}
    return shipped.get(str(manifest.get("notebook")))


def hashes(folder: Path, manifest: Mapping[str, Any], part: str) -> dict[str, str]:
    """One list of hashes of a manifest.

    Raises
    ------
    SourceError
        There is none.
    """
    found = manifest.get(part)
    if isinstance(found, dict):
        return {str(name): str(sha256) for name, sha256 in found.items()}
    msg = (
        f"The manifest in {folder} lacks {part}. Expected the one that this package wrote. "
        "Make the run again."
    )
    raise SourceError(msg)
