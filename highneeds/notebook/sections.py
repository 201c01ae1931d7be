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

ALL, NONE = "all", "none"
# Sections of the overspend report that may be left out, by the heading each stands under.
SECTIONS = {
    "drivers": "What drives it",
    "goals": "What it would take",
    "matters": "Which assumptions matter",
    "scenarios": "Other scenarios",
}
PEERS_HEADING = "Beside authorities of your choice"
# The section of peers stands before this one.
_AFTER_PEERS = "How far to trust this"
_LEVEL = "## "


def chosen_sections(text: str) -> tuple[str, ...]:
    """The sections meant: ``all``, ``none``, or names with commas between.

    Raises
    ------
    UsageError
        A name is not known; names the nearest.
    """
    names = [name.strip().casefold() for name in text.split(",") if name.strip()]
    if names == [ALL]:
        return tuple(SECTIONS)
    if names == [NONE]:
        return ()
    for name in names:
        if name not in SECTIONS:
            near = hint(name, [*SECTIONS, ALL, NONE])
            msg = (
                f"There is no section {name!r}{near}. Expected "
                f"{ALL}, {NONE}, or some of {', '.join(SECTIONS)} with commas between."
            )
            raise UsageError(msg)
    return tuple(name for name in SECTIONS if name in names)


def leave_out(notebook: NotebookNode, sections: str) -> None:
    """Take the cells of those sections out of a notebook that were not asked for."""
    unwanted = {SECTIONS[name] for name in SECTIONS.keys() - set(chosen_sections(sections))}
    notebook.cells = [
        cell for heading, cell in _by_section(notebook) if heading not in unwanted
    ]


def add_peers(notebook: NotebookNode, peers: str) -> None:
    """Put in a section that sets the authority beside those named; nothing of none."""
    from nbformat import v4

    if not peers.strip():
        return
    places = [
        place
        for place, (heading, _) in enumerate(_by_section(notebook))
        if heading == _AFTER_PEERS
    ]
    at = places[0] if places else len(notebook.cells)
    prose = (
        f"{_LEVEL}{PEERS_HEADING}\n\nPublished figures of the authorities that were named, "
        "and of the statistical neighbours. Places differ for many reasons: what is beside "
        "each other here is no measure of how well anything is done."
    )
    source = f"hn.report.peers_table(panel, params.area, {peers!r})"
    notebook.cells[at:at] = [
        v4.new_markdown_cell(prose, id="peers-heading"),
        v4.new_code_cell(source, id="peers"),
    ]


def _by_section(notebook: NotebookNode) -> Iterator[tuple[str, NotebookNode]]:
    """Each cell with the second-level heading it stands under."""
    heading = ""
    for cell in notebook.cells:
        if cell.cell_type == "markdown" and cell.source.startswith(_LEVEL):
            heading = cell.source.splitlines()[0].removeprefix(_LEVEL).strip()
        yield heading, cell
