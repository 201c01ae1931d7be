"""Scenario: a reviewable file of what is assumed and which policies are switched on."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from highneeds import home
from highneeds.errors import AssumptionError, some
from highneeds.files import Settings
from highneeds.geography import Area
from highneeds.model.assumptions import (
    Assumptions,
    load_assumptions,
    read_values,
)
from highneeds.model.levers import (
    DatedPath,
    FinancialLabel,
    Gbp,
    GbpFromZero,
    Measure,
    Name,
    Note,
    OneOff,
)
from highneeds.model.scenario_rules import check_limits_kept, check_scenario
from highneeds.periods import FinancialYear
from highneeds.policy import policy
from highneeds.words import faults_of

_LEVERS = ("measures", "one_offs", "paths")
_STRICT = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


def _year_of(fact: str) -> str:
    """The financial year that the day of a policy lies in."""
    return FinancialYear.of(policy(fact).day).label


class StabilityGrant(BaseModel):
    """The High Needs Stability Grant of the explanatory note of 9 February 2026.

    ``share`` of the high needs deficit at the end of ``deficit_at`` is paid in ``paid_in``,
    on an approved local SEND reform plan; it can only reduce a deficit. Switched on, it is
    counted in the balance; else it is drawn beside it. ``high_needs_balances_gbp`` holds
    authorities' own figures of that day by name or DfE code, a deficit negative; without
    one the rule is worked on the balance of all blocks.
    """

    model_config = _STRICT

    switched_on: bool = False
    share: float = Field(default=0.9, ge=0, le=1)
    deficit_at: FinancialLabel = Field(
        default_factory=lambda: _year_of("stability_grant_counts")
    )
    paid_in: FinancialLabel = Field(
        default_factory=lambda: _year_of("stability_grant_paid")
    )
    high_needs_balances_gbp: dict[Name, Gbp] = Field(default_factory=dict)

    def years(self) -> tuple[FinancialYear, FinancialYear]:
        """The year whose closing deficit counts, and the year of payment."""
        return FinancialYear.parse(self.deficit_at), FinancialYear.parse(self.paid_in)

    def own_balance(self, area: Area) -> float | None:
        """An authority's own high needs balance on the day that counts, £; None if none."""
        given = self.high_needs_balances_gbp
        return given.get(area.la_code, given.get(area.name))


class LaterDeficits(BaseModel):
    """What is covered of deficits that arise after the day the stability grant counts.

    ``share`` of what a year between ``starts`` and ``ends`` adds to the deficit is paid in
    that same year. Nothing is announced: a scenario says so or nothing is covered.
    """

    model_config = _STRICT

    share: float = Field(default=0.0, ge=0, le=1)
    starts: FinancialLabel = Field(default_factory=lambda: _year_of("stability_grant_paid"))
    ends: FinancialLabel = Field(default_factory=lambda: _year_of("override_ends"))

    @model_validator(mode="after")
    def _in_order(self) -> LaterDeficits:
        if FinancialYear.parse(self.ends) < FinancialYear.parse(self.starts):
            msg = f"ends {self.ends} is before starts {self.starts}"
            raise ValueError(msg)
        return self

    def of(self, year: FinancialYear) -> float:
        """The share that is covered of a year's deficit."""
        first, last = FinancialYear.parse(self.starts), FinancialYear.parse(self.ends)
        return self.share if first <= year <= last else 0.0


class Policies(BaseModel):
    """Dated policies a scenario can switch, change or move."""

    model_config = _STRICT

    stability_grant: StabilityGrant = Field(default_factory=StabilityGrant)
    later_deficits: LaterDeficits = Field(default_factory=LaterDeficits)
    # Pay what a Safety Valve agreement comes to evenly over its years, where its total and
    # its years are published and the authority states no payments of its own.
    spread_agreement: bool = False
    # The rule that keeps DSG deficits off the general fund. After this year no cumulative
    # figure is called an authority's deficit: a later one says that the rule goes on.
    override_ends: FinancialLabel = Field(default_factory=lambda: _year_of("override_ends"))
    # Whether pupils are turned away when state special places run out. The moves of the
    # record already hold today's shortage, so a trend only counts the shortfall.
    limit_special_places: bool = False
    # Reserves a council could use, for the chance of exceeding them, where the authority
    # states none of its own; none are published here.
    usable_reserves_gbp: GbpFromZero | None = None


