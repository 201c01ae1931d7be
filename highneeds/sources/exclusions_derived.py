"""Suspensions and permanent exclusions 2017/18 to 2023/24.

Authority counts are not published for these years in reach: they were recovered from the
published rates and headcounts, so each is ``derived``. This reader proves them again, from
the rates of the Interactive Tool, every time it runs.
"""

from __future__ import annotations

import pandas as pd

from highneeds.errors import SourceError, some
from highneeds.geography import Geography
from highneeds.sources.contract import (
    ENGLAND,
    OBSERVATION_COLUMNS,
    Issue,
    Reading,
    SourceFile,
    Status,
    numbers_in,
    require_columns,
)
from highneeds.sources.exclusions import (
    COUNTS,
    LONDON,
    LONDON_PARTS,
    RATES,
    academic_years,
    phase_columns,
)
from highneeds.sources.files import RawFiles
from highneeds.sources.lait import LAIT, read_measures
from highneeds.sources.matching import require_one_area
from highneeds.sources.pupils import HEADCOUNT, headcounts
from highneeds.sources.series import Series
from highneeds.words import plural

DERIVED = SourceFile(
    "exclusions_derived_2017_24",
    "education/derived-exclusion-counts-2017-2024/exclusion_counts_la_2017-18_to_2023-24.csv",
    "Counts recovered from published rates of suspension and permanent exclusion",
    "Compiled from Department for Education releases",
    "2017/18 to 2023/24",
    note="Headcounts marked observed are the pupil census's; the rest are sums of it or "
    "solved.",
    marks=(
        "suspensions",
        "permanent_exclusions",
        "method",
    ),
)
FILES = (DERIVED, LAIT, HEADCOUNT)
# Of one edition, or read together with others: added with a build alone.
SERIES: tuple[Series, ...] = ()

_COLUMNS = {
    "headcount": "pupils",
    "suspensions": "suspensions",
    "permanent_exclusions": "permanent_exclusions",
    "pupils_with_one_or_more_suspension": "pupils_with_one_or_more_suspension",
    "susp_rate": "suspensions_per_100",
    "perm_excl_rate": "permanent_exclusions_per_100",
    "one_plus_susp_rate": "pupils_suspended_per_100",
}
_CENSUS = "headcount from pupil census table"
_SOLVED = "headcount solved from the three rates"
_PRINTED_PHASES = ("primary", "secondary")
_KEYS = ["la_code", "year", "breakdown_type", "breakdown"]
_YEARS = range(2018, 2025)
RATE_DECIMALS = 5
# Half a unit in the last printed decimal, and a little for the last binary digit.
_HALF_UNIT = 0.5 * 10**-RATE_DECIMALS + 1e-9
_TOOL_PHASES = {"Tot": "total", "Pri": "primary", "Sec": "secondary", "Spec": "special"}
_TOOL_MEASURES = {
    f"{prefix}{suffix}": (measure, phase)
    for prefix, phase in _TOOL_PHASES.items()
    for suffix, measure in (
        ("FixedEx", "suspensions_per_100"),
        ("PermEx", "permanent_exclusions_per_100"),
    )
} | {
    f"{'Total' if prefix == 'Tot' else prefix}_ Pup_FixedEx": (
        "pupils_suspended_per_100",
        phase,
    )
    for prefix, phase in _TOOL_PHASES.items()
}


def read(raw: RawFiles, geography: Geography) -> Reading:
    """Read the recovered counts and the published rates of 2017/18 to 2023/24.

    Returns
    -------
    Reading
        By phase for authorities; for regions and England the counts are the sums of their
        authorities. A rate is ``observed`` where the Interactive Tool prints it.

    Raises
    ------
    SourceError
        A count does not give back its printed rate, a phase does not add up, a sum of
        authorities does not give back a printed national or regional rate, or an
        authority's headcount differs from the pupil census in total.
    """
    counts = _authorities(raw, geography)
    printed = published_rates(raw, geography)
    issues = _moved_headcounts(raw, geography, counts)
    areas = pd.concat([counts, _areas(counts, geography)], ignore_index=True)
    compared = areas.merge(printed, on=_KEYS, how="left", validate="one_to_one")
    _require_agreement(compared, counts)
    return Reading(_tidy(compared), tuple(issues))


