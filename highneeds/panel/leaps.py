"""What of a new edition does not look like what is held: leaps, exchanges, rows left out.

None of it is proof. A figure may have leapt, an authority may have sent nothing. It is
named, and the edition is taken when the user says that it is meant.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, cast

import numpy as np
import pandas as pd

from highneeds.errors import some
from highneeds.geography import ENGLAND_CODE, Geography
from highneeds.panel.complete import NO_ROW
from highneeds.panel.measure import Measure
from highneeds.panel.rates import looks_like
from highneeds.panel.schema import MEASURES
from highneeds.periods import parse_period
from highneeds.sources.contract import Issue

# England's totals have moved by at most 1.7 in a year where nothing was redefined, and an
# authority's by more than six only where a return was partial.
_ENGLAND, _AUTHORITY = 3.0, 6.0
# Below these a leap of an authority is a matter of a few children.
_PERCENT = "%"
_FEW = {_PERCENT: 20.0, "£": 500_000.0}
_FEW_COUNTED = 100.0
# In a column shifted by a row most figures are nearer to those of the row before or after.
_SHIFTED, _FEWEST_ROWS = 0.55, 20
# Two figures exchanged are far from their own and near each other's: half as much again,
# and within a tenth.
_APART, _ALIKE = np.log(1.5), np.log(1.1)
# Two parts exchanged are a third as far from what the other was, or less, as from what they
# were: differences of square roots squared and summed over authorities, and by more than
# chance does of counts. Of all that is held only two look so: terms of 2020/21, in one of
# which schools were closed, and education at home in 2020, first told apart then.
_NEARER, _CHANCE, _FEWEST_AREAS = 1 / 3, 10.0, 5
# Or their sums over authorities are exchanged as two figures are, and they are nearer so: a
# quarter less far. Of all that is held no more look so.
_NEARER_SO = 3 / 4
_WRONG_CODE = "-wrong-code"
_SERIES = ["measure", "breakdown_type", "breakdown"]
_CELL = [*_SERIES, "la_code"]
_KEY = [*_CELL, "year"]
_ALL = "all together"


def doubtful(
    rows: pd.DataFrame, held: pd.DataFrame, order: Iterable[str], geography: Geography
) -> list[str]:
    """Figures of an edition that are far from those they follow, in sentences' parts.

    A figure of a period held is looked at beside the one held, another beside that of the
    period before.

    Parameters
    ----------
    rows, held : DataFrame
        Stored rows of the edition, and of the tables in use.
    order : iterable of str
        Codes of the authorities in the order in which the file has them.
    """
    parts = [*_parts_exchanged(rows, held), *_off_their_mean(rows, held, geography)]
    rows, held = _with_sums(rows, rows), _with_sums(held, rows)
    pairs = _pairs(rows, held)
    found = [*_leaps(pairs, geography), *parts]
    for (measure, kind, name, year), both in pairs.groupby([*_SERIES, "year"], sort=True):
        local = both[both["la_code"].str.isdigit()].set_index("la_code")
        at = measure if kind == "total" else f"{measure} {kind}/{name}"
        ways = list(_shifted(local, order))
        found += [
            f"{at} {year} looks like the figures held, shifted by one row {way}"
            for way in ways
        ]
        # Of a shifted column some pairs look exchanged by chance.
        found += (
            []
            if ways
            else [
                f"{at} {year}: {geography[one]} and {geography[other]} look exchanged"
                for one, other in _exchanged(local)
            ]
        )
    return found


def _with_sums(table: pd.DataFrame, edition: pd.DataFrame) -> pd.DataFrame:
    """A table with the sum of a breakdown, where the edition gives no total beside it.

    Nothing else would tell that all of its figures are ten times what they should be.
    """
    additive = [name for name, one in MEASURES.items() if one.additive]
    mine = edition[edition["measure"].isin(additive)]
    totals = set(mine.loc[mine["breakdown_type"] == "total", "measure"])
    parts = mine.loc[~mine["measure"].isin(totals), _SERIES[:2]].drop_duplicates()
    by = [*_SERIES[:2], "la_code", "year"]
    sums = table.merge(parts, on=_SERIES[:2]).groupby(by)["value"].sum(min_count=1)
    # Where the breakdown is not held, the figure it must add up to may be.
    held = table[table["breakdown_type"] == "total"].drop(columns="breakdown_type")
    wholes = held.merge(parts, on="measure")[[*by, "value"]]
    both = pd.concat([sums.reset_index(), wholes]).dropna(subset="value")
    both = both.drop_duplicates(by).assign(breakdown=_ALL)
    return pd.concat([table, both], ignore_index=True)


def _pairs(rows: pd.DataFrame, held: pd.DataFrame) -> pd.DataFrame:
    """New and altered figures, each beside the one it follows (``last``, ``last_year``)."""
    totals = (rows["breakdown_type"] == "total") | (rows["breakdown"] == _ALL)
    shares = rows["measure"].isin(
        [name for name, one in MEASURES.items() if one.unit == _PERCENT]
    )
    mine = rows.loc[(totals | shares) & rows["value"].notna(), [*_KEY, "value"]]
    known = held.loc[held["value"].notna(), [*_KEY, "value"]]
    beside = mine.merge(known.rename(columns={"value": "last"}), how="left", on=_KEY)
    beside = beside.assign(last_year=beside["year"])
    changed = beside[beside["last"] != beside["value"]]
    new = changed[changed["last"].isna()].drop(columns="last")
    years = {
        (measure, year): _before(str(measure), str(year))
        for measure, year in new[["measure", "year"]]
        .drop_duplicates()
        .itertuples(index=False)
    }
    keys = zip(new["measure"], new["year"], strict=True)
    new["last_year"] = pd.Series([years[key] for key in keys], new.index, dtype=str)
    # The edition's own figure of the period before, or the one held.
    both = pd.concat([mine, known]).drop_duplicates(_KEY)
    both = both.rename(columns={"value": "last", "year": "last_year"})
    new = new.merge(both, how="inner", on=[*_CELL, "last_year"])
    found = pd.concat([changed[changed["last"].notna()], new], ignore_index=True)
    return found[(found["last"] != 0) & (found["value"] != 0)]


def _before(measure: str, year: str) -> str:
    return parse_period(year, MEASURES[measure].period_type).shift(-1).label


def _leaps(pairs: pd.DataFrame, geography: Geography) -> Iterator[str]:
    if pairs.empty:
        return
    ratio = (pairs["value"] / pairs["last"]).abs()
    factor = np.maximum(ratio, 1 / ratio)
    england = pairs["la_code"] == ENGLAND_CODE
    whole = (pairs["breakdown_type"] == "total") | (pairs["breakdown"] == _ALL)
    local = pairs["la_code"].str.isdigit() & whole
    larger = pairs[["value", "last"]].abs().max(axis=1)
    units = pairs["measure"].map(lambda name: MEASURES[name].unit)
    steady = pairs["measure"].isin([name for name in MEASURES if _steady(MEASURES[name])])
    few = units.map(_FEW).fillna(_FEW_COUNTED)
    far = england & (factor > _ENGLAND)
    far |= local & steady & (factor > _AUTHORITY) & (larger >= few)
    # England first, whose leap is that of the column.
    ordered = pairs.assign(local=~england)[far].sort_values("local")
    for row in cast(Iterable[Any], ordered.itertuples()):
        at = (
            ""
            if row.breakdown_type == "total"
            else f" {row.breakdown_type}/{row.breakdown}"
        )
        yield (
            f"{row.measure}{at} of {geography[row.la_code]} {row.year} is "
            f"{row.value:,.10g} after {row.last:,.10g} ({row.last_year})"
            f"{looks_like(row.value, row.last)}"
        )


def _steady(measure: Measure) -> bool:
    """Whether a leap of one authority is rare, and nothing else would tell of it.

    A part stays within its whole, a rate follows from its figures, and either may go from
    next to none to all.
    """
    return not (measure.may_be_negative or measure.part_of or measure.ratio)


def _shifted(local: pd.DataFrame, order: Iterable[str]) -> Iterator[str]:
    """Which way a column seems shifted against its rows, by code or as in the file."""
    as_filed = [code for code in dict.fromkeys(order) if code in local.index]
    for codes in (sorted(local.index), as_filed):
        rows = np.log(local.loc[codes, ["value", "last"]].abs().to_numpy())
        half = len(rows) // 2
        for part in (rows, rows[:half], rows[half:]):
            if len(part) <= _FEWEST_ROWS:
                continue
            own = part[:, 0] - part[:, 1]
            middle = np.median(own)
            for step, way in ((1, "down"), (-1, "up")):
                moved = np.roll(part[:, 1], step)
                nearer = np.abs(part[:, 0] - moved - middle) < np.abs(own - middle)
                if nearer.mean() > _SHIFTED:
                    yield way
                    return


def _exchanged(local: pd.DataFrame) -> Iterator[tuple[str, str]]:
    """Pairs of authorities each of which has about the figure that the other had."""
    logs = np.log(local[["value", "last"]].abs())
    moved = logs[(logs["value"] - logs["last"]).abs() > _APART]
    mine, theirs = moved["value"].to_numpy()[:, None], moved["last"].to_numpy()[None, :]
    crossed = np.abs(mine - theirs)
    alike = np.triu(np.maximum(crossed, crossed.T) < _ALIKE, k=1)
    for one, other in np.argwhere(alike):
        yield str(moved.index[one]), str(moved.index[other])


def _parts_exchanged(rows: pd.DataFrame, held: pd.DataFrame) -> Iterator[str]:
    """Pairs of parts of a measure each of which looks like what the other was.

    No sum tells when the columns of two parts of one whole are exchanged. Figures of a
    period are looked at beside those held of it, or of the period before.
    """
    kinds = ["measure", "breakdown_type"]
    local = rows[rows["la_code"].str.isdigit() & (rows["breakdown_type"] != "total")]
    known = held[held["la_code"].str.isdigit()].merge(local[kinds].drop_duplicates())
    mine, then = (dict(iter(one.groupby([*kinds, "year"]))) for one in (local, known))
    for key, now in mine.items():
        measure, kind, year = key
        before = (measure, kind, _before(str(measure), str(year)))
        last = next(
            (at[k] for at, k in ((then, key), (then, before), (mine, before)) if k in at),
            now,
        )
        for one, other in _crossed_parts(_table_of(now), _table_of(last)):
            yield f"{measure} {kind} {year}: {one} and {other} look exchanged"


def _table_of(rows: pd.DataFrame) -> pd.DataFrame:
    """Square roots of figures by authority and part: their noise is alike, few or many.

    Of the authorities that have a figure of any part.
    """
    table = rows.pivot(index="la_code", columns="breakdown", values="value")
    return table.astype(float).dropna(how="all").fillna(0.0).abs() ** 0.5


def _crossed_parts(now: pd.DataFrame, last: pd.DataFrame) -> Iterator[tuple[str, str]]:
    areas = now.index.intersection(last.index)
    parts = now.columns.intersection(last.columns)
    if len(areas) < _FEWEST_AREAS:
        return
    new, old = (one.loc[areas, parts].to_numpy() for one in (now, last))
    apart = (new**2).sum(axis=0)[:, None] + (old**2).sum(axis=0) - 2.0 * new.T @ old
    own = np.diag(apart)[:, None] + np.diag(apart)
    crossed = apart + apart.T
    nearer = (crossed < _NEARER * own) | (
        _crossed_sums((new**2).sum(axis=0), (old**2).sum(axis=0))
        & (crossed < _NEARER_SO * own)
    )
    alike = nearer & (own - crossed > _CHANCE)
    for one, other in np.argwhere(np.triu(alike, k=1)):
        yield str(parts[one]), str(parts[other])


def _crossed_sums(new: Any, old: Any) -> Any:
    """Which pairs of sums are far from their own before, and each near the other's."""
    now, last = (np.log(np.maximum(one, np.finfo(float).tiny)) for one in (new, old))
    moved = np.abs(now - last) > _APART
    crossed = np.abs(now[:, None] - last[None, :])
    both = moved[:, None] & moved[None, :]
    return both & (np.maximum(crossed, crossed.T) < _ALIKE)