class _ScenarioFile(BaseModel):
    model_config = _STRICT

    name: Name
    title: Name
    description: Note = ""
    author: Name = ""
    date: Name = ""
    approved_by: Name = ""
    extends: str = ""
    # Its measures are invented, to show how they are written.
    example: bool = False
    assumptions: dict[str, dict[str, Any]] = Field(default_factory=dict)
    policies: Policies = Policies()
    measures: list[Measure] = Field(default_factory=list)
    one_offs: list[OneOff] = Field(default_factory=list)
    paths: list[DatedPath] = Field(default_factory=list)


@dataclass(frozen=True)
class Scenario:
    """Assumptions and policies under one name; a value, never edited in place."""

    name: str
    title: str
    assumptions: Assumptions
    policies: Policies
    description: str = ""
    author: str = ""
    date: str = ""
    approved_by: str = ""
    # Where it was read from is no part of what it assumes.
    files: tuple[Path, ...] = field(default=(), compare=False)
    # What to tell whoever gave the files: how they were read.
    notes: tuple[str, ...] = field(default=(), compare=False)
    measures: tuple[Measure, ...] = ()
    one_offs: tuple[OneOff, ...] = ()
    paths: tuple[DatedPath, ...] = ()
    # Whether any of its measures is an example's, as it stands there.
    example: bool = False

    @classmethod
    def load(cls, name_or_path: str | Path = "trend") -> Scenario:
        """Read a shipped scenario by name, or a scenario file by path.

        A name may be written with blanks or hyphens: ``new specialist places``.

        Raises
        ------
        AssumptionError
            The file is missing or has unknown keys or values out of range; every fault is
            reported, with the file and the key.
        """
        path = scenario_path(name_or_path)
        chain = _chain(path)
        assumptions = load_assumptions()
        policies: dict[str, Any] = {}
        levers: dict[str, dict[str, Any]] = {key: {} for key in _LEVERS}
        invented: list[Measure] = []
        for file, read in chain:
            content = read.tables
            own = _validated(content, file.name)
            for key in _LEVERS:
                levers[key] |= {lever.name: lever for lever in getattr(own, key)}
            invented += own.measures if own.example else []
            changes = content.get("assumptions", {})
            check_limits_kept(changes, assumptions, file.name)
            assumptions = assumptions.replaced(changes, file.name)
            policies = _merged(policies, content.get("policies", {}))
        written = _validated({**chain[-1][1].tables, "policies": policies}, path.name)
        found = cls(
            name=written.name,
            title=written.title,
            assumptions=assumptions,
            policies=written.policies,
            description=written.description,
            author=written.author,
            date=written.date,
            approved_by=written.approved_by,
            files=tuple(file for file, _ in chain),
            notes=tuple(note for _, read in chain for note in read.notes),
            example=any(one in invented for one in levers["measures"].values()),
            **{key: tuple(named.values()) for key, named in levers.items()},
        )
        check_scenario(found, path.name)
        return found

    @classmethod
    def of(cls, scenario: Scenario | str | Path | None) -> Scenario:
        """The scenario meant: one read before, a name or a path; ``trend`` for none."""
        return scenario if isinstance(scenario, Scenario) else cls.load(scenario or "trend")

    def to_toml(self) -> str:
        """The scenario as the text of a file of its own, which extends no other.

        Read again it gives an equal scenario.
        """
        from highneeds.model.scenario_text import scenario_toml

        return scenario_toml(self)

    def __repr__(self) -> str:
        return f"{self.title} ({self.name}): {self.description}".removesuffix(": ")

    @staticmethod
    def shipped() -> list[str]:
        """Names of the scenarios that come with the package."""
        return sorted(path.stem for path in _folder().glob("*.toml"))


