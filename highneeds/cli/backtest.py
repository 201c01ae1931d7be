"""The ``backtest`` verb: how well past Januaries would have been foretold."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from highneeds.cli.options import add_replace, add_workers
from highneeds.cli.printing import FORMATS, Verbs, print_table, say

_SHOWN = {"mape": 2, "bias": 2, "crps_pct": 2, "pit_mean": 3}
_SHOWN |= dict.fromkeys(("cover50", "cover80", "cover95"), 3)

_EVIDENCE = (
    "The evidence is the n_origins, not the n: the areas of one origin share England's "
    "surprise."
)
_NOTES = {
    "plans": (
        "Errors in per cent of what came (bias above 0: too many plans foretold); cover is "
        f"the share that fell inside a band. {_EVIDENCE}",
    ),
    "spending": (
        "Section 251 net high needs outturn of the financial years after the January's "
        "own; engine_all_places with the places funded apart. Errors in per cent of what "
        f"came (bias above 0: too much foretold). {_EVIDENCE}",
    ),
    "balance": (
        "DSG balances. Errors in per cent of the high needs block of the origin's year "
        f"(bias below 0: too deep a deficit foretold). {_EVIDENCE}",
        "Covers are shown for what they are: a few overlapping pairs of years calibrate "
        "nothing. highneeds.balance_pairs() gives England's in pounds, pair by pair.",
    ),
}


def register(verbs: Verbs) -> None:
    """Add ``backtest``."""
    backtest = verbs.add_parser("backtest", help="how past forecasts would have done")
    backtest.add_argument(
        "--level",
        metavar="L",
        help="authority, all_authorities, region or england; of balances also each with or "
        "without a Safety Valve agreement (authority_with_agreement)",
    )
    backtest.add_argument(
        "--measure", default="plans", metavar="M", help="plans, spending or balance"
    )
    backtest.add_argument(
        "--until",
        type=int,
        metavar="YEAR",
        help="the last January (of money: March) to mark against",
    )
    backtest.add_argument(
        "--by-origin", action="store_true", help="apart by the January forecast from"
    )
    add_workers(backtest, None, "processes (one a processor)")
    backtest.add_argument("--format", choices=FORMATS, default="table")
    backtest.add_argument(
        "--out", type=Path, metavar="FILE", help="write CSV there instead"
    )
    add_replace(backtest)
    backtest.set_defaults(command=_backtest)


def _backtest(options: argparse.Namespace) -> int:
    # Before NumPy is imported: processes that each start threads would be in each other's
    # way, and take three times as long.
    for library in ("MKL", "OMP", "OPENBLAS"):
        os.environ.setdefault(f"{library}_NUM_THREADS", "1")
    from highneeds import atomic
    from highneeds.answers.backtest import backtest
    from highneeds.report.backtest_money import looked_ahead_lines

    if options.out and not options.replace:
        atomic.require_free([options.out])
    found = backtest(
        level=options.level,
        measure=options.measure,
        until=options.until,
        by_origin=options.by_origin,
        workers=options.workers,
    )
    if options.out is not None:
        content = atomic.table_bytes(found, compress=False)
        atomic.write_files({options.out: content}, replace=options.replace)
        say(f"Wrote {options.out}")
        return 0
    if options.format != "table":
        print_table(found, options.format)
        return 0
    print_table(found.round(_SHOWN), options.format)
    for line in _NOTES[options.measure]:
        say(line)
    if options.measure != "plans":
        for line in looked_ahead_lines(found):
            say(line)
    return 0
