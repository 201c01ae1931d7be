"""Forms of files, told by their first bytes, and what to do with each instead."""

from __future__ import annotations

import io
import zipfile
import zlib
from dataclasses import dataclass


@dataclass(frozen=True)
class Form:
    """What some bytes are: in words that follow "is", and what to do about it."""

    what: str
    remedy: str = ""


# What reading a damaged or a strange archive may raise.
DAMAGE = (
    *(zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError),
    *(OSError, ValueError, EOFError),
)
_DATA_FILE = "Download the data file in its place: CSV, or a spreadsheet as .ods or .xlsx."
_UNPACK = "Unpack it and give the file inside."
_SAVE_TABLE = "Open it in its own program and save the table as CSV UTF-8."
_SAVE_BOOK = "Open it in a spreadsheet and save it as an Excel workbook (.xlsx)."

TEXT = Form("text")
EMPTY = Form("empty", "Download or save it again.")
PACKED = Form("packed with GZIP", _UNPACK)
ZIPPED = Form("a ZIP archive", _UNPACK)
WORKBOOK = Form("a workbook", _SAVE_TABLE)
PARQUET = Form("a Parquet table", "Give it to `highneeds data add`, or save it as CSV.")
LOCKED = Form(
    "protected with a password",
    "Open it with its password and save a copy without the password.",
)
LOCKED_ZIP = Form("a ZIP archive with a password", "Unpack it and give the file inside.")
DAMAGED_ZIP = Form("a damaged ZIP archive or workbook", "Download or save it again.")
_OLD_EXCEL = Form("an Excel workbook of the old form (.xls)", _SAVE_BOOK)
_BINARY_EXCEL = Form("an Excel binary workbook (.xlsb)", _SAVE_BOOK)
_WORD = Form("a Word document", _DATA_FILE)
_SLIDES = Form("a set of slides", _DATA_FILE)
_DOCUMENT = Form("an OpenDocument file, but no spreadsheet", _DATA_FILE)
_NUMBERS = Form(
    "a Numbers or Pages file", "Export it from that program as CSV, or as Excel (.xlsx)."
)
_MESSAGE = Form("an Outlook message", "Save its attachment and give that.")
_OFFICE = Form("a file of an old office program", _DATA_FILE)
_IMAGE = Form("a picture", _DATA_FILE)
_PAGE = Form(
    "a web page, whatever its name ends on",
    "A sign-in page or an error may have been saved for the file: open the address in a "
    f"browser and download it again. {_DATA_FILE}",
)
_XML = Form("an XML document", _DATA_FILE)
_UNMARKED = Form(
    "text in UTF-16 without the mark that says so",
    "Save it as UTF-8 (a table as CSV UTF-8).",
)
_BINARY = Form("no text, and no file of a kind known here", _DATA_FILE)

