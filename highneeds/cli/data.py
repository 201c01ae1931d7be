"""The ``data`` verb: build, list and show the published record."""

from __future__ import annotations

import argparse
import textwrap
from collections.abc import Hashable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from highneeds.cli.options import add_replace
from highneeds.cli.printing import FORMATS, Verbs, print_page, print_table, say, warn
from highneeds.errors import some
from highneeds.periods import AcademicYear, FinancialYear

if TYPE_CHECKING:
    from highneeds.geography import Geography

_WIDTH = 92


def register(verbs: Verbs) -> Verbs:
    """Add ``data`` and its actions; gives back the actions, for other modules to add to."""
    data = verbs.add_parser("data", help="the published record")
    actions = data.add_subparsers(required=True, metavar="ACTION", parser_class=type(data))
    show = actions.add_parser("show", help="figures with unit, status and source")
    show.add_argument("measure", metavar="MEASURE")
    show.add_argument("--area", action="append", metavar="A", help="may be repeated")
    show.add_argument(
        "--year",
        action="append",
        metavar="Y",
        help=f"one year, {AcademicYear.example} or {FinancialYear.example}",
    )
    show.add_argument(
        "--breakdown", action="append", metavar="B", help="total, age, age/5-10, all"
    )
    show.add_argument(
        "--harmonise",
        default="as_published",
        metavar="H",
        help="merge: areas comparable over reorganisations; as_published",
    )
    show.add_argument(
        "--reorganisation", type=Path, metavar="FILE", help="proposed areas (.toml)"
    )
    show.add_argument("--format", choices=FORMATS, default="table")
    show.set_defaults(command=_data_show)
    listing = actions.add_parser("list", help="every measure, its unit, calendar and years")
    listing.set_defaults(command=_data_list)
    issues = actions.add_parser(
        "issues", help="known faults in the record and their repair"
    )
    issues.add_argument("--area", action="append", metavar="A", help="may be repeated")
    issues.add_argument("--format", choices=FORMATS, default="table")
    issues.set_defaults(command=_data_issues)
    dictionary = actions.add_parser(
        "dictionary", help="every measure explained, as a page (docs/data-dictionary.md)"
    )
    dictionary.add_argument(
        "--out", type=Path, metavar="FILE", help="write the page there; printed without it"
    )
    add_replace(dictionary)
    dictionary.set_defaults(command=_data_dictionary)
    build = actions.add_parser("build", help="compile data/ from the published files")
    build.add_argument("--raw", type=Path, required=True, metavar="DIR")
    build.add_argument(
        "--out", type=Path, metavar="DIR", help="instead of the package's data/"
    )
    build.set_defaults(command=_data_build)
    return actions


def _data_show(options: argparse.Namespace) -> int:
    from highneeds.panel.panel import load_panel

    panel = load_panel()
    if options.reorganisation:
        from highneeds.panel.reorganisation import Reorganisation

        proposed = Reorganisation.load(options.reorganisation)
        for note in proposed.notes:
            warn(note)
        panel = panel.reorganised(proposed)
    panel = panel.harmonised(options.harmonise)
    found = panel.table(
        options.measure,
        areas=options.area,
        years=options.year,
        breakdowns=options.breakdown,
    )
    if len(found) or options.format != "table":
        print_table(found, options.format)
    if found.empty:
        reasons = panel.why_empty(
            options.measure, options.area, options.year, options.breakdown
        )
    else:
        reasons = panel.why_no_value(found)
    for reason in reasons:
        warn(reason)
    return 0


def _data_list(_: argparse.Namespace) -> int:
    from highneeds.panel.panel import load_panel

    print_table(load_panel().coverage(), "table")
    return 0


def _data_issues(options: argparse.Namespace) -> int:
    from highneeds import home
    from highneeds.geography import EVERY_AREA, Geography

    issues = home.read_table(home.tables_dir() / "issues.csv")
    geography = Geography.load()
    asked = [geography.find(area) for area in options.area or ()]
    if asked:
        codes = [EVERY_AREA, *(area.la_code for area in asked)]
        issues = issues[issues["la_code"].isin(codes)]
    if options.format != "table":
        print_table(issues, options.format)
        return 0
    if (issues["la_code"] == EVERY_AREA).all():
        named = some(area.name for area in asked)
        say(f"no known fault in the figures of {named} alone")
        say("")
    for row in issues.to_dict("records"):
        _say_issue(row, geography)
    return 0


def _say_issue(row: Mapping[Hashable, str], geography: Geography) -> None:
    """One fault as a paragraph: a reason is too long for a column."""
    area = str(geography.areas.get(row["la_code"], "every area"))
    parts = [row["measure"], area, row["year"]]
    if row["breakdown_type"] != "total":
        parts.append(f"{row['breakdown_type']}/{row['breakdown']}")
    say(_wrapped(", ".join(parts)))
    published, used = (row[name] or "nothing" for name in ("published", "used"))
    said = f"Published: {published}. Used: {used} ({row['status']})."
    for text in (said, row["why"], f"{row['issue_id']}, in {row['source_id']}"):
        say(_wrapped(text, "  "))
    say("")


def _wrapped(text: str, indent: str = "") -> str:
    return textwrap.fill(
        text, _WIDTH, initial_indent=indent, subsequent_indent="  ", break_on_hyphens=False
    )


def _data_dictionary(options: argparse.Namespace) -> int:
    from highneeds import atomic
    from highneeds.panel.dictionary import dictionary_page
    from highneeds.panel.panel import load_panel

    page = dictionary_page(load_panel())
    if options.out is None:
        print_page(page.rstrip("\n"))
    else:
        atomic.write_files({options.out: page.encode("utf-8")}, replace=options.replace)
        say(f"wrote {options.out}")
    return 0


def _data_build(options: argparse.Namespace) -> int:
    from highneeds import home
    from highneeds.panel.build import build

    changed = build(options.raw, options.out or home.data_dir(), say)
    for line in changed:
        say(f"published file changed since the last build: {line}")
    return 0
