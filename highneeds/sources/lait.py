"""The Local Authority Interactive Tool: one long file of measures, published as text.

Several readers take a few of its 434 measures; this is the one place that opens it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from functools import lru_cache
from pathlib import Path

import pandas as pd

from highneeds.errors import SourceError, some
from highneeds.files import content_of
from highneeds.geography import Geography
from highneeds.sources.contract import (
    ENGLAND,
    SourceFile,
    Status,
    require_columns,
    split_symbols,
)
from highneeds.sources.files import RawFiles
from highneeds.sources.parquet_child import table_in
from highneeds.words import hint

LAIT = SourceFile(
    "lait_2026_04",
    "education/dfe-lait/bds_long_0.parquet",
    "Local Authority Interactive Tool",
    "Department for Education",
    "April 2026",
    note="Values are text with binary noise; each reader states the decimals published.",
)

_MEASURE, _YEAR, _AREA, _VALUE = COLUMNS = "Short Desc", "Years", "LA Number", "Values"
_AREAS = {
    "970": ENGLAND,
    "980": "E12000001",
    "981": "E12000002",
    "982": "E12000003",
    "983": "E12000004",
    "984": "E12000005",
    "985": "E12000006",
    "986": "E12000007",
    "987": "E13000001",
    "988": "E13000002",
    "989": "E12000008",
    "990": "E12000009",
}
_LONDON_PARTS = ("E13000001", "E13000002")
# The tool prints "-" both for a figure it does not have and for an area that did not exist.
_SYMBOLS = {"-": Status.UNAVAILABLE}
_NO_YEAR = "0"
_JANUARY, _JULY = 1, 7
_NOISE = 1e-9


def read_measures(
    raw: RawFiles,
    geography: Geography,
    decimals: Mapping[str, int],
    *,
    of_summer: Collection[str] = (),
) -> pd.DataFrame:
    """Read some measures of the tool, free of its binary noise.

    Parameters
    ----------
    decimals : mapping
        Measure id of the tool to the number of decimals it is published to.
    of_summer : collection
        Those of them that are of the summer, and of the areas then in being; any other is
        of the areas in being at the census of January.

    Returns
    -------
    DataFrame
        ``measure_id``, ``la_code``, ``year`` (as printed: ``2016`` or ``2015/16``),
        ``january`` (the census inside that year), ``value``, ``status``. One row per
        measure, year and area in being.

    Raises
    ------
    SourceError
        The file or the parquet reader is missing, a measure or an area is not known, a
        figure stands where the area did not exist, or has more decimals than stated, or the
        areas are not listed alike in every year.
    """
    published = _table(raw.path(LAIT), LAIT.path)
    unknown = set(decimals) - set(published[_MEASURE])
    if unknown:
        there = sorted(set(published[_MEASURE]))
        hints = [f"{name}{hint(name, there)}" for name in sorted(unknown)]
        msg = (
            f"{LAIT.path} lacks the measures {some(hints)}. Check the tool's data "
            "dictionary for a renamed measure."
        )
        raise SourceError(msg)
    chosen = published[_MEASURE].isin(decimals) & (published[_YEAR] != _NO_YEAR)
    table = published[chosen].reset_index(drop=True)
    figures = split_symbols(
        table[_VALUE], f"{LAIT.path}, {_VALUE}", _SYMBOLS, exponents=True
    )
    table = pd.DataFrame(
        {
            "measure_id": table[_MEASURE],
            "la_code": _la_codes(table[_AREA], geography),
            "year": table[_YEAR].str.strip(),
            "january": _januaries(table[_YEAR]),
            "value": _without_noise(figures["value"], table[_MEASURE].map(decimals)),
            "status": figures["status"],
        }
    )
    _require_one_order(_once(table))
    return _in_being(table, geography, of_summer)


def columns_of(file: Path) -> list[str]:
    """Names of the columns of a parquet file.

    Raises
    ------
    SourceError
        The parquet reader is missing, or the file is damaged.
    """
    return _opened(file)[0]


def years_of(file: Path, measure: str) -> list[int]:
    """The Januaries inside the years a measure of the tool covers, in order.

    Raises
    ------
    SourceError
        The file is damaged, or a year is not written as the tool writes it.
    """
    table = _table(file, file.name)
    mine = table.loc[(table[_MEASURE] == measure) & (table[_YEAR] != _NO_YEAR), _YEAR]
    return sorted(set(_januaries(mine)))


def _once(table: pd.DataFrame) -> pd.DataFrame:
    twice = table[table.duplicated(["measure_id", "la_code", "year"])]
    if len(twice):
        keys = twice[["measure_id", "la_code", "year"]].agg(" / ".join, axis=1)
        msg = f"{LAIT.path} has figures twice: {some(keys)}. Expected one of each."
        raise SourceError(msg)
    return table


def _require_one_order(table: pd.DataFrame) -> None:
    """Refuse a measure that lists its areas in another order in one year than before.

    The tool lists every area of every year alike. Where a column of years is shifted by a
    row, the first area of each year stands last in the one before, and nothing else tells.
    """
    moved = []
    for measure_id, rows in table.groupby("measure_id", sort=False):
        known: pd.Series | None = None
        for year, codes in rows.groupby("year", sort=True)["la_code"]:
            mine = codes.reset_index(drop=True)
            if known is not None:
                ours = mine[mine.isin(known)].to_list()
                theirs = known[known.isin(mine)].to_list()
                moved += [
                    f"{measure_id} {year} (area {one} where {other} stood before)"
                    for one, other in zip(ours, theirs, strict=True)
                    if one != other
                ][:1]
            known = mine
    if moved:
        msg = (
            f"{LAIT.path} has its areas in another order in one year than in the one "
            f"before: {some(moved)}. Expected every year of a measure to list them alike, "
            "as the tool does. A column of years or areas may be shifted by a row, or rows "
            "moved: download the file again."
        )
        raise SourceError(msg)


def _table(path: Path, where: str) -> pd.DataFrame:
    """The columns read of the tool, as text but for the numbers of areas.

    Raises
    ------
    SourceError
        See `columns_of`; or a column is missing.
    """
    names, table = _opened(path)
    require_columns(pd.DataFrame(columns=names), COLUMNS, where)
    assert table is not None
    texts = [name for name in COLUMNS if name != _AREA]
    return table.assign(**{name: table[name].astype(str) for name in texts})


def _opened(path: Path) -> tuple[list[str], pd.DataFrame | None]:
    there = path.stat()
    return _opened_once(path, there.st_mtime_ns, there.st_size)


@lru_cache(maxsize=1)
def _opened_once(
    path: Path, changed: int, size: int
) -> tuple[list[str], pd.DataFrame | None]:
    """A parquet file, opened in a process of its own, once for all readers of a build."""
    return table_in(content_of(path).data, path.name, COLUMNS)


def _la_codes(numbers: pd.Series, geography: Geography) -> pd.Series:
    printed = pd.to_numeric(numbers, errors="coerce")
    codes = printed.map(lambda number: f"{number:.0f}").replace(_AREAS)
    strangers = sorted(set(codes) - set(geography.areas))
    if strangers:
        msg = (
            f"{LAIT.path} has area numbers that are not known: {some(strangers)}. Expected "
            "three-digit DfE codes and 970 to 990. Add a new authority to the code changes."
        )
        raise SourceError(msg)
    return codes


def _januaries(years: pd.Series) -> pd.Series:
    """Calendar year of the January inside each printed year, ``2016`` or ``2015/16``."""
    parts = years.str.strip().str.extract(r"^(\d{4})(/\d{2})?$")
    if parts[0].isna().any():
        strange = years[parts[0].isna()].unique()
        msg = (
            f"{LAIT.path} has years that are not written 2016 or 2015/16: {some(strange)}. "
            "Provisional and early figures must be read on purpose, not as final ones."
        )
        raise SourceError(msg)
    return parts[0].astype(int) + parts[1].notna().astype(int)


def _without_noise(values: pd.Series, decimals: pd.Series) -> pd.Series:
    exact = values.copy()
    for places in decimals.unique():
        exact[decimals == places] = values[decimals == places].round(int(places))
    finer = (values - exact).abs() > _NOISE
    if finer.any():
        msg = (
            f"{LAIT.path} has {int(finer.sum())} figures with more decimals than expected: "
            f"{some(values[finer])}. The publisher may have changed the rounding; compare "
            "the data dictionary, then state the new decimals in the reader."
        )
        raise SourceError(msg)
    return exact


def _in_being(
    table: pd.DataFrame, geography: Geography, of_summer: Collection[str]
) -> pd.DataFrame:
    """Keep the areas that existed; the tool lists old and new authorities in every year."""
    months = table["measure_id"].isin(of_summer).map({True: _JULY, False: _JANUARY})
    keys = pd.Series(list(zip(table["la_code"], table["january"], months, strict=True)))
    absent = {
        (code, year, month)
        for code, year, month in set(keys)
        if not geography[code].existed_on(date(year, month, 15))
    }
    gone = keys.isin(absent)
    impossible = gone & table["value"].notna()
    if impossible.any():
        where = keys[impossible].map(lambda key: f"{key[0]} in {key[1]}")
        msg = (
            f"{LAIT.path} has figures for authorities that did not exist: "
            f"{some(where.unique())}. Check the code changes and their dates."
        )
        raise SourceError(msg)
    # Inner and Outer London are listed for every measure but published for few.
    unpublished = table["la_code"].isin(_LONDON_PARTS) & table["value"].isna()
    return table[~gone & ~unpublished].reset_index(drop=True)
