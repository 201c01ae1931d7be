"""A report as a Word document: styles made here, and the same bytes every time.

python-docx is an optional extra and is imported only when a document is asked for.
"""

from __future__ import annotations

import io
import math
import re
import zipfile
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from highneeds.errors import require_package
from highneeds.report.blocks import Block, Grid, Heading, Link, Paragraph, Picture
from highneeds.words import MINUS

if TYPE_CHECKING:
    from docx.document import Document

_FONT, _INK, _BLUE, _SOFT, _RUST = "Arial", "20262E", "1D4F7C", "4B5560", "A8480B"
_LANGUAGE = "en-GB"
# The earliest day a zip can hold: a document has no clock, or two runs would differ.
_ZIP_DAY = (1980, 1, 1, 0, 0, 0)
_DAY = datetime(2000, 1, 1, tzinfo=UTC)
_MARGIN_CM, _SHORT_CM, _LONG_CM = 2.0, 21.0, 29.7
_PICTURE_CM = 17.0
# A letter of a table, and what a cell keeps free, in centimetres.
_LETTER_CM, _PADDING_CM = 0.18, 0.5
# Letters after which a column of prose grows more slowly, the longest word kept whole, the
# lines a heading may take, and the lines of a table that a page holds with its notes.
_WORDY, _LONGEST_WORD, _HEADING_LINES, _LINES_OF_A_PAGE = 40, 22, 3, 30
_YEAR = re.compile(r"(19|20)\d\d(/\d\d|-\d\d(-\d\d)?)?")
_NO_FIGURE = re.compile(r"\[\w\]|")
_RULE, _SHADE = "9AA5B1", "EEF2F6"


def require_word() -> None:
    """Refuse before minutes are spent when python-docx is not installed.

    Raises
    ------
    UsageError
        Says how to install it.
    """
    require_package("docx", "word", "The Word document")


def document_bytes(
    title: str, subject: str, blocks: Sequence[Block], mark: str = ""
) -> bytes:
    """The document as bytes; the same blocks always give the same bytes.

    A page stands, and lies where a table is too wide for it.

    Parameters
    ----------
    mark : str
        What stands at the head of every page, such as that it is a draft.

    Raises
    ------
    UsageError
        python-docx is not installed.
    """
    require_word()
    from docx import Document as new_document

    document = new_document()
    _lay(document.sections[0], lying=False)
    _set_styles(document)
    _add_footer(document, title, mark)
    _add_header(document, mark)
    core = document.core_properties
    core.title, core.subject, core.author = title, subject, "highneeds"
    core.language, core.comments, core.revision = _LANGUAGE, "", 1
    core.last_modified_by = "highneeds"
    core.created = core.modified = core.last_printed = _DAY.replace(tzinfo=None)
    for block, lying in zip(blocks, _lying(blocks), strict=True):
        if lying != _lies(document):
            _lay(document.add_section(), lying=lying)
        _ADDERS[type(block)](document, block)
    held = io.BytesIO()
    document.save(held)
    return _without_clock(held.getvalue())


def _lying(blocks: Sequence[Block]) -> list[bool]:
    """Whether each stands on a lying page: a wide table, with the headings just above."""
    found: list[bool] = []
    after = False
    for block in reversed(blocks):
        if isinstance(block, Grid):
            after = sum(_least(block.rows)) > _text_width(lying=False)
        elif not isinstance(block, Heading):
            after = False
        found.append(after)
    return found[::-1]


def _lay(section: Any, *, lying: bool) -> None:
    from docx.enum.section import WD_ORIENT
    from docx.shared import Cm

    section.orientation = WD_ORIENT.LANDSCAPE if lying else WD_ORIENT.PORTRAIT
    sides = (_LONG_CM, _SHORT_CM) if lying else (_SHORT_CM, _LONG_CM)
    section.page_width, section.page_height = map(Cm, sides)
    for side in ("left", "right", "top", "bottom"):
        setattr(section, f"{side}_margin", Cm(_MARGIN_CM))


def _lies(document: Document) -> bool:
    from docx.enum.section import WD_ORIENT

    return document.sections[-1].orientation == WD_ORIENT.LANDSCAPE


def _text_width(*, lying: bool) -> float:
    return (_LONG_CM if lying else _SHORT_CM) - 2 * _MARGIN_CM


def _add_header(document: Document, mark: str) -> None:
    from docx.shared import Pt, RGBColor

    if not mark:
        return
    paragraph = document.sections[0].header.paragraphs[0]
    paragraph.style, paragraph.alignment = document.styles["Note Text"], 2
    run = paragraph.add_run(mark)
    run.font.bold, run.font.size = True, Pt(10)
    run.font.color.rgb = RGBColor.from_string(_RUST)


