"""What can be changed: measures, places, one-off costs, transfers, dated paths.

A lever is written in a scenario file and compiled to `Effects`, the few numbers a year of
the simulation asks for. With no lever every effect is neutral.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Annotated, Literal

import numpy as np
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from highneeds.bounds import MOST_GBP, plain_name, plain_note
from highneeds.errors import UsageError
from highneeds.periods import CalendarYear, FinancialYear
from highneeds.scenario.assumptions import Estimate
from highneeds.scenario.draws import Draws
from highneeds.words import hint

_STRICT = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)
Name = Annotated[str, AfterValidator(plain_name)]
Note = Annotated[str, AfterValidator(plain_note)]
Given = Annotated[Name, Field(pattern=r"\S")]
Gbp = Annotated[float, Field(ge=-MOST_GBP, le=MOST_GBP)]
GbpFromZero = Annotated[float, Field(ge=0, le=MOST_GBP)]


def _financial(text: str) -> str:
    """Refuse another calendar as a fault of the file, which is then named with the key."""
    try:
        return FinancialYear.asked(text).label
    except UsageError as error:
        raise ValueError(str(error)) from None


def _calendar(text: str) -> str:
    try:
        return CalendarYear.parse(text).label
    except UsageError as error:
        raise ValueError(str(error)) from None


FinancialLabel = Annotated[str, AfterValidator(_financial)]
CalendarLabel = Annotated[str, AfterValidator(_calendar)]


@dataclass(frozen=True)
class MeasureKind:
    """A kind of measure: what a control calls it, what it counts, and the most it may be.

    ``reach`` and ``step`` are a slider's: how far it goes and by how much, in per cent
    where ``unit`` is a share and else in the unit.
    """

    title: str
    unit: str
    most: float
    reach: float
    step: float


# By name: all that lists kinds reads this, and `_with` says what one does.
KINDS = {
    "early_support": MeasureKind(
        "Requests avoided by early support", "share of requests", 0.5, 30, 0.5
    ),
    "mainstream_places": MeasureKind(
        "Pupils joining special schools placed in mainstream instead",
        "share of pupils joining or moving to special schools",
        0.5,
        30,
        0.5,
    ),
    "special_places": MeasureKind(
        "State special school places added", "places", 5000.0, 500, 5
    ),
    "independent_prices": MeasureKind(
        "Taken off INMSS prices", "share of the price", 0.3, 30, 0.5
    ),
    "post_16_pathways": MeasureKind(
        "More plans ending at review from age 16",
        "share of plans ending at 16 and over",
        1.0,
        50,
        0.5,
    ),
    "block_transfer": MeasureKind(
        "Transfer from the schools block, a share of it",
        "share of the schools block",
        0.015,
        0.5,
        0.05,
    ),
    "service_savings": MeasureKind(
        "Saved each year on services that follow no plan",
        "£ a year",
        50_000_000.0,
        5_000_000,
        10_000,
    ),
}


def _kind(name: str) -> str:
    if name not in KINDS:
        msg = f"no such kind{hint(name, KINDS)}; expected {', '.join(KINDS)}"
        raise ValueError(msg)
    return name


Kind = Annotated[str, AfterValidator(_kind)]
_MOST_OF_PATH = {"requests": 2.0, "further_exits": 1.0}
# More of the schools block needs the Secretary of State (schools operational guide).
FORUM_LIMIT = 0.005


class Measure(BaseModel):
    """One mitigation, phased from ``starts`` to ``full``.

    ``most`` is the full effect, in the unit of its kind (`KINDS`).
    """

    model_config = _STRICT

    name: Given
    kind: Kind
    most: float = Field(ge=0)
    starts: FinancialLabel
    full: FinancialLabel
    delivery_chance: float = Field(ge=0, le=1)
    cost_to_achieve_gbp: GbpFromZero = 0.0
    disapplied: bool = False
    owner: Name = ""
    evidence: Literal["S", "D", "M"] = "M"
    source: Note = ""
    legal_note: Note = "Must not lower what the law entitles a child or young person to."

    @property
    def stream(self) -> str:
        """The name of its random stream."""
        return f"measure.{self.name}"

    @property
    def unit(self) -> str:
        """What ``most`` is counted in."""
        return KINDS[self.kind].unit

    @model_validator(mode="after")
    def _in_range(self) -> Measure:
        most = KINDS[self.kind].most
        if self.most > most:
            msg = (
                f"most {self.most:,.12g} is above {most:,.12g}, the highest for {self.kind}"
            )
            raise ValueError(msg)
        if FinancialYear.parse(self.full) < FinancialYear.parse(self.starts):
            msg = f"full {self.full} is before starts {self.starts}"
            raise ValueError(msg)
        if (
            self.kind == "block_transfer"
            and self.most > FORUM_LIMIT
            and not self.disapplied
        ):
            msg = (
                f"a transfer of {self.most:.2%} of the schools block is above the "
                f"{FORUM_LIMIT:.1%} a schools forum may approve; set disapplied = true if "
                "the Secretary of State has agreed"
            )
            raise ValueError(msg)
        return self

    def ramp(self, year: FinancialYear) -> float:
        """Share of the full effect in force in a year, 0 to 1."""
        first, full = FinancialYear.parse(self.starts), FinancialYear.parse(self.full)
        if year < first:
            return 0.0
        return min((year.end - first.end + 1) / (full.end - first.end + 1), 1.0)


class OneOff(BaseModel):
    """A cost (or, negative, a receipt) in one year."""

    model_config = _STRICT

    name: Given
    year: FinancialLabel
    gbp: Gbp
    owner: Name = ""
    source: Note = ""


class DatedPath(BaseModel):
    """A change with a date to it, by calendar year: what a reform is expected to do.

    ``requests`` multiplies the requests of a year (1 changes nothing); ``further_exits`` is
    the share of the plans that would have gone on that end as well (0 changes nothing). A
    year that is not named is as the last one named before it. One draw serves every year.
    """

    model_config = _STRICT

    name: str
    kind: Literal["requests", "further_exits"]
    low: dict[CalendarLabel, float]
    central: dict[CalendarLabel, float]
    high: dict[CalendarLabel, float]
    unit: str
    owner: str = ""
    evidence: Literal["S", "D", "M"] = "M"
    source: str = ""
    date: str = ""
    note: str = ""

    @model_validator(mode="after")
    def _in_range(self) -> DatedPath:
        if (
            not self.central
            or not self.low.keys() == self.central.keys() == self.high.keys()
        ):
            msg = "low, central and high must name the same years, at least one"
            raise ValueError(msg)
        most = _MOST_OF_PATH[self.kind]
        for year, middle in self.central.items():
            if not 0.0 <= self.low[year] <= middle <= self.high[year] <= most:
                msg = (
                    f"{year}: low {self.low[year]:g}, central {middle:g}, high "
                    f"{self.high[year]:g} are not in order between 0 and {most:g}"
                )
                raise ValueError(msg)
        if self.evidence != "M" and not self.source:
            msg = f"evidence {self.evidence} needs a source; M is for one not verified"
            raise ValueError(msg)
        return self

    @property
    def stream(self) -> str:
        """The name of its random stream."""
        return f"path.{self.name}"

    def estimate(self, year: int) -> Estimate:
        """What the path assumes of one calendar year; neutral before its first."""
        named = [label for label in self.central if int(label) <= year]
        last = max(named, default="")
        still = 1.0 if self.kind == "requests" else 0.0
        return Estimate(
            title=f"{self.name}, {year}",
            low=self.low.get(last, still),
            central=self.central.get(last, still),
            high=self.high.get(last, still),
            unit=self.unit,
            minimum=0.0,
            maximum=_MOST_OF_PATH[self.kind],
            evidence="M",
        )

    def draw(self, years: Iterable[int], draws: Draws) -> np.ndarray:
        """The path once per future, shape (years, draws); the median is the central one."""
        return np.stack(
            [draws.estimated(self.stream, self.estimate(year)) for year in years]
        )


@dataclass(frozen=True)
class Effects:
    """What the levers do each year; arrays (years, draws). Year 0 is the base year.

    Everything that acts on plans holds for the calendar year in which a financial year
    opens: the lever of 2026-27 meets the plans and requests of 2026.
    """

    requests: np.ndarray
    to_mainstream: np.ndarray
    places: np.ndarray
    independent_price: np.ndarray
    exits_16_plus: np.ndarray
    further_exits: np.ndarray
    transfer: np.ndarray
    cost_gbp: np.ndarray


def neutral(years: int, draws: int) -> Effects:
    """No lever at all."""
    one, none = np.ones((years, draws)), np.zeros((years, draws))
    return Effects(one, none, none, one, one, none, none, none)


def effects(
    measures: Iterable[Measure],
    one_offs: Iterable[OneOff],
    *,
    base: FinancialYear,
    years: int,
    draws: Draws,
    paths: Iterable[DatedPath] = (),
) -> Effects:
    """Compile levers to yearly effects.

    A measure is delivered or not in each future, with its delivery chance; measures act one
    upon what the others leave, so two halves of requests avoided leave a quarter.
    """
    found = neutral(years, draws.count)
    for measure in measures:
        delivered = draws.delivered(measure.stream, measure.delivery_chance)
        ramp = np.array([measure.ramp(base.shift(year)) for year in range(years)])
        found = _with(found, measure, ramp[:, None] * delivered)
    opens = range(base.end - 1, base.end - 1 + years)
    for path in paths:
        values = path.draw(opens, draws)
        if path.kind == "requests":
            found = replace(found, requests=found.requests * values)
        else:
            left = (1.0 - found.further_exits) * (1.0 - values)
            found = replace(found, further_exits=1.0 - left)
    for cost in one_offs:
        place = FinancialYear.parse(cost.year).end - base.end
        if 0 <= place < years:
            amount = found.cost_gbp.copy()
            amount[place] += cost.gbp
            found = replace(found, cost_gbp=amount)
    return found


def _with(found: Effects, measure: Measure, force: np.ndarray) -> Effects:
    """Add one measure in force; its cost falls evenly on the years it is phased in."""
    phasing = np.diff(force, axis=0, prepend=0.0)
    found = replace(
        found,
        cost_gbp=found.cost_gbp + measure.cost_to_achieve_gbp * np.maximum(phasing, 0.0),
    )
    effect = measure.most * force
    if measure.kind == "early_support":
        return replace(found, requests=found.requests * (1.0 - effect))
    if measure.kind == "mainstream_places":
        left = (1.0 - found.to_mainstream) * (1.0 - effect)
        return replace(found, to_mainstream=1.0 - left)
    if measure.kind == "special_places":
        return replace(found, places=found.places + effect)
    if measure.kind == "independent_prices":
        return replace(found, independent_price=found.independent_price * (1.0 - effect))
    if measure.kind == "post_16_pathways":
        return replace(found, exits_16_plus=found.exits_16_plus * (1.0 + effect))
    if measure.kind == "service_savings":
        return replace(found, cost_gbp=found.cost_gbp - effect)
    return replace(found, transfer=found.transfer + effect)
