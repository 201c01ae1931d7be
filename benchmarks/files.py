"""Reading published workbooks, and starting the command line."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
from collections.abc import Iterable
from datetime import date, datetime, time
from pathlib import Path

from benchmarks.measure import CHILDREN, ROOT, Result, child, in_turn, ratio, skipped
from highneeds.sources.contract import SourceFile
from highneeds.sources.files import RawFiles

Sheets = dict[str, list[list[object]]]
BOOK = "finance/dedicated-schools-grant_2024_07_20.ods"
SMALL_BOOK = "inspections/Area_SEND_inspection_data_01_May_2016_to_31_August_2022.ods"


def workbooks(repeats: int, *, quick: bool) -> list[Result]:
    """Target 13: every sheet of a published .ods by odfpy and by ours, cells compared."""
    name = ".ods read: odfpy / ours"
    root = _raw_folder()
    if root is None:
        return [skipped(name, "the published files are not here (HIGHNEEDS_RAW_DIR)")]
    path = SMALL_BOOK if quick else BOOK
    theirs, ours = _by_odfpy(root / path), _by_ours(root, path)
    unequal = [sheet for sheet in theirs if theirs[sheet] != ours[sheet]]
    if unequal or theirs.keys() != ours.keys():
        sys.exit(f"{name}: cells differ in {', '.join(unequal) or 'the sheets found'}.")
    cells = sum(len(row) for sheet in theirs.values() for row in sheet)
    taken = in_turn(
        {
            "odfpy": lambda: _by_odfpy(root / path),
            "ours": lambda: _by_ours(root, path),
        },
        repeats,
    )
    note = f"{len(theirs)} sheets, {cells:,} cells equal"
    return [ratio(name, taken["odfpy"], taken["ours"], target=15, note=note)]


def _raw_folder() -> Path | None:
    given = os.environ.get("HIGHNEEDS_RAW_DIR")
    folder = Path(given) if given else ROOT.parent / "shared" / "data" / "raw"
    return folder if (folder / BOOK).is_file() and (folder / SMALL_BOOK).is_file() else None


def _by_ours(root: Path, path: str) -> Sheets:
    source = SourceFile("bench", path, "", "", "")
    files = RawFiles(root)
    return {
        sheet: _plain(files.read_sheet(source, sheet))
        for sheet in files.sheet_names(source)
    }


def _by_odfpy(path: Path) -> Sheets:
    from odf import opendocument, table

    book = opendocument.load(str(path))
    return {
        sheet.getAttribute("name"): _plain(_odf_rows(sheet))
        for sheet in book.spreadsheet.getElementsByType(table.Table)
    }


def _odf_rows(sheet) -> Iterable[list[object]]:  # type: ignore[no-untyped-def]
    from odf import table

    for row in sheet.getElementsByType(table.TableRow):
        cells: list[object] = []
        for cell in row.childNodes:
            if cell.qname[1] in ("table-cell", "covered-table-cell"):
                value = _odf_value(cell)
                repeats = int(cell.getAttribute("numbercolumnsrepeated") or 1)
                # A sheet's blank edge is written as thousands of repeats.
                cells += [value] * (repeats if value != "" else min(repeats, 256))
        repeats = int(row.getAttribute("numberrowsrepeated") or 1)
        yield from [cells] * (repeats if _trimmed(cells) else min(repeats, 256))


def _odf_value(cell) -> object:  # type: ignore[no-untyped-def]
    from odf import teletype

    kind = cell.getAttribute("valuetype")
    if kind in ("float", "percentage", "currency"):
        return float(cell.getAttribute("value"))
    if kind == "date":
        return str(cell.getAttribute("datevalue"))
    return "\n".join(
        teletype.extractText(line) for line in cell.childNodes if line.qname == _PARAGRAPH
    )


_PARAGRAPH = ("urn:oasis:names:tc:opendocument:xmlns:text:1.0", "p")


def _plain(rows: Iterable[list[object]]) -> list[list[object]]:
    """Values alone: numbers as floats, dates as text, no blank end of a row or sheet."""
    found = [_trimmed([_value(cell) for cell in row]) for row in rows]
    while found and not found[-1]:
        found.pop()
    return found


def _value(cell: object) -> object:
    if isinstance(cell, bool) or cell is None:
        return "" if cell is None else cell
    if isinstance(cell, (int, float)):
        return float(cell)
    if isinstance(cell, (date, datetime, time)):
        return cell.isoformat()
    return str(cell)


def _trimmed(row: list[object]) -> list[object]:
    end = len(row)
    while end and row[end - 1] == "":
        end -= 1
    return row[:end]


def start_up(repeats: int) -> list[Result]:
    """Target 14: `highneeds --help` against Python doing nothing, and what it imports."""

    def run(*words: str) -> None:
        command = [sys.executable, *words]
        subprocess.run(command, cwd=ROOT, capture_output=True, check=True)

    taken = in_turn(
        {
            "help": lambda: run("-m", "highneeds", "--help"),
            "pass": lambda: run("-c", "pass"),
        },
        repeats,
        CHILDREN,
    )
    loaded = child(_LOADED)
    quick = statistics.median(taken["help"])
    found = ratio(
        "highneeds --help / python -c pass",
        taken["help"],
        taken["pass"],
        target=4,
        at_most=True,
        note=f"{1000 * quick:.0f} ms; pandas {loaded}",
    )
    if loaded != "not imported":
        sys.exit("highneeds --help imports pandas; it must start without.")
    return [found]


_LOADED = """
import contextlib, io, sys
from highneeds.cli import main
with contextlib.suppress(SystemExit), contextlib.redirect_stdout(io.StringIO()):
    main(["--help"])
print("imported" if "pandas" in sys.modules else "not imported")
"""
