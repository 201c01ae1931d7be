"""Blocks: what an answer says, without a look: headings, paragraphs, tables, pictures.

A shown answer carries its blocks as data, so that a document is made of them and never of
the HTML that the page shows.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Heading:
    """A heading; level 1 is the title of the document."""

    text: str
    level: int


@dataclass(frozen=True)
class Link:
    """Words that lead to an address."""

    text: str
    address: str


@dataclass(frozen=True)
class Paragraph:
    """A paragraph, or an item of a list; a link stands at its end."""

    text: str
    listed: bool = False
    link: Link | None = None


@dataclass(frozen=True)
class Grid:
    """A table as a reader sees it: caption, headings as the first row, notes."""

    caption: str
    rows: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Picture:
    """A picture with the words that can replace it."""

    png: bytes
    alt: str
    caption: str
    note: str = ""


Block = Heading | Paragraph | Grid | Picture
# What an answer says of itself; a picture is in the output as it is.
Said = Heading | Paragraph | Grid
# A heading within a section.
PART = 3
_KINDS = {one.__name__: one for one in (Heading, Paragraph, Grid)}


def as_data(blocks: Iterable[Said]) -> list[dict[str, Any]]:
    """Blocks as what a notebook can hold."""
    return [{"kind": type(one).__name__, **asdict(one)} for one in blocks]


def from_data(found: Iterable[Mapping[str, Any]]) -> list[Block]:
    """The blocks again."""
    return [_block(**one) for one in found]


def _block(*, kind: str, **fields: Any) -> Block:
    if kind == Grid.__name__:
        rows = tuple(map(tuple, fields["rows"]))
        return Grid(fields["caption"], rows, tuple(fields["notes"]))
    if kind == Paragraph.__name__ and fields["link"]:
        fields["link"] = Link(**fields["link"])
    made: Block = _KINDS[kind](**fields)
    return made
