"""The sign-off of a run: who reviewed it, who signed it, and of which bytes.

Entries are chained: each has the hash of the one before and of everything it covers, and
the file has one way to be written, so that any later change of it shows.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd

from highneeds import atomic
from highneeds.batch.inputs import digest
from highneeds.errors import UsageError, some
from highneeds.files import kept_json
from highneeds.notebook.folder import (
    MANIFEST,
    SIGN_OFF,
    SIGN_OFF_PAGE,
    changes,
    files_of,
)
from highneeds.notebook.manifest import code_sha256
from highneeds.report.html import plain_page
from highneeds.report.tables import Column, Table, Words
from highneeds.signoff.stated import manifest_faults

DRAFT, REVIEWED, SIGNED = STATES = ("draft", "reviewed", "signed")
_KIND = "highneeds sign-off"
_MOST_LETTERS = 200
_SHORT = 16
# What an entry covers: in the manifest's list of inputs, by the first part of a name.
_PARTS = {
    "inputs": "Own figures given",
    "scenario": "Scenario, where it is a file of its own",
    "risks": "Register of risks",
    "last": "Earlier run that it is compared with",
    "reorganisation": "Proposed areas",
    "data": "Published figures and assumptions",
    "notebooks": "Notebook",
}
_WORDS = {
    **_PARTS,
    "manifest": "Manifest of the run",
    "files": "Every file of the run",
    "code": "Code",
}


@dataclass(frozen=True)
class Entry:
    """One step: its state, whose it is, when, the hashes it covers, and its seal."""

    state: str
    name: str
    role: str
    note: str
    time: str
    covers: Mapping[str, str]
    previous: str
    seal: str = field(default="")

    def sealed(self) -> Entry:
        """The entry with the hash of all else in it."""
        return replace(self, seal=self._hash())

    @property
    def whole(self) -> bool:
        """Whether nothing in it was changed since it was sealed."""
        return self.seal == self._hash()

    def _hash(self) -> str:
        said = asdict(self)
        del said["seal"]
        return digest(said)


def read_entries(folder: Path) -> list[Entry]:
    """The entries of a run's record; none where it is a draft.

    Raises
    ------
    UsageError
        The record cannot be read.
    """
    path = folder / SIGN_OFF
    if not path.is_file():
        return []
    try:
        record = kept_json(path)
        entries = [Entry(**one) for one in record["entries"]]
        # What cannot be hashed was never sealed.
        digest([asdict(one) for one in entries])
        return entries
    except (OSError, ValueError, KeyError, TypeError) as error:
        msg = (
            f"{path} is no record of a sign-off: {error}. Expected the file that "
            "`highneeds sign` wrote. Make the run again and have it reviewed anew."
        )
        raise UsageError(msg) from None


def state_of(entries: Sequence[Entry]) -> str:
    """Draft, reviewed or signed."""
    return entries[-1].state if entries else DRAFT


def sign(folder: Path, state: str, name: str, *, role: str = "", note: str = "") -> Entry:
    """Add a review or a signature to a run; the next report will not take it away.

    Parameters
    ----------
    folder : Path
        Of a report, a monitor or an evidence pack. A form of `export` is a file, no run.
    state : str
        ``reviewed`` or ``signed``.
    name, role, note : str
        As the user gives them: who, as what, and what is to be said.

    Raises
    ------
    UsageError
        The folder holds no run, the step is not the next one, no name is given, or
        anything in the folder or the code is another than when the run was made.
    OutputError
        The folder cannot be written.
    """
    manifest = manifest_of(folder)
    entries = read_entries(folder)
    _require_next(folder, state, entries)
    texts = {"name": name, "role": role, "note": note}
    texts = {key: " ".join(text.split()) for key, text in texts.items()}
    for key, text in texts.items():
        if (
            len(text) > _MOST_LETTERS
            or not text.isprintable()
            or (key == "name" and not text)
        ):
            msg = (
                f"--{key} {text[:40]!r} is no {key}. Expected 1 to {_MOST_LETTERS} "
                "letters. Give it in quotes."
            )
            raise UsageError(msg)
    faults = changes(folder, manifest["outputs"]) + record_faults(folder, manifest)
    faults += manifest_faults(folder, manifest)
    code = code_sha256()
    if manifest.get("code") != code:
        faults.append("the code of this package is another than the run was made with")
    if faults:
        msg = (
            f"{folder} cannot be {state}: {some(faults)}. Expected the run as it was made. "
            "Make it again, and have that reviewed."
        )
        raise UsageError(msg)
    entry = Entry(
        state=state,
        time=datetime.now(UTC).isoformat(timespec="seconds"),
        covers=covered(folder, manifest, code),
        previous=entries[-1].seal if entries else "",
        **texts,
    ).sealed()
    written = [*entries, entry]
    atomic.replace_file(folder / SIGN_OFF, record_bytes(written))
    atomic.replace_file(folder / SIGN_OFF_PAGE, page_bytes(written, manifest))
    return entry


def manifest_of(folder: Path) -> dict[str, Any]:
    """The manifest of a run.

    Raises
    ------
    UsageError
        The folder holds none.
    """
    try:
        record: Any = kept_json(folder / MANIFEST)
        if isinstance(record, dict) and isinstance(record["outputs"], dict):
            return record
    except (OSError, ValueError, KeyError):
        pass
    msg = (
        f"{folder} holds no run: its {MANIFEST} is missing or of another kind. Expected a "
        "folder that `highneeds report`, `monitor` or `evidence` wrote. Give "
        "that folder; nothing was changed."
    )
    raise UsageError(msg)


def covered(folder: Path, manifest: Mapping[str, Any], code: str) -> dict[str, str]:
    """Hash of each part of a run that a signature is about."""
    inputs: dict[str, dict[str, str]] = {}
    read = manifest.get("inputs")
    for name, sha256 in read.items() if isinstance(read, dict) else ():
        inputs.setdefault(name.partition("/")[0], {})[name] = sha256
    return {
        "manifest": atomic.sha256(folder / MANIFEST),
        "files": digest(files_of(folder)),
        **{part: digest(found) for part, found in sorted(inputs.items())},
        "code": code,
    }


def record_faults(folder: Path, manifest: Mapping[str, Any]) -> list[str]:
    """What is wrong with a run's record of sign-off, or was changed since it."""
    path, page = folder / SIGN_OFF, folder / SIGN_OFF_PAGE
    if not path.is_file():
        return [f"{SIGN_OFF_PAGE} is there without {SIGN_OFF}"] if page.is_file() else []
    try:
        entries = read_entries(folder)
    except UsageError:
        return [f"{SIGN_OFF} is no record of a sign-off"]
    faults, previous = [], ""
    if [one.state for one in entries] not in ([REVIEWED], [REVIEWED, SIGNED]):
        faults.append(f"{SIGN_OFF}: its steps are not those of a sign-off")
    for entry in entries:
        if not entry.whole or entry.previous != previous:
            faults.append(f"{SIGN_OFF}: the entry “{entry.state}” was changed")
        previous = entry.seal
        now = covered(folder, manifest, str(entry.covers.get("code", "")))
        faults += [
            f"{part}: another than when it was {entry.state}"
            for part in sorted(set(now) | set(entry.covers))
            if now.get(part) != entry.covers.get(part)
        ]
    if not faults and path.read_bytes() != record_bytes(entries):
        faults.append(f"{SIGN_OFF}: changed since it was written")
    if not page.is_file():
        faults.append(f"{SIGN_OFF_PAGE}: missing in the folder")
    elif not faults and page.read_bytes() != page_bytes(entries, manifest):
        faults.append(f"{SIGN_OFF_PAGE}: changed since it was written")
    return list(dict.fromkeys(faults))


