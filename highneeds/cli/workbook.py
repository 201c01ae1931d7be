"""The ``workbook`` verb: a live what-if workbook of an authority, and its scenario back."""

from __future__ import annotations

import argparse
from pathlib import Path

from highneeds.cli.options import add_replace
from highneeds.cli.printing import Verbs, say
from highneeds.errors import UsageError


def register(verbs: Verbs) -> None:
    """Add ``workbook``."""
    workbook = verbs.add_parser(
        "workbook",
        help="a what-if workbook with live formulas, to change in Excel",
    )
    workbook.add_argument("area", metavar="AREA", nargs="?", help="one authority")
    workbook.add_argument(
        "--scenario", default="trend", help="the shipped scenario chosen at first (trend)"
    )
    workbook.add_argument(
        "--inputs", type=Path, metavar="FILE", help="the authority's own figures"
    )
    workbook.add_argument(
        "--until", default="", metavar="YEAR", help="last financial year (five ahead)"
    )
    workbook.add_argument(
        "--out", type=Path, metavar="PATH", help="instead of CODE-AREA-what-if.xlsx here"
    )
    workbook.add_argument(
        "--read",
        type=Path,
        metavar="BOOK",
        help="instead: write the scenario of a changed workbook as a file (.toml)",
    )
    add_replace(workbook)
    workbook.set_defaults(command=_workbook, require=_require)


def _require(options: argparse.Namespace) -> None:
    if (options.area is None) == (options.read is None):
        msg = (
            "Give AREA, to make a workbook, or --read BOOK, to take the scenario out of "
            "one: not both, and not neither."
        )
        raise UsageError(msg)


def _workbook(options: argparse.Namespace) -> int:
    if options.read is not None:
        return _read(options.read, options.out, replace=options.replace)
    from highneeds.forms.live.book import write_workbook
    from highneeds.own.read import read_own
    from highneeds.panel.panel import load_panel

    panel = load_panel()
    own = read_own(options.inputs, panel, options.area) if options.inputs else None
    path = write_workbook(
        panel,
        options.area,
        options.out,
        scenario=options.scenario,
        until=options.until or None,
        own=own,
        replace=options.replace,
    )
    say(f"{path}: change the yellow cells of the sheet Inputs. Then, to use it here:")
    say(f"  highneeds workbook --read {path}")
    return 0


def _read(book: Path, out: Path | None, *, replace: bool) -> int:
    from highneeds.forms.live.scenario_file import read_scenario

    path = read_scenario(book, out, replace=replace)
    say(f"{path} is written. Any verb reads it: --scenario {path}")
    return 0
