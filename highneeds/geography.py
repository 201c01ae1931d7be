"""Authorities, regions and England: names, codes, reorganisations and neighbours.

The three-digit DfE code is the key, because it is the only code that is stable across
published files. A user may write a name, an alias, a DfE code or an ONS code.
"""

from __future__ import annotations

import copy
import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cache, cached_property

import pandas as pd

from highneeds import home
from highneeds.errors import UsageError, some
from highneeds.names import councils_in, normalise, plain_code, printed
from highneeds.words import nearest

ENGLAND_CODE = "E92000001"
# What concerns every area has this where the code of one would stand.
EVERY_AREA = "all"
_CENSUS_MONTH, _CENSUS_DAY = 1, 15
_NO_COUNCIL = ("england", "region")
# Every council is like another that ends on "city council": stricter than of other names.
_MOST_NEAR, _ALIKE = 5, 0.6


def slug(text: str, longest: int = 40) -> str:
    """A text as part of a folder's name: lower case, letters and digits, hyphens."""
    words = re.sub(r"[^a-z0-9]+", "-", text.lower())
    return words.strip("-")[:longest].rstrip("-")


@dataclass(frozen=True)
class Area:
    """England, a region or a local authority."""

    la_code: str
    name: str
    level: str
    region_code: str = ""
    region_name: str = ""
    ons_code: str = ""
    kind: str = ""
    first_date: date = date.min
    last_date: date = date.max

    @property
    def abolished(self) -> bool:
        """Whether a reorganisation ended this authority."""
        return self.last_date != date.max

    def existed_on(self, day: date) -> bool:
        """Whether the area existed on `day`."""
        return self.first_date <= day <= self.last_date

    @property
    def dated(self) -> str:
        """Name and code, with the year it ended if it did, so that nobody is misled."""
        ended = f", abolished {self.last_date.year}" if self.abolished else ""
        return f"{self.name} ({self.la_code}{ended})"

    @property
    def slug(self) -> str:
        """Short name for folders: code and name in lower case, letters and digits only."""
        return slug(f"{self.la_code} {self.name}", longest=60)

    def __str__(self) -> str:
        return f"{self.name} ({self.la_code})"


@dataclass(frozen=True)
class CodeChange:
    """One reorganisation step: a predecessor, a successor, and what passed between them."""

    effective_date: date
    change_type: str
    predecessor: str
    successor: str
    note: str


@dataclass(frozen=True)
class ComparableArea:
    """An outline that reorganisations left whole, and the authorities that covered it.

    ``generations`` are their codes, oldest first; no generation is ever split between
    areas. The key is made of codes but is not one.
    """

    key: str
    name: str
    generations: tuple[tuple[str, ...], ...]

    @property
    def la_codes(self) -> frozenset[str]:
        """Every authority that ever covered part of the area."""
        return frozenset(code for codes in self.generations for code in codes)

    def __str__(self) -> str:
        return f"{self.key} ({self.name})"


