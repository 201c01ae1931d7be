"""More inputs made by hand: settings, names, limits, and files that are no table."""

from __future__ import annotations

import bz2
import gzip
import lzma
from collections.abc import Iterator
from functools import cache

from benchmarks.tried_hand import ASSUMED, BIG, MODEL, OWN, SOURCE, USAGE, Hand, zipped


def settings() -> Iterator[Hand]:
    """Scenarios, batch files, names of areas, and what a run may be asked for."""
    yield from _scenarios()
    yield from _plans()
    yield from _names()
    yield from _limits()


def files() -> Iterator[Hand]:
    """What is given in the place of a table, workbooks, and an edition altered."""
    yield from _forms()
    yield from _books()
    yield from _editions()


# Lines of a scenario, and the word that says what is wrong with them.
_NO_SCENARIO = (
    ("no_such_key = 1", "no_such_key"),
    ('name = "=1+1"', "name"),
    ('name = ""', "name"),
    (f'name = "{"a" * 400}"', "name"),
    ('title = "a\\u0000b"', "title"),
    ('title = "@cmd"', "title"),
    ('title = "\\u202eabc"', "title"),
    ("title = 5", "title"),
    ('extends = "no_such"', "no_such"),
    ('extends = "mine"', "mine"),
    ('extends = "../trend"', "../trend"),
    ("extends = 1", "extends"),
    (f"draws = {BIG}", "digits"),
    ("draws = 1000", "draws"),
    ("[assumptions]\nno_such = 1", "no_such"),
    ("[assumptions]\nplan_growth = 1", "plan_growth"),
    ("assumptions = 1", "assumptions"),
    ("[policies]\nno_such = 1", "no_such"),
    ("[policies.stability_grant]\nswitched_on = 2", "switched_on"),
    ("[policies.stability_grant]\nshare = 1.5", "share"),
    ("[policies.stability_grant]\nshare = nan", "share"),
    ('[policies.stability_grant]\nshare = "most"', "share"),
    ('[policies.stability_grant]\npaid_in = "never"', "paid_in"),
    ("[[measures]]", "measures"),
    ("measures = 5", "measures"),
    ("[measures]\na = 1", "measures"),
    ("date = 5", "date"),
    ("author = []", "author"),
)
_MEASURE = {
    "name": '"Bands"',
    "kind": '"independent_prices"',
    "most": "0.1",
    "starts": '"2027-28"',
    "full": '"2029-30"',
    "delivery_chance": "0.6",
}
_NO_MEASURES = (
    *(("name", '"=1"'), ("name", '""'), ("name", "5"), ("kind", '"magic"'), ("kind", "1")),
    *(("most", "5.0"), ("most", "-1.0"), ("most", "nan"), ("most", "inf"), ("most", '"x"')),
    *(
        ("starts", '"never"'),
        ("starts", '"19-20-21"'),
        ("full", '"2026-27"'),
        ("full", "1"),
    ),
    *(("delivery_chance", "1.1"), ("delivery_chance", "-0.1"), ("delivery_chance", "true")),
    *(("cost_to_achieve_gbp", "1.7e308"), ("cost_to_achieve_gbp", '"much"')),
    *(("evidence", '"Z"'), ("owner", "[1]"), ("colour", '"red"')),
)


