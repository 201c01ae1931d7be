"""Where a child is placed: the published settings of each edition and what they amount to.

The eight placements agree between the 2022 and 2025 editions in every authority and year
they share. Settings keep the 2025 edition's names and scope: hospital schools count as
maintained special schools, sixth-form and other colleges as further education colleges.
"""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from highneeds.errors import SourceError, some
from highneeds.sources.contract import SourceFile, Status, numbers_in
from highneeds.sources.sen2 import figures, sum_figures

# Columns of the 2025 edition. Elsewhere is added by the reader: what it includes changed.
PLACEMENT_COLUMNS = {
    "mainstream_total": "mainstream",
    "special_la_maintained": "state_special",
    "special_academy_free": "state_special",
    "special_independent": "independent_special",
    "special_non_maintained": "independent_special",
    "ap_pru_total": "alternative_provision",
    "fe_total": "further_education",
    "nm_early_years": "early_years",
    "ed_elsewhere": "elsewhere",
    "placement_unknown": "unknown",
}
# Authorities sent totals, not persons, before 2023; three settings then stood outside
# `ed_elsewhere`, which since includes them.
AGGREGATE_ELSEWHERE = ("await_prov_2022", "perm_ex_2022", "other_placement_settings")

SETTINGS = (
    "mainstream_la_maintained",
    "mainstream_la_maintained_resourced_provision",
    "mainstream_la_maintained_senunit",
    "mainstream_academy",
    "mainstream_academy_resourced_provision",
    "mainstream_academy_senunit",
    "mainstream_free_school",
    "mainstream_free_school_resourced_provision",
    "mainstream_free_school_senunit",
    "mainstream_independent",
    "special_la_maintained",
    "special_academy_free",
    "special_independent",
    "special_non_maintained",
    "ap_pru_academy",
    "ap_pru_free_school",
    "ap_pru_la_maintained",
    "general_fe_tertiary_colleges",
    "specialist_post_16_institutions",
    "ukrlp_provider",
    "elective_home_education",
    "other_arrangements_la",
    "other_arrangements_parents",
    "online_provider",
    "w_settings",
    "other_schools",
    "other_placement_settings",
    "neet",
    "neet_ntci",
    "neet_other",
    "neet_other_csa",
    "nm_early_years",
    "placement_unknown",
    "await_prov_2022",
    "perm_ex_2022",
)

_ELSEWHERE = "ed_elsewhere"
# The printed total of a placement and the settings that are it.
_SETTINGS_OF = {
    "mainstream_total": SETTINGS[:10],
    "ap_pru_total": SETTINGS[14:17],
    "fe_total": SETTINGS[17:20],
    _ELSEWHERE: SETTINGS[20:31],
}

