"""Opens one Parquet table in a process of its own: see `highneeds.sources.child`.

Run as ``python -m highneeds.sources.parquet_child COLUMN...``: the file comes in by
standard input; the names of its columns, and those asked for where it has them all, go out
as JSON.
"""

from __future__ import annotations

import base64
import importlib.util
import io
import json
import sys
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from highneeds.errors import SourceError
from highneeds.sources.child import FOUND, REFUSED, answer_of, limit

# The largest published table takes half of it.
_MOST_MEMORY = 3 * 1024**3
_MOST_ROWS = 5_000_000
_MARK = b"PAR1"


def table_in(
    data: bytes, name: str, columns: Sequence[str]
) -> tuple[list[str], pd.DataFrame | None]:
    """Names of all columns of a Parquet table, and those wanted, where it has them all.

    Raises
    ------
    SourceError
        The Parquet reader is missing, or the file is damaged or too large.
    """
    if importlib.util.find_spec("fastparquet") is None:
        msg = (
            f"Reading {name} needs the parquet reader fastparquet, which is not "
            'installed. Install it with: pip install "highneeds[build]".'
        )
        raise SourceError(msg)
    answer = answer_of(__name__, columns, data)
    if FOUND not in answer:
        why = answer.get(
            REFUSED,
            "opening it took more memory or time than any table needs, or stopped the "
            "program that reads it",
        )
        msg = f"{name} is not a readable parquet file: {why}. Download it again."
        raise SourceError(msg)
    names, held = answer[FOUND]
    if held is None:
        return names, None
    return names, pd.DataFrame({name: _column(*one) for name, one in held.items()})


def _column(kinds: list[Any], places: str) -> pd.Series:
    """A column out of its different values and where each stands; -1 is none."""
    where = np.frombuffer(base64.b64decode(places), dtype=np.int32)
    return pd.Series([*kinds, None]).take(where).reset_index(drop=True)


def _opened(data: bytes, columns: Sequence[str]) -> tuple[list[str], Any]:
    from fastparquet import ParquetFile

    # Of other bytes its reader takes lengths for granted, and may never come to an end.
    if not data.startswith(_MARK) or not data.endswith(_MARK):
        msg = "it does not begin and end as such a file does"
        raise ValueError(msg)
    file = ParquetFile(io.BytesIO(data))
    names = [str(name) for name in file.columns]
    if not set(columns) <= set(names):
        return names, None
    if file.count() > _MOST_ROWS:
        msg = f"it has {file.count():,} rows; no table followed has so many"
        raise ValueError(msg)
    table = file.to_pandas(columns=list(columns))
    held = {}
    for name in columns:
        where, kinds = pd.factorize(table[name])
        text = [one if isinstance(one, str) else float(one) for one in kinds]
        held[name] = text, base64.b64encode(where.astype(np.int32).tobytes()).decode()
    return names, held


def _main() -> None:
    limit(_MOST_MEMORY)
    answer: dict[str, Any]
    try:
        answer = {FOUND: _opened(sys.stdin.buffer.read(), sys.argv[1:])}
    # A damaged file raises whatever the layer that met the damage raises.
    except Exception as error:
        answer = {REFUSED: " ".join(str(error).split()).rstrip(".") or type(error).__name__}
    sys.stdout.write(json.dumps(answer))


if __name__ == "__main__":
    _main()
