"""A file that a user gives: told by its first bytes, unpacked within bounds, read as text.

An ending may say anything: a page saved as ``.xlsx``, a workbook named ``.csv``. What a
file is comes from its bytes, and one that cannot be read is called what it is.
"""

from __future__ import annotations

import codecs
import csv
import errno
import gzip
import io
import json
import tomllib
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, time
from pathlib import Path
from typing import IO, Any

from highneeds.errors import HighNeedsError, SourceError, some
from highneeds.file_forms import DAMAGE, DAMAGED_ZIP, PACKED, TEXT, ZIPPED, Form, form_of

# The largest table followed is 10 MB, and the published one most packed 27 times smaller.
MOST_BYTES, _MOST_TIMES = 128 * 1024 * 1024, 200
_CHUNK, _FREE_OF_DOUBT = 1024 * 1024, 16 * 1024 * 1024
_DEEPEST = 2
# A file of settings is written by hand: no table of one stands deeper than six others.
_MOST_SETTINGS, _MOST_DEEP = 4_000_000, 50
_OTHER_MARKS = {";": "semicolons", "\t": "tabs"}
_TABLE_ENDINGS = (".csv", ".csv.gz", ".tsv", ".ods", ".xlsx", ".xlsm", ".parquet", ".json")
# What the statistics service and a Macintosh put beside a table in its archive.
_BESIDE = (".meta.csv", "__macosx/", "/.", "data-guidance/")
# UTF-32 before UTF-16: its mark begins like the other's.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# £ – — • and the four quotation marks: what programs write in Windows-1252 in a table or a
# scenario in English. Any other byte may be a letter of another encoding.
_WINDOWS = frozenset(b"\xa3\x96\x97\x95\x91\x92\x93\x94")
_FIRST_BEYOND_ASCII = 128
_PLAIN_TEXT = "Give plain text, saved as UTF-8."


@dataclass(frozen=True)
class Content:
    """What a file holds once unpacked, and what was done to get at it, in sentences."""

    name: str
    data: bytes = field(repr=False)
    notes: tuple[str, ...] = ()

    @property
    def form(self) -> Form:
        """What the bytes are."""
        return form_of(self.data)


@dataclass(frozen=True)
class Text:
    """What a text file says; ``notes`` are what to tell whoever gave it, in sentences."""

    name: str
    text: str = field(repr=False)
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Settings:
    """What a TOML file says; dates are text. ``notes`` are as those of `Text`."""

    tables: dict[str, Any]
    notes: tuple[str, ...] = ()


def is_file(path: str | Path) -> bool:
    """Whether a file is there; there is none of a name too long or with a zero byte."""
    try:
        return Path(path).is_file()
    except ValueError:
        return False
    except OSError as error:
        if error.errno != errno.ENAMETOOLONG:
            raise
        return False


def content_of(path: Path, error: type[HighNeedsError] = SourceError) -> Content:
    """A file's bytes, out of a GZIP or a ZIP of one table where they stand in one.

    Raises
    ------
    HighNeedsError
        Of the class given: there is no such file, it is larger than any table or unpacks to
        more, or it is an archive of no table or of several; lists what is in it.
    """
    content = Content(path.name, _read(path, "a table", error))
    for _ in range(_DEEPEST):
        if content.form is PACKED:
            content = replace(content, data=_out_of_gzip(content, error))
        elif content.form is ZIPPED:
            content = _only_table(content, error)
    return content


def text_of(
    content: Content, expected: str, error: type[HighNeedsError], remedy: str = ""
) -> Text:
    """A text: UTF-8, what a mark says, or Windows-1252 where it can be nothing else.

    Parameters
    ----------
    expected : str
        What the file should be, for the message: ``a table (CSV)``.
    remedy : str
        What to do where it is another kind of file; what its form says, when empty.

    Raises
    ------
    HighNeedsError
        Of the class given: it is no text, or in an encoding that cannot be told.
    """
    form = content.form
    if form is not TEXT:
        msg = f"{content.name} is {form.what}. Expected {expected}. {remedy or form.remedy}"
        raise error(msg)
    found = [encoding for mark, encoding in _MARKS if content.data.startswith(mark)]
    encoding, notes = found[0] if found else "utf-8", content.notes
    try:
        text = content.data.decode(encoding)
    except UnicodeDecodeError as wrong:
        beyond = {byte for byte in content.data if byte >= _FIRST_BEYOND_ASCII}
        if found or not beyond <= _WINDOWS:
            raise error(_cannot_be_told(content, encoding, wrong, expected)) from None
        text = content.data.decode("cp1252")
        signs = bytes(sorted(beyond)).decode("cp1252")
        notes += (
            f"{content.name} is not in UTF-8: read as Windows-1252, in which it has "
            f"{' '.join(signs)} and nothing else beyond plain letters. Save it as UTF-8.",
        )
    return Text(content.name, text, notes)