def _add_footer(document: Document, title: str, mark: str) -> None:
    """The title and the number of the page, for a page that is read apart."""
    paragraph = document.sections[0].footer.paragraphs[0]
    paragraph.style = document.styles["Note Text"]
    paragraph.add_run(" · ".join(filter(None, (title, mark, "page "))))
    for name, said in (("begin", ""), ("", "PAGE"), ("end", "")):
        run = paragraph.add_run()._r
        if said:
            code = _element("w:instrText")
            code.text = said
            run.append(code)
        else:
            run.append(_element("w:fldChar", fldCharType=name))


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
    style = "List Bullet" if block.listed else "Normal"
    paragraph = document.add_paragraph(block.text, style=style)
    if block.link:
        paragraph.add_run(" ")
        _add_link(paragraph, block.link)


def _add_link(paragraph: Any, link: Link) -> None:
    """A link as Word keeps it: the address beside the text, by a number of its own."""
    from docx.opc.constants import RELATIONSHIP_TYPE
    from docx.oxml.ns import qn
    from docx.shared import RGBColor

    number = paragraph.part.relate_to(
        link.address, RELATIONSHIP_TYPE.HYPERLINK, is_external=True
    )
    run = paragraph.add_run(link.text)
    run.font.underline, run.font.color.rgb = True, RGBColor.from_string(_BLUE)
    around = _element("w:hyperlink")
    around.set(qn("r:id"), number)
    around.append(run._r)
    paragraph._p.append(around)


def _add_grid(document: Document, block: Grid) -> None:
    from docx.shared import Cm, Pt

    document.add_paragraph(block.caption, style="Caption")
    head, *body = block.rows
    table = document.add_table(rows=0, cols=len(head))
    table.autofit = False
    shares = _widths(block.rows, _text_width(lying=_lies(document)))
    together = sum(_lines(row, shares) for row in body) <= _LINES_OF_A_PAGE
    widths = [Cm(share) for share in shares]
    numeric = [_is_numeric(column) for column in zip(*body, strict=True)]
    # Word asks each cell for its width, other programs the column.
    for column, width in zip(table.columns, widths, strict=True):
        column.width = width
    for number, row in enumerate([head, *body]):
        cells = table.add_row().cells
        for place, (cell, text, width) in enumerate(zip(cells, row, widths, strict=True)):
            cell.width = width
            paragraph = cell.paragraphs[0]
            shape = paragraph.paragraph_format
            shape.space_before, shape.space_after = Pt(1), Pt(1)
            shape.keep_with_next = number == 0 or together
            run = paragraph.add_run(text)
            run.font.size, run.font.bold = Pt(8.5), number == 0
            if number == 0:
                cell._tc.get_or_add_tcPr().append(
                    _element("w:shd", val="clear", color="auto", fill=_SHADE)
                )
            if place and numeric and numeric[place]:
                paragraph.alignment = 2
    rows = table._tbl.tr_lst
    # The first row comes again on every page, and no row is cut in two.
    rows[0].get_or_add_trPr().append(_element("w:tblHeader", val="true"))
    for row in rows:
        row.get_or_add_trPr().append(_element("w:cantSplit", val="true"))
    properties = table._tbl.tblPr
    borders = _element("w:tblBorders")
    for side in ("top", "bottom", "insideH"):
        borders.append(_element(f"w:{side}", val="single", sz="4", color=_RULE))
    properties.append(borders)
    properties.append(_element("w:tblCaption", val=block.caption))
    for number, note in enumerate(block.notes):
        shape = document.add_paragraph(note, style="Note Text").paragraph_format
        shape.space_before, shape.space_after = Pt(4 if number == 0 else 0), Pt(2)
        shape.keep_with_next = together and number < len(block.notes) - 1


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


def _least(rows: Sequence[Sequence[str]]) -> list[float]:
    """Widths in centimetres that keep the words of each column whole."""
    return [
        _PADDING_CM
        + _LETTER_CM
        * min(_LONGEST_WORD, max(map(len, " ".join(column).split()), default=1))
        for column in zip(*rows, strict=True)
    ]


def _widths(rows: Sequence[Sequence[str]], page: float) -> list[float]:
    """Widths in centimetres that share the page by what each column holds."""
    columns, least = list(zip(*rows, strict=True)), _least(rows)
    wanted = [
        max([len(head) / _HEADING_LINES, *map(_wanted, texts)]) for head, *texts in columns
    ]
    spare = max(page - sum(least), 0.0)
    shares = [
        low + spare * want / sum(wanted) for low, want in zip(least, wanted, strict=True)
    ]
    return [page * share / sum(shares) for share in shares]


def _wanted(text: str) -> float:
    return len(text) if len(text) <= _WORDY else _WORDY + (len(text) - _WORDY) / 3


def _lines(row: Sequence[str], widths: Sequence[float]) -> int:
    """Lines a row takes, near enough."""
    return max(
        math.ceil(max(len(text), 1) * _LETTER_CM / (width - _PADDING_CM))
        for text, width in zip(row, widths, strict=True)
    )


def _is_numeric(column: Sequence[str]) -> bool:
    """Whether a column holds figures; years and gaps alone are none."""
    figures = [text for text in column if not _NO_FIGURE.fullmatch(text)]
    return (
        bool(figures)
        and all(text.lstrip(f"{MINUS}+£")[:1].isdigit() for text in figures)
        and not all(_YEAR.fullmatch(text) for text in figures)
    )


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
