"""Reads a file of an authority's own figures, whole or not at all."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from highneeds import atomic
from highneeds.errors import MOST_SHOWN, OwnFiguresError, SourceError, some
from highneeds.file_forms import WORKBOOK, has_macros
from highneeds.files import Content, content_of
from highneeds.geography import Area
from highneeds.own.checks import Taker, area_of, by_area
from highneeds.own.entries import Entry, Fault, Given, from_csv, from_toml
from highneeds.own.figures import OwnFigures
from highneeds.own.filled import from_workbook
from highneeds.own.parts import at_odds
from highneeds.own.persons import require_no_persons
from highneeds.own.plausible import doubtful, implausible
from highneeds.panel.panel import Panel
from highneeds.panel.vintage import vintage
from highneeds.sources.workbook_child import sheets_of
from highneeds.words import plural

_ENDINGS = (".csv", ".toml", ".xlsx", ".ods")


@dataclass(frozen=True)
class Checked:
    """What a file was found to hold: figures by authority, faults, and what to tell."""

    file_name: str
    owns: tuple[OwnFigures, ...]
    faults: tuple[Fault, ...]
    notes: tuple[str, ...] = ()


def check_own(path: Path, panel: Panel, area: str | Area | None = None) -> Checked:
    """Look at a file of own figures and name everything that is wrong with it.

    Parameters
    ----------
    path : Path
        CSV, TOML or the filled template (.xlsx).
    area : str or Area, optional
        Whose figures are meant, where the file does not say or has several authorities.

    Raises
    ------
    OwnFiguresError
        It cannot be read at all; see `read_own`.
    """
    path = Path(path)
    given = _given(path)
    digest = atomic.sha256(path)
    faults, notes = list(given.faults), list(given.notes)
    wanted = None if area is None else panel.area(area)
    taker = Taker(vintage(panel), faults, notes)
    grouped: dict[str, tuple[Area, list[Entry]]] = {}
    for name, entries in by_area(given.entries) if given.entries else [("", [])]:
        found = _whose(name, entries, given, wanted, panel, faults)
        if found is None:
            # Whoever they are of: what else is wrong with them is said, too.
            taker.take(entries)
        else:
            grouped.setdefault(found.la_code, (found, []))[1].extend(entries)
    owns = []
    for found, entries in grouped.values():
        figures = taker.take(entries)
        faults += implausible(panel, found, figures)
        faults += at_odds(figures)
        notes += doubtful(panel, found, figures)
        if wanted is None or found.la_code == wanted.la_code:
            owns.append(OwnFigures(found, figures, path.name, digest))
    faults.sort(key=lambda fault: _in_order(fault.where))
    return Checked(path.name, tuple(owns), tuple(faults), tuple(notes))


def read_own(path: Path, panel: Panel, area: str | Area | None = None) -> OwnFigures:
    """The figures that a file gives of one authority.

    Parameters
    ----------
    path : Path
        CSV, TOML or the filled template (.xlsx).
    area : str or Area, optional
        As for `check_own`.

    Raises
    ------
    OwnFiguresError
        Anything is wrong with the file; names the first faults and counts the rest. Or it
        has figures of several authorities, and `area` is not given.
    """
    checked = check_own(path, panel, area)
    _require_faultless([checked])
    if len(checked.owns) != 1:
        names = some([own.area for own in checked.owns]) or "none"
        msg = (
            f"{checked.file_name} has figures of {len(checked.owns)} authorities, {names}. "
            "Expected one. Give the area that is meant, or the file to `batch`."
        )
        raise OwnFiguresError(msg)
    return checked.owns[0]


def read_many(path: Path, panel: Panel) -> dict[str, OwnFigures]:
    """The figures of each authority, by code: of a folder of files, or of one file.

    Raises
    ------
    OwnFiguresError
        As for `read_own`; or two files are of one authority, or the folder has none.
    """
    path = Path(path)
    files = [path]
    if path.is_dir():
        files = sorted(
            one
            for one in path.iterdir()
            if one.suffix.lower() in _ENDINGS and not one.name.startswith((".", "~$"))
        )
        if not files:
            msg = f"{path} holds no file of own figures. Expected {some(_ENDINGS)}."
            raise OwnFiguresError(msg)
    found = [check_own(one, panel) for one in files]
    _require_faultless(found)
    owns: dict[str, OwnFigures] = {}
    for own in (own for one in found for own in one.owns):
        other = owns.setdefault(own.area.la_code, own)
        if other is not own:
            msg = (
                f"{own.area} is in two files, {other.file_name} and {own.file_name}. "
                "Keep one of them in the folder."
            )
            raise OwnFiguresError(msg)
    return owns


def _given(path: Path) -> Given:
    content = content_of(path, OwnFiguresError)
    if content.form is WORKBOOK:
        return _of_workbook(content)
    if path.suffix.lower() == ".toml":
        return from_toml(content)
    return from_csv(content)


def _of_workbook(content: Content) -> Given:
    """Entries of a workbook, opened in a process of its own."""
    if has_macros(content.data):
        msg = (
            f"{content.name} holds macros, and is not opened. Save it as an Excel workbook "
            "without macros (.xlsx)."
        )
        raise OwnFiguresError(msg)
    remedy = "Fill a new template (`highneeds inputs template AREA`), or give CSV."
    try:
        sheets = sheets_of(content.data, content.name, remedy, marked=True)
    except SourceError as error:
        raise OwnFiguresError(str(error)) from None
    require_no_persons(
        content.name, [(f"sheet {name!r}", rows) for name, rows in sheets.items()]
    )
    return from_workbook(sheets, content.name)


def _whose(
    name: str,
    entries: Iterable[Entry],
    given: Given,
    wanted: Area | None,
    panel: Panel,
    faults: list[Fault],
) -> Area | None:
    """The authority that some entries are of, or a fault that says why there is none."""
    first = next(iter(entries), None)
    where = first.place("area") if name and first else given.area_at
    said = name or given.area
    if not said:
        if wanted is None:
            what = (
                "the file does not say whose figures these are. Give the name of the "
                "authority"
            )
            faults.append(Fault(where, what))
        return wanted
    found = area_of(said, where, panel.geography, faults)
    alone = not name or not given.area
    if name and given.area and found is not None:
        whole = area_of(given.area, given.area_at, panel.geography, [])
        alone = whole is not None and whole.la_code == found.la_code
        if not alone:
            what = f"{found.name} is not {given.area!r}, whose figures the file says it has"
            faults.append(Fault(where, what))
            return None
    if found and wanted and not name and found.la_code != wanted.la_code:
        what = f"these are figures of {found}, not of {wanted}"
        faults.append(Fault(where, what))
        return None
    return found


def _in_order(where: str) -> list[tuple[int, str]]:
    """Line 9 before line 12: numbers in a text as numbers."""
    parts = re.split(r"([0-9]+)", where)
    return [(int(part), "") if part.isdecimal() else (0, part) for part in parts]


def _require_faultless(found: Iterable[Checked]) -> None:
    """Refuse files with any fault: the first few in words, then a count."""
    wrong: Mapping[str, tuple[Fault, ...]] = {
        one.file_name: one.faults for one in found if one.faults
    }
    if not wrong:
        return
    sentences = [f"{name}: {fault}" for name, faults in wrong.items() for fault in faults]
    more = len(sentences) - MOST_SHOWN
    rest = f" And {more} more." if more > 0 else ""
    msg = (
        f"{plural(len(sentences), 'fault')} in own figures. "
        f"{' '.join(sentences[:MOST_SHOWN])}"
        f"{rest} `highneeds inputs check FILE` lists all of them."
    )
    raise OwnFiguresError(msg)
