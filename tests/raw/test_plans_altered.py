"""The stock of plans on altered copies: each alteration is refused, and says where."""

import pandas as pd
import pytest

from highneeds.errors import SourceError
from highneeds.sources import plans
from tests.raw.finance_copies import geography
from tests.raw.sen2_copies import cells, changed

LONDON = "E12000007"


def kent(table, **more):
    return cells(table, old_la_code="886", **more)


ALL = {"breakdown_topic": "All EHC plans", "time_period": "202425"}


def with_symbol(table):
    table.loc[kent(table, **ALL), "ehcplans"] = "§"


def with_blank(table):
    table.loc[kent(table, **ALL), "fe_total"] = ""


def with_renamed_column(table):
    return table.rename(columns={"special_academy_free": "special_academy"})


def with_row_twice(table):
    return pd.concat([table, table[kent(table, **ALL)]])


def without_authority(table):
    return table[~kent(table, **ALL)]


def without_age_row(table):
    return table[~kent(table, breakdown="age 10", time_period="202425")]


def without_region(table):
    gone = cells(table, geographic_level="Regional", region_code="E12000008", **ALL)
    return table[~gone]


def with_new_age(table):
    table.loc[table["breakdown"] == "age 25", "breakdown"] = "age 25 to 26"


def with_other_year(table):
    return table[table["time_period"] != "202122"]


def with_next_year(table):
    later = table[table["time_period"] == "202425"].assign(time_period="202526")
    return pd.concat([table, later])


def with_calendar_years(table):
    table["time_identifier"] = "Calendar year"


def with_code_of_another_country(table):
    table.loc[kent(table, **ALL), "old_la_code"] = "681"


def with_renamed_topic(table):
    return table.replace({"breakdown_topic": {"All EHC plans": "All EHCPs"}})


def with_one_plan_more(table):
    here = kent(table, **ALL)
    table.loc[here, "ehcplans"] = f"{int(table.loc[here, 'ehcplans'].iloc[0]) + 1}"


def with_moved_plan(table):
    england = cells(table, geographic_level="National", **ALL)
    table.loc[england, "special_la_maintained"] = "85919"


@pytest.mark.parametrize(
    ("edit", "says"),
    [
        (with_symbol, r"'§' \(line \d+\).*Expected a number"),
        (with_blank, r"fe_total: ''"),
        (with_renamed_column, r"special_academy_free \(the nearest is special_academy\)"),
        (with_row_twice, r"more than once: 886 / 2025 / All EHC plans"),
        (without_authority, r"South East \(E12000008\) 2025"),
        (without_age_row, r"age_year/10"),
        (without_region, r"South East \(E12000008\) 2025.*printed 0"),
        (with_new_age, r"'age 25 to 26'"),
        (with_other_year, r"expected every year from 2019 to 2025"),
        (with_next_year, r"2026; expected every year from 2019 to 2025"),
        (with_calendar_years, r"expected 'Academic year'"),
        (with_code_of_another_country, r"Unknown area code.*'681'"),
        (
            with_renamed_topic,
            r"no breakdown_topic 'All EHC plans' \(the nearest is All EHCPs",
        ),
        (with_one_plan_more, r"parts sum to .*printed"),
        (with_moved_plan, r"state_special: parts sum to 159,852, printed 159,851"),
    ],
)
def test_an_altered_caseload_is_refused(raw_dir, tmp_path, edit, says):
    raw = changed(raw_dir, tmp_path, plans.CASELOAD_2025, edit)
    with pytest.raises(SourceError, match=says):
        plans.read(raw, geography(raw_dir))


def with_new_type(table):
    table.loc[table["establishment_type"] == "Hospital School", "establishment_type"] = (
        "Hospital and medical"
    )


def with_type_doubled(table):
    chosen = cells(
        table,
        time_period="2012",
        la_name="Kent",
        establishment_type="Special - Independent",
    )
    assert chosen.sum() == 1
    table.loc[chosen, "Total_all"] = "9999"


def with_wrong_total_elsewhere(table):
    """A grand total wrong in another year than the two that are known."""
    for kind in ("Total", "Mainstream - LA maintained"):
        chosen = cells(table, time_period="2012", establishment_type=kind) & (
            table["establishment_group"].isin({"Total", "Mainstream school"})
        )
        chosen &= table["la_name"].eq("Kent") | table["geographic_level"].eq("National")
        chosen |= cells(
            table, time_period="2012", establishment_type=kind, geographic_level="Regional"
        ) & (
            table["establishment_group"].isin({"Total", "Mainstream school"})
            & (table["region_code"] == "E12000008")
        )
        assert chosen.any()
        raised = table.loc[chosen, "Total_all"].astype(int) + 7
        table.loc[chosen, "Total_all"] = raised.astype(str)


@pytest.mark.parametrize(
    ("edit", "says"),
    [
        (with_new_type, r"Unknown establishment .*'Hospital and medical'"),
        (with_type_doubled, r"do not sum to its grand total: 886 2012"),
        (with_wrong_total_elsewhere, r"do not sum to their total: 886 2012: -7 where \+0"),
    ],
)
def test_an_altered_establishment_file_is_refused(raw_dir, tmp_path, edit, says):
    raw = changed(raw_dir, tmp_path, plans.ESTABLISHMENT_2022, edit)
    with pytest.raises(SourceError, match=says):
        plans.read(raw, geography(raw_dir))


def with_other_band(table):
    table.loc[table["characteristic_age"] == "Age 20 to 25", "characteristic_age"] = "20+"


def with_authority_as_region(table):
    region = cells(
        table,
        time_period="2014",
        geographic_level="Regional",
        region_code=LONDON,
        characteristic_age="Total",
    )
    camden = cells(table, time_period="2014", old_la_code="202", characteristic_age="Total")
    table.loc[camden, "Total_all"] = table.loc[region, "Total_all"].iloc[0]


@pytest.mark.parametrize(
    ("edit", "says"),
    [
        (with_other_band, r"Unknown characteristic_age .*20\+"),
        (with_authority_as_region, r"London \(E12000007\) 2014 .*printed 40,340"),
    ],
)
def test_an_altered_age_file_is_refused(raw_dir, tmp_path, edit, says):
    raw = changed(raw_dir, tmp_path, plans.AGE_2022, edit)
    with pytest.raises(SourceError, match=says):
        plans.read(raw, geography(raw_dir))
