"""The evidence pack as a folder: run the notebook, write it whole, verify it later."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from highneeds import atomic, home
from highneeds.errors import SourceError, UsageError
from highneeds.files import kept_json
from highneeds.notebook.evidence_parameters import EvidenceParameters
from highneeds.notebook.execute import (
    Progress,
    execute,
    files_in,
    notebook_text,
    read_notebook,
)
from highneeds.notebook.folder import (
    MANIFEST,
    changes,
    differences,
    stated_differences,
)
from highneeds.notebook.manifest import (
    clock_is_one,
    clock_of,
    code_sha256,
    json_bytes,
    versions,
)
from highneeds.notebook.run import put_in_place
from highneeds.report.document import blocks_of
from highneeds.report.html import page
from highneeds.report.outputs import NARROW
from highneeds.report.word import document_bytes, require_word
from highneeds.scratch import scratch_folder

if TYPE_CHECKING:
    from nbformat import NotebookNode

NOTEBOOK = "07_call_for_evidence"
# The one entry of the manifest that two honest runs may differ in.
CLOCK = "clock"
KIND = "evidence pack"
_LICENCE = (
    "Contains public sector information licensed under the Open Government Licence v3.0."
)
# Of the manifest, what is compared in a way of its own.
_COMPARED = ("outputs", "inputs", CLOCK)
_INPUT_FOLDERS = ("tables", "claims", "coded", "preregistration")


def run_evidence(
    region: str = "",
    as_of: str = "",
    *,
    out: str | Path = "",
    for_publication: bool = False,
    progress: Progress = lambda _: None,
) -> Path:
    """Run the call for evidence and write its pack, all of it or nothing.

    Parameters
    ----------
    region : str
        One of the nine regions; England when empty.
    as_of : str
        Figures out by this day, written 2026-06-26; when empty, the day by
        which all that is held counts as out.
    out : str or Path
        The folder of the pack; ``reports/evidence-<code>-<name>`` when empty. One that
        holds anything but an earlier pack is refused.
    for_publication : bool
        Recorded in the manifest; a pack holds nothing that is not published.
    progress : callable
        Told each section, and last the path of the page.

    Returns
    -------
    Path
        Of ``report.html``.

    Raises
    ------
    UsageError
        A parameter is unknown or out of range, python-docx is not installed, or the
        folder holds something else; no kernel is started.
    OutputError
        The folder cannot be written, is a file, or is an earlier pack with files of its
        reader's in it. What was there before is left as it was.
    """
    require_word()
    parameters = EvidenceParameters(region=region, as_of=as_of)
    named = Path(out) if str(out) else Path("reports") / f"evidence-{parameters.area.slug}"
    folder = named.resolve()
    if folder.is_dir() and any(folder.iterdir()):
        read_manifest(folder)
    count = put_in_place(
        folder,
        lambda: evidence_files(
            parameters, for_publication=for_publication, progress=progress
        ),
        progress,
    )
    progress(f"Evidence pack of {count} files: {folder / 'report.html'}")
    return folder / "report.html"


def evidence_files(
    parameters: EvidenceParameters,
    *,
    for_publication: bool = False,
    progress: Progress = lambda _: None,
) -> dict[str, bytes]:
    """Every file of the pack by name; writes none of them.

    Raises
    ------
    HighNeedsError
        As `execute`.
    """
    clock, began = time.perf_counter(), datetime.now(UTC)
    with scratch_folder() as work:
        given = parameters.model_dump() | {"out": "."}
        done = execute(
            read_notebook(NOTEBOOK), NOTEBOOK, given, folder=work, progress=progress
        )
        files = files_in(work)
    title = _title(done, parameters)
    narrow = {name: files.pop(name) for name in list(files) if name.startswith(NARROW)}
    pictures = {
        Path(name).stem: content for name, content in files.items() if name.endswith(".svg")
    }
    pictures |= {f"narrow/{Path(name).stem}": content for name, content in narrow.items()}
    files |= {
        "evidence.docx": document_bytes(title, _LICENCE, blocks_of(done, title)),
        "notebook.ipynb": notebook_text(done).encode("utf-8"),
        "report.html": page(done, title=title, pictures=pictures).encode("utf-8"),
    }
    taken = clock_of(began, time.perf_counter() - clock)
    stated = {"title": title, "for_publication": for_publication}
    return files | {MANIFEST: _manifest_bytes(parameters, stated, files, taken)}


def read_manifest(folder: Path) -> dict[str, Any]:
    """The manifest of a pack.

    Raises
    ------
    UsageError
        The folder holds no evidence pack.
    """
    try:
        record: Any = kept_json(folder / MANIFEST)
        if isinstance(record, dict) and record.get("kind") == KIND:
            return record
    except (OSError, ValueError):
        pass
    msg = (
        f"{folder} holds no evidence pack: its {MANIFEST} is missing or of another kind. "
        "Expected a folder written by `highneeds evidence`. Give that folder, or a new one "
        "to write to; nothing was changed."
    )
    raise UsageError(msg)


def verify_evidence(folder: Path, *, progress: Progress = lambda _: None) -> list[str]:
    """Run a pack again with its own parameters and say what differs.

    Returns
    -------
    list of str
        One line for each file that was altered since, or that the new run makes otherwise,
        and for each input that is another; empty when all agree.

    Raises
    ------
    UsageError
        The folder holds no evidence pack, or its parameters are not known here.
    SourceError
        Its manifest lacks an entry.
    """
    record = read_manifest(folder)
    try:
        stated = {str(k): str(v) for k, v in record["outputs"].items()}
        inputs = {str(k): str(v) for k, v in record["inputs"].items()}
        given = dict(record["parameters"])
    except (AttributeError, KeyError, TypeError, ValueError):
        msg = (
            f"{folder / MANIFEST} lacks outputs, inputs or parameters. Expected the "
            "manifest that `highneeds evidence` wrote. Make the pack again."
        )
        raise SourceError(msg) from None
    said = changes(folder, stated)
    said += differences(inputs, input_hashes(), "among the inputs", "than for the pack")
    made = evidence_files(
        EvidenceParameters(**given),
        for_publication=record.get("for_publication", False),
        progress=progress,
    )
    again = json.loads(made[MANIFEST])
    said += differences(stated, again["outputs"], "in the new run", "than in the pack")
    said += stated_differences(record, again, _COMPARED)
    if not clock_is_one(record.get(CLOCK)):
        said.append(f"{MANIFEST}: {CLOCK} is no time of a run")
    if not said and (folder / MANIFEST).read_bytes() != json_bytes(record):
        said.append(f"{MANIFEST}: written otherwise than this package writes it")
    return said


def input_hashes() -> dict[str, str]:
    """SHA-256 of every file a pack rests on: tables, claims, codes, policy, notebook."""
    data = home.data_dir()
    files = {f"data/{path.name}": path for path in sorted(data.glob("*.toml"))} | {
        f"data/{name}/{path.name}": path
        for name in _INPUT_FOLDERS
        for path in sorted(
            (home.tables_dir() if name == "tables" else data / name).iterdir()
        )
        if path.is_file()
    }
    notebook = home.notebooks_dir() / f"{NOTEBOOK}.ipynb"
    files[f"notebooks/{notebook.name}"] = notebook
    return {name: atomic.sha256(path) for name, path in files.items()}


def _manifest_bytes(
    parameters: EvidenceParameters,
    stated: Mapping[str, Any],
    files: Mapping[str, bytes],
    taken: Mapping[str, Any],
) -> bytes:
    record = {
        "kind": KIND,
        **stated,
        "notebook": NOTEBOOK,
        "parameters": parameters.model_dump(exclude={"out"}),
        "place": {"code": parameters.area.la_code, "name": parameters.area.name},
        "as_of": str(parameters.day),
        "licence": _LICENCE,
        "outputs": {
            name: atomic.sha256(content) for name, content in sorted(files.items())
        },
        "inputs": input_hashes(),
        "code": code_sha256(),
        "versions": versions("python-docx"),
        "may_differ_between_runs": [CLOCK],
        CLOCK: dict(taken),
    }
    return json_bytes(record)


def _title(done: NotebookNode, parameters: EvidenceParameters) -> str:
    heading: str = done.cells[0].source.splitlines()[0].removeprefix("# ")
    return f"{heading}: {parameters.area.name}"