def _scenarios() -> Iterator[Hand]:
    words = ("batch", "--areas", "Kent", "--scenario", "mine.toml", "--dry-run")
    head = 'name = "mine"\ntitle = "Mine"\nextends = "trend"\n'
    for line, says in _NO_SCENARIO:
        key = line.partition(" =")[0]
        kept = [one for one in head.splitlines() if not one.startswith(f"{key} ")]
        files = {"mine.toml": "\n".join([*kept, line])}
        yield Hand(f"scenario: {line[:30]!r}", words, ASSUMED, says, files)
    for key, value in _NO_MEASURES:
        lines = [f"{name} = {one}" for name, one in {**_MEASURE, key: value}.items()]
        content = head + "[[measures]]\n" + "\n".join(lines)
        yield Hand(
            f"scenario: {key} = {value}", words, ASSUMED, key, {"mine.toml": content}
        )
    for key in _MEASURE:
        lines = [f"{name} = {one}" for name, one in _MEASURE.items() if name != key]
        content = head + "[[measures]]\n" + "\n".join(lines)
        yield Hand(f"scenario: no {key}", words, ASSUMED, key, {"mine.toml": content})
    damaged: tuple[tuple[str, str | bytes, str], ...] = (
        ("no byte", "", "is empty"),
        ("lists 5,000 deep", f"a = {'[' * 5_000}", ""),
        ("Windows-1252", (head + "# é").encode("cp1252"), "encoding"),
        ("a workbook", zipped(("xl/workbook.xml", b"<a/>")), ""),
        ("the end lost", head[:-8], "TOML"),
        ("noise", bytes(range(256)), ""),
    )
    for what, given, says in damaged:
        yield Hand(f"scenario: {what}", words, ASSUMED, says, {"mine.toml": given})
    yield Hand("scenario: as it should be", words, 0, "Kent", {"mine.toml": head})
    yield Hand("scenario: no such file", words, ASSUMED, "mine.toml")


def _plans() -> Iterator[Hand]:
    words = ("batch", "--file", "b.toml", "--dry-run")
    for line, says in (
        ('areas = ["Atlantis"]', "Atlantis"),
        ('areas = ["Cumbria"]', "abolished"),
        ("areas = []", "areas"),
        ('areas = "everyone"', "everyone"),
        ("areas = [1.5]", "areas"),
        ("areas = [[1]]", "areas"),
        ('areas = ["Kent"]\nnotebooks = ["99"]', "99"),
        ('areas = ["Kent"]\nnotebooks = ["../../x"]', "x"),
        ('areas = ["Kent"]\nnotebooks = 1.5', "notebooks"),
        ('areas = ["Kent"]\nscenario = "no_such"', "no_such"),
        ('areas = ["Kent"]\nscenario = 5', "scenario"),
        ('areas = ["Kent"]\nuntil = "2060-61"', "2060-61"),
        ('areas = ["Kent"]\nuntil = "soon"', "soon"),
        ('areas = ["Kent"]\nuntil = 2028', "until"),
        ('areas = ["Kent"]\ndraws = 0', "draws"),
        ('areas = ["Kent"]\ndraws = 20001', "draws"),
        ('areas = ["Kent"]\ndraws = 1.5', "draws"),
        ('areas = ["Kent"]\ndraws = true', "draws"),
        (f'areas = ["Kent"]\ndraws = {BIG}', "digits"),
        ('areas = ["Kent"]\nseed = -1', "seed"),
        ('areas = ["Kent"]\nseed = 9223372036854775808', "seed"),
        ('areas = ["Kent"]\nworkers = 0', "workers"),
        ('areas = ["Kent"]\ncolour = 1', "colour"),
        ('areas = ["Kent"]\nareas = ["Leeds"]', "TOML"),
        (f"a = {'[' * 5_000}", ""),
    ):
        code = ASSUMED if "scenario" in line else USAGE
        yield Hand(f"batch file: {line[-30:]!r}", words, code, says, {"b.toml": line})
    yield Hand("batch file: none", words, USAGE, "b.toml")
    files = {"b.toml": 'areas = ["Kent", "Leeds"]\nnotebooks = ["01"]\ndraws = 200'}
    yield Hand("batch file: as it should be", words, 0, "Leeds", files)


def _names() -> Iterator[Hand]:
    for name, says in (
        *(
            ("Lancashre", "Lancashire"),
            ("Bournmouth", "Bournemouth"),
            ("Atlantis", "No area"),
        ),
        *(("Kent,Medway", ""), ("Kent and Medway", ""), ("", "area")),
        *(
            ("Kingston", "Kingston"),
            ("Newcastle", "Newcastle"),
            ("000", "000"),
            ("99", "99"),
        ),
        *(
            ("E99999999", "E99999999"),
            ("../../etc/passwd", "known"),
            ("<img src=x>", "known"),
        ),
        *(
            ("=1+1", "known"),
            ("Kent\x00x", ""),
            ("\u202etneK", ""),
            ("K" * 5_000, ""),
        ),
        *(
            ("886.5", "886.5"),
            ("-886", "886"),
            ("'; drop table", "known"),
            ("{{7*7}}", "known"),
        ),
        *(("Scotland", "No area"), ("Wales", "No area"), ("Londonn", "London")),
    ):
        words = ("data", "issues", "--area", name)
        yield Hand(f"the area {name[:20]!r}", words, USAGE, says)


