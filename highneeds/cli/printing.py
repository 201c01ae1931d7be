"""How answers are printed: tables in three forms, lines, warnings."""

from __future__ import annotations

import argparse
import codecs
import io
import sys
import traceback
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    import pandas as pd

Verbs: TypeAlias = "argparse._SubParsersAction[Any]"
FORMATS = ("table", "csv", "json")
_BILLION = 1e9
# What stands for a sign that the screen or the file cannot hold: on Windows, output to a
# file is in Windows-1252, which has no minus.
_PLAIN = {
    **{"\u2212": "-", "\u2011": "-", "\u2013": "-", "\u2014": "-"},
    **{
        "→": "->",
        "≥": ">=",
        "≤": "<=",
        "≠": "!=",
        "≈": "~",
        "×": "x",
        "·": ".",
        "…": "...",
    },
    # Never a double quotation mark: it would end a field of CSV.
    **{"\u2018": "'", "\u2019": "'", "\u201c": "'", "\u201d": "'", "•": "*"},
    **{"\xa0": " ", "\u2009": " ", "\u202f": " ", "£": "GBP "},
}
_PLAINLY = "highneeds.plainly"
_debugging = False


def print_plainly() -> None:
    """Let no sign stop a command: one that cannot be printed is written in plain ones."""
    codecs.register_error(_PLAINLY, _plainly)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=_PLAINLY)


def _plainly(error: UnicodeError) -> tuple[str | bytes, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    wanted = error.object[error.start : error.end]
    # What has no like is written as its number, so that nothing is lost.
    plain = [
        _PLAIN.get(one) or one.encode("ascii", "backslashreplace").decode()
        for one in wanted
    ]
    return "".join(plain), error.end


def print_table(table: pd.DataFrame, form: str) -> None:
    """Print a table for reading, or as CSV or JSON for another program."""
    if form == "csv":
        table.to_csv(sys.stdout, index=False, lineterminator="\n", float_format="%.15g")
    elif form == "json":
        print_json(
            lambda ascii_only: table.to_json(
                orient="records", force_ascii=ascii_only, indent=1
            )
        )
    elif table.empty:
        say("There is nothing to list.")
    else:
        shown = table.astype(object).where(table.notna(), "–")
        say(
            shown.to_string(
                index=False, max_rows=None, float_format=_number, max_colwidth=60
            )
        )


def print_json(made: Callable[[bool], str]) -> None:
    """Print JSON; its own way to write a sign is used where there is no printing it.

    Parameters
    ----------
    made : callable
        Makes the text, told whether it is to hold plain letters alone.
    """
    text = made(False)
    try:
        text.encode(sys.stdout.encoding or "utf-8")
    except UnicodeEncodeError:
        text = made(True)
    say(text)


def _number(value: float) -> str:
    # Ten figures tell any rate; more than that is pounds of all England, shown whole.
    return f"{value:,.0f}" if abs(value) >= _BILLION else f"{value:,.10g}"


def say(line: str) -> None:
    """Print one line at once, so that a log shows progress."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def debug(wanted: bool) -> None:
    """From now on, show where in the program a fault came from, or no more."""
    global _debugging
    _debugging = wanted


def trace(error: BaseException | None) -> None:
    """Print where in the program a fault came from, if that was asked for."""
    if error is not None and _debugging:
        traceback.print_exception(error)


def warn(line: str) -> None:
    """Print one line where messages go, apart from the answer."""
    sys.stderr.write(f"highneeds: {line}\n")
