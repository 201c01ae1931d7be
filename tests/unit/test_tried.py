"""What is tried of readers with generated inputs, and what that found in them."""

from dataclasses import replace

import pandas as pd
import pytest

from benchmarks import tried_build
from benchmarks.edits import a_cell
from benchmarks.tried import Found, Target
from benchmarks.tried import _again_of as again_of
from benchmarks.tried import _next as next_of
from benchmarks.tried_readers import tried_alone
from highneeds.errors import SourceError, UsageError
from highneeds.geography import Geography
from highneeds.notebook.folder import SIGN_OFF
from highneeds.refresh.recognition import recognise
from highneeds.signoff.record import read_entries
from highneeds.sources import (
    areas,
    copies,
    exclusions,
    placements,
    registry,
    tribunal_table,
    tribunals,
)
from highneeds.sources.beside import require_beside
from highneeds.sources.contract import OBSERVATION_COLUMNS
from highneeds.sources.files import RawFiles
from highneeds.sources.money import numbers
from highneeds.sources.parquet_child import _opened
from highneeds.sources.releases import layouts
from highneeds.sources.tribunal_table import APPEALED, DECISIONS, RATE, cells_of
from tests.raw.finance_copies import write_ods, write_xlsx

# An entry that has every part, one of them no text that can be written.
WITH_SURROGATE = """{"entries": [{"state": "reviewed", "name": "\\ud800", "role": "",
"note": "", "time": "", "covers": {}, "previous": "", "seal": ""}]}"""
SIDES = ("predecessor", "successor")
APPEALS, DECIDED, RATED, NEWLY_DECIDED, NEWLY_RATED = tribunal_table._HEADINGS


def test_every_published_file_and_every_table_that_can_be_added_is_tried():
    alone = tried_alone()
    assert set(alone) == set(registry.every_series())
    tried = {one for files in alone.values() for one in files}
    tried |= {one for of in tried_build.files() for one in of.sources}
    assert tried == set(registry.known_files())


def target(name, *valid):
    return Target(name, lambda data: {}, lambda: list(valid), (a_cell,))


def test_counts_go_on_unless_the_valid_files_are_others():
    first = again_of(target("one", b"a,b\n1,2\n"), {})
    assert first.tried == 0
    kept = {"one": replace(first, tried=700)}
    assert again_of(target("one", b"a,b\n1,2\n"), kept).tried == 700
    assert again_of(target("one", b"a,b\n1,3\n"), kept).tried == 0


@pytest.mark.parametrize(
    ("tried", "whose"),
    [
        # Short of the first goal; of both, the quicker; and all there, the least tried.
        ((99, 100), "slow"),
        ((1_999, 1_999), "quick"),
        ((9_000, 9_001), "slow"),
    ],
)
def test_what_is_short_of_a_goal_comes_first_and_of_that_the_quickest(tried, whose):
    slow, quick = target("slow"), target("quick")
    found = {
        "slow": Found(tried=tried[0], seconds=1.0 * tried[0]),
        "quick": Found(tried=tried[1], seconds=0.01 * tried[1]),
    }
    assert next_of([slow, quick], found).name == whose


def test_a_table_of_one_column_is_no_table_of_appeals():
    with pytest.raises(SourceError, match="does not have exactly one row"):
        cells_of(pd.DataFrame({0: ["[[[", "LA code"]}), "appeals.csv")


@pytest.mark.parametrize(
    ("headings", "lacking"),
    [
        ((APPEALS, DECIDED, RATED), ""),
        ((APPEALS, NEWLY_DECIDED, NEWLY_RATED), ""),
        ((APPEALS, DECIDED), f"'{RATED}' of 2023"),
        ((APPEALS, DECIDED, RATED, NEWLY_DECIDED), f"'{NEWLY_RATED}' of 2023"),
        ((DECIDED, RATED), f"'{APPEALS}' of 2023"),
        ((APPEALS,), f"'{DECIDED}' of 2023, '{RATED}' of 2023"),
    ],
)
def test_appeals_without_one_of_their_columns_are_refused(headings, lacking):
    width = len(headings)
    years = ["", "", "2023", *[""] * (width - 1)]
    rows = [["Kent", "886", *["5"] * width], ["England Total", "", *["5"] * width]]
    table = pd.DataFrame([years, ["Local Authority", "LA code", *headings], *rows])
    if not lacking:
        assert len(cells_of(table, "appeals.csv")) == 2 * width
        return
    with pytest.raises(SourceError, match=rf"appeals\.csv lacks \d columns?: {lacking}\."):
        cells_of(table, "appeals.csv")


def test_a_rate_beside_no_figures_is_refused():
    # Northamptonshire ended in 2021: it has no appeals, no decisions, and no rate.
    rows = [
        (code, "2021", measure, value)
        for code, values in (("E92000001", (37, 1000, 3.7)), ("928", (None, None, 3.7)))
        for measure, value in zip((APPEALED, DECISIONS, RATE), values, strict=True)
    ]
    table = pd.DataFrame(rows, columns=["la_code", "year", "measure", "value"])
    table = table.astype({"value": float})
    with pytest.raises(SourceError, match=r"3\.7% beside no appeals of no decisions"):
        tribunals._require_rates(table, Geography.load())
    tribunals._require_rates(table[table["la_code"] != "928"], Geography.load())