def _limits() -> Iterator[Hand]:
    draws = ("report Kent", "batch --areas Kent", "national", "whatif Kent")
    for verb in (*draws, "export Kent --form dsg"):
        for option in (
            "--draws 0",
            "--draws 99",
            "--draws 20001",
            "--draws 1e3",
            "--draws x",
        ):
            words = (*verb.split(), *option.split())
            yield Hand(f"{verb} {option}", words, USAGE, "draws")
        for option in ("--seed -1", "--seed 1.5", f"--seed {BIG}"):
            words = (*verb.split(), *option.split())
            yield Hand(f"{verb} {option[:20]}", words, USAGE, "seed")
    for verb in ("batch --areas Kent", "national", "backtest"):
        for option in ("--workers 0", "--workers 257", "--workers -1", "--workers many"):
            words = (*verb.split(), *option.split())
            yield Hand(f"{verb} {option}", words, USAGE, "workers")
    spent = ("monitor", "Kent", "--month", "Sep", "--year", "2026-27", "--spent")
    for amount in ("1.7e308", "nan", "inf", "much", "1e999", "\u0663", "=1"):
        yield Hand(f"monitor: spent {amount}", (*spent, amount), USAGE, "spent")
    for option, says in (
        ("monitor Kent --spent 1 --month Smarch --year 2026-27", "Smarch"),
        ("monitor Kent --spent 1 --month 13 --year 2026-27", "13"),
        ("monitor Kent --spent 1 --month Sep --year soon", "soon"),
        ("national --until soon", "soon"),
        ("national --until 2060-61", "2060-61"),
        ("national --region Atlantis", "Atlantis"),
        ("backtest --level moon", "moon"),
        ("backtest --measure moon", "moon"),
        ("backtest --until 1999", "1999"),
        ("data show no_such_measure", "no_such_measure"),
        ("data update --only no_such", "no_such"),
        ("data update --base-url ftp://x", "ftp"),
        ("data update --base-url http://[", "https"),
        ("data diff none.csv other.csv", "none.csv"),
        ("data add none.csv", "none.csv"),
        ("evidence --as-of 1999-01-01", "1999"),
        ("no_such_verb", "no_such_verb"),
    ):
        code = {"2060-61": MODEL, "ftp": SOURCE, "https": SOURCE}.get(says, USAGE)
        yield Hand(option[:40], tuple(option.split()), code, says)


