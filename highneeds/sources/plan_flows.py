"""Plans that start in a calendar year: how many, at what age, placed where.

Totals and ages to 2021, and placements to 2018, are those of the 2022 edition; the rest are
those of the 2025 edition. The two agree where they overlap. 2025 is copied from the release
of 2026.
"""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from highneeds.geography import Geography
from highneeds.sources import copies, placements
from highneeds.sources.adding_up import (
    by_subtraction,
    checked,
    gaps,
    in_years,
    require_known_gaps,
)
from highneeds.sources.ages import by_single_year, split_bands
from highneeds.sources.contract import (
    ENGLAND,
    OBSERVATION_COLUMNS,
    Issue,
    Reading,
    SourceFile,
    Status,
)
from highneeds.sources.copied_totals import repair_copied_totals
from highneeds.sources.doubts import doubts
from highneeds.sources.files import RawFiles
from highneeds.sources.sen2 import (
    CALENDAR_YEAR,
    PUBLISHER,
    RELEASE_2022,
    RELEASE_2023,
    RELEASE_2025,
    as_observations,
    figures,
    read_release,
    topic,
)
from highneeds.sources.series import Series, figures_alone

NEW = "new_ehc_plans"
AGE_2022 = SourceFile(
    "sen2_2022_age_new_plans",
    "education/dfe-ehcp-2022/sen2_age_new_plans.csv.gz",
    RELEASE_2022,
    PUBLISHER,
    "2022",
    "Statements and plans together, calendar 2009 to 2021, by age band.",
)
ESTABLISHMENT_2022 = SourceFile(
    "sen2_2022_establishment_new_plans",
    "education/dfe-ehcp-2022/sen2_estab_new_plans.csv.gz",
    RELEASE_2022,
    PUBLISHER,
    "2022",
    "Statements and plans together, calendar 2009 to 2021, by type of establishment.",
)
PROCESS_2023 = SourceFile(
    "sen2_2023_mi",
    "education/dfe-ehcp-2023/sen2_mi.csv",
    RELEASE_2023,
    PUBLISHER,
    "2023",
    "Requests, assessments and timeliness, calendar 2014 to 2022; one row per area.",
)
NEW_2025 = SourceFile(
    "sen2_2025_new_plans",
    "education/dfe-ehcp-2025/newplans.csv.gz",
    RELEASE_2025,
    PUBLISHER,
    "July 2025",
    "Calendar 2019 to 2024 by placement; by single year of age from 2022.",
)
FILES = (AGE_2022, ESTABLISHMENT_2022, PROCESS_2023, NEW_2025, *copies.NEW_PLANS.files)

_FIRST_OF_2025_EDITION, _FIRST_PERSON_LEVEL = "2019", "2022"
_OUTSIDE_ELSEWHERE = dict.fromkeys(("2019", "2020", "2021"), placements.AGGREGATE_ELSEWHERE)
_COLUMNS = (
    "new_ehc_plans",
    *placements.PLACEMENT_COLUMNS,
    *placements.AGGREGATE_ELSEWHERE,
)
# Counted in the South East, and withheld because the return was doubtful.
_BY_SUBTRACTION = (("2025", "921"),)
# England's new plans for which the 2022 edition gives no establishment.
_WITHOUT_PLACEMENT = {
    "2009": 475,
    "2010": 460,
    "2011": 588,
    "2012": 577,
    "2013": 591,
    "2014": 477,
    "2015": 92,
    "2017": 464,
    "2022": 350,
}


