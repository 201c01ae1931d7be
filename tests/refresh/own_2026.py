"""The publisher's own files of 2026 as they must be, put together from what was copied.

Earlier years are those of the 2025 release. Settings of authorities are not among what was
copied: England's are dealt out to authorities so that each has what its groups add up to.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from highneeds.geography import Geography
from highneeds.refresh.one_file import stored_table
from highneeds.sources import copies, registry
from highneeds.sources.files import RawFiles
from highneeds.sources.releases import layouts
from tests.raw.sen2_copies import plain
from tests.refresh.published import in_form_of_2026

ENGLAND, WIGHT = "E92000001", "921"
_REGIONS = {region.la_code: region.name for region in Geography.load().regions()}
# Group of the record → its settings in the table.
_SETTINGS = {
    "mainstream_resourced_provision": [
        f"mainstream_{one}_resourced_provision"
        for one in ("la_maintained", "academy", "free_school")
    ],
    "mainstream_senunit": [
        f"mainstream_{one}_senunit" for one in ("la_maintained", "academy", "free_school")
    ],
    "mainstream_independent": ["mainstream_independent"],
    "mainstream_other": [
        f"mainstream_{one}" for one in ("la_maintained", "academy", "free_school")
    ],
    "special_la_maintained": ["special_la_maintained"],
    "special_academy_free": ["special_academy", "special_free_school"],
    "special_independent": ["special_independent"],
    "special_non_maintained": ["special_non_maintained"],
    "alternative_provision": [
        "ap_pru_academy",
        "ap_pru_free_school",
        "ap_pru_la_maintained",
    ],
    "further_education_other": ["general_fe_tertiary_colleges", "ukrlp_provider"],
    "specialist_post_16_institutions": ["specialist_post_16_institutions"],
    "elective_home_education": ["elective_home_education"],
    "other_arrangements": ["other_arrangements_la", "other_arrangements_parents"],
    "elsewhere_other": [
        *("online_provider", "w_settings", "other_schools", "other_placement_settings"),
        *("neet", "neet_ntci", "neet_other", "neet_other_csa"),
    ],
    "early_years": ["nm_early_years"],
    "unknown": ["placement_unknown"],
}
_TOTALS = {
    "mainstream_total": "mainstream",
    "ap_pru_total": "alternative_provision",
    "fe_total": "further_education",
    "ed_elsewhere": "elsewhere",
}


def requests(raw_dir: Path) -> pd.DataFrame:
    """Requests to 2025: the copied totals are the whole topic."""
    newest = copies.flows(RawFiles(raw_dir), copies.REQUESTS)
    return in_form_of_2026("requests", _before(raw_dir, "requests"), newest)


def caseload(raw_dir: Path, tables: Path) -> pd.DataFrame:
    """Plans to January 2026, Isle of Wight withheld, settings dealt out.

    Parameters
    ----------
    tables : Path
        Tables with the copied figures, for the plans of Isle of Wight.
    """
    held = stored_table(tables / "plans.csv.gz")
    held = held[(held["measure"] == "ehc_plans") & (held["year"] == "2026")]
    copied = copies.caseload(RawFiles(raw_dir))
    return in_form_of_2026(
        "caseload", _before(raw_dir, "caseload"), _newest_caseload(copied, held)
    )


def _before(raw_dir: Path, key: str) -> pd.DataFrame:
    table = plain(raw_dir, registry.source_files()[layouts()[key].source_id])
    return table[table["breakdown_topic"].isin(layouts()[key].topics.values())]


def _newest_caseload(copied: pd.DataFrame, held: pd.DataFrame) -> pd.DataFrame:
    """The rows of January 2026: areas' totals with settings, ages with placements."""
    totals = _with_settings(copied, held)
    ages = copied[copied["breakdown_topic"] != "All EHC plans"]
    regions = _regions_by_age(copied, held)
    rows = pd.concat([totals, ages, regions], ignore_index=True)
    rows = rows[rows["breakdown_topic"] != "Sex"]
    return (
        rows.fillna("x")
        .replace({"": "x"})
        .assign(
            **{name: rows[name].fillna("") for name in ("region_code", "old_la_code")},
            region_name=rows["region_code"].map(_REGIONS).fillna(""),
        )
    )


def _with_settings(copied: pd.DataFrame, held: pd.DataFrame) -> pd.DataFrame:
    rows = copied[copied["breakdown_topic"] == "All EHC plans"].copy()
    code = rows["old_la_code"].where(rows["old_la_code"] != "", rows["region_code"])
    rows.index = pd.Index(code.where(code != "", ENGLAND).fillna(ENGLAND))
    groups = held[held["breakdown_type"] == "placement_group"]
    wide = groups.pivot(index="la_code", columns="breakdown", values="value")
    local = wide[wide.index.str.isdigit()]
    for group, settings in _SETTINGS.items():
        of_england = rows.loc[ENGLAND, settings].replace("x", "0").astype(int)
        dealt = pd.DataFrame(
            _dealt(local[group].astype(int).to_numpy(), of_england.to_numpy()),
            index=local.index,
            columns=settings,
        )
        for table in (dealt, _regions(dealt)):
            rows.loc[table.index, settings] = table.astype(str)
    figures = [name for settings in _SETTINGS.values() for name in settings]
    rows.loc[WIGHT, figures] = "x"
    return rows.reset_index(drop=True)


def _regions(dealt: pd.DataFrame) -> pd.DataFrame:
    geography = Geography.load()
    return dealt.groupby([geography[code].region_code for code in dealt.index]).sum()


def _dealt(wanted: np.ndarray, there: np.ndarray) -> np.ndarray:
    """Whole numbers whose rows sum to `wanted` and columns to `there`, dealt in order."""
    assert wanted.sum() == there.sum()
    ends, stops = np.cumsum(wanted), np.cumsum(there)
    upper = np.minimum(ends[:, None], stops[None, :])
    lower = np.maximum((ends - wanted)[:, None], (stops - there)[None, :])
    return np.maximum(upper - lower, 0)


def _regions_by_age(copied: pd.DataFrame, held: pd.DataFrame) -> pd.DataFrame:
    """Ages of the regions: no copy has them, the publisher's file does."""
    ages = copied[copied["breakdown_topic"].str.startswith("Age")]
    plans = held[
        (held["breakdown_type"] == "age_year") & held["la_code"].str.startswith("E12")
    ]
    placed = held[held["breakdown_type"] == "age_year_by_placement"]
    placed = placed[placed["la_code"].str.startswith("E12")]
    both = placed["breakdown"].str.split("|", expand=True)
    wide = placed.assign(age=both[0], placement=both[1]).pivot(
        index=["la_code", "age"], columns="placement", values="value"
    )
    total = plans.set_index(["la_code", "breakdown"])["value"]
    rows = []
    for (region, age), row in wide.iterrows():
        figures = {
            "ehcplans": total[region, age],
            "special_la_maintained": row["state_special"],
            "special_academy": 0,
            "special_free_school": 0,
            "special_independent": row["independent_special"],
            "special_non_maintained": 0,
            "nm_early_years": row["early_years"],
            "placement_unknown": row["unknown"],
            **{column: row[name] for column, name in _TOTALS.items()},
        }
        rows.append(
            {
                "geographic_level": "Regional",
                "region_code": region,
                "old_la_code": "",
                "breakdown": "under 3" if age == "0-2" else f"age {age}",
                **{name: str(int(value)) for name, value in figures.items()},
            }
        )
    same = ["time_period", "time_identifier", "breakdown_topic"]
    return pd.DataFrame(rows).assign(**ages.iloc[0][same].to_dict())
