"""The submission: what a committee asks for, counted; the book of tables beside it."""

import io
import json
import re
import zipfile
from datetime import date

import pandas as pd
import pytest

from highneeds.evidence.pack import EvidencePack
from highneeds.evidence.submission import (
    MOST_WORDS,
    address_of,
    annex_blocks,
    body_blocks,
    words_of,
)
from highneeds.evidence.writing import evidence_files
from highneeds.panel.panel import load_panel
from highneeds.report.blocks import Grid, Heading, Paragraph

# The whole analysis of inspections for all of England is in it.
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def pack():
    panel = load_panel()
    return EvidencePack(panel, panel.geography.england, date(2026, 6, 26))


@pytest.fixture(scope="module")
def files(pack):
    return evidence_files(pack)


def test_the_body_is_short_and_its_paragraphs_are_numbered_without_holes(pack):
    body = body_blocks(pack)
    # The limit that committees of Parliament print in their calls.
    assert MOST_WORDS == 3_000
    assert 500 < words_of(body) <= MOST_WORDS
    told = [one.text for one in body if isinstance(one, Paragraph) and not one.listed]
    assert told[0].startswith("Cite as: ")
    numbers = [int(re.match(r"(\d+)\. ", text)[1]) for text in told[1:]]
    assert numbers == list(range(1, len(numbers) + 1))


def test_the_summary_is_bullets_and_comes_first(pack):
    body = body_blocks(pack)
    heads = [one.text for one in body if isinstance(one, Heading)]
    assert heads[1] == "Summary"
    at = body.index(Heading("Summary", 2))
    assert all(one.listed for one in body[at + 1 : at + 5])


def test_every_exhibit_is_cited_in_the_body_and_stands_in_the_annex(pack):
    said = " ".join(one.text for one in body_blocks(pack) if isinstance(one, Paragraph))
    annex = annex_blocks(pack)
    shown = " ".join(
        one.caption if isinstance(one, Grid) else one.text
        for one in annex
        if isinstance(one, Grid | Paragraph)
    )
    for exhibit in pack.exhibits:
        assert re.search(rf"\b{exhibit.number}\b", said), exhibit.number
        assert re.search(rf"\b{exhibit.number}\. ", shown), exhibit.number


def test_publications_of_the_department_have_their_page(pack):
    links = [one.link for one in annex_blocks(pack) if getattr(one, "link", None)]
    assert len(links) > 20
    assert all(link.address.startswith("https://") for link in links)
    assert address_of("sen2_2026_caseload").endswith("/education-health-and-care-plans")
    assert address_of("council_reported_blocks") == ""
    # Each has one, or says that none is held.
    annex = annex_blocks(pack)
    start = next(
        at for at, one in enumerate(annex) if "Annex B" in getattr(one, "text", "")
    )
    listed = annex[start + 1 :]
    assert len(listed) == len(pack.sources().frame)
    assert all(bool(one.link) != ("No address" in one.text) for one in listed)


def test_the_word_document_holds_the_links(files):
    pytest.importorskip("docx")
    held = zipfile.ZipFile(io.BytesIO(files["submission.docx"]))
    links = held.read("word/_rels/document.xml.rels").decode()
    assert "education-health-and-care-plans" in links
    assert held.read("word/document.xml").decode().count("<w:hyperlink") > 20


def test_the_data_package_describes_every_csv_as_it_is(files):
    package = json.loads(files["datapackage.json"])
    assert package["licenses"][0]["name"] == "OGL-UK-3.0"
    paths = {one["path"] for one in package["resources"]}
    assert paths == {name for name in files if re.fullmatch(r"tables/T\d+\.csv", name)}
    for one in package["resources"]:
        held = pd.read_csv(io.BytesIO(files[one["path"]]))
        assert list(held.columns) == [field["name"] for field in one["schema"]["fields"]]


def test_the_book_of_tables_has_a_sheet_a_table_and_no_heading_twice(files, pack):
    held = zipfile.ZipFile(io.BytesIO(files["tables.xlsx"]))
    tables = [name for name in held.namelist() if name.startswith("xl/tables/")]
    # The sheet of contents is one too.
    assert len(tables) == 1 + sum(one.number[0] == "T" for one in pack.exhibits)
    for name in tables:
        heads = re.findall(r'<tableColumn [^>]*name="([^"]*)"', held.read(name).decode())
        assert len(set(map(str.lower, heads))) == len(heads), heads
