"""Files that users give: texts in every encoding met, and all others called by name."""

import bz2
import gzip
import io
import lzma
import tarfile
import zipfile

import pytest

from highneeds import files, home
from highneeds.answers.warnings import warnings_for
from highneeds.batch.plan import Notebook, Plan
from highneeds.cli import main
from highneeds.errors import AssumptionError, HighNeedsError, SourceError, UsageError
from highneeds.file_forms import PARQUET, TEXT, WORKBOOK, form_of
from highneeds.files import MOST_BYTES, content_of, read_json, read_toml, text_of
from highneeds.notebook.execute import opened_notebook
from highneeds.panel.reorganisation import Reorganisation
from highneeds.scenario.scenario import Scenario

SCENARIO = """name = "own"
title = "A grant of £10m – agreed"
extends = "trend"
author = "A. Officer"
date = "2026-12-01"
"""
BATCH = 'areas = ["Kent"] # £\nuntil = "2027-28"\n'
REORGANISATION = """name = "Two councils – one county"
effective = "2027-04-01"
[[areas]]
name = "Low and High"
made_of = ["Rutland", "Leicester"]
"""


def notebook_text():
    """A notebook that comes with the package, with a pound sign in its first cell."""
    path = home.notebooks_dir() / "01_overspend_scenario.ipynb"
    text = path.read_text("utf-8")
    assert '"source": [' in text
    text = text.replace('"source": [', '"source": [\n    "£\\n",', 1)
    return "".join(one if one in "£–" or ord(one) < 128 else "-" for one in text)


def load_scenario(path):
    assert Scenario.load(path).title == "A grant of £10m – agreed"


def load_batch(path):
    assert [str(job.area) for job in Plan.make(file=path).jobs] == ["Kent (886)"]


def load_reorganisation(path):
    assert Reorganisation.load(path).name == "Two councils – one county"


def load_notebook(path):
    assert Notebook.find(str(path)).defaults["authority"]
    assert "£" in opened_notebook(path).cells[0].source


READERS = {
    "scenario": ("own.toml", SCENARIO, load_scenario),
    "batch": ("batch.toml", BATCH, load_batch),
    "reorganisation": ("reorg.toml", REORGANISATION, load_reorganisation),
    "notebook": ("own.ipynb", notebook_text(), load_notebook),
}
readers = pytest.mark.parametrize(("name", "text", "load"), READERS.values(), ids=READERS)
ENCODINGS = ["utf-8", "utf-8-sig", "utf-16", "utf-32", "cp1252"]


@readers
@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_a_text_is_read_in_every_encoding_it_can_be_told_in(
    tmp_path, name, text, load, encoding, ending
):
    path = tmp_path / name
    path.write_bytes(text.replace("\n", ending).encode(encoding))
    load(path)


@pytest.mark.parametrize(
    "encoding", [("utf-16-le", b"\xff\xfe"), ("utf-16-be", b"\xfe\xff")]
)
def test_either_order_of_bytes_is_told_by_the_mark(tmp_path, encoding):
    path = tmp_path / "own.toml"
    path.write_bytes(encoding[1] + SCENARIO.encode(encoding[0]))
    load_scenario(path)


@readers
@pytest.mark.parametrize("letter", ["é", "ł", "\xa0", "½", "€", "…", "\x8d"])
def test_another_letter_of_another_encoding_is_never_guessed(
    tmp_path, name, text, load, letter
):
    path = tmp_path / name
    # A letter of Latin-1, of Windows-1252, of Windows-1250, or no letter at all.
    encoding = {"€": "cp1252", "…": "cp1252", "ł": "cp1250"}.get(letter, "latin-1")
    byte, plain = letter.encode(encoding), text.replace("£", "~").replace("–", "~")
    assert "~" in plain
    path.write_bytes(plain.encode().replace(b"~", byte))
    with pytest.raises(HighNeedsError, match="encoding that cannot be told") as refused:
        load(path)
    said = str(refused.value)
    assert f"byte {byte[0]:#04x} in line" in said
    assert name in said
    assert "CSV UTF-8" in said


def test_windows_1252_is_named_with_what_it_was_read_as(tmp_path):
    path = tmp_path / "own.toml"
    path.write_bytes(SCENARIO.encode("cp1252"))
    (note,) = Scenario.load(path).notes
    assert note.startswith(
        "own.toml is not in UTF-8: read as Windows-1252, in which it has"
    )
    assert "– £ and nothing else" in note
    assert Scenario.load("trend").notes == ()


