"""The ``evidence`` and ``verify`` verbs."""

from __future__ import annotations

import argparse
from pathlib import Path

from highneeds.cli.printing import Verbs, say


def register(verbs: Verbs) -> None:
    """Add ``evidence`` and ``verify``."""
    pack = verbs.add_parser(
        "evidence", help="a citable pack of tables and figures for a call for evidence"
    )
    pack.add_argument("--region", default="", metavar="R", help="a region (England)")
    pack.add_argument(
        "--as-of",
        default="",
        metavar="DATE",
        help="figures out by this day, YYYY-MM-DD (the last day on record)",
    )
    pack.add_argument(
        "--out", default="", metavar="DIR", help="folder (reports/evidence-<place>)"
    )
    pack.set_defaults(command=_evidence)
    check = verbs.add_parser(
        "verify", help="run an evidence pack again and say what differs"
    )
    check.add_argument("folder", type=Path, metavar="DIR")
    check.set_defaults(command=_verify)


def _evidence(options: argparse.Namespace) -> int:
    from highneeds.notebook.evidence import run_evidence

    run_evidence(options.region, options.as_of, out=options.out, progress=say)
    return 0


def _verify(options: argparse.Namespace) -> int:
    from highneeds.notebook.evidence import verify_evidence

    said = verify_evidence(options.folder, progress=say)
    for line in said:
        say(line)
    if said:
        say(f"{len(said)} difference(s): the pack is not what these inputs give.")
        return 1
    say("Verified: the new run gives the same bytes, and no file was altered.")
    return 0
