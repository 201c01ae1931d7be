"""An executed notebook as the blocks of a Word document: what its page shows, in order."""

from __future__ import annotations

import base64
import itertools
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from highneeds.report.blocks import Block, Heading, Paragraph, Picture, from_data
from highneeds.report.html import NOT_ON_PAGE

if TYPE_CHECKING:
    from nbformat import NotebookNode

_HEADING = re.compile(r"(#{1,3}) (.+)")
_LINK = re.compile(r"\[([^\]]*)\]\([^)]*\)")


def blocks_of(notebook: NotebookNode, title: str) -> list[Block]:
    """Title, prose, tables and figures of an executed notebook of ours."""
    blocks: list[Block] = [Heading(title, 1)]
    figures = itertools.count(1)
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            blocks += _prose(cell.source)
        elif NOT_ON_PAGE not in cell.metadata.get("tags", ()):
            for output in cell.get("outputs", ()):
                blocks += _output(output, figures)
    return blocks


def mark_of(notebook: NotebookNode) -> str:
    """What every page is marked with, such as that it is a draft; empty for nothing."""
    found = (
        output.get("metadata", {}).get("highneeds", {}).get("mark", "")
        for cell in notebook.cells
        for output in cell.get("outputs", ())
    )
    return next(filter(None, found), "")


def _prose(source: str) -> list[Block]:
    blocks: list[Block] = []
    for part in re.split(r"\n\s*\n", source.strip()):
        heading = _HEADING.fullmatch(part)
        if heading:
            # The document's own title stands for the notebook's.
            level = len(heading[1])
            blocks += [Heading(heading[2], level)] if level > 1 else []
        else:
            items = re.findall(r"(?m)^- (.+)$", part)
            blocks += [Paragraph(_plain(item), listed=True) for item in items] or [
                Paragraph(_plain(part))
            ]
    return blocks


def _output(output: Any, figures: Iterator[int]) -> list[Block]:
    data = output.get("data", {})
    said = output.get("metadata", {})
    ours = said.get("highneeds", {})
    if "chart" in ours:
        png = base64.b64decode(data["image/png"])
        whole = ours["caption"]
        number = next(figures)
        heading = ours.get("heading", "")
        note = whole.removeprefix(heading).strip()
        note = " ".join(filter(None, (note, ours.get("sources", {}).get("text", ""))))
        # A picture without a heading of its own says its title itself.
        caption = heading or f"Figure {number}."
        return [Picture(png, said["image/png"]["alt"], caption, note)]
    if "role" not in ours:
        return []
    if "blocks" in ours:
        return from_data(ours["blocks"])
    return [Paragraph(line) for line in data["text/plain"].splitlines()]


def _plain(text: str) -> str:
    return re.sub(r"[*`]", "", _LINK.sub(r"\1", " ".join(text.split())))
