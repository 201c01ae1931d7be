"""The record of faults in the published figures, and what it says of a cell."""

from __future__ import annotations

import re

import pandas as pd

from highneeds.geography import EVERY_AREA
from highneeds.panel.held import Held

_OWN = ["measure", "la_code", "year", "status"]
_EXACT = [*_OWN, "breakdown_type", "breakdown"]


def recorded(panel: Held) -> pd.DataFrame:
    """The record of faults with one row a measure and year."""
    issues = panel.companion("issues")
    issues = issues.assign(
        measure=issues["measure"].str.split("; "), year=issues["year"].map(_years)
    )
    return issues.explode("measure").explode("year")


def explained(panel: Held, cells: pd.DataFrame) -> pd.DataFrame:
    """Cells with what the record of faults says of each, the closest entry first.

    Parameters
    ----------
    cells : DataFrame
        Rows of a panel's tables, with ``status``.

    Returns
    -------
    DataFrame
        The cells with ``published`` and ``used``, from an entry for the very cell, and
        ``why``, from one for its breakdown type, its area or every area; else empty.
    """
    issues = recorded(panel)
    found = cells.merge(
        issues.drop_duplicates(_EXACT)[[*_EXACT, "published", "used", "why"]],
        on=_EXACT,
        how="left",
        validate="many_to_one",
    )
    for key, entries in (
        ([*_OWN, "breakdown_type"], issues),
        (_OWN, issues),
        (["measure", "year", "status"], issues[issues["la_code"] == EVERY_AREA]),
    ):
        nearest = found[key].merge(
            entries.drop_duplicates(key)[[*key, "why"]], on=key, how="left"
        )
        found["why"] = found["why"].fillna(nearest["why"])
    return found.fillna({"published": "", "used": "", "why": ""})


def _years(text: str) -> list[str]:
    span = re.fullmatch(r"(\d{4}) to (\d{4})", text)
    if not span:
        return [text]
    return [str(year) for year in range(int(span[1]), int(span[2]) + 1)]
