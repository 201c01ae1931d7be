"""The ``data`` actions that keep the record up to date: update, add, diff."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from highneeds.cli.options import add_replace
from highneeds.cli.printing import FORMATS, Verbs, print_table, say, trace, warn

if TYPE_CHECKING:
    from highneeds.refresh.candidate import Candidate

# A screen holds some rows; the other forms give every one.
_MOST_ROWS = 60


def register(actions: Verbs) -> None:
    """Add ``update``, ``add`` and ``diff`` to the actions of ``data``."""
    update = actions.add_parser(
        "update", help="look for newer releases, fetch and stage them"
    )
    update.add_argument("--only", metavar="PUBLICATION", help="one table, e.g. caseload")
    update.add_argument("--base-url", metavar="URL", help="another address of the API")
    _add_common(update)
    update.set_defaults(command=_data_update)
    add = actions.add_parser("add", help="add a file you downloaded")
    add.add_argument("file", type=Path, metavar="FILE")
    _add_common(add)
    add.set_defaults(command=_data_add)
    diff = actions.add_parser("diff", help="what changed between two releases, and why")
    diff.add_argument("old", type=Path, metavar="OLD", help="a folder or file of a release")
    diff.add_argument("new", type=Path, metavar="NEW", help="the later one")
    diff.add_argument("--format", choices=FORMATS, default="table")
    diff.add_argument("--page", type=Path, metavar="FILE.html", help="write a page as well")
    add_replace(diff)
    diff.set_defaults(command=_data_diff)


def _add_common(action: argparse.ArgumentParser) -> None:
    action.add_argument("--dry-run", action="store_true", help="say what, write nothing")
    action.add_argument(
        "--accept", action="store_true", help="compile it into the tables in use"
    )
    action.add_argument(
        "--without",
        action="append",
        default=[],
        metavar="COLUMN",
        help="leave out a column this package does not know; may be repeated",
    )


def _data_update(options: argparse.Namespace) -> int:
    from highneeds.errors import SourceError
    from highneeds.refresh import candidate
    from highneeds.refresh import update as refresh

    results = refresh.update(
        base_url=options.base_url,
        only=options.only,
        accept=options.accept,
        dry_run=options.dry_run,
        without=options.without,
        tell=say,
    )
    for one in results:
        if one.candidate is not None and one.state != candidate.SAME:
            _print_impact(one.candidate)
    wanting = [one for one in results if one.state in {refresh.FAILED, candidate.CHANGED}]
    for one in wanting:
        trace(one.fault)
        warn(one.detail if one.detail.startswith(one.key) else f"{one.key}: {one.detail}")
    say(f"{len(results) - len(wanting)} of {len(results)} without a fault")
    return SourceError.exit_code if wanting else 0


def _data_add(options: argparse.Namespace) -> int:
    from highneeds.refresh import update as refresh

    candidate = refresh.add(
        options.file,
        accept=options.accept,
        dry_run=options.dry_run,
        without=options.without,
        tell=say,
    )
    if candidate is not None:
        _print_impact(candidate)
    return 0


def _print_impact(candidate: Candidate) -> None:
    """What an edition changes, counted by series and year."""
    from highneeds.refresh import difference

    if len(candidate.changes):
        say(f"\nwhat {candidate.edition.source_id} changes:")
        print_table(difference.summary(candidate.changes), "table")


def _data_diff(options: argparse.Namespace) -> int:
    from highneeds import atomic
    from highneeds.geography import Geography
    from highneeds.refresh import difference
    from highneeds.refresh.one_file import figures_of
    from highneeds.report.change_page import change_page

    geography = Geography.load()
    old, old_left_out = figures_of(options.old, geography)
    new, new_left_out = figures_of(options.new, geography)
    changes = difference.compare(old, new, geography)
    described = difference.describe(old, new)
    left_out = [f"not compared: {one}" for one in [*old_left_out, *new_left_out]]
    notes = [*described, *left_out]
    differing = {
        f"{measure} by {kind}"
        for measure, kind in zip(changes["measure"], changes["breakdown_type"], strict=True)
    }
    # A series that is the same in both is no news: it is only counted.
    shared = [line for line in described if not line.startswith("only in")]
    same = [line for line in shared if line.split(":")[0] not in differing]
    for note in notes:
        if note not in same:
            warn(note)
    if options.page:
        page = change_page(changes, options.old.name, options.new.name, notes)
        atomic.write_files({options.page: page.encode("utf-8")}, replace=options.replace)
    if options.format != "table":
        print_table(changes, options.format)
        return 0
    if changes.empty:
        say(f"no figure differs in the {len(same)} series compared")
        return 0
    if same:
        warn(f"{len(same)} more series: no figure differs")
    print_table(difference.summary(changes), "table")
    periods = {difference.NEW_PERIOD, difference.DROPPED_PERIOD}
    single = changes[~changes["kind"].isin(periods)]
    if len(single):
        say("")
        print_table(single.head(_MOST_ROWS), "table")
    if len(single) > _MOST_ROWS:
        say(f"and {len(single) - _MOST_ROWS:,} more: --format csv shows every one")
    return 0
