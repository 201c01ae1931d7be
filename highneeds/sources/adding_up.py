"""Sums that must hold: authorities to regions to England, and parts to their whole."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import pandas as pd

from highneeds.errors import SourceError, some
from highneeds.geography import Geography
from highneeds.sources.contract import ENGLAND, require_unique

Gaps = Mapping[tuple[str, str], float]


def checked(found: pd.DataFrame, geography: Geography, where: str) -> pd.DataFrame:
    """The same observations, once they are known to be unique and to add up.

    Raises
    ------
    SourceError
        A key stands twice, or authorities do not sum to regions, or regions to England.
    """
    require_unique(found, where)
    require_adding_up(found, geography, where)
    return found


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

    Parameters
    ----------
    wholes, parts : DataFrame
        Observations; `parts` are those of one breakdown type.
    overlook : sequence of str
        Breakdowns that may lack a figure; an area that lacks another is passed over.
    """
    lost = parts["value"].isna() & ~parts["breakdown"].isin(list(overlook))
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
