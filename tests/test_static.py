"""Format, lint, types, layers and spelling pass; and each of these gates can fail."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import start

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "highneeds"
VIOLATIONS = {
    "format": ("highneeds/unformatted.py", "answer=  1\n", "unformatted.py"),
    "lint": ("highneeds/unused.py", '"""A module."""\n\nimport os\n', "F401"),
    "types": (
        "highneeds/untyped.py",
        "def twice(x):\n    return 2 * x\n",
        "no-untyped-def",
    ),
    "layers": ("highneeds/model/impure.py", "import highneeds.sources\n", "BROKEN"),
    "spelling": ("README.md", "A report of t" + "eh deficit.\n", "==> the"),
}


def run_gate(gate: str, project: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, *start.GATES[gate]]
    return subprocess.run(command, cwd=project, capture_output=True, text=True)


@pytest.mark.parametrize("gate", start.GATES)
def test_gate_passes_on_this_project(gate):
    outcome = run_gate(gate, ROOT)
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr


@pytest.mark.parametrize("gate", start.GATES)
def test_gate_fails_on_a_violation(gate, tmp_path):
    """With the settings of this project, and only for layers its modules."""
    for name in ("pyproject.toml", "start.py"):
        shutil.copy(ROOT / name, tmp_path)
    for name in ("benchmarks", "highneeds", "tools"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text('"""Nothing."""\n', "utf-8")
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "front_types.py").write_text('"""Nothing."""\n', "utf-8")
    if gate == "layers":
        shutil.copytree(PACKAGE, tmp_path / PACKAGE.name, dirs_exist_ok=True)
    path, content, complaint = VIOLATIONS[gate]
    (tmp_path / path).write_text(content, "utf-8")
    outcome = run_gate(gate, tmp_path)
    assert outcome.returncode != 0
    assert complaint in outcome.stdout + outcome.stderr
