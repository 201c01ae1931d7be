"""The ``national`` verb: every authority added up, beside the published forecasts."""

from __future__ import annotations

import argparse
from pathlib import Path

from highneeds.cli.printing import FORMATS, Verbs, print_table, say
from highneeds.errors import UsageError


def register(verbs: Verbs) -> None:
    """Add ``national``."""
    national = verbs.add_parser("national", help="all of England, added draw by draw")
    national.add_argument(
        "--scenario", default="trend", help="shipped name or a .toml file"
    )
    national.add_argument("--until", default="2029-30")
    national.add_argument("--draws", type=int, default=1000)
    national.add_argument("--seed", type=int, default=20250901)
    national.add_argument("--workers", type=int, default=1)
    national.add_argument("--region", metavar="R", help="a region instead of England")
    national.add_argument("--forecasts", action="store_true", help="beside published ones")
    national.add_argument("--format", choices=FORMATS, default="table")
    national.add_argument(
        "--out", type=Path, metavar="FILE", help="write CSV there instead"
    )
    national.set_defaults(command=_national)


def _national(options: argparse.Namespace) -> int:
    from highneeds import embedded
    from highneeds.model.nation import project_nation
    from highneeds.model.scenario import Scenario
    from highneeds.panel.panel import load_panel

    panel, scenario = load_panel(), Scenario.load(options.scenario)
    area = (
        panel.geography.find(options.region) if options.region else panel.geography.england
    )
    if area.level == "la":
        msg = (
            f"{area} is one authority. `highneeds national` adds authorities up: give a "
            "region, "
            "or use `highneeds report` for one."
        )
        raise UsageError(msg)
    quiet = options.format != "table" and options.out is None
    totals = project_nation(
        panel,
        scenario,
        until=options.until,
        draws=options.draws,
        seed=options.seed,
        workers=options.workers,
        progress=(lambda _: None) if quiet else say,
    )[area.la_code]
    table = totals.table()
    if options.forecasts:
        from highneeds.analysis.forecasts import beside_forecasts

        table = beside_forecasts(
            panel,
            totals,
            scenario,
            workers=options.workers,
            progress=(lambda _: None) if quiet else say,
        )
    if options.out is None:
        print_table(table, options.format)
    else:
        content = embedded.table_bytes(table, compress=False)
        embedded.replace_file(options.out, content)
        say(f"Wrote {options.out}")
    return 0
