"""Assumptions: a low, a central and a high value, each with unit, source and evidence.

The low and high values are read as the points with a tenth of the futures beyond them;
draws come from two half-normals that meet at the central value.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from highneeds import home
from highneeds.errors import AssumptionError
from highneeds.files import Settings, read_toml
from highneeds.scenario.streams import NATIONAL, normals
from highneeds.words import faults_of, hint, plural

# The standard normal value with a tenth of the distribution beyond it.
_TENTH = 1.2815515655446004

# Set with the defaults and no part of what a scenario says.
LIMITS = ("minimum", "maximum", "scope", "first_year", "last_year")

Evidence = Literal["S", "D", "M"]
EVIDENCE_WORDS = {
    "S": "stated in a published source",
    "D": "computed from published figures",
    "M": "assumption without a verified source",
}


class Estimate(BaseModel):
    """One assumption. ``scope`` says whether all areas share a draw or each has its own.

    A growth worked out from two totals says in ``covers`` and ``covers_before`` what each
    of them counts.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)

    title: str
    low: float
    central: float
    high: float
    unit: str
    minimum: float
    maximum: float
    source: str = ""
    date: str = ""
    evidence: Evidence
    owner: str = ""
    note: str = ""
    covers: str = ""
    covers_before: str = ""
    scope: Literal["national", "local"] = "national"
    # The calendar years it holds in, as "2026"; every year when left out.
    first_year: str = Field(default="", pattern=r"^([0-9]{4})?$")
    last_year: str = Field(default="", pattern=r"^([0-9]{4})?$")

    @model_validator(mode="after")
    def _in_order(self) -> Estimate:
        if not self.low <= self.central <= self.high:
            msg = (
                f"low {self.low:g}, central {self.central:g}, high {self.high:g} are not "
                "in order"
            )
            raise ValueError(msg)
        if self.low < self.minimum or self.high > self.maximum:
            msg = (
                f"low {self.low:g} to high {self.high:g} goes outside the allowed range "
                f"{self.minimum:g} to {self.maximum:g} ({self.unit})"
            )
            raise ValueError(msg)
        if self.evidence != "M" and not self.source:
            msg = f"evidence {self.evidence} needs a source; M is for one not verified"
            raise ValueError(msg)
        return self

    def holds_in(self, year: int) -> bool:
        """Whether it acts in a calendar year."""
        begun = not self.first_year or int(self.first_year) <= year
        return begun and (not self.last_year or year <= int(self.last_year))

    @property
    def sourced(self) -> bool:
        """Whether a published source stands behind the value."""
        return self.evidence != "M"

    def draw(
        self, name: str, *, seed: int, draws: int, area: str = NATIONAL, first: int = 0
    ) -> np.ndarray:
        """Draw the assumption once per future.

        Returns
        -------
        ndarray, shape (draws,)
            Within the allowed range; the median is the central value.
        """
        key = NATIONAL if self.scope == "national" else area
        return self.at(normals(name, key, seed=seed, rows=1, draws=draws, first=first)[0])

    def at(self, z: np.ndarray) -> np.ndarray:
        """The value where a standard normal number is `z`; the central one at 0."""
        below, above = self.central - self.low, self.high - self.central
        value = self.central + z / _TENTH * np.where(z < 0, below, above)
        return np.clip(value, self.minimum, self.maximum)


class Assumptions(Mapping[str, Estimate]):
    """Every assumption by name; nothing is edited in place."""

    def __init__(self, estimates: Mapping[str, Estimate]) -> None:
        self._estimates = dict(estimates)

    def __getitem__(self, name: str) -> Estimate:
        if name not in self._estimates:
            raise AssumptionError(_unknown(name, self._estimates, "the assumptions"))
        return self._estimates[name]

    def __contains__(self, name: object) -> bool:
        return name in self._estimates

    def __iter__(self) -> Iterator[str]:
        return iter(self._estimates)

    def __len__(self) -> int:
        return len(self._estimates)

    def replaced(self, changes: Mapping[str, Mapping[str, Any]], where: str) -> Assumptions:
        """These assumptions with some values changed, as a scenario does.

        Raises
        ------
        AssumptionError
            Unknown names or values out of range, all reported at once.
        """
        changed, faults = dict(self._estimates), []
        for name, values in changes.items():
            if name not in self._estimates:
                faults.append(_unknown(name, self._estimates, where))
                continue
            before = self._estimates[name].model_dump()
            try:
                changed[name] = Estimate.model_validate({**before, **_as_floats(values)})
            except ValidationError as error:
                faults += _faults(error, where, name)
        if faults:
            raise AssumptionError(_several(faults))
        return Assumptions(changed)


def load_assumptions(folder: Path | None = None) -> Assumptions:
    """Read every default from ``data/assumptions/*.toml``.

    Raises
    ------
    AssumptionError
        Any file with an unknown key, a value out of order or out of range, or a name twice.
    """
    folder = folder or home.data_dir() / "assumptions"
    found: dict[str, Estimate] = {}
    faults: list[str] = []
    for path in sorted(folder.glob("*.toml")):
        for name, values in read_values(path).tables.items():
            if name in found:
                faults.append(f"{path.name}: {name} is already given in another file.")
                continue
            try:
                found[name] = Estimate.model_validate(_as_floats(values))
            except ValidationError as error:
                faults += _faults(error, path.name, name)
    if faults:
        raise AssumptionError(_several(faults))
    if not found:
        msg = f"No assumptions (*.toml) in {folder}. Install the package again."
        raise AssumptionError(msg)
    return Assumptions(found)


def defaults_beside(assumptions: Assumptions) -> Assumptions:
    """The defaults, to set these assumptions against in the same futures.

    What is held at one value is set against the default's central one, so that a case in
    which nothing is uncertain is set against one in which nothing is.
    """
    found = dict(default_assumptions())
    for name, estimate in found.items():
        if name in assumptions and assumptions[name].low == assumptions[name].high:
            middle = {"low": estimate.central, "high": estimate.central}
            found[name] = estimate.model_copy(update=middle)
    return Assumptions(found)


def default_assumptions() -> Assumptions:
    """The defaults, read once."""
    return _read_once(home.data_dir() / "assumptions")


@cache
def _read_once(folder: Path) -> Assumptions:
    return load_assumptions(folder)


def read_values(path: Path) -> Settings:
    """Read a file of assumptions or of a scenario.

    Raises
    ------
    AssumptionError
        The file is missing, empty, or not TOML; names the line.
    """
    found = read_toml(path, "a scenario (.toml)", AssumptionError)
    if not found.tables:
        msg = f"{path.name} is empty. Expected at least one table; see data/scenarios/."
        raise AssumptionError(msg)
    return found


def _as_floats(values: Mapping[str, Any]) -> dict[str, Any]:
    """Whole numbers are fine where a decimal is expected; true and false are not."""
    return {
        key: float(value) if type(value) is int else value for key, value in values.items()
    }


def _unknown(name: str, known: Mapping[str, object], where: str) -> str:
    near = hint(name, known) or "; see data/assumptions/ for the names"
    return f"{where}: there is no assumption {name!r}{near}."


def _faults(error: ValidationError, where: str, name: str) -> list[str]:
    return faults_of(error, where, list(Estimate.model_fields), name)


def _several(faults: list[str]) -> str:
    return f"{plural(len(faults), 'fault')} in the assumptions. {' '.join(faults)}"
