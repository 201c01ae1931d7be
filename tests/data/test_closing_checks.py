"""The record audited: what it covers, what is missing or repaired, whether it adds up."""

import pandas as pd
import pytest

from highneeds.geography import Geography
from highneeds.panel import audit
from highneeds.panel.panel import load_panel
from highneeds.panel.schema import MEASURES
from highneeds.periods import FinancialYear
from highneeds.record.closing import closure_table
from tests.made_panel import figure, made_panel

ENGLAND = "E92000001"


@pytest.fixture(scope="module")
def panel():
    return load_panel()


@pytest.fixture(scope="module")
def checks(panel):
    return audit.closing_checks(panel)


@pytest.fixture(scope="module")
def covered(panel):
    found = audit.coverage(panel)
    return found.set_index(["measure", "breakdown_type", "year"]).sort_index()


# stock + new - ceased = expected; published less expected, and its share of published.
@pytest.mark.parametrize(
    ("year", "opening", "new", "ceased", "closing", "unexplained", "per_cent"),
    [
        ("2023", 473_255, 66_706, 34_724, 517_048, 11_811, 2.3),
        ("2024", 517_048, 84_428, 39_419, 576_474, 14_417, 2.5),
        ("2025", 576_474, 97_747, 44_862, 638_745, 9_386, 1.5),
        ("2026", 638_745, 110_708, 50_346, 718_838, 19_731, 2.7),
    ],
)
def test_stock_and_flows_of_england_do_not_close_by_what_is_published(
    panel, year, opening, new, ceased, closing, unexplained, per_cent
):
    row = audit.stock_flow_identity(panel).set_index("year").loc[year]
    assert opening + new - ceased + unexplained == closing
    assert row[["opening", "new", "ceased", "closing", "unexplained"]].tolist() == [
        *(opening, new, ceased, closing),
        unexplained,
    ]
    assert row["expected"] == opening + new - ceased
    assert round(100 * row["unexplained_share"], 1) == per_cent
    before = int(year) - 1
    assert row["rule"] == (
        f"calendar year {before} flows lie between January {before} and January {year}: "
        f"joined to January {year}"
    )


def test_stock_and_flows_of_an_authority_with_a_figure_missing_have_no_sum(panel):
    rows = audit.stock_flow_identity(panel, ["Leicester", "Cumberland"])
    table = rows.set_index(["la_name", "year"])
    # Leicester returned no new plans of 2023; Cumberland began in April 2023.
    assert table["unexplained"].isna().to_dict() == {
        ("Leicester", "2023"): False,
        ("Leicester", "2024"): True,
        ("Leicester", "2025"): False,
        ("Leicester", "2026"): False,
        ("Cumberland", "2023"): True,
        ("Cumberland", "2024"): True,
        ("Cumberland", "2025"): False,
        ("Cumberland", "2026"): False,
    }


@pytest.mark.parametrize(
    ("measure", "years"),
    [
        ("ehc_plans", range(2010, 2027)),
        ("new_ehc_plans", range(2009, 2026)),
        ("ceased_ehc_plans", range(2022, 2026)),
        ("residential_placements", range(2019, 2026)),
        ("tribunal_appeals", range(2014, 2026)),
        ("tribunal_appealable_decisions", range(2014, 2025)),
    ],
)
def test_authorities_add_up_to_england_and_to_every_region(checks, measure, years):
    mine = checks[(checks["measure"] == measure) & (checks["breakdown_type"] == "total")]
    for check, areas in (("authorities to England", 1), ("authorities to region", 9)):
        found = mine[mine["check"] == check].groupby("year")
        assert list(found.groups) == [str(year) for year in years]
        assert (found.size() == areas).all()
        assert (found["residual"].agg(lambda values: values.abs().max()) == 0).all()


@pytest.mark.parametrize(
    ("measure", "years"),
    [
        (
            "high_needs_block_before_deductions_gbp",
            ["2019-20", "2020-21", "2021-22", "2022-23", "2023-24"],
        ),
        (
            "high_needs_block_after_deductions_gbp",
            ["2019-20", "2020-21", "2021-22", "2022-23", "2023-24"],
        ),
        ("high_needs_places_deduction_gbp", ["2020-21", "2021-22", "2022-23", "2023-24"]),
        ("dsg_balance_gbp", ["2019-20", "2020-21", "2021-22"]),
    ],
)
def test_pounds_of_authorities_add_up_to_england_to_the_penny(checks, measure, years):
    mine = checks[
        (checks["measure"] == measure)
        & (checks["breakdown_type"] == "total")
        & (checks["check"] == "authorities to England")
    ].set_index("year")
    assert list(mine.index) == years
    assert mine["residual"].abs().max() < 0.005


