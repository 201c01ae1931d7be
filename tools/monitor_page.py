"""Try the monitor on simulated years of every authority and write down how it did.

Run ``python tools/monitor_page.py`` after a change of the rule or the model: it writes
data/monitor_trials.csv, which reports show, and docs/monitor.md. A minute or two.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from highneeds import atomic, home
from highneeds.answers.monitor import MONTHS
from highneeds.answers.monitor_trials import summary_of, trials
from highneeds.answers.watch_rule import watch_rule
from highneeds.panel.panel import load_panel
from highneeds.panel.vintage import vintage
from highneeds.report.monitor import TRIALS_FILE
from highneeds.words import percent

ROOT = Path(__file__).resolve().parent.parent
KEPT = ROOT / "data" / TRIALS_FILE
PAGE = ROOT / "docs" / "monitor.md"
_SHOWN = (1, 3, 6, 9, 12)
_DECIMALS = 4


def run() -> pd.DataFrame:
    """The trials of every authority, summed up by case."""
    panel = load_panel()
    now = vintage(panel).census.end
    codes = [area.la_code for area in panel.geography.authorities(now)]
    return summary_of(trials(panel, codes)).round(_DECIMALS)


def page_text(table: pd.DataFrame) -> str:
    """The page, from the trials as they are kept."""
    rule = watch_rule()
    limits = rule.limits
    by = MONTHS.index(limits.found_by) + 1
    rows_by = {str(row["case"]): row for _, row in table.iterrows()}
    none, drift = rows_by["none"], rows_by["drift"]
    false, named = float(none["alert_12"]), float(none["flagged"])
    found = float(drift[f"alert_{by}"])
    kept = {True: "kept", False: "**missed**"}
    limit_rows: list[tuple[str, ...]] = [
        (
            "Years that go as forecast: an alert in any of their twelve months",
            f"at most {percent(limits.most_false_alarms)}",
            percent(false, decimals=1),
            kept[false <= limits.most_false_alarms],
        ),
        (
            f"Drift of {percent(limits.drift)} of spending from April: an alert by the "
            f"end of {limits.found_by}",
            f"at least {percent(limits.least_found)}",
            percent(found, decimals=1),
            kept[found >= limits.least_found],
        ),
        (
            "Years that go as forecast: any provision named in any month",
            f"at most {percent(limits.most_false_flags)}",
            percent(named, decimals=1),
            kept[named <= limits.most_false_flags],
        ),
    ]
    heads = [f"by {MONTHS[month - 1]}" for month in _SHOWN]
    rows: list[tuple[str, ...]] = [
        (
            str(row["title"]),
            *(percent(float(row[f"alert_{month}"])) for month in _SHOWN),
            str(row["month"]) or "never",
            percent(float(row["flagged"])),
        )
        for _, row in table.iterrows()
    ]
    return _TEXT.format(
        years=limits.years,
        drift=percent(limits.drift),
        swing=percent(rule.month_swing),
        half=drift["month"] or "no month",
        limits=_table(("Limit", "Set", "Found", ""), limit_rows),
        table=_table(
            ("Years simulated", *heads, "half of them by", "any provision named"), rows
        ),
    )


def _table(heads: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    lines = [heads, tuple("---" for _ in heads), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


_TEXT = """\
# How the year is watched, and how well

<!-- Written by tools/monitor_page.py. -->

`python3 start.py monitor AREA --inputs FILE` sets an authority's ledger beside the
forecast, as [the method](method.md) says. No release holds spending by month, so
the rule was tried on {years} simulated years of every authority. The limits were
[written down](decisions/0045-the-year-watched.md) before the first was run; neither they
nor the rule was changed afterwards.

{limits}

Half of the years with a drift of {drift} have their alert by the end of {half}.

Shares of years with an alert by the end of a month. Of years with a drift only an alert
“above” counts. A month of one provision swings by {swing}, which is an assumption without a
source; where a row says otherwise the rule does not know of it.

{table}

What follows from it:

- Where months swing twice as much as assumed, alerts come too often: the ledger's own
  months correct the swing only as they come in.
- A ledger of paid bills alone, without what is owed, cannot be watched: April is short, and
  the rule calls it a fall. Give months as closed, with accruals. The year before in the
  same file, month by month, takes most false alarms away, and leaves few true ones.
- A drift that begins in September is found late. One in a single provision is known by its
  name in nearly every year.
- In most years drawn from the forecast's own futures spending leaves the central case by
  more than months swing: such an alert is no fault, it says that the forecast was
  uncertain.
"""


if __name__ == "__main__":
    found = run()
    atomic.replace_file(KEPT, atomic.table_bytes(found, compress=False))
    kept = home.read_table(KEPT)
    PAGE.write_text(page_text(kept), "utf-8", newline="\n")
