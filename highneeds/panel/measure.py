"""What is known of each published quantity, as ``data/measures.toml`` states it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from highneeds.errors import SourceError, some
from highneeds.files import read_shipped
from highneeds.words import hint

RATE_UNITS = ("%", "per 100 pupils", "points per pupil", "£ per pupil", "£ per week")
# Keys of the file whose fields have another name here.
_FIELDS = {"calendar": "period_type", "breakdowns": "breakdown_types"}
_LISTS = ("breakdown_types", "parts_of_total")


@dataclass(frozen=True)
class Ratio:
    """How a published rate is made of two measures, and where these stand.

    ``decimals`` are those it is printed in, where it must follow from the two as printed
    (`panel.rates`); ``wide_to`` is what counts of England and regions are rounded to.
    """

    above: str
    below: str
    factor: float = 100.0
    above_at: Mapping[str, str] = field(default_factory=dict, hash=False)
    below_at: Mapping[str, str] = field(default_factory=dict, hash=False)
    decimals: int | None = None
    wide_to: float = 0.0


@dataclass(frozen=True)
class Mean:
    """What a percentage of a wider area is the mean over: its authorities, by weight.

    ``weight`` names the measure they weigh by and ``at`` where it stands; ``within`` is by
    how many percentage points weights of an earlier year may put the mean out.
    """

    weight: str
    within: float
    at: Mapping[str, str] = field(default_factory=dict, hash=False)


@dataclass(frozen=True)
class Measure:
    """One published quantity.

    A count ``in_fractions`` is of no whole persons or cases. ``part_of`` names the measure
    this one is a part of: never more than it in any area and period (`panel.parts`).
    ``parts_of_total`` are the breakdowns whose parts make up the total, ``ratio`` what a
    rate is divided from again (`panel.harmonise`), ``mean`` what one without such figures
    is the mean over (`panel.leaps`), and ``changes`` where the series changes its meaning.
    """

    name: str
    title: str
    unit: str
    period_type: str
    table: str
    breakdown_types: tuple[str, ...] = ("total",)
    may_be_negative: bool = False
    in_fractions: bool = False
    note: str = ""
    part_of: str = ""
    parts_of_total: tuple[str, ...] = ()
    ratio: Ratio | None = None
    mean: Mean | None = None
    changes: Mapping[str, Any] = field(default_factory=dict, hash=False)

    @property
    def additive(self) -> bool:
        """Whether the figures of several areas may be summed: rates and prices may not."""
        return self.unit not in RATE_UNITS

    @property
    def counted(self) -> bool:
        """Whether its figures are whole numbers, of persons or cases."""
        return self.additive and self.unit != "£" and not self.in_fractions


def read_measures(path: Path) -> dict[str, Measure]:
    """Every measure of a file of them, in its order.

    Raises
    ------
    SourceError
        A record lacks a key, or has one that is not known.
    """
    return {
        name: _measure(name, entry, path.name) for name, entry in read_shipped(path).items()
    }


def _measure(name: str, entry: Mapping[str, Any], file: str) -> Measure:
    given = {_FIELDS.get(key, key): value for key, value in entry.items()}
    known = {one.name for one in fields(Measure)} - {"name"}
    strangers = [f"{key}{hint(key, known)}" for key in given if key not in known]
    lacking = {"title", "unit", "period_type", "table"} - set(given)
    if strangers or lacking:
        wrong = [f"unknown key {one}" for one in strangers]
        wrong += [f"{key} is missing" for key in sorted(lacking)]
        msg = f"{file}: {name}: {some(wrong)}. Its first lines explain the keys."
        raise SourceError(msg)
    given |= {key: tuple(given[key]) for key in _LISTS if key in given}
    if "ratio" in given:
        given["ratio"] = Ratio(**given["ratio"])
    if "mean" in given:
        given["mean"] = Mean(**given["mean"])
    changes = given.get("changes", {})
    given |= {
        key: given[key].format(**changes) for key in ("title", "note") if key in given
    }
    return Measure(name, **given)
