"""Sections: which of a report's are made, and those that a reader's own choice adds.

A notebook in JupyterLab has all of its sections. A run leaves some out before it starts,
and puts in a cell of its own where authorities to be set beside are named.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from highneeds.errors import UsageError
from highneeds.words import hint

if TYPE_CHECKING:
    from nbformat import NotebookNode

ALL, USUAL, NONE = "all", "usual", "none"
# Sections of the overspend report that may be left out, by the heading each stands under.
SECTIONS = {
    "drivers": "What drives it",
    "goals": "What it would take",
    "matters": "Which assumptions matter",
    "scenarios": "Other scenarios",
}
# Sections that a report has only where they are asked for.
WHAT_IF = "whatif"
WHAT_IF_HEADING = "What if"
PEERS_HEADING = "Beside authorities of your choice"
# What is put in stands before this section.
_AFTER = "How far to trust this"
_LEVEL = "## "


def chosen_sections(text: str) -> tuple[str, ...]:
    """The sections meant: ``usual``, ``all``, ``none``, or names with commas between.

    One that is only put in where it is asked for, named alone, comes to the usual ones.

    Raises
    ------
    UsageError
        A name is not known; names the nearest.
    """
    every = (*SECTIONS, WHAT_IF)
    named = [name.strip().casefold() for name in text.split(",") if name.strip()]
    if set(named) <= {WHAT_IF}:
        named.append(USUAL)
    meant = {ALL: every, USUAL: tuple(SECTIONS), NONE: (), **{one: (one,) for one in every}}
    for name in named:
        if name not in meant:
            near = hint(name, [*meant])
            msg = (
                f"There is no section {name!r}{near}. Expected {ALL}, {USUAL}, {NONE}, or "
                f"some of {', '.join(every)} with commas between."
            )
            raise UsageError(msg)
    wanted = {one for name in named for one in meant[name]}
    return tuple(name for name in every if name in wanted)


def leave_out(notebook: NotebookNode, sections: str) -> None:
    """Take the cells of those sections out of a notebook that were not asked for."""
    unwanted = {SECTIONS[name] for name in SECTIONS.keys() - set(chosen_sections(sections))}
    notebook.cells = [
        cell for heading, cell in _by_section(notebook) if heading not in unwanted
    ]


def add_peers(notebook: NotebookNode, peers: str) -> None:
    """Put in a section that sets the authority beside those named; nothing of none."""
    if not peers.strip():
        return
    prose = (
        "Published figures of the authorities that were named, and of the statistical "
        "neighbours. Places differ for many reasons: what is beside each other here is no "
        "measure of how well anything is done."
    )
    source = f"hn.report.peers_table(panel, params.area, {peers!r})"
    _put_in(notebook, "peers", PEERS_HEADING, prose, source)


def add_what_if(notebook: NotebookNode, sections: str) -> None:
    """Put in the page on which assumptions are moved; nothing where it is not wanted."""
    if WHAT_IF not in chosen_sections(sections):
        return
    prose = (
        "Move an assumption, a policy or a figure of your own and see at once what comes "
        "of it. Nothing that is typed leaves this page."
    )
    source = "hn.report.what_if(report, chosen, params.out)"
    _put_in(notebook, WHAT_IF, WHAT_IF_HEADING, prose, source)


def _put_in(
    notebook: NotebookNode, name: str, heading: str, prose: str, source: str
) -> None:
    """Put a section of one cell before the part on trust, or last where there is none."""
    from nbformat import v4

    places = [
        place for place, (each, _) in enumerate(_by_section(notebook)) if each == _AFTER
    ]
    at = places[0] if places else len(notebook.cells)
    notebook.cells[at:at] = [
        v4.new_markdown_cell(f"{_LEVEL}{heading}\n\n{prose}", id=f"{name}-heading"),
        v4.new_code_cell(source, id=name),
    ]


def _by_section(notebook: NotebookNode) -> Iterator[tuple[str, NotebookNode]]:
    """Each cell with the second-level heading it stands under."""
    heading = ""
    for cell in notebook.cells:
        if cell.cell_type == "markdown" and cell.source.startswith(_LEVEL):
            heading = cell.source.splitlines()[0].removeprefix(_LEVEL).strip()
        yield heading, cell
