"""One row for every authority in being, whatever the release: what is missing says so."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date

import pandas as pd

from highneeds.geography import ENGLAND_CODE, Area, Geography
from highneeds.panel.schema import MEASURES
from highneeds.panel.stored import UNDER_OTHER_CODE
from highneeds.periods import parse_period
from highneeds.sources.contract import OBSERVATION_COLUMNS, Issue, Reading, Status

# The day whose authorities return the figures of a period: month and day of the year in
# which it ends. Flows of a calendar year are returned by the authorities of its last day.
_RETURNED_ON = {
    "january": (1, 15),
    "calendar": (12, 31),
    "mid_year": (6, 30),
    "academic": (1, 15),
    "financial": (3, 31),
}
NO_ROW = "no-row"
_KIND = ["breakdown_type", "breakdown"]
_SAME = 1e-9


def in_being(measure: str, year: str, geography: Geography) -> list[Area]:
    """The authorities that return the figures of a measure for a period."""
    calendar = MEASURES[measure].period_type
    day = date(parse_period(year, calendar).end, *_RETURNED_ON[calendar])
    return [area for area in geography.authorities() if area.existed_on(day)]


def completed(reading: Reading, geography: Geography) -> Reading:
    """A reading with a row for every authority in being, measure and period.

    A release that leaves an authority out gives it rows without a value, ``unavailable``,
    and an issue; where the figure of its region or of England is the sum of the others
    alone, an issue says so there. A category no authority row is printed for stays absent:
    in such tables that means none.
    """
    added = _missing_rows(reading.observations, geography)
    found = pd.concat([reading.observations, added], ignore_index=True)
    issues = [*_no_row(added, found, geography), *_left_out(found, geography)]
    return Reading(found, (*reading.issues, *issues), reading.companions)


def _missing_rows(found: pd.DataFrame, geography: Geography) -> pd.DataFrame:
    """Rows of the authorities a release leaves out, without values."""
    local = found[found["la_code"].str.isdigit()]
    parts = [found.iloc[:0]]
    for (measure, year), rows in local.groupby(["measure", "year"], sort=True):
        total = rows[rows["breakdown_type"] == "total"]
        have = set((total if len(total) else rows)["la_code"])
        absent = [
            area.la_code
            for area in in_being(str(measure), str(year), geography)
            if area.la_code not in have
        ]
        if absent:
            kinds = rows.groupby(_KIND, as_index=False)["source_id"].agg(_commonest)
            every = kinds.merge(pd.DataFrame({"la_code": absent}), how="cross")
            parts.append(every.assign(measure=measure, year=year))
    missing = pd.concat(parts, ignore_index=True)
    missing["value"], missing["status"] = float("nan"), str(Status.UNAVAILABLE)
    keys = ["la_code", "year", "measure", *_KIND]
    known = pd.MultiIndex.from_frame(missing[keys]).isin(
        pd.MultiIndex.from_frame(found[keys])
    )
    return missing.loc[~known, list(OBSERVATION_COLUMNS)]


def _commonest(source_ids: pd.Series) -> str:
    return str(source_ids.mode().iloc[0])


def _no_row(
    added: pd.DataFrame, found: pd.DataFrame, geography: Geography
) -> Iterator[Issue]:
    """An issue for each authority a release leaves out, over its measures."""
    have = found[found["value"].notna()].groupby(["measure", "year"])["la_code"].agg(set)
    key = ["source_id", "year", "la_code"]
    # The total first, where a measure has one: an issue of it stands for every breakdown.
    first = added.assign(part=added["breakdown_type"] != "total").sort_values("part")
    cells = first.drop_duplicates([*key, "measure"]).sort_values([*key, "measure"])
    there = [
        have.get(pair, set()) for pair in zip(cells["measure"], cells["year"], strict=True)
    ]
    cells["other"] = [
        _others(geography[code], codes, geography)
        for code, codes in zip(cells["la_code"], there, strict=True)
    ]
    for names, rows in cells.groupby([*key, "other"], sort=True):
        source_id, year, la_code, other = map(str, names)
        elsewhere = f" It is given for {other}, in its place." if other else ""
        kind = UNDER_OTHER_CODE if other else NO_ROW
        yield Issue(
            issue_id=f"{kind}-{source_id}-{year}-{la_code}",
            measure="; ".join(rows["measure"]),
            la_code=la_code,
            year=year,
            published="",
            used="",
            why=f"The release has no row for {geography[la_code].name}.{elsewhere}",
            status=str(Status.UNAVAILABLE),
            source_id=source_id,
            **_where(rows),
        )


def _others(area: Area, have: set[str], geography: Geography) -> str:
    """The codes of before or after a reorganisation that the figures stand under."""
    linked = (
        *geography.predecessors(area.la_code),
        *geography.successors(area.la_code),
    )
    return " and ".join(str(one) for one in linked if one.la_code in have)


def _where(rows: pd.DataFrame) -> Mapping[str, str]:
    if (rows["breakdown_type"] == "total").any():
        return {}
    return {"breakdown_type": rows["breakdown_type"].iloc[0], "breakdown": "all"}


def _left_out(found: pd.DataFrame, geography: Geography) -> Iterator[Issue]:
    """An issue for each region and England that is the sum of the rest alone."""
    additive = {name for name, one in MEASURES.items() if one.additive}
    rows = found[(found["breakdown_type"] == "total") & found["measure"].isin(additive)]
    local = rows["la_code"].str.isdigit()
    wholes = {
        (row["measure"], row["year"], row["la_code"]): row
        for row in rows[~local & rows["value"].notna()].to_dict("records")
    }
    regions = rows.loc[local, "la_code"].map(lambda code: geography[code].region_code)
    parts = pd.concat(
        [
            rows[local].assign(whole=regions),
            rows[local].assign(whole=ENGLAND_CODE),
        ]
    )
    short: dict[tuple[str, ...], list[str]] = {}
    for key, members in parts.groupby(["measure", "year", "whole"], sort=True):
        measure, year, code = map(str, key)
        there = {area.la_code for area in in_being(measure, year, geography)}
        absent = members["status"] == Status.UNAVAILABLE
        without = sorted(there & set(members.loc[absent, "la_code"]))
        whole = wholes.get((measure, year, code))
        if not without or whole is None:
            continue
        rest = members["value"].sum()
        if abs(whole["value"] - rest) <= _SAME * abs(rest):
            names = _named([geography[one].name for one in without])
            place = (str(whole["source_id"]), year, code, names, str(whole["status"]))
            short.setdefault(place, []).append(measure)
    for (source_id, year, code, names, status), measures in short.items():
        yield Issue(
            issue_id=f"left-out-{source_id}-{year}-{code}",
            measure="; ".join(measures),
            la_code=code,
            year=year,
            published="the sum of the authorities with a figure",
            used="the same",
            why=f"It is the sum of the others: nothing in it for {names}.",
            status=status,
            source_id=source_id,
        )


def _named(names: list[str]) -> str:
    *others, last = names
    return f"{', '.join(others)} and {last}" if others else last
