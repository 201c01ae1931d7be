"""Primary needs and residential placements, on published files and altered copies."""

import pytest

from highneeds.errors import SourceError
from highneeds.sources import needs, residential
from highneeds.sources.files import RawFiles
from tests.raw.finance_copies import geography
from tests.raw.sen2_copies import (
    ENGLAND,
    authorities,
    cells,
    changed,
    plain,
    statuses,
    values,
)

# Brighton, Cambridgeshire, North East Lincolnshire, Surrey, Wolverhampton.
WITHOUT_BOTH = {"846", "873", "812", "936", "336"}


@pytest.fixture(scope="module")
def reading(raw_dir):
    return needs.read(RawFiles(raw_dir), geography(raw_dir))


@pytest.fixture(scope="module")
def found(reading):
    return values(reading.observations)["ehc_plans"]


@pytest.fixture(scope="module")
def homes(raw_dir):
    reading = residential.read(RawFiles(raw_dir), geography(raw_dir))
    return values(reading.observations)["residential_placements"], reading


def test_shares_of_needs_are_those_of_the_release(found):
    england = found["need"].xs(("2025", ENGLAND), level=["year", "la_code"])
    assert england.sum() == 638_745
    shares = (100 * england / england.sum()).round(1)
    published = {"asd": 31.5, "slcn": 21.3, "semh": 20.7, "mld": 10.6}
    assert shares[list(published)].to_dict() == published
    assert len(england) == 13


def test_authorities_sum_to_england_in_every_need(found):
    for need, group in found["need"].groupby("breakdown"):
        own = authorities(group)
        assert len(own) == 153
        assert own.sum() == group[need, "2025", ENGLAND]


def test_needs_by_placement_sum_to_needs_where_they_are_known(found):
    both = found["need_by_placement"].rename("value").reset_index()
    both["need"] = both["breakdown"].str.split("|").str[0]
    known = both.groupby("la_code")["value"].transform("count") == both.groupby("la_code")[
        "value"
    ].transform("size")
    assert set(both.loc[~known, "la_code"]) == WITHOUT_BOTH
    summed = both[known].groupby(["need", "year", "la_code"])["value"].sum()
    gap = found["need"].rename_axis(summed.index.names).reindex(summed.index) - summed
    assert len(gap) == 13 * (163 - 5)
    # Above Surrey the placements still hold the needs it replaced, 656 of them moved.
    moved = {"semh": 1, "slcn": -1, "sld": -656, "spld": 656}
    for whole in ("E12000008", ENGLAND):
        assert (
            gap.xs(("2025", whole), level=[1, 2]).loc[lambda at: at != 0].to_dict() == moved
        )
    assert authorities(gap).eq(0).all()
    assert (gap != 0).sum() == 2 * len(moved)


def test_special_placements_are_two_kinds_each(found):
    here = found["need_by_placement"].xs(("2025", ENGLAND), level=["year", "la_code"])
    assert here["asd|state_special"] == 31_081 + 26_918
    assert here["semh|independent_special"] == 10_927 + 515


def test_needs_by_placement_that_are_withheld_say_so(reading):
    kept = statuses(reading.observations)["ehc_plans", "need_by_placement"]
    withheld = kept[kept == "unavailable"]
    assert set(withheld.index.get_level_values("la_code")) == WITHOUT_BOTH
    assert {issue.la_code for issue in reading.issues} == WITHOUT_BOTH


def test_residential_totals_of_2023_are_rebuilt_from_their_durations(raw_dir, homes):
    figures, reading = homes
    table = plain(raw_dir, residential.RESIDENTIAL_2025)
    here = cells(
        table,
        time_period="202223",
        geographic_level="National",
        breakdown_topic="All residential placements",
    )
    row = table.loc[here, ["Res_3851", "Res_52", "Res_tot"]].iloc[0].to_list()
    assert row == ["1415", "781", "4488"]
    totals = figures["total", "total", "2023"]
    assert totals[ENGLAND] == authorities(totals).sum() == 1_415 + 781
    repaired = {issue.la_code for issue in reading.issues}
    assert len(repaired) == 10
    assert ENGLAND in repaired


def test_residential_placements_are_as_published_in_other_years(homes):
    figures, _ = homes
    england = figures["total", "total", :, ENGLAND]
    assert england[["2019", "2022", "2025"]].to_list() == [3_796, 3_297, 2_221]
    assert figures["duration", "52_weeks", "2025", ENGLAND] == 825


def renamed_need(table):
    return table.rename(columns={"number_asd": "number_autism"})


def lost_need(table):
    here = cells(table, old_la_code="886", breakdown_topic="All EHC plans")
    table.loc[here, ["number_vi", "vi_pc"]] = "0"


def exchanged_needs(table):
    one, other = "number_pd", "number_asd"
    table[[one, other]] = table[[other, one]]


@pytest.mark.parametrize(
    ("edit", "says"),
    [
        (renamed_need, r"lacks 1 expected column: number_asd"),
        (lost_need, r"Needs of .*886 2025: \+\d+ where \+0 is known"),
        (
            exchanged_needs,
            r"line 2, National 202425: asd_pc is 31\.5, and number_asd of ehc_plans makes "
            r"[\d.]+ \([\d,]+ of 638,745\).* and \d+ more",
        ),
    ],
)
def test_an_altered_file_of_needs_is_refused(raw_dir, tmp_path, edit, says):
    raw = changed(raw_dir, tmp_path, needs.NEEDS_2025, edit)
    with pytest.raises(SourceError, match=says):
        needs.read(raw, geography(raw_dir))


def doubled_total(table):
    here = cells(table, time_period="202324", old_la_code="886")
    table.loc[here, "Res_tot"] = "999"


def test_a_residential_total_wrong_in_another_year_is_refused(raw_dir, tmp_path):
    raw = changed(raw_dir, tmp_path, residential.RESIDENTIAL_2025, doubled_total)
    with pytest.raises(SourceError, match=r"is not Res_3851 \+ Res_52: 886 2024: 999"):
        residential.read(raw, geography(raw_dir))
