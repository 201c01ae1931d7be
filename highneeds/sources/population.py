"""Children and young people by age: two vintages of the ONS mid-year estimates."""

from __future__ import annotations

import pandas as pd

from highneeds.errors import SourceError, UsageError, some
from highneeds.geography import Geography
from highneeds.periods import MidYear
from highneeds.sources.adding_up import checked
from highneeds.sources.contract import Issue, Reading, SourceFile, Status, require_columns
from highneeds.sources.files import RawFiles
from highneeds.sources.matching import require_one_area
from highneeds.sources.sen2 import MID_YEAR, as_observations, figures, read_release
from highneeds.sources.series import Series, figures_alone

CHILDREN = SourceFile(
    "ons_children_0_17",
    "education/ons-population/ons_mye_children_0_17_2012_to_2024.csv",
    "Mid-year population estimates, children aged 0 to 17, as republished by DfE",
    "Office for National Statistics",
    "mid-2012 to mid-2024, revised",
)
SINGLE_YEARS = SourceFile(
    "ons_single_year_of_age",
    "education/ons-population/ons_mye_single_year_of_age_0_25_mid2022_mid2023.csv",
    "Mid-year population estimates, table MYE2 Persons",
    "Office for National Statistics",
    "mid-2022 (March 2024) and mid-2023 (July 2024)",
    "An earlier vintage than the estimates of children aged 0 to 17.",
    marks=(
        "mid_year",
        "Code",
        "All ages",
        "25",
    ),
)
FILES = (CHILDREN, SINGLE_YEARS)

_AGE_GROUP = "Children aged 0 to 17 years"
_AGES = tuple(str(age) for age in range(26))
_SINGLE_YEAR_PERIODS = {"2022", "2023"}
_NO_ESTIMATE = {"837": "Bournemouth", "836": "Poole", "835": "old Dorset"}


def read(raw: RawFiles, geography: Geography) -> Reading:
    """Read children aged 0 to 17, mid-2012 to 2024, and people by age, 2022 and 2023.

    Returns
    -------
    Reading
        ``population_0_17`` and ``population_by_age`` (``age_year``), people.

    Raises
    ------
    SourceError
        A file is not the expected edition or does not add up.

    Notes
    -----
    Source: Office for National Statistics, mid-year population estimates. The two measures
    are of different vintages and must not be mixed in one rate.
    """
    ages = checked(_by_age(raw, geography), geography, SINGLE_YEARS.path)
    found = pd.concat([children(raw, geography), ages], ignore_index=True)
    return Reading(found, [*_issues()])


def children(raw: RawFiles, geography: Geography) -> pd.DataFrame:
    """Observations of children aged 0 to 17, from the file republished by DfE alone.

    Raises
    ------
    SourceError
        The file is not the expected edition, or does not add up.
    """
    published = read_release(
        raw,
        CHILDREN,
        geography,
        calendar=MID_YEAR,
        years=range(2012, 2025),
        labels=["age_group"],
        values=["population_estimate"],
    )
    groups = sorted(published["age_group"].unique())
    if groups != [_AGE_GROUP]:
        msg = (
            f"{CHILDREN.path} has age_group {some(map(repr, groups))}; expected only "
            f"{_AGE_GROUP!r}. Check that this is the file of all children."
        )
        raise SourceError(msg)
    people = figures(published, {"population_estimate": "all"}, CHILDREN)
    found = as_observations(people, CHILDREN, "population_0_17")
    return checked(found, geography, CHILDREN.path)


def _by_age(raw: RawFiles, geography: Geography) -> pd.DataFrame:
    published = raw.read_csv(SINGLE_YEARS)
    require_columns(published, ["mid_year", "Code", "Name", *_AGES], SINGLE_YEARS.path)
    years = set(published["mid_year"])
    if years != _SINGLE_YEAR_PERIODS:
        msg = (
            f"{SINGLE_YEARS.path} covers mid_year {some(sorted(years))}; expected "
            f"{some(sorted(_SINGLE_YEAR_PERIODS))}. Put back that edition."
        )
        raise SourceError(msg)
    try:
        codes = {
            code: geography.from_ons(code).la_code for code in published["Code"].unique()
        }
    except UsageError as error:
        msg = f"{SINGLE_YEARS.path}, column Code: {error}"
        raise SourceError(msg) from None
    keyed = published.assign(
        la_code=published["Code"].map(codes),
        year=published["mid_year"].map(lambda text: MidYear.parse(text).label),
    )
    require_one_area(
        keyed[["la_code"]].assign(name=keyed["Name"]), geography, SINGLE_YEARS.path
    )
    people = figures(keyed, {age: age for age in _AGES}, SINGLE_YEARS)
    return as_observations(
        people, SINGLE_YEARS, "population_by_age", "age_year", people["figure"]
    )


def _issues() -> list[Issue]:
    return [
        Issue(
            f"population_0_17-no-estimate-{year}-{la_code}",
            "population_0_17",
            la_code,
            str(year),
            "x",
            "none",
            f"No estimate is published for {name}, abolished in April 2019; some 140,000 "
            "children of the South West are in its total and in no authority.",
            Status.UNAVAILABLE,
            CHILDREN.source_id,
        )
        for la_code, name in _NO_ESTIMATE.items()
        for year in range(2012, 2019)
    ]


SERIES = (Series("children", CHILDREN, figures_alone(lambda raw, at: [children(raw, at)])),)
