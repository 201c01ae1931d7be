"""The panel and `data show`: real figures, honest absences, questions refused."""

import csv
import io
import json
import math
import time

import pandas as pd
import pytest

from highneeds.cli import main
from highneeds.errors import UsageError
from highneeds.panel.panel import load_panel
from highneeds.panel.schema import LONG_COLUMNS, MEASURES
from highneeds.periods import CalendarYear, Census

ENGLAND = "England"


@pytest.fixture(scope="module")
def panel():
    return load_panel()


def show(capsys, *question):
    code = main(["data", "show", *question])
    said = capsys.readouterr()
    return code, said.out, said.err


def test_a_table_has_one_row_a_key_and_every_column(panel):
    found = panel.table(["ehc_plans", "dsg_balance_gbp"], breakdowns="all")
    assert tuple(found.columns) == LONG_COLUMNS
    key = ["la_code", "year", "measure", "breakdown_type", "breakdown"]
    assert not found.duplicated(key).any()
    assert found["la_name"].notna().all()
    assert set(found["measure"]) == {"ehc_plans", "dsg_balance_gbp"}


def test_every_measure_has_figures_and_every_figure_a_measure(panel):
    assert set(panel.table()["measure"]) == set(MEASURES)


def test_a_question_may_mix_names_codes_years_and_breakdowns(panel):
    found = panel.table(
        "ehc_plans",
        areas=["Somerset", "E06000058", "South West", ENGLAND],
        years=["2025", 2024],
        breakdowns=["5-10", "total/total"],
    )
    assert set(found["la_code"]) == {"933", "839", "E12000009", "E92000001"}
    assert set(found["year"]) == {"2024", "2025"}
    assert set(found["breakdown"]) == {"5-10", "total"}
    assert len(found) == 4 * 2 * 2


def test_a_breakdown_type_means_all_of_it(panel):
    found = panel.table("ehc_plans", areas=[ENGLAND], years=["2025"], breakdowns=["need"])
    assert found["value"].sum() == 638_745
    assert set(found["breakdown_type"]) == {"need"}


@pytest.mark.parametrize(
    ("measure", "period", "value", "unit"),
    [
        # SOURCES.md of the SEN2 releases and of the outturn.
        ("ehc_plans", Census(2025), 638_745, "plans"),
        ("new_ehc_plans", CalendarYear(2024), 97_747, "plans"),
        ("ceased_ehc_plans", "2024", 44_862, "plans"),
        ("suspensions", "2016/17", 381_865, "suspensions"),
        ("tribunal_appeals", "2024", 22_276, "appeals"),
    ],
)
def test_one_figure_with_its_unit_status_and_source(panel, measure, period, value, unit):
    found = panel.figure(measure, ENGLAND, period)
    assert (found.value, found.unit, found.status) == (value, unit, "observed")
    assert found.source_id in set(panel.companion("sources")["source_id"])


def test_a_missing_figure_has_no_value_and_a_status(panel):
    withdrawn = panel.figure("ehc_plans", "Brighton", "2025", "placement/state_special")
    assert (withdrawn.value, withdrawn.status) == (None, "withdrawn")
    never = panel.figure("ehc_plans", "BCP", "2018")
    assert (never.value, never.status, never.source_id) == (None, "unavailable", "")


def test_a_matrix_has_areas_in_rows_and_periods_in_columns(panel):
    plans = panel.matrix("ehc_plans")
    assert list(plans.columns) == [str(year) for year in range(2010, 2027)]
    assert plans.loc["E92000001", "2010"] == 228_221
    assert math.isnan(plans.loc["839", "2019"])
    assert plans["2025"].filter(regex=r"^\d{3}$").sum() == 638_745
    assert plans["2026"].filter(regex=r"^\d{3}$").sum() == 718_838


