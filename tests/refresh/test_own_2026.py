"""The publisher's own file in place of figures copied from it."""

import pandas as pd
import pytest

from highneeds import home
from highneeds.cli import main
from highneeds.geography import Geography
from highneeds.panel.panel import Panel
from highneeds.refresh import editions
from highneeds.refresh import update as refresh
from highneeds.refresh.candidate import COMPLETE, examine
from highneeds.refresh.one_file import stored_table
from highneeds.sources import copies
from tests.raw.sen2_copies import cells, values
from tests.refresh import own_2026
from tests.refresh.published import as_csv

ENGLAND, KENT, WIGHT = "E92000001", "886", "921"
ASKED = "requests_received_in_year"


@pytest.fixture
def requests(raw_dir):
    return own_2026.requests(raw_dir)


def written(tmp_path, table):
    path = tmp_path / "requests.csv"
    path.write_bytes(as_csv(table))
    return path


def test_it_replaces_them_without_being_told_to(user_dir, tmp_path, requests, capsys):
    file = written(tmp_path, requests)
    assert main(["data", "add", str(file)]) == 0
    said = capsys.readouterr().out
    assert "the publisher's own file, in place of figures copied from it" in said
    panel = Panel(home.tables_dir(), Geography.load())
    figure = panel.figure("ehc_assessment_requests", "Kent", "2025")
    assert figure.source_id == "sen2_2026_requests"
    # The publisher prints x there: it follows from the region, as it did from the copy.
    withheld = panel.figure("ehc_assessment_requests", WIGHT, "2025")
    assert (withheld.value, withheld.status) == (138, "derived")
    issues = home.read_table(user_dir / "tables" / "issues.csv")
    mine = issues[
        issues["issue_id"] == f"ehc_assessment_requests-by-subtraction-2025-{WIGHT}"
    ]
    assert mine["source_id"].to_list() == ["sen2_2026_requests"]
    rows = stored_table(user_dir / "tables" / "plan_flows.csv.gz")
    asked = rows[(rows["measure"] == "ehc_assessment_requests") & (rows["year"] == "2025")]
    assert not asked["source_id"].map(copies.is_copy).any()
    assert main(["data", "add", str(file)]) == 0
    assert "nothing to add" in capsys.readouterr().out


def one_more(table, year):
    """A request more in Kent, its region and England."""
    level, region = table["geographic_level"], table["region_code"]
    here = (table["old_la_code"] == KENT) | (level == "National")
    here |= (level == "Regional") & (region == "E12000008")
    here &= (table["time_period"] == year) & table["breakdown"].str.startswith("All")
    assert here.sum() == 3
    more = pd.to_numeric(table.loc[here, ASKED]) + 1
    # What else is printed of them would no longer follow.
    beside = ["requests_decided_to_assess", *(one for one in table if one.endswith("_pc"))]
    table = table.assign(**{name: table[name].mask(here, "x") for name in beside})
    return table.assign(**{ASKED: table[ASKED].mask(here, more.astype(str))})


@pytest.mark.parametrize("year", ["2025", "2021"])
def test_a_cell_that_differs_is_listed_and_the_file_taken_only_when_told(
    user_dir, tmp_path, requests, capsys, year
):
    file = written(tmp_path, one_more(requests, year))
    assert main(["data", "add", str(file)]) == 10
    said = capsys.readouterr().err
    assert (
        "requests: the file is not the one whose figures were copied and are held" in said
    )
    assert "3 figures differ up to 2025: ehc_assessment_requests total/total of " in said
    held = Panel(home.tables_dir(), Geography.load()).matrix("ehc_assessment_requests")
    kent = held.loc[KENT, year]
    assert f"of Kent ({KENT}) {year}: {kent:,.0f}, now {kent + 1:,.0f}" in said
    assert "--accept" in said
    assert not (user_dir / "tables").exists()
    assert main(["data", "add", str(file), "--accept"]) == 0


