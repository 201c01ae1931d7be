"""The embedded tables of figures: read when first asked for, split by measure."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import pandas as pd

from highneeds import home
from highneeds.errors import SourceError
from highneeds.panel.schema import MEASURES, STORED_COLUMNS

_TEXTS = tuple(name for name in STORED_COLUMNS if name != "value")
_NO_ROWS = pd.DataFrame({name: pd.Series(dtype=str) for name in STORED_COLUMNS}).astype(
    {"value": float}
)
_SPLIT_YEAR = "exclusions-split-year"
# What the issues of areas printed under another code begin with; see `panel.complete`.
UNDER_OTHER_CODE = "under-other-code"


@lru_cache(maxsize=256)
def stored_rows(folder: Path, measure: str) -> pd.DataFrame:
    """Rows of one measure (columns of `schema.STORED_COLUMNS`); empty where there is none.

    Raises
    ------
    SourceError
        The table of the measure is missing.
    """
    return as_text(coded_rows(folder, measure))


def coded_rows(folder: Path, measure: str) -> pd.DataFrame:
    """The same with texts as categories: to choose some rows is quick, to write all is not.

    Raises
    ------
    SourceError
        As `stored_rows`.
    """
    return _by_measure(folder, MEASURES[measure].table).get(measure, _NO_ROWS)


def as_text(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows with every text written out."""
    return rows.astype(dict.fromkeys(_TEXTS, str))


@lru_cache(maxsize=8)
def returned_elsewhere(folder: Path) -> frozenset[tuple[str, str, str]]:
    """Missing figures (measure, la_code, year) printed under the area's other code.

    In the school year of a split the census was returned by the old authority and the
    exclusions by the new ones, and population is given for the areas of the next April;
    the issues list each cell left empty by that.
    """
    issues = home.read_table(folder / "issues.csv")
    other = issues["issue_id"].str.startswith(f"{UNDER_OTHER_CODE}-")
    mine = issues[(issues["issue_id"] == _SPLIT_YEAR) | other]
    mine = mine.assign(measure=mine["measure"].str.split("; ")).explode("measure")
    return frozenset(
        mine[["measure", "la_code", "year"]].itertuples(index=False, name=None)
    )


@lru_cache(maxsize=64)
def _by_measure(folder: Path, name: str) -> dict[str, pd.DataFrame]:
    """One stored table, split by measure, with texts as categories."""
    path = folder / f"{name}.csv.gz"
    if not path.is_file():
        msg = (
            f"The embedded table {path.name} is missing from {folder}. Install the package "
            "again, or run `highneeds data build --raw DIR`."
        )
        raise SourceError(msg)
    table = pd.read_csv(
        path,
        dtype={**dict.fromkeys(_TEXTS, "category"), "value": float},  # type: ignore[arg-type]
        keep_default_na=False,
        na_values={"value": [""]},
    )
    for name in _TEXTS:
        # Years would be numbers: what is a text here is one everywhere.
        table[name] = table[name].cat.rename_categories(str)
    return {
        str(measure): rows.reset_index(drop=True)
        for measure, rows in table.groupby("measure", observed=True, sort=False)
    }