@pytest.mark.parametrize("measure", ["ehc_plans", "population_by_age", "dsg_balance_gbp"])
def test_part_of_a_measure_is_those_of_its_rows(panel, measure):
    rows = panel.rows(measure)
    for kind, name in sorted(
        set(zip(rows["breakdown_type"], rows["breakdown"], strict=True))
    )[::40]:
        of_kind = rows[rows["breakdown_type"] == kind]
        one = of_kind[of_kind["breakdown"] == name]
        pd.testing.assert_frame_equal(panel.one_breakdown(measure, kind, name), one)
        pd.testing.assert_frame_equal(panel.one_kind(measure, kind), of_kind)
        england = of_kind[of_kind["la_code"] == "E92000001"]
        pd.testing.assert_frame_equal(panel.one_kind(measure, kind, "E92000001"), england)
        wide = one.set_index(["la_code", "year"])["value"].unstack("year")
        pd.testing.assert_frame_equal(panel.matrix(measure, f"{kind}/{name}"), wide)


def test_a_matrix_given_out_is_the_callers_to_change(panel):
    mine = panel.matrix("ehc_plans")
    mine.loc["E92000001", "2025"] = 0
    assert panel.matrix("ehc_plans").loc["E92000001", "2025"] == 638_745


@pytest.mark.parametrize("measure", ["ehc_plans", "s251_high_needs_net_gbp"])
def test_a_table_gives_totals_unless_breakdowns_are_asked_for(panel, measure):
    found = panel.table(measure)
    assert set(zip(found["breakdown_type"], found["breakdown"], strict=True)) == {
        ("total", "total")
    }
    assert not found.duplicated(["la_code", "year"]).any()
    wide = found.pivot(index="la_code", columns="year", values="value")
    pd.testing.assert_frame_equal(
        wide.sort_index(), panel.matrix(measure).sort_index(), check_names=False
    )
    everything = panel.table(measure, breakdowns="all")
    assert set(everything["breakdown_type"]) == set(MEASURES[measure].breakdown_types)


def test_a_measure_without_a_total_gives_its_parts(panel):
    found = panel.table("s251_outturn_line_gbp", areas="Somerset")
    assert set(found["breakdown_type"]) == {"line"}
    assert len(found) > 1


def test_one_name_is_a_name_and_not_its_letters(panel):
    one = panel.table("ehc_plans", areas="Somerset", years=2025, breakdowns="need")
    several = panel.table(
        ["ehc_plans"], areas=["Somerset"], years=["2025"], breakdowns=["need"]
    )
    assert len(one) > 1
    pd.testing.assert_frame_equal(one, several)
    area = panel.area("Somerset")
    assert set(panel.table("ehc_plans", areas=area)["la_code"]) == {"933"}
    assert panel.why_empty("ehc_plans", "Somerset", 2031)[0].startswith("Somerset (933)")


def test_the_latest_period_with_a_figure(panel):
    assert panel.latest("ehc_plans", "Somerset") == Census(2026)
    assert panel.latest("ehc_plans", "Cumbria") == Census(2023)
    # Its balance at March 2024 is not published.
    assert panel.latest("dsg_balance_gbp", "Cumberland") is None


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ({"measures": "ehc_plan"}, "the nearest are .*ehc_plans"),
        ({"measures": "ehc_plans", "areas": ["Somerst"]}, r"Somerset \(933\)"),
        ({"measures": "ehc_plans", "years": ["2024-25"]}, "january period"),
        ({"measures": "suspensions", "years": ["2024"]}, "academic period"),
        (
            {"measures": "ehc_plans", "breakdowns": ["placements"]},
            "the nearest are placement",
        ),
        ({"measures": "ehc_plans", "breakdowns": ["age/5-11"]}, "the nearest "),
    ],
)
def test_a_question_that_means_nothing_is_refused(panel, question, words):
    with pytest.raises(UsageError, match=words):
        panel.table(**question)


def test_a_period_of_another_calendar_is_refused_even_when_it_reads_alike(panel):
    with pytest.raises(UsageError, match="kept by january period, not calendar"):
        panel.figure("ehc_plans", ENGLAND, CalendarYear(2024))


