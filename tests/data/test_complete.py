"""Every cell of the embedded record: a row, a reason, a part within its whole."""

import pandas as pd
import pytest

from highneeds import home
from highneeds.cli import main
from highneeds.errors import SourceError
from highneeds.panel.audit import missing_cells
from highneeds.panel.complete import in_being
from highneeds.panel.panel import load_panel
from highneeds.panel.parts import require_parts_within
from highneeds.panel.schema import MEASURES, TABLES

ENGLAND = "E92000001"


@pytest.fixture(scope="module")
def record():
    tables = [home.read_table(home.tables_dir() / f"{name}.csv.gz") for name in TABLES]
    stored = pd.concat(tables, ignore_index=True)
    return stored.assign(value=pd.to_numeric(stored["value"]))


@pytest.fixture(scope="module")
def issues():
    return home.read_table(home.tables_dir() / "issues.csv")


@pytest.mark.parametrize("name", MEASURES)
def test_every_authority_in_being_has_a_row_in_every_period(name):
    panel = load_panel()
    rows = panel.rows(name)
    rows = rows[rows["geography_level"] == "la"]
    if "total" in set(rows["breakdown_type"]):
        years = set(rows.loc[rows["breakdown_type"] == "total", "year"])
        rows = rows[(rows["breakdown_type"] == "total") | ~rows["year"].isin(years)]
    for year, mine in rows.groupby("year"):
        there = {area.la_code for area in in_being(name, str(year), panel.geography)}
        assert there <= set(mine["la_code"]), (name, year)


@pytest.mark.parametrize(
    ("area", "measure"),
    [
        ("Leicester", "new_ehc_plans"),
        ("Isle of Wight", "new_ehc_plans"),
        ("Leicester", "ceased_ehc_plans"),
        ("Isle of Wight", "ceased_ehc_plans"),
        ("Hackney", "ceased_ehc_plans"),
        ("Leicester", "ehc_plans_issued"),
    ],
)
def test_a_return_missing_in_2023_is_a_row_with_a_status(area, measure):
    found = load_panel().table(measure, areas=[area], years=["2023"], breakdowns=["total"])
    [row] = found.to_dict("records")
    assert (row["status"], pd.isna(row["value"])) == ("unavailable", True)


# England's figure of each is exactly the sum of the authorities that sent one.
@pytest.mark.parametrize(
    ("measure", "names"),
    [
        ("new_ehc_plans", ["Leicester", "Isle of Wight"]),
        ("ceased_ehc_plans", ["Hackney", "Leicester", "Isle of Wight"]),
    ],
)
def test_a_national_sum_of_2023_that_lacks_authorities_is_named(issues, measure, names):
    wide = load_panel().matrix(measure)["2023"]
    assert wide[wide.index.str.isdigit()].sum() == wide[ENGLAND]
    mine = issues[
        (issues["la_code"] == ENGLAND)
        & (issues["year"] == "2023")
        & (issues["measure"] == measure)
        & issues["issue_id"].str.startswith("left-out-")
    ]
    [why] = mine["why"]
    assert [name for name in names if name not in why] == []


def test_national_requests_of_2023_hold_what_they_did_not_print(issues):
    wide = load_panel().matrix("ehc_assessment_requests")["2023"]
    assert wide[ENGLAND] > wide[wide.index.str.isdigit()].sum()
    # An issue may name several measures; those refused or mediated are others.
    named = issues["measure"].str.contains(r"(?:^|; )ehc_assessment_requests(?:$|;)")
    mine = named & (issues["la_code"] == ENGLAND)
    assert not issues.loc[mine, "issue_id"].str.startswith("left-out-").any()


def test_every_figure_printed_and_not_used_has_its_reason():
    cells = missing_cells(load_panel())
    aside = cells[cells["status"] == "set_aside"]
    assert {"pupils_on_roll", "suspensions"} <= set(aside["measure"])
    assert (aside["why"] != "").all()


def test_no_figure_the_publisher_prints_is_said_not_to_be_given(capsys):
    """January 2016 and 2017: the release prints pupils of compulsory school age."""
    rows = load_panel().table("pupils_on_roll", years=[2016, 2017], breakdowns="all")
    assert set(rows["status"]) == {"set_aside"}
    # 152 authorities and 8 to 10 wider areas, by up to 7 kinds of school, in two years.
    assert len(rows) == 1922
    argv = ["data", "show", "pupils_on_roll", "--area", "Kent", "--year", "2016"]
    assert main(argv) == 0
    said = capsys.readouterr().err
    assert "gives no figure" not in said
    assert "compulsory school age" in " ".join(said.split())


def test_no_part_is_above_its_whole(record, issues):
    require_parts_within(record, issues)


def test_the_decisions_as_they_were_printed_would_be_refused(record, issues):
    """4,894 in development beside all 4,410 of Central Bedfordshire: the fault found."""
    new = "tribunal_appealable_decisions_in_development"
    printed = record.copy()
    for code, decisions in (("823", 4_894), ("873", 2_931)):
        cell = (printed["measure"] == new) & (printed["la_code"] == code)
        printed.loc[cell, "value"] = decisions
    with pytest.raises(
        SourceError, match=f"{new} total/total of 823 in 2024, 4,894 of 4,410"
    ):
        require_parts_within(printed, issues)


def test_sums_made_by_others_are_derived(issues):
    panel = load_panel()
    net = panel.rows("s251_high_needs_net_gbp")
    assert set(net.loc[net["value"].notna(), "status"]) == {"derived"}
    named = issues[issues["issue_id"].str.contains("summed-by-others")]
    assert sorted(named["year"]) == sorted(net["year"].unique())
    assert set(named["la_code"]) == {"all"}
    pupils = panel.rows("pupils")
    later = pupils[(pupils["year"] >= "2017/18") & pupils["la_code"].str.isdigit()]
    summed = later[later["breakdown"].isin(["total", "special"])]
    assert set(summed["status"]) == {"derived"}


def test_issues_of_every_area_are_shown_for_each(capsys):
    assert main(["data", "issues", "--area", "Kent"]) == 0
    out = " ".join(capsys.readouterr().out.split())
    assert "pupils_on_roll, every area, 2016" in out
