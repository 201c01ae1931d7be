"""`data add` of one table in every state in which people give it."""

import gzip
import io
import zipfile
from pathlib import Path

import pytest

from highneeds import home
from highneeds.cli import main
from highneeds.errors import SourceError
from highneeds.refresh.candidate import examine
from tests.unit.test_files import archive, office

BESIDE = Path(__file__).resolve().parents[3] / "shared" / "cases" / "files"


@pytest.fixture(scope="session")
def lines(release_2026):
    """The lines of a release, its header first, without the mark and the line ends."""
    return release_2026.decode("utf-8-sig").splitlines()


@pytest.fixture
def added(tmp_path, user_dir, capsys):
    """Say what a file of these bytes is and would add; give the code and what was said."""

    def add(content, name="table.csv"):
        path = tmp_path / name
        path.write_bytes(content)
        code = main(["data", "add", str(path), "--dry-run"])
        out, err = capsys.readouterr()
        assert "Traceback" not in out + err
        return code, out + err

    return add


def text(lines):
    return "\n".join(lines) + "\n"


def floats(lines, column):
    """A column whose whole numbers a program wrote with a decimal."""
    header = lines[0].split(",")
    place = header.index(column)
    changed = [lines[0]]
    for line in lines[1:]:
        fields = line.split(",")
        fields[place] += ".0" if fields[place] else ""
        changed.append(",".join(fields))
    return changed


STATES = {
    "a mark": lambda lines: text(lines).encode("utf-8-sig"),
    "UTF-16": lambda lines: text(lines).encode("utf-16"),
    "blank rows below": lambda lines: text([*lines, "," * 17, "", " ,"]).encode(),
    "blank rows between": lambda lines: text([*lines[:9], "," * 17, *lines[9:]]).encode(),
    "a comma at the end": lambda lines: text([f"{line}," for line in lines]).encode(),
    "commas in the rows": lambda lines: text(
        [lines[0], *(f"{line},," for line in lines[1:])]
    ).encode(),
    "codes with a decimal": lambda lines: text(floats(lines, "old_la_code")).encode(),
    "years with a decimal": lambda lines: text(floats(lines, "time_period")).encode(),
    "old Macintosh": lambda lines: "\r".join(lines).encode(),
    "gzip": lambda lines: gzip.compress(text(lines).encode()),
    "zip": lambda lines: archive(
        {"data/t.csv": text(lines), "data-guidance/data-guidance.txt": "x"}
    ),
    "gzip in zip": lambda lines: archive({"t.csv.gz": gzip.compress(text(lines).encode())}),
}


@pytest.mark.parametrize("name", ["table.csv", "table.xlsx", "table"])
def test_what_a_file_is_does_not_come_from_its_name(added, lines, name):
    code, said = added(text(lines).encode(), name)
    assert code == 0
    assert "timeliness, 2026 release" in said


@pytest.mark.parametrize("state", STATES)
def test_a_table_is_read_to_the_same_figures_in_every_state(added, lines, state):
    plain = added(text(lines).encode())
    code, said = added(STATES[state](lines))
    assert (code, plain[0]) == (0, 0)
    figures = [line for line in plain[1].splitlines() if line.startswith("figures: ")]
    assert figures
    assert figures[0] in said
    assert "new period: 2025" in said


@pytest.mark.parametrize(
    ("state", "note"),
    [
        ("codes with a decimal", "old_la_code: 201.0 and such read as 201 and such"),
        ("years with a decimal", "time_period: 2019.0 and such read as 2019 and such"),
        ("zip", "read from table.csv: data/t.csv"),
    ],
)
def test_what_was_done_to_read_it_is_said(added, lines, state, note):
    assert note in added(STATES[state](lines))[1]


def in_windows(lines, sign):
    """The name of an area with a sign that Windows-1252 has; names are not figures."""
    place = next(i for i, line in enumerate(lines) if ",Kent," in line)
    changed = [*lines]
    changed[place] = lines[place].replace(",Kent,", f",Kent{sign},")
    return text(changed).encode("cp1252")


def test_windows_1252_is_read_and_named(added, lines):
    code, said = added(in_windows(lines, "–"))
    assert code == 0
    assert "table.csv is not in UTF-8: read as Windows-1252, in which it has –" in said