@pytest.mark.parametrize(
    ("measure", "area", "year", "reason"),
    [
        ("ehc_plans", "Somerset", "2031", "not in this record for that period"),
        (
            *("ehc_plans", "BCP", "2019"),
            "before the authority existed (it began on 1 April 2019); published for its "
            "predecessors: Bournemouth (837), Poole (836), Dorset (835)",
        ),
        (
            *("ehc_plans", "Cumbria", "2024"),
            "after the authority ended (on 31 March 2023); published for its successors: "
            "Cumberland (942), Westmorland and Furness (943)",
        ),
        (
            *("new_ehc_plans", "Northamptonshire", "2021"),
            "published for its successors: North Northamptonshire (940), "
            "West Northamptonshire (941)",
        ),
    ],
)
def test_an_empty_answer_says_why(panel, measure, area, year, reason):
    assert panel.table(measure, areas=[area], years=[year]).empty
    first, span = panel.why_empty(measure, [area], [year])
    assert first == f"{panel.area(area)}, {year}: {reason}."
    assert "is published here for" in span


def test_an_authority_a_release_leaves_out_has_a_row_that_says_so(panel):
    found = panel.table(
        "new_ehc_plans", areas=["Leicester"], years=["2023"], breakdowns=["total"]
    )
    assert panel.why_no_value(found) == [
        "Leicester (856), 2023: unavailable. The release has no row for Leicester."
    ]


def test_an_area_outside_a_publication_is_named(panel):
    (first, _) = panel.why_empty("s251_outturn_line_gbp", ["London"], None)
    assert first == "London (E12000007): not in the publication of s251_outturn_line_gbp."


def test_rows_without_a_value_are_explained_from_the_record_of_faults(panel):
    found = panel.table(
        "ehc_plans", areas=["Wolverhampton"], years=["2025"], breakdowns=["placement"]
    )
    (said,) = panel.why_no_value(found)
    assert said.startswith("Wolverhampton (336), 2025: withdrawn. ")
    assert len(said) > len("Wolverhampton (336), 2025: withdrawn. ")
    assert panel.why_no_value(panel.table("ehc_plans", areas=[ENGLAND])) == []


def test_coverage_lists_every_measure_with_its_span(panel):
    found = panel.coverage().set_index("measure")
    assert set(found.index) == set(MEASURES)
    assert found.loc["ehc_plans", ["from", "to"]].tolist() == ["2010", "2026"]
    assert found.loc["suspensions", ["from", "to"]].tolist() == ["2006/07", "2023/24"]
    assert found.loc["s251_high_needs_net_gbp", "period_type"] == "financial"


def test_the_whole_panel_is_served_in_well_under_a_second_once_read(panel):
    panel.table(breakdowns="all")
    start = time.perf_counter()
    panel.table(breakdowns="all")
    assert time.perf_counter() - start < 1.0


def test_show_prints_a_table_for_reading(capsys):
    code, out, err = show(
        capsys, "ehc_plans", "--area", "Somerset", "--area", ENGLAND, "--year", "2025"
    )
    assert (code, err) == (0, "")
    heading, *rows = out.splitlines()
    assert heading.split() == list(LONG_COLUMNS)
    assert len(rows) == 2
    assert "638,745" in out


def test_show_gives_csv_for_other_programs(capsys):
    code, out, _ = show(capsys, "ehc_plans", "--area", ENGLAND, "--format", "csv")
    table = list(csv.DictReader(io.StringIO(out)))
    assert code == 0
    assert list(table[0]) == list(LONG_COLUMNS)
    assert {row["year"]: row["value"] for row in table}["2025"] == "638745"
    assert all(row["breakdown_type"] == "total" for row in table)


def test_show_gives_json_with_null_for_no_figure(capsys):
    code, out, _ = show(
        capsys,
        *("ehc_plans", "--area", "Brighton", "--year", "2025"),
        *("--breakdown", "placement/elsewhere", "--format", "json"),
    )
    (row,) = json.loads(out)
    assert code == 0
    assert (row["value"], row["status"]) == (None, "withdrawn")


