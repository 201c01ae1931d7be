"""Published figures that look wrong and are taken as they are: each with what shows it.

They are in ``doubts.toml``. A figure that is repaired or set aside stands with its reader.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from pathlib import Path

from highneeds.files import read_shipped
from highneeds.sources.contract import Issue, Status


def doubts(measures: Iterable[str], years: Iterable[str], source_id: str) -> list[Issue]:
    """The doubts about some measures in the years an edition covers."""
    measures, covered = set(measures), set(years)
    return [
        Issue(
            **entry, used="as published", status=Status.OBSERVED.value, source_id=source_id
        )
        for entry in _entries()
        if entry["measure"] in measures and entry["year"] in covered
    ]


@cache
def _entries() -> list[dict[str, str]]:
    """Every doubt: its measure, breakdown and year stand once for a list of areas."""
    found = []
    for kind, entry in read_shipped(Path(__file__).with_name("doubts.toml")).items():
        areas, why = entry.pop("areas"), " ".join(entry.pop("why").split())
        for la_code, published in areas.items():
            name = f"{entry['measure']}-{kind}-{entry['year']}-{la_code}"
            named = {"issue_id": name, "la_code": la_code, "published": published}
            found.append({**named, "why": why, **entry})
    return found