def _forms() -> Iterator[Hand]:
    """What `data add` is given that is no table."""
    words = ("data", "add", "given.csv")
    table = "time_period,time_identifier,geographic_level\n2026,Calendar year,National\n"
    for what, content, says in (
        ("no byte", b"", ""),
        ("two columns", b"a,b\n1,2\n", "not a table this package follows"),
        ("a release cut short", table.encode(), "not a table this package follows"),
        ("its metadata", b"col_name,col_type,label\na,Filter,b\n", "not a table"),
        ("JSON", b'{"a": 1}', "not a table"),
        ("JSON cut short", b'{"a": ', ""),
        ("JSON 100,000 deep", b"[" * 100_000, ""),
        ("JSON with 4,400 digits", b'{"a": ' + b"9" * 4_400 + b"}", ""),
        ("a sign-in page", b"<html><body>Sign in</body></html>", "web page"),
        ("PDF", b"%PDF-1.4\n", "PDF"),
        ("bz2", bz2.compress(table.encode()), "bzip2"),
        ("xz", lzma.compress(table.encode()), "xz"),
        ("zstd", b"\x28\xb5\x2f\xfd" + bytes(20), "zst"),
        ("tar", b"a.csv".ljust(257, b"\0") + b"ustar\x0000" + bytes(248), "tar"),
        (
            "old Excel",
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600),
            "old office program",
        ),
        ("an empty ZIP", zipped(), "no table"),
        (
            "a ZIP in a ZIP in a ZIP",
            zipped(("b.zip", zipped(("c.zip", b"PK")))),
            "no table",
        ),
        ("a ZIP of a path outside", zipped(("../../x.csv", b"a,b\n1,2\n")), ""),
        ("40 MB of zeros in a ZIP", zipped(("a.csv", bytes(40_000_000))), "times its size"),
        ("200 MB of zeros in GZIP", _bomb(), ""),
        ("GZIP in GZIP", gzip.compress(gzip.compress(table.encode())), ""),
        ("Parquet and no more", b"PAR1", "parquet"),
        ("Parquet and noise", b"PAR1" + bytes(range(200)) + b"PAR1", "parquet"),
        ("zero bytes alone", bytes(4_000), ""),
        ("one line of 3 MB", b"a," * 1_500_000, ""),
        ("semicolons", table.replace(",", ";").encode(), "semicolons"),
        ("a header twice", b"a,a\n1,2\n", "repeated"),
        ("an open quotation mark", table.encode() + b'"' + b"x" * 200_000, ""),
        ("a program", b"\x7fELF" + bytes(200), ""),
        ("a script", b"#!/bin/sh\nrm -rf /\n", ""),
    ):
        yield Hand(f"given: {what}", words, SOURCE, says, {"given.csv": content})


@cache
def _bomb() -> bytes:
    return gzip.compress(bytes(200_000_000), 1)


_SPREADSHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_LINKS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def _book(
    sheet: str, name: str = "xl/worksheets/sheet1.xml", more: dict[str, bytes] | None = None
) -> bytes:
    """A workbook of one sheet as small as can be."""
    kind = f"{_LINKS}/worksheet"
    parts = {
        "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006'
        '/content-types"><Default Extension="xml" ContentType="application/xml"/></Types>',
        "_rels/.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/'
        f'relationships"><Relationship Id="r1" Type="{_LINKS}/officeDocument" '
        'Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{_SPREADSHEET}" xmlns:r="{_LINKS}"><sheets>'
        '<sheet name="Sheet1" sheetId="1" r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": '<Relationships xmlns="http://schemas.openxmlformats.'
        f'org/package/2006/relationships"><Relationship Id="r1" Type="{kind}" '
        f'Target="{name.removeprefix("xl/")}"/></Relationships>',
        name: sheet,
    }
    held = {one: text.encode() for one, text in parts.items()} | (more or {})
    return zipped(*held.items())


def _books() -> Iterator[Hand]:
    """Workbooks of a kilobyte that ask for all the memory there is, and damaged ones."""

    def sheet(
        rows: str, tag: str = "worksheet", names: str = f' xmlns="{_SPREADSHEET}"'
    ) -> str:
        return f"<{tag}{names}><sheetData>{rows}</sheetData></{tag}>"

    far = '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    corner = '<row r="1"><c r="A1"><v>1</v></c></row>'
    cells = {
        "a cell in the last corner": sheet(corner + far),
        "lower-case references": sheet(corner + far.replace("XFD", "xfd")),
        "no namespace": sheet(corner + far, names=""),
        "another prefix": sheet(corner + far).replace("<", "<x:").replace("<x:/", "</x:"),
        "cells without references": sheet("<row>" + "<c><v>1</v></c>" * 30_000 + "</row>"),
        "rows beyond the last": sheet(corner + '<row r="4294967295"><c><v>1</v></c></row>'),
        "a row of minus one": sheet('<row r="-1"><c r="A1"><v>1</v></c></row>'),
        "references that are none": sheet('<row r="1"><c r="ZZZZZZZ99999999999"/></row>'),
        "a reference of row 0": sheet('<row r="0"><c r="A0"><v>1</v></c></row>'),
        "a million empty rows": sheet("<row/>" * 1_000_000),
        "shared strings there are not": sheet(
            '<row r="1"><c r="A1" t="s"><v>99</v></c></row>'
        ),
        "a type there is not": sheet('<row r="1"><c r="A1" t="q"><v>1</v></c></row>'),
        "a day there is not": sheet(
            '<row r="1"><c r="A1" t="d"><v>2026-99-99</v></c></row>'
        ),
        "XML cut short": sheet(corner)[:-30],
        "no XML": "figures",
        "entities that grow": '<!DOCTYPE a [<!ENTITY b "bbbb">]>' + sheet(corner),
        "a file of the machine": '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]>'
        + sheet(corner),
        "no sheet in it": "",
    }
    for what, text in cells.items():
        for verb, code in (("data add", SOURCE), ("inputs check", OWN)):
            words = (*verb.split(), "book.xlsx")
            yield Hand(
                f"workbook, {verb}: {what}", words, code, "", {"book.xlsx": _book(text)}
            )
    elsewhere = _book(sheet(corner + far), "xl/other/place.xml")
    yield Hand(
        "workbook: its sheet elsewhere",
        ("data", "add", "b.xlsx"),
        SOURCE,
        "",
        {"b.xlsx": elsewhere},
    )
    without = zipped(("mimetype", b"application/vnd.oasis.opendocument.spreadsheet"))
    yield Hand(
        "workbook: .ods without content",
        ("data", "add", "b.ods"),
        SOURCE,
        "",
        {"b.ods": without},
    )
    macros = _book(sheet(corner), more={"xl/vbaProject.bin": b"a"})
    yield Hand(
        "workbook: with macros",
        ("inputs", "check", "b.xlsx"),
        OWN,
        "macros",
        {"b.xlsx": macros},
    )


