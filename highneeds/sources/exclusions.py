"""Suspensions and permanent exclusions 2006/07 to 2016/17, as published.

What was then a fixed-period exclusion is called a suspension since 2020; the measures use
the present name throughout.
"""

from __future__ import annotations

import pandas as pd

from highneeds.errors import SourceError, UsageError, some
from highneeds.geography import Geography
from highneeds.periods import AcademicYear
from highneeds.sources.adding_up import gaps, in_years, require_known_gaps
from highneeds.sources.contract import (
    ENGLAND,
    Issue,
    Reading,
    SourceFile,
    Status,
    observations,
    require_unique,
    split_symbols,
)
from highneeds.sources.files import RawFiles
from highneeds.sources.sen2 import Calendar, read_release
from highneeds.sources.series import Series, alone

PUBLICATION = "Permanent and fixed-period exclusions in England: 2016 to 2017"
BY_AREA = SourceFile(
    "exclusions_2016_17",
    "education/dfe-exclusions-2006-2017/exclusions_national_regional_la.csv",
    PUBLICATION,
    "Department for Education",
    "2016/17",
    note="Extract without the school rows. National and regional counts are rounded to 5.",
)
FILES = (BY_AREA,)

COUNTS = (
    "pupils",
    "suspensions",
    "permanent_exclusions",
    "pupils_with_one_or_more_suspension",
)
RATES = {
    "suspensions_per_100": "suspensions",
    "permanent_exclusions_per_100": "permanent_exclusions",
    "pupils_suspended_per_100": "pupils_with_one_or_more_suspension",
}
PHASES = {
    "Total": "total",
    "State-funded primary": "primary",
    "State-funded secondary": "secondary",
    "Special": "special",
}
LONDON = "E12000007"
LONDON_PARTS = ("E13000001", "E13000002")

COLUMNS = {
    "headcount": "pupils",
    "perm_excl": "permanent_exclusions",
    "perm_excl_rate": "permanent_exclusions_per_100",
    "fixed_excl": "suspensions",
    "fixed_excl_rate": "suspensions_per_100",
    "one_plus_fixed": "pupils_with_one_or_more_suspension",
    "one_plus_fixed_rate": "pupils_suspended_per_100",
}
_SYMBOLS = {"x": Status.SUPPRESSED, ".": Status.NOT_APPLICABLE}
_YEARS = range(2007, 2018)
# The largest real fraction is 0.08: a count spoilt by a weighting, not another quantity.
_MOST_FRACTION = 0.1
# No authority this large has a year without a single suspension.
_LARGE = 1000
# National counts are rounded to 5.
_MOST_ROUNDING = 2.5
# National totals that their phases miss by more than the rounding of all four figures.
_PHASES_LEAVE_OUT = {"permanent_exclusions": {("2006/07", ENGLAND): 25.0}}


def read(raw: RawFiles, geography: Geography) -> Reading:
    """Read the published counts, headcounts and rates of 2006/07 to 2016/17.

    Returns
    -------
    Reading
        By phase for authorities, regions and England. London is the sum of the Inner and
        Outer London published.

    Raises
    ------
    SourceError
        A column, symbol or label is not known; a count is not a count; an authority has
        pupils but no events, or events but no pupils, with no reorganisation to explain it.
    """
    table, issues = _by_area(raw, geography)
    # Later releases print London too.
    london = [] if LONDON in set(table["la_code"]) else [_london(table)]
    return Reading(pd.concat([table, *london], ignore_index=True), tuple(issues))


def phase_columns(school_types: pd.Series, where: str) -> pd.DataFrame:
    """Turn published school types into ``breakdown_type`` and ``breakdown``.

    Raises
    ------
    SourceError
        A school type is not one of the four published.
    """
    names = {name.lower(): phase for name, phase in PHASES.items()}
    # One release writes "special" in ten rows and "Special" in the rest.
    phases = school_types.str.lower().map(names)
    if phases.isna().any():
        strange = school_types[phases.isna()].unique()
        msg = f"{where} has unknown school types: {some(strange)}. Expected {some(PHASES)}."
        raise SourceError(msg)
    types = phases.where(phases == "total", "phase")
    return pd.DataFrame({"breakdown_type": types, "breakdown": phases})


def academic_years(periods: pd.Series, years: range, where: str) -> pd.Series:
    """Labels of published six-digit years: ``201617`` becomes ``2016/17``.

    Parameters
    ----------
    years : range
        The calendar years in which those of this edition end; another is refused.

    Raises
    ------
    SourceError
        A year is written otherwise, missing or unexpected.
    """
    try:
        found = {text: AcademicYear.parse(text) for text in periods.unique()}
    except UsageError as error:
        msg = f"Unreadable time_period in {where}: {error}"
        raise SourceError(msg) from None
    covered = sorted(year.end for year in found.values())
    if covered != list(years):
        msg = (
            f"{where} covers academic years ending {some(covered, most=20)}; expected "
            f"every one from {years[0]} to {years[-1]}. Put back that edition, or teach "
            "the reader the new one."
        )
        raise SourceError(msg)
    return periods.map({text: year.label for text, year in found.items()})


