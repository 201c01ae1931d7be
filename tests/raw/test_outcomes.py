"""Outcomes of pupils with SEN, against what the Interactive Tool prints."""

import pandas as pd
import pytest

from highneeds.errors import SourceError
from highneeds.sources import lait, outcomes
from highneeds.sources.files import RawFiles
from tests.raw.education_copies import geography


@pytest.fixture(scope="module")
def rows(raw_dir):
    return outcomes.read(RawFiles(raw_dir), geography(raw_dir)).observations


def figure(rows, measure, la_code, year, breakdown):
    mine = rows[rows["measure"].eq(measure) & rows["breakdown"].eq(breakdown)]
    (found,) = mine.loc[mine["la_code"].eq(la_code) & mine["year"].eq(year), "value"]
    return found


@pytest.mark.parametrize(
    ("measure", "la_code", "year", "breakdown", "printed"),
    [
        # Read in the tool's file by eye: Somerset, England and the South West.
        ("attainment_8_points", "933", "2024/25", "ehc_plan", 16.0),
        ("attainment_8_points", "E92000001", "2024/25", "sen_support", 33.8),
        ("attainment_8_points", "E12000009", "2024/25", "no_sen", 50.9),
        ("key_stage_2_expected_pct", "933", "2024/25", "sen_support", 19),
        ("key_stage_2_expected_pct", "E92000001", "2024/25", "no_sen", 74),
        ("sustained_destination_pct", "933", "2022/23", "ehc_plan", 84.0),
        ("looked_after_with_sen_pct", "933", "2024/25", "ehc_plan", 49.0),
        ("sessions_missed_pct", "933", "2024/25", "special", 18.49),
    ],
)
def test_figures_are_as_printed(rows, measure, la_code, year, breakdown, printed):
    assert figure(rows, measure, la_code, year, breakdown) == pytest.approx(printed)


def test_a_dash_is_no_figure_and_never_nought(rows):
    tests = rows[rows["measure"] == "key_stage_2_expected_pct"]
    untaken = tests[tests["year"].isin(["2019/20", "2020/21"])]
    assert len(untaken) > 300
    assert untaken["value"].isna().all()
    assert set(untaken["status"].astype(str)) == {"unavailable"}


def test_england_lies_between_its_authorities(rows):
    # A share of all is between the lowest and the highest of its parts.
    held = rows.dropna(subset="value")
    for _, each in held.groupby(["measure", "breakdown", "year"]):
        parts = each.loc[each["la_code"].str.isdigit(), "value"]
        england = each.loc[each["la_code"] == "E92000001", "value"]
        assert parts.min() <= float(england.iloc[0]) <= parts.max()


def test_a_measure_that_is_gone_is_refused_by_name(raw_dir, monkeypatch):
    raw = RawFiles(raw_dir)
    table = lait._table(raw.path(lait.LAIT), lait.LAIT.path)
    name = "LAC_SEN_Statement"
    short = table.replace({"Short Desc": {name: "LAC_EHCP"}})
    monkeypatch.setattr(lait, "_table", lambda *_: short)
    with pytest.raises(SourceError, match=name):
        outcomes.read(raw, geography(raw_dir))


def test_areas_of_the_summer_are_those_then_in_being(rows):
    # Bournemouth, Christchurch and Poole began in April 2019, after that year's census.
    first = rows[(rows["la_code"] == "839") & rows["value"].notna()]
    years = first.groupby("measure")["year"].min()
    assert years["attainment_8_points"] == "2018/19"
    assert years["sessions_missed_pct"] > "2018/19"
    assert not pd.Series(rows["value"] < 0).any()
