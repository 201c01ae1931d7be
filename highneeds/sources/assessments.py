"""From a request to a reviewed plan: requests, refusals, assessments, timeliness, reviews.

Years to 2018 come from the 2023 edition's summary table, later ones from the 2025 edition;
the two agree in every area in 2019 to 2022. Requests of 2025 are copied from the release of
2026; the later steps end in 2024.
"""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from highneeds.errors import SourceError
from highneeds.geography import Geography
from highneeds.sources import copies
from highneeds.sources.adding_up import by_subtraction, require_adding_up
from highneeds.sources.contract import (
    Issue,
    Reading,
    SourceFile,
    Status,
    require_unique,
)
from highneeds.sources.doubts import doubts
from highneeds.sources.files import RawFiles
from highneeds.sources.plan_flows import PROCESS_2023
from highneeds.sources.sen2 import (
    CALENDAR_YEAR,
    PUBLISHER,
    RELEASE_2025,
    as_observations,
    figures,
    read_release,
    topic,
)
from highneeds.sources.series import Series, figures_alone

_REVISED = "revised, before January 2026"
REQUESTS_2025 = SourceFile(
    "sen2_2025_requests",
    "education/dfe-ehcp-2025/requests.csv.gz",
    RELEASE_2025,
    PUBLISHER,
    _REVISED,
    "Requests for assessment, calendar 2019 to 2024.",
)
ASSESSMENTS_2025 = SourceFile(
    "sen2_2025_assessments",
    "education/dfe-ehcp-2025/assessments.csv.gz",
    RELEASE_2025,
    PUBLISHER,
    _REVISED,
    "Assessments and their outcomes, calendar 2019 to 2024.",
)
TIMELINESS_2025 = SourceFile(
    "sen2_2025_timeliness",
    "education/dfe-ehcp-2025/timeliness_20_week.csv.gz",
    RELEASE_2025,
    PUBLISHER,
    _REVISED,
    "Plans issued and the 20-week limit, calendar 2019 to 2024.",
)
REVIEWS_2025 = SourceFile(
    "sen2_2025_annual_reviews",
    "education/dfe-ehcp-2025/annual_reviews.csv.gz",
    RELEASE_2025,
    PUBLISHER,
    _REVISED,
    "Annual reviews, calendar 2024.",
)
FILES = (
    *(PROCESS_2023, REQUESTS_2025, ASSESSMENTS_2025, TIMELINESS_2025, REVIEWS_2025),
    *copies.REQUESTS.files,
)

REQUESTS, REFUSED = "ehc_assessment_requests", "ehc_assessment_requests_refused"
MEDIATED = "ehc_assessment_requests_mediated"
ASSESSED, ISSUED = "ehc_assessments", "ehc_plans_issued"
IN_TIME, IN_TIME_PCT = f"{ISSUED}_within_20_weeks", f"{ISSUED}_within_20_weeks_pct"
EXPECTED, HELD = "annual_reviews_expected", "annual_reviews_held"
MOVED = "statements_moved_to_plans"
DECIDED_PCT = "annual_review_decisions_within_4_weeks_pct"

