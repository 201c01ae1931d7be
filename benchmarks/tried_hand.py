"""Inputs made by hand, each with the exit code and a word it must be answered with.

They are lists of what people send and of what would do harm; `by_hand` tries every one by a
command, in a folder of its own, as a user would.
"""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import os
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import chdir, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest.mock import patch

from highneeds import home

USAGE, OUTPUT, SOURCE, ASSUMED, MODEL, OWN = 2, 3, 10, 12, 13, 14
_OWN = ("inputs", "check", "own.csv", "--area", "Kent")
_HEAD = "measure,at,value\n"
_PLANS, _SPENT = "ehc_plans,2026-10-01", "high_needs_spending_gbp,2024-25"
BIG = "9" * 4_400


@dataclass(frozen=True)
class Hand:
    """One input: what it is, the command, its files, and the answer it must get."""

    what: str
    words: tuple[str, ...]
    code: int
    says: str
    files: Mapping[str, str | bytes] = field(default_factory=dict)

    def answer(self, place: Path) -> tuple[int, str]:
        """The exit code, and all that was said."""
        from highneeds.cli import main

        for name, content in self.files.items():
            held = content.encode("utf-8") if isinstance(content, str) else content
            (place / name).write_bytes(held)
        said, code = io.StringIO(), 0
        with chdir(place), redirect_stdout(said), redirect_stderr(said):
            try:
                code = main(list(self.words))
            except SystemExit as end:
                code = int(end.code or 0)
        return code, said.getvalue()

    def wrong(self, place: Path) -> str:
        """How the answer is another than it must be; empty where it is not."""
        code, said = self.answer(place)
        first = next((line for line in said.splitlines() if line.strip()), "nothing")
        if "Traceback" in said:
            return f"{self.what}: a traceback: {said.splitlines()[-1][:200]}"
        if code != self.code or self.says.lower() not in said.lower():
            asked = f"{code} for {self.code}, {self.says!r} expected in"
            return f"{self.what}: {asked}: {first[:200]}"
        return ""


def by_hand(say: Callable[[str], None], only: str = "") -> dict[str, Any]:
    """Try every one; how many, and which were answered otherwise."""
    wrong: list[str] = []
    chosen = [one for one in inputs() if only in one.what]
    with tempfile.TemporaryDirectory() as scratch:
        user = {home.USER_DIR_VARIABLE: str(Path(scratch) / "user")}
        for number, one in enumerate(chosen):
            folder = Path(scratch) / f"{number}"
            folder.mkdir()
            with patch.dict(os.environ, user):
                fault = one.wrong(folder)
            if fault:
                wrong.append(fault)
                say(fault)
    say(f"{len(chosen)} inputs made by hand: {len(wrong)} answered otherwise")
    return {"tried": len(chosen), "wrong": wrong}


def inputs() -> Iterator[Hand]:
    """Every input."""
    from benchmarks import tried_hand_more

    yield from _own_values()
    yield from _own_tables()
    yield from _own_toml()
    yield from tried_hand_more.settings()
    yield from tried_hand_more.files()


def _row(
    what: str, row: str, code: int = OWN, says: str = "line 2", head: str = _HEAD
) -> Hand:
    return Hand(f"own figures: {what}", _OWN, code, says, {"own.csv": f"{head}{row}\n"})


# What stands for a number of plans and is none, and what is one.
_NO_COUNT = (
    *("x", "c", "z", "~", ":", "..", ".", "-", "*", "SUPP", "NA", "n/a", "None", "nan"),
    *(
        "inf",
        "-inf",
        "1e3",
        "1E400",
        '"12,34"',
        '"1,0000"',
        '",5"',
        '"5,"',
        "0x10",
        "1_000",
    ),
    *("\u0663", "\uff11\uff12", "--5", "(5)", "5%", "387%", "1 234", "-5", "1.5", "TRUE"),
    *("=1+1", "@SUM(A1)", "0x", "5.", '"1,2"', "21900.5", "9" * 400, "1" * 20, "#REF!"),
    *("#N/A", "twenty", "22k", '"22,000.5"', "21900 plans", "\u22125", "\u00bd", "\u216b"),
    *("22'000", "0", "219", "219000", "\x1b[31m5", "<b>5</b>", "{{5}}", "null", "1/2", "£"),
)
_COUNT = ("21900", '"21,900"', " 21900 ", "21900.0", '"21900"')
_NO_POUNDS = (
    *("301500", "301.5", "-301500000", "301500000000", "1.7e308", '"30,15,00,000"'),
    *("301.500.000", "£301.5m", "301.5m", "1e999", "-inf", "3015000000", "=3e8", "c"),
    *("$301500000", "€301500000", "301500000p", "three hundred million", "0x11F8"),
)
_POUNDS = ("301500000", '"301,500,000"', '"£301,500,000"', "301500000.55")
_NO_DAY = (
    *("", "2026", "2026-13-01", "2026-02-30", "2026-10", "Oct-26", "45931", "1926-10-01"),
    *("2126-10-01", "0000-00-00", "2025-26", "yesterday", "2026-10-01T25:00", "10/2026"),
    *(
        "\u0662\u0660\u0662\u0666-10-01",
        "2026-10-32",
        "=TODAY()",
        "2026-1O-01",
        "32/10/2026",
    ),
)
_NO_YEAR = (
    "",
    "2024-26",
    "24-25-26",
    "2044-45",
    "1924-25",
    "2024-10-01x",
    "FY",
    "202-25",
    "x",
)
_NO_MEASURE = (
    *("", "plans", "ehc-plans", "=ehc_plans", "<script>", "ehc_plans_total", "\u202eehc"),
    *("high_needs", "1", "ehc_plans;", "../ehc_plans", "dsg_balance", "a" * 400),
)


