"""The ``inputs`` verb: a template for an authority's own figures, and a check of them."""

from __future__ import annotations

import argparse
from pathlib import Path

from highneeds.cli.options import add_replace
from highneeds.cli.printing import FORMATS, Verbs, print_table, say, warn
from highneeds.errors import OwnFiguresError
from highneeds.words import plural


def register(verbs: Verbs) -> None:
    """Add ``inputs`` and its actions."""
    inputs = verbs.add_parser("inputs", help="an authority's own figures")
    actions = inputs.add_subparsers(
        required=True, metavar="ACTION", parser_class=type(inputs)
    )
    template = actions.add_parser(
        "template", help="a workbook to fill, published figures beside empty cells"
    )
    template.add_argument("area", metavar="AREA", help="one authority")
    template.add_argument(
        "--out", type=Path, metavar="FILE", help="own-figures-CODE.xlsx here without it"
    )
    add_replace(template)
    template.set_defaults(command=_template)
    check = actions.add_parser(
        "check", help="every problem of a file, and what differs from the published"
    )
    check.add_argument(
        "file", type=Path, metavar="FILE", help="filled template, CSV or TOML"
    )
    check.add_argument(
        "--area", metavar="A", help="whose figures, where the file does not say"
    )
    check.add_argument("--format", choices=FORMATS, default="table")
    check.set_defaults(command=_check)


def _template(options: argparse.Namespace) -> int:
    from highneeds.own.template import write_template
    from highneeds.panel.panel import load_panel

    path = write_template(load_panel(), options.area, options.out, replace=options.replace)
    say(f"{path} is written. Fill what you have, save it, and run:")
    say(f"  highneeds inputs check {path}")
    return 0


def _check(options: argparse.Namespace) -> int:
    import pandas as pd

    from highneeds.own.differences import differences, differing
    from highneeds.own.read import check_own
    from highneeds.panel.panel import load_panel

    panel = load_panel()
    found = check_own(options.file, panel, options.area)
    for note in found.notes:
        warn(note)
    tell = say if options.format == "table" else warn
    for fault in found.faults:
        tell(str(fault))
    beside = [differences(own, panel).assign(area=str(own.area)) for own in found.owns]
    table = pd.concat(beside, ignore_index=True) if beside else pd.DataFrame()
    if options.format != "table":
        print_table(table, options.format)
    elif len(table):
        apart = differing(table)
        same = int((table["difference"] == 0).sum())
        alone = int(table["difference"].isna().sum())
        said = (
            f"{plural(len(apart), 'figure differs', 'figures differ')} from the published "
            f"one, {same} {'is' if same == 1 else 'are'} the same, {alone} "
            f"{'has' if alone == 1 else 'have'} none published for the period."
        )
        say(said)
        if len(apart):
            print_table(apart.round({"difference_percent": 2}), "table")
    count = sum(len(own.figures) for own in found.owns)
    said = (
        f"{found.file_name}: {plural(len(found.faults), 'fault')}; "
        f"{plural(count, 'figure')} without a fault."
    )
    if not count and not found.faults:
        said = f"{found.file_name}: no figures. Nothing would change."
    tell(said)
    return OwnFiguresError.exit_code if found.faults else 0
