"""Area SEND inspections: outcomes under the frameworks of 2016 and 2023.

The two frameworks ask different questions and are never mixed in one rate. Use the start
date for inspections carried out by a day, the publication date for reports published.
"""

from __future__ import annotations

from datetime import date, datetime

import pandas as pd

from highneeds.errors import SourceError, UsageError, some
from highneeds.geography import Geography
from highneeds.sources import inspections_2016
from highneeds.sources.contract import (
    OBSERVATION_COLUMNS,
    Reading,
    SourceFile,
    require_columns,
)
from highneeds.sources.files import RawFiles
from highneeds.sources.inspection_rows import (
    COLUMNS,
    FAILINGS,
    INCONSISTENT,
    POSITIVE,
    area_of,
    broken,
    count,
    day,
    row,
)
from highneeds.sources.series import Series

FULL = SourceFile(
    "inspections_2023_framework",
    "inspections/area_send_full_inspections_2023_framework.csv",
    "Area SEND full inspections, reports published May 2023 to June 2026",
    "Compiled from reports of Ofsted and the Care Quality Commission",
    "June 2026",
    note="Without monitoring inspections and inspections not yet reported.",
    marks=(
        "area",
        "outcome_grade",
        "publication_date",
    ),
)
MANAGEMENT = SourceFile(
    "inspections_management_information_2023",
    "inspections/ofsted_area_send_management_information_2023.csv",
    "Management information: area SEND inspections from January 2023",
    inspections_2016.OFSTED,
    "2023",
    note="Used to check the list of the 2023 framework, not stored.",
    marks=(
        "Local.area.partnership",
        "Inspection.outcome",
    ),
)
FILES = (inspections_2016.OUTCOMES, inspections_2016.ABOLISHED, FULL, MANAGEMENT)
# Of one edition, or read together with others: added with a build alone.
SERIES: tuple[Series, ...] = ()

_OUTCOMES = {
    "Typically positive experiences and outcomes": POSITIVE,
    "Inconsistent experiences and outcomes": INCONSISTENT,
    "Widespread and/or systemic failings": FAILINGS,
}
# Reports give 3 or 5 years to the next inspection.
_LONGEST_YEARS = 10
_GRADES = {"1": POSITIVE, "2": INCONSISTENT, "3": FAILINGS}


def read(raw: RawFiles, geography: Geography) -> Reading:
    """Read every full inspection, one row each.

    Returns
    -------
    Reading
        No observations; the companion table ``inspections`` (columns
        `inspection_rows.COLUMNS`, all text; ISO dates; blank where there is none).
        ``next_due`` is the start date plus the years the report gives, and is as
        approximate as the report says.

    Raises
    ------
    SourceError
        A column, date, code, name, region or outcome is not as the publication has it, or
        the list of the 2023 framework disagrees with Ofsted's management information.
    """
    rows = [*inspections_2016.inspections(raw, geography), *_full(raw, geography)]
    table = pd.DataFrame(rows, columns=list(COLUMNS)).fillna("")
    _require_once(table)
    _require_management_agrees(raw, geography, table)
    order = ["framework", "publication_date", "la_code"]
    none = pd.DataFrame(columns=list(OBSERVATION_COLUMNS)).astype({"value": float})
    return Reading(
        none, companions={"inspections": table.sort_values(order, ignore_index=True)}
    )


def _full(raw: RawFiles, geography: Geography) -> list[dict[str, str]]:
    table = raw.read_csv(FULL)
    columns = (
        *("la_code_dfe", "la_code_ons", "area", "ofsted_region", "framework"),
        *("inspection_start", "publication_date", "outcome_grade", "outcome"),
        *("priority_action_plan_required", "n_priority_areas"),
        *("next_full_inspection_within_years", "evidence", "note"),
    )
    require_columns(table, columns, FULL.path)
    rows = []
    for line in table.to_dict("records"):
        area = area_of(
            geography, line["la_code_ons"], line["area"], line["ofsted_region"], FULL
        )
        outcome = _OUTCOMES.get(line["outcome"], "")
        failings = outcome == FAILINGS
        checks = {
            "la_code_dfe": line["la_code_dfe"] == area.la_code,
            "framework": line["framework"] == "2023",
            "outcome_grade": _GRADES.get(line["outcome_grade"]) == outcome,
            "priority_action_plan_required": (line["priority_action_plan_required"])
            == ("Yes" if failings else "No"),
            "n_priority_areas": (line["n_priority_areas"] != "0") == failings,
        }
        for column, holds in checks.items():
            if not holds:
                raise broken(FULL, area, column, line[column])
        # Two reports give no inspection dates; the publication date is always known.
        start = (
            day(line["inspection_start"], FULL, area) if line["inspection_start"] else None
        )
        years = count(
            line["next_full_inspection_within_years"], FULL, area, most=_LONGEST_YEARS
        )
        areas = count(line["n_priority_areas"], FULL, area)
        rows.append(
            row(area, "2023", [start, day(line["publication_date"], FULL, area)], FULL)
            | {
                "outcome": outcome,
                "priority_areas": "" if areas is None else str(areas),
                "next_due": _years_after(start, years),
                "evidence": line["evidence"],
                "note": line["note"],
            }
        )
    return rows


def _years_after(start: date | None, years: int | None) -> str:
    if start is None or years is None:
        return ""
    leap_day = (start.month, start.day) == (2, 29)
    return str(start.replace(year=start.year + years, day=28 if leap_day else start.day))


def _require_once(table: pd.DataFrame) -> None:
    twice = table.duplicated(["la_code", "framework", "publication_date"])
    again = (table["framework"] == "2016") & table.duplicated(["la_code", "framework"])
    if (twice | again).any():
        msg = (
            "The inspection files have an inspection more than once: "
            f"{some(table.loc[twice | again, 'la_name'])}. Expected one row per "
            "inspection, and one per area under the 2016 framework."
        )
        raise SourceError(msg)


def _require_management_agrees(
    raw: RawFiles, geography: Geography, table: pd.DataFrame
) -> None:
    """Every row of Ofsted's management information must be in the list, alike."""
    columns = (
        "Local.area.partnership",
        "Inspection.start.date",
        "Inspection.publication.date",
        "Inspection.outcome",
        "Number.of.areas.for.priority.action",
    )
    published = raw.read_csv(MANAGEMENT)
    require_columns(published, columns, MANAGEMENT.path)
    compared = ["la_code", "start_date", "publication_date", "outcome", "priority_areas"]
    listed = set(table[compared].itertuples(index=False, name=None))
    missing = []
    for line in published.to_dict("records"):
        name, start, reported, outcome, areas = (line[column] for column in columns)
        try:
            code = geography.from_name(name).la_code
            days = [_day_month_year(text) for text in (start, reported)]
        except (UsageError, ValueError) as error:
            msg = f"{MANAGEMENT.path}: {error}"
            raise SourceError(msg) from None
        number = "0" if areas == "NA" else areas
        if (code, *days, _OUTCOMES.get(outcome), number) not in listed:
            missing.append(f"{name} ({start})")
    if missing:
        msg = (
            f"{FULL.path} disagrees with {MANAGEMENT.path} on {some(missing)}. Expected "
            "the same start, publication, outcome and number of priority areas."
        )
        raise SourceError(msg)


def _day_month_year(text: str) -> str:
    return datetime.strptime(text, "%d/%m/%Y").date().isoformat()