def test_show_of_a_withdrawn_figure_says_why(capsys):
    code, out, err = show(
        capsys,
        *("ehc_plans", "--area", "Brighton", "--year", "2025"),
        *("--breakdown", "placement/elsewhere"),
    )
    assert code == 0
    assert "withdrawn" in out
    assert "Brighton and Hove (846), 2025: withdrawn. The publisher" in err


def test_show_of_nothing_says_why_and_is_not_an_error(capsys):
    code, out, err = show(capsys, "ehc_plans", "--area", "BCP", "--year", "2018")
    assert (code, out) == (0, "")
    assert "before the authority existed" in err
    assert "2010 to 2026" in err
    code, out, _ = show(
        capsys, "ehc_plans", "--area", "BCP", "--year", "2018", "--format", "json"
    )
    assert (code, json.loads(out)) == (0, [])


@pytest.mark.parametrize(
    ("question", "words"),
    [
        (["ehc_plans", "--area", "Somerst"], "Nearest: Somerset (933), North Somerset"),
        (["ehc_plans", "--area", "Kingston"], "Kingston upon Thames (314)"),
        (["ehc_plans", "--year", "2021-22"], "Write it as 2025 (January 2025)"),
        (["s251_high_needs_net_gbp", "--year", "2022"], "Write it as 2021-22"),
        (["suspensions", "--year", "2016-17"], "Write it as 2016/17"),
        (["ehc_plams"], "No measure is called 'ehc_plams' (the nearest are ehc_plans"),
        (["ehc_plans", "--harmonise", "split"], "neither 'as_published' nor 'merge'"),
    ],
)
def test_show_refuses_a_question_that_means_nothing(capsys, question, words):
    code, out, err = show(capsys, *question)
    assert (code, out) == (2, "")
    assert words in err
    assert "Traceback" not in err


@pytest.mark.parametrize(
    ("measure", "asked", "shown"),
    [
        ("s251_high_needs_net_gbp", "21/22", "2021-22"),
        ("s251_high_needs_net_gbp", "2021/2022", "2021-22"),
        ("suspensions", "16/17", "2016/17"),
    ],
)
def test_show_takes_a_year_as_people_write_it(capsys, measure, asked, shown):
    code, out, err = show(capsys, measure, "--area", "Kent", "--year", asked)
    assert (code, err) == (0, "")
    assert shown in out


def test_show_merges_areas_when_asked(capsys):
    _, out, _ = show(
        capsys,
        *("ehc_plans", "--area", "North Northamptonshire", "--year", "2022"),
        *("--harmonise", "merge", "--format", "json"),
    )
    (row,) = json.loads(out)
    # 2,842 in North and 2,847 in West Northamptonshire.
    assert (row["la_name"], row["value"]) == ("Northamptonshire area", 2_842 + 2_847)


def test_show_refuses_a_rate_of_merged_areas_with_the_reason(capsys):
    code, out, err = show(
        capsys,
        *("pupils_with_ehc_plan_pct", "--area", "940", "--year", "2024"),
        *("--harmonise", "merge"),
    )
    assert (code, out) == (11, "")
    assert "cannot be summed over authorities" in err


# Plans of January 2019 and 2025, before and after each change, from the 2025 release.
@pytest.mark.parametrize(
    ("key", "january", "parts"),
    [
        ("838+839", "2019", ["835", "836", "837"]),
        ("838+839", "2025", ["838", "839"]),
        ("940+941", "2021", ["928"]),
        ("940+941", "2022", ["940", "941"]),
        ("942+943", "2023", ["909"]),
        ("942+943", "2024", ["942", "943"]),
        ("822+823", "2010", ["822", "823"]),
        ("895+896", "2025", ["895", "896"]),
    ],
)
def test_a_comparable_area_is_the_sum_of_what_is_published(panel, key, january, parts):
    found = panel.table("ehc_plans", areas=[key], years=[january], harmonise="merge")
    total = found.set_index(["breakdown_type", "breakdown"])["value"]["total", "total"]
    assert total == sum(panel.figure("ehc_plans", code, january).value for code in parts)


