"""Table and Words: what a notebook cell, the page and the workbook show, as one object.

Raw numbers stay in the table's frame; how they look is decided by each column's kind.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from html import escape
from typing import Any, Literal

import pandas as pd

from highneeds.atomic import table_bytes
from highneeds.display import shown as shown
from highneeds.report.blocks import PART, Grid, Heading, Paragraph, Said, as_data
from highneeds.report.sources_line import Sources
from highneeds.words import (
    MINUS,
    NO_FIGURE,
    NOT_APPLICABLE,
    count,
    decimal,
    fixed,
    millions,
    percent,
    whole_pounds,
)

# A browser may break a line after a minus sign, and leave the figure on the next one.
_NEGATIVE = re.compile(rf"{MINUS}£?[\d,.]*\d(?:m|bn|%)?")
_SHORTHAND = {
    NO_FIGURE: "not available: the files used hold no figure and none can be derived",
    NOT_APPLICABLE: "not applicable: a published or fixed figure has no range",
}


@dataclass(frozen=True)
class Kind:
    """How a column's values read on the page and in the workbook."""

    shown: Callable[[Any], str]
    side: str = "number"
    sheet_unit: str = ""
    sheet_format: str = ""


def _text(value: Any) -> str:
    return NO_FIGURE if value is None or pd.isna(value) else str(value)


# The workbook keeps whole pounds, so that what is added up there adds up.
KINDS: Mapping[str, Kind] = {
    "text": Kind(_text, side="text"),
    "hash": Kind(_text, side="hash"),
    # What somebody else wrote: it may have no place to break a line at.
    "words": Kind(_text, side="words"),
    "figure": Kind(_text),
    "millions": Kind(millions, sheet_unit="£", sheet_format="#,##0"),
    "gbp": Kind(millions, sheet_format="£#,##0;-£#,##0"),
    "pounds": Kind(whole_pounds, sheet_format="£#,##0;-£#,##0"),
    "count": Kind(count, sheet_format="#,##0"),
    "percent": Kind(
        lambda share: percent(share, decimals=1), sheet_unit="%", sheet_format="0.0%"
    ),
    "number": Kind(decimal, sheet_format="#,##0.0#####"),
    "tenths": Kind(lambda number: fixed(number, 1), sheet_format="#,##0.0"),
    "hundredths": Kind(lambda number: fixed(number, 2), sheet_format="#,##0.00"),
}


@dataclass(frozen=True)
class Column:
    """One column: the frame's key, the heading a reader sees, and its kind.

    A column may be for one place only: words for the page, numbers for the sheet. ``by``
    names the frame's column that holds each row's own kind, where rows differ.
    """

    key: str
    heading: str
    kind: str = "text"
    place: Literal["both", "page", "sheet"] = "both"
    by: str = ""

    @property
    def form(self) -> Kind:
        """How the column's values read."""
        return KINDS[self.kind]

    def shown(self, value: Any) -> str:
        """One value as a reader sees it; a shorthand in a column of numbers stays."""
        return value if isinstance(value, str) else self.form.shown(value)

    def each(self, frame: pd.DataFrame) -> list[Column]:
        """The column as it stands in each row."""
        if not self.by:
            return [self] * len(frame)
        return [replace(self, kind=kind, by="") for kind in frame[self.by]]


