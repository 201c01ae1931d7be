"""What was known of inspections on a day, on a record small enough to count by hand."""

from datetime import date

import pandas as pd
import pytest

from highneeds.errors import UsageError
from highneeds.geography import Geography
from highneeds.inspections.state import (
    COLUMNS,
    as_text,
    inspection_state,
    parse_day,
    started_between,
)
from highneeds.panel.panel import Panel

REQUIRED, NOT_REQUIRED = "written statement required", "no written statement required"
# Begun, published, outcome, weaknesses, revisit begun, revisit published, revisit outcome.
ROWS = {
    ("835", "Dorset", "South West", "2016"): (
        *("2017-01-23", "2017-03-23", REQUIRED, "5"),
        *("2019-02-04", "2019-03-20", "sufficient on some", ""),
    ),
    ("933", "Somerset", "South West", "2016"): (
        *("2019-04-01", "2019-06-01", REQUIRED, "9", "", "", "not revisited", ""),
    ),
    ("202", "Camden", "London", "2016"): (
        *("2019-03-11", "2019-05-13", NOT_REQUIRED, "", "", "", "", ""),
    ),
    ("933", "Somerset", "South West", "2023"): (
        *("2023-03-06", "2023-06-01", "inconsistent", "", "", "", "", "2026-03-06"),
    ),
    ("825", "Buckinghamshire", "South East", "2023"): (
        *("", "2026-02-01", "systemic failings", "", "", "", "", ""),
    ),
}


@pytest.fixture
def panel(tmp_path):
    rows = []
    for (code, name, region, framework), cells in ROWS.items():
        start, published, outcome, weak, again, again_published, progress, due = cells
        rows.append(
            {
                "la_code": code,
                "la_name": name,
                "region": region,
                "framework": framework,
                "start_date": start,
                "publication_date": published,
                "outcome": outcome,
                "weaknesses": weak,
                "priority_areas": "",
                "revisit_start_date": again,
                "revisit_publication_date": again_published,
                "revisit_outcome": progress,
                "next_due": due,
                "abolished": "ceased to exist after 2019-03-31" if code == "835" else "",
            }
        )
    pd.DataFrame(rows).to_csv(tmp_path / "inspections.csv", index=False)
    return Panel(tmp_path, Geography.load())


def row(state, code):
    return state.table.set_index("la_code").loc[code]


def test_the_two_bases_differ_by_the_reports_still_to_come(panel):
    # On 10 May 2019 Dorset's report was out; Camden and Somerset had been inspected only.
    published = inspection_state(panel, "2019-05-10")
    started = inspection_state(panel, "2019-05-10", basis="start")
    assert list(published.table["la_code"]) == ["835"]
    assert sorted(started.table["la_code"]) == ["202", "835", "933"]
    assert published.count("2016", "inspected") == started.count("2016", "inspected") == 3
    assert published.count("2016", "reports published") == 1
    assert published.count("2016", "written statement required, %") == 100


def test_an_outcome_not_yet_published_is_blank_and_says_so(panel):
    camden = row(inspection_state(panel, "2019-05-10", basis="start"), "202")
    assert pd.isna(camden["outcome"])
    assert pd.isna(camden["publication_date"])
    assert camden["status"] == "report not published by then"


def test_the_day_itself_counts(panel):
    before = inspection_state(panel, "2019-05-12").count("2016", "reports published")
    on_the_day = inspection_state(panel, "2019-05-13").count("2016", "reports published")
    assert (before, on_the_day) == (1, 2)


def test_a_revisit_after_the_day_is_not_shown(panel):
    early = row(inspection_state(panel, "2019-02-03"), "835")
    assert pd.isna(early["revisit_start_date"])
    assert early["revisit_outcome"] == "not revisited"
    waiting = row(inspection_state(panel, "2019-03-19"), "835")
    assert waiting["revisit_start_date"] == pd.Timestamp("2019-02-04")
    assert pd.isna(waiting["revisit_outcome"])
    assert waiting["status"] == "report published; that of the revisit not by then"
    done = row(inspection_state(panel, "2019-03-20"), "835")
    assert done["revisit_outcome"] == "sufficient on some"


def test_an_abolished_area_is_counted_unless_left_out(panel):
    state = inspection_state(panel, "2019-05-10")
    assert "Dorset (835)" in " ".join(state.cautions)
    assert row(state, "835")["abolished"] == "ceased to exist after 2019-03-31"
    assert inspection_state(panel, "2019-05-10", in_being=True).table.empty
    # Its last day was 31 March 2019.
    assert len(inspection_state(panel, "2019-03-31", in_being=True).table) == 1


def test_an_inspection_without_a_start_counts_from_its_report(panel):
    assert "825" not in set(
        inspection_state(panel, "2026-01-31", basis="start").begun.la_code
    )
    last = inspection_state(panel)
    assert last.as_of == date(2026, 2, 1)
    assert last.count("2023", "inspected") == 2


def test_a_next_inspection_is_due_from_its_day(panel):
    assert (
        inspection_state(panel, "2026-03-05").count("2023", "next inspection due by then")
        == 0
    )
    assert (
        inspection_state(panel, "2026-03-06").count("2023", "next inspection due by then")
        == 1
    )


