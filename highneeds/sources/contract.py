"""What every reader gives back, and the one place symbols become statuses.

A reader takes the raw folder and returns a `Reading`: observations (one row per key) and
the issues it found. Missing figures keep the reason they are missing; none becomes 0.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from highneeds.errors import SourceError, some
from highneeds.status import WITH_VALUE as WITH_VALUE
from highneeds.status import Status as Status
from highneeds.words import hint, plural

ENGLAND = "E92000001"
OBSERVATION_COLUMNS = (
    "la_code",
    "year",
    "measure",
    "breakdown_type",
    "breakdown",
    "value",
    "status",
    "source_id",
)
KEY = ["la_code", "year", "measure", "breakdown_type", "breakdown"]
LICENCE = "Open Government Licence v3.0"


# The DfE open data symbols and the older forms still met in files. A publication that
# uses a symbol otherwise (x is "suppressed" in exclusions) passes its own mapping.
SYMBOLS: Mapping[str, Status] = {
    "x": Status.UNAVAILABLE,
    "z": Status.NOT_APPLICABLE,
    "c": Status.SUPPRESSED,
    "~": Status.SUPPRESSED,
    "u": Status.LOW_RELIABILITY,
    "low": Status.ROUNDS_TO_ZERO,
    "k": Status.ROUNDS_TO_ZERO,
    ":": Status.UNAVAILABLE,
    "..": Status.UNAVAILABLE,
    ".": Status.NOT_APPLICABLE,
}

_NUMBER = r"-?(?:[0-9]+|[0-9]{1,3}(?:,[0-9]{3})+)?(?:\.[0-9]+)?(?<=[0-9])"
_WITH_EXPONENT = rf"{_NUMBER}(?:[Ee][+-]?[0-9]+)?"


@dataclass(frozen=True)
class SourceFile:
    """One published file: what it is, who published it, which edition."""

    source_id: str
    path: str
    publication: str
    publisher: str
    edition: str
    note: str = ""
    licence: str = LICENCE
    # Of a file that cannot be added by itself: columns that tell it, or of a workbook
    # `sheet …` or, since anybody's may be called Sheet1, `cell …` above its figures.
    marks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Issue:
    """A known fault in the published record and what is done about it.

    ``la_code`` may be `EVERY_AREA`; ``measure`` may name several, with "; " between, and
    ``year`` a span: 2014 to 2018. A breakdown "all" is every breakdown of its type.
    """

    issue_id: str
    measure: str
    la_code: str
    year: str
    published: str
    used: str
    why: str
    status: str
    source_id: str
    breakdown_type: str = "total"
    breakdown: str = "total"


@dataclass(frozen=True)
class Reading:
    """What one reader found: observations and the issues that touch them.

    `companions` holds tables that are not figures by area and year, by table name.
    """

    observations: pd.DataFrame
    issues: Sequence[Issue] = field(default_factory=tuple)
    companions: Mapping[str, pd.DataFrame] = field(default_factory=dict)


def numbers_in(published: pd.Series, *, exponents: bool = False) -> pd.Series:
    """Published text as numbers, NaN where it is none.

    A comma is a separator of thousands only between threes of digits: 1,5 and 12,34 are
    other numbers where they were written, and are none here.

    Parameters
    ----------
    exponents : bool
        Whether ``7E-2`` is a number; in no table that people were to read is it one.
    """
    text = published.str.strip().str.replace("\u2212", "-", regex=False)
    form = _WITH_EXPONENT if exponents else _NUMBER
    plain = text.where(text.str.fullmatch(form).eq(other=True))
    return pd.to_numeric(plain.str.replace(",", "", regex=False), errors="coerce")


def split_symbols(
    published: pd.Series,
    where: str,
    symbols: Mapping[str, Status] = SYMBOLS,
    *,
    exponents: bool = False,
) -> pd.DataFrame:
    """Split published text into a number and a status.

    Parameters
    ----------
    published : Series of text
        Figures as published: thousands separators and spaces around are allowed, and a per
        cent sign where every figure has one. Where its index has a name, such as "line",
        that says where each stands.
    where : str
        File and column, for the message.
    symbols : mapping
        Symbol to status. A blank or a symbol not listed is an error, never a guess.
    exponents : bool
        See `numbers_in`.

    Returns
    -------
    DataFrame, same index
        ``value`` (float, NaN where there is no figure) and ``status`` (text).

    Raises
    ------
    SourceError
        An unknown symbol, a blank, or a number that is not finite or not written as one.
    """
    text = published.str.strip()
    # A column without symbols would map to floats, which cannot hold a status.
    status = text.map(symbols).astype(object)
    cells = text.where(status.isna())
    if (percent := cells.str.endswith("%").eq(other=True)).sum() == cells.notna().sum():
        cells = cells.where(~percent, cells.str[:-1])
    value = numbers_in(cells, exponents=exponents)
    wrong = (status.isna() & value.isna()) | np.isinf(value)
    if wrong.any():
        counted = published.index.name
        found = [
            f"{cell!r} ({counted} {place})" if counted else repr(cell)
            for place, cell in text[wrong].items()
        ]
        msg = (
            f"Not a number and not a known symbol in {where}: {some(found)}. "
            f"Expected a number, as 1234.5 or 1,234.5{_or_one_of(symbols)}. "
            "Check the release notes; a new symbol must be given a meaning, not read as 0."
        )
        raise SourceError(msg)
    # Adding 0.0 turns a published -0 into 0.
    return pd.DataFrame(
        {"value": value + 0.0, "status": status.fillna(Status.OBSERVED).astype(str)}
    )


def _or_one_of(symbols: Mapping[str, Status]) -> str:
    known = [repr(symbol) for symbol in symbols]
    return f" or one of {', '.join(known)}" if known else ""


def require_columns(table: pd.DataFrame, required: Sequence[str], where: str) -> None:
    """Refuse a table that lacks a column, naming the nearest ones it has.

    Raises
    ------
    SourceError
        A required column is missing or a column name is repeated.
    """
    repeated = table.columns[table.columns.duplicated()].unique()
    if len(repeated):
        msg = f"{where} has a repeated column: {some(repeated)}. Expected each name once."
        raise SourceError(msg)
    missing = [name for name in required if name not in table.columns]
    if missing:
        hints = [f"{name}{hint(name, table.columns)}" for name in missing]
        msg = (
            f"{where} lacks {plural(len(missing), 'expected column')}: {some(hints)}. The "
            "publisher may have renamed them: compare the release's data guidance, then "
            "add the new name to the reader's column map."
        )
        raise SourceError(msg)


def require_unique(observations: pd.DataFrame, where: str) -> None:
    """Refuse observations in which a key stands twice.

    Raises
    ------
    SourceError
        Names the first repeated keys.
    """
    twice = observations[observations.duplicated(KEY, keep=False)]
    if len(twice):
        keys = twice[KEY].drop_duplicates().astype(str).agg(" / ".join, axis=1)
        msg = (
            f"{where} has {plural(len(keys), 'key')} more than once: {some(keys)}. "
            f"Expected one "
            "row per area, year, measure and breakdown. Keep one breakdown topic of the "
            "file, or remove the repeated rows."
        )
        raise SourceError(msg)


def observations(
    table: pd.DataFrame,
    *,
    measure: str | pd.Series,
    figures: pd.DataFrame,
    source_id: str,
    breakdown_type: str | pd.Series = "total",
    breakdown: str | pd.Series = "total",
) -> pd.DataFrame:
    """Assemble observations from a table with ``la_code`` and ``year`` columns.

    `figures` is what `split_symbols` returned for the same rows.
    """
    return pd.DataFrame(
        {
            "la_code": table["la_code"],
            "year": table["year"],
            "measure": measure,
            "breakdown_type": breakdown_type,
            "breakdown": breakdown,
            "value": figures["value"],
            "status": figures["status"],
            "source_id": source_id,
        },
        columns=list(OBSERVATION_COLUMNS),
    )


def area_observations(
    figures: pd.Series,
    year: str,
    measure: str,
    source_id: str,
    *,
    breakdown_type: str = "total",
    breakdown: str = "total",
    status: Status = Status.OBSERVED,
) -> pd.DataFrame:
    """Observations of one measure and year from numbers indexed by area code.

    A missing number becomes "unavailable", whatever `status` says of the others.
    """
    value = figures.to_numpy(dtype=float)
    return observations(
        pd.DataFrame({"la_code": figures.index, "year": year}),
        measure=measure,
        figures=pd.DataFrame(
            {
                "value": value + 0.0,
                "status": np.where(np.isnan(value), str(Status.UNAVAILABLE), str(status)),
            }
        ),
        source_id=source_id,
        breakdown_type=breakdown_type,
        breakdown=breakdown,
    )
