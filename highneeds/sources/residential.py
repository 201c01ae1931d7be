"""Children with plans in residential placements in January, by weeks a year."""

from __future__ import annotations

import pandas as pd

from highneeds.errors import SourceError, some
from highneeds.geography import Geography
from highneeds.sources.adding_up import checked
from highneeds.sources.contract import Issue, Reading, SourceFile, Status
from highneeds.sources.files import RawFiles
from highneeds.sources.sen2 import (
    JANUARY_OF_ACADEMIC_YEAR,
    PUBLISHER,
    RELEASE_2025,
    as_observations,
    figures,
    read_release,
    sum_figures,
    topic,
)
from highneeds.sources.series import Series, alone

MEASURE = "residential_placements"
RESIDENTIAL_2025 = SourceFile(
    "sen2_2025_residential",
    "education/dfe-ehcp-2025/residential_settings.csv.gz",
    RELEASE_2025,
    PUBLISHER,
    "revised, before January 2026",
    "January 2019 to 2025.",
)
FILES = (RESIDENTIAL_2025,)
_DURATIONS = {"Res_3851": "38_to_51_weeks", "Res_52": "52_weeks"}
_WRONG_TOTALS = "2023"


def read(raw: RawFiles, geography: Geography) -> Reading:
    """Read residential placements, January 2019 to 2025.

    Returns
    -------
    Reading
        Measure ``residential_placements`` (placements): ``total`` and ``duration``.

    Raises
    ------
    SourceError
        The file is not the expected edition, or a total is not the sum of its durations
        outside the year whose totals are known to be wrong.

    Notes
    -----
    Source: DfE, Education, health and care plans, reporting year 2025.
    """
    published = read_release(
        raw,
        RESIDENTIAL_2025,
        geography,
        calendar=JANUARY_OF_ACADEMIC_YEAR,
        years=range(2019, 2026),
        values=["Res_tot", *_DURATIONS],
    )
    rows = topic(published, "all", RESIDENTIAL_2025)
    durations = figures(rows, _DURATIONS, RESIDENTIAL_2025)
    totals, issues = _repaired(
        figures(rows, {"Res_tot": "all"}, RESIDENTIAL_2025), durations, geography
    )
    found = pd.concat(
        [
            as_observations(totals, RESIDENTIAL_2025, MEASURE),
            as_observations(
                durations, RESIDENTIAL_2025, MEASURE, "duration", durations["figure"]
            ),
        ],
        ignore_index=True,
    )
    return Reading(checked(found, geography, "residential placements"), issues)


def _repaired(
    totals: pd.DataFrame, durations: pd.DataFrame, geography: Geography
) -> tuple[pd.DataFrame, list[Issue]]:
    """Totals as the sum of their durations, where the file prints another number."""
    summed = sum_figures(durations, ["la_code", "year"])
    both = totals.merge(summed, on=["la_code", "year"], suffixes=("", "_summed"))
    wrong = both["value"] != both["value_summed"]
    columns = ["year", "la_code", "value", "value_summed"]
    strange = both.loc[wrong & (both["year"] != _WRONG_TOTALS), columns]
    if len(strange):
        rows = strange.itertuples(index=False, name=None)
        named = [
            f"{area} {year}: {printed:,.0f} for {summed:,.0f}"
            for year, area, printed, summed in rows
        ]
        msg = (
            f"Res_tot of {RESIDENTIAL_2025.path} is not Res_3851 + Res_52: {some(named)}. "
            "Expected so in every January but 2023. Download the file again."
        )
        raise SourceError(msg)
    issues = [
        Issue(
            f"residential_placements-total-{year}-{la_code}",
            MEASURE,
            la_code,
            year,
            f"{printed:,.0f}",
            f"{summed:,.0f}",
            f"The total of {geography[la_code].name} is not the sum of its two durations, "
            "which are the sum of its authorities.",
            Status.REPAIRED,
            RESIDENTIAL_2025.source_id,
        )
        for year, la_code, printed, summed in both.loc[wrong, columns].itertuples(
            index=False, name=None
        )
    ]
    repaired = both.assign(
        value=both["value"].mask(wrong, both["value_summed"]),
        status=both["status"].mask(wrong, Status.REPAIRED.value),
    )
    return repaired, issues


SERIES = (Series("residential", RESIDENTIAL_2025, alone(read)),)