def _off_their_mean(
    rows: pd.DataFrame, held: pd.DataFrame, geography: Geography
) -> Iterator[str]:
    """Percentages of England and regions that are not the mean of their authorities.

    Each authority weighs as what it holds last, so that the mean is that of all together
    but for what has changed since.
    """
    for measure, mean in ((one, MEASURES[one].mean) for one in rows["measure"].unique()):
        if mean is None:
            continue
        weights = held[(held["measure"] == mean.weight) & held["value"].notna()]
        if weights.empty:
            continue
        weights = weights[weights["year"] == weights["year"].max()]
        at = weights["breakdown_type"] + "/" + weights["breakdown"]
        mine = rows[(rows["measure"] == measure) & rows["value"].notna()]
        for (kind, name, year), now in mine.groupby([*_SERIES[1:], "year"]):
            here = f"{kind}/{name}"
            there = weights[at == mean.at.get(here, here)].set_index("la_code")["value"]
            made = _means(now.set_index("la_code")["value"], there, geography)
            for code, (printed, expected) in made.items():
                if abs(printed - expected) > mean.within:
                    yield (
                        f"{measure} {here} of {geography[code]} {year} is {printed:,.10g}, "
                        f"and the mean of its authorities about {expected:,.1f}"
                    )


def _means(
    figures: pd.Series, weights: pd.Series, geography: Geography
) -> dict[str, tuple[float, float]]:
    """Of each wider area what is printed, and the mean; none where one has no weight."""
    local = figures[figures.index.str.isdigit()]
    region = pd.Series({code: geography[code].region_code for code in local.index})
    found = {}
    for code in figures.index.difference(local.index):
        mine = local if code == ENGLAND_CODE else local[region == code]
        weighed = weights.reindex(mine.index)
        if len(mine) and weighed.notna().all():
            made = float((mine * weighed).sum() / weighed.sum())
            found[str(code)] = (float(figures[code]), made)
    return found