def test_every_sign_of_windows_1252_that_is_read_is_read_right(tmp_path):
    path = tmp_path / "signs.toml"
    signs = "£–—•\u2018\u2019\u201c\u201d"
    path.write_bytes(f'a = "{signs}"'.encode("cp1252"))
    found = read_toml(path, "signs", AssumptionError)
    assert found.tables == {"a": signs}
    assert len(found.notes) == 1


def test_windows_1252_is_named_in_the_report_s_cautions_and_at_the_command(
    tmp_path, capsys
):
    import highneeds as hn

    path = tmp_path / "own.toml"
    path.write_bytes(SCENARIO.encode("cp1252"))
    chosen = Scenario.load(path)
    result = hn.project(hn.load_panel(), "Rutland", chosen, until="2026-27", draws=100)
    assert chosen.notes[0] in warnings_for(result.record, chosen, result)
    given = ["monitor", "Rutland", "--spent", "5000000", "--month", "Sep", "--draws", "100"]
    assert main([*given, "--year", "2026-27", "--scenario", str(path)]) == 0
    assert chosen.notes[0] in capsys.readouterr().err


def test_windows_1252_in_a_batch_file_is_named(tmp_path, capsys):
    path = tmp_path / "batch.toml"
    path.write_bytes(BATCH.encode("cp1252"))
    given = ["batch", "--file", str(path), "--dry-run", "--out", str(tmp_path)]
    assert main(given) == 0
    assert "read as Windows-1252, in which it has £" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("2026-12-01", "2026-12-01"),
        ('"2026-12-01"', "2026-12-01"),
    ],
)
def test_a_date_needs_no_quotes(tmp_path, written, kept):
    path = tmp_path / "own.toml"
    path.write_text(SCENARIO.replace('"2026-12-01"', written), "utf-8")
    assert Scenario.load(path).date == kept
    path = tmp_path / "reorg.toml"
    path.write_text(REORGANISATION.replace('"2027-04-01"', "2027-04-01"), "utf-8")
    assert str(Reorganisation.load(path).effective) == "2027-04-01"


def test_a_date_without_quotes_is_taken_wherever_a_date_is_a_text(tmp_path):
    path = tmp_path / "own.toml"
    price = "[assumptions.price_growth_other]\ndate = 2026-11-30\n"
    path.write_text(f"{SCENARIO}{price}", "utf-8")
    assert Scenario.load(path).assumptions["price_growth_other"].date == "2026-11-30"


def test_a_moment_is_no_day_and_is_named_as_written(tmp_path):
    path = tmp_path / "own.toml"
    path.write_text(SCENARIO.replace('"2026-12-01"', "2026-12-01T09:00:00"), "utf-8")
    with pytest.raises(AssumptionError, match="'2026-12-01T09:00:00' is not a day"):
        Scenario.load(path)


def office(stream):
    """The first bytes of an office file of the old form, and a name in its directory."""
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 504 + stream.encode("utf-16-le")


def archive(members, *, locked=False):
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in members.items():
            made.writestr(name, content)
    data = bytearray(held.getvalue())
    if locked:
        # The flag of the one member, in its own header and in the directory.
        data[6] |= 1
        data[data.rindex(b"PK\x01\x02") + 8] |= 1
    return bytes(data)


def tar():
    held = io.BytesIO()
    with tarfile.open(fileobj=held, mode="w") as made:
        entry = tarfile.TarInfo("table.csv")
        entry.size = 3
        made.addfile(entry, io.BytesIO(b"a,b"))
    return held.getvalue()