def _own_values() -> Iterator[Hand]:
    for cell in _NO_COUNT:
        yield _row(f"{cell[:20]!r} plans", f"{_PLANS},{cell}")
    for cell in _COUNT:
        yield _row(f"{cell!r} plans", f"{_PLANS},{cell}", 0, "21,900")
    for cell in _NO_POUNDS:
        yield _row(f"{cell!r} pounds", f"{_SPENT},{cell}")
    for cell in _POUNDS:
        yield _row(f"{cell!r} pounds", f"{_SPENT},{cell}", 0, "1 has none published")
    for cell in _NO_DAY:
        yield _row(f"plans of the day {cell!r}", f"ehc_plans,{cell},21900")
    for cell in _NO_YEAR:
        yield _row(f"pounds of the year {cell!r}", f"high_needs_spending_gbp,{cell},3e8")
    for cell in _NO_MEASURE:
        yield _row(f"the measure {cell[:20]!r}", f"{cell},2026-10-01,21900")
    for cell, code, says in (
        ("Leeds", 0, "no figures"),
        ("Atlantis", OWN, "Atlantis"),
        ("Cumbria", OWN, "abolished"),
        ("England", OWN, "England"),
        ("South East", OWN, "South East"),
        ("=Kent", 0, "1 figure differs"),
        ("<b>Kent</b>", OWN, "line 2"),
        ("Kent", 0, "21,900"),
        ("886", 0, "21,900"),
        ("E10000016", 0, "21,900"),
        ("Kent County Council", 0, "21,900"),
    ):
        head = "area,measure,at,value\n"
        yield _row(f"figures of {cell}", f"{cell},{_PLANS},21900", code, says, head)


def _own_tables() -> Iterator[Hand]:
    row, good = f"{_PLANS},21900\n", f"{_HEAD}{_PLANS},21900\n"
    refused: tuple[tuple[str, str | bytes, str], ...] = (
        ("no byte", "", "is empty"),
        ("blank lines alone", "\n\n\n", "no line"),
        ("no column value", f"measure,at\n{row}", "no column value"),
        ("a column twice", f"measure,at,value,value\n{_PLANS},1,2\n", "twice"),
        ("an unknown column", f"measure,at,value,colour\n{_PLANS},21900,red\n", "colour"),
        ("semicolons", good.replace(",", ";"), "semicolons"),
        ("tabs", good.replace(",", "\t"), "tabs"),
        ("a row too short", f"{_HEAD}{_PLANS}\n", "2 fields for 3"),
        ("a row of one field", f"{_HEAD}ehc_plans\n", "1 fields for 3"),
        ("a row too long", f"{_HEAD}{_PLANS},21900,7\n", "4 fields for 3"),
        ("an unquoted thousand", f"{_HEAD}{_PLANS},21,900\n", "quotation marks"),
        ("a title above", f"Kent County Council\n{good}", "line 1"),
        ("the header below", f"{row}{_HEAD}", "header"),
        ("an open quotation mark", f'{_HEAD}{_PLANS},"21900\n', ""),
        ("one figure twice", f"{_HEAD}{row}{row}", "line 3"),
        ("one figure twice, otherwise", f"{_HEAD}{row}{_PLANS},21950\n", "line 3"),
        ("Latin-1", good.replace("21900", "21900é").encode("latin-1"), "encoding"),
        ("UTF-16 without its mark", good.encode("utf-16-le"), ""),
        ("zero bytes", good.encode() + bytes(40), ""),
        ("HTML", "<!doctype html><table></table>", "web page"),
        ("PDF", b"%PDF-1.7\n1 0 obj", "PDF"),
        ("a picture", b"\x89PNG\r\n\x1a\n" + bytes(40), ""),
        ("RTF", "{\\rtf1 a}", ""),
        (
            "old Excel",
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600),
            "old office program",
        ),
        ("bz2", bz2.compress(good.encode()), "bzip2"),
        ("xz", lzma.compress(good.encode()), "xz"),
        ("zstd", b"\x28\xb5\x2f\xfd" + bytes(20), "zst"),
        ("a ZIP of no table", zipped(("a.txt", b"a")), "no table"),
        ("a ZIP of two", zipped(("a.csv", b"a"), ("b.csv", b"b")), "2 tables"),
        ("an empty ZIP", zipped(), "no table"),
        ("a ZIP cut short", zipped(("a.csv", good.encode()))[:-30], "ZIP"),
        ("zeros in GZIP", gzip.compress(bytes(80_000_000)), "times its size"),
        ("zeros in a ZIP", zipped(("a.csv", bytes(80_000_000))), "times its size"),
        ("GZIP cut short", gzip.compress(good.encode() * 50)[:-9], "damaged"),
        ("GZIP and no more", b"\x1f\x8b", "damaged"),
        ("names of children", "name,date of birth,school\nA B,2015-01-01,C\n", ""),
        ("a column of a UPN", f"upn,{_HEAD}A123456789012,{row}", ""),
        ("a breakdown there is not", _part("placement/moon"), "line 2"),
        ("a breakdown half said", _part("placement"), "line 2"),
        ("a breakdown to run", _part("=cmd|x"), "line 2"),
        ("ages beyond 25", _part("age/26_to_30"), "line 2"),
    )
    for what, content, says in refused:
        yield Hand(f"own table: {what}", _OWN, OWN, says, {"own.csv": content})
    for what, taken in (
        ("a byte-order mark", b"\xef\xbb\xbf" + good.encode()),
        ("UTF-16 with its mark", good.encode("utf-16")),
        ("line ends of Windows", good.replace("\n", "\r\n").encode()),
        ("line ends of old Macs", good.replace("\n", "\r").encode()),
        ("blank lines below", f"{good}\n,,\n\n".encode()),
        ("commas at each end", good.replace("\n", ",\n").encode()),
        ("quotation marks all over", f'"measure","at","value"\n{row}'.encode()),
        ("a header in capitals", good.replace("measure", "MEASURE").encode()),
        ("GZIP", gzip.compress(good.encode())),
        ("one table in a ZIP", zipped(("own.csv", good.encode()))),
    ):
        yield Hand(f"own table: {what}", _OWN, 0, "21,900", {"own.csv": taken})


