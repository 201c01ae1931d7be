"""The command line: reads arguments, calls the library, prints; no logic of its own."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence

from highneeds import __version__
from highneeds.cli import (
    areas,
    backtest,
    batch,
    bench,
    data,
    evidence,
    export,
    forecasts,
    inputs,
    inspections,
    monitor,
    national,
    refresh,
    report,
    signoff,
)
from highneeds.cli.help import Parser
from highneeds.cli.printing import print_plainly, say, warn
from highneeds.errors import HighNeedsError
from highneeds.words import hint

INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit code says what kind of thing went wrong."""
    print_plainly()
    parser, known = _parser()
    given = list(sys.argv[1:] if arguments is None else arguments)
    if given and not given[0].startswith("-") and given[0] not in known:
        near = hint(given[0], known)
        warn(f"there is no command {given[0]!r}{near}. Commands: {', '.join(known)}.")
        return 2
    if not given:
        say(parser.format_help())
        return 0
    options = parser.parse_args(given)
    command: Callable[[argparse.Namespace], int] = options.command
    try:
        return command(options)
    except HighNeedsError as error:
        warn(str(error))
        return error.exit_code
    except KeyboardInterrupt:
        warn("interrupted; nothing half-written was left.")
        return INTERRUPTED
    except BrokenPipeError:
        # The reader of a pipe went away (`| head`); that is not a fault.
        sys.stderr.close()
        return 0


def _parser() -> tuple[argparse.ArgumentParser, list[str]]:
    parser = Parser(
        prog="highneeds",
        description="High-needs deficits of English authorities, on published figures.",
    )
    parser.add_argument("--version", action="version", version=f"highneeds {__version__}")
    verbs = parser.add_subparsers(required=True, metavar="COMMAND", parser_class=Parser)
    report.register(verbs)
    export.register(verbs)
    inputs.register(verbs)
    monitor.register(verbs)
    batch.register(verbs)
    refresh.register(data.register(verbs))
    areas.register(verbs)
    national.register(verbs)
    backtest.register(verbs)
    forecasts.register(verbs)
    inspections.register(verbs)
    evidence.register(verbs)
    signoff.register(verbs)
    bench.register(verbs)
    return parser, list(verbs.choices)
