"""What an authority or the government can change: measures, places, one-off costs, transfers.

A lever is written in a scenario file and compiled to `Effects`, the few numbers a year of
the simulation asks for. With no lever every effect is neutral.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from statistics import NormalDist
from typing import Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, model_validator

from highneeds.model.streams import normals
from highneeds.periods import FinancialYear

_STRICT = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)

# What each kind of measure changes, and the most it may change it by.
Kind = Literal[
    "early_support",
    "mainstream_places",
    "special_places",
    "independent_prices",
    "post_16_pathways",
    "block_transfer",
]
_MOST = {
    "early_support": 0.5,
    "mainstream_places": 0.5,
    "special_places": 5000.0,
    "independent_prices": 0.3,
    "post_16_pathways": 1.0,
    "block_transfer": 0.015,
}
# More of the schools block than this needs the Secretary of State (schools operational guide).
FORUM_LIMIT = 0.005


class Measure(BaseModel):
    """One mitigation M1 to M6, phased from ``starts`` to ``full``.

    ``most`` is the full effect: share of requests avoided (early_support), share of pupils
    joining or moving to special schools placed in mainstream instead (mainstream_places),
    places (special_places), share off independent prices (independent_prices), share more
    plans ending from 16 on at review (post_16_pathways), share of the schools block
    (block_transfer).
    """

    model_config = _STRICT

    name: str
    kind: Kind
    most: float = Field(ge=0)
    starts: str
    full: str
    delivery_chance: float = Field(ge=0, le=1)
    cost_to_achieve_gbp: float = Field(default=0.0, ge=0)
    disapplied: bool = False
    owner: str = ""
    evidence: Literal["S", "D", "M"] = "M"
    source: str = ""
    legal_note: str = "Must not lower what the law entitles a child or young person to."

    @model_validator(mode="after")
    def _in_range(self) -> Measure:
        if self.most > _MOST[self.kind]:
            msg = f"most {self.most:g} is above {_MOST[self.kind]:g}, the highest for {self.kind}"
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
                f"{FORUM_LIMIT:.1%} a schools forum may approve; set disapplied = true if the "
                "Secretary of State has agreed"
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

    name: str
    year: str
    gbp: float
    owner: str = ""
    source: str = ""


@dataclass(frozen=True)
class Effects:
    """What the levers do each year; arrays (years, draws). Year 0 is the base year."""

    requests: np.ndarray
    to_mainstream: np.ndarray
    places: np.ndarray
    independent_price: np.ndarray
    exits_16_plus: np.ndarray
    transfer: np.ndarray
    cost_gbp: np.ndarray


def neutral(years: int, draws: int) -> Effects:
    """No lever at all."""
    one, none = np.ones((years, draws)), np.zeros((years, draws))
    return Effects(one, none, none, one, one, none, none)


def effects(
    measures: Iterable[Measure],
    one_offs: Iterable[OneOff],
    *,
    base: FinancialYear,
    years: int,
    draws: int,
    seed: int,
    area: str,
    first: int = 0,
) -> Effects:
    """Compile levers to yearly effects.

    A measure is delivered or not in each future, with its delivery chance; measures act one
    upon what the others leave, so two halves of requests avoided leave a quarter.
    """
    found = neutral(years, draws)
    for measure in measures:
        z = normals(
            f"measure.{measure.name}", area, seed=seed, rows=1, draws=draws, first=first
        )
        delivered = (z[0] < _threshold(measure.delivery_chance)).astype(float)
        ramp = np.array([measure.ramp(base.shift(year)) for year in range(years)])
        found = _with(found, measure, ramp[:, None] * delivered)
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
    return replace(found, transfer=found.transfer + effect)


def _threshold(chance: float) -> float:
    if chance in (0.0, 1.0):
        return np.inf if chance else -np.inf
    return NormalDist().inv_cdf(chance)
