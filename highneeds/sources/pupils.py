"""Pupils in schools: the share with a plan or on SEN support, and how many there are.

Both count pupils by the school they attend, wherever they live; plans are counted by the
authority that maintains them. Neither may be divided by the other without saying so.
"""

from __future__ import annotations

import pandas as pd

from highneeds.errors import SourceError, some
from highneeds.geography import EVERY_AREA, Geography
from highneeds.periods import AcademicYear
from highneeds.sources import lait
from highneeds.sources.contract import (
    ENGLAND,
    OBSERVATION_COLUMNS,
    Issue,
    Reading,
    SourceFile,
    Status,
    observations,
    split_symbols,
)
from highneeds.sources.files import RawFiles
from highneeds.sources.lait import LAIT, read_measures
from highneeds.sources.releases import Layout
from highneeds.sources.sen2 import JANUARY_OF_ACADEMIC_YEAR, read_release
from highneeds.sources.series import Series, alone, figures_alone

HEADCOUNT = SourceFile(
    "pupil_headcount_2022",
    "education/dfe-spc-pupils-2016-2022/spc_headcount_by_phase.csv",
    "Schools, pupils and their characteristics",
    "Department for Education",
    "2021/22",
    note="Extract: the rows of all ethnicities and languages. No independent schools.",
)
FILES = (LAIT, HEADCOUNT)

# Measure of the tool: our measure, phase, decimals published.
_SHARES = {
    "SEN_TotStat": ("pupils_with_ehc_plan_pct", "total", 1),
    "PrimStatements": ("pupils_with_ehc_plan_pct", "primary", 1),
    "SecStatements": ("pupils_with_ehc_plan_pct", "secondary", 2),
    "SEN_TotSENSuP": ("pupils_on_sen_support_pct", "total", 1),
    "PrimNoStatements": ("pupils_on_sen_support_pct", "primary", 1),
    "SecNoStatements": ("pupils_on_sen_support_pct", "secondary", 1),
}
_SCHOOL_TYPES = {
    "Total": "total",
    "State-funded nursery": "nursery",
    "State-funded primary": "primary",
    "State-funded secondary": "secondary",
    "State-funded special school": "state_special",
    "Non-maintained special school": "non_maintained_special",
    "Pupil referral unit": "pupil_referral_unit",
}
# The exclusions releases count these schools only, the two kinds of special as one.
_EXCLUSION_PHASES = {
    "primary": "primary",
    "secondary": "secondary",
    "state_special": "special",
    "non_maintained_special": "special",
}
_YEARS = range(2016, 2023)
# Ethnicity was not collected below compulsory age, and this table is cut from it.
_COMPULSORY_AGE_ONLY = ("2016", "2017")
_KEYS = ["la_code", "year", "breakdown"]


def read(raw: RawFiles, geography: Geography) -> Reading:
    """Read percentages of pupils 2016 to 2025 and headcounts 2018 to 2022, each January.

    Returns
    -------
    Reading
        ``pupils_with_ehc_plan_pct`` and ``pupils_on_sen_support_pct`` in all schools, state
        primary and state secondary; ``pupils_on_roll`` by type of school.

    Raises
    ------
    SourceError
        A column, symbol or label is not known, or authorities do not add up to England.
    """
    heads = on_roll(raw, geography)
    both = pd.concat([shares(raw, geography), heads.observations], ignore_index=True)
    return Reading(both, heads.issues)


def headcounts(raw: RawFiles, geography: Geography) -> pd.DataFrame:
    """Authority headcounts of 2017/18 to 2021/22 by the phases of the exclusions releases.

    Returns
    -------
    DataFrame
        ``la_code``, ``year`` (academic), ``breakdown_type``, ``breakdown``, ``headcount``.
    """
    table = _published(raw, geography)
    table = table[
        ~table["year"].isin(_COMPULSORY_AGE_ONLY) & table["la_code"].str.isdigit()
    ]
    table = table.assign(
        year=table["year"].map(lambda january: AcademicYear(int(january)).label),
        breakdown=table["breakdown"].map(_EXCLUSION_PHASES),
    ).dropna(subset="breakdown")
    phases = table.groupby(_KEYS, as_index=False)["headcount"].sum()
    total = phases.groupby(["la_code", "year"], as_index=False)["headcount"].sum()
    return pd.concat(
        [
            phases.assign(breakdown_type="phase"),
            total.assign(breakdown_type="total", breakdown="total"),
        ],
        ignore_index=True,
    )


