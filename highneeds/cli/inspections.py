"""The ``inspections`` and ``claims`` verbs."""

from __future__ import annotations

import argparse

from highneeds.cli.printing import FORMATS, Verbs, print_table, say, warn


def register(verbs: Verbs) -> None:
    """Add ``inspections`` and ``claims``."""
    state = verbs.add_parser(
        "inspections", help="area SEND inspections as known on any day"
    )
    state.add_argument("--as-of", metavar="DATE", help="YYYY-MM-DD; the last day on record")
    state.add_argument(
        "--basis",
        metavar="BASIS",
        help="published: reports out by the day (default); start: inspections begun by it",
    )
    state.add_argument(
        "--outcomes",
        default="then",
        metavar="WHEN",
        help="then: as known on the day (default); now: of inspections begun by the day, "
        "as published since",
    )
    state.add_argument("--region", metavar="R", help="one of the nine regions")
    state.add_argument("--area", metavar="A", help="one authority")
    state.add_argument(
        "--in-being", action="store_true", help="leave out areas abolished by the day"
    )
    state.add_argument(
        "--summary", action="store_true", help="counts, each with its basis, not the list"
    )
    state.add_argument("--format", choices=FORMATS, default="table")
    state.set_defaults(command=_inspections)
    claims = verbs.add_parser("claims", help="public figures set against the record")
    claims.add_argument("--format", choices=FORMATS, default="table")
    claims.set_defaults(command=_claims)


def _inspections(options: argparse.Namespace) -> int:
    from highneeds.inspections.state import as_text, inspection_state
    from highneeds.panel.panel import load_panel

    found = inspection_state(
        load_panel(),
        options.as_of,
        basis=options.basis,
        outcomes=options.outcomes,
        region=options.region,
        area=options.area,
        in_being=options.in_being,
    )
    shown = found.summary() if options.summary else as_text(found.table)
    if options.summary and options.format == "table":
        shown = shown.round({"value": 1})
    tell = say if options.format == "table" else warn
    tell(f"{found.title}.")
    if len(shown) or options.format != "table":
        print_table(shown, options.format)
    if len(shown) and not options.summary and options.format == "table":
        say("")
        print_table(found.summary().round({"value": 1}), "table")
    for caution in found.cautions:
        tell(caution)
    return 0


def _claims(options: argparse.Namespace) -> int:
    from highneeds.evidence.claims import DIFFERS, claims_register, count_verdicts
    from highneeds.panel.panel import load_panel

    register = claims_register(load_panel())
    if options.format != "table":
        print_table(register, options.format)
        return 0
    print_table(register.drop(columns=["source", "reason"]), "table")
    say("")
    print_table(count_verdicts(register), "table")
    for row in register[register["verdict"] == DIFFERS].itertuples():
        say(f"{row.claim_id}: published {row.published}. {row.reason}")
    return 0
