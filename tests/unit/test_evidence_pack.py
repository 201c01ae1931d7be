"""The parts of the evidence pack: sums shown, words that may be said, bytes that stay."""

import copy
import dataclasses
import inspect
import io
import json
import re
import zipfile
from datetime import date

import docx
import nbformat
import numpy as np
import pandas as pd
import pytest

from highneeds.cli import main
from highneeds.errors import UsageError
from highneeds.evidence import inspections as evidence_inspections
from highneeds.evidence import pack as evidence_pack
from highneeds.evidence import record
from highneeds.evidence.exhibit import Exhibit
from highneeds.evidence.record import (
    PROVISIONS,
    Question,
    exclusions_of_england,
    money_by_year,
    plans_by_group,
    plans_by_january,
)
from highneeds.inspections.state import read_inspections
from highneeds.notebook.evidence import read_manifest, run_evidence
from highneeds.notebook.evidence_parameters import EvidenceParameters, LinkParameters
from highneeds.notebook.execute import notebook_text
from highneeds.panel.held import TOTAL
from highneeds.panel.panel import load_panel
from highneeds.panel.vintage import vintage
from highneeds.report import word
from highneeds.report.blocks import Paragraph
from highneeds.report.document import blocks_of
from highneeds.report.headline import Card, Headline
from highneeds.report.tables import Column, Folded, Lead, Opening, Table, Words, csv_bytes
from highneeds.report.what_if_section import Framed

AS_OF = date(2026, 6, 26)


@pytest.fixture(scope="module")
def england():
    panel = load_panel()
    return Question(panel, panel.geography.england, AS_OF)


def exhibit(**changed):
    frame = pd.DataFrame({"year": ["2024"], "plans": [576474.0]})
    table = Table(
        "plans", "Plans", (Column("year", "Year"), Column("plans", "Plans", "count")), frame
    )
    whole = Exhibit(
        "T1",
        "plans",
        table,
        ("sen2_2025_caseload",),
        "153 authorities",
        "none",
        "Counted otherwise before 2023.",
    )
    return dataclasses.replace(whole, **changed)


# The record ---------------------------------------------------------------------------


def test_plans_and_new_plans_are_the_published_national_totals(england):
    # DfE, Education, health and care plans, 2025: 638,745 plans, 97,747 new in 2024.
    last = plans_by_january(england).iloc[-1]
    assert (last["january"], last["plans"], last["new_plans"]) == (2025, 638745, 97747)


def test_a_figure_is_left_out_until_it_was_out():
    panel = load_panel()
    # Registered: a January census is out six months after. 15 January 2025 + 6 months.
    before = Question(panel, panel.geography.england, date(2025, 7, 14))
    after = Question(panel, panel.geography.england, date(2025, 7, 15))
    assert before.periods("ehc_plans")[-1] == "2024"
    assert after.periods("ehc_plans")[-1] == "2025"


def test_parts_of_growth_add_up_to_the_whole(england):
    ages = plans_by_group(england, "age", ["0-4", "5-10", "11-15", "16-19", "20-25"])
    whole = plans_by_january(england)
    assert ages["last"].sum() == whole["plans"].iloc[-1]
    assert ages["share_of_growth"].sum() == pytest.approx(1)


def test_no_growth_is_told_on_a_handful_of_plans(england):
    oldest = plans_by_group(england, "age", ["20-25"]).iloc[0]
    assert oldest["first"] < 100
    assert np.isnan(oldest["growth"])


def test_the_ratio_of_exclusions_is_of_published_counts(england):
    table = exclusions_of_england(england)
    row = table[
        (table["measure"] == "permanent_exclusions") & (table["provision"] == "sen_support")
    ].iloc[0]
    # DfE 2016/17: 3,235 of 918,270 pupils against 4,115 of 6,880,850.
    ratio = (3235 / 918270) / (4115 / 6880850)
    spread = np.exp(1.959964 * np.sqrt(1 / 3235 + 1 / 4115))
    assert row["ratio"] == pytest.approx(ratio)
    assert (row["low"], row["high"]) == pytest.approx((ratio / spread, ratio * spread))
    assert list(table["provision"]) == [*PROVISIONS, *PROVISIONS]


def test_a_year_without_balances_has_none_and_not_nought(england):
    years = money_by_year(england).set_index("year")
    assert np.isnan(years.loc["2022-23", "balance"])
    assert years.loc["2022-23", "balance_n"] == 0
    assert years.loc["2023-24", "balance_n"] < years.loc["2023-24", "authorities"]


