"""What is tried of readers with generated inputs, and what that found in them."""

import pandas as pd
import pytest

from benchmarks import tried_build
from benchmarks.tried_readers import tried_alone
from highneeds.errors import SourceError
from highneeds.geography import Geography
from highneeds.refresh.recognition import recognise
from highneeds.sources import areas, copies, exclusions, registry, tribunals
from highneeds.sources.contract import OBSERVATION_COLUMNS
from highneeds.sources.files import RawFiles
from highneeds.sources.money import numbers
from highneeds.sources.parquet_child import _opened
from highneeds.sources.tribunal_table import APPEALED, DECISIONS, RATE, cells_of
from tests.raw.finance_copies import write_ods, write_xlsx


def test_every_published_file_and_every_table_that_can_be_added_is_tried():
    alone = tried_alone()
    assert set(alone) == set(registry.every_series())
    tried = {one for files in alone.values() for one in files}
    tried |= {one for of in tried_build.files() for one in of.sources}
    assert tried == set(registry.known_files())


def test_a_table_of_one_column_is_no_table_of_appeals():
    with pytest.raises(SourceError, match="does not have exactly one row"):
        cells_of(pd.DataFrame({0: ["[[[", "LA code"]}), "appeals.csv")


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
