"""The layers, the model's purity, module size and names: each rule shown able to fail."""

import ast
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import start
from tools import architecture_page

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "highneeds"
MOST_LINES = 600
MOST_OF_A_FUNCTION = 60
# Longer by a few lines when the rule began to be checked; none may join them.
LONG = set(
    "bridge.py: bridge_table, monitor.py: year_so_far, in_common.py: pressure, "
    "money.py: money, money.py: money_record, execute.py: execute, layout.py: pages, "
    "figures_drivers.py: plot_tornado, "
    "figures_drivers.py: plot_scenarios, figures_money.py: plot_balance, "
    "mitigation.py: plot_mitigated".split(", ")
)
HOMELESS = {"common", "helpers", "misc", "util", "utils"}

UPWARD = "A module imports only from the layers below it"
CIRCLE = "No module needs itself by way of others, to run or to be typed"
IMPURE = "The model reads no published file and no network, even indirectly"
FETCHES = "One module fetches, and a batch reaches its own processes and a cluster"
HEAVY = "statsmodels, matplotlib and papermill each have one home"
# Each opens a connection, or has another program open one.
NETWORK = (
    "aiohttp asyncio distributed ftplib http.client httpx imaplib nntplib pooch poplib "
    "requests smtplib socket socketserver ssl telnetlib tornado urllib.error "
    "urllib.request urllib3 webbrowser websocket xmlrpc.client zmq"
).split()


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
        ("periods", "import highneeds.home", UPWARD),
        ("geography", "import highneeds.panel.schema", UPWARD),
        ("sources/extra", "import highneeds.panel.schema", UPWARD),
        ("panel/extra", "import highneeds.model", UPWARD),
        ("scenario/extra", "import highneeds.panel.schema", UPWARD),
        ("record/extra", "import highneeds.model.plans", UPWARD),
        ("model/extra", "import highneeds.inspections.models", UPWARD),
        ("inspections/extra", "import highneeds.model.plans", UPWARD),
        ("model/extra", "import highneeds.answers", UPWARD),
        ("report/extra", "import highneeds.evidence.pack", UPWARD),
        ("model/finance", "import highneeds.model.costs", CIRCLE),
        ("record/cells", "def f():\n    import highneeds.record.opening", CIRCLE),
        (
            "answers/claim",
            "if TYPE_CHECKING:\n    from highneeds.answers.projection import Projection",
            CIRCLE,
        ),
        ("model/extra", "import highneeds.sources.files", IMPURE),
        ("model/extra", "import highneeds.panel.build", IMPURE),
        ("answers/extra", "from http.client import HTTPSConnection", FETCHES),
        ("batch/plan", "def ask():\n    import socket", FETCHES),
        ("sources/extra", "from urllib import request", FETCHES),
        ("refresh/update", "import requests", FETCHES),
        ("refresh/service", "from socket import create_connection", FETCHES),
        ("model/extra", "import matplotlib.pyplot", HEAVY),
        ("record/extra", "import matplotlib.pyplot", HEAVY),
        ("panel/extra", "import statsmodels.api", HEAVY),
    ],
)
def test_an_import_against_the_rules_is_refused(copied, module, line, rule):
    with (copied / "highneeds" / f"{module}.py").open("a", encoding="utf-8") as source:
        source.write(f"\n{line}\n")
    assert f"{rule} BROKEN" in lint_imports(copied)


def test_no_way_to_a_network_is_open_to_the_model(copied):
    """Nor by way of a module it may import; nor, but for those named, to any other."""
    extra = copied / "highneeds" / "periods.py"
    lines = [f"import {library}" for library in NETWORK]
    extra.write_text("\n".join([extra.read_text("utf-8"), *lines]), "utf-8")
    with (copied / "highneeds" / "model" / "plans.py").open("a", encoding="utf-8") as plans:
        plans.write("\nfrom highneeds.periods import FinancialYear\n")
    said = lint_imports(copied)
    for library in {name.partition(".")[0] for name in NETWORK}:
        assert f"highneeds.model is not allowed to import {library}:" in said
        assert f"highneeds is not allowed to import {library}:" in said


