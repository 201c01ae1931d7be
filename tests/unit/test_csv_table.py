"""Tables as spreadsheets and people leave them: read where nothing is lost, or named."""

import pandas as pd
import pytest

from highneeds.errors import SourceError
from highneeds.sources.contract import split_symbols
from highneeds.sources.csv_table import table_of

HEADER = "year,area,plans,requests"
ROWS = ["2024,Kent,10,4", "2024,Medway,5,2", "2025,Kent,12,x", "2025,Medway,6,3"]


def read(*lines, ending="\n", **options):
    return table_of(ending.join(lines) + ending, "t.csv", **options)


@pytest.fixture
def plain():
    return read(HEADER, *ROWS)


def test_everything_is_text_and_numbered_by_its_line(plain):
    assert plain.columns.tolist() == HEADER.split(",")
    assert plain.index.tolist() == [2, 3, 4, 5]
    assert plain.loc[4].tolist() == ["2025", "Kent", "12", "x"]


def test_it_is_what_pandas_reads(plain):
    import io

    text = "\n".join([HEADER, *ROWS, '2026,"Bath, and ""more""\nbelow",NA,'])
    options = {"dtype": str, "keep_default_na": False, "index_col": False}
    expected = pd.read_csv(io.StringIO(text), **options)
    pd.testing.assert_frame_equal(table_of(text, "t.csv").reset_index(drop=True), expected)


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_every_end_of_line_is_one(plain, ending):
    pd.testing.assert_frame_equal(read(HEADER, *ROWS, ending=ending), plain)


BLANK = [",,,", "", " , ,,", '"",,,', ",,,,,,,"]


@pytest.mark.parametrize("blank", BLANK)
def test_blank_rows_are_dropped_and_the_others_keep_their_lines(plain, blank):
    below = read(HEADER, *ROWS, blank, blank)
    pd.testing.assert_frame_equal(below, plain)
    between = read(HEADER, *ROWS[:2], blank, *ROWS[2:])
    assert between.index.tolist() == [2, 3, 5, 6]
    above = read(blank, HEADER, *ROWS)
    assert above.index.tolist() == [3, 4, 5, 6]
    for found in (between, above):
        assert found.to_numpy().tolist() == plain.to_numpy().tolist()


@pytest.mark.parametrize("commas", [",", ",,,,"])
@pytest.mark.parametrize("where", ["everywhere", "rows", "header"])
def test_commas_at_the_end_of_lines_make_no_column(plain, commas, where):
    header = HEADER + (commas if where != "rows" else "")
    rows = [row + (commas if where != "header" else "") for row in ROWS]
    pd.testing.assert_frame_equal(read(header, *rows), plain)


def test_a_column_of_nothing_between_others_is_dropped(plain):
    lines = [line.replace(",", ",,", 1) for line in (HEADER, *ROWS)]
    pd.testing.assert_frame_equal(read(*lines), plain)


@pytest.mark.parametrize("first", [0, 1])
def test_row_numbers_that_a_program_put_in_front_are_dropped(plain, first):
    rows = [f"{number},{row}" for number, row in enumerate(ROWS, first)]
    pd.testing.assert_frame_equal(read(f",{HEADER}", *rows), plain)


@pytest.mark.parametrize(
    ("header", "rows", "said"),
    [
        (
            f"{HEADER},",
            [f"{ROWS[0]},", f"{ROWS[1]},note"],
            r"the 5th, which holds 'note' in line 3",
        ),
        (
            f",{HEADER}",
            [f"{place},{row}" for place, row in zip("1346", ROWS, strict=True)],
            "the 1th, which holds '1' in line 2",
        ),
    ],
)
def test_a_column_without_a_name_that_holds_anything_is_named(header, rows, said):
    with pytest.raises(SourceError, match=said) as refused:
        read(header, *rows)
    assert "Unnamed" not in str(refused.value)


@pytest.mark.parametrize(
    "note",
    [
        "Source: Department for Education",
        "Source: Department for Education,,,",
        ",,,1. Figures are provisional",
        '"Notes: x is not available, c is suppressed"',
    ],
)
def test_a_note_below_is_named_with_its_line_and_never_dropped(note):
    with pytest.raises(SourceError) as refused:
        read(HEADER, *ROWS, "", note, ",,,")
    said = str(refused.value)
    assert "1 line beside the rows of its table" in said
    assert "(line 7)" in said
    assert note.strip(',"')[:20] in said


def test_the_first_five_notes_are_named_and_the_rest_counted():
    with pytest.raises(SourceError, match=r"7 lines.*\(line 14\) and 2 more"):
        read(HEADER, *ROWS, *ROWS, *(f"Note {number}" for number in range(7)))


TITLES = [
    ["Residential placements by local authority", ""],
    ["Residential placements,,,", ",,,", "England,,,"],
    ['"Placements, by authority"'],
]


@pytest.mark.parametrize("titles", TITLES)
def test_a_title_above_is_told_with_the_line_of_the_header(titles, recwarn):
    with pytest.raises(SourceError) as refused:
        read(*titles, HEADER, *ROWS)
    said = str(refused.value)
    assert "in line 1, above its table" in said
    assert f"whose header seems to be line {len(titles) + 1}" in said
    assert list(recwarn) == []


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (
            [HEADER, "2024,Kent,10"],
            r"another length than its first, of 4 fields: 3 in line 2",
        ),
        ([HEADER, ROWS[0], f"{ROWS[1]},9"], "of 4 fields: 5 in line 3"),
        ([HEADER, "", "2024,St Helens, Merseyside,10,4"], "5 in line 3"),
        ([HEADER], "a header and no row under it"),
        ([], "no line with anything in it"),
        ([",,,", ""], "no line with anything in it"),
        ([HEADER.replace(",", ";"), "2024;Kent;10;4"], "separated by semicolons"),
        ([HEADER.replace(",", "\t"), "2024\tKent\t10\t4"], "separated by tabs"),
        (["year,area,year", "1,2,3"], "repeated column: year"),
        ([HEADER, ROWS[0], '2024,"Kent,10,4'], "from line 3 on"),
    ],
)
def test_what_is_no_table_is_refused_in_words(lines, said):
    with pytest.raises(SourceError, match=said) as refused:
        read(*lines)
    assert str(refused.value).startswith("t.csv ")


def test_a_text_over_several_lines_counts_as_many():
    found = read(HEADER, '2024,"Kent\nand Medway",10,4', ROWS[1])
    assert found.index.tolist() == [2, 4]


def test_a_message_names_the_line_that_its_reader_sees():
    lines = ["", HEADER, *ROWS[:3], ",,,", "2025,Medway,(25),3"]
    found = read(*lines)
    with pytest.raises(SourceError) as refused:
        split_symbols(found["plans"], "t.csv, plans")
    assert "'(25)' (line 7)" in str(refused.value)
    # The same through what readers do with a table.
    kept = found[found["area"] == "Medway"].assign(figure="plans")
    with pytest.raises(SourceError, match=r"'\(25\)' \(line 7\)"):
        split_symbols(kept["plans"], "t.csv, plans")
    # Where rows are no more those of the file, no line is claimed.
    with pytest.raises(SourceError) as refused:
        split_symbols(kept["plans"].reset_index(drop=True), "t.csv, plans")
    assert "line" not in str(refused.value)


def test_a_table_without_a_header_keeps_its_lines_and_numbers_its_columns():
    found = read("Title,,", "", "a,b,c", "1,2,3", header=False)
    assert found.columns.tolist() == [0, 1, 2]
    assert found.index.tolist() == [1, 3, 4]
    assert found.loc[1].tolist() == ["Title", "", ""]