def _part(breakdown: str) -> str:
    return f"measure,at,value,breakdown\n{_PLANS},900,{breakdown}\n"


def zipped(*members: tuple[str, bytes]) -> bytes:
    """A ZIP archive of these members."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return held.getvalue()


def _own_toml() -> Iterator[Hand]:
    figure = '[[figures]]\nmeasure = "ehc_plans"\nat = 2026-10-01\nvalue = {}\n'
    words = ("inputs", "check", "own.toml")
    for what, content, says in (
        ("thousands of digits", figure.format(BIG), "digits"),
        ("lists 5,000 deep", "a = " + "[" * 5_000 + "]" * 5_000, "deep"),
        ("names 5,000 deep", f"[{'.'.join(['a'] * 5_000)}]\nb = 1", "deep"),
        ("a text for a number", figure.format('"many"'), "value"),
        ("a list for a number", figure.format("[1, 2]"), "value"),
        ("yes for a number", figure.format("true"), "value"),
        ("no number at all", figure.format("nan"), "value"),
        ("without end", figure.format("inf"), "value"),
        ("half a plan", figure.format("21900.5"), "value"),
        ("a table for a number", figure.format("{a = 1}"), "value"),
        ("a day there is not", figure.format(21900).replace("10-01", "02-30"), "TOML"),
        ("smart quotes", figure.format(21900).replace('"', "\u201c"), "TOML"),
        ("a key twice", figure.format("21900\nvalue = 21900"), "TOML"),
        ("an unknown key", figure.format("21900\ncolour = 1"), "colour"),
        ("figures that are none", 'figures = "all"', "figures"),
        ("no figures' table", "[figures]\na = 1", "figures"),
        ("an area that is a list", 'area = ["Kent"]\n' + figure.format(21900), "area"),
        ("an area that is yes", "area = true\n" + figure.format(21900), "area"),
        ("Windows-1252 letters", (figure.format(21900) + "# é").encode("cp1252"), ""),
        ("a comment to run", figure.format('"=1+1"'), "value"),
        ("a lone surrogate", figure.format('"\\ud800"'), "TOML"),
        ("a control character", figure.format('"\x01"'), "TOML"),
    ):
        files = {"own.toml": content}
        yield Hand(f"own TOML: {what}", (*words, "--area", "Kent"), OWN, says, files)
    good = 'area = "Kent"\n' + figure.format("21_900")
    for what, content in (
        ("digits in threes", good),
        ("a byte-order mark", f"\ufeff{good}"),
        ("line ends of Windows", good.replace("\n", "\r\n")),
        ("a day in quotes", good.replace("2026-10-01", '"2026-10-01"')),
    ):
        yield Hand(f"own TOML: {what}", words, 0, "21,900", {"own.toml": content})