@pytest.mark.parametrize(
    "line",
    [
        "import urllib.request",
        "from urllib import request",
        "from urllib.request import urlopen",
        "from urllib.error import URLError",
    ],
)
def test_modules_that_take_addresses_apart_cannot_ask_for_one(tmp_path, line):
    """The contracts let these have urllib, of which they may have `urllib.parse` alone."""
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]
    (contract,) = (
        one for one in project["importlinter"]["contracts"] if one["name"] == FETCHES
    )
    excused = [
        one.split(" -> ")[0] for one in contract["ignore_imports"] if "urllib" in one
    ]
    paths = [Path(*name.split(".")).with_suffix(".py") for name in excused]
    assert len(paths) > 1
    for path in paths:
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(f"{line}\nimport urllib.parse\n", "utf-8")
    command = [sys.executable, *start.GATES["lint"], "--output-format", "concise"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    refused = {said.split(":")[0] for said in done.stdout.splitlines() if "TID251" in said}
    assert refused == {path.as_posix() for path in paths}


# What is written or done in one way: only the module named may hold it.
ONE_WAY = {
    r'replace\("-", (?!"[ "])': {"words.py"},
    r"£\{.*(1e[69]|_000_000)": set(),
    r"\.to_csv\(": {"atomic.py"},
    r"csv\.writer\(": set(),
    r"1\.9599": {"inspections/models.py"},
    r"importlib\.metadata": {
        "answers/backtest.py",
        "batch/cluster_worker.py",
        "notebook/manifest.py",
        "report/provenance.py",
    },
}


def said_elsewhere(package: Path) -> set[str]:
    found = set()
    for path in package.rglob("*.py"):
        text, here = path.read_text("utf-8"), path.relative_to(package).as_posix()
        found |= {
            f"{here}: {pattern}"
            for pattern, homes in ONE_WAY.items()
            if here not in homes and re.search(pattern, text)
        }
    return found


def test_what_is_written_in_one_way_is_written_in_one_place():
    assert said_elsewhere(PACKAGE) == set()


def test_a_second_way_to_write_it_is_noticed(tmp_path):
    lines = [
        'text.replace("-", "\u2212")',
        'f"£{gap_gbp / 1e6:,.1f}m"',
        "table.to_csv(path)",
        "csv.writer(stream)",
        "Z = 1.959964",
        "from importlib.metadata import version",
    ]
    (tmp_path / "twice.py").write_text("\n".join(lines), "utf-8")
    assert said_elsewhere(tmp_path) == {f"twice.py: {pattern}" for pattern in ONE_WAY}


@pytest.mark.parametrize(
    ("line", "owner"),
    [
        ("import tomllib", "files"),
        ("import difflib", "words"),
        ("from filelock import FileLock", "atomic"),
        ("import fcntl", "atomic"),
        ("import msvcrt", "atomic"),
    ],
)
def test_what_one_module_does_for_all_is_refused_elsewhere(tmp_path, line, owner):
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    (tmp_path / "highneeds").mkdir()
    for name in (owner, "extra"):
        (tmp_path / "highneeds" / f"{name}.py").write_text(f"{line}\n", "utf-8")
    command = [sys.executable, *start.GATES["lint"], "--output-format", "concise"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    refused = {said.split(":")[0] for said in done.stdout.splitlines() if "TID251" in said}
    assert refused == {"highneeds/extra.py"}


WATCHED = """
import sys
asked = []
sys.addaudithook(
    lambda event, _: asked.append(event)
    if event in {"socket.connect", "socket.getaddrinfo", "subprocess.Popen", "os.system"}
    else None
)
"""


def asked_of_the_system(code: str) -> set[str]:
    """What a new process running `code` asked for beyond itself."""
    command = [sys.executable, "-c", f"{WATCHED}\n{code}\nprint('asked', *set(asked))"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return set(done.stdout.splitlines()[-1].split()[1:])


def test_a_projection_reaches_for_nothing_outside_its_process():
    code = (
        "import highneeds as hn\n"
        "result = hn.project(hn.load_panel(), 'Somerset', draws=10)\n"
        "result.sentences(), result.assumptions()\n"
    )
    assert asked_of_the_system(code) == set()


@pytest.mark.parametrize(
    ("code", "event"),
    [
        (
            "import pandas\ntry: pandas.read_csv('http://127.0.0.1:9/x.csv')\n"
            "except OSError: pass",
            "socket.connect",
        ),
        ("import os\nos.system('true')", "os.system"),
    ],
)
def test_reaching_outside_by_way_of_a_library_is_noticed(code, event):
    assert event in asked_of_the_system(code)


def test_the_pages_draw_the_layers_that_are_enforced(copied):
    drawn = architecture_page.page_texts()
    assert {path: path.read_text("utf-8") for path in drawn} == drawn
    contract = copied / "pyproject.toml"
    moved = contract.read_text("utf-8").replace('"record",\n', '"record | toolbox",\n')
    contract.write_text(moved, "utf-8")
    (copied / "highneeds" / "toolbox.py").write_text('"""What is new."""', "utf-8")
    for path, text in architecture_page.page_texts(copied).items():
        assert text != drawn[path]
        assert "toolbox" in text


def test_a_room_that_does_not_say_what_it_is_is_noticed(copied):
    (copied / "highneeds" / "whatif" / "__init__.py").write_text("", "utf-8")
    with pytest.raises(ValueError, match="whatif does not say what it is"):
        architecture_page.page_texts(copied)


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
    (tmp_path / "long.py").write_text("\n" * 601)
    (tmp_path / "short.py").write_text("\n" * 600)
    assert modules_to_split(tmp_path) == ["long.py: 601 lines"]


def lines_of(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """The lines of a function, what documents it left out."""
    first = function.body[0] if ast.get_docstring(function) is not None else None
    told = first.end_lineno - first.lineno + 1 if first else 0
    return function.end_lineno - function.lineno + 1 - told


def functions_to_split(package: Path) -> list[str]:
    return [
        f"{path.name}: {node.name}"
        for path in sorted(package.rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and lines_of(node) > MOST_OF_A_FUNCTION
    ]


def test_no_function_is_longer_than_can_be_read_at_once():
    assert set(functions_to_split(PACKAGE)) <= LONG


def test_a_long_function_is_noticed(tmp_path):
    for name, lines in (("short", 59), ("long", 60)):
        body = '    """What it is.\n\n    And more.\n    """\n' + "    pass\n" * lines
        (tmp_path / f"{name}.py").write_text(f"def {name}():\n{body}")
    assert functions_to_split(tmp_path) == ["long.py: long"]


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
        "heavy = {'matplotlib', 'papermill', 'seaborn', 'statsmodels'}\n"
        "print(*sorted(heavy & set(sys.modules)))"
    )
    command = [sys.executable, "-c", ask]
    loaded = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert loaded.stdout.split() == []


def test_a_report_is_drawn_and_written_without_what_takes_seconds_to_load():
    ask = (
        "import sys\n"
        "from nbformat import v4\n"
        "from highneeds.notebook import parameters, run_profile, run_report\n"
        "from highneeds.report.chart import Chart, canvas, drawing\n"
        "from highneeds.report.html import page\n"
        "with drawing():\n"
        "    figure, _ = canvas('A', 'B')\n"
        "Chart('a', 'A', 'A', 'A', figure).svg()\n"
        "prose = v4.new_notebook(cells=[v4.new_markdown_cell('# A')])\n"
        "page(prose, title='', pictures={})\n"
        "slow = {'bs4', 'matplotlib.pyplot', 'nbconvert', 'scipy.optimize',\n"
        "        'scipy.stats', 'seaborn', 'statsmodels'}\n"
        "print(*sorted(slow & set(sys.modules)))"
    )
    command = [sys.executable, "-c", ask]
    loaded = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert loaded.stdout.split() == []


@pytest.mark.skipif(sys.platform != "linux", reason="forks are for Linux")
@pytest.mark.parametrize(("first", "engine"), [("", "highneeds"), ("import numpy", "None")])
def test_only_a_fresh_process_is_forked_for_a_notebook(first, engine):
    ask = f"{first}\nfrom highneeds.batch.worker import fork_here\nprint(fork_here())"
    command = [sys.executable, "-c", ask]
    said = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert said.stdout.split() == [engine]