def codes_not_known(issues: Iterable[Issue], held: pd.DataFrame) -> list[str]:
    """Names beside another area's code, where the tables in use had no such pair.

    A reader that goes by names takes them as they are; but names may be exchanged, too.

    Parameters
    ----------
    issues, held
        As of `left_out`.
    """
    known = set(held[["la_code", "published"]].itertuples(index=False, name=None))
    return [
        f"{issue.published}, which is not its own; no edition held printed it so"
        for issue in issues
        if issue.issue_id.endswith(_WRONG_CODE)
        and (issue.la_code, issue.published) not in known
    ]


def left_out(
    issues: Iterable[Issue], held: pd.DataFrame, geography: Geography
) -> list[str]:
    """Authorities in being that an edition has no row of, where that is news.

    It is none where the tables in use have no row either, in that period or the one before.

    Parameters
    ----------
    issues : iterable of Issue
        Those of the edition as read (`complete.completed`).
    held : DataFrame
        The record of faults of the tables in use.
    """
    mine = held[held["issue_id"].str.startswith(f"{NO_ROW}-")]
    known = {
        (measure, la_code, year)
        for names, la_code, year in mine[["measure", "la_code", "year"]].itertuples(
            index=False
        )
        for measure in names.split("; ")
    }
    return [
        f"no row of {geography[issue.la_code]} for {issue.year} ({issue.measure})"
        for issue in issues
        if issue.issue_id.startswith(f"{NO_ROW}-")
        and not all(
            (measure, issue.la_code, year) in known
            or (measure, issue.la_code, _before(measure, year)) in known
            for measure, year in ((one, issue.year) for one in issue.measure.split("; "))
        )
    ]