_MARKS: tuple[tuple[bytes, Form], ...] = (
    (b"\x1f\x8b", PACKED),
    (b"PAR1", PARQUET),
    (b"%PDF-", Form("a PDF document", _DATA_FILE)),
    (b"{\\rtf", Form("a rich-text document", _DATA_FILE)),
    (b"BZh", Form("packed with bzip2", _UNPACK)),
    (b"\xfd7zXZ\0", Form("packed with xz", _UNPACK)),
    (b"\x28\xb5\x2f\xfd", Form("packed with Zstandard", _UNPACK)),
    (b"7z\xbc\xaf\x27\x1c", Form("a 7-Zip archive", _UNPACK)),
    (b"Rar!\x1a\x07", Form("a RAR archive", _UNPACK)),
    (b"\x04\x22\x4d\x18", Form("packed with LZ4", _UNPACK)),
    (b"\x1f\x9d", Form("packed with compress", _UNPACK)),
    (b"MSCF", Form("a Windows cabinet", _UNPACK)),
    (b"\x89PNG", _IMAGE),
    (b"\xff\xd8\xff", _IMAGE),
    (b"GIF8", _IMAGE),
    (b"II*\0", _IMAGE),
    (b"MM\0*", _IMAGE),
    (b"SQLite format 3\0", Form("an SQLite database", _SAVE_TABLE)),
    (b"\0\1\0\0Standard ", Form("an Access database", _SAVE_TABLE)),
    (b"ARROW1", Form("an Arrow table", _SAVE_TABLE)),
    (b"FEA1", Form("a Feather table", _SAVE_TABLE)),
    (b"$FL2", Form("an SPSS file", _SAVE_TABLE)),
    (b"<stata_dta>", Form("a Stata file", _SAVE_TABLE)),
    (b"\x89HDF", Form("an HDF5 file", _SAVE_TABLE)),
    (b"L\0\0\0\x01\x14\x02\0", Form("a shortcut to another file", "Give that file.")),
    (b"version https://git-lfs", Form("a pointer to a file kept elsewhere", _DATA_FILE)),
    (b"[InternetShortcut]", Form("a link to a page", _DATA_FILE)),
)
_AT = ((257, b"ustar", Form("a tar archive", _UNPACK)), (8, b"WEBP", _IMAGE))
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
# Names in the directory of an office file of the old form, in the order they tell.
_STREAMS = (
    ("EncryptedPackage", LOCKED),
    ("Workbook", _OLD_EXCEL),
    ("Book", _OLD_EXCEL),
    ("WordDocument", _WORD),
    ("PowerPoint Document", _SLIDES),
    ("__substg1.0", _MESSAGE),
)
_ZIP = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
_OPEN_DOCUMENT = b"application/vnd.oasis.opendocument."
_SHEETS = _OPEN_DOCUMENT + b"spreadsheet"
_MANIFEST = "meta-inf/manifest.xml"
# Where an Excel 4 macro sheet and the programs of an OpenDocument file stand.
_MACROS = ("xl/macrosheets/", "scripts/", "basic/")
_MOST_OF_A_NOTE = 256 * 1024
_UNICODE_MARKS = (b"\xff\xfe", b"\xfe\xff", b"\0\0\xfe\xff")
_HTML = (b"<!doctype", b"<html", b"<head", b"<body", b"<script")
_LOOKED_AT = 1024


def form_of(data: bytes) -> Form:
    """What a file of these bytes is."""
    if not data:
        return EMPTY
    if data.startswith(_ZIP):
        return _zip_form(data)
    if data.startswith(_OLE):
        return _office_form(data)
    for mark, form in _MARKS:
        if data.startswith(mark):
            return form
    for place, mark, form in _AT:
        if data[place : place + len(mark)] == mark:
            return form
    start = data[:_LOOKED_AT].removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if start.startswith(b"<"):
        return _PAGE if any(mark in start for mark in _HTML) else _XML
    if b"\0" not in data or data.startswith(_UNICODE_MARKS):
        return TEXT
    pairs = data[: _LOOKED_AT - _LOOKED_AT % 2]
    every_other = {pairs[place::2].count(0) * 2 >= len(pairs) * 0.9 for place in (0, 1)}
    return _UNMARKED if every_other == {True, False} else _BINARY


def has_macros(data: bytes) -> bool:
    """Whether a workbook, known for one, carries programs of its own."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = [name.lower() for name in archive.namelist()]
    except DAMAGE:
        return False
    return any("vbaproject" in name or name.startswith(_MACROS) for name in names)


def _office_form(data: bytes) -> Form:
    for name, form in _STREAMS:
        if name.encode("utf-16-le") in data:
            return form
    return _OFFICE


def _zip_form(data: bytes) -> Form:
    """A ZIP archive by what is in it: workbooks and documents are such archives, too."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = {one.filename.lower(): one for one in archive.infolist()}
            if any(one.flag_bits & 1 for one in members.values()):
                return LOCKED if "[content_types].xml" in members else LOCKED_ZIP
            notes = b"".join(
                archive.open(members[name]).read(_MOST_OF_A_NOTE)
                for name in ("mimetype", _MANIFEST)
                if name in members
            )
    except DAMAGE:
        return DAMAGED_ZIP
    for name, form in (
        ("xl/workbook.xml", WORKBOOK),
        ("xl/workbook.bin", _BINARY_EXCEL),
        ("word/document.xml", _WORD),
        ("ppt/presentation.xml", _SLIDES),
        ("index/document.iwa", _NUMBERS),
        ("index.zip", _NUMBERS),
    ):
        if name in members:
            return form
    if b"encryption-data" in notes or "encrypted-package" in members:
        return LOCKED
    if "content.xml" in members:
        # The department's own workbooks lack the note that says what they are.
        other = _OPEN_DOCUMENT in notes and _SHEETS not in notes
        return _DOCUMENT if other else WORKBOOK
    return ZIPPED