# (measure, breakdown type, breakdown) of each published column.
Columns = Mapping[str, tuple[str, str, str]]
_TOTAL = ("total", "total")
_EXCLUDING, _INCLUDING = (
    ("basis", "excluding_exceptions"),
    ("basis", "including_exceptions"),
)
_TO_2018: Columns = {
    "inreq_ehc": (REQUESTS, *_TOTAL),
    "statements_to_ehc": (MOVED, *_TOTAL),
    "ass_refused_ehc": (REFUSED, *_TOTAL),
    "new_all_ehc": (ASSESSED, "outcome", "plan_issued"),
    "ass_none_ehc": (ASSESSED, "outcome", "plan_not_issued"),
    "tot_inc_exc_ehc": (ISSUED, *_TOTAL),
    "tot_no_exc_ehc": (ISSUED, *_EXCLUDING),
    "inc_exc_20week_ehc": (IN_TIME, *_TOTAL),
    "no_exc_20week_ehc": (IN_TIME, *_EXCLUDING),
    "no_exc_20week_rate": (IN_TIME_PCT, *_TOTAL),
    "inc_exc_20week_rate": (IN_TIME_PCT, *_INCLUDING),
}
_SINCE_2019: Mapping[SourceFile, tuple[range, Columns]] = {
    REQUESTS_2025: (
        range(2019, 2025),
        {
            "requests_received_in_year": (REQUESTS, *_TOTAL),
            "requests_decided_not_to_assess": (REFUSED, *_TOTAL),
            "mediation_related_request": (MEDIATED, *_TOTAL),
        },
    ),
    ASSESSMENTS_2025: (
        range(2019, 2025),
        {
            "assess_in_year": (ASSESSED, *_TOTAL),
            "assess_issued": (ASSESSED, "outcome", "plan_issued"),
            "assess_not_issued": (ASSESSED, "outcome", "plan_not_issued"),
            "assess_not_made": (ASSESSED, "outcome", "undecided"),
            "assess_withdrawn": (ASSESSED, "outcome", "withdrawn"),
        },
    ),
    TIMELINESS_2025: (
        range(2019, 2025),
        {
            "plans_issued_den": (ISSUED, *_TOTAL),
            "plans_issued_den_ex": (ISSUED, *_EXCLUDING),
            "plans_issued_within_20_weeks": (IN_TIME, *_TOTAL),
            "plans_issued_20_weeks_ex": (IN_TIME, *_EXCLUDING),
            "PC_plans_issued_20_weeks_ex": (IN_TIME_PCT, *_TOTAL),
            "pc_plans_issued_within_20_weeks": (IN_TIME_PCT, *_INCLUDING),
        },
    ),
    # `no_outcome` is left out: it is meetings less outcomes, and some authorities withheld
    # from this file recorded more outcomes than meetings, so it is wrong above them.
    REVIEWS_2025: (
        range(2024, 2025),
        {
            "review_expected": (EXPECTED, *_TOTAL),
            "total_review_meeting": (HELD, *_TOTAL),
            "outcome_amend": (HELD, "outcome", "amend"),
            "outcome_cease": (HELD, "outcome", "cease"),
            "outcome_maintan": (HELD, "outcome", "maintain"),
            "pc_decsion_4weeks": (DECIDED_PCT, *_TOTAL),
        },
    ),
}

# Decisions after a review, sent within 4 weeks of the meeting and later.
_DECIDED = ("number_decsion_4weeks", "number_decision_gt_4weeks")

# Counted in the South East, and withheld because the return was doubtful.
_BY_SUBTRACTION = (("2025", "921"),)
# Corrections the publisher's own footnotes give for figures it has never replaced.
_CORRECTIONS = (
    Issue(
        "ehc_assessment_requests_refused-footnote-2021-342",
        REFUSED,
        "342",
        "2021",
        "0",
        "107",
        "The 2022 release's data guidance says St. Helens reported zero where 107 was "
        "right. It names no year; of the release's zeros only 2021 had room for 107 "
        "refusals at its usual rate. England and the region are left as published.",
        Status.REPAIRED,
        REQUESTS_2025.source_id,
    ),
    Issue(
        "ehc_assessments-footnote-2021-887",
        ASSESSED,
        "887",
        "2021",
        "223",
        "16",
        "The 2022 release's data guidance says Medway decided not to issue 16 plans in "
        "2021, not 223. England and the region are left as published.",
        Status.REPAIRED,
        ASSESSMENTS_2025.source_id,
        "outcome",
        "plan_not_issued",
    ),
)
_NOTED = (
    Issue(
        "ehc_plans_issued_within_20_weeks_pct-exceptions-2021-838",
        IN_TIME_PCT,
        "838",
        "2021",
        "excluding exceptions",
        "as published",
        "The 2022 release's data guidance says Dorset's 2021 figures include exceptions.",
        Status.OBSERVED,
        TIMELINESS_2025.source_id,
    ),
    *(
        Issue(
            f"ehc_plans_issued_within_20_weeks_pct-all-excepted-2024-{code}",
            IN_TIME_PCT,
            code,
            "2024",
            "x",
            "none",
            f"{name} classed every plan of 2024 as excepted from the 20-week limit.",
            Status.UNAVAILABLE,
            TIMELINESS_2025.source_id,
        )
        for code, name in (("201", "City of London"), ("838", "Dorset"))
    ),
    Issue(
        "annual_reviews_held-more-outcomes-than-meetings-2024-846",
        HELD,
        "846",
        "2024",
        "2,173 plans maintained of 2,172 meetings",
        "both as published",
        "Brighton and Hove recorded one outcome more than meetings.",
        Status.OBSERVED,
        REVIEWS_2025.source_id,
        "outcome",
        "maintain",
    ),
)


