"""Write docs/assumptions_log.csv: every default assumption, its evidence and its effect.

Run ``python tools/assumptions_log.py`` after any change to data/assumptions/ or to the
model; tests/test_logs.py fails until then. The effect is that of one authority, because an
effect in pounds has no meaning without one.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

import highneeds as hn
from highneeds.answers.sensitivity import tornado
from highneeds.atomic import table_bytes
from highneeds.panel.vintage import horizon
from highneeds.scenario.assumptions import EVIDENCE_WORDS, read_values

ROOT = Path(__file__).resolve().parent.parent
LOG = ROOT / "docs" / "assumptions_log.csv"
AREA, DRAWS = "Somerset", 256
# Names made in the code from a placement or a year.
_FAMILIES = ("unit_cost_", "block_growth.", "block_grants_rolled_in.", "overflow_to_")


def effects() -> tuple[str, str]:
    """Names of the columns of effects: the authority and the end of the default horizon."""
    begin = f"{AREA.lower()}_{horizon(hn.load_panel()).end}"
    return f"{begin}_at_low_gbp_m", f"{begin}_at_high_gbp_m"


def assumptions_log() -> pd.DataFrame:
    """One row for each assumption, in the order of the files.

    ``effects`` are the change in the authority's mean balance at the end of the default
    horizon, £ million, from the assumption held at its central value to that held at its
    low or high one.
    """
    where = {
        name: path.relative_to(ROOT).as_posix()
        for path in sorted((ROOT / "data" / "assumptions").glob("*.toml"))
        for name in read_values(path).tables
    }
    result = hn.project(hn.load_panel(), AREA, draws=DRAWS)
    effect = tornado(result).set_index("name")[["low_gbp", "high_gbp"]] / 1e6
    rows = []
    for name, estimate in hn.load_assumptions().items():
        known: list[float | None] = [None, None]
        if name in effect.index:
            known = [float(effect[column].round(1).loc[name]) for column in effect]
        rows.append(
            {
                "name": name,
                **estimate.model_dump(),
                "evidence_words": EVIDENCE_WORDS[estimate.evidence],
                **dict(zip(effects(), known, strict=True)),
                "file": where[name],
                "used_in": used_in(name),
                "owner": estimate.owner or "The highneeds developers",
                "signed_off_by": "",
            }
        )
    return pd.DataFrame(rows)


def used_in(name: str) -> str:
    """The modules of the model that draw an assumption."""
    family = next((part for part in _FAMILIES if name.startswith(part)), name)
    return "; ".join(
        path.relative_to(ROOT).as_posix()
        for room in ("answers", "model", "record", "scenario")
        for path in sorted((ROOT / "highneeds" / room).glob("*.py"))
        if f'"{family}' in (text := path.read_text("utf-8")) and "assumed(" in text
    )


def log_text() -> str:
    """The log as CSV."""
    return table_bytes(assumptions_log(), compress=False).decode("utf-8")


if __name__ == "__main__":
    LOG.write_text(log_text(), "utf-8", newline="\n")
