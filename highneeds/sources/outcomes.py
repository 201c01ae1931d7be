"""What pupils with SEN go on to: attainment, destinations, absence, and children in care.

The Interactive Tool prints them as the department's releases do, each for the academic year
that it names by the year in which it ends. A dash is a figure it does not have: withheld,
never collected, or of 2020 and 2021, when no tests were taken.
"""

from __future__ import annotations

import pandas as pd

from highneeds.geography import Geography
from highneeds.periods import AcademicYear
from highneeds.sources.contract import OBSERVATION_COLUMNS, Reading
from highneeds.sources.files import RawFiles
from highneeds.sources.lait import LAIT, read_measures
from highneeds.sources.series import Series

FILES = (LAIT,)
# Of the tool's one file, whose series is that of the pupils' reader.
SERIES: tuple[Series, ...] = ()

_SEN = "sen_provision"
# Measure of the tool: our measure, breakdown type and breakdown, decimals published.
_MEASURES = {
    "NEW_KS2_RWM_Sen_Withsta": ("key_stage_2_expected_pct", _SEN, "ehc_plan", 0),
    "NEW_KS2_RWM_Sen_W/Osta": ("key_stage_2_expected_pct", _SEN, "sen_support", 0),
    "NoID_SEN_NEW_KS2_RWM": ("key_stage_2_expected_pct", _SEN, "no_sen", 0),
    "SEN_Stat_AVG_Attain8_Score": ("attainment_8_points", _SEN, "ehc_plan", 1),
    "SEN_WoStat_AVG_Attain8_Score": ("attainment_8_points", _SEN, "sen_support", 1),
    "SEN_NoID_AVG_Attain8_Score": ("attainment_8_points", _SEN, "no_sen", 1),
    "SusEdOverall_SEN_Stat_incSpec": ("sustained_destination_pct", _SEN, "ehc_plan", 1),
    "SusEdOverall_SEN_NoStat_incSpec": (
        "sustained_destination_pct",
        _SEN,
        "sen_support",
        1,
    ),
    "SusEdOverall_NoSEN_incSpec": ("sustained_destination_pct", _SEN, "no_sen", 1),
    "LAC_SEN_Statement": ("looked_after_with_sen_pct", _SEN, "ehc_plan", 1),
    "LAC_SEN": ("looked_after_with_sen_pct", _SEN, "sen_support", 1),
    "TotAbs": ("sessions_missed_pct", "total", "total", 2),
    "total_absence_special": ("sessions_missed_pct", "phase", "special", 2),
}
# Tests and examinations are taken in summer, after the April in which authorities change.
_SUMMER = {"key_stage_2_expected_pct", "attainment_8_points", "sustained_destination_pct"}


def read(raw: RawFiles, geography: Geography) -> Reading:
    """Read what the tool prints of pupils with SEN, by academic year.

    Returns
    -------
    Reading
        ``key_stage_2_expected_pct``, ``attainment_8_points``, ``sustained_destination_pct``
        and ``looked_after_with_sen_pct`` by SEN provision; ``sessions_missed_pct`` in all
        schools and in special schools.

    Raises
    ------
    SourceError
        A measure, area, year or symbol of the tool is not known.
    """
    decimals = {name: places for name, (*_, places) in _MEASURES.items()}
    tested = [name for name, (measure, *_) in _MEASURES.items() if measure in _SUMMER]
    tool = read_measures(raw, geography, decimals, of_summer=tested)
    named = pd.DataFrame(
        [_MEASURES[name][:3] for name in tool["measure_id"]],
        columns=["measure", "breakdown_type", "breakdown"],
    )
    years = tool["january"].map(lambda january: AcademicYear(int(january)).label)
    found = tool.assign(**named, year=years, source_id=LAIT.source_id)
    return Reading(found[list(OBSERVATION_COLUMNS)])
