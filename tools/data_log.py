"""Write docs/data_log.csv: every published file read, its known faults and its risk.

Run ``python tools/data_log.py`` after ``highneeds data build``; tests/test_logs.py fails
until then.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from highneeds.atomic import table_bytes

ROOT = Path(__file__).resolve().parent.parent
LOG = ROOT / "docs" / "data_log.csv"
TABLES = ROOT / "data" / "tables"
COLUMNS = (
    *("source_id", "publication", "publisher", "edition", "file", "sha256", "licence"),
    *("tables", "known_faults", "figures_not_as_published", "risk", "why", "note"),
)
_CHANGED = ("repaired", "estimated", "withdrawn", "set_aside")


def data_log() -> pd.DataFrame:
    """One row for each file.

    The risk is by rule: higher where figures passed through other hands between the
    publisher and us; middle where some had to be repaired or estimated, or were withdrawn
    or set aside; lower otherwise.
    """
    sources = pd.read_csv(TABLES / "sources.csv", dtype=str, keep_default_na=False)
    issues = pd.read_csv(TABLES / "issues.csv", dtype=str, keep_default_na=False)
    changed = issues[issues["status"].isin(_CHANGED)]
    found = sources.assign(
        known_faults=_count(issues, sources),
        figures_not_as_published=_count(changed, sources),
    )
    # A publisher with a second hand is written "publisher; grouped by another".
    compiled = found["publisher"].str.contains("^Compiled|;")
    touched = found["figures_not_as_published"] > 0
    risk = pd.Series("lower", index=found.index)
    why = pd.Series("The publisher's own file, used as printed.", index=found.index)
    risk[touched] = "middle"
    why[touched] = "Figures are not as printed; data/tables/issues.csv says which and why."
    risk[compiled] = "higher"
    why[compiled] = "Another hand compiled it from what the publisher released."
    return found.assign(risk=risk, why=why)[list(COLUMNS)]


def _count(issues: pd.DataFrame, sources: pd.DataFrame) -> pd.Series:
    """Entries of the record of faults that name each source."""
    named = issues["source_id"].str.split("; ").explode().value_counts()
    return sources["source_id"].map(named).fillna(0).astype(int)


def log_text() -> str:
    """The log as CSV."""
    return table_bytes(data_log(), compress=False).decode("utf-8")


if __name__ == "__main__":
    LOG.write_text(log_text(), "utf-8", newline="\n")