def record_bytes(entries: Sequence[Entry]) -> bytes:
    """The record as its file has it: one way to write the same entries."""
    record = {"kind": _KIND, "entries": [asdict(one) for one in entries]}
    return (json.dumps(record, indent=2, ensure_ascii=False) + "\n").encode("utf-8")


def page_bytes(entries: Sequence[Entry], manifest: Mapping[str, Any]) -> bytes:
    """The page that shows a sign-off to a reader."""
    last = entries[-1]
    title = f"Sign-off: {title_of(manifest)}"
    steps = Table(
        "signoff",
        "Who has reviewed and signed this run",
        (
            Column("state", "State"),
            Column("name", "Name"),
            Column("role", "Role"),
            Column("time", "Time (UTC)"),
            Column("note", "Note"),
            Column("seal", "Seal", "hash"),
        ),
        pd.DataFrame(
            [
                {
                    **asdict(one),
                    "time": one.time.replace("T", " ").removesuffix("+00:00"),
                    "role": one.role or "not stated",
                    "note": one.note or "none",
                }
                for one in entries
            ]
        ),
    )
    covers = Table(
        "covers",
        f"What the last step covers ({last.state})",
        (Column("what", "Part"), Column("sha256", "SHA-256", "hash")),
        pd.DataFrame(
            [
                {"what": _WORDS.get(part, part), "sha256": sha256}
                for part, sha256 in last.covers.items()
            ]
        ),
        ("Hashes of lists of hashes, but for the manifest; the lists are in it.",),
    )
    lead = Words(
        (
            f"State: {last.state}. Names are as they were given; nobody's identity was "
            "checked.",
            f"Seal {last.seal[:_SHORT]}. Write it in the minutes: whoever changes the run "
            "and makes all of its hashes anew cannot give it the same one. The command "
            "“highneeds verify” compares every byte of this folder with it.",
        )
    )
    body = "\n".join(part.html() for part in (lead, steps, covers))
    return plain_page(title, body).encode("utf-8")


def title_of(manifest: Mapping[str, Any]) -> str:
    """What a run is called: of which area, by which notebook or form."""
    place = manifest.get("area") or manifest.get("place") or {}
    what = manifest.get("notebook") or manifest.get("kind") or "run"
    what = what.partition("_")[2].replace("_", " ") or what
    return f"{place.get('name', 'a run')}, {what}"


def short_seal(entry: Entry) -> str:
    """As much of a seal as goes into minutes."""
    return entry.seal[:_SHORT]


def _require_next(folder: Path, state: str, entries: Sequence[Entry]) -> None:
    now = state_of(entries)
    if state not in STATES[1:]:
        msg = f"--as {state!r} is no step. Expected reviewed or signed."
        raise UsageError(msg)
    wanted = STATES[min(STATES.index(now) + 1, len(STATES) - 1)]
    if now == SIGNED or state != wanted:
        done = f"by {entries[-1].name}" if entries else "nobody has reviewed it"
        then = (
            "A signed run stays as it is: make a new one for other figures."
            if now == SIGNED
            else f"The next step is --as {wanted}."
        )
        msg = f"{folder} is {now} ({done}), and cannot be {state} now. {then}"
        raise UsageError(msg)