# Establishment groups of the 2022 edition, whose own total rows are taken ...
_GROUPS = {
    "Mainstream school": "mainstream",
    "Alternative provision/Pupil referral unit": "alternative_provision",
    "Further education": "further_education",
    "Non-maintained early years": "early_years",
    "Educated elsewhere": "elsewhere",
    "NEET": "elsewhere",
    "Other": "elsewhere",
    "Unknown": "unknown",
}
# ... but for special schools, which are told apart by who runs them.
_SPECIAL_TYPES = {
    "Special - LA maintained": "state_special",
    "Special - Academy": "state_special",
    "Special - Free school": "state_special",
    "Special - Academy/free": "state_special",
    "Hospital School": "state_special",
    "Special - Independent": "independent_special",
    "Special - Non-maintained": "independent_special",
}
_TOTAL = "Total"
_TYPES = {
    "Mainstream - LA maintained": "mainstream_la_maintained",
    "Mainstream - LA maintained - Resourced provision": (
        "mainstream_la_maintained_resourced_provision"
    ),
    "Mainstream - LA maintained - SEN unit": "mainstream_la_maintained_senunit",
    "Mainstream - Academy": "mainstream_academy",
    "Mainstream - Academy - Resourced Provision": "mainstream_academy_resourced_provision",
    "Mainstream - Academy - SEN unit": "mainstream_academy_senunit",
    "Mainstream - Free school": "mainstream_free_school",
    "Mainstream - Free school - Resourced provision": (
        "mainstream_free_school_resourced_provision"
    ),
    "Mainstream - Free school - SEN unit": "mainstream_free_school_senunit",
    "Mainstream - Independent": "mainstream_independent",
    "Special - LA maintained": "special_la_maintained",
    "Hospital School": "special_la_maintained",
    "Special - Academy": "special_academy_free",
    "Special - Free school": "special_academy_free",
    "Special - Academy/free": "special_academy_free",
    "Special - Independent": "special_independent",
    "Special - Non-maintained": "special_non_maintained",
    "AP/PRU - Academy": "ap_pru_academy",
    "AP/PRU - Free school": "ap_pru_free_school",
    "AP/PRU - LA maintained": "ap_pru_la_maintained",
    "General FE and tertiary colleges/HE": "general_fe_tertiary_colleges",
    "Other FE": "general_fe_tertiary_colleges",
    "Sixth form college": "general_fe_tertiary_colleges",
    "Specialist post-16 institutions": "specialist_post_16_institutions",
    "Independent specialist providers": "specialist_post_16_institutions",
    "Elective home education": "elective_home_education",
    "Other arrangements by local authority": "other_arrangements_la",
    "Other arrangements by parents": "other_arrangements_parents",
    "Permanently excluded": "perm_ex_2022",
    "Awaiting provision - total": "await_prov_2022",
    "Awaiting provision - below compulsory school age and in education": "await_prov_2022",
    "Awaiting provision - below compulsory school age and not in education": (
        "await_prov_2022"
    ),
    "Awaiting provision - compulsory school age and in education": "await_prov_2022",
    "Awaiting provision - compulsory school age and not in education": "await_prov_2022",
    "Awaiting provision - above compulsory school age and in education": "await_prov_2022",
    "Awaiting provision - above compulsory school age and not in education": (
        "await_prov_2022"
    ),
    "NEET": "neet",
    "Other": "other_placement_settings",
    "Non-maintained early years": "nm_early_years",
    "Apprenticeship": "placement_unknown",
    "Supported Internship": "placement_unknown",
    "Traineeship": "placement_unknown",
    "Work-based learning": "placement_unknown",
}

# What every edition since 2019 tells apart, copies too: sums of settings of a placement.
# What they leave of it is `…_other`; a placement without any is a group itself.
_GROUPED_BY: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "mainstream": {
        "mainstream_resourced_provision": (
            "mainstream_la_maintained_resourced_provision",
            "mainstream_academy_resourced_provision",
            "mainstream_free_school_resourced_provision",
        ),
        "mainstream_senunit": (
            "mainstream_la_maintained_senunit",
            "mainstream_academy_senunit",
            "mainstream_free_school_senunit",
        ),
        "mainstream_independent": ("mainstream_independent",),
    },
    "state_special": {
        "special_la_maintained": ("special_la_maintained",),
        "special_academy_free": ("special_academy_free",),
    },
    "independent_special": {
        "special_independent": ("special_independent",),
        "special_non_maintained": ("special_non_maintained",),
    },
    "alternative_provision": {},
    "further_education": {
        "specialist_post_16_institutions": ("specialist_post_16_institutions",)
    },
    "early_years": {},
    "elsewhere": {
        "elective_home_education": ("elective_home_education",),
        "other_arrangements": ("other_arrangements_la", "other_arrangements_parents"),
    },
    "unknown": {},
}
_WHOLE = ("state_special", "independent_special")


def _groups_of(placement: str) -> tuple[str, ...]:
    own = tuple(_GROUPED_BY[placement])
    if not own:
        return (placement,)
    return own if placement in _WHOLE else (*own, f"{placement}_other")


GROUPS = tuple(group for placement in _GROUPED_BY for group in _groups_of(placement))
# Groups of several settings: a copy has a column for each in place of theirs.
GROUPED = tuple(
    group
    for own in _GROUPED_BY.values()
    for group, settings in own.items()
    if settings != (group,)
)

