"""The ``bench`` verb: speed and memory measured, in a clone."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from highneeds.cli.printing import Verbs, say, warn
from highneeds.notebook.environment import ONE_THREAD

_CLONE = Path(__file__).resolve().parents[2]


def register(verbs: Verbs) -> None:
    """Add ``bench``."""
    bench = verbs.add_parser(
        "bench",
        help="measure speed and memory, kill batches, try inputs or workbooks (in a clone)",
    )
    bench.add_argument(
        "--quick", action="store_true", help="under a minute, fewer repeats, no file"
    )
    bench.add_argument(
        "--out", type=Path, metavar="FILE", help="instead of benchmarks/results.json"
    )
    bench.add_argument(
        "--kills",
        type=int,
        metavar="N",
        help="instead: kill batches at N random moments, and see that nothing is lost",
    )
    bench.add_argument(
        "--faults",
        type=int,
        metavar="N",
        help="instead: N full disks, N folders that cannot be written, N processes that "
        "die and N that hang, and see that nothing is lost",
    )
    bench.add_argument(
        "--inputs-tried",
        type=int,
        metavar="N",
        help="instead: try N inputs more on every reader and parser, half of them one edit "
        "away from a valid file, and see that no wrong figure is taken; 0 for those made "
        "by hand",
    )
    bench.add_argument(
        "--workbooks",
        type=int,
        nargs="?",
        const=0,
        metavar="N",
        help="instead: what-if workbooks of N authorities, or all, worked out by "
        "LibreOffice and set beside the library",
    )
    bench.add_argument(
        "--equal",
        type=int,
        nargs="?",
        const=0,
        metavar="N",
        help="instead: what every output of the reports on N authorities says, or on all, "
        "set beside their results.csv",
    )
    bench.set_defaults(command=_bench)


def _bench(options: argparse.Namespace) -> int:
    if not (_CLONE / "benchmarks" / "suite.py").is_file():
        warn("the benchmark is not part of an installation; run it in a clone.")
        return 2
    # As start.py does, before NumPy is imported: one core a process.
    os.environ.update({**ONE_THREAD, **os.environ})
    sys.path.insert(0, str(_CLONE))
    from benchmarks import equal, faults, kills, suite, tried, workbooks

    if options.inputs_tried is not None:
        if sys.platform == "win32" or options.inputs_tried < 0:
            warn("--inputs-tried takes a number from 0, and not on Windows.")
            return 2
        return tried.run(options.inputs_tried, seed=0, say=say)
    if options.kills is not None:
        if sys.platform != "linux" or options.kills < 1:
            warn("--kills takes a number from 1, on Linux, where what still runs is seen.")
            return 2
        return kills.run(options.kills, seed=0, say=say)
    if options.faults is not None:
        if sys.platform != "linux" or options.faults < 1:
            warn(
                "--faults takes a number from 1, on Linux, where a small disk can be made."
            )
            return 2
        return faults.run(options.faults, seed=0, say=say)
    if options.equal is not None:
        return equal.run(options.equal, say=say)
    if options.workbooks is not None:
        return workbooks.run(options.workbooks, say=say)
    out = options.out or (None if options.quick else suite.RESULTS)
    return suite.run(quick=options.quick, out=out, say=say)