def read(raw: RawFiles, geography: Geography) -> Reading:
    """Read new plans, calendar 2009 to 2025.

    Returns
    -------
    Reading
        Measure ``new_ehc_plans`` (plans): ``total``, ``age``, ``placement``, and from 2022
        ``age_year`` and ``age_year_by_placement``; by age in 2025 for England alone.

    Raises
    ------
    SourceError
        A file is not the expected edition, does not add up, or repeats a region's total as
        an authority's own where it cannot be rebuilt.

    Notes
    -----
    Source: DfE, Education, health and care plans, reporting years 2022, 2023, 2025, 2026.
    """
    recent, repairs = _from_2025_edition(raw, geography, _plans_issued(raw, geography))
    superseded = (recent["breakdown_type"] == "total") & (
        recent["year"] < _FIRST_PERSON_LEVEL
    )
    placed = establishments_2022(raw, geography)
    early = placed[placed["year"] < _FIRST_OF_2025_EDITION]
    started = pd.concat(
        [*ages_2022(raw, geography), early, recent[~superseded]], ignore_index=True
    )
    before = _read(started, repairs, geography)
    none_held = pd.DataFrame(columns=list(OBSERVATION_COLUMNS))
    last = copies.reading(
        *(raw, copies.NEW_PLANS, NEW_2025, copies.flows(raw, copies.NEW_PLANS)),
        lambda one: read_new_plans(one, geography, none_held),
    )
    found = pd.concat([before.observations, last.observations], ignore_index=True)
    return Reading(found, [*before.issues, *last.issues])


def read_new_plans(raw: RawFiles, geography: Geography, held: pd.DataFrame) -> Reading:
    """Read the new plans of one edition by itself, checked as `read` checks all of them.

    Parameters
    ----------
    held : DataFrame
        Observations of new plans held. Where this edition prints a region's total as an
        authority's own and nothing rebuilds it, the estimate held is kept.
    """
    estimated = held[
        (held["breakdown_type"] == "total") & (held["status"] == Status.ESTIMATED.value)
    ]
    found, repairs = _from_2025_edition(raw, geography, estimated)
    return _read(found, repairs, geography, copied=raw.copied)


def _read(
    started: pd.DataFrame,
    repairs: list[Issue],
    geography: Geography,
    *,
    copied: bool = False,
) -> Reading:
    started, worked_out = by_subtraction(started, _BY_SUBTRACTION, geography)
    started = checked(started, geography, "new plans", copied=copied)
    _require_known_gaps(started)
    years = set(started["year"])
    known = [issue for issue in _KNOWN_ISSUES if issue.year in years]
    known += doubts([NEW], years, NEW_2025.source_id)
    return Reading(started, [*repairs, *_gap_issues(started), *worked_out, *known])


