"""Scenario: a reviewable file of what is assumed and which policies are switched on."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from highneeds import home
from highneeds.errors import AssumptionError, UsageError, some
from highneeds.files import Settings, is_file
from highneeds.geography import Area, Geography
from highneeds.periods import FinancialYear
from highneeds.policy import policy
from highneeds.scenario.assumptions import (
    LIMITS,
    Assumptions,
    Estimate,
    load_assumptions,
    read_values,
)
from highneeds.scenario.levers import (
    FORUM_LIMIT,
    DatedPath,
    FinancialLabel,
    Gbp,
    GbpFromZero,
    Given,
    Measure,
    Name,
    Note,
    OneOff,
)
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

    name: Given
    title: Given
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
        if not is_file(path):
            msg = f"There is no scenario file {path}. Give the path of a .toml file."
            raise AssumptionError(msg)
        return path
    words = re.split(r"[\s_-]+", str(name_or_path).strip().casefold())
    shipped = _folder() / f"{'_'.join(words)}.toml"
    if not is_file(shipped):
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


# Set with the defaults: a range that the same file could move would guard nothing.
_FIXED = LIMITS
_ROUNDING = 1e-9
BLOCK_GROWTH = "block_growth."


def check_limits_kept(
    changes: Mapping[str, Mapping[str, Any]],
    assumptions: Mapping[str, Estimate],
    where: str,
) -> None:
    """Refuse a scenario that moves the limits or the unit of an assumption, not its values.

    Raises
    ------
    AssumptionError
        Names the file and every such key.
    """
    known = {name: values for name, values in changes.items() if name in assumptions}
    faults = [
        f"{where}: assumptions.{name}.{key}: a scenario changes low, central and high, not "
        f"{key}, which is set in data/assumptions/. Remove the key."
        for name, values in known.items()
        for key in _FIXED
        if key in values
    ]
    faults += [
        f"{where}: assumptions.{name}.unit: {values['unit']!r} is not the unit, which is "
        f"{assumptions[name].unit!r}. Convert the values."
        for name, values in known.items()
        if values.get("unit", assumptions[name].unit) != assumptions[name].unit
    ]
    faults += [
        f"{where}: assumptions.{name}: a growth with a new source says what its two totals "
        'count. Give covers and covers_before, or evidence = "M".'
        for name, values in known.items()
        if name.startswith(BLOCK_GROWTH) and values.get("source")
        if values.get("evidence") != "M" and not {"covers", "covers_before"} <= set(values)
    ]
    if faults:
        raise AssumptionError(" ".join(faults))


def check_scenario(scenario: Scenario, where: str) -> None:
    """Refuse a scenario whose parts contradict one another.

    Raises
    ------
    AssumptionError
        Every fault, with the file and the key.
    """
    faults = [f"{where}: {fault}" for fault in _faults(scenario)]
    if faults:
        raise AssumptionError(" ".join(faults))


def _faults(scenario: Scenario) -> Iterator[str]:
    if scenario.date and not _is_day(scenario.date):
        yield f"date: {scenario.date!r} is not a day. Write it as YYYY-MM-DD."
    counted, paid = scenario.policies.stability_grant.years()
    if paid <= counted:
        yield (
            f"policies.stability_grant.paid_in {paid} is not after deficit_at {counted}. "
            "The grant is paid after the deficit is known."
        )
    yield from _own_balances(scenario.policies.stability_grant.high_needs_balances_gbp)
    away = [scenario.assumptions[f"overflow_to_{name}"] for name in _OVERFLOW]
    if sum(estimate.maximum for estimate in away) > 1.0 + _ROUNDING:
        yield (
            f"assumptions.{' and '.join(f'overflow_to_{name}' for name in _OVERFLOW)}: "
            f"shares of the same pupils that may reach "
            f"{sum(estimate.maximum for estimate in away):g} together; at most 1."
        )
    yield from _block_growth(scenario.assumptions)
    built = [m.name for m in scenario.measures if m.kind == "special_places"]
    if built and not scenario.policies.limit_special_places:
        yield (
            f"measures: {some(built)} adds special-school places, but nobody is turned "
            "away for want of one in this scenario, so they would change nothing. Set "
            "policies.limit_special_places = true."
        )
    moved = [m for m in scenario.measures if m.kind == "block_transfer"]
    total = sum(m.most for m in moved)
    if total > FORUM_LIMIT + _ROUNDING and not all(m.disapplied for m in moved):
        yield (
            f"measures: {some(m.name for m in moved)} move {total:.2%} of the schools "
            f"block together, above the {FORUM_LIMIT:.1%} a schools forum may approve. "
            "Lower most, or set disapplied = true in each if the Secretary of State has "
            "agreed."
        )


def _own_balances(given: Mapping[str, float]) -> Iterator[str]:
    """Own high needs balances of areas that are no authority, or of one given twice."""
    key = "policies.stability_grant.high_needs_balances_gbp"
    found: dict[str, str] = {}
    geography = Geography.load() if given else None
    for name in given:
        assert geography
        try:
            area = geography.find(name)
        except UsageError as error:
            yield f"{key}: {error}"
            continue
        if area.level != "la" or name not in (area.la_code, area.name):
            yield (
                f"{key}: {name!r} is not how an authority is written here. Expected a DfE "
                f"code of three digits, or the name in full, such as {area.name!r}."
            )
        elif area.la_code in found:
            yield f"{key}: {found[area.la_code]!r} and {name!r} are one. Remove one."
        found[area.la_code] = name


def _block_growth(assumed: Mapping[str, Estimate]) -> Iterator[str]:
    """Growth of the block above what the formula allows, or of totals left unnamed."""
    cap = policy("block_growth_cap")
    capped = f"{BLOCK_GROWTH}{FinancialYear(cap.day.year + 1)}"
    for name, estimate in assumed.items():
        if not name.startswith(BLOCK_GROWTH):
            continue
        if name == capped and cap.share is not None and estimate.low >= cap.share:
            yield (
                f"assumptions.{name}: low {estimate.low:.1%} is at or above the published "
                f"cap of {cap.share:.0%} a head ({cap.source}). Expected a low value below "
                "it: two totals of different coverage may have been divided."
            )
        if estimate.sourced and not (estimate.covers and estimate.covers_before):
            yield (
                f"assumptions.{name}: a growth worked out from two totals says what each "
                "counts. Give covers and covers_before."
            )


_OVERFLOW = ("independent", "mainstream")


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


_HEAD = ("name", "title", "description", "author", "date", "approved_by")


def scenario_toml(scenario: Scenario) -> str:
    """A scenario as TOML text; the same scenario always gives the same text."""
    head = {key: getattr(scenario, key) for key in _HEAD}
    blocks = [_block("", head | ({"example": True} if scenario.example else {}))]
    blocks += _tables("policies", scenario.policies.model_dump(exclude_none=True))
    defaults = load_assumptions()
    for name, estimate in scenario.assumptions.items():
        if estimate != defaults[name]:
            changed = estimate.model_dump(exclude=set(LIMITS))
            blocks.append(_block(f"[assumptions.{_key(name)}]", changed))
    for key in ("measures", "one_offs", "paths"):
        blocks += [
            _block(f"[[{key}]]", lever.model_dump()) for lever in getattr(scenario, key)
        ]
    return "\n\n".join(blocks) + "\n"


def _tables(name: str, values: Mapping[str, Any]) -> Iterator[str]:
    own = {key: value for key, value in values.items() if not isinstance(value, dict)}
    if own:
        yield _block(f"[{name}]", own)
    for key, value in values.items():
        if isinstance(value, dict):
            yield from _tables(f"{name}.{_key(key)}", value)


def _block(header: str, values: Mapping[str, Any]) -> str:
    lines = [f"{_key(key)} = {_value(value)}" for key, value in values.items()]
    return "\n".join([header, *lines] if header else lines)


def _value(value: Any) -> str:
    if isinstance(value, dict):
        return (
            f"{{ {', '.join(f'{_key(key)} = {_value(v)}' for key, v in value.items())} }}"
        )
    if isinstance(value, float):
        return repr(value)
    # JSON's text, true, false and whole numbers are TOML's, but for one character.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _key(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else _value(name)