def records_of(
    text: str, where: str, error: type[HighNeedsError], again: str = ""
) -> list[tuple[int, list[str]]]:
    """Each record of a CSV that holds anything, with the line it begins in, from 1.

    Parameters
    ----------
    again : str
        What to do about a text that cannot be read, as a sentence.

    Raises
    ------
    HighNeedsError
        Of the kind given: a quotation mark without its pair.
    """
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    found, begins = [], 1
    try:
        for fields in reader:
            if "".join(fields).strip():
                found.append((begins, fields))
            begins = reader.line_num + 1
    except csv.Error as fault:
        msg = (
            f"{where} cannot be read as a table from line {begins} on: {fault}. A "
            f"quotation mark may be without its pair.{f' {again}' if again else ''}"
        )
        raise error(msg) from None
    return found


def separated_by(names: Sequence[str]) -> str:
    """What a header read by commas is separated by instead, in words; empty for commas."""
    header = ",".join(names)
    for mark, name in _OTHER_MARKS.items():
        if header.count(mark) > header.count(","):
            return name
    return ""


def read_text(path: Path, expected: str, error: type[HighNeedsError]) -> Text:
    """A text file that is not a table: see `text_of`. It is taken out of no archive."""
    content = Content(path.name, _read(path, expected, error))
    return text_of(content, expected, error, _PLAIN_TEXT)


def read_toml(path: Path, expected: str, error: type[HighNeedsError]) -> Settings:
    """Read a TOML file; a date or a time in it, with quotes or without, is text.

    Raises
    ------
    HighNeedsError
        Of the class given: there is no such file, it is no text, or not TOML; names the
        line.
    """
    return toml_of(Content(path.name, _read(path, expected, error)), expected, error)


def read_shipped(path: Path) -> dict[str, Any]:
    """A TOML file that comes with the package; dates in it are text.

    Raises
    ------
    SourceError
        It is missing or damaged.
    """
    if not is_file(path):
        msg = (
            f"{path.name} is missing from {path.parent}. It comes with the package: "
            "install it again."
        )
        raise SourceError(msg)
    return read_toml(path, "a file of this package", SourceError).tables


def toml_of(content: Content, expected: str, error: type[HighNeedsError]) -> Settings:
    """The same of bytes already read."""
    found = text_of(content, expected, error, _PLAIN_TEXT)
    # TOML knows no line that ends as on an old Macintosh.
    text = found.text.replace("\r\n", "\n").replace("\r", "\n")
    if len(text) > _MOST_SETTINGS:
        msg = f"{content.name} has {len(text):,} letters. Expected {expected}: far fewer."
        raise error(msg)
    try:
        tables = _plainly(tomllib.loads(text))
    except tomllib.TOMLDecodeError as wrong:
        msg = f"{content.name} is not valid TOML: {wrong}. Correct that line."
        raise error(msg) from None
    except (ValueError, RecursionError) as wrong:
        msg = f"{content.name} {_why_not(wrong)}. Expected {expected}. Correct the file."
        raise error(msg) from None
    return Settings(tables, found.notes)


def read_json(path: Path, expected: str, error: type[HighNeedsError]) -> Any:
    """Read a JSON file.

    Raises
    ------
    HighNeedsError
        Of the class given: there is no such file, it is no text, or not JSON.
    """
    return json_of(read_text(path, expected, error), expected, error)


def json_of(found: Text, expected: str, error: type[HighNeedsError]) -> Any:
    """The same of a text already read."""
    try:
        return json.loads(found.text)
    except json.JSONDecodeError as wrong:
        msg = f"{found.name} is not {expected}: {wrong}. Save or download it again."
        raise error(msg) from None
    except (ValueError, RecursionError) as wrong:
        why = _why_not(wrong)
        msg = f"{found.name} is not {expected}: it {why}. Save or download it again."
        raise error(msg) from None


def kept_json(path: Path) -> Any:
    """JSON that this package wrote and keeps.

    Raises
    ------
    OSError
        It cannot be read.
    ValueError
        It is not what was written: no text, no JSON, or nested without end.
    """
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except RecursionError:
        msg = "it is nested too deeply"
        raise ValueError(msg) from None


