"""The tables of plans in the form of the 2026 release, added without a new package.

Every table is the real one of the 2025 release with the names, columns and topics of 2026,
its last year printed again as the year after.
"""

import pandas as pd
import pytest

from highneeds import home
from highneeds.cli import main
from highneeds.errors import SourceError
from highneeds.refresh import editions
from highneeds.refresh import update as refresh
from highneeds.refresh.candidate import examine
from highneeds.refresh.one_file import stored_table
from highneeds.sources import registry
from highneeds.sources.contract import KEY
from highneeds.sources.releases import layouts, same_topic, to_known_columns
from tests.raw.sen2_copies import cells, plain, values
from tests.refresh.published import as_csv, in_form_of_2026

ENGLAND, KENT, ESSEX = "E92000001", "886", "881"
COPIED = ("requests", "ceased_plans", "new_plans")
TABLES = {
    **dict.fromkeys(
        ("requests", "timeliness", "ceased_plans", "new_plans", "assessments"), "2025"
    ),
    **dict.fromkeys(("residential", "needs"), "2026"),
}


def released(raw_dir, key):
    """A table in the form of 2026: the topics read and another, for each area."""
    table = plain(raw_dir, source_of(key))
    read = [*layouts()[key].topics.values(), "Sex"]
    return in_form_of_2026(key, table[table["breakdown_topic"].isin(read)])


def source_of(key):
    return registry.source_files()[layouts()[key].source_id]


def written(tmp_path, table, name="downloaded.csv"):
    path = tmp_path / name
    path.write_bytes(as_csv(table))
    return path


def held_of(key):
    """Rows of the tables held that came from the 2025 release of a table."""
    tables = ("plans", "plan_flows", "assessments")
    folder = home.shipped_tables_dir()
    rows = pd.concat([stored_table(folder / f"{name}.csv.gz") for name in tables])
    return rows[rows["source_id"] == layouts()[key].source_id]


@pytest.mark.parametrize("key", TABLES)
def test_a_table_in_the_form_of_2026_is_read_as_that_of_2025_is(
    raw_dir, user_dir, tmp_path, key
):
    candidate = examine(written(tmp_path, released(raw_dir, key)))
    last = TABLES[key]
    assert (candidate.found.layout.key, candidate.found.release) == (key, 2026)
    # Of the year after, the record holds other figures: those copied from the release.
    held_already = key in COPIED
    assert candidate.new_periods == ([] if held_already else [last])
    assert set(candidate.changes["year"]) == {last}
    assert bool(candidate.wants_consent()) == held_already
    read = candidate.reading.observations
    read = read[(read["breakdown"] != "ds") & ~read["breakdown"].str.startswith("ds|")]
    # Every figure of the 2025 release that is held is read again, but for one column.
    before = read[read["year"] < last]
    held = held_of(key)
    held = held[held["breakdown"] != "not_recorded"] if key == "ceased_plans" else held
    both = held.merge(before, on=KEY, suffixes=("", "_read"))
    assert len(both) == len(held)
    pd.testing.assert_series_equal(both["value"], both["value_read"], check_names=False)
    # Last year's figures printed again; what the package repairs or withdraws is of one
    # year, so a few of them differ.
    again, year = read[read["year"] == last], str(int(last) - 1)
    both = again.assign(year=year).merge(before, on=KEY, suffixes=("", "_before"))
    assert len(both) == len(again) == (before["year"] == year).sum()
    same = both["value"].eq(both["value_before"]) | both["value_before"].isna()
    assert same.all()


def test_requests_are_read_whatever_case_and_article_their_topic_has(
    raw_dir, user_dir, tmp_path
):
    names = layouts()["requests"].topic_names("all")
    assert any(
        same_topic("ALL REQUESTS for the EHC needs assessment", one) for one in names
    )
    assert not any(same_topic("All new EHC plans", one) for one in names)
    table = released(raw_dir, "requests")
    odd = "all requests for an  EHC Needs Assessment"
    table = table.replace({"breakdown_topic": {names[-1]: odd}})
    found = values(examine(written(tmp_path, table)).reading.observations)
    # England was asked for 154,489 assessments in 2024, here printed again.
    requests = found["ehc_assessment_requests", "total", "total"]
    assert requests["2025", ENGLAND] == requests["2024", ENGLAND] == 154_489