def test_every_count_states_its_basis(panel):
    summary = inspection_state(panel, "2024-01-01").summary()
    assert summary["basis"].str.contains("by 2024-01-01|to 2024-01-01", regex=True).all()
    assert set(summary["framework"]) == {"2016", "2023"}


def test_a_region_or_an_authority_alone(panel):
    assert set(inspection_state(panel, region="South West").table["la_name"]) == {
        "Dorset",
        "Somerset",
    }
    assert len(inspection_state(panel, area="Somerset").table) == 2
    assert len(inspection_state(panel, region="England").table) == 5
    # Dorset today is another authority (838); its predecessor is named.
    today = inspection_state(panel, area="Dorset")
    assert today.table.empty
    assert "Dorset (835)" in " ".join(today.cautions)


def test_authorities_in_being_on_the_day(panel):
    # 152 until 31 March 2019; Bournemouth, Poole and Dorset became two the day after.
    assert inspection_state(panel, "2019-03-31").authorities == 152
    assert inspection_state(panel, "2019-04-01").authorities == 151


def test_days_before_and_after_the_record_are_said(panel):
    early = inspection_state(panel, "2016-01-01")
    assert early.table.empty
    assert "No inspection asked for had begun" in early.cautions[0]
    assert early.summary().empty
    assert "record ends" in inspection_state(panel, "2027-01-01").cautions[0]


def test_inspections_begun_between_two_days(panel):
    found = started_between(panel, date(2019, 3, 11), date(2019, 4, 1))
    assert list(found["la_code"]) == ["202", "933"]
    assert list(found["outcome"]) == [NOT_REQUIRED, REQUIRED]
    unknown = started_between(panel, date(2019, 3, 11), date(2019, 4, 1), date(2019, 5, 20))
    assert unknown["outcome"].isna().tolist() == [False, True]


def test_columns_and_days_as_text(panel):
    state = inspection_state(panel)
    assert tuple(state.table.columns) == COLUMNS
    text = as_text(state.table).set_index(["la_code", "framework"])
    assert text.loc[("933", "2016"), "start_date"] == "2019-04-01"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"basis": "reported"}, "published, start"),
        ({"as_of": "10/05/2019"}, "2016-05-01"),
        ({"region": "Somerset"}, "not a region"),
        ({"area": "London"}, "not an authority"),
        ({"region": "Inner London"}, "nine regions"),
        ({"region": "London", "area": "Camden"}, "not both"),
    ],
)
def test_a_question_that_cannot_be_asked_is_refused(panel, given, said):
    with pytest.raises(UsageError, match=said):
        inspection_state(panel, **given)


def test_an_unknown_count_lists_the_known_ones(panel):
    with pytest.raises(UsageError, match="reports published"):
        inspection_state(panel, "2019-05-10").count("2016", "failed")
    assert parse_day(" 2019-05-10 ") == date(2019, 5, 10)


def test_hindsight_gives_inspections_begun_by_the_day_their_later_outcome(panel):
    then = inspection_state(panel, "2019-05-10", basis="start")
    now = inspection_state(panel, "2019-05-10", outcomes="now")
    assert set(now.table["la_code"]) == set(then.table["la_code"]) == {"835", "933", "202"}
    assert then.count("2016", "reports published") == 1
    assert now.count("2016", "reports published") == 3
    assert now.count("2016", "written statement required") == 2
    # Somerset's inspection of 2023 had not begun by the day and is not counted.
    assert "2023" not in set(now.table["framework"])
    assert row(now, "933")["publication_date"] == pd.Timestamp("2019-06-01")


def test_the_title_says_by_which_day_and_as_known_when(panel):
    def title(**given):
        return inspection_state(panel, "2019-05-10", **given).title

    assert title().endswith("with a report out by 2019-05-10, as known then")
    assert title(basis="start").endswith("begun by 2019-05-10, as known then")
    assert title(outcomes="now").endswith(
        "begun by 2019-05-10, with outcomes as published by 2026-02-01"
    )


def test_every_count_with_hindsight_names_both_days(panel):
    bases = inspection_state(panel, "2019-05-10", outcomes="now").summary()
    bases = bases.set_index("count")["basis"]
    assert bases["inspected"] == "started by 2019-05-10"
    assert bases["reports published"] == ("started by 2019-05-10, published by 2026-02-01")


def test_on_the_last_day_on_record_hindsight_adds_nothing(panel):
    last = inspection_state(panel, "2026-02-01", outcomes="now")
    assert last.title.endswith("begun by 2026-02-01, as known then")
    assert not last.hindsight


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"outcomes": "later"}, "Choose one of: then, now"),
        ({"outcomes": "now", "basis": "published"}, "leave the basis out"),
        ({"basis": "report"}, "Choose one of: published, start"),
    ],
)
def test_hindsight_is_refused_where_it_has_no_meaning(panel, given, said):
    with pytest.raises(UsageError, match=said):
        inspection_state(panel, "2019-05-10", **given)
