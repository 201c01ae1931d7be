"""A question as people write it: one name or several, and breakdowns by type or by name."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pandas as pd

from highneeds.errors import UsageError, some
from highneeds.words import hint

# Every breakdown, in the place of the total.
EVERY = "all"


def several(asked: Any) -> list[Any]:
    """Those asked for: one name is a list of itself, not of its letters."""
    if isinstance(asked, str) or not isinstance(asked, Iterable):
        return [asked]
    return list(asked)


def of_breakdown(measure: str, rows: pd.DataFrame, text: str) -> pd.Series:
    """Which rows of a measure are of a breakdown: ``age``, ``5-10`` or ``age/5-10``.

    Raises
    ------
    UsageError
        The measure has no such breakdown; names the nearest.
    """
    kind, _, name = text.rpartition("/")
    by_name = (rows["breakdown_type"] == name) | (rows["breakdown"] == name)
    found = (
        (rows["breakdown_type"] == kind) & (rows["breakdown"] == name) if kind else by_name
    )
    if found.any():
        return found
    known = sorted({*rows["breakdown_type"], *rows["breakdown"]})
    if name in known:
        return found
    near = hint(name, known, most=3)
    types = some(sorted(set(rows["breakdown_type"])))
    msg = f"{measure} has no breakdown {text!r}{near}. Its breakdown types: {types}."
    raise UsageError(msg)
