"""The evidence pack from one end to the other: made whole, cited, made again alike."""

import csv
import io
import json
import re
from pathlib import Path

import docx
import nbformat
import pytest

from highneeds import atomic
from highneeds.evidence.record import earliest_day
from highneeds.inspections.words import guarded
from highneeds.notebook.evidence import (
    NOTEBOOK,
    evidence_files,
    run_evidence,
    verify_evidence,
)
from highneeds.notebook.evidence_parameters import EvidenceParameters
from highneeds.panel.panel import load_panel

TABLES, FIGURES = 17, 5


@pytest.fixture(scope="module")
def pack(tmp_path_factory):
    """A pack for one region; a minute, so made once."""
    folder = tmp_path_factory.mktemp("evidence") / "pack"
    return run_evidence("South West", out=folder).parent


def records(pack: Path) -> list[dict]:
    paths = [*pack.glob("tables/*.json"), *pack.glob("figures/*.json")]
    return [json.loads(path.read_text("utf-8")) for path in paths]


def test_every_exhibit_is_numbered_without_a_gap(pack):
    numbers = {record["number"] for record in records(pack)}
    tables = {f"T{number}" for number in range(1, TABLES + 1)}
    assert numbers == tables | {f"F{number}" for number in range(1, FIGURES + 1)}


def test_every_exhibit_can_be_cited(pack):
    for record in records(pack):
        assert record["sources"] or record["cited"], record["number"]
        for name in ("title", "licence", "n", "interval", "caveat", "cell"):
            assert record[name].strip(), (record["number"], name)
        assert "nan" not in re.split(r"\W+", json.dumps(record)), record["number"]


def test_the_cell_named_is_the_cell_that_made_it(pack):
    notebook = nbformat.read(pack / "notebook.ipynb", as_version=4)
    made = {
        output.metadata["highneeds"]["exhibit"]: cell.id
        for cell in notebook.cells
        if cell.cell_type == "code"
        for output in cell.outputs
        if "exhibit" in output.metadata.get("highneeds", {})
    }
    assert made == {record["number"]: record["cell"] for record in records(pack)}


def test_a_table_file_holds_the_columns_its_metadata_name(pack):
    for record in records(pack):
        if record["number"].startswith("T"):
            text = (pack / "tables" / f"{record['number']}.csv").read_text("utf-8")
            head, *rows = csv.reader(io.StringIO(text))
            assert {column["key"] for column in record["columns"]} <= set(head)
            assert rows


def test_every_figure_has_words_in_place_of_the_picture(pack):
    document = docx.Document(str(pack / "evidence.docx"))
    described = [shape._inline.docPr.get("descr") for shape in document.inline_shapes]
    figures = [record for record in records(pack) if record["number"].startswith("F")]
    assert sorted(described) == sorted(record["alt"] for record in figures)
    for record in figures:
        for ending in ("svg", "png"):
            assert (pack / "figures" / f"{record['number']}.{ending}").stat().st_size > 1000


def test_page_and_document_hold_every_number_and_title(pack):
    html = (pack / "report.html").read_text("utf-8")
    document = docx.Document(str(pack / "evidence.docx"))
    captions = [one.text for one in document.paragraphs if one.style.name == "Caption"]
    for record in records(pack):
        heading = f"{record['number']}. {record['title']}"
        assert any(caption.startswith(heading) for caption in captions), heading
        assert f"{record['number']}. " in html


def test_no_sentence_of_the_pack_speaks_of_effect_or_foresight(pack):
    notebook = nbformat.read(pack / "notebook.ipynb", as_version=4)
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            guarded(cell.source.replace("No forecast is made here.", ""), skill=False)
            continue
        for output in cell.outputs:
            if output.get("metadata", {}).get("highneeds", {}).get("role") in (
                "words",
                "headline",
            ):
                guarded(output.data["text/plain"], skill=False)


@pytest.mark.slow
def test_a_pack_verifies_until_a_file_is_altered(pack):
    # One run says both: whatever else the pack holds comes out of the new run as it was.
    table = pack / "tables" / "T1.csv"
    kept = table.read_bytes()
    table.write_bytes(kept.replace(b"2025", b"2026"))
    (pack / "figures" / "F1.svg").rename(pack / "figures" / "F9.svg")
    try:
        said = verify_evidence(pack)
    finally:
        table.write_bytes(kept)
        (pack / "figures" / "F9.svg").rename(pack / "figures" / "F1.svg")
    assert said == [
        "figures/F1.svg: missing in the folder",
        "figures/F9.svg: in the folder only",
        "tables/T1.csv: another in the folder than its manifest says",
    ]


def test_the_manifest_names_every_file_and_holds_the_only_clock(pack):
    record = json.loads((pack / "manifest.json").read_text("utf-8"))
    files = {
        path.relative_to(pack).as_posix(): atomic.sha256(path)
        for path in pack.rglob("*")
        if path.is_file() and path.name != "manifest.json"
    }
    assert record["outputs"] == files
    assert record["may_differ_between_runs"] == ["clock"]
    assert f"notebooks/{NOTEBOOK}.ipynb" in record["inputs"]
    assert record["parameters"] == {"region": "South West", "as_of": ""}


@pytest.mark.slow
def test_the_earliest_day_has_every_exhibit_too():
    files = evidence_files(EvidenceParameters(as_of=str(earliest_day(load_panel()))))
    numbers = {Path(name).stem for name in files if name.endswith(".json")}
    assert len(numbers - {"manifest", "datapackage"}) == TABLES + FIGURES
    assert not re.search(r">nan<", files["report.html"].decode("utf-8"))