def _by_area(raw: RawFiles, geography: Geography) -> tuple[pd.DataFrame, list[Issue]]:
    published = read_release(
        raw,
        BY_AREA,
        geography,
        calendar=Calendar("Academic year", AcademicYear.parse),
        years=_YEARS,
        values=list(COLUMNS),
        labels=["school_type"],
    )
    phases = phase_columns(published["school_type"], BY_AREA.path)
    table = figures_of(published, phases, BY_AREA)
    table, rounded = _whole(table)
    table, split = _split_years(table, geography)
    _require_sums(table)
    return table, [*rounded, *split, *_open_phases(table)]


def figures_of(
    published: pd.DataFrame,
    breakdowns: pd.DataFrame,
    source: SourceFile,
) -> pd.DataFrame:
    """Observations of the seven published columns, one row per cell.

    Parameters
    ----------
    published : DataFrame
        ``la_code``, ``year`` and the columns named in `COLUMNS`, as text.
    breakdowns : DataFrame, same index
        ``breakdown_type`` and ``breakdown``.

    Raises
    ------
    SourceError
        A cell is neither a number nor a known symbol, or a key stands twice.
    """
    parts = [
        observations(
            published,
            measure=measure,
            figures=split_symbols(published[column], f"{source.path}, {column}", _SYMBOLS),
            source_id=source.source_id,
            breakdown_type=breakdowns["breakdown_type"],
            breakdown=breakdowns["breakdown"],
        )
        for column, measure in COLUMNS.items()
    ]
    table = pd.concat(parts, ignore_index=True)
    require_unique(table, source.path)
    return table


def _whole(table: pd.DataFrame) -> tuple[pd.DataFrame, list[Issue]]:
    """Round the few counts published with a fraction; refuse larger fractions."""
    nearest = table["value"].round()
    broken = (
        table["measure"].isin(COUNTS) & (table["value"] != nearest) & table["value"].notna()
    )
    far = broken & ((table["value"] - nearest).abs() > _MOST_FRACTION)
    if far.any():
        rows = table[far].apply(
            lambda row: f"{row['value']} ({row['la_code']}, {row['year']})", axis=1
        )
        msg = (
            f"{BY_AREA.path} has counts far from a whole number: {some(rows)}. A rate may "
            "stand in a count column; check the release."
        )
        raise SourceError(msg)
    issues = [
        Issue(
            issue_id="exclusions-fractional-count",
            measure=row["measure"],
            la_code=row["la_code"],
            year=row["year"],
            published=f"{row['value']:g}",
            used=f"{row['value']:.0f}",
            why="A count is whole; the published cell carries a stray fraction.",
            status=Status.REPAIRED,
            source_id=row["source_id"],
            breakdown_type=row["breakdown_type"],
            breakdown=row["breakdown"],
        )
        for row in table[broken].to_dict("records")
    ]
    status = table["status"].mask(broken, str(Status.REPAIRED))
    return table.assign(value=table["value"].mask(broken, nearest), status=status), issues


def _split_years(
    table: pd.DataFrame, geography: Geography
) -> tuple[pd.DataFrame, list[Issue]]:
    """Blank what a reorganisation left under the wrong code.

    In 2008/09 the January census still counted pupils under Bedfordshire and Cheshire while
    the year's exclusions were returned by their successors. The zeros printed on either
    side are not counts of anything, and a rate would divide one by the other.
    """
    totals = table[(table["breakdown_type"] == "total") & table["la_code"].str.isdigit()]
    wide = totals.pivot(index=["la_code", "year"], columns="measure", values="value")
    eventful = wide["suspensions"].fillna(1) > 0
    no_pupils = set(wide.index[(wide["pupils"] == 0) & eventful])
    no_events = set(wide.index[(wide["pupils"] >= _LARGE) & ~eventful])
    explained = {
        (old.la_code, year)
        for code, year in no_pupils
        for old in geography.predecessors(code)
        if (old.la_code, year) in no_events
    }
    orphans = {
        key
        for key in no_pupils
        if not any(
            (old.la_code, key[1]) in explained for old in geography.predecessors(key[0])
        )
    }
    strange = sorted(orphans | (no_events - explained))
    if strange:
        msg = (
            f"{BY_AREA.path} has pupils without events or events without pupils for "
            f"{some(f'{geography[code]} in {year}' for code, year in strange)}. Expected "
            "both under one code unless the authority was being split. Check the release."
        )
        raise SourceError(msg)
    at = pd.Series(
        list(zip(table["la_code"], table["year"], strict=True)), index=table.index
    )
    pupils = table["measure"] == "pupils"
    blank = (at.isin(no_pupils) & pupils) | (at.isin(explained) & ~pupils)
    issues = [
        Issue(
            issue_id="exclusions-split-year",
            measure=row["measure"],
            la_code=row["la_code"],
            year=row["year"],
            published=f"{row['value']:g}",
            used="no figure, in total and by phase; no rate is computed",
            why=(
                "The January census counted pupils under the old authority while "
                "exclusions were returned by its successors; the zero is not a count."
            ),
            status=Status.SET_ASIDE,
            source_id=row["source_id"],
        )
        for row in table[blank & (table["breakdown_type"] == "total")].to_dict("records")
    ]
    status = table["status"].mask(blank, str(Status.SET_ASIDE))
    return table.assign(value=table["value"].mask(blank), status=status), issues


