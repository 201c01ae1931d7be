"""Write data/chosen_shares.csv and share_fits.csv: covariates of each January, and fits.

    python tools/chosen_shares.py

Run it after the record has changed; what is not kept is worked out anew in every run.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

from highneeds.forecast.chosen import (
    COLUMNS,
    FIT_COLUMNS,
    fits_file,
    kept_file,
    what_is_read,
)
from highneeds.forecast.record import Record
from highneeds.forecast.shares import Regression, Set, regression_of
from highneeds.panel.panel import load_panel

Rows = list[tuple[object, ...]]


def tables() -> tuple[Rows, Rows]:
    """Rows of both tables, from the record as it is."""
    regression = regression_of(load_panel())
    record = regression.record
    sets: Rows = []
    fits: Rows = []
    for january in range(record.earliest_origin, record.plans.last + 1):
        chosen, read = regression.chosen(january), what_is_read(record, january)
        sets.append((january, read, " ".join(chosen)))
        fits += [(read, *row) for row in _fits(record.known(january), january, chosen)]
    return sets, fits


def _fits(record: Record, january: int, chosen: Set) -> Rows:
    """Every fit that a projection from a January asks for."""
    regression = Regression(record)
    for origin in range(record.first_fitted + 1, january + 1):
        regression.deviations(origin, chosen)
    return [
        (origin, ahead, " ".join(names), " ".join(repr(float(each)) for each in found))
        for (origin, names, ahead), found in sorted(regression.fits.items())
    ]


def text_of(columns: Sequence[str], rows: Rows) -> str:
    """A table as CSV."""
    text = io.StringIO()
    write = csv.writer(text, lineterminator="\n")
    write.writerow(columns)
    write.writerows(rows)
    return text.getvalue()


if __name__ == "__main__":
    chosen_rows, fit_rows = tables()
    kept_file().write_text(text_of(COLUMNS, chosen_rows), "utf-8", newline="\n")
    fits_file().write_text(text_of(FIT_COLUMNS, fit_rows), "utf-8", newline="\n")
