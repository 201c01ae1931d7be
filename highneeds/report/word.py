"""A report as a Word document: styles made here, and the same bytes every time.

python-docx is an optional extra and is imported only when a document is asked for.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from highneeds.errors import UsageError

if TYPE_CHECKING:
    from docx.document import Document

_FONT, _INK, _BLUE, _SOFT = "Arial", "20262E", "1D4F7C", "4B5560"
_LANGUAGE = "en-GB"
# The earliest day a zip can hold: a document has no clock, or two runs would differ.
_ZIP_DAY = (1980, 1, 1, 0, 0, 0)
_DAY = datetime(2000, 1, 1, tzinfo=UTC)
_TEXT_WIDTH_CM, _MARGIN_CM, _A4_CM = 25.3, 2.2, (29.7, 21.0)
_PICTURE_CM = 19.0
_WORDY = 26


@dataclass(frozen=True)
class Heading:
    """A heading; level 1 is the title of the document."""

    text: str
    level: int


@dataclass(frozen=True)
class Paragraph:
    """A paragraph, or an item of a list."""

    text: str
    listed: bool = False


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


def require_word() -> None:
    """Refuse before minutes are spent when python-docx is not installed.

    Raises
    ------
    UsageError
        Says how to install it.
    """
    try:
        import docx  # noqa: F401
    except ImportError:
        msg = (
            "The Word document needs the package python-docx, which is not installed. "
            'Install it with: python -m pip install "highneeds[word]"'
        )
        raise UsageError(msg) from None


def document_bytes(title: str, subject: str, blocks: Sequence[Block]) -> bytes:
    """The document as bytes; the same blocks always give the same bytes.

    Raises
    ------
    UsageError
        python-docx is not installed.
    """
    require_word()
    from docx import Document as new_document

    document = new_document()
    _set_page(document)
    _set_styles(document)
    core = document.core_properties
    core.title, core.subject, core.author = title, subject, "highneeds"
    core.language, core.comments, core.revision = _LANGUAGE, "", 1
    core.last_modified_by = "highneeds"
    core.created = core.modified = core.last_printed = _DAY.replace(tzinfo=None)
    for block in blocks:
        _ADDERS[type(block)](document, block)
    held = io.BytesIO()
    document.save(held)
    return _without_clock(held.getvalue())


def _set_page(document: Document) -> None:
    from docx.enum.section import WD_ORIENT
    from docx.shared import Cm

    section = document.sections[0]
    # Lying: the widest tables have nine columns.
    section.orientation = WD_ORIENT.LANDSCAPE
    section.page_width, section.page_height = (Cm(side) for side in _A4_CM)
    for side in ("left", "right", "top", "bottom"):
        setattr(section, f"{side}_margin", Cm(_MARGIN_CM))


def _set_styles(document: Document) -> None:
    from docx.oxml.ns import qn
    from docx.shared import Pt, RGBColor

    for name, size, colour, bold, before in (
        ("Normal", 10.5, _INK, False, 0),
        ("Title", 22, _INK, True, 0),
        ("Heading 1", 16, _BLUE, True, 16),
        ("Heading 2", 12.5, _BLUE, True, 12),
        ("Caption", 10.5, _INK, True, 10),
        ("List Bullet", 10.5, _INK, False, 0),
        ("Note Text", 8.5, _SOFT, False, 0),
    ):
        styles = document.styles
        if name not in [style.name for style in styles]:
            styles.add_style(name, 1).base_style = styles["Normal"]
        style: Any = styles[name]
        font, shape = style.font, style.paragraph_format
        font.name, font.size, font.bold, font.italic = _FONT, Pt(size), bold, False
        font.color.rgb = RGBColor.from_string(colour)
        shape.space_before, shape.space_after = Pt(before), Pt(4)
        faces = style.element.get_or_add_rPr().get_or_add_rFonts()
        for theme in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
            faces.attrib.pop(qn(f"w:{theme}"), None)
        for script in ("ascii", "hAnsi", "cs", "eastAsia"):
            faces.set(qn(f"w:{script}"), _FONT)
    for spoken in document.styles.element.iter(qn("w:lang")):
        spoken.set(qn("w:val"), _LANGUAGE)
    document.styles["Caption"].paragraph_format.keep_with_next = True


def _add_heading(document: Document, block: Heading) -> None:
    document.add_heading(block.text, level=block.level - 1)


def _add_paragraph(document: Document, block: Paragraph) -> None:
    document.add_paragraph(block.text, style="List Bullet" if block.listed else "Normal")


def _add_grid(document: Document, block: Grid) -> None:
    from docx.shared import Cm, Pt

    document.add_paragraph(block.caption, style="Caption")
    head, *body = block.rows
    table = document.add_table(rows=0, cols=len(head))
    table.style = "Table Grid"
    table.autofit = False
    widths = _widths(block.rows)
    for number, row in enumerate([head, *body]):
        cells = table.add_row().cells
        for place, (cell, text, width) in enumerate(zip(cells, row, widths, strict=True)):
            cell.width = Cm(width)
            paragraph = cell.paragraphs[0]
            paragraph.paragraph_format.space_after = Pt(1)
            run = paragraph.add_run(text)
            run.font.size, run.font.bold = Pt(8.5), number == 0
            if place and _is_number(body[0][place] if body else ""):
                paragraph.alignment = 2
    rows = table._tbl.tr_lst
    # The first row comes again on every page, and no row is cut in two.
    rows[0].get_or_add_trPr().append(_element("w:tblHeader", val="true"))
    for row in rows:
        row.get_or_add_trPr().append(_element("w:cantSplit", val="true"))
    properties = table._tbl.tblPr
    properties.append(_element("w:tblCaption", val=block.caption))
    for note in block.notes:
        document.add_paragraph(note, style="Note Text")


def _add_picture(document: Document, block: Picture) -> None:
    from docx.shared import Cm

    document.add_paragraph(block.caption, style="Caption")
    shape = document.add_picture(io.BytesIO(block.png), width=Cm(_PICTURE_CM))
    described = shape._inline.docPr
    described.set("descr", block.alt)
    described.set("name", block.caption.split(".", maxsplit=1)[0])
    document.paragraphs[-1].paragraph_format.keep_with_next = True
    document.add_paragraph(block.note, style="Note Text")


_ADDERS: dict[type, Any] = {
    Heading: _add_heading,
    Paragraph: _add_paragraph,
    Grid: _add_grid,
    Picture: _add_picture,
}


def _widths(rows: Sequence[Sequence[str]]) -> list[float]:
    """Widths in centimetres that share the page by what each column holds."""
    longest = [
        min(_WORDY * 2, max(len(text) for text in column)) + 4
        for column in zip(*rows, strict=True)
    ]
    return [_TEXT_WIDTH_CM * one / sum(longest) for one in longest]


def _is_number(text: str) -> bool:
    return bool(text) and text.lstrip("\N{MINUS SIGN}£")[:1].isdigit()


def _element(name: str, **attributes: str) -> Any:
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    made = OxmlElement(name)
    for key, value in attributes.items():
        made.set(qn(f"w:{key}"), value)
    return made


def _without_clock(packed: bytes) -> bytes:
    """The same zip with every part dated alike and in one order."""
    held = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(packed)) as given, zipfile.ZipFile(held, "w") as made:
        for name in given.namelist():
            part = zipfile.ZipInfo(name, _ZIP_DAY)
            part.compress_type = zipfile.ZIP_DEFLATED
            part.create_system = 0
            made.writestr(part, given.read(name))
    return held.getvalue()
