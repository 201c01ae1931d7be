"""The ``national`` verb: every authority added up, beside the published forecasts."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from highneeds.cli.cluster import add_scheduler, cluster_of
from highneeds.cli.options import add_draws, add_replace, add_workers
from highneeds.cli.printing import FORMATS, Verbs, print_table, say, warn
from highneeds.errors import UsageError

if TYPE_CHECKING:
    from highneeds.model.nation import Totals
    from highneeds.panel.panel import Panel
    from highneeds.scenario.scenario import Scenario


def register(verbs: Verbs) -> None:
    """Add ``national``."""
    national = verbs.add_parser("national", help="all of England, added draw by draw")
    national.add_argument(
        "--scenario",
        nargs="+",
        default=["trend"],
        metavar="S",
        help="shipped names or .toml files",
    )
    national.add_argument(
        "--until", metavar="YEAR", help="last financial year (five ahead)"
    )
    add_draws(national)
    where = national.add_mutually_exclusive_group()
    add_workers(where)
    add_scheduler(where)
    national.add_argument("--region", metavar="R", help="a region instead of England")
    national.add_argument("--forecasts", action="store_true", help="beside published ones")
    national.add_argument("--format", choices=FORMATS, default="table")
    national.add_argument(
        "--out", type=Path, metavar="FILE", help="write CSV there instead"
    )
    add_replace(national)
    national.set_defaults(command=_national)


def _national(options: argparse.Namespace) -> int:
    import pandas as pd

    from highneeds import atomic
    from highneeds.panel.panel import load_panel
    from highneeds.scenario.scenario import Scenario

    panel = load_panel()
    scenarios = [Scenario.load(name) for name in options.scenario]
    for note in (note for one in scenarios for note in one.notes):
        warn(note)
    area = (
        panel.geography.find(options.region) if options.region else panel.geography.england
    )
    if area.level == "la":
        msg = (
            f"{area} is one authority. `highneeds national` adds authorities up: give a "
            "region, or use `highneeds report` for one."
        )
        raise UsageError(msg)
    if options.forecasts and (options.scheduler or scenarios[1:]):
        msg = (
            "--forecasts sets one scenario beside published forecasts, on this machine. "
            "Give one --scenario, and no --scheduler."
        )
        raise UsageError(msg)
    if options.out and not options.replace:
        atomic.require_free([options.out])
    quiet = options.format != "table" and options.out is None
    progress = (lambda _: None) if quiet else say
    with closing(_projected(options, panel, scenarios, progress)) as found:
        totals = [sums[area.la_code] for sums in found]
    if options.forecasts:
        from highneeds.answers.forecasts import beside_forecasts

        table = beside_forecasts(
            panel, totals[0], scenarios[0], workers=options.workers, progress=progress
        )
    else:
        table = pd.concat([one.table() for one in totals], ignore_index=True)
    if options.out is None:
        print_table(table, options.format)
    else:
        content = atomic.table_bytes(table, compress=False)
        atomic.write_files({options.out: content}, replace=options.replace)
        say(f"Wrote {options.out}")
    return 0


def _projected(
    options: argparse.Namespace,
    panel: Panel,
    scenarios: Sequence[Scenario],
    progress: Callable[[str], None],
) -> Generator[dict[str, Totals]]:
    """Each scenario's totals by area code, made here or on the cluster asked for."""
    from highneeds.answers.nation import project_nation

    how = {"until": options.until, "draws": options.draws, "seed": options.seed}
    with cluster_of(options, progress) as cluster:
        if cluster:
            from highneeds.batch.sweep import project_nation_on

            yield from project_nation_on(
                cluster, panel, scenarios, **how, progress=progress
            )
            return
        for scenario in scenarios:
            yield project_nation(
                panel, scenario, **how, workers=options.workers, progress=progress
            )
