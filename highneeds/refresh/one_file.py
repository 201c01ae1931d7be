"""Reading one published file by itself, as the build reads the edition it follows."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from highneeds import home
from highneeds.errors import SourceError, UsageError, some
from highneeds.files import is_file
from highneeds.geography import Geography
from highneeds.panel.complete import completed
from highneeds.panel.schema import MEASURES, STORED_COLUMNS
from highneeds.refresh.recognition import Recognised, noted, recognise
from highneeds.sources import registry
from highneeds.sources.contract import Reading, require_unique
from highneeds.words import plural


def read_file(
    found: Recognised, file: Path, geography: Geography, held: pd.DataFrame
) -> Reading:
    """Read a recognised file, checked exactly as in a build.

    Parameters
    ----------
    held : DataFrame
        Rows of the same measure that are held, for a repair that needs one of them.

    Returns
    -------
    Reading
        Citing the source of the edition the file follows.

    Raises
    ------
    SourceError
        As the reader: a column, symbol, area or sum is not as it should be.
    """
    series = registry.every_series()[found.layout.key]
    source, raw = series.source, found.as_raw(file, series.source)
    try:
        return completed(series.read(raw, geography, held), geography)
    except SourceError as error:
        # Readers name the file by its place in the build, or by what it holds.
        said = str(error).replace(source.path, file.name)
        msg = said if file.name in said else f"{file.name}: {said}"
        raise SourceError(noted(msg, found.notes)) from None


def figures_of(path: Path, geography: Geography) -> tuple[pd.DataFrame, list[str]]:
    """The figures of a release: a folder of tables, of published files, or one such file.

    Returns
    -------
    DataFrame, list of str
        Observations or stored rows; and for each file left out, which and why.

    Raises
    ------
    SourceError
        Nothing there is a table this package knows, or a file is not as released.
    UsageError
        There is nothing at `path`.
    """
    if is_file(path):
        return _figures_of_file(path, geography), []
    if not path.is_dir():
        msg = f"There is no {path}. Give a folder of tables, a folder of files, or a file."
        raise UsageError(msg)
    if (path / "sources.csv").is_file():
        names = sorted(path.glob("*.csv.gz"))
        return pd.concat([stored_table(one) for one in names], ignore_index=True), []
    frames, left_out = [], []
    for file in sorted(one for one in path.iterdir() if one.is_file()):
        try:
            found = recognise(file)
        except SourceError as error:
            left_out.append(f"{file.name}: {str(error).split('. ')[0]}")
            continue
        frames.append(_observations(found, file, geography))
    if not frames:
        msg = (
            f"No file in {path} is a table this package follows: "
            f"{some(left_out) or 'it is empty'}. Give a folder with the files of a release."
        )
        raise SourceError(msg)
    together = pd.concat(frames, ignore_index=True)
    require_unique(together, str(path))
    return together, left_out


def stored_table(path: Path) -> pd.DataFrame:
    """One stored table, values as numbers."""
    table = home.read_table(path)
    lacking = set(STORED_COLUMNS) - set(table.columns)
    if lacking:
        msg = (
            f"{path} lacks {plural(len(lacking), 'column')}: {some(sorted(lacking))}. "
            f"Expected a table written "
            "by `highneeds data build`. Give such a folder, or published files."
        )
        raise SourceError(msg)
    return table.assign(value=pd.to_numeric(table["value"]))


def _figures_of_file(file: Path, geography: Geography) -> pd.DataFrame:
    if file.name.endswith(".csv.gz") and (file.parent / "sources.csv").is_file():
        return stored_table(file)
    return _observations(recognise(file), file, geography)


def _observations(found: Recognised, file: Path, geography: Geography) -> pd.DataFrame:
    table = MEASURES[found.layout.measure].table
    held = stored_table(home.shipped_tables_dir() / f"{table}.csv.gz")
    return read_file(found, file, geography, held).observations
