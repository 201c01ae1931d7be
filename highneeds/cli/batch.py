"""The ``batch`` and ``compare`` verbs."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from pathlib import Path

from highneeds.cli.cluster import add_scheduler, cluster_of
from highneeds.cli.options import add_draws, add_replace, add_workers
from highneeds.cli.printing import FORMATS, Verbs, print_table, say, warn
from highneeds.periods import FinancialYear
from highneeds.words import plural


def register(verbs: Verbs) -> None:
    """Add ``batch`` and ``compare``."""
    batch = verbs.add_parser(
        "batch",
        help="reports for many authorities, with an index",
        epilog="By itself every week: docs/schedule.md. On many machines: docs/scaling.md.",
    )
    batch.add_argument(
        "--areas",
        nargs="+",
        metavar="NAME",
        help="all, regions, or names (several words in quotes, or commas between); a "
        "region means its authorities, but to notebook 09",
    )
    batch.add_argument("--file", type=Path, metavar="FILE.toml", help="a batch file")
    batch.add_argument(
        "--notebook", nargs="+", metavar="N", help="by number or name, or a file (01)"
    )
    batch.add_argument("--scenario", metavar="S", help="shipped name or a .toml file")
    batch.add_argument(
        "--until", metavar="YEAR", help=f"last financial year, as {FinancialYear.example}"
    )
    add_draws(batch, None, "simulated futures")
    batch.add_argument(
        "--inputs",
        metavar="PATH",
        help="authorities' own figures: a folder of files, or a CSV with a column `area`; "
        "without --areas, reports on those authorities alone",
    )
    where = batch.add_mutually_exclusive_group()
    add_workers(where)
    add_scheduler(where)
    batch.add_argument("--out", type=Path, default=Path("reports"), metavar="DIR")
    batch.add_argument(
        "--resume", action="store_true", help="make only what failed or is missing"
    )
    batch.add_argument(
        "--dry-run", action="store_true", help="check and list the reports, write nothing"
    )
    batch.set_defaults(command=_batch)
    compare = verbs.add_parser("compare", help="what changed between two batches, and why")
    compare.add_argument("old", type=Path, metavar="RUN_A")
    compare.add_argument("new", type=Path, metavar="RUN_B")
    compare.add_argument("--page", type=Path, metavar="FILE.html", help="write a page too")
    compare.add_argument("--format", choices=FORMATS, default="table")
    add_replace(compare)
    compare.set_defaults(command=_compare)


def _batch(options: argparse.Namespace) -> int:
    from highneeds.batch.plan import Plan
    from highneeds.batch.run import run_batch
    from highneeds.notebook.run import require_room

    plan = Plan.make(
        file=options.file,
        areas=options.areas,
        notebooks=options.notebook,
        scenario=options.scenario,
        until=options.until,
        draws=options.draws,
        seed=options.seed,
        inputs=options.inputs,
    )
    for note in plan.notes:
        warn(note)
    if options.dry_run:
        require_room(options.out.resolve(), len(plan.jobs), make=False)
        for job in plan.jobs:
            say(f"{job.folder}: {job}")
        reports = plural(len(plan.jobs), "report")
        today = datetime.now(UTC).date()
        folder = plan.folder_in(options.out, day=today, resume=options.resume)
        say(f"{reports} would go to {folder}")
        return 0
    with cluster_of(options, say) as cluster:
        outcome = run_batch(
            plan,
            out=options.out,
            workers=options.workers,
            resume=options.resume,
            cluster=cluster,
            progress=say,
        )
    if not outcome.failed:
        return 0
    warn(
        f"{outcome.failed} of {outcome.made + outcome.failed} reports failed: see "
        f"{outcome.folder / 'failed.csv'}. The same command with --resume makes only "
        "these again."
    )
    return 1


def _compare(options: argparse.Namespace) -> int:
    from highneeds import atomic
    from highneeds.batch.compare import compare_page, compare_runs

    found = compare_runs(options.old, options.new)
    if options.page:
        page = compare_page(found).encode("utf-8")
        atomic.write_files({options.page: page}, replace=options.replace)
    if options.format == "table":
        for line in found.sentences:
            say(line)
        if found.same or found.rows.empty:
            return 0
    print_table(found.rows, options.format)
    return 0