def test_exclusions_add_up_within_the_rounding_of_national_figures(checks):
    mine = checks[
        checks["measure"].isin(["suspensions", "pupils"])
        & (checks["check"] == "authorities to England")
        & (checks["breakdown_type"] == "total")
    ]
    assert mine.groupby("measure").size().to_dict() == {"suspensions": 18, "pupils": 18}
    rounded = mine["year"] < "2017/18"
    assert mine.loc[rounded, "residual"].abs().max() <= 2.5
    assert (mine.loc[~rounded, "residual"] == 0).all()


def test_placements_of_the_stock_add_up_in_every_year_but_the_three_known(checks):
    mine = checks[
        (checks["measure"] == "ehc_plans")
        & (checks["breakdown_type"] == "placement")
        & (checks["check"] == "parts to total")
    ]
    # 2016 and 2018: the establishment file's own totals are wrong. 2024: two authorities.
    assert set(mine.loc[mine["outcome"] == "does not close", "year"]) == {
        "2016",
        "2018",
        "2024",
    }
    england = mine[mine["la_code"] == ENGLAND].set_index("year")["residual"]
    # 256,530 - 256,315; 312,626 - 319,819; Hackney and Peterborough of January 2024.
    assert england[["2016", "2018"]].tolist() == [215, -7_193]
    assert (england.drop(["2016", "2018", "2024"]) == 0).all()


def test_whatever_does_not_close_is_in_the_record_of_faults(checks):
    unclosed = checks[(checks["outcome"] == "does not close") & (checks["recorded"] == "")]
    assert unclosed.empty
    faulty = checks[
        (checks["outcome"] == "does not close")
        & checks["recorded"].str.startswith("exclusions-phases-do-not-sum")
    ]
    found = faulty[["measure", "la_code", "year", "parts", "total"]].to_numpy().tolist()
    # As published: primary, secondary and special, 970 + 7,520 + 165, are not 8,680.
    assert found == [["permanent_exclusions", ENGLAND, "2006/07", 8_655, 8_680]]


def test_where_a_part_is_missing_nothing_is_said_to_fail(checks):
    missing = checks[checks["outcome"] == "parts missing"]
    assert (missing["missing_parts"] > 0).all()
    assert set(checks["outcome"]) == {"closes", "parts missing", "does not close"}
    assert tuple(checks.columns) == audit.CHECK_COLUMNS


def test_rates_are_not_summed(checks):
    assert all(MEASURES[name].additive for name in checks["measure"].unique())


def test_coverage_of_the_stock_is_complete_in_every_january(covered):
    mine = covered.loc["ehc_plans", "total"]
    assert list(mine.index) == [str(year) for year in range(2010, 2027)]
    assert (mine["with_value"] == 1).all()
    assert mine.loc["2026", "authorities"] == 153
    assert mine.loc["2020", "authorities"] == 151


def test_coverage_of_placements_names_the_missing_and_withdrawn(covered):
    mine = covered.loc["ehc_plans", "placement"]
    # Hackney and Peterborough in 2024; Cambridgeshire and North East Lincolnshire in 2025,
    # when Brighton and Hove and Wolverhampton were withdrawn.
    assert mine.loc["2024", "missing"] == pytest.approx(2 / 153)
    assert mine.loc["2025", "missing"] == pytest.approx(4 / 153)
    assert mine.loc["2025", "withdrawn"] == pytest.approx(2 / 153)
    assert (mine.loc[:"2023", "missing"] == 0).all()


def test_coverage_of_new_plans_shows_the_repaired_region_of_2022(covered):
    mine = covered.loc["new_ehc_plans", "total"]
    # 15 authorities of Yorkshire and The Humber; Wakefield is estimated, not repaired.
    assert mine.loc["2022", "repaired"] == pytest.approx(14 / 152)
    assert mine.loc["2023", "missing"] == pytest.approx(2 / 153)


def test_coverage_of_spending_shows_the_two_authorities_missing_in_2023_24(covered):
    mine = covered.loc["s251_high_needs_net_gbp", "total"]
    assert mine["missing"].to_dict() == pytest.approx(
        dict.fromkeys(mine.index, 0.0) | {"2023-24": 2 / 153}
    )


def test_shares_are_shares(covered):
    for name in ("with_value", "missing", "repaired", "withdrawn"):
        assert covered[name].between(0, 1).all()
    assert (covered["with_value"] + covered["missing"]).to_numpy() == pytest.approx(1)


