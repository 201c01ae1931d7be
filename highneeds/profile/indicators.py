"""What the profile shows: indicators and lines of enquiry, read from data/profile.toml."""

from __future__ import annotations

from functools import cache, lru_cache
from typing import Literal

import pandas as pd
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from highneeds import home
from highneeds.errors import SourceError
from highneeds.files import read_shipped
from highneeds.panel.panel import Panel
from highneeds.periods import Period, parse_period
from highneeds.words import faults_of

QUESTIONS = {
    "identify": "How well are needs identified?",
    "meet": "How well are needs assessed and met?",
    "improve": "How well are outcomes improved?",
}
_FILE = "profile.toml"
# Years that a denominator may be older than it should be.
_OLDEST = 2


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Indicator(_Entry):
    """One published indicator: a figure as printed, or one figure divided by another.

    ``value``, ``above`` and ``below`` name a measure and one or more of its breakdowns,
    which are added up; ``later`` is how many periods ``below`` lies after ``above``.
    """

    name: str
    question: Literal["identify", "meet", "improve"]
    title: str
    unit: Literal["%", "per 100", "per 1,000", "points", "£"]
    kind: Literal["printed", "share", "rate", "account"]
    value: tuple[str, ...] = ()
    above: tuple[str, ...] = ()
    below: tuple[str, ...] = ()
    later: int = 0
    decimals: int = 1
    times: float = 1.0
    line: tuple[str, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _one_way(self) -> Indicator:
        if bool(self.value) == bool(self.above and self.below):
            msg = f"{self.name} needs `value`, or `above` and `below`, and not both"
            raise ValueError(msg)
        return self

    @property
    def source(self) -> tuple[str, ...]:
        """Measure and breakdowns of what is counted."""
        return self.value or self.above


class Line(_Entry):
    """One line of enquiry: what is published elsewhere, and what to ask the area."""

    name: str
    title: str
    elsewhere: tuple[str, ...]
    ask: tuple[str, ...]


class _File(_Entry):
    indicator: tuple[Indicator, ...]
    line: tuple[Line, ...]


@cache
def profile_file() -> _File:
    """Every indicator and line of enquiry, in written order.

    Raises
    ------
    SourceError
        The file is missing, or an indicator names a line of enquiry that it has not.
    """
    entries = read_shipped(home.data_dir() / _FILE)
    try:
        found = _File.model_validate(entries)
    except ValidationError as error:
        faults = faults_of(error, _FILE, list(Indicator.model_fields))
        raise SourceError(" ".join(faults)) from None
    known = {line.name for line in found.line}
    strangers = sorted({name for one in found.indicator for name in one.line} - known)
    if strangers:
        msg = f"{_FILE} names lines of enquiry it does not hold: {', '.join(strangers)}."
        raise SourceError(msg)
    return found


@lru_cache(maxsize=64)
def counts(panel: Panel, source: tuple[str, ...]) -> pd.DataFrame:
    """A measure's breakdowns added up: area × period label; NaN where a part has none."""
    measure, *breakdowns = source
    parts = [panel.matrix(measure, name) for name in breakdowns]
    total = parts[0]
    for part in parts[1:]:
        total = total + part
    return total


@lru_cache(maxsize=128)
def values(panel: Panel, one: Indicator) -> pd.DataFrame:
    """The indicator for every area and period, in its unit; NaN where there is none."""
    if one.value:
        return counts(panel, one.value)
    top = counts(panel, one.above)
    found = {}
    for label in top.columns:
        below = base(panel, one, label)
        if below is not None:
            column = counts(panel, one.below)[below].reindex(top.index)
            found[label] = one.times * top[label] / column.where(column > 0)
    return pd.DataFrame(found, index=top.index)


def base(panel: Panel, one: Indicator, label: str) -> str | None:
    """The period that a figure is divided by; an older one where it is not held yet.

    Population is published a year later than most: the last before it stands in.
    """
    kind = panel.measure(one.below[0]).period_type
    held = {parse_period(at, kind): at for at in counts(panel, one.below).columns}
    wanted = period_of(panel, one, label).end + one.later
    before = [period for period in held if period.end <= wanted]
    if not before or wanted - max(before).end > _OLDEST:
        return None
    return held[max(before)]


def period_of(panel: Panel, one: Indicator, label: str) -> Period:
    """The period of a label of the indicator's own measure."""
    return parse_period(label, panel.measure(one.source[0]).period_type)