def _read(path: Path, expected: str, error: type[HighNeedsError]) -> bytes:
    try:
        with path.open("rb") as stream:
            data = stream.read(MOST_BYTES + 1)
    except OSError as wrong:
        reason = wrong.strerror or str(wrong)
        msg = f"Cannot read {path}: {reason}. Give the path of {expected}."
        raise error(msg) from None
    if len(data) > MOST_BYTES:
        raise error(_too_large(path.name, path.stat().st_size))
    return data


def _too_large(name: str, size: int) -> str:
    return (
        f"{name} has {size / 1e6:,.0f} MB or more; at most {MOST_BYTES / 1e6:,.0f} MB are "
        "read, and no table followed has so many. Give the data file of one table."
    )


def _out_of_gzip(content: Content, error: type[HighNeedsError]) -> bytes:
    try:
        with gzip.open(io.BytesIO(content.data)) as stream:
            return _bounded(stream, content.name, len(content.data), error)
    except DAMAGE as wrong:
        msg = f"{content.name} is damaged: {wrong}. Download it again."
        raise error(msg) from None


def _bounded(
    stream: IO[bytes] | gzip.GzipFile,
    name: str,
    packed: int,
    error: type[HighNeedsError],
) -> bytes:
    """What is unpacked from a stream, refused as soon as it is too much."""
    chunks, size = [], 0
    while chunk := stream.read(_CHUNK):
        chunks.append(chunk)
        size += len(chunk)
        if size > MOST_BYTES:
            raise error(_too_large(name, size))
        if size > max(_MOST_TIMES * packed, _FREE_OF_DOUBT):
            msg = (
                f"{name} unpacks to more than {_MOST_TIMES} times its size, as no table "
                "does. Not read. Download it again from the publisher."
            )
            raise error(msg)
    return b"".join(chunks)


def _only_table(content: Content, error: type[HighNeedsError]) -> Content:
    try:
        with zipfile.ZipFile(io.BytesIO(content.data)) as archive:
            members = [one for one in archive.infolist() if not one.is_dir()]
            tables = [one for one in members if _is_table(one.filename)]
            if len(tables) != 1:
                raise error(_not_one(content.name, members, tables))
            only = tables[0]
            with archive.open(only) as stream:
                packed = max(only.compress_size, 1)
                data = _bounded(stream, content.name, packed, error)
    except DAMAGE:
        msg = f"{content.name} is {DAMAGED_ZIP.what}. {DAMAGED_ZIP.remedy}"
        raise error(msg) from None
    return Content(content.name, data, (f"read from {content.name}: {only.filename}",))


def _is_table(name: str) -> bool:
    place = f"/{name.lower()}"
    return place.endswith(_TABLE_ENDINGS) and not any(mark in place for mark in _BESIDE)


def _not_one(
    name: str, members: list[zipfile.ZipInfo], tables: list[zipfile.ZipInfo]
) -> str:
    listed = some([one.filename for one in tables or members]) or "nothing"
    what = f"{len(tables)} tables" if tables else "no table"
    return (
        f"{name} is a ZIP archive with {what}: it holds {listed}. Expected exactly one "
        "table. Unpack it and give the one that is meant."
    )


def _cannot_be_told(
    content: Content, encoding: str, wrong: UnicodeDecodeError, expected: str
) -> str:
    if encoding != "utf-8":
        why = f"its mark says {encoding.removesuffix('-sig').upper()}, which it is not"
    else:
        line = content.data[: wrong.start].count(b"\n") + 1
        why = f"byte {content.data[wrong.start]:#04x} in line {line} is no letter of UTF-8"
    return (
        f"{content.name} is text in an encoding that cannot be told: {why}. Expected "
        f"{expected} in UTF-8. Open it in the program that wrote it and save it so: a "
        "spreadsheet calls it CSV UTF-8 (comma delimited)."
    )


def _why_not(wrong: ValueError | RecursionError) -> str:
    """What Python could not read, in words that are not about Python."""
    if isinstance(wrong, RecursionError):
        return "has tables or lists too deep in one another"
    if "integer string conversion" in str(wrong):
        return "has a number of thousands of digits"
    return f"has a value that cannot be read ({wrong})"


def _plainly(value: Any, deep: int = 0) -> Any:
    """Dates as text, and nothing so deep that what reads it would not come back."""
    if deep > _MOST_DEEP:
        raise RecursionError
    if isinstance(value, dict):
        return {key: _plainly(one, deep + 1) for key, one in value.items()}
    if isinstance(value, list):
        return [_plainly(one, deep + 1) for one in value]
    # A moment is a date, too.
    return value.isoformat() if isinstance(value, date | time) else value
