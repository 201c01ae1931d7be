"""Education, health and care plans in January: how many, at what age, placed where.

Four editions make one series. Totals are those of the 2022 edition to 2018 and of the 2025
edition after, ages and placements of whichever has them; the two agree where they overlap.
January 2026 is copied from the release of that year.
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
    with_regions,
)
from highneeds.sources.ages import by_single_year, split_bands
from highneeds.sources.contract import ENGLAND, Issue, Reading, SourceFile, Status
from highneeds.sources.doubts import doubts
from highneeds.sources.files import RawFiles
from highneeds.sources.sen2 import (
    JANUARY_OF_ACADEMIC_YEAR,
    JANUARY_OF_CALENDAR_YEAR,
    PUBLISHER,
    RELEASE_2022,
    RELEASE_2023,
    RELEASE_2025,
    as_observations,
    figures,
    read_release,
    sum_figures,
    topic,
)
from highneeds.sources.series import Series, alone, figures_alone

MEASURE = "ehc_plans"
AGE_2022 = SourceFile(
    "sen2_2022_age_caseload",
    "education/dfe-ehcp-2022/sen2_age_caseload.csv.gz",
    RELEASE_2022,
    PUBLISHER,
    "2022",
    "January 2010 to 2022: statements and plans together by age band, and apart in total.",
)
ESTABLISHMENT_2022 = SourceFile(
    "sen2_2022_establishment_caseload",
    "education/dfe-ehcp-2022/sen2_estab_caseload.csv.gz",
    RELEASE_2022,
    PUBLISHER,
    "2022",
    "Statements and plans together, January 2010 to 2022, by type of establishment.",
)
AGE_2023 = SourceFile(
    "sen2_2023_age_caseload",
    "education/dfe-ehcp-2023/sen2_age_caseload_january_2023.csv",
    RELEASE_2023,
    PUBLISHER,
    "2023",
    "January 2023 by age band, as first published.",
)
CASELOAD_2025 = SourceFile(
    "sen2_2025_caseload",
    "education/dfe-ehcp-2025/caseload.csv.gz",
    RELEASE_2025,
    PUBLISHER,
    "July 2025",
    "January 2019 to 2025 by placement; by single year of age in 2024 and 2025.",
)
FILES = (AGE_2022, ESTABLISHMENT_2022, AGE_2023, CASELOAD_2025, *copies.CASELOAD.files)
_DOCUMENTS = {"Total_st": "statement", "Total_ehc": "plan"}

_FIRST_OF_2025_EDITION = "2019"
_OUTSIDE_ELSEWHERE = {
    **dict.fromkeys(("2019", "2020", "2021", "2022"), placements.AGGREGATE_ELSEWHERE),
    "2023": ("other_placement_settings",),
}
# Persons since 2023, and in that year some authorities' totals still.
_ELSEWHERE_FROM = "2024"
_COLUMNS = (
    "ehcplans",
    *dict.fromkeys((*placements.PLACEMENT_COLUMNS, *placements.SETTINGS)),
)

# Plans the published placements leave out, or (minus) count once too often.
_LEFT_OUT = {
    ("2016", ENGLAND): -215,
    ("2018", ENGLAND): 7_193,
    ("2024", ENGLAND): 3_645,
    ("2024", "E12000006"): 459,
    ("2024", "E12000007"): 3_186,
}
# In these years the difference is spread over some 150 areas; only England's is listed.
_SPREAD = ("2016", "2018")
_WHY_LEFT_OUT = {
    "2016": (
        "Supported internships, traineeships and apprenticeships are counted as unknown on "
        "top of the stock, so the establishment file's grand total is too high. The stock "
        "is taken from the age file."
    ),
    "2018": (
        "The establishment file's grand total is lower than the stock in 122 authorities. "
        "The stock is taken from the age file; use the placements for shares only."
    ),
    "2024": (
        "Hackney and Peterborough sent totals without persons behind them, so neither "
        "placement nor age is known for these plans."
    ),
}
_WITHDRAWN = {
    ("2025", "846"): "special school plans fall from 595 to 330 in a year",
    ("2025", "336"): "824 plans have no placement recorded",
}
# Counted in the South East, and withheld because the return was doubtful.
_BY_SUBTRACTION = (("2026", "921"),)
# Bradford's January 2023 lost a plan between the first and the later edition.
_ONE_MORE_BY_AGE = {("2023", area): -1 for area in ("380", "E12000003", ENGLAND)}


def read(raw: RawFiles, geography: Geography) -> Reading:
    """Read the stock of plans, January 2010 to 2026.

    Returns
    -------
    Reading
        Measure ``ehc_plans`` (plans): ``total``, ``age``, ``age_year`` (from 2024),
        ``placement``, ``placement_group`` (from 2019), ``placement_detail`` (2026: England
        alone), ``age_year_by_placement`` (from 2024).

    Raises
    ------
    SourceError
        A file is not the expected edition or does not add up.

    Notes
    -----
    Source: DfE, Education, health and care plans, reporting years 2022, 2023, 2025, 2026.
    """
    stock_2022, bands_2022, apart = ages_2022(raw, geography)
    recent = _from_caseload(raw, geography)
    parts = [
        stock_2022[stock_2022["year"] < _FIRST_OF_2025_EDITION],
        bands_2022,
        apart,
        ages_2023(raw, geography),
    ]
    for rows in establishments_2022(raw, geography):
        parts.append(rows[rows["year"] < _FIRST_OF_2025_EDITION])
    before = _read(pd.concat([*parts, recent], ignore_index=True), geography)
    last = copies.reading(
        *(raw, copies.CASELOAD, CASELOAD_2025, copies.caseload(raw)),
        lambda one: read_caseload(one, geography),
    )
    found = pd.concat([before.observations, last.observations], ignore_index=True)
    return Reading(found, [*before.issues, _first_published(), *last.issues])


def read_caseload(raw: RawFiles, geography: Geography) -> Reading:
    """Read the caseload of one edition by itself, checked as `read` checks all of them."""
    return _read(_from_caseload(raw, geography), geography, copied=raw.copied)


def _read(found: pd.DataFrame, geography: Geography, *, copied: bool = False) -> Reading:
    found, worked_out = by_subtraction(found, _BY_SUBTRACTION, geography)
    found = with_regions(found, geography) if copied else found
    found = checked(found, geography, "the stock of plans", copied=copied)
    _require_known_gaps(found)
    issues = [*_gap_issues(found), *_placement_issues(found, geography), *worked_out]
    issues += doubts([MEASURE], found["year"], CASELOAD_2025.source_id)
    return Reading(_withdraw(found), issues)


def _from_caseload(raw: RawFiles, geography: Geography) -> pd.DataFrame:
    caseload = read_release(
        raw,
        CASELOAD_2025,
        geography,
        calendar=JANUARY_OF_ACADEMIC_YEAR,
        years=range(2019, 2026),
        values=_COLUMNS,
        optional=placements.GROUPED if raw.copied else (),
    )
    everyone = topic(caseload, "all", CASELOAD_2025)
    totals = as_observations(
        figures(everyone, {"ehcplans": "all"}, CASELOAD_2025), CASELOAD_2025, MEASURE
    )
    aged = topic(caseload, "ages", CASELOAD_2025)
    ages = by_single_year(aged, "ehcplans", totals, CASELOAD_2025)
    placed = _placements_2025(everyone, copied=raw.copied)
    return pd.concat([totals, *placed, ages], ignore_index=True)


def ages_2022(raw: RawFiles, geography: Geography) -> tuple[pd.DataFrame, ...]:
    """Totals, age bands, and statements and plans apart, of the 2022 edition."""
    published = read_release(
        raw,
        AGE_2022,
        geography,
        calendar=JANUARY_OF_CALENDAR_YEAR,
        years=range(2010, 2023),
        labels=["characteristic_age"],
        values=["Total_all", *_DOCUMENTS],
    )
    both = published[published["characteristic_age"] == "Total"]
    apart = figures(both, _DOCUMENTS, AGE_2022)
    return (
        *split_bands(published, "Total_all", AGE_2022, MEASURE),
        as_observations(apart, AGE_2022, MEASURE, "document", apart["figure"]),
    )


def ages_2023(raw: RawFiles, geography: Geography) -> pd.DataFrame:
    """Age bands of January 2023 as first published."""
    published = read_release(
        raw,
        AGE_2023,
        geography,
        calendar=JANUARY_OF_CALENDAR_YEAR,
        years=range(2023, 2024),
        labels=["characteristic_age", "ehcp_or_statement"],
        values=["num_caseload"],
    )
    return split_bands(published, "num_caseload", AGE_2023, MEASURE)[1]


def establishments_2022(raw: RawFiles, geography: Geography) -> Iterator[pd.DataFrame]:
    """Placements, then settings, of the 2022 edition."""
    published = read_release(
        raw,
        ESTABLISHMENT_2022,
        geography,
        calendar=JANUARY_OF_CALENDAR_YEAR,
        years=range(2010, 2023),
        labels=["establishment_group", "establishment_type"],
        values=["Total_all"],
    )
    placed, settings = placements.from_establishments(
        published, "Total_all", ESTABLISHMENT_2022
    )
    for kind, rows in (("placement", placed), ("placement_detail", settings)):
        yield as_observations(rows, ESTABLISHMENT_2022, MEASURE, kind, rows["figure"])


def _placements_2025(everyone: pd.DataFrame, *, copied: bool) -> Iterator[pd.DataFrame]:
    placed = placements.from_columns(everyone, CASELOAD_2025, _OUTSIDE_ELSEWHERE)
    yield as_observations(placed, CASELOAD_2025, MEASURE, "placement", placed["figure"])
    grouped = placements.groups(everyone, placed, CASELOAD_2025)
    yield as_observations(
        grouped, CASELOAD_2025, MEASURE, "placement_group", grouped["figure"]
    )
    names = {name: name for name in placements.SETTINGS}
    # A copy has every setting for England alone, and of authorities what the groups hold.
    whole = everyone[everyone["la_code"] == ENGLAND] if copied else everyone
    placements.require_settings(whole, CASELOAD_2025.path, _ELSEWHERE_FROM)
    settings = figures(whole, names, CASELOAD_2025)
    yield as_observations(
        settings, CASELOAD_2025, MEASURE, "placement_detail", settings["figure"]
    )


def _require_known_gaps(found: pd.DataFrame) -> None:
    """Ages and placements must sum to the stock, but for the differences listed above."""
    kind = found["breakdown_type"]
    stock, placed, aged = (found[kind == name] for name in ("total", "placement", "age"))
    left_out = gaps(stock, placed, ["unknown"])
    listed = {
        (year, area): gap
        for (year, area), gap in left_out.items()
        if year not in _SPREAD or area == ENGLAND
    }
    require_known_gaps(
        listed,
        in_years(_LEFT_OUT, placed["year"]),
        f"Placements of {CASELOAD_2025.path} and {ESTABLISHMENT_2022.path}",
    )
    require_known_gaps(
        gaps(stock, aged),
        in_years(_ONE_MORE_BY_AGE, aged["year"]),
        f"Age bands of {AGE_2023.path}",
    )


def _withdraw(found: pd.DataFrame) -> pd.DataFrame:
    """Take away the figures the publisher withdrew after this edition."""
    gone = pd.MultiIndex.from_frame(found[["year", "la_code"]]).isin(list(_WITHDRAWN))
    gone &= found["breakdown_type"].str.contains("placement").to_numpy()
    return found.assign(
        value=found["value"].mask(gone),
        status=found["status"].mask(gone, Status.WITHDRAWN.value),
    )


def _gap_issues(found: pd.DataFrame) -> Iterator[Issue]:
    stock = found[found["breakdown_type"] == "total"]
    totals = stock.set_index(["year", "la_code"])["value"]
    for (year, area), gap in in_years(_LEFT_OUT, stock["year"]).items():
        total = totals[year, area]
        yield Issue(
            f"ehc_plans-placements-do-not-sum-{year}-{area}",
            MEASURE,
            area,
            year,
            f"placements sum to {total - gap:,.0f}",
            f"stock of {total:,.0f}; placements as published",
            _WHY_LEFT_OUT[year],
            Status.OBSERVED,
            (ESTABLISHMENT_2022 if year in _SPREAD else CASELOAD_2025).source_id,
            "placement",
            "all",
        )


def _placement_issues(found: pd.DataFrame, geography: Geography) -> Iterator[Issue]:
    is_mainstream = (found["breakdown_type"] == "placement") & (
        found["breakdown"] == "mainstream"
    )
    lacking = found.loc[is_mainstream & found["value"].isna(), ["year", "la_code"]]
    for year, area in lacking.itertuples(index=False, name=None):
        yield Issue(
            f"ehc_plans-no-placements-{year}-{area}",
            MEASURE,
            area,
            year,
            "x",
            "none",
            f"{geography[area].name} could not return placements for January {year}; "
            "regional and national placements include what it did return.",
            Status.UNAVAILABLE,
            CASELOAD_2025.source_id,
            "placement",
            "all",
        )
    for (year, area), sign in _WITHDRAWN.items():
        if year not in set(found["year"]):
            continue
        yield Issue(
            f"ehc_plans-placements-withdrawn-{year}-{area}",
            MEASURE,
            area,
            year,
            "printed in the edition of July 2025",
            "none",
            f"The publisher set these placements to x in the revised files: {sign}. "
            "Regional and national placements still include them.",
            Status.WITHDRAWN,
            CASELOAD_2025.source_id,
            "placement",
            "all",
        )


def _first_published() -> Issue:
    return Issue(
        "ehc_plans-first-published-2023",
        MEASURE,
        ENGLAND,
        "2023",
        "age bands sum to 517,049",
        "total of 517,048 from the 2025 edition; age bands as first published",
        "A later edition took one plan of Bradford off the total; the age bands were not "
        "published again.",
        Status.OBSERVED,
        AGE_2023.source_id,
        "age",
        "all",
    )


def _first_published_2023(raw: RawFiles, geography: Geography) -> list[pd.DataFrame]:
    bands = ages_2023(raw, geography)
    total = sum_figures(bands, ["la_code", "year", "measure", "source_id"])
    total = total.assign(breakdown_type="total", breakdown="total")
    return [bands, total[list(bands.columns)]]


SERIES = (
    Series("caseload", CASELOAD_2025, alone(read_caseload)),
    Series("age_caseload_2022", AGE_2022, figures_alone(ages_2022)),
    Series(
        "establishment_caseload_2022",
        ESTABLISHMENT_2022,
        figures_alone(lambda raw, at: list(establishments_2022(raw, at))),
    ),
    Series("age_caseload_2023", AGE_2023, figures_alone(_first_published_2023)),
)
