"""Sums that must hold: authorities to regions to England, and parts to their whole."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

import pandas as pd

from highneeds.errors import SourceError, some
from highneeds.geography import Geography
from highneeds.sources.contract import ENGLAND, Issue, Status, require_unique

_CELL = ["year", "measure", "breakdown_type", "breakdown"]
Gaps = Mapping[tuple[str, str], float]


def checked(
    found: pd.DataFrame, geography: Geography, where: str, *, copied: bool = False
) -> pd.DataFrame:
    """The same observations, once they are known to be unique and to add up.

    Parameters
    ----------
    copied : bool
        The rows are a copy, which may have a breakdown for England alone: there is nothing
        to add up then.

    Raises
    ------
    SourceError
        A key stands twice, or authorities do not sum to regions, or regions to England.
    """
    require_unique(found, where)
    require_adding_up(_in_parts(found) if copied else found, geography, where)
    return found


def _in_parts(found: pd.DataFrame) -> pd.DataFrame:
    """Rows of the breakdowns that are given for more than England."""
    keys = pd.MultiIndex.from_frame(found[_CELL])
    local = found["la_code"] != ENGLAND
    return found[keys.isin(keys[local].unique())]


def by_subtraction(
    found: pd.DataFrame, withheld: Collection[tuple[str, str]], geography: Geography
) -> tuple[pd.DataFrame, list[Issue]]:
    """Counts of an area that a release withholds and yet counts in its region.

    What the region holds beyond its other areas is the area's, where each of them has a
    figure: the total, and every part given for all of them.

    Parameters
    ----------
    withheld : collection of (year, la_code)
        Known to be in their region's figures. One that has a total is left as it is.

    Returns
    -------
    DataFrame, list of Issue
        `found` with those figures (``derived``), and an issue for each area.

    Raises
    ------
    SourceError
        The other areas have more than the region.
    """
    issues: list[Issue] = []
    for year, la_code in withheld:
        here = (found["year"] == year) & (found["la_code"] == la_code)
        total = found[here & (found["breakdown_type"] == "total")]
        if total["value"].notna().any() or total.empty:
            continue
        mine = _rest_of_region(found[found["year"] == year], la_code, geography)
        if "total" not in set(mine["breakdown_type"]):
            continue  # another area of the region is withheld too
        mine = mine.assign(source_id=total["source_id"].iloc[0])
        kept = found[~here | _among(found, found.loc[here], mine)]
        issues += _subtracted(total, mine, geography)
        found = pd.concat([kept, mine[list(found.columns)]], ignore_index=True)
    return found, issues


def _among(found: pd.DataFrame, own: pd.DataFrame, mine: pd.DataFrame) -> pd.Series:
    """Which own rows of an area nothing could be worked out for."""
    known = pd.MultiIndex.from_frame(mine[_CELL])
    left = ~pd.MultiIndex.from_frame(own[_CELL]).isin(known)
    return pd.Series(left, own.index).reindex(found.index, fill_value=False)


def _rest_of_region(rows: pd.DataFrame, la_code: str, geography: Geography) -> pd.DataFrame:
    """What a region has beyond its other areas, as rows of the area.

    A figure that no region is given is what England has beyond every other area.
    """
    year = int(rows["year"].iloc[0])
    region = {one.la_code: one.region_code for one in geography.authorities(year)}
    there = set(region) - {la_code}
    _require_rows(rows, {one for one in there if region[one] == region[la_code]}, geography)
    found: list[pd.DataFrame] = []
    for whole, others in (
        (region[la_code], {code for code in there if region[code] == region[la_code]}),
        (ENGLAND, there),
    ):
        printed = rows[(rows["la_code"] == whole) & rows["value"].notna()]
        parts = rows[rows["la_code"].isin(others)].groupby(_CELL)["value"]
        summed = parts.sum()[parts.count() == len(others)].rename("others").reset_index()
        found.append(printed.merge(summed, on=_CELL))
    both = pd.concat(found).drop_duplicates(_CELL)
    both = both.assign(value=both["value"] - both["others"])
    if (both["value"] < 0).any():
        short = both.loc[both["value"] < 0, "breakdown"]
        msg = (
            f"{geography[la_code]} cannot be worked out by subtraction: the other areas "
            f"have more than the total they are part of, in {some(short)}. Expected its "
            "figures inside that total. Download the file again."
        )
        raise SourceError(msg)
    return both.assign(la_code=la_code, status=Status.DERIVED.value)


def _require_rows(rows: pd.DataFrame, codes: Collection[str], geography: Geography) -> None:
    """Refuse to work out a figure of which an area left out would be taken for a part."""
    lacking = sorted(set(codes) - set(rows["la_code"]))
    if lacking:
        msg = (
            f"No row of {some(str(geography[code]) for code in lacking)}, so nothing can "
            "be worked out from the total of its region. Expected every authority of the "
            "region. Download the file again."
        )
        raise SourceError(msg)


def with_regions(found: pd.DataFrame, geography: Geography) -> pd.DataFrame:
    """The same observations, and the sums of regions that a copy has no row of.

    A region is summed where every one of its areas in the year has a figure.
    """
    region = {one.la_code: one.region_code for one in geography.authorities()}
    local = found[found["la_code"].isin(region)]
    local = local.assign(region=local["la_code"].map(region))
    areas = local.groupby(["year", "region"])["la_code"].nunique().rename("areas")
    summed = local.groupby([*_CELL, "region"]).agg(
        value=("value", "sum"), given=("value", "count"), source_id=("source_id", "first")
    )
    summed = summed.reset_index().join(areas, on=["year", "region"])
    summed = summed[summed["given"] == summed["areas"]].rename(
        columns={"region": "la_code"}
    )
    key = [*_CELL, "la_code"]
    there = pd.MultiIndex.from_frame(found[key])
    summed = summed[~pd.MultiIndex.from_frame(summed[key]).isin(there)]
    more = summed.assign(status=Status.DERIVED.value)[list(found.columns)]
    return pd.concat([found, more], ignore_index=True)


def _subtracted(
    total: pd.DataFrame, mine: pd.DataFrame, geography: Geography
) -> Iterator[Issue]:
    for row in total.to_dict("records"):
        figure = mine[(mine["measure"] == row["measure"]) & (mine["breakdown"] == "total")]
        area, source = geography[row["la_code"]], str(row["source_id"])
        yield Issue(
            f"{row['measure']}-by-subtraction-{row['year']}-{area.la_code}",
            str(row["measure"]),
            area.la_code,
            str(row["year"]),
            "x",
            f"{figure['value'].iloc[0]:,.0f}",
            f"Withheld of {area.name}, but counted in its region: what the region has "
            "beyond its other authorities. It was withheld because the return is doubtful.",
            Status.DERIVED,
            source,
        )


def require_adding_up(found: pd.DataFrame, geography: Geography, where: str) -> None:
    """Refuse counts whose authorities do not sum to their region, or regions to England.

    Where an authority has no figure its region may hold more than the rest, never less.

    Raises
    ------
    SourceError
        Names the first areas whose parts do not sum, with both numbers.
    """
    parent = {area.la_code: ENGLAND for area in geography.regions()} | {
        area.la_code: area.region_code for area in geography.authorities()
    }
    keys = ["year", "measure", "breakdown_type", "breakdown"]
    parts = found.assign(whole=found["la_code"].map(parent), given=found["value"].notna())
    sums = parts.groupby(["whole", *keys]).agg(
        summed=("value", "sum"), complete=("given", "all")
    )
    wholes = found[found["la_code"].isin(set(parent.values()))]
    printed = wholes.rename(columns={"la_code": "whole"}).set_index(["whole", *keys])[
        "value"
    ]
    joined = sums.join(printed, how="outer")
    summed, value = joined["summed"].fillna(0), joined["value"].fillna(0)
    partial = joined["complete"].eq(other=False)
    wrong = (summed != value) & ~(partial & (summed < value))
    if wrong.any():
        both = pd.DataFrame({"below": summed, "above": value})[wrong].reset_index()
        rows = both.itertuples(index=False, name=None)
        found_wrong = [
            f"{geography[whole]} {year} {measure} {kind}/{name}: parts sum to "
            f"{below:,.0f}, printed {above:,.0f}"
            for whole, year, measure, kind, name, below, above in rows
        ]
        msg = (
            f"{where} does not add up: {some(found_wrong)}. Expected authorities to sum "
            "to their region and regions to England. An area may have been dropped or a "
            "figure changed: download the file again, or record a known fault as an issue."
        )
        raise SourceError(msg)


def gaps(
    wholes: pd.DataFrame, parts: pd.DataFrame, overlook: Sequence[str] = ()
) -> dict[tuple[str, str], float]:
    """Each whole less its parts, by year and area, where they differ.

    A part of which no area has a figure in a year was not told apart then: the others are
    all of the whole.

    Parameters
    ----------
    wholes, parts : DataFrame
        Observations; `parts` are those of one breakdown type.
    overlook : sequence of str
        Breakdowns that may lack a figure; an area that lacks another is passed over.
    """
    told = parts.groupby(["year", "breakdown"])["value"].transform("count") > 0
    lost = parts["value"].isna() & told & ~parts["breakdown"].isin(list(overlook))
    sums = (
        parts.assign(lost=lost)
        .groupby(["year", "la_code"])
        .agg(summed=("value", "sum"), lost=("lost", "any"))
    )
    both = wholes.set_index(["year", "la_code"])[["value"]].join(sums, how="inner")
    gap = (both["value"] - both["summed"])[~both["lost"].astype(bool)]
    found = gap[gap != 0].reset_index().itertuples(index=False, name=None)
    return {(year, area): value for year, area, value in found}


def in_years(known: Gaps, years: Iterable[str]) -> dict[tuple[str, str], float]:
    """The known differences of the years an edition covers."""
    covered = set(years)
    return {key: gap for key, gap in known.items() if key[0] in covered}


def require_known_gaps(found: Gaps, known: Gaps, where: str) -> None:
    """Refuse a difference between a whole and its parts that nobody has explained.

    Raises
    ------
    SourceError
        Names the areas and years whose difference is new, gone or changed.
    """
    changed = [
        f"{area} {year}: {found.get((year, area), 0):+,.0f} where "
        f"{known.get((year, area), 0):+,.0f} is known"
        for year, area in sorted(found.keys() | known.keys())
        if found.get((year, area)) != known.get((year, area))
    ]
    if changed:
        msg = (
            f"{where} do not sum to their total: {some(changed)}. Expected each to be "
            "counted once. Download the file again; if the publisher changed it, record "
            "the fault."
        )
        raise SourceError(msg)
