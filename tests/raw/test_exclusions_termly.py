"""Termly rates by SEN provision: the published file and altered copies."""

import numpy as np
import pandas as pd
import pytest

from highneeds.errors import SourceError
from highneeds.sources import exclusions_derived, exclusions_termly, pupils
from highneeds.sources.files import RawFiles
from tests.raw.education_copies import altered_table, geography, where

PATH = exclusions_termly.TERMLY.path
SUSPENSIONS, PERMANENT = "suspensions_per_100", "permanent_exclusions_per_100"
SUSPENDED = "pupils_suspended_per_100"


@pytest.fixture(scope="module")
def rows(raw_dir):
    return exclusions_termly.read(RawFiles(raw_dir), geography(raw_dir)).observations


@pytest.fixture(scope="module")
def published(raw_dir):
    return pd.read_csv(raw_dir / PATH, dtype=str, keep_default_na=False)


def test_every_published_rate_is_there_once(rows, published):
    termly = rows[rows["breakdown_type"].str.endswith("term")]
    assert len(published) == 27_722  # SOURCES.md
    assert len(termly) == 3 * 27_722
    assert set(termly["status"]) == {"observed"}
    for column, measure in (
        ("susp_rate", SUSPENSIONS),
        ("perm_excl_rate", PERMANENT),
        ("one_plus_susp_rate", SUSPENDED),
    ):
        ours = termly.loc[termly["measure"] == measure, "value"].sum()
        assert ours == pytest.approx(published[column].astype(float).sum(), abs=1e-6)


def test_only_what_may_be_summed_is_summed(rows):
    annual = rows[~rows["breakdown_type"].str.endswith("term")]
    assert set(annual["measure"]) == {SUSPENSIONS, PERMANENT}
    assert set(annual["status"]) == {"derived"}


def test_only_complete_years_are_summed(rows):
    annual = rows[rows["breakdown_type"] == "sen_provision"]
    # No summer term 2024/25 yet.
    assert sorted(annual["year"].unique())[-1] == "2023/24"
    # Northamptonshire ended on 31 March 2021, before its third term.
    ended = annual[annual["la_code"] == "928"]
    assert sorted(ended["year"].unique()) == ["2019/20"]
    termly = rows[(rows["la_code"] == "928") & (rows["year"] == "2020/21")]
    assert set(termly["breakdown"].str.split("|").str[-1]) == {"autumn", "spring"}


def test_an_annual_rate_is_the_sum_of_its_three_terms(rows, published):
    kent = published[
        (published["new_la_code"] == "E10000016")
        & (published["time_period"] == "202324")
        & (published["education_phase"] == "Total")
        & (published["send_category"] == "EHC plan")
    ]
    assert len(kent) == 3
    ours = rows[
        (rows["la_code"] == "886")
        & (rows["year"] == "2023/24")
        & (rows["breakdown"] == "ehc_plan")
        & (rows["measure"] == SUSPENSIONS)
    ]
    expected = kent["susp_rate"].astype(float).sum()
    assert ours["value"].tolist() == [pytest.approx(expected, abs=5e-4)]


def test_weighted_by_sen_shares_the_sums_are_the_published_annual_rates(raw_dir, rows):
    raw, areas = RawFiles(raw_dir), geography(raw_dir)
    shares = pupils.read(raw, areas).observations
    shares = shares[(shares["year"] == "2023") & (shares["breakdown"] == "total")]
    shares = shares.pivot(index="la_code", columns="measure", values="value") / 100
    annual = rows[
        (rows["breakdown_type"] == "sen_provision")
        & (rows["year"] == "2022/23")
        & (rows["measure"] == SUSPENSIONS)
    ].pivot(index="la_code", columns="breakdown", values="value")
    plan, support = shares["pupils_with_ehc_plan_pct"], shares["pupils_on_sen_support_pct"]
    weighted = (
        plan * annual["ehc_plan"]
        + support * annual["sen_support"]
        + (1 - plan - support) * annual["no_sen"]
    ).dropna()
    rate = exclusions_derived.read(raw, areas).observations
    rate = rate[
        (rate["measure"] == SUSPENSIONS)
        & (rate["year"] == "2022/23")
        & (rate["breakdown"] == "total")
    ].set_index("la_code")["value"]
    rate = rate.reindex(weighted.index)
    assert len(rate) == 152
    # SOURCES.md: correlation 0.9999; the sum reproduces the annual rate to about 1%.
    assert np.corrcoef(weighted, rate)[0, 1] == pytest.approx(0.9999, abs=5e-5)
    assert (weighted / rate).median() == pytest.approx(1, abs=0.01)


def test_ons_codes_of_any_year_become_dfe_codes(rows):
    # data.md: Buckinghamshire and North Yorkshire change their ONS code, not their own.
    years = rows[rows["breakdown"] == "ehc_plan|autumn"].groupby("la_code")["year"].unique()
    assert len(years["825"]) == 6
    assert len(years["815"]) == 6
    assert rows["la_code"].str.fullmatch(r"\d{3}").all()


def camden(column, value):
    def edit(table):
        keys = {
            "la_name": "Camden",
            "time_period": "202324",
            "education_phase": "Total",
            "send_category": "EHC plan",
        }
        return where(table, column, value, **keys)

    return edit


ALTERED = {
    "a column renamed": (
        lambda table: table.rename(columns={"susp_rate": "suspension_rate"}),
        ["susp_rate (the nearest is suspension_rate)"],
    ),
    "an unknown code": (camden("new_la_code", "E09999999"), ["E09999999"]),
    "an unknown term": (camden("time_identifier", "Year"), ["Year", "Autumn term"]),
    "an unknown group": (camden("send_category", "SEN"), ["send_category: SEN"]),
    "an unknown symbol": (camden("perm_excl_rate", "*"), ["'*'", "perm_excl_rate"]),
    "a blank": (camden("susp_rate", ""), ["''"]),
    "columns exchanged": (
        lambda table: table.rename(
            columns={"susp_rate": "one_plus_susp_rate", "one_plus_susp_rate": "susp_rate"}
        ),
        ["more pupils suspended than suspensions"],
    ),
    "a row twice": (
        lambda table: pd.concat([table, table.head(1)]),
        ["more than once"],
    ),
    "a year lost": (
        lambda table: table[table["time_period"] != "202122"],
        ["expected every one from 2020 to 2025"],
    ),
}


@pytest.mark.parametrize(("edit", "words"), ALTERED.values(), ids=ALTERED)
def test_an_altered_copy_is_refused(raw_dir, tmp_path, edit, words):
    raw = altered_table(raw_dir, tmp_path, PATH, edit)
    with pytest.raises(SourceError) as refused:
        exclusions_termly.read(raw, geography(raw_dir))
    for word in words:
        assert word in str(refused.value)


def test_a_lost_term_leaves_no_annual_rate(raw_dir, tmp_path):
    def edit(table):
        lost = (table["la_name"] == "Camden") & (table["time_identifier"] == "Spring term")
        return table[~(lost & (table["time_period"] == "202324"))]

    raw = altered_table(raw_dir, tmp_path, PATH, edit)
    found = exclusions_termly.read(raw, geography(raw_dir)).observations
    annual = found[(found["la_code"] == "202") & (found["breakdown"] == "ehc_plan")]
    assert sorted(annual["year"].unique())[-1] == "2022/23"
