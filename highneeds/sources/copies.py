"""Figures copied from a release where its files are not held, read as the release itself.

A copy has some of the rows of a published table: the authorities' in one file, England's in
more detail in another. Put together in the publisher's form they go through the reader of
that table and all of its checks, and every figure cites the copy it stands in.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import pandas as pd

from highneeds.errors import SourceError, some
from highneeds.sources.contract import ENGLAND, Reading, SourceFile, require_columns
from highneeds.sources.files import RawFiles, StandIn

_RELEASE = "Education, health and care plans, Reporting year 2026"
_PUBLISHER = "Department for Education"
_FOLDER = "education/dfe-ehcp-2026"
_TOTAL = "total"
# Sums of settings that the copy of authorities gives in its total rows alone.
_ON_TOTALS = (
    "mainstream_resourced_provision",
    "mainstream_senunit",
    "specialist_post_16_institutions",
    "elective_home_education",
    "other_arrangements",
)


def _copied(name: str, file: str, table: str, rows: str, publication: str) -> SourceFile:
    return SourceFile(
        f"sen2_2026_{name}_copied",
        f"{_FOLDER}/{file}",
        publication,
        _PUBLISHER,
        "June 2026, figures copied",
        f"Figures of {table}, copied; not the publisher's file. {rows}",
    )


@dataclass(frozen=True)
class Copy:
    """The two copies of a published table, and the years (period ends) they hold."""

    areas: SourceFile
    england: SourceFile
    years: range

    @property
    def files(self) -> tuple[SourceFile, ...]:
        """The copies, each once."""
        return tuple(dict.fromkeys((self.areas, self.england)))


CASELOAD = Copy(
    _copied(
        *("caseload_areas", "caseload_202526_areas_age_placement.csv", "caseload.csv"),
        "January 2026: authorities and regions by age and placement.",
        _RELEASE,
    ),
    _copied(
        *("caseload_england", "caseload_national_202526_extract.csv", "caseload.csv"),
        "January 2026: England by age and setting.",
        _RELEASE,
    ),
    range(2026, 2027),
)
NEW_PLANS = Copy(
    _copied(
        *("new_plans_areas", "newplans_2025_totals.csv", "newplans.csv"),
        "Calendar 2025: the total row of every area, by placement.",
        _RELEASE,
    ),
    _copied(
        *("new_plans_england", "newplans_national_2025_extract.csv", "newplans.csv"),
        "Calendar 2025: England by age and placement.",
        _RELEASE,
    ),
    range(2025, 2026),
)
CEASED_PLANS = Copy(
    _copied(
        *("ceased_plans_areas", "ceased_2025_totals.csv", "ceased_plans.csv"),
        "Calendar 2025: the total row of every area, by reason.",
        _RELEASE,
    ),
    _copied(
        *("ceased_plans_england", "ceased_national_2025.csv", "ceased_plans.csv"),
        "Calendar 2025: England by age and reason.",
        _RELEASE,
    ),
    range(2025, 2026),
)
REQUESTS = Copy(
    _copied(
        *("requests_areas", "requests_2025_totals.csv", "requests.csv"),
        "Calendar 2025: the total row of every area.",
        _RELEASE,
    ),
    _copied(
        *("requests_england", "requests_national_2025_extract.csv", "requests.csv"),
        "Calendar 2025: England's total row, as in the copy of the areas.",
        _RELEASE,
    ),
    range(2025, 2026),
)
_DECISIONS = replace(
    _copied(
        "appealable_decisions",
        "SEND_appealable_decisions_rate_2024-2025.csv",
        "SEND appealable decisions rate 2024-2025",
        "Calendar 2024 and 2025; footnotes left out.",
        f"SEND appealable decisions rate 2024-2025, supporting file of {_RELEASE}",
    ),
    source_id="tribunal_decisions_2026_copied",
    publisher="Ministry of Justice and Department for Education",
)
DECISIONS = Copy(_DECISIONS, _DECISIONS, range(2024, 2026))
ALL = (CASELOAD, NEW_PLANS, CEASED_PLANS, REQUESTS, DECISIONS)


def is_copy(source_id: str) -> bool:
    """Whether a source is figures copied from a release and not the publisher's file."""
    return any(source_id == one.source_id for copy in ALL for one in copy.files)


