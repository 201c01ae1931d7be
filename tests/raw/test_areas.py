"""The tables of areas, on the published files and on altered copies."""

import shutil

import openpyxl
import pandas as pd
import pytest

from highneeds import home
from highneeds.errors import SourceError
from highneeds.geography import Geography
from highneeds.sources import areas
from highneeds.sources.files import RawFiles


@pytest.fixture(scope="module")
def tables(raw_dir):
    return areas.read(RawFiles(raw_dir))


@pytest.fixture
def copied(raw_dir, tmp_path):
    for source in areas.FILES:
        target = tmp_path / source.path
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(raw_dir / source.path, target)
    return tmp_path


def edit_csv(folder, source, edit):
    path = folder / source.path
    table = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    edit(table).to_csv(path, index=False, encoding="utf-8-sig")


def edit_sheet(folder, source, edit):
    book = openpyxl.load_workbook(folder / source.path)
    edit(book)
    book.save(folder / source.path)


def test_the_embedded_tables_are_what_the_published_files_give(tables):
    folder = home.tables_dir()
    for name, table in tables.items():
        pd.testing.assert_frame_equal(
            home.read_table(folder / f"{name}.csv"), table, check_dtype=False
        )


def test_every_code_observed_in_any_release_leads_to_its_authority(raw_dir, tables):
    geography = Geography(*tables.values())
    observed = RawFiles(raw_dir).read_csv(areas.CODES)
    assert observed["old_la_code"].nunique() == 160
    for row in observed.to_dict("records"):
        if row["new_la_code"]:
            assert geography.from_ons(row["new_la_code"]).la_code == row["old_la_code"]


def test_every_name_observed_leads_to_its_authority_in_the_years_it_is_used(
    raw_dir, tables
):
    geography = Geography(*tables.values())
    observed = RawFiles(raw_dir).read_csv(areas.CODES)
    assert observed["la_name"].nunique() == 170
    for row in observed.to_dict("records"):
        found = geography.find(row["la_name"])
        same = {found.la_code, *(area.la_code for area in geography.namesakes(found))}
        assert row["old_la_code"] in same


def test_codes_are_used_in_the_releases_only_while_the_authority_is_there(raw_dir, tables):
    geography = Geography(*tables.values())
    observed = RawFiles(raw_dir).read_csv(areas.CODES)
    stock = observed[observed["source"].str.startswith("dfe-ehcp")]
    for row in stock.to_dict("records"):
        for year in range(int(row["first_year"]), int(row["last_year"]) + 1):
            known = {area.la_code for area in geography.authorities(year)}
            assert row["old_la_code"] in known


def test_every_authority_of_the_neighbour_sheet_has_ten(tables):
    counts = tables["neighbours"].groupby("la_code").size()
    assert set(counts) == {10}
    # The sheet lists authorities now and once; see data.md.
    assert len(counts) >= 153


def test_an_unaltered_copy_is_read_alike(copied, tables):
    edit_csv(copied, areas.CODES, lambda table: table)
    edit_sheet(copied, areas.NEIGHBOURS, lambda book: None)
    for name, table in areas.read(RawFiles(copied)).items():
        pd.testing.assert_frame_equal(table, tables[name])


def cell(table, column, value, **keys):
    chosen = pd.Series(data=True, index=table.index)
    for name, wanted in keys.items():
        chosen &= table[name] == wanted
    assert chosen.any()
    table.loc[chosen, column] = value
    return table


ALTERED = {
    "a column of the codes renamed": (
        areas.CODES,
        lambda table: table.rename(columns={"new_la_code": "ons_code"}),
        ["new_la_code", "column"],
    ),
    "a column of the codes left out": (
        areas.CODES,
        lambda table: table.drop(columns="region_name"),
        ["lacks 1 expected column: region_name"],
    ),
    "a column of the changes renamed": (
        areas.CHANGES,
        lambda table: table.rename(columns={"effective_date": "date"}),
        ["effective_date"],
    ),
    "a code that is not three digits": (
        areas.CODES,
        lambda table: cell(table, "old_la_code", "93", old_la_code="933"),
        ["not three digits: 93"],
    ),
    "a code that lost its leading text to a number": (
        areas.CODES,
        lambda table: cell(table, "old_la_code", "933.0", old_la_code="933"),
        ["not three digits: 933.0"],
    ),
    "an ONS code of two authorities": (
        areas.CODES,
        lambda table: cell(table, "new_la_code", "E06000066", old_la_code="878"),
        ["lead to two authorities: E06000066"],
    ),
    "one name for two authorities": (
        areas.CODES,
        lambda table: cell(table, "la_name", "Somerset", old_la_code="878"),
        ["Names of two authorities in being: somerset"],
    ),
    "a change to an authority nobody knows": (
        areas.CHANGES,
        lambda table: cell(
            table, "successor_old_la_code", "999", successor_old_la_code="942"
        ),
        ["not in the code list: 999"],
    ),
    "a day that is none": (
        areas.CHANGES,
        lambda table: cell(
            table, "effective_date", "1 April 2021", successor_old_la_code="940"
        ),
        ["'1 April 2021'", "2021-04-01"],
    ),
}


@pytest.mark.parametrize(("source", "edit", "words"), ALTERED.values(), ids=ALTERED)
def test_an_altered_copy_is_refused(copied, source, edit, words):
    edit_csv(copied, source, edit)
    with pytest.raises(SourceError) as refused:
        areas.read(RawFiles(copied))
    for word in words:
        assert word in str(refused.value)


def _other_heading(book):
    book["LA SN Groups"].cell(3, 6).value = "Nearest"


def _unknown_neighbour(book):
    book["LA SN Groups"].cell(4, 6).value = 999


def _a_neighbour_twice(book):
    sheet = book["LA SN Groups"]
    sheet.cell(4, 8).value = sheet.cell(4, 6).value


def _other_sheet(book):
    book["LA SN Groups"].title = "Groups"


@pytest.mark.parametrize(
    ("edit", "words"),
    [
        (_other_heading, "'LA num' and 'SN1' in row 3"),
        (_unknown_neighbour, "not in the code list: 999"),
        (_a_neighbour_twice, "expected 10 other authorities"),
        (_other_sheet, "no sheet 'LA SN Groups'"),
    ],
)
def test_an_altered_sheet_of_neighbours_is_refused(copied, edit, words):
    edit_sheet(copied, areas.NEIGHBOURS, edit)
    with pytest.raises(SourceError, match=words):
        areas.read(RawFiles(copied))


def test_an_altered_list_of_kinds_is_refused(copied):
    def edit(book):
        book["Sheet1"].cell(1, 4).value = "Kind"

    edit_sheet(copied, areas.KINDS, edit)
    with pytest.raises(SourceError, match=r"expected .*'Type'"):
        areas.read(RawFiles(copied))


def test_a_missing_file_is_named_with_its_publication(copied):
    (copied / areas.NEIGHBOURS.path).unlink()
    with pytest.raises(SourceError, match="statistical neighbours, May 2025"):
        areas.read(RawFiles(copied))
