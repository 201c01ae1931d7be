"""Risks: a register of what could go otherwise, as shocks to a scenario and in pounds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import pandas as pd
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)

from highneeds.answers.projection import Projection
from highneeds.errors import AssumptionError, some
from highneeds.files import read_toml
from highneeds.model.simulate import central_case
from highneeds.periods import FinancialYear
from highneeds.scenario.assumptions import Assumptions, Estimate
from highneeds.scenario.levers import (
    FinancialLabel,
    Gbp,
    Name,
    Note,
    OneOff,
)
from highneeds.scenario.scenario import Scenario
from highneeds.words import faults_of, plural

_ENDS = ("low", "central", "high")


def _day(text: str) -> str:
    """Refuse what is no day, as a fault of the file."""
    try:
        if date.fromisoformat(text).isoformat() == text:
            return text
    except ValueError:
        pass
    msg = f"{text!r} is not a day. Write it as YYYY-MM-DD"
    raise ValueError(msg)


class Risk(BaseModel):
    """One risk: an amount in a year, or a shock to one assumption, with a chance.

    ``effect_gbp`` is what it would cost in ``year``, and in every year to ``until`` where
    that is given; below 0 it is an opportunity. ``worst_gbp`` is what it could cost at the
    worst, ``effect_gbp`` when left out. ``shock`` is added to every value of
    ``assumption``, in its unit; ``worst_shock`` likewise.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)

    name: Name = Field(min_length=1, max_length=100)
    cause: Note = Field(min_length=1)
    likelihood: float = Field(ge=0, le=1)
    owner: Name = Field(min_length=1)
    review_date: Annotated[str, AfterValidator(_day)]
    effect_gbp: Gbp | None = None
    worst_gbp: Gbp | None = None
    year: FinancialLabel | None = None
    until: FinancialLabel | None = None
    assumption: str = ""
    shock: float | None = None
    worst_shock: float | None = None

    @model_validator(mode="after")
    def _one_effect(self) -> Risk:
        amount = self.effect_gbp is not None
        if amount == bool(self.assumption):
            msg = "give either effect_gbp and year, or assumption and shock"
            raise ValueError(msg)
        if amount and (self.year is None or self.shock is not None):
            msg = "an effect_gbp needs a year, and no shock"
            raise ValueError(msg)
        if self.assumption and (self.shock is None or self.year is not None):
            msg = "an assumption needs a shock, and no year: it acts in every year"
            raise ValueError(msg)
        for worst, middle in (
            (self.worst_gbp, self.effect_gbp),
            (self.worst_shock, self.shock),
        ):
            if worst is not None and (middle is None or abs(worst) < abs(middle)):
                msg = f"the worst, {worst:g}, is nearer to 0 than the effect"
                raise ValueError(msg)
        if self.until is not None and self.year is not None and self._last < self._first:
            msg = f"until {self.until} is before year {self.year}"
            raise ValueError(msg)
        return self

    @property
    def _first(self) -> FinancialYear:
        return FinancialYear.parse(self.year or "")

    @property
    def _last(self) -> FinancialYear:
        return FinancialYear.parse(self.until) if self.until else self._first

    def costs(self, *, worst: bool = False) -> list[OneOff]:
        """Its pounds by year; none of a shock."""
        if self.effect_gbp is None:
            return []
        amount = self.worst_gbp if worst and self.worst_gbp is not None else self.effect_gbp
        years = range(self._last.end - self._first.end + 1)
        return [
            OneOff(name=f"{self.name}, {year}", year=year.label, gbp=amount)
            for year in (self._first.shift(step) for step in years)
        ]

    def shocks(self, *, worst: bool = False) -> Mapping[str, float]:
        """What it adds to each assumption."""
        if not self.assumption or self.shock is None:
            return {}
        more = self.worst_shock if worst and self.worst_shock is not None else self.shock
        return {self.assumption: more}


@dataclass(frozen=True)
class Risks:
    """The risks of one file, in its order; ``notes`` say how it was read."""

    risks: tuple[Risk, ...]
    file_name: str
    notes: tuple[str, ...] = ()


class _RisksFile(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)

    risks: list[dict[str, Any]] = Field(min_length=1)


