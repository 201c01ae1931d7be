"""Covariates already chosen for a January, each beside a hash of what the choice reads.

To choose takes seconds, so what was chosen from the embedded record is kept; from any other
record it is chosen once in a process, however many editions leave alone what it reads.
"""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path

from highneeds import home
from highneeds.forecast.record import Record
from highneeds.forecast.shares import Regression, Set

COLUMNS = ("january", "record", "covariates")
# What the covariates of `CHILDREN` are formed from.
_READ = ("plans", "new", "requests", "children")


def kept_file() -> Path:
    """The table of what was chosen; tools/chosen_shares.py writes it."""
    return home.data_dir() / "chosen_shares.csv"


def what_is_read(record: Record, january: int) -> str:
    """Hash of all that a choice for a January can depend on."""
    return record.known(january).digest(_READ, ("fitted",))


def chosen_set(regression: Regression, january: int) -> Set:
    """The covariates chosen for a January, kept or chosen now."""
    key = (str(january), what_is_read(regression.record, january))
    kept = _kept(kept_file())
    if key not in kept:
        kept[key] = regression.chosen(january)
    return kept[key]


@cache
def _kept(path: Path) -> dict[tuple[str, str], Set]:
    with path.open(encoding="utf-8", newline="") as text:
        return {
            (row["january"], row["record"]): tuple(row["covariates"].split())
            for row in csv.DictReader(text)
        }