def read(raw: RawFiles, geography: Geography) -> Reading:
    """Read the steps from request to reviewed plan, calendar 2014 to 2024 or 2025.

    Returns
    -------
    Reading
        Requests, refusals (requests, from 2016 and 2014), requests that went to mediation
        (from 2023), assessments by outcome, plans issued, those within 20 weeks (plans),
        per cent within 20 weeks (``total`` leaves out permitted exceptions, as the
        publisher's headline does), and annual reviews of 2024.

    Raises
    ------
    SourceError
        A file is not the expected edition or does not add up.

    Notes
    -----
    Source: DfE, Education, health and care plans, reporting years 2023 and 2025. Time
    limits were relaxed in part of 2020, so 2020 and 2021 do not compare.
    """
    early = read_process(raw, geography)
    steps = [_step(raw, geography, source) for source in _SINCE_2019]
    together = pd.concat([early[early["year"] < "2019"], *steps], ignore_index=True)
    before = _read(together, geography, [*_CORRECTIONS], [*_NOTED])
    last = copies.reading(
        *(raw, copies.REQUESTS, REQUESTS_2025, copies.flows(raw, copies.REQUESTS)),
        lambda one: read_step(one, geography, REQUESTS_2025),
    )
    found = pd.concat([before.observations, last.observations], ignore_index=True)
    return Reading(found, [*before.issues, *last.issues])


def read_step(raw: RawFiles, geography: Geography, source: SourceFile) -> Reading:
    """Read one step's table of one edition by itself, checked as `read` checks them all.

    A correction that the publisher has made itself since is left out.
    """
    found = _step(raw, geography, source)
    corrections, noted = (
        [issue for issue in issues if issue.source_id == source.source_id]
        for issues in (_CORRECTIONS, _NOTED)
    )
    corrections = [one for one in corrections if not _replaced(found, one)]
    return _read(found, geography, corrections, noted)


def read_process(raw: RawFiles, geography: Geography) -> pd.DataFrame:
    """Every step to 2022, from the summary table of the collection as it was then."""
    published = read_release(
        raw,
        PROCESS_2023,
        geography,
        calendar=CALENDAR_YEAR,
        years=range(2014, 2023),
        labels=[],
        values=list(_TO_2018),
    )
    return _tidy(published, _TO_2018, PROCESS_2023)


def _step(raw: RawFiles, geography: Geography, source: SourceFile) -> pd.DataFrame:
    years, columns = _SINCE_2019[source]
    published = read_release(
        raw,
        source,
        geography,
        calendar=CALENDAR_YEAR,
        years=years,
        values=[*columns, *(_DECIDED if source is REVIEWS_2025 else ())],
    )
    rows = topic(published, "all", source)
    told = {name: meaning for name, meaning in columns.items() if name in rows.columns}
    found = _tidy(rows, told, source)
    if source is REVIEWS_2025 and len(told) < len(columns):
        found = pd.concat([found, _decided_in_time(rows)], ignore_index=True)
    return found