def reading(
    raw: RawFiles,
    copy: Copy,
    base: SourceFile,
    table: pd.DataFrame,
    read: Callable[[RawFiles], Reading],
) -> Reading:
    """What a reader makes of a copied table, citing the copies.

    Parameters
    ----------
    base : SourceFile
        The edition that `read` follows, in whose place the table stands.
    table : DataFrame of text
        The copies in the publisher's form: `caseload`, `flows` or a file as it is.

    Raises
    ------
    SourceError
        As the reader, naming the copy.
    """
    stand_in = StandIn(raw.path(copy.areas), base, copy.years, table, copied=True)
    try:
        found = read(stand_in)
    except SourceError as error:
        raise SourceError(str(error).replace(base.path, copy.areas.path)) from None
    observed = found.observations
    mine = observed["source_id"] == base.source_id
    cited = {True: copy.england.source_id, False: copy.areas.source_id}
    source_id = (observed["la_code"] == ENGLAND).map(cited)
    issues = [
        replace(issue, source_id=cited[issue.la_code == ENGLAND])
        if issue.source_id == base.source_id
        else issue
        for issue in found.issues
    ]
    observed = observed.assign(source_id=observed["source_id"].mask(mine, source_id))
    return Reading(observed, issues)


def caseload(raw: RawFiles) -> pd.DataFrame:
    """January 2026 in the publisher's form: authorities by age, England also by setting.

    A setting that the copy of authorities does not have is NaN there, not blank.

    Raises
    ------
    SourceError
        An authority that stands in both copies has another figure in one of them.
    """
    areas, england = (raw.read_csv(one) for one in CASELOAD.files)
    labels = ["old_la_code", "new_la_code", "breakdown"]
    require_columns(areas, [*labels, *_ON_TOTALS], CASELOAD.areas.path)
    wide = ["time_period", "time_identifier", "geographic_level", "breakdown_topic"]
    require_columns(england, [*labels, *wide, "la_name"], CASELOAD.england.path)
    total = areas["breakdown"] == _TOTAL
    areas = areas.assign(**{name: areas[name].where(total) for name in _ON_TOTALS})
    national = england["geographic_level"] == "National"
    _require_same(areas[total], england[~national])
    england = england[national]
    aged = england.loc[england["breakdown"].str.startswith("age"), "breakdown_topic"]
    if len(set(aged)) != 1:
        there = some(map(repr, sorted(set(aged)))) or "no topic"
        msg = (
            f"{CASELOAD.england.path} has England's ages under {there}. Expected rows of "
            "England by age, under one topic. Compare the copy with the release."
        )
        raise SourceError(msg)
    ages = aged.iloc[0]
    region = areas["old_la_code"] == ""
    areas = areas.assign(
        time_period=england["time_period"].iloc[0],
        time_identifier=england["time_identifier"].iloc[0],
        geographic_level=region.map({True: "Regional", False: "Local authority"}),
        region_code=areas["new_la_code"].where(region, ""),
        breakdown_topic=total.map({True: "All EHC plans", False: ages}),
    )
    return pd.concat([areas, england], ignore_index=True)


def _require_same(areas: pd.DataFrame, others: pd.DataFrame) -> None:
    shared = [name for name in others if name in areas and name != "breakdown"]
    both = areas.merge(others[shared], how="right", indicator="there", on=shared)
    apart = both.loc[both["there"] != "both", "la_name"]
    if len(apart):
        msg = (
            f"{CASELOAD.england.path} and {CASELOAD.areas.path} differ in {some(apart)}. "
            "Expected the same figures in both copies. Compare them with the release."
        )
        raise SourceError(msg)


def flows(raw: RawFiles, copy: Copy) -> pd.DataFrame:
    """A calendar year in the publisher's form: every area's total, England by age too."""
    tables = [raw.read_csv(one) for one in copy.files]
    apart = {*tables[0]} ^ {*tables[-1]}
    if apart:
        msg = (
            f"{copy.england.path} and {copy.areas.path} have not the same columns: one "
            f"alone has {some(sorted(apart))}. Expected those of one published table in "
            "both copies. Compare them with the release."
        )
        raise SourceError(msg)
    both = pd.concat(tables, ignore_index=True)
    require_columns(both, ["time_period"], copy.areas.path)
    newest = both["time_period"] == both["time_period"].max()
    # England's total stands in both copies; one that differs is refused as a row twice.
    return both[newest].drop_duplicates()
