"""Scenario file: the scenario in use as the text of a file that the library reads."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from highneeds.atomic import write_files
from highneeds.errors import AssumptionError, SourceError
from highneeds.files import content_of
from highneeds.forms.live.cells import (
    Cell,
    Part,
    Range,
    both,
    cell,
    cleaned,
    either,
    empty,
    filled,
    joined,
    no,
    own_or,
    replaced,
)
from highneeds.forms.live.given import Given
from highneeds.forms.live.inputs import Inputs
from highneeds.forms.live.scenarios import NONE, POLICIES, YES, Tables
from highneeds.forms.live.sheets import Page
from highneeds.scenario.scenario import Scenario
from highneeds.scratch import scratch_folder
from highneeds.sources.workbook_child import sheets_of

SCENARIO_FILE = "Scenario file"
_TYPED = "Typed into the what-if workbook"
_REMEDY = "Save the workbook once more in Excel or LibreOffice, or make a new one."


def scenario_file_sheet(page: Page, given: Given, inputs: Inputs, tables: Tables) -> None:
    """Write the file, a line a row: only what differs from the scenario chosen."""
    page.widths(150)
    for row, line in enumerate(_lines(given, inputs, tables)):
        page.put(row, 0, line, font_name="Consolas")
    page.sheet.freeze_panes(1, 0)


def _lines(given: Given, inputs: Inputs, tables: Tables) -> Iterator[Part]:
    yield (
        "# The scenario in use. Copy this column into a text file that ends in .toml, or "
        "save this workbook and run:  highneeds workbook --read FILE.xlsx"
    )
    name = f"{given.area.slug.replace('-', '_')}_what_if"
    yield f'name = "{name}"'
    yield joined("title = ", _quoted(inputs.used["title"]))
    yield joined(
        f'description = "{_TYPED} of {given.area.name}, over the scenario ',
        tables.of("title"),
        '."',
    )
    yield joined("extends = ", _quoted(tables.of("name")))
    yield joined("author = ", _quoted(own_or(inputs.yours["author"], "")))
    yield "measures = ["
    for own, use in zip(inputs.own_measures, inputs.measures, strict=True):
        yield _measure(own, use)
    yield "]"
    yield "one_offs = ["
    for number, one in enumerate(inputs.one_offs, start=1):
        there = both(_typed(one["gbp"]), _typed(one["year"]))
        named = own_or(one["name"], f"One-off cost {number}")
        yield either(
            there,
            joined(
                *("{ name = ", _quoted(named), ", year = ", _quoted(one["year"])),
                *(", gbp = ", _number(one["gbp"]), " },"),
            ),
            "",
        )
    yield "]"
    yield "paths = ["
    for kind, cells in inputs.own_paths.items():
        yield _path(given, kind, cells)
    yield "]"
    yield "[policies]"
    yield from _policies(given, inputs)
    yield "[assumptions]"
    for key, typed in inputs.yours.items():
        if key in given.defaults:
            yield _assumption(inputs, key, typed)


def _quoted(part: Part) -> Cell:
    """A text as TOML writes it."""
    plain = replaced(replaced(cleaned(cell(part)), "\\", "\\\\"), '"', '\\"')
    return joined('"', plain, '"')


def _number(part: Cell) -> Cell:
    """A number with a point, whatever this computer writes."""
    return replaced(joined(part, ""), ",", ".")


def _typed(part: Cell) -> Cell:
    return no(empty(part))


def _truth(part: Cell) -> Cell:
    return either(part.same(YES), "true", "false")


def _measure(own: dict[str, Cell], use: dict[str, Cell]) -> Cell:
    """A measure that a reader has changed or added; one of the scenario keeps its name."""
    cells = tuple(own.values())
    first, last = cells[0].text, cells[-1].text
    typed = filled(Range(_span(first, last), tuple(one.value for one in cells))) > 0
    text = joined(
        *("{ name = ", _quoted(use["name"]), ", kind = ", _quoted(use["kind"])),
        *(", most = ", _number(use["most"]), ", starts = ", _quoted(use["starts"])),
        *(", full = ", _quoted(use["full"]), ", delivery_chance = "),
        *(_number(use["delivery_chance"]), ", cost_to_achieve_gbp = "),
        *(_number(use["cost_to_achieve_gbp"]), ", disapplied = "),
        *(_truth(use["disapplied"]), f', source = "{_TYPED}" }},'),
    )
    return either(both(typed, no(use["kind"].same(NONE))), text, "")


def _span(first: str, last: str) -> str:
    """The block from one cell to another of the same sheet."""
    return f"{first[:-1]}:{last.partition(chr(2))[2]}"


def _path(given: Given, kind: str, cells: list[Cell]) -> Cell:
    still = {"requests": 1, "further_exits": 0}[kind]
    values: list[Part] = []
    for year, one in zip(given.ahead, cells, strict=True):
        values += [f'"{year}" = ', _number(own_or(one, still)), ", "]
    # TOML allows no comma after the last.
    table = joined("{ ", *values[:-1], " }")
    unit = "ratio" if kind == "requests" else "share of plans that would have gone on"
    head = f'{{ name = "{_TYPED}: {kind}", kind = "{kind}", unit = "{unit}", low = '
    text = joined(head, table, ", central = ", table, ", high = ", table, " },")
    first, last = cells[0].text, cells[-1].text
    typed = filled(Range(_span(first, last), tuple(one.value for one in cells))) > 0
    return either(typed, text, "")


def _policies(given: Given, inputs: Inputs) -> Iterator[Part]:
    """Policies that a reader has changed, those without a table of their own first."""
    before = ""
    for name, (table, key) in sorted(POLICIES.items(), key=lambda one: one[1][0]):
        if table != before:
            yield f"[policies.{table}]"
            before = table
        own = inputs.yours[name]
        value = _quoted(own)
        if key == "high_needs_balances_gbp":
            value = joined(f'{{ "{given.area.la_code}" = ', _number(own), " }")
        elif key == "share":
            value = _number(own)
        elif key in ("switched_on", "spread_agreement", "limit_special_places"):
            value = _truth(own)
        yield either(empty(own), "", joined(f"{key} = ", value))


def _assumption(inputs: Inputs, name: str, own: Cell) -> Cell:
    """An assumption with the value typed and the range moved with it."""
    why = own_or(inputs.why[name], _TYPED)
    text = joined(
        *(f'"{name}" = {{ low = ', _number(inputs.low[name])),
        *(", central = ", _number(inputs.used[name])),
        *(", high = ", _number(inputs.high[name])),
        *(', evidence = "M", date = "", note = "", source = ', _quoted(why), " }"),
    )
    return either(empty(own), "", text)


def read_scenario(book: Path, out: Path | None = None, *, replace: bool = False) -> Path:
    """Write the scenario that a saved workbook holds as a file of its own; gives its path.

    Parameters
    ----------
    out : Path, optional
        Beside the workbook, with its name and the ending .toml, when left out.

    Raises
    ------
    AssumptionError
        It is no such workbook, or what it holds is no scenario; every fault is named, and
        nothing is written.
    KeptError
        Another file is in its place, and `replace` is not set.
    """
    content = content_of(book, AssumptionError)
    try:
        sheets = sheets_of(content.data, content.name, _REMEDY)
    except SourceError as error:
        raise AssumptionError(str(error)) from None
    if SCENARIO_FILE not in sheets:
        msg = (
            f"{book.name} has no sheet “{SCENARIO_FILE}”. Expected a workbook that "
            "`highneeds workbook AREA` has made."
        )
        raise AssumptionError(msg)
    lines = [str(row[0]) for row in sheets[SCENARIO_FILE] if row and row[0]]
    if not any(line.startswith("title = ") for line in lines):
        msg = (
            f"{book.name} holds formulas whose values were never worked out. Open it in "
            "Excel or LibreOffice, save it, and read it again. Nothing was written."
        )
        raise AssumptionError(msg)
    path = out or book.with_suffix(".toml")
    written = ("\n".join(lines) + "\n").encode("utf-8")
    with scratch_folder() as folder:
        tried = folder / path.name
        tried.write_bytes(written)
        Scenario.load(tried)
    write_files({path: written}, replace=replace)
    return path
