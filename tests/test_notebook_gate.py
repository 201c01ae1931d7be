"""The notebooks' cells are among the tests, and a cell that says another thing fails."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

import start

ROOT = Path(__file__).resolve().parent.parent


CELLS = [
    # the source, the output that was kept, whether the cell passes
    ("1 + 1", "2", True),
    ("'made by 1.2.3'", "'made by 1.2.4'", True),
    ("1 + 1", "3", False),
    ("'£12.3m'", "'£12.4m'", False),
    ("'638,745 plans'", "'638,746 plans'", False),
    ("1 / 0", "2", False),
    ("2 + 2", "4", True),
]


def write_notebook(path: Path) -> None:
    v4 = nbformat.v4
    cells = []
    for number, (source, output, _) in enumerate(CELLS):
        shown = v4.new_output("execute_result", {"text/plain": output}, execution_count=1)
        told = {"outputs": [shown], "execution_count": 1, "id": f"cell-{number}"}
        cells.append(v4.new_code_cell(source, **told))
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    notebook = v4.new_notebook(cells=cells, metadata={"kernelspec": kernel})
    nbformat.write(notebook, path)


def run_tests(project: Path, *options: str) -> subprocess.CompletedProcess[str]:
    # Not as one of this run's own workers, which xdist marks in the environment.
    env = {
        name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")
    }
    command = [sys.executable, *start.TESTS, *options]
    return subprocess.run(command, cwd=project, env=env, capture_output=True, text=True)


@pytest.mark.slow
def test_a_cell_passes_only_when_its_figures_are_those_kept(tmp_path):
    for folder in ("tests", "notebooks"):
        (tmp_path / folder).mkdir()
    for name in ("pyproject.toml", "tests/conftest.py", "tests/nbval_sanitize.cfg"):
        shutil.copy(ROOT / name, tmp_path / name)
    write_notebook(tmp_path / "notebooks" / "cells.ipynb")
    outcome = run_tests(tmp_path, "-rA")
    said = {
        int(number): verdict == "PASSED"
        for verdict, number in re.findall(
            r"(?m)^(PASSED|FAILED) notebooks/cells\.ipynb::Cell (\d+)", outcome.stdout
        )
    }
    passes = {number: passes for number, (_, _, passes) in enumerate(CELLS)}
    assert said == passes, outcome.stdout
    assert outcome.returncode == 1
    assert "4 failed, 3 passed" in outcome.stdout.splitlines()[-1]


def test_every_notebook_is_among_the_tests():
    # The other half of what is collected where no folder is named; it takes far longer.
    options = ("-n", "0", "--collect-only", "-q", "--ignore", "tests")
    listed = run_tests(ROOT, *options).stdout
    notebooks = sorted((ROOT / "notebooks").glob("*.ipynb"))
    assert notebooks
    assert [one.name for one in notebooks if f"notebooks/{one.name}::" not in listed] == []
