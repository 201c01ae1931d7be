"""Placements as the plans an authority returns count them: SEN2 → DSG-7 → LSRP-14.

DSG-7 are the placements of the DSG management plan, LSRP-14 those of the local SEND reform
plan of 2026. Both add up to the plans maintained, and so does every table made here.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

import numpy as np
import pandas as pd

from highneeds.errors import ModelError
from highneeds.geography import ENGLAND_CODE, Area
from highneeds.model.run import Run
from highneeds.panel.panel import Panel
from highneeds.panel.vintage import vintage
from highneeds.periods import Census
from highneeds.record.cells import MODEL_PLACEMENTS
from highneeds.status import Status

TOTAL = "Total"
UNKNOWN = "of which placement unknown"

DSG_7 = (
    "Mainstream schools or academies",
    "Resourced provision or SEN units",
    "Maintained special schools or special academies",
    "NMSS or independent",
    "Hospital schools or AP",
    "Post-16 and FE",
    "Other placements or direct payments",
)
_MAINSTREAM, _BASES, _SPECIAL, _INDEPENDENT, _AP, _POST_16, _OTHER = DSG_7

LSRP_14 = (
    "Early years, private and voluntary providers included",
    "Mainstream schools or academies",
    "Support bases",
    "Specialist bases",
    "Maintained special schools or special academies",
    "NMSS or independent, funded by the authority",
    "NMSS or independent, other",
    "Alternative provision",
    "Mainstream post-16",
    "Mainstream post-16, specialist",
    "Specialist post-16 institutions",
    "Elective home education",
    "Education otherwise than at school",
    "Other",
)
_SUPPORT_BASES, _SPECIALIST_BASES = LSRP_14[2:4]
_INDEPENDENT_OTHER, _POST_16_BASES = LSRP_14[6], LSRP_14[9]

_HOSPITALS = (
    "Hospital schools are published with maintained special schools and counted there."
)
# Never printed as 0.
_NOT_ASKED = (_SUPPORT_BASES, _INDEPENDENT_OTHER, _POST_16_BASES)
NOTES = {
    _SUPPORT_BASES: "Not available: SEN2 does not record support bases; plans there are "
    "counted in mainstream schools.",
    _SPECIALIST_BASES: "Resourced provision and SEN units; without their ages, those in "
    "Year 12 and above are counted here too.",
    _INDEPENDENT_OTHER: "Not available: SEN2 does not say who pays; all are counted as "
    "funded by the authority.",
    _POST_16_BASES: "Not available: SEN2 as published does not give the ages of those in "
    "resourced provision and SEN units.",
    "Alternative provision": _HOSPITALS,
    _AP: _HOSPITALS,
}

# Group of settings that SEN2 as published tells apart → the model's placement, DSG-7,
# LSRP-14. Every plan is in one group, of every authority and January since 2019.
_ROWS = {
    "mainstream_other": ("mainstream", _MAINSTREAM, LSRP_14[1]),
    "mainstream_resourced_provision": ("mainstream", _BASES, _SPECIALIST_BASES),
    "mainstream_senunit": ("mainstream", _BASES, _SPECIALIST_BASES),
    "mainstream_independent": ("mainstream", _INDEPENDENT, LSRP_14[5]),
    "special_la_maintained": ("state_special", _SPECIAL, LSRP_14[4]),
    "special_academy_free": ("state_special", _SPECIAL, LSRP_14[4]),
    "special_independent": ("independent_special", _INDEPENDENT, LSRP_14[5]),
    "special_non_maintained": ("independent_special", _INDEPENDENT, LSRP_14[5]),
    "alternative_provision": ("alternative_provision", _AP, LSRP_14[7]),
    "further_education_other": ("further_education", _POST_16, LSRP_14[8]),
    "specialist_post_16_institutions": ("further_education", _POST_16, LSRP_14[10]),
    "early_years": ("early_years", _OTHER, LSRP_14[0]),
    "elective_home_education": ("elsewhere", _OTHER, LSRP_14[11]),
    "other_arrangements": ("elsewhere", _OTHER, LSRP_14[12]),
    "elsewhere_other": ("elsewhere", _OTHER, LSRP_14[13]),
    "unknown": ("unknown", _OTHER, LSRP_14[13]),
}
CROSSWALK = pd.DataFrame.from_dict(
    _ROWS, orient="index", columns=["placement", "dsg7", "lsrp14"]
).rename_axis("group")
CROSSWALK["setting"] = CROSSWALK.index
_INSIDE = {
    placement: [name for name, row in _ROWS.items() if row[0] == placement]
    for placement in MODEL_PLACEMENTS
}


def placement_groups(
    panel: Panel, area: str | Area, census: Census | None = None
) -> dict[str, float]:
    """Published plans by group of settings; a group without a figure has no entry.

    Parameters
    ----------
    census : Census, optional
        The base census of the panel when left out.
    """
    rows = _groups(panel, area, census or vintage(panel).census)
    return dict(zip(rows["breakdown"], rows["value"], strict=True))


def _groups(panel: Panel, area: str | Area, census: Census) -> pd.DataFrame:
    """Breakdown, value and status of every group of one area with a figure."""
    by_area = _groups_of_january(panel, census)
    return by_area[by_area["la_code"] == panel.area(area).la_code]


@lru_cache(maxsize=8)
def _groups_of_january(panel: Panel, census: Census) -> pd.DataFrame:
    rows = panel.one_kind("ehc_plans", "placement_group")
    kept = rows.loc[
        rows["year"] == census.label, ["la_code", "breakdown", "value", "status"]
    ]
    return kept.dropna(subset=["value"])


def dsg7(groups: Mapping[str, float], total: float) -> pd.Series:
    """Plans by DSG-7 placement, unknown placements among the other ones, and their total.

    Parameters
    ----------
    groups : mapping
        Plans by group of SEN2 settings, as of `placement_groups`.
    total : float
        Plans maintained: what the groups must add up to.

    Raises
    ------
    ModelError
        A group that is not known, or groups that do not add up to the plans.
    """
    return _checked(_sums(groups, "dsg7", DSG_7), groups, total)


def lsrp14(
    groups: Mapping[str, float], total: float, bases_from_year_12: float | None = None
) -> pd.Series:
    """Plans by LSRP-14 placement; NaN where SEN2 does not tell (see `NOTES`).

    Parameters
    ----------
    bases_from_year_12 : float, optional
        Plans in resourced provision and SEN units in Year 12 and above, from the
        authority's own records; they leave specialist bases for post-16.

    Raises
    ------
    ModelError
        As `dsg7`; or more plans from Year 12 than there are in bases.
    """
    found = _sums(groups, "lsrp14", LSRP_14)
    found[list(_NOT_ASKED)] = np.nan
    if bases_from_year_12 is not None:
        if not 0 <= bases_from_year_12 <= found[_SPECIALIST_BASES]:
            msg = (
                f"{bases_from_year_12:g} plans from Year 12 in resourced provision and SEN "
                f"units is out of range. Expected 0 to {found[_SPECIALIST_BASES]:g}."
            )
            raise ModelError(msg)
        found[_POST_16_BASES] = bases_from_year_12
        found[_SPECIALIST_BASES] -= bases_from_year_12
    return _checked(found, groups, total)


def project_dsg7(projection: Run) -> pd.DataFrame:
    """Plans by DSG-7 placement each January, published then projected.

    The model's placements are split by the authority's own groups of the base census.

    Returns
    -------
    DataFrame
        year (January), placement (in order, `TOTAL` last), plans, status, note. Projected
        plans are the central case's, which adds up. Unknown placements are among the
        other ones in the
        published year and shared out in the projected ones.
    """
    return _projected(projection, "dsg7", DSG_7)


def project_lsrp14(projection: Run) -> pd.DataFrame:
    """Plans by LSRP-14 placement, as `project_dsg7`; NaN where SEN2 does not tell.

    ``plan_year`` is the reform plan's own label: its year n is the census of January n + 1.
    """
    table = _projected(projection, "lsrp14", LSRP_14)
    return table.assign(plan_year=(table["year"].astype(int) - 1).astype(str))


def _sums(
    groups: Mapping[str, float], column: str, categories: tuple[str, ...]
) -> pd.Series:
    strangers = sorted(set(groups) - set(CROSSWALK.index))
    if strangers:
        msg = (
            f"No placement is known for the group of settings {strangers[0]!r}. Expected "
            "those of highneeds.answers.crosswalk.CROSSWALK."
        )
        raise ModelError(msg)
    plans = pd.Series(groups, dtype=float)
    return (
        plans.groupby(CROSSWALK[column].reindex(plans.index))
        .sum()
        .reindex(list(categories), fill_value=0.0)
    )


def _checked(found: pd.Series, groups: Mapping[str, float], total: float) -> pd.Series:
    added = float(found.sum())
    if not np.isclose(added, total, rtol=1e-9, atol=1e-6):
        msg = (
            f"Plans by setting add up to {added:,.6g}, not to the {total:,.6g} maintained. "
            "A setting is missing or suppressed, so no table by placement can be made."
        )
        raise ModelError(msg)
    found[TOTAL] = total
    found[UNKNOWN] = groups.get("unknown", 0.0)
    return found


def _projected(projection: Run, column: str, categories: tuple[str, ...]) -> pd.DataFrame:
    split, borrowed = split_of(projection, column, categories)
    rows = _published(projection, column, categories)
    central = projection.central.stock.sum(axis=1)[..., 0]
    census, newer = projection.vintage.census, projection.record.newer.get("plans", {})
    for step in range(1, len(central)):
        year, plans = census.shift(step).label, central[step] @ split.to_numpy()
        # A January's total may be published without its placements.
        known = int(year) in newer
        ours = Status.ESTIMATED if known else Status.PROJECTED
        for name, value in zip(categories, plans, strict=True):
            note = " ".join(filter(None, (NOTES.get(name), borrowed.get(name))))
            if name in _NOT_ASKED:
                rows.append((year, name, np.nan, "unavailable", note))
            else:
                rows.append((year, name, value, ours, note))
        whole = Status.OBSERVED if known else ours
        rows.append((year, TOTAL, central[step].sum(), whole, ""))
    return pd.DataFrame(rows, columns=["year", "placement", "plans", "status", "note"])


def _published(
    projection: Run, column: str, categories: tuple[str, ...]
) -> list[tuple[str, str, float, str, str]]:
    """Rows of the base census; no figure where the settings are not published whole."""
    census = projection.vintage.census
    found = _groups(projection.panel, projection.area, census)
    groups = dict(zip(found["breakdown"], found["value"], strict=True))
    total = float(projection.record.stock.sum())
    try:
        plans = dsg7(groups, total) if column == "dsg7" else lsrp14(groups, total)
        missing = ""
    except ModelError:
        plans = pd.Series(np.nan, index=list(categories))
        missing = f"Not published by setting for January {census}."
    # What follows by subtraction, or is a sum of settings, is not itself published.
    derived = set(found.loc[found["status"] != Status.OBSERVED, "breakdown"])
    worked_out = set(CROSSWALK.loc[CROSSWALK.index.isin(derived), column])
    rows = []
    for name in categories:
        status = Status.DERIVED if name in worked_out else Status.OBSERVED
        if np.isnan(plans[name]):
            status = Status.UNAVAILABLE
        note = " ".join(filter(None, (NOTES.get(name), missing)))
        rows.append((census.label, name, float(plans[name]), status, note))
    whole = projection.panel.figure("ehc_plans", projection.area, census).status
    return [*rows, (census.label, TOTAL, total, whole, "")]


def split_of(
    projection: Run, column: str, categories: tuple[str, ...]
) -> tuple[pd.DataFrame, dict[str, str]]:
    """Share of each of the model's placements in each category; rows sum to 1.

    England's shares stand in where the authority's groups are not published; the notes
    name the categories that rest on them.
    """
    census = projection.vintage.census
    mine = placement_groups(projection.panel, projection.area, census)
    england = placement_groups(projection.panel, ENGLAND_CODE, census)
    where = dict(zip(CROSSWALK.index, CROSSWALK[column], strict=True))
    shares = np.zeros((len(MODEL_PLACEMENTS), len(categories)))
    borrowed: dict[str, str] = {}
    for row, placement in enumerate(MODEL_PLACEMENTS):
        inside = _INSIDE[placement]
        own = {name: mine[name] for name in inside if mine.get(name)}
        groups = own or {name: england[name] for name in inside if england.get(name)}
        for name, plans in groups.items():
            shares[row, categories.index(where[name])] += plans
        parts = [categories[place] for place in np.flatnonzero(shares[row])]
        if not own and len(parts) > 1:
            borrowed |= dict.fromkeys(parts, "Split as in England.")
    total = shares.sum(axis=1, keepdims=True)
    # A January of long ago has no groups to split by: no share is known then.
    shares = np.divide(shares, total, out=np.full_like(shares, np.nan), where=total > 0)
    split = pd.DataFrame(shares, index=list(MODEL_PLACEMENTS), columns=list(categories))
    return split, borrowed