@pytest.mark.parametrize("name", [n for n, m in MEASURES.items() if m.additive])
def test_merging_keeps_every_national_sum_that_is_complete(panel, name):
    """To the penny; where a merged area is incomplete, its parts are left out of both."""
    key = ["breakdown_type", "breakdown", "year"]
    before, after = (
        panel.table(name, breakdowns="all", harmonise=how)
        for how in ("as_published", "merge")
    )
    members = {c for a in panel.geography.comparable_areas for c in a.la_codes}
    gone = after[after["la_code"].str.contains(r"\+") & after["value"].isna()]
    lost = before[before["la_code"].isin(members)].merge(
        gone.assign(mine=gone["la_code"])[["mine", *key]], on=key
    )
    groups = {c: a.key for a in panel.geography.comparable_areas for c in a.la_codes}
    lost = lost[lost["la_code"].map(groups) == lost["mine"]]
    sums = [
        table[table["geography_level"] == "la"].groupby(key)["value"].sum()
        for table in (before, after)
    ]
    difference = (
        sums[0]
        - sums[1]
        - lost.groupby(key)["value"].sum().reindex(sums[0].index, fill_value=0)
    )
    assert difference.abs().max() < 0.005


def test_old_and_new_codes_stand_side_by_side_only_where_each_has_part_of_a_year(panel):
    """Otherwise a merged sum would count the same children twice."""
    for area in panel.geography.comparable_areas:
        old, new = (set(codes) for codes in area.generations)
        rows = panel.table(areas=area.la_codes, breakdowns="all").dropna(subset=["value"])
        both = rows.groupby(["measure", "year"])["la_code"].agg(set)
        mixed = both[both.map(lambda codes, o=old, n=new: bool(codes & o and codes & n))]
        assert set(mixed.index) <= {("tribunal_appeals", "2021")}


# The rates of single authorities, divided again, are the published ones to the last digit.
@pytest.mark.parametrize(
    ("name", "above", "below", "at", "rounding"),
    [
        ("suspensions_per_100", "suspensions", "pupils", "total/total", 0.0055),
        (
            *("permanent_exclusions_per_100", "permanent_exclusions", "pupils"),
            *("total/total", 0.0055),
        ),
        (
            *("pupils_suspended_per_100", "pupils_with_one_or_more_suspension"),
            *("pupils", "total/total", 0.0055),
        ),
        (
            *("tribunal_appeal_rate_pct", "tribunal_appeals"),
            *("tribunal_appealable_decisions", "total/total", 0.05),
        ),
        (
            *("ehc_plans_issued_within_20_weeks_pct", "ehc_plans_issued_within_20_weeks"),
            *("ehc_plans_issued", "basis/excluding_exceptions", 0.05),
        ),
    ],
)
def test_a_published_rate_is_made_of_the_parts_named_for_it(
    panel, name, above, below, at, rounding
):
    again = 100 * panel.matrix(above, at) / panel.matrix(below, at)
    own = panel.matrix(name).filter(regex=r"^\d{3}$", axis="index")
    difference = (own - again.reindex(own.index)).abs()
    assert difference.notna().sum().sum() > 1_000
    # A hair above half the last digit, for values that end in 5.
    assert difference.max().max() < rounding + 1e-9


def test_a_harmonised_rate_of_the_split_year_2008_09(panel):
    """820 has the pupils, 822 and 823 the suspensions."""
    year = "2008/09"
    found = panel.table(
        "suspensions_per_100", areas=["Bedford"], years=[year], harmonise="merge"
    )
    total = found[found["breakdown_type"] == "total"]["value"].item()
    events = sum(panel.figure("suspensions", code, year).value for code in ("822", "823"))
    assert total == pytest.approx(100 * events / panel.figure("pupils", "820", year).value)


def test_figures_can_be_pivoted_by_pandas_without_loss(panel):
    found = panel.table("ehc_plans", breakdowns=["total/total"])
    wide = found.pivot(index="la_code", columns="year", values="value")
    pd.testing.assert_frame_equal(
        wide.sort_index(), panel.matrix("ehc_plans").sort_index(), check_names=False
    )
