"""No year stands in code that shows or works out: "now" is read from the record.

A year typed there is right until the next release and wrong after it. Facts about a series
stand with its reader or its measure, days set by law or government in ``data/policy.toml``.
A new package is held to it from its first day; notebooks are, by the code of their cells.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).resolve().parent.parent
FIRST, LAST = 2010, 2045
# Alone or as part of a text: 2025, 2024-25, 2024/25, January 2025, plans_2025.
YEAR = re.compile(r"(?<![0-9])(?:20[1-3][0-9]|204[0-5])(?![0-9])")
# What is published is described where it is read, and how a period is written in periods.
DESCRIBING = ("panel", "periods.py", "sources")
# They describe nothing, though they stand there.
READING = ("panel/areas.py", "panel/vintage.py")


def years_written(source: str) -> Iterator[str]:
    """Every constant that holds a year, with its line; docstrings may hold any."""
    tree = ast.parse(source)
    documented = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, documented)
        and ast.get_docstring(node, clean=False) is not None
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if not isinstance(node, ast.Constant) or id(node) in docstrings:
            continue
        value = node.value
        as_number = type(value) is int and FIRST <= value <= LAST
        if as_number or (isinstance(value, str | bytes) and YEAR.search(str(value))):
            yield f"line {node.lineno}: {value!r:.80}"


def modules() -> list[Path]:
    package = ROOT / "highneeds"
    found = [
        path
        for path in sorted(package.rglob("*.py"))
        if path.relative_to(package).parts[0] not in DESCRIBING
    ]
    return [
        *found,
        *(package / name for name in READING),
        *sorted((ROOT / "tools").glob("*.py")),
    ]


def test_no_module_that_shows_or_works_out_holds_a_year():
    found = [
        f"{path.relative_to(ROOT)}, {said}"
        for path in modules()
        for said in years_written(path.read_text(encoding="utf-8"))
    ]
    assert not found, "Read it from the record, or move it to data/policy.toml:\n" + (
        "\n".join(found)
    )


def test_no_cell_of_a_notebook_holds_a_year():
    found = [
        f"{path.name}, cell {number}, {said}"
        for path in sorted((ROOT / "notebooks").glob("*.ipynb"))
        for number, cell in enumerate(nbformat.read(path, as_version=4).cells)
        if cell.cell_type == "code"
        for said in years_written(cell.source)
    ]
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    "line",
    [
        "BASE = 2025",
        "LAST = -2045",
        "first, last = FinancialYear(2018), 3",
        'until = "2029-30"',
        'YEAR = "2016/17"',
        'said = "Plans in January 2025 were many"',
        'said = f"{change} on January 2025"',
        'said = f"{share:.0%}{label!s} of 2024-25"',
        'name = "outcomes_2016_by_region"',
        'found = {"2025": 1}',
        'def shown(year="2024"): ...',
        'day = date.fromisoformat("2028-03-31")',
        'kind: Literal["2016", "2023"]',
        'packed = b"2021-22"',
        '"""Docstring."""\n"""A text after it is none: 2025."""',
        'def one():\n    label = "2025"\n    """No docstring either: 2025."""',
    ],
)
def test_a_year_is_noticed(line, tmp_path, monkeypatch):
    assert list(years_written(line))
    planted = [
        *("highneeds/model/planted.py", "highneeds/brand_new/inner/planted.py"),
        *("highneeds/policy.py", "tools/planted.py"),
        *(f"highneeds/{name}" for name in READING),
    ]
    for name in planted:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(line, encoding="utf-8")
    monkeypatch.setitem(globals(), "ROOT", tmp_path)
    with pytest.raises(AssertionError) as refused:
        test_no_module_that_shows_or_works_out_holds_a_year()
    for name in planted:
        assert f"{Path(name)}, line" in str(refused.value)


@pytest.mark.parametrize(
    "line",
    [
        '"""The base census is 2025, for now."""',
        'class One:\n    """As of 2024-25."""',
        'def one():\n    """In January 2025."""',
        "first = year.shift(5)  # as 2029-30",
        "SEED = 20250901",
        'colour = "#20262e"',
        "share = 0.2025",
        "large = 2009 + 2046",
        'file = "20231128.pdf"',
    ],
)
def test_what_is_no_year_passes(line):
    assert list(years_written(line)) == []


def test_a_year_in_a_cell_is_noticed(tmp_path, monkeypatch):
    v4 = nbformat.v4
    cells = [v4.new_markdown_cell("In 2025."), v4.new_code_cell('until = "2029-30"')]
    (tmp_path / "notebooks").mkdir()
    nbformat.write(v4.new_notebook(cells=cells), tmp_path / "notebooks" / "planted.ipynb")
    monkeypatch.setitem(globals(), "ROOT", tmp_path)
    with pytest.raises(AssertionError, match=r"planted\.ipynb, cell 1, line 1: '2029-30'"):
        test_no_cell_of_a_notebook_holds_a_year()
