"""Inputs one edit away from a valid file, and inputs that are next to nothing like one.

An edit is a function of a random generator and of the valid bytes; it gives the bytes, what
was done, and whether the file then only prints another plain figure in a cell: a figure
that nothing else in the file need contradict.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import random
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any, NamedTuple


class Made(NamedTuple):
    """An input, what was done to make it, and whether it prints other plain figures."""

    data: bytes
    how: str
    plain: bool = False


Edit = Callable[[random.Random, bytes], Made]

# What has stood in cells of tables, and what has not.
CELLS = (
    *("", " ", "x", "z", "c", "k", "u", "low", "~", ":", "..", ".", "-", "*", "SUPP", "NA"),
    *("nan", "inf", "-inf", "1e3", "1E400", "1,2", "12,34", "1,0000", ",5", "5,", "0x10"),
    *(
        "1_000",
        "٣",
        "\uff11\uff12",
        "+5",
        "5.",
        "-5",
        "--5",
        "(5)",
        "£5",
        "5%",
        "387%",
        "1 234",
    ),
    *("−5", "1.5", "0", "-0", "0.0001", "9" * 400, "1" * 20, "TRUE", "=1+1", "@SUM(A1)"),
    *("\ttab", "\x00", "\x1b[31m", "\u202eabc", '"', "'", "<b>", "{{", "a\nb", "é" * 99),
    *("2025", "202425", "2024/25", "E09000007", "202", "909", "999", "Leeds", "England"),
)
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")
# A number as people type it, or an area by its name or its ONS code.
_SAID = re.compile(r"-?[0-9]+(\.[0-9]+)?(e[0-9]+)?|[A-Z][a-z]+|E[0-9]{8}")
_MARKS = (
    b"\x1f\x8b",
    b"PK\x03\x04",
    b"BZh9",
    b"\xfd7zXZ\0",
    b"\x28\xb5\x2f\xfd",
    b"%PDF-1.7",
)
_FORMS = (
    *_MARKS,
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
    b"<!doctype html>",
    b"{",
    b"[",
    b"PAR1",
)
_SHEET = re.compile(r"xl/worksheets/[^/]*\.xml|content\.xml")
_CELL = re.compile(rb"(<c [^>]*>.*?</c>|<table:table-cell[^>]*>.*?</table:table-cell>)")
_IN_CELL = re.compile(rb"(?:<v>|<t>|office:value=\"|<text:p>)([^<\"]{1,40})")
_AT = re.compile(rb"<c r=\"([A-Z]+[0-9]+)\"")
_WRITTEN = "docProps/core.xml"
_MOMENT = re.compile(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
_VALUE = re.compile(rb"(\"[^\"]*\"|[0-9]+|null|true)")
# What may stand in an answer, and what no library would write there.
_PARTS: tuple[Any, ...] = (
    *(None, True, 0, -1, 1, 1.5, 2**63, 10**40, "", "x", "1", "12", "y" * 2_000, "\x00"),
    *("../..", "=1+1", "\r\nHost: b", "\u202e", "é", "NAT", "LA", "k", "1e400", [], {}),
    *([[]], {"id": "k"}, [1, "a", None], {"level": "LA", "options": []}),
)
_RAW = (
    *(b"NaN", b"Infinity", b"-0", b"1e999", b"9" * 4_400, b"[" * 3_000, b"{}", b"'x'", b""),
    *(b'"\\ud800"', b'"\\u0000"', b"\xff", b"1,2", b"nul", b'"a" "b"', b'{"a": 1, "a": 2}'),
    *(b'"1" ', b"01", b"1.0", b'"\xc3\x28"', b"//", b"/* */ 1"),
)
_HEADS = (
    *(b"HTTP/1.1 204 No Content", b"HTTP/1.1 100 Continue", b"HTTP/1.1 503 Busy", b"OK"),
    *(b"HTTP/1.1 429 Slow", b"HTTP/1.1 304 Not Modified", b"HTTP/1.1 416 Range", b"HTTP/9"),
    *(b"HTTP/1.1 302 Found", b"Location: http://[", b"Location: /x", b"Location: //", b":"),
    *(
        b"Location: ftp://x",
        b"Content-Length: 9",
        b"Content-Length: -1",
        b"Content-Length:",
    ),
    *(
        b"Content-Length: " + b"9" * 4_400,
        b"Content-Encoding: gzip",
        b"Content-Encoding: br",
    ),
    *(b"Content-Encoding: deflate", b"Transfer-Encoding: chunked", b"Retry-After: -1"),
    *(
        b"Retry-After: 1e999",
        b"Retry-After: x",
        b"X: " + b"y" * 70_000,
        b"\x00",
        b"\xff: a",
    ),
    *(b"Content-Type: text/html; charset=\xff", b"Set-Cookie: a=b", b" folded", b"a" * 300),
)
_TAGS = (
    *(
        b"<a>",
        b"<a href>",
        b'<a href="http://[">',
        b'<a href="//a:b/dsg.ods">',
        b"<",
        b"<!",
    ),
    *(
        b"<![CDATA[",
        b"<script>",
        b"</a></a>",
        b'href="javascript:1"',
        b"<!--",
        b"&#9999999;",
    ),
    *(b'href="/x/99-november-2024.ods"', b'href="/dsg/31-02-2025.csv"', b"<a " * 500),
    *(b'href="dsg \xff.ods"', b'href="' + b"a" * 9_000 + b'.ods"', b"\x00", b"<?", b"&"),
)


@lru_cache(maxsize=64)
def _rows(data: bytes) -> tuple[tuple[str, ...], ...]:
    text = data.decode("utf-8-sig")
    return tuple(map(tuple, csv.reader(io.StringIO(text, newline=""))))


def _written(rows: list[list[str]]) -> bytes:
    stream = io.StringIO(newline="")
    csv.writer(stream, lineterminator="\n").writerows(rows)
    return stream.getvalue().encode("utf-8", "surrogatepass")


def _open(data: bytes) -> list[list[str]]:
    return [list(row) for row in _rows(data)]


def _figure_columns(rows: list[list[str]]) -> list[int]:
    """Columns in most of whose cells a number stands."""
    sample = rows[1:200]
    return [
        at
        for at in range(len(rows[0]))
        if sum(bool(_NUMBER.fullmatch(row[at])) for row in sample if at < len(row))
        > len(sample) // 2
    ]


def _cell(rng: random.Random, rows: list[list[str]]) -> tuple[int, int]:
    line = rng.randrange(len(rows))
    return line, rng.randrange(max(1, len(rows[line])))


def a_cell(rng: random.Random, data: bytes) -> Made:
    """Another text in one cell."""
    return _cell_made(rng, data, _NUMBER)


def a_cell_said(rng: random.Random, data: bytes) -> Made:
    """The same of a file in which somebody says whose figures these are, and what."""
    return _cell_made(rng, data, _SAID)


def _cell_made(rng: random.Random, data: bytes, plain: re.Pattern[str]) -> Made:
    rows, text = _open(data), rng.choice(CELLS)
    line, at = _cell(rng, rows)
    rows[line][at] = text
    how = f"{text[:20]!r} in line {line + 1}, column {at + 1}"
    return Made(_written(rows), how, plain=bool(plain.fullmatch(text.strip())))


def a_digit(rng: random.Random, data: bytes) -> Made:
    """Another digit in one figure."""
    rows = _open(data)
    line, at = rng.randrange(1, len(rows)), rng.choice(_figure_columns(rows) or [0])
    cell = rows[line][at]
    places = [place for place, letter in enumerate(cell) if letter.isdigit()]
    if places:
        place = rng.choice(places)
        other = rng.choice([one for one in "0123456789" if one != cell[place]])
        rows[line][at] = cell[:place] + other + cell[place + 1 :]
    how = f"{cell!r} made {rows[line][at]!r} in line {line + 1}"
    return Made(_written(rows), how, plain=True)


def two_cells(rng: random.Random, data: bytes) -> Made:
    """Two cells of a column exchanged."""
    rows = _open(data)
    at = rng.randrange(len(rows[0]))
    one, other = rng.randrange(1, len(rows)), rng.randrange(1, len(rows))
    rows[one][at], rows[other][at] = rows[other][at], rows[one][at]
    name = rows[0][at]
    plain = at in _figure_columns(rows) and "code" not in name
    return Made(
        _written(rows), f"{name} of lines {one + 1} and {other + 1} exchanged", plain
    )


def a_row(rng: random.Random, data: bytes) -> Made:
    """A row left out, twice, moved, or cut."""
    rows = _open(data)
    line = rng.randrange(1, len(rows))
    how = rng.choice(("left out", "twice", "moved", "cut", "one cell longer"))
    row = rows.pop(line)
    if how == "twice":
        rows[line:line] = [row, row]
    elif how == "moved":
        rows.insert(rng.randrange(1, len(rows) + 1), row)
    elif how == "cut":
        rows.insert(line, row[: rng.randrange(len(row))])
    elif how == "one cell longer":
        rows.insert(line, [*row, "1"])
    return Made(_written(rows), f"line {line + 1} {how}")


def a_column(rng: random.Random, data: bytes) -> Made:
    """A column scaled, shifted, sorted, left out, renamed, twice, or exchanged."""
    rows = _open(data)
    at = rng.randrange(len(rows[0]))
    if rng.randrange(3):
        at = rng.choice(_figure_columns(rows) or [at])
    name = rows[0][at]
    cells = [row[at] for row in rows[1:]]
    scaled = ("x10", "x100", "x1000", "/10", "/100", "/1000")
    moved = ("shifted down", "shifted up", "sorted", "left out", "renamed", "twice")
    how = rng.choice((*scaled, *moved, "exchanged", "emptied"))
    factors = {
        "x10": 10,
        "x100": 100,
        "x1000": 1000,
        "/10": 0.1,
        "/100": 0.01,
        "/1000": 1e-3,
    }
    if how in factors:
        cells = [
            f"{float(one) * factors[how]:.10g}" if _NUMBER.fullmatch(one) else one
            for one in cells
        ]
    elif how == "shifted down":
        cells = [cells[-1], *cells[:-1]]
    elif how == "shifted up":
        cells = [*cells[1:], cells[0]]
    elif how == "sorted":
        cells = sorted(cells)
    elif how == "emptied":
        cells = [""] * len(cells)
    for row, cell in zip(rows[1:], cells, strict=True):
        row[at] = cell
    if how == "left out":
        rows = [row[:at] + row[at + 1 :] for row in rows]
    elif how == "renamed":
        rows[0][at] = rng.choice((name + "2", name[:-1], "", "total", name.title()))
    elif how == "twice":
        rows = [[*row, row[at]] for row in rows]
    elif how == "exchanged":
        other = rng.randrange(len(rows[0]))
        for row in rows[1:]:
            row[at], row[other] = row[other], row[at]
        how = f"exchanged with {rows[0][other]}"
    return Made(_written(rows), f"{name} {how}")


def new_period(rng: random.Random, data: bytes) -> Made:
    """All figures of the last period in another unit."""
    rows = _open(data)
    period = next((at for at, name in enumerate(rows[0]) if name == "time_period"), 0)
    last = max(row[period] for row in rows[1:])
    factor = rng.choice((10, 100, 1000, 0.1, 0.01, 1e-3))
    columns = [at for at in _figure_columns(rows) if at != period]
    at_codes = [at for at in columns if "code" in rows[0][at]]
    for row in rows[1:]:
        for at in columns:
            if row[period] == last and at not in at_codes and _NUMBER.fullmatch(row[at]):
                row[at] = f"{float(row[at]) * factor:.10g}"
    return Made(_written(rows), f"every figure of {last} x {factor:g}")


def the_bytes(rng: random.Random, data: bytes) -> Made:
    """A few bytes altered, left out or put in, or the end lost."""
    found = bytearray(data)
    how = rng.choice(("altered", "left out", "put in", "end lost"))
    at = rng.randrange(len(found)) if found else 0
    if how == "altered" and found:
        found[at] = rng.randrange(256)
    elif how == "left out":
        del found[at : at + rng.randrange(1, 9)]
    elif how == "put in":
        found[at:at] = rng.randbytes(rng.randrange(1, 9))
    else:
        del found[at:]
    # A byte may have been a digit.
    return Made(bytes(found), f"bytes {how} at {at:,}", plain=how != "end lost")


def as_saved(rng: random.Random, data: bytes) -> Made:
    """The same, as a program may have saved or packed it."""
    how = rng.choice(
        ("utf-16", "utf-8-sig", "\r\n", "\r", "gzip", "zip", "blank lines", ";")
    )
    if how in ("utf-16", "utf-8-sig"):
        return Made(data.decode("utf-8-sig").encode(how), f"saved in {how}")
    if how == "gzip":
        return Made(gzip.compress(data, 1, mtime=0), "packed with GZIP")
    if how == "zip":
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(zipfile.ZipInfo("table.csv"), data, zipfile.ZIP_DEFLATED)
        return Made(stream.getvalue(), "packed with ZIP")
    if how == "blank lines":
        return Made(data + b"\n\n,,,\n", "blank lines below")
    if how == ";":
        return Made(data.replace(b",", b";"), "separated by semicolons")
    return Made(data.replace(b"\n", how.encode()), f"lines end on {how!r}")


def unlike(rng: random.Random, data: bytes) -> Made:
    """Next to nothing like the valid file: noise, a mark and noise, a part many times."""
    how = rng.choice(
        ("noise", "a mark and noise", "a part many times", "letters", "nested")
    )
    if how == "noise":
        return Made(rng.randbytes(rng.randrange(2000)), how)
    if how == "a mark and noise":
        return Made(rng.choice(_FORMS) + rng.randbytes(rng.randrange(600)), how)
    if how == "a part many times":
        at = rng.randrange(len(data)) if data else 0
        part = data[at : at + rng.randrange(1, 200)]
        return Made(part * rng.randrange(1, 400), how, plain=True)
    if how == "nested":
        opening = rng.choice((b"[", b"{", b'{"a":', b"a = [", b"(", b"a.", b"[[", b'"'))
        return Made(opening * rng.randrange(1, 6000), f"{how} {opening!r}")
    letters = "".join(
        rng.choice(" ,;=[]{}\"'#\n\r\t.-+aE0123456789éΩ\u200b") for _ in range(400)
    )
    return Made(letters.encode(), how, plain=True)


def a_line(rng: random.Random, data: bytes) -> Made:
    """One line of a text altered: for files of settings."""
    lines = data.decode("utf-8").split("\n")
    at = rng.randrange(len(lines))
    name, equals, value = lines[at].partition("=")
    how = rng.choice(("value", "key", "left out", "twice", "another's"))
    if how == "value" and equals:
        texts = (
            "1",
            "-1",
            "nan",
            "inf",
            "1e999",
            "true",
            "[]",
            "{}",
            '""',
            '"x"',
            "1979-05-27",
        )
        more = (
            "[[1]]",
            "9" * 4400,
            '"' + "a" * 300 + '"',
            '"=cmd"',
            '"\\u0000"',
            "0.0",
            "'''",
        )
        lines[at] = f"{name}= {rng.choice((*texts, *more))}"
    elif how == "key":
        lines[at] = f"{rng.choice(('', 'zz', name.upper(), 'a.b.c'))}{equals}{value}"
    elif how == "twice":
        lines.insert(at, lines[at])
    elif how == "another's":
        lines[at] = rng.choice(lines)
    else:
        del lines[at]
    return Made("\n".join(lines).encode(), f"line {at + 1}: {how}", plain=True)


def a_part(rng: random.Random, data: bytes) -> Made:
    """One part of an answer in JSON another, left out, twice, or under another name."""
    found = json.loads(data)
    above, key = rng.choice(list(_parts(found)))
    how = rng.choice(("another", "another", "left out", "twice", "renamed", "moved"))
    said = f"{key}: {how}"
    if how == "another" or (how in {"twice", "moved"} and isinstance(above, dict)):
        above[key] = rng.choice(_PARTS)
        said = f"{key} is {str(above[key])[:30]!r}"
    elif how == "left out":
        del above[key]
    elif isinstance(above, dict):
        above[f"{key}x"] = above.pop(key)
    elif how == "twice":
        above.insert(key, above[key])
    else:
        above.append(above.pop(key))
    # What is another scalar, or another name of an area, is what the answer says.
    return Made(json.dumps(found).encode(), said, plain=True)


def _parts(found: Any) -> Iterator[tuple[Any, Any]]:
    """Every part of an answer: what it is in, and where in that."""
    inside = found.items() if isinstance(found, dict) else enumerate(found)
    for key, value in list(inside):
        yield found, key
        if isinstance(value, dict | list):
            yield from _parts(value)


def a_value(rng: random.Random, data: bytes) -> Made:
    """One value or name of an answer in JSON as no library writes it."""
    values = list(_VALUE.finditer(data))
    at = rng.choice(values)
    text = rng.choice(_RAW)
    made = data[: at.start(1)] + text + data[at.end(1) :]
    return Made(made, f"{at[1][:20]!r} made {text[:20]!r}", plain=True)


def a_head(rng: random.Random, data: bytes) -> Made:
    """One line of the head of an answer another, left out, twice, or without end."""
    head, _, body = data.partition(b"\r\n\r\n")
    lines = head.split(b"\r\n")
    at = rng.randrange(len(lines))
    how = rng.choice(("another", "left out", "twice", "many", "body", "cut"))
    if how == "another":
        lines[at] = rng.choice(_HEADS)
    elif how == "left out":
        del lines[at]
    elif how == "twice":
        lines.insert(at, lines[at])
    elif how == "many":
        lines += [rng.choice(_HEADS)] * rng.randrange(2, 300)
    elif how == "body":
        packed = rng.choice((gzip.compress, zlib.compress, bytes))(body)
        body = packed[: rng.randrange(len(packed) + 1)]
        lines.append(rng.choice(_HEADS))
    made = b"\r\n".join(lines) + b"\r\n\r\n" + body
    if how == "cut":
        made = made[: rng.randrange(len(made) + 1)]
    return Made(made, f"line {at + 1} of the head: {how}", plain=True)


def a_tag(rng: random.Random, data: bytes) -> Made:
    """One tag or address of a page another."""
    tags = list(re.finditer(rb"<[^>]*>|href=\"[^\"]*\"", data))
    at = rng.choice(tags)
    text = rng.choice(_TAGS)
    made = data[: at.start()] + text + data[at.end() :]
    return Made(made, f"{at[0][:20]!r} made {text[:20]!r}", plain=True)


def a_cell_of_a_book(rng: random.Random, data: bytes) -> Made:
    """One value, place or element of one sheet of a workbook another, left out or twice."""
    members = _members(data)
    sheets = [name for name in members if _SHEET.fullmatch(name)] or list(members)
    name = rng.choice(sheets)
    text = members[name]
    how = rng.choice(("value", "value", "digit", "digit", "place", "left out", "twice"))
    pattern = {"value": _IN_CELL, "digit": _IN_CELL, "place": _AT}.get(how, _CELL)
    found = list(pattern.finditer(text))
    if not found:
        return the_bytes(rng, data)
    at = rng.choice(found)
    start, end, old = at.start(1), at.end(1), at[1]
    digits = [place for place in range(len(old)) if old[place : place + 1].isdigit()]
    if how == "value":
        new = rng.choice(CELLS).encode("utf-8", "surrogatepass")
        new = new.replace(b"&", b"&amp;").replace(b"<", b"&lt;")
    elif how == "digit" and digits:
        place = rng.choice(digits)
        new = old[:place] + b"%d" % rng.randrange(10) + old[place + 1 :]
    elif how == "place":
        new = rng.choice((b"A1", b"a1", b"XFD1048576", b"A0", b"", b"ZZZZ9", b"1", b"B7"))
    else:
        new = {"left out": b"", "twice": old + old}.get(how, old)
    members[name] = text[:start] + new + text[end:]
    return Made(_zipped(members), f"{name}: {old[:30]!r} {how}: {new[:20]!r}", plain=True)


def a_member(rng: random.Random, data: bytes) -> Made:
    """One part of a workbook left out, under another name, cut, or altered in its bytes."""
    members = _members(data)
    name = rng.choice(list(members))
    how = rng.choice(("left out", "renamed", "cut", "altered", "empty", "another's"))
    text = members.pop(name)
    if how == "renamed":
        members[name.upper()] = text
    elif how == "cut":
        members[name] = text[: rng.randrange(len(text) + 1)]
    elif how == "altered":
        members[name] = the_bytes(rng, text).data
    elif how == "empty":
        members[name] = b""
    elif how == "another's" and members:
        members[name] = members[rng.choice(list(members))]
    return Made(_zipped(members), f"{name} {how}", plain=True)


def _members(data: bytes) -> dict[str, bytes]:
    return dict(_unzipped(data))


@lru_cache(maxsize=8)
def _unzipped(data: bytes) -> tuple[tuple[str, bytes], ...]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return tuple((one, archive.read(one)) for one in archive.namelist())


def _zipped(members: dict[str, bytes]) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_STORED) as archive:
        for name, text in members.items():
            archive.writestr(zipfile.ZipInfo(name), text)  # which has no time of its own
    return held.getvalue()


def as_ever(data: bytes) -> bytes:
    """A workbook whose bytes do not depend on when it was written."""
    members = _members(data)
    if _WRITTEN in members:
        members[_WRITTEN] = _MOMENT.sub(b"2026-01-01T00:00:00Z", members[_WRITTEN])
    return _zipped(members)


TABLE_EDITS: tuple[Edit, ...] = (
    *(a_cell, a_cell, a_digit, a_digit, two_cells, two_cells, a_row, a_column, a_column),
    *(new_period, the_bytes, as_saved),
)
SAID_EDITS: tuple[Edit, ...] = tuple(
    a_cell_said if one is a_cell else one for one in TABLE_EDITS
)
TEXT_EDITS: tuple[Edit, ...] = (a_line, a_line, the_bytes, a_line)
BYTE_EDITS: tuple[Edit, ...] = (the_bytes,)
JSON_EDITS: tuple[Edit, ...] = (a_part, a_part, a_value)
HTTP_EDITS: tuple[Edit, ...] = (a_head, a_head, the_bytes)
PAGE_EDITS: tuple[Edit, ...] = (a_tag, the_bytes)
BOOK_EDITS: tuple[Edit, ...] = (a_cell_of_a_book, a_cell_of_a_book, a_member, the_bytes)
WILD: tuple[Edit, ...] = (unlike,)
