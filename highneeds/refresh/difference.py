"""What changed between two releases, and what kind of change each is.

A figure is compared with the one of the same key: area, year, measure and breakdown. Where
the two releases do not share a period, an area or a breakdown, that is said as such and not
taken for a revision.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from highneeds.errors import some
from highneeds.geography import Geography
from highneeds.sources.contract import ENGLAND, KEY, Status

REVISION, REPAIR = "revision", "repaired here"
NEW_PERIOD, DROPPED_PERIOD = "new period", "dropped period"
BOUNDARY, DEFINITION = "boundary change", "definition change"
KINDS = (REVISION, REPAIR, BOUNDARY, DEFINITION, NEW_PERIOD, DROPPED_PERIOD)
COLUMNS = (
    *("kind", "measure", "breakdown_type", "breakdown", "year", "la_code", "la_name"),
    *("old", "new", "change", "old_status", "new_status", "why"),
)
# A figure that moves in most authorities at once was counted otherwise, not corrected.
_REPAIRED = {str(one) for one in (Status.REPAIRED, Status.ESTIMATED, Status.WITHDRAWN)}
_MOST_REVISED, _FEWEST_AUTHORITIES = 0.5, 10
_SERIES = ["measure", "breakdown_type"]
_PERIOD = [*_SERIES, "year"]


def compare(old: pd.DataFrame, new: pd.DataFrame, geography: Geography) -> pd.DataFrame:
    """Every figure that is not the same in two releases, with the kind of change.

    Parameters
    ----------
    old, new : DataFrame
        Observations (or stored rows) of the two releases.

    Returns
    -------
    DataFrame
        Columns `COLUMNS`; ``old``, ``new`` and ``change`` in the measure's unit, NaN where
        there is no figure. Series that only one release has are left out: see `unshared`.
        Empty where the releases agree.
    """
    shared = _series(old) & _series(new)
    sides = {"old": _kept(old, shared), "new": _kept(new, shared)}
    both = sides["old"].merge(
        sides["new"],
        on=KEY,
        how="outer",
        suffixes=("_old", "_new"),
        indicator="side",
        validate="one_to_one",
    )
    before, after = both["value_old"], both["value_new"]
    same_value = before.eq(after) | (before.isna() & after.isna())
    # With a figure on both sides the status only tells how it was come by.
    same_status = both["status_old"].eq(both["status_new"]) | before.notna()
    # A row that only one release has, without a figure, says nothing new.
    alone = (both["side"] != "both") & (before.notna() | after.notna())
    differs = (both["side"] == "both") & ~(same_value & same_status) | alone
    redefined = _redefined(both)
    changes = both[differs].assign(
        kind=REVISION, why="figure changed", redefined=redefined[differs]
    )
    changes = _explained(changes, sides, geography)
    names = {code: area.name for code, area in geography.areas.items()}
    changes["la_name"] = changes["la_code"].map(names)
    changes["change"] = changes["value_new"] - changes["value_old"]
    renamed = {f"{what}_{side}": name for what, side, name in _RENAMED}
    changes = changes.rename(columns=renamed)
    order = pd.Categorical(changes["kind"], categories=list(KINDS), ordered=True)
    by = ["kind", "measure", "year", "breakdown_type", "breakdown", "la_code"]
    changes = changes.assign(kind=order).sort_values(by, ignore_index=True)
    return changes.assign(kind=changes["kind"].astype(str))[list(COLUMNS)]


_RENAMED = (
    ("value", "old", "old"),
    ("value", "new", "new"),
    ("status", "old", "old_status"),
    ("status", "new", "new_status"),
)


def unshared(old: pd.DataFrame, new: pd.DataFrame) -> tuple[list[str], list[str]]:
    """Series that only the old release has, and those that only the new one has."""
    mine, theirs = _series(old), _series(new)
    return _words(mine - theirs), _words(theirs - mine)


def describe(old: pd.DataFrame, new: pd.DataFrame) -> list[str]:
    """What two releases share: authority-years by series, and series only one has."""
    columns = [*_PERIOD, "la_code"]
    sides = [
        one.loc[one["la_code"].str.isdigit(), columns].drop_duplicates()
        for one in (old, new)
    ]
    both = sides[0].merge(sides[1], on=columns, validate="one_to_one")
    years = both.groupby(_SERIES)["year"].agg(["size", "min", "max"]).reset_index()
    shared = {
        (measure, kind): f"{count:,} authority-years shared, {first} to {last}"
        for measure, kind, count, first, last in years.itertuples(index=False, name=None)
    }
    lines = []
    for measure, kind in sorted(_series(old) & _series(new)):
        found = shared.get((measure, kind), "no authority-year shared")
        lines.append(f"{measure} by {kind}: {found}")
    for which, series in zip(("old", "new"), unshared(old, new), strict=True):
        lines += [f"only in the {which} release: {name}" for name in series]
    return lines


def summary(changes: pd.DataFrame) -> pd.DataFrame:
    """Changes counted by kind, series and year, with England's figures where it has one.

    Returns
    -------
    DataFrame
        ``kind``, ``measure``, ``breakdown_type``, ``year``, ``authorities`` (number with a
        change), ``figures`` (number changed), and ``england_old``, ``england_new`` of the
        total. Dropped years stand together.
    """
    by = ["kind", *_PERIOD]
    spans = changes.groupby([*_SERIES, "kind"])["year"].transform(_span)
    dropped = changes["kind"] == DROPPED_PERIOD
    changes = changes.assign(year=spans.where(dropped, changes["year"]))
    local = changes["la_code"].where(changes["la_code"].str.isdigit())
    found = (
        changes.assign(local=local)
        .groupby(by, sort=False)
        .agg(authorities=("local", "nunique"), figures=("la_code", "size"))
        .reset_index()
    )
    england = changes[
        (changes["la_code"] == ENGLAND)
        & (changes["breakdown"] == "total")
        & (changes["kind"] != DROPPED_PERIOD)
    ]
    england = england.rename(columns={"old": "england_old", "new": "england_new"})
    return found.merge(
        england[[*by, "england_old", "england_new"]],
        on=by,
        how="left",
        validate="one_to_one",
    )


def lost(changes: pd.DataFrame) -> pd.DataFrame:
    """Changes that leave no figure where there was one, in an area that still is one."""
    gone = changes["old"].notna() & changes["new"].isna()
    return changes[gone & ~changes["kind"].isin([DROPPED_PERIOD, BOUNDARY])]


def cells(changes: pd.DataFrame) -> str:
    """The first changes in words, and how many more there are."""
    return some(
        f"{row['measure']} {row['breakdown_type']}/{row['breakdown']} of {row['la_name']} "
        f"({row['la_code']}) {row['year']}: {_figure(row, 'old')}, "
        f"now {_figure(row, 'new')}"
        for row in changes.to_dict("records")
    )


def _figure(row: Mapping[Any, Any], side: str) -> str:
    """A figure of one side of a change; without one, the reason."""
    value, status = row[side], row[f"{side}_status"]
    if not pd.isna(value):
        return f"{value:,.15g}"
    return f"none ({status})" if isinstance(status, str) else "none"


def _span(years: pd.Series) -> str:
    first, last = years.min(), years.max()
    return first if first == last else f"{first} to {last}"


def _explained(
    changes: pd.DataFrame, sides: dict[str, pd.DataFrame], geography: Geography
) -> pd.DataFrame:
    """The kind of each change and the reason, the most general reason first."""
    kind = changes["kind"].to_numpy(dtype=object, copy=True)
    why = changes["why"].to_numpy(dtype=object, copy=True)
    left = np.ones(len(changes), dtype=bool)

    def explain(rows: np.ndarray, name: str, words: str | np.ndarray) -> None:
        chosen = rows & left
        kind[chosen] = name
        why[chosen] = words if isinstance(words, str) else words[chosen]
        left[chosen] = False

    alone = {
        "new": (changes["side"] == "right_only").to_numpy(),
        "old": (changes["side"] == "left_only").to_numpy(),
    }
    for side, name in (("new", NEW_PERIOD), ("old", DROPPED_PERIOD)):
        other = sides["old" if side == "new" else "new"]
        missing = alone[side] & ~_has(changes, other, _PERIOD)
        explain(missing, name, f"period only in the {side} release")
    for side in ("new", "old"):
        other = sides["old" if side == "new" else "new"]
        breakdown = alone[side] & ~_has(changes, other, [*_PERIOD, "breakdown"])
        explain(breakdown, DEFINITION, f"breakdown only in the {side} release")
        area = alone[side] & ~_has(changes, other, [*_PERIOD, "la_code"])
        links = changes["la_code"].map(_links(changes.loc[area, "la_code"], geography))
        explain(area & links.notna().to_numpy(), BOUNDARY, links.to_numpy(dtype=object))
        explain(area, REVISION, f"area only in the {side} release")
        explain(alone[side], REVISION, f"figure only in the {side} release")
    repaired = changes["status_old"].isin(_REPAIRED) | changes["status_new"].isin(_REPAIRED)
    explain(repaired.to_numpy(), REPAIR, "see `highneeds data issues`, not a revision")
    neither = changes["value_old"].isna() & changes["value_new"].isna()
    explain(neither.to_numpy(), REVISION, "another reason for no figure")
    lost = changes["value_old"].notna() & changes["value_new"].isna()
    given = changes["value_old"].isna() & changes["value_new"].notna()
    explain(
        changes["redefined"].to_numpy(dtype=bool),
        DEFINITION,
        "changed in at least half of the authorities at once",
    )
    explain(lost.to_numpy(), REVISION, "figure withdrawn or withheld")
    explain(given.to_numpy(), REVISION, "figure given where there was none")
    return changes.assign(kind=kind, why=why)


def _redefined(both: pd.DataFrame) -> pd.Series:
    """Rows of a breakdown and year that changed in most authorities at once."""
    by = [*_PERIOD, "breakdown"]
    valued = (
        (both["side"] == "both") & both["value_old"].notna() & both["value_new"].notna()
    )
    local = valued & both["la_code"].str.isdigit()
    moved = (both["value_old"] != both["value_new"]) & local
    groups = both.assign(local=local, moved=moved).groupby(by)
    size, changed = groups["local"].transform("sum"), groups["moved"].transform("sum")
    return valued & (size >= _FEWEST_AUTHORITIES) & (changed >= _MOST_REVISED * size)


def _links(codes: Iterable[str], geography: Geography) -> dict[str, str]:
    """For each area that was reorganised: what it came from and what it became."""
    found = {}
    for code in set(codes):
        before = [str(area) for area in geography.predecessors(code)]
        after = [str(area) for area in geography.successors(code)]
        words = [
            *([f"came from {', '.join(before)}"] if before else []),
            *([f"became {', '.join(after)}"] if after else []),
        ]
        if words:
            found[code] = "; ".join(words)
    return found


def _has(changes: pd.DataFrame, other: pd.DataFrame, columns: list[str]) -> np.ndarray:
    """Which changes have their key in the other release."""
    known = pd.MultiIndex.from_frame(other[columns]).unique()
    return np.asarray(pd.MultiIndex.from_frame(changes[columns]).isin(known))


def _series(rows: pd.DataFrame) -> set[tuple[str, str]]:
    return set(rows[_SERIES].drop_duplicates().itertuples(index=False, name=None))


def _kept(rows: pd.DataFrame, series: set[tuple[str, str]]) -> pd.DataFrame:
    chosen = pd.MultiIndex.from_frame(rows[_SERIES]).isin(list(series))
    return rows.loc[chosen, [*KEY, "value", "status"]]


def _words(series: Iterable[tuple[str, str]]) -> list[str]:
    return sorted(f"{measure} by {kind}" for measure, kind in series)
