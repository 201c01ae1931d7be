"""The data dictionary in docs/ is what the schema and the embedded tables say today."""

import pytest

from highneeds.cli import main
from highneeds.panel.dictionary import STATUS_MEANINGS, dictionary_page
from highneeds.panel.harmonise import INCOMPLETE, NOT_ADDITIVE
from highneeds.panel.panel import load_panel
from highneeds.panel.schema import MEASURES
from highneeds.sources.contract import Status
from tests.conftest import ROOT


@pytest.fixture(scope="module")
def page():
    return dictionary_page(load_panel())


def test_the_committed_page_is_up_to_date(page):
    committed = (ROOT / "docs" / "data-dictionary.md").read_text("utf-8")
    assert committed == page, (
        "run: python -m highneeds data dictionary --out docs/data-dictionary.md --replace"
    )


def test_every_measure_is_explained_once(page):
    headings = [line[4:] for line in page.splitlines() if line.startswith("### ")]
    assert sorted(headings) == sorted(MEASURES)
    for measure in MEASURES.values():
        assert f"{measure.title}." in page
        assert measure.note in page


def test_every_status_is_explained():
    assert set(STATUS_MEANINGS) == {*map(str, Status), INCOMPLETE, NOT_ADDITIVE}


def test_an_entry_gives_years_areas_breakdowns_statuses_and_sources(page):
    entry = page.split("### ehc_plans\n")[1].split("\n### ")[0]
    for words in (
        "- Unit: plans",
        "- Calendar: january, 2010 to 2026",
        # 160 codes, less Bedfordshire and Cheshire, which ended in 2009.
        "158 authorities, now or once, 9 regions, England",
        "- Over several authorities: summed",
        "`age` (2010 to 2026): 0-4, 5-10, 11-15, 16-19, 20-25",
        "withdrawn ",
        "`sen2_2025_caseload`: Education, health and care plans",
    ):
        assert words in entry


def test_a_rate_says_how_it_is_combined_or_that_it_is_not(page):
    rate = page.split("### tribunal_appeal_rate_pct\n")[1].split("\n### ")[0]
    assert "`tribunal_appeals` by `tribunal_appealable_decisions`" in rate
    other = page.split("### pupils_with_ehc_plan_pct\n")[1].split("\n### ")[0]
    assert "refused: a rate whose parts are not published" in other


def test_a_year_left_out_of_a_series_is_named(page):
    # No authority's balance of March 2023 is published.
    entry = page.split("### dsg_balance_gbp\n")[1].split("\n### ")[0]
    assert "financial, 2019-20 to 2023-24, without 2022-23" in entry


def test_the_command_line_prints_or_writes_the_page(page, tmp_path, capsys):
    assert main(["data", "dictionary"]) == 0
    assert capsys.readouterr().out == page
    target = tmp_path / "docs" / "dictionary.md"
    assert main(["data", "dictionary", "--out", str(target)]) == 0
    assert target.read_text("utf-8") == page
