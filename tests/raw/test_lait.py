"""The Local Authority Interactive Tool, on the published file and on altered copies."""

import sys

import pytest

from highneeds.errors import SourceError
from highneeds.sources import lait
from highneeds.sources.files import RawFiles
from tests.raw.education_copies import altered_table, geography, where

PATH = lait.LAIT.path
ENGLAND = "E92000001"


def read(raw, raw_dir, **decimals):
    return lait.read_measures(raw, geography(raw_dir), decimals)


@pytest.fixture(scope="module")
def plans(raw_dir):
    return read(RawFiles(raw_dir), raw_dir, SEN_CASES_JAN=0)


# SOURCES.md, the anchors of England's plans; 2023 and 2024 as revised.
@pytest.mark.parametrize(
    ("year", "published"),
    [
        ("2019", 353_995),
        ("2020", 390_109),
        ("2021", 430_697),
        ("2022", 473_255),
        ("2023", 517_048),
        ("2024", 576_474),
        ("2025", 638_745),
    ],
)
def test_plans_of_england_equal_the_anchors(plans, year, published):
    england = plans[(plans["la_code"] == ENGLAND) & (plans["year"] == year)]
    assert england["value"].tolist() == [published]


def test_binary_noise_is_gone(raw_dir):
    shares = read(RawFiles(raw_dir), raw_dir, SEN_TotStat=1, SecStatements=2)
    longest = shares.groupby("measure_id")["value"].agg(
        lambda values: max(len(str(value).split(".")[1]) for value in values.dropna())
    )
    assert longest.to_dict() == {"SEN_TotStat": 1, "SecStatements": 2}


def test_old_and_new_authorities_stand_only_in_their_own_years(plans):
    listed = plans.groupby("la_code")["year"].agg(["min", "max"])
    # data.md: Dorset's successors appear in January 2020, Cumbria's in January 2024.
    assert listed.loc["835"].tolist() == ["2019", "2019"]
    assert listed.loc["838"].tolist() == ["2020", "2025"]
    assert listed.loc["909"].tolist() == ["2019", "2023"]
    assert listed.loc["942"].tolist() == ["2024", "2025"]


def test_a_dash_of_an_area_in_being_is_unavailable_and_never_zero(raw_dir):
    secondary = read(RawFiles(raw_dir), raw_dir, SecStatements=2)
    # The City of London has no secondary school.
    city = secondary[secondary["la_code"] == "201"]
    assert set(city["status"]) == {"unavailable"}
    assert city["value"].isna().all()


def test_an_unaltered_copy_is_read_alike(raw_dir, tmp_path, plans):
    raw = altered_table(raw_dir, tmp_path, PATH, lambda table: table)
    assert read(raw, raw_dir, SEN_CASES_JAN=0).equals(plans)


def years_shifted(table):
    mine = table["Short Desc"] == "SEN_CASES_JAN"
    years = table.loc[mine, "Years"]
    table.loc[mine, "Years"] = [years.iloc[-1], *years.iloc[:-1]]
    return table


ALTERED = {
    "a measure renamed": (
        lambda table: where(
            table, "Short Desc", "SEN_CASES", **{"Short Desc": "SEN_CASES_JAN"}
        ),
        ["SEN_CASES_JAN", "the nearest is SEN_CASES"],
    ),
    "a column renamed": (
        lambda table: table.rename(columns={"Values": "Value"}),
        ["Values (the nearest is Value)"],
    ),
    "an unknown area": (
        lambda table: where(table, "LA Number", 999.0, **{"LA and Regions": "Camden"}),
        ["999", "code changes"],
    ),
    "a provisional year": (
        lambda table: where(
            table,
            "Years",
            "2025 (prov)",
            **{"Short Desc": "SEN_CASES_JAN", "Years": "2025"},
        ),
        ["2025 (prov)"],
    ),
    "an unknown symbol": (
        lambda table: where(
            table, "Values", "n/a", **{"Short Desc": "SEN_CASES_JAN", "Years": "2025"}
        ),
        ["n/a"],
    ),
    "more decimals than published": (
        lambda table: where(
            table, "Values", "4.25", **{"Short Desc": "SEN_CASES_JAN", "Years": "2025"}
        ),
        ["4.25", "decimals"],
    ),
    "a column of years shifted by a row": (
        years_shifted,
        ["SEN_CASES_JAN", "(area 301 where 302 stood before)", "shifted by a row"],
    ),
    "a figure of an abolished authority": (
        lambda table: where(
            table,
            "Values",
            "2000",
            **{
                "Short Desc": "SEN_CASES_JAN",
                "Years": "2025",
                "LA and Regions": "Cumbria",
            },
        ),
        ["909 in 2025"],
    ),
}


@pytest.mark.parametrize(("edit", "words"), ALTERED.values(), ids=ALTERED)
def test_an_altered_copy_is_refused(raw_dir, tmp_path, edit, words):
    raw = altered_table(raw_dir, tmp_path, PATH, edit)
    with pytest.raises(SourceError) as refused:
        read(raw, raw_dir, SEN_CASES_JAN=0)
    for word in words:
        assert word in str(refused.value)


def test_a_truncated_file_is_refused(raw_dir, tmp_path):
    target = tmp_path / PATH
    target.parent.mkdir(parents=True)
    target.write_bytes((raw_dir / PATH).read_bytes()[:100_000])
    with pytest.raises(SourceError, match="not a readable parquet file"):
        read(RawFiles(tmp_path), raw_dir, SEN_CASES_JAN=0)


def test_without_the_parquet_reader_the_message_says_what_to_install(raw_dir, monkeypatch):
    monkeypatch.setitem(sys.modules, "fastparquet", None)
    with pytest.raises(SourceError, match=r"highneeds\[build\]"):
        read(RawFiles(raw_dir), raw_dir, SEN_CASES_JAN=0)