def shares(raw: RawFiles, geography: Geography) -> pd.DataFrame:
    """Percentages of pupils with a plan or on SEN support, from the tool alone.

    Raises
    ------
    SourceError
        A measure, area, year or symbol of the tool is not known.
    """
    decimals = {name: places for name, (_, _, places) in _SHARES.items()}
    tool = read_measures(raw, geography, decimals)
    phase = tool["measure_id"].map(lambda name: _SHARES[name][1])
    return tool.assign(
        measure=tool["measure_id"].map(lambda name: _SHARES[name][0]),
        breakdown_type=phase.where(phase == "total", "phase"),
        breakdown=phase,
        source_id=LAIT.source_id,
    )[list(OBSERVATION_COLUMNS)]


def _published(raw: RawFiles, geography: Geography) -> pd.DataFrame:
    published = read_release(
        raw,
        HEADCOUNT,
        geography,
        calendar=JANUARY_OF_ACADEMIC_YEAR,
        years=_YEARS,
        values=["headcount"],
        labels=["phase_type_grouping", "ethnicity", "language"],
    )
    everybody = (published["ethnicity"] == "Total") & (published["language"] == "Total")
    published = published[everybody].reset_index(drop=True)
    kind = published["phase_type_grouping"].map(_SCHOOL_TYPES)
    if kind.isna().any():
        strange = published.loc[kind.isna(), "phase_type_grouping"].unique()
        msg = (
            f"{HEADCOUNT.path} has unknown kinds of school: {some(strange)}. "
            f"Expected {', '.join(_SCHOOL_TYPES)}."
        )
        raise SourceError(msg)
    figures = split_symbols(published["headcount"], f"{HEADCOUNT.path}, headcount", {})
    return published[["la_code", "year"]].assign(breakdown=kind, headcount=figures["value"])


def on_roll(raw: RawFiles, geography: Geography) -> Reading:
    """Headcounts by type of school, from their own file alone.

    Raises
    ------
    SourceError
        A column or kind of school is not known, or authorities do not add up to England.
    """
    table = _published(raw, geography)
    partial = table["year"].isin(_COMPULSORY_AGE_ONLY)
    figures = pd.DataFrame(
        {
            "value": table["headcount"].mask(partial),
            "status": partial.map({True: Status.SET_ASIDE, False: Status.OBSERVED}),
        }
    )
    kind = table["breakdown"]
    heads = observations(
        table,
        measure="pupils_on_roll",
        figures=figures.astype({"status": str}),
        source_id=HEADCOUNT.source_id,
        breakdown_type=kind.where(kind == "total", "school_type"),
        breakdown=kind,
    )
    _require_sums(table)
    england = table[(table["la_code"] == ENGLAND) & (kind == "total") & partial]
    issues = tuple(
        Issue(
            issue_id="pupils-compulsory-age-only",
            measure="pupils_on_roll",
            la_code=EVERY_AREA,
            year=row["year"],
            published=f"{row['headcount']:.0f} in England, and so on for every area",
            used="no figure, in total and by type of school",
            why=(
                "The table is cut from ethnicity, then collected from compulsory school "
                "age only, so younger pupils are missing. Exclusions have full headcounts."
            ),
            status=Status.SET_ASIDE,
            source_id=HEADCOUNT.source_id,
        )
        for row in england.to_dict("records")
    )
    return Reading(heads, issues)


def _require_sums(table: pd.DataFrame) -> None:
    by_kind = ["year", "breakdown"]
    authorities = table[table["la_code"].str.isdigit()].groupby(by_kind)["headcount"].sum()
    england = table[table["la_code"] == ENGLAND].set_index(by_kind)["headcount"]
    gaps = (england - authorities.reindex(england.index)).rename("gap").reset_index()
    gaps = gaps[gaps["gap"] != 0]
    if len(gaps):
        where = [
            f"{row['breakdown']} in January {row['year']} by {row['gap']:g}"
            for row in gaps.to_dict("records")
        ]
        msg = (
            f"{HEADCOUNT.path}: authorities do not add up to England for {some(where)}. "
            "Expected an exact sum. A row may be missing or repeated."
        )
        raise SourceError(msg)


_TOOL = Layout(
    "lait",
    LAIT.source_id,
    "Local Authority Interactive Tool",
    list(lait.COLUMNS),
    frozenset(lait.COLUMNS),
    "January",
    "pupils_with_ehc_plan_pct",
    "january",
)
SERIES = (
    Series("headcount", HEADCOUNT, alone(on_roll)),
    Series("lait", LAIT, figures_alone(lambda raw, at: [shares(raw, at)]), _TOOL),
)
