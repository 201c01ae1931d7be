"""Plans that end in a calendar year: how many, why, at what age and where placed."""

from __future__ import annotations

import pandas as pd

from highneeds.geography import Geography
from highneeds.sources import placements
from highneeds.sources.adding_up import checked, gaps, require_known_gaps
from highneeds.sources.ages import age_years, with_every_age
from highneeds.sources.contract import ENGLAND, Issue, Reading, SourceFile, Status
from highneeds.sources.files import RawFiles
from highneeds.sources.sen2 import (
    CALENDAR_YEAR,
    PUBLISHER,
    RELEASE_2025,
    as_observations,
    figures,
    read_release,
    sum_figures,
    topic,
)

MEASURE = "ceased_ehc_plans"
CEASED_2025 = SourceFile(
    "sen2_2025_ceased_plans",
    "education/dfe-ehcp-2025/ceased_plans.csv.gz",
    RELEASE_2025,
    PUBLISHER,
    "revised, before January 2026",
    "Calendar 2022 to 2024 by reason; by age and placement from 2023.",
)
FILES = (CEASED_2025,)

_TOPIC, _AGES, _PLACEMENTS = (
    "All ceased EHC plans",
    "Age plan ceased",
    "Type of placement",
)
# `not_rec` is the column's own name; the data guidance describes it and `other` crosswise.
REASONS = {
    "max_age": "maximum_age",
    "needs_met": "needs_met_without_plan",
    "he": "higher_education",
    "employ": "paid_employment",
    "transfer": "moved_to_another_authority",
    "no_engage": "no_longer_engaging",
    "moved_outside_eng": "moved_outside_england",
    "deceased": "died",
    "other": "other",
    "not_rec": "not_recorded",
}
# Plans whose reason is in no column, and (minus) a plan in two placements.
_REASON_GAPS = {
    (year, area): gap
    for year, gap in (("2023", 6), ("2024", 1))
    for area in ("881", "E12000006", ENGLAND)
}
_PLACEMENT_GAPS = {("2023", area): -1 for area in ("800", "E12000009", ENGLAND)}


def read(raw: RawFiles, geography: Geography) -> Reading:
    """Read ceased plans, calendar 2022 to 2024.

    Returns
    -------
    Reading
        Measure ``ceased_ehc_plans`` (plans): ``total`` and ``reason``, and from 2023
        ``age_year`` and ``placement``.

    Raises
    ------
    SourceError
        The file is not the expected edition or does not add up.

    Notes
    -----
    Source: DfE, Education, health and care plans, reporting year 2025.
    """
    published = read_release(
        raw,
        CEASED_2025,
        geography,
        calendar=CALENDAR_YEAR,
        years=range(2022, 2025),
        values=["total_ceased", *REASONS],
    )
    where, total = CEASED_2025.path, {"total_ceased": "all"}
    everyone = topic(published, _TOPIC, where)
    totals = figures(everyone, total, CEASED_2025)
    reasons = figures(everyone, REASONS, CEASED_2025)
    aged = topic(published, _AGES, where)
    aged = aged.assign(age=age_years(aged["breakdown"], where))
    ages = with_every_age(figures(aged, total, CEASED_2025, ["age"]))
    settings = topic(published, _PLACEMENTS, where)
    settings = settings.assign(placement=placements.from_rows(settings, where))
    settings = settings[settings["placement"] != ""]
    placed = sum_figures(
        figures(settings, total, CEASED_2025, ["placement"]),
        ["la_code", "year", "placement"],
    )
    parts = {
        "reason": (reasons, reasons["figure"], _REASON_GAPS),
        "age_year": (ages, ages["age"], {}),
        "placement": (placed, placed["placement"], _PLACEMENT_GAPS),
    }
    found = [as_observations(totals, CEASED_2025, MEASURE)]
    for kind, (rows, breakdown, known) in parts.items():
        found.append(as_observations(rows, CEASED_2025, MEASURE, kind, breakdown))
        name = f"Figures by {kind} of {where}"
        require_known_gaps(gaps(found[0], found[-1]), known, name)
    together = pd.concat(found, ignore_index=True)
    return Reading(checked(together, geography, "ceased plans"), _KNOWN_ISSUES)


_KNOWN_ISSUES = (
    *(
        Issue(
            f"ceased_ehc_plans-reasons-do-not-sum-{year}-881",
            MEASURE,
            "881",
            year,
            f"reasons sum to {reasons}, total {total}",
            "both as published",
            "Essex has plans whose reason is in no column; so have its region and England.",
            Status.OBSERVED,
            CEASED_2025.source_id,
            "reason",
            "all",
        )
        for year, reasons, total in (("2023", 600, 606), ("2024", 895, 896))
    ),
    Issue(
        "ceased_ehc_plans-placements-do-not-sum-2023-800",
        MEASURE,
        "800",
        "2023",
        "placements sum to 75, total 74",
        "both as published",
        "One plan of Bath and North East Somerset is counted in two placements.",
        Status.OBSERVED,
        CEASED_2025.source_id,
        "placement",
        "all",
    ),
    Issue(
        "ceased_ehc_plans-other-and-not-recorded",
        MEASURE,
        ENGLAND,
        "2024",
        "other 837, not recorded 0",
        "as the columns are named",
        "The data guidance describes `other` and `not_rec` the other way round.",
        Status.OBSERVED,
        CEASED_2025.source_id,
        "reason",
        "other",
    ),
)