@dataclass(frozen=True, eq=False)
class Table:
    """A captioned table. The first column names the row.

    ``frame`` holds every column named in ``columns``, in pounds, shares and counts.
    ``flagged`` says which rows to set off on the page; their words must say why too.
    ``anchors`` are what the page calls its rows, and ``sources`` where figures are from.
    """

    name: str
    caption: str
    columns: tuple[Column, ...]
    frame: pd.DataFrame
    notes: tuple[str, ...] = ()
    flagged: tuple[bool, ...] = ()
    anchors: tuple[str, ...] = ()
    sources: Sources | None = None

    def on(self, place: Literal["page", "sheet"]) -> tuple[Column, ...]:
        """The columns shown in one place."""
        return tuple(column for column in self.columns if column.place in ("both", place))

    def cells(self, place: Literal["page", "sheet"] = "page") -> list[list[str]]:
        """The rows as a reader sees them."""
        return self._on_page if place == "page" else self._cells(place)

    @cached_property
    def _on_page(self) -> list[list[str]]:
        # Page, text and document each ask for them.
        return self._cells("page")

    def _cells(self, place: Literal["page", "sheet"]) -> list[list[str]]:
        columns = [
            [
                own.shown(value)
                for own, value in zip(c.each(self.frame), self.frame[c.key], strict=True)
            ]
            for c in self.on(place)
        ]
        return [list(row) for row in zip(*columns, strict=True)]

    def footnotes(self, place: Literal["page", "sheet"] = "page") -> list[str]:
        """The notes, with each shorthand explained where no note does, and the sources."""
        return [*self._notes(place), *([str(self.sources)] if self.sources else [])]

    def _notes(self, place: Literal["page", "sheet"]) -> list[str]:
        used = {cell for row in self.cells(place) for cell in row}
        meanings = [
            f"{sign} = {words}."
            for sign, words in _SHORTHAND.items()
            if sign in used and not any(f"{sign} =" in note for note in self.notes)
        ]
        return [*self.notes, *meanings]

    def html(self) -> str:
        """The table as HTML with a caption and scoped headings; every text escaped."""
        if self.frame.empty:
            return f"<p>{marked(self._nothing())}</p>"
        columns = self.on("page")
        sides = [column.form.side for column in columns]
        flags = self.flagged or (False,) * len(self.frame)
        head = "".join(
            f'<th scope="col" class="{side}">{escape(column.heading)}</th>'
            for column, side in zip(columns, sides, strict=True)
        )
        body = []
        names = self.anchors or ("",) * len(self.frame)
        for row, flag, name in zip(self.cells(), flags, names, strict=True):
            first, *rest = [marked(cell) for cell in row]
            cells = "".join(
                _cell(cell, column) for cell, column in zip(rest, columns[1:], strict=True)
            )
            opened = "<tr" + (f' id="{escape(name, quote=True)}"' if name else "")
            opened += ' class="flag">' if flag else ">"
            body.append(f'{opened}<th scope="row">{first}</th>{cells}</tr>')
        notes = [marked(_blank(note)) for note in self._notes("page")]
        notes += [self.sources.html()] if self.sources else []
        items = "".join(f"<li>{note}</li>" for note in notes)
        listed = f'<ul class="hn-notes">{items}</ul>' if items else ""
        # A wide table scrolls; the keyboard must be able to reach it to scroll it.
        label = escape(self.caption, quote=True)
        return (
            f'<div class="hn-table" role="region" aria-label="{label}" tabindex="0">'
            f"<table><caption>{marked(self.caption)}</caption>"
            f"<thead><tr>{head}</tr></thead>\n<tbody>\n" + "\n".join(body) + "\n</tbody>"
            f"</table>{listed}</div>"
        )

    def blocks(self) -> list[Said]:
        """The table for a document."""
        if self.frame.empty:
            return [Paragraph(self._nothing())]
        head = [column.heading for column in self.on("page")]
        rows = tuple(map(tuple, [head, *self.cells()]))
        return [Grid(self.caption, rows, tuple(self.footnotes()))]

    def folded(self, summary: str) -> Folded:
        """The table as one line of the page, until it is opened."""
        return Folded(summary, self)

    def __repr__(self) -> str:
        if self.frame.empty:
            return self._nothing()
        return "\n".join([self.caption, *_aligned(self), *self.footnotes()])

    def _nothing(self) -> str:
        return f"{self.caption}: there are no figures to show."

    def _repr_mimebundle_(
        self, include: object = None, exclude: object = None
    ) -> tuple[dict[str, str], dict[str, Any]]:
        return shown(self.html(), repr(self), "table", as_data(self.blocks()))


