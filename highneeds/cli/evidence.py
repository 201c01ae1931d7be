"""The ``evidence`` verb."""

from __future__ import annotations

import argparse

from highneeds.cli.printing import Verbs, say


def register(verbs: Verbs) -> None:
    """Add ``evidence``."""
    pack = verbs.add_parser(
        "evidence", help="a citable pack of tables and figures for a call for evidence"
    )
    pack.add_argument("--region", default="", metavar="R", help="a region (England)")
    pack.add_argument(
        "--as-of",
        default="",
        metavar="DATE",
        help="figures out by this day, YYYY-MM-DD; without it all that is held: the day by "
        "which the last of it is usually out",
    )
    pack.add_argument(
        "--out", default="", metavar="DIR", help="folder (reports/evidence-<place>)"
    )
    pack.add_argument(
        "--for-publication", action="store_true", help="say so in its manifest"
    )
    pack.set_defaults(command=_evidence)


def _evidence(options: argparse.Namespace) -> int:
    from highneeds.notebook.evidence import run_evidence

    run_evidence(
        options.region,
        options.as_of,
        out=options.out,
        for_publication=options.for_publication,
        progress=say,
    )
    return 0
