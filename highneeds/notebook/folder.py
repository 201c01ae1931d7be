"""The folder of a report: replaced only while it is as its last run left it.

A reader annotates a workbook or puts notes beside the page. What a run did not write is
theirs, and no later run may take it away.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from highneeds import atomic
from highneeds.errors import OutputError, some

MANIFEST = "manifest.json"
# What file managers leave in any folder they show; nobody's work.
_LITTER = frozenset({".DS_Store", "Thumbs.db", "desktop.ini"})


def require_own(folder: Path) -> None:
    """Refuse a folder that holds anything but what its own manifest lists, unchanged.

    One that does not exist, or is empty, is anybody's.

    Raises
    ------
    OutputError
        Names the first five files that a new run would take away.
    """
    atomic.require_folder(folder)
    if folder.is_symlink():
        msg = (
            f"{folder} is a link. Expected a folder that a report may replace. Delete the "
            "link, or choose another folder with --out. Nothing was changed."
        )
        raise OutputError(msg)
    theirs = not_of_the_run(folder)
    if theirs:
        msg = (
            f"{folder} holds what a new report would take away: {some(theirs)}. Expected "
            "only what the last report wrote there. Move these to another folder, or "
            "choose another one with --out. Nothing was changed."
        )
        raise OutputError(msg)


def not_of_the_run(folder: Path) -> list[str]:
    """Files of a folder that its manifest does not list, or that were changed since."""
    listed = _listed(folder / MANIFEST)
    theirs = []
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_dir() and not path.is_symlink():
            continue
        if path.name in _LITTER or (listed and name == MANIFEST):
            continue
        if name not in listed:
            theirs.append(name)
        elif path.is_symlink() or atomic.sha256(path) != listed[name]:
            theirs.append(f"{name} (changed since it was made)")
    return theirs


def _listed(manifest: Path) -> Mapping[str, str]:
    """The hash of every file a run wrote, by its manifest; none where it cannot be read."""
    try:
        outputs = json.loads(manifest.read_text(encoding="utf-8"))["outputs"]
    except (OSError, ValueError, KeyError, TypeError):
        return {}
    return outputs if isinstance(outputs, dict) else {}