@dataclass(frozen=True)
class Words:
    """Generated sentences: a paragraph each, or a list."""

    sentences: tuple[str, ...]
    listed: bool = False

    def html(self) -> str:
        """The sentences as HTML; every text escaped."""
        if self.listed:
            items = "".join(f"<li>{marked(text)}</li>" for text in self.sentences)
            return f"<ul>{items}</ul>"
        return "".join(f"<p>{marked(text)}</p>" for text in self.sentences)

    def blocks(self) -> list[Said]:
        """The sentences for a document."""
        return [Paragraph(text, self.listed) for text in self.sentences]

    def __repr__(self) -> str:
        return "\n".join(f"- {text}" if self.listed else text for text in self.sentences)

    def _repr_mimebundle_(
        self, include: object = None, exclude: object = None
    ) -> tuple[dict[str, str], dict[str, Any]]:
        return shown(self.html(), repr(self), "words", as_data(self.blocks()))


@dataclass(frozen=True)
class Opening:
    """The heading of one question within a section, and what to look for in its answer."""

    heading: str
    says: str = ""

    def html(self) -> str:
        """Heading and prose; every text escaped."""
        prose = f"<p>{marked(self.says)}</p>" if self.says else ""
        return f"<h3>{escape(self.heading, quote=False)}</h3>{prose}"

    def blocks(self) -> list[Said]:
        """Heading and prose for a document."""
        prose: list[Said] = [Paragraph(self.says)] if self.says else []
        return [Heading(self.heading, PART), *prose]

    def __repr__(self) -> str:
        return "\n".join(filter(None, (self.heading, self.says)))

    def _repr_mimebundle_(
        self, include: object = None, exclude: object = None
    ) -> tuple[dict[str, str], dict[str, Any]]:
        return shown(self.html(), repr(self), "words", as_data(self.blocks()))


@dataclass(frozen=True)
class Folded:
    """A table for whoever wants it whole: one line of the page until it is opened."""

    summary: str
    table: Table

    def html(self) -> str:
        """The table behind its one line; every text escaped."""
        return (
            f'<details class="hn-fold"><summary>{marked(self.summary)}</summary>'
            f"{self.table.html()}</details>"
        )

    def blocks(self) -> list[Said]:
        """The table, for a document, in which nothing is folded away."""
        return self.table.blocks()

    def __repr__(self) -> str:
        return repr(self.table)

    def _repr_mimebundle_(
        self, include: object = None, exclude: object = None
    ) -> tuple[dict[str, str], dict[str, Any]]:
        return shown(self.html(), repr(self), "table", as_data(self.blocks()))


@dataclass(frozen=True)
class Lead(Words):
    """Sentences that stand at the head of the page."""

    def _repr_mimebundle_(
        self, include: object = None, exclude: object = None
    ) -> tuple[dict[str, str], dict[str, Any]]:
        return shown(self.html(), repr(self), "headline", as_data(self.blocks()))


def no_chart(subject: str, area: str) -> Words:
    """What stands where a chart would, when its figures do not exist."""
    text = (
        f"There is no chart of the {subject} for {area}: the published record does not "
        "hold the figures it needs. See “What is missing”."
    )
    return Words((text,))


def _cell(shown: str, column: Column) -> str:
    """A cell that names its column, for a screen too narrow for columns.

    What does not apply is left blank, which a note says: a row of signs is no row to read.
    """
    label = escape(column.heading, quote=True)
    text = "" if shown == NOT_APPLICABLE else shown
    return f'<td class="{column.form.side}" data-label="{label}">{text}</td>'


def _blank(note: str) -> str:
    return note.replace(f"{NOT_APPLICABLE} =", "Blank =")


def marked(text: str) -> str:
    """Text escaped for HTML, with negative figures kept on one line."""
    return _NEGATIVE.sub(r'<span class="n">\g<0></span>', escape(text, quote=False))


def csv_bytes(frame: pd.DataFrame) -> bytes:
    """A frame as CSV in UTF-8: see `atomic.table_text`."""
    return table_bytes(frame)


def _aligned(table: Table) -> Iterator[str]:
    columns = table.on("page")
    rows = [[column.heading for column in columns], *table.cells()]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = [
            cell.rjust(width) if column.form.side == "number" else cell.ljust(width)
            for cell, width, column in zip(row, widths, columns, strict=True)
        ]
        yield "  ".join(cells).rstrip()