def test_another_letter_is_refused_with_what_to_do(added, lines):
    code, said = added(in_windows(lines, "é"))
    assert code == 10
    assert "byte 0xe9 in line" in said
    assert "CSV UTF-8 (comma delimited)" in said


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (
            lambda lines: text(["Plans,,,", "", *lines]).encode(),
            "header seems to be line 3",
        ),
        (
            lambda lines: text([*lines, "Source: DfE"]).encode(),
            "'Source: DfE' (line {last})",
        ),
        (
            lambda lines: text([f"{lines[0]},", *(f"{x},1" for x in lines[1:])]).encode(),
            "a column without a name",
        ),
        (lambda _: office("EncryptedPackage"), "protected with a password"),
        (lambda _: office("Workbook"), "old form (.xls)"),
        (lambda _: archive({"a.csv": "x", "b.csv": "x"}), "with 2 tables: it holds a.csv"),
        (lambda _: b"%PDF-1.7", "is a PDF document"),
        (lambda _: b"<html>Sign in", "is a web page"),
        (lambda _: b"", "is empty"),
    ],
)
def test_what_is_not_read_is_told_in_words(added, lines, made, said):
    code, told = added(made(lines))
    assert code == 10
    assert said.format(last=len(lines) + 1) in told
    assert "table.csv" in told
    assert "ParserWarning" not in told


def test_a_message_names_the_line_that_its_reader_sees(tmp_path, lines):
    kent = next(i for i, line in enumerate(lines) if ",Kent," in line)
    fields = lines[kent].split(",")
    fields[-1] = "(25)"
    changed = [*lines[:kent], ",".join(fields), *lines[kent + 1 :]]
    path = tmp_path / "table.csv"
    path.write_text(text(changed), "utf-8")
    with pytest.raises(SourceError, match=rf"'\(25\)' \(line {kent + 1}\)"):
        examine(path)


def test_an_added_zip_is_kept_and_compiled_again(user_dir, tmp_path, lines):
    path = tmp_path / "download.zip"
    path.write_bytes(archive({"data/t.csv": text(lines)}))
    assert main(["data", "add", str(path)]) == 0
    kept = user_dir / "editions" / "sen2_2026_timeliness"
    assert (kept / "timeliness.zip").read_bytes() == path.read_bytes()
    # As if the package had been installed anew, with other tables.
    record = user_dir / "tables" / home.EDITIONS_FILE
    record.write_text(record.read_text().replace(home.built_on(user_dir / "tables"), ""))
    assert main(["data", "add", str(path)]) == 0
    assert home.tables_dir() == user_dir / "tables"


def test_a_workbook_alone_in_a_zip_is_read_as_one(added):
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as made:
        made.writestr("[Content_Types].xml", "<Types/>")
        made.writestr("xl/workbook.xml", "<workbook/>")
    code, said = added(archive({"book.xlsx": held.getvalue()}), "download.zip")
    assert code == 10
    assert "download.zip is not a readable spreadsheet" in said


# What people in this field met, by name: the answer each gets, in a few words.
MET = {
    "b01_semicolon.csv": "separated by semicolons",
    "b02_cp1252.csv": "read as Windows-1252, in which it has –",
    "b04_blank_tail_rows.csv": "figures: all as held",
    "b05_blank_tail_column.csv": "figures: all as held",
    "b06_code_as_float.csv": "figures: all as held",
    "b08_period_as_float.csv": "figures: all as held",
    "b12_title_above.csv": "header seems to be line 3",
    "b13_bracket_negative.csv": "'(25)' (line 163)",
    "b20_quoted_crlf_nbsp.csv": "figures: all as held",
    "b21_mac_cr_only.csv": "figures: all as held",
    "b22_empty.csv": "is empty",
    "b25_download.zip": "read from b25_download.zip: data/residential_settings.csv",
    "d03_dsg_note_below.xlsx": "(row 174)",
    "d06_dsg_council_name.xlsx": "new period: 2024-25",
    "d09_password.xlsx": "save a copy without the password",
    "d10_old_format.xls": "save it as an Excel workbook (.xlsx)",
}


@pytest.mark.parametrize(("name", "said"), MET.items())
def test_the_files_that_people_met_get_their_answer(added, name, said):
    if not (BESIDE / name).is_file():
        pytest.skip(f"needs the case {name}, which is not part of this repository")
    assert said in added((BESIDE / name).read_bytes(), name)[1]