def for_a_report(scenario: Scenario) -> Scenario:
    """The scenario, unless its measures were invented as an example.

    Raises
    ------
    AssumptionError
        Says how to state the authority's own.
    """
    if scenario.example:
        msg = (
            f"The measures of the scenario {scenario.name!r} are invented, to show how "
            "they are written, so no report is made with them. Copy its file, put in the "
            "authority's own measures as agreed with their owners, leave out the line "
            "“example = true”, and give the path of the copy."
        )
        raise AssumptionError(msg)
    return scenario


def scenarios() -> pd.DataFrame:
    """The scenarios that come with the package.

    Returns
    -------
    DataFrame
        A row a scenario: ``name``, which is how to ask for it, ``title``, ``extends`` and
        ``description``.
    """
    heads = [read_values(scenario_path(name)).tables for name in Scenario.shipped()]
    columns = ["name", "title", "extends", "description"]
    return pd.DataFrame(heads).reindex(columns=columns).fillna("")


def scenario_path(name_or_path: str | Path) -> Path:
    """The file of a shipped scenario, or the path given.

    Raises
    ------
    AssumptionError
        Neither a shipped name nor a file.
    """
    path = Path(name_or_path)
    if path.suffix == ".toml":
        if not path.is_file():
            msg = f"There is no scenario file {path}. Give the path of a .toml file."
            raise AssumptionError(msg)
        return path
    words = re.split(r"[\s_-]+", str(name_or_path).strip().casefold())
    shipped = _folder() / f"{'_'.join(words)}.toml"
    if not shipped.is_file():
        msg = (
            f"No scenario is called {str(name_or_path)!r}. Shipped: "
            f"{', '.join(Scenario.shipped())}. Give one of these or the path of a .toml "
            "file."
        )
        raise AssumptionError(msg)
    return shipped


def _folder() -> Path:
    return home.data_dir() / "scenarios"


def _chain(path: Path) -> list[tuple[Path, Settings]]:
    """The file after the files it extends, base first."""
    chain: list[tuple[Path, Settings]] = []
    while True:
        read = read_values(path)
        _validated(read.tables, path.name)
        chain.insert(0, (path, read))
        base = read.tables.get("extends", "")
        if not base:
            return chain
        beside = path.parent / base
        path = scenario_path(beside if str(base).endswith(".toml") else base)
        if any(path.resolve() == file.resolve() for file, _ in chain):
            msg = (
                f"{path.name} extends itself, through {chain[0][0].name}. Break the circle."
            )
            raise AssumptionError(msg)


def _validated(content: Mapping[str, Any], where: str) -> _ScenarioFile:
    try:
        written = _ScenarioFile.model_validate(content)
    except ValidationError as error:
        fields = [
            *_ScenarioFile.model_fields,
            *Policies.model_fields,
            *StabilityGrant.model_fields,
            *LaterDeficits.model_fields,
            *Measure.model_fields,
            *OneOff.model_fields,
            *DatedPath.model_fields,
        ]
        raise AssumptionError(" ".join(faults_of(error, where, fields))) from None
    for key in _LEVERS:
        names = [lever.name for lever in getattr(written, key)]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            msg = f"{where}: {key}: {some(twice)} is given twice. Rename or remove one."
            raise AssumptionError(msg)
    return written


def _merged(base: Mapping[str, Any], change: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(base)
    for key, value in change.items():
        known = merged.get(key)
        both = isinstance(known, dict) and isinstance(value, dict)
        merged[key] = _merged(known, value) if both else value  # type: ignore[arg-type]
    return merged
