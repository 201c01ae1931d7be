"""What-if workbooks worked out by LibreOffice, each stage beside the library's."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from benchmarks.libreoffice import libreoffice
from highneeds.errors import HighNeedsError
from highneeds.forms.live.book import build
from highneeds.forms.live.given import Given, collect
from highneeds.forms.live.stages import library
from highneeds.panel.panel import load_panel
from highneeds.panel.vintage import vintage

# What every formula is said to have come to: only one that is worked out shows another.
_PLANTED = 999.0
_NEAR, _TOGETHER, _SEED = 1e-5, 5, 20250901


def run(count: int, *, say: Callable[[str], None]) -> int:
    """Work out the workbooks of some authorities, in an order of chance, or of all.

    Parameters
    ----------
    count : int
        How many; 0 for all.

    Returns
    -------
    int
        0 where every stage of every scenario agrees to a relative 1e-5.
    """
    panel = load_panel()
    names = [one.name for one in panel.geography.authorities(vintage(panel).census.end)]
    random.Random(_SEED).shuffle(names)
    names = names[: count or len(names)]
    began, stages, worst, refused = time.monotonic(), 0, 0.0, 0
    for first in range(0, len(names), _TOGETHER):
        given = []
        for name in names[first : first + _TOGETHER]:
            try:
                given.append(collect(panel, name))
            except HighNeedsError as error:
                say(str(error))
                refused += 1
        found = _worked_out(given)
        if found is None:
            say("Skipped: LibreOffice is not installed (soffice on the path).")
            return 0
        for one, turns in zip(given, found, strict=True):
            for (name, result), rows in zip(one.results.items(), turns, strict=True):
                off, where = furthest(rows, library(result))
                stages += len(rows)
                worst = max(worst, off)
                if not off < _NEAR:
                    say(f"{one.area} {name}: {where} is off by {off:.2g} of itself")
        say(
            f"{first + len(found)} of {len(names)} authorities, {stages:,} rows, at most "
            f"{worst:.1e} apart, {time.monotonic() - began:.0f} s"
        )
    return 0 if worst < _NEAR and not refused else 1


def _worked_out(given: Sequence[Given]) -> list[list[list[list[object]]]] | None:
    """What LibreOffice makes of each workbook in each scenario; None where it is not."""
    titles = [one.title for one in given[0].scenarios]
    with TemporaryDirectory() as folder, libreoffice() as office:
        if office is None:
            return None
        books = []
        for number, one in enumerate(given):
            books.append(Path(folder) / f"{number}.xlsx")
            books[-1].write_bytes(build(one, planted=_PLANTED).content)
        return list(office.chosen(books, "scenario", titles, "stages"))


def furthest(
    rows: Sequence[Sequence[object]], expected: dict[str, np.ndarray]
) -> tuple[float, str]:
    """How far rows of the sheet of stages are from the library's, and which the most.

    A share of the library's figure, or of 1 where that is smaller. A row that is missing,
    or too much, or holds a text is infinitely far.
    """
    if {str(row[0]) for row in rows} != set(expected):
        return float("inf"), "the list of stages"
    worst, where = 0.0, ""
    for key, _, _, *values in rows:
        wanted = expected[str(key)]
        cells = [one for one in values[: len(wanted)] if isinstance(one, int | float)]
        got = np.array(cells, dtype=float)
        if got.shape != wanted.shape or not np.isfinite(got).all():
            return float("inf"), str(key)
        off = float((np.abs(got - wanted) / np.maximum(np.abs(wanted), 1.0)).max())
        if off > worst:
            worst, where = off, str(key)
    return worst, where
