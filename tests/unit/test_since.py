"""What changed since the last report: told from the record of it, and from nothing else."""

import json
from itertools import pairwise

import nbformat.v4 as v4
import pytest

from highneeds.notebook.since import (
    HEADING,
    LAST_FILE,
    add_section,
    beside_last,
    kept_record,
    last_report,
    record_bytes,
)
from highneeds.report.html import page
from tests.batches import headline

INPUTS = {"data/tables/plans.csv.gz": "a", "data/assumptions/costs.toml": "a"}


def record(central=-20e6, **more):
    made = {
        "made": "2026-11-03",
        "version": "0.1.0",
        "code": "a",
        "inputs": INPUTS,
        "parameters": {"authority": "Camden", "scenario": "trend", "draws": 1000},
        "headline": headline(central) | {"balance_year": "2027-28"},
    }
    return {**made, **more}


def told(last, now):
    cells = [v4.new_markdown_cell("# A"), v4.new_markdown_cell("## Run details")]
    done = v4.new_notebook(cells=cells)
    add_section(done, last, now)
    html = page(done, title="A", pictures={})
    assert [html.index(one) for one in (HEADING, "Run details")]
    headings = [f">{HEADING}<", ">Run details<"]
    assert all(a < b for a, b in pairwise(html.rindex(one) for one in headings))
    return html


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (
            {
                "inputs": {
                    "data/tables/plans.csv.gz": "b",
                    "data/assumptions/costs.toml": "a",
                }
            },
            "Published figures: plans.csv.gz.",
        ),
        ({"code": "b"}, "The package: changed within version 0.1.0."),
        ({"code": "b", "version": "0.2.0"}, "The package: version 0.1.0 then 0.2.0."),
        (
            {"parameters": {"authority": "Camden", "scenario": "trend", "draws": 100}},
            "Settings: draws 1000 then 100.",
        ),
    ],
)
def test_the_one_thing_that_differs_is_named_and_explains_the_change(more, words):
    html = told(record(), record(-25e6, **more))
    assert words in html
    assert "Nothing else differs" in html
    assert "made on 3 November 2026" in html
    for figure in ("−£20.0m", "−£25.0m", "−£5.0m"):
        assert figure in html
    assert "EHC plans" not in html  # as many as before


def test_a_report_made_again_of_the_same_goes_on_saying_what_it_said():
    before = record(-10e6)
    same = record() | {"before": before}
    assert beside_last(same, record()) == before
    assert beside_last(record() | {"before": None}, record()) is None
    assert beside_last(None, record()) is None
    # One that differs takes the place of what it was set beside.
    changed = beside_last(same, record(-30e6))
    assert changed == record()


def test_the_record_is_read_from_the_folder_and_kept_as_it_was(tmp_path):
    assert last_report(tmp_path) is None
    made = record()
    manifest = {
        "began": "2026-11-03T10:00:00+00:00",
        "versions": {"highneeds": made["version"]},
        **{name: made[name] for name in ("code", "inputs", "parameters")},
    }
    (tmp_path / "manifest.json").write_text(json.dumps(manifest), "utf-8")
    assert last_report(tmp_path) is None  # of before the headline was written
    (tmp_path / "headline.json").write_text(json.dumps(made["headline"]), "utf-8")
    assert last_report(tmp_path) == made | {"before": None}
    (tmp_path / "last").mkdir()
    (tmp_path / LAST_FILE).write_bytes(record_bytes(made))
    assert last_report(tmp_path)["before"] == kept_record(tmp_path) == made
