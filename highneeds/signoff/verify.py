"""Verify: make a run again from what it says of itself, and name every later change."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from highneeds import atomic, home
from highneeds.batch.plan import Notebook
from highneeds.errors import HighNeedsError, SourceError, UsageError
from highneeds.notebook.evidence import KIND as EVIDENCE
from highneeds.notebook.evidence import verify_evidence
from highneeds.notebook.execute import Progress
from highneeds.notebook.folder import MANIFEST, changes, differences
from highneeds.notebook.manifest import code_sha256, input_hashes
from highneeds.notebook.parameters import NotebookParameters
from highneeds.notebook.report_files import report_files
from highneeds.notebook.since import kept_record
from highneeds.report.paper import FORMS
from highneeds.signoff.record import manifest_of, read_entries, record_faults, state_of

# Files of a user's own that a run keeps a copy of, by the parameter that names one.
_KEPT = ("scenario", "reorganisation", "risks", "last")
_OWN = "inputs"


@dataclass(frozen=True)
class Verified:
    """What a verification found.

    ``differences`` are changes since the run was made or signed, and what a new run makes
    otherwise; ``not_done`` is what could not be repeated and why.
    """

    state: str
    differences: tuple[str, ...]
    not_done: tuple[str, ...] = ()

    @property
    def whole(self) -> bool:
        """Whether the run is as it was made, and was made again alike."""
        return not self.differences and not self.not_done


def verify(
    folder: Path, inputs: str | Path = "", *, progress: Progress = lambda _: None
) -> Verified:
    """Compare a run with its manifest and its sign-off, and make it again.

    Parameters
    ----------
    folder : Path
        Of a report, a monitor or an evidence pack.
    inputs : str or Path
        The file of own figures it was made with; a run made with one is not made again
        without it.

    Raises
    ------
    UsageError
        The folder holds no run, or `inputs` is no file.
    SourceError
        Its manifest lacks an entry.
    """
    manifest = manifest_of(folder)
    said = record_faults(folder, manifest)
    try:
        state = state_of(read_entries(folder))
    except UsageError:
        state = "unknown: the record of its sign-off cannot be read"
    if manifest.get("kind") == EVIDENCE:
        return Verified(state, (*said, *verify_evidence(folder, progress=progress)))
    said += changes(folder, _hashes(folder, manifest, "outputs"))
    not_done: list[str] = []
    own = _own_file(_hashes(folder, manifest, "inputs"), inputs, said, not_done)
    said += _inputs_changed(folder, manifest)
    if manifest.get("code") not in (None, code_sha256()):
        said.append("code: this package is another than the run was made with")
    if not not_done:
        said += _made_again(folder, manifest, own, not_done, progress)
    return Verified(state, tuple(dict.fromkeys(said)), tuple(not_done))


def _own_file(
    read: Mapping[str, str],
    given: str | Path,
    said: list[str],
    not_done: list[str],
) -> Path | None:
    """The file of own figures that a run was made with, where it is the same."""
    stated = {name: sha256 for name, sha256 in read.items() if name.startswith(f"{_OWN}/")}
    path = Path(given) if str(given) else None
    if path and not path.is_file():
        msg = (
            f"There is no file {path}. Give the file of own figures the run was made with."
        )
        raise UsageError(msg)
    if not stated:
        if path:
            said.append(f"{path.name}: the run was made without own figures")
        return None
    name, sha256 = next(iter(stated.items()))
    if path is None:
        not_done.append(
            f"The run was not made again: it was made with own figures, {name}, SHA-256 "
            f"{sha256}, which it holds no copy of. Give them with --inputs."
        )
    elif atomic.sha256(path) != sha256:
        said.append(f"{path.name}: other own figures than the run was made with ({name})")
        not_done.append("The run was not made again: its own figures are others now.")
    return path


def _inputs_changed(folder: Path, manifest: Mapping[str, Any]) -> list[str]:
    """Published figures, assumptions and the notebook, compared with those in use here."""
    stated = _hashes(folder, manifest, "inputs")
    notebook = _notebook(manifest)
    now = input_hashes((), notebook) if notebook else {}
    ours = {
        name: sha256
        for name, sha256 in stated.items()
        if name.startswith("data/") or (notebook and name == f"notebooks/{notebook.name}")
    }
    if notebook is None:
        # Of an export: only what it says it read is compared.
        here = {f"data/{name}": path for name, path in _data_files().items()}
        now = {name: atomic.sha256(here[name]) for name in ours if name in here}
    return differences(ours, now, "among the inputs", "than for the run")


def _data_files() -> dict[str, Path]:
    data = home.data_dir()
    tables = {f"tables/{path.name}": path for path in home.tables_dir().iterdir()}
    return tables | {
        path.relative_to(data).as_posix(): path for path in home.stated_files()
    }


def _made_again(
    folder: Path,
    manifest: Mapping[str, Any],
    own: Path | None,
    not_done: list[str],
    progress: Progress,
) -> list[str]:
    """What a new run with the same parameters makes otherwise."""
    stated = _hashes(folder, manifest, "outputs")
    try:
        make = _maker(folder, manifest, own, progress)
    except HighNeedsError as error:
        not_done.append(f"The run was not made again: {error}")
        return []
    if make is None:
        not_done.append(
            "The run was not made again: its notebook is none of this package's."
        )
        return []
    made = json.loads(make()[MANIFEST])
    said = differences(stated, made["outputs"], "in the new run", "than in the folder")
    if said and manifest.get("versions") != made["versions"]:
        said.append("versions: the packages are of other versions, which may be why")
    return said


def _maker(
    folder: Path, manifest: Mapping[str, Any], own: Path | None, progress: Progress
) -> Callable[[], dict[str, bytes]] | None:
    """How a run is made again; None where its notebook is not known here."""
    notebook = _notebook(manifest)
    if notebook is None:
        return None
    given = dict(manifest.get("parameters", {}))
    for name in _KEPT:
        kept = folder / name / Path(str(given.get(name, ""))).name
        if given.get(name) and kept.is_file():
            given[name] = str(kept)
    if own is not None:
        given[_OWN] = str(own)
    parameters: Any = _model(notebook)(**given)
    began = datetime.fromisoformat(str(manifest["began"])).date()
    forms = [form for form in FORMS if f"report.{form}" in manifest.get("outputs", {})]
    last = kept_record(folder)
    return lambda: report_files(
        notebook,
        parameters,
        last=last,
        progress=progress,
        made=began,
        forms=forms,
    )


def _model(notebook: Path) -> type[NotebookParameters]:
    return Notebook.read(notebook).model


def _notebook(manifest: Mapping[str, Any]) -> Path | None:
    path = home.notebooks_dir() / f"{manifest.get('notebook', '')}.ipynb"
    return path if path.is_file() else None


def _hashes(folder: Path, manifest: Mapping[str, Any], part: str) -> dict[str, str]:
    found = manifest.get(part)
    if isinstance(found, dict):
        return {str(name): str(sha256) for name, sha256 in found.items()}
    msg = (
        f"The manifest in {folder} lacks {part}. Expected the one that this package wrote. "
        "Make the run again."
    )
    raise SourceError(msg)
