"""The ``sign`` and ``verify`` verbs."""

from __future__ import annotations

import argparse
from pathlib import Path

from highneeds.cli.printing import Verbs, say
from highneeds.words import plural


def register(verbs: Verbs) -> None:
    """Add ``sign`` and ``verify``."""
    sign = verbs.add_parser(
        "sign", help="say that a run was reviewed or signed, and by whom"
    )
    sign.add_argument("folder", type=Path, metavar="RUN")
    sign.add_argument(
        "--as", dest="state", default="", metavar="STATE", help="reviewed, then signed"
    )
    sign.add_argument("--name", default="", metavar="NAME", help="whose step it is")
    sign.add_argument("--role", default="", metavar="ROLE", help="as what, if it matters")
    sign.add_argument("--note", default="", metavar="TEXT", help="what is to be said of it")
    sign.set_defaults(command=_sign)
    check = verbs.add_parser(
        "verify", help="make a run again and say what differs, or was changed since"
    )
    check.add_argument("folder", type=Path, metavar="RUN")
    check.add_argument(
        "--inputs",
        default="",
        metavar="FILE",
        help="the own figures it was made with; else only bytes and hashes are compared",
    )
    check.set_defaults(command=_verify)


def _sign(options: argparse.Namespace) -> int:
    from highneeds.notebook.folder import SIGN_OFF_PAGE
    from highneeds.signoff.record import read_entries, short_seal, sign, state_of

    if not options.state:
        entries = read_entries(options.folder)
        say(f"{options.folder} is {state_of(entries)}.")
        for one in entries:
            say(f"  {one.state} by {one.name}, {one.time}, seal {short_seal(one)}")
        return 0
    entry = sign(
        options.folder,
        options.state,
        options.name,
        role=options.role,
        note=options.note,
    )
    say(f"{entry.state.capitalize()} by {entry.name}: {options.folder / SIGN_OFF_PAGE}")
    say(f"Seal {short_seal(entry)}. Write it in the minutes.")
    return 0


def _verify(options: argparse.Namespace) -> int:
    from highneeds.signoff.verify import verify

    found = verify(options.folder, options.inputs, progress=say)
    for line in (*found.differences, *found.not_done):
        say(line)
    if found.differences:
        say(
            f"{plural(len(found.differences), 'difference')}: the run is not what it "
            f"was made as."
        )
        return 1
    state = f" It is {found.state}." if found.state != "draft" else " It is a draft."
    if found.not_done:
        say(f"Every byte is as the manifest says; the run was not made again.{state}")
        return 0
    say(f"Verified: the new run gives the same bytes, and no file was altered.{state}")
    return 0
