"""The ``monitor`` verb: the year so far beside the forecast."""

from __future__ import annotations

import argparse

from highneeds.cli.printing import FORMATS, Verbs, print_table, say, warn
from highneeds.periods import FinancialYear


def register(verbs: Verbs) -> None:
    """Add ``monitor``."""
    monitor = verbs.add_parser("monitor", help="spending so far this year, beside forecast")
    monitor.add_argument("area", metavar="AREA")
    monitor.add_argument(
        "--spent",
        required=True,
        metavar="GBP",
        help="pounds spent since 1 April, as 60500000 or £60,500,000, place funding paid "
        "by the department included",
    )
    monitor.add_argument(
        "--month", required=True, metavar="M", help="to the end of it: September, or Sep"
    )
    monitor.add_argument(
        "--year",
        required=True,
        metavar="Y",
        help=f"the financial year, as {FinancialYear.example}",
    )
    monitor.add_argument("--scenario", default="trend", help="shipped name or a .toml file")
    monitor.add_argument("--draws", type=int, default=1000, help="simulated futures (1000)")
    monitor.add_argument("--seed", type=int, default=20250901)
    monitor.add_argument("--format", choices=FORMATS, default="table")
    monitor.set_defaults(command=_monitor)


def _monitor(options: argparse.Namespace) -> int:
    from highneeds.model.monitor import monitored_year, pounds_of, year_so_far
    from highneeds.model.projection import project
    from highneeds.model.scenario import Scenario
    from highneeds.panel.panel import load_panel
    from highneeds.panel.vintage import vintage

    panel = load_panel()
    now = vintage(panel)
    spent, year = pounds_of(options.spent), monitored_year(options.year, now.year)
    # A projection ends after its last published January, whichever year is looked at.
    until = max(year, FinancialYear(now.census.end + 1))
    scenario = Scenario.load(options.scenario)
    for note in scenario.notes:
        warn(note)
    result = project(
        panel,
        options.area,
        scenario,
        until=until.label,
        draws=options.draws,
        seed=options.seed,
    )
    found = year_so_far(result, spent, options.month, year)
    if options.format == "table":
        say(found.sentence)
    print_table(found.table, options.format)
    return 0