def published_rates(raw: RawFiles, geography: Geography) -> pd.DataFrame:
    """Rates per 100 pupils as the Interactive Tool prints them, 2015/16 to 2023/24.

    Returns
    -------
    DataFrame
        The key columns and one column per rate, suffixed ``_printed``; NaN where the tool
        has no figure.
    """
    tool = read_measures(raw, geography, dict.fromkeys(_TOOL_MEASURES, RATE_DECIMALS))
    named = pd.DataFrame(
        tool["measure_id"].map(_TOOL_MEASURES).to_list(), columns=["measure", "breakdown"]
    )
    tool = tool.assign(
        measure=named["measure"] + "_printed",
        breakdown=named["breakdown"],
        breakdown_type=named["breakdown"].where(named["breakdown"] == "total", "phase"),
    )
    return tool.pivot(index=_KEYS, columns="measure", values="value").reset_index()


def _authorities(raw: RawFiles, geography: Geography) -> pd.DataFrame:
    published = raw.read_csv(DERIVED)
    require_columns(
        published,
        ["time_period", "old_la_code", "la_name", "school_type", "method", *_COLUMNS],
        DERIVED.path,
    )
    known = published["method"].isin([_CENSUS, _SOLVED])
    if not known.all():
        strange = published.loc[~known, "method"].unique()
        msg = f"{DERIVED.path} has unknown methods: {some(strange)}. Expected two."
        raise SourceError(msg)
    figures = published[list(_COLUMNS)].apply(numbers_in)
    figures = figures.rename(columns=_COLUMNS)
    whole = (figures[list(COUNTS)] % 1 == 0).all(axis=1) & (figures >= 0).all(axis=1)
    table = pd.concat(
        [
            published["old_la_code"].rename("la_code"),
            academic_years(published["time_period"], _YEARS, DERIVED.path).rename("year"),
            phase_columns(published["school_type"], DERIVED.path),
            published["method"].eq(_CENSUS).rename("census"),
            figures,
        ],
        axis=1,
    )
    _refuse(table[~table["la_code"].isin(geography.areas)], "an unknown authority")
    named = table[["la_code"]].assign(name=published["la_name"])
    require_one_area(named, geography, DERIVED.path)
    _refuse(table[table.duplicated(_KEYS)], "a key that stands twice")
    _refuse(table[~whole], "counts that are not whole numbers, or figures that are missing")
    for rate, count in RATES.items():
        gap = (100 * table[count] / table["pupils"] - table[rate]).abs()
        _refuse(table[~(gap <= _HALF_UNIT)], f"{count} that do not give back {rate}")
    parts = table[table["breakdown_type"] == "phase"]
    summed = parts.groupby(["la_code", "year"])[list(COUNTS)].sum()
    totals = table[table["breakdown_type"] == "total"].set_index(["la_code", "year"])
    equal = (totals[list(COUNTS)] == summed.reindex(totals.index)).all(axis=1)
    _refuse(totals[~equal].reset_index(), "totals that are not the sum of the phases")
    return table


def _refuse(rows: pd.DataFrame, what: str) -> None:
    if len(rows):
        where = (
            rows[[name for name in _KEYS if name in rows]].astype(str).agg("/".join, axis=1)
        )
        msg = (
            f"{DERIVED.path} has {plural(len(rows), 'row')} with {what}: {some(where)}. "
            f"These "
            "counts are trusted only while they give back every printed figure. Derive "
            "them again."
        )
        raise SourceError(msg)