def _editions() -> Iterator[Hand]:
    """An edition made of the tables held, with one thing wrong in it."""
    lines = _edition().split("\n")
    head = lines[0].split(",")
    at = next(place for place, one in enumerate(lines) if ",886," in one)
    kent = dict(zip(head, lines[at].split(","), strict=True))

    def with_cell(name: str, cell: str) -> str:
        changed = ",".join({**kent, name: cell}.values())
        return "\n".join([*lines[:at], changed, *lines[at + 1 :]])

    issued, rate = "plans_issued_den", "pc_plans_issued_within_20_weeks"
    wrong = {
        f"{name} is {cell[:12]!r}": (with_cell(name, cell), says)
        for name, cell, says in (
            (issued, "", "not a known symbol"),
            (issued, "q", "not a known symbol"),
            (issued, "1e3", "not a known symbol"),
            (issued, "12.34.5", "not a known symbol"),
            (issued, "9" * 400, ""),
            (issued, "1", ""),
            (issued, "-1", ""),
            (rate, "387", ""),
            (rate, "0.5", ""),
            (rate, "50%", ""),
            ("old_la_code", "909", "909"),
            ("old_la_code", "887", "887"),
            ("old_la_code", "", ""),
            ("old_la_code", "xyz", "xyz"),
            ("la_name", "Medway", "Medway"),
            ("geographic_level", "Regional", ""),
            ("time_period", "20x5", "20x5"),
            ("time_period", "1025", ""),
            ("time_identifier", "Week 3", "Week 3"),
            ("breakdown_topic", "Other", ""),
        )
    }
    wrong["a row left out"] = "\n".join(lines[:at] + lines[at + 1 :]), "add up"
    wrong["a row twice"] = (
        "\n".join([*lines[:at], lines[at], *lines[at:]]),
        "more than once",
    )
    wrong["a row cut"] = (
        "\n".join([*lines[:at], lines[at][:40], *lines[at + 1 :]]),
        "line",
    )
    wrong["a new column"] = (
        "\n".join([f"{lines[0]},colour", *(f"{one},red" for one in lines[1:] if one)]),
        "colour",
    )
    words = ("data", "add", "edition.csv", "--accept", "--dry-run")
    for what, (content, says) in wrong.items():
        yield Hand(f"edition: {what}", words, SOURCE, says, {"edition.csv": content})


@cache
def _edition() -> str:
    from tests.refresh.published import as_csv, in_2026, timeliness

    table = in_2026(timeliness(2025))
    return as_csv(table[table["time_period"] == "2025"]).decode("utf-8-sig").strip()
