"""Copies of the published folder with one file changed, to show that readers refuse it."""

import functools
import gzip
import zipfile
from collections.abc import Callable
from pathlib import Path

import fastparquet
import pandas as pd

from highneeds.geography import Geography
from highneeds.sources import areas
from highneeds.sources.files import RawFiles


@functools.cache
def geography(raw_dir: Path) -> Geography:
    return Geography(*areas.read(RawFiles(raw_dir)).values())


def altered_text(
    raw_dir: Path, tmp_path: Path, path: str, edit: Callable[[str], str]
) -> RawFiles:
    """The folder with the text of one file passed through `edit`; the others are links.

    The text of an .ods is that of its content.xml. An edit that changes nothing is a
    fault of the test.
    """
    _link_others(raw_dir, tmp_path, path)
    original, copy = raw_dir / path, tmp_path / path
    if original.suffix == ".ods":
        with zipfile.ZipFile(original) as before, zipfile.ZipFile(copy, "w") as after:
            for member in before.namelist():
                content = before.read(member)
                if member == "content.xml":
                    content = _edited(content.decode(), edit).encode()
                after.writestr(member, content)
    elif original.suffix == ".gz":
        copy.write_bytes(gzip.compress(_edited(_text(original), edit).encode("utf-8-sig")))
    else:
        copy.write_text(_edited(_text(original), edit), encoding="utf-8-sig")
    return RawFiles(tmp_path)


def altered_table(
    raw_dir: Path, tmp_path: Path, path: str, edit: Callable[[pd.DataFrame], pd.DataFrame]
) -> RawFiles:
    """The folder with the rows of one .csv, .csv.gz or .parquet passed through `edit`."""
    _link_others(raw_dir, tmp_path, path)
    original, copy = raw_dir / path, tmp_path / path
    if original.suffix == ".parquet":
        with original.open("rb") as stream:
            table = fastparquet.ParquetFile(stream).to_pandas()
        fastparquet.write(copy, edit(table).reset_index(drop=True))
        return RawFiles(tmp_path)
    table = pd.read_csv(original, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    edit(table).to_csv(copy, index=False, encoding="utf-8-sig")
    return RawFiles(tmp_path)


def where(table: pd.DataFrame, column: str, value: object, **keys: str) -> pd.DataFrame:
    """Set `column` in the rows whose other columns are as `keys` say."""
    chosen = pd.Series(data=True, index=table.index)
    for name, wanted in keys.items():
        chosen &= table[name] == wanted
    assert chosen.any(), f"no row has {keys}"
    table.loc[chosen, column] = value
    return table


def _edited(text: str, edit: Callable[[str], str]) -> str:
    changed = edit(text)
    assert changed != text, "the edit changes nothing"
    return changed


def _text(path: Path) -> str:
    if path.suffix == ".gz":
        return gzip.decompress(path.read_bytes()).decode("utf-8-sig")
    return path.read_text(encoding="utf-8-sig")


def _link_others(raw_dir: Path, tmp_path: Path, path: str) -> None:
    for source in raw_dir.rglob("*"):
        target = tmp_path / source.relative_to(raw_dir)
        if source.is_dir():
            target.mkdir(parents=True, exist_ok=True)
        elif source != raw_dir / path:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.symlink_to(source)