# Rows of the 2025 edition's "Type of placement", in lower case: the wording varies by year.
_PLACEMENT_ROWS = {
    "mainstream - total": "mainstream",
    "special - la maintained": "state_special",
    "special - academy/free school": "state_special",
    "special - academy/free schools": "state_special",
    "special - academy": "state_special",
    "special - free school": "state_special",
    "special - independent": "independent_special",
    "special - non-maintained": "independent_special",
    "ap/pru - total": "alternative_provision",
    "fe - total": "further_education",
    "non-maintained early years": "early_years",
    "educated elsewhere - total": "elsewhere",
    "placement not recorded": "unknown",
}
_PARTS_OF_ROWS = (
    "mainstream - ",
    "special - total",
    "ap/pru - ",
    "fe - ",
    "educated elsewhere",
)


def from_columns(
    table: pd.DataFrame,
    source: SourceFile,
    aggregate_elsewhere: Mapping[str, tuple[str, ...]],
    labels: tuple[str, ...] = (),
) -> pd.DataFrame:
    """The eight placements of a table of the 2025 edition.

    Parameters
    ----------
    aggregate_elsewhere : mapping
        For each early year, the settings still to be added to `ed_elsewhere`.

    Returns
    -------
    DataFrame
        ``la_code``, ``year``, `labels`, ``figure`` (the placement), ``value``, ``status``.
    """
    parts = [figures(table, PLACEMENT_COLUMNS, source, labels)]
    for year, columns in aggregate_elsewhere.items():
        rows = table[table["year"] == year]
        parts.append(figures(rows, dict.fromkeys(columns, "elsewhere"), source, labels))
    return sum_figures(pd.concat(parts), ["la_code", "year", *labels, "figure"])


def require_settings(table: pd.DataFrame, where: str, elsewhere_from: str) -> None:
    """Refuse settings that are not the placement printed beside them, in any row.

    A setting of which no area has a figure in a year was not asked for: the others are all
    of their placement.

    Parameters
    ----------
    table : DataFrame
        Rows as `read_release` gives them, with the columns of a placement and its settings.
    elsewhere_from : str
        The first year in which what is educated elsewhere is the sum of its settings.

    Raises
    ------
    SourceError
        Settings sum to more than their placement, or, none of them withheld, to less.
    """
    found = []
    for whole, settings in _SETTINGS_OF.items():
        rows = table[table["year"] >= elsewhere_from] if whole == _ELSEWHERE else table
        there = [name for name in settings if name in rows]
        parts = rows[there].apply(numbers_in)
        gap = parts.sum(axis=1) - numbers_in(rows[whole])
        asked = parts.notna().groupby(rows["year"]).transform("any")
        withheld = (parts.isna() & asked).any(axis=1)
        wrong = (gap > 0) | ((gap < 0) & ~withheld)
        keys = (rows.loc[wrong, name] for name in ("la_code", "year"))
        found += [
            f"{code} {year}: settings miss {whole} by {by:+,.0f}"
            for code, year, by in zip(*keys, gap[wrong], strict=True)
        ]
    if found:
        msg = (
            f"{where}: {some(found)} beside what is printed for it. Expected each setting "
            "once. A column may be in another unit, shifted or sorted against the others: "
            "download the file again."
        )
        raise SourceError(msg)


def groups(table: pd.DataFrame, placed: pd.DataFrame, source: SourceFile) -> pd.DataFrame:
    """Plans by group of settings: every plan once, as returns to DfE tell them apart.

    Parameters
    ----------
    table : DataFrame
        The rows of all plans; a copy has a group's own column in place of its settings.
    placed : DataFrame
        Their placements, as of `from_columns`.

    Returns
    -------
    DataFrame
        As of `from_columns`, ``figure`` being the group.
    """
    keys = ["la_code", "year"]
    found = [
        placed[
            placed["figure"].isin([name for name, own in _GROUPED_BY.items() if not own])
        ]
    ]
    for placement, own in _GROUPED_BY.items():
        if not own:
            continue
        columns = {one: group for group, settings in own.items() for one in settings}
        columns |= {group: group for group in own if group in table.columns}
        parts = sum_figures(figures(table, columns, source), [*keys, "figure"])
        found.append(parts)
        if placement not in _WHOLE:
            found.append(_rest(placed[placed["figure"] == placement], parts, keys))
    return pd.concat(found, ignore_index=True)


