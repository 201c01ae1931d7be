"""What no committed file may hold, and that each such thing would be noticed."""

import ast

import pytest
from hypothesis import settings

from tests.test_packaging import ROOT, committed_files
from tools import hygiene


def test_no_committed_file_has_a_fault(monkeypatch):
    monkeypatch.chdir(ROOT)
    relative = [path.relative_to(ROOT) for path in committed_files()]
    assert {str(path): found for path in relative if (found := hygiene.faults(path))} == {}


@pytest.mark.parametrize(
    ("name", "content", "fault"),
    [
        ("notes.md", "blank after this \n", "blanks at the end of line 1"),
        ("notes.md", "no newline", "no newline at the end"),
        ("broken.toml", "a = 1\na = 2\n", "does not parse"),
        ("broken.yml", "a: [1\n", "does not parse"),
        ("key.txt", hygiene.KEY.format("RSA ") + "\n", "a private key"),
        ("large.txt", "x" * 900_000 + "\n", "900001 bytes"),
    ],
)
def test_a_fault_is_noticed(tmp_path, capsys, name, content, fault):
    (tmp_path / name).write_text(content, "utf-8")
    assert hygiene.main([str(tmp_path / name)]) == 1
    assert fault in capsys.readouterr().out


def test_a_table_of_figures_may_be_large(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    table = tmp_path / "data" / "tables" / "plans.csv"
    table.parent.mkdir(parents=True)
    table.write_text("x" * 900_000 + "\n")
    assert hygiene.main(["data/tables/plans.csv"]) == 0


def with_a_deadline(source: str) -> list[int]:
    """Lines that give Hypothesis a deadline, none among them: `tests/conftest.py` does."""
    return [
        node.lineno
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call)
        and ast.unparse(node.func).split(".")[-1] in {"settings", "register_profile"}
        and any(word.arg == "deadline" for word in node.keywords)
    ]


def test_no_property_is_timed():
    assert settings.default.deadline is None
    for path in (ROOT / "tests").rglob("*.py"):
        if path != ROOT / "tests" / "conftest.py":
            assert with_a_deadline(path.read_text("utf-8")) == [], path.name


def test_a_deadline_is_noticed():
    source = "@given(x)\n@settings(max_examples=9, deadline=200)\ndef test(x): ...\n"
    assert with_a_deadline(source) == [2]