def test_a_column_that_vanished_takes_no_published_figure_with_it(
    raw_dir, user_dir, tmp_path
):
    file = written(tmp_path, released(raw_dir, "ceased_plans"))
    candidate = refresh.add(file, accept=True)
    assert set(candidate.changes["year"]) == {"2025"}
    rows = stored_table(user_dir / "tables" / "plan_flows.csv.gz")
    mine = rows[(rows["measure"] == "ceased_ehc_plans") & (rows["la_code"] == ENGLAND)]
    reasons = mine[mine["breakdown_type"] == "reason"].set_index(["year", "breakdown"])
    # England, 2022: 34,724 ended; reasons 34,719 and 5 not recorded, as first published.
    assert reasons.loc[("2022", "not_recorded"), "value"] == 5
    assert reasons.loc[("2022", "not_recorded"), "source_id"] == "sen2_2025_ceased_plans"
    assert reasons.loc["2022", "value"].sum() == 34_724
    assert ("2025", "not_recorded") not in reasons.index
    # The reason of one plan of Essex is in no column, in 2024 and here again in 2025.
    issues = home.read_table(user_dir / "tables" / "issues.csv")
    told = issues[issues["issue_id"] == f"ceased_ehc_plans-reasons-do-not-sum-2025-{ESSEX}"]
    assert told["published"].to_list() == ["reasons sum to 1 less than the total"]


def test_reasons_that_are_lost_are_not_taken_for_none_recorded(raw_dir, user_dir, tmp_path):
    table = released(raw_dir, "ceased_plans")
    table.loc[table["time_period"] == "2025", "max_age"] = "0"
    with pytest.raises(SourceError, match=r"Figures by reason of .* do not sum"):
        examine(written(tmp_path, table))


def without_kent(table):
    """Kent withheld in 2024, as a later release may do with a return it doubts."""
    kent = cells(table, old_la_code=KENT, time_period="2024")
    table.loc[kent, [name for name in table if "assess" in name]] = "x"
    return table


def test_a_release_that_loses_published_figures_is_taken_only_when_told(
    raw_dir, user_dir, tmp_path, capsys
):
    file = written(tmp_path, without_kent(released(raw_dir, "assessments")))
    assert main(["data", "add", str(file)]) == 10
    printed = capsys.readouterr()
    # The assessments of the year and their four outcomes.
    assert "published figures that would be missing: 5" in printed.out
    assert "assessments: 5 published figures would be missing: " in printed.err
    held = held_of("assessments").set_index(["breakdown", "year", "la_code"])["value"]
    made = held["total", "2024", KENT]
    assert f"of Kent (886) 2024: {made:,.0f}, now none (unavailable)" in printed.err
    assert "--accept" in printed.err
    assert not (user_dir / "tables").exists()
    assert main(["data", "add", str(file), "--accept"]) == 0
    rows = stored_table(user_dir / "tables" / "assessments.csv.gz")
    mine = rows[(rows["measure"] == "ehc_assessments") & (rows["la_code"] == KENT)]
    status = mine[mine["breakdown"] == "total"].set_index("year")["status"]
    assert (status["2024"], status["2025"]) == ("unavailable", "observed")


def split(academy, free, year="201819"):
    parts = {"special_academy": academy, "special_free_school": free}
    table = pd.DataFrame(parts, dtype=str).assign(time_period=year)
    return to_known_columns(table, "sen2_2025_caseload")["special_academy_free"].to_list()


def test_a_part_without_a_figure_all_year_was_not_split_yet():
    assert split(["1,200", "30"], ["x", "x"]) == ["1200", "30"]
    # One figure is enough to tell: the others are withheld.
    assert split(["1,200", "30"], ["x", "4"]) == ["x", "34"]
    # Nothing published of either, and a blank, which has no meaning at all.
    assert split(["x", "x"], ["x", "x"]) == ["x", "x"]
    assert split(["1,200", "30"], ["", ""]) == ["", ""]


def test_each_year_is_told_by_itself_whether_it_is_split():
    years = ["201819", "201819", "202223", "202223"]
    found = split(["5", "6", "5", "6"], ["x", "x", "1", "x"], years)
    assert found == ["5", "6", "6", "x"]


