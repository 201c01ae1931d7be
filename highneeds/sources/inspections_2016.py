"""Area SEND inspections under the 2016 framework: a written statement required or not."""

from __future__ import annotations

from typing import Any

import pandas as pd

from highneeds.geography import Area, Geography
from highneeds.sources.contract import SourceFile, require_columns
from highneeds.sources.files import RawFiles
from highneeds.sources.inspection_rows import (
    NOT_REQUIRED,
    NOT_REVISITED,
    REQUIRED,
    SUFFICIENT_ON_ALL,
    SUFFICIENT_ON_NONE,
    SUFFICIENT_ON_SOME,
    area_of,
    broken,
    count,
    day,
    row,
)

OFSTED = "Ofsted and the Care Quality Commission"
OUTCOMES = SourceFile(
    "inspections_2016_framework",
    "inspections/Area_SEND_inspection_data_01_May_2016_to_31_August_2022.ods",
    "Area SEND inspections and revisits, 1 May 2016 to 31 August 2022",
    OFSTED,
    "17 November 2022",
    note="Leaves out the areas abolished since: Dorset and Northamptonshire.",
    marks=("sheet Area_SEND_up_to_31_Aug_2022",),
)
ABOLISHED = SourceFile(
    "inspections_abolished_areas",
    "inspections/area_send_predecessor_areas_2016_framework.csv",
    "Area SEND inspections of the abolished areas of Dorset and Northamptonshire",
    "Compiled from Ofsted's notes and the Association of Directors of Children's Services",
    "2022",
    marks=(
        "area",
        "wsoa_required",
        "revisit_start",
    ),
)

_SHEET, _HEADER_ROW = "Area_SEND_up_to_31_Aug_2022", 4
_HEADINGS = (
    "Web link to Ofsted local authority webpage",
    "Local authority code",
    "Area name",
    "Ofsted region",
    "Inspection start date",
    "Inspection publication date",
    "Inspection outcome: written statement of action required?",
    "Number significant weaknesses identified in written statement of action",
    "Revisit start date",
    "Revisit publication date",
    "Revisit outcome: sufficient progress in addressing all significant weaknesses?",
    "Number significant weaknesses where sufficient progress has been made",
    "Number significant weaknesses where sufficient progress has not been made",
)
_TEXT_NOT_REVISITED = "Not revisited yet"
_REQUIRED = {"Yes": REQUIRED, "No": NOT_REQUIRED}
_PROGRESS = {
    "Yes": SUFFICIENT_ON_ALL,
    "Some": SUFFICIENT_ON_SOME,
    "No": SUFFICIENT_ON_NONE,
}


def inspections(raw: RawFiles, geography: Geography) -> list[dict[str, str]]:
    """Every inspection of the official table and of the two abolished areas."""
    sheet = raw.read_sheet(OUTCOMES, _SHEET, (_HEADER_ROW + 2, len(_HEADINGS)))
    found = [str(cell).strip() for cell in sheet[_HEADER_ROW]]
    header = pd.DataFrame(columns=found)
    require_columns(header, _HEADINGS, f"{OUTCOMES.path}, row {_HEADER_ROW + 1}")
    lines = [dict(zip(found, line, strict=True)) for line in sheet[_HEADER_ROW + 1 :]]
    official = [_official(line, geography) for line in lines if any(line.values())]
    return [*official, *_abolished(raw, geography)]


def _official(line: dict[str, Any], geography: Geography) -> dict[str, str]:
    _, ons, name, region, start, published, required, found, again, *rest = (
        line[heading] for heading in _HEADINGS
    )
    again_published, progress, done, not_done = rest
    area = area_of(geography, ons, name, region, OUTCOMES)
    revisited = again not in ("", _TEXT_NOT_REVISITED)
    # The revisit date is blank where none is due and holds a sentence where one is.
    if (again == "") == (required == "Yes") or revisited != (progress != ""):
        raise broken(OUTCOMES, area, "revisit start date", again)
    days = [start, published, *([again, again_published] if revisited else [])]
    numbers = [count(cell, OUTCOMES, area) for cell in (found, done, not_done)]
    if not _numbers_fit(required, progress, *numbers):
        raise broken(OUTCOMES, area, "number of weaknesses", numbers)
    keys = ("weaknesses", "weaknesses_sufficient", "weaknesses_not_sufficient")
    return (
        row(area, "2016", [day(cell, OUTCOMES, area) for cell in days], OUTCOMES)
        | _outcome(required, progress, OUTCOMES, area)
        | {
            key: "" if number is None else str(number)
            for key, number in zip(keys, numbers, strict=True)
        }
        | {"evidence": "Ofsted official statistics"}
    )


def _abolished(raw: RawFiles, geography: Geography) -> list[dict[str, str]]:
    table = raw.read_csv(ABOLISHED)
    columns = (
        *("la_code_ons", "la_code_dfe", "area", "ofsted_region", "inspection_start"),
        *("publication_date", "wsoa_required", "revisit_start", "revisit_publication_date"),
        *("revisit_outcome", "evidence"),
    )
    require_columns(table, columns, ABOLISHED.path)
    rows = []
    for line in table[list(columns)].to_dict("records"):
        (
            ons,
            code,
            name,
            region,
            start,
            published,
            required,
            again,
            again_published,
            *rest,
        ) = (line[column] for column in columns)
        progress, evidence = rest
        area = area_of(geography, ons, name, region, ABOLISHED)
        if area.la_code != code or not area.abolished:
            raise broken(ABOLISHED, area, "la_code_dfe", code)
        days = [start, published, *([again, again_published] if progress else [])]
        rows.append(
            row(area, "2016", [day(cell, ABOLISHED, area) for cell in days], ABOLISHED)
            | _outcome(required, progress, ABOLISHED, area)
            | {"evidence": evidence}
        )
    return rows


def _outcome(
    required: str, progress: str, source: SourceFile, area: Area
) -> dict[str, str]:
    if required not in _REQUIRED or (progress and progress not in _PROGRESS):
        raise broken(source, area, "outcome", f"{required}, {progress}")
    if required == "No":
        return {"outcome": NOT_REQUIRED}
    return {"outcome": REQUIRED, "revisit_outcome": _PROGRESS.get(progress, NOT_REVISITED)}


def _numbers_fit(
    required: str, progress: str, found: int | None, done: int | None, not_done: int | None
) -> bool:
    """Whether there are weaknesses where required, and a revisit accounts for them all."""
    if (found is not None) != (required == "Yes") or found == 0:
        return False
    if not progress:
        return done is None and not_done is None
    if found is None or done is None or not_done is None or done + not_done != found:
        return False
    return {"Yes": not_done == 0, "No": done == 0}.get(progress, 0 < done < found)
