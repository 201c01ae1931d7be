"""A row of the inspections table: its columns, its wording and the checks all rows pass."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date, datetime

from highneeds.errors import SourceError, UsageError
from highneeds.geography import Area, Geography
from highneeds.sources.contract import SourceFile

COLUMNS = (
    "la_code",
    "la_name",
    "region",
    "framework",
    "start_date",
    "publication_date",
    "outcome",
    "weaknesses",
    "priority_areas",
    "revisit_start_date",
    "revisit_publication_date",
    "revisit_outcome",
    "weaknesses_sufficient",
    "weaknesses_not_sufficient",
    "next_due",
    "abolished",
    "source_id",
    "evidence",
    "note",
)
REQUIRED, NOT_REQUIRED = "written statement required", "no written statement required"
POSITIVE, INCONSISTENT, FAILINGS = "typically positive", "inconsistent", "systemic failings"
SUFFICIENT_ON_ALL = "sufficient on all"
SUFFICIENT_ON_SOME = "sufficient on some"
SUFFICIENT_ON_NONE = "sufficient on none"
NOT_REVISITED = "not revisited"

_FIRST_DAY = {"2016": date(2016, 5, 1), "2023": date(2023, 1, 1)}
# Ofsted counts two of the nine regions as one.
_JOINED = {
    "North East, Yorkshire and the Humber": ("North East", "Yorkshire and The Humber"),
}


def broken(source: SourceFile, area: Area, what: str, found: object) -> SourceError:
    """The error for a row that is not as the publication describes."""
    return SourceError(
        f"{source.path}, {area}: {what} is {str(found)!r}, which is not what the "
        "publication describes or does not fit the rest of the row. Compare the row with "
        "the report."
    )


def area_of(
    geography: Geography, ons_code: str, name: str, region: str, source: SourceFile
) -> Area:
    """The area of a row, whose code, name and Ofsted region must say the same.

    Raises
    ------
    SourceError
        The code or name is not known, or the three disagree.
    """
    try:
        area = geography.from_ons(ons_code)
        named = geography.from_name(name, area.first_date)
    except UsageError as error:
        msg = f"{source.path}: {error}"
        raise SourceError(msg) from None
    if named != area or area.region_name not in _JOINED.get(region, (region,)):
        raise broken(source, area, "name or region", f"{name}, {region}")
    return area


def day(cell: object, source: SourceFile, area: Area) -> date:
    """The day a cell holds, as a date or as ISO text.

    Raises
    ------
    SourceError
        It holds no date.
    """
    if isinstance(cell, datetime):
        return cell.date()
    try:
        return date.fromisoformat(str(cell))
    except ValueError:
        raise broken(source, area, "date", cell) from None


def count(
    cell: object, source: SourceFile, area: Area, most: float = math.inf
) -> int | None:
    """The whole number a cell holds, or None where it is blank.

    Raises
    ------
    SourceError
        It holds something else, or a number above `most`.
    """
    if cell == "":
        return None
    try:
        number = float(str(cell))
    except ValueError:
        raise broken(source, area, "count", cell) from None
    if not number.is_integer() or not 0 <= number <= most:
        what = "count" if most == math.inf else f"count (0 to {most:,.10g})"
        raise broken(source, area, what, cell)
    return int(number)


def row(
    area: Area, framework: str, dates: Sequence[date | None], source: SourceFile
) -> dict[str, str]:
    """The part of a row that is the same for every publication.

    Parameters
    ----------
    dates : sequence
        Start, publication and, where there was a revisit, its start and publication.

    Raises
    ------
    SourceError
        The dates do not follow one another, or precede the framework.
    """
    known = [one for one in dates if one]
    if known != sorted(known) or known[0] < _FIRST_DAY[framework]:
        raise broken(source, area, "dates", ", ".join(map(str, known)))
    names = (
        "start_date",
        "publication_date",
        "revisit_start_date",
        "revisit_publication_date",
    )
    ended = f"ceased to exist after {area.last_date}" if area.abolished else ""
    return {
        "la_code": area.la_code,
        "la_name": area.name,
        "region": area.region_name,
        "framework": framework,
        **{name: str(one or "") for name, one in zip(names, dates, strict=False)},
        "abolished": ended,
        "source_id": source.source_id,
    }
