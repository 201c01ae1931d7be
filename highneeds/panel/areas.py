"""What is known of areas: one area's codes, names and changes; every authority's."""

from __future__ import annotations

from datetime import date

import pandas as pd

from highneeds.errors import UsageError
from highneeds.geography import Area, Geography
from highneeds.periods import Census

_LEVELS = ("england", "region", "la")


def facts(geography: Geography, area: Area, census: Census) -> dict[str, object]:
    """What is known of an area: codes, names, region, changes, neighbours.

    Its authorities are those in being at the census.

    Returns
    -------
    dict of text and lists of text; dates as ISO text, empty where not known.
    """
    codes, names = geography.aliases(area.la_code)
    comparable = geography.comparable(area.la_code)
    return {
        "name": area.name,
        "la_code": area.la_code,
        "level": area.level,
        "kind": area.kind,
        "ons_codes": codes,
        "also_called": names,
        "same_name": [other.dated for other in geography.namesakes(area)],
        "region": f"{area.region_name} ({area.region_code})" if area.region_name else "",
        **_dates(area),
        "predecessors": [other.dated for other in geography.predecessors(area.la_code)],
        "successors": [other.dated for other in geography.successors(area.la_code)],
        "changes": [
            f"{change.effective_date} {change.change_type}: {geography[change.predecessor]}"
            f" → {geography[change.successor]} ({change.note})"
            for change in geography.changes
            if area.la_code in (change.predecessor, change.successor)
        ],
        "comparable_area": str(comparable) if comparable else "",
        "neighbours": [str(other) for other in geography.neighbours(area.la_code)],
        "authorities": [str(a) for a in geography.members(area.la_code, census.end)],
    }


def areas(level: str | None = None, *, abolished: bool = False) -> pd.DataFrame:
    """The areas that can be asked for, by name or by code.

    Parameters
    ----------
    level : {"la", "region", "england"}, optional
        One kind of area; every kind when left out.
    abolished : bool
        Whether to list authorities that a reorganisation ended as well.

    Returns
    -------
    DataFrame
        A row an area: ``name``, ``la_code``, ``level``, ``region``, ``ons_code``,
        ``began`` and ``ended``, the last two as ISO dates or empty.

    Raises
    ------
    UsageError
        There is no such level.
    """
    geography = Geography.load()
    if level not in (None, *_LEVELS):
        msg = f"level={level!r} is no kind of area. Expected one of {', '.join(_LEVELS)}."
        raise UsageError(msg)
    wider = [geography.england, *geography.regions()]
    found = [
        area for area in [*wider, *geography.authorities()] if level in (None, area.level)
    ]
    return pd.DataFrame(
        {
            "name": area.name,
            "la_code": area.la_code,
            "level": area.level,
            "region": area.region_name,
            "ons_code": area.ons_code,
            **_dates(area),
        }
        for area in found
        if abolished or not area.abolished
    )


def authority_table(geography: Geography) -> pd.DataFrame:
    """Every authority there is or was: codes, name, region, and when it began and ended."""
    return pd.DataFrame(
        {
            "la_code": area.la_code,
            "name": area.name,
            "ons_code": area.ons_code,
            "region": area.region_name,
            **_dates(area),
        }
        for area in geography.authorities()
    )


def _dates(area: Area) -> dict[str, str]:
    """When an authority began and ended, as ISO dates; empty where it always was or is."""
    return {
        "began": area.first_date.isoformat() if area.first_date != date.min else "",
        "ended": area.last_date.isoformat() if area.abolished else "",
    }
