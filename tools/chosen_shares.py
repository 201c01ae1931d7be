"""Write data/chosen_shares.csv: the covariates chosen for each January held.

    python tools/chosen_shares.py

Run it after the record has changed; what is not kept is chosen anew in every run.
"""

from __future__ import annotations

import csv
import io

from highneeds.forecast.chosen import COLUMNS, kept_file, what_is_read
from highneeds.forecast.shares import regression_of
from highneeds.panel.panel import load_panel


def chosen_text() -> str:
    """The table as text, from the record as it is."""
    regression = regression_of(load_panel())
    record = regression.record
    text = io.StringIO()
    write = csv.writer(text, lineterminator="\n")
    write.writerow(COLUMNS)
    for january in range(record.earliest_origin, record.plans.last + 1):
        chosen = " ".join(regression.chosen(january))
        write.writerow((january, what_is_read(record, january), chosen))
    return text.getvalue()


if __name__ == "__main__":
    kept_file().write_text(chosen_text(), "utf-8", newline="\n")