def test_a_copied_figure_the_file_withholds_is_a_loss(user_dir, tmp_path, requests, capsys):
    kent = cells(requests, old_la_code=KENT, time_period="2025")
    requests.loc[kent, list(requests.columns[12:])] = "x"
    assert main(["data", "add", str(written(tmp_path, requests))]) == 10
    printed = capsys.readouterr()
    assert f"of Kent ({KENT}) 2025" in printed.err
    assert "now none (unavailable)" in printed.err


def test_a_figure_worked_out_here_that_stays_withheld_is_no_loss(
    user_dir, tmp_path, requests
):
    # Portsmouth withheld as well: what is left in the South East is of two, so of neither.
    both = cells(requests, old_la_code="851", time_period="2025")
    requests.loc[both, list(requests.columns[12:])] = "x"
    candidate = examine(written(tmp_path, requests))
    gone = values(candidate.reading.observations)["ehc_assessment_requests"]
    assert pd.isna(gone["total", "total", "2025", WIGHT])
    assert set(candidate.changes["la_code"]) == {"851"}


def test_it_adds_what_the_copy_of_the_caseload_lacks(raw_dir, user_dir, tmp_path, capsys):
    shipped = home.shipped_tables_dir()
    file = tmp_path / "caseload.csv"
    file.write_bytes(as_csv(own_2026.caseload(raw_dir, shipped)))
    candidate = examine(file)
    assert candidate.state == COMPLETE
    assert candidate.wants_consent() == ""
    added = candidate.changes
    # Settings of 153 authorities and nine regions; all else is as it was copied.
    assert set(added["breakdown_type"]) == {"placement_detail"}
    assert added["la_code"].nunique() == 153 + 9
    refresh.add(file)
    rows = stored_table(user_dir / "tables" / "plans.csv.gz")
    mine = rows[(rows["measure"] == "ehc_plans") & (rows["year"] == "2026")]
    assert set(mine["source_id"]) == {"sen2_2026_caseload"}
    before = stored_table(shipped / "plans.csv.gz")
    before = before[(before["measure"] == "ehc_plans") & (before["year"] == "2026")]
    key = ["breakdown_type", "breakdown", "la_code"]
    both = before.merge(mine, on=key, suffixes=("", "_own"))
    assert len(both) == len(before)
    pd.testing.assert_series_equal(both["value"], both["value_own"], check_names=False)
    wight = mine[mine["la_code"] == WIGHT].set_index(["breakdown_type", "breakdown"])
    assert wight.loc[("total", "total"), "value"] == 2_000
    assert set(wight["status"]) <= {"derived", "unavailable"}


def test_the_table_of_decisions_with_its_footnotes_replaces_the_copy(
    raw_dir, user_dir, tmp_path
):
    text = (raw_dir / copies.DECISIONS.areas.path).read_text("utf-8-sig")
    file = tmp_path / "SEND appealable decisions rate.csv"
    file.write_text(text + "1 A footnote of the table,,,,,,,\n", "utf-8-sig")
    candidate = refresh.add(file)
    assert candidate.state == COMPLETE
    assert candidate.changes.empty
    panel = Panel(home.tables_dir(), Geography.load())
    figure = panel.figure("tribunal_appeals", "England", "2025")
    assert (figure.value, figure.source_id) == (26_977, "tribunal_appeals_2026")


@pytest.mark.parametrize("source", [one for copy in copies.ALL for one in copy.files])
def test_a_copy_itself_has_nothing_to_add(raw_dir, user_dir, capsys, source):
    assert main(["data", "add", str(raw_dir / source.path)]) == 0
    assert "nothing to add" in capsys.readouterr().out
    assert not (user_dir / "tables").exists()


def test_an_own_file_added_before_the_copies_came_is_kept(user_dir, tmp_path, requests):
    refresh.add(written(tmp_path, requests))
    (edition,) = editions.added()
    shipped = home.shipped_tables_dir()
    again = refresh._again(edition, editions.folder_bytes(shipped), shipped)
    assert (
        again["plan_flows.csv.gz"]
        == (user_dir / "tables" / "plan_flows.csv.gz").read_bytes()
    )
