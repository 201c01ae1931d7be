"""The ``report`` and ``notebooks`` verbs."""

from __future__ import annotations

import argparse
from pathlib import Path

from highneeds.cli.options import add_draws, add_replace
from highneeds.cli.printing import Verbs, say

DEFAULT_AREA = "Somerset"


# Not a section of the report: a page beside it.
_PROFILE = "profile"


def register(verbs: Verbs) -> None:
    """Add ``report`` and ``notebooks``."""
    _add_report(verbs)
    notebooks = verbs.add_parser(
        "notebooks", help="list the notebooks, or copy them; in a clone, run them again"
    )
    notebooks.add_argument(
        "names", nargs="*", metavar="NAME", help="only those beginning so"
    )
    what = notebooks.add_mutually_exclusive_group()
    what.add_argument(
        "--list", action="store_true", help="each with what it asks, as without an option"
    )
    what.add_argument("--copy", type=Path, metavar="DIR", help="copy them there to work in")
    what.add_argument(
        "--run",
        action="store_true",
        help="in a clone, for minutes: run them again and keep their new outputs",
    )
    add_replace(notebooks)
    notebooks.set_defaults(command=_notebooks)


def _add_report(verbs: Verbs) -> None:
    report = verbs.add_parser(
        "report", help="an authority, a region or England, as a report"
    )
    report.add_argument(
        "area",
        nargs="?",
        default=DEFAULT_AREA,
        metavar="AREA",
        help=f"a name or code; England, or a region, too ({DEFAULT_AREA})",
    )
    report.add_argument("--scenario", default="trend", help="shipped name or a .toml file")
    report.add_argument(
        "--until", default="", metavar="YEAR", help="last financial year (five ahead)"
    )
    add_draws(report)
    _add_files(report)
    report.set_defaults(command=_report)


def _add_files(report: argparse.ArgumentParser) -> None:
    """Options for files that are given and made, and for what the report holds."""
    report.add_argument(
        "--reorganisation",
        default="",
        metavar="FILE",
        help="proposed areas (.toml), of which AREA may be one",
    )
    report.add_argument(
        "--inputs",
        default="",
        metavar="FILE",
        help="the authority's own figures: a filled template, CSV or TOML",
    )
    report.add_argument(
        "--risks",
        default="",
        metavar="FILE",
        help="a register of risks (.toml), with what each is expected to cost",
    )
    report.add_argument(
        "--with",
        dest="sections",
        default="usual",
        metavar="SECTIONS",
        help="sections beside those that every report has: usual, none, or some of "
        "drivers, goals, matters, scenarios (usual); whatif adds a page to move "
        "assumptions on, and all is these five; profile adds the area's profile, a page of "
        "its own; commas between",
    )
    report.add_argument(
        "--peers",
        default="",
        metavar="NAMES",
        help="authorities to set beside, with commas between",
    )
    report.add_argument(
        "--for-publication",
        action="store_true",
        help="withhold own counts of 1 to 5, and say so in its manifest",
    )
    report.add_argument(
        "--format",
        action="append",
        default=[],
        choices=("docx", "pdf"),
        dest="forms",
        help="write the page as this too; may be given twice",
    )
    report.add_argument(
        "--out", type=Path, default=Path("reports"), help="folder (reports/)"
    )


def _report(options: argparse.Namespace) -> int:
    from highneeds.batch.worker import fork_here

    # Before anything heavy is imported: a fork would share it with the notebook.
    engine = fork_here()
    from highneeds.notebook import run_report

    sections, with_profile = _told_apart(options.sections)
    run_report(
        options.area,
        scenario=options.scenario,
        until=options.until,
        draws=options.draws,
        seed=options.seed,
        reorganisation=options.reorganisation,
        inputs=options.inputs,
        risks=options.risks,
        sections=sections,
        peers=options.peers,
        for_publication=options.for_publication,
        forms=options.forms,
        out=options.out,
        engine=engine,
        progress=say,
    )
    if with_profile:
        from highneeds.notebook import run_profile

        run_profile(options.area, peers=options.peers, out=options.out, progress=say)
    return 0


def _told_apart(named: str) -> tuple[str, bool]:
    """The sections that are of the report itself, and whether a profile is wanted."""
    names = [name.strip() for name in named.split(",") if name.strip()]
    others = [name for name in names if name.casefold() != _PROFILE]
    return ", ".join(others) or "usual", len(others) < len(names)


def _notebooks(options: argparse.Namespace) -> int:
    from highneeds.notebook.execute import (
        copy_notebooks,
        notebook_titles,
        refresh_notebooks,
        shipped_notebooks,
    )

    if options.run:
        refresh_notebooks(options.names, progress=say)
        return 0
    if options.copy:
        for path in copy_notebooks(options.copy, options.names, replace=options.replace):
            say(str(path))
        say("Open one in JupyterLab, change its parameters, and run it.")
        return 0
    chosen = {path.stem for path in shipped_notebooks(options.names)}
    for name, title in notebook_titles().items():
        if name in chosen:
            say(f"{name:<32} {title}")
    return 0
