"""The ``monitor`` verb: the year so far beside the forecast."""

from __future__ import annotations

import argparse
from pathlib import Path

from highneeds.cli.options import add_draws
from highneeds.cli.printing import FORMATS, Verbs, print_table, say, warn
from highneeds.periods import FinancialYear


def register(verbs: Verbs) -> None:
    """Add ``monitor``."""
    monitor = verbs.add_parser("monitor", help="spending so far this year, beside forecast")
    monitor.add_argument("area", metavar="AREA")
    monitor.add_argument(
        "--inputs",
        default="",
        metavar="FILE",
        help="own figures with the ledger by month: a page by provision, and the outturn",
    )
    monitor.add_argument(
        "--spent",
        default="",
        metavar="GBP",
        help="in place of a file: pounds since 1 April, as 60500000 or £60,500,000, place "
        "funding paid by the department included; with --month and --year",
    )
    monitor.add_argument(
        "--month",
        default="",
        metavar="M",
        help="to the end of it: September, Sep or P6 (the ledger's last)",
    )
    monitor.add_argument(
        "--year",
        default="",
        metavar="Y",
        help=f"the financial year, as {FinancialYear.example}; a ledger has its own",
    )
    monitor.add_argument(
        "--last", default="", metavar="RUN", help="an earlier run's folder to compare with"
    )
    monitor.add_argument(
        "--out", type=Path, default=Path("reports"), help="folder of the page (reports/)"
    )
    monitor.add_argument("--scenario", default="trend", help="shipped name or a .toml file")
    add_draws(monitor)
    monitor.add_argument("--format", choices=FORMATS, default="table")
    monitor.set_defaults(command=_monitor, require=_require)


def _require(options: argparse.Namespace) -> None:
    from highneeds.answers.monitor import pounds_of
    from highneeds.errors import UsageError

    if options.inputs and not (options.spent or options.year):
        return
    lacking = [name for name in ("spent", "month", "year") if not getattr(options, name)]
    if options.inputs or lacking:
        given = f"not given: --{', --'.join(lacking)}" if lacking else "both were given"
        msg = (
            "monitor needs either --inputs FILE, which has its own year, or --spent, "
            f"--month and --year; {given}."
        )
        raise UsageError(msg)
    pounds_of(options.spent)


def _monitor(options: argparse.Namespace) -> int:
    return _ledger(options) if options.inputs else _spent(options)


def _ledger(options: argparse.Namespace) -> int:
    """Of a ledger: the table, and a page unless another program is to read the table."""
    from highneeds.notebook.monitor import MonitorParameters, run_monitor, watched_by

    given = {
        "month": options.month,
        "scenario": options.scenario,
        "draws": options.draws,
        "seed": options.seed,
    }
    watched = watched_by(
        MonitorParameters(authority=options.area, inputs=options.inputs, **given)
    )
    if options.format == "table":
        say(watched.sentence)
    print_table(watched.by_provision().round(), options.format)
    if options.format == "table":
        run_monitor(
            options.area,
            options.inputs,
            last=options.last,
            out=options.out,
            progress=say,
            **given,
        )
    return 0


def _spent(options: argparse.Namespace) -> int:
    from highneeds.answers.monitor import monitored_year, pounds_of, year_so_far
    from highneeds.answers.projection import project
    from highneeds.panel.panel import load_panel
    from highneeds.panel.vintage import vintage
    from highneeds.scenario.scenario import Scenario

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
