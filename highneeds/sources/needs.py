"""Plans in January 2025 by primary need, and by need and placement together."""

from __future__ import annotations

import pandas as pd

from highneeds.geography import Geography
from highneeds.sources import placements
from highneeds.sources.adding_up import checked, gaps, require_known_gaps
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

MEASURE = "ehc_plans"
NEEDS_2025 = SourceFile(
    "sen2_2025_needs",
    "education/dfe-ehcp-2025/sen_needs_all_plans.csv.gz",
    RELEASE_2025,
    PUBLISHER,
    "revised, before January 2026",
    "January 2025 only. Down syndrome is counted under other difficulty or disability.",
)
FILES = (NEEDS_2025,)

NEEDS = (
    "asd",
    "hi",
    "mld",
    "msi",
    "oth",
    "pd",
    "pmld",
    "semh",
    "slcn",
    "sld",
    "spld",
    "vi",
    "need_unknown",
)
_COLUMNS = {f"number_{need}": need.removeprefix("need_") for need in NEEDS}
# Told apart from 2026; counted under `oth` before.
_SINCE_2026 = {"number_ds": "ds"}


def read(raw: RawFiles, geography: Geography) -> Reading:
    """Read plans by primary need, January 2025.

    Returns
    -------
    Reading
        Measure ``ehc_plans`` (plans): ``need``, and ``need_by_placement`` written
        ``asd|mainstream``. Needs: ``asd`` autistic spectrum disorder; ``hi`` hearing,
        ``vi`` visual, ``msi`` multi-sensory impairment; ``mld`` moderate, ``sld`` severe,
        ``pmld`` profound and multiple, ``spld`` specific learning difficulty; ``pd``
        physical disability; ``semh`` social, emotional and mental health; ``slcn`` speech,
        language and communication; ``oth`` other; ``unknown``.

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
        NEEDS_2025,
        geography,
        calendar=JANUARY_OF_ACADEMIC_YEAR,
        years=range(2025, 2026),
        values=["ehc_plans", *_COLUMNS],
        optional=list(_SINCE_2026),
    )
    columns = {
        column: need
        for column, need in {**_COLUMNS, **_SINCE_2026}.items()
        if column in published.columns
    }
    everyone = topic(published, "all", NEEDS_2025)
    totals = figures(everyone, {"ehc_plans": "all"}, NEEDS_2025)
    needs = figures(everyone, columns, NEEDS_2025)
    by_need = as_observations(needs, NEEDS_2025, MEASURE, "need", needs["figure"])
    require_known_gaps(gaps(totals, by_need), {}, f"Needs of {NEEDS_2025.path}")
    settings = topic(published, "placements", NEEDS_2025)
    settings = settings.assign(placement=placements.from_rows(settings, NEEDS_2025.path))
    placed = sum_figures(
        figures(settings[settings["placement"] != ""], columns, NEEDS_2025, ["placement"]),
        ["la_code", "year", "figure", "placement"],
    )
    pair = placed["figure"] + "|" + placed["placement"]
    by_both = as_observations(placed, NEEDS_2025, MEASURE, "need_by_placement", pair)
    found = checked(
        pd.concat([by_need, by_both], ignore_index=True), geography, "plans by need"
    )
    return Reading(found, list(_issues(by_both, geography)))


def _issues(by_both: pd.DataFrame, geography: Geography) -> list[Issue]:
    gone = by_both[by_both["value"].isna()]
    lacking = gone[["year", "la_code"]].drop_duplicates()
    return [
        Issue(
            f"ehc_plans-no-needs-by-placement-{year}-{la_code}",
            MEASURE,
            la_code,
            year,
            "x",
            "none",
            f"{geography[la_code].name}: {_SURREY if la_code == '936' else _DOUBTFUL}",
            Status.UNAVAILABLE,
            NEEDS_2025.source_id,
            "need_by_placement",
            "all",
        )
        for year, la_code in lacking.itertuples(index=False, name=None)
    ]


_DOUBTFUL = (
    "the publisher withholds needs by placement because the placements are doubtful."
)
_SURREY = (
    "needs were replaced after the collection. By placement, England and the South East "
    "still hold the first ones: 656 plans under severe, not specific, learning difficulty."
)


SERIES = (Series("needs", NEEDS_2025, alone(read)),)
