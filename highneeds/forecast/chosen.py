"""Covariates already chosen for a January and their fits, beside a hash of what they read.

To choose takes seconds and to fit a tenth of a report, so what comes of the embedded record
is kept; from any other record it is worked out once in a process, however many editions
leave alone what it reads.
"""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path

import numpy as np

from highneeds import home
from highneeds.forecast.record import Record
from highneeds.forecast.shares import Fits, Regression, Set

COLUMNS = ("january", "record", "covariates")
FIT_COLUMNS = ("record", "january", "ahead", "covariates", "coefficients")
# What the covariates of `CHILDREN` are formed from.
_READ = ("plans", "new", "requests", "children")


def kept_file() -> Path:
    """The table of what was chosen; tools/chosen_shares.py writes it."""
    return home.data_dir() / "chosen_shares.csv"


def fits_file() -> Path:
    """The table of fits; tools/chosen_shares.py writes it too."""
    return home.data_dir() / "share_fits.csv"


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


def kept_fits(record: Record, january: int) -> Fits:
    """Coefficients kept of what a record holds at a January; none of another record."""
    return _kept_fits(fits_file()).get(what_is_read(record, january), {})


@cache
def _kept_fits(path: Path) -> dict[str, dict[tuple[int, Set, int], np.ndarray]]:
    found: dict[str, dict[tuple[int, Set, int], np.ndarray]] = {}
    with path.open(encoding="utf-8", newline="") as text:
        for row in csv.DictReader(text):
            key = (int(row["january"]), tuple(row["covariates"].split()), int(row["ahead"]))
            found.setdefault(row["record"], {})[key] = np.array(
                [float(each) for each in row["coefficients"].split()]
            )
    return found


@cache
def _kept(path: Path) -> dict[tuple[str, str], Set]:
    with path.open(encoding="utf-8", newline="") as text:
        return {
            (row["january"], row["record"]): tuple(row["covariates"].split())
            for row in csv.DictReader(text)
        }
