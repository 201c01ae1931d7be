"""Authorities that print their region's total as their own, found and rebuilt."""

from __future__ import annotations

import pandas as pd

from highneeds.errors import SourceError, some
from highneeds.geography import Geography
from highneeds.sources.contract import Issue, Status

_COPIED = "The file prints the total of the region as the authority's own."
_REBUILT = (
    "Rebuilt as the sum of its placements; other placement settings are inside those "
    "educated elsewhere and not added again, as its plans by age and by sex confirm."
)
_WIDER = (
    "It gave no placements; the figure is plans issued after assessment, a wider count. "
    "With it the region sums exactly."
)


def repair_copied_totals(
    totals: pd.DataFrame,
    placed: pd.DataFrame,
    issued: pd.DataFrame,
    geography: Geography,
    where: str,
) -> tuple[pd.DataFrame, list[Issue]]:
    """Rebuild authorities that print their region's total as their own.

    Parameters
    ----------
    totals, placed : DataFrame
        Observations of new plans: all, and by placement, whose sum rebuilds a total.
    issued : DataFrame
        Plans issued after assessment, used where an authority has no placements.

    Returns
    -------
    DataFrame, list of Issue
        `totals` with the copies replaced (``repaired``, or ``estimated`` from `issued`),
        and an issue for each.

    Raises
    ------
    SourceError
        A copy that neither can replace.
    """
    keys = ["year", "la_code"]
    parts = placed.groupby(keys)["value"]
    rebuilt = parts.sum()[parts.count() == parts.size()]
    wider = issued.set_index(keys)["value"]
    used = totals.copy()
    issues: list[Issue] = []
    lost: list[str] = []
    for index, row in _copied(totals, geography).iterrows():
        year, la_code = key = row["year"], row["la_code"]
        if key in rebuilt.index:
            value, status, how = rebuilt[key], Status.REPAIRED, _REBUILT
        elif key in wider.index:
            value, status, how = wider[key], Status.ESTIMATED, _WIDER
            used.loc[index, "source_id"] = issued["source_id"].iloc[0]
        else:
            lost.append(f"{geography[la_code]} in {year} ({row['value']:,.0f})")
            continue
        used.loc[index, "value"] = value
        used.loc[index, "status"] = status.value
        issues.append(
            Issue(
                f"{row['measure']}-region-total-{year}-{la_code}",
                row["measure"],
                la_code,
                year,
                f"{row['value']:,.0f}",
                f"{value:,.0f}",
                f"{_COPIED} {how}",
                status,
                row["source_id"],
            )
        )
    if lost:
        msg = (
            f"{where} prints a region's total as the authority's own for {some(lost)}, and "
            "there are no placements to rebuild it from. Expected each authority's own "
            "figure. Find it in another release and name that release in the reader."
        )
        raise SourceError(msg)
    return used, issues


def _copied(totals: pd.DataFrame, geography: Geography) -> pd.DataFrame:
    region = totals["la_code"].map(
        {area.la_code: area.region_code for area in geography.authorities()}
    )
    size = totals.groupby([totals["year"], region])["la_code"].transform("size")
    printed = totals.set_index(["year", "la_code"])["value"]
    above = printed.reindex(pd.MultiIndex.from_arrays([totals["year"], region])).to_numpy()
    # A region of one would rightly equal it; so would a region without plans.
    return totals[(totals["value"] == above) & (size > 1) & (totals["value"] > 0)]