class Geography:
    """Look-ups over the embedded tables of areas.

    Parameters
    ----------
    authorities, aliases, changes, neighbours : DataFrame of text
        The tables written by ``sources.areas``; see `Geography.load` for the embedded ones.
    """

    def __init__(
        self,
        authorities: pd.DataFrame,
        aliases: pd.DataFrame,
        changes: pd.DataFrame,
        neighbours: pd.DataFrame,
    ) -> None:
        self.areas: dict[str, Area] = {
            row["la_code"]: _area(row) for row in _records(authorities)
        }
        self.changes = tuple(
            CodeChange(
                date.fromisoformat(row["effective_date"]),
                row["change_type"],
                row["predecessor_la_code"],
                row["successor_la_code"],
                row["note"],
            )
            for row in _records(changes)
        )
        self._codes = {code.lower(): code for code in self.areas}
        self._names: dict[str, set[str]] = defaultdict(set)
        for area in self.areas.values():
            self._names[normalise(area.name)].add(area.la_code)
        for row in _records(aliases):
            if row["kind"] == "code":
                self._codes[row["alias"].lower()] = row["la_code"]
            else:
                self._names[normalise(row["alias"])].add(row["la_code"])
        self._aliases = tuple(aliases.itertuples(index=False, name=None))
        self._neighbours: dict[str, tuple[str, ...]] = {
            str(code): tuple(group["neighbour_la_code"])
            for code, group in neighbours.groupby("la_code", sort=False)
        }

    @classmethod
    def load(cls) -> Geography:
        """The embedded geography (read once, shared)."""
        return _embedded_geography()

    @property
    def england(self) -> Area:
        """England."""
        return self.areas[ENGLAND_CODE]

    def __getitem__(self, la_code: str) -> Area:
        return self.areas[la_code]

    def find(self, text: str) -> Area:
        """The area a person means by a name, alias, DfE code, ONS code or region.

        An authority in being is preferred to an abolished one of the same name.

        Raises
        ------
        UsageError
            Unknown or ambiguous; names the nearest areas and never picks one.
        """
        wanted = str(text).strip()
        code = self._codes.get(plain_code(wanted).lower()) or self._printed(wanted)
        if code:
            return self.areas[code]
        key = normalise(wanted)
        found = self._named(key) or self._governed(key)
        if len(found) == 1:
            return found[0]
        msg = (
            f"No area is called {wanted!r}. {self._nearest(key)} Give a name, an alias, a "
            "three-digit DfE code, an ONS code, a region or England."
        )
        raise UsageError(msg)

    def _printed(self, text: str) -> str | None:
        """The code of an area written as this package prints it: ``Kent (886)``."""
        name, short = printed(text) or ("", "")
        code = self._codes.get(short.lower())
        # Another's name beside a code: which of the two is meant cannot be told.
        return code if code and code in self._names.get(normalise(name), ()) else None

    def _named(self, key: str) -> list[Area]:
        found = [self.areas[code] for code in sorted(self._names.get(key, ()))]
        if len(found) > 1:
            found = [area for area in found if not area.abolished] or found
        return found

    def _governed(self, key: str) -> list[Area]:
        """The authorities that a council's own name means: ``kent county council``."""
        for council in councils_in(key):
            known = [self.areas[code] for code in sorted(self._names.get(council.area, ()))]
            found = [
                area
                for area in known
                if area.level not in _NO_COUNCIL and council.may_be(area.la_code, area.kind)
            ]
            if "county" in council.kinds:
                # One that is not called so gives way to the one that was.
                found = [area for area in found if area.kind == "county"] or found
            elif council.certain:
                found = [area for area in found if not area.abolished] or found
            if found:
                return found
        return []

    def from_ons(self, ons_code: str) -> Area:
        """The area of an ONS code, old or new.

        Raises
        ------
        UsageError
            The code is not known.
        """
        code = self._codes.get(ons_code.strip().lower())
        if code is None:
            msg = (
                f"Unknown ONS code {ons_code!r}. Expected a code of an English region or "
                "upper-tier authority. If it is new, add it to the code changes."
            )
            raise UsageError(msg)
        return self.areas[code]

    def from_name(self, name: str, day: date | None = None) -> Area:
        """The authority a published name means, on a given day where names were reused.

        Raises
        ------
        UsageError
            Unknown, or ambiguous without a day.
        """
        codes = self._names.get(normalise(name), set())
        found = [self.areas[code] for code in sorted(codes)]
        if day is not None and len(found) > 1:
            found = [area for area in found if area.existed_on(day)]
        if len(found) != 1:
            return self.find(name)
        return found[0]

    def authorities(self, january: int | None = None) -> list[Area]:
        """Authorities by code: those at the January census of a year, or all ever known."""
        found = [area for area in self.areas.values() if area.level == "la"]
        if january is not None:
            day = date(january, _CENSUS_MONTH, _CENSUS_DAY)
            found = [area for area in found if area.existed_on(day)]
        return sorted(found, key=lambda area: area.la_code)

    def regions(self) -> list[Area]:
        """The nine regions (not Inner and Outer London)."""
        return [
            area
            for area in self.areas.values()
            if area.level == "region" and area.la_code.startswith("E12")
        ]

    def members(self, region_code: str, january: int | None = None) -> list[Area]:
        """Authorities of a region, or all of England's for the England code."""
        return [
            area
            for area in self.authorities(january)
            if region_code in (area.region_code, ENGLAND_CODE)
        ]

    def neighbours(self, la_code: str) -> tuple[Area, ...]:
        """Statistical neighbours, closest first; empty where none are published."""
        return tuple(self.areas[code] for code in self._neighbours.get(la_code, ()))

    @cached_property
    def comparable_areas(self) -> tuple[ComparableArea, ...]:
        """The smallest areas whose outline every change of codes so far left whole."""
        outlines: list[set[str]] = []
        for change in self.changes:
            if change.predecessor != change.successor:
                touched = {change.predecessor, change.successor}
                apart = [codes for codes in outlines if not codes & touched]
                joined = touched.union(*(codes for codes in outlines if codes & touched))
                outlines = [*apart, joined]
        return tuple(sorted((self._comparable(codes) for codes in outlines), key=str))

    def comparable(self, la_code: str) -> ComparableArea | None:
        """The comparable area an authority is or was part of, if it ever changed."""
        return next((a for a in self.comparable_areas if la_code in a.la_codes), None)

    def _comparable(self, la_codes: set[str]) -> ComparableArea:
        days = {
            c.effective_date
            for c in self.changes
            if {c.predecessor, c.successor} <= la_codes
        }
        generations: dict[tuple[str, ...], None] = {}
        for day in sorted({date.min, *days}):
            generations[
                tuple(code for code in sorted(la_codes) if self.areas[code].existed_on(day))
            ] = None
        ordered = tuple(generations)
        # One code alone would look like a published one.
        several = [codes for codes in ordered if len(codes) > 1]
        newest = several[-1] if several else sorted(la_codes)
        *names, last = [self.areas[code].name for code in ordered[0]]
        name = f"{', '.join(names)} and {last}" if names else last
        return ComparableArea("+".join(newest), f"{name} area", ordered)

    def changes_of(self, la_code: str) -> tuple[CodeChange, ...]:
        """Changes of code in which an authority began, ended or lost or gained an area."""
        return tuple(
            change
            for change in self.changes
            if la_code in (change.predecessor, change.successor)
            and change.predecessor != change.successor
        )

    def namesakes(self, area: Area) -> tuple[Area, ...]:
        """Other areas that are or were called the same."""
        codes = self._names[normalise(area.name)] - {area.la_code}
        return tuple(self.areas[code] for code in sorted(codes))

    def with_areas(self, extra: Iterable[Area]) -> Geography:
        """A copy that can also be asked for areas nobody publishes, by key or by name."""
        known = copy.copy(self)
        known.areas, known._codes = dict(self.areas), dict(self._codes)
        known._names = defaultdict(set, {name: set(c) for name, c in self._names.items()})
        for area in extra:
            known.areas[area.la_code] = area
            known._codes[area.la_code.lower()] = area.la_code
            known._names[normalise(area.name)].add(area.la_code)
        return known

    def aliases(self, la_code: str) -> tuple[list[str], list[str]]:
        """Other codes and other names under which an area is published or spoken of."""
        mine = [(alias, kind) for alias, kind, code in self._aliases if code == la_code]
        codes = sorted(
            {self.areas[la_code].ons_code, *(a for a, kind in mine if kind == "code")}
        )
        return [code for code in codes if code], [a for a, kind in mine if kind == "name"]

    def predecessors(self, la_code: str) -> tuple[Area, ...]:
        """Authorities of another code whose area passed, whole or in part, to this one."""
        changes = self.changes_of(la_code)
        return self._linked(c.predecessor for c in changes if c.successor == la_code)

    def successors(self, la_code: str) -> tuple[Area, ...]:
        """Authorities with another code that took over this area, whole or in part."""
        changes = self.changes_of(la_code)
        return self._linked(c.successor for c in changes if c.predecessor == la_code)

    def _linked(self, codes: Iterable[str]) -> tuple[Area, ...]:
        return tuple(self.areas[code] for code in dict.fromkeys(codes))

    def _nearest(self, key: str) -> str:
        close: list[str] = []
        for one in [council.area for council in councils_in(key)] or [key]:
            close += [name for name in self._names if one and one in name]
            close += nearest(one, self._names, _MOST_NEAR, _ALIKE)
        codes: dict[str, None] = {}
        for name in close:
            codes.update(dict.fromkeys(sorted(self._names[name])))
        if not codes:
            return "No known name is near it."
        return f"Nearest: {some([self.areas[code].dated for code in codes], _MOST_NEAR)}."


@cache
def _embedded_geography() -> Geography:
    folder = home.tables_dir()
    names = ("authorities", "aliases", "code_changes", "neighbours")
    return Geography(*(home.read_table(folder / f"{name}.csv") for name in names))


def _records(table: pd.DataFrame) -> list[dict[str, str]]:
    """Rows of a table of text."""
    return table.to_dict("records")  # type: ignore[return-value]


def _area(row: dict[str, str]) -> Area:
    first, last = row["first_date"], row["last_date"]
    return Area(
        **{name: row[name] for name in _TEXT_FIELDS},
        first_date=date.fromisoformat(first) if first else date.min,
        last_date=date.fromisoformat(last) if last else date.max,
    )


_TEXT_FIELDS = (
    *("la_code", "name", "level"),
    *("region_code", "region_name", "ons_code", "kind"),
)
