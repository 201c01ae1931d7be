"""Every cell of the allocations workbooks, read a second time by another library."""

import io
import zipfile

import pytest
from odf import opendocument, table, teletype
from odf.namespaces import OFFICENS, TABLENS

from highneeds.sources.block import SUMMARIES
from highneeds.sources.block_detail import FILES
from tests.raw.finance_copies import read_workbook

_USED = {
    "Allocations_summary",
    "High_needs_block",
    "High_needs_deductions",
    *(f"Allocations_{year}" for year in ("1920", "2021", "2122", "2223", "2324")),
}


def with_mimetype(path):
    """The workbooks lack a mimetype member, which odfpy must see."""
    packed = io.BytesIO()
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(packed, "w") as new:
        new.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        for name in old.namelist():
            if name != "mimetype":
                new.writestr(name, old.read(name))
    packed.seek(0)
    return packed


def rows_of(sheet):
    for row in sheet.getElementsByType(table.TableRow):
        cells = []
        for cell in row.childNodes:
            # A long run is the unused rest of the row.
            repeat = int(cell.getAttrNS(TABLENS, "number-columns-repeated") or 1)
            cells += [value_of(cell)] * min(repeat, 60)
        times = int(row.getAttrNS(TABLENS, "number-rows-repeated") or 1)
        for _ in range(min(times, 60)):
            yield cells


def value_of(cell):
    if cell.getAttrNS(OFFICENS, "value-type") in ("float", "currency", "percentage"):
        return float(cell.getAttrNS(OFFICENS, "value"))
    return " ".join(teletype.extractText(cell).split())


def trimmed(rows):
    """Text without spaces, empty ends cut: what is printed, not how it is padded."""
    tidy = []
    for row in rows:
        cells = ["".join(c.split()) if isinstance(c, str) else float(c) for c in row]
        while cells and cells[-1] == "":
            cells.pop()
        tidy.append(cells)
    while tidy and not tidy[-1]:
        tidy.pop()
    return tidy


@pytest.mark.parametrize("source", [SUMMARIES, *FILES], ids=lambda source: source.source_id)
def test_two_parsers_read_every_cell_alike(raw_dir, source):
    path = raw_dir / source.path
    ours = read_workbook(path)
    document = opendocument.load(with_mimetype(path))
    compared = 0
    for sheet in document.spreadsheet.getElementsByType(table.Table):
        name = sheet.getAttrNS(TABLENS, "name")
        if name not in _USED:
            continue
        second, first = trimmed(rows_of(sheet)), trimmed(ours[name])
        assert len(second) == len(first)
        for number, (theirs, mine) in enumerate(zip(second, first, strict=True), start=1):
            assert theirs == mine, f"{name}, row {number}"
            compared += len(mine)
    assert compared > 9_000