def ages_2022(raw: RawFiles, geography: Geography) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Totals and age bands of the 2022 edition."""
    published = _release_2022(raw, geography, AGE_2022, ["characteristic_age"])
    return split_bands(published, "Total_new_all", AGE_2022, NEW)


def establishments_2022(raw: RawFiles, geography: Geography) -> pd.DataFrame:
    """Placements of the 2022 edition."""
    labels = ["establishment_group", "establishment_type"]
    published = _release_2022(raw, geography, ESTABLISHMENT_2022, labels)
    placed, _ = placements.from_establishments(
        published, "Total_new_all", ESTABLISHMENT_2022
    )
    return as_observations(placed, ESTABLISHMENT_2022, NEW, "placement", placed["figure"])


def _release_2022(
    raw: RawFiles, geography: Geography, source: SourceFile, labels: list[str]
) -> pd.DataFrame:
    return read_release(
        raw,
        source,
        geography,
        calendar=CALENDAR_YEAR,
        years=range(2009, 2022),
        labels=labels,
        values=["Total_new_all"],
    )


def _from_2025_edition(
    raw: RawFiles, geography: Geography, issued: pd.DataFrame
) -> tuple[pd.DataFrame, list[Issue]]:
    published = read_release(
        raw,
        NEW_2025,
        geography,
        calendar=CALENDAR_YEAR,
        years=range(2019, 2025),
        values=_COLUMNS,
    )
    everyone = topic(published, "all", NEW_2025)
    placed = placements.from_columns(everyone, NEW_2025, _OUTSIDE_ELSEWHERE)
    by_placement = as_observations(placed, NEW_2025, NEW, "placement", placed["figure"])
    printed = as_observations(
        figures(everyone, {"new_ehc_plans": "all"}, NEW_2025), NEW_2025, NEW
    )
    totals, issues = repair_copied_totals(
        printed, by_placement, issued, geography, NEW_2025.path
    )
    by_age = topic(published, "ages", NEW_2025)
    aged = by_single_year(by_age, "new_ehc_plans", totals, NEW_2025)
    return pd.concat([totals, by_placement, aged], ignore_index=True), issues


def _plans_issued(raw: RawFiles, geography: Geography) -> pd.DataFrame:
    """Plans issued after assessment: a wider count, for want of another."""
    published = read_release(
        raw,
        PROCESS_2023,
        geography,
        calendar=CALENDAR_YEAR,
        years=range(2014, 2023),
        labels=[],
        values=["new_all_ehc"],
    )
    issued = figures(
        published[published["year"] == _FIRST_PERSON_LEVEL],
        {"new_all_ehc": "all"},
        PROCESS_2023,
    )
    return as_observations(issued, PROCESS_2023, NEW)


def _require_known_gaps(started: pd.DataFrame) -> None:
    """Placements must sum to new plans in England, but for the differences listed above."""
    kind = started["breakdown_type"]
    placed = started[kind == "placement"]
    found = gaps(started[kind == "total"], placed, ["unknown"])
    england = {(year, area): gap for (year, area), gap in found.items() if area == ENGLAND}
    known = {(year, ENGLAND): gap for year, gap in _WITHOUT_PLACEMENT.items()}
    where = f"Placements of {NEW_2025.path} and {ESTABLISHMENT_2022.path}"
    require_known_gaps(england, in_years(known, placed["year"]), where)


def _gap_issues(started: pd.DataFrame) -> Iterator[Issue]:
    is_england = (started["la_code"] == ENGLAND) & (started["breakdown_type"] == "total")
    totals = started[is_england].set_index("year")["value"]
    for year, gap in _WITHOUT_PLACEMENT.items():
        if year not in totals.index:
            continue
        recent = year >= _FIRST_OF_2025_EDITION
        why = (
            "Wakefield sent a total only." if recent else "Not every plan has a placement."
        )
        yield Issue(
            f"new_ehc_plans-placements-do-not-sum-{year}",
            NEW,
            ENGLAND,
            year,
            f"placements sum to {totals[year] - gap:,.0f}",
            f"total of {totals[year]:,.0f}; placements as published",
            why,
            Status.OBSERVED,
            (NEW_2025 if recent else ESTABLISHMENT_2022).source_id,
            "placement",
            "all",
        )


_KNOWN_ISSUES = (
    *(
        Issue(
            f"new_ehc_plans-doubtful-placements-2024-{code}",
            NEW,
            code,
            "2024",
            published,
            "as published",
            "The publisher withdrew the January 2025 placements of this authority from the "
            "same collection, but this file is of the edition before.",
            Status.OBSERVED,
            NEW_2025.source_id,
            "placement",
            "all",
        )
        for code, published in (
            ("336", "106 of 395 plans without a placement"),
            ("846", "2 in special schools, 37 the year before"),
        )
    ),
    *(
        Issue(
            f"new_ehc_plans-placements-not-recorded-2024-{code}",
            NEW,
            code,
            "2024",
            published,
            "as published",
            "The authority could not return placements for many plans; see `unknown`.",
            Status.OBSERVED,
            NEW_2025.source_id,
            "placement",
            "unknown",
        )
        for code, published in (("873", "739 of 739 plans"), ("812", "306 of 402 plans"))
    ),
)


SERIES = (
    Series("new_plans", NEW_2025, read_new_plans),
    Series("age_new_plans_2022", AGE_2022, figures_alone(ages_2022)),
    Series(
        "establishment_new_plans_2022",
        ESTABLISHMENT_2022,
        figures_alone(lambda raw, at: [establishments_2022(raw, at)]),
    ),
)
