"""The folder of a report: replaced only while it is as its last run left it.

A reader annotates a workbook or puts notes beside the page. What a run did not write is
theirs, and no later run may take it away.
"""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Container, Iterator, Mapping
from pathlib import Path
from typing import Any

from highneeds import atomic
from highneeds.errors import OutputError, some
from highneeds.files import kept_json

MANIFEST = "manifest.json"
# Beside a run that was reviewed or signed; no part of it, and no new report's to replace.
SIGN_OFF, SIGN_OFF_PAGE = "signoff.json", "signoff.html"
# What file managers leave in any folder they show; nobody's work.
_FILE, _FOLDER = "a file", "another folder"
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
    if SIGN_OFF in theirs:
        msg = (
            f"{folder} holds a run that was reviewed or signed: see {SIGN_OFF_PAGE}. "
            "Expected a draft, which a new run may replace. Choose another folder with "
            "--out, or move this one away. Nothing was changed."
        )
        raise OutputError(msg)
    if theirs:
        msg = (
            f"{folder} holds what a new report would take away: {some(theirs)}. Expected "
            "only what the last report wrote there. Move these to another folder, or "
            "choose another one with --out. Nothing was changed."
        )
        raise OutputError(msg)


def not_of_the_run(folder: Path) -> list[str]:
    """Files of a folder that its manifest does not list, or that were changed since."""
    listed = listed_in(folder / MANIFEST)
    theirs = []
    for name, kind in _held(folder):
        if kind == _FOLDER:
            if not any(one.startswith(f"{name}/") for one in listed):
                theirs.append(f"{name}/")
        elif name not in listed and not (listed and name == MANIFEST):
            theirs.append(name)
        elif kind != _FILE or (
            name != MANIFEST and atomic.sha256(folder / name) != listed[name]
        ):
            theirs.append(f"{name} (changed since it was made)")
    return theirs


def files_of(folder: Path) -> dict[str, str]:
    """The hash of every file of a run by name, its sign-off left out."""
    return {
        name: atomic.sha256(folder / name)
        for name, kind in _held(folder)
        # Those of a folder within are not this run's sign-off.
        if kind == _FILE and name not in (SIGN_OFF, SIGN_OFF_PAGE)
    }


def changes(folder: Path, stated: Mapping[str, str]) -> list[str]:
    """What differs between a folder and the outputs its manifest states."""
    found = {name: sha for name, sha in files_of(folder).items() if name != MANIFEST}
    said = differences(stated, found, "in the folder", "than its manifest says")
    for name, kind in _held(folder):
        if kind == _FOLDER and any(one.startswith(f"{name}/") for one in stated):
            continue
        if kind != _FILE:
            said.append(f"{name}: {kind} in the folder, where a run has plain files alone")
    return said


def stated_differences(
    stated: Mapping[str, Any], found: Mapping[str, Any], without: Container[str] = ()
) -> list[str]:
    """What a manifest says otherwise than the same run says here, entry by entry."""
    said = []
    for name in [*found, *(name for name in stated if name not in found)]:
        if name in without:
            continue
        if name not in stated:
            said.append(f"{MANIFEST}: {name} is missing")
        elif name not in found:
            said.append(f"{MANIFEST}: {name} is no entry of a manifest")
        # By its text: 1 is not true there, nor 1.0.
        elif json.dumps(stated[name]) != json.dumps(found[name]):
            said.append(f"{MANIFEST}: {name} is another than the same run says here")
    return said


def _held(folder: Path) -> Iterator[tuple[str, str]]:
    """Everything in a folder, by its path there, and what it is; no link is followed."""
    for place, folders, files in os.walk(folder):
        folders.sort()
        for name in sorted([*folders, *files]):
            path = Path(place, name)
            kind = _kind(path.lstat().st_mode)
            if kind != _FILE or name not in _LITTER:
                yield path.relative_to(folder).as_posix(), kind


def _kind(mode: int) -> str:
    if stat.S_ISLNK(mode):
        return "a link"
    if stat.S_ISDIR(mode):
        return _FOLDER
    return _FILE if stat.S_ISREG(mode) else "no file"


def differences(
    before: Mapping[str, str], now: Mapping[str, str], where: str, against: str
) -> list[str]:
    """Names whose hashes differ or that only one side has, in words."""
    said = []
    for name in sorted(set(before) | set(now)):
        if name not in now:
            said.append(f"{name}: missing {where}")
        elif name not in before:
            said.append(f"{name}: {where} only")
        elif before[name] != now[name]:
            said.append(f"{name}: another {where} {against}")
    return said


def listed_in(manifest: Path) -> Mapping[str, str]:
    """The hash of every file a run wrote, by its manifest; none where it cannot be read."""
    try:
        outputs = kept_json(manifest)["outputs"]
    except (OSError, ValueError, KeyError, TypeError):
        return {}
    return outputs if isinstance(outputs, dict) else {}