LOCKED_ODS = b'<manifest:encryption-data manifest:checksum="x"/>'
FORMS = {
    "empty": b"",
    "a PDF document": b"%PDF-1.7\n%\xe2\xe3",
    "an Excel workbook of the old form (.xls)": office("Workbook"),
    "protected with a password": office("EncryptedPackage"),
    "a Word document": office("WordDocument"),
    "a set of slides": archive({"ppt/presentation.xml": ""}),
    "an Outlook message": office("__substg1.0_001A001E"),
    "a file of an old office program": office("Contents"),
    "an Excel binary workbook (.xlsb)": archive({"xl/workbook.bin": ""}),
    "an OpenDocument file, but no spreadsheet": archive(
        {"mimetype": "application/vnd.oasis.opendocument.text", "content.xml": ""}
    ),
    "a Numbers or Pages file": archive({"Index/Document.iwa": ""}),
    "a web page": b"\xef\xbb\xbf \n<!DOCTYPE html><title>Sign in</title>",
    "an XML document": b'<?xml version="1.0"?><data/>',
    "packed with bzip2": bz2.compress(b"a,b\n"),
    "packed with xz": lzma.compress(b"a,b\n"),
    "packed with Zstandard": b"\x28\xb5\x2f\xfd\x04\x00",
    "a 7-Zip archive": b"7z\xbc\xaf\x27\x1c\x00\x04",
    "a RAR archive": b"Rar!\x1a\x07\x01\x00",
    "a tar archive": tar(),
    "a ZIP archive with a password": archive({"table.csv": "a,b\n"}, locked=True),
    "a damaged ZIP archive or workbook": b"PK\x03\x04broken",
    "a picture": b"\x89PNG\r\n\x1a\n",
    "a rich-text document": b"{\\rtf1\\ansi",
    "an SQLite database": b"SQLite format 3\0\x10\x00",
    "an Access database": b"\0\1\0\0Standard ACE DB\0",
    "a pointer to a file kept elsewhere": b"version https://git-lfs.github.com/spec/v1\n",
    "a link to a page": b"[InternetShortcut]\r\nURL=https://example.org\r\n",
    "text in UTF-16 without the mark that says so": "name = 1\n".encode("utf-16-le"),
    "no text, and no file of a kind known here": b"\x00\x01\x02\x03\x81" * 99,
}


@pytest.mark.parametrize(("what", "data"), FORMS.items(), ids=FORMS)
def test_a_file_that_is_no_text_is_called_what_it_is(tmp_path, what, data):
    # Whatever its name ends on.
    for name, read in (
        ("own.toml", lambda path: Scenario.load(path)),
        ("batch.toml", lambda path: Plan.make(file=path)),
        ("reorg.toml", Reorganisation.load),
        ("own.ipynb", opened_notebook),
    ):
        path = tmp_path / name
        path.write_bytes(data)
        with pytest.raises(HighNeedsError) as refused:
            read(path)
        said = str(refused.value)
        assert said.startswith(f"{name} is {what}")
        assert "Expected a " in said
        assert said.endswith("Give plain text, saved as UTF-8.")


@pytest.mark.parametrize(("what", "data"), FORMS.items(), ids=FORMS)
def test_a_file_that_is_no_table_is_called_what_it_is_with_what_to_do(tmp_path, what, data):
    path = tmp_path / "table.csv"
    path.write_bytes(data)
    with pytest.raises(SourceError) as refused:
        text_of(content_of(path), "a table (CSV)", SourceError)
    said = str(refused.value)
    assert said.startswith(f"table.csv is {what}")
    assert said.count(". ") >= 2


@pytest.mark.parametrize(
    ("data", "form"),
    [
        (b"a,b\n1,2\n", TEXT),
        (b"\xff\xfea\0", TEXT),
        (b"PAR1\x15\x04", PARQUET),
        (archive({"[Content_Types].xml": "", "xl/workbook.xml": ""}), WORKBOOK),
        (archive({"[Content_Types].xml": "", "XL/Workbook.xml": ""}), WORKBOOK),
        # As the department's own: without the note that says what it is.
        (archive({"content.xml": "", "META-INF/manifest.xml": ""}), WORKBOOK),
    ],
)
def test_what_is_read_is_told_too(data, form):
    assert form_of(data) is form


def test_a_workbook_or_an_opendocument_with_a_password_is_said_to_have_one():
    members = {"mimetype": "application/vnd.oasis.opendocument.spreadsheet"}
    members |= {"content.xml": b"\x8f", "META-INF/manifest.xml": LOCKED_ODS}
    locked = form_of(office("EncryptedPackage"))
    assert form_of(archive(members)) is locked
    assert form_of(archive({"[Content_Types].xml": ""}, locked=True)) is locked


TABLE = b"a,b\n1,2\n"


def given(tmp_path, data, name="download.zip"):
    path = tmp_path / name
    path.write_bytes(data)
    return path


