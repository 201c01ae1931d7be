"""Write docs/failure-modes.md: what can go wrong, what a user gets, which tests hold it.

Run ``python tools/failure_modes.py`` after tests/failure_modes.toml or a test named in it
is changed; tests/test_failure_modes.py fails until then.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from highneeds.errors import SourceError
from highneeds.files import read_toml

ROOT = Path(__file__).resolve().parent.parent
ROWS = ROOT / "tests" / "failure_modes.toml"
PAGE = ROOT / "docs" / "failure-modes.md"
_HEAD = """\
# What can go wrong

Each failure that is reckoned with, what a user gets, and the tests that fail where it is
not so. Written by `tools/failure_modes.py` from `tests/failure_modes.toml`; a test that is
renamed or deleted has to be named there. Messages say what is wrong, where, what was
expected and what to do; what is already written is never harmed. New inputs tried on each,
with message and exit code, are in [quality.md](quality.md).

| # | Failure | What a user gets | Held by |
|---|---|---|---|
"""


def rows() -> list[dict[str, Any]]:
    """The rows by number, each with its failure, behaviour and tests."""
    found: list[dict[str, Any]] = read_toml(ROWS, "rows", SourceError).tables["row"]
    return found


def missing() -> list[str]:
    """Tests that are named in a row and are not there."""
    return [one for row in rows() for one in row["tests"] if not _is_there(one)]


def page_text() -> str:
    """The page."""
    return _HEAD + "".join(map(_line, rows()))


def _line(row: Mapping[str, Any]) -> str:
    tests = "; ".join(
        f"[{name.removeprefix('test_').replace('_', ' ')}](../{path})"
        for path, _, name in (one.partition("::") for one in row["tests"])
    )
    return f"| {row['number']} | {row['failure']} | {row['behaviour']} | {tests} |\n"


def _is_there(test: str) -> bool:
    path, _, name = test.partition("::")
    return name in _tests_of(ROOT / path)


@cache
def _tests_of(path: Path) -> frozenset[str]:
    if not path.is_file():
        return frozenset()
    tree = ast.parse(path.read_text("utf-8"))
    return frozenset(one.name for one in tree.body if isinstance(one, ast.FunctionDef))


if __name__ == "__main__":
    PAGE.write_text(page_text(), "utf-8")
