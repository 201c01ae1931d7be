"""How answers are printed: tables in three forms, lines, warnings."""

from __future__ import annotations

import argparse
import io
import os
import re
import sys
import traceback
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from highneeds.cli.examples import EXAMPLES

if TYPE_CHECKING:
    import pandas as pd

Verbs: TypeAlias = "argparse._SubParsersAction[Any]"
FORMATS = ("table", "csv", "json")
_BILLION = 1e9
# Lines and tabs are printed; what else cannot be seen might drive a screen.
_UNSEEN = {one: f"\\x{one:02x}" for one in (*range(32), *range(127, 160))} | {
    ord(one): one for one in "\t\n"
}

# Set by start.py.
_STARTED_AS = "HIGHNEEDS_COMMAND"
# As messages of every room write one, in words or between quotation marks.
_COMMAND = re.compile(
    rf"\bhighneeds (?=(?:{'|'.join(verb for verb in EXAMPLES if verb)})\b)"
)


class _Out:
    """Where answers go: a screen, a file or another program, which may have gone away."""

    def __init__(self) -> None:
        self.fault = ""
        self.debugging = False


_out = _Out()


def print_in_utf8() -> None:
    """Print in UTF-8 wherever it goes, and let no closed output stop a command."""
    _out.fault = ""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            # Closed before the command began.
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115, PTH123
        elif isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")


def output_fault() -> str:
    """Why not everything was printed; empty where it was, or where nobody reads on."""
    _write("")
    return _out.fault


def _write(text: str) -> None:
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        # The reader of a pipe went away (`| head`): the work goes on to its own end.
        _leave()
    except OSError as error:
        _out.fault = _out.fault or error.strerror or str(error)
        _leave()
    except ValueError:
        # Closed by whoever called us in the same process.
        _leave()


def _leave() -> None:
    """Print no more: not even what Python keeps to print when it ends."""
    nowhere = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123
    with suppress(OSError, ValueError):
        os.dup2(nowhere.fileno(), sys.stdout.fileno())
    sys.stdout = nowhere


def print_table(table: pd.DataFrame, form: str) -> None:
    """Print a table for reading, or as CSV or JSON for another program."""
    if form == "csv":
        from highneeds import atomic

        _write(atomic.table_text(table, "%.15g"))
    elif form == "json":
        print_page(table.to_json(orient="records", force_ascii=False, indent=1))
    elif table.empty:
        say("There is nothing to list.")
    else:
        shown = table.astype(object).where(table.notna(), "–")
        say(
            shown.to_string(
                index=False, max_rows=None, float_format=_number, max_colwidth=60
            )
        )


def _number(value: float) -> str:
    # Ten figures tell any rate; more than that is pounds of all England, shown whole.
    return f"{value:,.0f}" if abs(value) >= _BILLION else f"{value:,.10g}"


def program() -> str:
    """What is typed before a command: start.py says how it was called itself."""
    if named := os.environ.get(_STARTED_AS):
        return named
    as_module = Path(sys.argv[0]).parts[-2:] == ("highneeds", "__main__.py")
    return "python -m highneeds" if as_module else "highneeds"


def _as_typed(line: str) -> str:
    """A line whose commands can be typed as this one was."""
    return _COMMAND.sub(lambda _: f"{program()} ", line)


def print_page(text: str) -> None:
    """Print what another program may read: not a word of it depends on how we began."""
    _write(text.translate(_UNSEEN) + "\n")


def say(line: str) -> None:
    """Print one line at once, so that a log shows progress."""
    print_page(_as_typed(line))


def debug(wanted: bool) -> None:
    """From now on, show where in the program a fault came from, or no more."""
    _out.debugging = wanted


def trace(error: BaseException | None) -> None:
    """Print where in the program a fault came from, if that was asked for."""
    if error is not None and _out.debugging:
        with suppress(OSError, ValueError):
            traceback.print_exception(error)


def warn(line: str) -> None:
    """Print one line where messages go, apart from the answer."""
    with suppress(OSError, ValueError):
        sys.stderr.write(f"highneeds: {_as_typed(line).translate(_UNSEEN)}\n")
