"""How answers are printed: tables in three forms, lines, warnings."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    import pandas as pd

Verbs: TypeAlias = "argparse._SubParsersAction[Any]"
FORMATS = ("table", "csv", "json")
_BILLION = 1e9


def print_table(table: pd.DataFrame, form: str) -> None:
    """Print a table for reading, or as CSV or JSON for another program."""
    if form == "csv":
        table.to_csv(sys.stdout, index=False, lineterminator="\n", float_format="%.15g")
    elif form == "json":
        say(table.to_json(orient="records", force_ascii=False, indent=1))
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


def say(line: str) -> None:
    """Print one line at once, so that a log shows progress."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def warn(line: str) -> None:
    """Print one line where messages go, apart from the answer."""
    sys.stderr.write(f"highneeds: {line}\n")