def _decided_in_time(rows: pd.DataFrame) -> pd.DataFrame:
    """Per cent of decisions after a review sent within 4 weeks, where none is printed."""
    counts = [figures(rows, {name: name}, REVIEWS_2025) for name in _DECIDED]
    within, over = (one["value"] for one in counts)
    share = (100 * within / (within + over)).round(1)
    status = counts[0]["status"].mask(within.notna(), counts[1]["status"])
    status = status.mask(share.notna(), Status.DERIVED.value)
    # No decision at all: the share has no meaning there.
    status = status.mask((within + over) == 0, Status.NOT_APPLICABLE.value)
    found = counts[0].assign(value=share, status=status)
    return as_observations(found, REVIEWS_2025, DECIDED_PCT)


def _read(
    found: pd.DataFrame, geography: Geography, corrections: list[Issue], noted: list[Issue]
) -> Reading:
    asked = found["measure"].isin([REQUESTS, REFUSED])
    requests, worked_out = by_subtraction(found[asked], _BY_SUBTRACTION, geography)
    found = pd.concat([requests, found[~asked]], ignore_index=True)
    require_unique(found, "requests, assessments and reviews")
    counts = found[~found["measure"].str.endswith("_pct")]
    require_adding_up(counts, geography, "requests, assessments and reviews")
    years = set(found["year"])
    known = [one for one in noted if one.year in years]
    wrong = [one for one in corrections if one.year in years]
    known += doubts(requests["measure"], years, REQUESTS_2025.source_id)
    return Reading(_corrected(found, wrong), [*wrong, *known, *worked_out])


def _tidy(table: pd.DataFrame, columns: Columns, source: SourceFile) -> pd.DataFrame:
    found = figures(table, {column: column for column in columns}, source)
    measure, kind, breakdown = (
        pd.Series([columns[one][at] for one in found["figure"]], found.index, dtype=str)
        for at in range(3)
    )
    return as_observations(found, source, measure, kind, breakdown)


def _here(found: pd.DataFrame, issue: Issue) -> pd.Series:
    """Which row an issue is about."""
    return (
        (found["la_code"] == issue.la_code)
        & (found["year"] == issue.year)
        & (found["measure"] == issue.measure)
        & (found["breakdown"] == issue.breakdown)
    )


def _replaced(found: pd.DataFrame, issue: Issue) -> bool:
    """Whether the publisher now prints the figure that its footnote gave."""
    return found.loc[_here(found, issue), "value"].to_list() == [float(issue.used)]


def _corrected(found: pd.DataFrame, corrections: list[Issue]) -> pd.DataFrame:
    corrected = found.copy()
    for issue in corrections:
        here = _here(found, issue)
        printed = [f"{value:g}" for value in found.loc[here, "value"]]
        if printed != [issue.published]:
            msg = (
                f"{issue.measure} of {issue.la_code} in {issue.year} is {printed}; "
                f"expected {issue.published}, the figure {issue.issue_id} corrects. If the "
                "publisher has replaced it, remove the correction."
            )
            raise SourceError(msg)
        corrected.loc[here, "value"] = float(issue.used)
        corrected.loc[here, "status"] = str(issue.status)
    return corrected


def _series(key: str, source: SourceFile) -> Series:
    return Series(key, source, lambda raw, at, held: read_step(raw, at, source))


SERIES = (
    _series("requests", REQUESTS_2025),
    _series("assessments", ASSESSMENTS_2025),
    _series("timeliness", TIMELINESS_2025),
    _series("annual_reviews", REVIEWS_2025),
    Series(
        "process_2023", PROCESS_2023, figures_alone(lambda raw, at: [read_process(raw, at)])
    ),
)
