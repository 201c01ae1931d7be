"""Verify: make a run again from what it says of itself, and name every later change."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from highneeds import atomic
from highneeds.errors import HighNeedsError, UsageError
from highneeds.files import is_file
from highneeds.notebook.evidence import KIND as EVIDENCE
from highneeds.notebook.evidence import verify_evidence
from highneeds.notebook.execute import Progress
from highneeds.notebook.folder import MANIFEST, changes, differences
from highneeds.notebook.manifest import code_sha256
from highneeds.notebook.report_files import report_files
from highneeds.notebook.since import kept_record
from highneeds.report.paper import FORMS
from highneeds.signoff.record import manifest_of, read_entries, record_faults, state_of
from highneeds.signoff.stated import (
    OWN,
    hashes,
    manifest_faults,
    notebook_of,
    parameters_of,
)


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
    said += changes(folder, hashes(folder, manifest, "outputs"))
    said += manifest_faults(folder, manifest)
    not_done: list[str] = []
    own = _own_file(hashes(folder, manifest, "inputs"), inputs, said, not_done)
    if manifest.get("code") != code_sha256():
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
    stated = {name: sha256 for name, sha256 in read.items() if name.startswith(f"{OWN}/")}
    path = Path(given) if str(given) else None
    if path and not is_file(path):
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


def _made_again(
    folder: Path,
    manifest: Mapping[str, Any],
    own: Path | None,
    not_done: list[str],
    progress: Progress,
) -> list[str]:
    """What a new run with the same parameters makes otherwise."""
    notebook = notebook_of(manifest)
    if notebook is None:
        not_done.append(
            "The run was not made again: its notebook is none of this package's."
        )
        return []
    try:
        parameters = parameters_of(folder, manifest, own)
    except HighNeedsError as error:
        not_done.append(f"The run was not made again: {error}")
        return []
    # A page says on which day it was made, and a run may have been written as Word too.
    try:
        day = datetime.fromisoformat(str(manifest.get("began"))).date()
    except ValueError:
        not_done.append("The run was not made again: its record does not say when it was.")
        return []
    forms = [form for form in FORMS if f"report.{form}" in manifest.get("outputs", {})]
    again = report_files(
        notebook,
        parameters,
        last=kept_record(folder),
        progress=progress,
        made=day,
        forms=forms,
    )
    made = json.loads(again[MANIFEST])
    stated = hashes(folder, manifest, "outputs")
    return differences(stated, made["outputs"], "in the new run", "than in the folder")
