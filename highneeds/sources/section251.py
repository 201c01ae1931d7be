"""Section 251 returns: what authorities planned and spent on high needs.

The net series of lines 1.2.1 to 1.2.13 is read here; line detail, which is published for
single years only, in ``section251_lines`` and ``section251_extracts``.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from highneeds.errors import SourceError, some
from highneeds.files import Text, json_of
from highneeds.geography import ENGLAND_CODE, EVERY_AREA, Geography
from highneeds.periods import FinancialYear
from highneeds.sources import section251_extracts, section251_lines
from highneeds.sources.contract import (
    LICENCE,
    Issue,
    Reading,
    SourceFile,
    Status,
    area_observations,
)
from highneeds.sources.files import RawFiles
from highneeds.sources.matching import codes_of_ons, in_being, require_names_agree
from highneeds.sources.money import require_no_leap, require_unit
from highneeds.sources.releases import Layout
from highneeds.sources.series import Series
from highneeds.words import plural

MEASURE = "s251_high_needs_net_gbp"
_YEARS = tuple(FinancialYear(end) for end in range(2018, 2026))
_GROUP = "High needs (SEND)"
_GROUPS = {
    _GROUP,
    "Schools block",
    "Central school services",
    "Early years",
    "Other education & community",
}
_TYPICAL = (5e6, 5e8)


def _net_file(year: FinancialYear) -> SourceFile:
    return SourceFile(
        f"s251_net_{year.label.replace('-', '_')}",
        # Files are named by the calendar year in which the financial year begins.
        f"finance/s251_outturn_net_groups_json/s251_lookup_{year.end - 1}.json",
        f"Section 251 outturn {year.label}: net spending of authorities, summed by group",
        "Department for Education; grouped by a public budget project",
        year.label,
        note="Lines 1.2.1 to 1.2.13, net of income. No place funding.",
        licence=f"{LICENCE} (figures); MIT (grouping)",
    )


_AMOUNT = Field(ge=-1e12, le=1e12, allow_inf_nan=False)
_STRICT = ConfigDict(strict=True, frozen=True)


class NetGroup(BaseModel):
    """Net spending of one authority under one group of lines, in pounds."""

    model_config = _STRICT

    name: str
    value: float = _AMOUNT


class NetEntry(BaseModel):
    """What the file says of one authority; other keys are no matter."""

    model_config = _STRICT

    la_name: str
    la_code: str
    year: int | str
    education_breakdown: list[NetGroup]
    total: float = _AMOUNT


_ENTRIES = TypeAdapter(dict[str, NetEntry])
NET_FILES = {year.label: _net_file(year) for year in _YEARS}
FILES = (*NET_FILES.values(), *section251_lines.FILES, *section251_extracts.FILES)


def read(raw: RawFiles, geography: Geography) -> Reading:
    """Read every section 251 series.

    Returns
    -------
    Reading
        Authorities by financial year, in cash pounds; England where every authority of
        the year is present (derived) or where published. Sums by others are derived.

    Raises
    ------
    SourceError
        A heading, code, unit or sum is not as the release describes.
    """
    parts = [
        _read_net(raw, geography),
        section251_lines.read(raw, geography),
        section251_extracts.read(raw, geography),
    ]
    tables = pd.concat([part.observations for part in parts], ignore_index=True)
    return Reading(tables, [issue for part in parts for issue in part.issues])


def _read_net(raw: RawFiles, geography: Geography) -> Reading:
    readings: list[Reading] = []
    previous: pd.Series | None = None
    for label, source in NET_FILES.items():
        year = FinancialYear.parse(label)
        readings.append(read_net_of_year(raw, source, geography, year, previous))
        found = readings[-1].observations
        found = found[found["la_code"] != ENGLAND_CODE]
        previous = found.set_index("la_code")["value"]
    tables = pd.concat([one.observations for one in readings], ignore_index=True)
    return Reading(tables, [issue for one in readings for issue in one.issues])


def read_net_of_year(
    raw: RawFiles,
    source: SourceFile,
    geography: Geography,
    year: FinancialYear,
    previous: pd.Series | None,
) -> Reading:
    """Read the net high needs spending of one year.

    Parameters
    ----------
    previous : Series by DfE code, or None
        Pounds of the year before, from which no figure may leap a hundredfold.

    Returns
    -------
    Reading
        Authorities, and England where none is absent, in cash pounds; all derived, for
        the publisher gives lines and others summed them.

    Raises
    ------
    SourceError
        A group, code, year, unit or sum is not as the file is described.
    """
    figures = _net_of_year(raw, source, geography, year)
    if previous is not None:
        require_no_leap(previous, figures, source.path)
    absent = sorted(figures[figures.isna()].index)
    total, label, source_id = figures.sum(), year.label, source.source_id
    england = pd.Series({ENGLAND_CODE: np.nan if absent else total})
    tables = [
        area_observations(england, label, MEASURE, source_id, status=Status.DERIVED),
        area_observations(figures, label, MEASURE, source_id, status=Status.DERIVED),
    ]
    issues = [_issue(code, label, source_id, "", _WHY_ABSENT) for code in absent]
    issues.append(_summed_by_others(label, source_id))
    if absent:
        present = len(figures) - len(absent)
        why = (
            f"Only {present} of {len(figures)} authorities are in the file, so their "
            f"sum, £{total:,.0f}, is not England. Compare growth over the same "
            "authorities."
        )
        published = f"{total:.0f} ({present} added)"
        issues.append(_issue(ENGLAND_CODE, label, source_id, published, why))
    return Reading(pd.concat(tables, ignore_index=True), issues)


_WHY_ABSENT = (
    "Not in the file, or no high needs group there: zero, negative or suppressed values "
    "were dropped when the groups were summed."
)


def _summed_by_others(year: str, source_id: str) -> Issue:
    return Issue(
        issue_id=f"s251-net-{year}-summed-by-others",
        measure=MEASURE,
        la_code=EVERY_AREA,
        year=year,
        published="lines 1.2.1 to 1.2.13, net",
        used="their sum, as a public budget project made it",
        why="The sum is not the publisher's; suppressed lines were left out of it.",
        status=str(Status.DERIVED),
        source_id=source_id,
    )


def _issue(la_code: str, year: str, source_id: str, published: str, why: str) -> Issue:
    return Issue(
        issue_id=f"s251-net-{year}-{la_code}",
        measure=MEASURE,
        la_code=la_code,
        year=year,
        published=published,
        used="",
        why=why,
        status=str(Status.UNAVAILABLE),
        source_id=source_id,
    )


def _net_of_year(
    raw: RawFiles, source: SourceFile, geography: Geography, year: FinancialYear
) -> pd.Series:
    """Net pounds of every authority of the year, NaN where the file has no figure."""
    entries = entries_of(raw.text(source))
    wrong = sorted({str(entry.year) for entry in entries} - {str(year.end - 1)})
    if wrong:
        msg = (
            f"{source.path} has entries of {some(wrong)}; expected {year.end - 1}, the "
            f"calendar year in which {year} begins. The file may have been renamed."
        )
        raise SourceError(msg)
    codes = codes_of_ons([entry.la_code for entry in entries], geography, source.path)
    names = [entry.la_name for entry in entries]
    require_names_agree(codes, names, geography, year, source.path)
    found = pd.Series([_net(entry, source.path) for entry in entries], index=codes)
    strangers = sorted(set(codes) - in_being(geography, year))
    if strangers or found.index.has_duplicates:
        repeated = sorted(set(found.index[found.index.duplicated()]))
        msg = (
            f"{source.path} has authorities that did not exist in {year} "
            f"({some(strangers) or 'none'}) or that stand twice "
            f"({some(repeated) or 'none'}). Expected each authority of the year once."
        )
        raise SourceError(msg)
    require_unit(found.dropna(), "£", _TYPICAL, f"{source.path}, {_GROUP}")
    return found.reindex(sorted(in_being(geography, year)))


def entries_of(text: Text) -> list[NetEntry]:
    """The entries of a file of net spending, one an authority.

    Raises
    ------
    SourceError
        It is not JSON, or an entry lacks a key or has another kind of value under it.
    """
    published = json_of(text, "a table (JSON)", SourceError)
    try:
        return list(_ENTRIES.validate_python(published).values())
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"])) or "all of it"
        msg = (
            f"{text.name} is not the expected list of authorities: "
            f"{plural(error.error_count(), 'fault')}, the first at {place}: "
            f"{first['msg']}. Expected, for each ONS code, "
            f"{', '.join(NetEntry.model_fields)}. Download it again."
        )
        raise SourceError(msg) from None


def _net(entry: NetEntry, where: str) -> float:
    groups = {group.name: group.value for group in entry.education_breakdown}
    unknown = sorted(set(groups) - _GROUPS)
    if unknown:
        msg = (
            f"Unknown group in {where}: {some(unknown)}, for {entry.la_name}. Expected "
            f"{', '.join(sorted(_GROUPS))}. A renamed group would look like no spending."
        )
        raise SourceError(msg)
    if abs(sum(groups.values()) - entry.total) > 1:  # each value is rounded to £1
        msg = (
            f"The groups of {entry.la_name} in {where} add up to "
            f"{sum(groups.values()):,}; its total says {entry.total:,}. Download the "
            "file again."
        )
        raise SourceError(msg)
    value = groups.get(_GROUP)
    return np.nan if value is None else float(value)


def _net_alone(raw: RawFiles, geography: Geography, held: pd.DataFrame) -> Reading:
    year = FinancialYear(raw.years(_NET, range(0)).start)
    before = held[
        (held["measure"] == _FORM.measure)
        & (held["year"] == year.shift(-1).label)
        & (held["geography_level"] == "la")
    ].set_index("la_code")["value"]
    return read_net_of_year(raw, _NET, geography, year, before if len(before) else None)


_NET = NET_FILES["2024-25"]
_FORM = Layout(
    "s251_net",
    _NET.source_id,
    "Section 251 outturn, net spending by group",
    ["la_name", "la_code", "year", "education_breakdown", "total"],
    frozenset(),
    "Financial year",
    "s251_high_needs_net_gbp",
    "financial",
    yearly=True,
)
SERIES = (Series("s251_net", _NET, _net_alone, _FORM),)