def test_the_authorities_of_the_regions_are_those_of_england(england):
    regions = england.panel.geography.regions()
    parts = [Question(england.panel, region, AS_OF).codes for region in regions]
    assert sorted(code for part in parts for code in part) == sorted(england.codes)


# Exhibits -----------------------------------------------------------------------------


def test_an_exhibit_says_all_it_must():
    said = repr(exhibit())
    for part in (
        "T1. Plans",
        "Source: Department for Education, Education, health and care plans (release: July",
        "n: 153 authorities.",
        "Interval: none.",
        "Caveat: Counted otherwise before 2023.",
        "Made by cell: plans.",
    ):
        assert part in said


def test_metadata_name_source_release_licence_and_cell():
    record = json.loads(json.dumps(exhibit().metadata()))
    assert record["licence"] == "Open Government Licence v3.0"
    assert record["cell"] == "plans"
    assert [source["release"] for source in record["sources"]] == ["July 2025"]
    assert len(record["sources"][0]["sha256"]) == 64


# Parameters ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"region": "Somerset"}, "is not a region"),
        ({"region": "Sommerset East"}, "Sommerset East"),
        ({"as_of": "26 June 2026"}, "2016-05-01"),
        ({"as_of": "2019-01-01"}, "too early"),
        ({"as_off": "2026-01-01"}, "as_off"),
        ({"region": 3}, "region"),
    ],
)
def test_a_wrong_parameter_is_refused_with_what_to_do(given, said):
    with pytest.raises(UsageError, match=re.escape(said)):
        EvidenceParameters(**given)


def test_the_day_left_out_takes_in_the_whole_record():
    panel = load_panel()
    day = EvidenceParameters().day
    england = Question(panel, panel.geography.england, day)
    # The January that every report has, and the last period of all that the pack reads.
    assert plans_by_january(england)["january"].iloc[-1] == vintage(panel).census.end
    code = inspect.getsource(record)
    read = set(re.findall(r"\.(?:own|each|periods)\(\"(\w+)\"\)", code))
    assert len(read) > 5
    for measure in read:
        assert set(england.periods(measure)) == set(panel.matrix(measure, TOTAL)), measure
    # Nobody knows what was found after the last report on record.
    last = read_inspections(panel)["publication_date"].max().date()
    assert england.inspected_to == last < day
    (_, shown, _) = evidence_inspections.outcomes(england, "outcomes")
    assert f"{last:%-d %B %Y}" in shown.title
    assert "record of inspections ends" in " ".join(shown.item.notes)
    assert EvidenceParameters(as_of="2026-06-26").day == AS_OF


def test_regions_are_named_as_people_write_them():
    assert EvidenceParameters(region="south west").area.name == "South West"


def test_another_seed_than_the_registered_one_is_said():
    assert "not the registered" not in repr(LinkParameters())
    assert "not the registered one" in repr(LinkParameters(seed=1))


# Folders ------------------------------------------------------------------------------