def test_every_missing_cell_is_listed_with_its_status(panel):
    listed = audit.missing_cells(panel, ["ehc_plans", "suspensions"])
    table = panel.table(["ehc_plans", "suspensions"], breakdowns="all")
    assert len(listed) == table["value"].isna().sum()
    brighton = listed[
        (listed["la_name"] == "Brighton and Hove")
        & (listed["breakdown_type"] == "placement")
        & (listed["year"] == "2025")
    ]
    assert len(brighton) == 8
    assert brighton["why"].str.startswith("The publisher set these placements to x").all()


def test_every_repaired_cell_says_what_was_published_and_why(panel):
    listed = audit.repaired_cells(panel)
    yorkshire = listed[(listed["measure"] == "new_ehc_plans") & (listed["year"] == "2022")]
    assert len(yorkshire) == 14
    assert set(yorkshire["published"]) == {"6,078"}
    assert yorkshire["used"].astype(float).tolist() == yorkshire["value"].tolist()
    silent = listed[listed["why"] == ""]
    assert silent.empty, silent[["measure", "la_name", "year"]].to_string()


def test_a_measure_that_cannot_be_summed_has_no_check(panel):
    found = audit.closing_checks(panel, ["tribunal_appeal_rate_pct"])
    assert (len(found), tuple(found.columns)) == (0, audit.CHECK_COLUMNS)


def made(tmp_path, england, authorities, issues=None):
    figures = [
        figure("ehc_plans", "E92000001", "2025", england),
        *(
            figure("ehc_plans", code, "2025", value, status)
            for code, value, status in authorities
        ),
    ]
    return made_panel(tmp_path, figures, issues)


def test_a_sum_that_fails_is_noticed(tmp_path):
    record = made(tmp_path, 31, [("933", 10, "observed"), ("878", 20, "observed")])
    (row,) = audit.closing_checks(record, ["ehc_plans"]).to_dict("records")
    assert (row["parts"], row["total"], row["residual"]) == (10 + 20, 31, -1)
    assert (row["outcome"], row["recorded"]) == ("does not close", "")


def test_a_failure_names_what_is_recorded_of_it(tmp_path):
    issue = {"issue_id": "known", "measure": "ehc_plans", "year": "2025"}
    record = made(tmp_path, 31, [("933", 10, "observed")], [issue])
    assert audit.closing_checks(record, ["ehc_plans"])["recorded"].tolist() == ["known"]


def test_a_missing_part_is_no_failure(tmp_path):
    parts = [("933", 10, "observed"), ("878", None, "suppressed")]
    (row,) = audit.closing_checks(made(tmp_path, 31, parts), ["ehc_plans"]).to_dict(
        "records"
    )
    assert (row["missing_parts"], row["outcome"]) == (1, "parts missing")


def test_half_a_unit_is_rounding_and_more_is_not(tmp_path):
    for published, outcome in ((10.4, "closes"), (10.6, "does not close")):
        record = made(tmp_path / outcome, published, [("933", 10, "observed")])
        assert audit.closing_checks(record, ["ehc_plans"])["outcome"].tolist() == [outcome]


def test_coverage_counts_an_authority_without_a_row_as_missing(tmp_path):
    record = made(tmp_path, 10, [("933", 10, "repaired"), ("878", None, "withdrawn")])
    (row,) = audit.coverage(record, ["ehc_plans"]).to_dict("records")
    count = len(Geography.load().authorities(2025))
    assert row["authorities"] == count
    shares = pd.Series(row)[["with_value", "repaired", "withdrawn", "missing"]].tolist()
    assert shares == pytest.approx([1 / count, 1 / count, 1 / count, 1 - 1 / count])


@pytest.mark.parametrize("name", ["Somerset", "Kent", "Camden"])
def test_what_does_not_close_is_the_change_less_what_block_and_spending_imply(panel, name):
    area = panel.area(name)
    found = closure_table(panel, area).dropna(subset=["residual_gbp"])
    assert len(found) > 0
    for row in found.to_dict("records"):
        year = FinancialYear.parse(row["year"])

        def published(measure, when=year):
            return panel.figure(measure, area, when).value

        block = published("high_needs_block_after_deductions_gbp")
        net = published("s251_high_needs_net_gbp")
        places = row["spending_gbp"] - net
        assert places > 0
        change = published("dsg_balance_gbp") - published("dsg_balance_gbp", year.shift(-1))
        # What is left over: neither the block nor what was spent from it explains it.
        assert row["implied_gbp"] == pytest.approx(block - net - places)
        assert row["published_change_gbp"] == pytest.approx(change)
        assert row["residual_gbp"] == pytest.approx(change - (block - net - places))
