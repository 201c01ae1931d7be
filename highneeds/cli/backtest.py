"""The ``backtest`` verb: how well past Januaries would have been foretold."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from highneeds.cli.printing import FORMATS, Verbs, print_table, say

_SHOWN = {"mape": 2, "bias": 2, "crps_pct": 2, "pit_mean": 3}
_SHOWN |= dict.fromkeys(("cover50", "cover80", "cover95"), 3)


def register(verbs: Verbs) -> None:
    """Add ``backtest``."""
    backtest = verbs.add_parser("backtest", help="how past forecasts would have done")
    backtest.add_argument(
        "--level", metavar="L", help="authority, all_authorities, region or england"
    )
    backtest.add_argument("--measure", default="plans", metavar="M", help="plans")
    backtest.add_argument(
        "--until", type=int, metavar="YEAR", help="the last January to mark against"
    )
    backtest.add_argument(
        "--workers", type=int, metavar="N", help="processes (one a processor)"
    )
    backtest.add_argument("--format", choices=FORMATS, default="table")
    backtest.add_argument(
        "--out", type=Path, metavar="FILE", help="write CSV there instead"
    )
    backtest.set_defaults(command=_backtest)


def _backtest(options: argparse.Namespace) -> int:
    # Before NumPy is imported: processes that each start threads would be in each other's
    # way, and take three times as long.
    for library in ("MKL", "OMP", "OPENBLAS"):
        os.environ.setdefault(f"{library}_NUM_THREADS", "1")
    from highneeds import embedded
    from highneeds.analysis.backtest import backtest

    found = backtest(
        level=options.level,
        measure=options.measure,
        until=options.until,
        workers=options.workers,
    )
    if options.out is not None:
        content = embedded.table_bytes(found, compress=False)
        embedded.replace_file(options.out, content)
        say(f"Wrote {options.out}")
        return 0
    if options.format != "table":
        print_table(found, options.format)
        return 0
    print_table(found.round(_SHOWN), options.format)
    say(
        "Errors in per cent of what came (bias above 0: too many plans foretold); cover is "
        "the share that fell inside a band. The evidence is the n_origins, not the n: the "
        "areas of one origin share England's surprise."
    )
    return 0