def _rest(whole: pd.DataFrame, parts: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """What the groups leave of a placement; without a figure where one of them has none."""
    summed = sum_figures(parts, keys)
    both = whole.merge(summed, on=keys, suffixes=("", "_parts"))
    rest = both["value"] - both["value_parts"]
    reason = both["status"].where(both["value"].isna(), both["status_parts"])
    return both[keys].assign(
        figure=both["figure"] + "_other",
        value=rest,
        status=reason.mask(rest.notna(), Status.DERIVED.value),
    )


def from_establishments(
    table: pd.DataFrame, value: str, source: SourceFile
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Placements and settings of an establishment file of the 2022 edition.

    The file nests totals: each group has one and the whole has another, so rows are picked
    by name and never added up blindly.

    Raises
    ------
    SourceError
        An establishment type or group is not known, or the types do not sum to the total.
    """
    group, kind = table["establishment_group"], table["establishment_type"]
    strangers = [
        *sorted(set(kind) - {_TOTAL, *_TYPES}),
        *sorted(set(group) - {_TOTAL, "Special school", *_GROUPS}),
    ]
    if strangers:
        msg = (
            f"Unknown establishment in {source.path}: {some(map(repr, strangers))}. "
            "Expected those of the 2022 edition. Add the new one to the crosswalk."
        )
        raise SourceError(msg)
    found = figures(
        table, {value: "all"}, source, ("establishment_group", "establishment_type")
    )
    group, kind = found["establishment_group"], found["establishment_type"]
    is_total = kind == _TOTAL
    placement = group.where(is_total).map(_GROUPS).fillna(kind.map(_SPECIAL_TYPES))
    setting = kind.map(_TYPES)
    keys = ["la_code", "year", "figure"]
    placements = sum_figures(found.assign(figure=placement)[placement.notna()], keys)
    settings = sum_figures(found.assign(figure=setting)[setting.notna()], keys)
    grand = found[is_total & (group == _TOTAL)].drop(columns="figure")
    _require_whole(placements, grand, source.path)
    _require_whole(settings, grand, source.path)
    return placements, settings


def from_rows(table: pd.DataFrame, where: str) -> pd.Series:
    """The placement each ``Type of placement`` row belongs to; empty for a part of one.

    Raises
    ------
    SourceError
        A row is neither a placement nor a part of one.
    """
    label = table["breakdown"].str.strip().str.lower()
    placement = label.map(_PLACEMENT_ROWS)
    unknown = placement.isna() & ~label.str.startswith(_PARTS_OF_ROWS)
    if unknown.any():
        strangers = sorted(set(table.loc[unknown, "breakdown"]))
        msg = (
            f"Unknown type of placement in {where}: {some(map(repr, strangers))}. Expected "
            "the settings of the data guidance. Add the new one to the crosswalk."
        )
        raise SourceError(msg)
    return placement.fillna("")


def _require_whole(parts: pd.DataFrame, grand: pd.DataFrame, where: str) -> None:
    summed = parts.groupby(["la_code", "year"])["value"].sum()
    total = grand.set_index(["la_code", "year"])["value"]
    short = (summed.reindex(total.index, fill_value=0) - total).loc[lambda gap: gap != 0]
    if len(short):
        rows = short.reset_index().itertuples(index=False, name=None)
        found = [f"{area} {year}: {gap:+,.0f}" for area, year, gap in rows]
        msg = (
            f"Establishment types of {where} do not sum to its grand total: {some(found)}. "
            "Expected every type once. Download the file again, or complete the crosswalk."
        )
        raise SourceError(msg)
