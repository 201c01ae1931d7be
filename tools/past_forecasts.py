"""Make data/past_forecasts.csv.gz: what the method would have said, and what happened.

Every authority, region and England, from every January that can be forecast from, with the
plans of that January (what "no change" says) and those that came. Half a minute::

    python tools/past_forecasts.py

Run it after the record or `highneeds.forecast` changes; a report made from another record
says which edition the table marks.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from highneeds import atomic, home
from highneeds.answers.backtest import last_marked
from highneeds.answers.backtest_run import Choice, MethodRun, RuleRun
from highneeds.answers.trust import COLUMNS, KEYS, METHOD
from highneeds.forecast.method import METHODS
from highneeds.forecast.record import record_of
from highneeds.panel.panel import Panel, load_panel

PATH = Path(__file__).resolve().parent.parent / "data" / home.PAST_FILE
NO_CHANGE = "naive"
# Plans of a region are whole, what is foretold is not: a tenth of a plan is kept.
_DECIMALS = 1


def past_forecasts(panel: Panel) -> pd.DataFrame:
    """A row for each area, January and year ahead: columns of `trust.COLUMNS`."""
    until = last_marked(panel)
    origins = tuple(range(record_of(panel).first_origin, until))
    chosen = Choice(METHODS[METHOD].definition, origins).done(panel)
    made = [MethodRun(METHOD, one, until, chosen[one]).done(panel) for one in origins]
    same = [RuleRun(NO_CHANGE, one, until).done(panel) for one in origins]
    then = pd.concat(same).rename(columns={"point": "plans"})
    table = pd.concat(made).merge(
        then[["level", *KEYS, "plans"]], on=["level", *KEYS], validate="1:1"
    )
    edition = home.edition_of(home.shipped_tables_dir())
    return table.round(_DECIMALS).assign(edition=edition)[list(COLUMNS)]


if __name__ == "__main__":
    found = past_forecasts(load_panel())
    atomic.replace_file(PATH, atomic.table_bytes(found, compress=True))