@pytest.mark.parametrize(
    "members",
    [
        {"table.csv": TABLE},
        {"data/table.csv": TABLE, "data-guidance/data-guidance.txt": "Notes"},
        {"data/table.csv": TABLE, "data/table.meta.csv": "col,label\n"},
        {"table.csv": TABLE, "__MACOSX/._table.csv": b"\0", ".hidden.csv": b"x"},
        {"folder/": "", "folder/TABLE.CSV": TABLE},
        {"table.csv.gz": gzip.compress(TABLE)},
    ],
)
def test_a_zip_of_one_table_is_read_and_said(tmp_path, members):
    found = content_of(given(tmp_path, archive(members)))
    assert found.data == TABLE
    assert found.notes[0].removeprefix("read from download.zip: ") in members


def test_a_table_packed_with_gzip_is_read(tmp_path):
    assert content_of(given(tmp_path, gzip.compress(TABLE), "t.csv")).data == TABLE


@pytest.mark.parametrize(
    ("members", "said"),
    [
        ({"a.csv": "", "b/c.xlsx": ""}, r"with 2 tables: it holds a\.csv, b/c\.xlsx\."),
        ({"notes.txt": "", "x.pdf": ""}, r"with no table: it holds notes\.txt, x\.pdf\."),
        ({}, "with no table: it holds nothing"),
        ({f"{n}.csv": "" for n in range(9)}, r"4\.csv and 4 more"),
    ],
)
def test_a_zip_of_no_table_or_of_several_is_refused_with_its_list(tmp_path, members, said):
    with pytest.raises(SourceError, match=said) as refused:
        content_of(given(tmp_path, archive(members)))
    assert "Expected exactly one table" in str(refused.value)


def test_a_zip_in_a_zip_is_not_opened_for_ever(tmp_path):
    inner = archive({"table.csv": TABLE})
    for _ in range(3):
        inner = archive({"table.csv": inner})
    found = content_of(given(tmp_path, inner))
    with pytest.raises(SourceError, match="is a ZIP archive"):
        text_of(found, "a table (CSV)", SourceError)


@pytest.mark.parametrize("packed", ["gzip", "zip", "gzip in zip"])
def test_a_small_file_that_unpacks_to_a_huge_one_is_refused(tmp_path, packed):
    zeros = b"0" * (64 * 1024 * 1024)
    data = gzip.compress(zeros, 1) if "gzip" in packed else zeros
    if "zip" in packed.split():
        data = archive({"table.csv.gz" if "gzip" in packed else "table.csv": data})
    assert len(data) < 1024 * 1024
    with pytest.raises(SourceError, match=r"unpacks to more than 200 times its size"):
        content_of(given(tmp_path, data))


def test_a_file_of_more_bytes_than_any_table_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(files, "MOST_BYTES", 1000)
    assert MOST_BYTES > 100e6
    for data in (b"0" * 1001, gzip.compress(b"0123456789abcdef" * 63)):
        with pytest.raises(
            SourceError, match="are read, and no table followed has so many"
        ):
            content_of(given(tmp_path, data))


def test_a_damaged_archive_is_said_to_be(tmp_path):
    whole = gzip.compress(TABLE * 99)
    with pytest.raises(SourceError, match="is damaged"):
        content_of(given(tmp_path, whole[:-9], "t.csv.gz"))
    broken = bytearray(archive({"table.csv": TABLE * 99}))
    broken[45] ^= 0xFF
    with pytest.raises(SourceError, match="damaged ZIP"):
        content_of(given(tmp_path, bytes(broken)))


def test_what_is_not_there_is_named_with_what_to_give(tmp_path):
    for read, what in (
        (lambda path: Reorganisation.load(path), "a reorganisation"),
        (lambda path: Plan.make(file=path), "a batch file"),
        (opened_notebook, "a notebook"),
        (lambda path: read_json(path, "a record", UsageError), "a record"),
    ):
        for path in (tmp_path / "nowhere", tmp_path):
            with pytest.raises(HighNeedsError, match=f"Cannot read .*path of {what}"):
                read(path)


def test_settings_nested_without_end_are_refused(tmp_path):
    path = tmp_path / "deep.toml"
    path.write_text(f"name = {'[' * 5000}{']' * 5000}\n", "utf-8")
    with pytest.raises(AssumptionError, match=r"deep\.toml"):
        Scenario.load(path)
    path = tmp_path / "deep.ipynb"
    path.write_text("[" * 200_000, "utf-8")
    with pytest.raises(UsageError, match=r"deep\.ipynb"):
        opened_notebook(path)
