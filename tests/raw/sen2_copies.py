"""SEN2 files read plainly, and copies with one file changed that readers must refuse."""

import functools
from collections.abc import Callable
from pathlib import Path

import pandas as pd
from fastparquet import ParquetFile

from highneeds.sources.contract import SourceFile
from highneeds.sources.files import RawFiles

ENGLAND = "E92000001"
KEYS = ["measure", "breakdown_type", "breakdown", "year", "la_code"]


def plain(raw_dir: Path, source: SourceFile) -> pd.DataFrame:
    """A published file as text, by pandas alone."""
    return _read(raw_dir / source.path).copy()


@functools.lru_cache(maxsize=2)
def _read(path: Path) -> pd.DataFrame:
    return pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")


def changed(
    raw_dir: Path,
    tmp_path: Path,
    source: SourceFile,
    edit: Callable[[pd.DataFrame], pd.DataFrame | None],
) -> RawFiles:
    """The education folder with one file rewritten by `edit`; the others are links."""
    table = plain(raw_dir, source)
    edited = edit(table)
    for file in (raw_dir / "education").rglob("*"):
        target = tmp_path / file.relative_to(raw_dir)
        if file.is_dir() or target == tmp_path / source.path:
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        target.symlink_to(file)
    copy = tmp_path / source.path
    packed = {"method": "gzip", "compresslevel": 1} if copy.suffix == ".gz" else None
    (table if edited is None else edited).to_csv(
        copy, index=False, encoding="utf-8-sig", compression=packed
    )
    return RawFiles(tmp_path)


def values(observations: pd.DataFrame) -> pd.Series:
    """Values by measure, breakdown type, breakdown, year and area."""
    return observations.set_index(KEYS)["value"].sort_index()


def statuses(observations: pd.DataFrame) -> pd.Series:
    """Statuses by the same keys."""
    return observations.set_index(KEYS)["status"].astype(str).sort_index()


def authorities(figures: pd.Series) -> pd.Series:
    """The figures of authorities alone."""
    return figures[figures.index.get_level_values("la_code").str.fullmatch(r"\d{3}")]


def cells(table: pd.DataFrame, **wanted: str) -> pd.Series:
    """Which rows of a published file have all these cells."""
    chosen = pd.Series(data=True, index=table.index)
    for column, cell in wanted.items():
        chosen &= table[column] == cell
    return chosen


def interactive_tool(raw_dir: Path, measure: str) -> pd.Series:
    """A measure of DfE's Local Authority Interactive Tool by year and authority."""
    file = raw_dir / "education/dfe-lait/bds_long_0.parquet"
    columns = ["Short Desc", "Years", "Values", "LA Number"]
    with file.open("rb") as stream:
        published = ParquetFile(stream).to_pandas(columns=columns)
    rows = published[
        (published["Short Desc"] == measure)
        & published["Values"].str.fullmatch(r"[\d.]+")
        & (published["LA Number"] < 970)
    ]
    keys = [rows["Years"].str[:4].rename("year")]
    keys.append(rows["LA Number"].astype(int).astype(str).rename("la_code"))
    return rows["Values"].astype(float).set_axis(pd.MultiIndex.from_arrays(keys))