def _require_sums(table: pd.DataFrame) -> None:
    """Phases must add up to an authority's total, and authorities to England."""
    counts = table[table["measure"].isin(COUNTS)]
    authorities = counts[counts["la_code"].str.isdigit()]
    wide = authorities.pivot(
        index=["measure", "year", "la_code"], columns="breakdown", values="value"
    ).dropna()
    broken = wide[wide["total"] != wide[["primary", "secondary", "special"]].sum(axis=1)]
    keys = ["measure", "year", "breakdown"]
    grouped = authorities.groupby(keys)["value"]
    hidden = grouped.size() > grouped.count()
    national = counts[counts["la_code"] == ENGLAND].set_index(keys)["value"]
    gap = national - grouped.sum()
    # Suppressed cells can only make the authorities fall short.
    off = gap[(gap < -_MOST_ROUNDING) | ((gap > _MOST_ROUNDING) & ~hidden)]
    wrong = [*broken.index.map(" / ".join), *off.index.map(" / ".join)]
    if wrong:
        msg = (
            f"{BY_AREA.path} does not add up for {some(wrong)}. Expected phases to sum to "
            "the total, and authorities to England within its rounding to 5. Check the "
            "release."
        )
        raise SourceError(msg)


def _open_phases(table: pd.DataFrame) -> list[Issue]:
    """Refuse a total its phases miss by more than rounding, unless it is a known one."""
    wide = ~table["la_code"].str.isdigit()
    issues = []
    for measure in COUNTS:
        rows = table[wide & (table["measure"] == measure)]
        totals, phases = (
            rows[rows["breakdown_type"] == kind] for kind in ("total", "phase")
        )
        most = _MOST_ROUNDING * len(PHASES)
        found = {key: gap for key, gap in gaps(totals, phases).items() if abs(gap) > most}
        known = in_years(_PHASES_LEAVE_OUT.get(measure, {}), table["year"])
        require_known_gaps(found, known, f"Phases of {measure} in {BY_AREA.path}")
        printed = totals.set_index(["year", "la_code"])["value"]
        issues += [
            Issue(
                f"exclusions-phases-do-not-sum-{year}-{area}",
                measure,
                area,
                year,
                f"phases sum to {printed[year, area] - gap:,.0f}, "
                f"total {printed[year, area]:,.0f}",
                "both as published",
                f"Rounding to 5 explains at most {most:.0f} of the {abs(gap):.0f}; where "
                "the others are, the file does not say.",
                Status.OBSERVED,
                BY_AREA.source_id,
                "phase",
                "all",
            )
            for (year, area), gap in found.items()
        ]
    return issues


def _london(table: pd.DataFrame) -> pd.DataFrame:
    """London as Inner plus Outer London, the only London rows published; none of none."""
    parts = table[table["la_code"].isin(LONDON_PARTS) & table["measure"].isin(COUNTS)]
    if parts.empty:
        return parts
    keys = ["year", "breakdown_type", "breakdown", "measure"]
    both = len(LONDON_PARTS)
    summed = parts.groupby(keys)["value"].sum(min_count=both).unstack()
    rates = {name: 100 * summed[count] / summed["pupils"] for name, count in RATES.items()}
    wide = summed.assign(**rates).round(2)
    long = wide.melt(ignore_index=False, var_name="measure").reset_index()
    # Where one of the two is suppressed their sum is too.
    status = long["value"].isna().map({True: Status.SUPPRESSED, False: Status.DERIVED})
    return long.assign(
        la_code=LONDON, status=status.astype(str), source_id=BY_AREA.source_id
    )[list(table.columns)]


SERIES = (Series("exclusions", BY_AREA, alone(read)),)