def _areas(counts: pd.DataFrame, geography: Geography) -> pd.DataFrame:
    """Sums over England, the nine regions, and Inner and Outer London."""
    members = counts["la_code"].map(lambda code: geography[code].region_code)
    inner = counts["la_code"].map(lambda code: geography[code].kind.startswith("inner"))
    part = inner.map({True: LONDON_PARTS[0], False: LONDON_PARTS[1]})
    keys = ["year", "breakdown_type", "breakdown"]
    groups = [
        counts.assign(la_code=ENGLAND),
        counts.assign(la_code=members),
        counts[members == LONDON].assign(la_code=part[members == LONDON]),
    ]
    return (
        pd.concat(groups)
        .groupby(["la_code", *keys], as_index=False)[list(COUNTS)]
        .sum()
        .assign(census=False)
    )


def _require_agreement(compared: pd.DataFrame, counts: pd.DataFrame) -> None:
    """Each rate the tool prints must follow from the counts."""
    for rate, count in RATES.items():
        computed = 100 * compared[count] / compared["pupils"]
        printed = compared[f"{rate}_printed"]
        _refuse(
            compared[(computed - printed).abs() > _HALF_UNIT],
            f"{count} that do not give back the rate printed by the Interactive Tool",
        )
        _refuse(
            compared[printed.isna() & compared["la_code"].isin(counts["la_code"])],
            f"{count} for which the Interactive Tool prints no rate",
        )


def _tidy(compared: pd.DataFrame) -> pd.DataFrame:
    parts = []
    base = compared[_KEYS]
    for count in COUNTS:
        # All special schools, and all schools, are sums over the census's kinds of school.
        printed = compared["breakdown"].isin(_PRINTED_PHASES)
        observed = compared["census"] & printed & (count == "pupils")
        status = observed.map({True: str(Status.OBSERVED), False: str(Status.DERIVED)})
        parts.append(
            base.assign(
                measure=count,
                value=compared[count],
                status=status,
                source_id=DERIVED.source_id,
            )
        )
    for rate, count in RATES.items():
        printed = compared[f"{rate}_printed"]
        computed = (100 * compared[count] / compared["pupils"]).round(RATE_DECIMALS)
        missing = printed.isna()
        parts.append(
            base.assign(
                measure=rate,
                value=printed.fillna(computed),
                status=missing.map(
                    {True: str(Status.DERIVED), False: str(Status.OBSERVED)}
                ),
                source_id=missing.map({True: DERIVED.source_id, False: LAIT.source_id}),
            )
        )
    return pd.concat(parts, ignore_index=True)[list(OBSERVATION_COLUMNS)]


def _moved_headcounts(
    raw: RawFiles, geography: Geography, counts: pd.DataFrame
) -> list[Issue]:
    """Cells whose denominator is not the pupil census figure of that phase.

    Rate times census headcount is not whole there while the totals of the two releases are
    the same: the exclusions release seems to count a school under another phase.
    """
    census = headcounts(raw, geography).rename(columns={"headcount": "census_headcount"})
    compared = counts.merge(census, on=_KEYS, how="left", validate="one_to_one")
    covered = compared["year"].isin(census["year"].unique())
    differs = covered & (compared["pupils"] != compared["census_headcount"])
    _refuse(
        compared[differs & (compared["breakdown_type"] == "total")],
        "headcounts that differ from the pupil census in total",
    )
    _refuse(
        compared[differs & compared["census"]],
        "headcounts said to be the pupil census figure that are not",
    )
    return [
        Issue(
            issue_id="exclusions-headcount-by-phase",
            measure="pupils",
            la_code=row["la_code"],
            year=row["year"],
            published=f"{row['census_headcount']:.0f} (pupil census)",
            used=f"{row['pupils']:.0f} (solved from the three published rates)",
            why=(
                "The rate times the census headcount is not a whole number, yet the totals "
                "agree: the two releases seem to count a school under different phases."
            ),
            status=Status.DERIVED,
            source_id=DERIVED.source_id,
            breakdown_type=row["breakdown_type"],
            breakdown=row["breakdown"],
        )
        for row in compared[differs].to_dict("records")
    ]