def test_a_folder_that_holds_something_else_is_not_replaced(tmp_path, monkeypatch):
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(UsageError, match="no evidence pack"):
        run_evidence(out=tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_verify_refuses_a_folder_that_is_no_pack(tmp_path, capsys):
    assert main(["verify", str(tmp_path)]) == 2
    assert "holds no run" in capsys.readouterr().err
    (tmp_path / "manifest.json").write_text('{"kind": "evidence pack", "outputs": {}}')
    assert main(["verify", str(tmp_path)]) == 10
    assert "lacks outputs" in capsys.readouterr().err
    (tmp_path / "manifest.json").write_text("[1")
    with pytest.raises(UsageError):
        read_manifest(tmp_path)


# Word ---------------------------------------------------------------------------------

BLOCKS = [
    word.Heading("Evidence", 1),
    word.Heading("What we know", 2),
    word.Paragraph("One thing.", listed=True),
    word.Grid("T1. Plans", (("Year", "Plans"), ("2024", "576,474")), ("n: 153.",)),
]


def test_a_document_has_the_same_bytes_every_time():
    first, second = (word.document_bytes("Evidence", "OGL", BLOCKS) for _ in range(2))
    assert first == second
    with zipfile.ZipFile(io.BytesIO(first)) as packed:
        assert {part.date_time for part in packed.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_a_document_can_be_read_by_heading_and_table():
    found = docx.Document(io.BytesIO(word.document_bytes("Evidence", "OGL", BLOCKS)))
    assert [(one.style.name, one.text) for one in found.paragraphs] == [
        ("Title", "Evidence"),
        ("Heading 1", "What we know"),
        ("List Bullet", "One thing."),
        ("Caption", "T1. Plans"),
        ("Note Text", "n: 153."),
    ]
    (table,) = found.tables
    assert [[cell.text for cell in row.cells] for row in table.rows] == [
        ["Year", "Plans"],
        ["2024", "576,474"],
    ]
    xml = table._tbl.xml
    assert "w:tblHeader" in xml
    assert 'w:tblCaption w:val="T1. Plans"' in xml


def test_the_document_shows_what_the_notebook_shows():
    v4 = nbformat.v4
    shown, said = exhibit()._repr_mimebundle_()
    output = v4.new_output("display_data", shown, metadata=said)
    text = "# Title\n\n*Who.* A [term](x.md) and `code`.\n\n## Part\n\n- one\n- two"
    cells = [
        v4.new_markdown_cell(text),
        v4.new_code_cell("x", outputs=[output]),
        v4.new_code_cell("y", outputs=[output], metadata={"tags": ["not-on-page"]}),
    ]
    *prose, grid = blocks_of(v4.new_notebook(cells=cells), "Title: England")
    assert prose == [
        word.Heading("Title: England", 1),
        word.Paragraph("Who. A term and code."),
        word.Heading("Part", 2),
        word.Paragraph("one", listed=True),
        word.Paragraph("two", listed=True),
    ]
    assert grid.caption == "T1. Plans"
    assert grid.rows == (("Year", "Plans"), ("2024", "576,474"))
    assert grid.notes[-1] == "Made by cell: plans."


@pytest.mark.parametrize(
    "one",
    [
        exhibit().shown(),
        Words(("One.", "Two −£3m."), listed=True),
        Opening("Why", "Because."),
        Folded("More", exhibit().item),
        Lead(("First.",)),
        Headline("Said.", (Card("Balance", "−£3m", "likely"),), ("Beside.",), "Terms."),
        Framed("What if", "<p>A page</p>", "'sha256-x'", "what-if.html"),
    ],
    ids=lambda one: type(one).__name__,
)
def test_a_document_is_made_of_what_an_answer_says_and_not_of_its_html(one):
    v4 = nbformat.v4
    shown, said = one._repr_mimebundle_()
    shown["text/html"] = "<p>Anything else</p>"
    output = v4.new_output("display_data", shown, metadata=said)
    notebook = v4.new_notebook(cells=[v4.new_code_cell("x", outputs=[output])])
    _, *blocks = blocks_of(notebook, "Title")
    words = [Paragraph(repr(one))] if isinstance(one, Framed) else one.blocks()
    assert blocks == words != []
    # A notebook's file does not say everything twice.
    assert '"blocks"' in nbformat.writes(notebook)
    assert '"blocks"' not in notebook_text(notebook)
    assert blocks_of(notebook, "Title")[1:] == words


def test_a_picture_says_its_title_once_and_has_a_number():
    v4 = nbformat.v4
    about = {
        "image/png": {"alt": "A line."},
        "highneeds": {"chart": "a", "caption": "Pale."},
    }
    output = v4.new_output("display_data", {"image/png": "AAAA"}, metadata=about)
    headed = copy.deepcopy(output)
    headed.metadata["highneeds"] |= {
        "heading": "F1. Growth.",
        "caption": "F1. Growth. n: 2.",
    }
    cells = [v4.new_code_cell("x", outputs=[output, headed])]
    _, plain, exhibit = blocks_of(v4.new_notebook(cells=cells), "Title")
    assert (plain.caption, plain.note) == ("Figure 1.", "Pale.")
    assert (exhibit.caption, exhibit.note) == ("F1. Growth.", "n: 2.")


def test_without_python_docx_the_reader_is_told_what_to_install(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "docx", None)
    with pytest.raises(UsageError, match=re.escape('pip install "highneeds[word]"')):
        word.document_bytes("Evidence", "OGL", BLOCKS)


@pytest.mark.parametrize(
    ("held", "written"),
    [
        # A rate printed as 1.8%, divided by 100 in floats.
        (0.018000000000000002, "0.018"),
        (82_329.0, "82329"),
        (-1_734_822_229.0, "-1734822229"),
        (float("nan"), ""),
        (2 / 3, "0.666666666666667"),
    ],
)
def test_a_table_is_written_without_the_noise_of_floats(held, written):
    frame = pd.DataFrame({"what": ["one", "two"], "figure": [held, 0.5]})
    assert csv_bytes(evidence_pack._without_noise(frame)) == (
        f"what,figure\none,{written}\ntwo,0.5\n".encode()
    )
