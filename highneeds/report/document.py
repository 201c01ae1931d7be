"""An executed notebook as the blocks of a Word document: what its page shows, in order."""

from __future__ import annotations

import base64
import re
from dataclasses import replace
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

from highneeds.report.html import NOT_ON_PAGE
from highneeds.report.word import Block, Grid, Heading, Paragraph, Picture

if TYPE_CHECKING:
    from nbformat import NotebookNode

# A heading within a section.
_PART = 3
_HEADING = re.compile(r"(#{1,3}) (.+)")
_LINK = re.compile(r"\[([^\]]*)\]\([^)]*\)")


def blocks_of(notebook: NotebookNode, title: str) -> list[Block]:
    """Title, prose, tables and figures of an executed notebook of ours."""
    blocks: list[Block] = [Heading(title, 1)]
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            blocks += _prose(cell.source)
        elif NOT_ON_PAGE not in cell.metadata.get("tags", ()):
            for output in cell.get("outputs", ()):
                blocks += _output(output)
    return blocks


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


def _output(output: Any) -> list[Block]:
    data = output.get("data", {})
    said = output.get("metadata", {})
    ours = said.get("highneeds", {})
    if "chart" in ours:
        png = base64.b64decode(data["image/png"])
        whole = ours["caption"]
        heading = ours.get("heading", "")
        note = whole.removeprefix(heading).strip()
        return [Picture(png, said["image/png"]["alt"], heading or whole, note)]
    if "role" not in ours:
        return []
    reader = _Reader()
    reader.feed(data["text/html"])
    return reader.blocks()


def _plain(text: str) -> str:
    return re.sub(r"[*`]", "", _LINK.sub(r"\1", " ".join(text.split())))


class _Reader(HTMLParser):
    """Reads the HTML that our tables, words and headlines write, and no other."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._blocks: list[Block] = []
        self._caption = ""
        self._rows: list[list[str]] = []
        self._text: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag == "table":
            self._caption, self._rows = "", []
        if tag == "tr":
            self._rows.append([])
        if tag in ("caption", "th", "td", "li", "p", "h3", "summary"):
            self._text = []

    def handle_data(self, data: str) -> None:
        self._text.append(data)

    def handle_endtag(self, tag: str) -> None:
        text = "".join(self._text)
        if tag == "caption":
            self._caption = text
        elif tag in ("th", "td"):
            self._rows[-1].append(text)
        elif tag == "table":
            rows = tuple(tuple(row) for row in self._rows)
            self._blocks.append(Grid(self._caption, rows))
        elif tag == "li":
            self._item(text)
        elif tag == "p":
            self._blocks.append(Paragraph(text))
        elif tag == "h3":
            self._blocks.append(Heading(text, _PART))

    def _item(self, text: str) -> None:
        """An item of a list: a note where the list follows a table."""
        last = self._blocks[-1] if self._blocks else None
        if isinstance(last, Grid):
            self._blocks[-1] = replace(last, notes=(*last.notes, text))
        else:
            self._blocks.append(Paragraph(text, listed=True))

    def blocks(self) -> list[Block]:
        """Grids, paragraphs, list items and headings, in their order."""
        return self._blocks
