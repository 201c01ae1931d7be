"""Journal: which reports of a run are done, decided by what was written down about them.

A report is put in place whole, then a line is added here. A batch that is killed between
the two makes that report again, and gets the same bytes; it never trusts a file for being
there.
"""

from __future__ import annotations

import json
import os
import shutil
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

from highneeds import atomic
from highneeds.errors import OutputError
from highneeds.files import kept_json
from highneeds.notebook.folder import MANIFEST, not_of_the_run

JOURNAL = "journal.jsonl"
# Scratch of the workers; what a killed run left there goes when the next one starts.
WORK = ".highneeds-work"
DONE, FAILED = "done", "failed"
# Of a report's own manifest: the only file in it that tells the time.
_CLOCKED = "manifest.json"


@dataclass(frozen=True)
class Record:
    """What became of one report.

    ``outputs`` is the SHA-256 of each file but the report's own manifest, which alone
    tells the time. ``headline`` is what the index and `compare` show of it.
    """

    folder: str
    state: str
    outputs: Mapping[str, str] = field(default_factory=dict)
    headline: Mapping[str, Any] | None = None
    cell: int | None = None
    error: str = ""


class Journal:
    """The records of one run's folder; safe to use from several threads."""

    def __init__(self, run: Path) -> None:
        self._run = run
        self._lock = threading.Lock()
        self.records: dict[str, Record] = {}

    def start(self, *, resume: bool) -> None:
        """Clear what a killed run left, and take up its records, or forget them.

        A record counts only while every file it lists is there and unchanged. Nothing else
        is touched: a hidden folder may be somebody's.

        Raises
        ------
        OutputError
            A file of somebody's has the name of the workers' scratch.
        """
        atomic.clear_left_over(self._run)
        atomic.require_folder(self._run / WORK)
        shutil.rmtree(self._run / WORK, ignore_errors=True)
        if resume:
            found = {one.folder: one for one in (*self._finished(), *self._written())}
            self.records = {name: one for name, one in found.items() if self._holds(one)}
        self._rewrite()

    def done(self, folder: str) -> bool:
        """Whether a report is done."""
        return folder in self.records and self.records[folder].state == DONE

    def publish(
        self, folder: str, files: Mapping[str, bytes], headline: Mapping[str, Any] | None
    ) -> str:
        """Put a report in place, then write down that it is done.

        A report there that its reader changed or added to is kept beside it.

        Returns
        -------
        str
            The folder where such a report is kept now; mostly empty.

        Raises
        ------
        OutputError
            It cannot be written; the report that was there is left as it was.
        """
        outputs = {
            name: atomic.sha256(content)
            for name, content in sorted(files.items())
            if name != _CLOCKED
        }
        with self._lock:
            kept = self._kept_aside(folder)
            atomic.replace_folder(self._run / folder, files)
            self._add(Record(folder, DONE, outputs, headline))
        return kept

    def fail(self, folder: str, cell: int | None, error: str) -> None:
        """Write down that a report failed; one made before of the same stays."""
        with self._lock:
            self._add(Record(folder, FAILED, cell=cell, error=error))

    def finish(self, manifest: Mapping[str, Any], files: Mapping[str, bytes]) -> None:
        """Write the run's own files, the manifest last, and let go of the journal."""
        for name, content in files.items():
            atomic.replace_file(self._run / name, content)
        text = json.dumps(manifest, indent=1, ensure_ascii=False) + "\n"
        atomic.replace_file(self._run / MANIFEST, text.encode("utf-8"))
        (self._run / JOURNAL).unlink()

    def _kept_aside(self, folder: str) -> str:
        there = self._run / folder
        if not not_of_the_run(there):
            return ""
        names = (f"{folder}-kept-{number}" for number in count(1))
        name = next(one for one in names if not (self._run / one).exists())
        try:
            there.rename(self._run / name)
        except OSError as error:
            msg = f"Cannot rename {there}: {error.strerror or error}."
            raise OutputError(msg) from None
        return name

    def _add(self, record: Record) -> None:
        self.records[record.folder] = record
        try:
            with (self._run / JOURNAL).open("ab") as stream:
                stream.write(_line(record))
                stream.flush()
                os.fsync(stream.fileno())
        except OSError as error:
            msg = f"Cannot write {self._run / JOURNAL}: {error.strerror or error}."
            raise OutputError(msg) from None

    def _rewrite(self) -> None:
        """Begin the journal with the records that hold, whatever it ended on before."""
        text = b"".join(_line(record) for record in self.records.values())
        atomic.replace_file(self._run / JOURNAL, text)

    def _finished(self) -> list[Record]:
        try:
            return records_of(read_manifest(self._run))
        except OutputError:
            return []

    def _written(self) -> list[Record]:
        try:
            lines = (self._run / JOURNAL).read_bytes().split(b"\n")
        except OSError:
            return []
        found = []
        for line in lines:
            try:
                found.append(Record(**json.loads(line)))
            except (ValueError, TypeError):
                break  # the line being written when the run was killed
        return found

    def _holds(self, record: Record) -> bool:
        folder = self._run / record.folder
        return record.state == FAILED or all(
            (folder / name).is_file() and atomic.sha256(folder / name) == digest
            for name, digest in record.outputs.items()
        )


def read_manifest(run: Path) -> dict[str, Any]:
    """The manifest of a finished run.

    Raises
    ------
    OutputError
        There is none: no run, or one that did not finish.
    """
    try:
        found = kept_json(run / MANIFEST)
    except (OSError, ValueError):
        found = None
    if not isinstance(found, dict) or "reports" not in found:
        msg = (
            f"{run} is not the folder of a finished batch: it holds no {MANIFEST}. Give "
            "the folder that `highneeds batch` named, or finish that run with --resume."
        )
        raise OutputError(msg)
    return found


def records_of(manifest: Mapping[str, Any]) -> list[Record]:
    """The records in a manifest, which holds more about each report than they do."""
    names = Record.__dataclass_fields__
    return [
        Record(**{name: value for name, value in one.items() if name in names})
        for one in manifest["reports"]
    ]


def _line(record: Record) -> bytes:
    return json.dumps(vars(record), ensure_ascii=False).encode("utf-8") + b"\n"
