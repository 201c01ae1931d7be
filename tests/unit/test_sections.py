"""Sections left out or put in, and authorities set beside others of one's choice."""

import nbformat.v4 as v4
import numpy as np
import pytest

import highneeds as hn
from highneeds.answers.peers import beside_peers, chosen_peers
from highneeds.cli import main
from highneeds.errors import UsageError
from highneeds.notebook.execute import read_notebook
from highneeds.notebook.run import OVERSPEND
from highneeds.notebook.sections import (
    PEERS_HEADING,
    SECTIONS,
    WHAT_IF,
    WHAT_IF_HEADING,
    add_peers,
    add_what_if,
    chosen_sections,
    leave_out,
)
from highneeds.panel.panel import load_panel
from highneeds.report.peers import peers_table


def notebook():
    """Two cells in each section that may be left out, and one after them."""
    cells = [v4.new_markdown_cell("# A"), v4.new_code_cell("first")]
    for name, heading in SECTIONS.items():
        cells += [v4.new_markdown_cell(f"## {heading}\n\nSaid."), v4.new_code_cell(name)]
    cells += [v4.new_markdown_cell("## How far to trust this"), v4.new_code_cell("last")]
    return v4.new_notebook(cells=cells)


def code(made):
    return [cell.source for cell in made.cells if cell.cell_type == "code"]


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("usual", [*SECTIONS]),
        ("all", [*SECTIONS]),
        ("whatif", [*SECTIONS]),
        ("none", []),
        ("none, whatif", []),
        ("scenarios, Drivers", ["drivers", "scenarios"]),
    ],
)
def test_only_the_sections_asked_for_are_made(text, kept):
    made = notebook()
    leave_out(made, text)
    assert code(made) == ["first", *kept, "last"]
    assert sum(cell.cell_type == "markdown" for cell in made.cells) == 2 + len(kept)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        *(("usual", False), ("none", False), ("drivers", False), ("all", True)),
        *(("whatif", True), ("none, WhatIf", True), ("drivers, whatif", True)),
    ],
)
def test_the_what_if_page_is_put_in_where_it_is_asked_for(text, wanted):
    made = notebook()
    add_what_if(made, text)
    headings = [c.source.splitlines()[0] for c in made.cells if c.cell_type == "markdown"]
    assert (f"## {WHAT_IF_HEADING}" in headings) == (WHAT_IF in chosen_sections(text))
    assert (headings[-2:-1] == [f"## {WHAT_IF_HEADING}"]) == wanted


def test_a_section_that_is_not_there_gets_the_nearest_name():
    with pytest.raises(UsageError, match=r"no section 'driver'.*drivers"):
        chosen_sections("driver")


def test_peers_are_put_in_before_the_part_on_trust_and_cannot_run_code():
    made = notebook()
    add_peers(made, "  ")
    assert code(made) == code(notebook())
    hostile = "Kent') or open('x'"
    add_peers(made, hostile)
    *_, added, last = code(made)
    assert last == "last"
    assert repr(hostile) in added
    headings = [c.source.splitlines()[0] for c in made.cells if c.cell_type == "markdown"]
    assert headings[-2:] == [f"## {PEERS_HEADING}", "## How far to trust this"]


def test_peers_are_published_figures_of_those_named():
    panel = load_panel()
    kent = panel.geography.find("Kent")
    found = beside_peers(panel, kent, chosen_peers(panel, kent, "Essex, Surrey, Kent"))
    assert list(found.table["area"][:4]) == [
        *("Kent", "Essex", "Surrey", "Median of those chosen"),
    ]
    first = panel.geography.find("Essex")
    plans, *_ = (one for one in found.measures if one.name == "plans_per_1000")
    top, bottom = (
        panel.matrix(measure, breakdown).loc[first.la_code, label]
        for measure, label, breakdown in (plans.numerator, plans.denominator)
    )
    assert found.table["plans_per_1000"][1] == pytest.approx(top / bottom * 1000)
    pair = found.table["spending_per_plan"][1:3]
    assert found.table["spending_per_plan"][3] == pytest.approx(np.mean(pair))
    alike = [one.la_code for one in panel.geography.neighbours(kent.la_code)]
    share, *_ = (one for one in found.measures if one.name == "independent_share")
    top, bottom = (
        panel.matrix(measure, breakdown)[label].reindex(alike)
        for measure, label, breakdown in (share.numerator, share.denominator)
    )
    assert found.table["independent_share"][4] == pytest.approx(
        (top / bottom * 100).median()
    )
    assert "£" in peers_table(panel, kent, "Essex").html()


@pytest.mark.parametrize("text", ["Nowhere", "South West", "Cumbria"])
def test_a_peer_that_is_no_authority_in_being_is_refused(text):
    with pytest.raises(hn.HighNeedsError):
        chosen_peers(load_panel(), load_panel().geography.find("Kent"), text)


def test_every_section_that_may_be_left_out_is_one_of_the_notebooks():
    headings = {
        cell.source.splitlines()[0].removeprefix("## ")
        for cell in read_notebook(OVERSPEND).cells
        if cell.cell_type == "markdown"
    }
    assert {*SECTIONS.values(), "How far to trust this"} <= headings


@pytest.mark.parametrize(
    ("given", "sections", "profile"),
    [
        ("all", "all", False),
        ("profile", "usual", True),
        ("whatif, profile", "whatif", True),
        ("drivers, profile", "drivers", True),
        ("none,Profile", "none", True),
    ],
)
def test_a_profile_is_asked_for_beside_the_sections(monkeypatch, given, sections, profile):
    made = []
    monkeypatch.setattr(hn.notebook, "run_report", lambda area, **told: made.append(told))
    monkeypatch.setattr(hn.notebook, "run_profile", lambda area, **told: made.append(area))
    assert main(["report", "Kent", "--with", given]) == 0
    assert made[0]["sections"] == sections
    assert made[1:] == (["Kent"] if profile else [])
