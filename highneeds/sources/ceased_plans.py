"""Plans that end in a calendar year: how many, why, at what age and where placed."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from highneeds.errors import SourceError, some
from highneeds.geography import Geography
from highneeds.sources import copies, placements
from highneeds.sources.adding_up import (
    Gaps,
    by_subtraction,
    checked,
    gaps,
    in_years,
    require_known_gaps,
)
from highneeds.sources.ages import UNKNOWN, age_years, with_every_age
from highneeds.sources.contract import (
    ENGLAND,
    Issue,
    Reading,
    SourceFile,
    Status,
    numbers_in,
)
from highneeds.sources.doubts import doubts
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
from highneeds.sources.series import Series, alone

MEASURE = "ceased_ehc_plans"
CEASED_2025 = SourceFile(
    "sen2_2025_ceased_plans",
    "education/dfe-ehcp-2025/ceased_plans.csv.gz",
    RELEASE_2025,
    PUBLISHER,
    "revised, before January 2026",
    "Calendar 2022 to 2024 by reason; by age and placement from 2023.",
)
FILES = (CEASED_2025, *copies.CEASED_PLANS.files)

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
# Plans may last to 25, and nobody of school age is in work, in higher education or free to
# leave learning. Returns have some younger all the same: 10% of those at the maximum age.
_YOUNGEST = {"max_age": 20, "he": 16, "employ": 16, "no_engage": 16}
_MOST_TOO_YOUNG = 0.2
# Plans whose reason is in no column, and (minus) a plan in two placements.
_REASON_GAPS = {
    (year, area): gap
    for year, gap in (("2023", 6), ("2024", 1))
    for area in ("881", "E12000006", ENGLAND)
}
_PLACEMENT_GAPS = {("2023", area): -1 for area in ("800", "E12000009", ENGLAND)}
# Without a column for them, plans with no reason are in none: 5 of 34,724 in 2022.
_MOST_WITHOUT_REASON = 0.001


# Counted in the East Midlands, and withheld because the return was doubtful.
_BY_SUBTRACTION = (("2025", "856"),)
# Trafford, Sheffield, Derbyshire, Suffolk, Hillingdon, Hampshire, Lancashire.
_SUMMED_BY_SEX = ("358", "373", "830", "935", "312", "850", "888")


def read(raw: RawFiles, geography: Geography) -> Reading:
    """Read ceased plans, calendar 2022 to 2025.

    Returns
    -------
    Reading
        Measure ``ceased_ehc_plans`` (plans): ``total`` and ``reason``, and from 2023
        ``age_year`` and ``placement``; 2025 by age for England alone, not by placement.

    Raises
    ------
    SourceError
        The file is not the expected edition or does not add up.

    Notes
    -----
    Source: DfE, Education, health and care plans, reporting years 2025 and 2026.
    """
    before = read_edition(raw, geography)
    last = copies.reading(
        *(raw, copies.CEASED_PLANS, CEASED_2025, copies.flows(raw, copies.CEASED_PLANS)),
        lambda one: read_edition(one, geography),
    )
    found = pd.concat([before.observations, last.observations], ignore_index=True)
    return Reading(found, [*before.issues, *last.issues])


def read_edition(raw: RawFiles, geography: Geography) -> Reading:
    """Read the ceased plans of one edition by itself, checked as in a build."""
    published = read_release(
        raw,
        CEASED_2025,
        geography,
        calendar=CALENDAR_YEAR,
        years=range(2022, 2025),
        values=["total_ceased", *REASONS],
    )
    totals = as_observations(
        _of_all(topic(published, "all", CEASED_2025)), CEASED_2025, MEASURE
    )
    reasons, issues = _by_reason(topic(published, "all", CEASED_2025), totals, geography)
    parts = [totals, reasons]
    by: list[tuple[str, pd.DataFrame, Gaps]] = [("age_year", _by_age(published), {})]
    if not raw.copied:
        by.append(("placement", _by_placement(published), _PLACEMENT_GAPS))
    for kind, rows, known in by:
        parts.append(as_observations(rows, CEASED_2025, MEASURE, kind, rows[kind]))
        where = f"Figures by {kind} of {CEASED_2025.path}"
        require_known_gaps(gaps(totals, parts[-1]), in_years(known, rows["year"]), where)
    found, worked_out = by_subtraction(
        pd.concat(parts, ignore_index=True), _BY_SUBTRACTION, geography
    )
    found = checked(found, geography, "ceased plans", copied=raw.copied)
    years = set(found["year"])
    issues += [issue for issue in _KNOWN_ISSUES if issue.year in years]
    issues += [*worked_out, *doubts([MEASURE], years, CEASED_2025.source_id)]
    if raw.copied:
        found, summed = _summed_by_sex(found, geography)
        issues += summed
    return Reading(found, issues)


def _summed_by_sex(
    found: pd.DataFrame, geography: Geography
) -> tuple[pd.DataFrame, list[Issue]]:
    """Total rows that were copied as girls and women plus boys and men, not as printed."""
    mine = found["la_code"].isin(_SUMMED_BY_SEX)
    totals = found[mine & (found["breakdown_type"] == "total")]
    issues = [
        Issue(
            f"ceased_ehc_plans-summed-by-sex-{row['year']}-{row['la_code']}",
            MEASURE,
            row["la_code"],
            row["year"],
            "",
            f"{row['value']:,.0f}",
            f"The total row of {geography[row['la_code']].name} was not copied; it is the "
            "sum of its two rows by sex. With it the region sums exactly.",
            Status.DERIVED,
            CEASED_2025.source_id,
        )
        for row in totals.to_dict("records")
    ]
    status = found["status"].mask(mine, Status.DERIVED.value)
    return found.assign(status=status), issues


def _of_all(rows: pd.DataFrame, labels: Sequence[str] = ()) -> pd.DataFrame:
    return figures(rows, {"total_ceased": "all"}, CEASED_2025, labels)


def require_ages(rows: pd.DataFrame, where: str) -> None:
    """Refuse reasons most of whose plans cannot have ended for them, being too young.

    No sum tells when the columns of two reasons are exchanged.

    Parameters
    ----------
    rows : DataFrame
        ``la_code``, ``year``, ``age`` as of `age_years`, and a column a reason.

    Raises
    ------
    SourceError
        Names each reason and year, with how many are too young.
    """
    england = rows[(rows["la_code"] == ENGLAND) & (rows["age"] != UNKNOWN)]
    years = england["age"].str.split("-").str[0].astype(int)
    found = []
    for column, youngest in _YOUNGEST.items():
        plans = numbers_in(england[column])
        wholes = plans.groupby(england["year"]).sum()
        too_young = plans.where(years < youngest, 0.0).groupby(england["year"]).sum()
        found += [
            f"{few:,.0f} of {whole:,.0f} plans that ended in {year} for "
            f"{column} were of children younger than {youngest}"
            for (year, whole), few in zip(wholes.items(), too_young, strict=True)
            if few > _MOST_TOO_YOUNG * whole
        ]
    if found:
        msg = (
            f"{where}: {some(found)}. Expected next to none. Columns of reasons may be "
            "exchanged: compare with the published table, download it again."
        )
        raise SourceError(msg)


def _by_age(published: pd.DataFrame) -> pd.DataFrame:
    rows = topic(published, "ages", CEASED_2025)
    rows = rows.assign(age=age_years(rows["breakdown"], CEASED_2025.path))
    require_ages(rows, CEASED_2025.path)
    return with_every_age(_of_all(rows, ["age"])).rename(columns={"age": "age_year"})


def _by_placement(published: pd.DataFrame) -> pd.DataFrame:
    rows = topic(published, "placements", CEASED_2025)
    rows = rows.assign(placement=placements.from_rows(rows, CEASED_2025.path))
    placed = _of_all(rows[rows["placement"] != ""], ["placement"])
    return sum_figures(placed, ["la_code", "year", "placement"])


def _by_reason(
    everyone: pd.DataFrame, totals: pd.DataFrame, geography: Geography
) -> tuple[pd.DataFrame, list[Issue]]:
    told = {column: name for column, name in REASONS.items() if column in everyone.columns}
    rows = figures(everyone, told, CEASED_2025)
    reasons = as_observations(rows, CEASED_2025, MEASURE, "reason", rows["figure"])
    found = gaps(totals, reasons)
    known, issues = in_years(_REASON_GAPS, rows["year"]), []
    if len(told) < len(REASONS):
        left = {key: gap for key, gap in found.items() if key not in known}
        left = _without_reason(left, totals)
        issues, known = _no_reason(left, geography), known | left
    require_known_gaps(found, known, f"Figures by reason of {CEASED_2025.path}")
    return reasons, issues


def _without_reason(left: Gaps, totals: pd.DataFrame) -> dict[tuple[str, str], float]:
    """Plans whose reason is in no column, in years in which they are few."""
    england = totals[totals["la_code"] == ENGLAND].set_index("year")["value"]
    few = {
        year
        for year, total in england.items()
        if 0 <= left.get((str(year), ENGLAND), 0) <= _MOST_WITHOUT_REASON * total
    }
    return {key: gap for key, gap in left.items() if gap > 0 and key[0] in few}


def _no_reason(left: Gaps, geography: Geography) -> list[Issue]:
    return [
        Issue(
            f"ceased_ehc_plans-reasons-do-not-sum-{year}-{la_code}",
            MEASURE,
            la_code,
            year,
            f"reasons sum to {gap:,.0f} less than the total",
            "both as published",
            f"{geography[la_code].name}: the reason of these plans is in no column; this "
            "release has none for a reason not recorded.",
            Status.OBSERVED,
            CEASED_2025.source_id,
            "reason",
            "all",
        )
        for (year, la_code), gap in left.items()
        if geography[la_code].level == "la"
    ]


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


SERIES = (Series("ceased_plans", CEASED_2025, alone(read_edition)),)
