"""A proposed reorganisation: new areas, each made of whole authorities in being.

The file is TOML::

    name = "Two councils for one county"
    effective = "2027-04-01"

    [[areas]]
    name = "North Westshire"
    made_of = ["Northtown", "Westshire"]

An authority cannot be split, because its figures are published for the whole of it only.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from highneeds.bounds import plain_name
from highneeds.errors import AssumptionError, UsageError
from highneeds.files import read_toml
from highneeds.geography import Area, Geography
from highneeds.panel.harmonise import Whole
from highneeds.words import hint, plural

_FILE_KEYS = ("name", "effective", "areas")
_AREA_KEYS = ("name", "made_of")
_FEWEST_AUTHORITIES = 2


@dataclass(frozen=True)
class ProposedArea:
    """A new area and the authorities it would be made of."""

    name: str
    made_of: tuple[Area, ...]

    @property
    def key(self) -> str:
        """What stands for a code; no published code looks like it."""
        return "new-" + "+".join(sorted(area.la_code for area in self.made_of))


@dataclass(frozen=True)
class Reorganisation:
    """New areas from a day on. Authorities not named in it stay as they are."""

    name: str
    effective: date
    areas: tuple[ProposedArea, ...]
    # What to tell whoever gave the file: how it was read.
    notes: tuple[str, ...] = ()

    @classmethod
    def load(cls, path: str | Path, geography: Geography | None = None) -> Reorganisation:
        """Read a reorganisation file.

        Raises
        ------
        AssumptionError
            The file is missing or not TOML; a key is missing, unknown or of the wrong kind;
            an authority is unknown, abolished, not an authority, or used twice. Every fault
            is reported, with the file and the key.
        """
        path = Path(path)
        reader = _Reader(path.name, geography or Geography.load(), [])
        read = read_toml(path, "a reorganisation (.toml)", AssumptionError)
        content = read.tables
        areas = tuple(reader.areas(content.get("areas")))
        name = reader.text(content, "name", "name")
        effective = reader.day(content.get("effective"))
        reader.unknown_keys(content, _FILE_KEYS, "")
        if reader.faults:
            msg = f"{plural(len(reader.faults), 'fault')}. {' '.join(reader.faults)}"
            raise AssumptionError(msg)
        return cls(name, effective, areas, read.notes)


def whole_of(geography: Geography, proposed: ProposedArea, effective: date) -> Whole:
    """The new area; where it takes in every heir of an authority, that one's past, too."""
    codes = {area.la_code for area in proposed.made_of}
    parts: dict[tuple[tuple[str, ...], ...], None] = {}
    for code in sorted(codes):
        comparable = geography.comparable(code)
        whole = comparable is not None and codes.issuperset(comparable.generations[-1])
        parts[comparable.generations if comparable and whole else ((code,),)] = None
    regions = {(area.region_code, area.region_name) for area in proposed.made_of}
    region = regions.pop() if len(regions) == 1 else ("", "")
    kind = f"proposed from {effective}"
    area = Area(proposed.key, proposed.name, "proposed", *region, kind=kind)
    return Whole(area, tuple(parts))


@dataclass
class _Reader:
    """Collects what is wrong with one file, so that all of it is reported at once."""

    file: str
    geography: Geography
    faults: list[str]

    def fault(self, key: str, what: str) -> None:
        self.faults.append(f"{self.file}: {key}: {what}")

    def text(self, content: Mapping[str, Any], name: str, key: str) -> str:
        found = content.get(name)
        if not isinstance(found, str) or not found.strip():
            self.fault(key, f"expected a name in quotes, found {found!r}.")
            return ""
        try:
            return plain_name(found.strip())
        except ValueError as error:
            self.fault(key, f"{error}.")
            return ""

    def day(self, found: object) -> date:
        try:
            return date.fromisoformat(str(found))
        except ValueError:
            self.fault("effective", f'expected a day like "2027-04-01", found {found!r}.')
            return date.max

    def unknown_keys(
        self, content: Mapping[str, Any], known: tuple[str, ...], at: str
    ) -> None:
        for key in content:
            if key not in known:
                near = hint(key, known) or f"; expected {', '.join(known)}"
                self.fault(f"{at}{key}", f"there is no such key{near}.")

    def areas(self, found: object) -> Iterator[ProposedArea]:
        if not isinstance(found, list) or not found:
            self.fault("areas", "expected at least one [[areas]] table.")
            return
        taken: dict[str, str] = {}
        names: set[str] = set()
        for place, content in enumerate(found):
            at = f"areas.{place}"
            if not isinstance(content, dict):
                self.fault(at, "expected a table with name and made_of.")
                continue
            self.unknown_keys(content, _AREA_KEYS, f"{at}.")
            name = self.text(content, "name", f"{at}.name")
            self._check_name(name, f"{at}.name", names)
            names.add(name)
            yield ProposedArea(name, tuple(self._members(content, at, name, taken)))

    def _check_name(self, name: str, key: str, names: set[str]) -> None:
        if name in names:
            self.fault(key, f"{name!r} is the name of two areas.")
            return
        try:
            namesake = self.geography.find(name)
        except UsageError:
            return
        self.fault(
            key,
            f"{name!r} already means {namesake}. Give another name, such as "
            f"'{name} (proposed)'.",
        )

    def _members(
        self, content: Mapping[str, Any], at: str, name: str, taken: dict[str, str]
    ) -> Iterator[Area]:
        found = content.get("made_of")
        if not isinstance(found, list) or len(found) < _FEWEST_AUTHORITIES:
            self.fault(
                f"{at}.made_of",
                f"expected a list of at least {_FEWEST_AUTHORITIES} whole authorities, "
                f"found {found!r}. Leave out authorities that do not change.",
            )
            return
        for place, text in enumerate(found):
            key = f"{at}.made_of.{place}"
            area = self._authority(text, key)
            if area is None:
                continue
            if area.la_code in taken:
                self.fault(
                    key,
                    f"{area} is already in {taken[area.la_code]!r}. An authority cannot be "
                    "split or used twice: its figures are published for the whole of it.",
                )
                continue
            taken[area.la_code] = name
            yield area

    def _authority(self, text: object, key: str) -> Area | None:
        try:
            area = self.geography.find(str(text))
        except UsageError as error:
            whole = "Areas are made of whole authorities that run children's services."
            self.fault(key, f"{error} {whole}")
            return None
        if area.level != "la":
            self.fault(key, f"{area} is not an authority. Name its authorities one by one.")
            return None
        if area.abolished:
            heirs = ", ".join(str(heir) for heir in self.geography.successors(area.la_code))
            self.fault(key, f"{area} was abolished on {area.last_date}; it is now {heirs}.")
            return None
        return area