def load_risks(path: Path, scenario: Scenario) -> Risks:
    """Read a register of risks (TOML, a ``[[risks]]`` table each).

    Raises
    ------
    AssumptionError
        The file is missing or no TOML, or has faults; all of them, by risk and key. An
        assumption must be one of the scenario's, and stay within its allowed range.
    """
    read = read_toml(path, "a register of risks (.toml)", AssumptionError)
    try:
        given = _RisksFile.model_validate(read.tables).risks
    except ValidationError as error:
        faults = faults_of(error, path.name, ["risks"])
        raise AssumptionError(" ".join(faults)) from None
    risks, faults = [], []
    for number, one in enumerate(given, start=1):
        where = f"{path.name}: risk {number} ({one.get('name', 'without a name')})"
        try:
            floats = {k: float(v) if type(v) is int else v for k, v in one.items()}
            risks.append(Risk.model_validate(floats))
        except ValidationError as error:
            faults += faults_of(error, where, list(Risk.model_fields))
    names = [risk.name for risk in risks]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        faults.append(f"{path.name}: {some(twice)} is given twice. Rename or remove one.")
    faults += [
        f"{path.name}: {fault}" for risk in risks for fault in _unfit(risk, scenario)
    ]
    if faults:
        msg = f"{plural(len(faults), 'fault')} in the risks. {some(faults)}"
        raise AssumptionError(msg)
    return Risks(tuple(risks), path.name, read.notes)


def shocked(scenario: Scenario, risks: Iterable[Risk], *, worst: bool = False) -> Scenario:
    """A scenario in which the risks have come true.

    Parameters
    ----------
    worst : bool
        Each at its worst, not at its stated effect.

    Returns
    -------
    Scenario
        To be projected, or written to a file of its own with `Scenario.to_toml`.

    Notes
    -----
    Shocks to one assumption add up; its range moves with it and stays as wide, as far as
    the allowed range goes.
    """
    changed = dict(scenario.assumptions)
    costs = list(scenario.one_offs)
    for risk in risks:
        costs += risk.costs(worst=worst)
        for name, more in risk.shocks(worst=worst).items():
            changed[name] = _moved(changed[name], more)
    return replace(scenario, assumptions=Assumptions(changed), one_offs=tuple(costs))


def risk_register(result: Projection, risks: Risks) -> pd.DataFrame:
    """The register in pounds, on the balance of the last year called the authority's own.

    Returns
    -------
    DataFrame
        name, cause, likelihood, kind, effect_gbp (what it takes from that balance in the
        central case if it comes true), expected_gbp (that times the likelihood),
        worst_gbp, owner, review_date. Last a row "All risks": expected the sum, effect and
        worst with all of them at once, opportunities left out, so that what overlaps is
        counted once. NaN where no balance is projected.
    """
    step = result.years.index(result.deficit_until)
    base = float(result.central.balance[step, 0])

    def taken(some_risks: Iterable[Risk], *, worst: bool = False) -> float:
        scenario = shocked(result.scenario, some_risks, worst=worst)
        case = central_case(result.record, scenario, result.spread, until=result.until)
        return base - float(case.balance[step, 0])

    rows: list[dict[str, Any]] = []
    for risk in risks.risks:
        effect = taken([risk])
        rows.append(
            {
                "name": risk.name,
                "cause": risk.cause,
                "likelihood": risk.likelihood,
                "kind": _acts_on(risk, result.scenario),
                "effect_gbp": effect,
                "expected_gbp": effect * risk.likelihood,
                "worst_gbp": taken([risk], worst=True),
                "owner": risk.owner,
                "review_date": risk.review_date,
            }
        )
    adverse = [
        risk for risk, row in zip(risks.risks, rows, strict=True) if row["worst_gbp"] > 0
    ]
    rows.append(
        {
            "name": "All risks",
            "effect_gbp": taken(adverse),
            "expected_gbp": sum(float(row["expected_gbp"]) for row in rows),
            "worst_gbp": taken(adverse, worst=True),
        }
    )
    return pd.DataFrame(rows)


def _acts_on(risk: Risk, scenario: Scenario) -> str:
    """The assumption that a risk moves, or its years."""
    if risk.assumption:
        return scenario.assumptions[risk.assumption].title
    return f"{risk.year} to {risk.until}" if risk.until else f"{risk.year}"


def _moved(estimate: Estimate, more: float) -> Estimate:
    ends = {
        end: min(max(getattr(estimate, end) + more, estimate.minimum), estimate.maximum)
        for end in _ENDS
    }
    return estimate.model_copy(update=ends)


def _unfit(risk: Risk, scenario: Scenario) -> list[str]:
    """What a scenario cannot take of a risk."""
    faults = []
    for name, more in risk.shocks(worst=True).items():
        try:
            known = scenario.assumptions[name]
        except AssumptionError as error:
            # The mapping's own words name the nearest.
            faults.append(f"risk {risk.name!r}: {error}")
            continue
        value = known.central + more
        if not known.minimum <= value <= known.maximum:
            faults.append(
                f"risk {risk.name!r}: {name} would be {value:g} with the shock; allowed "
                f"are {known.minimum:g} to {known.maximum:g} ({known.unit})."
            )
    return faults
