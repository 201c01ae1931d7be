"""A panel of made-up figures for real authorities, written as the embedded tables are."""

from pathlib import Path

import pandas as pd

from highneeds import atomic
from highneeds.geography import Geography
from highneeds.panel.panel import Panel
from highneeds.panel.schema import MEASURES, STORED_COLUMNS, TABLES

ISSUE_COLUMNS = (
    "issue_id measure la_code year published used why status source_id breakdown_type "
    "breakdown"
).split()


def figure(
    measure: str,
    la_code: str,
    year: str,
    value: float | None,
    status: str = "observed",
    breakdown: str = "total/total",
    source: str = "made_up",
) -> dict[str, object]:
    """One row of a stored table."""
    kind, name = breakdown.split("/", 1)
    known = MEASURES[measure]
    return {
        "la_code": la_code,
        "geography_level": Geography.load()[la_code].level,
        "year": year,
        "period_type": known.period_type,
        "measure": measure,
        "breakdown_type": kind,
        "breakdown": name,
        "value": value,
        "unit": known.unit,
        "status": status,
        "source_id": source,
    }


def made_panel(
    folder: Path,
    figures: list[dict[str, object]],
    issues: list[dict[str, str]] | None = None,
) -> Panel:
    """A panel that holds these figures and no others."""
    table = pd.DataFrame(figures, columns=list(STORED_COLUMNS))
    for name in TABLES:
        mine = table[table["measure"].map(lambda measure: MEASURES[measure].table) == name]
        content = atomic.table_bytes(mine, compress=True)
        atomic.replace_file(folder / f"{name}.csv.gz", content)
    written = [dict.fromkeys(ISSUE_COLUMNS, "") | issue for issue in issues or []]
    faults = pd.DataFrame(written, columns=ISSUE_COLUMNS)
    atomic.replace_file(folder / "issues.csv", atomic.table_bytes(faults, compress=False))
    return Panel(folder, Geography.load())
