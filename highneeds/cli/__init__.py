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
    surroundings,
    whatif,
    workbook,
)
from highneeds.cli.help import Parser
from highneeds.cli.printing import (
    debug,
    output_fault,
    print_in_utf8,
    program,
    say,
    trace,
    warn,
)
from highneeds.errors import (
    HighNeedsError,
    OutputError,
    UsageError,
    lacking,
    of_the_machine,
    unforeseen,
)
from highneeds.stopping import stoppable
from highneeds.words import hint

INTERRUPTED, UNFORESEEN = 130, 70
_DEBUG = "--debug"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit code says what kind of thing went wrong."""
    print_in_utf8()
    given = list(sys.argv[1:] if arguments is None else arguments)
    # Wherever it stands, so that it can be put after a command that went wrong.
    debug(_DEBUG in given)
    try:
        surroundings.settle()
        code = _run([one for one in given if one != _DEBUG])
    except HighNeedsError as error:
        trace(error)
        warn(str(error))
        code = error.exit_code
    except SystemExit as ended:
        # The parser's, after help or a mistake.
        if not output_fault():
            raise
        code = ended.code if isinstance(ended.code, int) else 2
    except KeyboardInterrupt:
        warn("interrupted; nothing half-written was left.")
        code = INTERRUPTED
    except ModuleNotFoundError as error:
        trace(error)
        ours = (error.name or __name__).partition(".")[0] == "highneeds"
        warn(unforeseen(error) if ours else lacking(error))
        code = UNFORESEEN if ours else UsageError.exit_code
    except Exception as error:
        trace(error)
        known = of_the_machine(error)
        warn(str(known) if known else unforeseen(error))
        code = known.exit_code if known else UNFORESEEN
    if fault := output_fault():
        warn(f"not everything could be printed: {fault}. What was printed is not whole.")
        code = code or OutputError.exit_code
    return code


def _run(given: list[str]) -> int:
    parser, known = _parser()
    if given and not given[0].startswith("-") and given[0] not in known:
        near = hint(given[0], known)
        begun = "start.py" in program()
        more = f" `{program()} help` lists those to work on the code with." if begun else ""
        warn(f"there is no command {given[0]!r}{near}. Commands: {', '.join(known)}.{more}")
        return 2
    if not given:
        say(parser.format_help())
        return 0
    options = _whole(parser.parse_args(given))
    command: Callable[[argparse.Namespace], int] = options.command
    with stoppable():
        return command(options)


def parsed(given: Sequence[str]) -> argparse.Namespace:
    """What words ask for, refused where they cannot be typed; nothing is run.

    Raises
    ------
    SystemExit, UsageError
        No command can be made of them, or they lack or contradict something.
    """
    return _whole(_parser()[0].parse_args(list(given)))


def _whole(options: argparse.Namespace) -> argparse.Namespace:
    """The options, once their verb has seen that they go together."""
    require: Callable[[argparse.Namespace], None] | None = getattr(options, "require", None)
    if require:
        require(options)
    return options


def _parser() -> tuple[argparse.ArgumentParser, list[str]]:
    parser = Parser(
        prog=program(),
        description="High-needs deficits of English authorities, on published figures.",
    )
    parser.add_argument("--version", action="version", version=f"highneeds {__version__}")
    parser.add_argument(
        _DEBUG, action="store_true", help="with any command: show where a fault came from"
    )
    verbs = parser.add_subparsers(required=True, metavar="COMMAND", parser_class=Parser)
    report.register(verbs)
    export.register(verbs)
    workbook.register(verbs)
    whatif.register(verbs)
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