def test_a_workbook_without_a_sheet_is_refused(tmp_path):
    write_ods(tmp_path / "dsg.ods", {})
    with pytest.raises(SourceError, match="without a sheet"):
        recognise(tmp_path / "dsg.ods")


def test_a_list_of_areas_without_a_region_is_refused():
    table = pd.DataFrame({"la_code": ["886"], "name": ["Kent"]})
    observed = pd.DataFrame(columns=["new_la_code", "old_la_code", "la_name"])
    ends = [f"{side}_{kind}_code" for side in SIDES for kind in ("ons", "la")]
    with pytest.raises(SourceError, match="lacks 201, 205"):
        areas._aliases(observed, pd.DataFrame(columns=ends), table)


def test_settings_that_are_not_their_placement_are_refused():
    colleges = ("general_fe_tertiary_colleges", "specialist_post_16_institutions")
    row = {"la_code": "886", "year": "2025", **dict.fromkeys(placements.SETTINGS, "0")}
    row |= {"mainstream_total": "0", "ap_pru_total": "0", "ed_elsewhere": "0"}
    row |= {colleges[0]: "90", colleges[1]: "x", "ukrlp_provider": "5", "fe_total": "100"}

    other = {"la_code": "887", **dict.fromkeys((*colleges, "ukrlp_provider"), "1")}
    other |= {"fe_total": "3"}

    def refused(**more):
        table = pd.DataFrame([row | more, row | other])
        placements.require_settings(table, "caseload.csv", "2024")

    refused()  # 90 + 5 leave 5 for what is withheld
    # No area has a figure of it, so it was not asked for: 90 + 5 and 1 + 1 are all.
    other |= {colleges[1]: "x"}
    with pytest.raises(SourceError, match="886 2025: settings miss fe_total by -5"):
        refused()
    other |= {colleges[1]: "1"}
    refused(**{colleges[1]: "5"})
    for more, by in (({colleges[0]: "900"}, "805"), ({"ed_elsewhere": "-7"}, "7")):
        with pytest.raises(SourceError, match=rf"by \+{by} beside"):
            refused(**more)
    with pytest.raises(SourceError, match="by -1 beside"):
        refused(**{colleges[1]: "4"})


def test_reviews_that_are_not_their_parts_are_refused():
    row = {"la_code": "886", "year": "2024", "total_ehc_plans": "120"}
    row |= {"review_expected": "100", "review_not_expected": "20"}
    row |= {"total_review_meeting": "90", "no_review_meeting": "10"}
    # 100 * 33 / 90 is 36.67.
    row |= {"number_decsion_4weeks": "33", "number_decision_gt_4weeks": "57"}
    row |= {"pc_decsion_4weeks": "36.7"}

    def held(**more):
        table = pd.DataFrame([row | more])
        require_beside(table, layouts()["annual_reviews"], "annual_reviews.csv")

    held()
    for more in (
        {"review_expected": "1000"},
        {"total_review_meeting": "900"},
        {"pc_decsion_4weeks": "3.7"},
    ):
        with pytest.raises(SourceError, match="the others of their row do not make"):
            held(**more)
    held(total_review_meeting="x")


def test_a_number_that_no_program_holds_is_none():
    cells = pd.DataFrame({2: [1.0, float("inf")]}, index=[8, 9])
    with pytest.raises(SourceError, match="inf at row 9, column 3"):
        numbers(cells, "a workbook")


def test_exclusions_without_london_have_no_row_of_it():
    table = pd.DataFrame(columns=list(OBSERVATION_COLUMNS))
    assert exclusions._london(table).empty


def test_what_is_no_parquet_is_never_given_to_its_reader():
    # It takes the last bytes for a length, and can search them for half a minute.
    with pytest.raises(ValueError, match="does not begin and end"):
        _opened(b"Values,LA Number\n" * 400, ["Values"])


def test_copies_of_one_table_with_other_columns_are_named(tmp_path):
    for source, name in zip(
        copies.CEASED_PLANS.files, ("time_period", "time"), strict=True
    ):
        path = tmp_path / source.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{name},total_ceased\n2025,1\n", "utf-8")
    with pytest.raises(SourceError, match="one alone has time, time_period"):
        copies.flows(RawFiles(tmp_path), copies.CEASED_PLANS)


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        ([], "has 0 rows of 0 columns"),
        (
            [["LA Number", "LA Name", "Region", "Type"], ["2024/25", "A", "B", "London"]],
            "the number of an authority '2024/25'",
        ),
    ],
)
def test_a_sheet_without_rows_or_numbers_of_authorities_is_refused(tmp_path, rows, says):
    path = tmp_path / areas.KINDS.path
    path.parent.mkdir(parents=True)
    write_xlsx(path, {"Sheet1": rows})
    with pytest.raises(SourceError, match=says):
        areas._kinds(RawFiles(tmp_path))


@pytest.mark.parametrize("told", ["[" * 9_000, WITH_SURROGATE])
def test_a_record_of_a_sign_off_that_was_never_written_is_refused(tmp_path, told):
    (tmp_path / SIGN_OFF).write_text(told, "utf-8")
    with pytest.raises(UsageError, match="is no record of a sign-off"):
        read_entries(tmp_path)