def without_whole(
    rows: pd.DataFrame, held: pd.DataFrame, geography: Geography
) -> list[str]:
    """England and regions of which new periods have no figure, and the one before has."""
    totals = held[(held["breakdown_type"] == "total") & held["value"].notna()]
    there = set(totals[["measure", "year", "la_code"]].itertuples(index=False, name=None))
    mine = rows[rows["breakdown_type"] == "total"]
    have = set(mine[["measure", "year", "la_code"]].itertuples(index=False, name=None))
    found = []
    for measure, year in sorted({key[:2] for key in have}):
        before = _before(measure, year)
        wholes = [code for name, at, code in there if (name, at) == (measure, before)]
        found += [
            f"no row of {geography[code]} for {year} ({measure})"
            for code in sorted(wholes)
            if not code.isdigit() and (measure, year, code) not in have | there
        ]
    return found


def unchecked(rows: pd.DataFrame, held: pd.DataFrame, geography: Geography) -> list[str]:
    """New totals that withheld figures leave one-sided: more may be in them than those."""
    additive = {name for name, one in MEASURES.items() if one.additive}
    totals = rows[(rows["breakdown_type"] == "total") & rows["measure"].isin(additive)]
    periods = ["measure", "year"]
    known = pd.MultiIndex.from_frame(held[periods]).unique()
    totals = totals[~pd.MultiIndex.from_frame(totals[periods]).isin(known)]
    local = totals[totals["la_code"].str.isdigit() & totals["value"].isna()]
    given = totals[totals["value"].notna()]
    wholes = set(given[["measure", "year", "la_code"]].itertuples(index=False, name=None))
    found: dict[tuple[str, str, str], list[str]] = {}
    for row in cast(Iterable[Any], local.itertuples()):
        key = (str(row.measure), str(row.year), geography[row.la_code].region_code)
        if key in wholes:
            found.setdefault(key, []).append(geography[row.la_code].name)
    return [
        f"{measure} of {geography[region].name} {year} (no figure of {some(names)})"
        for (measure, year, region), names in found.items()
    ]
