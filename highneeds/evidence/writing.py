"""The files of a pack: its tables and figures, and the submission made of them."""

from __future__ import annotations

import importlib.util
from pathlib import Path

from highneeds import atomic
from highneeds.evidence.pack import EvidencePack
from highneeds.evidence.submission import submission_bytes
from highneeds.report.tables import Words


def evidence_files(pack: EvidencePack) -> dict[str, bytes]:
    """Every file by name; the submission where python-docx, an extra, is installed."""
    files = pack.files()
    if importlib.util.find_spec("docx"):
        files["submission.docx"] = submission_bytes(pack)
    return files


def write_evidence(pack: EvidencePack, out: str | Path) -> Words:
    """Write every file of a pack into `out`; nothing when it is empty.

    Raises
    ------
    OutputError
        The folder cannot be written. Each file is whole or absent.
    """
    if not str(out):
        return Words(("No folder was asked for (out is empty), so no files were written.",))
    files = evidence_files(pack)
    for name, content in files.items():
        atomic.replace_file(Path(out) / name, content)
    return Words((f"Wrote {len(files)} files of {len(pack.exhibits)} exhibits.",))
