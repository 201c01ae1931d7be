"""Freeze the projection of every authority's plans, to be marked when the truth is known.

    python tools/freeze_plans.py 2026 [--until 2030-31]

writes ``data/frozen/plans_from_january_BASE.csv`` for the Januaries named
and adds its line to ``data/frozen/frozen.csv``. A frozen file is never made again: the run
stops if the file exists.
"""

import argparse
import csv
import hashlib
import subprocess
import sys
from datetime import date
from pathlib import Path

import highneeds as hn
from highneeds.scenario.scenario import Scenario

ROOT = Path(__file__).resolve().parent.parent
FROZEN = ROOT / "data" / "frozen"
DRAWS, SEED = 1000, 20250901
COLUMNS = ("la_code", "la_name", "census", "p10", "p50", "p90", "central")


def rows(censuses: list[str], until: str | None) -> list[dict[str, str]]:
    """A row an authority and January."""
    panel = hn.load_panel()
    found = []
    for area in panel.geography.authorities(int(censuses[0])):
        result = hn.project(
            panel, area, Scenario.load(), until=until, draws=DRAWS, seed=SEED
        )
        plans = result.plans().set_index("year")
        for census in censuses:
            numbers = {name: float(plans[name].loc[census]) for name in COLUMNS[3:]}
            found.append(
                {"la_code": area.la_code, "la_name": area.name, "census": census}
                | {name: f"{value:.4f}" for name, value in numbers.items()}
            )
    return found


def main() -> None:
    """Write one frozen file and its line in the list."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("censuses", nargs="+")
    words.add_argument("--until")
    words.add_argument("--name", help="of the file, where another method forecasts as much")
    asked = words.parse_args()
    base = int(asked.censuses[0]) - 1
    path = FROZEN / f"{asked.name or f'plans_from_january_{base}'}.csv"
    if path.exists():
        sys.exit(f"{path.name} is frozen already: a forecast is never made again.")
    found = rows(asked.censuses, asked.until)
    with path.open("w", encoding="utf-8", newline="") as file:
        write = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        write.writeheader()
        write.writerows(found)
    commit = subprocess.run(
        ["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.strip()
    line = {
        "file": path.name,
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        "made_on": date.today().isoformat(),
        "version": hn.__version__,
        "commit": commit,
        "scenario": "trend",
        "draws": DRAWS,
        "seed": SEED,
        "last_census_used": base,
        "rows": len(found),
    }
    listed = FROZEN / "frozen.csv"
    new = not listed.exists()
    with listed.open("a", encoding="utf-8", newline="") as file:
        write = csv.DictWriter(file, line, lineterminator="\n")
        if new:
            write.writeheader()
        write.writerow(line)


if __name__ == "__main__":
    main()
