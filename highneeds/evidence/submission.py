"""The pack as a submission: summary, numbered paragraphs, what to cite, annexes.

A committee of Parliament asks for at most 3,000 words, numbered paragraphs and a summary in
bullets; tables in an annex are not counted.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import highneeds
from highneeds import home
from highneeds.evidence.exhibit import LICENCE, Exhibit, in_words
from highneeds.evidence.pack import EvidencePack
from highneeds.files import read_shipped
from highneeds.report.blocks import Block, Grid, Heading, Link, Paragraph
from highneeds.report.tables import Table, Words
from highneeds.report.word import document_bytes

MOST_WORDS = 3_000
# A longer table stands in the book of tables alone.
_MOST_ROWS = 13
_NO_ADDRESS = " No address of its page is held here; its name and release find it."
_PARTS = (
    ("Rising need", ("plans", "groups", "assessments")),
    ("Exclusions of pupils with special educational needs", ("exclusions", "authorities")),
    ("The high needs block and overspending", ("money",)),
    ("Inspection outcomes", ("outcomes", "regions")),
    ("What areas in difficulty have in common", ("pressure", "themes", "programmes")),
    ("What the record cannot say", ("gaps", "claims")),
)
_HOW = (
    "A figure counts as out once its publisher has usually published it. Figures are as in "
    "the editions named in the annex, later revisions of earlier years included.",
    "Intervals for counts are for chance alone and do not cover errors in collection. "
    "Accounts have no interval. A missing or suppressed figure is left out and never "
    "counted as nought.",
    "Where two things went together this says so; it never says that one brought about the "
    "other. No forecast is made and nothing is recommended.",
)


def submission_bytes(pack: EvidencePack) -> bytes:
    """The Word document: what is counted to `MOST_WORDS`, then the annex.

    Raises
    ------
    UsageError
        python-docx is not installed.
    """
    title = title_of(pack)
    return document_bytes(title, LICENCE, [*body_blocks(pack), *annex_blocks(pack)])


def title_of(pack: EvidencePack) -> str:
    """The submission's title: what of, and of which place."""
    return (
        "Evidence on support for children with special educational needs: "
        f"{pack.asked.place.name}"
    )


def body_blocks(pack: EvidencePack) -> list[Block]:
    """Title, what to cite, summary in bullets, and numbered paragraphs."""
    blocks: list[Block] = [
        Heading(title_of(pack), 1),
        Paragraph(f"Cite as: {cite_as(pack)}"),
        Heading("Summary", 2),
        *(Paragraph(text, listed=True) for text in pack.in_short().sentences),
    ]
    number = 0
    for heading, cells in (*_PARTS, ("How these figures were made", ())):
        blocks.append(Heading(heading, 2))
        for text in _paragraphs(pack, heading, cells):
            number += 1
            blocks.append(Paragraph(f"{number}. {text}"))
    return blocks


def cite_as(pack: EvidencePack) -> str:
    """How to name the submission in a list of references."""
    day = in_words(pack.asked.as_of)
    return (
        f"{title_of(pack)}. Figures out by {day}, made with highneeds "
        f"{highneeds.__version__} from the publications in annex B. Tables are cited as "
        "T1, T2, figures as F1, F2."
    )


def words_of(blocks: list[Block]) -> int:
    """Words of headings and paragraphs, as a word processor counts them."""
    said = [block.text for block in blocks if isinstance(block, Heading | Paragraph)]
    return sum(len(text.split()) for text in said)


def _paragraphs(pack: EvidencePack, heading: str, cells: tuple[str, ...]) -> Iterator[str]:
    if not cells:
        yield from _HOW
    for cell in cells:
        made = pack.show(cell)
        said = [one for one in made if isinstance(one, Words)]
        exhibits = [one for one in made if isinstance(one, Exhibit)]
        texts = [text for one in said for text in one.sentences]
        if cell == "pressure":
            texts = list(pack.answer().sentences)
        shown = f" ({', '.join(one.number for one in exhibits)})" if exhibits else ""
        yield from texts[:-1]
        if texts:
            yield f"{texts[-1]}{shown}"
        for caveat in dict.fromkeys(one.caveat for one in exhibits):
            named = ", ".join(one.number for one in exhibits if one.caveat == caveat)
            yield f"Of {named}: {caveat}"


def annex_blocks(pack: EvidencePack) -> list[Block]:
    """Short tables whole, the others by name, and where each publication stands."""
    blocks: list[Block] = [Heading("Annex A: tables", 2)]
    for exhibit in pack.exhibits:
        if isinstance(exhibit.item, Table) and len(exhibit.item.frame) <= _MOST_ROWS:
            blocks.append(_grid(exhibit))
    longer = [
        f"{one.number}. {one.title}"
        for one in pack.exhibits
        if not (isinstance(one.item, Table) and len(one.item.frame) <= _MOST_ROWS)
    ]
    return [
        *blocks,
        Paragraph("In the files of the pack (tables.xlsx, tables/ and figures/):"),
        *(Paragraph(text, listed=True) for text in longer),
        Heading("Annex B: publications", 2),
        *_publications(pack),
    ]


def _grid(exhibit: Exhibit) -> Grid:
    shown = exhibit.shown()
    assert isinstance(shown, Table)
    columns = shown.on("page")
    heads = tuple(column.heading for column in columns)
    each = [column.each(shown.frame) for column in columns]
    rows = tuple(
        tuple(
            kind[at].shown(value)
            for kind, value in zip(each, (row[one.key] for one in columns), strict=True)
        )
        for at, row in enumerate(shown.frame.to_dict("records"))
    )
    return Grid(shown.caption, (heads, *rows), shown.notes)


def _publications(pack: EvidencePack) -> Iterator[Paragraph]:
    """Each file behind the exhibits, with its publication's page or that none is held."""
    for row in pack.sources().frame.to_dict("records"):
        text = f"{row['publisher']}, {row['title']} (release: {row['release']}). "
        address = address_of(str(row["source_id"]))
        yield Paragraph(
            f"{text}Used in {row['used']}." + ("" if address else _NO_ADDRESS),
            listed=True,
            link=Link("The publication's page", address) if address else None,
        )


def address_of(source_id: str) -> str:
    """The page of the publication that a source is from; empty where none is known."""
    for begins, address in _addresses():
        if source_id.startswith(begins):
            return address
    return ""


@cache
def _addresses() -> tuple[tuple[str, str], ...]:
    entries = read_shipped(home.data_dir() / "publications.toml")["publication"]
    return tuple(
        (begins, str(entry["address"])) for entry in entries for begins in entry["sources"]
    )
