"""Inputs one edit away from a valid file, and inputs that are next to nothing like one.

An edit is a function of a random generator and of the valid bytes; it gives the bytes, what
was done, and whether the file then only prints another plain figure in a cell: a figure
that nothing else in the file need contradict.
"""

from __future__ import annotations

import csv
import gzip
import io
import random
import re
import zipfile
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import NamedTuple


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
    rows, text = _open(data), rng.choice(CELLS)
    line, at = _cell(rng, rows)
    rows[line][at] = text
    plain = bool(_NUMBER.fullmatch(text.strip()))
    return Made(_written(rows), f"{text[:20]!r} in line {line + 1}, column {at + 1}", plain)


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
        return Made(gzip.compress(data, 1), "packed with GZIP")
    if how == "zip":
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("table.csv", data)
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


def by_hand(data: bytes) -> Iterator[Made]:
    """Each of `CELLS` in every column of one row of a table, and each form of file."""
    rows = _open(data)
    line = len(rows) // 2
    for at, name in enumerate(rows[0]):
        for text in CELLS:
            mine = [*rows]
            mine[line] = [*rows[line][:at], text, *rows[line][at + 1 :]]
            plain = bool(_NUMBER.fullmatch(text.strip()))
            yield Made(
                _written(mine), f"{text[:20]!r} for {name} in line {line + 1}", plain
            )
    for mark in _FORMS:
        yield Made(mark + data, f"{mark!r} before it")
        yield Made(mark, f"{mark!r} alone")


TABLE_EDITS: tuple[Edit, ...] = (
    *(a_cell, a_cell, a_digit, a_digit, two_cells, two_cells, a_row, a_column, a_column),
    *(new_period, the_bytes, as_saved),
)
TEXT_EDITS: tuple[Edit, ...] = (a_line, a_line, the_bytes, a_line)
BYTE_EDITS: tuple[Edit, ...] = (the_bytes,)
WILD: tuple[Edit, ...] = (unlike,)