@pytest.fixture(scope="module")
def reviews(raw_dir, tmp_path_factory):
    table = released(raw_dir, "annual_reviews")
    assert "review_completed_prior_2025" in table
    assert not [name for name in table if name.startswith("pc_")]
    file = written(tmp_path_factory.mktemp("reviews"), table)
    return examine(file).reading.observations


def test_annual_reviews_are_read_with_every_column_renamed(raw_dir, reviews):
    found = values(reviews)["annual_reviews_held"]
    held = values(held_of("annual_reviews"))["annual_reviews_held"]
    # Meetings of the year, and before it: 318,369 + 9,208 + 126,184 in England.
    assert found["total", "total", "2025", ENGLAND] == 453_761
    # Meetings and outcomes alike, but for the plan of Brighton's that was taken off.
    read, published = (one.droplevel("year").sort_index() for one in (found, held))
    pd.testing.assert_index_equal(read.index, published.index)
    apart = published[published != read].dropna()
    assert set(apart.index.get_level_values("breakdown")) == {"maintain"}
    assert (apart - read[apart.index]).to_list() == [1, 1, 1]


def test_the_share_decided_within_four_weeks_follows_from_the_decisions(raw_dir, reviews):
    mine = reviews[reviews["measure"] == "annual_review_decisions_within_4_weeks_pct"]
    mine = mine.set_index("la_code")
    # 154,924 of 154,924 + 193,835 decisions.
    assert mine.loc[ENGLAND, "value"] == 44.4
    published = plain(raw_dir, source_of("annual_reviews"))
    rows = published[published["breakdown_topic"] == "All annual reviews"]
    keys = rows["old_la_code"].where(rows["old_la_code"] != "", rows["region_code"])
    printed = rows.set_index(keys.mask(keys == "", ENGLAND))["pc_decsion_4weeks"]
    given = printed[printed != "x"].astype(float)
    # In every area as the 2025 release prints it.
    assert len(given) > 150
    assert (mine.loc[given.index, "value"] == given).all()
    assert set(mine.loc[given.index, "status"]) == {"derived"}
    without = mine.drop(index=given.index)
    assert without["value"].isna().all()
    assert "observed" not in set(without["status"])


def test_a_review_of_a_later_year_is_read_by_the_same_names(raw_dir, user_dir, tmp_path):
    table = released(raw_dir, "annual_reviews")
    table = table.rename(columns=lambda name: name.replace("2025", "2026"))
    file = written(tmp_path, table.assign(time_period="2026"))
    assert examine(file).new_periods == ["2026"]


def test_a_correction_the_publisher_has_made_itself_is_not_made_again(
    raw_dir, user_dir, tmp_path
):
    table = released(raw_dir, "requests")
    # A footnote of 2022 gave St. Helens 107 refusals in 2021 where the file had 0.
    here = cells(table, old_la_code="342", time_period="2021")
    table.loc[here, "requests_decided_not_to_assess"] = "107"
    north_west = cells(table, time_period="2021", geographic_level="Regional")
    north_west &= table["region_code"] == "E12000002"
    england = cells(table, time_period="2021", geographic_level="National")
    for area in (north_west, england):
        column = table.loc[area, "requests_decided_not_to_assess"].astype(int)
        table.loc[area, "requests_decided_not_to_assess"] = (column + 107).astype(str)
    candidate = examine(written(tmp_path, table))
    refused = values(candidate.reading.observations)["ehc_assessment_requests_refused"]
    assert refused["total", "total", "2021", "342"] == 107
    assert not [one for one in candidate.reading.issues if one.la_code == "342"]


def test_an_edition_is_added_again_with_what_it_is_silent_on(raw_dir, user_dir, tmp_path):
    file = written(tmp_path, released(raw_dir, "ceased_plans"))
    refresh.add(file, accept=True)
    (edition,) = editions.added()
    files = editions.folder_bytes(home.shipped_tables_dir())
    again = refresh._again(edition, files, home.shipped_tables_dir())
    assert (
        again["plan_flows.csv.gz"]
        == (user_dir / "tables" / "plan_flows.csv.gz").read_bytes()
    )
