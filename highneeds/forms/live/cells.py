"""Cells: formulas that know their own value, so that a workbook is right before it opens.

A formula is put together from cells and from 0 and 1 alone: any other number must stand in
a cell of its own, where a reader sees it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from xlsxwriter.utility import xl_range_abs, xl_rowcol_to_cell

# How closely the parts of a formula hold together; brackets stand where a looser one is
# inside a tighter one.
_ATOM, _POWER, _TIMES, _PLUS, _JOIN, _COMPARE = range(6)
_PLACE = re.compile("\x01([^\x02]*)\x02([^\x03]*)\x03")
Content = float | str | bool | None


@dataclass(frozen=True, eq=False)
class Cell:
    """A formula or the address of a cell, and what it comes to; None is an empty cell."""

    text: str
    value: Content
    level: int = _ATOM

    def __add__(self, other: Part) -> Cell:
        return _pair(self, "+", other, _PLUS, lambda a, b: a + b)

    def __radd__(self, other: Part) -> Cell:
        return cell(other) + self

    def __sub__(self, other: Part) -> Cell:
        return _pair(self, "-", other, _PLUS, lambda a, b: a - b)

    def __rsub__(self, other: Part) -> Cell:
        return cell(other) - self

    def __mul__(self, other: Part) -> Cell:
        return _pair(self, "*", other, _TIMES, lambda a, b: a * b)

    def __truediv__(self, other: Part) -> Cell:
        return _pair(self, "/", other, _TIMES, lambda a, b: a / b if b else math.nan)

    def __pow__(self, other: Part) -> Cell:
        return _pair(self, "^", other, _POWER, lambda a, b: a**b)

    def __lt__(self, other: Part) -> Cell:
        return _pair(self, "<", other, _COMPARE, lambda a, b: a < b)

    def __le__(self, other: Part) -> Cell:
        return _pair(self, "<=", other, _COMPARE, lambda a, b: a <= b)

    def __gt__(self, other: Part) -> Cell:
        return _pair(self, ">", other, _COMPARE, lambda a, b: a > b)

    def __ge__(self, other: Part) -> Cell:
        return _pair(self, ">=", other, _COMPARE, lambda a, b: a >= b)

    def same(self, other: Part) -> Cell:
        """Whether both are the same."""
        return _pair(self, "=", other, _COMPARE, lambda a, b: a == b, numbers=False)

    def __neg__(self) -> Cell:
        return Cell(f"-{_inside(self, _POWER)}", -number(self.value), _TIMES)

    @property
    def number(self) -> float:
        """Its value as a number; an empty cell counts as 0, as in a spreadsheet."""
        return number(self.value)


Part = Cell | float | str


@dataclass(frozen=True, eq=False)
class Range:
    """A block of cells, row by row."""

    text: str
    values: tuple[Content, ...]


def cell(part: Part) -> Cell:
    """A part of a formula: a cell as it is, a text in quotes, or the number 0 or 1.

    Raises
    ------
    ValueError
        Another number: it has to stand in a cell.
    """
    if isinstance(part, Cell):
        return part
    if isinstance(part, str):
        quoted = part.replace('"', '""')
        return Cell(f'"{quoted}"', part)
    if part not in (0, 1):
        msg = f"{part} stands in a formula. Put it in a cell."
        raise ValueError(msg)
    return Cell(f"{part:.0f}", float(part))


def place(sheet: str, row: int, column: int) -> str:
    """The address of a cell, to be written short on its own sheet."""
    where = xl_rowcol_to_cell(row, column, row_abs=True, col_abs=True)
    return f"\x01{sheet}\x02{where}\x03"


def places(sheet: str, top: int, left: int, bottom: int, right: int) -> str:
    """The address of a block of cells."""
    return f"\x01{sheet}\x02{xl_range_abs(top, left, bottom, right)}\x03"


def formula(part: Cell, sheet: str) -> str:
    """A formula as it is written on a sheet."""

    def short(found: re.Match[str]) -> str:
        other, where = found.groups()
        return where if other == sheet else f"'{other}'!{where}"

    return f"={_PLACE.sub(short, part.text)}"


def number(value: Content) -> float:
    """A content as a number, as a spreadsheet takes it."""
    if value is None:
        return 0.0
    return math.nan if isinstance(value, str) else float(value)


def _inside(part: Cell, level: int) -> str:
    return f"({part.text})" if part.level > level else part.text


def _pair(
    left: Part,
    sign: str,
    right: Part,
    level: int,
    work: Callable[[Any, Any], Any],
    *,
    numbers: bool = True,
) -> Cell:
    a, b = cell(left), cell(right)
    # What is taken away or divided by keeps its brackets, and so does a power of a power.
    tight = sign in "-/^" or level == _COMPARE
    text = f"{_inside(a, level - (sign == '^'))}{sign}{_inside(b, level - tight)}"
    values = (a.number, b.number) if numbers else (a.value, b.value)
    return Cell(text, work(*values), level)


def _call(name: str, parts: Sequence[Part | Range], value: Content) -> Cell:
    texts = [part.text if isinstance(part, Range) else cell(part).text for part in parts]
    return Cell(f"{name}({','.join(texts)})", value)


def _numbers(parts: Sequence[Part | Range]) -> Iterator[float]:
    """Numbers among the parts, as SUM, MAX and MIN take them: no text, nothing empty."""
    for part in parts:
        found = part.values if isinstance(part, Range) else (cell(part).value,)
        yield from (float(one) for one in found if isinstance(one, int | float))


def total(*parts: Part | Range) -> Cell:
    """Their sum."""
    return _call("SUM", parts, math.fsum(_numbers(parts)))


def largest(*parts: Part | Range) -> Cell:
    """The largest of them."""
    return _call("MAX", parts, max(_numbers(parts)))


def smallest(*parts: Part | Range) -> Cell:
    """The smallest of them."""
    return _call("MIN", parts, min(_numbers(parts)))


def products(*ranges: Range) -> Cell:
    """The sum of the products of ranges of one shape."""
    rows = zip(*(each.values for each in ranges), strict=True)
    return _call("SUMPRODUCT", ranges, math.fsum(math.prod(map(number, r)) for r in rows))


def product_where(named: Range, name: str, factors: Range) -> Cell:
    """The product of the factors whose name is the one given; 1 of none (an array)."""
    pairs = zip(named.values, factors.values, strict=True)
    value = math.prod(number(factor) for each, factor in pairs if each == name)
    return Cell(f'PRODUCT(IF({named.text}="{name}",{factors.text},1))', value)


def sum_where(named: Range, name: Part, amounts: Range) -> Cell:
    """The sum of the amounts whose name is the one given."""
    pairs, wanted = zip(named.values, amounts.values, strict=True), cell(name).value
    value = math.fsum(number(amount) for each, amount in pairs if each == wanted)
    return _call("SUMIF", (named, name, amounts), value)


def either(condition: Cell, then: Part, other: Part) -> Cell:
    """One of two, by a condition."""
    chosen = cell(then) if condition.value else cell(other)
    return _call("IF", (condition, then, other), chosen.value)


def both(*conditions: Cell) -> Cell:
    """Whether all conditions hold."""
    return _call("AND", conditions, all(one.value for one in conditions))


def any_of(*conditions: Cell) -> Cell:
    """Whether one of the conditions holds."""
    return _call("OR", conditions, any(one.value for one in conditions))


def no(condition: Cell) -> Cell:
    """Whether a condition does not hold."""
    return _call("NOT", (condition,), not condition.value)


def empty(part: Cell) -> Cell:
    """Whether a cell is empty."""
    return _call("ISBLANK", (part,), part.value is None)


def is_number(part: Cell) -> Cell:
    """Whether a cell holds a number."""
    return _call("ISNUMBER", (part,), isinstance(part.value, float | int))


def own_or(own: Cell, other: Part) -> Cell:
    """What a reader has typed, or the other where nothing is."""
    return either(empty(own), other, own)


def nth(of: Range, at: Cell) -> Cell:
    """The n-th cell of a row or a column, from 1."""
    step = int(at.number)
    value = of.values[step - 1] if 1 <= step <= len(of.values) else None
    return _call("INDEX", (of, at), 0.0 if value is None else value)


def position(of: Part, among: Range) -> Cell:
    """Where a value stands in a row or a column, from 1; it has to be there."""
    value = cell(of).value
    at = among.values.index(value) + 1 if value in among.values else math.nan
    return _call("MATCH", (of, among, 0), at)


def exponential(part: Cell) -> Cell:
    """The number e to a power."""
    return _call("EXP", (part,), math.exp(part.number))


def logarithm(part: Cell) -> Cell:
    """The natural logarithm."""
    return _call("LN", (part,), math.log(part.number))


def distance(part: Cell) -> Cell:
    """A number without its sign."""
    return _call("ABS", (part,), abs(part.number))


def count_of(what: str, among: Range) -> Cell:
    """How many cells hold a text."""
    return _call("COUNTIF", (among, what), float(among.values.count(what)))


def filled(*among: Range) -> Cell:
    """How many cells are not empty."""
    count = sum(one is not None for each in among for one in each.values)
    return _call("COUNTA", among, float(count))


def cleaned(part: Cell) -> Cell:
    """A text without line breaks and other characters that print nothing."""
    value = "".join(one for one in _shown(part.value) if one >= " ")
    return _call("CLEAN", (part,), value)


def joined(*parts: Part) -> Cell:
    """Texts one after another; a number as a spreadsheet shows it without a format."""
    texts = [_inside(cell(part), _JOIN) for part in parts]
    value = "".join(_shown(cell(part).value) for part in parts)
    return Cell("&".join(texts), value, _JOIN)


def replaced(part: Cell, old: str, new: str) -> Cell:
    """A text with another in place of one."""
    return _call("SUBSTITUTE", (part, old, new), _shown(part.value).replace(old, new))


def _shown(value: Content) -> str:
    """A content in a text, with no more digits than a spreadsheet keeps."""
    if value is None or isinstance(value, str):
        return value or ""
    return f"{value:.15g}"
