"""What is known of areas: one area's codes, names and changes; every authority's."""

from __future__ import annotations

from datetime import date

import pandas as pd

from highneeds.geography import Area, Geography
from highneeds.periods import Census


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
        "began": area.first_date.isoformat() if area.first_date != date.min else "",
        "ended": area.last_date.isoformat() if area.abolished else "",
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


def authority_table(geography: Geography) -> pd.DataFrame:
    """Every authority there is or was: codes, name, region, and when it began and ended."""
    return pd.DataFrame(
        {
            "la_code": area.la_code,
            "name": area.name,
            "ons_code": area.ons_code,
            "region": area.region_name,
            "began": area.first_date.isoformat() if area.first_date != date.min else "",
            "ended": area.last_date.isoformat() if area.abolished else "",
        }
        for area in geography.authorities()
    )
