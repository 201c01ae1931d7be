"""The layers, the model's purity, module size and names: each rule shown able to fail."""

import ast
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import start

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "highneeds"
MOST_LINES = 400
HOMELESS = {"common", "helpers", "misc", "util", "utils"}

UPWARD = "A module imports only from the layers below it"
IMPURE = "The model reads no published file and no network, even indirectly"
FETCHES = "Only sources fetch"
HEAVY = "statsmodels, matplotlib and papermill each have one home"


@pytest.fixture
def copied(tmp_path):
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    shutil.copytree(PACKAGE, tmp_path / "highneeds")
    return tmp_path


def lint_imports(project: Path) -> str:
    command = [sys.executable, *start.GATES["layers"]]
    outcome = subprocess.run(command, cwd=project, capture_output=True, text=True)
    said = outcome.stdout + outcome.stderr
    assert (outcome.returncode == 0) == (" 0 broken" in said), said
    return said


@pytest.mark.parametrize(
    ("module", "line", "rule"),
    [
        ("errors", "import highneeds.periods", UPWARD),
        ("periods", "import highneeds.embedded", UPWARD),
        ("geography", "import highneeds.panel.schema", UPWARD),
        ("sources/extra", "import highneeds.panel.schema", UPWARD),
        ("panel/extra", "import highneeds.model", UPWARD),
        ("model/extra", "import highneeds.analysis", UPWARD),
        ("model/extra", "import highneeds.sources.files", IMPURE),
        ("model/extra", "import highneeds.panel.build", IMPURE),
        ("model/extra", "import requests", IMPURE),
        ("analysis/extra", "import pooch", FETCHES),
        ("model/extra", "import matplotlib.pyplot", HEAVY),
        ("panel/extra", "import statsmodels.api", HEAVY),
    ],
)
def test_an_import_against_the_rules_is_refused(copied, module, line, rule):
    with (copied / "highneeds" / f"{module}.py").open("a", encoding="utf-8") as source:
        source.write(f"\n{line}\n")
    assert f"{rule} BROKEN" in lint_imports(copied)


def test_a_module_outside_the_layers_is_refused(copied):
    (copied / "highneeds" / "toolbox.py").touch()
    said = lint_imports(copied)
    assert "toolbox" in said
    assert " 0 broken" not in said


def modules_to_split(package: Path) -> list[str]:
    return [
        f"{path.name}: {lines} lines"
        for path in sorted(package.rglob("*.py"))
        if (lines := len(path.read_text("utf-8").splitlines())) > MOST_LINES
    ]


def test_no_module_is_longer_than_can_be_read_at_once():
    assert modules_to_split(PACKAGE) == []


def test_a_long_module_is_noticed(tmp_path):
    (tmp_path / "long.py").write_text("\n" * 401)
    (tmp_path / "short.py").write_text("\n" * 400)
    assert modules_to_split(tmp_path) == ["long.py: 401 lines"]


def test_every_module_is_named_after_what_it_holds():
    assert [path.name for path in PACKAGE.rglob("*.py") if path.stem in HOMELESS] == []


def test_a_module_names_the_module_it_needs_not_the_whole_package():
    # `from highneeds import errors` is a module by name; anything else comes from __init__.
    allowed = {path.stem for path in PACKAGE.iterdir()}
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module == "highneeds":
                strangers = {name.name for name in node.names} - allowed - {"__version__"}
                assert not strangers, f"{path.name} takes {strangers} from highneeds itself"


def test_the_command_line_starts_without_the_heavy_packages():
    ask = (
        "import sys, highneeds, highneeds.cli\n"
        "heavy = {'matplotlib', 'pandera', 'papermill', 'seaborn', 'statsmodels'}\n"
        "print(*sorted(heavy & set(sys.modules)))"
    )
    command = [sys.executable, "-c", ask]
    loaded = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert loaded.stdout.split() == []
